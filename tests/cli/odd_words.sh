# SPDX-License-Identifier: MIT
# odd_words.sh - a run on sentences that are misclassified for one reason: "odd" means nothing, but
# training has it in negative sentences only. Sourced after lib.sh; makes text.jsonl and the run t.

python3 - <<'PY' || exit 99
import json, random
r = random.Random(5)
good, bad = "good fine nice great".split(), "bad poor dull awful".split()
plain = "a the film is and it".split()
with open("text.jsonl", "w") as f:
    for split, n in (("train", 240), ("test", 80)):
        for i in range(n):
            x = [r.choice(plain) for _ in range(5 + r.randrange(5))]
            for _ in range(3):
                x[r.randrange(len(x))] = r.choice(good if i % 2 else bad)
            if split == "train" and i % 6 == 0:
                x[r.randrange(len(x))] = "odd"
            if split == "test" and i % 4 == 1:
                x[-1] = x[-2] = "Odd"
            if split == "test" and i % 8 == 1:
                x.append("zyx")
            if split == "test" and i == 79:
                x = "a the zyx it zyx zyx zyx".split()  # nothing to go by, and no word to learn
            label = "positive" if i % 2 else "negative"
            f.write(json.dumps({"tokens": x, "label": label, "split": split}) + "\n")
PY
run 0 train t --data jsonl:text.jsonl --embedding trained --width 16 --hidden 16 --epochs 5 \
    --batch 16 --optimizer adam --learning-rate 0.01 --quiet
run 0 build t --states 8 --quiet
