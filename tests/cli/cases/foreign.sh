# SPDX-License-Identifier: MIT
# Other data than the run's: classes by their names, words by the run's vocabulary, labels or none,
# from a file or a pipe; and classes in what is printed are named, without what steers a terminal.
. "$(dirname "$0")/../lib.sh"

python3 - <<'PY' || exit 99
import random
random.seed(3)
words = {"walk\033[2J": "slow far path", "run": "fast near track", "a very long name of a class": "none idle seat"}
with open("d.csv", "w") as f:
    print("text,label,split", file=f)
    for i in range(90):
        name = list(words)[i % 3]
        text = random.choices(words[name].split(), k=4) + ["the"]
        random.shuffle(text)
        print(" ".join(text), name, "train" if i < 60 else "test", sep=",", file=f)
with open("new.csv", "w") as f:
    print("text,label", file=f)
    print("the fast track,run\nslow zebra far,walk\033[2J\nslow path,run", file=f)
with open("bare.csv", "w") as f:
    print("text\nthe fast track\nzebra", file=f)
PY
run 0 train r --data csv:d.csv --hidden 12 --width 8 --epochs 25 --batch 10 --optimizer adam \
    --learning-rate 0.02 --quiet
run 0 build r --states 5 --quiet

# harmless: nothing on stdout or stderr steers a terminal.
harmless() {
    if grep -q "$(printf '\033')" .out .err; then fail "an escape sequence was printed"; fi
}

run 0 predict r
harmless
out_has 'walk?[2J'
out_has 'a very l..'
run 0 predict r --json
json 'd["labelled"] and d["data"] is None and d["accuracy"] == 1'
json 'd["class_names"] == ["a very long name of a class", "run", "walk\033[2J"]'
run 0 info r
harmless
out_has 'classes    a very long name of a class, run, walk?[2J'
run 0 info r --json
json 'd["network"]["class_names"][1] == "run"'

# By name: of these classes only two occur, and "run" is the first of them.
run 0 predict r --foreign --data csv:new.csv -o p.csv
err_has 'csv:new.csv has no test split: its train split is taken'
harmless
out_has 'accuracy  0.6667  (2 of 3 correct, 1 errors)'
[ "$(cut -d, -f1-3 p.csv | tr -d '\033' | tr '\n' ' ')" = \
    'id,label,prediction 0,run,run 1,walk[2J,walk[2J 2,run,walk[2J ' ] || fail "p.csv: $(cat -v p.csv)"
run 0 predict r --foreign --data csv:new.csv --json
json 'd["data"] == "csv:new.csv" and d["split"] == "train"'
json '[(e["id"], e["truth"], e["truth_name"], e["prediction"]) for e in d["errors"]] == [(2, 1, "run", 2)]'
run 0 predict r --foreign --data csv:new.csv --tsv
harmless
[ "$(cut -f1,2,5,6 .out | tail -1)" = "$(printf '2\t4\trun\twalk?[2J')" ] || fail "--tsv has no names"
run 2 predict r --foreign --data csv:new.csv --split test
err_has 'no test split; it has train'
run 2 predict r --foreign
err_has '--foreign needs --data'
printf 'text,label\nfast,jump\n' >odd.csv
run 3 predict r --foreign --data csv:odd.csv
err_has 'label "jump" is no class of the network; the data have jump, the network a very long name'
harmless

# Errors of other data, one of them explained, and their suspect words.
run 0 explain r --foreign --data csv:new.csv
err_has 'explaining sample 2, the first error of the other data'
out_has 'sample 2 of csv:new.csv: truth run, predicted walk?[2J'
harmless
run 0 explain r --foreign --data csv:new.csv --sample 1 --json
json 'd["sample"] == 1 and d["truth_name"] == d["prediction_name"] == "walk\033[2J"'
json 'not d["steps"][1]["known"] and d["steps"][1]["token"] == "zebra"'
json 'd["proponents"] and all(p["score"] > 0 and p["label_name"] for p in d["proponents"])'
run 0 explain r --foreign --data csv:new.csv --training 2 --json
json 'd["errors"] == 1 and d["label_name"] == "a very long name of a class"'
run 0 localize r --foreign --data csv:new.csv --json
json '[(e["id"], e["truth_name"]) for e in d["errors"]] == [(2, "run")]'
run 2 explain r --text fast --foreign --data csv:new.csv

