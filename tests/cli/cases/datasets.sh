# SPDX-License-Identifier: MIT
# The commands of docs/DATASETS.md run as they stand there, on 200 sequences and for one epoch.
. "$(dirname "$0")/../lib.sh"

page="$here/../../../docs/DATASETS.md"
[ -d "${RNNREPAIR_DATA:-}/timeseries" ] || {
    echo "no datasets under RNNREPAIR_DATA: the commands of docs/DATASETS.md are not run"
    exit 77
}
sed -n 's/^    rnnrepair //p' "$page" |
    sed -e 's/--epochs [0-9]*/--epochs 1/' -e 's/\(--data "[^"]*?[^"]*\)"/\1\&limit=200"/' \
        -e 's/\(--data "[^"?]*\)"/\1?limit=200"/' >commands
[ "$(grep -c '^train' commands)" -ge 8 ] || fail "docs/DATASETS.md lacks a set"
[ "$(grep -c 'limit=200' commands)" -ge "$(grep -c '^train' commands)" ] || fail "no limit"
while read -r command; do
    eval "set -- $command"
    [ "$1" != explain ] || set -- "$1" "$2" --sample 0
    run 0 "$@" -q
    [ "$1" != explain ] || out_has 'sample 0 of test'
done <commands
