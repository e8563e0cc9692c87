#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""peer_mnist.py DATA OUT HIDDEN BATCH EPOCHS RATE GOAL default|tuned [LIMIT]

A whole PyTorch script beside `rnnrepair train`: reads the IDX files of the folder DATA, trains an
LSTM on the rows of the images with Adam, measures the test images after each epoch, ends when GOAL
of them are right or after EPOCHS, and saves the weights as OUT.pt and what it reached as OUT.json.
"default" is as one writes it; "tuned" is time-major, flushes denormals, updates all weights at once
and has OpenBLAS use its AVX-512 kernels where there is AVX-512: as a rule the fastest of the ways
that peers.py tries for this network. LIMIT takes the first images of each split. Ends with 69 where
PyTorch is not installed.
"""

import gzip
import json
import os
import sys

from peers import BEST_KERNELS, has_avx512


def idx(folder, name, dims):
    import numpy as np

    with gzip.open(os.path.join(folder, name + ".gz")) as f:
        data = f.read()
    shape = np.frombuffer(data, ">i4", dims, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * dims).reshape(shape)


def split(folder, name, limit):
    import numpy as np
    import torch

    images = idx(folder, f"{name}-images-idx3-ubyte", 3)[:limit]
    labels = idx(folder, f"{name}-labels-idx1-ubyte", 1)[:limit]
    return torch.from_numpy(images.astype(np.float32) / 255), torch.from_numpy(labels.astype(np.int64))


def main():
    folder, out = sys.argv[1:3]
    hidden, batch, epochs = (int(w) for w in sys.argv[3:6])
    rate, goal = float(sys.argv[6]), float(sys.argv[7])
    tuned = sys.argv[8] == "tuned"
    limit = int(sys.argv[9]) if len(sys.argv) > 9 else None
    if tuned and has_avx512():
        os.environ.update(BEST_KERNELS)
    try:
        import torch
        from torch import nn
    except ImportError:
        sys.exit(69)
    torch.manual_seed(1)
    if tuned:
        torch.set_flush_denormal(True)
    train_x, train_y = split(folder, "train", limit)
    test_x, test_y = split(folder, "t10k", limit)
    rnn = nn.LSTM(28, hidden, batch_first=not tuned)
    head = nn.Linear(hidden, 10)
    weights = [*rnn.parameters(), *head.parameters()]
    more = {"foreach": True} if tuned else {}
    optimizer = torch.optim.Adam(weights, lr=rate, eps=1e-7, **more)

    def logits(x):
        if tuned:
            return head(rnn(x.transpose(0, 1).contiguous())[0][-1])
        return head(rnn(x)[0][:, -1])

    for epoch in range(1, epochs + 1):
        for pick in torch.randperm(len(train_x)).split(batch):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(logits(train_x[pick]), train_y[pick])
            loss.backward()
            optimizer.step()
        with torch.inference_mode():
            right = sum(
                int((logits(x).argmax(1) == y).sum())
                for x, y in zip(test_x.split(1000), test_y.split(1000))
            )
        accuracy = right / len(test_x)
        if accuracy >= goal:
            break
    torch.save({"rnn": rnn.state_dict(), "head": head.state_dict()}, out + ".pt")
    with open(out + ".json", "w", encoding="ascii") as f:
        json.dump({"test_accuracy": accuracy, "epochs": epoch}, f)


if __name__ == "__main__":
    main()
