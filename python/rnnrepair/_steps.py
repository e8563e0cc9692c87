# SPDX-License-Identifier: MIT
"""Questions about states whose steps have labels of their own: taggers, spoken words, activities."""

from __future__ import annotations

import ctypes
from contextlib import ExitStack
from typing import Any, Dict, List, Optional

import numpy as np

from . import _abi, _arrays, _words
from ._callbacks import Callbacks, Report
from ._callbacks import pointer as pointer_to
from ._errors import ArgumentError
from ._explanation import named
from ._fitted import Asked, Fitted, opened
from ._library import call, lib
from ._table import Table

_SPAN = ("first", "last", "label", "prediction", "wrong")


class StepAnalyses(Fitted):
    """The calls of an InfluenceModel about labels of steps."""

    def spans(self, states: Asked) -> Table:
        """The spans of sequences: as many successive steps as possible that have one label, such as
        a spoken word or a phrase.

        Args:
            states: the sequences, with labels of steps

        Returns:
            Table: sample, first, last (steps, from 1), label, prediction (the most frequent of its
            steps), wrong (its steps predicted otherwise than labelled)

        Raises:
            NotFittedError, ArgumentError (steps without labels), ShapeError, MismatchError
        """
        traces = self._traces(states)
        samples: List[int] = []
        parts: List[Dict[str, np.ndarray]] = []
        for i in range(len(traces)):
            trace = traces.at(i)
            if not trace.step_labels:
                raise ArgumentError("states have no labels of steps, and so no spans")
            rows = (_abi.rr_span * trace.steps)()
            count = ctypes.c_size_t()
            call("rr_trace_spans", ctypes.byref(trace), self.n_classes_, rows, ctypes.byref(count))
            pointer = ctypes.cast(rows, ctypes.POINTER(_abi.rr_span))
            parts.append(_arrays.columns(pointer, count.value, *_SPAN))
            samples += [i] * count.value
        columns: Dict[str, Any] = {"sample": np.array(samples, np.int64)}
        for name in _SPAN:
            columns[name] = np.concatenate([part[name] for part in parts])
        return Table(named(columns, self.class_names_, "label", "prediction"))

    def attribute_span(
        self,
        states: Asked,
        i: int,
        first: int,
        last: Optional[int] = None,
        k: int = 10,
        label: Optional[int] = None,
        measure: str = "auto",
    ) -> Table:
        """The spans of the training set that are most behind some steps: *which training recordings
        are responsible for this wrong sound?*

        Args:
            states: the sequences
            i: the number of one of them, from 0
            first, last: its steps, from 1; last None: `first` alone
            k: most spans listed
            label: only spans with this label, by number; None: any
            measure: how spans are compared, "votes", "cosine" or "lp"; "auto": the library's default

        Returns:
            Table, most influential first: sequence (training id), first, last, label, prediction,
            wrong, score (0..1)

        Raises:
            NotFittedError, RangeError (i), ArgumentError (steps; training steps without labels)
        """
        inf = self._fitted()
        traces, _ = self._one(states, i)
        begin = _arrays.whole(first, "first", 1)
        end = begin if last is None else _arrays.whole(last, "last", begin)
        query = lib.rr_span_query_default()
        if measure != "auto":
            query.measure = _words.value("span-measure", measure, "measure")
        if label is not None:
            query.label = _arrays.whole(label, "label", 0, self.n_classes_ - 1)
        most = _arrays.whole(k, "k", 1)
        spans, key = ctypes.POINTER(_abi.rr_spans)(), self._key(self._vocabulary, "transition")
        call("rr_spans_new", inf, key, ctypes.byref(spans))
        try:
            most = min(most, lib.rr_spans_count(spans))
            rows = (_abi.rr_span_match * max(1, most))()
            found = ctypes.c_size_t()
            trace = traces.at(0)
            call(
                "rr_spans_nearest",
                spans,
                ctypes.byref(query),
                ctypes.byref(trace),
                begin,
                end,
                most,
                rows,
                ctypes.byref(found),
            )
        finally:
            lib.rr_spans_free(spans)
        pointer = ctypes.cast(rows, ctypes.POINTER(_abi.rr_span_match))
        names = ("span.sequence", *(f"span.{name}" for name in _SPAN), "score")
        columns = _arrays.columns(pointer, found.value, *names)
        return Table(named(columns, self.class_names_, "label", "prediction"))

    def step_issues(
        self,
        method: str = "auto",
        train: Optional[Asked] = None,
        *,
        progress: Report = None,
    ) -> Table:
        """Labels of single training steps, ranked by how likely they are wrong, as ``rnnrepair
        audit`` ranks them.

        Args:
            method: "influence" (how well the label is supported by training steps of the same
                state, input and prediction), "self-confidence" (the network's probability of it) or
                "combined"; "auto": combined where `train` is given and has probabilities, else
                influence
            train: the states the model was fitted on, for their probabilities
            progress: as in fit()

        Returns:
            Table, most suspect first: sequence (training id), step (from 1), label_score (0..1, low
            = bad: exp of minus the audit's score), given_label, suggested_label (the prediction, or
            where that is the given one the best supported other), predicted_label

        Raises:
            NotFittedError, ArgumentError (training steps without labels), UnsupportedError (a method
            that needs probabilities, without them), MismatchError (train is another training set)
        """
        inf = self._fitted()
        states = None if train is None else opened(train)
        cfg = lib.rr_step_audit_config_default()
        if method == "auto":
            known = states is not None and states.has_probabilities
            method = "combined" if known else "influence"
        cfg.method = _words.value("audit-method", method, "method")
        cfg.top = max(1, self.n_steps_)
        callbacks = Callbacks(progress)
        with ExitStack() as stack:
            out = stack.enter_context(_arrays.owned(_abi.rr_step_audit, lib.rr_step_audit_free))
            source = None
            if states is not None:
                self._check_fit(states)
                source = stack.enter_context(states.source(self.n_classes_, self._vocabulary))
            with callbacks.active():
                call(
                    "rr_step_audit_run",
                    ctypes.byref(cfg),
                    inf,
                    None if source is None else ctypes.byref(source),
                    None,
                    pointer_to(callbacks),
                    ctypes.byref(out),
                )
            result = lib.rr_step_audit_result_of(out).contents
            names = ("sequence", "step", "score", "given", "suggested", "prediction")
            rows = _arrays.columns(result.rows, result.count_rows, *names)
        columns = {
            "sequence": rows["sequence"],
            "step": rows["step"],
            "label_score": np.exp(-rows["score"]),
            "given_label": rows["given"],
            "suggested_label": rows["suggested"],
            "predicted_label": rows["prediction"],
        }
        labels = ("given_label", "suggested_label", "predicted_label")
        return Table(named(columns, self.class_names_, *labels))
