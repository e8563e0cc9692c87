# SPDX-License-Identifier: MIT
# The pages in docs/cli are what the program prints, and --help prints the same as help.
. "$(dirname "$0")/../lib.sh"

docs=$here/../../../docs/cli
for command in demo fetch train predict build trust states explain localize repair compare backdoor \
    audit verify info report serve; do
    run 0 "$command" --help
    out_has "Usage: rnnrepair $command"
    cp .out page
    run 0 help "$command"
    same page .out
    run 0 help --markdown "$command"
    diff "$docs/$command.md" .out >&2 ||
        fail "docs/cli/$command.md is stale: rnnrepair help --markdown $command > docs/cli/$command.md"
done
