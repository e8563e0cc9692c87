#!/bin/sh
# SPDX-License-Identifier: MIT
# install_packages.sh build|all|page|cross - install those Debian packages of cmake/packages.txt that are
# missing. A line is a name, or a name and the word "check": needed by the checks alone, and left out
# for `build`; or a name and the word "page" or "cross": needed by the checks of the page, or of the
# build for another processor, alone. A third word is a command: the package is needed only where that
# is missing.
#
# RR_SKIP_INSTALL=1 installs nothing and goes on: for other systems, or packages built by hand.

# Package names are one word each: lists of them are split on purpose.
# shellcheck disable=SC2086
set -eu
cd "$(dirname "$0")/.."

case "${1-}" in
build) wanted=$(awk 'NF == 1 { print $1 }' cmake/packages.txt) ;;
all) wanted=$(awk 'NF == 1 || $2 == "check" { print $1 }' cmake/packages.txt) ;;
page | cross)
    wanted=$(awk -v use="$1" '$2 == use { print $1, $3 }' cmake/packages.txt | while read -r package command; do
        [ -n "$command" ] && command -v "$command" >/dev/null || echo "$package"
    done)
    ;;
*)
    echo "usage: tools/install_packages.sh build|all|page|cross" >&2
    exit 2
    ;;
esac

[ "${RR_SKIP_INSTALL-0}" != 1 ] || exit 0

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "install_packages: this is no Debian system. rnnrepair needs what Debian calls" >&2
    printf '    %s\n' $wanted >&2
    echo "Install their likes, then run again with RR_SKIP_INSTALL=1." >&2
    exit 1
fi

missing=
for package in $wanted; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || state=absent
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    root=
elif command -v sudo >/dev/null; then
    root=sudo
else
    echo "install_packages: neither root nor sudo is there. As root, run" >&2
    echo "    apt-get install --no-install-recommends$missing" >&2
    exit 1
fi

apt() {
    # `env` carries the setting through sudo, which clears the environment.
    $root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -q "$@"
}

echo "install_packages: installing$missing"
if ! apt -o APT::Update::Error-Mode=any update; then
    echo "install_packages: the package lists could not be brought up to date (no network?);" >&2
    echo "install_packages: going on with those that are there" >&2
fi
if ! apt install -y --no-install-recommends $missing; then
    echo "install_packages: could not install$missing" >&2
    echo "install_packages: the lines above say why; without a network, install them another way" >&2
    echo "and run again with RR_SKIP_INSTALL=1" >&2
    exit 1
fi
