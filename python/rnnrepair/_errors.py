# SPDX-License-Identifier: MIT
"""The exceptions of the package, and how a status of the library becomes one of them.

Every exception is an :class:`Error`, and by what went wrong also the built-in one that says so:
``except ValueError`` catches a wrong argument, ``except OSError`` a file that cannot be read.
"""

from __future__ import annotations

import re
from typing import Optional

from . import _abi


class Error(Exception):
    """A call failed.

    Attributes:
        status: the word of the library's status, ``"argument"``, ``"shape"``, ...
        where: the byte, row or step the message speaks of; None where none applies
    """

    status = "error"

    def __init__(self, message: str, where: Optional[int] = None) -> None:
        super().__init__(message)
        self.where = where


class ArgumentError(Error, ValueError):
    """An argument is outside its documented range."""

    status = "argument"


class RangeError(ArgumentError, IndexError):
    """There is no item of that number."""


class OutOfMemoryError(Error, MemoryError):
    """An allocation failed."""

    status = "memory"


class FileError(Error, OSError):
    """The operating system refused a read or a write."""

    status = "io"


class FormatError(Error, ValueError):
    """A file does not follow its format."""

    status = "format"


class ShapeError(Error, ValueError):
    """Sizes do not fit together."""

    status = "shape"


class NumericError(Error, ValueError, ArithmeticError):
    """A value is not finite, or a computation diverged."""

    status = "numeric"


class MismatchError(Error, ValueError):
    """Two things that belong together differ."""

    status = "mismatch"


class UnsupportedError(Error, NotImplementedError):
    """Valid, but not something this version handles, or not with these data."""

    status = "unsupported"


class DownloadError(Error, OSError):
    """A download could not be carried out."""

    status = "network"


class CancelledError(Error):
    """The call was cancelled; what was finished before remains."""

    status = "cancelled"


class NotFittedError(Error, ValueError, AttributeError):
    """The model has not been fitted: call fit() first."""

    status = "not fitted"


class ClosedError(Error, ValueError):
    """The object has been closed."""

    status = "closed"


class ThreadError(Error, RuntimeError):
    """The object is in use by another thread, or belongs to another process."""

    status = "thread"


class LibraryError(Error, ImportError):
    """librnnrepair was not found, or is not the one this package was made for."""

    status = "library"


BY_STATUS = {
    _abi.RR_ERR_ARG: ArgumentError,
    _abi.RR_ERR_NOMEM: OutOfMemoryError,
    _abi.RR_ERR_IO: FileError,
    _abi.RR_ERR_FORMAT: FormatError,
    _abi.RR_ERR_SHAPE: ShapeError,
    _abi.RR_ERR_NUMERIC: NumericError,
    _abi.RR_ERR_MISMATCH: MismatchError,
    _abi.RR_ERR_UNSUPPORTED: UnsupportedError,
    _abi.RR_ERR_NETWORK: DownloadError,
    _abi.RR_ERR_CANCELLED: CancelledError,
}


# What the library calls as the command line does, "--sample", where an argument is meant.
_OPTION = re.compile(r"(^|; name one with )--([a-z]+(?:-[a-z]+)*)(?=[:;]|$| is )")


def from_status(status: int, error: _abi.rr_error) -> Error:
    """The exception for a status other than RR_OK and what the library said of it."""
    message = error.msg.decode("utf-8", "replace") or f"the library failed with status {status}"
    message = _OPTION.sub(lambda found: found[1] + found[2].replace("-", "_"), message)
    where = error.where if error.where >= 0 else None
    return BY_STATUS.get(status, Error)(message, where)
