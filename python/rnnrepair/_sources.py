# SPDX-License-Identifier: MIT
"""Where sequences stand in the user's data: columns beside their numbers."""

from __future__ import annotations

import ctypes
from typing import Any, Callable, Dict, Optional

import numpy as np

from ._library import lib, text

NAMES = ("source_row", "source_file", "source_id")
_NO_ROW = np.uint64(2**64 - 1)


def source_columns(ds: Any, numbers: Any, before: str = "") -> Dict[str, np.ndarray]:
    """source_row (int64, -1 = none), source_file and source_id (str or None) of sequences of a
    dataset, a pointer, by their numbers there; nothing where its source is not known. ``before``
    stands before the names of the columns."""
    if not ds:
        return {}
    known = lib.rr_dataset_origins(ds)
    if not known.known:
        return {}
    rows = np.empty(lib.rr_dataset_count(ds), np.uint64)
    lib.rr_dataset_rows(ds, rows.ctypes.data_as(ctypes.POINTER(ctypes.c_uint64)))
    numbers = np.asarray(numbers, np.int64).reshape(-1)
    row = rows[numbers]
    file = np.full(len(numbers), None, object)
    own = np.full(len(numbers), None, object)
    one = None
    for i, number in enumerate(numbers.tolist()):
        if one is not None and row[i] != _NO_ROW:
            file[i] = one
            continue
        found = lib.rr_dataset_origin(ds, number)
        file[i] = text(found.name) if found.name else "made"
        own[i] = text(found.id) if found.id else None
        if known.files == 1 and not known.ids and found.name:
            one = file[i]
    columns = (np.where(row == _NO_ROW, np.uint64(0), row).astype(np.int64), file, own)
    columns[0][row == _NO_ROW] = -1
    return {before + name: column for name, column in zip(NAMES, columns)}


def placed(
    columns: Dict[str, Any], ds: Any, of: str = "id", place: Optional[Callable[[int], int]] = None
) -> Dict[str, Any]:
    """The columns of a table, and behind that of the numbers of sequences of a dataset, a pointer,
    where these stand. place: where a number lies in the dataset, if not there."""
    out: Dict[str, Any] = {}
    for name, values in columns.items():
        out[name] = values
        if name == of and ds:
            out.update(source_columns(ds, [place(int(i)) for i in values] if place else values))
    return out


def silent(columns: Dict[str, Any]) -> set:
    """Of the columns of a table those that say no more than the numbers in its column id: a row at
    one distance from them, the only file, ids that are not there."""
    own, file, row, number = (columns.get(name) for name in (*NAMES[::-1], "id"))
    quiet = set()
    if row is None or file is None or own is None:
        return quiet
    if all(value is None for value in own):
        quiet.add("source_id")
    if len(set(file)) <= 1:
        quiet.add("source_file")
    if len(quiet) == 2 and number is not None and len(set(np.subtract(row, number).tolist())) <= 1:
        quiet.add("source_row")
    return quiet
