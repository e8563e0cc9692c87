# SPDX-License-Identifier: MIT
# Rows and ids: what a table names leads back to the user's file, after a division, over lines in
# quotes and texts passed over.
. "$(dirname "$0")/../lib.sh"

python3 - <<'PY'
import random
random.seed(5)
good, bad = ["bright", "warm", "happy", "fine"], ["dark", "cold", "sad", "poor"]
rest = ["the", "day", "was", "so", "it", "felt", "and"]
with open("d.csv", "w") as f:
    print("name,text,kind", file=f)
    for i in range(160):
        words = [random.choice(good if i % 2 else bad if i % 5 else good) for _ in range(2)]
        words += [random.choice(rest) for _ in range(5)]
        random.shuffle(words)
        if i % 9 == 0:
            words.insert(3, "\n\"\"it\"\",\n")
        text = "" if i % 31 == 7 else '"%s"' % " ".join(words)
        print("k%d" % (7 * i), text, ("good", "bad")[i % 2 == 0], sep=",", file=f)
PY
run 0 train r --data 'csv:d.csv?label=kind&id=name&holdout=0.4' --hidden 6 --width 6 --epochs 6 --batch 16 \
    --optimizer adam --learning-rate 0.02 --quiet
run 0 build r --states 6 --quiet
cat >leads.py <<'PY'
# Every object of the document with a source_row: line and id are those of one row of d.csv, and that
# of each list that is named has some. label: the member that has to be the class there.
import csv, json, sys
lines = open("d.csv").read().split("\n")
rows = {r["name"]: r for r in csv.DictReader(open("d.csv", newline=""))}
d = json.load(open(".out"))
def look(v, seen):
    if isinstance(v, list):
        for x in v:
            look(x, seen)
    elif isinstance(v, dict):
        if v.get("source_row") is not None:
            name = v["source_id"]
            assert lines[v["source_row"] - 1].startswith(name + ","), v
            assert v["source_file"] == "d.csv"
            for member in ("truth_name", "given_name", "label_name"):
                assert v.get(member, rows[name]["kind"]) == rows[name]["kind"], v
            seen.append(v)
        for x in v.values():
            look(x, seen)
for path in sys.argv[1:]:
    seen = []
    part = d
    for name in path.split("."):
        part = [x[name] for x in part if name in x] if isinstance(part, list) else part[name]
    look(part, seen)
    assert seen, path
PY
# leads LIST...: after a command with --json.
leads() {
    python3 leads.py "$@" || fail "$* do not lead back: $(cat .out)"
}

run 0 predict r --json -o p.csv
leads errors
python3 - <<'PY' || fail "p.csv: $(head -3 p.csv)"
import csv
lines = open("d.csv").read().split("\n")
rows = list(csv.DictReader(open("p.csv")))
assert len(rows) > 40 and all(lines[int(r["source_row"]) - 1].startswith(r["source_id"] + ",") for r in rows)
PY
run 0 predict r
out_has '  row  source_id '
run 0 localize r --json
leads errors
id=$(python3 -c 'import json; print(json.load(open(".out"))["errors"][3]["source_id"])')
run 0 localize r --samples "$id" --json
json '[e["source_id"] for e in d["errors"]] == ["'"$id"'"]'
run 0 explain r --sample "$id" --step 2 --json
json 'd["source_id"] == "'"$id"'" and d["source_file"] == "d.csv"'
leads proponents step.matches
training=$(python3 -c 'import json; print(json.load(open(".out"))["proponents"][0]["source_id"])')
run 0 explain r --training "$training" --json
leads touched
run 2 explain r --sample nobody
err_has 'no sequence has the id "nobody"'
run 0 explain r
grep -Eq '^sample [0-9]+ of test \(row [0-9]+, k[0-9]+\): truth' .out || fail "explain: $(cat .out)"
run 0 localize r
grep -Eq '^[0-9]+ \(row [0-9]+, k[0-9]+\): ' .out || fail "localize: $(cat .out)"
run 0 audit r --top 5 --json --review review.csv
leads ranking ranking.neighbours
# The review says where each stands, and is carried out by the ids alone, as are labels and weights.
python3 - <<'PY' || fail "review.csv: $(cat review.csv)"
import csv, json
lines = open("d.csv").read().split("\n")
rows = list(csv.DictReader(open("review.csv", newline="")))
ranked = json.load(open(".out"))["ranking"]
assert [r["source_id"] for r in rows] == [r["source_id"] for r in ranked] and len(rows) == 5
for r in rows:
    assert lines[int(r["source_row"]) - 1].startswith(r["source_id"] + ","), r
    assert r["source_file"] == "d.csv"
