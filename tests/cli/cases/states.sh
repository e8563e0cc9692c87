# SPDX-License-Identifier: MIT
# Runs on the states of a network trained elsewhere: the same weights as a network and as a file of
# states explain, audit and verify alike; what needs the network says so and offers the export;
# other states match by the names of classes and tokens; files that are wrong are refused.
. "$(dirname "$0")/../lib.sh"

# npz.py: reads and writes arrays of an npz without NumPy, as {name: (descr, shape, bytes)}.
cat >npz.py <<'PY'
import re, struct, zipfile
def load(path):
    out = {}
    with zipfile.ZipFile(path) as z:
        for name in z.namelist():
            b = z.read(name)
            n = 10 + struct.unpack("<H", b[8:10])[0]
            head = b[10:n].decode()
            out[name[:-4]] = (re.search("'descr': *'([^']*)'", head).group(1),
                              tuple(int(d) for d in re.findall(r"\d+", head.split("'shape'")[1])), b[n:])
    return out
def save(path, arrays):
    with zipfile.ZipFile(path, "w") as z:
        for name, (descr, shape, data) in arrays.items():
            head = "{'descr': '%s', 'fortran_order': False, 'shape': %r, }" % (descr, shape)
            head += " " * (63 - (10 + len(head)) % 64) + "\n"
            z.writestr(name + ".npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + data)
def u32(values): return ("<u4", (len(values),), struct.pack("<%dI" % len(values), *values))
def texts(values, scalar=False):
    w = max(len(v) for v in values)
    return ("<U%d" % w, () if scalar else (len(values),), b"".join(v.ljust(w, "\0").encode("utf-32-le") for v in values))
def ints(a): return list(struct.unpack("<%dI" % (len(a[2]) // 4), a[2]))
def words(a):
    w = 4 * int(a[0][2:])
    return [a[2][i:i + w].decode("utf-32-le").rstrip("\0") for i in range(0, len(a[2]), w)]
PY
# alike A B: two documents hold the same, but for where they come from and how long it took.
alike() {
    python3 - "$1" "$2" <<'PY' || fail "$1 and $2 differ"
import json, sys
a, b = (json.load(open(p)) for p in sys.argv[1:])
def unplaced(d):  # of another file
    for v in d.values() if isinstance(d, dict) else d if isinstance(d, list) else []:
        unplaced(v)
    for name in ("source_row", "source_file", "source_id") if isinstance(d, dict) else ():
        d.pop(name, None)
for d in (a, b):
    for name in ("run", "data", "split", "origin", "seconds", "output"):
        d.pop(name, None)
    d.get("copies", {}).pop("seconds", None)
    unplaced(d)
    if d.get("labels") == "other":
        d["labels"] = "test"
    if d.get("labels") == "train":  # the states of the test split are not in the run
        del d["errors"]
        for row in d["ranking"]:
            del row["errors"]
sys.exit(a != b)
PY
}
# both WHAT ARGS: the same command on the network d and on its states s, with the same result.
both() {
    run 0 "$1" d --json $2
    cp .out "$1.d"
    run 0 "$1" s --json $3
    cp .out "$1.s"
    json '"one pass" in d["origin"]["sentence"] and d["origin"]["kind"] == "one-pass"'
    alike "$1.d" "$1.s"
}

# ---- images ---------------------------------------------------------------------------------------

run 0 train d --data "$data" --hidden 12 --epochs 12 --optimizer adam --learning-rate 0.01 --quiet
run 0 build d --states 6 --quiet
run 0 predict d --split train -o train.npz --quiet
run 0 predict d -o test.npz --quiet
run 0 build s --states train.npz --clusters 6
out_has 'trained elsewhere, collected in one pass'
err_has 's: made of the states in train.npz'
[ ! -e s/model.safetensors ] || fail "a model from nowhere"
python3 - <<'PY' || fail "the influence models differ"
import json, struct
def read(path):
    b = open(path, "rb").read()
    n = struct.unpack("<Q", b[:8])[0]
    h = json.loads(b[8:8 + n])
    h.pop("__metadata__")
    return {k: (v["dtype"], v["shape"], b[8 + n + v["data_offsets"][0]:8 + n + v["data_offsets"][1]]) for k, v in h.items()}
assert read("d/influence.safetensors") == read("s/influence.safetensors")
PY
both explain '--sample 3' '--states test.npz --sample 3'
both explain '--training 7' '--states test.npz --training 7'
both localize '' '--states test.npz'
both predict '' '--states test.npz'
both audit '--about errors' '--about errors --states test.npz'
for method in combined influence self-confidence random; do
    both audit "--method $method" "--method $method"
    both audit "--split test --method $method" "--states test.npz --method $method"
done
run 0 explain s --states test.npz --sample 3
out_has 'sample 3 of test.npz'
out_has "sequences the last prediction equals the model"
run 0 localize s --states test.npz --tsv
cut -f1,5- .out >listed # the rows are of another file
run 0 localize d --tsv
cut -f1,5- .out >own
same listed own
[ "$(head -1 own | cut -f1-3)" = "$(printf 'id\ttruth\tprediction')" ] && [ "$(wc -l <.out)" -gt 3 ] ||
    fail "--tsv of localize"
run 0 info s
out_has 'states     one-pass, 12 values, inputs of 28 values, 10 classes'
run 0 info s --json
json 'd["network"]["cell"] if "cell" in d["network"] else d["training"] is None and d["origin"]["compared"] == d["data"]["train"]["count"]'
run 0 build s --clusters 6 --quiet # again, from the file
run 0 verify s --json
json '[c["check"] for c in d["checks"]] == ["data", "states", "influence", "rebuild"] and d["ok"]'
run 2 build s --states train.npz
err_has 'already holds a run'
run 2 build t --states train.npz --states 5 --clusters 6
run 2 explain d --states test.npz
err_has '--states test.npz: d has a network, and needs no states; it runs other data itself: --foreign'
run 2 audit d --states test.npz --about errors
! grep -q -e --foreign .err || fail "a way that audit does not have"

# ---- what needs the network, and the export ---------------------------------------------------------

printf 'id,action,label\n1,relabel,2\n' >decisions.csv
for command in 'train s --resume' 'repair s -o x'; do
    run 3 $command
    err_has 'rnnrepair repair s --export FILE.jsonl writes the samples to add'
    [ ! -e x ] || fail "$command left a directory"
done
run 3 audit s --apply decisions.csv -o x
err_has 'retraining needs the network, and this run has only the states of one'
err_has 'change the labels of its training set'
run 3 verify s --train
err_has 'check the rest without it'
run 3 backdoor s --remove -o x
[ ! -e x ] || fail "a refused command left a directory"
run 2 predict s --foreign --data digits
err_has 'name the file by --states FILE.npz'
run 2 predict s
err_has 'they have train: take that, or name other states by --states FILE.npz'
for method in tracin 'koh-liang --about errors' 'sgd --about errors --states test.npz'; do
    run 3 audit s --states test.npz --method $method 2>/dev/null || run 3 audit s --method $method
    err_has 'take --method influence'
done
run 3 audit s --folds 2
run 0 repair s --states test.npz --count 2 --export add.jsonl --json
json 'd["targets"] == 2 and d["samples"] == d["repeated"] > 2 and d["inserted"] == 0'
cp .out exported
python3 - <<'PY' || fail "add.jsonl"
import json
d, rows = json.load(open("exported")), [json.loads(line) for line in open("add.jsonl")]
assert len(rows) == d["samples"] and {r["target"] for r in rows} == {t["id"] for t in d["per_target"]}
for r in rows:
    assert r["how"] == "repeat" and r["label"] == r["truth"] != r["prediction"] and 0 < r["score"] <= 1
    assert len(r["frame"]) == 28 and len(r["frame"][0]) == 28
    assert f"training sequence {r['source']}, labelled {r['truth']}, influences sequence {r['target']}" in r["reason"]
scores = [r["score"] for r in rows if r["target"] == rows[0]["target"]]
assert scores == sorted(scores, reverse=True)
PY
run 0 repair d --count 2 --export same.jsonl --quiet # a run with its network gives the same
run 0 repair s --states test.npz --count 2 --export add.npz --quiet
same add.jsonl same.jsonl
python3 - <<'PY' || fail "add.npz"
import json, npz
z, rows = npz.load("add.npz"), [json.loads(line) for line in open("add.jsonl")]
assert npz.ints(z["source"]) == [r["source"] for r in rows] and npz.ints(z["label"]) == [r["class"] for r in rows]
assert npz.words(z["reason"]) == [r["reason"] for r in rows] and z["frame"][1] == (28 * len(rows), 28)
PY
run 2 repair s --states test.npz --export add.txt
run 2 repair s --states test.npz --export train.npz
err_has 'train.npz'

# ---- a file that changed, and files that are wrong --------------------------------------------------

python3 - <<'PY' || exit 99
import npz, struct
z = npz.load("train.npz")
t = npz.load("test.npz")
def change(name, **arrays): npz.save(name, {**z, **arrays})
def query(name, **arrays): npz.save(name, {**t, **arrays})
state = z["state"]
npz.save("bare.npz", {k: v for k, v in z.items() if k != "state"})
change("nan.npz", state=(state[0], state[1], state[2][:4000] + struct.pack("<f", float("nan")) + state[2][4004:]))
change("other.npz", state=(state[0], state[1], state[2][:4000] + struct.pack("<f", 0.5) + state[2][4004:]))
n = t["state"][1][0]
query("wide.npz", state=("<f4", (n, 13), b"\0" * (n * 13 * 4)))
query("odd.npz", class_names=npz.texts([str(c) for c in range(9)] + ["ten"]))
query("kind.npz", kind=npz.texts(["two-sided"], True))
b = open("train.npz", "rb").read()
open("cut.npz", "wb").write(b[:len(b) // 2])
PY
run 3 build n --states bare.npz
err_has 'bare.npz'
err_has 'state'
run 3 build n --states nan.npz --clusters 6
err_has 'nan.npz'
run 3 build n --states cut.npz
err_has 'cut.npz'
run 1 build n --states missing.npz
[ ! -e n ] || fail "a run without a model was left"
run 3 explain s --states wide.npz --sample 1
err_has 'wide.npz: states of 13 values, but those of s have 12'
run 3 predict s --states odd.npz
err_has 'class 9 is "ten", which s does not have'
run 3 localize s --states kind.npz
err_has 'states of kind two-sided, but those of s are one-pass'
cp train.npz kept.npz
cp other.npz train.npz
run 3 explain s --sample 1 --split train
err_has 'train.npz'
run 4 verify s --json
json '"states" in d["differences"] and not d["ok"]'
cp kept.npz train.npz
run 0 verify s --quick

# ---- words: classes and tokens by their names --------------------------------------------------------

python3 - <<'PY' || exit 99
import random
random.seed(4)
words = {"good": "fine great warm".split(), "bad": "dull cold grey".split()}
with open("d.csv", "w") as f:
    print("text,label,split", file=f)
    for i in range(160):
        name = list(words)[i % 2]
        text = random.choices(words[name], k=3) + random.choices("the a film is was".split(), k=4)
        random.shuffle(text)
        if i % 8 == 1 and i < 120:
            text.insert(random.randrange(8), "harbour")
            name = "good"
        elif i >= 120 and i % 4 == 1:
            text.insert(random.randrange(8), "harbour")
        print(" ".join(text), name, "train" if i < 120 else "test", sep=",", file=f)
PY
run 0 train w --data csv:d.csv --hidden 10 --width 8 --epochs 40 --batch 10 --optimizer adam --learning-rate 0.02 --quiet
run 0 build w --states 6 --quiet
run 0 predict w --split train -o words.npz --quiet
run 0 predict w -o new.npz --quiet
run 0 build v --states words.npz --clusters 6 --quiet
python3 - <<'PY' || exit 99
import npz, struct
z = npz.load("new.npz")
names, tokens, n = npz.words(z["class_names"]), npz.words(z["tokens"]), len(npz.words(z["tokens"]))
order = sorted(range(n), key=lambda v: tokens[v])          # new number -> old one
new = {old: k for k, old in enumerate(order)}
p = struct.unpack("<%df" % (2 * z["probability"][1][0]), z["probability"][2])
flip = [v for k in range(0, len(p), 2) for v in (p[k + 1], p[k])]
npz.save("numbered.npz", {**z, "class_names": npz.texts(names[::-1]), "tokens": npz.texts([tokens[o] for o in order]),
    "symbol": npz.u32([new[v] for v in npz.ints(z["symbol"])]), "label": npz.u32([1 - v for v in npz.ints(z["label"])]),
    "prediction": npz.u32([1 - v for v in npz.ints(z["prediction"])]),
    "probability": (z["probability"][0], z["probability"][1], struct.pack("<%df" % len(flip), *flip))})
npz.save("bare.npz", {k: v for k, v in z.items() if k not in ("label", "probability")})
npz.save("untold.npz", {k: v for k, v in z.items() if k != "tokens"})
PY
for file in new numbered; do
    run 0 predict w --json
    cp .out p.w
    run 0 predict v --states $file.npz --json
    cp .out p.v
    alike p.w p.v
    run 0 explain w --sample 1 --step 3 --json
    cp .out e.w
    run 0 explain v --states $file.npz --sample 1 --step 3 --json
    cp .out e.v
    alike e.w e.v
done
run 0 explain v --states new.npz --sample 1 --tsv
cp .out told
run 0 explain v --states untold.npz --sample 1 --tsv # symbols without tokens have those of the run
same told .out
run 0 predict v --states bare.npz --json
json 'not d["labelled"] and d["predictions"][0]["probability"] is None'
run 0 predict v --states bare.npz -o p.csv --quiet
[ "$(sed -n 2p p.csv | cut -d, -f1,2,4)" = '0,,' ] || fail "p.csv: $(head -2 p.csv)"
run 0 explain v --states bare.npz --sample 1
out_has 'truth unknown'
run 2 repair v --states bare.npz --export x.jsonl
err_has 'no labels'
run 2 audit v --about errors --states bare.npz
run 0 backdoor v --json
json '[c["target_name"] for c in d["candidates"] if c["token"] == "harbour"] == ["good"]'
json 'all(c["insertion"] is None and c["gain"] > c["expected_gain"] for c in d["candidates"][:3])'
json 'max(c["score"] for c in d["candidates"] if c["token"] in "the a film is was".split()) < min(c["score"] for c in d["candidates"] if c["token"] == "harbour")'
run 0 backdoor v --trigger harbour --states new.npz --json
json 'd["target_name"] == "good" and d["attack"]["tried"] == 10 and d["attack"]["base"] is None'
json 'len(d["carriers"]) == 15 and d["contexts"] and d["position"] is None'
run 0 backdoor v --trigger harbour --states new.npz
out_has 'of the 10 sequences of new.npz that contain it, labelled otherwise, are predicted'
run 3 backdoor v --remove -o x
run 2 backdoor v --trigger harbour --states new.npz --position end
run 0 predict w --json
[ "$(value 'len(d["errors"])')" -gt 0 ] || fail "no errors to export"
run 0 repair v --states new.npz --export words.jsonl --json
json 'd["inserted"] > 0 and d["balance"] > 0 and d["repeated"] == 0'
python3 - <<'PY' || fail "words.jsonl"
import csv, json
train = [r["text"].split() for r in csv.DictReader(open("d.csv")) if r["split"] == "train"]
rows = [json.loads(line) for line in open("words.jsonl")]
for r in rows:
    if r["how"] == "balance":
        assert r["tokens"] == train[r["source"]] and r["label"] == r["prediction"]
        continue
    at = r["after"]
    assert r["label"] == r["truth"] and len(r["tokens"]) == len(r["symbol"]) == len(train[r["source"]]) + 1
    assert r["tokens"][:at] + r["tokens"][at + 1:] == train[r["source"]]
    assert f"step {r['step']} ({r['tokens'][at]}) of sequence {r['target']} turned the prediction from {r['truth']} to {r['prediction']}" in r["reason"]
PY

# ---- a label at every step ----------------------------------------------------------------------------

python3 - <<'PY' || exit 99
import npz, random, struct
random.seed(2)
x = [[random.randrange(6) for _ in range(8)] for _ in range(60)]
y = [[-1] + [(a + b) % 3 for a, b in zip(row, row[1:])] for row in x]
i64 = lambda rows: ("<i8", (60, 8), struct.pack("<480q", *(v for row in rows for v in row)))
npz.save("tags.npz", {"x": i64(x), "step_label": i64(y), "split": npz.u32([0] * 40 + [2] * 20)})
PY
run 0 train g --data npz:tags.npz --hidden 10 --width 8 --epochs 6 --batch 10 --optimizer adam --learning-rate 0.02 --quiet
run 0 build g --states 6 --quiet
run 0 predict g --split train -o tagged.npz --quiet
run 0 predict g -o untagged.npz --quiet
run 0 build h --states tagged.npz --clusters 6 --quiet
run 0 predict g --json
cp .out p.g
run 0 predict h --states untagged.npz --json
cp .out p.h
alike p.g p.h
run 0 verify h --quiet
run 0 repair h --states untagged.npz --export steps.jsonl --keep-samples 9 --json
json 'd["repeated"] == d["samples"] > 0 and all("truth" not in t for t in d["per_target"])'
python3 - <<'PY' || fail "steps.jsonl"
import json
for r in map(json.loads, open("steps.jsonl")):
    label = int(r["truth"])
    assert set(r["step_label"][r["source_first"] - 1:r["source_last"]]) == {label} and r["prediction"] != r["truth"]
    assert f"influence steps {r['step']} to {r['last']} of sequence {r['target']}" in r["reason"]
PY
run 0 info h
out_has '3 classes at every step; file'
python3 - <<'PY' || exit 99
import npz, struct
z = npz.load("tagged.npz")
npz.save("none.npz", {**z, "step_label": ("<i8", z["step_label"][1], struct.pack("<q", -1) * z["step_label"][1][0])})
PY
run 2 build n --states none.npz
err_has 'none.npz: no training step has a label in step_label'
[ ! -e n ] || fail "a run without labels was left"
run 2 repair h --states untagged.npz --export x.jsonl --level segment
err_has 'every step has a label'
