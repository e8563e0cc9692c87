#!/bin/bash
# SPDX-License-Identifier: MIT
# check_abi.sh [--update] - compare the binary interface of the library with abi/rnnrepair-0.abi, by
# libabigail; --update: write that file anew, for a change that is meant.
#
# What counts are the symbols the shared library shows and the types the public headers declare; not
# what abi/experimental.abignore names. The library is built for it with debug information and without
# optimization, in build/abi.
set -eu
cd "$(dirname "$0")/.."

baseline=abi/rnnrepair-0.abi
ignored=abi/experimental.abignore
build=build/abi
now=$build/now.abi

cmake -S . -B "$build" -G Ninja --log-level=WARNING -DCMAKE_BUILD_TYPE=None \
    -DCMAKE_C_FLAGS="-g -gdwarf-4 -O0 -ffile-prefix-map=$PWD/=" -DRR_BUILD_TESTS=OFF -DRR_BUILD_BENCH=OFF \
    -DRR_BUILD_EXPERIMENTS=OFF
cmake --build "$build" --target rnnrepair
# Nothing of the machine: no paths, no lines, no libraries below, numbers of types by their content.
abidw --headers-dir include/rnnrepair --drop-private-types --exported-interfaces-only \
    --suppressions "$ignored" --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed \
    --no-architecture --type-id-style hash --out-file "$now" "$build/librnnrepair.so"

if [ "${1-}" = --update ]; then
    mkdir -p "$(dirname "$baseline")"
    cp "$now" "$baseline"
    echo "$baseline is written"
elif abidiff --suppressions "$ignored" "$baseline" "$now"; then
    echo "the binary interface is that of $baseline"
else
    echo "the binary interface differs from $baseline;"
    echo "if that is meant: tools/check_abi.sh --update, and a line in CHANGELOG.md"
    exit 1
fi
