#!/bin/bash
# SPDX-License-Identifier: MIT
# prepare.sh PROGRAM FOLDER [LIBRARY] - train the runs that the walks go through, each under FOLDER: on
# real data where RNNREPAIR_DATA (default ../shared/data) has them, and small ones at the edges of what a
# page may be given. LIBRARY is librnnrepair.so, for the run on the states of a PyTorch network.
# What is there already is kept.
set -eu
program=$(realpath "$1")
mkdir -p "$2"
library=${3:+$(realpath "$3")}
root=$(realpath "$(dirname "$0")/../..")
data=$(realpath -m "${RNNREPAIR_DATA:-$root/../shared/data}")
vectors=$data/wordvec/reviews-300d.vec.gz
cd "$2"

for python in python3 /usr/bin/python3; do
    "$python" -c 'import numpy, torch' 2>/dev/null && break
done

# run NAME BUILD-OPTIONS TRAIN-OPTIONS...: train and build, unless it is there. BUILD-OPTIONS "-": no
# influence model.
run() {
    local name=$1 build=$2
    shift 2
    [ ! -e "$name" ] || return 0
    rm -rf "$name.part"
    "$program" train "$name.part" --seed 1 --quiet "$@" >"$name.log" 2>&1 || { cat "$name.log" >&2; exit 1; }
    if [ "$build" != - ]; then
        # shellcheck disable=SC2086
        "$program" build "$name.part" --quiet $build >>"$name.log" 2>&1 || { cat "$name.log" >&2; exit 1; }
    fi
    mv "$name.part" "$name"
}

images() {
    [ -d "$data/mnist" ] || return 0
    run mnist "--states 40" --data "mnist:$data/mnist" --epochs 2
    [ -e mnist-repaired ] ||
        "$program" repair mnist -o mnist-repaired --count 50 --controls no --quiet >mnist-repaired.log
}

text() {
    [ ! -d "$data/sst" ] ||
        run sst "--states 30" --data "sst:$data/sst" --vectors "$vectors" --hidden 64 --epochs 4 --batch 64 \
            --optimizer adam --dropout 0.5
    [ ! -d "$data/pos" ] ||
        run tagger "--states 30" --data "conllu:$data/pos?limit=3000" --vectors "$vectors" --embedding trained \
            --optimizer adam --batch 32 --epochs 2 --dropout 0.3
}

series() {
    [ -d "$data/timeseries" ] && [ -n "$library" ] || return 0
    local vowels=$data/timeseries/JapaneseVowels
    run vowels "" --data "ts:${vowels}_TRAIN.ts.gz,${vowels}_TEST.ts.gz?scale=standard" --hidden 64 --epochs 12 \
        --optimizer adam --batch 16 --learning-rate 0.002
    [ ! -e foreign ] || return 0
    RNNREPAIR_LIBRARY=$library PYTHONPATH=$root/python "$python" "$root/web/walk/foreign.py" vowels foreign.npz
    "$program" build foreign --states foreign.npz --quiet >foreign.log
    "$program" build foreign --states 15 --quiet >foreign.log
}

edges() {
    [ -e odd ] || "$python" "$root/web/walk/odd.py" odd
    run no-influence - --data "digits?train=300&test=100" --hidden 16 --epochs 2
    run two "--pca 1 --states 2" --data "npz:odd/two.npz" --hidden 8 --epochs 2
    run no-test "--states 5" --data "npz:odd/no-test.npz" --hidden 8 --epochs 2
    run many-classes "--states 20" --data "npz:odd/many-classes.npz" --hidden 16 --epochs 1
    run long "--states 10" --data "npz:odd/long.npz" --hidden 8 --epochs 1
    run hostile "--states 8" --data "csv:odd/hostile.csv" --hidden 16 --epochs 20 --optimizer adam
}

# The images take as long as all others.
images &
others=$!
text
series
edges
wait "$others"
