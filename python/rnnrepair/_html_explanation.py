# SPDX-License-Identifier: MIT
"""An explanation as HTML in a notebook: the sequence step by step, and the training data behind it.

Its size has a bound, however long the sequence is: of the steps the first and the last are shown,
others are folded, and of very long sequences left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Optional

import numpy as np

from . import _html_pictures as pictures
from ._html import class_name, colour, count, fraction, quiet, shown, table
from ._table import Table

if TYPE_CHECKING:
    from ._explanation import Explanation

ENDS = 20  # steps at the beginning, and at the end, that are always shown
FOLDED = 100  # steps between them that can be opened
MOST_WORDS = 160  # words of a sentence shown in a row: half at its beginning, half at its end
MOST_ROWS = 10  # training sequences of a list


# ---- the input as a whole ------------------------------------------------------------------------


def _word(e: Explanation, t: int) -> str:
    """A word above the class that is predicted after it, which is named where it changes."""
    prediction = e.steps.prediction
    now, before = int(prediction[t]), int(prediction[t - 1]) if t else -1
    line = f"border-bottom: 3px solid {colour(now)}"
    under = shown(e.class_names[now], 24) if now != before else "&nbsp;"
    if "wrong" in e.steps.columns and e.steps.wrong[t]:
        under = f"<s>{shown(e.class_names[int(e.steps.label[t])], 24)}</s> {shown(e.class_names[now], 24)}"
    word = shown(e.steps.token[t], 40)
    if t + 1 == e.step:
        word = f"<b>{word}</b>"
    return (
        '<span style="display: inline-block; vertical-align: top; margin: 2px 3px; max-width: 100%; '
        f'overflow-wrap: break-word"><span style="{line}">{word}</span><br>'
        f"<small>{quiet(under)}</small></span>"
    )


def _sentence(e: Explanation) -> str:
    count_words = len(e.steps)
    ends = MOST_WORDS // 2
    first = range(min(count_words, ends if count_words > MOST_WORDS else MOST_WORDS))
    last = range(count_words - ends, count_words) if count_words > MOST_WORDS else range(0)
    said = " ".join(_word(e, t) for t in first)
    if last:
        left_out = count(count_words - MOST_WORDS)
        said += quiet(f" \N{HORIZONTAL ELLIPSIS} {left_out} more words \N{HORIZONTAL ELLIPSIS} ")
        said += " ".join(_word(e, t) for t in last)
    return f"<div>{said}</div>"


def _picture(e: Explanation) -> str:
    if "token" in e.steps.columns:
        return _sentence(e) if len(e.steps) else ""
    frames = e._frames
    if frames is None or frames.size == 0:
        return ""
    drawn = pictures.image(frames) if e._image else pictures.curves(frames, e.steps.prediction, e.step)
    return f"<div>{drawn}</div>"


# ---- the steps -----------------------------------------------------------------------------------


def _inputs(e: Explanation, which: range) -> Optional[list[str]]:
    """The cells of the input; None where it is not known."""
    if "token" in e.steps.columns:
        known = e.steps.known if "known" in e.steps.columns else np.ones(len(e.steps), bool)
        return [
            shown(e.steps.token[t], 60) + ("" if known[t] else quiet(" (unknown to the network)"))
            for t in which
        ]
    if e._frames is None or len(e._frames) < len(e.steps):
        return None
    if e._image:
        return pictures.rows_of(e._frames, which)
    return [pictures.values_of(e._frames[t]) for t in which]


def _columns(e: Explanation, which: range) -> Iterator[tuple[str, list[str], float, bool]]:
    """(head, cells, width in em, whether they are numbers) of the steps' columns."""
    steps = e.steps
    asked = range(e.step or 0, (e.last_step or e.step or 0) + 1)
    yield "step", [f"<b>{t + 1}</b>" if t + 1 in asked else str(t + 1) for t in which], 4.5, True
    inputs = _inputs(e, which)
    if inputs is not None:
        yield "input", inputs, 13, False
    predictions = [int(p) for p in steps.prediction[which.start : which.stop]]
    yield "predicted so far", [class_name(p, e.class_names) for p in predictions], 9.5, False
    if "label" in steps.columns:
        cells = []
        for t in which:
            name = class_name(int(steps.label[t]), e.class_names)
            cells.append(f"<b>\N{BALLOT X} {name}</b>" if steps.wrong[t] else name)
        yield "label", cells, 9.5, False
    if not np.isnan(steps.probability).all():
        yield "probability", [fraction(float(steps.probability[t])) for t in which], 7.5, True
    yield "state", [str(int(steps.state[t])) for t in which], 4.5, True
    shares = [fraction(float(steps.confidence[t][p]), 2) for t, p in zip(which, predictions)]
    yield "confidence", shares, 7.5, True
    yield "|I|", [count(int(steps.influencers[t])) for t in which], 6, True


def _some_steps(e: Explanation, which: range) -> str:
    columns = list(_columns(e, which))
    heads, cells, widths, right = zip(*columns)
    return table(heads, zip(*cells), np.flatnonzero(right), widths)


