# SPDX-License-Identifier: MIT
# Broken files are refused with status 3 (or 1 where they are gone) and a message that names them.
. "$(dirname "$0")/../lib.sh"

small_run r
run 0 build r --states 8 --quiet

cp -r r cut
head -c 300 r/model.safetensors >cut/model.safetensors
run 3 predict cut
err_has 'model.safetensors'
cp -r r weight
size=$(wc -c <r/model.safetensors)
poke weight/model.safetensors $((size - 40)) AAAAAAAA
run 3 predict weight
err_has 'model.safetensors'
cp -r r gone
rm gone/model.safetensors
run 1 predict gone
err_has 'model.safetensors'

cp -r r inf
head -c 1000 r/influence.safetensors >inf/influence.safetensors
run 3 explain inf
err_has 'influence.safetensors'
run 3 info inf

cp -r r record
printf '{ "format": ' >record/run.json
run 3 info record
err_has 'run.json'
rm record/run.json
run 1 info record
err_has 'run.json'
mkdir empty
run 1 predict empty

# The trainer's state is what a resumed training stands on.
cp -r r trainer
head -c 200 r/trainer.safetensors >trainer/trainer.safetensors
run 3 train trainer --resume --epochs 3
err_has 'trainer.safetensors'

# A file that is data of its own.
printf 'PK not a zip' >broken.npz
run 3 train x --data npz:broken.npz
err_has 'broken.npz'
run 1 train x --data npz:missing.npz
err_has 'missing.npz'
run 1 train x --data mnist:.
absent x

# Places that cannot be written.
: >file
run 1 train file/run --data "$data" --epochs 1
run 1 train file --resume
