# SPDX-License-Identifier: MIT
"""A fitted influence model and the traces of what it is asked about: what all questions share."""

from __future__ import annotations

import ctypes
import os
import weakref
from typing import Any, List, Optional, Tuple, Union

import numpy as np

from . import _abi, _arrays, _words
from ._errors import ArgumentError, MismatchError, NotFittedError, RangeError, ShapeError
from ._library import call, lib
from .states import States
from .states_file import PathLike, StatesFile

#: States in memory, or a states file that is read batch by batch.
AnyStates = Union[States, StatesFile]

#: What a question takes: the same, or the path of a states file.
Asked = Union[States, StatesFile, PathLike]


class Traces:
    """Traces of asked sequences, released with this object."""

    def __init__(self, pointer: Any, truth_known: bool) -> None:
        self.pointer = pointer
        self.truth_known = truth_known
        weakref.finalize(self, lib.rr_traces_free, pointer)

    def __len__(self) -> int:
        return lib.rr_traces_count(self.pointer)

    def at(self, i: int) -> _abi.rr_trace:
        return lib.rr_traces_at(self.pointer, i)

    def errors(self) -> np.ndarray:
        wrong = [i for i in range(len(self)) if is_error(self.at(i))]
        return np.array(wrong, dtype=np.uintp)


class Model:
    """An influence model of the library. It never changes, so any threads, and a forked process, may
    use it at once."""

    def __init__(self, pointer: Any) -> None:
        self.pointer = pointer
        weakref.finalize(self, lib.rr_influence_free, pointer)


def is_error(trace: _abi.rr_trace) -> bool:
    return trace.prediction != trace.label


def _same_names(what: str, own: Optional[List[str]], fitted: List[str]) -> None:
    """MismatchError where states name a class or token otherwise than the model's."""
    if own is None or own is fitted or own == fitted:
        return
    for k, (a, b) in enumerate(zip(own, fitted)):
        if a != b:
            raise MismatchError(
                f"{what} {k} of states is {a!r}, but {b!r} of those the model was fitted on"
            )


def opened(states: Any) -> AnyStates:
    """What was given as states: itself, or the file of a path."""
    if isinstance(states, (States, StatesFile)):
        return states
    if isinstance(states, (str, os.PathLike)):
        return StatesFile(states)
    raise ArgumentError(
        f"states is a {type(states).__name__}; it must be States, what States.open() returns, or "
        "the path of a states file"
    )


