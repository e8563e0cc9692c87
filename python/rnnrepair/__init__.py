# SPDX-License-Identifier: MIT
"""rnnrepair - explains, audits and repairs recurrent networks, by the training sequences behind
their predictions.

    import rnnrepair as rr

You have, and begin with:

    data, and no network yet               Run.create(path, data).train().build()
    a run directory of the command line    Run(path)
    a PyTorch model                        torch.Collector(model).collect(loader), torch.repair
    hidden states, as arrays or in a file  States.from_arrays(...), States.load(path), States.open

    Run             train, build, predict, explain, localize, audit, apply, repair, scan, report
    States          what a network computed over sequences, step by step
    InfluenceModel  fit(states); explain, attribute, localize, label_issues, drivers, additions
    Dataset, Table  sequences as arrays; named columns, to_frame() for pandas
    Error           what every call raises; also ValueError, OSError, ... by what went wrong

Only NumPy is needed; PyTorch, pandas and matplotlib are imported by the calls that use them.
"""

from __future__ import annotations

import importlib
from typing import Any

from ._backdoor import Trigger
from ._callbacks import Epoch, Progress
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
    RangeError,
    ShapeError,
    ThreadError,
    UnsupportedError,
)
from ._explanation import Explanation
from ._library import version
from ._overview import Comparison, StateSummary, Trust
from ._report import Report
from ._results import (
    Attack,
    Audit,
    Localization,
    Outcome,
    Predictions,
    Quality,
    Reach,
    Removal,
    Repair,
    RepairSeries,
    SpanLocalization,
    Duplicates,
    StepAudit,
    StepPredictions,
    Verification,
)
from ._table import Table
from .data import DataSequence, Dataset
from .influence import Attribution, InfluenceModel
from .run import Run, load
from .states import NO_LABEL, Parity, States
from .states_file import StatesFile

__version__ = version()

__all__ = [
    "ArgumentError",
    "Attack",
    "Attribution",
    "Audit",
    "CancelledError",
    "ClosedError",
    "Comparison",
    "DataSequence",
    "Dataset",
    "DownloadError",
    "Epoch",
    "Error",
    "Explanation",
    "FileError",
    "FormatError",
    "InfluenceModel",
    "LibraryError",
    "Localization",
    "MismatchError",
    "NO_LABEL",
    "NotFittedError",
    "NumericError",
    "OutOfMemoryError",
    "Outcome",
    "Parity",
    "Predictions",
    "Quality",
    "Progress",
    "RangeError",
    "Reach",
    "Removal",
    "Repair",
    "RepairSeries",
    "Report",
    "Run",
    "ShapeError",
    "SpanLocalization",
    "StateSummary",
    "States",
    "StatesFile",
    "Duplicates",
    "StepAudit",
    "StepPredictions",
    "Table",
    "ThreadError",
    "Trigger",
    "Trust",
    "UnsupportedError",
    "Verification",
    "load",
    "version",
]


def __getattr__(name: str) -> Any:
    """rr.torch is imported when it is first used, as it needs PyTorch."""
    if name == "torch":
        return importlib.import_module(".torch", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
