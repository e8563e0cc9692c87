# SPDX-License-Identifier: MIT
# Under a limit of the address space every command ends: it succeeds, or says that memory is out. The
# limits go from where the program just starts to where all commands succeed.
. "$(dirname "$0")/../lib.sh"

emulated && exit 77

limited() { # LIMIT in kB, ARGS...
    (ulimit -v "$1" && shift && exec "$RNNREPAIR" "$@") >.out 2>.err
}

limited 4000000 --version || exit 77 # a sanitizer's program needs more

small_run base
run 0 build base --states 8 --quiet

low=16000
high=4000000
while [ $((high - low)) -gt 500 ]; do
    middle=$(((low + high) / 2))
    if limited $middle --version; then high=$middle; else low=$middle; fi
done
start=$high

# Whether the command succeeded under the limit.
attempt() {
    rm -rf run new
    cp -r base run
    limited "$@"
    got=$?
    [ $got -ne 0 ] || return 0
    [ $got -eq 1 ] || fail "rnnrepair $*: status $got under this limit"
    grep -q -i 'memory' .err || fail "rnnrepair $*: fails under this limit without naming memory"
    return 1
}

succeeded=0
for step in 0 1 2 3 4 6 8 10 14 20 28 40 80 400; do
    limit=$((start + step * 1000))
    attempt $limit info run && succeeded=$((succeeded + 1))
    attempt $limit train new --data "$data" --hidden 16 --epochs 1 --quiet
    attempt $limit build run --states 8 --quiet --threads 3
    attempt $limit explain run
    attempt $limit predict run -o predictions.csv
    last=0
    attempt $limit repair run -o new --max-broken 999 --count 2 --quiet || last=$?
done
[ $succeeded -gt 3 ] || fail "even info succeeded $succeeded times only"
[ $last -eq 0 ] || fail "repair does not succeed within $limit kB"
