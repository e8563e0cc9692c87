# SPDX-License-Identifier: MIT
"""odd.py FOLDER - small data sets at the edges of what a page may be given, for the walks through it."""
import csv
import os
import sys

import numpy as np

# Names and words that are markup, control a terminal, turn the writing direction, or are very long.
ODD = [
    "<script>window.broken=1</script>",
    "<img src=x onerror=window.broken=1>",
    "</script></style><h1 id=broken>broken</h1>",
    "\x1b[31mred\x1b[0m",
    "\u202eesrever\u202c",
    "\u05e9\u05dc\u05d5\u05dd",
    "\U0001f469\u200d\U0001f4bb",
    "javascript:window.broken=1",
    "\" onmouseover=window.broken=1 x=\"",
    "{{constructor}}",
    "a" * 3000,
]


def sequences(path, count, steps, classes, width=2, split=None):
    rng = np.random.default_rng(1)
    y = np.arange(count) % classes
    x = rng.normal(size=(count, steps, width)).astype(np.float32) + (y % 7)[:, None, None].astype(np.float32)
    more = {} if split is None else {"split": np.asarray(split, dtype=np.uint8)}
    np.savez(path, x=x, y=y.astype(np.int64), **more)


def hostile(path):
    rng = np.random.default_rng(1)
    classes = ["<b>bold</b> & \"quoted\"", "\u202eright to left", "=1+1, with a comma"]  # the last one looks like a formula
    with open(path, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label", "split"])
        for i in range(240):
            label = i % 3
            words = [ODD[k] for k in rng.integers(0, len(ODD), 3)] + [["good", "bad", "odd"][label]] * 2
            rng.shuffle(words)
            rows.writerow([" ".join(words), classes[label], ["train", "train", "test"][(i // 3) % 3]])


def main(folder):
    os.makedirs(folder, exist_ok=True)
    sequences(f"{folder}/two.npz", 2, 5, 2)
    sequences(f"{folder}/no-test.npz", 60, 12, 3)
    sequences(f"{folder}/many-classes.npz", 3000, 6, 1000, split=np.repeat([0, 2], [2000, 1000]))
    sequences(f"{folder}/long.npz", 24, 5000, 2, split=np.repeat([0, 2], [16, 8]))
    hostile(f"{folder}/hostile.csv")


if __name__ == "__main__":
    main(sys.argv[1])
