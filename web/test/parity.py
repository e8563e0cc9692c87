#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the program says of influence, for parity.test.ts.

    test/parity.py PROGRAM                    write test/parity.json from two small made-up runs
    test/parity.py PROGRAM RUN -o FILE        the same of a run: RNNREPAIR_PARITY=FILE npm test -- parity

Each case is a run's training traces, as they stand in its influence model, and the answers of
`rnnrepair explain --json` about some sequences, by every measure and key.
"""
import argparse
import json
import pathlib
import struct
import subprocess
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
KEYS = {"symbols": ["state-symbol", "transition", "full"], "frames": ["transition"]}
TYPES = {"U16": "<u2", "U32": "<u4", "U64": "<u8", "F32": "<f4", "F64": "<f8"}


def tensors(path):
    data = path.read_bytes()
    n = struct.unpack("<Q", data[:8])[0]
    head = json.loads(data[8 : 8 + n])
    out = {}
    for name, t in head.items():
        if name != "__metadata__":
            begin, end = t["data_offsets"]
            out[name] = np.frombuffer(data[8 + n + begin : 8 + n + end], TYPES[t["dtype"]]).reshape(t["shape"])
    return out


def explain(program, run, *options):
    done = subprocess.run([program, "explain", run, "--json", "-q", *options], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def trace_of(answer, words):
    steps = answer["steps"]
    out = {"states": [s["state"] for s in steps], "predictions": [s["prediction"] for s in steps]}
    if "token" in steps[0]:
        # A vocabulary may be of small letters alone; 1 is the unknown word.
        out["symbols"] = [words.get(s["token"], words.get(s["token"].lower(), 1)) if words else int(s["token"]) for s in steps]
    return out


def question(program, run, words, sample, measure, key, top):
    options = ["--sample", str(sample), "--measure", measure, "--key", key, "--top", str(top)]
    answer = explain(program, run, *options)
    steps = len(answer["steps"])
    asked = {"sample": sample, "measure": measure, "key": key, "top": top, **trace_of(answer, words)}
    asked["influencers"] = [s["influencers"] for s in answer["steps"]]
    asked["proponents"] = [[p["id"], p["score"]] for p in answer.get("proponents", [])]
    asked["matches"] = []
    for t in sorted({1, (steps + 1) // 2, steps}):
        step = explain(program, run, *options, "--step", str(t)).get("step")
        if step is not None:
            asked["matches"].append({"t": t, "influencers": step["influencers"], "nearest": [[m["id"], m["score"], m["steps"]] for m in step["matches"]]})
    return asked


def case(program, run, samples, measures, top):
    run = pathlib.Path(run)
    x = tensors(run / "influence.safetensors")
    vocabulary = run / "vocabulary.txt"
    words = {w: i for i, w in enumerate(vocabulary.read_text(encoding="utf-8").split("\n"))} if vocabulary.exists() else None
    # Frames have symbols of a codebook there, which the page does not know.
    symbolic = "token" in explain(program, run, "--sample", "0")["steps"][0]
    training = {
        "offsets": x["trace.offset"].tolist(),
        "states": x["trace.state"].tolist(),
        "predictions": x["trace.prediction"].tolist(),
        "symbols": x["trace.symbol"].tolist() if symbolic else None,
        "states_count": x["confidence"].shape[0],
        "classes": x["confidence"].shape[1],
        "confidence": [float(v) for v in x["confidence"].ravel()],
    }
    keys = KEYS["symbols" if symbolic else "frames"]
    asked = [question(program, run, words, s, m, k, top) for s in samples for m in measures for k in keys]
    return {"training": training, "questions": asked}


def make_data(path, symbolic, rng):
    x, lengths, y, split = [], [], [], []
    for i in range(90):
        steps, label = int(rng.integers(2, 12)), int(rng.integers(0, 3))
        if symbolic:
            x += [int(min(8, 3 * label + rng.integers(0, 3))) if rng.random() < 0.6 else int(rng.integers(0, 9)) for _ in range(steps)]
        else:
            x += [[np.sin(t / 2 + label) + rng.normal() / 3, label / 2 + rng.normal() / 2] for t in range(steps)]
        lengths.append(steps)
        y.append(label)
        split.append(0 if i < 70 else 2)
    np.savez(path, x=np.asarray(x, np.int64 if symbolic else np.float32), lengths=np.asarray(lengths), y=np.asarray(y), split=np.asarray(split))


def made_up(program):
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        for symbolic in (True, False):
            data, run = f"{folder}/{symbolic}.npz", f"{folder}/run-{symbolic}"
            make_data(data, symbolic, np.random.default_rng(7))
            subprocess.run([program, "train", run, "--data", f"npz:{data}", "--hidden", "12", "--epochs", "6", "--batch", "8", "--optimizer", "adam", "--learning-rate", "0.01", "-q"], check=True, stdout=subprocess.DEVNULL)
            subprocess.run([program, "build", run, "--states", "6", "-q"], check=True, stdout=subprocess.DEVNULL)
            cases.append(case(program, run, [0, 3, 11], ["lp", "votes", "jaccard", "containment"], 12))
    return cases


def main():
    p = argparse.ArgumentParser()
    p.add_argument("program")
    p.add_argument("run", nargs="?")
    p.add_argument("-o", default=str(HERE / "parity.json"))
    p.add_argument("--samples", default="0,1,2,7,40")
    p.add_argument("--measures", default="lp,votes,jaccard,containment")
    a = p.parse_args()
    samples = [int(s) for s in a.samples.split(",")]
    cases = [case(a.program, a.run, samples, a.measures.split(","), 100)] if a.run else made_up(a.program)
    pathlib.Path(a.o).write_text(json.dumps(cases, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
