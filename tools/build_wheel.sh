#!/bin/sh
# SPDX-License-Identifier: MIT
# build_wheel.sh FOLDER - builds the Python package into FOLDER: an sdist, and from it a wheel. Nothing
# is downloaded: build, setuptools and wheel are those of the first Python that has them.
set -eu
cd "$(dirname "$0")/.."
[ $# = 1 ] || {
    echo "usage: tools/build_wheel.sh FOLDER" >&2
    exit 2
}
mkdir -p "$1"
folder=$(cd "$1" && pwd)

for python in python3 /usr/bin/python3; do
    if "$python" -c 'import build.__main__, setuptools, wheel' 2>/dev/null; then
        copy=$(mktemp -d)
        trap 'rm -rf "$copy"' EXIT
        # A copy, so that nothing is left among the sources.
        cp -R CMakeLists.txt LICENSE cmake include src python "$copy"
        mkdir -p "$copy/web" && cp -R web/dist "$copy/web"
        rm -rf "$copy/python/rnnrepair/_lib"
        "$python" -m build --no-isolation --outdir "$folder" "$copy/python"
        exit
    fi
done
echo "build_wheel: no python3 with build, setuptools and wheel" >&2
echo "build_wheel: on Debian: apt-get install python3-build python3-setuptools python3-wheel" >&2
exit 1
