#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""peers_attribution.py - who is responsible, the way it is usually done in PyTorch.

    peers_attribution.py koh-liang|sgd|tracin DATA.npz MODEL [options]

The peers of attribution.h: products with the curvature by differentiating twice, and one backward
pass for every training sequence whose gradient is wanted; with --at-once, a sequence's product of
its gradient with a direction comes from differentiating twice as well, for many at a time. DATA.npz
holds the training set: x [N][T][D] or x [sum T][D] with lengths [N], and y [N]. MODEL is a network's
safetensors file or a trainer's; sgd replays the training from it as a start, --epochs of them in the
order of the data.

The target is sequence --target of the same set with class --label. One JSON object on stdout:

    seconds_product     one product with the curvature over all sequences (sgd: over a batch)
    seconds_gradient    the gradient of one training sequence, or its product with a direction
    seconds             all that was done
    seconds_whole       what everything would take, where --steps cut it short
    scores              as attribution.h has them, of the sequences that were reached, with --scores

--steps bounds the products, and the single gradients to --batch times as many.

Agrees with the library's scores to 1e-6 of their length (LSTM 28-16, 12 epochs of SGD with momentum,
cg on the Hessian).
"""

import argparse
import json
import struct
import sys
import time

import numpy as np
import torch
from torch.nn import functional

CELLS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "tanh": torch.nn.RNN, "relu": torch.nn.RNN}


def read_safetensors(path):
    """Every float array of the file by its name."""
    with open(path, "rb") as file:
        raw = file.read()
    (size,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + size])
    meta = header.pop("__metadata__", {})
    arrays = {}
    for name, entry in header.items():
        if entry["dtype"] == "F32":
            begin, end = (8 + size + offset for offset in entry["data_offsets"])
            arrays[name] = np.frombuffer(raw[begin:end], "<f4").reshape(entry["shape"]).copy()
    return arrays, meta


class Classifier(torch.nn.Module):
    """Recurrent layers, the state of each sequence's last step, the output layer."""

    def __init__(self, arrays, cell):
        super().__init__()
        layers = sum(name.startswith("rnn.weight_hh_l") for name in arrays)
        hidden = arrays["rnn.weight_hh_l0"].shape[1]
        width = arrays["rnn.weight_ih_l0"].shape[1]
        more = {"nonlinearity": cell} if cell in ("tanh", "relu") else {}
        self.rnn = CELLS[cell](width, hidden, layers, batch_first=True, **more)
        self.output = torch.nn.Linear(hidden, arrays["output.weight"].shape[0])
        names = dict(self.named_parameters())
        with torch.no_grad():
            for name, parameter in names.items():
                parameter.copy_(torch.from_numpy(arrays[name]))

    def forward(self, x, lengths):
        states, _ = self.rnn(x)
        return self.output(states[torch.arange(len(x)), lengths - 1])


class Problem:
    def __init__(self, args):
        arrays, meta = read_safetensors(args.model)
        self.net = Classifier(arrays, meta.get("cell", "lstm"))
        self.parameters = list(self.net.parameters())
        with np.load(args.data) as data:
            x, y = data["x"].astype(np.float32), data["y"].astype(np.int64)
            lengths = data["lengths"] if "lengths" in data else None
        if lengths is None:
            lengths = np.full(len(x), x.shape[1])
        else:
            parts = np.split(x, np.cumsum(lengths)[:-1])
            x = np.zeros((len(y), max(lengths), x.shape[1]), np.float32)
            for i, part in enumerate(parts):
                x[i, : len(part)] = part
        self.x, self.y = torch.from_numpy(x), torch.from_numpy(y)
        self.lengths = torch.from_numpy(lengths.astype(np.int64))

    def __len__(self):
        return len(self.y)

    def loss(self, which, labels=None, reduction="sum"):
        lengths = self.lengths[which]
        logits = self.net(self.x[which, : int(lengths.max())], lengths)
        labels = self.y[which] if labels is None else labels
        return functional.cross_entropy(logits, labels, reduction=reduction)

    def flat(self, parts):
        return torch.cat([part.reshape(-1) for part in parts])

    def gradient(self, which, labels=None):
        return self.flat(torch.autograd.grad(self.loss(which, labels), self.parameters))

    def slopes(self, which, v):
        """g_i . v of each: the derivative by u of (sum of u_i g_i) . v, which is linear in u."""
        losses = self.loss(which, reduction="none")
        u = torch.zeros(len(which), requires_grad=True)
        g = torch.autograd.grad(losses, self.parameters, u, create_graph=True)
        return torch.autograd.grad(self.flat(g) @ v, u)[0]

    def product(self, which, v):
        """Second derivatives of the summed losses times v."""
        first = torch.autograd.grad(self.loss(which), self.parameters, create_graph=True)
        return self.flat(torch.autograd.grad(self.flat(first) @ v, self.parameters))


class Clock:
    """Seconds spent in calls of one kind, and how many."""

    def __init__(self):
        self.seconds, self.calls = 0.0, 0

    def of(self, work, *args, calls=1):
        begin = time.perf_counter()
        result = work(*args)
        self.seconds += time.perf_counter() - begin
        self.calls += calls
        return result

    def each(self):
        return self.seconds / max(self.calls, 1)


