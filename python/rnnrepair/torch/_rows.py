# SPDX-License-Identifier: MIT
"""A matrix that grows by rows, batch by batch, without holding the rows twice."""

from __future__ import annotations

from typing import Optional

import numpy as np
import torch


class Rows:
    """Float32 rows [R][width], written in place.

    The memory is enlarged by realloc, which moves pages rather than copying them where the
    system can, so neither a second copy nor a list of batches exists.
    """

    def __init__(self, expected: int = 0) -> None:
        self.expected = expected
        self.count = 0
        self.array: Optional[np.ndarray] = None

    def room(self, rows: int, width: int) -> np.ndarray:
        """The next `rows` rows, to be written by the caller; borrowed until the next call."""
        need = self.count + rows
        if self.array is None:
            self.array = np.empty((max(need, self.expected), width), np.float32)
        elif need > len(self.array):
            self.array.resize((max(need, len(self.array) * 3 // 2), width), refcheck=False)
        part = self.array[self.count : need]
        self.count = need
        return part

    def take(self, source: torch.Tensor, index: Optional[torch.Tensor]) -> torch.Tensor:
        """Append rows `index` of `source` [*][width], all with None; returns them as float32 on
        the device of `source`, where that is the processor a view of the memory here."""
        rows = len(source) if index is None else len(index)
        part = torch.from_numpy(self.room(rows, source.shape[1]))
        if index is None:
            part.copy_(source)
        elif source.device.type == "cpu" and source.dtype == torch.float32:
            torch.index_select(source, 0, index, out=part)
        else:
            source = source.index_select(0, index.to(source.device))
            part.copy_(source)
        return part if source.device.type == "cpu" else source.float()

    def finish(self) -> np.ndarray:
        if self.array is None:
            return np.zeros((0, 0), np.float32)
        self.array.resize((self.count, self.array.shape[1]), refcheck=False)
        return self.array
