# SPDX-License-Identifier: MIT
"""InfluenceModel: which training sequences passed the same abstract steps.

The hidden states of all training steps are projected on their principal components and clustered to
a small number of abstract states. From then on a sequence is its path through these, and two
sequences are alike where their paths are. This answers, of a prediction or of one step of it:
*because of which training sequences?*
"""

from __future__ import annotations

import ctypes
import hashlib
import inspect
import os
import tempfile
from typing import Any, Dict, List, NamedTuple, Optional, Union

import numpy as np

from . import _abi, _arrays, _words
from ._analyses import Analyses
from ._callbacks import Callbacks, Report
from ._callbacks import pointer as pointer_to
from ._errors import ArgumentError
from ._explanation import Explanation, explained, named
from ._fitted import Asked, Model, opened
from ._info import choice
from ._library import call, lib
from ._origin import sentence_of
from ._steps import StepAnalyses
from ._table import Table
from .states_file import PathLike, StatesFile


class _Attribution(NamedTuple):
    indices: np.ndarray
    influence_scores: np.ndarray


class Attribution(_Attribution):
    """The k most influential training sequences of each asked sequence: the pair of the first two.

    Attributes:
        indices: int64 [n, k], training ids, most influential first; -1 where fewer were found
        influence_scores: float32 [n, k], 0..1; 0 where fewer were found
        tied: int64 [n], the training sequences left out that score as much as the last of the k;
            which of them are named is by the lower id alone
    """

    tied: np.ndarray

    def __new__(cls, indices: np.ndarray, influence_scores: np.ndarray, tied: np.ndarray):
        self = super().__new__(cls, indices, influence_scores)
        self.tied = tied
        return self

    def __getnewargs__(self):
        return (*self, self.tied)


