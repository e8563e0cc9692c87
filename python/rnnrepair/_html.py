# SPDX-License-Identifier: MIT
"""Results as HTML in a notebook: texts of the data, numbers, classes, tables.

What is written is static. It keeps to the elements and styles that a notebook leaves where it is not
trusted (JupyterLab drops <script>, <style>, <svg>, <iframe>), and to the colours of the notebook:
nothing but the marks of classes has one of its own.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

NONE = "\N{EN DASH}"  # what stands where nothing is known

#: Colours of classes, those of the page of a run; the name always stands beside.
HUES = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7",
        "#56b4e9", "#b8a900", "#882255", "#44aa99", "#7f7f7f")

# Control characters, those that Unicode calls ignorable (which turn the writing direction, among
# them), marks of annotations, half characters.
_UNSEEN = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_PICTURE = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
# Arabic, Syriac, the scripts of India, Myanmar, Khmer, Mongolian.
_JOINED = (
    "\u0620-\u06ff\u0700-\u077f\u08a0-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1820-\u18af"
    "\ufb50-\ufdff\ufe70-\ufefc"
)
# Of those, what belongs where it stands: the tags of a flag, joiners within an emoji and between
# letters of scripts that need them, selectors of a shape.
_BELONGS = (
    "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]+\U000e007f",
    f"(?<=[{_PICTURE}\ufe0f])\u200d(?=[{_PICTURE}])",
    f"(?<=[{_JOINED}])[\u200c\u200d](?=[{_JOINED}])",
    f"(?<=[{_PICTURE}0-9#*])[\ufe0e\ufe0f]",
    "(?<=[\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\ufe00-\ufe0f\U000e0100-\U000e01ef]",
)
_TEXT = re.compile(f"{'|'.join(_BELONGS)}|([{_UNSEEN}])")


def _code(found: re.Match[str]) -> str:
    if found[1] is None:
        return found[0]
    code = ord(found[1])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\u{{{code:x}}}"


def visible(text: str) -> str:
    """A text in one line, in which no character hides or moves others: such are shown by their
    code, as on the page of a run."""
    return _TEXT.sub(_code, text)


def short(text: str, most: int) -> str:
    """At most so many characters."""
    return text if len(text) <= most else text[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"


def shown(text: Any, most: int = 400) -> str:
    """A text of the data as HTML: nothing in it is markup, and it moves nothing beside it."""
    return f"<bdi>{html.escape(short(visible(str(text)), most))}</bdi>"


def count(n: int) -> str:
    """60,000."""
    return f"{n:,}"


def fraction(value: float, digits: int = 3) -> str:
    """0.974; a dash for NaN."""
    return NONE if math.isnan(value) else f"{value:.{digits}f}"


def colour(label: int) -> str:
    """The colour of a class."""
    return HUES[label % len(HUES)]


def class_name(label: int, class_names: Sequence[str], most: int = 40) -> str:
    """A class: its mark and its name; a dash for one that is not known."""
    if not 0 <= label < len(class_names):
        return NONE
    own = class_names[label]
    whole = f' title="{html.escape(short(visible(own), 400))}"' if len(own) > 20 else ""
    return (
        f'<span{whole} style="display: inline-block; max-width: 100%; white-space: nowrap; '
        'overflow: hidden; text-overflow: ellipsis; vertical-align: bottom">'
        '<span style="display: inline-block; width: 0.7em; height: 0.7em; border-radius: 2px; '
        f'background-color: {colour(label)}"></span> {shown(own, most)}</span>'
    )


def quiet(inner: str) -> str:
    """HTML that is less important than what it stands beside."""
    return f'<span style="opacity: 0.75">{inner}</span>'


_TABLE = "border-collapse: collapse; margin: 0.3em 0 0.8em 0; font-size: 1em"
_CELL = "padding: 1px 8px; vertical-align: top; text-align: {}; overflow-wrap: break-word"


def _row(cells: Iterable[str], sides: Sequence[str], kind: str = "td") -> str:
    return "<tr>" + "".join(
        f'<{kind} style="{_CELL.format(side)}">{cell}</{kind}>' for cell, side in zip(cells, sides)
    ) + "</tr>"


def table(
    head: Sequence[str],
    rows: Iterable[Iterable[str]],
    numbers: Iterable[int] = (),
    widths: Sequence[float] = (),
    title: str = "",
) -> str:
    """A table of cells that are HTML.

    head:     HTML too.
    numbers:  columns set to the right.
    widths:   of the columns in em, so that tables below each other are aligned; () = as they need.
    title:    HTML, above the table.
    """
    right = set(numbers)
    sides = ["right" if i in right else "left" for i in range(len(head))]
    columns, layout = "", _TABLE
    if widths:
        columns = "".join(f'<col style="width: {width:g}em">' for width in widths)
        columns, layout = f"<colgroup>{columns}</colgroup>", f"{_TABLE}; table-layout: fixed; width: {sum(widths):g}em"
    body = "".join(_row(cells, sides) for cells in rows)
    above = f'<caption style="text-align: left">{title}</caption>' if title else ""
    return (
        f'<table style="{layout}">{above}{columns}<thead>{_row(head, sides, "th")}</thead>'
        f"<tbody>{body}</tbody></table>"
    )
