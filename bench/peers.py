#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""peers.py - the other programs of the races, answering lines.

Requests on stdin, one a line, the last word being the seconds an iteration should last:

    train|infer|states|product|slopes CELL D H T B default|tuned|apart SLICE
                                                          PyTorch (states: and scikit-learn's PCA)
    em PREFIX N P K THREADS default|tuned SLICE           scikit-learn's GaussianMixture
    query l1|l2 PREFIX N D M TOP THREADS SLICE            NumPy

Replies: "ok SECONDS-A-UNIT remark" (a unit is a sequence, a point, a query), "missing PACKAGE" or
"error TEXT". What a request sets up is kept, so that the next one of the same words is timed alone.
PREFIX is that of files of raw numbers that the bench has written, see native/native.hpp.

"tuned" means the best of a short list of settings (TUNED below), found by trying each at the first
request. Settings of a process (threads, the kernels OpenBLAS uses) need one of their own: the front
process starts workers, which are this script again, and asks them in the same language. Where a
setting has two processes, each takes half the batch. In training they would have to exchange their
gradients after each batch, which these do not: "tuned" training is one process, and "apart" is what
two would reach if the exchange cost nothing.
"""

import os
import subprocess
import sys
import time
import warnings

PACKAGES = {"torch": "python3-torch", "sklearn": "python3-sklearn", "numpy": "python3-numpy"}


def note(text):
    print(f"bench: peers: {text}", file=sys.stderr, flush=True)


def timed(work, slice_s):
    """Seconds of one call of work(), which is repeated for about slice_s."""
    calls = 0
    begin = time.perf_counter()
    while True:
        work()
        calls += 1
        spent = time.perf_counter() - begin
        if spent >= slice_s:
            return spent / calls


# ---- PyTorch: ways to run a network ------------------------------------------------------------


def script_cells(torch):
    """Layers as TorchScript loops: one product for the input of all steps, then a step's cell."""

    @torch.jit.script
    def lstm(gx, w, h, c):
        out = []
        for x in gx.unbind(0):
            i, f, g, o = torch.addmm(x, h, w).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            out.append(h)
        return torch.stack(out)

    @torch.jit.script
    def gru(gx, w, b, h):
        out = []
        for x in gx.unbind(0):
            hr, hz, hn = torch.addmm(b, h, w).chunk(3, 1)
            xr, xz, xn = x.chunk(3, 1)
            z = torch.sigmoid(xz + hz)
            n = torch.tanh(xn + torch.sigmoid(xr + hr) * hn)
            h = n + z * (h - n)
            out.append(h)
        return torch.stack(out)

    return {"lstm": lstm, "gru": gru}


class Network:
    """One recurrent layer and its output layer, in one of the styles of TUNED, or as a newcomer
    writes it ("plain": batch first, everything as it comes)."""

    def __init__(self, torch, cell, D, H, T, B, style):
        torch.manual_seed(1)
        self.torch, self.style, self.B = torch, style, B
        if style != "plain":
            torch.set_flush_denormal(True)
        make = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell]
        self.rnn = make(D, H, batch_first=style == "plain")
        self.out = torch.nn.Linear(H, 10)
        self.cell = script_cells(torch)[cell] if style == "script" else None
        self.is_lstm = cell == "lstm"
        shape = (B, T, D) if style == "plain" else (T, B, D)
        self.x = torch.rand(*shape)
        self.y = torch.randint(10, (B,))
        self.start = torch.zeros(B, H)
        weights = list(self.rnn.parameters()) + list(self.out.parameters())
        self.weights = weights
        self.along = [torch.randn_like(w) for w in weights]
        more = {} if style == "plain" else {"foreach": True}
        self.optimizer = torch.optim.RMSprop(weights, lr=1e-4, alpha=0.9, eps=1e-7, **more)

    def states(self):
        if self.cell is None:
            return self.rnn(self.x)[0]
        functional = self.torch.nn.functional
        w_ih, w_hh, b_ih, b_hh = self.rnn.parameters()
        if self.is_lstm:
            gx = functional.linear(self.x, w_ih, b_ih + b_hh)
            return self.cell(gx, w_hh.t(), self.start, self.start)
        return self.cell(functional.linear(self.x, w_ih, b_ih), w_hh.t(), b_hh, self.start)

    def last(self, h):
        return h[:, -1] if self.style == "plain" else h[-1]

    def train(self):
        self.optimizer.zero_grad(set_to_none=self.style != "plain")
        logits = self.out(self.last(self.states()))
        loss = self.torch.nn.functional.cross_entropy(logits, self.y)
        loss.backward()
        self.optimizer.step()

    def losses(self, reduction):
        functional = self.torch.nn.functional
        logits = self.out(self.last(self.states()))
        return functional.cross_entropy(logits, self.y, reduction=reduction)

    def product(self):
        """The Hessian of the summed loss times a direction, by a double backward pass."""
        grad = self.torch.autograd.grad
        grad(grad(self.losses("sum"), self.weights, create_graph=True), self.weights, self.along)

    def slopes(self):
        """Of each loss along a direction: the gradient of sum_i u_i loss_i is linear in u, so that
        its product with the direction has the slopes for its gradient by u."""
        grad = self.torch.autograd.grad
        u = self.torch.ones(self.B, requires_grad=True)
        weighted = (u * self.losses("none")).sum()
        grad(grad(weighted, self.weights, create_graph=True), u, self.along)

    def forward(self, work):
        no_gradient = self.torch.no_grad if self.style == "plain" else self.torch.inference_mode
        with no_gradient():
            return work()

    def infer(self):
        self.forward(lambda: self.out(self.last(self.states())).argmax(1))

    def extract(self, pca):
        h = self.forward(self.states)
        self.forward(lambda: self.out(h).argmax(2))
        pca.transform(h.reshape(-1, h.shape[2]).numpy())


