# SPDX-License-Identifier: MIT
"""Networks trained in PyTorch on real data, analysed from Python and from the command line.

    RNNREPAIR_LIBRARY=build/release/librnnrepair.so.0 PYTHONPATH=python \\
        python3 experiments/python/states_of_pytorch.py TASK [--out FOLDER] [--program rnnrepair]

TASK is mnist (LSTM), sst (two-layer BiLSTM on packed sequences), trec (GRU with max-pooling) or pos
(tagger, two directions). Each trains a network, collects the states of its training and test set,
prints accuracy, parity and the time against the network's own forward pass, saves both as npz, then
builds the influence model, explains, localises and audits twice, by this package and by the program
on the files, and compares every figure. Data: the folder RNNREPAIR_DATA, default ../shared/data.
"""

import argparse
import collections
import gzip
import json
import os
import pathlib
import re
import subprocess
import time

import numpy as np
import rnnrepair as rr
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

DATA = pathlib.Path(os.environ.get("RNNREPAIR_DATA", "../shared/data"))

# ---- data -------------------------------------------------------------------------------------


def lines(path, encoding="utf-8"):
    with gzip.open(DATA / path, "rt", encoding=encoding) as file:
        return file.read().splitlines()


def mnist(part, count):
    def read(kind, header):
        with gzip.open(DATA / "mnist" / f"{part}-{kind}.gz") as file:
            return np.frombuffer(file.read(), np.uint8, offset=header)

    x = read("images-idx3-ubyte", 16).reshape(-1, 28, 28)[:count].astype(np.float32) / 255
    return torch.from_numpy(x), torch.from_numpy(read("labels-idx1-ubyte", 8)[:count].astype(np.int64))


def sst(part, count):
    """(words, label) of the whole sentences, without the neutral ones."""
    found = []
    for tree in lines(f"sst/{part}.txt.gz"):
        label = int(tree[1])
        if label != 2:
            words = re.findall(r"\(\d ([^()]+)\)", tree)
            found.append(([word.lower() for word in words], int(label > 2)))
    return found[:count]


def trec(part, count):
    rows = [line.split() for line in lines(f"sentences/TREC.{part}.all.gz", "latin-1")]
    return [([word.lower() for word in row[1:]], int(row[0])) for row in rows][:count]


def pos(part, count):
    """(words, tags) of sentences; a token of several words is left out, its words are there."""
    found, words, tags = [], [], []
    for line in [*lines(f"pos/en_ewt-ud-{part}.conllu.gz"), ""]:
        cells = line.split("\t")
        if len(cells) == 10 and cells[0].isdigit():
            words.append(cells[1].lower())
            tags.append(cells[3])
        elif not line and words:
            found.append((words, tags))
            words, tags = [], []
    return found[:count]


class Text:
    """Sentences as padded ids, longest first within each batch in the order of the set."""

    def __init__(self, train, test, least=2):
        count = collections.Counter(word for words, _ in train for word in words)
        self.tokens = ["<pad>", "<unknown>", *sorted(w for w, n in count.items() if n >= least)]
        ids = {word: number for number, word in enumerate(self.tokens)}
        self.train, self.test = [
            [(torch.tensor([ids.get(w, 1) for w in words]), torch.tensor(label)) for words, label in part]
            for part in (train, test)
        ]

    @staticmethod
    def batches(part, size, shuffle=False):
        order = torch.randperm(len(part)).tolist() if shuffle else range(len(part))
        for at in range(0, len(part), size):
            chosen = [part[i] for i in list(order)[at : at + size]]
            x = pad_sequence([ids for ids, _ in chosen], batch_first=True)
            lengths = torch.tensor([len(ids) for ids, _ in chosen])
            if chosen[0][1].dim():
                y = pad_sequence([y for _, y in chosen], batch_first=True, padding_value=-100)
            else:
                y = torch.stack([y for _, y in chosen])
            yield x, y, lengths


# ---- networks ---------------------------------------------------------------------------------


