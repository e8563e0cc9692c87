# SPDX-License-Identifier: MIT
"""Checks of arrays given as arguments: each failure names the argument and the place in it."""

from __future__ import annotations

import operator
import os
from collections.abc import Mapping, Set
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

from . import _abi
from ._errors import ArgumentError, NumericError, ShapeError

NO_LABEL = _abi.RR_NO_LABEL


def as_array(name: str, value: Any) -> np.ndarray:
    try:
        found = np.asarray(value)
    except Exception as problem:
        raise ArgumentError(f"{name} cannot be made an array: {problem}") from None
    if found.dtype == object:
        raise ArgumentError(f"{name} is not one array of numbers: its items differ in length or kind")
    return found


def first_true(found: np.ndarray) -> Tuple[int, ...]:
    """The index of the first true item."""
    return tuple(int(i) for i in np.argwhere(found)[0])


def as_floats(name: str, value: Any) -> np.ndarray:
    """A C-contiguous float32 array; NumericError where a value is not finite."""
    found = as_array(name, value)
    if found.dtype.kind not in "fiub":
        raise ArgumentError(f"{name} has dtype {found.dtype}; it must be numbers")
    with np.errstate(over="ignore"):
        found = np.ascontiguousarray(found, dtype=np.float32)
    finite = np.isfinite(found)
    if not finite.all():
        at = first_true(~finite)
        raise NumericError(f"{name}{list(at)} is {found[at]}: values must be finite", at[0])
    return found


def as_whole(name: str, value: Any, dtype: Any = np.uint32, missing: bool = False) -> np.ndarray:
    """A C-contiguous array of whole numbers from 0 on; `missing`: negative ones become NO_LABEL."""
    found = as_array(name, value)
    if found.dtype.kind == "f" and found.size == 0:
        found = found.astype(dtype)
    if found.dtype.kind not in "iub":
        raise ArgumentError(f"{name} has dtype {found.dtype}; it must be whole numbers")
    largest = np.iinfo(dtype).max
    wide = found.astype(np.int64) if found.dtype != np.uint64 else found
    if missing:
        wide = np.where(wide < 0, np.int64(largest), wide)
    bad = (wide < 0) | (wide > largest)
    if bad.any():
        at = first_true(bad)
        raise ArgumentError(f"{name}{list(at)} is {found[at]}, not in 0..{largest}", at[0])
    return np.ascontiguousarray(wide, dtype=dtype)


def check_below(name: str, values: np.ndarray, limit: int, of: str, missing: bool = False) -> None:
    bad = values >= limit
    if missing:
        bad &= values != NO_LABEL
    if bad.any():
        at = first_true(bad)
        raise ArgumentError(f"{name}{list(at)} is {values[at]}, not below {of} = {limit}", at[0])


def check_shape(name: str, values: np.ndarray, shape: Tuple[int, ...], meaning: str) -> np.ndarray:
    if values.shape != shape:
        raise ShapeError(f"{name} has shape {values.shape}; {meaning} is {shape}")
    return values


def as_names(name: str, value: Optional[Sequence[str]], count: Optional[int]) -> Optional[List[str]]:
    if value is None:
        return None
    if isinstance(value, (str, bytes, Mapping, Set)) or not hasattr(value, "__iter__"):
        raise ArgumentError(
            f"{name} is a {type(value).__name__}; it must be a list of texts, that of number i at place i"
        )
    found = []
    for i, item in enumerate(value):
        if item is None or isinstance(item, bytes):
            raise ArgumentError(f"{name}[{i}] is {item!r}; it must be a text", i)
        found.append(str(item))
        if "\0" in found[i] or not _is_unicode(found[i]):
            raise ArgumentError(f"{name}[{i}] is {item!r}, which has a character that is none", i)
    if count is not None and len(found) != count:
        raise ShapeError(f"{name} has {len(found)} items, there are {count}")
    return found


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def as_path(name: str, value: Any) -> str:
    if not isinstance(value, (str, os.PathLike)):
        raise ArgumentError(f"{name} is {value!r}; it must be a path")
    return os.fspath(value)


def as_count(name: str, value: Any, most: int = 2**32 - 1) -> Optional[int]:
    if value is None:
        return None
    try:
        number = 0 if isinstance(value, (bool, np.bool_)) else operator.index(value)
    except TypeError:
        number = 0
    if not 1 <= number <= most:
        raise ArgumentError(f"{name} is {value!r}; it must be a whole number in 1..{most}")
    return number
