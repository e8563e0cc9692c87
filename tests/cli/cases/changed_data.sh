# SPDX-License-Identifier: MIT
# A run whose data changed is not used as if nothing had happened; data that moved can be named.
. "$(dirname "$0")/../lib.sh"

python3 - <<'PY'
import struct, zipfile, random
random.seed(1)
def npy(descr, shape, data):
    h = ("{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (descr, shape)).encode()
    h += b" " * (-(len(h) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(h)) + h + data
def save(path, change):
    N, T, D = 60, 6, 4
    y = [i % 3 for i in range(N)]
    x = [random.random() + y[i // (T * D)] for i in range(N * T * D)]
    x[5] += change
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("x.npy", npy("<f4", (N, T, D), struct.pack("<%df" % len(x), *x)))
        z.writestr("y.npy", npy("<i8", (N,), struct.pack("<%dq" % N, *y)))
        z.writestr("split.npy", npy("<i8", (N,), struct.pack("<%dq" % N, *[2 * (i % 4 == 3) for i in range(N)])))
save("a.npz", 0.0)
random.seed(1)
save("b.npz", 0.5)
PY
run 0 train r --data npz:a.npz --hidden 8 --epochs 2 --quiet
run 0 build r --states 4 --quiet
run 0 explain r --sample 0
run 0 predict r --json
json 'd["count"] == 15 and len(d["confusion"]) == 3'

mv a.npz moved.npz
run 1 predict r
err_has 'a.npz'
run 0 predict r --data npz:moved.npz
run 0 verify r --data npz:moved.npz

cp b.npz a.npz
run 3 build r
run 4 verify r
err_has 'data differs'
run 3 train r --resume --epochs 3

# Images: one sequence is loaded alone while the files are those of the training, and the rest of
# the split is not looked at; but a change anywhere in it is noticed.
python3 - <<'PY'
import struct, random
random.seed(2)
def idx(path, shape, data):
    open(path, "wb").write(bytes([0, 0, 8, len(shape)]) + struct.pack(">%dI" % len(shape), *shape) + bytes(data))
for split, n in ("train", 60), ("t10k", 20):
    y = [i % 3 for i in range(n)]
    x = [random.randrange(80) + 80 * y[i // 24] for i in range(n * 24)]
    idx(split + "-images-idx3-ubyte", (n, 6, 4), x)
    idx(split + "-labels-idx1-ubyte", (n,), y)
PY
run 0 train m --data mnist:. --hidden 8 --epochs 2 --quiet
run 0 build m --states 4 --quiet
run 0 explain m --sample 3
cp .out alone
run 0 explain m --sample 3 --picture p.png --quiet
same .out alone
gzip t10k-images-idx3-ubyte
run 0 explain m --sample 3
same .out alone
gunzip t10k-images-idx3-ubyte.gz
poke t10k-images-idx3-ubyte $((16 + 24 * 19)) AAAA
run 3 explain m --sample 3
err_has 'is not what the run was created from'
rm t10k-images-idx3-ubyte
run 1 explain m --sample 3
err_has 'holds no t10k-images-idx3-ubyte, plain or .gz, but its labels'