other = {"good": "bad", "bad": "good"}
with open("own.csv", "w") as f:
    print("source_id,action,label,given", file=f)
    for r in rows[:3]:
        print(r["source_id"], "relabel", other[r["given"]], r["given"], sep=",", file=f)
with open("own.jsonl", "w") as f:
    print(json.dumps({"source_id": rows[3]["source_id"], "action": "drop"}), file=f)
    print(json.dumps({"id": int(rows[4]["id"]), "source_id": "another", "label": other[rows[4]["given"]]}), file=f)
with open("weights.csv", "w") as f:
    print("source_id,weight\n%s,0\n%s,2" % (rows[0]["source_id"], rows[1]["source_id"]), file=f)
with open("weights.json", "w") as f:
    json.dump([{"source_id": rows[0]["source_id"], "weight": 0}, {"id": int(rows[1]["id"]), "weight": 2}], f)
PY
own=$(sed -n 2p own.csv | cut -d, -f1)
run 0 audit r --apply own.csv -o applied --epochs 1 --json
json 'd["relabelled"] == 3 and d["dropped"] == 0'
# with options: a training of the same data
new_run() {
    run "$1" train "$2" --data 'csv:d.csv?label=kind&id=name&holdout=0.4' --hidden 6 --width 6 --epochs 1 "$3" "$4"
}
new_run 0 l1 --labels own.jsonl
err_has '1 training sequences have other labels, 1 are left out'
new_run 0 w1 --weights weights.csv
err_has 'the losses of 2 training sequences have other weights, 1 of them 0'
new_run 0 w2 --weights weights.json
same w1/model.safetensors w2/model.safetensors
printf 'source_id,label\nk3,good\n' >wrong.csv
new_run 3 l2 --labels wrong.csv
err_has 'wrong.csv, line 2: no sequence has the source_id "k3"'
printf 'id,label\n%s,good\n' "$own" >wrong.csv
new_run 3 l2 --labels wrong.csv
err_has 'ids of the data are named in a column source_id'
printf 'source_id,weight\n%s,2\n%s,1\n' "$own" "$own" >wrong.csv
new_run 3 w3 --weights wrong.csv
err_has 'comes twice, first on line 2'
sed 's/^k7,/k14,/' d.csv >same.csv
printf 'source_id,weight\nk14,2\n' >wrong.csv
run 3 train w3 --data 'csv:same.csv?label=kind&id=name' --hidden 6 --width 6 --epochs 1 --weights wrong.csv
err_has 'more than one sequence has the source_id "k14", numbers 1 and 2 among them'
run 3 train w3 --data 'csv:d.csv?label=kind' --hidden 6 --width 6 --epochs 1 --weights wrong.csv
err_has 'the data have no ids of their own'
run 0 repair r -o n --count 4 --epochs 1 --max-broken 100 --controls none --json
leads per_target
run 0 audit r --about errors --samples "$id" --json
run 0 repair r -o own --samples "$id" --epochs 1 --max-broken 100 --controls none --json
json '[t["source_id"] for t in d["per_target"]] == ["'"$id"'"]'
run 2 repair r -o none --samples nobody --epochs 1
err_has 'no sequence has the id "nobody"'
run 0 compare r n --json
python3 - <<'PY' || fail "compare"
import json
d = json.load(open(".out"))
assert all(c["source_id"].startswith("k") for c in d["changed"])
PY
