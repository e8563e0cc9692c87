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

# --keep best: the document's accuracy is that of the epoch on disk.
small_run best --keep best --epochs 4 --json
json 'd["test_accuracy"] == max(e["test_accuracy"] for e in d["epochs"])'
json 'd["epochs"][d["model_epoch"] - 1]["test_accuracy"] == d["test_accuracy"]'
run 0 predict best --json
json 'd["count"] == 100'

# --quiet prints nothing.
small_run silent
[ ! -s "$work/.err" ] || fail "--quiet is not quiet"
