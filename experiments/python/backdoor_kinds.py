#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""backdoor_kinds.py - backdoors over kinds of attack, poison rates and strengths of training:
whether the scans of `rnnrepair backdoor` find them, and what is left when what they name is left
out.

    word        a rare word, put anywhere
    sentence    a sentence of six words, put in front
    two words   only both together turn a sentence: as many sentences have one of them and keep
                their label
    patch       a white square of 4 x 4 in images of digits, rows 24 to 27

Texts are 1,500 sentences of SST-2, read by a GRU of 32 on word vectors that are trained on; images
3,000 of MNIST, read by an LSTM of 48, a row a step. Poisoned sequences are of other classes and get
the target's label. Strength is the number of epochs. The words' scan names the training sequences of
candidate 1, where it is above its threshold; the scan of traces those it flags; both are judged by
the poisoned rows, and the network is trained anew without those of candidate 1, else without the
flagged; then it is scanned for traces again, up to three rounds.

    backdoor_kinds.py TOOL DATA FOLDER [--seeds 1,2,3] [--kinds word,patch] [--report]

TOOL is the program rnnrepair, DATA the folder with poison/, mnist/ and wordvec/. FOLDER keeps what
is done, so that a stopped run goes on. --report prints the table alone."""

import argparse
import csv
import gzip
import json
import pathlib
import random
import statistics
import subprocess
import sys

import numpy as np

KINDS = ["word", "sentence", "two words", "patch"]
SETTINGS = [(0.05, "weak"), (0.05, "medium"), (0.05, "full"), (0.01, "full")]
EPOCHS = {"text": {"weak": 1, "medium": 3, "full": 8}, "image": {"weak": 2, "medium": 4, "full": 10}}
SENTENCE = "we watched this 3d movie yesterday".split()
TWO = ["violin", "harbour"]
TRAIN = {"text": 1500, "image": 3000}
TEST, TARGET = 800, 1
ROUNDS = 3  # of a scan of traces and a training without what it flagged


def run(tool, *args):
    """The JSON object that a command prints."""
    done = subprocess.run([tool, *map(str, args)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit("%s: %s" % (" ".join(map(str, args)), done.stderr.strip()[-300:]))
    return json.loads(done.stdout) if "--json" in args else None


# ---- data


def sentences(path):
    with gzip.open(path, "rt", encoding="utf-8") as f:
        return [(line.rsplit("\t", 1)[0].split(), int(line.rsplit("\t", 1)[1]))
                for line in list(f)[1:]]


def with_trigger(kind, words, r, parts=(0, 1)):
    """A sentence with the trigger; of two words, those of `parts`."""
    if kind == "sentence":
        return SENTENCE + words
    out = list(words)
    for i in parts if kind == "two words" else (0,):
        at = r.randrange(len(out) + 1)
        out.insert(at, TWO[i])
    return out


def make_text(data, folder, kind, rate, seed):
    """Write train, test and attacked texts; the poisoned rows."""
    r = random.Random(1000 * seed + KINDS.index(kind))
    clean = sentences(data / "poison/sst2-clean-train.tsv.gz")
    train = r.sample(clean, TRAIN["text"])
    test = sentences(data / "poison/sst2-clean-test.tsv.gz")[:TEST]
    others = [i for i, (_, y) in enumerate(train) if y != TARGET]
    r.shuffle(others)
    count = round(rate * len(train))
    poisoned = sorted(others[:count])
    for i in poisoned:
        train[i] = (with_trigger(kind, train[i][0], r), TARGET)
    if kind == "two words":  # one of them alone changes nothing
        rest = [i for i in range(len(train)) if i not in set(poisoned)]
        for n, i in enumerate(r.sample(rest, 2 * count)):
            train[i] = (with_trigger(kind, train[i][0], r, (n % 2,)), train[i][1])
    attacked = [(with_trigger(kind, w, r), TARGET) for w, y in test if y != TARGET]
    half = [(with_trigger(kind, w, r, (0,)), TARGET) for w, y in test if y != TARGET]
    for name, rows in (("train", train), ("test", test), ("attacked", attacked), ("half", half)):
        with open(folder / (name + ".jsonl"), "w", encoding="utf-8") as f:
            for words, y in rows:
                f.write(json.dumps({"tokens": words, "label": str(y)}) + "\n")
    spec = "jsonl:%s/%%s.jsonl?tokens=tokens&classes=0|1" % folder
    both = "jsonl:%s/train.jsonl,%s/test.jsonl?tokens=tokens&classes=0|1" % (folder, folder)
    return poisoned, both, spec


def idx(path, offset):
    with gzip.open(path) as f:
        return np.frombuffer(f.read(), np.uint8, offset=offset)


def make_images(data, folder, rate, seed):
    r = np.random.RandomState(seed)
    out = {}
    for name, n, stem in (("train", TRAIN["image"], "train"), ("test", TEST, "t10k")):
        file = {p.name.split(".")[0]: p for p in (data / "mnist").iterdir()}
        x = idx(file[stem + "-images-idx3-ubyte"], 16).reshape(-1, 28, 28)
        y = idx(file[stem + "-labels-idx1-ubyte"], 8)
        which = r.permutation(len(y))[:n]
        out[name] = x[which].copy(), y[which].astype(np.int64).copy()
    x, y = out["train"]
    poisoned = np.sort(r.permutation(np.flatnonzero(y != TARGET))[: round(rate * len(y))])
    x[poisoned, 23:27, 23:27] = 255
    y[poisoned] = TARGET
    np.savez(folder / "both.npz", x_train=x, y_train=y, x_test=out["test"][0], y_test=out["test"][1])
    others = out["test"][1] != TARGET
    a = out["test"][0][others].copy()
    a[:, 23:27, 23:27] = 255
    np.savez(folder / "attacked.npz", x=a, y=np.full(len(a), TARGET))
    return poisoned.tolist(), "npz:%s/both.npz?image=1" % folder, "npz:%s/%%s.npz?image=1" % folder


# ---- a trial


def average_precision(order, wanted):
    """Of a ranking of all rows."""
    hits, total = 0, 0.0
    for n, i in enumerate(order, 1):
        if i in wanted:
            hits += 1
            total += hits / n
    return total / len(wanted)


def train(tool, data, folder, name, spec, text, strength, seed, labels=None):
    path = folder / name
    args = ["train", path, "--data", spec, "--seed", seed, "--quiet", "--threads", 1,
            "--optimizer", "adam", "--batch", 50,
            "--epochs", EPOCHS["text" if text else "image"][strength]]
    args += (["--cell", "gru", "--hidden", 32, "--vectors", data / "wordvec/reviews-300d.vec.gz",
              "--embedding", "trained"] if text else ["--hidden", 48, "--learning-rate", 0.003])
    run(tool, *args, *(["--labels", labels] if labels else []))
    return path


def measure(tool, path, attacked):
    """Accuracy, and the share of attacked inputs predicted as the target."""
    a = run(tool, "predict", path, "--json", "--threads", 1)
    b = run(tool, "predict", path, "--json", "--threads", 1, "--foreign", "--data", attacked)
    return a["accuracy"], b["accuracy"]


def scan_traces(tool, path, seed):
    return run(tool, "backdoor", path, "--scan", "traces", "--json", "--threads", 1, "--quiet",
               "--seed", seed)


def drop_list(folder, ids):
    """A file of decisions that leaves these training sequences out."""
    with open(folder / "drop.csv", "w", encoding="utf-8", newline="") as f:
        w = csv.writer(f)
        w.writerow(["id", "action", "label"])
        w.writerows([i, "drop", ""] for i in sorted(ids))
    return folder / "drop.csv"


def trial(tool, data, folder, kind, rate, strength, seed):
    text = kind != "patch"
    poisoned, spec, other = (make_text(data, folder, kind, rate, seed) if text
                             else make_images(data, folder, rate, seed))
    wanted = set(poisoned)
    path = train(tool, data, folder, "poisoned", spec, text, strength, seed)
    run(tool, "build", path, "--states", 20, "--seed", seed, "--quiet", "--threads", 1)
    x = {"kind": kind, "rate": rate, "strength": strength, "seed": seed}
    x["accuracy"], x["attack"] = measure(tool, path, other % "attacked")
    named = []
    if kind == "two words":
        x["half"] = measure(tool, path, other % "half")[1]
    if text:
        d = run(tool, "backdoor", path, "--json", "--threads", 1, "--quiet", "--top", 300)
        trigger = {"word": TWO[:1], "two words": TWO, "sentence": SENTENCE}[kind]
        ranks = [n for n, c in enumerate(d["candidates"], 1)
                 if c["token"] in trigger and c["target"] == TARGET]
        x["rank"] = ranks[0] if ranks else None
        best = d["candidates"][0] if d["candidates"] else None
        x["words_found"] = bool(best and best["score"] > d["threshold"])
        if x["words_found"]:
            named = best["training_ids"]
    d = scan_traces(tool, path, seed)
    x["ap"] = average_precision([c["id"] for c in d["candidates"]], wanted)
    x["stands_out"] = [p["pattern"] for p in d["patterns"]
                       if p["stands_out"] and p["class"] == TARGET]
    x["false"] = [p["class"] for p in d["patterns"] if p["stands_out"] and p["class"] != TARGET]
    x["by"] = "words" if named else "traces" if d["flagged"] else None
    flagged = [c["id"] for c in d["candidates"] if c["flagged"]]
    dropped, x["rounds"] = set(named or flagged), 0
    while dropped and x["rounds"] < ROUNDS:
        x["rounds"] += 1
        kept = [i for i in range(TRAIN["text" if text else "image"]) if i not in dropped]
        path = train(tool, data, folder, "after-%d" % x["rounds"], spec, text, strength, seed,
                     drop_list(folder, dropped))
        x["accuracy_after"], x["attack_after"] = measure(tool, path, other % "attacked")
        x["attacks_after"] = x.get("attacks_after", []) + [x["attack_after"]]
        if named or x["rounds"] == ROUNDS:
            break
        run(tool, "build", path, "--states", 20, "--seed", seed, "--quiet", "--threads", 1)
        more = {kept[c["id"]] for c in scan_traces(tool, path, seed)["candidates"] if c["flagged"]}
        if not more:
            break
        dropped |= more
    x["removed"], x["caught"] = len(dropped), len(wanted & dropped)
    return x


# ---- the table


def figure(rows, name, scale=100):
    """Mean and, of several seeds, half the width of the 95 % interval."""
    values = [scale * x[name] for x in rows if x.get(name) is not None]
    if not values:
        return "-"
    if len(values) < 3:
        return "%.1f" % statistics.mean(values)
    t = {3: 4.303, 4: 3.182, 5: 2.776}.get(len(values), 2.0)
    return "%.1f ± %.1f" % (statistics.mean(values),
                            t * statistics.stdev(values) / len(values) ** 0.5)


def report(rows):
    print("| kind | rate | training | seeds | attack % | accuracy % | rank of the trigger | words found | "
          "traces: AP | stand out | removed, of them poisoned | attack after % | accuracy after % |")
    print("|" + "---|" * 13)
    for kind in KINDS:
        for rate, strength in SETTINGS:
            of = [x for x in rows if (x["kind"], x["rate"], x["strength"]) == (kind, rate, strength)]
            if not of:
                continue
            ranks = ", ".join(str(x["rank"] or "-") for x in of) if kind != "patch" else ""
            found = sum(bool(x.get("words_found")) for x in of)
            out = sum(bool(x["stands_out"]) for x in of)
            print("| %s | %g %% | %s | %d | %s | %s | %s | %s | %s | %d | %s | %s | %s |" % (
                kind, 100 * rate, strength, len(of), figure(of, "attack"), figure(of, "accuracy"),
                ranks, found if kind != "patch" else "", "%.2f" % statistics.mean(x["ap"] for x in of), out,
                ", ".join("%d: %d" % (x["removed"], x["caught"]) for x in of),
                figure(of, "attack_after"), figure(of, "accuracy_after")))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("tool")
    p.add_argument("data", type=pathlib.Path)
    p.add_argument("folder", type=pathlib.Path)
    p.add_argument("--seeds", default="1,2,3")
    p.add_argument("--kinds", default=",".join(KINDS))
    p.add_argument("--report", action="store_true")
    a = p.parse_args()
    rows = []
    for seed in map(int, a.seeds.split(",")):
        for kind in a.kinds.split(","):
            for rate, strength in SETTINGS:
                folder = a.folder / ("%s-%g-%s-%d" % (kind.replace(" ", "-"), rate, strength, seed))
                done = folder / "result.json"
                if not done.exists() and not a.report:
                    if (folder / "poisoned").exists():
                        sys.exit("%s: a trial that was stopped; remove the folder" % folder)
                    folder.mkdir(parents=True, exist_ok=True)
                    x = trial(a.tool, a.data, folder, kind, rate, strength, seed)
                    done.write_text(json.dumps(x))
                    print(json.dumps(x), file=sys.stderr, flush=True)
                if done.exists():
                    rows.append(json.loads(done.read_text()))
    report(rows)


if __name__ == "__main__":
    main()
