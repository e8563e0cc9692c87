# SPDX-License-Identifier: MIT
"""StatesFile: a states file that is read batch by batch."""

from __future__ import annotations

import ctypes
import os
from contextlib import contextmanager
from typing import Iterator, Optional, Tuple, Union

import numpy as np

from . import _abi, _words
from ._checks import as_path
from ._errors import ArgumentError, from_status
from ._library import call, lib
from ._npz import member_names, read_members, texts
from ._origin import Parity, sentence_of

PathLike = Union[str, "os.PathLike[str]"]


def batches(source: _abi.rr_state_source) -> Iterator[_abi.rr_state_batch]:
    """The batches of a pass over a source; each is valid until the next."""
    error = _abi.rr_error()
    batch = _abi.rr_state_batch()
    ops = source.ops.contents
    status = ops.rewind(source.self, ctypes.byref(error))
    while status == _abi.RR_OK:
        status = ops.next(source.self, ctypes.byref(batch), ctypes.byref(error))
        if status == _abi.RR_OK and batch.count == 0:
            return
        if status == _abi.RR_OK:
            yield batch
    raise from_status(status, error)


class StatesFile:
    """A states file that is read batch by batch, each time it is asked about: for more states than
    memory holds. Made by :meth:`States.open`.

    Attributes:
        path: the file
        split: the split that is read, None where the file has none
        kind, parity, model, class_names, tokens, classes, vocabulary: as of :class:`States`
        steps, hidden: R and H
    """

    def __init__(self, path: PathLike, split: Optional[str] = None) -> None:
        self.path = as_path("path", path)
        self.split = split
        self._number = -1 if split is None else _words.value("split", split)
        names = member_names(self.path)
        if split is None and "split" in names:
            raise ArgumentError(
                f"{self.path} is divided into splits: say which, as "
                "rnnrepair.States.open(path, split='train')"
            )
        self._stated = (
            bool({"classes", "class_names", "probability"} & names),
            bool({"vocabulary", "tokens"} & names),
        )
        self._probability = "probability" in names
        with self.source() as source:
            self._length: int = source.sequences
            self.steps: int = source.steps
            self.hidden: int = source.hidden
            self.classes: int = source.classes
            self.vocabulary: int = source.vocabulary
            self._origin = _abi.rr_states_origin.from_buffer_copy(source.origin)
        small = read_members(self.path, {"class_names", "tokens"} & names)
        self.class_names = texts(small.get("class_names"))
        self.tokens = texts(small.get("tokens"))
        self.kind = _words.word("states-kind", self._origin.kind)
        self.model = self._origin.model.decode()
        o = self._origin
        self.parity = Parity(o.compared, o.disagreements, o.difference) if o.compared else None

    def __len__(self) -> int:
        return self._length

    def __repr__(self) -> str:
        part = "" if self.split is None else f", split {self.split}"
        return (
            f"<StatesFile {self.path}{part}: {len(self)} sequences, {self.steps} steps of "
            f"{self.hidden}, {self.classes} classes; {self.kind}>"
        )

    def origin(self) -> _abi.rr_states_origin:
        """Where the states come from, as the library takes it."""
        return self._origin

    @property
    def sentence(self) -> str:
        """As of :class:`States`."""
        return sentence_of(self._origin)

    @contextmanager
    def source(
        self, classes: int = 0, vocabulary: int = 0, which: Optional[np.ndarray] = None
    ) -> Iterator[_abi.rr_state_source]:
        """As of :class:`States`."""
        numbers, n = None, 0
        if which is not None:
            n = len(which)
            numbers = (ctypes.c_size_t * max(1, n))(*which.tolist())
        source = _abi.rr_state_source()
        path = self.path.encode(errors="surrogateescape")
        call("rr_states_open", path, self._number, numbers, n, ctypes.byref(source))
        if not self._stated[0]:
            source.classes = max(source.classes, classes)
        if source.vocabulary and not self._stated[1]:
            source.vocabulary = max(source.vocabulary, vocabulary)
        try:
            yield source
        finally:
            lib.rr_state_source_close(ctypes.byref(source))

    def _batches(
        self, which: Optional[np.ndarray] = None
    ) -> Iterator[Tuple[_abi.rr_state_batch, _abi.rr_state_source]]:
        """The batches of a pass; each is valid until the next."""
        with self.source(which=which) as source:
            for batch in batches(source):
                yield batch, source

    @property
    def has_probabilities(self) -> bool:
        """As of :class:`States`."""
        return self._probability

    def final_probabilities(self) -> Optional[np.ndarray]:
        """As of :class:`States`. Reads the file once."""
        if not self._probability:
            return None
        parts = []
        for batch, source in self._batches():
            ends = np.cumsum(np.ctypeslib.as_array(batch.steps, (batch.count,)), dtype=np.int64)
            rows = np.ctypeslib.as_array(batch.probabilities, (batch.rows, source.classes))
            parts.append(rows[ends - 1].copy())
        return np.concatenate(parts)

    def frame_of(self, i: int) -> Optional[np.ndarray]:
        """As of :class:`States`."""
        for batch, source in self._batches(np.array([i])):
            if not batch.frames:
                return None
            return np.ctypeslib.as_array(batch.frames, (batch.rows, source.width)).copy()
        return None
