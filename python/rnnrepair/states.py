# SPDX-License-Identifier: MIT
"""States: what a recurrent network computed over some sequences, step by step.

The analysis of this package needs of a network only this: for every step of every sequence the
hidden state, the label predicted so far, and the input. They come from anywhere, as arrays
(:meth:`States.from_arrays`), from a PyTorch model (``rnnrepair.torch.Collector``), or from a file
(:meth:`States.load`) such as ``rnnrepair predict -o`` writes.
"""

from __future__ import annotations

import ctypes
import os
from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from . import _abi, _words
from ._checks import (
    NO_LABEL,
    as_array,
    check_below,
    as_count,
    as_floats,
    as_names,
    as_path,
    first_true,
    check_shape,
    as_whole,
)
from ._errors import ArgumentError, FileError, FormatError, NumericError, RangeError, ShapeError
from ._library import call, lib
from ._npz import read_members, texts
from ._origin import Parity, sentence_of
from .states_file import PathLike, StatesFile

# ---- the class -------------------------------------------------------------------------------


class States:
    """The states of N sequences of a recurrent network, in memory. Made by :meth:`from_arrays`,
    :meth:`load` or a collector, and not changed afterwards.

    R is the sum of all steps, H the width of a state, C the number of classes. Row r of an array of
    R rows belongs to step r, sequence after sequence.

    Attributes:
        state: float32 [R][H], the hidden state after each step
        prediction: uint32 [R], the class predicted after each step
        lengths: uint32 [N], the steps of each sequence
        label: uint32 [N], the given class of each sequence; None of sequences without labels
        symbol: uint32 [R], the number of each input, or None; else
        frame: float32 [R][D], the input of each step, or None
        probability: float32 [R][C], of every class after each step, or None
        step_label: uint32 [R], the given class of each step, NO_LABEL (4294967295) where a step has
            none; or None
        split: uint8 [N], 0 train, 1 dev, 2 test, or None
        classes, vocabulary: C; V, 0 for frames
        class_names: list of C texts, or None
        tokens: list of V texts, the vocabulary, or None
        kind: what the states are: "one-pass", "pooled", "prefix", "two-sided" or "partial"
        parity: :class:`Parity`, or None where it was not measured
        model: 64 hexadecimal digits that name the network, or ""
        batch: sequences the analysis reads at a time, 0 where the library chooses
    """

    # What scikit-learn's splitting functions look for.
    shape: Tuple[int]

    def __init__(self) -> None:
        raise TypeError("States are made by States.from_arrays(), States.load() or a Collector")

    # Filled in by _make().
    state: np.ndarray
    prediction: np.ndarray
    lengths: np.ndarray
    label: Optional[np.ndarray]
    symbol: Optional[np.ndarray]
    frame: Optional[np.ndarray]
    probability: Optional[np.ndarray]
    step_label: Optional[np.ndarray]
    split: Optional[np.ndarray]
    classes: int
    vocabulary: int
    class_names: Optional[List[str]]
    tokens: Optional[List[str]]
    kind: str
    parity: Optional[Parity]
    model: str
    batch: int
    _stated: Tuple[bool, bool]  # were C and V given, or only found?

    @classmethod
    def _make(cls, **members: Any) -> "States":
        made = object.__new__(cls)
        made.__dict__.update(members)
        made.shape = (len(made.lengths),)
        return made

    # ---- making --------------------------------------------------------------------------------

    @classmethod
    def from_arrays(
        cls,
        state: Any,
        prediction: Any = None,
        label: Any = None,
        lengths: Any = None,
        *,
        symbol: Any = None,
        frame: Any = None,
        probability: Any = None,
        step_label: Any = None,
        split: Any = None,
        class_names: Optional[Sequence[str]] = None,
        tokens: Optional[Sequence[str]] = None,
        kind: str = "one-pass",
        parity: Optional[Sequence[float]] = None,
        model: Optional[str] = None,
        classes: Optional[int] = None,
        vocabulary: Optional[int] = None,
        batch: Optional[int] = None,
    ) -> "States":
        """States from arrays. float32 arrays are shared where they are contiguous, others copied.

        Arrays with a row a step are either packed, [R, ...] with the steps of all sequences one
        after another, or padded, [N, T, ...], of which the first ``lengths[i]`` steps of sequence i
        are taken; all of them packed, or all padded.

        Args:
            state: [R, H] or [N, T, H], floats of any width, all finite
            prediction: [R] or [N, T], whole numbers in 0..C-1; None: the largest `probability`
            label: [N], whole numbers in 0..C-1; None: sequences without labels, to be asked about
            lengths: [N], steps of each sequence, 1 at least, in any order; their sum is R. None:
                packed, one sequence; padded, all have T steps
            symbol: [R] or [N, T], numbers of the inputs, 0..V-1; exactly one of these two:
            frame: [R, D] or [N, T, D], the inputs
            probability: [R, C] or [N, T, C], of every class after each step, 0..1
            step_label: [R] or [N, T], the true class of each step; negative: none
            split: [N], 0 train, 1 dev, 2 test
            class_names: C texts
            tokens: V texts, what the symbols stand for
            kind: "one-pass" (state and output of a network that reads forward), "pooled" (of the
                steps so far), "prefix" (the model run again on each prefix), "two-sided" (a network
                that knows the whole sequence) or "partial" (a part of the model)
            parity: (compared, disagreements, difference): sequences whose last prediction was
                compared with the model's own answer, of these those with another label, and the
                largest absolute difference of an output; None: not measured
            model: 64 hexadecimal digits that name the network
            classes, vocabulary: C and V; None: as the other arguments say, else the largest number
                found + 1
            batch: sequences the analysis reads at a time; None: 512, or fewer of long ones

        Raises:
            ArgumentError, ShapeError, NumericError: name the argument and the place in it
        """
        given = {
            "prediction": prediction,
            "symbol": symbol,
            "frame": frame,
            "probability": probability,
            "step_label": step_label,
        }
        # `frame` and `state` alone have a last axis of their own, as `probability` has.
        vectors = {"frame", "probability"}
        if (symbol is None) == (frame is None):
            both = "both" if symbol is not None else "neither"
            raise ArgumentError(f"exactly one of symbol and frame must be given, not {both}")
        if prediction is None and probability is None:
            raise ArgumentError("prediction is None: then probability must be given")

        h = as_array("state", state)
        if h.ndim not in (2, 3) or 0 in h.shape:
            raise ShapeError(
                f"state has shape {h.shape}; it must be [R, H], or [N, T, H] padded, none of them 0"
            )
        if h.ndim == 3:
            steps = _lengths_of_padded(lengths, h.shape[0], h.shape[1])
            take = np.arange(h.shape[1])[None, :] < steps[:, None]
            given = {
                name: _unpad(name, value, take, name in vectors) for name, value in given.items()
            }
            h = h[take]
        else:
            steps = _lengths_of_packed(lengths, h.shape[0])
        R, N = h.shape[0], len(steps)
        h = as_floats("state", h)

        arrays: Dict[str, Optional[np.ndarray]] = {}
        for name, value in given.items():
            if value is None:
                arrays[name] = None
            elif name in vectors:
                found = as_floats(name, value)
                if found.ndim != 2 or found.shape[1] == 0:
                    raise ShapeError(f"{name} has no columns: its shape is {found.shape}")
                width = found.shape[1]
                arrays[name] = check_shape(name, found, (R, width), "a row for each row of state")
            else:
                found = as_whole(name, value, missing=name == "step_label")
                arrays[name] = check_shape(name, found, (R,), "a number for each row of state")
        p = arrays["probability"]
        if p is not None and ((p < 0) | (p > 1)).any():
            at = first_true((p < 0) | (p > 1))
            raise ArgumentError(f"probability{list(at)} is {p[at]}, not in 0..1", at[0])
        said = arrays["prediction"]
        if said is None:
            assert p is not None
            said = arrays["prediction"] = p.argmax(axis=1).astype(np.uint32)
        y = None if label is None else check_shape("label", as_whole("label", label), (N,), "one a sequence")
        part = None
        if split is not None:
            part = check_shape("split", as_whole("split", split, np.uint8), (N,), "one a sequence")
            check_below("split", part, 3, "3, for train, dev and test")

        named = as_names("class_names", class_names, as_count("classes", classes, 65534))
        words = as_names("tokens", tokens, as_count("vocabulary", vocabulary))
        C, stated, of = _classes(classes, named, arrays, y)
        V, of_symbols = _vocabulary(vocabulary, words, arrays["symbol"])
        check_below("prediction", said, C, of)
        if y is not None:
            check_below("label", y, C, of)
        if arrays["step_label"] is not None:
            check_below("step_label", arrays["step_label"], C, of, missing=True)
        if p is not None and p.shape[1] != C:
            raise ShapeError(f"probability has {p.shape[1]} columns, but {of} is {C}")
        if arrays["symbol"] is not None:
            check_below("symbol", arrays["symbol"], V, of_symbols)
        return cls._make(
            state=h,
            lengths=steps,
            label=y,
            split=part,
            classes=C,
            vocabulary=V,
            class_names=named,
            tokens=words,
            kind=_words.word("states-kind", _words.value("states-kind", kind, "kind")),
            parity=_parity(parity),
            model=_model(model),
            batch=as_count("batch", batch) or 0,
            _stated=(stated, vocabulary is not None or tokens is not None),
            **arrays,
        )

    @classmethod
    def concat(cls, parts: Sequence["States"], splits: Optional[Sequence[str]] = None) -> "States":
        """The sequences of several States, one after another. All must be of the same network: width,
        inputs, kind, names of classes and tokens. Members that not all of them have are left out;
        the parities are added up where all were measured.

        splits: of each part what it is, "train", "dev" or "test", so that one file holds them all.
                None: as the parts have it.

        Raises:
            ArgumentError: no part; parts that differ, with what they differ in; another name of a
                split, or not one for each part
            ShapeError: states or frames of different widths
        """
        parts = list(parts)
        if not parts:
            raise ArgumentError("parts is empty: there is nothing to put together")
        for i, part in enumerate(parts):
            if not isinstance(part, States):
                raise ArgumentError(f"parts[{i}] is a {type(part).__name__}; it must be States")
        first = parts[0]
        for i, part in enumerate(parts):
            for name in ("kind", "class_names", "tokens", "model"):
                if getattr(part, name) != getattr(first, name):
                    raise ArgumentError(
                        f"parts[{i}].{name} is {_short(getattr(part, name))}, "
                        f"that of parts[0] is {_short(getattr(first, name))}"
                    )
            for name in ("state", "frame", "probability"):
                a, b = getattr(part, name), getattr(first, name)
                if a is not None and b is not None and a.shape[1] != b.shape[1]:
                    raise ShapeError(f"parts[{i}].{name} has {a.shape[1]} columns, parts[0] {b.shape[1]}")
            if (part.symbol is None) != (first.symbol is None):
                raise ArgumentError(f"parts[{i}] has {_inputs(part)}, parts[0] {_inputs(first)}")
        joined: Dict[str, Any] = {}
        for name in _PER_STEP + _PER_SEQUENCE:
            arrays = [getattr(part, name) for part in parts]
            joined[name] = None if any(a is None for a in arrays) else np.concatenate(arrays)
        if splits is not None:
            names = list(splits)
            if len(names) != len(parts):
                raise ArgumentError(f"splits has {len(names)} names for {len(parts)} parts")
            numbers = np.array([_words.value("split", name) for name in names], dtype=np.uint8)
            joined["split"] = np.repeat(numbers, [len(part) for part in parts])
        measured = [part.parity for part in parts if part.parity is not None]
        parity = None
        if len(measured) == len(parts):
            parity = Parity(
                sum(m.compared for m in measured),
                sum(m.disagreements for m in measured),
                max(m.difference for m in measured),
            )
        return cls._make(
            classes=max(part.classes for part in parts),
            vocabulary=max(part.vocabulary for part in parts),
            class_names=first.class_names,
            tokens=first.tokens,
            kind=first.kind,
            parity=parity,
            model=first.model,
            batch=first.batch,
            _stated=(
                any(part._stated[0] for part in parts),
                any(part._stated[1] for part in parts),
            ),
            **joined,
        )

    # ---- files ---------------------------------------------------------------------------------

    @classmethod
    def load(cls, path: PathLike, split: Optional[str] = None) -> "States":
        """Read a states file, an npz of the arrays named as the attributes of this class (steps for
        lengths), into memory.

        A file that is too large for it is not loaded: ``InfluenceModel.fit(path)`` and the calls
        that take states read a file batch by batch.

        Args:
            path: the file
            split: "train", "dev" or "test" selects the sequences of a split, None takes all

        Raises:
            FileError: it cannot be read
            FormatError: it is no states file; the message names the member
            ArgumentError: there is no such split
        """
        where = as_path("path", path)
        members = read_members(where)
        for name in ("state", "steps", "prediction", "kind"):
            if name not in members:
                raise FormatError(f"{where}: no array {name!r}; a states file has one")
        parity = members.get("parity")
        scalars = {
            name: int(members[name]) for name in ("classes", "vocabulary", "batch") if name in members
        }
        try:
            made = cls.from_arrays(
                members["state"],
                members["prediction"],
                members.get("label"),
                members["steps"],
                symbol=members.get("symbol"),
                frame=members.get("frame"),
                probability=members.get("probability"),
                step_label=members.get("step_label"),
                split=members.get("split"),
                class_names=texts(members.get("class_names")),
                tokens=texts(members.get("tokens")),
                kind=str(members["kind"]),
                parity=None if parity is None else np.asarray(parity, dtype=float).tolist(),
                model=str(members["model"]) if "model" in members else None,
                **scalars,
            )
        except (ArgumentError, ShapeError, NumericError) as problem:
            raise FormatError(f"{where}: {problem}", problem.where) from None
        return made if split is None else made.select(split)

    def save(self, path: PathLike) -> None:
        """Write a states file, which :meth:`load` and ``rnnrepair build --states`` read: an npz, not
        compressed, so that it can be read batch by batch. Written to a temporary name and renamed.

        Raises:
            FileError: it cannot be written
        """
        where = as_path("path", path)
        members: Dict[str, Any] = {"state": self.state, "steps": self.lengths}
        for name in ("prediction", "probability", "label", "symbol", "frame", "split"):
            if getattr(self, name) is not None:
                members[name] = getattr(self, name)
        if self.step_label is not None:
            members["step_label"] = np.where(
                self.step_label == NO_LABEL, np.int64(-1), self.step_label
            ).astype(np.int32)
        for name in ("class_names", "tokens"):
            if getattr(self, name) is not None:
                members[name] = np.array(getattr(self, name), dtype=str)
        members["kind"] = np.array(self.kind)
        members["classes"] = np.array(self.classes)
        if self.vocabulary:
            members["vocabulary"] = np.array(self.vocabulary)
        if self.parity is not None:
            members["parity"] = np.array(self.parity, dtype=float)
        if self.model:
            members["model"] = np.array(self.model)
        if self.batch:
            members["batch"] = np.array(self.batch)
        unfinished = f"{where}.{os.getpid()}.tmp"
        try:
            with open(unfinished, "wb") as file:
                np.savez(file, **members)
            os.replace(unfinished, where)
        except OSError as problem:
            if os.path.exists(unfinished):
                os.remove(unfinished)
            raise FileError(f"{where}: {problem.strerror or problem}") from None

    @staticmethod
    def open(path: PathLike, split: Optional[str] = None) -> "StatesFile":
        """A states file that is read batch by batch, where :meth:`load` would not fit into memory.
        Whatever takes States takes it.

        Args:
            path: the file
            split: "train", "dev" or "test"; needed where the file is divided into splits

        Raises:
            FileError, FormatError, ShapeError: name the file and the member
            ArgumentError: no such split, or none named where there are several
        """
        return StatesFile(path, split)

    # ---- sequences -----------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def steps(self) -> int:
        """R, the sum of all steps."""
        return len(self.state)

    @property
    def hidden(self) -> int:
        """H, the width of a state."""
        return self.state.shape[1]

    @property
    def offsets(self) -> np.ndarray:
        """int64 [N + 1]: sequence i has the rows offsets[i] to offsets[i+1] - 1."""
        return np.concatenate([[0], np.cumsum(self.lengths, dtype=np.int64)])

    @property
    def answers(self) -> np.ndarray:
        """uint32 [N], the prediction after the last step of each sequence."""
        return self.prediction[self.offsets[1:] - 1]

    @property
    def errors(self) -> np.ndarray:
        """Numbers of the sequences predicted otherwise than labelled, rising.

        Raises:
            ArgumentError: the sequences have no labels
        """
        if self.label is None:
            raise ArgumentError("the states have no labels: no error is known")
        return np.flatnonzero(self.answers != self.label)

    def _chosen(self, key: Any) -> np.ndarray:
        """The numbers of the sequences an index selects."""
        N = len(self)
        if isinstance(key, tuple) and len(key) == 2 and key[1] is Ellipsis:
            key = key[0]  # as NumPy's [key, ...]
        if isinstance(key, slice):
            return np.arange(N)[key]
        found = as_array("index", key)
        if found.size == 0 and found.dtype.kind == "f":
            found = found.astype(np.int64)
        if found.dtype.kind == "b":
            if found.shape != (N,):
                raise ShapeError(f"index is a mask of shape {found.shape}; there are {N} sequences")
            return np.flatnonzero(found)
        if found.dtype.kind not in "iu" or found.ndim > 1:
            raise ArgumentError(
                f"index has dtype {found.dtype} and shape {found.shape}; it must be a number, a "
                "slice, a list of numbers or a mask"
            )
        found = found.reshape(-1).astype(np.int64)
        bad = (found < -N) | (found >= N)
        if bad.any():
            raise RangeError(f"index {found[bad][0]} is out of range: there are {N} sequences")
        return np.where(found < 0, found + N, found)

    def __getitem__(self, key: Any) -> "States":
        """Some sequences, in the order of the index: a number, a slice, numbers as
        ``train_test_split`` gives them, or a mask of N booleans. Parity and kind stay."""
        chosen = self._chosen(key)
        if len(chosen) == 0:
            raise ArgumentError("index selects no sequence")
        starts, lengths = self.offsets[chosen], self.lengths[chosen].astype(np.int64)
        first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        rows = np.repeat(starts - first, lengths) + np.arange(lengths.sum())
        members = dict(self.__dict__)
        del members["shape"]
        for name in _PER_STEP:
            if members[name] is not None:
                members[name] = members[name][rows]
        for name in _PER_SEQUENCE:
            if members[name] is not None:
                members[name] = members[name][chosen]
        return self._make(**members)

    def select(self, split: str) -> "States":
        """The sequences of a split, "train", "dev" or "test".

        Raises:
            ArgumentError: there is no such split, or the states have none
        """
        number = _words.value("split", split)
        if self.split is None:
            raise ArgumentError(f"split is {split!r}, but the states are not divided into splits")
        if not (self.split == number).any():
            raise ArgumentError(f"split is {split!r}, of which there is no sequence")
        return self[self.split == number]

    # ---- saying what they are --------------------------------------------------------------------

    def __repr__(self) -> str:
        inputs = f"vocabulary {self.vocabulary}" if self.symbol is not None else "frames of "
        if self.frame is not None:
            inputs += str(self.frame.shape[1])
        text_ = f"{len(self)} sequences, {self.steps} steps of {self.hidden}, {self.classes} classes"
        parity = "not measured"
        if self.parity is not None:
            compared, others, difference = self.parity
            parity = f"{compared - others} of {compared} equal, difference at most {difference:.2g}"
        labels = "" if self.label is not None else ", no labels"
        return f"<States: {text_}, {inputs}{labels}; {self.kind}, parity: {parity}>"

    @property
    def sentence(self) -> str:
        """What a reader of results must know of these states: what they are, and how far their
        predictions are the model's own."""
        return sentence_of(self.origin())

    def origin(self) -> _abi.rr_states_origin:
        """Where the states come from, as the library takes it."""
        origin = _abi.rr_states_origin()
        origin.foreign = 1
        origin.kind = _words.value("states-kind", self.kind)
        origin.difference = -1.0
        if self.parity is not None:
            origin.compared, origin.disagreements, origin.difference = self.parity
        origin.model = self.model.encode()
        return origin

    @contextmanager
    def source(
        self, classes: int = 0, vocabulary: int = 0, which: Optional[np.ndarray] = None
    ) -> Iterator[_abi.rr_state_source]:
        """The states as the library reads them, for a ``with`` block.

        classes, vocabulary: C and V of the model they are read for, taken where these states do not
        state their own; 0 = their own. which: numbers of the sequences, None = all.
        """
        if which is not None:
            with self[which].source(classes, vocabulary) as source:
                yield source
            return
        a = _abi.rr_state_arrays()
        a.sequences, a.hidden = len(self), self.hidden
        a.classes = self.classes if self._stated[0] else max(self.classes, classes)
        if self.symbol is not None:
            a.vocabulary = self.vocabulary if self._stated[1] else max(self.vocabulary, vocabulary)
        if self.frame is not None:
            a.width = self.frame.shape[1]
        a.batch = self.batch
        a.origin = self.origin()
        for field, name, kind in _FIELDS:
            values = getattr(self, name)
            if values is not None:
                setattr(a, field, values.ctypes.data_as(ctypes.POINTER(kind)))
        source = _abi.rr_state_source()
        call("rr_states_from_arrays", ctypes.byref(a), ctypes.byref(source))
        try:
            yield source
        finally:
            lib.rr_state_source_close(ctypes.byref(source))

    @property
    def has_probabilities(self) -> bool:
        """Whether the probabilities of all classes are known."""
        return self.probability is not None

    def final_probabilities(self) -> Optional[np.ndarray]:
        """float32 [N][C], after the last step of each sequence; None where unknown."""
        if self.probability is None:
            return None
        return self.probability[self.offsets[1:] - 1]

    def frame_of(self, i: int) -> Optional[np.ndarray]:
        """float32 [T][D], the inputs of sequence i; None of symbols."""
        if self.frame is None:
            return None
        at = self.offsets
        return self.frame[at[i] : at[i + 1]]


