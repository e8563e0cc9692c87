# SPDX-License-Identifier: MIT
# repair --level output: the layer alone changes, the certificate is checked by verify, conflicts are
# named.
. "$(dirname "$0")/../lib.sh"

small_run r --epochs 20
run 0 repair r -o n --level output --split test --count 4 --hold 0.001 --json
json 'd["level"] == "output" and d["targets"] == 4 and d["fixed"] == 4 and d["kept"] == 0'
json 'd["solution"]["change"] > 0 and d["solution"]["worst_target"] > 0.099'
json 'abs(d["solution"]["change"] - d["solution"]["bound"]) < 1e-5 * d["solution"]["change"]'
json 'd["retrainings"][0]["strategy"] == "output" and len(d["retrainings"]) == 1'
json 'd["dropped"] == [] and d["conflict"] == []'
exists n/certificate.json
exists n/targets.npz
absent n/repair.png
absent n/trainer.safetensors
run 0 predict r --split train --json
cp .out before.json
run 0 predict n --split train --json
python3 - .out <<'PY' || fail "a training sequence was broken"
import json, sys
was, now = (json.load(open(f)) for f in ("before.json", sys.argv[1]))
assert {e["id"] for e in now["errors"]} <= {e["id"] for e in was["errors"]}
c = json.load(open("n/certificate.json"))
assert c["training"]["broken"] == 0 and c["targets"]["fixed"] == 4
assert c["training"]["held"] == was["count"] - len(was["errors"])
PY
run 0 verify n --quick --json
json '[c["check"] for c in d["checks"]] == ["data", "model", "proof"] and d["ok"]'
run 0 verify n --quick --train
run 0 info n
out_has 'another output layer, by certificate.json'
run 0 info n --json
json 'd["model_epoch"] == 0 and len(d["model_hash"]) == 64 and len(d["certificate_hash"]) == 64'
run 0 build n --states 6 --quiet
run 2 audit n --about errors --method tracin
err_has 'its output layer was repaired, and nothing was trained'
run 0 verify n

# The bits do not depend on the threads.
run 0 repair r -o one --level output --split test --count 4 --hold 0.001 --threads 1 --quiet
cmp one/certificate.json n/certificate.json || fail "the certificate depends on the threads"
cmp one/model.safetensors n/model.safetensors || fail "the model depends on the threads"

# A certificate that was changed; another model.
sed 's/"fixed":4/"fixed":3/' one/certificate.json > c && cp c one/certificate.json
run 4 verify one --quick
err_has 'not the certificate that the run was made with'
cp n/certificate.json one/certificate.json
run 0 verify one --quick
cp r/model.safetensors one/model.safetensors
run 4 verify one --quick
err_has 'the model: content'

# Nothing is trained on; a repair of it is another run.
run 2 train n --resume
err_has 'its output layer was repaired'
run 0 repair n -o again --level output --split test --count 1 --hold 0.001 --quiet
run 0 verify again --quick

# Options that do nothing.
run 2 repair r -o x --level output --strategy direct
run 2 repair r -o x --level output --seeds 1,2
run 2 repair r -o x --level output --max-broken 3
err_has 'max-broken'
run 2 repair r -o x --level output --held 3
err_has 'held'
run 2 repair r -o x --margin 1
err_has 'another level than output'
run 2 repair r --level output
err_has '-o NEWRUN is missing'
absent x

# Cases, of which one contradicts the training set.
python3 - <<'PY'
import random
r = random.Random(1)
def row(c):
    x = [round(r.gauss(1.5 * (-1) ** c, 1), 3) for _ in range(4)]
    return x, "ab"[c]
rows = [row(i % 2) for i in range(120)]
line = lambda x, c: ",".join(map(str, [*x, c])) + "\n"
open("train.csv", "w").writelines(line(*p) for p in rows[:90])
open("test.csv", "w").writelines(line(*p) for p in rows[90:])
open("rows.py", "w").write(repr(rows))
PY
columns='?header=0&frames=1-4&width=2&label=5'
run 0 train two --data "csv:train.csv,test.csv$columns" --hidden 8 --epochs 15 --batch 8 --optimizer adam --quiet
run 0 predict two --split train --json
cp .out two.json
python3 - <<'PY'
import json
rows = eval(open("rows.py").read())
wrong = {e["id"] for e in json.load(open("two.json"))["errors"]}
right = min(i for i in range(90) if i not in wrong)
x, c = rows[right]
other = "ab"[c == "a"]
open("cases.csv", "w").write(",".join(map(str, [*x, other])) + "\n")
print(right, file=open("right", "w"))
PY
run 2 repair two -o x --level output --cases "csv:cases.csv$columns"
err_has "0 is in conflict with training sequences $(cat right)"
absent x
run 2 repair two -o x --level output --cases "csv:cases.csv$columns" --drop-conflicts
err_has "no output layer repairs any of the 1 targets"
absent x
