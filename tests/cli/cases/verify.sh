# SPDX-License-Identifier: MIT
# verify accepts a sound run and finds each way in which it can differ from what it says.
. "$(dirname "$0")/../lib.sh"

small_run r
run 0 build r --states 8 --quiet
run 0 verify r --json
json 'd["ok"] and [c["check"] for c in d["checks"]] == ["data", "model", "influence", "rebuild"]'
json 'd["differences"] == []'
run 0 verify r --quick --train
out_has 'training'

# An influence file made with other options under the same name: only the record can tell.
cp -r r other
small_run s --seed 9
cp s/model.safetensors other/model.safetensors
run 4 verify other --json
json '"influence" in d["differences"] and not d["ok"]'

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
cp s/model.safetensors retrained/model.safetensors
rm retrained/influence.safetensors
run 4 verify retrained --train
err_has 'training differs'

# The data changed.
run 4 verify r --quick --data 'digits?train=300&test=100&seed=2'
err_has 'data differs'

run 1 verify nowhere
