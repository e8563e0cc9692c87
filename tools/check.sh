#!/bin/bash
# SPDX-License-Identifier: MIT
# check.sh - everything a change must pass, cheapest first; stops at the first step that fails.
#
# QUICK=1 leaves out clang-tidy, the sanitizers and the second compiler. The output of a step lies
# in build/check/; it is shown when the step fails.
set -u
cd "$(dirname "$0")/.." || exit 1

quick=${QUICK:-0}
jobs=$(nproc)
logs=build/check
skipped=
mkdir -p "$logs"
rm -f "$logs"/*.log

now() {
    date +%s
}
began=$(now)

# step NAME COMMAND...: run it, say how long it took, stop everything when it fails. A command may
# print a line "notice: ..." for the summary.
step() {
    local name=$1 log start
    shift
    log="$logs/${name// /-}.log"
    start=$(now)
    printf '== %-24s ' "$name"
    if ! ("$@") >"$log" 2>&1; then
        printf 'FAILED after %d s\n' $(($(now) - start))
        tail -n 100 "$log"
        grep -E ' (error|warning): |\(Failed\)' "$log" | sort -u | head -n 40
        printf '== %s failed; all of its output is in %s\n' "$name" "$log"
        exit 1
    fi
    printf 'ok %4d s   %s\n' $(($(now) - start)) "$(summary "$log")"
}

# The line of a log that says what was done.
summary() {
    grep -E 'tests passed|headers,|files keep' "$1" | tail -n 1 | sed 's/, 0 tests failed//'
}

c_files() {
    find "$@" -name '*.[ch]' -print0 | sort -z
}

check_format() {
    c_files include src cli experiments tests bench | xargs -0 clang-format --dry-run -Werror
}

# build PRESET [CMake option...]. The benches are built by gcc alone; clang-tidy reads them as well.
build() {
    local preset=$1
    shift
    cmake --preset "$preset" --log-level=WARNING -DRR_BUILD_TESTS=ON -DRR_BUILD_BENCH=OFF "$@" &&
        cmake --build --preset "$preset" -j "$jobs"
}

build_and_test() {
    local preset=$1
    local bench=OFF
    shift
    if [ "$preset" = release ]; then
        bench=ON
    fi
    build "$preset" -DRR_BUILD_BENCH=$bench && ctest --preset "$preset" -j "$jobs" --no-tests=error "$@"
}

# One file a process: the analyzer of clang 14 forgets va_start() from the second file on; and without
# the tests, which compile files of the tool a second time. The debug build's commands, since there
# the analyzer sees what is asserted.
check_tidy() {
    cmake --preset debug --log-level=WARNING -DRR_BUILD_TESTS=OFF -DRR_BUILD_BENCH=ON &&
        find src cli experiments bench -name '*.c' -print0 | sort -z |
        xargs -0 -n 1 -P "$jobs" clang-tidy -p build/debug --quiet
}

sanitize_address() {
    export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1
    export UBSAN_OPTIONS=print_stacktrace=1
    export LSAN_OPTIONS=print_suppressions=0
    if [ -f tests/lsan.supp ]; then
        LSAN_OPTIONS+=":suppressions=$PWD/tests/lsan.supp"
    fi
    build_and_test asan
}

# The thread sanitizer needs the address space it was made for: kernels that scatter it wider than
# the compiler expects stop it at the start, now and then, and switching the scattering off helps.
# Prints the command to run programs under; fails where the sanitizer cannot run at all.
thread_sanitizer_runner() {
    local probe="$logs/tsan-probe" runner
    echo 'int main(void) { return 0; }' >"$probe.c"
    ${CC:-cc} -fsanitize=thread -o "$probe" "$probe.c" || return 1
    for runner in "" "setarch $(uname -m) -R"; do
        # shellcheck disable=SC2086
        if (for _ in 1 2 3 4 5 6 7 8 9 10; do $runner "$probe" || exit 1; done) 2>"$probe.txt"; then
            echo "$runner"
            return 0
        fi
    done
    return 1
}

sanitize_threads() {
    export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
    if [ -f tests/tsan.supp ]; then
        TSAN_OPTIONS+=":suppressions=$PWD/tests/tsan.supp"
    fi
    # shellcheck disable=SC2086
    build tsan &&
        $1 ctest --preset tsan -j "$jobs" --no-tests=error -L threads
}

step "format" check_format
step "headers" python3 tools/check_headers.py
step "layers" python3 tools/check_layers.py
step "sources" python3 tools/check_sources.py
if [ "$quick" != 1 ]; then
    step "clang-tidy" check_tidy
fi
step "gcc release" build_and_test release
if [ "$quick" != 1 ]; then
    step "clang" build_and_test clang -LE slow
    step "address and undefined" sanitize_address
    if runner=$(thread_sanitizer_runner); then
        step "threads" sanitize_threads "$runner"
    else
        skipped="threads (this kernel does not let the thread sanitizer start)"
        printf '== %-24s SKIPPED: %s\n' "threads" "$skipped"
    fi
fi
printf '== all passed in %d s%s\n' $(($(now) - began)) "${skipped:+, but skipped: $skipped}"
