# SPDX-License-Identifier: MIT
"""Samples to add to a training set, as a table."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any, Optional

import numpy as np

from . import _abi as abi
from . import _arrays as arrays
from . import _words as words
from ._explanation import named
from ._library import call, lib, taken
from ._table import Table


def addition_table(
    additions: Any,
    numbers: np.ndarray,
    class_names: Sequence[str],
    tokens: Optional[Sequence[str]],
) -> Table:
    """The rows of an rr_additions.

    numbers:  what its targets are called: numbers in their split.
    tokens:   [V] words of the symbols; None where there are none.
    """
    n = ctypes.c_size_t()
    rows = lib.rr_additions_list(additions, ctypes.byref(n))
    names = ("target", "kind", "source", "label", "score", "step", "symbol", "after")
    columns: dict[str, Any] = arrays.columns(rows, n.value, *names)
    own = np.asarray(numbers)[columns["target"].astype(np.int64)].astype(np.int64)
    columns["target"] = own
    columns["kind"] = [words.word("addition", int(kind)) for kind in columns["kind"]]
    symbols = columns["symbol"].astype(np.int64)
    symbols[symbols == abi.RR_NO_LABEL] = -1
    columns["symbol"] = symbols
    if tokens is not None:
        columns["token"] = [tokens[s] if s >= 0 else "" for s in symbols.tolist()]
    columns["reason"] = [
        _reason(rows[i], int(own[i]), class_names, tokens) for i in range(n.value)
    ]
    return Table(named(columns, class_names, "label"), title="Samples to add")


def _reason(
    one: Any, target: int, class_names: Sequence[str], tokens: Optional[Sequence[str]]
) -> str:
    token = None
    if tokens is not None and one.symbol != abi.RR_NO_LABEL:
        token = tokens[one.symbol].encode()
    names = [class_names[c].encode() for c in (one.truth, one.prediction)]
    out = ctypes.POINTER(ctypes.c_char)()
    call("rr_addition_reason", ctypes.byref(one), target, *names, token, ctypes.byref(out))
    return taken(out)
