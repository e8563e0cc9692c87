# SPDX-License-Identifier: MIT
"""Whether collected outputs are the model's own."""

from __future__ import annotations

import dataclasses
from typing import Optional

import numpy as np


@dataclasses.dataclass
class Parity:
    """y_T of collected states against ``model(x)``, and y_t against the model on prefixes.

    Attributes:
        mode: "stream", "pool", "prefix", "prefix-padded" or "two-sided"
        readout: "last", "max", "mean", "sum", "reverse" (the last step of two directions),
            "head" (what the head is given), "steps" (an answer at every step)
        kind: the word of the states file: "one-pass", "pooled", "prefix", "two-sided"
        compared: sequences whose last output was compared with the model's
        disagreements: of these, with another label
        max_abs_diff: largest absolute difference of an output
        prefixes, prefix_max_abs_diff: prefixes on which the model was run again to see whether
            y_t is what it answers for x_1..x_t, and the largest difference; 0 and NaN where it
            was not (a model that takes no shorter input, or where y_t is that by construction)
        tolerance: differences up to this are rounding
    """

    mode: str
    readout: str
    kind: str
    compared: int = 0
    disagreements: int = 0
    max_abs_diff: float = 0.0
    prefixes: int = 0
    prefix_max_abs_diff: float = float("nan")
    tolerance: float = 1e-5

    @property
    def exact(self) -> bool:
        """No output differs by more than rounding."""
        if self.compared == 0 or not self.max_abs_diff <= self.tolerance:
            return False
        return self.prefixes == 0 or bool(self.prefix_max_abs_diff <= self.tolerance)

    def add(self, ours: np.ndarray, theirs: np.ndarray, labels: np.ndarray,
            given: np.ndarray) -> None:  # fmt: skip
        """Count outputs [n][C'] and their labels [n] against the model's own."""
        self.compared += len(ours)
        self.disagreements += int((labels != given).sum())
        self.max_abs_diff = largest(self.max_abs_diff, difference(ours, theirs))

    def __str__(self) -> str:
        text = (
            f"mode {self.mode} ({self.readout}): {self.compared} last outputs against model(x): "
            f"largest difference {self.max_abs_diff:.3g}, {self.disagreements} other labels"
        )
        if self.prefixes:
            text += f"; {self.prefixes} prefixes: largest difference {self.prefix_max_abs_diff:.3g}"
        return text + ("; exact" if self.exact else "; NOT exact")


@dataclasses.dataclass
class Trial:
    """One way of collecting that was tried on a few batches."""

    mode: str
    readout: str
    parity: Optional[Parity]
    reason: str  # why it was not taken, "" for the one that was


def largest(a: float, b: float) -> float:
    """max(a, b), NaN where either is."""
    return float("nan") if np.isnan(a) or np.isnan(b) else max(a, b)


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Largest |a - b|; equal infinities do not differ, NaN and NaN do."""
    if a.shape != b.shape:
        return float("nan")
    if not a.size:
        return 0.0
    with np.errstate(invalid="ignore"):
        apart = np.where(a == b, 0.0, np.abs(a.astype(np.float64) - b.astype(np.float64)))
    return float(apart.max()) if not np.isnan(apart).any() else float("nan")
