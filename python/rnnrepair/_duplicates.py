# SPDX-License-Identifier: MIT
"""Groups of copies, copied into a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _abi as abi
from . import _collect as collect
from ._explanation import named
from ._library import lib
from ._results import Duplicates
from ._table import Table
from .data import Dataset


def table(session: Any, x: Any, train: Dataset) -> Duplicates:
    splits = [abi.RR_SPLIT_TRAIN] + [
        s
        for s in (abi.RR_SPLIT_DEV, abi.RR_SPLIT_TEST)
        if lib.rr_session_has_split(session, s)
    ]
    columns: dict[str, list] = {
        name: [] for name in ("group", "kind", "split", "id", "label", "copy")
    }
    for g in range(x.count):
        group = x.groups[g]
        kind = "contradiction" if group.contradictory else "copy" if group.equal else "near"
        for m in group.members[: group.count]:
            row = (g + 1, kind, collect.split_word(splits[m.set]), m.id, m.label, bool(m.copy))
            for name, value in zip(columns, row):
                columns[name].append(value)
    typed_columns = {
        "group": np.array(columns["group"], np.int64),
        "kind": columns["kind"],
        "split": columns["split"],
        "id": np.array(columns["id"], np.uint32),
        "label": np.array(columns["label"], np.uint32),
        "copy": np.array(columns["copy"], bool),
    }
    return Duplicates(
        members=Table(named(typed_columns, train.class_names, "label")),
        groups=x.count,
        contradictory=x.contradictory,
        equal=x.equal,
        spare=x.spare,
        copied=x.copied,
        similar=x.similar,
        seconds=x.seconds,
    )
