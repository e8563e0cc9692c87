#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A tagger in PyTorch with the data, the sizes and the optimiser of a run, to compare accuracies.

    python3 tests/network/compare_tagger.py RUN DATA.npz [EPOCHS]

DATA.npz is what `rnnrepair train RUN --data npz:DATA.npz` was trained on: x [R][D] or x [R] (symbols,
with `vocabulary`), lengths, step_label, split. Cell, sizes, batch, rate and seed are read from
RUN/run.json. Prints the accuracy of the test steps after every epoch.
"""
import json
import sys

import numpy as np
import torch


def main():
    run = json.load(open(sys.argv[1] + "/run.json"))
    net, train = run["network"], run["train"]
    z = np.load(sys.argv[2])
    epochs = int(sys.argv[3]) if len(sys.argv) > 3 else train["epochs"]
    at = np.concatenate([[0], np.cumsum(z["lengths"])])
    label = torch.from_numpy(z["step_label"].astype(np.int64))
    x = torch.from_numpy(z["x"].astype(np.float32 if z["x"].ndim == 2 else np.int64))
    split = {k: np.flatnonzero(z["split"] == v) for k, v in (("train", 0), ("test", 2))}
    torch.set_num_threads(1)
    torch.manual_seed(train["seed"])
    cell = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[net["cell"]]
    vectors = torch.nn.Embedding(net["vocabulary"], net["width"]) if "vocabulary" in net else None
    rnn = cell(net["width"], net["hidden"], net["layers"], batch_first=True)
    output = torch.nn.Linear(net["hidden"], net["classes"])
    parts = [p for p in (vectors, rnn, output) if p is not None]
    optimizer = torch.optim.Adam(
        [w for p in parts for w in p.parameters()], train["learning_rate"], eps=train["epsilon"]
    )

    def run_batch(ids):
        pad = torch.nn.utils.rnn.pad_sequence
        ids = sorted(ids, key=lambda i: at[i] - at[i + 1])
        inputs = pad([x[at[i] : at[i + 1]] for i in ids], batch_first=True)
        truth = pad([label[at[i] : at[i + 1]] for i in ids], batch_first=True, padding_value=-1)
        if vectors is not None:
            inputs = vectors(inputs)
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            inputs, [int(at[i + 1] - at[i]) for i in ids], batch_first=True
        )
        states, _ = torch.nn.utils.rnn.pad_packed_sequence(rnn(packed)[0], batch_first=True)
        return output(states).flatten(0, 1), truth.flatten()

    for epoch in range(epochs):
        order = np.random.RandomState(train["seed"] + epoch).permutation(split["train"])
        for b in range(0, len(order), train["batch"]):
            logits, truth = run_batch(order[b : b + train["batch"]])
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(logits, truth, ignore_index=-1).backward()
            optimizer.step()
        right = steps = 0
        with torch.no_grad():
            for b in range(0, len(split["test"]), 64):
                logits, truth = run_batch(split["test"][b : b + 64])
                right += int((logits.argmax(1) == truth)[truth >= 0].sum())
                steps += int((truth >= 0).sum())
        print(f"epoch {epoch + 1}: {right} of {steps} test steps, {100 * right / steps:.2f} %", flush=True)


if __name__ == "__main__":
    main()
