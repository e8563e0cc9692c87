# SPDX-License-Identifier: MIT
# verify finds a record and weights that do not belong to the files beside them.
. "$(dirname "$0")/../lib.sh"

small_run r
run 0 build r --states 8 --quiet

# A record that loads, but with which the file cannot have been made.
cp -r r tampered
python3 - tampered/influence.safetensors <<'PY'
import sys
b = open(sys.argv[1], "rb").read()
assert b.count(b'"seed":"1"') == 1
open(sys.argv[1], "wb").write(b.replace(b'"seed":"1"', b'"seed":"2"'))
PY
run 0 verify tampered --quick
run 4 verify tampered
err_has 'rebuild differs'

# Other weights than training gives.
cp -r r retrained
small_run s --seed 9
cp s/model.safetensors retrained/model.safetensors
rm retrained/influence.safetensors
run 4 verify retrained --train
err_has 'training differs'
