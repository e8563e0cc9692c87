# SPDX-License-Identifier: MIT
# Every command has a page; the tool has one; unknown words get a hint. Status 2 for what cannot be.
. "$(dirname "$0")/../lib.sh"

run 0 --help
for word in demo fetch train predict build explain repair verify info 'Exit status' 130; do
    out_has "$word"
done
run 0 --version
out_has 'rnnrepair '
run 0 help
run 0 -h

for command in demo fetch train predict build explain repair verify info; do
    run 0 "$command" --help
    out_has "Usage: rnnrepair $command"
    out_has '--json'
    out_has '--threads'
    out_has 'Exit status'
    cp "$work/.out" page
    run 0 help "$command"
    same page .out
done

run 2
err_has 'no command given'
run 2 trian
err_has 'did you mean train?'
run 2 xyzzy
err_has 'unknown command xyzzy'
run 2 help xyzzy
