# SPDX-License-Identifier: MIT
"""States without a network: sequences that stand at the corner of their class, and of every ten one
that ends at another: it is an error (3), or labelled as the class it ends in, as if it were right
(7)."""

import numpy as np
import rnnrepair as rr

TOKENS = [f"w{i}" for i in range(12)]
CLASSES = ["negative", "neutral", "positive"]


def arrays(N=120, seed=0):
    """Keyword arguments of States.from_arrays()."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(2, 9, N)
    ends = np.cumsum(lengths)
    label = rng.integers(0, 3, N)
    prediction = np.repeat(label, lengths)
    symbol = rng.integers(0, 4, ends[-1]) + 4 * prediction
    turned = np.isin(np.arange(N) % 10, (3, 7))
    prediction[ends[turned] - 1] = (label[turned] + 1) % 3
    driving = np.arange(N) % 10 == 7
    label[driving] = (label[driving] + 1) % 3
    state = rng.normal(scale=0.3, size=(ends[-1], 5))
    state[:, :3] += 3 * np.eye(3)[prediction]
    return {
        "state": state,
        "prediction": prediction,
        "label": label,
        "lengths": lengths,
        "symbol": symbol,
        "probability": np.eye(3)[prediction] * 0.9 + 0.1 / 3,
    }


def states(N=120, seed=0, **changes):
    return rr.States.from_arrays(
        **{**arrays(N, seed), "tokens": TOKENS, "class_names": CLASSES, **changes}
    )
