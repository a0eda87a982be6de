#!/bin/sh
# Have the named Debian packages installed: `tools/packages.sh PACKAGE...`.
# Installs what is missing where that is possible (Debian or Ubuntu, as root), else says what to install and exits 3.
# A second run only asks dpkg and takes milliseconds. SYSTEM_INSTALL=no forbids installing.
set -eu

missing=""
for package in "$@"; do
    state=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
    [ "$state" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "${SYSTEM_INSTALL:-yes}" = no ] || [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "error: needed and not installed:$missing. On Debian or Ubuntu:" \
         "sudo apt-get install --no-install-recommends$missing" >&2
    exit 3
fi

echo "Installing with apt-get:$missing" >&2
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
# One broken list of some other repository must not stop the set-up: what counts is whether the installation works.
apt-get -q -o DPkg::Lock::Timeout=300 update >"$log" 2>&1 </dev/null || true
# shellcheck disable=SC2086  # a list of package names
if ! apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $missing >>"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    echo "error: apt-get could not install:$missing (the whole log: $log)" >&2
    exit 3
fi
rm -f "$log"
