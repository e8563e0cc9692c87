# SPDX-License-Identifier: MIT
# explain prints the step table, and draws when asked to; the counts of its document agree with its
# rows.
. "$(dirname "$0")/../lib.sh"

small_run r
run 1 explain r
err_has 'rnnrepair build r'
run 0 build r --states 8 --quiet

run 0 explain r
err_has 'the first error of the test split'
out_has 'confidence'
out_has 'T_t'
ls r >before

run 0 explain r --sample 7 --top 50 --json
ls r >after
same before after
json 'd["picture"] is None'
json 'd["sample"] == 7 and len(d["steps"]) == 28 and len(d["proponents"]) == 50'
json '[s["t"] for s in d["steps"]] == list(range(1, 29))'
json 'all(len(s["confidence"]) == 10 and abs(sum(s["confidence"]) - 1) < 1e-4 for s in d["steps"])'
json 'all(set(s) >= {"state", "prediction", "probability", "influencers"} for s in d["steps"])'
json 'd["count_truth"] == sum(p["label"] == d["truth"] for p in d["proponents"])'
json 'd["count_prediction"] == sum(p["label"] == d["prediction"] for p in d["proponents"])'
json 'all(p["label"] == d["truth"] for p in d["for_truth"])'
json 'all(p["label"] == d["prediction"] for p in d["for_prediction"])'
json 'd["steps"][-1]["prediction"] == d["prediction"]'
json 'all(a["score"] >= b["score"] for a, b in zip(d["proponents"], d["proponents"][1:]))'

# Those that score as much as the last one listed, and are not listed, are counted.
run 0 build r --states 1 --quiet
run 0 explain r --sample 7 --top 100000 --json
json 'd["tied"] == 0'
top=$(value 'next(k for k, (a, b) in enumerate(zip(d["proponents"], d["proponents"][1:]), 1) if a["score"] == b["score"])')
same=$(value "sum(p['score'] == d['proponents'][$top]['score'] for p in d['proponents'][$top:])")
run 0 explain r --sample 7 --top "$top" --json
json "d['tied'] == $same"
run 0 explain r --sample 7 --top "$top"
out_has "$same more training sequence"
out_has 'the same score as the last of these'
run 0 build r --states 8 --quiet

# A training sample is its own nearest neighbour, with a score of 1.
run 0 explain r --split train --sample 5 --json
json 'd["proponents"][0]["score"] > 0.999999'

# A picture, of a sample named and of the first error; what is explained does not depend on it.
run 0 explain r --sample 7 --measure votes --key state-symbol --picture p.png --quiet
exists p.png
cp .out with
run 0 explain r --sample 7 --measure votes --key state-symbol
same .out with
run 0 explain r --picture q.png --json
json 'd["picture"] == "q.png"'
exists q.png
run 0 explain r --sample 7 -p 2

run 1 explain r --sample 7 --picture r/run.json/p.png

# A sequence of its own, a step a row: with and without names, its class by --label.
python3 - <<'PY'
import random
random.seed(3)
rows = [",".join(f"{random.random():.4f}" for _ in range(28)) for _ in range(12)]
open("bare.csv", "w").write("\n".join(rows) + "\n")
open("named.csv", "w").write(",".join(f"c{i}" for i in range(28)) + "\n" + "\n".join(rows) + "\n")
open("cut.csv", "w").write("\n".join(r.rpartition(",")[0] for r in rows) + "\n")
open("odd.csv", "w").write(rows[0] + "\n" + rows[1].replace("0.", "x", 1) + "\n")
PY
run 0 explain r --frames bare.csv --json
json 'len(d["steps"]) == 12 and d["truth"] is None and d["sample"] is None and d["split"] is None'
cp .out bare
run 0 explain r --frames named.csv --json
same .out bare
run 0 explain r --frames bare.csv --label 3
out_has 'bare.csv: truth 3, predicted'
run 3 explain r --frames cut.csv
err_has 'frames: 27 values a step, and the data of r have 28'
run 3 explain r --frames odd.csv
err_has 'odd.csv, line 2, column 1: "x'
run 2 explain r --frames bare.csv --sample 3
err_has '--sample'
run 2 explain r --sample 3 --label 3
err_has 'there is neither'

# A long sequence is folded in text: its rows cover each step once, in order, and each but the ends
# of a cut passes one state. Its document, and --all-steps, have every step.
python3 - <<'PY'
rows = [",".join(f"{(i * 7 + c * c) % 10 / 10 if i % 40 < 12 else 0.5:.1f}" for c in range(28))
        for i in range(120)]
open("long.csv", "w").write("\n".join(rows) + "\n")
PY
run 0 explain r --frames long.csv --json
cp .out long.json
json 'len(d["steps"]) == 120'
run 0 explain r --frames long.csv --all-steps
[ "$(grep -cE '^ +[0-9]+ +[0-9]+ +[0-9] ' .out)" -ge 120 ] || fail "not every step is there"
run 0 explain r --frames long.csv
out_has 'A row of several steps shows the last of them; --all-steps prints each.'
python3 - <<'PY' || fail "the folded steps are not those of the document"
import json, re
steps = json.load(open("long.json"))["steps"]
at = rows = 0
for line in open(".out"):
    m = re.match(r"^ +(\d+)(?:-(\d+))? +(\d+) +(\d) +[\d.]+ +(\d+)  (several states)?", line)
    if not m or rows > 0 and at == len(steps):
        continue
    first, last = int(m[1]), int(m[2] or m[1])
    run = steps[first - 1:last]
    assert first == at + 1, (first, at)
    assert (run[-1]["state"], run[-1]["prediction"]) == (int(m[3]), int(m[4]))
    assert m[6] or len({(s["state"], s["prediction"]) for s in run}) == 1, run
    at, rows = last, rows + 1
assert at == len(steps) and 2 < rows < 60, (at, rows)
PY

# Judged by the lift: a label's share of the proponents over its share of the training set. Without
# --top a twentieth of it is searched for.
run 0 predict r --split train -o train.csv
run 0 explain r --json
json 'd["top"] == 15 == len(d["proponents"])'
cp .out error.json
python3 - <<'PY' || fail "the lifts do not follow from the labels"
import csv, json
d = json.load(open("error.json"))
labels = [int(r["label"]) for r in csv.DictReader(open("train.csv"))]
for c in ("truth", "prediction"):
    share = d["count_" + c] / len(d["proponents"])
    assert abs(d["lift_" + c] - share / (labels.count(d[c]) / len(labels))) < 1e-6, c
assert d["fault_pattern"] == (d["lift_prediction"] > d["lift_truth"])
PY
run 0 explain r
out_has 'Of the 15 most influential, '
out_has 'Lift is a label'
if [ "$(python3 -c 'import json; print(json.load(open("error.json"))["fault_pattern"])')" = True ]; then
    out_has 'By lift they speak for the wrong prediction: the fault pattern.'
else
    out_has 'By lift they do not speak for the wrong prediction: no fault pattern.'
fi
run 0 explain r --top 100000 --json
json 'd["top"] == 300'
