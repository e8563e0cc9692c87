# SPDX-License-Identifier: MIT
"""Table: named columns of one length, as the calls of this package return them."""

from __future__ import annotations

import textwrap
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from ._html import shown, table
from ._sources import silent

SHOWN = 20  # rows of a long table that are printed: half at its beginning, half at its end
LONGEST_LIST, LONGEST_TEXT = 10, 200  # items of a list, characters of a text that are printed


class Table:
    """Columns of one length, each a NumPy array (or a list, where its items are lists).

    A column is an attribute, ``table.score``, and an item, ``table["score"]``; a row is a dict,
    ``table.row(3)``; ``table[:10]`` and ``table[mask]`` are tables of some rows. Printed, the rows
    are aligned, of a long table the first and the last, of a long list or text its beginning.
    The columns source_row, source_file and source_id, where sequences stand in the user's data, are
    printed where they say more than the column id.

    Args:
        columns: name -> column, each of length N, in the order they are printed
        title: a line printed above, or None
        index: name of the column that identifies a row, which to_frame() makes the index; or None
    """

    def __init__(
        self,
        columns: Mapping[str, Any],
        title: Optional[str] = None,
        index: Optional[str] = None,
    ) -> None:
        self._columns: Dict[str, Any] = {}
        for name, values in columns.items():
            self._columns[name] = values if isinstance(values, (list, np.ndarray)) else np.asarray(values)
        lengths = {name: len(values) for name, values in self._columns.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns of a table are of different lengths: {lengths}")
        self._length = next(iter(lengths.values()), 0)
        self.title = title
        self.index = index

    @property
    def columns(self) -> Tuple[str, ...]:
        """The names of the columns."""
        return tuple(self._columns)

    def __len__(self) -> int:
        return self._length

    def __getattr__(self, name: str) -> Any:
        columns = self.__dict__.get("_columns", {})
        if name in columns:
            return columns[name]
        raise AttributeError(f"no column {name!r}; there are {', '.join(columns)}")

    def __dir__(self) -> List[str]:
        return [*super().__dir__(), *self._columns]

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            if key not in self._columns:
                raise KeyError(f"no column {key!r}; there are {', '.join(self._columns)}")
            return self._columns[key]
        if isinstance(key, (int, np.integer)):
            raise TypeError("a table is indexed by a column's name, a slice or a mask; a row is row(i)")
        chosen = np.arange(len(self))[key]
        picked = {
            name: values[chosen] if isinstance(values, np.ndarray) else [values[i] for i in chosen]
            for name, values in self._columns.items()
        }
        return Table(picked, self.title, self.index)

    def row(self, i: int) -> Dict[str, Any]:
        """Row i as a dict, column name -> value."""
        if not -len(self) <= i < len(self):
            raise IndexError(f"row {i} of a table of {len(self)}")
        return {name: values[i] for name, values in self._columns.items()}

    def __iter__(self) -> Iterator[Dict[str, Any]]:
        return (self.row(i) for i in range(len(self)))

    def to_frame(self) -> Any:
        """The table as a pandas.DataFrame (pandas is imported here). A column of arrays becomes one
        of objects; the column `index`, where there is one, is the frame's index."""
        import pandas

        data = {}
        for name, values in self._columns.items():
            data[name] = list(values) if getattr(values, "ndim", 1) > 1 else values
        frame = pandas.DataFrame(data)
        return frame if self.index is None else frame.set_index(self.index)

    # ---- printing ----------------------------------------------------------------------------

    def _shown(self) -> List[Optional[int]]:
        """The rows that are printed; None for those left out."""
        if len(self) <= SHOWN:
            return list(range(len(self)))
        half = SHOWN // 2
        return [*range(half), None, *range(len(self) - half, len(self))]

    def _printed(self) -> Dict[str, Any]:
        """The columns that are printed."""
        quiet = silent(self._columns)
        return {name: values for name, values in self._columns.items() if name not in quiet}

    def _cells(self) -> List[List[str]]:
        return [
            ["..." if i is None else _cell(values[i]) for i in self._shown()]
            for values in self._printed().values()
        ]

    def __str__(self) -> str:
        lines = [self.title] if self.title else []
        columns = []
        for name, cells in zip(self._printed(), self._cells()):
            width = max([len(name), *map(len, cells)])
            left = _is_text(self._columns[name])
            columns.append([c.ljust(width) if left else c.rjust(width) for c in [name, *cells]])
        lines += ["  ".join(row).rstrip() for row in zip(*columns)]
        if len(self) > SHOWN:
            lines.append(f"({len(self)} rows)")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        printed = self._printed()
        numbers = [i for i, name in enumerate(printed) if not _is_text(printed[name])]
        head = [shown(name) for name in printed]
        rows = [[shown(cell) for cell in row] for row in zip(*self._cells())]
        title = shown(self.title) if self.title else ""
        more = f"<p>{len(self)} rows</p>" if len(self) > SHOWN else ""
        return f"{table(head, rows, numbers, title=title)}{more}"


def wrapped(text: str) -> str:
    """A sentence in lines of a hundred characters."""
    return textwrap.fill(text, 100, break_long_words=False)


def _is_text(values: Any) -> bool:
    if isinstance(values, np.ndarray):
        return values.dtype.kind in "UO"
    return True


def _cell(value: Any) -> str:
    """A value as a table prints it."""
    if value is None:
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else ""
    if isinstance(value, (float, np.floating)):
        return "" if np.isnan(value) else f"{value:.4f}"
    if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind == "f":
        largest = np.argsort(-value, kind="stable")[:3]
        return "  ".join(f"{c}:{value[c]:.2f}" for c in largest if value[c] > 0)
    if isinstance(value, (Sequence, np.ndarray)) and not isinstance(value, str):
        more = [f"... ({len(value)})"] if len(value) > LONGEST_LIST else []
        return ", ".join([_cell(item) for item in value[:LONGEST_LIST]] + more)
    said = str(value)
    return said if len(said) <= LONGEST_TEXT else said[: LONGEST_TEXT - 3] + "..."
