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

run 0 repair r --strategy influence -o n --max-broken 100 --level sample --split test --count 4 --variants 40 --keep-samples 3 --json
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
run 0 repair r -o none --keep-harmful --strategy none --count 2 --epochs 1
out_has 'Measured on test: '
absent none/additions.npz
run 0 repair r -o random --keep-harmful --strategy random --count 2 --epochs 1 --variants 10 --json
json 'd["strategy"] == "random" and d["kept"] > 0'
run 0 repair r -o gradient --keep-harmful --strategy gradient --count 2 --epochs 1 --variants 40 --json
json 'd["strategy"] == "gradient" and d["kept"] > 0 and d["accepted"] >= d["kept"]'
json 'all(0 < k["score"] <= 1 for t in d["per_target"] for k in t["kept"])'
exists random/additions.npz
wrong=$(python3 -c 'import json; print(json.load(open("before.json"))["errors"][0]["id"])')
run 0 repair r -o on --keep-harmful --samples "$wrong" --retrain continue --strategy random --epochs 1 --json
json 'd["targets"] == 1'
run 0 verify on --train
run 0 build on --states 6 --quiet
run 2 repair on -o fresh --retrain scratch --count 1
err_has 'give --epochs and --learning-rate'
absent fresh

# A repaired run can be repaired again: what was added before stays.
run 0 build random --states 6 --quiet
run 0 repair random -o twice --keep-harmful --strategy random --count 1 --epochs 1 --variants 5 --json
run 0 predict twice --split train --json
json 'd["count"] > 300'
run 0 verify twice --train

# The default: the failing inputs, and variants, with loss weights; the last epoch averaged. The run
# has what it needs to be trained again.
run 0 repair r -o mixed --max-broken 100 --count 3 --varied 4 --influential 3 --held 2 --controls none,direct --json
json 'd["strategy"] == "mixed" and d["kept"] == 3 * (5 + 4 + 3 + 2)'
json 'len(d["per_target"]) == 3 and all(len(t["kept"]) == 9 for t in d["per_target"])'
exists mixed/weights.npz
python3 -c 'import json; r, t = (json.load(open(d + "/run.json"))["train"] for d in ("r", "mixed")); assert t["average"] and t["epochs"] == 2 and t["learning_rate"] == r["learning_rate"] / 2, t' || fail 'training of mixed'
run 0 verify mixed --train --quiet
run 2 repair r -o bad --count 1 --keep-samples 3
err_has 'keep-samples'
run 2 repair r -o bad --count 1 --strategy gradient --held 3
err_has 'held'
absent bad

# Direct copies; controls with as many updates; one half repaired and the other measured.
run 0 repair r -o direct --max-broken 100 --strategy direct --copies 3 --count 5 --controls none,random --json
cp .out direct.json
json 'd["kept"] == 15 and [x["strategy"] for x in d["retrainings"]] == ["direct", "none", "random"]'
json 'len({x["updates"] for x in d["retrainings"]}) == 1 and d["retrainings"][1]["added"] == 0'
json 'd["test_used"] and d["measured"] == {"split": "test", "halves": False, "count": 100}'
json 'd["guard"]["split"] == "train" and d["guard"]["count"] == d["guard"]["held"] == 50'
json 'sum(c["count"] for c in d["retrainings"][0]["classes"]) == 100'
run 0 verify direct --train --quiet
run 0 repair r -o half --keep-harmful --halves --strategy direct --controls no --json
json 'all(t["id"] % 2 == 0 for t in d["per_target"]) and d["measured"]["count"] == 50 and len(d["retrainings"]) == 1'
run 2 repair r -o bad --halves --samples 1
err_has 'have even numbers'

# Cases: test is only measured.
run 0 repair r -o cased --max-broken 100 --cases 'digits?train=10&test=60&seed=7' --strategy direct --epochs 1 --controls none --tsv --outcome
out_has 'strategy	added	targets_fixed'
[ -z "$(head -n 1 .out | tr '\t' '\n' | sort | uniq -d)" ] || fail 'two columns of one name'
out_has 'guard.newly_broken'
run 2 repair r -o bad --count 1 --outcome
err_has 'outcome'
run 0 info cased
out_has '50 sequences of train held back'
run 0 info cased --json
json 'd["data"]["guard"]["held"] == 50 and d["data"]["guard"]["kept"] > 0'
python3 -c 'import json; d = json.load(open("cased/repair.json")); assert "digits" in d["cases"] and not d["test_used"] and d["measured"]["split"] == "test"' || fail 'cases'

# A harmful repair leaves no run, and says so; a budget of none broken; from scratch.
run 5 repair r -o harm --strategy direct --count 5 --learning-rate 1 --max-broken 0 --json
json 'd["retrainings"][0]["harmful"] and d["retrainings"][0]["guard"]["newly_broken"] > 0'
err_has 'nothing is kept of harm'
err_has 'at most 0 may break'
absent harm
run 5 repair r -o harm --strategy direct --count 5 --retrain scratch --epochs 1 --max-broken 0 --controls no
out_has 'Nothing is kept'
absent harm
run 0 repair r -o harm --strategy direct --count 5 --learning-rate 1 --keep-harmful --controls no
exists harm/model.safetensors
run 2 repair r -o bad --keep-harmful --max-broken 2
run 2 repair r -o bad --controls gradient
err_has 'expected some of none, direct, random and shift'
run 5 repair r -o harms --strategy direct --count 5 --learning-rate 1 --max-broken 0 --seeds 1,2 --controls none
out_has 'harmful: 2 of 2'
absent harms

right=$(python3 -c 'import json; e = {x["id"] for x in json.load(open("before.json"))["errors"]}; print(min(set(range(100)) - e))')
run 2 repair r -o bad --samples "$right"
run 2 repair r -o bad --samples 1,1
absent bad
run 1 repair r -o r/run.json/n --count 1

# A network that predicts one class for everything: no training sequence of another can be varied.
run 0 train dull --data 'digits?train=20&test=20' --hidden 4 --epochs 1 --quiet
run 0 build dull --states 3 --quiet
run 0 repair dull --strategy influence -o dull2 --keep-harmful --count 3
err_has 'note: no sample could be made for any target'
run 0 repair dull -o dull3 --keep-harmful --count 3 --strategy none
if grep -q 'no sample could' "$work/.err"; then fail "a note for a control"; fi

# Where every input is right there is nothing to repair: that is said, and no run is made.
python3 - <<'PY'
with open("easy.csv", "w") as f:
    print("id,split,label,a", file=f)
    for i in range(40):
        for t in range(3):
            print(i, "train" if i < 24 else "test", i % 2, (i % 2) * 2 - 1, sep=",", file=f)
PY
run 0 train easy --data 'csv:easy.csv?frames=a&sequence=id' --hidden 6 --epochs 30 --batch 4 \
    --optimizer adam --learning-rate 0.01 --quiet
run 0 build easy --states 3 --quiet
run 5 repair easy -o none-to-repair
out_has 'No errors to repair: all 16 sequences of test are predicted correctly'
absent none-to-repair
run 5 repair easy -o none-to-repair --json
json 'd["targets"] == 0 and d["run"] is None and d["per_target"] == []'
