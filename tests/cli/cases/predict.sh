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
assert list(rows[0])[-13:-3] == [f"p({c})" for c in range(10)] and "novelty" not in rows[0]
for r in rows:
    p = [float(r[f"p({c})"]) for c in range(10)]
    assert abs(sum(p) - 1) < 1e-5 and r[f"p({r['prediction']})"] == r["probability"]
    assert max(p) == float(r["probability"])
PY
run 2 predict r -o .csv

# With an influence model inputs of another kind are said to be so: noise is, the test split is not.
python3 - <<'PY'
import random
random.seed(4)
with open("noise.csv", "w") as f:
    for _ in range(30):
        print(",".join(f"{random.random():.3f}" for _ in range(784)), file=f)
PY
noise='csv:noise.csv?header=0&frames=1-784&width=28'
run 0 predict r --foreign --data "$noise" --json
json 'd["novelty"] is None and "novel" not in d and d["predictions"][0]["novelty"] is None'
run 0 build r --quiet
run 0 predict r
run 0 predict r --json -o rows.csv
json 'd["novelty"]["novel"] <= 1 and not d["novelty"]["unlike"] and d["accuracy"] > 0'
run 0 predict r --foreign --data "$noise" -o noise.csv.csv
out_has 'novelty   30 of 30 sequences (100.0 %) are unlike the training data'
out_has 'Do not rely on the predictions'
run 0 predict r --foreign --data "$noise" --json -o noise.npz
cp .out doc.json
json 'd["novelty"]["unlike"] and d["novelty"]["novel"] == 30 and d["novelty"]["chance"] < 1e-50'
json 'd["novelty"]["accuracy_novel"] is None and len(d["novel"]) == 30'
python3 - <<'PY' || fail "novelty"
import csv, json, struct, zipfile
d = json.load(open("doc.json"))
rows = list(csv.DictReader(open("noise.csv.csv")))
assert all(r["novel"] == "1" and abs(float(r["novelty"]) / p["novelty"] - 1) < 1e-4
           for r, p in zip(rows, d["predictions"]))
b = zipfile.ZipFile("noise.npz").read("novelty.npy")
x = struct.unpack("<30f", b[-120:])
assert all(abs(a / p["novelty"] - 1) < 1e-6 for a, p in zip(x, d["novel"]))
assert all(r["novel"] == "0" for r in list(csv.DictReader(open("rows.csv")))[:5])
PY
run 0 explain r --foreign --data "$noise" --sample 3
out_has 'Unlike the training data: novelty'
run 0 explain r --foreign --data "$noise" --sample 3 --json
json 'd["novelty"]["novel"] and abs(sum(d["novelty"]["parts"].values()) - d["novelty"]["value"]) < 1e-4'
run 0 predict r -o trace.csv --steps --quiet
run 0 explain r --sample 7 --json
cp .out doc.json
python3 - <<'PY' || fail "--steps"
import csv, json
d = json.load(open("doc.json"))
rows = [r for r in csv.DictReader(open("trace.csv")) if r["id"] == "7"]
assert [(int(r["t"]), int(r["state"]), int(r["matches"]), r["prediction"]) for r in rows] == [
    (s["t"], s["state"], s["influencers"], s["prediction_name"]) for s in d["steps"]]
PY
run 2 predict r --steps
err_has '--steps is of -o FILE.csv'
run 0 explain r --sample 0 --json
json 'd["novelty"]["value"] >= 0'

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

# Recall, precision and F1 of each class are those of the matrix; their means, and of two classes
# the area under the ROC curve.
run 0 predict r --json
json 'all(abs(k["recall"] - d["confusion"][c][c] / k["count"]) < 1e-9 and k["predicted"] == sum(r[c] for r in d["confusion"]) for c, k in enumerate(d["per_class"]))'
json 'abs(d["macro_f1"] - sum(k["f1"] for k in d["per_class"]) / 10) < 1e-9 and d["auc"] is None'
json 'abs(d["macro_recall"] - sum(k["recall"] for k in d["per_class"]) / 10) < 1e-9'
run 0 predict r
out_has 'macro-F1  0'
out_has 'recall  precision'
python3 - <<'PY'
import random
r = random.Random(1)
with open("two.csv", "w") as f:
    f.write("text,label\n")
    for i in range(300):
        good = r.random() < 0.2
        f.write(" ".join(r.choice(["good", "fine"] if good and r.random() < 0.6 else ["bad", "dull", "it"]) for _ in range(5)) + f",{'yes' if good else 'no'}\n")
PY
run 0 train two --data 'csv:two.csv?holdout=0.3' --hidden 8 --width 8 --epochs 3 --optimizer adam --batch 16 --quiet
run 0 predict two -o two-out.csv --json
cp .out doc.json
python3 - <<'PY' || fail "the area under the ROC curve"
import csv, json
d = json.load(open("doc.json"))
rows = list(csv.DictReader(open("two-out.csv")))
names = d["class_names"]
score = [(float(r["probability"]) if r["prediction"] == names[1] else 1 - float(r["probability"]), r["label"] == names[1]) for r in rows]
pairs = [(p > q) + (p == q) / 2 for p, a in score if a for q, b in score if not b]
assert 0.5 < d["auc"] < 1 and abs(d["auc"] - sum(pairs) / len(pairs)) < 1e-6, (d["auc"], sum(pairs) / len(pairs))
PY
run 0 predict two
out_has 'AUC       0'
