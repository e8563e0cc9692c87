# SPDX-License-Identifier: MIT
"""A temporary folder that goes with an object."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref


class Folder:
    """A new folder, removed with this object by the process that made it."""

    def __init__(self) -> None:
        self.path = tempfile.mkdtemp(prefix="rnnrepair-")
        weakref.finalize(self, _remove, self.path, os.getpid())


def _remove(path: str, process: int) -> None:
    if os.getpid() == process:
        shutil.rmtree(path, ignore_errors=True)
