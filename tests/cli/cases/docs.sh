# SPDX-License-Identifier: MIT
# The pages in docs/cli are what the program prints.
. "$(dirname "$0")/../lib.sh"

docs=$here/../../../docs/cli
for verb in demo fetch train predict build explain localize repair backdoor audit verify info; do
    run 0 help --markdown "$verb"
    diff "$docs/$verb.md" .out >&2 ||
        fail "docs/cli/$verb.md is stale: rnnrepair help --markdown $verb > docs/cli/$verb.md"
done
