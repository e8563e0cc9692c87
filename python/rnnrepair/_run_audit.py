# SPDX-License-Identifier: MIT
"""Audits of the training set of a run, and runs trained on an edited one."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping
from typing import Any, Optional

import numpy as np

from . import _abi as abi
from . import _arrays as arrays
from . import _collect as collect
from . import _duplicates as duplicates
from . import _session as parts
from . import _settings as settings
from . import _words as words
from ._errors import ArgumentError
from ._explanation import issue_table
from ._library import call, lib
from ._open import Class, OpenRun
from ._results import Applied, Audit, Duplicates, outcome_of, StepAudit
from ._session import Path
from ._settings import decisions_file, put
from ._table import Table
from .data import Dataset, relabelling, step_relabelling


class Audits(OpenRun):
    """The calls of a run about its training set."""

    def audit(
        self,
        about: Optional[str] = None,
        method: Optional[str] = None,
        *,
        split: Optional[str] = None,
        cases: Any = None,
        samples: Any = None,
        key: Optional[str] = None,
        folds: Optional[int] = None,
        top: Optional[int] = None,
        flagged: Optional[bool] = None,
        flips: Any = None,
        review: Optional[Path] = None,
        curvature: Optional[str] = None,
        damping: Optional[float] = None,
        solver: Optional[str] = None,
        iterations: Optional[int] = None,
        tolerance: Optional[float] = None,
        scale: Optional[float] = None,
        resume: Optional[Path] = None,
        seed: Optional[int] = None,
    ) -> Audit:
        """Rank sequences, the most suspect first.

        about:      labels: its label is wrong (None); errors: how much the errors of `split` have
                    to do with it.
        method:     combined, influence, neighbours (labels of the nearest training inputs), paper,
                    koh-liang, sgd, tracin, self-confidence, dynamics, random, output-layer (about errors, by the output layer's gradients alone) or
                    replay (the exact derivative, through every step of a training with
                    checkpoints). None: combined about labels, influence about errors.
        split:      about labels: whose labels are ranked, None: train. About errors: whose errors,
                    None: test, where the run has it.
        cases:      other labelled inputs in the place of a split, as a spec; of a run on states
                    rr.States or a states file.
        samples:    only these errors, by number.
        key:        influence, paper: what two steps must have in common to match.
        folds:      combined, self-confidence: score each fold by a network trained without it;
                    0: the run's own network.
        top:        sequences whose evidence is gathered, and written by `review`.
        flagged:    about labels: instead of these, those for which the method finds another label
                    likelier.
        flips:      known wrong labels, to evaluate the ranking: a file of decisions with the truth,
                    or the Table of :meth:`Dataset.label_noise`.
        review:     write the first `top` there, for :meth:`apply`, with their text; only where all
                    evidence agrees (`prefilled`) the action is relabel, else it is empty and changes
                    nothing. An existing file is kept.
        curvature, damping, solver, iterations, tolerance, scale:  of koh-liang.
        resume:     replay, sgd: a file that keeps what is done after every epoch, and that the
                    same call continues from.
        seed:       of random and the stochastic solver.
        Raises      ArgumentError (a sample that is no error; an argument without effect beside the
                    method), UnsupportedError, FileError; KeyboardInterrupt.
        """
        given = {k: v for k, v in locals().items() if k not in ("self", "cases")}
        cfg = lib.rr_session_audit_config_default()
        if about is not None:
            cfg.audit = lib.rr_audit_config_default(words.value("audit-about", about, "about"))
        put(cfg, given, settings.AUDIT)
        if iterations is None and cfg.audit.attribution.solver == abi.RR_SOLVER_STOCHASTIC:
            cfg.audit.attribution.iterations = 5000
        parts.check_audit(cfg.audit, given)
        if samples is not None:
            cfg.samples, cfg.count_samples = parts.ids(samples)
        parts.check_review(review)
        with decisions_file(flips, "flips") as file, self._use() as session:
            cfg.known = file
            if split is not None or cases is not None:
                number, taken = self._select(session, split, cases)
                parts.split(session, number)
                if cfg.audit.about == abi.RR_AUDIT_ABOUT_LABELS:
                    cfg.judged = number
                else:
                    cfg.split = number
            if review is not None:
                call("rr_session_check_output", session, arrays.string(review, "review"))
            with arrays.owned(abi.rr_audit, lib.rr_audit_free) as out:
                call("rr_session_audit", session, ctypes.byref(cfg), ctypes.byref(out))
                judged = parts.split(session, cfg.judged)
                result = lib.rr_audit_result_of(out).contents
                found = collect.audit(session, result, cfg, Dataset._share(judged))
                if found.split == "other":
                    found.split = taken
                if review is not None:
                    call("rr_audit_save_review", out, judged, arrays.string(review, "review"))
                    found.review = os.fspath(review)
                return found

    def duplicates(
        self,
        *,
        similarity: Optional[float] = None,
        distance: Optional[float] = None,
        near: Optional[bool] = None,
        review: Optional[Path] = None,
    ) -> Duplicates:
        """Groups of sequences whose inputs are equal or nearly so, in the training set and with the
        other splits; those with different labels first.

        similarity:  of near texts: words in both, of all of theirs (0.8).
        distance:    of near frames of one length: root mean square difference, in deviations (0.1).
        near:        False: equal inputs alone.
        review:      write the training sequences of the groups there, for :meth:`apply`, with
                     nothing decided; an existing file is kept.
        Raises       ArgumentError, FileError.
        """
        cfg = lib.rr_duplicates_config_default()
        put(cfg, {"similarity": similarity, "distance": distance, "near": near}, settings.DUPLICATES)
        parts.check_review(review)
        with self._use() as session:
            if review is not None:
                call("rr_session_check_output", session, arrays.string(review, "review"))
            with arrays.owned(abi.rr_duplicates, lib.rr_duplicates_free) as out:
                call("rr_session_duplicates", session, ctypes.byref(cfg), ctypes.byref(out))
                train = parts.split(session, abi.RR_SPLIT_TRAIN)
                found = duplicates.table(
                    session, lib.rr_duplicates_result_of(out).contents, Dataset._share(train)
                )
                if review is not None:
                    call("rr_duplicates_save_review", out, train, arrays.string(review, "review"))
                    found.review = os.fspath(review)
                return found

    def audit_steps(
        self,
        method: Optional[str] = None,
        *,
        key: Optional[str] = None,
        top: Optional[int] = None,
        flips: Any = None,
        review: Optional[Path] = None,
        seed: Optional[int] = None,
    ) -> StepAudit:
        """Rank the labels of single training steps, the most suspect first, of a run whose steps
        have labels.

        method:  combined (None), influence, self-confidence or random.
        key:     what two steps must have in common to match. None: state-symbol for symbols, else
                 transition.
        top:     steps listed with their evidence, and written by `review`.
        flips:   known wrong labels of steps, to evaluate the ranking: as of :meth:`audit`, with the
                 column step.
        review:  write the first `top` there, for :meth:`apply`; an existing file is kept.
        seed:    of random.
        Raises   ArgumentError (training steps without labels, another method), FileError;
                 KeyboardInterrupt.
        """
        given = {"method": method, "key": key, "top": top, "seed": seed}
        parts.check_review(review)
        with decisions_file(flips, "flips") as file, self._use() as session:
            cfg = abi.rr_session_step_audit_config()
            call("rr_session_step_audit_question", session, ctypes.byref(cfg))
            put(cfg, given, settings.STEP_AUDIT)
            cfg.known = file
            if review is not None:
                call("rr_session_check_output", session, arrays.string(review, "review"))
            with arrays.owned(abi.rr_step_audit, lib.rr_step_audit_free) as out:
                call("rr_session_audit_steps", session, ctypes.byref(cfg), ctypes.byref(out))
                train = parts.split(session, abi.RR_SPLIT_TRAIN)
                result = lib.rr_step_audit_result_of(out).contents
                found = collect.step_audit(session, result, cfg, Dataset._share(train))
                if review is not None:
                    call("rr_step_audit_save_review", out, train, arrays.string(review, "review"))
                    found.review = os.fspath(review)
                return found

    def label_issues(self, **settings: Any) -> Table:
        """Whose label is likely wrong.

        settings:  those of :meth:`audit` about labels: method combined (None), influence,
                   neighbours, self-confidence or dynamics, split (None: train), folds.
        Returns    Table, a row a sequence in their order, index id: is_label_issue (another
                   label is more likely), label_score (0..1, low = bad: exp(-score) of the audit),
                   given_label, suggested_label (the likeliest), predicted_label (by the network).
        Raises     as :meth:`audit`; ArgumentError (a method whose score is no probability).
        """
        method = settings.get("method")
        if method not in (
            None, "combined", "influence", "neighbours", "self-confidence", "dynamics"
        ):
            raise ArgumentError(
                f"method is {method!r}: a label score is made of combined, influence, "
                "neighbours, self-confidence or dynamics"
            )
        audit = self.audit("labels", **settings)
        assert audit.likeliest is not None and audit.labels is not None
        with self._use() as session:
            number = words.value("split", audit.labels, "split")
            judged = Dataset._share(parts.split(session, number))
            p = parts.predictions(session, number)
            prediction = arrays.copy(p.prediction, len(judged))
        return issue_table(judged.labels, audit.likeliest, prediction, audit.scores, audit.class_names)

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
                run=self._adopt(child, self._callbacks),
                relabelled=effect.relabelled,
                dropped=effect.dropped,
                kept=effect.kept,
                steps=effect.steps,
                outcome=outcome_of(effect.outcome) if effect.compared else None,
            )

    def child(
        self,
        output: Path,
        *,
        removed: Any = None,
        relabelled: Optional[Mapping[Any, Class]] = None,
        additions: Optional[Dataset] = None,
        retrain: Optional[str] = None,
        epochs: Optional[int] = None,
        learning_rate: Optional[float] = None,
        seed: Optional[int] = None,
    ) -> Any:
        """Train a new run on an edited copy of this run's present training set.

        output:      directory of the new run.
        removed:     numbers of training sequences to leave out.
        relabelled:  number of a training sequence, or (number, step from 1), -> its class.
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
                steps, n = step_relabelling(relabelled, train)
                edits.steps, edits.count_steps = ctypes.cast(steps, type(edits.steps)), n
                whole = {i: c for i, c in relabelled.items() if not isinstance(i, tuple)}
                ids, labels, n = relabelling(whole, train)
                edits.relabelled = ctypes.cast(ids, type(edits.relabelled))
                edits.labels = ctypes.cast(labels, type(edits.labels))
                edits.count_relabelled = n
                keep += [steps, ids, labels]
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
            return self._adopt(child, self._callbacks)
