# SPDX-License-Identifier: MIT
"""What a loader yields, as a model takes it: cut after a step, or one row for every step.

A batch has ``n`` sequences and ``time`` positions. Sequence ``i`` occupies the positions
``start[i] .. start[i] + lengths[i] - 1``; what lies before or after is padding.
"""

from __future__ import annotations

from typing import Any, Callable, Optional

import numpy as np
import torch
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from .._errors import ArgumentError, ShapeError

SIDES = ("auto", "right", "left")


def to_device(value: Any, device: torch.device, lengths_stay: bool = False) -> Any:
    """Tensors of `value`, at any depth, on `device`; an array of numpy becomes a tensor. With
    `lengths_stay` whole numbers of one axis are left where they are."""
    if isinstance(value, np.ndarray):
        value = torch.from_numpy(np.ascontiguousarray(value))
    if lengths_stay and isinstance(value, torch.Tensor):
        if value.dim() == 1 and not value.is_floating_point():
            return value
    if isinstance(value, (torch.Tensor, PackedSequence)):
        return value.to(device)
    if isinstance(value, dict):
        return {key: to_device(part, device, lengths_stay) for key, part in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(to_device(part, device, lengths_stay) for part in value))
    if isinstance(value, (tuple, list)) and any(
        isinstance(part, (torch.Tensor, np.ndarray, PackedSequence)) for part in value
    ):
        return type(value)(to_device(part, device, lengths_stay) for part in value)
    return value


