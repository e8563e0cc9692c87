# SPDX-License-Identifier: MIT
# Wrong labels sampled by flip, or decided in a file, reach the training set of a run and of its
# repairs; wrong files are refused before anything is written.
. "$(dirname "$0")/../lib.sh"

# flip: how many, which, and the same again.
experiment 0 flip --data "$data" --fraction 0.1 -o noise.csv --json
json 'd["count"] == 30 and d["sequences"] == 300 and len(d["training_ids"]) == 30'
json 'sum(p["count"] for p in d["pairs"]) == 30 and all(p["from"] != p["to"] for p in d["pairs"])'
json '"--labels" in d["command"] and "noise.csv" in d["command"]'
[ "$(wc -l <noise.csv)" -eq 31 ] || fail "noise.csv has not 30 rows"
head -1 noise.csv | grep -qx 'id,action,label,truth' || fail "noise.csv has another header"
experiment 0 flip --data "$data" --fraction 0.1 -o again.csv --seed 1
out_has '30 of 300 training sequences get a wrong label'
out_has "rnnrepair train RUN --data 'digits?train=300&test=100' --labels 'again.csv'"
same noise.csv again.csv
experiment 0 flip --data "$data" --fraction 0.1 -o other.csv --seed 2
cmp -s noise.csv other.csv && fail "two seeds sample the same"
experiment 0 flip --data "$data" --from 3 --to 8 --fraction 1 -o three.csv --json
json 'd["count"] == 30 and d["pairs"] == [{"from": "3", "to": "8", "count": 30}]'
experiment 0 flip --data "$data" --from 3 -o "it's.csv" --fraction 0.5
out_has "--labels 'it'\\''s.csv'"

# The printed command line trains, and everything after it sees the labels.
small_run r --labels noise.csv --checkpoints
run 0 build r --states 6 --quiet
run 0 info r
out_has 'labels   changed for 30 sequences of train'
out_has 'states   3 kept, of epochs 0 to 2'
run 0 info r --json
json 'd["data"]["relabelled"] == 30 and d["data"]["removed"] == 0 and d["checkpoints"] == 3'
run 0 verify r --train --quiet --json
json 'd["ok"] and len(d["checks"]) == 5'
run 0 predict r --split train --json --quiet
small_run plain
cmp -s plain/model.safetensors r/model.safetensors && fail "the labels made no difference"
run 0 info plain --json
json 'd["data"]["relabelled"] == 0 and d["checkpoints"] == 0'
absent plain/checkpoints

# Checkpoints continue with the run; the last is the state that resuming begins with.
run 0 train r --resume --epochs 3 --quiet
exists r/checkpoints/epoch-0003.safetensors
same r/checkpoints/epoch-0003.safetensors r/trainer.safetensors
run 2 train r --resume --labels noise.csv
err_has '--labels cannot be given with --resume'
run 2 train r --resume --checkpoints
err_has '--checkpoints cannot be given with --resume'

# Decisions as JSON: one relabelled, one that has this label already, one dropped, one kept.
experiment 0 flip --data "$data" --fraction 1 -o all.csv
label=$(awk -F, '$1 == 7 { print $4 }' all.csv)
other=$(((label + 1) % 10))
printf '{"id": 7, "label": "%s"}\n{"id": 9, "action": "drop"}\n{"id": 11, "action": "keep"}\n' \
    "$other" >decisions.jsonl
run 0 train d --data "$data" --hidden 8 --epochs 1 --labels decisions.jsonl
err_has '1 training sequences have other labels, 1 are left out'
err_has '299 training sequences'
run 0 info d --json
json 'd["data"]["relabelled"] == 1 and d["data"]["removed"] == 1'
printf 'id,label\n7,%s\n' "$label" >idle.csv
run 0 train idle --data "$data" --hidden 8 --epochs 1 --labels idle.csv --quiet
run 0 info idle --json
json 'd["data"]["relabelled"] == 0'

# A repaired run keeps its parent's labels, and no checkpoints.
small_run p --labels noise.csv --checkpoints --epochs 6
run 0 build p --states 6 --quiet
run 0 repair p --strategy influence -o child --max-broken 999 --count 2 --variants 40 --epochs 1 --quiet
run 0 info child --json
json 'd["data"]["relabelled"] == 30 and d["checkpoints"] == 0'
absent child/checkpoints
run 0 build child --states 6 --quiet
run 0 verify child --train --quiet

# Some digits alone: classes are named by what they were.
experiment 0 flip --data 'digits?train=300&test=100&only=3|8' --from 3 --to 8 --fraction 0.2 -o two.csv --json
json 'd["sequences"] == 60 and d["pairs"] == [{"from": "3", "to": "8", "count": 6}]'
run 0 train two --data 'digits?train=300&test=100&only=3|8' --labels two.csv --hidden 8 --epochs 1 \
    --quiet
run 0 info two --json
json 'd["network"]["classes"] == 2 and d["data"]["relabelled"] == 6'

awk 'BEGIN { print "id,action"; for (i = 0; i < 300; i++) print i ",drop" }' >drop.csv
run 2 train bad --data "$data" --hidden 8 --epochs 1 --labels drop.csv
err_has 'every training sequence would be left out'
absent bad
experiment 2 flip --data "$data" -o x.csv --fraction 0
experiment 2 flip --data "$data" -o x.csv --fraction 0.001
err_has 'nothing to flip'
experiment 2 flip --data "$data" -o x.csv --from 3 --to 3
experiment 2 flip --data "$data" -o x.csv --to eleven
err_has '--to: there is no class "eleven"'
experiment 1 flip --data "$data" -o nowhere/x.csv
absent x.csv
