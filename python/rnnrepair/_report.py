# SPDX-License-Identifier: MIT
"""The page of a run: one HTML file, to be opened in a browser or shown in a notebook."""

from __future__ import annotations

import base64
import contextlib
import ctypes
import os
import pathlib
import shutil
from dataclasses import dataclass, field
from typing import Any, Optional

from . import _abi as abi
from . import _arrays as arrays
from ._errors import ArgumentError
from ._folder import Folder
from ._html import count, shown, table
from ._library import call, lib, text
from ._session import Path
from ._table import Table, wrapped

#: Larger pages are not put into the output of a notebook's cell, which the notebook's file keeps.
MOST_SHOWN = 4_000_000


def checked(path: Path) -> pathlib.Path:
    """The path of a page to be written; ArgumentError where browsers would not open it as one."""
    own = pathlib.Path(os.fsdecode(arrays.string(path, "path")))
    if own.suffix != ".html":
        raise ArgumentError(f"path: {own}: expected a name that ends in .html")
    return own


@dataclass
class Report:
    """The page of a run: its errors, their steps, states and training sequences, the audit of its
    labels, candidates for triggers, and what may be trusted. One HTML file that asks no network for
    anything.

    As the last value of a notebook's cell it is shown there, in a frame of its own, where it has at
    most 4 MB; the notebook's file keeps it. A larger one is only named: open() shows it in a
    browser. So is every page in a notebook that is not trusted, which drops frames.
    """

    path: pathlib.Path  #: the file; a temporary one, which goes with this object, where none was named
    bytes: int  #: of the file
    blocks: int  #: pieces of data in it
    raw_bytes: int  #: of these, unpacked
    left_out: Table  #: about (an array or a view), why: what is not in the page
    _folder: Optional[Folder] = field(default=None, repr=False)

    @property
    def html(self) -> str:
        """The page itself.

        Raises  OSError (the file is no longer there).
        """
        return self.path.read_text(encoding="utf-8")

    def save(self, path: Path) -> Report:
        """Write the page to a file, at once or not at all. A file that is there is replaced.

        path:     a name that ends in .html.
        Returns   self; its own file stays what it was.
        Raises    ArgumentError (another name), OSError.
        """
        own = checked(path)
        unfinished = own.with_name(f".{own.name}.{os.getpid()}")
        try:
            shutil.copyfile(self.path, unfinished)
            os.replace(unfinished, own)
        except BaseException:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise
        return self

    def open(self) -> bool:
        """Show the page in the browser of this machine; whether there is one."""
        import webbrowser

        return webbrowser.open(self.path.absolute().as_uri())

    def _said(self) -> str:
        where = "a page" if self._folder else str(self.path)
        return f"{where}, {self.bytes / 1e6:.1f} MB in {count(self.blocks)} blocks"

    def __str__(self) -> str:
        lines = [self._said()]
        lines += [wrapped(f"left out: {row['about']}: {row['why']}") for row in self.left_out]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        small = self.bytes <= MOST_SHOWN
        how = "" if small else ". It is too large for a notebook: open() shows it in a browser"
        parts = [f"<p>{shown(self._said() + how)}</p>"]
        if len(self.left_out):
            rows = [[shown(row["about"]), shown(row["why"])] for row in self.left_out]
            parts.append(
                f"<details><summary>{count(len(rows))} left out</summary>"
                f"{table(['left out', 'because'], rows)}</details>"
            )
        if small:
            # A document of its own, without access to the notebook: its origin is no other's.
            page = base64.b64encode(self.path.read_bytes()).decode("ascii")
            parts.append(
                '<iframe title="the page of the run" sandbox="allow-scripts allow-downloads" '
                'style="width: 100%; height: 720px; border: 1px solid gray" '
                f'src="data:text/html;charset=utf-8;base64,{page}"></iframe>'
            )
        return "".join(parts)


def written(session: Any, cfg: Any, path: Optional[Path]) -> Report:
    """A page as rr_page_config asks for it, written to a path, or to a temporary file."""
    folder = None
    if path is None:
        folder = Folder()
        own = pathlib.Path(folder.path, "report.html")
    else:
        own = checked(path)
        call("rr_session_check_output", session, os.fsencode(own))
    with arrays.owned(abi.rr_page, lib.rr_page_free) as page:
        call("rr_page_new", session, ctypes.byref(cfg), ctypes.byref(page))
        call("rr_page_write", page, os.fsencode(own))
        size = lib.rr_page_summary_of(page)
        about = ctypes.c_char_p()
        columns: dict[str, list] = {"about": [], "why": []}
        for i in range(size.left_out):
            columns["why"].append(text(lib.rr_page_left_out(page, i, ctypes.byref(about))))
            columns["about"].append(text(about.value))
        return Report(own, size.bytes, size.blocks, size.raw, Table(columns), folder)
