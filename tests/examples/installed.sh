#!/bin/sh
# SPDX-License-Identifier: MIT
# installed.sh BUILD SOURCE - install the library as it was built to a new prefix, build the examples
# against it by pkg-config and by CMake, and run them. They see the installed headers alone.
set -eu

build=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

cmake --install "$build" --prefix "$prefix" >"$work/install.log"
lib=$(dirname "$(find "$prefix" -name 'librnnrepair.so')")

# The file of pkg-config names the prefix of the configuration; this one is elsewhere.
export PKG_CONFIG_PATH="$lib/pkgconfig"
flags=$(pkg-config --define-variable=prefix="$prefix" --cflags --libs rnnrepair)
mkdir "$work/plain"
for example in "$source"/examples/*.c; do
    name=$(basename "$example" .c)
    # shellcheck disable=SC2086 # the flags are words
    ${CC:-cc} ${CFLAGS-} -std=c11 -Wall -Wextra -Wpedantic -Werror "$example" -o "$work/plain/$name" $flags \
        "-Wl,-rpath,$lib"
done

cmake -S "$source/examples" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" \
    ${TOOLCHAIN:+"-DCMAKE_TOOLCHAIN_FILE=$TOOLCHAIN"} >"$work/configure.log"
cmake --build "$work/cmake" >"$work/build.log"

run=${EMULATOR-} # words as well
for way in plain cmake; do
    cd "$work/$way"
    $run ./explain run >explain.txt
    grep -q 'are misclassified' explain.txt
    $run ./repair run child >repair.txt
    grep -q 'new samples for' repair.txt
    $run ./states_from_arrays >arrays.txt
    grep -q 'most like it: sequence 0,' arrays.txt
done
for text in explain repair arrays; do
    cmp "$work/plain/$text.txt" "$work/cmake/$text.txt"
    cat "$work/plain/$text.txt"
done

# Only public names, all of one version.
if "${NM:-nm}" -D --defined-only "$lib/librnnrepair.so" | grep -v ' rr_\w*@@RNNREPAIR_0\.2$' |
    grep -v ' A RNNREPAIR_0\.2$'; then
    echo "the library shows a name that is not public" >&2
    exit 1
fi
