# SPDX-License-Identifier: MIT
"""Arrays of the library as NumPy's, and numbers and paths as the library takes them."""

from __future__ import annotations

import contextlib
import ctypes
import operator
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ._errors import ArgumentError

_SIZES = {np.dtype(np.uint32): ctypes.c_uint32, np.dtype(np.uint64): ctypes.c_uint64}


# ---- from the library ----------------------------------------------------------------------------


def address(pointer: Any) -> int:
    """Where a pointer points to; 0 for NULL."""
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0


def view(at: int, kind: Any, shape: Sequence[int], owner: Any) -> np.ndarray:
    """A read-only array over borrowed memory, which keeps its owner alive."""
    count = int(np.prod(shape))
    if count == 0:
        return np.empty(shape, np.dtype(kind))
    memory = (kind * count).from_address(at)
    memory._owner = owner  # the array holds the memory, the memory its owner
    array = np.frombuffer(memory, np.dtype(kind)).reshape(shape)
    array.flags.writeable = False
    return array


def copy(pointer: Any, *shape: int) -> np.ndarray:
    """A copy of an array of numbers."""
    kind = pointer._type_
    if int(np.prod(shape)) == 0 or not pointer:
        return np.empty(shape, np.dtype(kind))
    return view(address(pointer), kind, shape, None).copy()


def _field(struct: Any, path: str) -> tuple[int, Any]:
    """The offset and the type of a member, "of.t" of one in another."""
    offset = 0
    for name in path.split("."):
        kind = dict(struct._fields_)[name]
        offset += getattr(struct, name).offset
        struct = kind
    return offset, struct


def columns(pointer: Any, count: int, *names: str) -> dict[str, np.ndarray]:
    """Copies of members of an array of structs, one array a member; a member of a struct within is
    named "of.t" and called "t"."""
    struct = pointer._type_
    fields = [_field(struct, name) for name in names]
    kind = np.dtype(
        {
            "names": [name.rsplit(".")[-1] for name in names],
            "formats": [np.dtype(kind) for _, kind in fields],
            "offsets": [offset for offset, _ in fields],
            "itemsize": ctypes.sizeof(struct),
        }
    )
    if count == 0 or not pointer:
        rows = np.empty(0, kind)
    else:
        memory = (ctypes.c_char * (count * kind.itemsize)).from_address(address(pointer))
        rows = np.frombuffer(memoryview(memory), kind)
    return {name: rows[name].copy() for name in kind.names or ()}


# ---- to the library ------------------------------------------------------------------------------


def numbers(values: Any, kind: Any, argument: str) -> tuple[Any, int]:
    """(A C array, its length) of whole numbers, 0 or more; ArgumentError names the argument."""
    try:
        array = np.asarray(values)
        if array.size and array.dtype.kind not in "iu":
            raise TypeError
        if array.ndim != 1:
            raise TypeError
    except (TypeError, ValueError):
        raise ArgumentError(f"{argument}: expected a list of whole numbers") from None
    limit = np.iinfo(np.dtype(kind)).max
    wrong = np.flatnonzero((array < 0) | (array > limit)) if array.size else array
    if len(wrong):
        raise ArgumentError(
            f"{argument}: item {wrong[0]} is {array[wrong[0]]}, not in 0..{limit}", int(wrong[0])
        )
    memory = (kind * max(1, len(array)))(*array.tolist())
    return memory, len(array)


def whole(value: Any, argument: str, least: int = 0, most: int = 2**64 - 1) -> int:
    """A whole number within its range; ArgumentError names the argument."""
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise ArgumentError(f"{argument}: expected a whole number, not {value!r}") from None
    if not least <= number <= most:
        beyond = f"at least {least}" if number < least else f"at most {most}"
        raise ArgumentError(f"{argument} is {number}; it must be {beyond}")
    return number


def real(value: Any, argument: str) -> float:
    """A finite number; ArgumentError names the argument."""
    try:
        if isinstance(value, (str, bytes, bool, np.bool_)):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError):
        raise ArgumentError(f"{argument}: expected a number, not {value!r}") from None
    if not np.isfinite(number):
        raise ArgumentError(f"{argument} is {number}; it must be finite")
    return number


def flag(value: Any, argument: str) -> int:
    """True or False; ArgumentError names the argument."""
    if not isinstance(value, (bool, np.bool_)):
        raise ArgumentError(f"{argument}: expected True or False, not {value!r}")
    return int(value)


def string(value: Any, argument: str) -> bytes:
    """A string or a path; ArgumentError names the argument."""
    if not isinstance(value, (str, os.PathLike)):
        raise ArgumentError(f"{argument}: expected a string, not {value!r}")
    try:
        encoded = os.fsencode(value)
    except UnicodeEncodeError:
        raise ArgumentError(f"{argument}: {value!r} has a character that is none") from None
    if b"\0" in encoded:
        raise ArgumentError(f"{argument}: {value!r} has a zero byte")
    return encoded


def optional(value: Any, argument: str) -> bytes | None:
    """The same, None as NULL."""
    return None if value is None else string(value, argument)


@contextlib.contextmanager
def owned(handle: Any, release: Any) -> Iterator[Any]:
    """A pointer to be filled in by a call, released at the end."""
    pointer = ctypes.POINTER(handle)()
    try:
        yield pointer
    finally:
        release(pointer)
