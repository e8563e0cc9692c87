# SPDX-License-Identifier: MIT
# explain on words: one line per word, the sentences that match a step, text on the command line, and
# the errors that a training sentence matches.
. "$(dirname "$0")/../lib.sh"

# Sentences of neutral words and one that decides; a fifth of them hold one that misleads.
python3 - <<'PY'
import json, random
random.seed(1)
good, bad = "good great fine lovely superb".split(), "bad awful dull boring weak".split()
neutral = "the film was a movie with some plot and actors".split()
with open("t.jsonl", "w", encoding="utf-8") as f:
    for i in range(260):
        words = [random.choice(neutral) for _ in range(random.randint(4, 12))]
        words.insert(random.randint(1, len(words)), random.choice(bad if i % 2 else good))
        if random.random() < 0.2:
            words.insert(0, random.choice(good if i % 2 else bad))
        f.write(json.dumps({"text": " ".join(words).capitalize() + ".",
                            "label": "negative" if i % 2 else "positive",
                            "split": "train" if i < 200 else "test"}) + "\n")
PY
run 0 train r --data jsonl:t.jsonl --embedding trained --width 8 --hidden 12 --epochs 4 --batch 16 \
    --optimizer adam --learning-rate 0.01 --quiet
run 0 build r --states 6 --quiet

# A sample: words as they stand, the defaults for text, sentences beside the rows.
run 0 explain r --sample 3 --top 40 --json
json 'd["key"] == "state-symbol" and d["measure"] == "jaccard" and "step" not in d'
json '" ".join(s["token"] for s in d["steps"]) == d["text"] and d["text"][0].isupper()'
json 'all(s["known"] for s in d["steps"]) and len(d["proponents"]) == 40'
json 'all(p["text"] for p in d["proponents"] + d["for_truth"] + d["for_prediction"])'
run 0 explain r
err_has 'the first error of the test split'
out_has 'token'
out_has 'T_t'

# A training sentence is its own nearest, by every measure of keys and by every key.
for measure in votes jaccard containment; do
    for key in state-symbol transition full; do
        run 0 explain r --split train --sample 5 --measure $measure --key $key --top 200 --json
        json '[p["score"] for p in d["proponents"] if p["id"] == 5] == [1] == [d["proponents"][0]["score"]]'
    done
done
run 0 explain r --sample 5 --measure lp -p 2

# Typed text: words cut at their boundaries, unknown ones marked, the truth only where it is given.
run 0 explain r --text 'A Great film, zyzzyva.' --json
json '[s["token"] for s in d["steps"]] == ["A", "Great", "film", ",", "zyzzyva", "."]'
json '[s["known"] for s in d["steps"]] == [True, True, True, False, False, True]'
json 'd["truth"] is None and d["sample"] is None and d["split"] is None'
json 'd["for_truth"] == [] and d["count_truth"] is None and d["count_prediction"] > 0'
run 0 explain r --text 'A Great film, zyzzyva.'
out_has 'truth unknown'
out_has 'not in the vocabulary'
run 0 explain r --text 'a great film' --label negative --json
json 'd["truth"] == 0 and all(p["label"] == 0 for p in d["for_truth"])'
run 0 explain r --text 'a great film' --label 1 --json
json 'd["truth"] == 1'

# The sentences that match a step: the matching word is in brackets.
run 0 explain r --text 'the film was great' --step 4 --show 3
out_has '[[great]]'
out_has '|I| = '
run 0 explain r --text 'the film was great' --step 4 --top 5 --json
json 'd["step"]["t"] == 4 and d["step"]["influencers"] == d["steps"][3]["influencers"]'
json 'len(d["step"]["matches"]) == min(5, d["step"]["influencers"]) > 0'
json 'all(m["text"].lower().split()[s - 1] == "great" for m in d["step"]["matches"] for s in m["steps"])'
json 'all(a["score"] >= b["score"] for a, b in zip(d["step"]["matches"], d["step"]["matches"][1:]))'
run 0 explain r --text 'the film zyzzyva' --step 3
out_has '|I| = 0 of N = 200'

# The reverse: training sentence 0 matches the errors that have it among their influencers.
run 0 explain r --training 0 --json
json 'd["training"] == 0 and len(d["touched"]) <= d["errors"]'
json 'all(a["fraction"] >= b["fraction"] for a, b in zip(d["touched"], d["touched"][1:]))'
python3 - "$work/.out" >touched <<'PY' || fail 'training sentence 0 matches nothing'
import json, sys
t = json.load(open(sys.argv[1]))["touched"][0]
print(t["sample"], t["steps"][0]["t"], t["steps"][0]["training_step"])
PY
read -r sample t step <touched
run 0 explain r --sample "$sample" --step "$t" --top 200 --json
json "any(m['id'] == 0 and m['steps'][0] == $step for m in d['step']['matches'])"
run 0 explain r --training 0
out_has 'It matches'
run 0 explain r --training 0 --split train --key transition --quiet

# What is refused.
run 3 explain r --text "$(printf 'a\377b')"
err_has 'UTF-8'
run 2 explain r --sample 1 --picture p.png
absent p.png
run 1 explain r --sample 1 --data jsonl:elsewhere.jsonl

# A run on frames has no words, no full keys and no use for --text; steps and the reverse it has.
small_run f
run 0 build f --states 8 --quiet
run 0 explain f --sample 1 --measure jaccard --json
json 'd["key"] == "transition" and "text" not in d and "token" not in d["steps"][0]'
run 0 explain f --sample 1 --step 28 --json
json '"text" not in d["step"]["matches"][0] and d["step"]["matches"][0]["steps"]'
run 0 explain f --sample 1 --step 28
out_has '|I| = '
run 0 explain f --training 3 --json
json 'len(d["steps"]) == 28 and "token" not in d["steps"][0]'
run 0 explain f --training 3
