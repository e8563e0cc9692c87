# SPDX-License-Identifier: MIT
# A new run is not mixed with other files, and a failed command removes the folders it created.
. "$(dirname "$0")/../lib.sh"

mkdir mine
echo mine >mine/thesis.txt
run 2 train mine --data "$data" --hidden 4 --epochs 1
err_has 'mine: holds files that do not belong to a run'
err_has 'thesis.txt'
[ "$(ls mine)" = thesis.txt ] || fail "something was written beside it"

small_run r
run 0 build r --states 6 --quiet
run 2 repair r -o mine --count 1
err_has 'thesis.txt'
run 2 repair r -o mine --count 1 --seeds 1,2
run 2 train r --data "$data" --hidden 4 --epochs 1
err_has 'already holds a run'

# What an interrupted command left is no hindrance, nor is an empty folder.
mkdir left
echo half >left/model.safetensors.tmp.12.3
echo old >left/vocabulary.txt
small_run left
mkdir empty
echo >empty/.keep
run 0 train empty --data "$data" --hidden 4 --epochs 1 --quiet

run 2 repair r -o new/er/est --count 1 --samples 100000
absent new
mkdir new
run 2 repair r -o new/er/est --count 1 --samples 100000
exists new
absent new/er

run 1 explain r --picture nowhere/a.png
err_has 'nowhere/a.png: cannot be written'
[ -s "$work/.out" ] && fail "the path was checked after the work"

# Errors and notes that say what helps.
python3 - <<'PY'
import struct, zipfile
def npy(descr, shape, data):
    h = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (descr, shape)
    h += " " * (-(10 + len(h) + 1) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(h)) + h.encode() + data
def save(name, x):
    with zipfile.ZipFile(name, "w") as z:
        z.writestr("x.npy", npy("<f8", (4, 2, 2), struct.pack("<16d", *x)))
        z.writestr("y.npy", npy("<i8", (4,), struct.pack("<4q", 0, 0, 0, 0)))
save("one.npz", [0.5] * 16)
save("huge.npz", [0.5] * 7 + [1e300] + [0.5] * 8)
PY
run 0 train one --data npz:one.npz --hidden 4 --epochs 1
err_has 'only one class'
err_has 'no test split'
run 2 predict one
err_has 'no test split; they have train'
run 3 train huge --data npz:huge.npz --hidden 4 --epochs 1
err_has 'row 1, step 1, column 1 of x is inf: no finite number of 32 bits'
absent huge
run 0 verify r --quick
long=$(printf '/x%.0s' $(seq 3000))
TMPDIR=$long "$RNNREPAIR" info r >.out 2>.err && fail "a TMPDIR without end"
err_has 'TMPDIR: the name of the folder for scratch files has 6000 bytes'
small_run bare
run 0 verify bare
err_has 'no influence model'
