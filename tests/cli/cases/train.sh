# SPDX-License-Identifier: MIT
# Training creates a run directory; with --json it trains the same; --keep best keeps the best epoch.
. "$(dirname "$0")/../lib.sh"

run 0 train r --data "$data" --hidden 16 --epochs 2 --batch 32 --learning-rate 0.01 --seed 3
out_has 'epoch'
exists r/run.json
exists r/model.safetensors
exists r/trainer.safetensors

run 0 train q --data "$data" --hidden 16 --epochs 2 --batch 32 --learning-rate 0.01 --seed 3 --json
json 'len(d["epochs"]) == 2 and d["test_accuracy"] == d["epochs"][-1]["test_accuracy"]'
json 'all(k in e for e in d["epochs"] for k in ("epoch", "loss", "train_accuracy", "test_accuracy", "seconds", "sequences_per_second"))'
json '[e["epoch"] for e in d["epochs"]] == [1, 2] and d["interrupted"] is False'
json 'len(d["model_hash"]) == 64'
same r/model.safetensors q/model.safetensors

# --keep best: the epoch on disk is the best on dev; without a dev split it would be chosen by test.
python3 - <<'PY'
import random
r = random.Random(3)
with open("words.csv", "w") as f:
    f.write("text,label\n")
    for i in range(240):
        good = i % 3 == 0
        f.write(" ".join(r.choice(["good", "fine", "it"] if good != (r.random() < 0.3) else ["bad", "dull", "it"]) for _ in range(4)) + f",{'yes' if good else 'no'}\n")
PY
words='csv:words.csv?holdout=0.3&dev=0.2'
run 0 train best --data "$words" --hidden 8 --width 8 --keep best --epochs 8 --batch 16 --learning-rate 0.02 --quiet --json
json 'd["epochs"][d["model_epoch"] - 1]["dev_accuracy"] == max(e["dev_accuracy"] for e in d["epochs"])'
json 'd["epochs"][d["model_epoch"] - 1]["test_accuracy"] == d["test_accuracy"]'
json 'd["model_epoch"] < 8'
run 2 train chosen --data "$data" --keep best
err_has 'the best epoch cannot be chosen: the data have no dev split'
absent chosen

# Without --epochs the data say how long: batches of N / 64, 2,000 updates, at most 200 epochs; with
# a dev split the best epoch is kept. The run has what was chosen.
run 0 train left --data "$words" --hidden 4 --width 4 --json
err_has 'rmsprop 0.001, batches of 8, 118 epochs: 2006 updates; the best epoch on dev is kept'
json 'len(d["epochs"]) == d["epochs_planned"] == 118'
json 'd["epochs"][d["model_epoch"] - 1]["dev_accuracy"] == max(e["dev_accuracy"] for e in d["epochs"])'
run 0 info left --json
json 'd["training"]["batch"] == 8 and d["training"]["epochs"] == 118 and d["training"]["keep"] == "best"'
run 0 train short --data "$words" --hidden 4 --width 4 --epochs 2
err_has 'note: updates of the weights: 4, which is few; left to the data they would be about 2000'
run 0 info short --json
json 'd["training"]["batch"] == 128 and d["training"]["keep"] == "last"'
python3 - <<'PY'
with open("series.csv", "w") as f:
    f.write("id,label,a,b\n" + "".join(f"{i},{i % 2},{100 + 10 * (i % 2) * t},{t}\n" for i in range(40) for t in range(5)))
PY
run 0 train scaled --data 'csv:series.csv?frames=a,b&sequence=id&holdout=0.3' --hidden 2 --epochs 1
err_has 'the 2 columns are brought to mean 0 and deviation 1 by the train split'
run 0 info scaled --json
json 'd["data"]["scaling"]["kind"] == "standard" and "scale" not in d["data"]["spec"]'
run 0 predict scaled
run 0 train raw --data 'csv:series.csv?frames=a,b&sequence=id&holdout=0.3&scale=none' --hidden 2 --epochs 1
run 0 info raw --json
json 'd["data"]["scaling"] is None'

# --quiet prints nothing.
small_run silent
[ ! -s "$work/.err" ] || fail "--quiet is not quiet"