# The other data are not written over.
cp new.csv kept.csv
run 2 predict r --foreign --data csv:new.csv -o new.csv
same new.csv kept.csv

# Without labels: what needs the truth is left out. A pipe is read once.
run 0 predict r --foreign --data csv:bare.csv -o p.csv
out_has '2 predictions; there are no labels to compare them with'
[ "$(sed -n 2p p.csv | cut -d, -f1-3)" = '0,,run' ] || fail "p.csv: $(cat -v p.csv)"
run 0 predict r --foreign --data csv:bare.csv --json -o steps.npz
json 'not d["labelled"] and d["accuracy"] is None and d["confusion"] is None and d["errors"] == []'
json '[p["id"] for p in d["predictions"]] == [0, 1] and d["predictions"][0]["prediction_name"] == "run"'
unzip -l steps.npz | grep -q label && fail "labels that do not exist were written"
cp .out doc
cat bare.csv | "$RNNREPAIR" predict r --foreign --data csv:/dev/stdin --tsv >.out 2>.err || fail pipe
[ "$(sed -n 2p .out | cut -f1,2,5)" = "$(printf '0\t2\trun')" ] || fail "of a pipe"
run 2 explain r --foreign --data csv:bare.csv
err_has 'no labels'
run 0 explain r --foreign --data csv:bare.csv --sample 0
out_has 'truth unknown, predicted run'
run 0 explain r --foreign --data csv:bare.csv --sample 1
out_has 'No training sequence shares a (state, input) pair with it.'
run 0 explain r --text zebra --json
json 'd["proponents"] == [] and d["count_prediction"] == 0 and d["truth_name"] is None'
run 0 localize r --foreign --data csv:bare.csv --json
err_has 'the other data have no labels'
json 'not d["labelled"] and d["rule"] == "rare" and [e["truth"] for e in d["errors"]] == [None, None]'
run 2 localize r --foreign --data csv:bare.csv --rule flip
run 2 localize r --foreign --data csv:bare.csv --truth-class run

# Cases are inputs with their right labels; --data is free for the run's own data.
run 0 localize r --cases csv:new.csv --data csv:d.csv --json
json 'd["data"] == "csv:new.csv" and [(e["id"], e["truth_name"]) for e in d["errors"]] == [(2, "run")]'
cp .out cases
run 0 localize r --foreign --data csv:new.csv --json
same cases .out
run 0 explain r --cases csv:new.csv
out_has 'sample 2 of csv:new.csv: truth run, predicted walk?[2J'
run 0 audit r --about errors --cases csv:new.csv --json
json 'd["data"] == "csv:new.csv" and d["errors"] == 1 and d["ranking"][0]["errors"] == [2]'
run 0 audit r --about errors --method koh-liang --cases csv:new.csv --samples 2 --json
json 'd["errors"] == 1'
run 2 audit r --about errors --cases csv:new.csv --samples 0
err_has 'no error, it is predicted correctly'
run 2 explain r --cases csv:bare.csv
run 2 localize r --cases csv:bare.csv
err_has 'csv:bare.csv: its inputs have no labels'
err_has '--foreign --data SPEC looks at inputs without'
run 2 audit r --about errors --cases csv:bare.csv
err_has 'cases are inputs with their right labels'
run 2 localize r --cases csv:new.csv --foreign --data csv:new.csv
err_has '--foreign'
run 2 localize r --cases csv:new.csv --states new.npz
run 1 localize r --cases csv:none.csv
err_has 'none.csv'
