# SPDX-License-Identifier: MIT
"""What the library reports during a long call, and how it is asked to stop: progress, notes,
Ctrl-C."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Union

from . import _abi as abi
from ._errors import ArgumentError
from ._library import text

_log = logging.getLogger("rnnrepair")
_FUNCTIONS: dict[str, Any] = {field[0]: field[1] for field in abi.rr_callbacks._fields_}


class Epoch(NamedTuple):
    """A finished epoch of a training. Accuracies are fractions, 0..1, None where not measured."""

    epoch: int
    loss: float
    train_accuracy: float | None
    dev_accuracy: float | None
    test_accuracy: float | None
    seconds: float
    sequences_per_second: float


class Progress(NamedTuple):
    """How far a long call is."""

    phase: str | None  #: "epoch 2/5", "cluster"; None: the last phase has ended
    unit: str  #: what is counted, as "sequences"
    done: int
    total: int  #: 0 = unknown
    remark: str  #: figures, as "loss 0.2143"; "" = none
    epoch: Epoch | None  #: the epoch that has just ended, else None


#: None: a line on stderr where that is a terminal; False: nothing; else a function.
Report = Union[None, bool, Callable[[Progress], Any]]


def epoch_of(e: Any) -> Epoch:
    """An rr_run_epoch."""
    train, dev, test = (
        None if a < 0 else a for a in (e.train_accuracy, e.dev_accuracy, e.test_accuracy)
    )
    return Epoch(e.epoch, e.loss, train, dev, test, e.seconds, e.sequences_per_second)


class _Line:
    """One line on stderr, drawn again in place."""

    def __init__(self) -> None:
        self.phase: str | None = None
        self.drawn = 0.0
        self.shown = False

    def __call__(self, at: Progress) -> None:
        if at.phase is None:
            self.clear()
            return
        now = time.monotonic()
        if at.phase == self.phase and now - self.drawn < 0.1:
            return
        self.phase, self.drawn = at.phase, now
        part = f" {100 * min(at.done, at.total) // at.total:3d}%" if at.total else f" {at.done}"
        line = f"{at.phase}{part}  {at.remark}".rstrip()
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r{line[:width]}\033[K")
        sys.stderr.flush()
        self.shown = True

    def clear(self) -> None:
        if self.shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
        self.phase, self.shown = None, False


class Callbacks:
    """Callbacks for rr_callbacks; lives as long as whoever holds `struct`.

    An exception in the function that gets the progress, and one of a signal's handler, as the
    KeyboardInterrupt of Ctrl-C, ends the call and is raised when it has returned.

    progress:  None for a line on stderr where that is a terminal, False for nothing, or a function
               that gets a Progress.
    notes:     what the library has to say, oldest first; also logged as INFO by "rnnrepair".
    """

    def __init__(self, progress: Report = None) -> None:
        if not (progress is None or isinstance(progress, bool) or callable(progress)):
            raise ArgumentError(
                f"progress: expected None, False or a function, not {progress!r}"
            )
        self.notes: list[str] = []
        self._line: _Line | None = None
        self._report: Callable[[Progress], Any] | None = None
        if callable(progress):
            self._report = progress
        elif progress is True or (progress is None and sys.stderr and sys.stderr.isatty()):
            self._report = self._line = _Line()
        self._own = threading.local()
        functions: dict[str, Any] = {"note": self._note, "cancelled": self._cancelled}
        if self._report is not None:
            functions["progress"] = self._progress
        #: of the type rr_callbacks; it borrows from this object
        self.struct = abi.rr_callbacks()
        for name, function in functions.items():
            setattr(self.struct, name, _FUNCTIONS[name](function))

    def _guard(self, function: Callable[..., Any], *args: Any) -> None:
        try:
            function(*args)
        except BaseException as error:  # it must not cross the library
            self._own.pending = error

    def _progress(self, _: Any, pointer: Any) -> None:
        self._guard(self._show, pointer)

    def _show(self, pointer: Any) -> None:
        at = pointer.contents
        assert self._report is not None
        self._report(
            Progress(
                phase=None if at.phase is None else text(at.phase),
                unit=text(at.unit),
                done=at.done,
                total=at.total,
                remark=text(at.remark),
                epoch=epoch_of(at.epoch.contents) if at.epoch else None,
            )
        )

    def _note(self, _: Any, note: bytes) -> None:
        self._guard(self._take_note, note)

    def _take_note(self, note: bytes) -> None:
        self.note(text(note))

    def note(self, note: str) -> None:
        """Take a remark, as one of the library."""
        if self._line is not None:
            self._line.clear()
        self.notes.append(note)
        _log.info("%s", note)

    def _cancelled(self, _: Any) -> int:
        return int(getattr(self._own, "pending", None) is not None)

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Around a call: signals are kept until it has returned, and ask it to stop."""
        outer, self._own.pending = getattr(self._own, "pending", None), None
        previous = None
        if threading.current_thread() is threading.main_thread():
            previous = signal.getsignal(signal.SIGINT)
        handler: Any = previous if callable(previous) else None
        if handler is not None:
            signal.signal(signal.SIGINT, lambda *at: self._guard(handler, *at))
        failed: BaseException | None = None
        try:
            yield
        except BaseException as error:
            failed = error
        finally:
            if handler is not None:
                signal.signal(signal.SIGINT, handler)
            if self._line is not None:
                self._line.clear()
        pending, self._own.pending = self._own.pending, outer
        if pending is not None:
            raise pending.with_traceback(None) from failed
        if failed is not None:
            raise failed


#: The struct of no callbacks.
NONE = abi.rr_callbacks()


def pointer(callbacks: Callbacks | None) -> Any:
    """A pointer to pass on, NULL for None."""
    return None if callbacks is None else ctypes.byref(callbacks.struct)