def _middle(e: Explanation) -> range:
    """The steps that are folded: those nearest the step that was asked for, else the first."""
    first, end = ENDS, len(e.steps) - ENDS
    around = first if e.step is None else e.step - 1 - FOLDED // 2
    begin = max(first, min(around, end - FOLDED))
    return range(begin, min(end, begin + FOLDED))


def _steps(e: Explanation) -> str:
    total = len(e.steps)
    if total == 0:
        return ""
    if total <= 2 * ENDS:
        return _some_steps(e, range(total))
    middle = _middle(e)
    left_out = total - 2 * ENDS - len(middle)
    said = f"Steps {count(middle.start + 1)} to {count(middle.stop)}"
    if left_out:
        said += f"; {count(left_out)} more are in .steps"
    unfolded = " open" if e.step is not None and e.step - 1 in middle else ""
    return (
        _some_steps(e, range(ENDS))
        + f"<details{unfolded}><summary>{said}</summary>{_some_steps(e, middle)}</details>"
        + _some_steps(e, range(total - ENDS, total))
    )


_LEGEND = (
    "state: the abstract state after the step; confidence: the share of training steps in this state "
    "that are predicted so; |I|: training sequences that match the step."
)


# ---- the training data ---------------------------------------------------------------------------


def _list(found: Table, e: Explanation, title: str) -> str:
    """Training sequences, spans or labels, the first of them."""
    rows = found[:MOST_ROWS]
    if len(rows) == 0:
        return f"<p>{title}</p>"
    kinds: dict[str, tuple[str, bool, Callable[[Any], str]]] = {
        "id": ("training sequence", True, lambda v: str(int(v))),
        "first": ("from step", True, lambda v: str(int(v))),
        "last": ("to", True, lambda v: str(int(v))),
        "label": ("label", False, lambda v: class_name(int(v), e.class_names)),
        "prediction": ("predicted", False, lambda v: class_name(int(v), e.class_names)),
        "score": ("score", True, lambda v: fraction(float(v), 4)),
        "count": ("steps", True, lambda v: count(int(v))),
        "share": ("share", True, lambda v: fraction(float(v))),
        "lift": ("lift", True, lambda v: fraction(float(v), 2)),
        "part": ("part", True, shown),
        "steps": ("matching steps", False, _numbers),
        "text": ("text", False, lambda v: shown(v, 200)),
    }
    own = {name: kind for name, kind in kinds.items() if name in rows.columns}
    cells = [[show(v) for v in rows[name]] for name, (_, _, show) in own.items()]
    numbers = [i for i, (_, number, _) in enumerate(own.values()) if number]
    return table([head for head, _, _ in own.values()], zip(*cells), numbers, title=title)


def _numbers(steps: Iterable[int]) -> str:
    found = [str(int(t)) for t in steps]
    more = f", \N{HORIZONTAL ELLIPSIS} ({count(len(found))})" if len(found) > 10 else ""
    return ", ".join(found[:10]) + more


def _behind(e: Explanation, name: Callable[[Optional[int]], str]) -> list[str]:
    parts = [f"<p>{e._counts(name)}</p>"]
    if len(e.sequences):
        parts.append(_list(e.sequences, e, "The nearest training sequences:"))
    if e.correct is False:
        for found, whose in ((e.for_prediction, e.prediction), (e.for_truth, e.truth)):
            if len(found):
                which = "predicted" if found is e.for_prediction else "true"
                inner = _list(found, e, "")
                parts.append(
                    f"<details><summary>Those with the {which} label {name(whose)}</summary>{inner}</details>"
                )
    if e.matches is not None:
        one = e.influencers == 1
        who = f"{count(e.influencers)} training {'sequence has' if one else 'sequences have'}"
        parts.append(_list(e.matches, e, f"Step {e.step}: {who} its {e.key} key."))
    if e.labels is not None and e.spans is not None:
        one = e.step == e.last_step
        behind = f"behind step {e.step}" if one else f"behind steps {e.step} to {e.last_step}"
        for found, what in ((e.labels, "labels"), (e.spans, "training spans")):
            said = f"The {what} {behind}:" if len(found) else f"No {what} are {behind}."
            parts.append(_list(found, e, said))
    return parts


def explanation(e: Explanation) -> str:
    """The sequence view of an explanation."""

    def name(c: Optional[int]) -> str:
        return "unknown" if c is None else class_name(c, e.class_names)

    parts = [f"<p><b>{e._heading(name)}</b></p>"]
    if e.novel:
        parts.append(f"<p>{shown(e._novelty(), 2000)}</p>")
    parts += [_picture(e), _steps(e), f"<p>{quiet(_LEGEND)}</p>"]
    parts += _behind(e, name)
    if e.sentence:
        parts.append(f"<p>{shown(e.sentence, 2000)}</p>")
    return f'<div style="overflow-x: auto">{"".join(parts)}</div>'
