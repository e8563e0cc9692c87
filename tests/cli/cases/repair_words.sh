# SPDX-License-Identifier: MIT
# repair of whole sentences: reworded inputs and training sentences, their weights, no dropout.
. "$(dirname "$0")/../lib.sh"
. "$here/../odd_words.sh"

run 0 repair t -o n --strategy mixed --controls direct --keep-harmful --json
cp .out repair.json
same n/repair.json repair.json
absent n/repair.png
json 'd["level"] == "sample" and d["strategy"] == "mixed" and d["vary"] == "words"'
json 'd["targets"] == len(d["per_target"]) > 3'
json 'all(len(t["kept"]) == 20 and "insertions" not in t for t in d["per_target"])'
json 'd["kept"] == 25 * d["targets"]'
json 'all(k["source"] == t["id"] for t in d["per_target"] for k in t["kept"][:10])'
json '[r["strategy"] for r in d["retrainings"]] == ["mixed", "direct"]'
json 'd["retrainings"][0]["updates"] == d["retrainings"][1]["updates"]'
run 0 predict n --json
json 'abs(d["accuracy"] - json.load(open("repair.json"))["accuracy_after"]) < 1e-9'
run 0 verify n --train --quiet
python3 - n/run.json t/run.json <<'PY' || fail "not half the rate without dropout, or no mean"
import json, sys
child, parent = (json.load(open(path))["train"] for path in sys.argv[1:])
assert child["learning_rate"] == parent["learning_rate"] / 2
assert child["dropout_input"] == child["dropout_last"] == 0 and child["average"]
PY

# The same with any number of threads; what is given is taken.
run 0 repair t -o again --strategy mixed --controls no --keep-harmful --threads 1 --json --quiet
python3 - .out <<'PY' || fail "another number of threads gives another repair"
import json, sys
a, b = json.load(open("repair.json")), json.load(open(sys.argv[1]))
assert a["per_target"] == b["per_target"] and a["accuracy_after"] == b["accuracy_after"]
PY
run 0 repair t -o given --strategy mixed --controls no --keep-harmful --dropout 0.25 \
    --learning-rate 0.002 --quiet
python3 - given/run.json <<'PY' || fail "rate and dropout are not those given"
import json, sys
train = json.load(open(sys.argv[1]))["train"]
assert train["learning_rate"] == 0.002
assert train["dropout_input"] == train["dropout_last"] == 0.25
PY

# Training sentences alone, by the strategies of whole inputs.
run 0 repair t -o s --level sample --keep-samples 4 --variants 40 --controls no --keep-harmful --json
json 'd["vary"] == "words" and all(len(t["kept"]) <= 4 for t in d["per_target"])'
run 2 repair t -o x --strategy mixed -m 3
run 2 repair t -o x --strategy mixed --rotate 3
run 2 repair t -o x --strategy mixed --dropout 1.5
