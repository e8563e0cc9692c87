#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh SECONDS [TARGET...] - run fuzz targets (default: all) for so long each, as many at a time as
# there are cores, beginning with their corpora. Prints a line a target: seconds, inputs, findings.
#
# PROGRAMS: the folder of fuzz_TARGET (default: build/fuzz/fuzz, preset fuzz). WORK: where new inputs
# (corpus/TARGET), logs (logs/TARGET) and findings (findings/) are kept and the next run begins
# (default: a temporary folder, removed where there is no finding). JOBS: so many at a time. Fails
# where there is a finding.
set -u
cd "$(dirname "$0")" || exit 1

seconds=${1-}
if ! [[ $seconds =~ ^[0-9]+$ ]]; then
    echo "usage: fuzz/run.sh SECONDS [TARGET...]" >&2
    exit 2
fi
shift
[ $# -gt 0 ] || set -- corpus/*
set -- "${@#corpus/}"
PROGRAMS=$(realpath "${PROGRAMS-../build/fuzz/fuzz}") || exit 1
export PROGRAMS seconds
kept=${WORK-}
WORK=$(realpath -m "${WORK-$(mktemp -d)}")
export WORK
mkdir -p "$WORK/corpus" "$WORK/logs" "$WORK/findings"
began=$(find "$WORK/findings" -type f | wc -l)

# Files of inputs lie in memory; a run that is killed leaves none behind.
scratch=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)")
trap 'rm -rf "$scratch"' EXIT
export TMPDIR=$scratch

# Processor time and memory of the library are limited by fuzz.c; here what hangs without using
# either, and the memory of other libraries. The limits allow for the sanitizers.
run_target() {
    local name=$1 log="$WORK/logs/$1" options=(-max_len=16384) start=$SECONDS
    mkdir -p "$WORK/corpus/$name"
    [ ! -f "$name.dict" ] || options+=(-dict="$name.dict")
    "$PROGRAMS/fuzz_$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1024 \
        -malloc_limit_mb=256 -print_final_stats=1 -verbosity=1 -artifact_prefix="$WORK/findings/$name-" \
        "${options[@]}" "$WORK/corpus/$name" "corpus/$name" >"$log" 2>&1
    local status=$?
    local executed
    executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    printf '%-12s %6s s %12s inputs   %s\n' "$name" $((SECONDS - start)) "${executed:-?}" \
        "$([ $status = 0 ] && echo "no finding" || echo "FINDING: $log")"
    return $status
}
export -f run_target

export ASAN_OPTIONS=${ASAN_OPTIONS-detect_leaks=1:quarantine_size_mb=16:allocator_may_return_null=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS-print_stacktrace=1}
# shellcheck disable=SC2016
printf '%s\n' "$@" | xargs -n 1 -P "${JOBS-$(nproc)}" bash -c 'run_target "$0"'
status=$?

found=$(($(find "$WORK/findings" -type f | wc -l) - began))
echo "$# targets run, $found findings${kept:+ in $WORK/findings}"
[ $status = 0 ] && [ "$found" = 0 ] || exit 1
[ -n "$kept" ] || rm -rf "$WORK"
