#!/bin/sh
# Prints the path of an HAProxy for the tests of deploy/haproxy.cfg; installs Debian's when it may.
set -eu
find_it() { PATH="$PATH:/usr/sbin" command -v haproxy; }
find_it && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends haproxy; } >&2
    find_it && exit 0
fi
echo "The tests of the proxy need HAProxy. Debian: apt-get install haproxy" >&2
exit 1
