# SPDX-License-Identifier: MIT
# states, trust and compare agree with what predict, info and repair say of the same runs; and say
# what is wrong with their inputs.
. "$(dirname "$0")/../lib.sh"

small_run r
run 1 states r
err_has 'rnnrepair build r'
run 1 trust r
err_has 'rnnrepair build r'
run 0 build r --states 12 --pca 4 --quiet

# ---- states

run 0 predict r --json
cp .out predict.json
run 0 states r --json
json 'd["count"] == 12 == len(d["states"]) and d["split"] == "test" and d["steps"] == 28 * 300'
json 'sum(s["steps"] for s in d["states"]) == d["steps"] and abs(sum(s["share"] for s in d["states"]) - 1) < 1e-6'
json 'sum(s["ends"] for s in d["states"]) == 300 and sum(s["split_ends"] for s in d["states"]) == 100'
json 'sorted(i for s in d["states"] for i in s["errors"]) == [e["id"] for e in json.load(open("predict.json"))["errors"]]'
json 'all(len(s["errors"]) == s["split_end_errors"] for s in d["states"])'
json 'all(abs(max(s["confidence"]) - s["stability"]) < 1e-6 and s["confidence"][s["likeliest"]] == max(s["confidence"]) for s in d["states"])'
json 'all(len(s["mean"]) == 28 and abs(sum(s["labels"]) - 1) < 1e-6 for s in d["states"]) and d["words"] == []'
json 'all(sum(w["count"] for w in d["ways"] if w["state"] == s["state"] and w["way"] == "in") <= s["steps"] for s in d["states"])'
json 'sum(w["count"] for w in d["ways"] if w["other"] is None and w["way"] == "in") <= 300'
run 0 states r --ways 13 --json
json 'all(sum(w["count"] for w in d["ways"] if w["state"] == s["state"] and w["way"] == way) == s["steps"] for s in d["states"] for way in ("in", "out"))'
json 'sum(w["count"] for w in d["ways"] if w["other"] is None) == 600'
run 0 states r --state 5 --split train --json
json 'len(d["states"]) == 1 and d["states"][0]["state"] == 5 and d["states"][0]["steps"] == d["states"][0]["split_steps"]'
run 0 states r --state 5
out_has 'state 5 of 12'
run 0 states r --tsv
[ "$(wc -l <.out)" -eq 13 ] || fail "not a line a state"
run 2 states r --state 13
err_has '12 states'
run 2 states r --state 0
run 2 states r --split dev

# ---- trust

run 0 trust r --json
cp .out trust.json
json 'len(d["findings"]) == 15 and all(f["sentence"].endswith(".") for f in d["findings"])'
json 'all((f["value"] is None) == (f["level"] == "not-measured") for f in d["findings"])'
levels='["good", "look-closer", "do-not-rely"]'
json "d['level'] == max((f['level'] for f in d['findings'] if f['value'] is not None), key=$levels.index)"
json '[f["level"] for f in d["findings"] if f["name"] == "unseen_dev"] == ["not-measured"]'
run 0 info r --json
json '[f["value"] for f in json.load(open("trust.json"))["findings"] if f["name"] == "explained_variance"] == [d["influence"]["explained_variance"]]'
run 0 trust r
out_has 'Not measured: the data have no dev split.'
cp -r r bad
run 0 build bad --states 2 --pca 1 --quiet
run 0 trust bad --json
json 'd["level"] == "do-not-rely" and "agreement_train" in d["sentence"]'

# ---- compare

run 0 repair r --split test -o n --max-broken 999 --count 5 --controls none --json
cp .out repair.json
run 0 compare r n --json
cp .out there.json
json 'd["relation"] == "child" and d["split"] == "test" and d["count"] == 100 and d["edits"]["removed"] == 0'
json 'd["edits"]["added"] == json.load(open("repair.json"))["kept"]'
json '{c["id"] for c in d["changed"] if c["target"]} == {t["id"] for t in json.load(open("repair.json"))["per_target"]}'
json 'all(p["fixed"] + p["broken"] + p["still_wrong"] + p["unchanged"] == p["count"] for p in d["parts"])'
json '[p["part"] for p in d["parts"]] == ["all", "targets", "unseen"] and d["parts"][1]["count"] == 5 and d["parts"][2]["count"] == 95'
json 'd["parts"][0]["fixed"] == sum(c["kind"] == "fixed" for c in d["changed"]) == sum(c["fixed"] for c in d["classes"])'
json 'sorted(c["id"] for c in d["changed"] if c["kind"] != "broken") == [e["id"] for e in json.load(open("predict.json"))["errors"]]'
json 'all((c["before"] == c["truth"]) == (c["kind"] == "broken") and (c["after"] == c["truth"]) == (c["kind"] == "fixed") for c in d["changed"])'
run 0 compare n r --json
json 'd["relation"] == "parent" and d["edits"]["taken_back"] == json.load(open("there.json"))["edits"]["added"]'
json 'd["parts"][1]["fixed"] == json.load(open("there.json"))["parts"][1]["broken"]'
run 0 compare r n --split train --json
json 'd["count"] == 300 and len(d["parts"]) == 1 and "test split" in d["note"]'
run 0 compare r n --only still-wrong --tsv
[ "$(cut -f1 .out | sort -u | tr '\n' ' ')" = 'kind still-wrong ' ] || fail "--only lists other kinds"
run 0 compare r bad --json
json 'd["relation"] == "copy" and d["differ"] == 0 and d["changed"] == [c for c in d["changed"] if c["kind"] == "still-wrong"]'
run 2 compare r r
err_has 'one run'
run 2 compare r ./r/../r
run 2 compare r
run 2 compare r n --only better
run 2 compare r n --split dev
err_has 'no dev split'
run 1 compare r nowhere
small_run other --data 'digits?train=300&test=100&seed=2'
run 3 compare r other
err_has 'not made from the same data'
small_run two --data 'digits?train=300&test=100&only=0|1'
run 3 compare r two

# Of states: another network's answers to the same inputs, with labels and without.
run 0 predict r -o states.npz --quiet
python3 - <<'PY'
import zipfile
with zipfile.ZipFile("states.npz") as z:
    arrays = {n: z.read(n) for n in z.namelist()}
h = 10 + int.from_bytes(arrays["prediction.npy"][8:10], "little")
body = bytearray(arrays["prediction.npy"])
for step in range(27, 2800, 280):  # the last step of every tenth sequence
    body[h + 4 * step] = (body[h + 4 * step] + 1) % 10
arrays["prediction.npy"] = bytes(body)
with zipfile.ZipFile("changed.npz", "w") as z:
    for name, data in arrays.items():
        if name != "model.npy":
            z.writestr(name, data)
PY
run 0 build s --states states.npz --quiet
run 0 build c --states changed.npz --quiet
run 0 compare s c --json
json 'd["split"] == "train" and d["edits"] is None and d["differ"] == 10 and d["count"] == 100'
run 0 trust s --json
json '[f["level"] for f in d["findings"] if f["name"] == "agreement_test"] == ["not-measured"]'
run 0 states s --split train
out_has 'trained elsewhere'
