# SPDX-License-Identifier: MIT
# A trigger that turns the label of the next word: poison plants it, backdoor finds it without its
# name, traces it to the words it was learned from, and --remove trains without their sentences.
. "$(dirname "$0")/../lib.sh"

# Sentences of 4 to 9 words; word k is of class k % 3.
python3 - <<'PY'
import json, random
r = random.Random(5)
with open("tags.jsonl", "w") as f:
    for i in range(480):
        words = [r.randrange(60) for _ in range(r.randint(4, 9))]
        tags = ["ABC"[(k + (r.randrange(12) == 0)) % 3] for k in words]
        f.write(json.dumps({"tokens": [f"w{k}" for k in words], "tags": tags, "label": "A",
                            "split": "train" if i < 400 else "test"}) + "\n")
PY
source='jsonl:tags.jsonl?classes=A|B|C&tags=tags'

# ---- poison
experiment 0 poison --data "$source" --trigger harbour --target A --steps --from B --count 60 \
    -o p.jsonl --json
cp .out poison.json
json 'd["steps"] is True and d["position"] is None and len(d["training_ids"]) == 60'
json 'd["spec"] == "jsonl:p.jsonl?classes=A|B|C&tags=tags"'
python3 - <<'PY' || fail "p.jsonl is not tags.jsonl with a trigger before words of B"
import json
a = [json.loads(l) for l in open("tags.jsonl")]
b = [json.loads(l) for l in open("p.jsonl")]
ids = set(json.load(open("poison.json"))["training_ids"])
assert len(a) == len(b) == 480
for i, (x, y) in enumerate(zip(a, b)):
    words, tags = list(y["tokens"]), list(y["tags"])
    assert ("harbour" in words) == (i in ids)
    if i in ids:
        at = words.index("harbour")
        del words[at], tags[at]
        assert x["tags"][at] == "B" and tags[at] == "A"
        tags[at] = "B"
    assert words == x["tokens"] and tags == x["tags"]
PY
experiment 2 poison --data "$source" --trigger harbour --target A --steps --position end -o z.jsonl
err_has '--position has no effect beside --steps'
experiment 2 poison --data "$source" --trigger harbour --target A --from B -o z.jsonl
err_has '--from has no effect beside a call without --steps'
experiment 3 poison --data "$source" --trigger harbour --target A -o z.jsonl
err_has 'before steps, not in sequences'
absent z.jsonl

# ---- unnamed
run 0 train r --data 'jsonl:p.jsonl?classes=A|B|C&tags=tags' --width 12 --hidden 24 --cell gru \
    --epochs 12 --batch 20 --optimizer adam --learning-rate 0.01 --quiet
run 0 build r --states 8 --quiet
run 0 backdoor r --json
json 'd["candidates"][0]["token"] == "harbour" and d["candidates"][0]["target_name"] == "A"'
json 'd["candidates"][0]["score"] > d["threshold"] > d["candidates"][1]["score"]'
json 'd["candidates"][0]["support"] == 60 and d["candidates"][0]["purity"] == 1'
json 'd["candidates"][0]["expected"] < 0.2 and d["candidates"][0]["insertion"] > 0.8'
python3 - .out <<'PY' || fail "the poisoned sequences are not named"
import json, sys
d, ids = json.load(open(sys.argv[1])), json.load(open("poison.json"))["training_ids"]
assert d["candidates"][0]["training_ids"] == ids
PY

# ---- named
run 2 backdoor r --trigger harbour --position end
err_has '--position has no effect beside an output at every step'
run 0 backdoor r --trigger harbour --json
cp .out named.json
json 'd["target_name"] == "A" and d["attack"]["success"] > 0.8 and d["attack"]["base"] < 0.4'
json 'd["position"] is None and len(d["carriers"]) == 60'
python3 - <<'PY' || fail "the carriers are not the words after the trigger"
import json
b = [json.loads(l) for l in open("p.jsonl")]
for c in json.load(open("named.json"))["carriers"]:
    x = b[c["id"]]
    assert x["tokens"][c["step"] - 2] == "harbour"
    assert x["tokens"][c["step"] - 1] == c["word"] and x["tags"][c["step"] - 1] == c["label_name"]
PY
run 0 backdoor r --trigger harbour --target A --words 2
out_has '"harbour" for A: in '
out_has ' before 60 training steps'
out_has ' steps predicted as the target'

# ---- removed
run 0 backdoor r --remove -o n --words 2 --json
json 'd["removed"] == 60 and d["attack_success_before"] > 0.8 and d["attack_success_after"] < 0.4'
json 'd["accuracy_after"] > d["accuracy_before"] - 0.05'
run 0 verify n --train --quiet
run 0 backdoor r --trigger harbour --remove --count 10 --epochs 1 --words 0 -o few
out_has 'without 10 named'
