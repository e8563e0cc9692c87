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
