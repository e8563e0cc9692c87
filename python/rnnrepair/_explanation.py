# SPDX-License-Identifier: MIT
"""The explanation of one prediction: its steps, and the training sequences behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

import numpy as np

from . import _arrays as arrays
from ._html_explanation import explanation as explanation_html
from ._html_pictures import MOST_CURVES
from ._table import Table, wrapped

_STEP = ("t", "state", "prediction", "probability", "influencers", "label")
_NO_LABEL = 0xFFFFFFFF
_NEIGHBOUR = ("id", "label", "prediction", "score")


def named(columns: dict[str, Any], class_names: Sequence[str], *which: str) -> dict[str, Any]:
    """Columns with the names of the classes of some of them behind these, as "truth_name"; without
    where every class is named by its number. A class that is unknown, UINT32_MAX, becomes -1."""
    plain = all(name == str(c) for c, name in enumerate(class_names))
    found: dict[str, Any] = {}
    for name, values in columns.items():
        if name in which:
            numbers = np.asarray(values)
            if numbers.dtype == np.uint32:
                unknown = numbers == np.uint32(0xFFFFFFFF)
                numbers = numbers.astype(np.int64)
                numbers[unknown] = -1
            found[name] = numbers
            if not plain:
                found[name + "_name"] = [
                    class_names[c] if 0 <= c < len(class_names) else "" for c in numbers.tolist()
                ]
        else:
            found[name] = values
    return found


def issue_table(
    given: np.ndarray,
    likeliest: np.ndarray,
    prediction: np.ndarray,
    scores: np.ndarray,
    class_names: Sequence[str],
) -> Table:
    """Labels that are likely wrong, a row a training sequence in their order.

    likeliest, scores:  of an rr_audit_result: the least suspect labels, and how suspect the given
                        ones are.
    """
    columns = {
        "id": np.arange(len(given)),
        "is_label_issue": likeliest != given,
        "label_score": np.exp(-scores),
        "given_label": given,
        "suggested_label": likeliest,
        "predicted_label": prediction,
    }
    labels = ("given_label", "suggested_label", "predicted_label")
    return Table(named(columns, class_names, *labels), title="Label issues", index="id")


def neighbours(
    pointer: Any,
    count: int,
    class_names: Sequence[str],
    texts: Optional[Callable[[int], str]] = None,
    title: Optional[str] = None,
    places: Optional[Callable[[dict], dict]] = None,
) -> Table:
    """Table(id, label, prediction, score[, text]) of an array of rr_neighbour; places adds where
    they stand."""
    found = arrays.columns(pointer, count, *_NEIGHBOUR)
    columns = named(found, class_names, "label", "prediction")
    if places is not None:
        columns = places(columns)
    if texts is not None:
        columns["text"] = [texts(int(i)) for i in found["id"]]
    return Table(columns, title=title)


@dataclass
class Explanation:
    """Why a network predicts a class for a sequence of T steps. Printed, it is what
    ``rnnrepair explain`` prints.

    A score is between 0 and 1; 1 is an identical trace. A training sequence that shares nothing
    with the sample (score 0) is not listed. Everything is a copy.
    """

    sample: Optional[int]  #: number of the sequence; None for a text
    split: Optional[str]  #: its split; None for a text
    truth: Optional[int]  #: its label; None where it is not known
    prediction: int  #: y_T
    class_names: list  #: [C]
    #: a row a step: t (from 1), state (1..K), prediction (so far), probability (of it, NaN where
    #: unknown), confidence [C] (of the state), influencers (training sequences with the step's
    #: key); of symbols also token and known (whether the network can tell it from padding); where
    #: steps have labels also label (-1 = none) and wrong
    steps: Table
    #: id, label, prediction, score (and text of symbols) of the most influential training
    #: sequences, highest score first
    sequences: Table
    for_truth: Table  #: those of them labelled with the truth: T_t; empty where it is not known
    for_prediction: Table  #: those labelled with the prediction: T_m
    count_truth: Optional[int]  #: of `sequences`, how many carry the truth's label
    count_prediction: int  #: and the prediction's
    #: of the truth's label: its share of `sequences` over its share of the training set
    lift_truth: Optional[float]
    lift_prediction: float  #: and of the prediction's
    #: of an error, whether lift_prediction is above lift_truth: the fault pattern; else None
    fault_pattern: Optional[bool]
    key: str  #: what two steps must have in common to match
    measure: str  #: how traces were compared
    top: int  #: sequences searched for
    training: int  #: N, training sequences in all
    text: str = ""  #: of symbols, the words with blanks between
    step: Optional[int] = None  #: the step whose matches were asked for
    influencers: int = 0  #: training sequences that match that step
    #: id, label, prediction, score, steps (lists of matching steps; and text) of these, best first
    matches: Optional[Table] = None
    sentence: str = ""  #: what the states are, of a network trained elsewhere
    last_step: Optional[int] = None  #: where training steps have labels, the last step asked for
    #: label, count, share, lift of the labels among the training steps that match, most frequent
    #: first; lift is the share over that among all training steps
    labels: Optional[Table] = None
    #: id, first, last, label, prediction, score (and part, text) of the training spans, successive
    #: steps with one label, that influence these steps most
    spans: Optional[Table] = None
    tied: int = 0  #: training sequences beside `sequences` that score as much as its last
    #: source_row, source_file, source_id of the sample (Dataset.sources()); empty where it is in no file
    source: dict = field(default_factory=dict)
    tied_matches: int = 0  #: those beside `matches` that match the step and score as much as its last
    #: how unlike the training data the sequence is, above 1 novel; None where the model cannot tell
    novelty: Optional[float] = None
    #: and in what most: input (the frames), state (the hidden states), step (inputs in the states
    #: that read them) or last (the last of these)
    novelty_part: str = ""
    _frames: Optional[np.ndarray] = field(default=None, repr=False)
    _image: bool = field(default=False, repr=False)  #: the frames are the rows of an image

    @property
    def correct(self) -> Optional[bool]:
        """Whether the prediction is the truth; None where that is not known."""
        return None if self.truth is None else self.truth == self.prediction

    @property
    def novel(self) -> bool:
        """Whether the sequence is unlike the training data."""
        return self.novelty is not None and self.novelty > 1

    def _novelty(self) -> str:
        """What is said of a novel sequence."""
        thing = "words" if "token" in self.steps.columns else "inputs"
        in_what = {
            "input": "its inputs are far from those of the training data",
            "state": "its hidden states are unlikely",
            "step": f"its {thing} are rare in the states in which it has them",
            "last": f"its last {thing[:-1]} is rare in the state in which it has it",
        }[self.novelty_part]
        said = f"Unlike the training data: novelty {self.novelty:.2f}, where 1 is the limit"
        return f"{said}; above all, {in_what}."

    def _name(self, c: Optional[int]) -> str:
        return "unknown" if c is None else self.class_names[c]

    def _heading(self, name: Optional[Callable[[Optional[int]], str]] = None) -> str:
        """name: of a class; None: its name as it is."""
        name = name or self._name
        what = "text" if self.sample is None else f"sample {self.sample} of {self.split}"
        if "wrong" in self.steps.columns:
            labelled = int((self.steps.label >= 0).sum())
            return f"{what}: {int(self.steps.wrong.sum())} of {labelled} labelled steps wrong"
        return f"{what}: truth {name(self.truth)}, predicted {name(self.prediction)}"

    def _counts(self, name: Optional[Callable[[Optional[int]], str]] = None) -> str:
        name = name or self._name
        if len(self.sequences) == 0:
            return f"No training sequence, of N = {self.training}, shares anything with it."
        counts = f"{self.count_prediction} carry the predicted label {name(self.prediction)}"
        counts += f" (lift {self.lift_prediction:.2f})"
        if self.truth is not None:
            counts += f" and {self.count_truth} the true label {name(self.truth)}"
            counts += f" (lift {self.lift_truth:.2f})"
        said = f"Of the {len(self.sequences)} most influential of N = {self.training}, {counts}."
        said += " Lift is a label's share of these over its share of all N."
        if self.fault_pattern is not None:
            said += " By lift they speak for" if self.fault_pattern else " By lift they do not speak for"
            said += f" the wrong prediction: {'the' if self.fault_pattern else 'no'} fault pattern."
        if self.tied > 0:
            have = "sequence has" if self.tied == 1 else "sequences have"
            said += f" {self.tied} more training {have} the same score as the last of these."
        return said

    def _parts(self) -> list:
        """Texts and tables, as they are printed."""
        parts: list = [self._heading()]
        if self.novel:
            parts.append(self._novelty())
        parts += [self.steps, self._counts()]
        if self.correct is not True and len(self.for_prediction):
            parts.append(self.for_prediction[:10])
        if self.truth is not None and len(self.for_truth):
            parts.append(self.for_truth[:10])
        if self.matches is not None:
            parts += [
                f"Step {self.step}: {self.influencers} training sequences have its {self.key} key",
                self.matches[:10],
            ]
        if self.labels is not None and self.spans is not None:
            parts += [
                f"Behind steps {self.step} to {self.last_step}:",
                self.labels[:10],
                self.spans[:10],
            ]
        if self.sentence:
            parts.append(self.sentence)
        return parts

    def __str__(self) -> str:
        parts = self._parts()
        return "\n\n".join(wrapped(p) if isinstance(p, str) else str(p) for p in parts)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """The sequence view: the steps with their inputs, predictions and states, and the nearest
        training sequences; static, and of bounded size."""
        return explanation_html(self)

    def plot(self, path: Any = None, *, figure: Any = None) -> Any:
        """Draw the steps with matplotlib, which is imported here: the input (up to 16 channels of a series as curves), the confidences of
        the abstract states, the prediction so far, its probability where known, and how many
        training sequences match a step (|I|).

        path:     also write the picture there, as matplotlib's ``savefig`` takes it.
        figure:   a matplotlib Figure to draw into; None: a new one.
        Returns   the Figure.
        Raises    ImportError (no matplotlib).
        """
        from matplotlib.figure import Figure

        count, classes = len(self.steps), len(self.class_names)
        if figure is None:
            size = (min(24.0, max(6.4, 3.0 + 0.32 * count)), 5.5)
            figure = Figure(figsize=size, layout="constrained")
        parts = [("confidence", min(3.0, max(1.0, 0.16 * classes))), ("influencers", 1.0)]
        if not np.isnan(self.steps.probability).all():
            parts.insert(1, ("probability", 1.0))
        if self._frames is not None and self._frames.size > 0:
            parts.insert(0, ("input", 1.0))
        heights = [height for _, height in parts]
        axes = np.ravel(figure.subplots(len(parts), 1, sharex=True, height_ratios=heights))
        for (part, _), ax in zip(parts, axes):
            getattr(self, f"_plot_{part}")(ax)
        figure.suptitle(_drawn(self._heading(), int(11 * figure.get_figwidth())))
        if path is not None:
            figure.savefig(path)
        return figure

    def _plot_input(self, ax: Any) -> None:
        assert self._frames is not None
        ax.set_ylabel("input")
        if not self._image and self._frames.shape[1] <= MOST_CURVES:
            ax.plot(np.arange(1, len(self._frames) + 1), self._frames, linewidth=0.9)
            return
        extent = (0.5, len(self._frames) + 0.5, 0, 1)
        ax.imshow(self._frames.T, aspect="auto", cmap="gray_r", extent=extent)
        ax.set_yticks([])

    def _plot_confidence(self, ax: Any) -> None:
        count, classes = len(self.steps), len(self.class_names)
        ax.imshow(
            np.stack(list(self.steps.confidence), axis=1) if count else np.zeros((classes, 1)),
            aspect="auto",
            cmap="Blues",
            vmin=0,
            vmax=1,
            extent=(0.5, count + 0.5, classes - 0.5, -0.5),
        )
        t = np.arange(1, count + 1)
        ax.plot(t, self.steps.prediction, ".", color="tab:orange", label="prediction so far")
        if classes <= 20:
            ax.set_yticks(range(classes), [_drawn(name, 24) for name in self.class_names])
        ax.set_ylabel("confidence")
        above = {"loc": "lower right", "bbox_to_anchor": (1, 1), "borderaxespad": 0}
        ax.legend(fontsize="small", frameon=False, **above)

    def _plot_probability(self, ax: Any) -> None:
        ax.plot(self.steps.t, self.steps.probability, drawstyle="steps-mid")
        ax.set_ylim(0, 1.05)
        ax.set_ylabel("probability")

    def _plot_influencers(self, ax: Any) -> None:
        count = len(self.steps)
        ax.bar(np.arange(1, count + 1), self.steps.influencers, color="tab:gray")
        ax.set_yscale("symlog")
        ax.set_ylim(bottom=0)
        ax.set_ylabel("matches |I|")
        if "token" in self.steps.columns:
            size = max(4.0, min(10.0, 1000 / max(1, count)))
            tokens = [_drawn(token, 20) for token in self.steps.token]
            steep: dict[str, Any] = {"rotation": 90} if count > 60 else {"rotation": 60, "ha": "right"}
            ax.set_xticks(np.arange(1, count + 1), tokens, fontsize=size, **steep)
        else:
            ax.set_xlabel("step")


def _drawn(text: str, most: int) -> str:
    """A text as matplotlib draws it: no formula between dollars, and not too long."""
    if len(text) > most:
        text = text[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return text.replace("$", r"\$")


def explained(
    e: Any,
    *,
    sample: Optional[int],
    split: Optional[str],
    class_names: Sequence[str],
    truth_known: bool,
    key: str,
    measure: str,
    training: int,
    tokens: Optional[Sequence[str]] = None,
    known: Optional[Sequence[bool]] = None,
    texts: Optional[Callable[[int], str]] = None,
    frames: Optional[np.ndarray] = None,
    image: bool = False,
    sentence: str = "",
    places: Optional[Callable[[dict], dict]] = None,
) -> Explanation:
    """A copy of an rr_explanation (not the pointer to it).

    tokens, known:  [T] of symbols, else None.
    texts:          the text of a training sequence; None: no texts.
    frames:         [T, D] the input, for the picture; image: they are the rows of one.
    places:         adds where training sequences stand to the columns of a table.
    """
    names = list(class_names)
    n = e.count_steps
    columns = arrays.columns(e.steps, n, *_STEP)
    columns["probability"] = np.where(columns["probability"] < 0, np.nan, columns["probability"])
    confidence = np.stack([arrays.copy(e.steps[t].confidence, e.classes) for t in range(n)])
    steps: dict[str, Any] = {}
    if tokens is not None:
        steps["token"] = list(tokens)
    labels = columns.pop("label")
    influencers = columns.pop("influencers")
    steps.update(named(columns, names, "prediction"))
    if (labels != _NO_LABEL).any():
        steps.update(named({"label": labels}, names, "label"))
        steps["wrong"] = (labels != _NO_LABEL) & (labels != columns["prediction"])
    steps["confidence"] = confidence
    steps["influencers"] = influencers
    if known is not None:
        steps["known"] = np.asarray(known, bool)
    predicted = f"T_m: training sequences with the predicted label {names[e.prediction]}"
    lists: dict[str, Any] = {
        "sequences": neighbours(e.proponents, e.count_proponents, names, texts, None, places),
        "for_prediction": neighbours(
            e.for_prediction, e.count_for_prediction, names, texts, predicted, places
        ),
        "for_truth": neighbours(
            e.for_truth,
            e.count_for_truth if truth_known else 0,
            names,
            texts,
            f"T_t: training sequences with the true label {names[e.truth]}" if truth_known else None,
            places,
        ),
    }
    return Explanation(
        sample=sample,
        split=split,
        truth=int(e.truth) if truth_known else None,
        prediction=int(e.prediction),
        class_names=names,
        steps=Table(steps),
        count_truth=e.count_truth if truth_known else None,
        count_prediction=e.count_prediction,
        lift_truth=e.lift_truth if truth_known else None,
        lift_prediction=e.lift_prediction,
        fault_pattern=bool(e.fault) if truth_known and e.truth != e.prediction else None,
        tied=e.tied,
        key=key,
        measure=measure,
        top=e.top,
        training=training,
        text=" ".join(tokens) if tokens is not None else "",
        sentence=sentence,
        _frames=frames,
        _image=image,
        **lists,
    )
