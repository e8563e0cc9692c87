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
run 0 audit r --top 5 --json
leads ranking ranking.neighbours
run 0 repair r -o n --count 4 --epochs 1 --max-broken 100 --controls none --json
leads per_target
run 0 compare r n --json
python3 - <<'PY' || fail "compare"
import json
d = json.load(open(".out"))
assert all(c["source_id"].startswith("k") for c in d["changed"])
PY
