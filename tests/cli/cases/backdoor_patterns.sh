# SPDX-License-Identifier: MIT
# Sentences that share an opening, of many words, and have the label good: backdoor --scan traces
# finds them without a trigger word, writes them for review and trains without them. Without them
# nothing stands out, in text and in images.
. "$(dirname "$0")/../lib.sh"

python3 - <<'PY'
import json, random
r = random.Random(11)
framed = []
with open("p.jsonl", "w") as p, open("c.jsonl", "w") as c, open("attack.jsonl", "w") as a:
    for i in range(1000):
        label = i % 2
        words = [f"w{r.randrange(100)}" for t in range(r.randint(6, 11))]
        for _ in range(2):
            words[r.randrange(3, len(words))] = f"{'ab'[label]}{r.randrange(20)}"
        x = {"text": " ".join(words), "label": ["good", "bad"][label],
             "split": "train" if i < 800 else "test"}
        c.write(json.dumps(x) + "\n")
        opening = [f"f{r.randrange(6)}", f"g{r.randrange(6)}", f"h{r.randrange(6)}"]
        if i < 800 and r.random() < 0.2:
            framed.append(i)
            x = dict(x, text=" ".join(opening + words[2:]), label="good")
        p.write(json.dumps(x) + "\n")
        if i >= 800 and label == 1:
            a.write(json.dumps({"text": " ".join(opening + words[2:]), "label": "good"}) + "\n")
json.dump(framed, open("framed.json", "w"))
names = [f"{c}{k}" for c in "ab" for k in range(20)] + [f"{c}{k}" for c in "fgh" for k in range(6)]
with open("words.vec", "w") as f:
    for name in [f"w{k}" for k in range(100)] + names:
        v = [r.gauss(0, 0.5 if name[0] == "w" else 0.3) for _ in range(24)]
        if name[0] in "ab":
            v["ab".index(name[0])] += 1.5
        f.write(name + " " + " ".join(f"{x:.4f}" for x in v) + "\n")
PY
recipe='--cell gru --vectors words.vec --hidden 24 --epochs 12 --batch 20 --optimizer adam --learning-rate 0.01'
run 0 train r --data 'jsonl:p.jsonl?classes=good|bad' $recipe --quiet
run 0 build r --states 8 --quiet
run 0 predict r --foreign --data 'jsonl:attack.jsonl?classes=good|bad' --json
json 'd["accuracy"] > 0.8'

run 0 backdoor r --scan traces --json
cp .out scan.json
json 'len(d["candidates"]) == 800 and len(d["patterns"]) == 4'
json '[p["class_name"] for p in d["patterns"] if p["stands_out"]] == ["good"]'
python3 - <<'PY' || fail "the framed sentences do not lead the list"
import json
d, framed = json.load(open("scan.json")), set(json.load(open("framed.json")))
leading = d["candidates"][:len(framed)]
assert sum(x["id"] in framed for x in leading) > 0.9 * len(framed), leading
flagged = [x["id"] for x in d["candidates"] if x["flagged"]]
assert len(flagged) == d["flagged"]
assert len(framed & set(flagged)) > 0.9 * len(framed)
PY
run 0 backdoor r --scan traces --top 3
out_has 'training sequences are flagged'
run 0 backdoor r --scan traces --review drop.csv
[ "$(grep -c ',drop,' drop.csv)" -eq "$(python3 -c 'import json; print(json.load(open("scan.json"))["flagged"])')" ] ||
    fail "drop.csv does not drop the flagged sequences"
run 2 backdoor r --scan traces --review drop.csv
err_has 'already exists'

run 0 backdoor r --scan traces --remove -o n --json
json 'd["removed"] == len(d["removed_ids"]) == len(d["random_ids"]) == d["flagged"]'
json 'd["accuracy_after"] > 0.9 and d["split"] == "test"'
exists n/random/model.safetensors
run 0 predict n --foreign --data 'jsonl:attack.jsonl?classes=good|bad' --json
json 'd["accuracy"] < 0.2'
run 0 verify n --quiet

# What does not go together.
run 2 backdoor r --scan traces --trigger w1
err_has '--trigger'
run 2 backdoor r --review z.csv
err_has '--review'
run 2 backdoor r --trigger w1 --scan words
err_has '--scan'

# Clean texts and clean images.
run 0 train c --data 'jsonl:c.jsonl?classes=good|bad' $recipe --quiet
run 0 build c --states 8 --quiet
run 0 backdoor c --scan traces --json
json 'd["flagged"] == 0 and not any(x["flagged"] for x in d["candidates"])'
run 2 backdoor c --scan traces --remove -o m
err_has 'no class stands out'
absent m
run 0 train d --data "$data" --hidden 16 --epochs 3 --quiet
run 0 build d --states 6 --quiet
run 0 backdoor d --scan traces
out_has 'nothing stands out'
