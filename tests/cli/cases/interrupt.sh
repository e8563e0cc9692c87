# SPDX-License-Identifier: MIT
# SIGINT and SIGTERM leave the last finished epoch, valid; going on gives the uninterrupted bytes.
. "$(dirname "$0")/../lib.sh"

# Slow enough that a signal arrives in the middle, and fast enough to be run twice.
train_args='--hidden 64 --epochs 8 --batch 2 --threads 1 --seed 5'
# shellcheck disable=SC2086
run 0 train whole --data "$data" $train_args --quiet

for signal in INT TERM; do
    rm -rf cut
    # A shell starts background commands with SIGINT ignored; Python restores it.
    # shellcheck disable=SC2086
    python3 - "$signal" "$RNNREPAIR" train cut --data "$data" $train_args <<'PY' >.out 2>.err
import os, signal, subprocess, sys, time
name = sys.argv[1]
signal.signal(signal.SIGINT, signal.default_int_handler)
p = subprocess.Popen(sys.argv[2:])
for _ in range(2000):  # until the first epoch is on disk
    if os.path.exists("cut/model.safetensors") or p.poll() is not None:
        break
    time.sleep(0.005)
p.send_signal(getattr(signal, "SIG" + name))
sys.exit(p.wait())
PY
    code=$?
    [ "$code" -eq 130 ] || fail "SIG$signal: status $code, expected 130"
    err_has 'interrupted'
    err_has 'rnnrepair train cut --resume'
    run 0 verify cut --quick
    run 0 info cut --json
    json '1 <= len(d["epochs"]) < 8'
    run 0 train cut --resume --quiet
    same whole/model.safetensors cut/model.safetensors
done

# An interrupted build writes nothing.
python3 - "$RNNREPAIR" build whole --stability 1 --max-states 300 --tol 0 <<'PY' >.out 2>.err
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
p = subprocess.Popen(sys.argv[1:])
time.sleep(0.4)
p.send_signal(signal.SIGINT)
sys.exit(p.wait())
PY
code=$?
[ "$code" -eq 130 ] || fail "SIGINT while building: status $code, expected 130"
err_has 'nothing was written'
absent whole/influence.safetensors
[ "$(ls whole | wc -l)" -eq 3 ] || fail "something was left behind: $(ls whole)"
