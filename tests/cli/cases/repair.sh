# SPDX-License-Identifier: MIT
# repair creates a new run with lineage, and its outcome agrees with predictions before and after.
. "$(dirname "$0")/../lib.sh"

small_run r --epochs 20
run 1 repair r -o n
err_has 'rnnrepair build r'
absent n
run 0 build r --states 8 --quiet
run 0 predict r --json
cp .out before.json

run 0 repair r -o n --level sample --split test --count 4 --variants 40 --keep-samples 3 --json
cp .out repair.json
exists n/repair.png
exists n/model.safetensors
json 'd["targets"] == 4 and len(d["per_target"]) == 4 and d["fixed"] + d["still_failing"] == 4'
json 'd["generated"] == sum(t["generated"] for t in d["per_target"])'
json 'd["accepted"] == sum(t["accepted"] for t in d["per_target"])'
json 'd["fixed"] == sum(t["fixed"] for t in d["per_target"])'
json 'sum(d["outcome"][k] for k in ("fixed", "still_failing", "newly_broken", "unchanged")) == 100'
python3 - <<'PY' || fail "repair.json is not what was printed"
import json
assert json.load(open("repair.json")) == json.load(open("n/repair.json"))
PY

run 0 predict n --json
python3 - .out <<'PY' || fail "the outcome disagrees with predict"
import json, sys
r, a, b = json.load(open("repair.json")), json.load(open(sys.argv[1])), json.load(open("before.json"))
assert abs(r["accuracy_after"] - a["accuracy"]) < 1e-9
assert abs(r["accuracy_before"] - b["accuracy"]) < 1e-9
was, now = {e["id"] for e in b["errors"]}, {e["id"] for e in a["errors"]}
assert r["newly_broken"] == len(now - was)
assert all((t["id"] in now) == (not t["fixed"]) and t["id"] in was for t in r["per_target"])
PY
run 0 info n --json
json 'd["parent"].endswith("/r") and len(d["parent_model"]) == 64'
run 0 verify n --train --quiet

# The baselines; continuing from the parent's weights; naming the samples; the table.
run 0 repair r -o none --strategy none --count 2 --epochs 1
out_has 'Measured on test: '
absent none/additions.npz
run 0 repair r -o random --strategy random --count 2 --epochs 1 --variants 10 --json
json 'd["strategy"] == "random" and d["kept"] > 0'
run 0 repair r -o gradient --strategy gradient --count 2 --epochs 1 --variants 40 --json
json 'd["strategy"] == "gradient" and d["kept"] > 0 and d["accepted"] >= d["kept"]'
json 'all(0 < k["score"] <= 1 for t in d["per_target"] for k in t["kept"])'
exists random/additions.npz
wrong=$(python3 -c 'import json; print(json.load(open("before.json"))["errors"][0]["id"])')
run 0 repair r -o on --samples "$wrong" --retrain continue --strategy random --epochs 1 --json
json 'd["targets"] == 1'
run 0 verify on --train
run 0 build on --states 6 --quiet
run 2 repair on -o fresh --retrain scratch --count 1
err_has 'give --epochs and --learning-rate'
absent fresh

# A repaired run can be repaired again: what was added before stays.
run 0 build random --states 6 --quiet
run 0 repair random -o twice --strategy random --count 1 --epochs 1 --variants 5 --json
run 0 predict twice --split train --json
json 'd["count"] > 300'
run 0 verify twice --train

right=$(python3 -c 'import json; e = {x["id"] for x in json.load(open("before.json"))["errors"]}; print(min(set(range(100)) - e))')
run 2 repair r -o bad --samples "$right"
run 2 repair r -o bad --samples 1,1
absent bad
run 1 repair r -o r/run.json/n --count 1

# A network that predicts one class for everything: no training sequence of another can be varied.
run 0 train dull --data 'digits?train=20&test=20' --hidden 4 --epochs 1 --quiet
run 0 build dull --states 3 --quiet
run 0 repair dull -o dull2 --count 3
err_has 'note: no sample could be made for any target'
run 0 repair dull -o dull3 --count 3 --strategy none
if grep -q 'no sample could' "$work/.err"; then fail "a note for a control"; fi
