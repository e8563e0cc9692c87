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
run 0 explain r --sample 0 --no-picture
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