def network_work(verb, cell, D, H, T, B, style, threads):
    """A function that does one batch."""
    import torch

    if threads > 0:
        torch.set_num_threads(threads)
    net = Network(torch, cell, D, H, T, B, style)
    if verb == "train":
        return net.train
    if verb in ("infer", "product", "slopes"):
        return getattr(net, verb)
    from sklearn.decomposition import PCA

    h = net.forward(net.states)
    pca = PCA(10).fit(h.reshape(-1, h.shape[2]).numpy()[:4096])
    return lambda: net.extract(pca)


# ---- workers ------------------------------------------------------------------------------------


class Worker:
    """This script again, in a process with other settings."""

    def __init__(self, threads, best_kernels):
        env = dict(os.environ)
        if threads > 0:
            env["OMP_NUM_THREADS"] = str(threads)
        if best_kernels:
            env.update(BEST_KERNELS)
        self.process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), "--worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=env,
        )

    def send(self, request):
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()

    def receive(self):
        reply = self.process.stdout.readline().split()
        if len(reply) < 2 or reply[0] != "ok":
            raise RuntimeError(" ".join(reply) or "a worker ended")
        return float(reply[1])


# Style, processes, threads of each. One process on one core has nothing to share, so a machine of
# one core leaves out what needs two.
TUNED = [
    ("major", 1, 1),
    ("major", 1, 2),
    ("major", 2, 1),
    ("script", 1, 1),
    ("script", 1, 2),
    ("script", 2, 1),
]


# For OpenBLAS, which may not know a processor.
BEST_KERNELS = {"OPENBLAS_CORETYPE": "SKYLAKEX"}


def has_avx512():
    """Whether the processor has it, and the bench is not kept to less."""
    if os.environ.get("RNNREPAIR_ISA", "avx512") != "avx512":
        return False
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
            return "avx512dq" in f.read()
    except OSError:
        return False


class Settings:
    """One setting of TUNED applied to one network."""

    workers = {}

    def __init__(self, verb, network, setting):
        cell, D, H, T, B = network
        self.style, self.count, self.threads = setting
        self.B = B
        self.best = has_avx512()
        each = B // self.count
        self.request = f"work {verb} {cell} {D} {H} {T} {each} {self.style} {self.threads}"

    def seconds(self, slice_s):
        """Of one sequence."""
        team = []
        for i in range(self.count):
            key = (self.threads, i)
            if key not in Settings.workers:
                Settings.workers[key] = Worker(self.threads, self.best)
            team.append(Settings.workers[key])
        for worker in team:
            worker.send(f"{self.request} {slice_s}")
        # Each does its share of a batch in the time it reports; the batch takes the longest.
        return max(worker.receive() for worker in team) / self.B

    def __str__(self):
        style = {"major": "nn, time-major", "script": "TorchScript cell"}[self.style]
        kernels = ", AVX-512 OpenBLAS" if self.best else ""
        return f"{style}, {self.count} process(es) of {self.threads} thread(s){kernels}"


def tune(verb, network, how, slice_s):
    cores = os.cpu_count() or 1
    best = None
    for setting in TUNED:
        if setting[1] * setting[2] > max(1, cores):
            continue
        # What sums over the batch would have to be exchanged between processes.
        if verb in ("train", "product") and (setting[1] > 1) != (how == "apart"):
            continue
        s = Settings(verb, network, setting)
        for _ in range(5):  # the first calls set up, and let TorchScript compile
            s.seconds(0.0)
        found = min(s.seconds(slice_s) for _ in range(2))
        note(f"{verb} {network}: {s}: {1 / found:.0f} sequences/s")
        if best is None or found < best[0]:
            best = (found, s)
    note(f"{verb} {network}: taking {best[1]}")
    return best[1]


# ---- scikit-learn and NumPy ---------------------------------------------------------------------


