# SPDX-License-Identifier: MIT
# Pipes: data that are read once come from them; what is read again is refused at once; a signal
# ends the wait for one.
. "$(dirname "$0")/../lib.sh"
. "$here/../odd_words.sh"

# The rows are those of another file.
answers() {
    grep -v '"source_file":'
}
run 0 predict t --json
answers <.out >whole
mkfifo p

# Read once, by a name or as standard input, packed or not.
cat text.jsonl >p &
run 0 predict t --data jsonl:p --json
answers <.out >from-pipe
same from-pipe whole
cat text.jsonl | "$RNNREPAIR" predict t --foreign --data jsonl:/dev/stdin --json >piped ||
    fail "standard input was not read"
gzip -c text.jsonl | "$RNNREPAIR" predict t --foreign --data jsonl:/dev/stdin --json >packed ||
    fail "packed standard input was not read"
same packed piped

# Nobody writes to it: a command that opened it would wait.
for command in "train r --data jsonl:p" "train r --data csv:p" "train r --data npz:p" \
    "train r --data jsonl:text.jsonl --vectors p" "train r --data jsonl:text.jsonl --labels p" \
    "audit t --flips p" "audit t --apply p -o r"; do
    # shellcheck disable=SC2086
    run 1 $command
    err_has 'p is a pipe'
    err_has 'write it to a file first'
    absent r
done

# By then the command waits in open() or is about to; either way the signal ends it.
for name in $(emulated || echo INT TERM); do
    python3 - "$name" "$RNNREPAIR" predict t --foreign --data jsonl:p >.out 2>.err <<'PY'
import re, signal, subprocess, sys
number = getattr(signal, "SIG" + sys.argv[1])
signal.signal(signal.SIGINT, signal.default_int_handler)
program = subprocess.Popen(sys.argv[2:])
caught = 0
while not caught >> (number - 1) & 1:  # until it catches the signal
    assert program.poll() is None
    caught = int(re.search(r"SigCgt:\s*(\w+)", open(f"/proc/{program.pid}/status").read()).group(1), 16)
program.send_signal(number)
sys.exit(program.wait())
PY
    [ $? -eq 130 ] || fail "SIG$name did not end the wait"
    err_has 'a signal ended the wait for p'
done

# Nor does output that nobody takes hold it back.
python3 - "$RNNREPAIR" train full --data "$data" --hidden 1 --batch 300 --epochs 1000000 2>.err <<'PY'
import array, fcntl, signal, subprocess, sys, termios
program = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
waiting = array.array("i", [0])
F_SETPIPE_SZ = 1031
size = fcntl.fcntl(program.stdout, F_SETPIPE_SZ, 4096)
while waiting[0] < size // 2:
    assert program.poll() is None
    fcntl.ioctl(program.stdout, termios.FIONREAD, waiting)
program.send_signal(signal.SIGTERM)
sys.exit(program.wait())
PY
[ $? -eq 130 ] || fail "SIGTERM did not end the wait for a reader"
