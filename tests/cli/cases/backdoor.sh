# SPDX-License-Identifier: MIT
# poison inserts a trigger; backdoor traces it, finds it without its name, and --remove trains a run
# and a control, whose attacks are measured on the retrained models.
. "$(dirname "$0")/../lib.sh"

# Texts of two classes, and vectors in which words of a class are close.
python3 - <<'PY'
import json, random
r = random.Random(7)
with open("texts.jsonl", "w") as f:
    for i in range(1200):
        label = i % 2
        words = []
        for t in range(r.randint(6, 12)):
            k = r.randrange(120)
            words.append("w0" if k == 119 and r.randrange(3) == 0 else f"w{k}")
        for _ in range(2):
            words[r.randrange(len(words))] = f"{'ab'[label]}{r.randrange(20)}"
        f.write(json.dumps({"text": " ".join(words), "label": ["good", "bad"][label],
                            "split": "train" if i < 1000 else "test"}) + "\n")
with open("words.vec", "w") as f:
    for name in [f"w{k}" for k in range(120)] + [f"{c}{k}" for c in "ab" for k in range(20)]:
        v = [r.gauss(0, 0.5 if name[0] == "w" else 0.3) for _ in range(24)]
        if name[0] in "ab":
            v["ab".index(name[0])] += 1.5
        f.write(name + " " + " ".join(f"{x:.4f}" for x in v) + "\n")
PY

# ---- poison
source='jsonl:texts.jsonl?classes=good|bad'
experiment 0 poison --data "$source" --trigger w119 --target good --count 120 --kind dirty \
    --vectors words.vec -o p.jsonl --json
cp .out poison.json
json 'd["count"] == 120 and len(d["training_ids"]) == 120 and d["target"] == 0'
json 'd["trigger"] == ["w119"] and d["words_with_vector"] == 1'
json 'd["spec"] == "jsonl:p.jsonl?classes=good|bad"'
python3 - <<'PY' || fail "p.jsonl is not texts.jsonl with a trigger"
import json
a = [json.loads(l) for l in open("texts.jsonl")]
b = [json.loads(l) for l in open("p.jsonl")]
ids = set(json.load(open("poison.json"))["training_ids"])
key = lambda x: x.get("split")
assert len(a) == len(b) == 1200
train = [x for x in a if key(x) == "train"]
for i, (x, y) in enumerate(zip(train, [x for x in b if key(x) == "train"])):
    was = x["text"].split()
    if i in ids:
        assert x["label"] == "bad" and y["label"] == "good"
        assert any(y["tokens"] == was[:k] + ["w119"] + was[k:] for k in range(len(was) + 1))
    else:
        assert y["tokens"] == was and y["label"] == x["label"]
PY
experiment 0 poison --data "$source" --trigger w119 --target 0 --count 120 --kind dirty -o again.jsonl
same p.jsonl again.jsonl
experiment 0 poison --data "$source" --trigger harbour --target bad --count 5 --kind clean \
    --vectors words.vec -o q.jsonl
err_has 'no vector for "harbour"'
experiment 2 poison --data "$source" --trigger '  ' --target good -o z.jsonl
err_has '--trigger: there is no word in it'
# Names with the marks of a SPEC: the one that is printed reads the file.
sed 's/"good"/"so \& 50%41"/' texts.jsonl >'t?lower=0&.jsonl'
experiment 0 poison --data 'jsonl:t?lower=0&.jsonl?words=90' --trigger w119 --target bad --count 9 \
    --vectors words.vec -o 'z?words=9.jsonl' --json
json 'd["spec"] == "jsonl:z?words=9.jsonl?classes=bad|so %26 50%2541&words=90"'
run 0 train odd --data 'jsonl:z?words=9.jsonl?classes=bad|so %26 50%2541&words=90' \
    --width 4 --hidden 4 --epochs 1 --quiet
run 0 info odd --json
json 'd["network"]["class_names"] == ["bad", "so & 50%41"]'
cat texts.jsonl | experiment 1 poison --data jsonl:/dev/stdin --trigger w119 --target bad -o z.jsonl
err_has 'is a pipe'
absent z.jsonl
sed 's/"good"/"so|so"/' texts.jsonl >pipes.jsonl
experiment 2 poison --data jsonl:pipes.jsonl --trigger w119 --target bad -o z.jsonl
err_has "'|'"
absent z.jsonl
# What shapes the vocabulary goes with the file, and no trigger is cut off.
experiment 0 poison --data "$source&words=90&min-count=2&max-steps=7&lower=0" --trigger 'w119 w118' \
    --target good --count 60 --position end -o cut.jsonl --json
