#!/bin/sh
# Compiles requirements/*.txt, with the hash of every file, from pyproject.toml. Versions stay where they can:
# `sh scripts/lock.sh --upgrade` takes the newest of all, `--upgrade-package NAME` of one.
set -eu
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools/venv"
"$tools/venv/bin/pip" --disable-pip-version-check install --quiet uv

compile() {
    "$tools/venv/bin/uv" pip compile pyproject.toml --quiet --generate-hashes --no-emit-index-url --no-header \
        --python-version 3.11 "$@"
}

compile --output-file requirements/runtime.txt "$@"
compile --extra test --constraints requirements/runtime.txt --output-file requirements/test.txt "$@"
