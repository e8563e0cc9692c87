# SPDX-License-Identifier: MIT
"""Sets of labelled sequences as arrays."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Optional, Union

import numpy as np

from . import _abi as abi
from . import _arrays as arrays
from . import _words as words
from ._errors import ArgumentError, RangeError, ShapeError, UnsupportedError
from ._explanation import named
from ._library import call, lib, text
from ._sources import source_columns
from ._table import Table

_NO_LABEL = abi.RR_NO_LABEL


class DataSequence(NamedTuple):
    """One sequence of T steps. Arrays are read-only views."""

    frames: Optional[np.ndarray]  #: float32 [T, D]; None for symbols
    symbols: Optional[np.ndarray]  #: uint32 [T], below V; None for frames
    words: Optional[list]  #: [T] str, the words of the symbols where they have words
    label: Optional[int]  #: 0..C-1; None where the data have no labels
    step_labels: Optional[np.ndarray]  #: int64 [T], -1 = none; None where only the sequence has one


class Dataset:
    """One split of a source of data: N sequences of frames or symbols. Immutable.

    Get one from :meth:`Run.data`, :meth:`load` or :meth:`from_arrays`. ``len(ds)`` is N; ``ds[i]``
    is a :class:`DataSequence`, ``ds[list or mask or slice]`` a dataset of these sequences. Arrays
    that are given out stay valid when the dataset and its run are gone.
    """

    def __init__(self, pointer: Any) -> None:
        """Takes the reference; not for callers."""
        if not isinstance(pointer, ctypes.POINTER(abi.rr_dataset)):
            raise TypeError("a Dataset is made by Dataset.from_arrays(), Dataset.load() or Run.data()")
        self._pointer = pointer
        self._finalizer = weakref.finalize(self, lib.rr_dataset_free, pointer)
        self._index: dict[str, np.ndarray] | None = None

    @classmethod
    def _share(cls, borrowed: Any) -> Dataset:
        return cls(lib.rr_dataset_share(borrowed))

    @classmethod
    def load(cls, data: str, split: str = "train") -> Dataset:
        """Read one split of a source.

        data:   its spec, ``kind:path?name=value``, as ``mnist:DIR``, ``npz:FILE`` or
                ``digits?train=500``; see docs/DATASETS.md.
        split:  train, dev or test.
        Raises  ArgumentError (an unknown kind, parameter or split), FileError, FormatError,
                ShapeError, NumericError; the message names the file and the position.
        """
        out = ctypes.POINTER(abi.rr_dataset)()
        number = words.value("split", split)
        call("rr_dataset_load", arrays.string(data, "data"), number, ctypes.byref(out))
        return cls(out)

    @classmethod
    def from_arrays(
        cls,
        x: Any,
        y: Any,
        *,
        lengths: Any = None,
        class_names: Sequence[str] | None = None,
        like: Dataset | None = None,
        step_label: Any = None,
    ) -> Dataset:
        """A dataset of arrays in memory, to be added to a training set.

        x:            frames [N, T, D], or [sum T, D] with lengths; or whole numbers [N, T], or
                      [sum T] with lengths: symbols.
        y:            [N] labels, 0..C-1.
        lengths:      [N] steps of each sequence, 1 or more; None: all have T.
        class_names:  [C]; None: those of ``like``, else the numbers 0..max(y).
        like:         a dataset of the same kind, which gives classes and symbols.
        step_label:   [sum T] (or [N, T]) labels of the steps, negative = none.
        Raises        ShapeError, ArgumentError (a label or symbol out of range), NumericError.
        """
        x, flat, lengths = _flatten(x, lengths)
        y = _labels(y, len(lengths))
        frames = flat.dtype.kind == "f"
        shape = abi.rr_dataset_shape()
        if like is not None:
            if not isinstance(like, Dataset):
                raise ArgumentError(f"like: expected a Dataset, not {like!r}")
            shape = lib.rr_dataset_shape_of(like._pointer)
            if shape.width != (flat.shape[1] if frames else 0):
                raise ShapeError(
                    f"x: {'frames' if frames else 'symbols'} of width "
                    f"{flat.shape[1] if frames else 0}, but like has {like._kind()}"
                )
        else:
            shape.width = flat.shape[1] if frames else 0
            shape.vocabulary = 0 if frames else int(flat.max(initial=0)) + 1
            shape.classes = int(y.max(initial=0)) + 1
        shape.unlabelled = 0
        if class_names is not None:
            names = [arrays.string(name, "class_names") for name in class_names]
            memory = (ctypes.c_char_p * max(1, len(names)))(*names)
            shape.class_names = ctypes.cast(memory, type(shape.class_names))
            shape.classes = len(names)
        steps = None
        if step_label is not None:
            steps = np.asarray(step_label).reshape(-1)
            if steps.shape != (len(flat),) or steps.dtype.kind not in "iu":
                raise ShapeError(f"step_label: expected {len(flat)} whole numbers, one a step")
            steps = np.where(steps < 0, _NO_LABEL, steps).astype(np.uint32)
            if hasattr(shape, "step_labelled"):
                shape.step_labelled = 1
        return cls(_build(shape, flat, lengths, y, steps))

    # ---- sizes ------------------------------------------------------------------------------

    def __len__(self) -> int:
        return lib.rr_dataset_count(self._pointer)

    @property
    def width(self) -> int:
        """D of frames, 0 for symbols."""
        return lib.rr_dataset_width(self._pointer)

    @property
    def vocabulary(self) -> int:
        """V of symbols, 0 for frames."""
        return lib.rr_dataset_vocabulary(self._pointer)

    @property
    def classes(self) -> int:
        """C."""
        return lib.rr_dataset_classes(self._pointer)

    @property
    def class_names(self) -> list[str]:
        """[C]; decimal numbers where the source has none."""
        name = lib.rr_dataset_class_name
        return [text(name(self._pointer, c)) for c in range(self.classes)]

    @property
    def labelled(self) -> bool:
        """Whether the sequences have labels."""
        return bool(lib.rr_dataset_labelled(self._pointer))

    @property
    def hash(self) -> str:
        """SHA-256 of the content, 64 hexadecimal digits."""
        return text(lib.rr_dataset_hash(self._pointer))

    @property
    def tokens(self) -> list[str] | None:
        """[V] the words of the symbols; None for frames, and where only numbers are known."""
        vocabulary = lib.rr_dataset_words(self._pointer)
        if not vocabulary:
            return None
        word = lib.rr_vocabulary_word
        return [text(word(vocabulary, i)) for i in range(lib.rr_vocabulary_size(vocabulary))]

    # ---- arrays -----------------------------------------------------------------------------

    @property
    def labels(self) -> np.ndarray:
        """uint32 [N]; zeros where there are no labels."""
        return self._columns()["label"]

    @property
    def lengths(self) -> np.ndarray:
        """int64 [N], steps of each sequence."""
        return self._columns()["steps"]

    @property
    def frames(self) -> np.ndarray | None:
        """float32 [sum T, D], sequence after sequence, read-only; None for symbols."""
        if self.width == 0:
            return None
        return self._flat("frames", ctypes.c_float, self.width)

    @property
    def symbols(self) -> np.ndarray | None:
        """uint32 [sum T], sequence after sequence, read-only; None for frames."""
        return None if self.width else self._flat("symbols", ctypes.c_uint32, 0)

    @property
    def unknown_words(self) -> tuple[int, int]:
        """(steps whose word the vocabulary does not have, how many different words they are); of a
        training set those that ``words`` and ``min-count`` left out. (0, 0) without words."""
        found = abi.rr_unknown_words()
        call("rr_dataset_unknown", self._pointer, ctypes.byref(found))
        return found.steps, found.words

    @property
    def step_labels(self) -> np.ndarray | None:
        """int64 [sum T], -1 = none; None where only sequences have labels."""
        if len(self) == 0 or not self._columns()["step_labels"].any():
            return None
        flat = self._flat("step_labels", ctypes.c_uint32, 0).astype(np.int64)
        flat[flat == _NO_LABEL] = -1
        return flat

    def images(self) -> np.ndarray:
        """float32 [N, T, D], of frames whose sequences all have T steps; read-only.

        Raises  ShapeError (symbols, or sequences of several lengths).
        """
        lengths = self.lengths
        if self.width == 0 or len(lengths) == 0 or (lengths != lengths[0]).any():
            raise ShapeError(f"images: expected frames of one length, not {self._kind()}")
        frames = self.frames
        assert frames is not None
        return frames.reshape(len(lengths), int(lengths[0]), self.width)

    def text(self, i: int) -> str:
        """The words, or numbers, of a sequence of symbols, with blanks between; "" for frames."""
        seq = lib.rr_dataset_at(self._pointer, self._number(i))
        return " ".join(tokens(self._pointer, seq))

    def sources(self, which: Any = None) -> Table:
        """Where sequences stand in the files they were read from.

        which:   their numbers; None: all.
        Returns  Table(id, source_row, source_file, source_id): the line of a text file, from 1, or
                 the index, from 0, in the arrays of npz and the images of mnist, -1 = none; the name
                 of the file, "made" of a sequence a repair added; the source's own id or None. id
                 alone where the source is not known, as of from_arrays().
        Raises   ArgumentError (a number that is not below N).
        """
        numbers = np.arange(len(self)) if which is None else np.asarray(which, np.int64).reshape(-1)
        for i in numbers:
            self._number(i)
        return Table({"id": numbers, **source_columns(self._pointer, numbers)}, index="id")

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return self.select(np.arange(len(self))[i])
        if isinstance(i, (int, np.integer)):
            return self._sequence(self._number(i))
        i = np.asarray(i)
        if i.dtype == bool:
            if i.shape != (len(self),):
                raise ShapeError(f"a mask of shape {i.shape}: the dataset has {len(self)} sequences")
            i = np.flatnonzero(i)
        return self.select(i)

    def __iter__(self) -> Iterator[DataSequence]:
        return (self._sequence(i) for i in range(len(self)))

    def select(self, which: Any) -> Dataset:
        """The sequences of a list, in its order; one may occur more than once.

        Raises  ArgumentError (a number that is not below N).
        """
        out = ctypes.POINTER(abi.rr_dataset)()
        ids, n = arrays.numbers(which, ctypes.c_size_t, "which")
        call("rr_dataset_select", self._pointer, ids, n, ctypes.byref(out))
        return Dataset(out)

    def relabel(self, labels: Mapping[int, Union[int, str]]) -> Dataset:
        """A copy in which some sequences have other labels.

        labels:  number of a sequence -> class, by name or number.
        Raises   ArgumentError (a number that is not below N, no such class).
        """
        ids, values, n = relabelling(labels, self)
        out = ctypes.POINTER(abi.rr_dataset)()
        call("rr_dataset_relabel", self._pointer, ids, values, n, ctypes.byref(out))
        return Dataset(out)

    def save(self, path: Any) -> None:
        """Write an npz file that the source ``npz:FILE`` reads; of a text only numbers are kept."""
        call("rr_dataset_save", self._pointer, arrays.string(path, "path"))

    def class_number(self, name: Union[int, str], argument: str = "label") -> int:
        """The number of a class given by its name or number.

        Raises  ArgumentError (no such class; the message lists them).
        """
        return class_number(self._pointer, name, argument)

    def label_noise(
        self,
        *,
        fraction: float | None = None,
        from_: Union[int, str, None] = None,
        to: Union[int, str, None] = None,
        seed: int | None = None,
        steps: bool = False,
    ) -> Table:
        """Sample wrong labels for a trial, as ``rnnrepair-experiments flip`` does.

        fraction:   of the sequences that can be flipped, 0..1; rounded to a number. None: 0.05.
        from_, to:  only sequences of this class; the class they get. None: any.
        seed:       the same seed gives the same labels. None: 1.
        steps:      of single steps that have a label, instead of sequences.
        Returns     Table(id, label, truth), of steps also step (from 1), by ascending id: pass it as ``labels`` of
                    :meth:`Run.create`, and as ``flips`` of :meth:`Run.audit`.
        Raises      ArgumentError (a fraction out of range; nothing to flip).
        """
        cfg = lib.rr_label_noise_config_default()
        if fraction is not None:
            cfg.fraction = arrays.real(fraction, "fraction")
        if from_ is not None:
            cfg.from_ = self.class_number(from_, "from_")
        if to is not None:
            cfg.to = self.class_number(to, "to")
        if seed is not None:
            cfg.seed = arrays.whole(seed, "seed")
        cfg.steps = arrays.flag(steps, "steps")
        out = ctypes.POINTER(abi.rr_decision)()
        n = ctypes.c_size_t()
        call("rr_label_noise", cfg, self._pointer, ctypes.byref(out), ctypes.byref(n))
        try:
            names = ("id", "step", "label", "truth") if steps else ("id", "label", "truth")
            columns = arrays.columns(out, n.value, *names)
            return Table(named(columns, self.class_names, "label", "truth"), title="Flips")
        finally:
            lib.rr_decisions_free(out)

    def __reduce__(self) -> Any:
        raise UnsupportedError("a Dataset cannot be pickled or copied: save() it, or select() from it")

    def __repr__(self) -> str:
        return f"<Dataset: {len(self)} sequences of {self._kind()}, {self.classes} classes>"

    # ---- own --------------------------------------------------------------------------------

    def _kind(self) -> str:
        lengths = self.lengths
        spread = "no steps"
        if len(lengths):
            low, high = int(lengths.min()), int(lengths.max())
            spread = f"{low} steps" if low == high else f"{low} to {high} steps"
        return f"{spread} of " + (f"{self.width} values" if self.width else "symbols")

    def _number(self, i: Any) -> int:
        n = len(self)
        number = int(i)
        if not -n <= number < n:
            raise RangeError(f"sequence {number}: the dataset has {n}, numbered from 0")
        return number % n

    def _columns(self) -> dict[str, np.ndarray]:
        """Lengths, labels and addresses of all sequences."""
        if self._index is None:
            n = len(self)
            found = {
                name: np.empty(n, kind)
                for name, kind in (
                    ("steps", np.int64),
                    ("label", np.uint32),
                    ("frames", np.uint64),
                    ("symbols", np.uint64),
                    ("step_labels", np.uint64),
                )
            }
            for i in range(n):
                seq = lib.rr_dataset_at(self._pointer, i)
                found["steps"][i], found["label"][i] = seq.steps, seq.label
                for name in ("frames", "symbols", "step_labels"):
                    found[name][i] = arrays.address(getattr(seq, name))
            for column in found.values():
                column.flags.writeable = False
            self._index = found
        return self._index

    def _flat(self, name: str, kind: Any, width: int) -> np.ndarray:
        """All rows of all sequences: a view where they lie one after another."""
        index = self._columns()
        at, steps = index[name], index["steps"]
        row = ctypes.sizeof(kind) * max(1, width)
        total = int(steps.sum())
        shape = (total, width) if width else (total,)
        if len(at) == 0:
            return np.empty(shape, np.dtype(kind))
        if (np.diff(at.astype(np.int64)) == steps[:-1] * row).all():
            return arrays.view(int(at[0]), kind, shape, self)
        parts = [
            arrays.view(int(a), kind, (int(t), width) if width else (int(t),), self)
            for a, t in zip(at, steps)
        ]
        flat = np.concatenate(parts)
        flat.flags.writeable = False
        return flat

    def _sequence(self, i: int) -> DataSequence:
        seq = lib.rr_dataset_at(self._pointer, i)
        t, d = seq.steps, self.width
        frames = symbols = said = steps = None
        if d:
            frames = arrays.view(arrays.address(seq.frames), ctypes.c_float, (t, d), self)
        else:
            symbols = arrays.view(arrays.address(seq.symbols), ctypes.c_uint32, (t,), self)
            if seq.words or lib.rr_dataset_words(self._pointer):
                said = tokens(self._pointer, seq)
        if seq.step_labels:
            steps = arrays.copy(seq.step_labels, t).astype(np.int64)
            steps[steps == _NO_LABEL] = -1
        return DataSequence(frames, symbols, said, seq.label if self.labelled else None, steps)


def tokens(dataset: Any, seq: Any) -> list[str]:
    """The words, or numbers, of a sequence of symbols; [] for frames."""
    if not seq.symbols:
        return []
    if seq.words:
        return [text(seq.words[t]) for t in range(seq.steps)]
    vocabulary = lib.rr_dataset_words(dataset)
    if vocabulary:
        word = lib.rr_vocabulary_word
        return [text(word(vocabulary, seq.symbols[t])) for t in range(seq.steps)]
    return [str(seq.symbols[t]) for t in range(seq.steps)]


def class_number(dataset: Any, name: Union[int, str], argument: str) -> int:
    """The number of a class of an rr_dataset given by its name or number."""
    if isinstance(name, (int, np.integer)) and not isinstance(name, (bool, np.bool_)):
        name = str(name)
    out = ctypes.c_uint32()
    try:
        given = arrays.string(name, argument)
        call("rr_dataset_class", dataset, given, ctypes.byref(out))
    except ArgumentError as error:
        said = str(error)
        if not said.startswith(argument):
            said = f"{argument}: {said}"
        raise ArgumentError(said) from None
    return out.value


def relabelling(labels: Mapping[int, Union[int, str]], ds: Dataset) -> tuple[Any, Any, int]:
    """(ids, labels, their number) as C arrays, by ascending id."""
    if not isinstance(labels, Mapping):
        raise ArgumentError(f"labels: expected a mapping of ids to classes, not {labels!r}")
    ids = sorted(arrays.whole(i, "labels", most=2**32 - 1) for i in labels)
    by_id = {int(i): label for i, label in labels.items()}
    values = [ds.class_number(by_id[i], "labels") for i in ids]
    memory, n = arrays.numbers(ids, ctypes.c_uint32, "labels")
    return memory, arrays.numbers(values, ctypes.c_uint32, "labels")[0], n


def step_relabelling(labels: Mapping[Any, Union[int, str]], ds: Dataset) -> tuple[Any, int]:
    """(rr_step_edit, their number) of those labels that are of (sequence, step), in order."""
    if not isinstance(labels, Mapping):
        raise ArgumentError(f"labels: expected a mapping of ids to classes, not {labels!r}")
    places = sorted(i for i in labels if isinstance(i, tuple))
    edits = (abi.rr_step_edit * max(1, len(places)))()
    for edit, place in zip(edits, places):
        if len(place) != 2:
            raise ArgumentError(f"labels: expected (id, step), not {place!r}")
        edit.sequence = arrays.whole(place[0], "labels", most=2**32 - 1)
        edit.step = arrays.whole(place[1], "labels", least=1, most=2**32 - 1)
        edit.label = ds.class_number(labels[place], "labels")
    return edits, len(places)


def _flatten(x: Any, lengths: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(x, its rows one after another, steps of each sequence)."""
    try:
        x = np.asarray(x)
    except ValueError as error:
        raise ShapeError(f"x: {error}") from None
    if x.dtype.kind == "f":
        with np.errstate(over="ignore"):  # what is too large is infinite, and refused as such
            x = x.astype(np.float32, copy=False)
    elif x.dtype.kind in "iu":
        if x.size and (x.min() < 0 or x.max() >= 2**32 - 1):
            raise ArgumentError("x: symbols are numbers of 0 or more, below 2^32")
        x = x.astype(np.uint32, copy=False)
    else:
        raise ArgumentError(f"x: expected numbers, not {x.dtype}")
    values = x.dtype.kind == "f"
    if lengths is None:
        if x.ndim != 2 + values:
            raise ShapeError(
                f"x: expected {'frames [N, T, D]' if values else 'symbols [N, T] (whole numbers)'}, "
                f"or lengths; not {x.dtype} {x.shape}"
            )
        flat = x.reshape(x.shape[0] * x.shape[1], *x.shape[2:])
        return x, np.ascontiguousarray(flat), np.full(x.shape[0], x.shape[1], np.int64)
    if x.ndim != 1 + values:
        raise ShapeError(
            f"x: with lengths expected {'frames [sum T, D]' if values else 'symbols [sum T]'}; "
            f"not {x.dtype} {x.shape}"
        )
    steps = np.asarray(lengths)
    if steps.ndim != 1 or steps.dtype.kind not in "iu" or (steps < 1).any():
        raise ArgumentError("lengths: expected whole numbers, 1 or more")
    if int(steps.sum()) != len(x):
        raise ShapeError(f"lengths: {int(steps.sum())} steps in all, but x has {len(x)} rows")
    return x, np.ascontiguousarray(x), steps.astype(np.int64)


