# SPDX-License-Identifier: MIT
"""The collector: hidden states of a PyTorch model, step by step, and proof that they are its own."""

from __future__ import annotations

import hashlib
import itertools
import warnings
from typing import Any, Callable, Iterable, Optional, Sequence, Union

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from .._errors import ArgumentError, Error, MismatchError, ShapeError, UnsupportedError
from . import _capture as capture
from ._batches import SIDES, Batch, as_int_array, lengths_of_padding, padding_side, to_device
from ._outputs import Answers, StepLayout, last_function, of_sequences, select
from ._parity import Parity, Trial, difference, largest
from ._rows import Rows

MODES = ("auto", "stream", "pool", "prefix", "prefix-padded", "two-sided")
READOUTS = {"stream": ("last", "reverse"), "pool": ("max", "mean", "sum"),
            "two-sided": ("last", "max", "mean", "sum"),
            "prefix": ("head",), "prefix-padded": ("head",)}  # fmt: skip
KINDS = {"stream": "one-pass", "pool": "pooled", "prefix": "prefix", "prefix-padded": "prefix",
         "two-sided": "two-sided"}  # fmt: skip
PROBE_BATCHES = 2  # looked at before the mode is chosen
PROBE_ROWS = 8  # sequences of each that are run again, cut short
ROWS_AT_ONCE = 1 << 16  # steps the output layer is given together
# What a model may raise when it is called on something it was not made for.
REFUSALS = (RuntimeError, ValueError, IndexError, TypeError, AttributeError, AssertionError,
            ZeroDivisionError, KeyError, NotImplementedError)  # fmt: skip


class _Seen:
    """One call of the model on a batch, recorded."""

    def __init__(self, batch: Batch, outputs: Any) -> None:
        self.batch, self.outputs = batch, outputs
        self.states: Optional[torch.Tensor] = None  # [n][time][H]
        self.inputs: Optional[torch.Tensor] = None  # [n][time]..., of the recurrent module
        self.packed: Optional[PackedSequence] = None
        self.head_calls: list = []
        self.own_time = 0  # steps of the longest sequence, where the model packs; else of the batch
        self.labels: Optional[np.ndarray] = None  # [n]
        self.step_labels: Optional[torch.Tensor] = None  # [n][time]


