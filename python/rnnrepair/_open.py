# SPDX-License-Identifier: MIT
"""An open run directory: its session, its splits, the runs made from it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pathlib
import weakref
from collections.abc import Iterator
from typing import Any, Optional, Union

from . import _abi as abi
from . import _arrays as arrays
from . import _session as parts
from . import _words as words
from ._callbacks import Callbacks, Report
from ._errors import UnsupportedError
from ._folder import Folder
from ._handle import Handle
from ._library import call, lib
from ._session import Path
from .data import Dataset
from .states import States
from .states_file import StatesFile


Class = Union[int, str]


class OpenRun:
    """An open run directory, for one thread at a time."""

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
        self._written: Optional[tuple[States, Any, str]] = None
        self._other: Optional[tuple[bytes, int, int]] = None

    @classmethod
    def _adopt(cls, pointer: Any, callbacks: Callbacks) -> Any:
        run = cls.__new__(cls)
        run._take(pointer, callbacks)
        return run

    @contextlib.contextmanager
    def _use(self) -> Iterator[Any]:
        """The session, for a call that may report and be interrupted."""
        with self._handle.use() as session, self._callbacks.active():
            yield session

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
        self._forget()
        self._handle.close()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __reduce__(self) -> Any:
        raise UnsupportedError("a Run cannot be pickled or copied: open its directory again by Run(path)")

    def __repr__(self) -> str:
        return f"<Run {self.path}{' (closed)' if self.closed else ''}>"

    def data(self, split: str = "train") -> Dataset:
        """A split of the run's data as arrays, with the run's edits in train.

        Raises  ArgumentError (no such split), FileError (the data are not where they were),
                MismatchError (their content has changed).
        """
        number = words.value("split", split, "split")
        with self._use() as session:
            return Dataset._share(parts.split(session, number))

    def _spec(self, foreign: Any) -> Optional[str]:
        """The spec of other data; States are written to a file that goes with the run."""
        if isinstance(foreign, StatesFile):
            return f"states:{os.fspath(foreign.path)}"
        if not isinstance(foreign, States):
            return foreign
        if self._written is None or self._written[0] is not foreign:
            folder = Folder()
            file = os.path.join(folder.path, "states.npz")
            foreign.save(file)
            self._written = (foreign, folder, f"states:{file}")
        return self._written[2]

    def _select(
        self, session: Any, split: Optional[str], foreign: Any
    ) -> tuple[int, str]:
        """(the number of a split, its name); other data are opened."""
        if isinstance(foreign, StatesFile) and split is None:
            split = foreign.split
        foreign = self._spec(foreign)
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

    def _open(self, path: str, session: Any) -> Any:
        """A run that the library has trained for this one, with its threads and callbacks."""
        cfg = parts.session_config(self._callbacks, None, None, None)
        cfg.threads = lib.rr_session_threads(session)
        out = ctypes.POINTER(abi.rr_session)()
        call("rr_session_open", os.fsencode(path), ctypes.byref(cfg), ctypes.byref(out))
        return self._adopt(out, self._callbacks)

    def _forget(self) -> None:
        """Close what borrows from the models that are about to be replaced."""
        for child in list(self._children):
            child.close()
