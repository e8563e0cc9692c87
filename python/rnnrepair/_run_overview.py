# SPDX-License-Identifier: MIT
"""A run as a whole: its abstract states, the trust in its influence model, another run beside it; and
all of these as a page."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator
from typing import Any, Optional, Union

from . import _abi as abi
from . import _arrays as arrays
from . import _overview as overview
from . import _report as page
from . import _words as words
from ._errors import ArgumentError, Error
from ._library import call, lib
from ._open import OpenRun
from ._overview import Comparison, StateSummary, Trust
from ._report import Report
from ._session import Path
from ._settings import FLAG, SIZE, SIZE_OR_0, put, refuse

_SUMMARY = {name: (name, SIZE) for name in ("words", "ways", "errors", "least")}
_PAGE = {"audit": ("audit", SIZE_OR_0), "triggers": ("triggers", FLAG)}


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
        cfg = lib.rr_compare_config_default()
        cfg.split = _split(split)
        with self._use() as session, self._beside(other, session, "other") as second:
            with arrays.owned(abi.rr_comparison, lib.rr_comparison_free) as out:
                call("rr_session_compare", session, second, ctypes.byref(cfg), ctypes.byref(out))
                found = overview.comparison(session, out.contents)
        return found

    def report(
        self,
        path: Optional[Path] = None,
        *,
        with_: Union[None, Path, OpenRun] = None,
        alone: Optional[bool] = None,
        size: Optional[float] = None,
        audit: Optional[int] = None,
        triggers: Optional[bool] = None,
    ) -> Report:
        """The run as one HTML page, to be opened in a browser: its errors, their steps, states and
        training sequences, the audit of its labels, candidates for triggers, and what may be
        trusted. The page holds its data and asks no network for anything; the same run gives the
        same bits.

        path:      the file to write, a name that ends in .html. None: a temporary file, which goes
                   with the Report; a notebook shows it, and :meth:`Report.save` keeps it.
        with_:     compare with this run on the same data, or its directory. None: with the run it
                   was retrained from, if that is still there, else a note says why not.
        alone:     compare with no other run.
        size:      largest file in bytes; 0 = no limit. None: 20e6. Inputs that do not fit are
                   stored coarser, then left out.
        audit:     labels of the training set listed, most suspect first; 0 = no audit.
        triggers:  whether triggers are searched.
        Raises     ArgumentError (this run itself, a name that does not end in .html, a size that
                   holds not even the essential), MismatchError (other data), FileError (no epoch is
                   finished); KeyboardInterrupt: nothing is written. What the run lacks, or does not
                   fit, is in :attr:`Report.left_out`.
        """
        if alone:
            refuse({"with_": with_}, "with_", "alone")
        if path is not None:
            page.checked(path)
        cfg = lib.rr_page_config_default()
        put(cfg, {"audit": audit, "triggers": triggers}, _PAGE)
        if size is not None:
            cfg.most = arrays.whole(int(arrays.real(size, "size")), "size")
        with self._use() as session, contextlib.ExitStack() as stack:
            if with_ is not None:
                setattr(cfg, "with", stack.enter_context(self._beside(with_, session, "with_")))
            elif not (alone is not None and arrays.flag(alone, "alone")):
                setattr(cfg, "with", self._parent(session, stack))
            report = page.written(session, cfg, path)
        return report

    @contextlib.contextmanager
    def _beside(self, other: Union[Path, OpenRun], session: Any, argument: str) -> Iterator[Any]:
        """The session of another run, opened where a directory is given."""
        if other is self:
            raise ArgumentError(f"{argument} is this run: a comparison needs two")
        with contextlib.ExitStack() as stack:
            if isinstance(other, OpenRun):
                run = other
            else:
                run = stack.enter_context(self._open(os.fspath(other), session))
            yield stack.enter_context(run._handle.use())

    def _parent(self, session: Any, stack: contextlib.ExitStack) -> Any:
        """The session of the run that this one was retrained from; None where it is no longer
        there, which a note says."""
        parent = lib.rr_run_settings_of(lib.rr_session_run(session)).parent
        if parent is None:
            return None
        try:
            run = stack.enter_context(self._open(os.fsdecode(parent), session))
            second = stack.enter_context(run._handle.use())
            if lib.rr_run_has_model(lib.rr_session_run(second)):
                return second
            why = "it has no model"
        except Error as error:
            why = str(error)
        self._callbacks.note(f"not compared with the run it was retrained from: {why}")
        return None