def _labels(y: Any, n: int) -> np.ndarray:
    y = np.asarray(y)
    if y.shape != (n,):
        raise ShapeError(f"y: expected {n} labels, one a sequence; not {y.shape}")
    if y.size and (y.dtype.kind not in "iu" or y.min() < 0):
        raise ArgumentError("y: labels are whole numbers, 0 or more")
    return y.astype(np.uint32)


def _build(
    shape: Any, flat: np.ndarray, lengths: np.ndarray, y: np.ndarray, steps: np.ndarray | None
) -> Any:
    builder = ctypes.POINTER(abi.rr_dataset_builder)()
    out = ctypes.POINTER(abi.rr_dataset)()
    call("rr_dataset_builder_new", shape, ctypes.byref(builder))
    try:
        row = 0
        seq = abi.rr_sequence()
        for label, t in zip(y.tolist(), lengths.tolist()):
            part = flat[row : row + t]
            seq.steps, seq.label = t, label
            if flat.dtype.kind == "f":
                seq.frames = ctypes.cast(part.ctypes.data, type(seq.frames))
            else:
                seq.symbols = ctypes.cast(part.ctypes.data, type(seq.symbols))
            if steps is not None:
                of = steps[row : row + t]
                seq.step_labels = ctypes.cast(of.ctypes.data, type(seq.step_labels))
            call("rr_dataset_builder_add", builder, seq)
            row += t
        call("rr_dataset_builder_finish", builder, ctypes.byref(out))
    finally:
        lib.rr_dataset_builder_free(builder)
    return out


