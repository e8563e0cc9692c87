# SPDX-License-Identifier: MIT
# repair varies series as series, of any length, unless it is asked to take them for images.
. "$(dirname "$0")/../lib.sh"

# Three classes of waves of 2 channels and 10 to 16 steps, with noise that makes some of them hard.
python3 - <<'PY'
import math, random
random.seed(5)
with open("waves.csv", "w") as f:
    f.write("id,split,label,a,b\n")
    for i in range(240):
        kind = i % 3
        split = "test" if i >= 150 else "train"
        at, steps = random.uniform(0, 6), random.randint(10, 16)
        for t in range(steps):
            u = (0.5 + 0.35 * kind) * t + at
            a = math.sin(u) + random.gauss(0, 0.6)
            b = math.cos(u) + random.gauss(0, 0.6)
            f.write(f"{i},{split},{'slow mid fast'.split()[kind]},{a:.5f},{b:.5f}\n")
PY
waves='csv:waves.csv?frames=a,b&sequence=id'
run 0 train r --data "$waves" --hidden 8 --epochs 12 --batch 8 --optimizer adam --learning-rate 0.01 --quiet
run 0 build r --states 8 --quiet
run 0 predict r --json
json '3 < len(d["errors"]) < 60'

run 0 repair r --strategy influence -o n --max-broken 999 --count 6 --variants 60 --keep-samples 5 --epochs 1 --json
cp .out repair.json
json 'd["vary"] == "series" and d["targets"] == 6 and d["kept"] > 0'
json 'd["kept"] == sum(len(t["kept"]) for t in d["per_target"])'
json 'all(0 <= k["variation"]["jitter"] <= 0.2 and 0.8 <= k["variation"]["slice"] <= 1 for t in d["per_target"] for k in t["kept"])'
json 'all(len(k["warp"]) == 4 and max(map(abs, k["warp"])) <= 0.5 for t in d["per_target"] for k in t["kept"])'
exists n/repair.png
exists n/additions.npz
run 0 verify n --train --quiet
run 0 repair r --strategy influence -o again --max-broken 999 --count 6 --variants 60 --keep-samples 5 --epochs 1 --threads 1 --json
python3 - .out <<'PY' || fail "another number of threads gives other samples"
import json, sys
a, b = json.load(open("repair.json")), json.load(open(sys.argv[1]))
assert a["per_target"] == b["per_target"] and a["outcome"] == b["outcome"]
PY
cmp -s n/additions.npz again/additions.npz || fail "the additions differ"

# Every strategy; the ranges; none says nothing of variants.
run 0 repair r -o gradient --max-broken 999 --strategy gradient --count 3 --variants 30 --warp 0 --slice 1 --epochs 1 --json
json 'd["vary"] == "series" and d["kept"] > 0'
json 'all(k["warp"] == [0, 0, 0, 0] and k["variation"]["slice"] == 1 for t in d["per_target"] for k in t["kept"])'
run 0 repair r -o random --max-broken 999 --strategy random --count 3 --variants 10 --jitter 0.5 --amplitude 0 --epochs 1
out_has 'varied as series'
run 0 repair r -o none --max-broken 999 --strategy none --count 3 --epochs 1 --json
json '"vary" not in d'
run 2 repair r -o bad --strategy none --jitter 0.1
err_has '--jitter has no effect beside --strategy none'

# Options of the other kind do nothing, and are refused; series of different lengths are no images.
run 2 repair r -o bad --rotate 5
err_has '--rotate has no effect beside data that are no images (--vary image takes them for such)'
run 2 repair r -o bad --vary image --warp 0.1
err_has '--warp has no effect beside --vary image'
run 3 repair r -o bad --vary image
err_has 'the training set holds sequences of different lengths, which are no images of one size'
absent bad

# The same rows as images, where the data say so or the user does.
run 0 train square --data "digits?train=60&test=40" --hidden 8 --epochs 4 --quiet
run 0 build square --states 4 --quiet
run 0 repair square --strategy influence -o s1 --max-broken 999 --count 2 --variants 20 --epochs 1 --json
json '"vary" not in d'
run 2 repair square -o bad --jitter 0.1
err_has '--jitter has no effect beside images (--vary series takes them for series)'
run 0 repair square -o s2 --max-broken 999 --vary series --strategy random --count 2 --variants 20 --epochs 1 --json
json 'd["vary"] == "series"'
