# SPDX-License-Identifier: MIT
"""rnnrepair - explains, audits and repairs recurrent networks, by the training sequences behind
their predictions.

    import rnnrepair as rr

Only NumPy is needed; PyTorch, pandas and matplotlib are imported by the calls that use them.
"""

from __future__ import annotations

from ._errors import (
    ArgumentError,
    CancelledError,
    ClosedError,
    DownloadError,
    Error,
    FileError,
    FormatError,
    LibraryError,
    MismatchError,
    NotFittedError,
    NumericError,
    OutOfMemoryError,
    ShapeError,
    ThreadError,
    UnsupportedError,
)
from ._library import version
from ._table import Table
from .influence import Attribution, InfluenceModel
from .states import NO_LABEL, Parity, States
from .states_file import StatesFile

__version__ = version()

__all__ = [
    "NO_LABEL",
    "Attribution",
    "InfluenceModel",
    "Parity",
    "States",
    "StatesFile",
    "ArgumentError",
    "CancelledError",
    "ClosedError",
    "DownloadError",
    "Error",
    "FileError",
    "FormatError",
    "LibraryError",
    "MismatchError",
    "NotFittedError",
    "NumericError",
    "OutOfMemoryError",
    "ShapeError",
    "Table",
    "ThreadError",
    "UnsupportedError",
    "version",
]
