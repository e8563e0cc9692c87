# SPDX-License-Identifier: MIT
"""From a batch of a loader to one recorded call of the model: axes, lengths and labels."""

from __future__ import annotations

import warnings
from typing import Any, Callable, List, Optional, Union

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from .._errors import ArgumentError, ShapeError
from . import _capture as capture
from ._batches import Batch, as_int_array, lengths_of_padding, padding_side, to_device
from ._outputs import Answers, StepLayout, select
from ._parity import Trial


class Seen:
    """One call of the model on a batch, recorded."""

    def __init__(self, batch: Batch, outputs: Any) -> None:
        self.batch, self.outputs = batch, outputs
        self.states: Optional[torch.Tensor] = None  # [n][time][H]
        self.rnn: Optional[capture.Recurrent] = None
        self.calls: list = []
        self.packed: Optional[PackedSequence] = None
        self.head_calls: list = []
        self.own_time = 0  # steps of the longest sequence, where the model packs; else of the batch
        self.labels: Optional[np.ndarray] = None  # [n]
        self.step_labels: Optional[torch.Tensor] = None  # [n][time]

    @property
    def inputs(self) -> Optional[torch.Tensor]:
        """[n][time]... of the recurrent module; None where they are not known."""
        if self.rnn is None or self.states is None:
            return None
        return longer(self.rnn.inputs(self.calls), self.batch.time)


