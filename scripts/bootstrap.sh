#!/bin/sh
# Finds a Python that can set Gridbeat up and lets scripts/bootstrap.py do what was asked for.
# The Makefile is a thin cover over this: where make is missing, `sh scripts/bootstrap.sh demo` does the same.
set -eu
cd "$(dirname "$0")/.."

suits() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null
}

for python in python3 python3.11 python3.12 python3.13 /usr/bin/python3; do
    if suits "$python"; then
        exec "$python" scripts/bootstrap.py "$@"
    fi
done
echo "✗ Gridbeat needs Python 3.11, 3.12 or 3.13: install it (on Debian 12: apt-get install python3), then run this again." >&2
exit 2
