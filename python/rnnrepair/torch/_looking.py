# SPDX-License-Identifier: MIT
"""What a model is: its recurrent module, its head, its axes and the form of its outputs."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from .._errors import ArgumentError, UnsupportedError
from . import _capture as capture
from ._batches import Batch
from ._outputs import Answers, StepLayout, last_function, of_sequences, select
from ._parity import difference
from ._reading import Reading, Seen, to_numpy

# What a model may raise when it is called on something it was not made for.
REFUSALS = (RuntimeError, ValueError, IndexError, TypeError, AttributeError, AssertionError,
            ZeroDivisionError, KeyError, NotImplementedError)  # fmt: skip


class Looking(Reading):
    """The part of a collector that looks at the model."""

    def _prepare_model(self) -> nn.Module:
        model = capture.unwrap(self.model)
        if isinstance(model, torch.jit.ScriptModule):
            raise UnsupportedError(
                "model: the modules of a ScriptModule cannot be looked into; collect from the "
                "Python module it was scripted from"
            )
        parameter = next(model.parameters(), None)
        if self.device is not None:
            self._device = torch.device(self.device)
            if parameter is not None and parameter.device.type != self._device.type:
                raise ArgumentError(f"device: the model is on {parameter.device}, not {self.device}")
        else:
            self._device = parameter.device if parameter is not None else torch.device("cpu")
        self._lengths_stay = False
        self._half = parameter is not None and parameter.dtype in (torch.float16, torch.bfloat16)
        embeddings = [module for module in model.modules() if isinstance(module, nn.Embedding)]
        self._embedding = embeddings[0] if embeddings else None
        self._pad_index = self.pad
        if self.pad is None and self._embedding is not None:
            self._pad_index = self._embedding.padding_idx
        return model

    def _look(self, first: list) -> None:
        """Find the recurrent module, the head, the axes and the form of the outputs."""
        model = self._model
        wanted = None
        if self.recurrent != "auto":
            wanted = capture.find_module(model, self.recurrent, "recurrent")
        candidates = [m for m in model.modules() if isinstance(m, capture.RECURRENT)]
        watched: list = [wanted] if wanted is not None else candidates
        head = None if self.head == "auto" else capture.find_module(model, self.head, "head")
        heads = [head] if head else [m for m in model.modules() if isinstance(m, nn.Linear)]
        self._axis = 0 if self.batch_first in (None, True) else 1
        self._rnn = None
        batch = Batch(self._inputs_of(first[0]))
        with capture.Recorder(watched, heads) as recorder:
            try:
                returned = batch.call(model)
            except RuntimeError as error:
                if self._device.type == "cpu" or "CPU int64" not in str(error):
                    raise
                self._lengths_stay = True  # as pack_padded_sequence() wants them
                recorder.clear()
                batch = Batch(self._inputs_of(first[0]))
                returned = batch.call(model)
            outputs = select(returned, self.output, 0)
        calls = recorder.calls
        self._head = head
        if recorder.head_calls and head is None:
            self._head = recorder.head_calls[-1][0]
        self._find_recurrent(batch, calls, wanted, candidates)
        if self.batch_first is None and self._rnn is not None and not self._rnn.cell:
            self._axis = self._guess_axis(batch, self._rnn, first[0])
        self._first = [self._probe_outputs(first[0], outputs)]

    @staticmethod
    def _check_function(a: Any, b: Any) -> None:
        if isinstance(a, PackedSequence):
            a, b = a.data, b.data
        if a.shape != b.shape or difference(to_numpy(a), to_numpy(b)) > 0:
            raise UnsupportedError(
                "the model gives different outputs for the same inputs, in evaluation mode too "
                "(a random initial state, or dropout that is always on?), so its states do not "
                "explain them"
            )

    def _find_recurrent(self, batch: Batch, calls: list, wanted: Any, candidates: list) -> None:
        if not calls:
            if wanted is not None:
                raise ArgumentError(
                    f"recurrent: {capture.name_of(self._model, wanted)!r} is not called when the "
                    "model is"
                )
            self._note("no recurrent module was seen: the model is run on prefixes")
            return
        module = calls[-1][0]
        others = [m for m in candidates if m is not module]
        count = sum(1 for call in calls if call[0] is module)
        self._rnn = capture.Recurrent(self._model, module, others, count, self.batch_first)
        self._rnn.tuple_output = isinstance(calls[-1][2], tuple)
        try:
            self._rnn.read(calls)
        except UnsupportedError as error:
            if self.mode not in ("auto", "prefix", "prefix-padded"):
                raise
            if count > 1 and self.slice_prefix is None:
                tensors = [v for v in [*batch.args] if isinstance(v, torch.Tensor) and v.dim() > 1]
                if len(tensors) > 1:
                    raise
            self._note(str(error).split(";")[0] + ": the model is run on prefixes")
            self._rnn = None

    def _guess_axis(self, batch: Batch, rnn: capture.Recurrent, raw: Any) -> int:
        """The axis of sequences where labels do not decide."""
        own = getattr(rnn.module, "batch_first", None)
        axis = 0 if own in (None, True) else 1
        x = batch.sequences
        labels = self._labels_of(raw)
        square = x.dim() > 1 and x.shape[0] == x.shape[1]
        if square and batch.packed is None and x.shape[0] > 1 and labels is not None:
            self._note(
                f"a batch has as many steps as sequences ({x.shape[0]}); taken as "
                f"{'[sequences][steps]' if axis == 0 else '[steps][sequences]'}, as the recurrent "
                "module has it; batch_first= says otherwise",
                warn=True,
            )
        return axis

    def _probe_outputs(self, raw: Any, before: Any) -> Seen:
        """Whether the model answers for sequences or for steps, and how its outputs are to be read."""
        modules = [self._rnn.module, *self._rnn.others] if self._rnn is not None else []
        heads = [self._head] if self._head is not None else []
        self._recorder = capture.Recorder(modules, heads)
        with self._recorder:
            seen = self._see(raw)
        self._check_function(before, seen.outputs)
        self._tagger = self._answers_steps(seen)
        if self._tagger:
            first = seen.batch.batch_axis == 1
            self._layout = StepLayout.find(
                seen.outputs, seen.batch.n, self._output_time(seen), first, seen.packed
            )
            y = self._steps_of(seen)
            example = y.reshape(-1, y.shape[-1])
        else:
            example = of_sequences(seen.outputs, seen.batch.n)
        if not example.is_floating_point():
            raise ArgumentError(
                f"output: the model returned {example.dtype}, labels rather than outputs; pass "
                "output= a function that gives its logits"
            )
        self._width = example.shape[1]
        self._answers = Answers(self._width, self._last_function(seen.batch), to_numpy(example), self.output)
        if self._answers.note:
            self._note(self._answers.note)
        scale = float(np.nanmax(np.abs(to_numpy(example)), initial=1.0))
        self._tolerance = (2e-2 if self._half else 1e-5) * max(1.0, scale)
        if seen.batch.time == 1:
            self._note(
                "every sequence has one step, so there is nothing to tell apart within it; if it "
                "should have more, the inputs are shaped wrongly (an unsqueeze(1) too many?)",
                warn=True,
            )
        return seen

    def _answers_steps(self, seen: Seen) -> bool:
        y, n, time = seen.outputs, seen.batch.n, seen.batch.time
        if isinstance(y, PackedSequence):
            return True
        if y.dim() == 3 and 1 not in y.shape[:2] and (time > 1):
            return True
        if seen.step_labels is None:
            return False
        if y.dim() == 3:
            return True
        if y.dim() == 2:
            flat = y.shape[0] in (n * time, int(seen.batch.lengths.sum())) and time > 1
            return flat or (tuple(y.shape) == (n, time) and seen.labels is None)
        return False

    def _last_function(self, batch: Batch) -> Optional[str]:
        """The last operation of the model on its way to the outputs, by the graph."""
        try:
            with torch.enable_grad():
                args, kwargs = batch.args, batch.kwargs
                if batch.time_axis is not None:
                    rows = np.argsort(-batch.lengths, kind="stable")[:2]
                    args, kwargs = batch.prefix(rows, batch.time, None)
                y = select(self._model(*args, **kwargs), self.output, 0)
                return last_function(y.data if isinstance(y, PackedSequence) else y)
        except REFUSALS:
            return None