# Arrays with a row a step, and with an item a sequence.
_PER_STEP = ("state", "prediction", "symbol", "frame", "probability", "step_label")
_PER_SEQUENCE = ("lengths", "label", "split")

# Member of rr_state_arrays, attribute, type of an item.
_FIELDS: Tuple[Tuple[str, str, Any], ...] = (
    ("steps", "lengths", ctypes.c_uint32),
    ("labels", "label", ctypes.c_uint32),
    ("states", "state", ctypes.c_float),
    ("predictions", "prediction", ctypes.c_uint32),
    ("probabilities", "probability", ctypes.c_float),
    ("frames", "frame", ctypes.c_float),
    ("symbols", "symbol", ctypes.c_uint32),
    ("step_labels", "step_label", ctypes.c_uint32),
)


# ---- parts of from_arrays() --------------------------------------------------------------------


def _lengths(lengths: Any) -> np.ndarray:
    steps = as_whole("lengths", lengths)
    if steps.ndim != 1 or len(steps) == 0:
        raise ShapeError(f"lengths has shape {steps.shape}; it must be [N], one number a sequence")
    if (steps == 0).any():
        at = first_true(steps == 0)
        raise ArgumentError(f"lengths[{at[0]}] is 0: a sequence has a step at least", at[0])
    return steps


