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
from typing import Any, Optional, Union

import numpy as np

from . import _abi as abi
from . import _arrays as arrays
from . import _collect as collect
from . import _info as infos
from . import _session as parts
from . import _settings as settings
from . import _words as words
from ._callbacks import Callbacks, Epoch, Report
from ._errors import ArgumentError
from ._library import call, lib, text
from ._results import Predictions, Verification
from ._run_audit import Audits
from ._run_backdoor import Backdoors
from ._run_explain import Explains
from ._run_overview import Overviews
from ._run_repair import Repairs
from ._session import Path
from ._settings import class_weights_text, decisions_file, put, refuse, weights_file
from ._sources import source_columns
from ._table import Table
from .data import Dataset
from .states import States
from .states_file import StatesFile


class Run(Explains, Audits, Repairs, Backdoors, Overviews):
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
    labels are optional. Such a source is read once by a Run object. Of a run on states it is a
    :class:`States`, or ``states:FILE``.
    """

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
        weights: Any = None,
        class_weights: Any = None,
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
                         None: step where the data label every step.
        epochs, batch:   epochs altogether; sequences per batch. None: by the N sequences, batches
                         of N / 64, from 8 to 128, and epochs for 2,000 updates, at most 200; a
                         batch of 128 beside given epochs.
        optimizer:       sgd, rmsprop or adam, with learning_rate, momentum (sgd), rho (rmsprop),
                         beta1, beta2 (adam), epsilon (rmsprop, adam).
        dropout:         fraction of the inputs and of each last state set to 0 in a training step;
                         dropout_input, dropout_last: of one of the two.
        clip_norm:       gradients are scaled down to this norm; 0 = never.
        order, keep:     shuffle or file; which epoch's weights to keep, last, or best on dev. None
                         for keep: last, but best where the data have a dev split and epochs are
                         not given.
        labels:          other labels of single training sequences: a file of decisions, a mapping
                         of ids to classes (None drops the sequence), or a Table(id, label).
        weights:         loss weights of single training sequences, by the data's own numbers: a
                         file, a mapping of ids to weights, or an array with one for each. Batches
                         stay as they are; weight 0 leaves a sequence out.
        class_weights:   of each class, of sequences or labelled steps: "balanced", N / (C n_c), as
                         scikit-learn's class_weight has it; a mapping of class names to weights;
                         or a file with the columns class and weight. It multiplies with weights.
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
        cfg.output_given = int(output is not None)
        cfg.keep_given = int(keep is not None)
        cfg.data = arrays.string(data, "data")
        cfg.vectors = arrays.optional(vectors, "vectors")
        callbacks = Callbacks(progress)
        where = parts.session_config(callbacks, None, None, threads)
        out = ctypes.POINTER(abi.rr_session)()
        own_path = arrays.string(path, "path")
        with contextlib.ExitStack() as files:
            cfg.labels = files.enter_context(decisions_file(labels, "labels"))
            cfg.weights = files.enter_context(weights_file(weights, "weights"))
            cfg.class_weights = files.enter_context(
                class_weights_text(class_weights, "class_weights")
            )
            with callbacks.active():
                call(
                    "rr_session_create",
                    own_path,
                    ctypes.byref(cfg),
                    ctypes.byref(where),
                    ctypes.byref(out),
                )
            return cls._adopt(out, callbacks)

    @classmethod
    def from_states(
        cls,
        path: Path,
        states: Union[Path, States],
        *,
        threads: Optional[int] = None,
        progress: Report = None,
    ) -> Run:
        """Create a run directory on the states of a network trained elsewhere; :meth:`build` is
        next. It has no network: what must run or train one raises UnsupportedError, and
        :meth:`additions` says what to train it on.

        path:    directory to create.
        states:  a states file, whose split train is the training set and whose splits dev and test
                 are the run's own. It is read again by later calls, and must stay where it is. A
                 :class:`States` is written beside the run first, to PATH.states.npz.
        Raises   ArgumentError (no labels of the training sequences; the directory holds a run;
                 PATH.states.npz exists), FileError, FormatError, ShapeError, NumericError. Nothing
                 is left then.
        """
        callbacks = Callbacks(progress)
        where = parts.session_config(callbacks, None, None, threads)
        out = ctypes.POINTER(abi.rr_session)()
        directory = arrays.string(path, "path")
        with parts.states_beside(path, states) as file, callbacks.active():
            call(
                "rr_session_create_states",
                *(directory, file, ctypes.byref(where), ctypes.byref(out)),
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
            self._forget()
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
        states:      a fixed number of abstract states K; None: it grows until states tell the
                     prediction (docs/ALGORITHMS.md#choice-of-k).
        stability:   grow until the mean stability, 0..1, is this, as in the paper.
        max_states:  most states to grow to; None: 100, of few sequences less.
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
            self._forget()
            call("rr_session_build", session, ctypes.byref(cfg))
        return self

    def splits(self) -> list[str]:
        """The splits the run's data have, of train, dev and test."""
        with self._handle.use() as session:
            return [
                name
                for name in words.words("split")
                if lib.rr_session_has_split(session, words.value("split", name))
            ]

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
        log_likelihood (nats a row), bic (lower is better). Growing by splitting, most rows are of a
        sample of the steps; the last row, the model's, is of all.

        Raises  FileError (no influence model has been built).
        """
        with self._use() as session:
            n = ctypes.c_size_t()
            points = lib.rr_influence_curve(parts.influence(session), ctypes.byref(n))
            fields = ("states", "stability_mean", "stability_min", "log_likelihood", "bic")
            return Table(arrays.columns(points, n.value, *fields))

    def info(self) -> dict[str, Any]:
        """The settings and figures of the run, as ``rnnrepair info --json`` has them: run, data,
        network, training, epochs, test_accuracy, model_epoch, model_hash, certificate_hash,
        influence (or None), parent, parent_model. The data are not read."""
        with self._use() as session:
            return infos.info(self.path, session)

    def predict(
        self,
        split: Optional[str] = None,
        *,
        foreign: Union[None, str, States, StatesFile] = None,
        output: Optional[Path] = None,
        per_step: bool = False,
    ) -> Predictions:
        """Predict a split.

        split:    train, dev or test. None: test; of foreign data test or the only one.
        foreign:  the spec of other data.
        output:   also write FILE.csv, a row a sequence with the probability of every class, or
                  FILE.npz, arrays of every step.
        per_step: FILE.csv is a row a step: abstract state, matching training sequences (|I|),
                  prediction so far and its probability; of a run with an influence model.
        Where the run has an influence model the result says which sequences are unlike the
        training data: their predictions are not to be relied on, however probable.
        Raises    ArgumentError, FileError (no epoch is finished), MismatchError, ShapeError.
        """
        with self._use() as session:
            number, name = self._select(session, split, foreign)
            novelty, unlike = collect.novelty(session, number)
            p = parts.predictions(session, number)
            ds = Dataset._share(p.ds)
            if output is not None:
                parts.save_predictions(session, number, p, output, per_step)
            return Predictions(
                split=name,
                class_names=parts.names(session, ds),
                prediction=arrays.copy(p.prediction, len(ds)),
                probability=collect.known_only(arrays.copy(p.probability, len(ds))),
                label=ds.labels if ds.labelled else None,
                accuracy=None if p.accuracy < 0 else p.accuracy,
                steps=collect.step_predictions(p, ds) if p.step_prediction else None,
                sources=source_columns(ds._pointer, np.arange(len(ds))),
                quality=collect.quality(session, number, parts.names(session, ds)),
                novelty=novelty,
                unlike=unlike,
            )

    def predict_proba(
        self, split: Optional[str] = None, *, foreign: Union[None, str, States, StatesFile] = None
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

    def steps(self, split: Optional[str] = None, *, foreign: Union[None, str, States, StatesFile] = None) -> Any:
        """The states of every step of a split as :class:`States`: hidden states, predictions and
        probabilities so far, inputs and labels. All are in memory; :meth:`predict` with an
        ``output`` writes them to a file instead. Arguments and errors as of :meth:`predict`."""
        with self._use() as session:
            number, _ = self._select(session, split, foreign)
            return collect.states(session, number)

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
