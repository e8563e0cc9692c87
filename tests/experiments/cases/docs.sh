# SPDX-License-Identifier: MIT
# The pages in docs/experiments are what the program prints.
. "$(dirname "$0")/../../cli/lib.sh"

docs=$here/../../../docs/experiments
for command in list run poison flip; do
    run 0 help --markdown "$command"
    diff "$docs/$command.md" .out >&2 ||
        fail "docs/experiments/$command.md is stale: rnnrepair-experiments help --markdown $command"
done
