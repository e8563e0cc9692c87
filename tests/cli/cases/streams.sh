# SPDX-License-Identifier: MIT
# A closed or full standard stream is reported by the status and never ends up inside a file.
. "$(dirname "$0")/../lib.sh"

small_run r
run 0 predict r -o open.npz
"$RNNREPAIR" predict r -o closed.npz >&- 2>/dev/null
[ $? -eq 1 ] || fail "output to a closed stdout should end with 1"
same open.npz closed.npz

# Nobody reads on: what was begun is done all the same.
small_run whole --epochs 6
("$RNNREPAIR" train piped --data "$data" --hidden 16 --epochs 6 --batch 16 --optimizer adam \
    --learning-rate 0.006 --clip-norm 1 --quiet 2>/dev/null; echo $? >status) | true
[ "$(cat status)" -eq 1 ] || fail "output to a closed pipe should end with 1"
same whole/model.safetensors piped/model.safetensors

# A limit on the size of files is reported, and leaves none behind.
(ulimit -f 20 && "$RNNREPAIR" predict r -o limited.npz >.out 2>.err)
[ $? -eq 1 ] || fail "a file that grows beyond the limit should end with 1"
err_has 'limited.npz'
[ -z "$(ls | grep limited)" ] || fail "something is left of limited.npz"
"$RNNREPAIR" predict r -o both.npz >&- 2>&- <&-
[ $? -eq 1 ] || fail "all streams closed should end with 1"
same open.npz both.npz
for command in "predict r --json" "info r" --help; do
    "$RNNREPAIR" $command >/dev/full 2>.err
    [ $? -eq 1 ] || fail "$command to a full device should end with 1"
    err_has 'standard output'
done
small_run s
"$RNNREPAIR" train c --data "$data" --hidden 16 --epochs 2 --batch 16 --optimizer adam \
    --learning-rate 0.006 --clip-norm 1 >&- 2>&- <&-
same s/model.safetensors c/model.safetensors
run 0 verify c
