#!/bin/sh
# SPDX-License-Identifier: MIT
# check_wheel.sh FOLDER - builds sdist and wheel in FOLDER, installs the wheel into a new virtual
# environment there, without an index, and runs tests of the installed package.
set -eu
cd "$(dirname "$0")/../.."
rm -rf "$1"
tools/build_wheel.sh "$1"

for python in python3 /usr/bin/python3; do
    "$python" -c 'import numpy, pytest, venv, ensurepip' 2>/dev/null && break
done
"$python" -m venv --system-site-packages "$1/venv"
"$1/venv/bin/python" -m pip install --quiet --no-deps --no-index "$1"/rnnrepair-*-py3-none-*.whl

unset RNNREPAIR_LIBRARY PYTHONPATH
tests=$PWD/tests/python
cd "$1"
venv/bin/python -c '
import rnnrepair, sys
from rnnrepair._library import lib
assert rnnrepair.__file__.startswith(sys.prefix), rnnrepair.__file__
assert "/rnnrepair/_lib/librnnrepair.so.0" in lib._name, lib._name
print("installed:", lib._name)'
ldd "$(venv/bin/python -c 'from rnnrepair._library import lib; print(lib._name)')"
venv/bin/python -m pytest -q -p no:cacheprovider "$tests/test_states.py" "$tests/test_table.py" \
    "$tests/test_influence.py"
