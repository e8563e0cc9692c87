# SPDX-License-Identifier: MIT
# Loss weights of single training sequences: recorded with the run, in every later training.
. "$(dirname "$0")/../lib.sh"

printf 'id,weight\n7,0\n9,0\n11,3.5\n' >weights.csv
run 0 train r --data "$data" --hidden 8 --epochs 2 --weights weights.csv
err_has 'weights.csv: the losses of 3 training sequences have other weights, 2 of them 0'
exists r/weights.npz
run 0 info r
out_has 'weights  of the losses of 3 sequences of train, which is 0 for 2'
run 0 info r --json
json 'd["data"]["weights"]["sequences"] == 3 and d["data"]["weights"]["zeros"] == 2'
run 0 build r --states 6 --quiet
run 0 verify r --train --quiet --json
json 'd["ok"] and len(d["checks"]) == 5'
run 0 train plain --data "$data" --hidden 8 --epochs 2 --quiet
absent plain/weights.npz
cmp -s plain/model.safetensors r/model.safetensors && fail "the weights made no difference"
run 0 info plain --json
json '"weights" not in d["data"]'

# Checkpoints of such a training are read with its weights; folds would be trained without them.
run 0 train c --data "$data" --hidden 8 --epochs 2 --weights weights.csv --checkpoints --quiet
same c/model.safetensors r/model.safetensors
run 0 build c --states 6 --quiet
run 0 audit c --method tracin --top 3 --quiet
run 0 audit c --method dynamics --top 3 --json
json 'd["flagged"] > 0 and len(d["ranking"]) == 3'
run 2 audit c --folds 2 --quiet
err_has '--folds: c was trained with loss weights'

# Weights of 1 are no weights: the same run, byte for byte in what it was trained to.
printf '{"id": 3, "weight": 1}\n' >ones.jsonl
run 0 train ones --data "$data" --hidden 8 --epochs 2 --weights ones.jsonl --quiet
same ones/model.safetensors plain/model.safetensors
same ones/trainer.safetensors plain/trainer.safetensors
absent ones/weights.npz

# A child has its parent's.
run 0 repair r --strategy influence -o child --count 2 --variants 20 --epochs 1 --quiet
run 0 info child --json
json 'd["data"]["weights"]["sequences"] == 3'
run 0 verify child --train --quiet

# Resumed, the run keeps them.
run 0 train r --resume --epochs 3 --quiet
run 0 build r --states 6 --quiet
run 0 verify r --train --quiet
run 2 train r --resume --weights weights.csv
err_has '--weights cannot be given with --resume'

# Wrong files leave no run.
wrong() {
    printf "$1" >wrong.csv
    run "$2" train w --data "$data" --hidden 8 --epochs 1 --weights wrong.csv
    err_has "$3"
    absent w
}
wrong 'id,weight\n300,1\n' 3 'wrong.csv, line 2: there is no sequence 300; there are N = 300'
wrong 'id,weight\n3,-1\n' 3 'line 2: the weight -1 is no number of at least 0'
wrong 'id,weight\n3,1\n3,2\n' 3 'line 3: sequence 3 comes twice, first on line 2'
wrong 'id,value\n3,1\n' 3 'weight'
mkfifo pipe.csv
cat weights.csv >pipe.csv &
run 1 train w --data "$data" --weights pipe.csv
err_has 'it is read twice'
kill $! 2>/dev/null
run 1 train w --data "$data" --weights missing.csv
absent w

# Class weights are those of the sequences of a class, times their own; the run keeps them.
python3 - <<'PY'
import json, subprocess, os
n = 300
labels = json.loads(subprocess.run([os.environ["RNNREPAIR"], "predict", "plain", "--split", "train", "--json"], capture_output=True, text=True, check=True).stdout)
m = labels["confusion"]
open("counts.json", "w").write(json.dumps([sum(row) for row in m]))
PY
run 0 train c1 --data "$data" --hidden 8 --epochs 2 --class-weights '3=2.5,7=0' --weights weights.csv --quiet
run 0 info c1
out_has 'classes  weigh 0 1, 1 1, 2 1, 3 2.5,'
run 0 info c1 --json
json 'd["data"]["class_weights"] == [1, 1, 1, 2.5, 1, 1, 1, 0, 1, 1] and d["data"]["weights"]["zeros"] == 2'
run 0 predict plain --split train -o train.csv --quiet
python3 - <<'PY'
import csv
own = {int(r["id"]): float(r["weight"]) for r in csv.DictReader(open("weights.csv"))}
of = {"3": 2.5, "7": 0.0}
with open("product.csv", "w") as f:
    f.write("id,weight\n")
    for r in csv.DictReader(open("train.csv")):
        f.write(f"{r['id']},{own.get(int(r['id']), 1.0) * of.get(r['label'], 1.0)}\n")
PY
run 0 train c2 --data "$data" --hidden 8 --epochs 2 --weights product.csv --quiet
same c1/model.safetensors c2/model.safetensors
cmp -s c1/model.safetensors r/model.safetensors && fail "the class weights made no difference"
run 0 build c1 --states 6 --quiet
run 0 verify c1 --train --quiet
run 0 train c1 --resume --epochs 3 --quiet
run 0 build c1 --states 6 --quiet
run 0 verify c1 --train --quiet
# A retraining takes them, by the labels as they are then.
printf 'id,label\n0,3\n1,7\n2,7\n' >other.csv
run 0 audit c1 --apply other.csv -o c3 --retrain scratch --quiet
run 0 info c3 --json
json 'd["data"]["class_weights"][3] == 2.5'
run 0 train c4 --data "$data" --hidden 8 --epochs 3 --class-weights '3=2.5,7=0' --weights weights.csv --labels other.csv --quiet
same c3/model.safetensors c4/model.safetensors
run 2 audit c1 --folds 2 --quiet
err_has 'was trained with loss weights'

# Balanced is N / (C n_c); of equal classes none.
run 0 train b --data "$data" --hidden 8 --epochs 1 --class-weights balanced --quiet
run 0 info b --json
json 'all(abs(w - 300 / (10 * n)) < 1e-5 for w, n in zip(d["data"].get("class_weights", [1] * 10), json.load(open("counts.json"))))'
printf 'class,weight\n3,2.5\n7,0\n' >classes.csv
run 0 train c5 --data "$data" --hidden 8 --epochs 2 --class-weights classes.csv --weights weights.csv --quiet
same c5/model.safetensors c2/model.safetensors
wrong_classes() {
    run "$3" train w --data "$data" --hidden 8 --epochs 1 --class-weights "$1"
    err_has "$2"
    absent w
}
wrong_classes balansed 'expected none, balanced, NAME=WEIGHT,... or the name of a CSV file' 2
wrong_classes 3=2,3=1 'class 3 comes twice' 2
wrong_classes 3=-1 'the weight "-1" of class 3 is no number of at least 0' 2
wrong_classes x=2 'there is no class "x"' 2
wrong_classes 3=2,4 '"4" is no NAME=WEIGHT' 2
