#!/bin/sh
# Make build/interop-venv: the real host, as its users install it. It needs Python 3.12 or newer.
# The release before stands beside it, without its dependencies (they are the same): it holds the older result parser.
set -eu
cd "$(dirname "$0")/.."

host=asqi-engineer==0.5.9
older_host=asqi-engineer==0.5.8
venv=build/interop-venv
python=$(tools/find_python.sh 3.12)

echo "Installing $host into $venv with $python" >&2
rm -rf "$venv"
"$python" -m venv "$venv"
"$venv/bin/python" -m pip install -qq --disable-pip-version-check "$host"
"$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-deps --target "$venv/older-host" "$older_host"
