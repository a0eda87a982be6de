#!/bin/sh
# Print the path of a Python of at least the version given: `tools/find_python.sh 3.11 [3.12 ...]`.
# Looks at the given names first, then at newer ones, on PATH and below pyenv. Each candidate is really started: a pyenv
# shim exists for every installed version and fails when that version is not selected.
set -eu

minimum=$1

is_usable() {
    "$1" - "$minimum" <<'CODE' 2>/dev/null
import ensurepip, sys, venv
wanted = tuple(int(part) for part in sys.argv[1].split("."))
if sys.version_info[:2] < wanted:
    sys.exit(1)
print(sys.executable)
CODE
}

candidates() {
    [ "$minimum" != 3.11 ] || echo python3
    for version in 3.11 3.12 3.13 3.14; do
        echo "python$version"
        for path in "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python3; do
            [ ! -x "$path" ] || echo "$path"
        done
    done
    echo /usr/bin/python3
}

for candidate in $(candidates); do
    if is_usable "$candidate"; then
        exit 0
    fi
done

echo "error: no Python $minimum or newer (with its venv module) was found on PATH or below pyenv." \
     "Install it with pyenv install $minimum, or from packages where they have it (apt-get install python3 python3-venv)" >&2
exit 3
