# SPDX-License-Identifier: MIT
# localize names the suspect words of the errors predict lists, by either rule, and marks unknown
# ones.
. "$(dirname "$0")/../lib.sh"
. "$here/../odd_words.sh"

run 0 predict t --json
cp .out predict.json
run 0 localize t --json
cp .out both.json
json '[e["id"] for e in d["errors"]] == [e["id"] for e in json.load(open("predict.json"))["errors"]]'
json 'd["error_count"] == len(d["errors"]) > 3 and d["count"] == 80'
json 'd["rule"] == "both" and d["gamma"] == 5 and d["key"] == "state-symbol"'
json 'd["localised"] == sum(any(s["known"] for s in e["segments"]) for e in d["errors"])'
json 'd["unsupported"] == sum(bool(e["segments"]) and not any(s["known"] for s in e["segments"]) for e in d["errors"])'
json 'all(s["known"] == (s["token"] != "zyx") for e in d["errors"] for s in e["segments"])'
json 'any(s["token"] == "Odd" for e in d["errors"] for s in e["segments"])'

# The union of both rules; gamma bounds |I|; the flip is where explain shows the last turn.
run 0 localize t --rule flip --json
cp .out flip.json
run 0 localize t --rule rare --json
cp .out rare.json
json 'all(s["influencers"] < 5 and s["rule"] == "rare" for e in d["errors"] for s in e["segments"])'
python3 - <<'PY' || fail "both is not the union of rare and flip"
import json
both, rare, flip = (json.load(open(n + ".json"))["errors"] for n in ("both", "rare", "flip"))
for b, r, f in zip(both, rare, flip):
    of = lambda e: {s["t"] for s in e["segments"]}
    assert len(f["segments"]) <= 1 and of(b) == of(r) | of(f)
    for s in b["segments"]:
        want = "both" if s["t"] in of(r) & of(f) else "rare" if s["t"] in of(r) else "flip"
        assert s["rule"] == want
PY
id=$(python3 -c 'import json; print(next(e["id"] for e in json.load(open("flip.json"))["errors"] if e["segments"]))')
run 0 explain t --sample "$id" --json
python3 - "$id" .out <<'PY' || fail "the flip is not the last turn from the truth"
import json, sys
e = next(e for e in json.load(open("flip.json"))["errors"] if e["id"] == int(sys.argv[1]))
y = [None] + [s["prediction"] for s in json.load(open(sys.argv[2]))["steps"]]
turns = [t for t in range(2, len(y)) if y[t - 1] == e["truth"] != y[t]]
assert e["segments"][0]["t"] == turns[-1]
PY
run 0 localize t --rule rare --gamma 40 --json
python3 - .out <<'PY' || fail "a larger gamma finds no more"
import json, sys
count = lambda n: sum(len(e["segments"]) for e in json.load(open(n))["errors"])
assert count(sys.argv[1]) > count("rare.json")
PY

# One class; by name and by number. The table marks the words in the sentence.
run 0 localize t --truth-class positive --json
cp .out named.json
json 'd["error_count"] > 0 and all(e["truth"] == 1 for e in d["errors"])'
run 0 localize t --truth-class 1 --json
same .out named.json
run 0 localize t
out_has '[[Odd]]'
out_has 'no vector'
out_has 'positive predicted negative'
run 0 localize t --show 1
out_has 'more; --show'
run 0 localize t --split train --json

run 0 localize t --samples "$id" --json
json 'd["error_count"] == 1 and d["errors"][0]["id"] == '"$id"
right=$(python3 -c 'import json; e = {e["id"] for e in json.load(open("rare.json"))["errors"]}; print(min(set(range(200)) - e))')
run 2 localize t --samples "$right"
err_has "--samples $right: no error"

# Frames have steps without words; their transitions can be rare.
small_run f
run 0 build f --states 6 --quiet
run 0 localize f --key transition --json
json 'all(s["token"] is None and s["known"] for e in d["errors"] for s in e["segments"])'
run 0 localize f --rule flip

# A mark of punctuation is no suspect unless it is asked for.
sed 's/"[Oo]dd"/"?!"/g' text.jsonl >marks.jsonl
run 0 train marks --data jsonl:marks.jsonl --embedding trained --width 16 --hidden 16 --epochs 5 \
    --batch 16 --optimizer adam --learning-rate 0.01 --quiet
run 0 build marks --states 8 --quiet
run 0 localize marks --json
json 'd["error_count"] > 3 and not any(s["token"] == "?!" for e in d["errors"] for s in e["segments"])'
run 0 localize marks --punctuation --json
json 'any(s["token"] == "?!" for e in d["errors"] for s in e["segments"])'
