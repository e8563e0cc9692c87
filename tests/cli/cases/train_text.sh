# SPDX-License-Identifier: MIT
# Training on text: words become a vocabulary and vectors; what does not fit is named.
. "$(dirname "$0")/../lib.sh"

python3 - <<'PY'
import json, random
r = random.Random(1)
good, bad, rest = "fine lovely great".split(), "poor dull awful".split(), "the film is a story of two men".split()
with open("films.jsonl", "w") as f:
    for i in range(240):
        words = [r.choice(rest) for _ in range(r.randint(2, 9))]
        label = i % 2
        words.insert(r.randint(0, len(words)), r.choice(good if label else bad))
        split = "test" if i % 6 == 5 else "train"
        f.write(json.dumps({"tokens": words, "label": ["neg", "pos"][label], "split": split}) + "\n")
with open("films.vec", "w") as f:
    f.write("8 4\n")
    for w in good + bad + ["film", "story"]:
        f.write(w + " " + " ".join("%.3f" % r.gauss(0, 1) for _ in range(4)) + "\n")
PY

small="--hidden 12 --epochs 6 --batch 16 --optimizer adam --learning-rate 0.02 --seed 3"
# Vectors that are trained, from random ones.
run 0 train a --data jsonl:films.jsonl --width 8 $small --json
json 'd["test_accuracy"] > 0.9'
json 'd["words"] == 16 and [u["split"] for u in d["unknown"]] == ["train", "test"]'
json 'd["unknown"][0]["steps"] == d["unknown"][0]["words"] == 0'
exists a/vocabulary.txt
[ "$(sed -n 1,2p a/vocabulary.txt | tr '\n' ' ')" = "<pad> <unk> " ] || fail "the special words"
run 0 info a --json
json 'd["text"]["embedding"] == "trained" and d["text"]["words"] == 16 and d["text"]["vectors"] is None'
run 0 verify a --train --quick
out_has "training    ok"

# A limit of the vocabulary is no secret: what it leaves out is counted.
run 0 train cut --data 'jsonl:films.jsonl?words=8' --width 8 --hidden 4 --epochs 1 --json
err_has 'the vocabulary is cut to 6 of the 14 words of train'
python3 - <<'PY' || fail "unknown words: $(cat .out)"
import collections, json
rows = [json.loads(line) for line in open("films.jsonl")]
split = lambda name: [w for r in rows if r["split"] == name for w in (r.get("tokens") or r["text"].split())]
train, test = split("train"), split("test")
known = {w for w, _ in sorted(collections.Counter(train).items(), key=lambda p: (-p[1], p[0]))[:6]}
for row, words in zip(json.load(open(".out"))["unknown"], (train, test)):
    left = [w for w in words if w not in known]
    assert row["steps"] == len(left) > 0 and row["words"] == len(set(left)), (row, len(left))
    assert abs(row["share"] - len(left) / len(words)) < 1e-9
PY

# The same bits on one thread, and after an interruption.
run 0 train b --data jsonl:films.jsonl --width 8 $small --threads 1
same a/model.safetensors b/model.safetensors
run 0 train c --data jsonl:films.jsonl --width 8 $small --dropout 0.3 --epochs 2
run 0 train c --resume --epochs 5
run 0 train d --data jsonl:films.jsonl --width 8 $small --dropout 0.3 --epochs 5
same c/model.safetensors d/model.safetensors
run 2 train c --resume --epochs 6 --vectors films.vec
err_has '--vectors has no effect beside a run that names no file of word vectors'

# Given vectors stay as they are; their coverage is printed.
run 0 train e --data jsonl:films.jsonl --vectors films.vec --head logistic $small
err_has "films.vec: vectors of width 4 for 8 of the 14 words"
run 0 info e --json
json 'd["text"]["embedding"] == "frozen" and d["network"]["head"] == "logistic" and d["network"]["width"] == 4'
run 0 verify e --train --quick
mv films.vec moved.vec
run 1 verify e --train --quick
out_has "use --vectors FILE"
run 0 verify e --train --quick --vectors moved.vec
sed 's/^film .*/film 1 2 3 4/' moved.vec > other.vec
run 4 verify e --train --quick --vectors other.vec
out_has "not the word vectors"
mv moved.vec films.vec

# A recipe fills in what the command line leaves open.
run 0 train f --data jsonl:films.jsonl --vectors films.vec --recipe paper-toxic --hidden 6 --epochs 1
run 0 info f --json
json 'd["network"]["cell"] == "gru" and d["network"]["hidden"] == 6 and d["network"]["head"] == "logistic"'
json 'd["training"]["dropout_input"] == 0.8 and d["training"]["optimizer"] == "adam" and d["training"]["batch"] == 256'

# Refused, with the reason, before anything is made.
run 3 train x --data jsonl:films.jsonl --bidirectional
err_has "no prefix"
run 3 train x --data jsonl:films.jsonl --vectors films.vec --width 5
err_has "4 wide"
run 2 train x --data "$data" --vectors films.vec
err_has "vectors"
run 2 train x --data "$data" --head logistic
err_has "for 2 classes, not 10: take the head softmax (--head softmax)"
printf 'film 1 2\nstory 1 2 3\n' > broken.vec
run 3 train x --data jsonl:films.jsonl --vectors broken.vec
err_has "broken.vec"
err_has "line 2"
run 1 train x --data jsonl:films.jsonl --vectors none.vec
err_has "none.vec"
[ ! -e x ] || fail "a refused run left a folder"

# A vocabulary that is not the run's.
sed '5d' a/vocabulary.txt > words && mv words a/vocabulary.txt
run 3 predict a
err_has "a/vocabulary.txt: not the vocabulary the run began with"
