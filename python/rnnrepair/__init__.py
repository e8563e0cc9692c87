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
from ._callbacks import Epoch, Progress
from ._explanation import Explanation
from ._library import version
from ._results import (
    Attack,
    Audit,
    Localization,
    Outcome,
    Predictions,
    Reach,
    Removal,
    Repair,
    RepairSeries,
    StepPredictions,
    Verification,
)
from ._table import Table
from .data import Dataset, DataSequence
from .run import Run, Trigger, load

__version__ = version()

__all__ = [
    "ArgumentError",
    "Attack",
    "Audit",
    "CancelledError",
    "ClosedError",
    "DataSequence",
    "Dataset",
    "DownloadError",
    "Epoch",
    "Error",
    "Explanation",
    "FileError",
    "FormatError",
    "LibraryError",
    "Localization",
    "MismatchError",
    "NotFittedError",
    "NumericError",
    "OutOfMemoryError",
    "Outcome",
    "Predictions",
    "Progress",
    "Reach",
    "Removal",
    "Repair",
    "RepairSeries",
    "Run",
    "ShapeError",
    "StepPredictions",
    "Table",
    "ThreadError",
    "Trigger",
    "UnsupportedError",
    "Verification",
    "load",
    "version",
]