def slopes(problem, which, s, args, clock):
    """s . g_i of some sequences."""
    if not args.at_once:
        return [float(clock.of(problem.gradient, [i]) @ s) for i in which]
    out = []
    for begin in range(0, len(which), args.chunk):
        some = which[begin : begin + args.chunk]
        out += clock.of(problem.slopes, some, s, calls=len(some)).tolist()
    return out


def single_scores(problem, s, args, clock):
    """s . g_i of every sequence that --steps leaves."""
    most = len(problem) if args.steps == 0 else min(len(problem), args.steps * args.batch)
    return slopes(problem, np.arange(most), s, args, clock)


def koh_liang(problem, target, args, products, gradients):
    everything = np.arange(len(problem))

    def mean_product(v):
        parts = np.array_split(everything, -(-len(everything) // args.chunk))
        total = sum(problem.product(part, v) for part in parts)
        return total / len(everything) + args.damping * v

    s, r = torch.zeros_like(target), target.clone()
    p, rr = r.clone(), float(target @ target)
    steps = args.steps or args.iterations
    for _ in range(steps):
        ap = products.of(mean_product, p)
        if float(p @ ap) <= 0.0:
            sys.exit("the curvature is not positive: raise --damping")
        alpha = rr / float(p @ ap)
        s, r = s + alpha * p, r - alpha * ap
        before, rr = rr, float(r @ r)
        if rr <= args.tolerance**2 * float(target @ target):
            break
        p = r + rr / before * p
    scores = [score / len(problem) for score in single_scores(problem, s, args, gradients)]
    rest = (len(problem) - len(scores)) * gradients.each()
    left = args.iterations - products.calls if products.calls == args.steps else 0
    return scores, rest + left * products.each()


def tracin(problem, target, args, products, gradients):
    weight = args.learning_rate / args.batch
    scores = [weight * score for score in single_scores(problem, target, args, gradients)]
    return scores, (len(problem) - len(scores)) * gradients.each()


def put(problem, flat):
    at = 0
    with torch.no_grad():
        for parameter in problem.parameters:
            parameter.copy_(flat[at : at + parameter.numel()].view_as(parameter))
            at += parameter.numel()


def train(problem, args):
    """Weights before every step of the replayed training, and behind the last."""
    batches = np.array_split(np.arange(len(problem)), range(args.batch, len(problem), args.batch))
    steps = [batch for _ in range(args.epochs) for batch in batches]
    if args.steps:
        steps = steps[: args.steps]
    w = problem.flat(problem.parameters).detach().clone()
    v, weights = torch.zeros_like(w), []
    for batch in steps:
        weights.append(w.clone())
        put(problem, w)
        v = args.momentum * v + problem.gradient(batch) / len(batch)
        w = w - args.learning_rate * v
    put(problem, w)
    return steps, weights, args.epochs * len(batches)


def sgd(problem, target_of, args, products, gradients):
    steps, weights, all_steps = train(problem, args)
    scores = np.zeros(len(problem))
    lam, nu = target_of(), 0.0
    begin = time.perf_counter()
    for batch, w in zip(reversed(steps), reversed(weights)):
        put(problem, w)
        nu = nu - args.learning_rate * lam
        scores[batch] -= np.array(slopes(problem, batch, nu, args, gradients)) / len(batch)
        lam = lam + products.of(problem.product, batch, nu) / len(batch)
        nu = args.momentum * nu
    each = (time.perf_counter() - begin) / len(steps)
    return scores.tolist(), (all_steps - len(steps)) * each


def options():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("method", choices=["koh-liang", "sgd", "tracin"])
    p.add_argument("data")
    p.add_argument("model")
    p.add_argument("--target", type=int, default=0)
    p.add_argument("--label", type=int, default=0)
    p.add_argument("--damping", type=float, default=0.01)
    p.add_argument("--iterations", type=int, default=200)
    p.add_argument("--tolerance", type=float, default=1e-3)
    p.add_argument("--batch", type=int, default=128)
    p.add_argument("--epochs", type=int, default=5)
    p.add_argument("--learning-rate", type=float, default=0.001)
    p.add_argument("--momentum", type=float, default=0.0)
    p.add_argument("--chunk", type=int, default=256, help="sequences of one double backward pass")
    p.add_argument("--steps", type=int, default=0, help="stop after so many; 0: go to the end")
    p.add_argument("--threads", type=int, default=0)
    p.add_argument("--at-once", action="store_true")
    p.add_argument("--scores", action="store_true")
    return p.parse_args()


def main():
    args = options()
    if args.threads:
        torch.set_num_threads(args.threads)
    problem = Problem(args)
    label = torch.tensor([args.label])
    products, gradients = Clock(), Clock()

    def target():
        return problem.gradient([args.target], label)

    begin = time.perf_counter()
    if args.method == "sgd":
        scores, rest = sgd(problem, target, args, products, gradients)
    else:
        method = koh_liang if args.method == "koh-liang" else tracin
        scores, rest = method(problem, target(), args, products, gradients)
    seconds = time.perf_counter() - begin
    out = {
        "method": args.method,
        "products": products.calls,
        "seconds_product": products.each(),
        "gradients": gradients.calls,
        "seconds_gradient": gradients.each(),
        "seconds": seconds,
        "seconds_whole": seconds + rest,
    }
    if args.scores:
        out["scores"] = scores
    print(json.dumps(out))


if __name__ == "__main__":
    main()