class InfluenceModel(Analyses, StepAnalyses):
    """An influence model of a network's states, in the manner of scikit-learn: the arguments are
    stored as they are and checked by :meth:`fit`, which returns the model; what was learned ends in
    ``_``. ``get_params``, ``set_params``, ``sklearn.base.clone`` and pickling work; since X is a
    :class:`States`, no array, ``check_estimator`` and pipelines do not apply.

    The model never changes once fitted: threads may share it, and a forked process may use it.

    Args:
        n_components: principal components of the states, 1 at least; at most H are used
        n_states: "auto" grows the number of abstract states until they are enough; or a number of
            them
        stability: "auto": enough are those that tell the prediction, 30 at least but of few
            sequences (docs/ALGORITHMS.md#choice-of-k); or 0..1: the mean stability to reach, as in the
            paper
        max_states: the most abstract states; "auto": 100, of few sequences less
        key: what two steps must have in common to match: "state-symbol" (state before, input),
            "transition" (states and predictions before and after) or "full" (all); "auto":
            state-symbol to explain symbols, else transition, as the command line
        measure: how alike two sequences are: "lp", "votes", "jaccard" or "containment"; "auto":
            jaccard for symbols, lp for frames
        n_symbols: frames: size of the codebook that makes inputs of them, 1: none
        random_state: seed of the clustering, a whole number; the same gives the same model
        n_jobs: threads; None or -1: every core. Results do not depend on it

    Attributes:
        n_states_: K, abstract states
        n_components_: P, principal components used
        n_classes_, n_sequences_, n_steps_: C, and N and the sum of steps of the training set
        stability_: mean stability of the abstract states
        stability_min_: that of the least stable
        explained_variance_ratio_: share of the states' variance in the components, 0..1
        choice_: dict, how the number of states came about: end (given, reached, least, most or
            unsplit), gain, agreement, usual, aim, least, most
        log_likelihood_: of the clustering, nats a step
        confidence_: float32 [K, C], row q - 1: the shares of the classes predicted in state q
        curve_: Table, a row a tried number of states: states, stability_mean, stability_min,
            log_likelihood, bic, seconds
        labels_, predictions_: uint32 [N], given and predicted class of each training sequence
        class_names_: list of C texts
        notes_: what the library had to say while it was fitted
    """

    def __init__(
        self,
        n_components: int = 10,
        n_states: Union[str, int] = "auto",
        stability: Union[str, float] = "auto",
        max_states: Union[str, int] = "auto",
        key: str = "auto",
        measure: str = "auto",
        n_symbols: int = 64,
        random_state: int = 1,
        n_jobs: Optional[int] = None,
    ) -> None:
        self.n_components = n_components
        self.n_states = n_states
        self.stability = stability
        self.max_states = max_states
        self.key = key
        self.measure = measure
        self.n_symbols = n_symbols
        self.random_state = random_state
        self.n_jobs = n_jobs

    # ---- parameters ----------------------------------------------------------------------------

    @classmethod
    def _parameters(cls) -> Dict[str, Any]:
        found = inspect.signature(cls.__init__).parameters
        return {name: p.default for name, p in found.items() if name != "self"}

    def get_params(self, deep: bool = True) -> Dict[str, Any]:
        """The arguments of the constructor by name."""
        return {name: getattr(self, name) for name in self._parameters()}

    def set_params(self, **params: Any) -> "InfluenceModel":
        """Set arguments of the constructor; they take effect with the next fit(), key and measure
        with the next question.

        Raises:
            ArgumentError: there is no such argument
        """
        for name, value in params.items():
            if name not in self._parameters():
                raise ArgumentError(
                    f"{name!r} is no parameter; there are {', '.join(self._parameters())}"
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        own = {n: v for n, v in self.get_params().items() if v != self._parameters()[n]}
        return f"InfluenceModel({', '.join(f'{n}={v!r}' for n, v in own.items())})"

    def _configuration(self) -> _abi.rr_influence_config:
        cfg = lib.rr_influence_config_default()
        cfg.components = _arrays.whole(self.n_components, "n_components", 1)
        if isinstance(self.n_states, str):
            if self.n_states != "auto":
                raise ArgumentError(f"n_states is {self.n_states!r}; it must be 'auto' or a number")
            cfg.partition.states = 0
        else:
            cfg.partition.states = _arrays.whole(self.n_states, "n_states", 1, 65534)
        if self.max_states != "auto":
            cfg.partition.max_states = _arrays.whole(self.max_states, "max_states", 1, 65534)
        if self.stability != "auto":
            cfg.partition.stability = _arrays.real(self.stability, "stability")
            if not 0 <= cfg.partition.stability <= 1:
                raise ArgumentError(f"stability is {self.stability}; it must be in 0..1")
        cfg.symbols = _arrays.whole(self.n_symbols, "n_symbols", 1, 2**24)
        cfg.seed = _arrays.whole(self.random_state, "random_state")
        cfg.threads = self._threads()
        return cfg

    # ---- fitting -------------------------------------------------------------------------------

    def fit(
        self, states: Asked, *, progress: Report = None
    ) -> "InfluenceModel":
        """Build the model of a training set.

        Args:
            states: its States, with labels; or a file of such, a path or what ``States.open()``
                returns, which is read batch by batch and never in memory at once
            progress: None draws a line on a terminal, False nothing; or a function that gets a
                ``Progress`` between the steps. What it raises, as Ctrl-C, ends the call

        Returns:
            the model itself

        Raises:
            ArgumentError: a parameter, by its name; states without labels
            ShapeError: fewer steps than `n_states`
            KeyboardInterrupt: Ctrl-C; the model is then as it was
        """
        cfg = self._configuration()
        self._key(0, "transition")
        self._measure(0)
        train = opened(states)
        callbacks = Callbacks(progress)
        out = ctypes.POINTER(_abi.rr_influence)()
        with train.source() as source, callbacks.active():
            if source.unlabelled:
                raise ArgumentError("states have no labels: a model is built of labelled sequences")
            call(
                "rr_influence_build",
                ctypes.byref(cfg),
                ctypes.byref(source),
                pointer_to(callbacks),
                ctypes.byref(out),
            )
        model = Model(out)
        self._learn(model, callbacks.notes)
        self._adopt(train.class_names, train.tokens)
        if isinstance(train, StatesFile):
            self._train = train  # its probabilities are read when they are asked for
        else:
            self._probability = train.final_probabilities()
            self._frames, self._lengths = train.frame, train.lengths
        return self

    def _learn(self, model: Model, notes: List[str]) -> None:
        """Set the attributes that end in "_"."""
        inf = model.pointer
        info = lib.rr_influence_info_of(inf)
        count = ctypes.c_size_t()
        curve = lib.rr_influence_curve(inf, ctypes.byref(count))
        names = ("states", "stability_mean", "stability_min", "log_likelihood", "bic", "seconds")
        training = lib.rr_influence_training(inf)
        traces = [lib.rr_traces_at(training, i) for i in range(info.sequences)]
        origin = lib.rr_influence_origin(inf).contents
        self._model = model
        self._states_kind = _words.word("states-kind", origin.kind) if origin.foreign else ""
        self._network = origin.model.decode()
        self._vocabulary: int = info.vocabulary
        self._hidden: int = info.hidden
        self.n_states_: int = info.states
        self.n_components_: int = info.components
        self.n_classes_: int = info.classes
        self.n_sequences_: int = info.sequences
        self.n_steps_: int = info.steps
        self.stability_: float = info.stability_mean
        self.stability_min_: float = info.stability_min
        self.explained_variance_ratio_: float = info.explained_variance
        self.choice_ = choice(inf)
        self.log_likelihood_: float = info.log_likelihood
        self.confidence_ = np.stack(
            [_arrays.copy(lib.rr_influence_confidence(inf, q), info.classes) for q in range(1, info.states + 1)]
        )
        self.curve_ = Table(_arrays.columns(curve, count.value, *names))
        self.labels_ = np.array([t.label for t in traces], np.uint32)
        self.predictions_ = np.array([t.prediction for t in traces], np.uint32)
        self.notes_ = notes

    def _adopt(self, class_names: Optional[List[str]], tokens: Optional[List[str]]) -> None:
        """What the model itself does not hold."""
        numbers = [str(c) for c in range(self.n_classes_)]
        self._class_names = class_names
        self.class_names_ = list(class_names) if class_names is not None else numbers
        self.tokens_ = tokens
        self._probability, self._train = None, None
        self._frames, self._lengths = None, None

    # ---- files and pickling ----------------------------------------------------------------------

    def save(self, path: PathLike) -> None:
        """Write the model as influence.safetensors, which :func:`rnnrepair.load` reads. The names of
        classes and tokens are not part of it.

        Raises:
            NotFittedError, FileError
        """
        inf = self._fitted()
        digest = hashlib.sha256()
        for array in (self.labels_, self.predictions_):
            digest.update(array.astype("<u4").tobytes())
        network = self._network or "0" * 64
        call(
            "rr_influence_save",
            inf,
            _arrays.string(path, "path"),
            network.encode(),
            digest.hexdigest().encode(),
        )

    @classmethod
    def load(cls, path: PathLike) -> "InfluenceModel":
        """Read a model that :meth:`save` or ``rnnrepair build`` wrote.

        Raises:
            FileError, FormatError, ShapeError, NumericError, UnsupportedError
        """
        out = ctypes.POINTER(_abi.rr_influence)()
        call("rr_influence_load", _arrays.string(path, "path"), None, None, ctypes.byref(out))
        model = Model(out)
        cfg = lib.rr_influence_config_of(out)
        made = cls(
            n_components=cfg.components,
            n_states=cfg.partition.states or "auto",
            stability=cfg.partition.stability if cfg.partition.stability >= 0 else "auto",
            max_states=cfg.partition.max_states or "auto",
            n_symbols=cfg.symbols,
            random_state=lib.rr_influence_info_of(out).seed,
        )
        made._learn(model, [])
        made._adopt(None, None)
        return made

    def __getstate__(self) -> Dict[str, Any]:
        state = dict(self.__dict__)
        if state.pop("_model", None) is not None:
            with tempfile.TemporaryDirectory() as folder:
                file = os.path.join(folder, "influence.safetensors")
                self.save(file)
                with open(file, "rb") as stream:
                    state["_bytes"] = stream.read()
        return state

    def __setstate__(self, state: Dict[str, Any]) -> None:
        state = dict(state)
        content = state.pop("_bytes", None)
        self.__dict__.update(state)
        if content is not None:
            out = ctypes.POINTER(_abi.rr_influence)()
            with tempfile.TemporaryDirectory() as folder:
                file = os.path.join(folder, "influence.safetensors")
                with open(file, "wb") as stream:
                    stream.write(content)
                call("rr_influence_load", file.encode(), None, None, ctypes.byref(out))
            self._model = Model(out)

    # ---- questions -------------------------------------------------------------------------------

    def transform(self, states: Asked) -> List[np.ndarray]:
        """The abstract state of every step.

        Args:
            states: N sequences

        Returns:
            list of N uint16 arrays [T], 1..K

        Raises:
            NotFittedError, ShapeError, MismatchError (states of another network or kind)
        """
        traces = self._traces(states)
        found = []
        for i in range(len(traces)):
            t = traces.at(i)
            found.append(_arrays.copy(t.states, t.steps))
        return found

    def attribute(
        self, states: Asked, k: Optional[int] = None
    ) -> Union[np.ndarray, Attribution]:
        """How much each training sequence is behind each prediction.

        Args:
            states: n sequences
            k: None for all scores, else the most influential training sequences of each

        Returns:
            float32 [n, N], scores in 0..1, 1 an identical trace; with k an :class:`Attribution`

        Raises:
            NotFittedError, ArgumentError, ShapeError, MismatchError
        """
        inf, query, traces = self._fitted(), self._query(), self._traces(states)
        n, N = len(traces), self.n_sequences_
        if k is None:
            scores = np.empty((n, N), np.float32)
            for i in range(n):
                row = scores[i].ctypes.data_as(ctypes.POINTER(ctypes.c_float))
                trace = traces.at(i)
                call("rr_influence_scores", inf, ctypes.byref(query), ctypes.byref(trace), row)
            return scores
        k = _arrays.whole(k, "k", 1, N)
        which, _ = _arrays.numbers(np.arange(n), ctypes.c_size_t, "states")
        rows = (_abi.rr_neighbour * (n * k))()
        found = (ctypes.c_size_t * n)()
        tied = (ctypes.c_size_t * n)()
        call(
            "rr_influence_nearest_many_tied",
            inf,
            ctypes.byref(query),
            traces.pointer,
            which,
            n,
            k,
            rows,
            found,
            tied,
        )
        columns = _arrays.columns(ctypes.cast(rows, ctypes.POINTER(_abi.rr_neighbour)), n * k, "id", "score")
        indices = columns["id"].astype(np.int64).reshape(n, k)
        values = columns["score"].reshape(n, k)
        missing = np.arange(k)[None, :] >= np.array(list(found))[:, None]
        indices[missing], values[missing] = -1, 0
        return Attribution(indices, values, np.array(tied, np.int64))

    def attribute_step(
        self, states: Asked, i: int, t: int
    ) -> Table:
        """The training steps that match one step.

        Args:
            states: the sequences
            i: the number of one of them, from 0
            t: its step, from 1

        Returns:
            Table(sequence, step, label): the training sequence, its step, its given label

        Raises:
            NotFittedError, RangeError (i), ArgumentError (t), ShapeError, MismatchError
        """
        inf = self._fitted()
        trace, _ = self._one(states, i)
        at = ctypes.POINTER(_abi.rr_posting)()
        count = ctypes.c_size_t()
        call(
            "rr_influence_segment",
            inf,
            self._key(self._vocabulary, "transition"),
            ctypes.byref(trace.at(0)),
            _arrays.whole(t, "t", 1),
            ctypes.byref(at),
            ctypes.byref(count),
            None,
        )
        columns = _arrays.columns(at, count.value, "sequence", "step")
        columns["label"] = self.labels_[columns["sequence"]]
        return Table(named(columns, self.class_names_, "label"))

    def explain(
        self, states: Asked, i: int, top: Optional[int] = None
    ) -> Explanation:
        """Explain one prediction, as ``rnnrepair explain`` does: step by step, with the most
        influential training sequences.

        Args:
            states: the sequences
            i: the number of one of them, from 0
            top: most influential training sequences searched for; None: a twentieth of all, from
                10 to 100

        Returns:
            an Explanation: printed, or ``.steps`` and ``.sequences`` (Tables), ``.plot()``

        Raises:
            NotFittedError, RangeError (i), ArgumentError, ShapeError, MismatchError
        """
        inf = self._fitted()
        traces, asked = self._one(states, i)
        cfg = lib.rr_explain_config_default()
        cfg.query = self._query()
        if top is not None:
            cfg.top = _arrays.whole(top, "top", 1)
        out = ctypes.POINTER(_abi.rr_explanation)()
        trace = traces.at(0)
        call("rr_explain", inf, ctypes.byref(cfg), ctypes.byref(trace), ctypes.byref(out))
        symbols = self._vocabulary > 0
        try:
            return explained(
                out.contents,
                sample=i,
                split="the states",
                class_names=self.class_names_,
                truth_known=traces.truth_known,
                key=_words.word("key", cfg.query.key),
                measure=_words.word("measure", cfg.query.measure),
                training=self.n_sequences_,
                tokens=self._tokens(trace) if symbols else None,
                texts=self._text if symbols else None,
                frames=asked.frame_of(i),
                sentence=sentence_of(asked.origin()),
            )
        finally:
            lib.rr_explanation_free(out)
