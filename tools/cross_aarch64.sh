#!/bin/bash
# SPDX-License-Identifier: MIT
# cross_aarch64.sh [short] - build for 64-bit ARM by Debian's cross compiler, in build/aarch64, and run
# the tests by QEMU's emulation of that processor; short: the tests of what the processor has a part in,
# the numbers and the threads. One of them compares files with those of this machine's program.
#
# The libraries come from Debian's packages for arm64, unpacked to build/aarch64-sysroot: nothing of
# them is installed, and no root is needed where compiler and emulator are there. Ends with 77 where
# they cannot be had.
set -eu
cd "$(dirname "$0")/.."

sysroot=build/aarch64-sysroot
packages=build/aarch64-packages
wanted="libc6-dev $(awk 'NF == 1 && /^lib.*-dev$|^zlib.*-dev$/ { print $1 }' cmake/packages.txt)"

unavailable() {
    echo "notice: nothing is built for aarch64: $1" >&2
    exit 77
}

# apt with lists, cache and a state of its own, in which nothing is installed: so it fetches whatever
# the wanted packages need, for arm64 alone.
apt() {
    local state=$PWD/$packages
    mkdir -p "$state/lists/partial" "$state/archives/partial"
    : >"$state/status"
    apt-get -q -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o Dir::State="$state" \
        -o Dir::State::Lists="$state/lists" -o Dir::State::status="$state/status" \
        -o Dir::Cache="$state" -o Debug::NoLocking=1 "$@"
}

# unpack PACKAGE...: what compiler, linker and programs look for. The rest, as /etc and fonts, the
# programs find on this machine.
unpack() {
    local package link
    mkdir -p "$sysroot/usr/lib"
    ln -sfn usr/lib "$sysroot/lib"
    for package; do
        dpkg-deb --fsys-tarfile "$package" |
            tar -x --no-same-owner --keep-directory-symlink -C "$sysroot" --exclude='./usr/share/doc' \
                --exclude='./usr/share/man' --exclude='./usr/share/locale' --exclude='./usr/bin' \
                --exclude='./usr/sbin' --exclude='./bin' --exclude='./sbin' --exclude='./etc' --exclude='./var'
    done
    find "$sysroot" -lname '/*' | while read -r link; do
        ln -sfnr "$sysroot$(readlink "$link")" "$link"
    done
}

make_sysroot() {
    [ "$(cat "$sysroot/packages" 2>/dev/null)" != "$wanted" ] || return 0
    rm -rf "$sysroot"
    # shellcheck disable=SC2086
    if ! { apt update && apt install -y --no-install-recommends --download-only $wanted; }; then
        unavailable "apt finds no arm64, or not all of: $wanted"
    fi
    unpack "$packages"/archives/*.deb
    rm -rf "$packages"
    echo "$wanted" >"$sysroot/packages"
}

if ! tools/install_packages.sh cross || ! command -v aarch64-linux-gnu-gcc >/dev/null ||
    ! command -v qemu-aarch64 >/dev/null; then
    unavailable "the cross compiler or QEMU is missing"
fi
make_sysroot
cmake --preset release --log-level=WARNING
cmake --build --preset release -j "$(nproc)" --target rnnrepair_cli
cmake --preset aarch64 --log-level=WARNING
if [ "${1-}" = short ]; then
    tests="test_core test_hooks test_parallel test_simd test_gemm test_gates test_tangents test_network test_gmm
        test_mixture test_codebook test_scan"
    # shellcheck disable=SC2086
    cmake --build --preset aarch64 -j "$(nproc)" --target rnnrepair_cli $tests
    # shellcheck disable=SC2086
    ctest --preset aarch64 -j "$(nproc)" --no-tests=error -R "^($(printf '%s|' $tests)cli_instruction_sets)\$"
else
    cmake --build --preset aarch64 -j "$(nproc)"
    ctest --preset aarch64 -j "$(nproc)" --no-tests=error
fi