class Reading:
    """The part of a collector that reads batches. Its attributes are those of all parts."""

    # Arguments of the constructor.
    model: nn.Module
    recurrent: Union[str, nn.Module]
    head: Union[str, nn.Module]
    mode: str
    batch_first: Optional[bool]
    output: Union[None, int, str, Callable]
    stride: int
    device: Union[None, str, torch.device]
    slice_prefix: Optional[Callable]
    padding: str
    pad: Optional[int]
    # Results.
    notes_: List[str]
    tried_: List[Trial]
    # Arguments of collect().
    _get_inputs: Optional[Callable]
    _get_labels: Union[None, bool, Callable]
    _get_lengths: Optional[Callable]
    _get_symbols: Union[None, str, Callable]
    _get_steps: Optional[Callable]
    # What was found out about the model.
    _model: nn.Module  # without wrappers
    _device: torch.device
    _half: bool  # parameters of 16 bits
    _lengths_stay: bool  # the model packs by lengths on the processor
    _embedding: Optional[nn.Embedding]
    _pad_index: Optional[int]
    _rnn: Optional[capture.Recurrent]  # None: prefixes alone
    _head: Optional[nn.Module]
    _axis: int  # of the sequences, where a batch does not say
    _recorder: capture.Recorder
    _tagger: bool  # answers for every step
    _layout: StepLayout
    _answers: Answers
    _tolerance: float
    _first: List[Seen]  # the batches that were looked at
    _mode: str
    _readout: str

    def _note(self, text: str, warn: bool = False) -> None:
        if text not in self.notes_:
            self.notes_.append(text)
            if warn:
                warnings.warn(text, stacklevel=4)

    @staticmethod
    def _parts(raw: Any, count: int, argument: str) -> Any:
        """The parts of a batch where its form says which is which."""
        if isinstance(raw, (tuple, list)) and not isinstance(raw, PackedSequence):
            if len(raw) == count or (count == 2 and len(raw) == 1):
                return raw
            raise ArgumentError(
                f"{argument}: a batch has {len(raw)} parts; say which with {argument}=lambda b: ..."
            )
        if isinstance(raw, dict):
            raise ArgumentError(f"{argument}: a batch is a dict; say which with {argument}=")
        return (raw,)

    def _inputs_of(self, raw: Any) -> Any:
        value = self._get_inputs(raw) if self._get_inputs else self._parts(raw, 2, "inputs")[0]
        return to_device(value, self._device, self._lengths_stay)

    def _labels_of(self, raw: Any) -> Optional[torch.Tensor]:
        if self._get_labels is False:
            return None
        if callable(self._get_labels):
            value = self._get_labels(raw)
        else:
            parts = self._parts(raw, 2, "labels")
            value = parts[1] if len(parts) == 2 else None
        return None if value is None else torch.as_tensor(np.asarray(value)) if not isinstance(
            value, torch.Tensor) else value.detach().cpu()

    def _count(self, batch: Batch, labels: Optional[torch.Tensor], lengths: Any) -> tuple:
        """(sequences, batch axis) of a batch."""
        x = batch.sequences
        if batch.packed is not None:
            return x.shape[0], 0
        if self.batch_first is not None:
            axis = 0 if self.batch_first else 1
            n = x.shape[axis]
            if labels is not None and labels.dim() == 1 and len(labels) != n:
                raise ShapeError(
                    f"labels: {len(labels)} for inputs of shape {tuple(x.shape)}, that is {n} "
                    f"sequences with batch_first={self.batch_first}"
                )
            return n, axis
        known = None
        if lengths is not None:
            known = len(lengths)
        elif labels is not None and labels.dim() >= 1:
            known = len(labels)
            if labels.dim() >= 2 and tuple(labels.shape[:2]) == tuple(x.shape[:2]):
                known = None
        if known is not None:
            fits = [axis for axis in (0, 1) if x.shape[axis] == known]
            if not fits:
                raise ShapeError(
                    f"{'labels' if lengths is None else 'lengths'}: {known} for inputs of shape {tuple(x.shape)}; neither of the first "
                    "two axes has so many sequences"
                )
            if len(fits) == 1:
                return known, fits[0]
        axis = self._axis
        return x.shape[axis], axis

    def _see(self, raw: Any) -> Seen:
        """Call the model on a batch, with its recurrent modules recorded."""
        labels = self._labels_of(raw)
        batch = Batch(self._inputs_of(raw))
        lengths = self._get_lengths(raw) if self._get_lengths else None
        n, axis = self._count(batch, labels, lengths)
        self._recorder.clear()
        outputs = batch.call(self._model)
        seen = Seen(batch, select(outputs, self.output, n))
        seen.head_calls = list(self._recorder.head_calls)
        time = own = None
        if self._rnn is not None:
            seen.rnn, seen.calls = self._rnn, self._recorder.calls
            states, own, seen.packed = self._rnn.read(seen.calls)
            time = seen.own_time = states.shape[1]
            self._check_axes(batch, self._rnn, states, n, axis)
            if seen.packed is not None and batch.sequences.dim() > 1:
                time = max(time, batch.sequences.shape[1 - axis])
                states = longer(states, time)
            seen.states = states
        batch.lay_out(n, axis, time)
        seen.own_time = seen.own_time or batch.time
        self._set_lengths(seen, lengths, own)
        self._set_labels(seen, raw, labels)
        return seen

    @staticmethod
    def _check_axes(batch: Batch, rnn: capture.Recurrent, states: torch.Tensor, n: int,
                    axis: int) -> None:  # fmt: skip
        """Does the recurrent module run over the steps, not over the sequences?"""
        got, x = tuple(states.shape[:2]), batch.sequences
        if got[0] == n:
            return
        name = f"{type(rnn.module).__name__} {rnn.name!r}"
        if got[1] == n and got[0] == x.shape[1 - axis]:
            raise ShapeError(
                f"the axes are swapped: {name} has batch_first={rnn.batch_first} and reads "
                f"inputs of {n} sequences as {got[0]} sequences of {got[1]} steps, so it runs over "
                "the sequences of a batch. Set batch_first in the model and train it again"
            )
        raise ShapeError(
            f"{name} gave states of {got[0]} sequences of {got[1]} steps for a batch of {n} "
            f"sequences (inputs {tuple(x.shape)}); if the batch is the other axis, pass batch_first="
        )

    def _set_lengths(self, seen: Seen, lengths: Any, own: Optional[np.ndarray]) -> None:
        batch = seen.batch
        side = self.padding
        if lengths is not None:
            batch.set_lengths(lengths)
            if own is not None and not np.array_equal(np.asarray(own), batch.lengths):
                if np.array_equal(np.sort(own), np.sort(batch.lengths)):
                    # The model sorts by length itself: its states are in another order.
                    seen.states = None
                else:
                    raise ArgumentError("lengths: they differ from those the model packs with")
        elif own is not None:
            batch.set_lengths(own)
        elif self._pad_index is not None and not batch.sequences.is_floating_point():
            if batch.time_axis is not None and batch.packed is None:
                ids = batch.by_batch(batch.sequences)
                found = lengths_of_padding(ids, self._pad_index) if ids.dim() == 2 else None
                if found:
                    batch.set_lengths(found[0])
                    side = found[1] if side == "auto" else side
                    self._note(f"lengths: seen from the padding with id {self._pad_index}")
        if side == "auto":
            side = padding_side(batch, self._pad_index)
        if side == "left":
            batch.start = batch.time - batch.lengths

    def _set_labels(self, seen: Seen, raw: Any, labels: Optional[torch.Tensor]) -> None:
        n, time = seen.batch.n, seen.batch.time
        steps = self._get_steps(raw) if self._get_steps else None
        if labels is not None and labels.dim() == 2 and labels.shape[1] == 1 and n > 1:
            labels = labels[:, 0]
        if labels is not None and labels.dim() == 2 and steps is None:
            if tuple(labels.shape) in ((n, time), (time, n)):
                steps, labels = labels, None
            else:
                labels = self._of_hot(labels)
        if steps is not None:
            steps = torch.as_tensor(np.asarray(steps) if not isinstance(steps, torch.Tensor)
                                    else steps.detach().cpu())  # fmt: skip
            shape = tuple(steps.shape)
            if shape == (time, n) and (shape != (n, time) or seen.batch.batch_axis == 1):
                steps = steps.t()
            elif shape != (n, time):
                raise ShapeError(
                    f"step_labels: shape {shape} for {n} sequences of {time} steps; "
                    f"expected {(n, time)}"
                )
            seen.step_labels = steps
        if labels is not None:
            seen.labels = as_int_array(labels, "labels").reshape(-1)
            if len(seen.labels) != n:
                raise ShapeError(f"labels: {len(seen.labels)} for a batch of {n} sequences")

    def _of_hot(self, labels: torch.Tensor) -> torch.Tensor:
        """Labels [n][C] of zeros and ones as numbers of classes."""
        if isinstance(self.output, int):
            if not 0 <= self.output < labels.shape[1]:
                raise ArgumentError(
                    f"output: {self.output} is outside 0..{labels.shape[1] - 1}, the labels' columns"
                )
            return labels[:, self.output]
        if bool(((labels == 0) | (labels == 1)).all()) and bool((labels.sum(1) == 1).all()):
            return labels.argmax(1)
        raise ShapeError(
            f"labels: shape {tuple(labels.shape)} is neither one number a sequence nor one for "
            "every step; for independent outputs pass output=j"
        )

    def _steps_of(self, seen: Seen) -> torch.Tensor:
        y = self._layout.apply(seen.outputs, seen.batch.n, self._output_time(seen), seen.packed)
        return longer(y, seen.batch.time)

    @staticmethod
    def _output_time(seen: Seen) -> int:
        """Steps of the outputs: the batch's, or where the model packs perhaps its longest sequence's."""
        y, time = seen.outputs, seen.batch.time
        if isinstance(y, torch.Tensor) and time in y.shape:
            return time
        return seen.own_time


def longer(values: Any, time: int) -> Any:
    """`values` [n][time']... with zeros after the last step up to `time`."""
    if not isinstance(values, torch.Tensor) or values.dim() < 2 or values.shape[1] >= time:
        return values
    more = values.new_zeros((values.shape[0], time - values.shape[1], *values.shape[2:]))
    return torch.cat((values, more), 1)


def to_numpy(tensor: torch.Tensor) -> np.ndarray:
    tensor = tensor.detach()
    return (tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor).cpu().numpy()
