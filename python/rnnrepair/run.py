# SPDX-License-Identifier: MIT
"""Run directories from Python: train, build, predict, explain, localize, audit, repair.

    run = rr.Run.create("run", "digits", hidden=64, epochs=8).train().build()
    print(run.explain())                # the first error, step by step
    run.label_issues()                  # whose label is likely wrong

The directories are those of the command line, and each may be used after the other. Keyword
arguments are named as its options; what is left out has the library's own default.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pathlib
import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Optional, Union

import numpy as np

from . import _abi as abi
from . import _arrays as arrays
from . import _collect as collect
from . import _info as infos
from . import _session as parts
from . import _settings as settings
from . import _words as words
from ._backdoor import Trigger
from ._callbacks import Callbacks, Epoch, Report
from ._errors import ArgumentError
from ._explanation import Explanation, named
from ._handle import Handle
from ._library import call, lib, text
from ._results import (
    Applied,
    Audit,
    Localization,
    Predictions,
    Reach,
    Repair,
    RepairSeries,
    Verification,
    outcome_of,
)
from ._session import Path
from ._settings import SIZE, decisions_file, put, refuse
from ._table import Table
from .data import Dataset, relabelling

Class = Union[int, str]

class Run:
    """A run directory: data, network, history, influence model. Its parts are read when they are
    first needed.

    path:      the directory; :meth:`create` makes one.
    data:      the present spec of the run's data, where they were moved; None: as recorded.
    vectors:   the same for its file of word vectors.
    threads:   None: every core. Results do not depend on it.
    progress:  None: a line on stderr where that is a terminal; False: nothing; or a function that
               gets a :class:`Progress`. An exception in it ends the call and is raised.
    Raises     FileError (no run there), FormatError, MismatchError, UnsupportedError.

    One thread at a time may use a run; a second one, a forked process and a closed run get a
    ThreadError or ClosedError that names it. Ctrl-C ends a long call after the present piece of
    work with KeyboardInterrupt; the directory then holds what was finished, and :meth:`train`
    resumes to the same bits. While a directory is written it is locked: another process that would
    write it gets a FileError. What the library remarks is collected in :attr:`notes`, and logged
    as INFO by the logger "rnnrepair".

    A class is given by its name, or by its number where no class is named by a number.
    ``foreign`` is the spec of data other than the run's, read with the run's words and classes;
    labels are optional. Such a source is read once by a Run object.
    """

    def __init__(
        self,
        path: Path,
        *,
        data: Optional[str] = None,
        vectors: Optional[Path] = None,
        threads: Optional[int] = None,
        progress: Report = None,
    ) -> None:
        callbacks = Callbacks(progress)
        cfg = parts.session_config(callbacks, data, vectors, threads)
        out = ctypes.POINTER(abi.rr_session)()
        where = arrays.string(path, "path")
        with callbacks.active():
            call("rr_session_open", where, ctypes.byref(cfg), ctypes.byref(out))
            self._take(out, callbacks)

    def _take(self, pointer: Any, callbacks: Callbacks) -> None:
        self.path = pathlib.Path(os.fsdecode(lib.rr_run_dir(lib.rr_session_run(pointer))))
        self._callbacks = callbacks
        # The session calls the callbacks: what releases it keeps them.
        self._handle = Handle(
            f"the run {self.path}", pointer, lib.rr_session_close, keep=callbacks
        )
        self._children: weakref.WeakSet[Handle] = weakref.WeakSet()
        self._other: Optional[tuple[bytes, int, int]] = None

    @classmethod
    def _adopt(cls, pointer: Any, callbacks: Callbacks) -> Run:
        run = cls.__new__(cls)
        run._take(pointer, callbacks)
        return run

    @contextlib.contextmanager
    def _use(self) -> Iterator[Any]:
        """The session, for a call that may report and be interrupted."""
        with self._handle.use() as session, self._callbacks.active():
            yield session

    # ---- a new run --------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        path: Path,
        data: str,
        *,
        recipe: Optional[str] = None,
        cell: Optional[str] = None,
        hidden: Optional[int] = None,
        layers: Optional[int] = None,
        vectors: Optional[Path] = None,
        embedding: Optional[str] = None,
        width: Optional[int] = None,
        head: Optional[str] = None,
        output: Optional[str] = None,
        epochs: Optional[int] = None,
        batch: Optional[int] = None,
        optimizer: Optional[str] = None,
        learning_rate: Optional[float] = None,
        momentum: Optional[float] = None,
        rho: Optional[float] = None,
        beta1: Optional[float] = None,
        beta2: Optional[float] = None,
        epsilon: Optional[float] = None,
        dropout: Optional[float] = None,
        dropout_input: Optional[float] = None,
        dropout_last: Optional[float] = None,
        clip_norm: Optional[float] = None,
        order: Optional[str] = None,
        keep: Optional[str] = None,
        labels: Any = None,
        checkpoints: Optional[bool] = None,
        seed: Optional[int] = None,
        threads: Optional[int] = None,
        progress: Report = None,
    ) -> Run:
        """Create a run directory for data and a network; :meth:`train` trains it. The data are
        loaded here.

        path:            directory to create.
        data:            what to train on, ``kind:path``; see docs/DATASETS.md.
        recipe:          the settings of an experiment of the paper: paper-mnist, paper-sst,
                         paper-toxic; other arguments override them.
        cell:            lstm, gru, tanh or relu.
        hidden, layers:  width of the hidden state; stacked layers.
        vectors:         text: file of initial word vectors, in the format of GloVe and fastText.
        embedding:       text: frozen or trained word vectors.
        width:           text: numbers per word vector.
        head:            softmax, or logistic: one logit for two classes.
        output:          last: trained on the label of the sequence; step: on one at every step.
        epochs, batch:   epochs altogether; sequences per batch.
        optimizer:       sgd, rmsprop or adam, with learning_rate, momentum (sgd), rho (rmsprop),
                         beta1, beta2 (adam), epsilon (rmsprop, adam).
        dropout:         fraction of the inputs and of each last state set to 0 in a training step;
                         dropout_input, dropout_last: of one of the two.
        clip_norm:       gradients are scaled down to this norm; 0 = never.
        order, keep:     shuffle or file; which epoch's weights to keep, last or best.
        labels:          other labels of single training sequences: a file of decisions, a mapping
                         of ids to classes (None drops the sequence), or a Table(id, label).
        checkpoints:     keep the state of the start and of every epoch.
        seed:            of the first weights, the shuffles and dropout.
        Raises           ArgumentError (a setting out of range, or without effect beside another;
                         the directory holds a run), FileError, FormatError, ShapeError,
                         NumericError (of the data). No directory is left then.
        """
        given = {k: v for k, v in locals().items() if k not in ("cls", "path", "data")}
        cfg = lib.rr_new_run_config_default()
        if recipe is not None:
            lib.rr_new_run_recipe(words.value("recipe", recipe, "recipe"), ctypes.byref(cfg))
        put(cfg, given, settings.NETWORK)
        put(cfg, given, settings.TRAIN)
        rule = words.word("optimizer", cfg.train.optimizer)
        refuse(given, settings.IDLE[rule], f"optimizer {rule}")
        for name in ("dropout_input", "dropout_last"):
            own = given[name] if given[name] is not None else dropout
            if own is not None:
                setattr(cfg.train, name, arrays.real(own, name if given[name] else "dropout"))
        cfg.embedding_given = int(embedding is not None)
        cfg.data = arrays.string(data, "data")
        cfg.vectors = arrays.optional(vectors, "vectors")
        callbacks = Callbacks(progress)
        where = parts.session_config(callbacks, None, None, threads)
        out = ctypes.POINTER(abi.rr_session)()
        own_path = arrays.string(path, "path")
        with decisions_file(labels, "labels") as file, callbacks.active():
            cfg.labels = file
            call(
                "rr_session_create",
                own_path,
                ctypes.byref(cfg),
                ctypes.byref(where),
                ctypes.byref(out),
            )
            return cls._adopt(out, callbacks)

    def train(self, epochs: Optional[int] = None) -> Run:
        """Train to the end, from the start or from the last recorded epoch, and record every
        epoch. A finished run is left as it is.

        epochs:   epochs altogether, to train longer than planned; None: as planned.
        Returns   self.
        Raises    NumericError (it diverges; a new run is then removed), FileError (another process
                  writes the run), MismatchError (one has written it), KeyboardInterrupt (the run
                  holds the last finished epoch; call again to resume).
        """
        options = abi.rr_train_options()
        if epochs is not None:
            options.epochs = arrays.whole(epochs, "epochs", least=1)
        with self._use() as session:
            self._forget(session)
            call("rr_session_train", session, ctypes.byref(options))
        return self

    def build(
        self,
        *,
        pca: Optional[int] = None,
        states: Optional[int] = None,
        stability: Optional[float] = None,
        max_states: Optional[int] = None,
        search: Optional[str] = None,
        symbols: Optional[int] = None,
        max_iter: Optional[int] = None,
        tol: Optional[float] = None,
        floor: Optional[float] = None,
        seed: Optional[int] = None,
    ) -> Run:
        """Build the influence model and write it into the run.

        pca:         principal components kept; at most H are used.
        states:      a fixed number of abstract states K; None: it grows until `stability`.
        stability:   mean stability, 0..1, at which growing stops.
        max_states:  most states to grow to.
        search:      split: grow by splitting a state; restart: fit each K anew.
        symbols:     codebook of frames for the state-symbol key; 1 = off.
        max_iter, tol, floor:  of the mixture: most steps of EM, least gain (nats a row), least
                     variance.
        seed:        of the initial mixture and codebook.
        Returns      self; :meth:`info` and :meth:`curve` have the figures.
        Raises       ArgumentError, NumericError, FileError (no epoch is finished);
                     KeyboardInterrupt: nothing is written.
        """
        given = {k: v for k, v in locals().items() if k != "self"}
        if states is not None:
            refuse(given, "stability max_states", "states")
        cfg = lib.rr_influence_config_default()
        put(cfg, given, settings.BUILD)
        with self._use() as session:
            cfg.threads = lib.rr_session_threads(session)
            self._forget(session)
            call("rr_session_build", session, ctypes.byref(cfg))
        return self

    def _forget(self, session: Any) -> None:
        """Close what borrows from the models that are about to be replaced."""
        for child in list(self._children):
            child.close()

    # ---- what it holds ----------------------------------------------------------------------

    @property
    def notes(self) -> list[str]:
        """What the library remarked so far, oldest first. A retrained run shares its parent's."""
        return self._callbacks.notes

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._handle.closed

    def close(self) -> None:
        """Let go of everything; a second call does nothing. Results stay valid, as they are
        copies; a :class:`Trigger` of this run is closed too."""
        for child in list(self._children):
            child.close()
        self._handle.close()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Run {self.path}{' (closed)' if self.closed else ''}>"

    def splits(self) -> list[str]:
        """The splits the run's data have, of train, dev and test."""
        with self._handle.use() as session:
            return [
                name
                for name in words.words("split")
                if lib.rr_session_has_split(session, words.value("split", name))
            ]

    def data(self, split: str = "train") -> Dataset:
        """A split of the run's data as arrays, with the run's edits in train.

        Raises  ArgumentError (no such split), FileError (the data are not where they were),
                MismatchError (their content has changed).
        """
        number = words.value("split", split, "split")
        with self._use() as session:
            return Dataset._share(parts.split(session, number))

    @property
    def class_names(self) -> list[str]:
        """[C] names of the classes."""
        with self._use() as session:
            names = parts.recorded_names(session)
            return names if names else Dataset._share(parts.split(session, 0)).class_names

    @property
    def history(self) -> list[Epoch]:
        """The finished epochs."""
        with self._handle.use() as session:
            return parts.history(session)

    @property
    def has_influence(self) -> bool:
        """Whether an influence model has been built."""
        with self._handle.use() as session:
            return bool(lib.rr_session_has_influence(session))

    @property
    def influence(self) -> Any:
        """The influence model as an :class:`InfluenceModel`, read from the run.

        Raises  FileError (none has been built).
        """
        from .influence import InfluenceModel

        with self._use() as session:
            parts.influence(session)  # checks that it is of this run's model and data
            return InfluenceModel.load(self.path / abi.RR_RUN_INFLUENCE)

    def curve(self) -> Table:
        """How the number of states was chosen: states, stability_mean, stability_min,
        log_likelihood (nats a row), bic (lower is better).

        Raises  FileError (no influence model has been built).
        """
        with self._use() as session:
            n = ctypes.c_size_t()
            points = lib.rr_influence_curve(parts.influence(session), ctypes.byref(n))
            fields = ("states", "stability_mean", "stability_min", "log_likelihood", "bic")
            return Table(arrays.columns(points, n.value, *fields))

    def info(self) -> dict[str, Any]:
        """The settings and figures of the run, as ``rnnrepair info --json`` has them: run, data,
        network, training, epochs, test_accuracy, model_epoch, model_hash, influence (or None),
        parent, parent_model. The data are not read."""
        with self._use() as session:
            return infos.info(self.path, session)

    # ---- predictions ------------------------------------------------------------------------

    def predict(
        self,
        split: Optional[str] = None,
        *,
        foreign: Optional[str] = None,
        output: Optional[Path] = None,
    ) -> Predictions:
        """Predict a split.

        split:    train, dev or test. None: test; of foreign data test or the only one.
        foreign:  the spec of other data.
        output:   also write FILE.csv, a row a sequence, or FILE.npz, arrays of every step.
        Raises    ArgumentError, FileError (no epoch is finished), MismatchError, ShapeError.
        """
        with self._use() as session:
            number, name = self._select(session, split, foreign)
            p = abi.rr_predictions()
            call("rr_session_predict", session, number, ctypes.byref(p))
            ds = Dataset._share(p.ds)
            if output is not None:
                parts.save_predictions(session, p, output)
            return Predictions(
                split=name,
                class_names=parts.names(session, ds),
                prediction=arrays.copy(p.prediction, len(ds)),
                probability=arrays.copy(p.probability, len(ds)),
                label=ds.labels if ds.labelled else None,
                accuracy=None if p.accuracy < 0 else p.accuracy,
            )

    def predict_proba(
        self, split: Optional[str] = None, *, foreign: Optional[str] = None
    ) -> np.ndarray:
        """The probability of every class after the last step, float32 [N, C]; arguments and errors
        as of :meth:`predict`."""
        with self._use() as session:
            number, _ = self._select(session, split, foreign)
            net = parts.network(session)
            ds = parts.split(session, number)
            classes = lib.rr_network_config_of(net).classes
            out = np.empty((lib.rr_dataset_count(ds), classes), np.float32)
            memory = out.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
            call("rr_network_probabilities", net, ds, lib.rr_session_threads(session), memory)
            return out

    def steps(self, split: Optional[str] = None, *, foreign: Optional[str] = None) -> Any:
        """The states of every step of a split as :class:`States`: hidden states, predictions and
        probabilities so far, inputs and labels. All are in memory; :meth:`predict` with an
        ``output`` writes them to a file instead. Arguments and errors as of :meth:`predict`."""
        with self._use() as session:
            number, _ = self._select(session, split, foreign)
            return collect.states(session, number)

    def _select(
        self, session: Any, split: Optional[str], foreign: Optional[str]
    ) -> tuple[int, str]:
        """(the number of a split, its name); other data are opened."""
        given = -1 if split is None else words.value("split", split, "split")
        if foreign is None:
            number = abi.RR_SPLIT_TEST if split is None else given
            return number, words.word("split", number)
        spec = arrays.string(foreign, "foreign")
        if self._other is None or self._other[:2] != (spec, given):
            self._other = None
            taken = abi.rr_split()
            call("rr_session_other", session, spec, given, ctypes.byref(taken))
            self._other = (spec, given, taken.value)
        return abi.RR_SPLIT_OTHER, words.word("split", self._other[2])

    # ---- explanations -----------------------------------------------------------------------

    def explain(
        self,
        sample: Optional[int] = None,
        split: Optional[str] = None,
        *,
        text: Optional[str] = None,
        label: Optional[Class] = None,
        step: Optional[int] = None,
        top: Optional[int] = None,
        measure: Optional[str] = None,
        norm: Optional[float] = None,
        key: Optional[str] = None,
        picture: Optional[Path] = None,
        foreign: Optional[str] = None,
    ) -> Explanation:
        """Explain a prediction by the training sequences behind it.

        sample:   number of the sequence in the split; None: its first error.
        split:    train, dev or test. None: test; of foreign data test or the only one.
        text:     explain this text instead, on a run on text; label: its true class.
        step:     also list the training sequences that match this step, from 1.
        top:      number of most influential training sequences searched for.
        measure:  how traces are compared: lp, votes, jaccard or containment; norm: that of lp.
                  None: jaccard for symbols, else lp.
        key:      what two steps must have in common to match: state-symbol, transition or full.
                  None: state-symbol for symbols, else transition.
        picture:  also draw it there, a .png with the training images; of frames.
        foreign:  the spec of other data that hold the sequence.
        Raises    ArgumentError (no such sequence, step or class; no error in the split; an argument
                  without effect beside another), FileError (no influence model).
        """
        given = {"sample": sample, "split": split, "foreign": foreign, "picture": picture}
        if text is not None:
            refuse(given, "sample split foreign picture", "text")
        elif label is not None:
            raise ArgumentError("label is the class of text; there is no text")
        with self._use() as session:
            question = abi.rr_question()
            call("rr_session_question", session, ctypes.byref(question))
            question.split, name = self._select(session, split, foreign)
            if sample is not None:
                question.sample = arrays.whole(sample, "sample")
            put(question, {"step": step, "top": top}, {"step": ("step", SIZE), "top": ("cfg.top", SIZE)})
            parts.put_query(question.cfg.query, measure, norm, key)
            question.text = arrays.optional(text, "text")
            question.label = None if label is None else arrays.string(str(label), "label")
            if picture is not None:  # it names the sequence by its number in the split
                path = arrays.string(picture, "picture")
                call("rr_session_check_output", session, path)
                parts.split(session, question.split)
            with parts.owned(abi.rr_answer, lib.rr_answer_free) as out:
                call("rr_session_explain", session, ctypes.byref(question), ctypes.byref(out))
                found = collect.explanation(session, out, question, name)
                if picture is not None:
                    x = out.contents
                    train = parts.split(session, abi.RR_SPLIT_TRAIN)
                    call("rr_picture_explanation", x.explanation, x.ds, x.at, train, path)
                return found

    def explain_training(
        self,
        training: int,
        split: Optional[str] = None,
        *,
        key: Optional[str] = None,
        foreign: Optional[str] = None,
    ) -> Reach:
        """The reverse: the errors of a split that a training sequence influences, with the steps
        that match.

        training:  number of the training sequence.
        Raises     ArgumentError (no such sequence), FileError (no influence model). Other
                   arguments as of :meth:`explain`.
        """
        with self._use() as session:
            question = abi.rr_question()
            call("rr_session_question", session, ctypes.byref(question))
            number, name = self._select(session, split, foreign)
            kind = question.cfg.query.key if key is None else words.value("key", key, "key")
            id = arrays.whole(training, "training")
            with parts.owned(abi.rr_reach, lib.rr_reach_free) as out:
                call("rr_session_touched", session, number, id, kind, ctypes.byref(out))
                return collect.reach(out.contents, name, words.word("key", kind))

    def localize(
        self,
        split: Optional[str] = None,
        *,
        rule: Optional[str] = None,
        gamma: Optional[int] = None,
        key: Optional[str] = None,
        truth_class: Optional[Class] = None,
        samples: Any = None,
        foreign: Optional[str] = None,
    ) -> Localization:
        """The suspect steps of the errors of a split.

        rule:         rare: few training sequences have the step's key; flip: the prediction turned
                      from the truth for the last time; both: either.
        gamma:        rare: fewer matching training sequences than this.
        key:          what two steps must have in common to match.
        truth_class:  only errors of this true class.
        samples:      only these errors, by number.
        foreign:      the spec of other data; where they have no labels, every sequence is looked
                      through by the rule rare.
        Raises        ArgumentError (a sample that is no error, no such class), FileError.
        """
        given = {"rule": rule, "gamma": gamma, "key": key}
        cfg = lib.rr_localize_config_default()
        put(cfg, given, settings.LOCALIZE)
        if cfg.rules == abi.RR_RULE_FLIP:
            refuse(given, "gamma", "rule flip")
        which = abi.rr_error_filter()
        if truth_class is not None:
            which.truth = arrays.string(str(truth_class), "truth_class")
        if samples is not None:
            which.ids, which.count = parts.ids(samples)
        with self._use() as session:
            number, name = self._select(session, split, foreign)
            with parts.owned(abi.rr_localization, lib.rr_localization_free) as out:
                call(
                    "rr_session_localize",
                    session,
                    number,
                    ctypes.byref(cfg),
                    ctypes.byref(which),
                    ctypes.byref(out),
                )
                return collect.localization(session, out.contents, cfg, name)

    # ---- audits -----------------------------------------------------------------------------

    def audit(
        self,
        about: Optional[str] = None,
        method: Optional[str] = None,
        *,
        split: Optional[str] = None,
        samples: Any = None,
        key: Optional[str] = None,
        folds: Optional[int] = None,
        top: Optional[int] = None,
        flips: Any = None,
        review: Optional[Path] = None,
        curvature: Optional[str] = None,
        damping: Optional[float] = None,
        solver: Optional[str] = None,
        iterations: Optional[int] = None,
        tolerance: Optional[float] = None,
        scale: Optional[float] = None,
        seed: Optional[int] = None,
    ) -> Audit:
        """Rank the training sequences, the most suspect first.

        about:      labels: its label is wrong (None); errors: it drives the errors of `split`.
        method:     combined, influence, paper, koh-liang, sgd, tracin, self-confidence or random.
                    None: combined about labels, influence about errors.
        split:      of the errors. None: test, where the run has it.
        samples:    only these errors, by number.
        key:        influence, paper: what two steps must have in common to match.
        folds:      combined, self-confidence: score each fold by a network trained without it;
                    0: the run's own network.
        top:        sequences whose evidence is gathered, and written by `review`.
        flips:      known wrong labels, to evaluate the ranking: a file of decisions with the truth,
                    or the Table of :meth:`Dataset.label_noise`.
        review:     write the first `top` there, for :meth:`apply`; an existing file is kept.
        curvature, damping, solver, iterations, tolerance, scale:  of koh-liang.
        seed:       of random and the stochastic solver.
        Raises      ArgumentError (a sample that is no error; an argument without effect beside the
                    method), UnsupportedError, FileError; KeyboardInterrupt.
        """
        given = {k: v for k, v in locals().items() if k != "self"}
        cfg = lib.rr_session_audit_config_default()
        if about is not None:
            cfg.audit = lib.rr_audit_config_default(words.value("audit-about", about, "about"))
        put(cfg, given, settings.AUDIT)
        if iterations is None and cfg.audit.attribution.solver == abi.RR_SOLVER_STOCHASTIC:
            cfg.audit.attribution.iterations = 5000
        parts.check_audit(cfg.audit, given)
        if samples is not None:
            cfg.samples, cfg.count_samples = parts.ids(samples)
        if review is not None and os.path.lexists(review):
            raise ArgumentError(f"review: {os.fspath(review)} exists, and may hold decisions")
        with decisions_file(flips, "flips") as file, self._use() as session:
            cfg.known = file
            if split is not None:
                cfg.split = words.value("split", split, "split")
                parts.split(session, cfg.split)
            if review is not None:
                call("rr_session_check_output", session, arrays.string(review, "review"))
            with parts.owned(abi.rr_audit, lib.rr_audit_free) as out:
                call("rr_session_audit", session, ctypes.byref(cfg), ctypes.byref(out))
                train = parts.split(session, abi.RR_SPLIT_TRAIN)
                result = lib.rr_audit_result_of(out).contents
                found = collect.audit(session, result, cfg, Dataset._share(train))
                if review is not None:
                    call("rr_audit_save_review", out, train, arrays.string(review, "review"))
                    found.review = os.fspath(review)
                return found

    def label_issues(self, **settings: Any) -> Table:
        """Whose training label is likely wrong.

        settings:  those of :meth:`audit` about labels: method combined (None), influence or
                   self-confidence, folds, flips.
        Returns    Table, a row a training sequence in their order, index id: is_label_issue (another
                   label is more likely), label_score (0..1, low = bad: exp(-score) of the audit),
                   given_label, predicted_label (by the network).
        Raises     as :meth:`audit`; ArgumentError (a method whose score is no probability).
        """
        method = settings.get("method")
        if method not in (None, "combined", "influence", "self-confidence"):
            raise ArgumentError(
                f"method is {method!r}: a label score is made of combined, influence or "
                "self-confidence"
            )
        all_of_them: dict[str, Any] = {**settings, "top": len(self.data("train"))}
        audit = self.audit("labels", **all_of_them)
        ranking = audit.ranking
        rows = np.argsort(ranking.id, kind="stable")
        given, suggested = ranking.given[rows], ranking.suggested[rows]
        columns = {
            "id": ranking.id[rows],
            "is_label_issue": given != suggested,
            "label_score": np.exp(-audit.scores),
            "given_label": given,
            "predicted_label": ranking.prediction[rows],
        }
        return Table(
            named(columns, audit.class_names, "given_label", "predicted_label"),
            title="Label issues",
            index="id",
        )

    def apply(
        self,
        decisions: Any,
        output: Path,
        *,
        split: Optional[str] = None,
        retrain: Optional[str] = None,
        epochs: Optional[int] = None,
        learning_rate: Optional[float] = None,
        seed: Optional[int] = None,
    ) -> Applied:
        """Apply decisions about the training set in a new run, trained with other labels and
        without dropped sequences, and compare the two on a split.

        decisions:  a file (the `review` of :meth:`audit`, edited), a mapping of ids to classes
                    (None drops the sequence), or a Table(id, label[, action]).
        output:     directory of the new run.
        split:      to compare on. None: test, where the run has it.
        retrain:    scratch (None), or continue from the run's weights.
        epochs, learning_rate, seed:  of the training. None: as the run's; 2 epochs at a tenth of
                    its rate to continue.
        Raises      ArgumentError (decisions that change nothing, a directory that holds a run),
                    FormatError, FileError; KeyboardInterrupt: ``Run(output).train()`` resumes.
        """
        given = {k: v for k, v in locals().items() if k != "self"}
        directory = arrays.string(output, "output")
        number = abi.RR_SPLIT_TEST if split is None else words.value("split", split, "split")
        if decisions is None:
            raise ArgumentError("decisions: none are given")
        with decisions_file(decisions, "decisions") as path, self._use() as session:
            cfg = lib.rr_retrain_config_default(session)
            cfg.start = abi.RR_RETRAIN_SCRATCH
            put(cfg, given, settings.RETRAIN)
            if split is not None:
                parts.split(session, number)
            child = ctypes.POINTER(abi.rr_session)()
            effect = abi.rr_decisions_result()
            with parts.new_run(child):
                call(
                    "rr_session_apply_decisions",
                    session,
                    path,
                    directory,
                    number,
                    ctypes.byref(cfg),
                    ctypes.byref(child),
                    ctypes.byref(effect),
                )
            return Applied(
                run=Run._adopt(child, self._callbacks),
                relabelled=effect.relabelled,
                dropped=effect.dropped,
                kept=effect.kept,
                outcome=outcome_of(effect.outcome) if effect.compared else None,
            )

    def child(
        self,
        output: Path,
        *,
        removed: Any = None,
        relabelled: Optional[Mapping[int, Class]] = None,
        additions: Optional[Dataset] = None,
        retrain: Optional[str] = None,
        epochs: Optional[int] = None,
        learning_rate: Optional[float] = None,
        seed: Optional[int] = None,
    ) -> Run:
        """Train a new run on an edited copy of this run's present training set.

        output:      directory of the new run.
        removed:     numbers of training sequences to leave out.
        relabelled:  number of a training sequence -> its class.
        additions:   sequences to add, of the same kind (:meth:`Dataset.from_arrays` with `like`).
        retrain:     continue from this run's weights (None), or scratch; epochs, learning_rate,
                     seed as of :meth:`apply`.
        Returns      the new Run, trained.
        Raises       ArgumentError (a number out of range), ShapeError (additions of another kind),
                     FileError; KeyboardInterrupt: ``Run(output).train()`` resumes.
        """
        given = {k: v for k, v in locals().items() if k != "self"}
        directory = arrays.string(output, "output")
        edits = abi.rr_edits()
        keep: list = []
        if removed is not None:
            memory, n = arrays.numbers(
                np.unique(np.asarray(removed)), ctypes.c_uint32, "removed"
            )
            edits.removed, edits.count_removed = ctypes.cast(memory, type(edits.removed)), n
            keep.append(memory)
        if additions is not None:
            if not isinstance(additions, Dataset):
                raise ArgumentError(f"additions: expected a Dataset, not {additions!r}")
            edits.additions = additions._pointer
        with self._use() as session:
            if relabelled is not None:
                train = Dataset._share(parts.split(session, abi.RR_SPLIT_TRAIN))
                ids, labels, n = relabelling(relabelled, train)
                edits.relabelled = ctypes.cast(ids, type(edits.relabelled))
                edits.labels = ctypes.cast(labels, type(edits.labels))
                edits.count_relabelled = n
                keep += [ids, labels]
            cfg = lib.rr_retrain_config_default(session)
            put(cfg, given, settings.RETRAIN)
            child = ctypes.POINTER(abi.rr_session)()
            with parts.new_run(child):
                call(
                    "rr_session_child",
                    session,
                    directory,
                    ctypes.byref(edits),
                    ctypes.byref(cfg),
                    ctypes.byref(child),
                )
            return Run._adopt(child, self._callbacks)

    # ---- repair -----------------------------------------------------------------------------

    def repair(
        self,
        output: Optional[Path] = None,
        *,
        samples: Any = None,
        level: Optional[str] = None,
        split: Optional[str] = None,
        truth_class: Optional[Class] = None,
        count: Optional[int] = None,
        strategy: Optional[str] = None,
        insertions: Optional[int] = None,
        rule: Optional[str] = None,
        gamma: Optional[int] = None,
        pool: Optional[int] = None,
        balance: Optional[float] = None,
        with_misclassified: Optional[bool] = None,
        export: Optional[Path] = None,
        top: Optional[int] = None,
        norm: Optional[float] = None,
        sources: Optional[int] = None,
        variants: Optional[int] = None,
        rounds: Optional[int] = None,
        keep_samples: Optional[int] = None,
        rotate: Optional[float] = None,
        shift: Optional[float] = None,
        shear: Optional[float] = None,
        scale: Optional[float] = None,
        retrain: Optional[str] = None,
        epochs: Optional[int] = None,
        learning_rate: Optional[float] = None,
        seed: Optional[int] = None,
        seeds: Optional[Sequence[int]] = None,
    ) -> Union[Repair, RepairSeries]:
        """Search new training samples for errors, retrain on them in a new run, and count what
        changed. The errors themselves are never trained on.

        output:       directory of the new run; None: only search, and export.
        samples:      repair these errors, by number. None: the `count` errors of `split` (None:
                      test) the network is most confident of, maybe only of `truth_class`.
        level:        sample: whole inputs; segment: single words. None: by the data.
        strategy:     influence, random, none; paper (segment), gradient (sample).
        insertions, rule, gamma, pool, balance, with_misclassified, export:  of level segment:
                      insertions per suspect word; what makes a word suspect, as of
                      :meth:`localize`; positions tried for each insertion; class-balancing samples
                      per insertion; also insert into misclassified sequences; a .jsonl of the
                      training set and the samples.
        top, norm, sources, variants, rounds, keep_samples:  of level sample: most influential
                      sequences searched, and the norm for it; how many of T_t are varied; variants
                      per target, in so many rounds; accepted variants kept per target.
        rotate, shift, shear, scale:  of level sample, images: the variants' largest rotation
                      (degrees), shift (pixels), shear (columns a row), change of size (fraction).
        retrain:      continue (None) from the run's weights, or scratch; epochs, learning_rate:
                      of the training, as of :meth:`apply`.
        seed:         of the search and the training. None: the run's.
        seeds:        one repair per seed, in output/seed-S, and their means.
        Returns       a Repair; with seeds a RepairSeries.
        Raises        ArgumentError (no such error, none with a suspect word; an argument without
                      effect beside another), UnsupportedError (a level that is not of the data),
                      FileError; KeyboardInterrupt: where the new run was begun,
                      ``Run(output).train()`` resumes.
        """
        given = {k: v for k, v in locals().items() if k not in ("self", "samples", "seeds", "output")}
        if truth_class is not None:
            given["truth_class"] = str(truth_class)
        if samples is not None:
            refuse(given, "count truth_class", "samples")
        if output is None:
            refuse(given, "retrain epochs learning_rate", "a search without output")
        with self._use() as session:
            request = lib.rr_repair_request_default(session)
            put(request, given, settings.REPAIR)
            segment = parts.check_repair(session, request, given)
            if with_misclassified is not None:
                request.search.segment.correct_only = 1 - arrays.flag(
                    with_misclassified, "with_misclassified"
                )
            parts.put_range(request.search.sample.range, given)
            if samples is not None:
                request.targets, request.count_targets = parts.ids(samples)
            if seeds is not None:
                refuse({"seed": seed, "export": export}, "seed export", "seeds")
                if output is None:
                    raise ArgumentError("seeds retrain, and need an output")
                return self._repair_seeds(session, request, arrays.string(output, "output"), seeds)
            directory = arrays.optional(output, "output")
            with parts.owned(abi.rr_repair_result, lib.rr_repair_result_free) as out:
                call(
                    "rr_session_repair",
                    session,
                    ctypes.byref(request),
                    directory,
                    ctypes.byref(out),
                )
                found = collect.repair(session, out.contents, request, segment)
            found.export = None if export is None else os.fspath(export)
            if directory is not None:
                found.run = self._open(os.fsdecode(directory), session)
            return found

    def _open(self, path: str, session: Any) -> Run:
        """A run that the library has trained for this one, with its threads and callbacks."""
        cfg = parts.session_config(self._callbacks, None, None, None)
        cfg.threads = lib.rr_session_threads(session)
        out = ctypes.POINTER(abi.rr_session)()
        call("rr_session_open", os.fsencode(path), ctypes.byref(cfg), ctypes.byref(out))
        return Run._adopt(out, self._callbacks)

    def _repair_seeds(
        self, session: Any, request: Any, directory: bytes, seeds: Sequence[int]
    ) -> RepairSeries:
        numbers, n = arrays.numbers(list(seeds), ctypes.c_uint64, "seeds")
        if n == 0 or len(set(numbers[:n])) < n:
            raise ArgumentError("seeds: expected one seed or more, each once")
        with parts.owned(abi.rr_repair_series, lib.rr_repair_series_free) as out:
            call(
                "rr_session_repair_seeds",
                session,
                ctypes.byref(request),
                directory,
                numbers,
                n,
                abi.rr_repair_report(0),
                None,
                ctypes.byref(out),
            )
            s = out.contents
            names = parts.names(session, Dataset._share(parts.split(session, request.split)))
            seed = arrays.columns(s.seeds, n, "seed", "kept", "all.newly_broken", "all.accuracy_after")
            of = arrays.columns(s.seeds, n, "of_targets.fixed", "of_targets.still_failing")
            order = ("seed", "kept", "fixed", "still_failing", "newly_broken", "accuracy_after")
            targets = arrays.columns(s.targets, s.count, "id", "truth", "prediction", "fixed")
            root = os.fsdecode(directory)
            return RepairSeries(
                output=root,
                per_seed=Table({name: {**seed, **of}[name] for name in order}),
                targets=Table(named(targets, names, "truth", "prediction")),
                kept=s.mean_kept,
                fixed=s.mean_fixed,
                still_failing=s.mean_still_failing,
                newly_broken=s.mean_newly_broken,
                accuracy_before=s.accuracy_before,
                accuracy_after=s.accuracy_after,
                runs=[os.path.join(root, f"seed-{i}") for i in numbers[:n]],
            )

    # ---- backdoors --------------------------------------------------------------------------

    def scan(
        self,
        *,
        target: Optional[Class] = None,
        top: Optional[int] = None,
        support: Optional[int] = None,
        threshold: Optional[float] = None,
        seed: Optional[int] = None,
    ) -> Table:
        """Search single words that behave like the trigger of a backdoor, on a run on text.

        target:     only triggers for this class.
        top:        candidates listed.
        support:    fewest training sequences of one label that contain a candidate.
        threshold:  score above which a candidate counts as a trigger.
        seed:       of the tests.
        Returns     Table, best first: token, symbol, target, score, trigger (score above the
                    threshold), support, labelled, purity, expected, gain, expected_gain, usual,
                    insertion, dependence, spread, training_ids (lists). Pass ``token`` to
                    :meth:`trigger`.
        Raises      ArgumentError (a run that is not on text), FileError; KeyboardInterrupt.
        """
        cfg = lib.rr_scan_config_default()
        put(cfg, {"support": support, "seed": seed}, settings.SCAN)
        limit = abi.RR_BACKDOOR_THRESHOLD if threshold is None else arrays.real(threshold, "threshold")
        if top is not None:
            most = arrays.whole(top, "top", least=1)
            cfg.top, cfg.shortlist = max(cfg.top, most), max(cfg.shortlist, most)
        with self._use() as session:
            train = Dataset._share(parts.split(session, abi.RR_SPLIT_TRAIN))
            if target is not None:
                cfg.target = train.class_number(target, "target")
            with parts.owned(abi.rr_scan, lib.rr_scan_free) as out:
                call("rr_session_scan", session, ctypes.byref(cfg), ctypes.byref(out))
                n = ctypes.c_size_t()
                rows = lib.rr_scan_candidates(out, ctypes.byref(n))
                count = n.value if top is None else min(n.value, most)
                return collect.candidates(rows, count, train, limit)

    def trigger(
        self,
        trigger: Union[str, Sequence[int]],
        *,
        target: Optional[Class] = None,
        split: Optional[str] = None,
        position: Optional[str] = None,
        inputs: Optional[int] = None,
        words: Optional[int] = None,
        seed: Optional[int] = None,
    ) -> Trigger:
        """Trace a trigger through the training set and attack the network with it, on a run on
        symbols.

        trigger:   the word or phrase; or its symbols.
        target:    its class. None: the class most inputs turn to.
        split:     whose sequences are attacked. None: test.
        position:  where an attack inserts it: start, end, random or learned.
        inputs:    most sequences attacked.
        words:     arbitrary rare words it is compared with.
        seed:      of inputs and positions.
        Raises     ArgumentError (a run that is not on symbols; a word that is not in the
                   vocabulary), FileError; KeyboardInterrupt.
        """
        given = {"split": split, "position": position, "inputs": inputs, "words": words, "seed": seed}
        cfg = lib.rr_trace_config_default()
        put(cfg, given, settings.TRACE)
        if isinstance(trigger, str):
            cfg.words = arrays.string(trigger, "trigger")
        else:
            cfg.symbols, cfg.count_symbols = arrays.numbers(trigger, ctypes.c_uint32, "trigger")
        with self._use() as session:
            train = Dataset._share(parts.split(session, abi.RR_SPLIT_TRAIN))
            if target is not None:
                cfg.target = train.class_number(target, "target")
            out = ctypes.POINTER(abi.rr_traced_trigger)()
            call("rr_session_trace_trigger", session, ctypes.byref(cfg), ctypes.byref(out))
            return Trigger(self, out, train)

    # ---- verification -----------------------------------------------------------------------

    def verify(self, *, quick: bool = False, train: bool = False) -> Verification:
        """Compare the run with its records; nothing in it is changed.

        quick:  do not build the influence model again and compare the files byte by byte.
        train:  also train again, and compare the model.
        Raises  KeyboardInterrupt. What differs or could not be checked is in the result.
        """
        options = abi.rr_verify_options()
        options.rebuild = 1 - arrays.flag(quick, "quick")
        options.retrain = arrays.flag(train, "train")
        folder = os.environ.get("TMPDIR")
        if folder:
            options.temporary = os.fsencode(folder)
        found = abi.rr_verification()
        with self._use() as session:
            call("rr_session_verify", session, ctypes.byref(options), ctypes.byref(found))
        checks = found.checks[: found.count]
        return Verification(
            Table(
                {
                    "check": [text(c.name) for c in checks],
                    "ok": np.array([c.status == abi.RR_OK for c in checks], bool),
                    "differs": np.array([c.status == abi.RR_ERR_MISMATCH for c in checks], bool),
                    "detail": [text(c.detail) for c in checks],
                }
            )
        )


def load(path: Path, **settings: Any) -> Any:
    """What the library has saved in `path`: a :class:`Run` of a directory, an
    :class:`InfluenceModel` of an influence file.

    settings:  of a directory those of :class:`Run`.
    Raises     FileError, FormatError.
    """
    if os.path.isdir(path):
        return Run(path, **settings)
    from .influence import InfluenceModel

    if settings:
        raise ArgumentError(f"{next(iter(settings))} has no effect with a file: leave it out")
    return InfluenceModel.load(path)
