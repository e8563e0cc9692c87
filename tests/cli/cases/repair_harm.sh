# SPDX-License-Identifier: MIT
# A repair by defaults never leaves the split of its errors worse than it was: a network that knows
# its few training images by heart, and steps from small to far too large.
. "$(dirname "$0")/../lib.sh"

run 0 train r --data 'digits:?limit=60' --hidden 12 --epochs 60 --batch 8 --optimizer adam \
    --learning-rate 0.01 --quiet
run 0 build r --states 5 --quiet
kept=0 worse=0 harmful=0
for count in 3 10; do
    for rate in 0.0003 0.001 0.003 0.01 0.03; do
        rm -rf n
        "$RNNREPAIR" repair r -o n --count $count --learning-rate $rate --controls no --json >.out 2>.err
        case $? in
        0)
            kept=$((kept + 1))
            exists n/model.safetensors
            json 'd["outcome"]["newly_broken"] == 0 or d["accuracy_after"] > d["accuracy_before"]'
            json 'd["outcome"]["newly_broken"] == 0 or d["retrainings"][0]["macro_f1"] >= d["before"]["macro_f1"]'
            ;;
        5)
            harmful=$((harmful + 1))
            absent n
            err_has 'nothing is kept of n'
            json 'd["retrainings"][0]["harmful"]'
            ! grep -q 'beside and among the targets' .err || worse=$((worse + 1))
            ;;
        *) fail "repair with $count targets and rate $rate" ;;
        esac
    done
done
[ $kept -gt 0 ] && [ $worse -gt 0 ] && [ $harmful -gt $worse ] ||
    fail "$kept kept, $harmful harmful, $worse of them by the split alone"
