# SPDX-License-Identifier: MIT
"""States of PyTorch models, and their repair.

``Collector`` runs a model and keeps its hidden states, ``repair`` lets the user's own training
loop learn from the samples that analysis proposes. Needs PyTorch 1.13 or later.
"""

from __future__ import annotations

try:
    import torch as _torch  # noqa: F401
except ImportError as error:  # pragma: no cover
    raise ImportError("rnnrepair.torch needs PyTorch; on Debian: apt-get install python3-torch") from error

from ._collector import Collector, model_hash
from ._parity import Parity, Trial
from ._repair import RepairReport, repair

__all__ = ["Collector", "Parity", "RepairReport", "Trial", "model_hash", "repair"]
