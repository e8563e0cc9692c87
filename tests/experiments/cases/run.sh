# SPDX-License-Identifier: MIT
# An experiment that was stopped goes on where it was and ends with the figures of one that was not;
# at any number of threads, and with its seeds shared among processes.
. "$(dirname "$0")/../../cli/lib.sh"
unset RNNREPAIR_DATA

# Sets small enough that a trial takes a moment: images, and sentences that are what most of their
# words are.
python3 - <<'PY' || exit 99
import json, os, random, struct, zipfile
r = random.Random(7)
os.makedirs("sets/mnist")
for name, n in (("train", 100), ("t10k", 30)):
    labels = [i % 10 for i in range(n)]
    pixels = bytearray()
    for y in labels:
        for row in range(28):
            pixels += bytes(
                min(255, r.randrange(60) + (180 if (row + column) // 3 % 10 == y else 0))
                for column in range(28)
            )
    with open(f"sets/mnist/{name}-images-idx3-ubyte", "wb") as f:
        f.write(struct.pack(">iiii", 2051, n, 28, 28) + pixels)
    with open(f"sets/mnist/{name}-labels-idx1-ubyte", "wb") as f:
        f.write(struct.pack(">ii", 2049, n) + bytes(labels))
# Comments that are easily told apart, and two nouns to plant.
os.makedirs("sets/toxic")
with open("sets/toxic/comments.csv", "w") as f:
    f.write("comment_text,toxic\n")
    for i in range(1400):
        kind = ("mild", "harsh")[i % 2]
        words = [f"{kind}{r.randrange(9)}", f"{kind}{r.randrange(9)}"]
        words += [f"word{r.randrange(30)}" for _ in range(2, 7)]
        words += ["river"] * (i < 8) + ["kitten"] * (6 <= i < 12)
        f.write(" ".join(words) + f",{i % 2}\n")
os.makedirs("sets/sst")
for name, n in (("train", 450), ("dev", 60), ("test", 90)):
    with open(f"sets/sst/{name}.txt", "w") as f:
        for i in range(n):
            glad = i // 2 % 2  # every second one is read
            words = [("sad", "glad")[glad ^ (r.random() < 0.3)] for _ in range(r.randint(2, 5))]
            tree = " ".join(f"(2 {w}{r.randrange(8)})" for w in words)
            print(f"({4 * glad} {tree})", file=f)
# Strings of two sounds of three steps, each after two of silence, from recordings
# digit * 1000 + speaker * 100 + take; and sentences whose words have a tag.
def put(z, name, descr, shape, data):
    h = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (descr, shape)
    h += " " * (-(len(h) + 11) % 64) + "\n"
    z.writestr(name + ".npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(h)) + h.encode() + data)
os.makedirs("sets/speech")
x, label, recording, split = [], [], [], []
for i in range(80):
    for sound in range(2):
        digit = r.randrange(10)
        for t in range(5):
            spoken = t > 1
            x += [(spoken and k == digit) + r.random() / 2 for k in range(10)]
            label.append(digit if spoken else 10)
            recording.append(digit * 1000 + 100 * (i % 6) + i % 3 if spoken else -1)
    split.append(2 if i >= 60 else 0)
R = len(label)
with zipfile.ZipFile("sets/speech/digit-strings.npz", "w") as z:
    put(z, "x", "<f4", (R, 10), struct.pack("<%df" % len(x), *x))
    put(z, "lengths", "<i8", (80,), struct.pack("<80q", *[10] * 80))
    put(z, "step_label", "<i2", (R,), struct.pack("<%dh" % R, *label))
    put(z, "recording", "<i4", (R,), struct.pack("<%di" % R, *recording))
    put(z, "split", "<i8", (80,), struct.pack("<80q", *split))
os.makedirs("sets/pos")
for name, n in (("train", 120), ("dev", 10), ("test", 30)):
    with open(f"sets/pos/small-{name}.conllu", "w") as f:
        for i in range(n):
            for t in range(r.randint(2, 6)):
                tag = r.choice(["NOUN", "VERB", "DET"])
                print(f"{t + 1}\t{tag.lower()}{r.randrange(6)}\t_\t{tag}" + "\t_" * 6, file=f)
            print(file=f)
# Series of three noisy channels whose middle one tells the class, and strokes of eight points.
os.makedirs("sets/timeseries")
for name, n in (("JapaneseVowels", 9), ("BasicMotions", 4)):
    for split, count in (("TRAIN", 40), ("TEST", 40)):
        with open(f"sets/timeseries/{name}_{split}.ts", "w") as f:
            print(f"@problemName {name}\n@timeStamps false\n@missing false\n@univariate false", file=f)
            print("@dimensions 3\n@classLabel true", *range(n), "\n@data", file=f)
            for i in range(count):
                steps = r.randint(5, 9)
                rows = [[r.gauss(i % n / n if d == 1 else 0, 0.4) for t in range(steps)] for d in range(3)]
                print(":".join(",".join(f"{v:.3f}" for v in row) for row in rows) + f":{i % n}", file=f)
for name in ("tra", "tes"):
    with open(f"sets/timeseries/pendigits_{name}.csv", "w") as f:
        for i in range(80):
            print(",".join(str(r.randrange(40) + 6 * (i % 10)) for t in range(16)) + f",{i % 10}", file=f)
# What people say of labels of the test images.
os.makedirs("sets/labels")
with open("sets/labels/mnist-test-reviewed.json", "w") as f:
    json.dump([{"id": i, "given_original_label": i % 10,
                "mturk": {"given": i % 6, "guessed": 5 - i % 6, "neither": 0}}
               for i in range(0, 40, 3)], f)
PY
gzip -n sets/toxic/comments.csv sets/timeseries/*

# What cannot be.
run 2 run
err_has 'ID is missing'
run 2 run pcb
err_has 'no experiment pcb; did you mean pca?'
run 2 run xyzzy-xyzzy
err_has 'rnnrepair-experiments list'
run 2 run pca --seed 1 --first-seed 2
err_has 'give one'
run 2 run pca --seeds 0
run 2 run pca --data sets --first-seed 18446744073709551615 -o far
err_has '2^63'
run 1 run pca --quick --data nowhere -o lost
err_has 'pca needs mnist data in nowhere/mnist'
mkdir bad
echo 'this is no database, but a text that someone left here, and a longer one than that' \
    >bad/results.sqlite
run 3 run pca --quick --data sets -o bad
err_has 'bad/results.sqlite is no results database'
# A database by its name in earlier versions.
mkdir earlier
: >earlier/ledger.sqlite
run 2 run pca --quick --data sets -o earlier
err_has 'rename it to results.sqlite'
absent earlier/results.sqlite
: >file
run 1 run pca --quick --data sets -o file
err_has 'file'

run 0 list
out_has 'pca '
run 0 list --json
json '"pca" in [e["id"] for e in d["experiments"]]'
json '[e["id"] for e in d["experiments"] if e.get("also") == "fig3-time"] == ["fig3"]'

# The whole, by the environment's folder.
export RNNREPAIR_DATA="$work/sets"
run 0 run pca --quick --seeds 2 --threads 1 -o whole
out_has 'stability'
err_has 'pca: trial 6/6'
exists whole/pca.svg
cp whole/pca.tsv whole.tsv
run 0 run pca --quick --seeds 2 -o whole --json
json 'd["id"] == "pca" and d["quick"] is True'
json 'd["trials"] == {"planned": 6, "found": 6, "recorded": 0}'
json '[s["setting"] for s in d["settings"]] == ["P=3", "P=10", "P=20"]'
json 'all(m["n"] == 2 and m["sd"] >= 0 for s in d["settings"] for m in s["metrics"]
          if m["name"] == "stability@7")'
json 'd["files"] == ["whole/pca.tsv", "whole/pca.svg"]'
same whole.tsv whole/pca.tsv

# Stopped once a trial is recorded, or killed: of so many seeds that it takes hours. How
# many it had begun is for the databases to say; one more is asked for.
run_until 130 INT 'trials("cut/results.sqlite") > 0' \
    run pca --quick --seeds 10000 --threads 2 -o cut
err_has 'interrupted'
err_has 'of 30000 trials are in cut/results.sqlite'
absent cut/pca.tsv
run_until 137 KILL 'trials("shared/results.sqlite") > 0' \
    run pca --quick --seeds 10000 -o shared
seeds=$(python3 - <<'PY'
import sqlite3
begun = [sqlite3.connect(f"{run}/results.sqlite").execute("SELECT max(seed) FROM trial").fetchone()[0]
         for run in ("cut", "shared")]
print(max(begun) + 1)
PY
)
run 0 run pca --quick --seeds "$seeds" -o whole

# Then finished, with other threads.
run 0 run pca --quick --seeds "$seeds" --threads 2 -o cut
err_has "of $((3 * seeds)) trials are in the database"
same whole/pca.tsv cut/pca.tsv
same whole/pca.svg cut/pca.svg

# Or by two processes that share the seeds.
"$RNNREPAIR" run pca --quick --first-seed 2 --seeds $((seeds - 1)) -o shared --quiet \
    >/dev/null 2>other &
run 0 run pca --quick --seeds 1 -o shared
wait $! || fail "the other process: $(cat other)"
run 0 run pca --quick --seeds "$seeds" -o shared --json
json 'd["trials"]["recorded"] == 0'
same whole/pca.tsv shared/pca.tsv

# Beside another run: of the same seeds there is no difference.
run 0 run pca --quick --seeds 2 -o shared --against whole --json
json 'd["against"]["data_hash"] == d["data_hash"] and d["against"]["folder"] == "whole"'
json '"shared/pca-against.tsv" in d["files"]'
python3 - <<'PY' || fail "pca-against.tsv is not as expected"
rows = [line.rstrip("\n").split("\t") for line in open("shared/pca-against.tsv")]
names, rows = rows[0], rows[1:]
at = names.index("difference")
assert len(rows) > 100 and all(float(row[at]) == 0 for row in rows), rows[:3]
PY
run 0 run pca --quick --seeds 1 -o one --against whole
out_has 'in standard errors'
out_has 'the same data'
run 2 run pca --quick -o one --against nowhere
err_has 'nowhere/results.sqlite: no such results database'
run 2 run faults --quick -o one --against whole
err_has 'holds no trial of faults (quick)'
absent nowhere

# All of them, each in its folder.
run 0 run all --quick --seeds 1 -o each --json
json '{"table1", "table2", "fig1", "fig2", "fig3", "fig3-repair", "table3", "table3-improved",
    "table4", "faults", "pca", "backdoor", "inversion", "speech", "tags",
    "halves", "lds", "index",
    "aqua", "reviewed", "defaults"} <= {e["id"] for e in d["experiments"]}'
json 'all(e["trials"]["recorded"] == e["trials"]["planned"] for e in d["experiments"])'
for file in pca/pca.tsv table1/table1.tsv table2/table2.tsv fig1/fig1.tsv \
    fig1/fig1-quick-seed-1.png faults/faults.tsv faults/faults.svg fig3/fig3.svg \
    fig3-repair/fig3-repair.tsv fig3-repair/fig3-repair.svg table3/table3.tsv \
    table3/table3.svg table3-improved/table3-improved.tsv \
    table4/table4.tsv table4/table4-sst.svg \
    backdoor/backdoor.tsv backdoor/backdoor-seeds.tsv backdoor/backdoor.svg \
    speech/speech.tsv tags/tags.tsv halves/halves.tsv \
    lds/lds.tsv lds/lds-removal.tsv index/index.tsv aqua/aqua.tsv reviewed/reviewed.tsv \
    defaults/defaults.tsv; do
    exists "each/$file"
done
[ "$(grep -c '^mean of the four' each/aqua/aqua.tsv)" -eq 6 ] || fail "aqua has no means of all methods"
grep -q '^dynamics	100	[0-9]*	*5	' each/reviewed/reviewed.tsv || fail "not 5 labels are wrong"
absent each/networks/aqua-*.safetensors
exists each/networks/reviewed-quick-1-002.safetensors

# A picture that was lost is drawn again, and no figure is recorded twice.
cp each/fig1/fig1-quick-seed-1.png drawn.png
rm each/fig1/fig1-quick-seed-1.png
run 0 run fig1 --quick -o each/fig1 --threads 1 --json
json 'd["trials"] == {"planned": 1, "found": 1, "recorded": 0}'
same drawn.png each/fig1/fig1-quick-seed-1.png

# Another seed draws a picture of its own; what names an image has no mean.
grep -q '^image' each/fig1/fig1.tsv || fail "no image is named"
run 0 run fig1 --quick --seeds 1 --first-seed 2 -o each/fig1
exists each/fig1/fig1-quick-seed-2.png
same drawn.png each/fig1/fig1-quick-seed-1.png
if grep -q '^image' each/fig1/fig1.tsv; then fail "a mean of image numbers"; fi
grep -q '^network' each/fig1/fig1.tsv || fail "no accuracy"

# Any number of threads gives the same classifiers, neighbours and backdoors.
for id in table1 faults backdoor; do
    run 0 run "$id" --quick -o one --threads 1
    same "each/$id/$id.tsv" "one/$id.tsv"
done

# Toxic comments are looked for only where they are read.
mkdir bare
ln -s ../sets/mnist bare/mnist
run 1 run table2 --data bare -o lost
err_has 'table2 needs toxic data in'

# The models with the errors are kept: with another seed they are not trained again.
stat -c "%n %Y %s" each/networks/table3-*.safetensors >kept
run 0 run table3 --quick --seeds 1 --first-seed 2 -o each/table3 --networks each/networks --json
json 'd["trials"]["recorded"] == 8'
json 'all(m["n"] == 2 for s in d["settings"] for m in s["metrics"] if m["name"] == "fixed")'
stat -c "%n %Y %s" each/networks/table3-*.safetensors | cmp -s kept - ||
    fail "the models were trained again"
absent each/table3/*.safetensors
exists each/fig2/fig2-quick-seed-1.png

# Data that are missing fail what needs them, by name, at the end of all.
run 1 run all --quick --seeds 1 --data nowhere -o none
err_has 'table1 failed: '
err_has 'pca failed: '
err_has 'table1 needs mnist data in nowhere/mnist'

# Images made again are the same at any number of threads, and so is their picture: where that was
# lost the generators are trained again for it.
exists each/inversion/inversion.svg
cp each/inversion/inversion-quick-seed-1.png drawn.png
rm each/inversion/inversion-quick-seed-1.png
run 0 run inversion --quick -o each/inversion --threads 1 --json
json 'd["id"] == "inversion" and d["trials"] == {"planned": 8, "found": 8, "recorded": 0}'
same drawn.png each/inversion/inversion-quick-seed-1.png
run 0 run inversion --quick -o one --threads 1
for file in inversion.tsv inversion-epochs.tsv; do
    same "each/inversion/$file" "one/$file"
done
