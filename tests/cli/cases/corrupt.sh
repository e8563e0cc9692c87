# SPDX-License-Identifier: MIT
# Damaged files are refused with status 3 (or 1 where they are missing) and a message that names them.
. "$(dirname "$0")/../lib.sh"

small_run r
run 0 build r --states 8 --quiet

cp -r r weight
size=$(wc -c <r/model.safetensors)
poke weight/model.safetensors $((size - 40)) AAAAAAAA
run 3 predict weight
err_has 'model.safetensors'

cp -r r record
rm record/run.json
run 1 info record
err_has 'run.json'

ln -s run.json record/run.json
run 1 info record
err_has 'cannot open record/run.json'

# A resumed training needs the trainer's state.
cp -r r trainer
head -c 200 r/trainer.safetensors >trainer/trainer.safetensors
run 3 train trainer --resume --epochs 3
err_has 'trainer.safetensors'

# A file is no run directory.
: >file
run 1 train file --resume
