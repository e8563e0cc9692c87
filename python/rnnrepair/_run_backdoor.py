# SPDX-License-Identifier: MIT
"""Triggers of backdoors in a run on text."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any, Optional, Union

import numpy as np

from . import _abi as abi
from . import _arrays as arrays
from . import _collect as collect
from . import _session as parts
from . import _settings as settings
from ._backdoor import Trigger
from ._explanation import named
from ._library import call, lib
from ._open import Class, OpenRun
from ._settings import put
from ._sources import placed
from ._table import Table
from ._words import word
from .data import Dataset


class Backdoors(OpenRun):
    """The calls of a run about triggers."""

    def scan(
        self,
        *,
        target: Optional[Class] = None,
        top: Optional[int] = None,
        support: Optional[int] = None,
        threshold: Optional[float] = None,
        seed: Optional[int] = None,
    ) -> Table:
        """Search single words that behave like the trigger of a backdoor, on a run on text. Where
        every step has an output, words after which the label of the next step is turned.

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
            with arrays.owned(abi.rr_scan, lib.rr_scan_free) as out:
                call("rr_session_scan", session, ctypes.byref(cfg), ctypes.byref(out))
                n = ctypes.c_size_t()
                rows = lib.rr_scan_candidates(out, ctypes.byref(n))
                count = n.value if top is None else min(n.value, most)
                return collect.candidates(rows, count, train, limit)

    def scan_traces(self, *, neighbours: Optional[int] = None, seed: Optional[int] = None) -> Table:
        """Rank the training sequences by patterns that give their labels away, without a trigger
        word: their first states tell the label before the content can (opening), or are another
        class's until late (turn). Where a class has far more of them than the others, it stands
        out, and those above a cut are flagged: ``run.child(output, removed=...)`` trains without
        them.

        neighbours: training sequences with the nearest states that are asked for their labels.
        seed:       of the sequences that are compared with.
        Returns     Table, flagged and most suspicious first: id, label, pattern, score, own_first
                    and own_last (share of the own label among the nearest after the first and the
                    last step), other (the largest share of another label on the way), flagged.
        Raises      UnsupportedError (a run whose steps have labels), FileError; KeyboardInterrupt.
        """
        cfg = lib.rr_pattern_config_default()
        put(cfg, {"neighbours": neighbours, "seed": seed}, settings.PATTERNS)
        with self._use() as session:
            train = Dataset._share(parts.split(session, abi.RR_SPLIT_TRAIN))
            with arrays.owned(abi.rr_pattern_scan, lib.rr_pattern_scan_free) as out:
                call("rr_session_scan_patterns", session, ctypes.byref(cfg), ctypes.byref(out))
                n = ctypes.c_size_t()
                rows = lib.rr_pattern_suspects(out, ctypes.byref(n))
                fields = ("id", "label", "pattern", "score", "other", "flagged")
                of: dict[str, Any] = arrays.columns(rows, n.value, *fields)
                of["pattern"] = [word("pattern", int(p)) for p in of["pattern"]]
                of["own_first"] = np.array([rows[i].own[0] for i in range(n.value)])
                of["own_last"] = np.array([rows[i].own[1] for i in range(n.value)])
                of["flagged"] = of["flagged"].astype(bool)
                return Table(placed(named(of, train.class_names, "label"), train._pointer))

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
        position:  where an attack inserts it: start, end, random or learned. Of a run with an
                   output at every step it is right before the step; learned takes only steps in
                   states in which it was learned.
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
