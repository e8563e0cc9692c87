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

    def take(self, source: torch.Tensor, sequence: np.ndarray, position: np.ndarray) -> torch.Tensor:
        """Append rows (sequence[r], position[r]) of `source` [n][time][width]; returns them
        as float32 [R][width] on the device of `source`, on the processor as a view of the memory
        here. One copy, however the axes of `source` lie in memory."""
        n, time, width = source.shape
        part = torch.from_numpy(self.room(len(sequence), width))
        if len(sequence) == n * time:
            part.view(n, time, width).copy_(source)
            return part if source.device.type == "cpu" else source.float().reshape(-1, width)
        time_major = source.transpose(0, 1).is_contiguous()
        flat = (source.transpose(0, 1) if time_major else source).reshape(n * time, width)
        index = torch.from_numpy(position * n + sequence if time_major else sequence * time + position)
        if source.device.type == "cpu" and source.dtype == torch.float32:
            return torch.index_select(flat, 0, index, out=part)
        flat = flat.index_select(0, index.to(source.device))
        part.copy_(flat)
        return part if source.device.type == "cpu" else flat.float()

    def finish(self) -> np.ndarray:
        if self.array is None:
            return np.zeros((0, 0), np.float32)
        self.array.resize((self.count, self.array.shape[1]), refcheck=False)
        return self.array
