# SPDX-License-Identifier: MIT
"""foreign.py RUN OUT.npz - train a small PyTorch network on the data of a run and save its states.

For the walks through the page: a run on the states of a network trained elsewhere.
"""
import sys

import numpy as np
import torch
import rnnrepair as rr


class Classifier(torch.nn.Module):
    def __init__(self, width, hidden, classes):
        super().__init__()
        self.rnn = torch.nn.GRU(width, hidden, batch_first=True)
        self.out = torch.nn.Linear(hidden, classes)

    def forward(self, x, lengths):
        states, _ = self.rnn(x)
        last = states[torch.arange(len(x)), lengths - 1]
        return self.out(last)


def batches(data, size=64):
    """Pairs ((inputs, lengths), labels), in the order of the data."""
    starts = np.concatenate([[0], np.cumsum(data.lengths)])
    for at in range(0, len(data), size):
        part = range(at, min(at + size, len(data)))
        x = torch.nn.utils.rnn.pad_sequence(
            [torch.from_numpy(np.array(data.frames[starts[i]:starts[i + 1]])) for i in part], batch_first=True)
        lengths = torch.from_numpy(np.array(data.lengths[at:part[-1] + 1], dtype=np.int64))
        yield (x, lengths), torch.from_numpy(np.array(data.labels[at:part[-1] + 1], dtype=np.int64))


def main(run_dir, out):
    torch.manual_seed(1)
    torch.set_num_threads(1)
    run = rr.Run(run_dir)
    sets = [list(batches(run.data(name))) for name in ("train", "test")]
    names = list(run.data("train").class_names)
    model = Classifier(sets[0][0][0][0].shape[2], 48, len(names))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.005)
    for _ in range(12):
        for x, labels in sets[0]:
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(model(*x), labels).backward()
            optimiser.step()
    model.eval()
    collector = rr.torch.Collector(model)
    parts = [collector.collect(s, lengths=lambda b: b[0][1], classes=names) for s in sets]
    print(collector.parity_)
    rr.States.concat(parts, splits=["train", "test"]).save(out)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
