# SPDX-License-Identifier: MIT
"""Reading npz files: what goes wrong with one names it."""

from __future__ import annotations

import zipfile
import zlib
from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Optional, Set

import numpy as np

from ._errors import FileError, FormatError


@contextmanager
def opened(path: str) -> Iterator[Any]:
    """An open npz; what goes wrong with it names the file."""
    try:
        file = np.load(path, allow_pickle=False)
        if isinstance(file, np.ndarray):
            raise FormatError(f"{path}: a single array; a states file is an npz of several")
        with file:
            yield file
    except FormatError:
        raise
    except OSError as problem:
        raise FileError(f"{path}: {problem.strerror or problem}") from None
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as problem:
        raise FormatError(f"{path}: it is no npz of numbers and texts: {problem}") from None


def read_members(path: str, wanted: Optional[Set[str]] = None) -> Dict[str, np.ndarray]:
    """The members of a file, None = all of them."""
    with opened(path) as file:
        return {name: file[name] for name in file.files if wanted is None or name in wanted}


def member_names(path: str) -> Set[str]:
    with opened(path) as file:
        return set(file.files)


def texts(value: Optional[np.ndarray]) -> Optional[List[str]]:
    if value is None:
        return None
    return [item.decode() if isinstance(item, bytes) else str(item) for item in value.tolist()]
