#!/bin/sh
# Make build/interop-venv: the real host, as its users install it. It needs Python 3.12 or newer.
set -eu
cd "$(dirname "$0")/.."

host=asqi-engineer==0.5.9
python=$(tools/find_python.sh 3.12)

echo "Installing $host into build/interop-venv with $python" >&2
rm -rf build/interop-venv
"$python" -m venv build/interop-venv
build/interop-venv/bin/python -m pip install --quiet --disable-pip-version-check "$host"
