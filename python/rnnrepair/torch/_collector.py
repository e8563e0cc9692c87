# SPDX-License-Identifier: MIT
"""The collector: hidden states of a PyTorch model, step by step, and proof that they are its own."""

from __future__ import annotations

import hashlib
import itertools
from typing import Any, Callable, Iterable, Optional, Sequence, Union

import numpy as np
import torch
from torch import nn

from .._arrays import whole
from .._checks import as_names
from .._errors import ArgumentError, ShapeError
from . import _capture as capture
from ._batches import SIDES, Batch, as_int_array
from ._choosing import KINDS, MODES, Choosing, Pieces
from ._outputs import of_sequences, select
from ._parity import Parity
from ._reading import Seen
from ._rows import Rows

PROBE_BATCHES = 2  # looked at before the mode is chosen


class Collector(Choosing):
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
        stride = whole(stride, "stride", 1)
        if isinstance(output, str) and output not in ("logits", "probabilities"):
            raise ArgumentError(f'output: {output!r} is neither "logits" nor "probabilities"')
        self.model = model
        self.recurrent, self.head, self.mode = recurrent, head, mode
        self.batch_first, self.output, self.stride = batch_first, output, stride
        self.device, self.slice_prefix, self.padding, self.pad = device, slice_prefix, padding, pad
        self.notes_: list = []
        self.tried_: list = []

    def __repr__(self) -> str:
        parity = getattr(self, "parity_", None)
        found = "nothing collected yet" if parity is None else str(parity)
        return f"<Collector of {type(self.model).__name__}: {found}>"

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
        progress: Union[None, bool, Callable] = None,
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
            progress: called as ``progress(sequences)`` after each batch; None, False: nothing.

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
        progress: Union[None, bool, Callable] = None,
    ) -> dict:
        """As :meth:`collect`, but the arguments of ``States.from_arrays`` in a dict."""
        self._take_functions(inputs, labels, lengths)
        _check_function("step_labels", step_labels)
        progress = None if progress is False else progress
        _check_function("progress", progress)
        _check_loader(loader)
        names = as_names("classes", classes, None)
        tokens = _tokens(vocabulary)
        self._get_symbols, self._get_steps = symbols, step_labels
        if isinstance(symbols, str) and symbols not in ("inputs", "recurrent"):
            raise ArgumentError(f'symbols: {symbols!r} is neither "inputs" nor "recurrent"')
        self.notes_, self.tried_ = [], []
        if isinstance(getattr(loader, "sampler", None), torch.utils.data.RandomSampler):
            self._note(
                "the loader shuffles: sequence i of the states is not item i of its data", warn=True
            )
        self._model = self._prepare_model()
        with capture.evaluation(self._model):
            batches = iter(loader)
            first = list(itertools.islice(batches, PROBE_BATCHES))
            if not first:
                raise ArgumentError("loader: it yields no batch")
            self._look(first)
            self._choose(first)
            expected = self._expected(loader, first)
            return self._run(expected, itertools.chain(first, batches), tokens, names, progress)

    def _take_functions(self, inputs: Any, labels: Any, lengths: Any) -> None:
        _check_function("inputs", inputs)
        _check_function("labels", None if labels is False else labels)
        _check_function("lengths", lengths)
        self._get_inputs, self._get_labels, self._get_lengths = inputs, labels, lengths

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
        self._take_functions(inputs, labels, lengths)
        _check_loader(loader)
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

    # -- the run -----------------------------------------------------------------------------------

    def _run(self, expected: int, batches: Iterable, tokens: Any, names: Any,
             progress: Any) -> dict:  # fmt: skip
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
        return self._fields(kept, tokens, names)

    def _expected(self, loader: Any, first: list) -> int:
        """Sequences to come, where the loader knows its length; 0 = unknown."""
        try:
            if hasattr(loader, "dataset"):
                return int(len(loader.dataset))
            return int(len(loader)) * Batch(self._inputs_of(first[0])).sequences.shape[self._axis]
        except TypeError:
            return 0

    def _narrow(self, seen: Seen) -> None:
        if seen.states is not None and seen.states.dtype != torch.float32:
            self._note(f"the states are {str(seen.states.dtype).split('.')[-1]}; kept as float32")

    def _keep(self, kept: _Kept, raw: Any, seen: Seen, parity: Parity) -> None:
        pieces = self._pieces(seen, kept.reserve(seen.batch))
        self._compare(parity, seen, pieces)
        prediction, probability = self._answers.of(pieces.outputs)
        kept.prediction.append(prediction)
        kept.probability.room(*probability.shape)[:] = probability
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

    def _keep_inputs(self, kept: _Kept, raw: Any, seen: Seen, pieces: Pieces) -> None:
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

    def _input_values(self, raw: Any, seen: Seen) -> Optional[torch.Tensor]:
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
        value = seen.inputs
        if value is not None and tuple(value.shape[:2]) == (n, time):
            return value.float()
        return None

    def _fields(self, kept: _Kept, tokens: Any, names: Any) -> dict:
        parity = self.parity_
        fields = {
            "state": kept.states.finish(),
            "prediction": np.concatenate(kept.prediction),
            "lengths": np.concatenate(kept.lengths).astype(np.int64),
            "label": np.concatenate(kept.labels) if kept.labels else None,
            "symbol": np.concatenate(kept.symbols) if kept.symbols else None,
            "frame": kept.frames.finish() if not kept.symbols else None,
            "probability": kept.probability.finish(),
            "step_label": np.concatenate(kept.step_labels) if kept.step_labels else None,
            "tokens": tokens,
            "vocabulary": self._vocabulary_size(kept) if tokens is None else None,
            "class_names": names,
            "classes": self._answers.classes if names is None else None,
            "kind": parity.kind,
            "parity": (parity.compared, parity.disagreements, parity.max_abs_diff),
            "model": model_hash(self._model),
        }
        if names is not None and len(names) != self._answers.classes:
            raise ArgumentError(
                f"classes: {len(names)} names for the {self._answers.classes} classes "
                "of the model"
            )
        if tokens is not None and fields["symbol"] is not None and len(fields["symbol"]):
            if int(fields["symbol"].max()) >= len(tokens):
                raise ArgumentError(
                    f"vocabulary: {len(tokens)} tokens, but id {int(fields['symbol'].max())} occurs"
                )
        return fields

    def _vocabulary_size(self, kept: _Kept) -> Optional[int]:
        """V where there are no tokens: the rows of the embedding, if all ids are among them."""
        if not kept.symbols or self._embedding is None:
            return None
        largest_id = max(int(ids.max(initial=0)) for ids in kept.symbols)
        size = self._embedding.num_embeddings
        return size if largest_id < size else None


