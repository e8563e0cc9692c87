# SPDX-License-Identifier: MIT
"""What the tests of the collector have in common."""

import numpy as np
import torch
from rnnrepair.torch import Collector

N, T = 7, 6
LENGTHS = torch.tensor([6, 2, 5, 6, 1, 3, 4])


def made(model, seed=3):
    torch.manual_seed(seed)
    return model().eval()


def collect(model, loader, *, expect=None, **named):
    """Arrays of all sequences; `expect` is the (mode, readout) that must have been chosen."""
    keys = ("recurrent", "head", "mode", "batch_first", "output", "stride", "slice_prefix", "padding")
    col = Collector(model, **{key: named.pop(key) for key in keys if key in named})
    got = col.collect_arrays(loader, **named)
    if expect is not None:
        assert (col.parity_.mode, col.parity_.readout) == expect, [str(t) for t in col.tried_]
        assert col.parity_.exact
        assert col.parity_.max_abs_diff < 1e-6
        assert col.parity_.disagreements == 0
        assert col.parity_.compared == len(got["lengths"])
    return got, col


def sequence_rows(got, i):
    first = int(got["lengths"][:i].sum())
    return slice(first, first + int(got["lengths"][i]))


def check_prefixes(model, x, got, lengths=None, takes_lengths=False, width=None):
    """State and output of every step against the model run on that prefix alone."""
    lengths = lengths if lengths is not None else [x.shape[1]] * len(x)
    for i, length in enumerate(lengths):
        rows = sequence_rows(got, i)
        assert rows.stop - rows.start == int(length)
        for t in range(1, int(length) + 1):
            part = x[i : i + 1, :t]
            more = (torch.tensor([t]),) if takes_lengths else ()
            with torch.no_grad():
                y = model(part, *more)
            y = y.reshape(1, -1)
            p = torch.softmax(y, 1)[0].numpy()
            row = rows.start + t - 1
            np.testing.assert_allclose(got["probability"][row], p, atol=2e-6)
            assert got["prediction"][row] == int(y.argmax())


def check_states(reference, got, lengths):
    """States against outputs [n][time][H] computed apart."""
    for i, length in enumerate(lengths):
        rows = got["state"][sequence_rows(got, i)]
        np.testing.assert_allclose(rows, reference[i, : int(length)].numpy(), atol=2e-6)
