# SPDX-License-Identifier: MIT
"""A run as a whole: its abstract states, the trust in its influence model, another run beside it."""

from __future__ import annotations

import contextlib
import ctypes
import os
from typing import Any, Optional, Union

from . import _abi as abi
from . import _arrays as arrays
from . import _overview as overview
from . import _words as words
from ._errors import ArgumentError
from ._library import call, lib
from ._open import OpenRun
from ._overview import Comparison, StateSummary, Trust
from ._session import Path
from ._settings import SIZE, put

_SUMMARY = {name: (name, SIZE) for name in ("words", "ways", "errors", "least")}


def _split(split: Optional[str]) -> int:
    return -1 if split is None else words.value("split", split, "split")


class Overviews(OpenRun):
    """The calls of a run about all of it."""

    def states_summary(
        self,
        split: Optional[str] = None,
        *,
        words: Optional[int] = None,
        ways: Optional[int] = None,
        errors: Optional[int] = None,
        least: Optional[int] = None,
    ) -> StateSummary:
        """What each abstract state stands for: who passes it, what is predicted and labelled there,
        typical words or the mean frame, ways in and out, the errors that end there.

        split:   whose errors are counted; None: test, else dev, else train.
        words:   typical words of a state, at most; least: a word must have so many training steps.
        ways:    ways into a state, and out of it, at most.
        errors:  errors listed of each state, at most; None: all.
        Raises   ArgumentError (no such split), FileError (no influence model).
        """
        cfg = lib.rr_state_summary_config_default()
        put(cfg, {"words": words, "ways": ways, "errors": errors, "least": least}, _SUMMARY)
        cfg.split = _split(split)
        with self._use() as session:
            with arrays.owned(abi.rr_state_summary, lib.rr_state_summary_free) as out:
                call("rr_session_state_summary", session, ctypes.byref(cfg), ctypes.byref(out))
                return overview.summary(session, out.contents)

    def trust(self) -> Trust:
        """Whether the influence model is to be trusted, in figures and plain sentences:
        explanations, audits and repairs rest on it.

        Raises  FileError (no influence model).
        """
        with self._use() as session:
            with arrays.owned(abi.rr_trust, lib.rr_trust_free) as out:
                call("rr_session_trust", session, ctypes.byref(out))
                return overview.trust(out.contents)

    def compare(self, other: Union[Path, OpenRun], split: Optional[str] = None) -> Comparison:
        """What another run on the same data answers otherwise; this one is before.

        other:   a run, or its directory.
        split:   None: test, else dev, else train; on train both answer this run's training set.
        Raises   ArgumentError (this run itself, no such split), MismatchError (other data or
                 classes), FileError.
        """
        if other is self:
            raise ArgumentError("other is this run: a comparison needs two")
        cfg = lib.rr_compare_config_default()
        cfg.split = _split(split)
        with self._use() as session, contextlib.ExitStack() as stack:
            if not isinstance(other, OpenRun):
                other = stack.enter_context(self._open(os.fspath(other), session))
            second = stack.enter_context(other._handle.use())
            with arrays.owned(abi.rr_comparison, lib.rr_comparison_free) as out:
                call("rr_session_compare", session, second, ctypes.byref(cfg), ctypes.byref(out))
                return overview.comparison(session, out.contents)
