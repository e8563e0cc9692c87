# SPDX-License-Identifier: MIT
"""What is made of an influence model: suspect steps, drivers of errors, wrong labels, samples to add,
triggers."""

from __future__ import annotations

import ctypes
from contextlib import contextmanager, nullcontext
from typing import Any, Callable, ContextManager, Dict, Iterator, List, Optional, Tuple

import numpy as np

from . import _abi, _arrays, _words
from ._additions import addition_table
from ._callbacks import Callbacks, Report
from ._callbacks import pointer as pointer_to
from ._errors import ArgumentError, ShapeError, UnsupportedError
from ._explanation import issue_table, named
from ._fitted import AnyStates, Asked, Fitted, opened
from ._library import call, lib
from ._table import Table


class Analyses(Fitted):
    """The calls of an InfluenceModel about sets of sequences."""

    def localize(
        self,
        states: Asked,
        which: Any = None,
        rule: str = "both",
        gamma: int = 5,
    ) -> Table:
        """The suspect steps of misclassified sequences.

        Args:
            states: the sequences
            which: numbers of sequences, or a mask; None: all misclassified ones, of states without
                labels every sequence
            rule: "rare" (fewer than `gamma` training sequences match), "flip" (the last step that
                turned the prediction from the truth) or "both" (either)
            gamma: see rare

        Returns:
            Table, a row a suspect step: sample, truth, prediction, t (from 1), symbol (and token),
            rule, influencers (training sequences that match)

        Raises:
            NotFittedError, ArgumentError, ShapeError, MismatchError
        """
        inf = self._fitted()
        cfg = lib.rr_localize_config_default()
        cfg.rules = _words.value("rule", rule)
        cfg.gamma = _arrays.whole(gamma, "gamma", 1)
        if self.key != "auto":
            cfg.key = _words.value("key", self.key)
        traces, numbers = self._asked(states, which, truth=False)
        if not traces.truth_known:
            if cfg.rules == _abi.RR_RULE_FLIP:
                raise ArgumentError("rule is 'flip', which needs the truth: states have no labels")
            cfg.rules = _abi.RR_RULE_RARE
        own = numbers if which is None else np.arange(len(numbers))
        rows: List[Tuple[Any, ...]] = []
        for at, number in zip(own, numbers):
            trace = traces.at(int(at))
            truth = trace.label if traces.truth_known else _abi.RR_NO_LABEL
            with _arrays.owned(_abi.rr_segments, lib.rr_segments_free) as out:
                call(
                    "rr_localize", inf, None, ctypes.byref(cfg), ctypes.byref(trace), ctypes.byref(out)
                )
                for s in out.contents.segments[: out.contents.count]:
                    rows.append(
                        (number, truth, trace.prediction, s.t, s.symbol, s.rules, s.influencers)
                    )
        return self._suspects(rows)

    def _suspects(self, rows: List[Tuple[Any, ...]]) -> Table:
        names = ("sample", "truth", "prediction", "t", "symbol", "rule", "influencers")
        kinds = (np.int64, np.uint32, np.uint32, np.int64, np.uint32, np.int64, np.int64)
        columns: Dict[str, Any] = {}
        for k, (name, kind) in enumerate(zip(names, kinds)):
            columns[name] = np.array([row[k] for row in rows], kind)
        columns["rule"] = [_words.word("rule", r) for r in columns["rule"]]
        if self.tokens_ is not None:
            columns["token"] = [self._token(s) for s in columns["symbol"]]
        return Table(named(columns, self.class_names_, "truth", "prediction"))

    def drivers(
        self,
        states: Asked,
        which: Any = None,
        weighting: str = "contrast",
    ) -> Table:
        """The training sequences that passed the states of a set of errors.

        Args:
            states: the sequences, with labels
            which: numbers of misclassified ones, or a mask; None: all of them
            weighting: "contrast" (what errors pass more often than other sequences) or "paper" (one
                vote a step)

        Returns:
            Table, highest score first, ids as index: id, label, prediction, score; sequences
            without a part in any error are left out

        Raises:
            NotFittedError, ArgumentError (no error; a sequence that is none), ShapeError
        """
        inf = self._fitted()
        key = _words.value("key", "transition" if self.key == "auto" else self.key)
        traces, numbers = self._asked(states, which, truth=True)
        own = numbers if which is None else np.arange(len(numbers))
        errors, n = _arrays.numbers(own, ctypes.c_size_t, "which")
        scores = np.empty(self.n_sequences_, np.float64)
        call(
            "rr_drivers",
            inf,
            key,
            _words.value("weighting", weighting),
            traces.pointer,
            errors,
            n,
            scores.ctypes.data_as(ctypes.POINTER(ctypes.c_double)),
        )
        order = np.argsort(-scores, kind="stable")
        order = order[scores[order] > 0]
        columns = {
            "id": order,
            "label": self.labels_[order],
            "prediction": self.predictions_[order],
            "score": scores[order],
        }
        return Table(named(columns, self.class_names_, "label", "prediction"), index="id")

    def label_issues(
        self,
        method: str = "auto",
        train: Optional[Asked] = None,
        *,
        progress: Report = None,
    ) -> Table:
        """Training labels that are likely wrong, as ``rnnrepair audit`` ranks them.

        Args:
            method: "influence" (how well the label is supported by training sequences that pass the
                same states), "self-confidence" (the network's probability of it), "neighbours" (the
                labels of the nearest inputs) or "combined" (all three); "auto": combined where
                probabilities are known, else influence
            train: the states the model was fitted on, for their probabilities and frames, where
                the model was read from a file
            progress: as in fit()

        Returns:
            Table, row i about training sequence i, `id` as index: is_label_issue (another label
            scores better), label_score (0..1, low = bad: exp of minus the audit's score, which for
            combined is the share of the given label in the product of the three),
            given_label, suggested_label (the one that scores best), predicted_label (the network's)

        Raises:
            NotFittedError, ArgumentError, UnsupportedError (a method that needs the network, or
            probabilities that are not known), ShapeError (train is of another size)
        """
        inf = self._fitted()
        if train is None and self._probability is None and self._train is not None:
            self._probability = self._probabilities_of(self._train)
        probability = self._probability if train is None else self._probabilities_of(train)
        cfg = lib.rr_audit_config_default(_abi.RR_AUDIT_ABOUT_LABELS)
        if method == "auto":
            method = "influence" if probability is None else "combined"
        cfg.method = _words.value("audit-method", method, "method")
        cfg.threads, cfg.top = self._threads(), 1
        data = _abi.rr_audit_data()
        data.inf = inf
        if probability is not None:
            data.probabilities = probability.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        callbacks = Callbacks(progress)
        inputs: ContextManager[Any] = nullcontext()
        if method == "neighbours" or (method == "combined" and probability is not None):
            of = None if train is None else opened(train)
            tokens = (self.tokens_ if of is None else of.tokens) or []
            inputs = self._training_set(of, told=list(tokens[:2]) == ["<pad>", "<unk>"])
        with inputs as data.train, _arrays.owned(_abi.rr_audit, lib.rr_audit_free) as out:
            with callbacks.active():
                call(
                    "rr_audit_run",
                    ctypes.byref(cfg),
                    ctypes.byref(data),
                    pointer_to(callbacks),
                    ctypes.byref(out),
                )
            result = lib.rr_audit_result_of(out).contents
            if not result.likeliest:
                raise ArgumentError(f"method is {method!r}, which compares no labels")
            scores = _arrays.copy(result.scores, self.n_sequences_)
            likeliest = _arrays.copy(result.likeliest, self.n_sequences_)
        return issue_table(self.labels_, likeliest, self.predictions_, scores, self.class_names_)

    def _frames_of(self, states: Optional[AnyStates]) -> Callable[[int], np.ndarray]:
        """A function that gives the frames of a training sequence."""
        of = states if states is not None else self._train
        if of is not None:
            return of.frame_of
        if self._frames is None:
            raise UnsupportedError("the frames are no part of an influence file: give train")
        at = np.concatenate([[0], np.cumsum(self._lengths)]).astype(int)
        return lambda i: self._frames[at[i] : at[i + 1]]

    def _probabilities_of(self, train: Any) -> Optional[np.ndarray]:
        asked = opened(train)
        if len(asked) != self.n_sequences_:
            raise ShapeError(
                f"train has {len(asked)} sequences, the model was fitted on {self.n_sequences_}"
            )
        return asked.final_probabilities()

    def additions(
        self,
        states: Asked,
        which: Any = None,
        budget: int = 45,
        level: str = "auto",
        insertions: int = 25,
        balance: float = 0.5,
        *,
        progress: Report = None,
    ) -> Table:
        """Samples to add to the training set so that misclassified sequences are repaired; train on
        them where the network is, and measure there what they did.

        Args:
            states: the sequences, with labels
            which: numbers of misclassified ones, or a mask; None: all of them
            budget: samples for each at most, without those that balance
            level: "sample" (training sequences to be trained on once more) or "segment" (symbols
                inserted into training sequences); "auto": segment for symbols
            insertions: segment: for each suspect step
            balance: segment: training sequences of the predicted label, as they are, for each
                insertion
            progress: as in fit()

        Returns:
            Table, target after target, best first: target (number of the sequence), kind ("repeat",
            "insert" or "balance"), source (training id), label, score, step (the suspect step),
            symbol (and token; inserted behind step `after` of the source: it becomes step
            after + 1; -1 where nothing is inserted), after, reason (a sentence)

        Raises:
            NotFittedError, ArgumentError (a sequence that is no error; segment without symbols)
        """
        inf = self._fitted()
        cfg = lib.rr_additions_config_default()
        cfg.level = _words.value("level", level)
        cfg.query = self._query()
        if self.key != "auto":
            cfg.localize.key = _words.value("key", self.key)
        cfg.budget = _arrays.whole(budget, "budget", 1)
        cfg.insertions = _arrays.whole(insertions, "insertions", 1)
        cfg.balance = _arrays.real(balance, "balance")
        cfg.seed, cfg.threads = _arrays.whole(self.random_state, "random_state"), self._threads()
        traces, numbers = self._asked(states, which, truth=True)
        if which is None:  # the errors alone, as if they were named: their places seed what is drawn
            traces = self._traces(states, numbers)
        targets, n = _arrays.numbers(np.arange(len(numbers)), ctypes.c_size_t, "which")
        callbacks = Callbacks(progress)
        with _arrays.owned(_abi.rr_additions, lib.rr_additions_free) as out:
            with callbacks.active():
                call(
                    "rr_additions_find",
                    ctypes.byref(cfg),
                    inf,
                    traces.pointer,
                    targets,
                    n,
                    pointer_to(callbacks),
                    ctypes.byref(out),
                )
            return addition_table(out, numbers, self.class_names_, self.tokens_)

    def triggers(
        self,
        top: int = 50,
        target: Optional[int] = None,
        support: int = 5,
        *,
        progress: Report = None,
    ) -> Table:
        """Symbols of the training set that behave like the trigger of a backdoor, as
        ``rnnrepair backdoor --scan`` ranks them on states: by what was seen in training, since
        nothing can be inserted without the network.

        Args:
            top: most candidates
            target: only triggers for this class, by number; None: any
            support: fewest training sequences of one label that carry a candidate
            progress: as in fit()

        Returns:
            Table, best first: token (or symbol), symbol, target, score, trigger (the score is above
            the library's threshold), support (training sequences that carry it), labelled (of these,
            as the target), purity (their share), expected (of all symbols), gain (of the steps that
            read it after another prediction, the share after which it is the target), expected_gain,
            spread (of the states it is read in, 0..1), training_ids (those behind it)

        Raises:
            NotFittedError, ArgumentError, UnsupportedError (the inputs are frames)
        """
        inf = self._fitted()
        cfg = lib.rr_scan_config_default()
        cfg.top = _arrays.whole(top, "top", 1)
        cfg.shortlist = max(cfg.shortlist, cfg.top)
        cfg.support = _arrays.whole(support, "support", 1)
        cfg.threads = self._threads()
        if target is not None:
            cfg.target = _arrays.whole(target, "target", 0, self.n_classes_ - 1)
        callbacks = Callbacks(progress)
        if not self._vocabulary:
            raise UnsupportedError("the inputs are frames: a trigger is a symbol")
        with self._training_set() as train, _arrays.owned(_abi.rr_scan, lib.rr_scan_free) as out:
            with callbacks.active():
                call(
                    "rr_backdoor_scan",
                    ctypes.byref(cfg),
                    inf,
                    None,
                    train,
                    pointer_to(callbacks),
                    ctypes.byref(out),
                )
            return self._candidates(out, cfg.top)

    def _candidates(self, out: Any, top: int) -> Table:
        count = ctypes.c_size_t()
        rows = lib.rr_scan_candidates(out, ctypes.byref(count))
        n = min(count.value, top)
        names = "symbol target score support labelled purity expected gain expected_gain spread"
        found = _arrays.columns(rows, n, *names.split())
        columns: Dict[str, Any] = {"token": [self._token(int(s)) for s in found["symbol"]]}
        columns.update(named(found, self.class_names_, "target"))
        columns["trigger"] = found["score"] > _abi.RR_BACKDOOR_THRESHOLD
        columns["training_ids"] = [_arrays.copy(rows[i].ids, rows[i].count_ids) for i in range(n)]
        return Table(columns)

    @contextmanager
    def _training_set(self, states: Optional[AnyStates] = None, told: bool = False) -> Iterator[Any]:
        """The inputs and labels of the training sequences as a dataset; frames are those of states,
        or without them those of fit(). told: without padding and unknown words; a sequence of which
        nothing is left has one symbol that no other has."""
        shape = _abi.rr_dataset_shape()
        shape.vocabulary, shape.classes = self._vocabulary, self.n_classes_
        if told:
            shape.vocabulary += self.n_sequences_
        frames = None if self._vocabulary else self._frames_of(states)
        if frames is not None:
            shape.width = frames(0).shape[1]
        builder = ctypes.POINTER(_abi.rr_dataset_builder)()
        out = ctypes.POINTER(_abi.rr_dataset)()
        training = lib.rr_influence_training(self._fitted())
        call("rr_dataset_builder_new", ctypes.byref(shape), ctypes.byref(builder))
        try:
            for i in range(self.n_sequences_):
                trace = lib.rr_traces_at(training, i)
                one = _abi.rr_sequence(steps=trace.steps, label=trace.label)
                if frames is None and told:
                    kept = np.ctypeslib.as_array(trace.symbols, (trace.steps,))
                    kept = kept[kept > _abi.RR_WORD_UNKNOWN]
                    kept = kept if len(kept) else np.array([self._vocabulary + i], np.uint32)
                    one.symbols = kept.ctypes.data_as(ctypes.POINTER(ctypes.c_uint32))
                    one.steps = len(kept)
                elif frames is None:
                    one.symbols = trace.symbols
                else:
                    frame = np.ascontiguousarray(frames(i), np.float32)
                    one.frames = frame.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
                call("rr_dataset_builder_add", builder, one)
            call("rr_dataset_builder_finish", builder, ctypes.byref(out))
        finally:
            lib.rr_dataset_builder_free(builder)
        try:
            yield out
        finally:
            lib.rr_dataset_free(out)
