# SPDX-License-Identifier: MIT
# No command writes over what it reads; a run is written by one command at a time; a diverged
# training can be begun anew.
. "$(dirname "$0")/../lib.sh"
. "$here/../odd_words.sh"

cp text.jsonl kept
ln text.jsonl hard.csv
ln -s text.jsonl soft.npz

# kept ARGS...: the command refuses, and the data are what they were.
kept() {
    run 2 "$@"
    err_has 'write elsewhere'
    same text.jsonl kept
}
kept predict t -o hard.csv
err_has "hard.csv is the run's data, $work/text.jsonl"
kept predict t -o ./soft.npz
kept repair t --export text.jsonl
kept repair t -o new --export ./text.jsonl
absent new
kept predict t --foreign --data jsonl:kept -o hard.csv
ln kept other.csv
kept predict t --foreign --data jsonl:kept -o other.csv
err_has 'other.csv is read as data, kept'
echo 'id,label,given' >flips.csv
cp flips.csv kept.csv
run 2 audit t --flips flips.csv --review flips.csv
err_has 'flips.csv is the file of --flips'
same flips.csv kept.csv
if [ -n "${RNNREPAIR_EXPERIMENTS-}" ]; then
    cp text.jsonl words.vec
    for command in "flip --data jsonl:text.jsonl -o hard.csv" \
        "poison --data jsonl:text.jsonl --trigger x --target 0 --count 1 -o text.jsonl" \
        "poison --data jsonl:text.jsonl --vectors words.vec --trigger x --target 0 -o words.vec"; do
        # shellcheck disable=SC2086
        experiment 2 $command
        err_has 'write elsewhere'
        same text.jsonl kept
        same words.vec kept
    done
fi
run 0 predict t -o new.csv
run 0 predict t -o new.csv

# A pipe stays a pipe: its reader gets what a file would hold.
mkfifo pipe.csv pipe.npz
cat pipe.csv >piped &
run 0 predict t -o pipe.csv
wait $!
same new.csv piped
run 1 predict t -o pipe.npz
err_has 'pipe.npz is a pipe or a device, where a file would replace it: name a file'

# The second writer is told who the first is; readers go on.
"$RNNREPAIR" train long --data "$data" --hidden 8 --epochs 1000000 --quiet >/dev/null 2>&1 &
first=$!
while [ ! -e long/trainer.safetensors ]; do
    kill -0 $first || fail "the first training has ended"
done
run 1 train long --data "$data" --hidden 8 --epochs 1
err_has "long: is being written by process $first on "
err_has 'train long --data'
run 1 train long --resume --epochs 2000000
err_has "process $first"
run 1 build long
run 0 predict long
run 0 info long
kill -TERM $first
wait $first
[ $? -eq 130 ] || fail "the training did not end by the signal"
absent long/lock
run 0 build long --states 4 --quiet

# What a killed command left is no hindrance.
run_until 137 KILL 'exists("cut/trainer.safetensors")' \
    train cut --data "$data" --hidden 8 --epochs 1000000
exists cut/lock
run 0 build cut --states 4 --quiet
absent cut/lock

# A rate that diverges leaves nothing, so that another can be tried.
run 3 train wild --data "$data" --hidden 4 --learning-rate 1e38 --quiet
err_has 'nothing was kept of wild: begin anew'
absent wild
run 0 train wild --data "$data" --hidden 4 --epochs 1 --quiet
