# SPDX-License-Identifier: MIT
# repair of single words: what is inserted, that it repairs, the exported set, and several seeds.
. "$(dirname "$0")/../lib.sh"
. "$here/../odd_words.sh"

run 0 localize t --rule flip --json
cp .out localize.json
run 0 repair t -o n --max-broken 999 --json
cp .out repair.json
same n/repair.json repair.json
absent n/repair.png
json 'd["level"] == "segment" and d["strategy"] == "influence" and d["rule"] == "flip"'
json 'd["targets"] == json.load(open("localize.json"))["error_count"] == len(d["per_target"]) > 3'
json 'sum(t["copies"] == 0 for t in d["per_target"]) == json.load(open("localize.json"))["localised"]'
json 'all((t["copies"] == 5) == (not t["insertions"]) for t in d["per_target"])'
json 'sum(len(t["insertions"]) for t in d["per_target"]) <= 240'
json 'd["fixed"] == sum(t["fixed"] for t in d["per_target"]) and d["fixed"] + d["still_failing"] == d["targets"]'
json 'd["fixed"] >= d["targets"] - 1'
json 'd["kept"] == sum(len(t["insertions"]) + t["copies"] + t["balance"] for t in d["per_target"]) > 0'
json 'all((len(t["insertions"]) + t["copies"] + 1) // 2 == t["balance"] > 0 for t in d["per_target"])'
json 'all(len(t["insertions"]) <= t["budget"] for t in d["per_target"])'
json 'all(i["truth_after"] < i["truth_before"] for t in d["per_target"] for i in t["insertions"])'
json 'sum(d["outcome"][k] for k in ("fixed", "still_failing", "newly_broken", "unchanged")) == 80'
run 0 predict n --json
json 'abs(d["accuracy"] - json.load(open("repair.json"))["accuracy_after"]) < 1e-9'
run 0 verify n --train --quiet
run 0 predict n --split train --json
json 'd["count"] == 240 + json.load(open("repair.json"))["kept"]'

# The same with any number of threads.
run 0 repair t -o again --max-broken 999 --threads 1 --json --quiet
python3 - .out <<'PY' || fail "another number of threads gives another repair"
import json, sys
a, b = json.load(open("repair.json")), json.load(open(sys.argv[1]))
assert a["per_target"] == b["per_target"] and a["accuracy_after"] == b["accuracy_after"]
PY

# The exported set is the training set and the new sentences, word by word; nothing is retrained.
run 0 repair t --export out.jsonl --strategy paper -m 3 --json
json 'd["run"] is None and d["fixed"] is None and d["outcome"] is None and d["kept"] > 0'
json 'all(t["after"] is None and t["fixed"] is None for t in d["per_target"])'
python3 - .out <<'PY' || fail "the exported set is not the training set and the insertions"
import json, sys
d = json.load(open(sys.argv[1]))
rows = [json.loads(line) for line in open("out.jsonl")]
text = [json.loads(line) for line in open("text.jsonl")]
train = [r for r in text if r["split"] == "train"]
for row in rows[:240]:  # of the file, by its line
    assert text[row.pop("source_row") - 1]["tokens"] == row["tokens"]
    assert row.pop("source_file") == "text.jsonl"
assert rows[:240] == train and len(rows) == 240 + d["kept"]
assert not any("source_row" in row for row in rows[240:])  # made
assert all(r["split"] == "train" for r in rows)
at = 240
for t in d["per_target"]:
    words = {s["t"]: s["token"] for s in t["segments"]}
    for i in t["insertions"]:
        source = train[i["source"]]
        x = list(source["tokens"])
        x.insert(i["after"], words[i["t"]])
        assert rows[at]["tokens"] == x and rows[at]["label"] == source["label"] == "positive"
        assert i["in_context"]
        at += 1
PY
run 0 train elsewhere --data jsonl:out.jsonl --embedding trained --width 8 --hidden 8 \
    --epochs 1 --quiet

# The baselines, one class, chosen samples, the table.
run 0 repair t -o none --max-broken 999 --strategy none --epochs 1
out_has 'Measured on test: '
absent none/additions.npz
run 0 repair t -o random --max-broken 999 --strategy random -m 2 --truth-class positive --epochs 1 --json
json 'd["kept"] > 0 and all(t["truth"] == 1 for t in d["per_target"])'
id=$(python3 -c 'import json; print(json.load(open("repair.json"))["per_target"][0]["id"])')
run 0 repair t -o one --max-broken 999 --samples "$id" --rule both --gamma 9 --epochs 1 --json
json 'd["targets"] == 1 and all(i["in_context"] for i in d["per_target"][0]["insertions"])'

# A repaired run can be repaired again: what was added before stays.
run 0 build random --states 6 --quiet
if "$RNNREPAIR" repair random -o twice --rule both -m 1 --epochs 1 --quiet --json >.out 2>.err; then
    run 0 verify twice --train
fi

# Seeds: a run each, and the means.
run 0 repair t -o s --max-broken 999 --seeds 3,4 --strategy paper -m 4 --retrain scratch --json --quiet
same s/repair.json .out
exists s/seed-3/model.safetensors
exists s/seed-4/repair.json
json '[r["seed"] for r in d["per_seed"]] == [3, 4] and d["seed"] is None'
json 'abs(d["fixed"] - sum(r["fixed"] for r in d["per_seed"]) / 2) < 1e-9'
json 'abs(sum(t["fixed"] for t in d["per_target"]) - d["fixed"]) < 1e-9'
json 'd["per_seed"][0]["outcome"] == json.load(open("s/seed-3/repair.json"))["outcome"]'
run 2 repair t -o s --seeds 5
err_has 's/repair.json already exists'
absent s/seed-5
run 2 repair t -o n --seeds 5
err_has 'n/repair.json already exists'
absent n/seed-5
# A path is refused before the first training, and nothing is left.
mkdir -p u/seed-8
cp n/run.json u/seed-8
run 2 repair t -o u --seeds 7,8
err_has 'u/seed-8: already holds a run'
absent u/seed-7
: >v
run 1 repair t -o v/w --seeds 7
mkdir -p w
: >w/seed-8
run 1 repair t -o w --seeds 7,8
err_has 'exists and is no folder'
absent w/seed-7

run 2 repair t -o bad --truth-class negative --rule flip
err_has 'no such error'
# A limit on all insertions, each target its share of it.
run 0 repair t -o few-words --max-broken 999 --max-insertions 0.1 --rule both --epochs 1 --json
json 'all(len(t["insertions"]) <= 24 // d["targets"] == t["budget"] for t in d["per_target"] if t["insertions"])'
err_has 'insertions at most, their share of 0.1 times the training set'
run 2 repair t -o bad --max-insertions -1
err_has 'max-insertions'
run 2 repair t -o bad --level sample --max-insertions 1
err_has 'max-insertions'
# There are errors, but no suspect word: nothing for the paper's way, copies for the default.
{ head -n 240 text.jsonl; tail -n 1 text.jsonl; } >few.jsonl
run 0 train few --data jsonl:few.jsonl --embedding trained --width 16 --hidden 16 --epochs 5 \
    --batch 16 --optimizer adam --learning-rate 0.01 --quiet
run 0 build few --states 8 --quiet
run 0 repair few -o copied --max-broken 999 --epochs 1
err_has '1 of 1 targets get copies of themselves'
out_has 'copies of itself'
run 2 repair few -o bad --strategy paper --quiet
err_has '1 errors, and none has a known suspect word by rule flip'
run 1 repair t --export missing/x.jsonl
absent bad
