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
