# SPDX-License-Identifier: MIT
# audit finds wrong labels made by flip, ranks the proponents of errors by every method, and --apply
# trains a run with the decided labels.
. "$(dirname "$0")/../lib.sh"

data='digits?train=600&test=200'
experiment 0 flip --data "$data" --fraction 0.08 --seed 3 -o flips.csv
run 0 train run --data "$data" --cell gru --hidden 16 --epochs 25 --batch 20 --optimizer sgd \
    --momentum 0.8 --learning-rate 0.1 --labels flips.csv --checkpoints --seed 1 --quiet
run 1 audit run
err_has 'rnnrepair build run'
run 0 build run --pca 8 --states 16 --quiet

# ---- with one state many are as near as the nearest: those that are not named are counted
cp -r run coarse
run 0 build coarse --states 1 --quiet
run 0 audit coarse --top 600 --json
cp .out coarse.json
for rank in $(value "' '.join(str(k) for k in [*[k for k, r in enumerate(d['ranking']) if r['tied'] > 0][:3], 599])"); do
    id=$(value "d['ranking'][$rank]['id']")
    run 0 explain coarse --split train --sample "$id" --top 100000 --json
    python3 - "$rank" <<'PY' || fail "rank $rank: ties miscounted"
import json, sys
row = json.load(open("coarse.json"))["ranking"][int(sys.argv[1])]
last = row["neighbours"][-1]["score"]
same = [p for p in json.load(open(".out"))["proponents"] if p["score"] == last]
same = [p for p in same if p["label"] == p["prediction"] and p["id"] != row["id"]]
assert row["tied"] == len(same) - sum(n["score"] == last for n in row["neighbours"])
PY
    cp coarse.json .out
done
run 0 audit coarse
out_has ' more as near)'

# ---- about labels: 48 of 600 are wrong; at random one in 12.5 would be
run 0 audit run --flips flips.csv --json
json 'd["method"] == "combined" and d["about"] == "labels" and d["sequences"] == 600'
json 'len(d["ranking"]) == 20 and d["average_precision"] > 0.6 and d["seconds"] >= 0'
json 'all({"id", "given", "suggested", "score", "errors", "neighbours"} <= r.keys() for r in d["ranking"])'
json 'all(r["given"] != r["suggested"] for r in d["ranking"])'
json 'all(a["score"] >= b["score"] for a, b in zip(d["ranking"], d["ranking"][1:]))'
json 'd["found"][-1]["reviewed"] == 600 and d["found"][-1]["flips"] == 48'
json 'all(r["influential_flips"] <= r["flips"] <= r["reviewed"] for r in d["found"])'
json '[n["id"] for r in d["ranking"] for n in r["neighbours"]].__len__() == 60'
json 'all(n["id"] != r["id"] and n["label"] == n["prediction"] for r in d["ranking"] for n in r["neighbours"])'
for method in influence self-confidence neighbours tracin; do
    run 0 audit run --method $method --flips flips.csv --json --top 5
    json 'len(d["ranking"]) == 5 and d["average_precision"] > (0.15 if d["method"] == "tracin" else 0.5)'
done
run 0 audit run --method random --flips flips.csv --json
json 'd["average_precision"] < 0.25'
run 0 audit run --method self-confidence --folds 2 --flips flips.csv --json --quiet
cp .out folds.json
json 'd["folds"] == 2 and d["average_precision"] > 0.3'
run 0 audit run --method self-confidence --folds 2 --flips flips.csv --json --quiet --threads 1
python3 - <<'PY' || fail "other threads, other ranking"
import json
a, b = json.load(open("folds.json")), json.load(open(".out"))
assert a["ranking"] == b["ranking"] and a["found"] == b["found"]
PY
run 0 audit run
out_has 'ranked by combined'
run 0 audit run --json
json 'd["found"] is None'

run 0 audit run --method dynamics --flips flips.csv --json --top 5
json 'd["labels"] == "train" and d["average_precision"] > 0.5 and d["weighted_f1"] > 0.9'
json 'd["flagged_flips"] <= d["flagged"] and d["flagged"] > 20'
run 0 audit run --flagged --json
json 'len(d["ranking"]) == d["flagged"] > 0'
json '"weighted_f1" not in d'
run 0 audit run --flagged
out_has 'flagged: another label is likelier'