def _lengths_of_packed(lengths: Any, rows: int) -> np.ndarray:
    steps = _lengths([rows] if lengths is None else lengths)
    total = int(steps.sum(dtype=np.int64))
    if total != rows:
        raise ShapeError(f"lengths add up to {total}, but state has {rows} rows")
    return steps


def _lengths_of_padded(lengths: Any, N: int, T: int) -> np.ndarray:
    steps = _lengths(np.full(N, T) if lengths is None else lengths)
    if len(steps) != N:
        raise ShapeError(f"lengths has {len(steps)} items, but state has {N} sequences")
    if (steps > T).any():
        at = first_true(steps > T)
        raise ShapeError(f"lengths{list(at)} is {steps[at]}, but state is padded to {T} steps", at[0])
    return steps


def _unpad(name: str, value: Any, take: np.ndarray, vectors: bool) -> Any:
    if value is None:
        return None
    found = as_array(name, value)
    if found.ndim != (3 if vectors else 2) or found.shape[:2] != take.shape:
        shape = "[N, T, ...]" if vectors else "[N, T]"
        raise ShapeError(
            f"{name} has shape {found.shape}; state is padded, so it must be {shape} with "
            f"N = {take.shape[0]}, T = {take.shape[1]}"
        )
    return found[take]


def _classes(
    given: Optional[int],
    class_names: Optional[List[str]],
    arrays: Dict[str, Optional[np.ndarray]],
    label: Optional[np.ndarray],
) -> Tuple[int, bool, str]:
    """C, whether the arguments state it, and which does."""
    if given is not None:
        return int(given), True, "classes"
    if class_names is not None:
        return len(class_names), True, "the length of class_names"
    if arrays["probability"] is not None:
        return arrays["probability"].shape[1], True, "the columns of probability"
    numbers = [arrays["prediction"], label]
    if arrays["step_label"] is not None:
        numbers.append(arrays["step_label"][arrays["step_label"] != NO_LABEL])
    found = max(int(a.max()) + 1 for a in numbers if a is not None and a.size)
    return found, False, "the number of classes"


