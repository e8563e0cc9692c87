# SPDX-License-Identifier: MIT
# repair refuses a path it cannot write before it works, leaves none behind when it fails, and
# replaces what a killed repair left.
. "$(dirname "$0")/../lib.sh"

small_run r --epochs 6
run 0 build r --states 6 --quiet

echo old >file
run 1 repair r -o file --count 1
err_has 'file: exists and is no folder'
grep -q retraining "$work/.err" && fail "the path was checked after the work"
grep -qx old file || fail "the file was touched"
run 1 repair r -o file/n --count 1
err_has 'cannot make the folder'
run 2 repair r -o '' --count 1

# What fails on the way takes its folder away again, but not one that was there.
run 3 repair r -o new --count 1 --data 'digits?train=20&test=5'
absent new
mkdir mine
run 2 repair r -o mine --samples 1000
exists mine

# A repair killed before run.json left additions and a start: the next one does not take them up.
mkdir left
cp r/model.safetensors left/start.safetensors
echo broken >left/additions.npz
run 0 repair r -o left --max-broken 999 --count 2 --strategy none --retrain scratch --epochs 1 --quiet
absent left/start.safetensors
run 0 verify left --train --quiet
run 0 repair r -o again --max-broken 999 --count 2 --strategy random --variants 5 --epochs 1 --quiet
rm again/run.json
run 0 repair r -o again --max-broken 999 --count 2 --strategy random --variants 5 --epochs 1 --quiet
run 0 verify again --train --quiet

# A start without a parent is ignored: training begins from scratch.
mkdir stray
cp r/model.safetensors stray/start.safetensors
small_run stray --epochs 1
small_run clean --epochs 1
cmp stray/model.safetensors clean/model.safetensors || fail "training began with a stray start"

# Killed between run.json and the state of the first epoch.
rm clean/trainer.safetensors
run 0 train clean --resume --epochs 2 --quiet
small_run whole --epochs 2
cmp clean/model.safetensors whole/model.safetensors || fail "the first epoch was not done again"
rm whole/trainer.safetensors
run 1 train whole --resume --epochs 3 --quiet
err_has 'trainer.safetensors'
