# SPDX-License-Identifier: MIT
# What stderr adds: stray labels are remarked on, moved data lead to --data, and a progress bar keeps
# to the width of its terminal.
. "$(dirname "$0")/../lib.sh"

python3 - <<'PY' || exit 99
import struct, os
for folder, stray in (("plain", 9), ("stray", 255)):
    os.mkdir(folder)
    for part, n in (("train", 20), ("t10k", 10)):
        labels = bytearray(i % 10 for i in range(n))
        labels[-1] = stray
        open(f"{folder}/{part}-labels-idx1-ubyte", "wb").write(struct.pack(">II", 0x801, n) + labels)
        pixels = bytes(i % 251 for i in range(n * 16))
        open(f"{folder}/{part}-images-idx3-ubyte", "wb").write(struct.pack(">IIII", 0x803, n, 4, 4) + pixels)
PY
run 0 train plain-run --data mnist:plain --hidden 4 --epochs 1
grep note: "$work/.err" | grep -qv 'updates of the weights: 1, which is few' && fail "a remark without a reason"
run 3 train stray-run --data mnist:stray --hidden 4 --epochs 1
err_has 'give ?classes=256'
run 0 train stray-run --data 'mnist:stray?classes=256' --hidden 4 --epochs 1
err_has 'note: 245 of the 256 classes have no training sequence'

mv plain moved
for command in predict build 'train --resume --epochs 2'; do
    run 1 $command plain-run
    err_has 'if the data were moved, use --data SPEC'
done
run 0 predict plain-run --data mnist:moved

# The bar is redrawn in place: no redraw may be wider than the terminal.
if ! script -qc true /dev/null >/dev/null 2>&1; then
    echo "no pseudo terminal can be made here: the width of the progress bar is not tested"
    exit 0
fi
for columns in 40 80; do
    script -qc "stty cols $columns; '$RNNREPAIR' train pty$columns --data 'digits?train=2000&test=50' \
        --hidden 96 --epochs 1" /dev/null >typed 2>&1 </dev/null
    python3 - "$columns" <<'PY' || fail "a bar does not fit $columns columns"
import re, sys
text = open("typed", errors="replace").read()
bars = [re.sub(r"\x1b\[K", "", b) for b in re.split(r"[\r\n]", text) if b.startswith("epoch 1/1")]
sys.exit(0 if bars and max(map(len, bars)) < int(sys.argv[1]) else 1)
PY
done