class Collector:
    """Collects the hidden states of a PyTorch model as :class:`rnnrepair.States`.

    For every step t of every sequence: the state s_t, the output y_t of the model's own layers on
    it, and the input x_t. Four modes exist; ``mode="auto"`` takes the cheapest one whose outputs
    are the model's own, which is measured on the first batches and, for the last step, on all:

    ==================  =========================================  ==========================
    mode                s_t                                        cost
    ==================  =========================================  ==========================
    ``stream``          h_t of the upper layer                     one pass
    ``pool``            h_1..h_t pooled (max, mean, sum)           one pass
    ``prefix``          what the head is given for x_1..x_t        T/2 passes
    ``prefix-padded``   the same, later steps replaced by padding  T passes
    ``two-sided``       h_t with the whole sequence known          one pass
    ==================  =========================================  ==========================

    ``two-sided`` is chosen by itself only for models that answer for every step (taggers).

    Args:
        model: the module. It is put in evaluation mode while collecting and left as it was.
        recurrent: the recurrent module or its name; "auto" = the last ``nn.LSTM``, ``GRU``,
            ``RNN`` or cell of them that is called.
        head: the module that is fed by the readout, or its name; "auto" = the last ``nn.Linear``
            called. Its input is s_t in the modes with prefixes.
        mode: see above.
        batch_first: whether the inputs are [sequences][steps]; None = seen from the labels,
            else as the recurrent module has it.
        output: which part of what the model returns are its outputs: None = the first tensor; a
            function of what is returned; an int j = output j against the rest (independent
            sigmoids); "logits" or "probabilities" where that is not seen by itself.
        stride: in every sequence keep each stride-th step, and the last one. Bounds the cost of
            prefixes.
        device: where the model and the inputs are; None = where the model is.
        slice_prefix: ``slice_prefix(inputs, t)`` returns what ``inputs`` was, cut after t steps;
            for inputs that cannot be cut by axis.
        padding: "right", "left" or "auto": on which side shorter sequences are padded.
        pad: what stands at the padding; None = the ``padding_idx`` of the first embedding, else as
            the batches have it.

    Attributes:
        parity_: :class:`Parity` of the last ``collect``.
        tried_: list of :class:`Trial`: the modes that were tried, and why they were not taken.
        notes_: list of sentences on what was decided or converted.
    """

    def __init__(
        self,
        model: nn.Module,
        recurrent: Union[str, nn.Module] = "auto",
        head: Union[str, nn.Module] = "auto",
        mode: str = "auto",
        batch_first: Optional[bool] = None,
        output: Union[None, int, str, Callable] = None,
        stride: int = 1,
        device: Union[None, str, torch.device] = None,
        slice_prefix: Optional[Callable] = None,
        padding: str = "auto",
        pad: Optional[int] = None,
    ) -> None:
        if not isinstance(model, nn.Module):
            raise ArgumentError(f"model must be a torch.nn.Module, not {type(model).__name__}")
        if mode not in MODES:
            raise ArgumentError(f"mode: {mode!r} is none of {', '.join(MODES)}")
        if padding not in SIDES:
            raise ArgumentError(f"padding: {padding!r} is none of {', '.join(SIDES)}")
        if isinstance(stride, bool) or not isinstance(stride, int) or stride < 1:
            raise ArgumentError(f"stride must be a whole number from 1, not {stride!r}")
        if isinstance(output, str) and output not in ("logits", "probabilities"):
            raise ArgumentError(f'output: {output!r} is neither "logits" nor "probabilities"')
        self.model = model
        self.recurrent, self.head, self.mode = recurrent, head, mode
        self.batch_first, self.output, self.stride = batch_first, output, stride
        self.device, self.slice_prefix, self.padding, self.pad = device, slice_prefix, padding, pad
        self.notes_: list = []
        self.tried_: list = []

    # -- the whole ---------------------------------------------------------------------------------

    def collect(
        self,
        loader: Iterable,
        inputs: Optional[Callable] = None,
        labels: Union[None, bool, Callable] = None,
        lengths: Optional[Callable] = None,
        symbols: Union[None, str, Callable] = "inputs",
        vocabulary: Any = None,
        classes: Optional[Sequence[str]] = None,
        step_labels: Optional[Callable] = None,
        progress: Optional[Callable] = None,
    ) -> Any:
        """Run the model over `loader` and return its states.

        Args:
            loader: an iterable of batches, in the order the sequences shall have.
            inputs: of a batch, what the model is called with: a tensor, a tuple of arguments, or a
                dict of named ones. None = the batch itself, or the first of its two parts.
            labels: of a batch, the labels [n] (0..C-1), or of steps [n][time]. None = the second
                of its two parts; False = there are none.
            lengths: of a batch, the steps of each sequence [n]. None = from a PackedSequence, or
                from the padding index of the embedding, else all steps count.
            symbols: the input of a step: "inputs" = ids where the inputs are whole numbers, else
                the frames; "recurrent" = what the recurrent module is given; or a function of a
                batch that returns ids [n][time] or frames [n][time][D].
            vocabulary: the tokens in the order of their ids, or a dict of ids, or an object with
                ``get_itos()``.
            classes: names of the classes.
            step_labels: of a batch, labels of steps [n][time]; negative (-100) = none.
            progress: called as ``progress(sequences)`` after each batch.

        Returns:
            States of R = sum of (kept) steps.

        Raises:
            ArgumentError, ShapeError: what is given does not fit the model.
            MismatchError: no mode gives the model's own outputs.
            UnsupportedError: the model is of a form that cannot be collected from.
        """
        fields = self.collect_arrays(
            loader, inputs, labels, lengths, symbols, vocabulary, classes, step_labels, progress
        )
        from ..states import States

        return States.from_arrays(**fields)

    def collect_arrays(
        self,
        loader: Iterable,
        inputs: Optional[Callable] = None,
        labels: Union[None, bool, Callable] = None,
        lengths: Optional[Callable] = None,
        symbols: Union[None, str, Callable] = "inputs",
        vocabulary: Any = None,
        classes: Optional[Sequence[str]] = None,
        step_labels: Optional[Callable] = None,
        progress: Optional[Callable] = None,
    ) -> dict:
        """As :meth:`collect`, but the arguments of ``States.from_arrays`` in a dict."""
        self._get_inputs, self._get_labels, self._get_lengths = inputs, labels, lengths
        self._get_symbols, self._get_steps = symbols, step_labels
        if isinstance(symbols, str) and symbols not in ("inputs", "recurrent"):
            raise ArgumentError(f'symbols: {symbols!r} is neither "inputs" nor "recurrent"')
        self.notes_, self.tried_ = [], []
        self._model = self._prepare_model()
        with capture.evaluation(self._model):
            batches = iter(loader)
            first = list(itertools.islice(batches, PROBE_BATCHES))
            if not first:
                raise ArgumentError("loader: it yields no batch")
            self._look(first)
            self._choose(first)
            expected = self._expected(loader, first)
            return self._run(expected, itertools.chain(first, batches), vocabulary, classes, progress)

    def predict(
        self,
        loader: Iterable,
        model: Optional[nn.Module] = None,
        inputs: Optional[Callable] = None,
        labels: Union[None, bool, Callable] = None,
        lengths: Optional[Callable] = None,
    ) -> tuple:
        """Labels of the whole sequences, as the collector reads the outputs, but without states.

        Args:
            loader, inputs, labels, lengths: as of :meth:`collect`, which must have been called.
            model: another model of the same form; None = the collector's.

        Returns:
            (predictions int64 [N], labels int64 [N] or None)
        """
        if not hasattr(self, "_answers") or self._tagger:
            raise ArgumentError("predict() follows collect(), of a model that answers for sequences")
        self._get_inputs, self._get_labels, self._get_lengths = inputs, labels, lengths
        model = capture.unwrap(self.model if model is None else model)
        predicted, given = [], []
        with capture.evaluation(model):
            for raw in loader:
                label, batch = self._labels_of(raw), Batch(self._inputs_of(raw))
                own = lengths(raw) if lengths else None
                n = self._count(batch, label, own)[0]
                y = of_sequences(select(batch.call(model), self.output, n), n)
                predicted.append(self._answers.of(y)[0].astype(np.int64))
                if label is not None:
                    label = label[:, 0] if label.dim() == 2 and label.shape[1] == 1 else label
                    label = self._of_hot(label) if label.dim() == 2 else label
                    given.append(as_int_array(label, "labels").reshape(-1))
        if not predicted:
            raise ArgumentError("loader: it yields no batch")
        return np.concatenate(predicted), np.concatenate(given) if given else None

    def _note(self, text: str, warn: bool = False) -> None:
        if text not in self.notes_:
            self.notes_.append(text)
            if warn:
                warnings.warn(text, stacklevel=4)

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
        self._half = parameter is not None and parameter.dtype in (torch.float16, torch.bfloat16)
        embeddings = [module for module in model.modules() if isinstance(module, nn.Embedding)]
        self._embedding = embeddings[0] if embeddings else None
        self._pad_index = self.pad
        if self.pad is None and self._embedding is not None:
            self._pad_index = self._embedding.padding_idx
        return model

    # -- batches -----------------------------------------------------------------------------------

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
        return to_device(value, self._device)

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
                    f"labels: {known} for inputs of shape {tuple(x.shape)}; neither of the first "
                    "two axes has so many sequences"
                )
            if len(fits) == 1:
                return known, fits[0]
        axis = self._axis
        return x.shape[axis], axis

    def _see(self, raw: Any, n_rows: Optional[int] = None) -> _Seen:
        """Call the model on a batch, with its recurrent modules recorded."""
        labels = self._labels_of(raw)
        batch = Batch(self._inputs_of(raw))
        lengths = self._get_lengths(raw) if self._get_lengths else None
        n, axis = self._count(batch, labels, lengths)
        self._recorder.clear()
        outputs = batch.call(self._model)
        seen = _Seen(batch, select(outputs, self.output, n))
        seen.head_calls = list(self._recorder.head_calls)
        time = own = None
        if self._rnn is not None:
            seen.states, seen.inputs, own, seen.packed = self._rnn.read(self._recorder.calls)
            time = seen.own_time = seen.states.shape[1]
            self._check_axes(batch, seen.states, n, axis)
            if seen.packed is not None and batch.sequences.dim() > 1:
                time = max(time, batch.sequences.shape[1 - axis])
                seen.states, seen.inputs = _longer(seen.states, time), _longer(seen.inputs, time)
        batch.lay_out(n, axis, time)
        seen.own_time = seen.own_time or batch.time
        self._set_lengths(seen, lengths, own)
        self._set_labels(seen, raw, labels)
        return seen

    def _check_axes(self, batch: Batch, states: torch.Tensor, n: int, axis: int) -> None:
        """Does the recurrent module run over the steps, not over the sequences?"""
        got, x = tuple(states.shape[:2]), batch.sequences
        if got[0] == n:
            return
        name = f"{type(self._rnn.module).__name__} {self._rnn.name!r}"
        if got[1] == n and got[0] == x.shape[1 - axis]:
            raise ShapeError(
                f"the axes are swapped: {name} has batch_first={self._rnn.batch_first} and reads "
                f"inputs of {n} sequences as {got[0]} sequences of {got[1]} steps, so it runs over "
                "the sequences of a batch. Set batch_first in the model and train it again"
            )
        raise ShapeError(
            f"{name} gave states of {got[0]} sequences of {got[1]} steps for a batch of {n} "
            f"sequences (inputs {tuple(x.shape)}); if the batch is the other axis, pass batch_first="
        )

    def _set_lengths(self, seen: _Seen, lengths: Any, own: Optional[np.ndarray]) -> None:
        batch = seen.batch
        side = self.padding
        if lengths is not None:
            batch.set_lengths(lengths)
            if own is not None and not np.array_equal(np.asarray(own), batch.lengths):
                if np.array_equal(np.sort(own), np.sort(batch.lengths)):
                    # The model sorts by length itself: its states are in another order.
                    seen.states = seen.inputs = None
                    self._sorts = True
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

    def _set_labels(self, seen: _Seen, raw: Any, labels: Optional[torch.Tensor]) -> None:
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

    # -- what the model is -------------------------------------------------------------------------

    def _look(self, first: list) -> None:
        """Find the recurrent module, the head, the axes and the form of the outputs."""
        model = self._model
        wanted = None
        if self.recurrent != "auto":
            wanted = capture.find_module(model, self.recurrent, "recurrent")
        candidates = [m for m in model.modules() if isinstance(m, capture.RECURRENT)]
        watched = [wanted] if wanted is not None else candidates
        head = None if self.head == "auto" else capture.find_module(model, self.head, "head")
        heads = [head] if head else [m for m in model.modules() if isinstance(m, nn.Linear)]
        self._sorts = False
        self._axis = 0 if self.batch_first in (None, True) else 1
        self._rnn = None
        batch = Batch(self._inputs_of(first[0]))
        with capture.Recorder(watched, heads) as recorder:
            outputs = select(batch.call(model), self.output, 0)
        calls = recorder.calls
        self._head = head
        if recorder.head_calls and head is None:
            self._head = recorder.head_calls[-1][0]
        self._find_recurrent(batch, calls, wanted, candidates)
        if self.batch_first is None and self._rnn is not None and not self._rnn.cell:
            self._axis = self._guess_axis(batch, first[0])
        self._first = [self._probe_outputs(first[0], outputs)]

    @staticmethod
    def _check_function(a: Any, b: Any) -> None:
        if isinstance(a, PackedSequence):
            a, b = a.data, b.data
        if a.shape != b.shape or difference(_numpy(a), _numpy(b)) > 0:
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
                tensors = [v for v in batch.args if isinstance(v, torch.Tensor) and v.dim() > 1]
                if len(tensors) > 1:
                    raise
            self._note(str(error).split(";")[0] + ": the model is run on prefixes")
            self._rnn = None

    def _guess_axis(self, batch: Batch, raw: Any) -> int:
        """The axis of sequences where labels do not decide."""
        own = getattr(self._rnn.module, "batch_first", None)
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

    def _probe_outputs(self, raw: Any, before: Any) -> _Seen:
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
        self._answers = Answers(self._width, self._last_function(seen.batch), _numpy(example), self.output)
        if self._answers.note:
            self._note(self._answers.note)
        scale = float(np.nanmax(np.abs(_numpy(example)), initial=1.0))
        self._tolerance = (2e-2 if self._half else 1e-5) * max(1.0, scale)
        if seen.batch.time == 1:
            self._note(
                "every sequence has one step, so there is nothing to tell apart within it; if it "
                "should have more, the inputs are shaped wrongly (an unsqueeze(1) too many?)",
                warn=True,
            )
        return seen

    def _answers_steps(self, seen: _Seen) -> bool:
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

    def _steps_of(self, seen: _Seen) -> torch.Tensor:
        y = self._layout.apply(seen.outputs, seen.batch.n, self._output_time(seen), seen.packed)
        return _longer(y, seen.batch.time)

    @staticmethod
    def _output_time(seen: _Seen) -> int:
        """Steps of the outputs: the batch's, or where the model packs perhaps its longest sequence's."""
        y, time = seen.outputs, seen.batch.time
        if isinstance(y, torch.Tensor) and time in y.shape:
            return time
        return seen.own_time

    # -- the ways ----------------------------------------------------------------------------------

    def _candidates(self) -> list:
        """(mode, readout) in the order of their cost."""
        if self._tagger:
            return [("stream", "steps"), ("two-sided", "steps"), ("prefix", "head")]
        if self._rnn is None:
            return [("prefix", "head"), ("prefix-padded", "head")]
        pooled = [("pool", how) for how in READOUTS["pool"]]
        if self._rnn.bidirectional:
            reverse = [("stream", "reverse")] if self._rnn.layers == 1 else []
            two = [("two-sided", how) for how in READOUTS["two-sided"]]
            return [*reverse, *two, ("prefix", "head"), ("prefix-padded", "head")]
        return [("stream", "last"), *pooled, ("prefix", "head"), ("prefix-padded", "head")]

    def _choose(self, first: list) -> None:
        """Take the cheapest way that gives the model's own outputs."""
        ways = self._candidates()
        if self.mode != "auto":
            chosen = [way for way in ways if way[0] == self.mode]
            if not chosen and self.mode == "two-sided" and self._rnn is not None:
                chosen = [("two-sided", how) for how in READOUTS["two-sided"]]
            if not chosen:
                raise ArgumentError(
                    f"mode: {self.mode!r} does not suit this model; "
                    f"possible are {', '.join(sorted({way[0] for way in ways}))}"
                )
            ways = chosen
        elif not self._tagger:
            ways = [way for way in ways if way[0] != "two-sided"]
        self._recorder = capture.Recorder(
            [self._rnn.module, *self._rnn.others] if self._rnn is not None else [],
            [self._head] if self._head is not None else [],
        )
        with self._recorder:
            self._first += [self._see(raw) for raw in first[1:]]
            for mode, readout in ways:
                trial = self._try(mode, readout, self._first)
                self.tried_.append(trial)
                if not trial.reason:
                    self._mode, self._readout = mode, readout
                    return
        self._settle()

    def _settle(self) -> None:
        """No way is exact: the one asked for is taken with a warning, else nothing is."""
        measured = [trial for trial in self.tried_ if trial.parity is not None]
        lines = "; ".join(f"{t.mode} ({t.readout}): {t.reason}" for t in self.tried_)
        if self.mode == "auto" or not measured:
            raise MismatchError(f"no way of collecting gives the model's own outputs: {lines}")
        best = min(measured, key=lambda t: np.nan_to_num(t.parity.max_abs_diff, nan=np.inf))
        self._mode, self._readout = best.mode, best.readout
        self._note(f"the collected outputs are not the model's own: {lines}", warn=True)

    def _try(self, mode: str, readout: str, first: list) -> Trial:
        parity = Parity(mode, readout, KINDS[mode], tolerance=self._tolerance)
        self._mode, self._readout = mode, readout
        for seen in first:
            try:
                pieces = self._pieces(seen)
                self._compare(parity, seen, pieces)
                if mode != "two-sided":
                    self._compare_prefixes(parity, seen, pieces)
            except Error as error:
                return Trial(mode, readout, None, str(error))
            except REFUSALS as error:
                said = (str(error) or type(error).__name__).splitlines()[0][:160]
                return Trial(mode, readout, None, f"the model refuses: {said}")
        reason = ""
        if not parity.max_abs_diff <= parity.tolerance:
            reason = f"y_T differs by up to {parity.max_abs_diff:.3g} from model(x)"
        elif not parity.exact:
            reason = (
                f"y_t differs by up to {parity.prefix_max_abs_diff:.3g} from the model on x_1..x_t"
            )
        return Trial(mode, readout, parity, reason)

    def _kept(self, batch: Batch) -> tuple:
        """(sequence, position) [R] of the steps to keep, sequence after sequence."""
        if self.stride == 1 and batch.lengths.min() == batch.time:
            position = np.tile(np.arange(batch.time), batch.n)
            return np.repeat(np.arange(batch.n), batch.time), position
        step = np.arange(1, batch.time + 1)
        keep = (step[None, :] <= batch.lengths[:, None]) & (
            (step[None, :] % self.stride == 0) | (step[None, :] == batch.lengths[:, None])
        )
        sequence, t = np.nonzero(keep)
        return sequence, t + batch.start[sequence]

    def _pieces(self, seen: _Seen, rows: Optional[Rows] = None) -> "_Pieces":
        """States and outputs of the kept steps of a batch; the states go to `rows`."""
        rows = rows if rows is not None else Rows()
        sequence, position = self._kept(seen.batch)
        if self._mode in ("prefix", "prefix-padded"):
            state, outputs = self._by_prefixes(seen, sequence, position, rows)
        else:
            state, outputs = self._by_one_pass(seen, sequence, position, rows)
        return _Pieces(sequence, position, state, outputs)

    def _by_one_pass(self, seen: _Seen, sequence: np.ndarray, position: np.ndarray,
                     rows: Rows) -> tuple:  # fmt: skip
        if seen.states is None and self._tagger and self._head is not None:
            states = self._head_states(seen)
        elif seen.states is None:
            raise UnsupportedError("the model sorts the sequences by length itself")
        else:
            states = seen.states
        if self._readout == "reverse":
            if seen.inputs is None:
                raise UnsupportedError("the input of the recurrent module is not known")
            states = capture.first_of_reverse(self._rnn, states, seen.inputs)
        elif self._readout in ("max", "mean", "sum"):
            states = capture.pooled(states, self._readout)
        n, time = seen.batch.n, seen.batch.time
        z = rows.take(states, sequence, position)
        if self._tagger:
            y = self._steps_of(seen).reshape(n * time, -1)
            return z, y.index_select(0, torch.from_numpy(sequence * time + position).to(y.device))
        return z, self._outputs_of(seen, z.to(states.dtype), sequence, position)

    def _head_states(self, seen: _Seen) -> torch.Tensor:
        """[n][time][d] that the head of a tagger is given."""
        calls = seen.head_calls
        n, time = seen.batch.n, seen.batch.time
        if len(calls) == 1 and isinstance(calls[0][1], torch.Tensor):
            value = calls[0][1]
            for axes in ((n, time), (time, n)):
                if tuple(value.shape[:2]) == axes and value.dim() == 3:
                    return value if axes == (n, time) else value.transpose(0, 1)
        if len(calls) == time and all(tuple(c[1].shape[:1]) == (n,) for c in calls):
            return torch.stack([call[1] for call in calls], 1)
        raise UnsupportedError("the head is not given one row for every step")

    def _outputs_of(self, seen: _Seen, z: torch.Tensor, sequence: np.ndarray,
                    position: np.ndarray) -> torch.Tensor:  # fmt: skip
        """y [R][C'] of the model's own layers on states `z` [R][H]."""
        last = self._mode != "pool" and self._readout == "last" or self._readout == "reverse"
        ways = ("rows", "whole") if self._way is None else (self._way,)
        problem: Optional[BaseException] = None
        for way in ways:
            try:
                make = self._outputs_by_rows if way == "rows" else self._outputs_by_position
                y = make(seen, z, sequence, position, last)
            except REFUSALS as error:
                problem = error
                continue
            if self._way is None and way == "rows" and bool(torch.isnan(y).any()):
                continue
            return y
        raise problem if problem is not None else UnsupportedError(
            "the model reads more of the recurrent module than the state of its upper layer")

    _way: Optional[str] = None

    def _outputs_by_rows(self, seen: _Seen, z: torch.Tensor, sequence: np.ndarray,
                         position: np.ndarray, last: bool) -> torch.Tensor:  # fmt: skip
        """All steps at once, each as a sequence of one step."""
        batch = seen.batch
        if batch.time_axis is None or self.slice_prefix is not None:
            raise UnsupportedError("the inputs cannot be cut into steps")
        parts = []
        for at in range(0, len(z), ROWS_AT_ONCE):
            cut = slice(at, at + ROWS_AT_ONCE)
            args, kwargs = batch.steps_as_rows(sequence[cut], position[cut])
            with self._rnn.answering(z[cut], last):
                y = select(self._model(*args, **kwargs), self.output, len(z[cut]))
            parts.append(of_sequences(y, len(z[cut])))
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _outputs_by_position(self, seen: _Seen, z: torch.Tensor, sequence: np.ndarray,
                             position: np.ndarray, last: bool) -> torch.Tensor:  # fmt: skip
        """One position after the other, the whole batch as it is, the state at every step."""
        n = seen.batch.n
        y = None
        for at in np.unique(position):
            here = np.flatnonzero(position == at)
            full = z.new_zeros((n, z.shape[1]))
            full[torch.from_numpy(sequence[here]).to(z.device)] = z[
                torch.from_numpy(here).to(z.device)
            ]
            with self._rnn.answering(full, last):
                part = of_sequences(select(seen.batch.call(self._model), self.output, n), n)
            if y is None:
                y = part.new_empty((len(z), part.shape[1]))
            y[torch.from_numpy(here).to(y.device)] = part[
                torch.from_numpy(sequence[here]).to(y.device)
            ]
        return y

    def _by_prefixes(self, seen: _Seen, sequence: np.ndarray, position: np.ndarray,
                     rows: Rows) -> tuple:  # fmt: skip
        """The model run again on every prefix; the state is the input of the head."""
        if self._head is None:
            raise ArgumentError(
                "head: no nn.Linear is called; name the module that is fed by the readout"
            )
        pad = None
        if self._mode == "prefix-padded":
            pad = seen.batch.pad_value(self._pad_index)
        state: Optional[torch.Tensor] = None
        outputs: Optional[torch.Tensor] = None
        for at in np.unique(position):
            here = np.flatnonzero(position == at)
            s, y = self._prefix(seen.batch, sequence[here], int(at) + 1, pad)
            if state is None:
                state = torch.from_numpy(rows.room(len(sequence), s.shape[1]))
                outputs = y.new_empty((len(sequence), y.shape[1]))
            index = torch.from_numpy(here)
            state[index] = s.float().cpu()
            outputs[index.to(outputs.device)] = y
        return state, outputs

    def _prefix(self, batch: Batch, rows: np.ndarray, end: int, pad: Optional[float]) -> tuple:
        """(input of the head, outputs) [n'] of `rows` cut after position `end`."""
        own = self.slice_prefix is not None and pad is None
        if own:
            args, kwargs = self._own_prefix(batch, end)
            n = batch.n
        else:
            if batch.time_axis is None:
                raise UnsupportedError(
                    "the inputs have no axis of the recurrent module's steps, so they cannot be cut; "
                    "pass slice_prefix="
                )
            args, kwargs = batch.prefix(rows, end, pad)
            n = len(rows)
        self._recorder.clear()
        out = select(self._model(*args, **kwargs), self.output, n)
        time = end if pad is None else batch.time
        heads = [call[1] for call in self._recorder.head_calls if call[0] is self._head]
        if not heads or not isinstance(heads[-1], torch.Tensor):
            raise ArgumentError("head: it is not called with a tensor when the model is run")
        s = heads[-1]
        if self._tagger:
            packed = next((c[2][0] for c in reversed(self._recorder.calls)
                           if isinstance(c[2], tuple) and isinstance(c[2][0], PackedSequence)), None)
            y = self._layout.apply(out, n, time, packed)[:, end - 1]
            s = self._last_of_head(s, n, time, end, packed)
        else:
            y = of_sequences(out, n)
            s = s.reshape(n, -1) if s.shape[0] == n else s.movedim(1, 0).reshape(n, -1)
        if own:
            pick = torch.from_numpy(rows).to(y.device)
            s, y = s[pick.to(s.device)], y[pick]
        return s, y

    def _own_prefix(self, batch: Batch, end: int) -> tuple:
        value = batch.kwargs if batch.kwargs else batch.args
        value = self.slice_prefix(value[0] if isinstance(value, tuple) and len(value) == 1 else value,
                                  end)  # fmt: skip
        if isinstance(value, dict):
            return (), value
        return (value if isinstance(value, tuple) and not isinstance(value, PackedSequence)
                else (value,)), {}  # fmt: skip

    @staticmethod
    def _last_of_head(s: torch.Tensor, n: int, time: int, end: int, packed: Any) -> torch.Tensor:
        if s.dim() == 3:
            s = s if s.shape[0] == n else s.transpose(0, 1)
            return s[:, end - 1]
        if packed is not None and len(packed.data) == len(s):
            whole = PackedSequence(s, packed.batch_sizes, packed.sorted_indices,
                                   packed.unsorted_indices)  # fmt: skip
            return pad_packed_sequence(whole, batch_first=True)[0][:, end - 1]
        return s.reshape(n, time, -1)[:, end - 1]

    # -- parity ------------------------------------------------------------------------------------

    def _compare(self, parity: Parity, seen: _Seen, pieces: "_Pieces") -> None:
        """y_T of every sequence of a batch against what the model returned for it."""
        n, last = seen.batch.n, pieces.last()
        if self._tagger:
            end = torch.from_numpy(seen.batch.start + seen.batch.lengths - 1)
            y = self._steps_of(seen)
            theirs = y[torch.arange(n), end.to(y.device)]
        else:
            theirs = of_sequences(seen.outputs, n)
        ours = pieces.outputs[torch.from_numpy(last).to(pieces.outputs.device)]
        mine, own = self._answers.of(ours)[0], self._answers.of(theirs)[0]
        parity.add(_numpy(ours), _numpy(theirs), mine, own)

    def _compare_prefixes(self, parity: Parity, seen: _Seen, pieces: "_Pieces") -> None:
        """y_t of some steps of a few sequences against the model run on x_1..x_t."""
        batch = seen.batch
        wanted: dict = {}  # end -> rows of pieces
        # Each second one: another batch, so a model whose answer depends on its neighbours is seen.
        for i in np.flatnonzero(batch.lengths > 1)[: 2 * PROBE_ROWS : 2]:
            mine = np.flatnonzero(pieces.sequence == i)[:-1]
            for r in np.unique(mine[[0, len(mine) // 2, -1]]) if len(mine) else ():
                wanted.setdefault(int(pieces.position[r]) + 1, []).append(int(r))
        for end, rows in sorted(wanted.items()):
            y = self._answers_for_prefix(batch, pieces.sequence[rows], end)
            if y is None:
                self._note(
                    "the model takes no shorter inputs, so only the outputs after the last step "
                    "could be compared"
                )
                return
            index = torch.tensor(rows, device=pieces.outputs.device)
            apart = difference(_numpy(pieces.outputs[index]), _numpy(y))
            before = 0.0 if parity.prefixes == 0 else parity.prefix_max_abs_diff
            parity.prefixes += len(rows)
            parity.prefix_max_abs_diff = largest(before, apart)

    def _answers_for_prefix(self, batch: Batch, rows: np.ndarray, end: int) -> Optional[torch.Tensor]:
        """What the model answers for `rows` cut after `end`; None where it refuses."""
        padded = self._mode == "prefix-padded"
        if batch.time_axis is None and (padded or self.slice_prefix is None):
            return None
        try:
            if self.slice_prefix is not None and not padded:
                (args, kwargs), n = self._own_prefix(batch, end), batch.n
            else:
                pad = batch.pad_value(self._pad_index) if padded else None
                (args, kwargs), n = batch.prefix(rows, end, pad), len(rows)
            self._recorder.clear()
            out = select(self._model(*args, **kwargs), self.output, n)
            if self._tagger:
                packed = self._rnn.read(self._recorder.calls)[3] if self._rnn is not None else None
                y = self._layout.apply(out, n, end, packed)[:, end - 1]
            else:
                y = of_sequences(out, n)
            return y if n == len(rows) else y[torch.from_numpy(rows).to(y.device)]
        except REFUSALS:
            return None

    # -- the run -----------------------------------------------------------------------------------

    def _run(self, expected: int, batches: Iterable, vocabulary: Any, classes: Any,
             progress: Optional[Callable]) -> dict:  # fmt: skip
        prefixes = self.tried_[-1].parity if self.tried_ and self.tried_[-1].parity else None
        parity = Parity(self._mode, self._readout, KINDS[self._mode], tolerance=self._tolerance)
        if prefixes is not None:
            parity.prefixes = prefixes.prefixes
            parity.prefix_max_abs_diff = prefixes.prefix_max_abs_diff
        self.parity_ = parity
        kept = _Kept(expected)
        with self._recorder:
            for raw in batches:
                seen = self._first.pop(0) if self._first else self._see(raw)
                self._narrow(seen)
                self._keep(kept, raw, seen, parity)
                if progress is not None:
                    progress(kept.sequences)
        if not parity.exact:
            self._note(f"the collected outputs are not the model's own: {parity}", warn=True)
        return self._fields(kept, vocabulary, classes)

    def _expected(self, loader: Any, first: list) -> int:
        """Sequences to come, where the loader knows its length; 0 = unknown."""
        try:
            if hasattr(loader, "dataset"):
                return int(len(loader.dataset))
            return int(len(loader)) * Batch(self._inputs_of(first[0])).sequences.shape[self._axis]
        except TypeError:
            return 0

    def _narrow(self, seen: _Seen) -> None:
        if seen.states is not None and seen.states.dtype != torch.float32:
            self._note(f"the states are {str(seen.states.dtype).split('.')[-1]}; kept as float32")

    def _keep(self, kept: "_Kept", raw: Any, seen: _Seen, parity: Parity) -> None:
        pieces = self._pieces(seen, kept.reserve(seen.batch))
        self._compare(parity, seen, pieces)
        prediction, probability = self._answers.of(pieces.outputs)
        kept.prediction.append(prediction)
        kept.probability.append(probability)
        kept.lengths.append(np.bincount(pieces.sequence, minlength=seen.batch.n))
        kept.sequences += seen.batch.n
        self._keep_inputs(kept, raw, seen, pieces)
        if seen.step_labels is not None:
            index = pieces.sequence * seen.batch.time + pieces.position
            steps = as_int_array(capture.as_numpy_rows(seen.step_labels, index), "step_labels")
            self._check_labels(steps, "step_labels", -(1 << 62))
            kept.step_labels.append(np.where(steps < 0, -1, steps))
        if seen.labels is not None:
            self._check_labels(seen.labels, "labels", 0)
            kept.labels.append(seen.labels)
        elif seen.step_labels is not None:
            kept.labels.append(_last_label(kept.step_labels[-1], kept.lengths[-1]))

    def _check_labels(self, labels: np.ndarray, name: str, low: int) -> None:
        bad = labels[(labels < low) | (labels >= self._answers.classes)]
        if len(bad):
            raise ArgumentError(
                f"{name}: {int(bad[0])} is outside 0..{self._answers.classes - 1}, the classes of "
                "the model"
            )

    def _keep_inputs(self, kept: "_Kept", raw: Any, seen: _Seen, pieces: "_Pieces") -> None:
        values = self._input_values(raw, seen)
        if values is None:
            raise ArgumentError(
                "symbols: neither ids [n][time] nor frames [n][time][D] can be seen among the "
                "inputs; pass symbols= a function of a batch"
            )
        if values.is_floating_point():
            values = values.reshape(values.shape[0], values.shape[1], -1)
            kept.frames.take(values, pieces.sequence, pieces.position)
        else:
            index = pieces.sequence * seen.batch.time + pieces.position
            ids = capture.as_numpy_rows(values, index)
            if len(ids) and (ids.min() < 0 or ids.max() > np.iinfo(np.uint32).max - 1):
                raise ArgumentError(f"symbols: {int(ids.min())} is no id")
            kept.symbols.append(ids.astype(np.uint32))

    def _input_values(self, raw: Any, seen: _Seen) -> Optional[torch.Tensor]:
        """The inputs of the steps, [n][time] or [n][time]..."""
        n, time = seen.batch.n, seen.batch.time
        if callable(self._get_symbols):
            value = self._get_symbols(raw)
            value = value if isinstance(value, torch.Tensor) else torch.as_tensor(np.asarray(value))
            shape = tuple(value.shape[:2])
            if shape != (n, time) and shape == (time, n):
                value, shape = value.transpose(0, 1), (n, time)
            if shape != (n, time):
                raise ShapeError(f"symbols: shape {tuple(value.shape)}; expected {(n, time)} first")
            return value
        if self._get_symbols == "inputs" and seen.batch.time_axis is not None:
            value = seen.batch.by_batch(seen.batch.sequences)
            if tuple(value.shape[:2]) == (n, time):
                if value.is_floating_point() or value.dim() == 2:
                    return value
                if value.dim() == 3 and value.shape[2] == 1:
                    return value[:, :, 0]
        if seen.inputs is not None and tuple(seen.inputs.shape[:2]) == (n, time):
            return seen.inputs.float()
        return None

    def _fields(self, kept: "_Kept", vocabulary: Any, classes: Any) -> dict:
        parity = self.parity_
        tokens = _tokens(vocabulary)
        fields = {
            "state": kept.states.finish(),
            "prediction": np.concatenate(kept.prediction),
            "lengths": np.concatenate(kept.lengths).astype(np.int64),
            "label": np.concatenate(kept.labels) if kept.labels else None,
            "symbol": np.concatenate(kept.symbols) if kept.symbols else None,
            "frame": kept.frames.finish() if not kept.symbols else None,
            "probability": np.concatenate(kept.probability),
            "step_label": np.concatenate(kept.step_labels) if kept.step_labels else None,
            "tokens": tokens,
            "vocabulary": self._vocabulary_size(kept) if tokens is None else None,
            "class_names": None if classes is None else [str(name) for name in classes],
            "classes": self._answers.classes if classes is None else None,
            "kind": parity.kind,
            "parity": (parity.compared, parity.disagreements, parity.max_abs_diff),
            "model": model_hash(self._model),
        }
        if classes is not None and len(fields["class_names"]) != self._answers.classes:
            raise ArgumentError(
                f"classes: {len(fields['class_names'])} names for the {self._answers.classes} classes "
                "of the model"
            )
        if tokens is not None and fields["symbol"] is not None and len(fields["symbol"]):
            if int(fields["symbol"].max()) >= len(tokens):
                raise ArgumentError(
                    f"vocabulary: {len(tokens)} tokens, but id {int(fields['symbol'].max())} occurs"
                )
        return fields

    def _vocabulary_size(self, kept: "_Kept") -> Optional[int]:
        """V where there are no tokens: the rows of the embedding, if all ids are among them."""
        if not kept.symbols or self._embedding is None:
            return None
        largest_id = max(int(ids.max(initial=0)) for ids in kept.symbols)
        size = self._embedding.num_embeddings
        return size if largest_id < size else None


class _Pieces:
    """Steps of a batch: their sequences, positions, states and outputs."""

    def __init__(self, sequence: np.ndarray, position: np.ndarray, state: torch.Tensor,
                 outputs: torch.Tensor) -> None:  # fmt: skip
        self.sequence, self.position = sequence, position
        self.state, self.outputs = state, outputs

    def last(self) -> np.ndarray:
        """The row of the last step of every sequence."""
        return np.flatnonzero(np.append(self.sequence[1:] != self.sequence[:-1], True))


class _Kept:
    """What was collected so far."""

    def __init__(self, sequences: int) -> None:
        self.expected, self.sequences = sequences, 0
        self.states, self.frames = Rows(), Rows()
        self.prediction: list = []
        self.probability: list = []
        self.lengths: list = []
        self.labels: list = []
        self.symbols: list = []
        self.step_labels: list = []

    def reserve(self, batch: Batch) -> Rows:
        if self.states.array is None and self.expected:
            mean = float(batch.lengths.mean())
            self.states.expected = self.frames.expected = int(self.expected * mean)
        return self.states


def _longer(values: Any, time: int) -> Any:
    """`values` [n][time']... with zeros after the last step up to `time`."""
    if not isinstance(values, torch.Tensor) or values.dim() < 2 or values.shape[1] >= time:
        return values
    more = values.new_zeros((values.shape[0], time - values.shape[1], *values.shape[2:]))
    return torch.cat((values, more), 1)


def _numpy(tensor: torch.Tensor) -> np.ndarray:
    tensor = tensor.detach()
    return (tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor).cpu().numpy()


def _last_label(steps: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Of every sequence, the label of its last labelled step; 0 where none is."""
    out = np.zeros(len(lengths), np.int64)
    ends = np.cumsum(lengths)
    for i, (end, length) in enumerate(zip(ends, lengths)):
        known = steps[end - length : end]
        known = known[known >= 0]
        out[i] = known[-1] if len(known) else 0
    return out


def _tokens(vocabulary: Any) -> Optional[list]:
    """The tokens in the order of their ids."""
    if vocabulary is None:
        return None
    if hasattr(vocabulary, "get_itos"):
        return list(vocabulary.get_itos())
    if isinstance(vocabulary, dict):
        if all(isinstance(key, (int, np.integer)) for key in vocabulary):
            vocabulary = {token: number for number, token in vocabulary.items()}
        size = max(vocabulary.values(), default=-1) + 1
        tokens = [f"<{number}>" for number in range(size)]
        for token, number in vocabulary.items():
            tokens[number] = str(token)
        return tokens
    return [str(token) for token in vocabulary]


def model_hash(model: nn.Module) -> str:
    """64 hexadecimal digits that name the parameters and buffers of a model."""
    digest = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        if isinstance(value, torch.Tensor):
            digest.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
            value = value.detach().cpu().contiguous()
            digest.update(value.view(-1).view(torch.uint8).numpy().tobytes() if value.numel() else b"")
    return digest.hexdigest()
