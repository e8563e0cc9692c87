# SPDX-License-Identifier: MIT
# The demo never touches a folder it did not make.
. "$(dirname "$0")/../lib.sh"

mkdir mine
echo keep >mine/file
run 2 demo mine
err_has 'no demo made it'
[ "$(cat mine/file)" = keep ] || fail "the folder was touched"
: >file
run 1 demo file/sub

# What an earlier demo made goes, and nothing else; an interrupted one can be begun anew.
mkdir -p earlier/repaired/seed-4 earlier/control
touch earlier/.rnnrepair-demo earlier/repaired/seed-4/repair.png earlier/control/run.json earlier/notes
run_until 130 INT 'exists("earlier/run/model.safetensors")' demo earlier
err_has 'interrupted'
absent earlier/repaired
absent earlier/control
exists earlier/notes
