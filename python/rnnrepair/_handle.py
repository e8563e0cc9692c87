# SPDX-License-Identifier: MIT
"""Objects of the library: who may use one, and when it is released."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from ._errors import ClosedError, ThreadError


def _release(release: Callable[[Any], None], pointer: Any, process: int, _: Any) -> None:
    if os.getpid() == process:  # a forked child shares the files and locks, and owns none of them
        release(pointer)


class Handle:
    """A pointer that the library gave, in the hands of one thread at a time.

    what:     what messages call the object, as "the run r".
    pointer:  owned: release(pointer) is called by close(), or when the handle is collected.
    keep:     what must live as long.
    """

    def __init__(
        self, what: str, pointer: Any, release: Callable[[Any], None], keep: Any = None
    ) -> None:
        self.what = what
        self._pointer = pointer
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._user: int | None = None
        self._finalizer = weakref.finalize(self, _release, release, pointer, self._process, keep)

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return not self._finalizer.alive

    def check(self) -> None:
        """ClosedError, or ThreadError where the object belongs to another process."""
        if self._process != os.getpid():
            raise ThreadError(
                f"{self.what} was opened by process {self._process}, and this one is a fork of it: "
                "open it again here"
            )
        if self.closed:
            raise ClosedError(f"{self.what} is closed")

    @contextlib.contextmanager
    def use(self) -> Iterator[Any]:
        """The pointer, while no other thread has it."""
        self.check()
        if not self._lock.acquire(blocking=False):
            if self._user == threading.get_ident():
                raise ThreadError(f"{self.what} is in use: a callback of its own call cannot use it")
            raise ThreadError(
                f"{self.what} is in use by another thread: wait for it, or open it once a thread"
            )
        try:
            self.check()
            self._user = threading.get_ident()
            yield self._pointer
        finally:
            self._user = None
            self._lock.release()

    def close(self) -> None:
        """Release the object; a second call does nothing."""
        if self.closed or self._process != os.getpid():
            return
        with self.use():
            self._finalizer()
