# SPDX-License-Identifier: MIT
"""Explanations of the predictions of a run."""

from __future__ import annotations

import ctypes
from typing import Any, Optional, Union

from . import _abi as abi
from . import _arrays as arrays
from . import _collect as collect
from . import _session as parts
from . import _settings as settings
from . import _words as words
from ._errors import ArgumentError
from ._explanation import Explanation
from ._library import call, lib
from ._open import Class, OpenRun
from ._results import Localization, Reach, SpanLocalization
from ._session import Path
from ._settings import SIZE, put, refuse
from .states import States
from .states_file import StatesFile


def _question(given: dict, truth_class: Optional[Class], samples: Any) -> tuple[Any, Any]:
    """The settings and the errors of a search for suspect steps: rr_localize_config and
    rr_error_filter. given holds the arguments rule, gamma and key."""
    cfg = lib.rr_localize_config_default()
    put(cfg, given, settings.LOCALIZE)
    if cfg.rules == abi.RR_RULE_FLIP:
        refuse(given, "gamma", "rule flip")
    which = abi.rr_error_filter()
    if truth_class is not None:
        which.truth = arrays.string(str(truth_class), "truth_class")
    if samples is not None:
        which.ids, which.count = parts.ids(samples)
    return cfg, which


class Explains(OpenRun):
    """The calls of a run about single sequences."""

    def explain(
        self,
        sample: Optional[int] = None,
        split: Optional[str] = None,
        *,
        text: Optional[str] = None,
        label: Optional[Class] = None,
        step: Optional[int] = None,
        steps: Optional[tuple[int, int]] = None,
        spans: Optional[str] = None,
        top: Optional[int] = None,
        measure: Optional[str] = None,
        norm: Optional[float] = None,
        key: Optional[str] = None,
        picture: Optional[Path] = None,
        foreign: Union[None, str, States, StatesFile] = None,
    ) -> Explanation:
        """Explain a prediction by the training sequences behind it.

        sample:   number of the sequence in the split; None: its first error.
        split:    train, dev or test. None: test; of foreign data test or the only one.
        text:     explain this text instead, on a run on text; label: its true class.
        step:     also list the training sequences that match this step, from 1.
        steps:    (first, last): what is behind these steps together, where training steps have
                  labels: the labels of matching steps, and spans of steps with one label. None: of a
                  run with an output at every step the first misread span.
        spans:    how spans are compared: votes, cosine or lp.
        top:      number of most influential training sequences searched for. None: a twentieth of
                  all, from 10 to 100.
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
            question.spans = lib.rr_span_query_default()
            put(question.spans, {"spans": spans}, {"spans": ("measure", "span-measure")})
            if steps is not None:
                refuse({"step": step}, "step", "steps")
                question.step, question.last_step = parts.span(steps)
            parts.put_query(question.cfg.query, measure, norm, key)
            question.text = arrays.optional(text, "text")
            question.label = None if label is None else arrays.string(str(label), "label")
            if picture is not None:
                path = arrays.string(picture, "picture")
                call("rr_session_check_output", session, path)
            with arrays.owned(abi.rr_answer, lib.rr_answer_free) as out:
                call("rr_session_explain", session, ctypes.byref(question), ctypes.byref(out))
                found = collect.explanation(session, out, question, name)
                if picture is not None:
                    call("rr_picture_answer", session, out, path)
                return found

    def explain_training(
        self,
        training: int,
        split: Optional[str] = None,
        *,
        key: Optional[str] = None,
        foreign: Union[None, str, States, StatesFile] = None,
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
            with arrays.owned(abi.rr_reach, lib.rr_reach_free) as out:
                call("rr_session_touched", session, number, id, kind, ctypes.byref(out))
                return collect.reach(out.contents, name, words.word("key", kind))

    def localize(
        self,
        split: Optional[str] = None,
        *,
        rule: Optional[str] = None,
        gamma: Optional[int] = None,
        key: Optional[str] = None,
        punctuation: Optional[bool] = None,
        truth_class: Optional[Class] = None,
        samples: Any = None,
        foreign: Union[None, str, States, StatesFile] = None,
    ) -> Localization:
        """The suspect steps of the errors of a split.

        rule:         rare: few training sequences have the step's key; flip: the prediction turned
                      from the truth for the last time; both: either.
        gamma:        rare: fewer matching training sequences than this.
        key:          what two steps must have in common to match.
        punctuation:  True: marks of punctuation can be suspect, too.
        truth_class:  only errors of this true class.
        samples:      only these errors, by number.
        foreign:      the spec of other data; where they have no labels, every sequence is looked
                      through by the rule rare.
        Raises        ArgumentError (a sample that is no error, no such class), FileError.
        """
        given = {"rule": rule, "gamma": gamma, "key": key, "punctuation": punctuation}
        cfg, which = _question(given, truth_class, samples)
        with self._use() as session:
            number, name = self._select(session, split, foreign)
            with arrays.owned(abi.rr_localization, lib.rr_localization_free) as out:
                call(
                    "rr_session_localize",
                    session,
                    number,
                    ctypes.byref(cfg),
                    ctypes.byref(which),
                    ctypes.byref(out),
                )
                return collect.localization(session, out.contents, cfg, name)

    def localize_spans(
        self,
        split: Optional[str] = None,
        *,
        rule: Optional[str] = None,
        gamma: Optional[int] = None,
        key: Optional[str] = None,
        truth_class: Optional[Class] = None,
        samples: Any = None,
        foreign: Union[None, str, States, StatesFile] = None,
    ) -> SpanLocalization:
        """The misread spans of a split whose steps have labels, and their suspect steps: successive
        steps with one label, half of which or more are predicted otherwise.

        truth_class:  only spans with this label.
        samples:      only these sequences, by number.
        Raises        ArgumentError (steps without labels, no such class or sequence), FileError.
                      Other arguments as of :meth:`localize`; the flip is where the prediction last
                      turned from the span's label.
        """
        given = {"rule": rule, "gamma": gamma, "key": key}
        cfg, which = _question(given, truth_class, samples)
        with self._use() as session:
            number, name = self._select(session, split, foreign)
            release = lib.rr_span_localization_free
            with arrays.owned(abi.rr_span_localization, release) as out:
                call(
                    "rr_session_localize_spans",
                    *(session, number, ctypes.byref(cfg), ctypes.byref(which), ctypes.byref(out)),
                )
                return collect.misread_spans(session, out.contents, cfg, name)