class Fitted:
    """The parameters and learned members that questions read."""

    key: str
    measure: str
    random_state: int
    n_jobs: Optional[int]
    n_classes_: int
    n_sequences_: int
    n_steps_: int
    labels_: np.ndarray
    predictions_: np.ndarray
    class_names_: List[str]
    tokens_: Optional[List[str]]
    _model: Model
    _vocabulary: int
    _probability: Optional[np.ndarray]  # [N, C] of the training set, after the last step
    _train: Optional[StatesFile]  # where they are read from, else None
    _frames: Optional[np.ndarray]  # [R, D] of the training set; None of symbols, and where _train is
    _lengths: Optional[np.ndarray]  # [N], beside _frames
    _states_kind: str
    _hidden: int
    _class_names: Optional[List[str]]  # None where classes have numbers alone
    _network: str

    def _threads(self) -> int:
        if self.n_jobs is None or self.n_jobs == -1:
            return 0
        return _arrays.whole(self.n_jobs, "n_jobs", 1, 4096)

    def _fitted(self) -> Any:
        """The model of the library, which lives as long as this pointer."""
        model = getattr(self, "_model", None)
        if model is None:
            raise NotFittedError("this InfluenceModel is not fitted: call fit() first")
        pointer = ctypes.cast(model.pointer, type(model.pointer))
        pointer._owner = model  # another thread may fit() again meanwhile
        return pointer

    def _key(self, vocabulary: int, usual: str) -> int:
        if self.key == "auto":
            return _words.value("key", "state-symbol" if vocabulary else usual)
        return _words.value("key", self.key)

    def _measure(self, vocabulary: int) -> int:
        if self.measure == "auto":
            return _words.value("measure", "jaccard" if vocabulary else "lp")
        return _words.value("measure", self.measure)

    def _query(self) -> _abi.rr_query:
        query = lib.rr_query_default()
        query.key = self._key(self._vocabulary, "transition")
        query.measure = self._measure(self._vocabulary)
        query.threads = self._threads()
        return query

    def _check_fit(self, states: AnyStates) -> None:
        """States of another kind, or of another network, cannot be compared with the training's.
        Classes and tokens have numbers, so that other names would be taken for those."""
        if self._states_kind and states.kind != self._states_kind:
            raise MismatchError(
                f"states are of kind {states.kind}, but the model was fitted on {self._states_kind}"
            )
        if self._network and states.model and states.model != self._network:
            raise MismatchError(
                f"states are of model {states.model[:12]}..., but the model was fitted on states of "
                f"{self._network[:12]}..."
            )
        if states.hidden != self._hidden:
            raise ShapeError(
                f"states are of width {states.hidden}, but the model was fitted on {self._hidden}"
            )
        if self._class_names is not None:
            _same_names("class", states.class_names, self._class_names)
        if self.tokens_ is not None:
            _same_names("token", states.tokens, self.tokens_)

    def _traces(self, states: Any, which: Optional[np.ndarray] = None) -> Traces:
        """Traces of the states, or of the sequences `which` alone."""
        inf = self._fitted()
        asked = opened(states)
        self._check_fit(asked)
        out = ctypes.POINTER(_abi.rr_traces)()
        with asked.source(self.n_classes_, self._vocabulary, which) as source:
            call("rr_influence_trace", inf, ctypes.byref(source), self._threads(), ctypes.byref(out))
            return Traces(out, not source.unlabelled)

    def novelty(self, states: Any) -> np.ndarray:
        """How unlike the training set each sequence is, float32 [N]; above 1, which at most
        about one training sequence in 500 has, it is novel.

        states:  States or a StatesFile of the same network.
        Raises   UnsupportedError (a fit on fewer than 20 sequences), ArgumentError, ShapeError.
        """
        inf = self._fitted()
        asked = opened(states)
        self._check_fit(asked)
        with asked.source(self.n_classes_, self._vocabulary, None) as source:
            out = (_abi.rr_novelty * source.sequences)()
            call("rr_influence_novelty", inf, ctypes.byref(source), self._threads(), out)
        return np.array([x.value for x in out], np.float32)

    def _asked(self, states: Any, which: Any, truth: bool) -> Tuple[Traces, np.ndarray]:
        """Traces of the sequences `which`, None = all misclassified ones, and their numbers."""
        if which is None:
            traces = self._traces(states)
            if not traces.truth_known and truth:
                raise ArgumentError("states have no labels, so that no error is known: name `which`")
            numbers = traces.errors() if traces.truth_known else np.arange(len(traces))
            if truth and len(numbers) == 0:
                raise ArgumentError("no sequence of states is misclassified")
            return traces, numbers
        chosen = np.atleast_1d(np.asarray(which))
        if chosen.dtype.kind == "b":
            count = len(opened(states))
            if chosen.shape != (count,):
                raise ShapeError(f"which is a mask of shape {chosen.shape}; there are {count} sequences")
            chosen = np.flatnonzero(chosen)
        if chosen.size == 0:
            raise ArgumentError("which selects no sequence")
        if chosen.ndim != 1 or chosen.dtype.kind not in "iu" or (chosen < 0).any():
            raise ArgumentError("which must be numbers of sequences, from 0, or a mask")
        return self._traces(states, chosen.astype(np.uintp)), chosen

    def _one(self, states: Any, i: int) -> Tuple[Traces, AnyStates]:
        asked = opened(states)
        number = _arrays.whole(i, "i")
        if number >= len(asked):
            raise RangeError(f"i is {number}; there are {len(asked)} sequences, from 0")
        return self._traces(asked, np.array([number], np.uintp)), asked

    def _token(self, symbol: int) -> str:
        return self.tokens_[symbol] if self.tokens_ is not None else str(symbol)

    def _tokens(self, trace: _abi.rr_trace) -> List[str]:
        return [self._token(trace.symbols[t]) for t in range(trace.steps)]

    def _text(self, id: int) -> str:
        """The words of a training sequence."""
        return " ".join(self._tokens(lib.rr_traces_at(lib.rr_influence_training(self._fitted()), id)))
