# SPDX-License-Identifier: MIT
# predict counts correctly, and the arrays it writes agree with its document.
. "$(dirname "$0")/../lib.sh"

small_run r
run 0 predict r
out_has 'accuracy'
run 0 predict r --json -o steps.npz
json 'd["count"] == 100 and abs(d["accuracy"] - (1 - len(d["errors"]) / 100)) < 1e-9'
json 'sum(map(sum, d["confusion"])) == 100 and len(d["confusion"]) == 10'
json 'all(set(e) >= {"id", "truth", "prediction", "probability"} and e["truth"] != e["prediction"] for e in d["errors"])'
cp .out doc.json
python3 - <<'PY' || fail "steps.npz"
import ast, json, struct, zipfile
def npy(z, name):
    b = z.read(name + ".npy")
    assert b[:6] == b"\x93NUMPY"
    n = struct.unpack("<H", b[8:10])[0]
    h = ast.literal_eval(b[10:10 + n].decode())
    return h["descr"], h["shape"], b[10 + n:]
z = zipfile.ZipFile("steps.npz")
d = json.load(open("doc.json"))
assert npy(z, "steps")[:2] == ("<u4", (100,))
assert npy(z, "prediction")[1] == (2800,)
assert npy(z, "probability")[:2] == ("<f4", (2800, 10))
assert npy(z, "state")[1] == (2800, 16)
label = struct.unpack("<100I", npy(z, "label")[2])
y = struct.unpack("<2800I", npy(z, "prediction")[2])
wrong = [i for i in range(100) if y[28 * i + 27] != label[i]]
assert wrong == [e["id"] for e in d["errors"]]
PY

# A row a sequence.
run 0 predict r -o rows.csv --quiet
python3 - <<'PY' || fail "rows.csv"
import csv, json
d = json.load(open("doc.json"))
rows = list(csv.DictReader(open("rows.csv")))
assert [int(r["id"]) for r in rows] == list(range(100))
assert [int(r["id"]) for r in rows if r["label"] != r["prediction"]] == [e["id"] for e in d["errors"]]
at = {int(r["id"]): float(r["probability"]) for r in rows}
assert all(abs(at[e["id"]] - e["probability"]) < 1e-6 for e in d["errors"])
PY
run 2 predict r -o .csv

run 0 predict r --split train --json
json 'd["count"] == 300'
run 3 predict r --data 'digits?train=300&test=100&seed=2'
run 1 predict r -o r/run.json/steps.npz

# Of many classes no matrix is printed; the document has it.
python3 - <<'PY'
with open("many.csv", "w") as f:
    f.write("text,label\n" + "".join(f"t{i},c{i % 101}\n" for i in range(202)))
PY
run 0 train many --data 'csv:many.csv?holdout=0.5' --hidden 4 --width 4 --epochs 1 --quiet
run 0 predict many
out_has 'the confusion matrix of 101 classes is in --json'
! grep -q 'truth \\' .out || fail "a matrix of 101 classes"
run 0 predict many --json
json 'len(d["confusion"]) == 101 and [sum(r) for r in d["confusion"]] == [1] * 101'