def as_int_array(value: Any, name: str) -> np.ndarray:
    """`value` as int64; floats are accepted where they are whole numbers."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    array = np.asarray(value)
    if array.dtype == object or array.dtype.kind not in "iubf":
        raise ArgumentError(f"{name} must be whole numbers, not {array.dtype}")
    if array.dtype.kind == "f" and not np.array_equal(array, np.round(array)):
        raise ArgumentError(f"{name} must be whole numbers; one of them has a fraction")
    return array.astype(np.int64)


class Batch:
    """Arguments of one call of the model.

    Attributes:
        args, kwargs: as the model is called
        n: sequences
        time: positions of the padded batch
        batch_axis, time_axis: of the sequence tensor; time_axis None where no axis fits
        lengths, start: int64 [n]
    """

    def __init__(self, value: Any) -> None:
        self.args: tuple
        self.kwargs: dict
        if isinstance(value, dict):
            self.args, self.kwargs = (), dict(value)
        elif isinstance(value, (tuple, list)) and not isinstance(value, PackedSequence):
            self.args, self.kwargs = tuple(value), {}
        else:
            self.args, self.kwargs = (value,), {}
        self.packed: Optional[PackedSequence] = None
        self.n = self.time = 0
        self.batch_axis = 0
        self.time_axis: Optional[int] = None
        self.lengths = self.start = np.zeros(0, np.int64)
        self.declared = False
        self.key = self._find_sequences()

    def _find_sequences(self) -> Any:
        """The first argument that holds sequences; a PackedSequence is padded here."""
        for key, value in [*enumerate(self.args), *self.kwargs.items()]:
            if isinstance(value, PackedSequence):
                self.packed = value
                return key
            if isinstance(value, torch.Tensor) and value.dim() >= 2:
                return key
        raise ArgumentError(
            "inputs: no tensor with an axis of sequences and one of steps among what inputs() "
            "returned"
        )

    def value(self, key: Any) -> Any:
        return self.kwargs[key] if isinstance(key, str) else self.args[key]

    @property
    def sequences(self) -> torch.Tensor:
        """The tensor of the sequences; of a PackedSequence padded to [n][time]..."""
        if self.packed is not None:
            return pad_packed_sequence(self.packed, batch_first=True)[0]
        return self.value(self.key)

    def lay_out(self, n: int, batch_axis: int, time: Optional[int]) -> None:
        """Fix the axes. `time` is the number of steps of the recurrent module, None = unknown."""
        x = self.sequences
        self.n, self.batch_axis = n, batch_axis
        axes = [axis for axis in range(x.dim()) if axis != batch_axis]
        # [n][time]... and [time][n]... come first; then [n][1][time][D] and the like.
        fitting = [axis for axis in axes if time is None or x.shape[axis] == time]
        self.time_axis = fitting[0] if fitting else None
        self.time = time if time is not None else x.shape[axes[0]]
        self.lengths = np.full(n, self.time, np.int64)
        self.start = np.zeros(n, np.int64)

    def set_lengths(self, lengths: Any, name: str = "lengths") -> None:
        lengths = as_int_array(lengths, name).reshape(-1)
        if len(lengths) != self.n:
            raise ShapeError(f"{name}: {len(lengths)} values for a batch of {self.n} sequences")
        if len(lengths) and (lengths.min() < 1 or lengths.max() > self.time):
            bad = int(lengths.min() if lengths.min() < 1 else lengths.max())
            raise ArgumentError(f"{name}: {bad} is outside 1..{self.time}, the steps of the batch")
        self.lengths = lengths
        self.declared = True

    def by_batch(self, tensor: torch.Tensor) -> torch.Tensor:
        """`tensor`, laid out like the sequences, as [n][time]..."""
        if self.packed is not None or self.time_axis is None:
            return tensor
        return tensor.movedim((self.batch_axis, self.time_axis), (0, 1))

    def pad_value(self, padding: Optional[int]) -> float:
        """What stands at the padded positions."""
        if padding is not None:
            return padding
        short = np.flatnonzero(self.lengths < self.time)
        if len(short) and self.time_axis is not None:
            i = int(short[0])
            at = 0 if self.start[i] else -1
            return float(self.by_batch(self.sequences)[i, at].reshape(-1)[0])
        return 0.0

    # -- calls -----------------------------------------------------------------------------------

    def call(self, model: Callable) -> Any:
        return model(*self.args, **self.kwargs)

    def _map(self, change: Callable[[Any, bool], Any]) -> tuple:
        args = tuple(change(value, key == self.key) for key, value in enumerate(self.args))
        return args, {name: change(value, name == self.key) for name, value in self.kwargs.items()}

    def _is_timed(self, value: torch.Tensor) -> bool:
        """Laid out like the sequences: a mask, segments, a second feature of the steps."""
        if self.time_axis is None or value.dim() <= max(self.batch_axis, self.time_axis):
            return False
        return value.shape[self.batch_axis] == self.n and value.shape[self.time_axis] == self.time

    def _is_lengths(self, value: Any) -> bool:
        if isinstance(value, torch.Tensor) and (value.dim() != 1 or value.is_floating_point()):
            return False
        values: np.ndarray
        try:
            values = np.asarray(value.detach().cpu() if isinstance(value, torch.Tensor) else value)
        except (TypeError, ValueError):
            return False
        return (
            values.dtype.kind in "iu"
            and values.shape == (self.n,)
            and np.array_equal(values, self.lengths)
        )

    def _like_lengths(self, value: Any, lengths: np.ndarray) -> Any:
        if isinstance(value, torch.Tensor):
            return torch.as_tensor(lengths).to(device=value.device, dtype=value.dtype)
        return type(value)(lengths.tolist()) if isinstance(value, (list, tuple)) else lengths

    def _pick(self, take: Callable, rows: torch.Tensor, lengths: np.ndarray) -> tuple:
        """Arguments with `take` on what has steps and the `rows` of what has one row a sequence."""

        def change(value: Any, is_sequences: bool) -> Any:
            if is_sequences and self.packed is not None:
                return pack_padded_sequence(
                    take(self.sequences),
                    torch.as_tensor(lengths),
                    batch_first=True,
                    enforce_sorted=self.packed.sorted_indices is None,
                )
            if self._is_lengths(value):
                return self._like_lengths(value, lengths)
            if not isinstance(value, torch.Tensor):
                return value
            if is_sequences or self._is_timed(value):
                return take(value)
            if value.dim() and value.shape[0] == self.n:
                return value[rows.to(value.device)]
            return value

        return self._map(change)

    def _axes(self) -> tuple:
        return (0, 1) if self.packed is not None else (self.batch_axis, self.time_axis)

    def steps_as_rows(self, sequence: np.ndarray, position: np.ndarray) -> tuple:
        """(args, kwargs) of R sequences of one step each: `position[r]` of `sequence[r]`."""
        rows, at = torch.from_numpy(sequence), torch.from_numpy(position)
        whole = len(sequence) == self.n * self.time

        def take(value: torch.Tensor) -> torch.Tensor:
            batch, time = self._axes()
            if whole and (batch, time) == (0, 1):
                return value.reshape(self.n * self.time, 1, *value.shape[2:])
            i, t = rows.to(value.device), at.to(value.device)
            picked = value.movedim((batch, time), (0, 1))[i, t].unsqueeze(1)
            return picked.movedim((0, 1), (batch, time))

        return self._pick(take, rows, np.ones(len(sequence), np.int64))

    def prefix(self, rows: np.ndarray, end: int, pad: Optional[float]) -> tuple:
        """(args, kwargs) of `rows` cut after position `end`; with `pad`, later positions are
        overwritten by it instead, so that the model sees the batch as long as it was."""
        picked = torch.from_numpy(rows)
        lengths = end - self.start[rows]

        def take(value: torch.Tensor) -> torch.Tensor:
            batch, time = self._axes()
            part = value.index_select(batch, picked.to(value.device))
            if pad is None:
                return part.narrow(time, 0, end)
            part = part.clone()
            part.narrow(time, end, part.shape[time] - end).fill_(pad)
            return part

        return self._pick(take, picked, lengths)


def padding_side(batch: Batch, padding: Optional[int]) -> str:
    """Whether a padded batch is padded before or after its sequences: "left" or "right"."""
    short = np.flatnonzero(batch.lengths < batch.time)
    if batch.packed is not None or batch.time_axis is None or not len(short):
        return "right"
    x = batch.by_batch(batch.sequences)
    tails, heads = [], []
    for i in short[:16]:
        gap = int(batch.time - batch.lengths[i])
        tails.append(x[int(i), -gap:].reshape(-1))
        heads.append(x[int(i), :gap].reshape(-1))

    def constant(parts: list) -> bool:
        value = parts[0][0] if padding is None else padding
        return all(bool((part == value).all()) for part in parts)

    return "left" if constant(heads) and not constant(tails) else "right"


def lengths_of_padding(x: torch.Tensor, padding: int) -> Optional[tuple]:
    """(lengths, side) of ids [n][time] padded with `padding` on one side; None where there is no
    padding, or a sequence of nothing else."""
    real = (x != padding).cpu().numpy()
    time = x.shape[1]
    if real.all() or not real.any(axis=1).all():
        return None
    after = np.argmax(real[:, ::-1], axis=1)
    before = np.argmax(real, axis=1)
    if (after > 0).sum() >= (before > 0).sum():
        return time - after, "right"
    return time - before, "left"
