# SPDX-License-Identifier: MIT
# A resumed training gives the bytes of an uninterrupted one, whether it was extended or killed.
. "$(dirname "$0")/../lib.sh"

small_run whole --epochs 4
small_run parts --epochs 2
run 0 train parts --resume --epochs 4 --json
grep -q '^ *3 ' .err && ! grep -q '^ *[12] ' .err || fail "not epochs 3 and 4 alone were trained"
json '[e["epoch"] for e in d["epochs"]] == [1, 2, 3, 4]'
same whole/model.safetensors parts/model.safetensors
same whole/trainer.safetensors parts/trainer.safetensors

# Nothing left to do is no error.
run 0 train parts --resume
same whole/model.safetensors parts/model.safetensors

run 2 train parts --resume --epochs 1