class Images(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.fc = nn.LSTM(28, 128, batch_first=True), nn.Linear(128, 10)

    def forward(self, x):
        return self.fc(self.rnn(x)[0][:, -1])


class Sentiment(nn.Module):
    """Two layers, two directions, packed; both final states are read."""

    def __init__(self, words):
        super().__init__()
        self.embed = nn.Embedding(words, 64, padding_idx=0)
        self.rnn = nn.LSTM(64, 64, 2, batch_first=True, bidirectional=True, dropout=0.3)
        self.drop, self.fc = nn.Dropout(0.5), nn.Linear(128, 2)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(
            self.drop(self.embed(x)), lengths, batch_first=True, enforce_sorted=False
        )
        final = self.rnn(packed)[1][0]
        return self.fc(self.drop(torch.cat((final[-2], final[-1]), 1)))


class Questions(nn.Module):
    """GRU, the largest value of each unit over the sentence."""

    def __init__(self, words, classes):
        super().__init__()
        self.embed = nn.Embedding(words, 64, padding_idx=0)
        self.rnn, self.fc = nn.GRU(64, 96, batch_first=True), nn.Linear(96, classes)

    def forward(self, x, lengths):
        out = self.rnn(self.embed(x))[0]
        hidden = torch.arange(x.shape[1])[None] >= lengths[:, None]
        return self.fc(out.masked_fill(hidden.unsqueeze(2), float("-inf")).max(1).values)


class Tagger(nn.Module):
    def __init__(self, words, classes):
        super().__init__()
        self.embed = nn.Embedding(words, 64, padding_idx=0)
        self.rnn = nn.LSTM(64, 64, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(128, classes)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(self.embed(x), lengths, batch_first=True, enforce_sorted=False)
        return self.fc(pad_packed_sequence(self.rnn(packed)[0], batch_first=True)[0])


def train(model, batches, epochs, rate):
    optimizer = torch.optim.Adam(model.parameters(), rate)
    model.train()
    for _ in range(epochs):
        for *inputs, y in batches():
            optimizer.zero_grad()
            out = model(*inputs)
            nn.functional.cross_entropy(out.reshape(-1, out.shape[-1]), y.reshape(-1)).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5)
            optimizer.step()
    model.eval()


# ---- tasks: (model, train batches, test batches, arguments of collect) --------------------------


def image_task(args):
    x, y = mnist("train", args.train or 20000)
    tx, ty = mnist("t10k", args.test or 2000)
    model = Images()

    def batches(a, b, size, shuffle=False):
        order = torch.randperm(len(a)) if shuffle else torch.arange(len(a))
        return [(a[i], b[i]) for i in order.split(size)]

    train(model, lambda: batches(x, y, 64, True), args.epochs or 3, 0.002)
    return model, batches(x, y, 250), batches(tx, ty, 250), {}


def text_task(args, read, make, epochs, parts=("train", "test")):
    text_train, text_test = [read(part, n) for part, n in zip(parts, (args.train, args.test))]
    classes = None
    if isinstance(text_train[0][1], list):
        classes = sorted({tag for _, tags in text_train for tag in tags})
        number = {tag: i for i, tag in enumerate(classes)}
        text_train, text_test = [
            [(words, [number.get(tag, -100) for tag in tags]) for words, tags in part]
            for part in (text_train, text_test)
        ]
    text = Text(text_train, text_test)
    count = len(classes) if classes else 1 + max(label for _, label in text_train)
    model = make(len(text.tokens), count)
    train(model, lambda: ((x, n, y) for x, y, n in text.batches(text.train, 32, True)),
          args.epochs or epochs, 0.002)  # fmt: skip
    named = dict(inputs=lambda b: (b[0], b[2]), labels=lambda b: b[1], lengths=lambda b: b[2],
                 vocabulary=text.tokens, classes=classes)  # fmt: skip
    return model, list(text.batches(text.train, 128)), list(text.batches(text.test, 128)), named


TASKS = {
    "mnist": image_task,
    "sst": lambda args: text_task(args, sst, lambda words, classes: Sentiment(words), 6),
    "trec": lambda args: text_task(args, trec, Questions, 8),
    "pos": lambda args: text_task(args, pos, Tagger, 4),
}

# ---- the same questions to the package and to the program ---------------------------------------


def forward_seconds(model, loader, named):
    inputs = named.get("inputs", lambda b: (b[0],))
    begin = time.perf_counter()
    with torch.no_grad():
        for batch in loader:
            model(*inputs(batch))
    return time.perf_counter() - begin


def program(args, *words):
    done = subprocess.run([args.program, *words, "--json", "-q"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr}")
    return json.loads(done.stdout)


class Comparison:
    """Figures of both, which must be the same bits."""

    def __init__(self):
        self.compared, self.other = 0, []

    def same(self, what, ours, theirs):
        self.compared += 1
        if not (ours == theirs or (ours != ours and theirs is None)):
            self.other.append(f"{what}: {ours!r} here, {theirs!r} by the program")

    def floats(self, what, ours, theirs):
        self.same(what, float(ours), float(np.float32(theirs)) if isinstance(ours, np.float32)
                  else theirs)  # fmt: skip


def tensors(path):
    """Name -> bytes of a safetensors file, without its metadata."""
    content = pathlib.Path(path).read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    return {
        name: (one["dtype"], one["shape"], content[slice(*(8 + size + at for at in one["data_offsets"]))])
        for name, one in header.items()
        if name != "__metadata__"
    }


def compare(args, influence, test, run, test_file):
    both = Comparison()
    info = program(args, "build", run, "--states", str(pathlib.Path(run).parent / "train.npz"),
                   "--clusters", str(args.clusters), "--pca", "10")  # fmt: skip
    # The program prints nine digits, which are all of a float32.
    for what, mine, theirs in (
        ("stability", influence.stability_, info["stability"]["mean"]),
        ("explained variance", influence.explained_variance_ratio_, info["explained_variance"]),
    ):
        both.same(what, f"{mine:.9g}", f"{theirs:.9g}")

    influence.save(f"{run}.safetensors")
    ours, theirs = tensors(f"{run}.safetensors"), tensors(f"{run}/influence.safetensors")
    both.same("arrays of the influence model", sorted(ours), sorted(theirs))
    for name, content in ours.items():
        both.same(f"influence {name}", content == theirs.get(name), True)
    print(f"{len(ours)} arrays of the influence models compared: {sorted(ours)}")

    for i in test.errors[: args.explained].tolist():
        ours = influence.explain(test, i)
        theirs = program(args, "explain", run, "--states", test_file, "--sample", str(i))
        for row, other in zip(ours.steps, theirs["steps"]):
            for name in ("t", "state", "prediction", "influencers"):
                both.same(f"explain {i} {name}", int(row[name]), other[name])
            both.floats(f"explain {i} probability", row["probability"], other["probability"])
        both.same(f"explain {i} proponents", len(ours.sequences), len(theirs["proponents"]))
        for row, other in zip(ours.sequences, theirs["proponents"]):
            both.same(f"explain {i} id", int(row["id"]), other["id"])
            both.floats(f"explain {i} score", row["score"], other["score"])

    ours = influence.localize(test)
    theirs = program(args, "localize", run, "--states", test_file)
    steps = [(e["id"], s["t"], s["influencers"]) for e in theirs["errors"] for s in e["segments"]]
    mine = [(int(r["sample"]), int(r["t"]), int(r["influencers"])) for r in ours]
    both.same("localize", len(mine), len(steps))
    for a, b in zip(mine, steps):
        both.same("localize", a, b)

    ours = influence.label_issues()
    theirs = program(args, "audit", run, "--top", "200")
    for other in theirs["ranking"]:
        row = ours.row(other["id"])
        both.same("audit label", int(row["given_label"]), other["given"])
        # label_score is exp of minus the program's score.
        both.same("audit score", f"{-np.log(row['label_score']):.9g}", f"{other['score']:.9g}")
    return both


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=sorted(TASKS))
    parser.add_argument("--out", default="states", help="folder that is written")
    parser.add_argument("--program", default="build/release/cli/rnnrepair")
    parser.add_argument("--train", type=int, help="training sequences, default all (mnist 20000)")
    parser.add_argument("--test", type=int, help="test sequences, default all (mnist 2000)")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--clusters", type=int, default=40, help="abstract states")
    parser.add_argument("--explained", type=int, default=5, help="errors that are explained")
    args = parser.parse_args()
    torch.manual_seed(1)
    out = pathlib.Path(args.out)
    out.mkdir(parents=True)

    begin = time.perf_counter()
    model, train_batches, test_batches, named = TASKS[args.task](args)
    print(f"trained in {time.perf_counter() - begin:.0f} s", flush=True)
    forward = min(forward_seconds(model, train_batches, named) for _ in range(2))
    collector = rr.torch.Collector(model)
    spent = []
    for _ in range(2 if forward < 30 else 1):
        states = None  # its memory is free for the second time
        begin = time.perf_counter()
        states = collector.collect(train_batches, **named)
        spent.append(time.perf_counter() - begin)
    print(f"train: {states}\n  {collector.parity_}")
    for trial in collector.tried_:
        print(f"  tried {trial.mode} ({trial.readout}): {trial.reason or 'exact'}")
    print(f"  forward {forward:.2f} s, collect {min(spent):.2f} s, ratio {min(spent) / forward:.2f}")
    test = collector.collect(test_batches, **named)
    print(f"test: {test}\n  {collector.parity_}")
    if test.step_label is not None:
        known = test.step_label != rr.NO_LABEL
        print(f"  accuracy a step {(test.prediction == test.step_label)[known].mean():.4f}")
    print(f"  accuracy {(test.answers == test.label).mean():.4f}", flush=True)
    states.save(out / "train.npz")
    test.save(out / "test.npz")

    begin = time.perf_counter()
    influence = rr.InfluenceModel(n_states=args.clusters).fit(states)
    print(f"influence model in {time.perf_counter() - begin:.1f} s, stability {influence.stability_:.4f}")
    print(influence.explain(test, int(test.errors[0])), flush=True)
    both = compare(args, influence, test, str(out / "run"), str(out / "test.npz"))
    print(f"{both.compared} figures compared with the program's, {len(both.other)} differ")
    for line in both.other[:10]:
        print(f"  {line}")
    raise SystemExit(bool(both.other))


if __name__ == "__main__":
    main()
