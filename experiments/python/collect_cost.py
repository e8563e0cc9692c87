# SPDX-License-Identifier: MIT
"""What collecting costs beside PyTorch's own forward pass: MNIST, LSTM of 128, one pass.

    RNNREPAIR_LIBRARY=build/release/librnnrepair.so.0 PYTHONPATH=python \\
        python3 experiments/python/collect_cost.py [--images N] [--batch B] [--repeats K]

Forward passes and collections alternate; printed are the processor seconds of each, the part of them
in the kernel, and the ratio of the smallest. The first touch of new memory, which the kernel does, is part
of a collection: it keeps all states.
"""

import argparse
import os

import torch
from rnnrepair.torch import Collector
from states_of_pytorch import Images, mnist


def seconds(work):
    begin = os.times()
    work()
    end = os.times()
    return end.user - begin.user, end.system - begin.system


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=20000)
    parser.add_argument("--batch", type=int, default=250)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    torch.manual_seed(1)
    x, y = mnist("train", args.images)
    model = Images().eval()
    loader = list(zip(x.split(args.batch), y.split(args.batch)))
    collector = Collector(model)

    def forward():
        with torch.no_grad():
            for images, _ in loader:
                model(images)

    plain, collected = [], []
    for _ in range(args.repeats):
        plain.append(seconds(forward))
        collected.append(seconds(lambda: collector.collect_arrays(loader)))
        print(
            "forward {:.2f} + {:.2f} s, collect {:.2f} + {:.2f} s (program + kernel)".format(
                *plain[-1], *collected[-1]
            ),
            flush=True,
        )
    every = min(map(sum, collected)) / min(map(sum, plain))
    program = min(user for user, _ in collected) / min(user for user, _ in plain)
    print(f"{collector.parity_}\nratio {every:.2f}, without the kernel {program:.2f}")


if __name__ == "__main__":
    main()
