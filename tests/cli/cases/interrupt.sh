# SPDX-License-Identifier: MIT
# SIGINT and SIGTERM leave the last finished epoch, valid; resuming gives the uninterrupted bytes.
. "$(dirname "$0")/../lib.sh"

small='--hidden 64 --batch 2 --threads 1 --seed 5'

# So many epochs would take days: the signal arrives in the middle on any machine.
for name in INT TERM; do
    rm -rf cut whole
    # shellcheck disable=SC2086
    run_until 130 "$name" 'exists("cut/model.safetensors")' \
        train cut --data "$data" $small --epochs 1000000
    err_has 'interrupted'
    err_has 'rnnrepair train cut --resume'
    run 0 verify cut --quick
    run 0 info cut --json
    json '1 <= len(d["epochs"]) < 1000000'
    epochs=$(($(value 'len(d["epochs"])') + 2))
    run 0 train cut --resume --epochs "$epochs" --quiet
    # shellcheck disable=SC2086
    run 0 train whole --data "$data" $small --epochs "$epochs" --quiet
    same whole/model.safetensors cut/model.safetensors
done

# An interrupted build writes nothing. Nor would this one end: by then it shows a percentage.
run_until 130 INT '"%" in shown' build whole --stability 1 --max-states 300 --max-iter 1000000 --tol -1
err_has 'nothing was written'
absent whole/influence.safetensors
[ "$(ls whole | wc -l)" -eq 3 ] || fail "something was left behind: $(ls whole)"

# A repair that is finished by hand is told when its guard would have kept nothing.
run 0 build cut --states 4 --max-iter 5 --quiet
run_until 130 INT 'exists("harm/model.safetensors")' repair cut -o harm --strategy direct --count 3 \
    --controls no --learning-rate 1 --max-broken 0 --epochs 1000000 --threads 1
run 0 info harm --json
run 0 train harm --resume --epochs "$(value 'len(d["epochs"])')"
err_has 'none along the way obey its guard'
