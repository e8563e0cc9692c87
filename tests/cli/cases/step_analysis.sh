# SPDX-License-Identifier: MIT
# Analyses of a run with an output at every step: explain, localize, audit and its decisions; what
# is of sequences alone is refused.
. "$(dirname "$0")/../lib.sh"

# 120 + 40 sequences of 4 to 9 symbols; the label of a step is its symbol plus the one before,
# modulo 3; of test, every step of sequence 7 from the third on is labelled wrongly. Parts of ten
# steps.
python3 - <<'PY'
import random, struct, zipfile
def put(z, name, descr, shape, data):
    h = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (descr, shape)
    h += " " * (-(len(h) + 11) % 64) + "\n"
    z.writestr(name + ".npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(h)) + h.encode() + data)
r = random.Random(1)
length = [r.randint(4, 9) for _ in range(160)]
x, label = [], []
for i, T in enumerate(length):
    before = 0
    for t in range(T):
        v = r.randint(0, 2)
        x.append(v)
        wrong = i == 127 and t > 1
        label.append((v + before + wrong) % 3)
        before = v
R = sum(length)
with zipfile.ZipFile("tags.npz", "w") as z:
    put(z, "x", "<i4", (R,), struct.pack("<%di" % R, *x))
    put(z, "lengths", "<i8", (160,), struct.pack("<160q", *length))
    put(z, "step_label", "<i2", (R,), struct.pack("<%dh" % R, *label))
    put(z, "vocabulary", "<i8", (), struct.pack("<q", 3))
    put(z, "split", "<i8", (160,), struct.pack("<160q", *[0] * 120 + [2] * 40))
    put(z, "take", "<i4", (R,), struct.pack("<%di" % R, *[t // 10 for t in range(R)]))
PY
spec='npz:tags.npz?part=take'

experiment 0 flip --data "$spec" --steps --fraction 0.05 -o flips.csv
head -1 flips.csv | grep -qx 'id,step,action,label,truth' || fail "the columns of flips"
flips=$(($(wc -l <flips.csv) - 1))
run 0 train r --data "$spec" --labels flips.csv --hidden 16 --width 8 --epochs 20 --batch 10 \
    --learning-rate 0.01 --quiet
run 0 info r --json
json "d['data']['relabelled_steps'] == $flips and d['data']['relabelled'] == 0"
run 0 build r --states 12 --quiet

# Misread spans: half of their steps or more are wrong; sequence 7 has some.
run 0 localize r --json
cp .out spans.json
json 'd["error_count"] == len(d["spans"]) > 0 and d["span_count"] > d["error_count"]'
json 'all(2 * s["wrong"] >= s["last"] - s["first"] + 1 for s in d["spans"])'
json 'all(s["first"] <= g["t"] <= s["last"] for s in d["spans"] for g in s["segments"])'
json 'sum(s["wrong"] for s in d["spans"] if s["id"] == 7) >= 2'
steps=$(python3 -c 'import json; print(json.load(open(".out"))["step_errors"])')
run 0 predict r --json
json "len(d['errors']) == $steps"
truth=$(python3 -c 'import json; print(next(s["truth"] for s in json.load(open("spans.json"))["spans"] if s["id"] == 7))')
run 0 localize r --samples 7 --truth-class "$truth" --json
json "{s['id'] for s in d['spans']} == {7} and {s['truth'] for s in d['spans']} == {$truth}"
run 0 localize r --show 2
out_has 'steps wrong;'
out_has 'spans misread'
run 0 localize r --tsv
[ "$(wc -l <.out)" -eq "$(($(python3 -c 'import json; print(len(json.load(open("spans.json"))["spans"]))') + 1))" ] ||
    fail "a row for each span"

# Each step with its truth; without --step what is behind the first misread span.
run 0 explain r --json
cp .out first.json
json 'd["sample"] == json.load(open("spans.json"))["spans"][0]["id"] and "truth" not in d'
json 'd["behind"]["first"] == json.load(open("spans.json"))["spans"][0]["first"]'
json 'd["step_errors"] == sum(s["wrong"] for s in d["steps"]) > 0'
json 'all(s["wrong"] == (s["truth"] != s["prediction"]) for s in d["steps"])'
json 'abs(sum(l["share"] for l in d["behind"]["labels"]) - 1) < 1e-9'
json 'sum(l["count"] for l in d["behind"]["labels"]) == d["behind"]["matching"]'
json 'd["behind"]["measure"] == "cosine" and all(0 < s["score"] <= 1 for s in d["behind"]["spans"])'
json 'all("text" in s for s in d["behind"]["spans"])'
json '[s["score"] for s in d["behind"]["spans"]] == sorted((s["score"] for s in d["behind"]["spans"]), reverse=True)'
run 0 explain r
out_has 'wrong'
out_has 'The training spans that influence them most (cosine)'
run 0 explain r --sample 7 --steps 2-4 --spans votes --json
json '(d["behind"]["first"], d["behind"]["last"], d["behind"]["measure"]) == (2, 4, "votes") and "step" not in d'
run 0 explain r --sample 7 --step 3 --json
json 'd["behind"]["first"] == d["behind"]["last"] == d["step"]["t"] == 3'
run 0 explain r --sample 7 --steps 2-4 --tsv
head -1 .out | grep -q 'first' || fail "--tsv of spans"
run 2 explain r --sample 7 --steps 2-40
err_has 'the sequence has T ='
run 2 explain r --sample 7 --steps 4-2
err_has 'expected the first and the last step'
run 2 explain r --sample 7 --steps 3
run 2 explain r --sample 7 --steps 2-4 --step 3

# The flipped labels are found; a reviewer's decisions are carried out in another run.
run 0 audit r --flips flips.csv --top "$flips" --review suspects.csv --json
json "d['found'][-1]['flips'] == $flips and d['average_precision'] > 0.5"
json "len(d['ranking']) == $flips and all(x['step'] >= 1 for x in d['ranking'])"
head -1 suspects.csv | grep -qx 'id,step,action,label,given' || fail "the columns of a review"
run 0 audit r --method influence --key transition --json
json 'd["method"] == "influence" and d["key"] == "transition" and d["found"] is None'
run 0 audit r --apply suspects.csv -o child --epochs 2 --json
json "d['steps_relabelled'] == $flips and d['relabelled'] == 0"
json 'd["outcome"]["count"] > 40'
run 0 verify child
run 3 audit r --split test
err_has 'the training set alone'
run 2 audit r --folds 3
run 3 audit r --about errors
err_has 'an output at every step'
run 2 audit r --method tracin
err_has 'tracin ranks sequences'

# Repair targets single wrong steps, a trigger turns the next one.
run 0 repair r -o repaired --max-broken 999 --count 4 --json
json 'd["level"] == "segment" and d["targets"] == len(d["per_target"]) == 4'
json "all(t['step'] >= 1 and t['truth'] != t['prediction'] for t in d['per_target']) and d['fixed'] + d['still_failing'] == 4"
run 0 verify repaired
run 0 backdoor r --support 1 --json
json 'all(0 <= c["score"] <= 1 and c["labelled"] <= c["support"] for c in d["candidates"]) and d["candidates"]'

# A run on the last step of the same data asks about sequences; its training steps have labels.
run 0 train last --data "$spec" --hidden 8 --width 8 --epochs 3 --output last --quiet
run 0 build last --states 8 --quiet
run 0 explain last --sample 7 --step 3 --json
json 'd["truth"] < 3 and d["behind"]["first"] == 3 and "step_errors" not in d'

# Frames: parts of the source name where spans came from.
experiment 0 flip --data digits?train=40 --fraction 0.1 -o plain.csv
experiment 2 flip --data digits?train=40 --steps -o none.csv
run 2 explain r --picture f.png
err_has 'has an output at every step; the table has the truth of each step'
absent f.png