class _Kept:
    """What was collected so far."""

    def __init__(self, sequences: int) -> None:
        self.expected, self.sequences = sequences, 0
        self.states, self.frames, self.probability = Rows(), Rows(), Rows()
        self.prediction: list = []
        self.lengths: list = []
        self.labels: list = []
        self.symbols: list = []
        self.step_labels: list = []

    def reserve(self, batch: Batch) -> Rows:
        if self.states.array is None and self.expected:
            mean = float(batch.lengths.mean())
            for rows in (self.states, self.frames, self.probability):
                rows.expected = int(self.expected * mean)
        return self.states


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
        for token, number in vocabulary.items():
            if not isinstance(number, (int, np.integer)) or not 0 <= number < 2**31:
                raise ArgumentError(f"vocabulary: the id of {token!r} is {number!r}, no number from 0")
        size = max(vocabulary.values(), default=-1) + 1
        tokens = [f"<{number}>" for number in range(size)]
        for token, number in vocabulary.items():
            tokens[number] = str(token)
        return tokens
    return as_names("vocabulary", vocabulary, None)


def _check_function(name: str, value: Any) -> None:
    if value is not None and not callable(value):
        raise ArgumentError(f"{name} must be a function, not {type(value).__name__}")


def _check_loader(loader: Any) -> None:
    if isinstance(loader, torch.utils.data.Dataset):
        if not isinstance(loader, torch.utils.data.IterableDataset):
            raise ArgumentError("loader: a Dataset yields single samples; pass a DataLoader of it")
    if not hasattr(loader, "__iter__") and not hasattr(loader, "__getitem__"):
        raise ArgumentError(f"loader must be an iterable of batches, not {type(loader).__name__}")


def model_hash(model: nn.Module) -> str:
    """64 hexadecimal digits that name the parameters and buffers of a model."""
    digest = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        if isinstance(value, torch.Tensor):
            digest.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
            value = value.detach().cpu().contiguous()
            digest.update(value.view(-1).view(torch.uint8).numpy().tobytes() if value.numel() else b"")
    return digest.hexdigest()