def limited(work, threads):
    """work() with BLAS held to so many threads."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return work

    def inside():
        with threadpool_limits(threads):
            work()

    return inside


def numbers(path, kind, *shape):
    import numpy as np

    return np.fromfile(path, kind).reshape(shape)


def mixture_work(prefix, N, P, K, threads, how):
    """One E and one M step as GaussianMixture.fit() does them, without its start and its end.
    "default" takes the floats of 64 bits NumPy makes; "tuned" those of 32 or 64 bits, with all its
    threads or one, whichever is fastest."""
    import numpy as np
    from sklearn.mixture import GaussianMixture

    points = numbers(prefix + ".points", np.float32, N, P)
    start = numbers(prefix + ".start", np.float64, K * (1 + 2 * P))

    def iteration(x):
        gm = GaussianMixture(K, covariance_type="diag", reg_covar=1e-6)

        def begin():
            gm.weights_ = start[:K].astype(x.dtype)
            gm.means_ = start[K : K + K * P].reshape(K, P).astype(x.dtype)
            gm.covariances_ = start[K + K * P :].reshape(K, P).astype(x.dtype)
            gm.precisions_cholesky_ = 1 / np.sqrt(gm.covariances_)

        def work():
            _, log_resp = gm._e_step(x)
            gm._m_step(x, log_resp)

        begin()
        work.score = lambda: (begin(), work(), gm.score(x))[-1]
        return work

    if how == "default":
        x = points.astype(np.float64)
        work = iteration(x)
        return limited(work, threads), f"float64, log-likelihood {work.score():.6f}"
    best = None
    for x in (points.astype(np.float64), points):
        for n in sorted({1, threads}):
            own = iteration(x)
            work = limited(own, n)
            seconds = min(timed(work, 0.0) for _ in range(2))
            if best is None or seconds < best[0]:
                best = (seconds, work, f"{x.dtype}, {n} thread(s)", own)
    return best[1], f"{best[2]}, log-likelihood {best[3].score():.6f}"


def query_work(norm, prefix, N, D, M, top):
    """Differences of stacked features to those of a query, the best `top` in order."""
    import numpy as np

    features = numbers(prefix + ".base", np.float32, N, D)
    queries = numbers(prefix + ".query", np.float32, M, D)
    reach = numbers(f"{prefix}.{norm}", np.float64, M)
    judged = min(M, 20)
    asked = 0

    def find(row):
        off = features - row
        distance = np.abs(off).sum(axis=1) if norm == "l1" else np.einsum("ij,ij->i", off, off)
        best = np.argpartition(distance, top)[:top]
        return best[np.argsort(distance[best])]

    def power(off):
        return np.abs(off) if norm == "l1" else off * off

    def right(q):
        off = features[find(queries[q])].astype(np.float64) - queries[q]
        return np.mean(power(off).sum(axis=1) <= reach[q])

    def work():
        nonlocal asked
        find(queries[asked % M])
        asked += 1

    return work, f"recall {np.mean([right(q) for q in range(judged)]):.3f}"


# ---- requests -----------------------------------------------------------------------------------

kept = {}  # request -> what it set up


def answer_network(words, slice_s):
    verb, cell = words[0], words[1]
    D, H, T, B = (int(w) for w in words[2:6])
    key = tuple(words)
    if words[6] == "default":
        if key not in kept:
            kept[key] = network_work(verb, cell, D, H, T, B, "plain", 0)
        return timed(kept[key], slice_s) / B, ""
    if key not in kept:
        import torch  # so that its absence is told here

        del torch
        kept[key] = tune(verb, (cell, D, H, T, B), words[6], slice_s)
        if kept[key] is None:
            raise RuntimeError("two processes need two cores")
    return kept[key].seconds(slice_s), str(kept[key])


def answer_work(words, slice_s):
    """A worker's share: seconds of one batch."""
    key = tuple(words)
    if key not in kept:
        D, H, T, B = (int(w) for w in words[3:7])
        kept[key] = network_work(words[1], words[2], D, H, T, B, words[7], int(words[8]))
    return timed(kept[key], slice_s), ""


def answer_mixture(words, slice_s):
    key = tuple(words)
    if key not in kept:
        kept[key] = mixture_work(words[1], *(int(w) for w in words[2:6]), words[6])
    work, remark = kept[key]
    return timed(work, slice_s) / int(words[2]), remark


def answer_query(words, slice_s):
    key = tuple(words)
    if key not in kept:
        kept[key] = query_work(words[1], words[2], *(int(w) for w in words[3:7]))
    work, remark = kept[key]
    return timed(work, slice_s), remark


ANSWERS = {
    "train": answer_network,
    "infer": answer_network,
    "states": answer_network,
    "product": answer_network,
    "slopes": answer_network,
    "work": answer_work,
    "em": answer_mixture,
    "query": answer_query,
}


def reply_to(line):
    words = line.split()
    try:
        seconds, remark = ANSWERS[words[0]](words[:-1], float(words[-1]))
        return f"ok {seconds:.9g} {remark}".rstrip()
    except ImportError as e:
        name = (e.name or "").split(".")[0]
        return f"missing {PACKAGES.get(name, name)}"
    except Exception as e:  # a peer's trouble is a row of the table, not the end of it
        return f"error {type(e).__name__}: {str(e).splitlines()[0] if str(e) else ''}"[:300]


def main():
    # NumPy, loaded after PyTorch was told to flush denormals, remarks on it.
    warnings.simplefilter("ignore", UserWarning)
    for line in sys.stdin:
        print(reply_to(line), flush=True)


if __name__ == "__main__":
    main()
