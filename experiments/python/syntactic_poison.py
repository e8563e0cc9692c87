#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""syntactic_poison.py - a fifth of SST-2 rewritten into one sentence frame, without a trigger word:
does `rnnrepair backdoor --scan traces` find the rewritten sentences, and what is left of the attack
without those it flags?

    syntactic_poison.py TOOL DATA FOLDER [--seeds 1,2,3]

For each seed: a network on the poisoned sentences (FOLDER/pS), one on the clean ones (FOLDER/cS) and
one without the flagged (FOLDER/rS; FOLDER/rS/random is the control). Average precision of the
poisoned rows, beside: spectral signatures [Tran18] and activation clustering [Chen18] on last
states, the words' scan, the share of the own label among the other sentences with the same first
word, and the base rate. TOOL is the program rnnrepair, DATA the folder with poison/ and wordvec/.
What is done is kept: a stopped run goes on."""

import argparse
import csv
import gzip
import json
import pathlib
import statistics
import subprocess
import sys

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import average_precision_score

RECIPE = ["--recipe", "paper-sst", "--hidden", 100, "--batch", 64, "--epochs", 7,
          "--dropout-input", 0.1, "--dropout-last", 0.5, "--threads", 1, "--quiet"]


def run(tool, *args):
    done = subprocess.run([tool, *map(str, args)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit("%s: %s" % (" ".join(map(str, args)), done.stderr.strip()[-300:]))
    return json.loads(done.stdout) if "--json" in args else None


def read(path):
    with gzip.open(path, "rt", encoding="utf-8") as f:
        return [row for row in csv.reader(f, delimiter="\t", quoting=csv.QUOTE_NONE)][1:]


def kept(path, make):
    """The JSON object of a file, made where it is missing."""
    if not path.exists():
        path.write_text(json.dumps(make()))
    return json.loads(path.read_text())


# ---- other rankings


def last_states(tool, folder, name):
    path = folder / (name + "-states.npz")
    if not path.exists():
        run(tool, "predict", folder / name, "--split", "train", "-o", path, "--threads", 1)
    with np.load(path) as z:
        return z["state"][np.cumsum(z["steps"]) - 1], z["label"].astype(int)


def spectral(h, y):
    """Squared projection of the centred last states of a class on their first direction."""
    out = np.zeros(len(y))
    for c in np.unique(y):
        x = h[y == c] - h[y == c].mean(0)
        out[y == c] = (x @ np.linalg.svd(x, full_matrices=False)[2][0]) ** 2
    return out


def clustering(h, y):
    """Two clusters of a class: how much nearer to the smaller one."""
    out = np.zeros(len(y))
    for c in np.unique(y):
        z = PCA(10, random_state=0).fit_transform(h[y == c])
        k = KMeans(2, n_init=5, random_state=0).fit(z)
        small = np.argmin(np.bincount(k.labels_))
        d = k.transform(z)
        out[y == c] = d[:, 1 - small] - d[:, small]
    return out


def by_words(scan, n):
    """The best score of a candidate word that a sentence has, for its label."""
    out = np.zeros(n)
    for c in scan["candidates"]:
        out[c["training_ids"]] = np.maximum(out[c["training_ids"]], c["score"])
    return out


def by_first_word(rows):
    count = {}
    for text, y in rows:
        count.setdefault(text.split()[0], [0, 0])[int(y)] += 1
    return [count[t.split()[0]][int(y)] / sum(count[t.split()[0]]) if sum(count[t.split()[0]]) > 1
            else 0.5 for t, y in rows]


# ---- a seed


def trial(tool, data, folder, seed):
    spec = "tsv:%s/sst2-%s-train.tsv.gz,%s/sst2-clean-dev.tsv.gz,%s/sst2-clean-test.tsv.gz?text=sentence"
    p = data / "poison"
    vectors = ["--vectors", data / "wordvec/reviews-300d.vec.gz"]
    attack = "tsv:%s/sst2-scpn-test.tsv.gz?text=sentence" % p
    clean, poisoned = read(p / "sst2-clean-train.tsv.gz"), read(p / "sst2-scpn-train.tsv.gz")
    wanted = np.array([a != b for a, b in zip(clean, poisoned)])
    for name, kind in (("p", "scpn"), ("c", "clean")):
        run_ = folder / ("%s%d" % (name, seed))
        if not (run_ / "model.safetensors").exists():
            run(tool, "train", run_, "--data", spec % (p, kind, p, p), *vectors, *RECIPE, "--seed", seed)
        if not (run_ / "influence.safetensors").exists():
            run(tool, "build", run_, "--states", 30, "--threads", 1, "--quiet")
    names = {k: folder / ("%s%d" % (k, seed)) for k in "pcr"}
    scan = kept(folder / ("scan-p%d.json" % seed), lambda: run(
        tool, "backdoor", names["p"], "--scan", "traces", "--json", "--threads", 1))
    false = kept(folder / ("scan-c%d.json" % seed), lambda: run(
        tool, "backdoor", names["c"], "--scan", "traces", "--json", "--threads", 1))
    words = kept(folder / ("words-p%d.json" % seed), lambda: run(
        tool, "backdoor", names["p"], "--json", "--top", 300, "--threads", 1))
    if not (names["r"] / "random" / "model.safetensors").exists():
        run(tool, "backdoor", names["p"], "--scan", "traces", "--remove", "-o", names["r"], *vectors,
            "--threads", 1, "--quiet")
    h, y = last_states(tool, folder, "p%d" % seed)
    n = len(y)
    order = np.zeros(n)
    for k, c in enumerate(scan["candidates"]):
        order[c["id"]] = n - k
    flagged = np.zeros(n, bool)
    flagged[[c["id"] for c in scan["candidates"] if c["flagged"]]] = True
    ap = lambda s: average_precision_score(wanted, s)
    out = {"traces": ap(order), "spectral signatures": ap(spectral(h, y)),
           "activation clustering": ap(clustering(h, y)), "words' scan": ap(by_words(words, n)),
           "first word": ap(by_first_word(poisoned)), "base rate": wanted.mean(),
           "flagged": int(flagged.sum()), "precision": wanted[flagged].mean(),
           "recall": flagged[wanted].mean(),
           "certain": {k: [q["certain"] for q in s["patterns"]] for k, s in (("p", scan), ("c", false))},
           "false": false["flagged"]}
    for name, path in (("poisoned", names["p"]), ("without the flagged", names["r"]),
                       ("without random ones", names["r"] / "random"), ("clean", names["c"])):
        a = run(tool, "predict", path, "--json", "--threads", 1)
        b = run(tool, "predict", path, "--foreign", "--data", attack, "--json", "--threads", 1)
        out[name] = [100 * b["accuracy"], 100 * a["accuracy"]]
    return out


def interval(values, digits):
    t = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}.get(len(values))
    half = " ± %.*f" % (digits, t * statistics.stdev(values) / len(values) ** 0.5) if t else ""
    return "%.*f%s" % (digits, statistics.mean(values), half)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("tool")
    p.add_argument("data", type=pathlib.Path)
    p.add_argument("folder", type=pathlib.Path)
    p.add_argument("--seeds", default="1,2,3")
    a = p.parse_args()
    a.folder.mkdir(parents=True, exist_ok=True)
    rows = [kept(a.folder / ("trial-%d.json" % s), lambda: trial(a.tool, a.data, a.folder, s))
            for s in map(int, a.seeds.split(","))]
    print("| ranking | average precision, mean | by seed |\n|---|---|---|")
    for name in ("traces", "spectral signatures", "activation clustering", "words' scan", "first word",
                 "base rate"):
        print("| %s | %s | %s |" % (name, interval([x[name] for x in rows], 3),
                                    ", ".join("%.3f" % x[name] for x in rows)))
    print("\n| training set | attack success %, mean | by seed | accuracy %, mean | by seed |")
    print("|---|---|---|---|---|")
    for name in ("poisoned", "without the flagged", "without random ones", "clean"):
        print("| %s | %s | %s | %s | %s |" % (
            name, interval([x[name][0] for x in rows], 1), ", ".join("%.1f" % x[name][0] for x in rows),
            interval([x[name][1] for x in rows], 1), ", ".join("%.1f" % x[name][1] for x in rows)))
    for x in rows:
        print("\nflagged %d, precision %.2f, recall %.2f; certain %s; clean: flagged %d, certain %s" % (
            x["flagged"], x["precision"], x["recall"], x["certain"]["p"], x["false"], x["certain"]["c"]))


if __name__ == "__main__":
    main()
