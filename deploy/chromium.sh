#!/bin/sh
# Prints the path of a Chromium for the browser tests; installs Debian's, or else Playwright's own.
set -eu
cd "$(dirname "$0")/.."
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then
        command -v "$name"
        exit 0
    fi
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-core; } >&2
    command -v chromium
    exit 0
fi
.venv/bin/playwright install chromium >&2 || {
    echo "The browser tests need Chromium. Debian: apt-get install chromium" >&2
    exit 1
}
.venv/bin/python -c "from playwright.sync_api import sync_playwright as start
with start() as p: print(p.chromium.executable_path)"
