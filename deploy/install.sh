#!/bin/sh
# Makes .venv with exactly what the locks name. Needs Python 3.11 (or uv, which fetches it).
#   --runtime        without the tools for tests and lint
#   --packages-only  the same, and without the project itself: the first step of an image
set -eu
cd "$(dirname "$0")/.."
UV_VERSION=0.13.9

say() { printf '• %s\n' "$*"; }
fail() { printf 'Set-up stopped: %s\n' "$*" >&2; exit 1; }

find_uv() {
    if command -v uv >/dev/null 2>&1; then
        command -v uv
        return
    fi
    if [ ! -x .venv/tools/bin/uv ]; then
        python=$(command -v python3.11 || command -v python3) ||
            fail "no Python found. Install Python 3.11 (Debian: apt-get install python3 python3-venv) or uv."
        "$python" -m venv .venv/tools ||
            fail "$python cannot make virtual environments. Debian: apt-get install python3-venv"
        .venv/tools/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION" ||
            fail "uv could not be installed. Is the Python package index reachable?"
    fi
    echo "$PWD/.venv/tools/bin/uv"
}

case "${1:-}" in
    '') lock=requirements-dev.lock ;;
    --runtime | --packages-only) lock=requirements.lock ;;
    *) fail "$1 is no option; there are --runtime and --packages-only." ;;
esac
mkdir -p .venv
say "Looking for uv, the installer"
uv=$(find_uv)
if [ ! -x .venv/bin/python ]; then
    say "Making .venv with Python 3.11"
    "$uv" venv --quiet --allow-existing --python 3.11 .venv ||
        fail "Python 3.11 is not on this machine and could not be fetched. Install it and try again."
fi
say "Installing packages from $lock (a few minutes the first time)"
"$uv" pip sync --python .venv/bin/python --require-hashes --compile-bytecode "$lock" ||
    fail "a package could not be installed; the line above names it."
if [ "${1:-}" != --packages-only ]; then
    "$uv" pip install --quiet --python .venv/bin/python --no-deps --editable . ||
        fail "the project itself could not be installed; the lines above say why."
fi
say "Installed."
