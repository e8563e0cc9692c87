# SPDX-License-Identifier: MIT
# The same files from every instruction set of the machine, on one thread and on two; a set that does
# not exist or that the machine does not run is refused. Where the program is emulated, RNNREPAIR_HERE
# is this machine's, whose files are the same as well.
. "$(dirname "$0")/../lib.sh"

# Plain vectors are slow: a small run.
data="digits?train=100&test=20"
export RNNREPAIR_ISA=
run 0 train best --data "$data" --hidden 12 --epochs 1
run 0 build best

for isa in plain avx2 avx512; do
    export RNNREPAIR_ISA=$isa
    if ! "$RNNREPAIR" info best >"$work/.out" 2>"$work/.err"; then
        grep -q "does not run $isa" "$work/.err" || fail "$isa: neither run nor refused"
        continue
    fi
    for threads in 1 2; do
        run 0 train $isa-$threads --data "$data" --hidden 12 --epochs 1 --threads $threads
        run 0 build $isa-$threads --threads $threads
        for file in model.safetensors influence.safetensors; do
            cmp -s best/$file $isa-$threads/$file || fail "$file of $isa, $threads threads differs"
        done
    done
done

export RNNREPAIR_ISA=
learn() { # RUN CELL OPTIMIZER
    run 0 train "$1" --data "$data" --cell "$2" --layers 2 --hidden 12 --epochs 2 --optimizer "$3"
    run 0 build "$1" --states 5
}
if emulated; then
    while read -r cell optimizer; do
        learn $cell $cell $optimizer
        (RNNREPAIR=$RNNREPAIR_HERE && trap - EXIT && learn here-$cell $cell $optimizer) || exit 1
        for file in model.safetensors trainer.safetensors influence.safetensors; do
            cmp -s $cell/$file here-$cell/$file || fail "$file of $cell differs from this machine's"
        done
    done <<'END'
lstm adam
gru rmsprop
tanh sgd
END
fi

RNNREPAIR_ISA=sse9 run 2 info best
err_has "RNNREPAIR_ISA: there is no instruction set 'sse9'"
