# SPDX-License-Identifier: MIT
# The experiment "defaults" gives what the commands print without options, leaves out what is not
# there, and goes on where it was.
. "$(dirname "$0")/../../cli/lib.sh"
unset RNNREPAIR_DATA

# Series that are told apart by the mean of one channel, and images of ten classes.
python3 - <<'PY' || exit 99
import gzip, os, random, struct
r = random.Random(5)
os.makedirs("sets/timeseries")
for split, count in (("TRAIN", 48), ("TEST", 60)):
    with gzip.open(f"sets/timeseries/BasicMotions_{split}.ts.gz", "wt") as f:
        print("@problemName made\n@timeStamps false\n@missing false\n@univariate false", file=f)
        print("@dimensions 2\n@classLabel true a b c\n@data", file=f)
        for i in range(count):
            rows = [[r.gauss(i % 3 if d == 1 else 0, 0.7) for t in range(6)] for d in range(2)]
            print(":".join(",".join(f"{v:.3f}" for v in row) for row in rows) + ":" + "abc"[i % 3], file=f)
os.makedirs("sets/mnist")
for name, n in (("train", 120), ("t10k", 40)):
    labels = [i % 10 for i in range(n)]
    pixels = bytes(min(255, r.randrange(60) + (180 if (row + column) // 3 % 10 == y else 0))
                   for y in labels for row in range(28) for column in range(28))
    with open(f"sets/mnist/{name}-images-idx3-ubyte", "wb") as f:
        f.write(struct.pack(">iiii", 2051, n, 28, 28) + pixels)
    with open(f"sets/mnist/{name}-labels-idx1-ubyte", "wb") as f:
        f.write(struct.pack(">ii", 2049, n) + bytes(labels))
PY

run 1 run defaults --quick --data nowhere -o lost
err_has 'defaults finds none of its data in nowhere'

run 0 run defaults --quick --data sets -o whole
out_has 'BasicMotions'
err_has 'TREC is left out: there is no sets/sentences'
err_has 'Toxic, as it comes is left out: there is no sets/toxic/comments.csv.gz'
cp whole/defaults.tsv first.tsv
run 0 run defaults --quick --data sets -o whole --threads 1 --json
json 'd["trials"] == {"planned": 2, "found": 2, "recorded": 0}'
same first.tsv whole/defaults.tsv
[ "$(ls whole | tr '\n' ' ')" = "defaults.tsv results.sqlite " ] || fail "left: $(ls whole)"

# What the tool prints of the same data, trained as short as --quick does.
spec=ts:sets/timeseries/BasicMotions_TRAIN.ts.gz,sets/timeseries/BasicMotions_TEST.ts.gz?limit=200
tool() {
    "$RNNREPAIR_TOOL" "$@" --json --quiet 2>"$work/.err" || [ $? -eq 5 ] || fail "$*"
}
tool train run --data "$spec" --epochs 10 --batch 16 >train.json
tool predict run >predict.json
tool build run >build.json
tool repair run -o repaired >repair.json
"$RNNREPAIR" flip --data "$spec" --fraction 0.1 -o flips.csv --quiet >/dev/null || fail flip
tool train noisy --data "$spec" --epochs 10 --batch 16 --labels flips.csv >train.json
tool build noisy >noisy.json
tool audit noisy --flips flips.csv >audit.json
tool audit noisy --flips flips.csv --method self-confidence >self.json
python3 - <<'PY' || fail "defaults.tsv is not what the commands print"
import json
load = lambda name: json.load(open(name + ".json"))
names, *rows = [line.rstrip("\n").split("\t") for line in open("first.tsv")]
assert [row[0] for row in rows] == ["BasicMotions", "MNIST, 9 thinned"], rows
motions, mnist = [dict(zip(names, row)) for row in rows]
same = lambda at, of: abs(float(motions[at]) - of) < 1e-6 or (print(at, motions[at], of) and False)
confusion = load("predict")["confusion"]
C = range(len(confusion))
f1 = [2 * confusion[c][c] / (sum(confusion[c]) + sum(row[c] for row in confusion)) for c in C]
repair = load("repair")
own, none = [[x for x in repair["retrainings"] if x["strategy"] == s][0] for s in ("mixed", "none")]
before = repair["before"]["accuracy"]
kept = not own["harmful"]
assert same("accuracy", 100 * load("predict")["accuracy"])
assert same("macro_f1", 100 * sum(f1) / len(f1))
assert same("least_recall", 100 * min(confusion[c][c] / sum(confusion[c]) for c in C))
assert same("states", load("build")["states"]) and same("stability", load("build")["stability"]["mean"])
assert same("repair_accuracy", 100 * (own["accuracy"] if kept else before)), own
assert same("repair_none", 100 * none["accuracy"]) and same("repair_kept", kept)
assert same("ap_combined", load("audit")["average_precision"])
assert same("ap_self", load("self")["average_precision"])
assert float(mnist["train"]) == 108 + 2, mnist["train"]  # of 12 nines the first and the eleventh
PY
