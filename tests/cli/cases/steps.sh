# SPDX-License-Identifier: MIT
# A label at every step: training, resuming, predictions of steps and their figures.
. "$(dirname "$0")/../lib.sh"

# 60 + 20 sequences of 4 to 9 steps; the label of a step is its number plus the one before, modulo
# 3, and every fifth step has none. Part: ten steps each.
python3 - <<'PY'
import random, struct, zipfile
def put(z, name, descr, shape, data):
    h = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (descr, shape)
    h += " " * (-(len(h) + 11) % 64) + "\n"
    z.writestr(name + ".npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(h)) + h.encode() + data)
r = random.Random(1)
def make(file, n, labels, split):
    length = [r.randint(4, 9) for _ in range(n)]
    x, label = [], []
    for T in length:
        before = 0
        for t in range(T):
            v = r.randint(0, 2)
            x += [v == 0, v == 1, v == 2]
            label.append(-1 if len(label) % 5 == 4 and t + 1 < T else (v + before) % 3)
            before = v
    R = sum(length)
    with zipfile.ZipFile(file, "w") as z:
        put(z, "x", "<f4", (R, 3), struct.pack("<%df" % (3 * R), *map(float, x)))
        put(z, "lengths", "<i8", (n,), struct.pack("<%dq" % n, *length))
        if labels:
            put(z, "step_label", "<i2", (R,), struct.pack("<%dh" % R, *label))
        if split:
            put(z, "split", "<i8", (n,), struct.pack("<%dq" % n, *[0] * 60 + [2] * (n - 60)))
        put(z, "take", "<i4", (R,), struct.pack("<%di" % R, *[t // 10 for t in range(R)]))
make("tags.npz", 80, True, True)
make("bare.npz", 5, False, False)
PY

run 0 train r --data 'npz:tags.npz?part=take' --hidden 16 --epochs 60 --batch 10 --learning-rate 0.01
err_has '3 classes at every step; 60 training sequences'
run 0 info r
out_has '3 classes at every step'
run 0 info r --json
json 'd["network"]["output"] == "step" and d["epochs"][-1]["train_accuracy"] > 0.9'
last=$(python3 -c 'import json; print(json.load(open(".out"))["epochs"][-1]["test_accuracy"])')
run 0 predict r --json -o steps.csv
json "d['step_accuracy'] == $last and d['labelled'] and d['count'] == 20"
json 'sum(map(sum, d["confusion"])) == d["labelled_steps"] < 180'
json 'len(d["errors"]) == round((1 - d["step_accuracy"]) * d["labelled_steps"])'
json 'all(e["truth"] != e["prediction"] and e["t"] >= 1 and "word" not in e for e in d["errors"])'
json 'len({e["id"] for e in d["errors"]}) == round((1 - d["accuracy"]) * 20)'
json 'all(c["recall"] == c["correct"] / c["steps"] for c in d["per_class"])'
json 'all(c["precision"] == c["correct"] / c["predicted"] for c in d["per_class"])'
json 'sum(c["steps"] for c in d["per_class"]) == d["labelled_steps"]'
cp .out doc.json
python3 - <<'PY' || fail "steps.csv"
import csv, json
d = json.load(open("doc.json"))
rows = list(csv.DictReader(open("steps.csv")))
assert list(rows[0]) == ["id", "t", "label", "prediction", "probability", "part",
    *(f"p({c})" for c in d["class_names"]), "source_row", "source_file", "source_id"]
assert all(r["probability"] == r["p(" + r["prediction"] + ")"] for r in rows)
assert [int(r["t"]) for r in rows if r["id"] == "0"][:4] == [1, 2, 3, 4]
assert sum(r["label"] != "" for r in rows) == d["labelled_steps"] < len(rows)
wrong = [(int(r["id"]), int(r["t"])) for r in rows if r["label"] not in ("", r["prediction"])]
assert wrong == [(e["id"], e["t"]) for e in d["errors"]]
part = [int(r["part"]) for r in rows]
assert all(b - a in (0, 1) for a, b in zip(part, part[1:]))
PY
run 0 predict r --errors 2
out_has 'of steps  ('
out_has 'without an error)'
out_has 'recall'

# In two parts, and with other threads, it is the same training.
run 0 train s --data 'npz:tags.npz?part=take' --hidden 16 --epochs 3 --batch 10 --threads 1 --quiet
run 0 train t --data 'npz:tags.npz?part=take' --hidden 16 --epochs 1 --batch 10 --threads 2 --quiet
run 0 train t --resume --epochs 3 --quiet
cmp s/model.safetensors t/model.safetensors || fail "a resumed training has other weights"

# Data without labels; the last step alone; data without labels of steps.
run 0 predict r --foreign --data npz:bare.npz --json
json 'not d["labelled"] and d["step_accuracy"] is None and d["confusion"] is None'
json 'len(d["predictions"]) > 20 and d["predictions"][1]["t"] == 2'
run 0 predict r --foreign --data npz:bare.npz
out_has 'predictions of steps; there are no labels'
run 0 train last --data npz:tags.npz --hidden 4 --epochs 1 --output last --quiet
run 0 info last --json
json '"output" not in d["network"]'
run 2 train no --data "$data" --hidden 4 --epochs 1 --output step
err_has 'needs a label at every step'
[ ! -e no ] || fail "a refused training left a run"