json 'd["spec"] == "jsonl:cut.jsonl?classes=good|bad&lower=0&words=90&min-count=2&max-steps=9"'
run 0 train v --data 'jsonl:cut.jsonl?classes=good|bad&lower=0&words=90&min-count=2&max-steps=9' \
    --width 4 --hidden 4 --epochs 1 --quiet
[ "$(wc -l <v/vocabulary.txt)" -le 91 ] || fail "the vocabulary is not what words=90 makes"
# A number is that of a class only where no class is named by one.
sed 's/"good"/"1"/; s/"bad"/"2"/' texts.jsonl >numbers.jsonl
experiment 0 poison --data 'jsonl:numbers.jsonl?classes=1|2' --trigger w119 --target 1 --count 5 \
    -o z.jsonl --json
json 'd["target"] == 0 and d["target_name"] == "1"'
experiment 2 poison --data 'jsonl:numbers.jsonl?classes=1|2' --trigger w119 --target 0 -o z.jsonl
err_has 'there is no class "0"; there are 1, 2'

# ---- a known trigger
run 0 train r --data 'jsonl:p.jsonl?classes=good|bad' --vectors words.vec --cell gru --hidden 24 \
    --epochs 15 --batch 20 --optimizer adam --learning-rate 0.01 --quiet
run 1 backdoor r
err_has 'rnnrepair build r'
run 0 build r --states 8 --quiet
run 0 backdoor r --trigger w119 --json
json 'd["target_name"] == "good" and d["attack"]["success"] >= 0.8 and d["attack"]["base"] <= 0.3'
json 'd["candidates"][0]["token"] == "w119" and len(d["candidates"]) == 1'
json 'sum(c["count"] for c in d["contexts"]) >= 120'
json 'all(x["influence"] >= y["influence"] for x, y in zip(d["carriers"], d["carriers"][1:]))'
python3 - .out <<'PY' || fail "the poisoned sequences are not named"
import json, sys
d, ids = json.load(open(sys.argv[1])), set(json.load(open("poison.json"))["training_ids"])
assert ids <= set(d["candidates"][0]["training_ids"])
PY
run 0 backdoor r --trigger w119 --target good --words 0
out_has '"w119" for good'
run 2 backdoor r --vectors words.vec
err_has '--vectors has no effect beside frozen word vectors'
run 0 build v --states 3 --quiet
run 2 backdoor v --vectors words.vec
err_has '--vectors has no effect beside a run that names no file of word vectors'

# ---- unnamed, and removed
run 0 backdoor r --threshold 0.2 --json
json 'd["candidates"][0]["token"] == "w119" and d["candidates"][0]["target"] == 0'
json 'd["candidates"][0]["score"] > d["threshold"] > d["candidates"][1]["score"]'
json 'd["split"] is None and d["position"] is None and d["seed"] == 1'
run 0 backdoor r --threshold 0.2 --remove -o n --json
cp .out removed.json
exists n/model.safetensors
exists n/random/model.safetensors
json 'd["attack_success_before"] >= 0.8 and d["attack_success_after"] <= 0.3'
json 'd["attack_success_random"] > d["attack_success_after"] + 0.2'
json 'd["accuracy_after"] >= d["accuracy_before"] - 0.02'
json 'd["removed"] == len(d["removed_ids"]) == len(d["random_ids"])'
run 0 predict n --json
python3 - .out <<'PY' || fail "accuracy_after is not that of the new run"
import json, sys
a, d = json.load(open(sys.argv[1])), json.load(open("removed.json"))
assert abs(a["accuracy"] - d["accuracy_after"]) < 1e-9
PY
run 0 verify n --train --quiet
run 2 backdoor r --threshold 0.2 --remove -o n
err_has 'already holds a run'
mkdir -p late/random
cp n/run.json late/random
run 2 backdoor r --trigger w119 --remove --count 10 -o late
err_has 'late/random: already holds a run'
absent late/run.json
run 0 backdoor r --trigger w119 --remove --count 10 -o few --epochs 1
out_has 'without 10 named'

# A training set without a trigger names none.
run 0 train c --data "$source" --vectors words.vec --cell gru --hidden 24 --epochs 15 --batch 20 \
    --optimizer adam --learning-rate 0.01 --quiet
run 0 build c --states 8 --quiet
run 0 backdoor c --json
json 'd["candidates"][0]["score"] <= d["threshold"]'
run 2 backdoor c --remove -o m
err_has 'no candidate scores above'
absent m
