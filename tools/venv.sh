#!/bin/sh
# Make .venv: the package, editable, with everything that its development needs. Make calls it when pyproject.toml changed.
set -eu
cd "$(dirname "$0")/.."

if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    if ! python=$(tools/find_python.sh 3.11 2>/dev/null); then
        # Debian ships the venv module apart.
        tools/packages.sh python3 python3-venv
        python=$(tools/find_python.sh 3.11)
    fi
    echo "Making .venv with $python" >&2
    rm -rf .venv
    "$python" -m venv .venv
fi
echo "Installing the package and its extras into .venv" >&2
.venv/bin/python -m pip install -qq --disable-pip-version-check --editable '.[dev]'
