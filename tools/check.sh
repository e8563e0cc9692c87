#!/bin/bash
# SPDX-License-Identifier: MIT
# check.sh [rest|tidy] - what a change must pass, cheapest first; stops at the first step that fails.
#
#     check.sh         layout, headers, layers, source rules, the release build and all its tests
#     check.sh rest    what is left: the binary interface, clang-tidy over all files, the second
#                      compiler, the sanitizers, the Python wheel, the page and the walks through it
#                      in Chromium, 8 seconds of each fuzz target, a part of the tests for aarch64
#     check.sh tidy    clang-tidy over the files changed since BASE, by default where the branch left
#                      its upstream or main; ALL=1: over all files
#
# The output of a step lies in build/check/; it is shown when the step fails.
set -u
cd "$(dirname "$0")/.." || exit 1

part=${1-}
jobs=$(nproc)
logs=build/check
skipped=
mkdir -p "$logs"

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
    grep -E 'tests passed| passed in |targets run|headers,|files keep|files read|interface is|notice:|the page:' "$1" | tail -n 1 | sed 's/, 0 tests failed//'
}

c_files() {
    find "$@" \( -name '*.[ch]' -o -name '*.[ch]pp' \) -print0 | sort -z
}

check_format() {
    c_files include src cli experiments tests bench examples fuzz | xargs -0 clang-format --dry-run -Werror
}

# build PRESET. The benches are built by gcc in the release build, and read by clang-tidy.
build() {
    local bench=OFF
    if [ "$1" = release ]; then
        bench=ON
    fi
    cmake --preset "$1" --log-level=WARNING -DRR_BUILD_TESTS=ON -DRR_BUILD_BENCH=$bench &&
        cmake --build --preset "$1" -j "$jobs"
}

# test_preset PRESET [ctest option...]
test_preset() {
    local preset=$1
    shift
    ctest --preset "$preset" -j "$jobs" --no-tests=error "$@"
}

build_and_test() {
    build "$1" && test_preset "$@"
}

tidy_folders=(src cli experiments examples bench)

# Where this branch left the one it goes back to.
merge_base() {
    local other
    for other in ${BASE:+"$BASE"} '@{upstream}' origin/HEAD origin/main main; do
        git merge-base HEAD "$other" 2>/dev/null && return
    done
    git rev-parse HEAD
}

# The changed files, new ones too, and those that include a changed header.
changed_c_files() {
    local base file
    base=$(merge_base)
    {
        git diff --name-only --diff-filter=d "$base" -- "${tidy_folders[@]}" include
        git ls-files --others --exclude-standard -- "${tidy_folders[@]}" include
    } | while read -r file; do
        case $file in
        *.c) echo "$file" ;;
        *.h) grep -rlE --include='*.c' "^#include \"([^\"]*/)?${file##*/}\"" "${tidy_folders[@]}" ;;
        esac
    done | sort -u
}

# One file a process: the analyzer of clang 14 forgets va_start() from the second file on; and without
# the tests, which compile files of the tool a second time. The debug build's commands, since there
# the analyzer sees what is asserted; the examples, which it does not build, go by that of another
# file.
check_tidy() {
    local list="$logs/tidy-files"
    if [ "$1" = all ]; then
        find "${tidy_folders[@]}" -name '*.c' | sort >"$list"
    else
        changed_c_files >"$list"
    fi
    cmake --preset debug --log-level=WARNING -DRR_BUILD_TESTS=OFF -DRR_BUILD_BENCH=ON &&
        xargs -a "$list" -r -n 1 -P "$jobs" clang-tidy -p build/debug --quiet &&
        echo "$(wc -l <"$list") files read"
}

sanitize_address() {
    export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1
    export UBSAN_OPTIONS=print_stacktrace=1
    export LSAN_OPTIONS=print_suppressions=0
    if [ -f tests/lsan.supp ]; then
        LSAN_OPTIONS+=":suppressions=$PWD/tests/lsan.supp"
    fi
    # These take minutes here, and their parts are tests of their own.
    build_and_test asan -E '^(cli_(demo|audit|datasets)|experiments_run)$'
}

# Each module's own tests, and the golden ones, which go through every command; the other cases of the
# programs would go the same ways again.
second_compiler() {
    build_and_test clang -R '^(test|golden|fuzz)_|^cli_instruction_sets$'
}

# The build for another processor, where its packages can be had.
other_processor() {
    tools/cross_aarch64.sh short
    local status=$?
    [ $status = 77 ] || return $status
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
    # shellcheck disable=SC2086
    build tsan &&
        $1 ctest --preset tsan -j "$jobs" --no-tests=error -L threads
}

# The page: types, unit tests, and that what is committed is what the sources give. What npm installs is
# in web/node_modules; where its registry cannot be reached there is nothing to check with.
page_sources() {
    cd web || return 1
    if ! npm ci --no-progress; then
        npm ping >/dev/null 2>&1 && return 1
        echo "notice: the page is not checked: npm reaches no registry"
        return 0
    fi
    npm run --silent check && npm test --silent && node build.mjs --check && echo "the page: its files keep to the sources"
}

# Walks through real pages in Chromium: reports, and served ones.
page_walks() {
    tools/install_packages.sh page && build release &&
        web/walk/prepare.sh build/release/cli/rnnrepair "$logs/walk" build/release/librnnrepair.so &&
        node web/walk/walk.mjs build/release/cli/rnnrepair "$logs/walk"
}

page() {
    tools/install_packages.sh page && (page_sources) || return 1
    [ ! -d web/node_modules/playwright-core ] || page_walks
}

# Inputs it finds go to a temporary folder; fuzz/README.md says what to do with a finding.
fuzz() {
    cmake --preset fuzz --log-level=WARNING -DRR_BUILD_TESTS=OFF &&
        cmake --build --preset fuzz -j "$jobs" --target fuzz &&
        fuzz/run.sh 8
}

case $part in
'')
    step "format" check_format
    step "headers" python3 tools/check_headers.py
    step "layers" python3 tools/check_layers.py
    step "sources" python3 tools/check_sources.py
    step "release build" build release
    step "release tests" test_preset release
    ;;
rest)
    step "binary interface" tools/check_abi.sh
    step "clang-tidy" check_tidy all
    step "clang" second_compiler
    step "address and undefined" sanitize_address
    step "python wheel" tests/python/check_wheel.sh "$logs/wheel"
    step "page" page
    step "fuzz" fuzz
    step "aarch64" other_processor
    if runner=$(thread_sanitizer_runner); then
        step "threads" sanitize_threads "$runner"
    else
        skipped="threads (this kernel does not let the thread sanitizer start)"
        printf '== %-24s SKIPPED: %s\n' "threads" "$skipped"
    fi
    ;;
tidy)
    if [ "${ALL-0}" = 1 ]; then
        step "clang-tidy" check_tidy all
    else
        step "clang-tidy" check_tidy changed
    fi
    ;;
*)
    echo "usage: tools/check.sh [rest|tidy]" >&2
    exit 2
    ;;
esac
printf '== all passed in %d s%s\n' $(($(now) - began)) "${skipped:+, but skipped: $skipped}"
