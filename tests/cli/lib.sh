# SPDX-License-Identifier: MIT
# lib.sh - what the cases of the command line tests share. Sourced; POSIX sh.
#
# A case is run as  sh CASE  with RNNREPAIR naming the program, in a folder of its own which is
# removed at the end. The first assertion that fails prints what was expected and ends the case.

set -u
: "${RNNREPAIR:?the program to test}"
here=$(cd "$(dirname "$0")" && pwd)
export LSAN_OPTIONS="suppressions=$here/../../cli/leaks.supp:print_suppressions=0"
work=$(mktemp -d "${TMPDIR:-/tmp}/rnnrepair-cli-XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99

# The smallest data on which training, building and repairing still mean something.
data='digits?train=300&test=100'

fail() {
    echo "FAILED: $*" >&2
    echo "--- stdout" >&2
    head -c 2000 "$work/.out" >&2 2>/dev/null
    echo "--- stderr" >&2
    head -c 2000 "$work/.err" >&2 2>/dev/null
    exit 1
}

# run CODE ARGS...: run the program, which must end with CODE; output goes to .out and .err.
run() {
    want=$1
    shift
    "$RNNREPAIR" "$@" >"$work/.out" 2>"$work/.err"
    got=$?
    [ "$got" -eq "$want" ] || fail "rnnrepair $*: status $got, expected $want"
    [ "$want" -eq 0 ] || [ "$want" -eq 130 ] || [ -s "$work/.err" ] ||
        fail "rnnrepair $*: status $want without a word on stderr"
}

# experiment CODE ARGS...: the same of the program rnnrepair-experiments, which prepares data for
# some cases; without it they are skipped.
experiment() {
    [ -n "${RNNREPAIR_EXPERIMENTS-}" ] || exit 77
    (RNNREPAIR=$RNNREPAIR_EXPERIMENTS && trap - EXIT && run "$@") || exit 1
}

# run_until CODE SIGNAL CONDITION ARGS...: run it until the condition holds, send it the signal, and
# see it end with CODE; see signal_when.py.
run_until() {
    want=$1
    signal=$2
    condition=$3
    shift 3
    python3 "$here/../../cli/signal_when.py" "$signal" "$condition" "$RNNREPAIR" "$@" \
        >"$work/.out" 2>"$work/.err"
    got=$?
    [ "$got" -eq "$want" ] || fail "rnnrepair $*: status $got after SIG$signal, expected $want"
}

# Whether the program is another processor's and runs beneath QEMU, which maps memory and catches
# signals of its own.
emulated() {
    [ -n "${RNNREPAIR_HERE-}" ]
}

# What the last run printed must hold this text.
err_has() {
    grep -qF -e "$1" "$work/.err" || fail "stderr lacks \"$1\""
}
out_has() {
    grep -qF -e "$1" "$work/.out" || fail "stdout lacks \"$1\""
}

# json EXPRESSION: stdout is exactly one JSON object d for which the Python expression holds.
json() {
    python3 - "$work/.out" "$1" <<'PY' || fail "JSON: $1"
import json, sys
d = json.load(open(sys.argv[1]))
assert isinstance(d, dict)
sys.exit(0 if eval(sys.argv[2]) else 1)
PY
}

# value EXPRESSION: print what a Python expression makes of the JSON object d on stdout.
value() {
    python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' \
        "$work/.out" "$1"
}

same() {
    cmp "$1" "$2" >&2 || fail "$1 and $2 differ"
}
exists() {
    [ -e "$1" ] || fail "$1 is missing"
}
absent() {
    [ ! -e "$1" ] || fail "$1 should not be there"
}

# A run that has learned something: train RUN [MORE OPTIONS].
small_run() {
    run_dir=$1
    shift
    run 0 train "$run_dir" --data "$data" --hidden 16 --epochs 2 --batch 16 --optimizer adam \
        --learning-rate 0.006 --clip-norm 1 --quiet "$@"
}

# Overwrite bytes of a file in place: poke FILE OFFSET TEXT.
poke() {
    printf '%s' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null || exit 99
}
