# SPDX-License-Identifier: MIT
# The demo never touches a folder that it did not create.
. "$(dirname "$0")/../lib.sh"

mkdir mine
echo keep >mine/file
run 2 demo mine
err_has 'not created by the demo'
[ "$(cat mine/file)" = keep ] || fail "the folder was touched"
: >file
run 1 demo file/sub

# The runs of an earlier demo are removed, and nothing else; an interrupted one can be started over.
mkdir -p earlier/repaired/seed-4 earlier/control
touch earlier/.rnnrepair-demo earlier/repaired/seed-4/repair.png earlier/control/run.json earlier/notes
run_until 130 INT 'exists("earlier/run/model.safetensors")' demo earlier
err_has 'interrupted'
absent earlier/repaired
absent earlier/control
exists earlier/notes
