# SPDX-License-Identifier: MIT
# Every command has a page, as has the program; unknown words get a hint.
. "$(dirname "$0")/../../cli/lib.sh"

run 0 --help
for word in list run poison flip 'Exit status' 130; do
    out_has "$word"
done
run 0 --version
out_has 'rnnrepair-experiments '
for command in list run poison flip; do
    run 0 "$command" --help
    out_has "Usage: rnnrepair-experiments $command"
    cp "$work/.out" page
    run 0 help "$command"
    same page .out
done

run 2
err_has 'rnnrepair-experiments: no command given'
run 2 rnu
err_has 'did you mean run?'
run 2 train
err_has 'unknown command train'