# ---- labels of other sequences: of test, and of cases; no training set takes their review
run 0 audit run --split test --json --review test.csv
json 'd["labels"] == "test" and d["sequences"] == 200 and d["split"] is None and d["errors"] is None'
json 'all(r["errors"] == [] and len(r["neighbours"]) == 3 for r in d["ranking"])'
[ "$(head -1 test.csv)" = id,action,label,given,split,suggested,evidence ] || fail "test.csv: $(head -1 test.csv)"
cp .out test.json
run 0 audit run --cases "$data" --json
python3 - <<'PY' || fail "cases of the same test split are ranked otherwise"
import json
a, b = json.load(open("test.json")), json.load(open(".out"))
assert a["ranking"] == b["ranking"] and b["labels"] == "other" and a["sequences"] == b["sequences"]
PY
run 0 audit run --split test --method tracin --json
json 'd["solution"]["checkpoints"] > 1 and d["sequences"] == 200 and d["ranking"][0]["score"] > 0'
run 0 audit run --split test
out_has '200 sequences of test'
run 3 audit run --apply test.csv -o no
err_has 'the split test'
absent no
run 3 train no --data "$data" --labels test.csv
err_has 'the split test'
run 2 audit run --split test --folds 2
err_has 'not trained on these'
run 2 audit run --flagged --top 3
err_has '--flagged'
run 2 audit run --about errors --method dynamics
err_has 'errors'

# ---- about errors: every method, on the same errors
for method in influence paper koh-liang sgd replay tracin random; do
    set -- --about errors --method $method --flips flips.csv --json --top 3
    [ $method != koh-liang ] || set -- "$@" --curvature gauss-newton --iterations 60 --tolerance 0.1
    run 0 audit run "$@"
    json "d['method'] == '$method' and d['errors'] > 0 and len(d['ranking']) == 3"
    json 'all(o["score"] < 0 for o in d["opponents"])'
    case $method in koh-liang | sgd | replay | tracin) json 'len(d["opponents"]) == 3' ;; esac
    [ $method != sgd ] || cp .out sgd.json
    [ $method != replay ] || cp .out replay.json
done
python3 - <<'PY' || fail "the replay of a training by sgd is another one"
import json
a, b = json.load(open("sgd.json")), json.load(open("replay.json"))
assert a["ranking"] == b["ranking"] and a["opponents"] == b["opponents"]
assert b["solution"] == {"steps": 25 * 30, "checkpoints": 26}
PY
# Interrupted after an epoch, it continues to the same ranking, and leaves no file.
run_until 130 INT 'exists("state")' audit run --about errors --method replay --resume state
err_has 'the same command continues'
run 0 audit run --about errors --method replay --resume state --flips flips.csv --json --top 3
python3 - <<'PY' || fail "another ranking after an interruption"
import json
a, b = json.load(open("replay.json")), json.load(open(".out"))
assert a["ranking"] == b["ranking"] and a["opponents"] == b["opponents"]
PY
[ ! -e state ] || fail "the state of a finished replay"
run 2 audit run --about errors --method koh-liang --resume state
err_has '--resume'
run 0 audit run --about errors --json
json 'd["method"] == "influence" and all(r["errors"] for r in d["ranking"])'
json 'all(r["given"] == r["given"] and r["score"] > 0 for r in d["ranking"])'
error=$(python3 -c 'import json; print(json.load(open(".out"))["ranking"][0]["errors"][0])')
run 0 audit run --about errors --samples "$error" --json
json "d['errors'] == 1 and all(r['errors'] in ([], [$error]) for r in d['ranking'])"