def _vocabulary(
    given: Optional[int], tokens: Optional[List[str]], symbol: Optional[np.ndarray]
) -> Tuple[int, str]:
    """V, and which argument states it."""
    if symbol is None:
        for name, value in (("vocabulary", given), ("tokens", tokens)):
            if value is not None:
                raise ArgumentError(f"{name} is given, but the inputs are frames, not symbols")
        return 0, ""
    if given is not None:
        return int(given), "vocabulary"
    if tokens is not None:
        return len(tokens), "the length of tokens"
    return int(symbol.max()) + 1, "vocabulary"


def _parity(value: Optional[Sequence[float]]) -> Optional[Parity]:
    if value is None:
        return None
    try:
        compared, disagreements, difference = value
        found = Parity(int(compared), int(disagreements), float(difference))
    except (TypeError, ValueError):
        raise ArgumentError(
            f"parity is {value!r}; it must be (compared, disagreements, difference)"
        ) from None
    if not 0 <= found.disagreements <= found.compared or not found.difference >= 0:
        raise ArgumentError(
            f"parity is {value!r}; it must be 0 <= disagreements <= compared, and difference >= 0"
        )
    return found if found.compared > 0 else None


def _model(value: Optional[str]) -> str:
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or len(value) != 64 or any(c not in "0123456789abcdef" for c in value):
        raise ArgumentError(f"model is {value!r}; it must be 64 hexadecimal digits")
    return value


def _inputs(states: States) -> str:
    return "frames" if states.symbol is None else "symbols"


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