# ---- review, decide, apply
run 0 audit run --review suspects.csv --top 48
err_has 'suspects.csv'
[ "$(wc -l <suspects.csv)" -eq 49 ] || fail "suspects.csv has not a line each and a heading"
run 0 audit run --flips flips.csv --top 48 --json
cp .out suspects.json
# Unread, the file relabels only where all evidence agrees, of no class more than a tenth.
filled=$(python3 - <<'PY'
import collections, csv, json
d = json.load(open("suspects.json"))
rows = list(csv.DictReader(open("suspects.csv")))
assert [int(r["id"]) for r in rows] == [r["id"] for r in d["ranking"]]
flipped = {int(r["id"]) for r in csv.DictReader(open("flips.csv"))}
of = collections.Counter()
for row, r in zip(rows, d["ranking"]):
    assert (row["action"], row["label"]) == (("relabel", row["suggested"]) if r["prefilled"] else ("", ""))
    assert row["suggested"] == r["suggested_name"] and len(r["inputs"]) == 5
    if r["prefilled"]:
        assert r["by_states"] and r["by_network"] and r["by_inputs"] and r["odds"] >= 4.59
        assert row["evidence"] == "states+network+inputs"
        of[r["given"]] += 1
assert d["nearest_inputs"]["used"] and d["nearest_inputs"]["references"] == 600
assert 5 <= sum(of.values()) < 48 and max(of.values()) <= 600 // 10 // 10 + 1
right = [r["id"] for r in d["ranking"] if r["prefilled"] and r["id"] not in flipped]
assert 4 * len(right) <= sum(of.values()), right
print(sum(of.values()))
PY
) || fail "what a review fills in"
run 0 audit run --apply suspects.csv -o applied --json --quiet
json "d['relabelled'] == $filled and d['kept'] == 48 - $filled and d['dropped'] == 0"
json 'd["outcome"]["count"] == 200'
# relabel without a label means the suggested one
printf 'id,action,label,suggested\n3,relabel,,9\n4,,,9\n5,drop,,9\n' >agreed.csv
run 0 audit run --apply agreed.csv -o agreed --json --quiet
json 'd["relabelled"] <= 1 and d["dropped"] == 1 and d["relabelled"] + d["kept"] == 2'
printf 'id,action,label,suggested\n3,relabel,,nine\n' >agreed.csv
run 3 audit run --apply agreed.csv -o no
err_has 'no class'
absent no
exists applied/audit.json
run 0 info applied --json
run 0 build applied --pca 8 --states 16 --quiet
run 0 verify applied --quiet
printf '{"id": 3, "action": "drop"}\n{"id": 5, "label": "7"}\n{"id": 8, "action": "keep"}\n' >some.jsonl
run 0 audit run --apply some.jsonl -o some --json --quiet
json 'd["dropped"] == 1 and d["relabelled"] + d["kept"] == 2'

# ---- wrong inputs
run 2 audit run --apply some.jsonl -o applied
err_has 'already holds a run'
run 1 audit run --apply gone.csv -o no
err_has 'gone.csv'
run 2 audit run --about errors --method self-confidence
err_has 'errors'
run 2 audit run --about errors --samples 100000
err_has '100000'
run 0 predict run --split test --json
right=$(python3 -c '
import json
wrong = {e["id"] for e in json.load(open(".out"))["errors"]}
print(min(set(range(200)) - wrong))')
run 2 audit run --about errors --samples "$right"
err_has 'predicted correctly'

# Runs that sgd cannot replay: without checkpoints, with a gap, and trained otherwise.
run 0 train plain --data "$data" --hidden 8 --epochs 2 --optimizer sgd --quiet
run 0 build plain --pca 4 --states 8 --quiet
run 0 audit plain --about errors --method tracin --json
err_has 'by the network as it is'
json 'd["solution"]["checkpoints"] == 0'
run 2 audit plain --method dynamics
err_has 'which dynamics goes by'
run 0 audit run --about errors --method tracin --json
json 'd["solution"]["checkpoints"] == 26'
mv run/checkpoints/epoch-0007.safetensors .
run 1 audit run --about errors --method tracin
err_has 'epoch-0007'
mv epoch-0007.safetensors run/checkpoints
small_run adam --checkpoints
run 0 build adam --pca 8 --states 16 --quiet
run 3 audit adam --about errors --method sgd
err_has 'adam'
run 0 audit adam --about errors --method replay --json # a clip norm, and few batches
json 'd["solution"]["steps"] == 76 and d["solution"]["checkpoints"] == 3'
echo 'id,weight
3,0.5
7,0' >weights.csv
small_run weighed --checkpoints --weights weights.csv
run 0 build weighed --pca 8 --states 16 --quiet
run 0 audit weighed --about errors --method replay --json
run 2 audit plain --about errors --method replay
err_has 'which replay goes back over'
run 2 audit run --method replay
err_has 'use --about errors'

# What would mislead is refused.
run 2 audit run --review suspects.csv
err_has 'not overwritten'
run 0 audit run --about errors --method koh-liang --iterations 2 --json
err_has 'residual'
json 'd["solution"]["residual"] > 0.01 and d["solution"]["curvature"] == "gauss-newton"'
run 0 build some --pca 8 --states 16 --quiet
run 2 audit some --flips flips.csv
err_has 'leaves out 1 sequences'
run 3 audit some --apply suspects.csv -o no
err_has 'another training set'
absent no
run 0 audit run --apply some.jsonl --retrain continue -o went_on --quiet
run 0 build went_on --pca 8 --states 16 --quiet
run 2 audit went_on --folds 2
err_has 'seen every fold'
