# SPDX-License-Identifier: MIT
"""A run as a whole: its abstract states, the trust in its influence model, its comparison with
another; copied into tables and arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

import numpy as np

from . import _arrays as arrays
from . import _session as parts
from . import _words as words
from ._collect import known_only, split_word
from ._explanation import named
from ._library import lib, text
from ._sources import placed
from ._table import Table, wrapped
from .data import Dataset

# ---- results -------------------------------------------------------------------------------------


@dataclass
class StateSummary:
    """What each of the K abstract states stands for."""

    split: str  #: whose errors are counted
    class_names: list  #: [C]
    steps: int  #: of the training set
    #: a row a state: state (from 1), steps (training steps in it), share, stability, likeliest
    #: (class), sequences, ends (those whose last step is in it), train_errors, train_accuracy,
    #: train_end_errors, train_end_accuracy, train_labelled_steps, train_step_accuracy, the same of
    #: the split with split_, ways_in, ways_out, errors (lists of misclassified sequences of the
    #: split that end in it; where every step has an output, with a wrong step in it). Accuracies are
    #: NaN where there is nothing to count
    states: Table
    confidence: np.ndarray  #: float32 [K, C], of the training steps in a state, predicted as each class
    labels: np.ndarray  #: float64 [K, C], of its labelled training steps, labelled as each class
    mean: Optional[np.ndarray]  #: float32 [K, D], of frames: mean input of its training steps
    words: Table  #: state, symbol, count, share, lift, token: typical words, largest lift first
    #: state, way (in or out), other (state before or after; 0 = start or end), count, share
    ways: Table
    sentence: str = ""  #: what the states are, of a network trained elsewhere

    def __str__(self) -> str:
        return f"{self.states}" + (f"\n\n{wrapped(self.sentence)}" if self.sentence else "")

    __repr__ = __str__


@dataclass
class Trust:
    """Whether an influence model is to be trusted."""

    level: str  #: good, look-closer or do-not-rely: the worst of what was measured
    sentence: str  #: the conclusion
    key: str  #: by which steps count as seen
    #: name, value (NaN: not measured), level, sentence; always the same names in the same order
    findings: Table

    def __getitem__(self, name: str) -> dict[str, Any]:
        """The finding of a name: its value, level and sentence."""
        at = np.flatnonzero(np.asarray(self.findings["name"]) == name)
        if len(at) == 0:
            raise KeyError(f"no finding {name!r}; there are {', '.join(self.findings['name'])}")
        return self.findings.row(int(at[0]))

    def __str__(self) -> str:
        lines = []
        for row in self.findings:
            value = "-" if np.isnan(row["value"]) else f"{row['value']:.4g}"
            lines += [f"{row['level']:<12}  {row['name']:<22} {value:>8}", f"    {row['sentence']}"]
        return "\n".join([*lines, "", self.sentence])

    __repr__ = __str__


@dataclass
class Comparison:
    """What a second run on the same data answers otherwise. Inputs are sequences, or where every
    step has an output labelled steps."""

    relation: str  #: of the second run to the first: child, parent, sibling, copy or other
    #: what the training set of the second has otherwise: added, taken_back, removed, restored,
    #: relabelled, relabelled_steps, reweighted; None of states, and of other training data
    edits: Optional[dict]
    split: str
    class_names: list  #: [C]
    by_steps: bool  #: inputs are steps
    labelled: bool  #: if not, nothing is right or wrong, and `parts` and `classes` are empty
    count: int  #: inputs compared
    differ: int  #: of these, with another prediction
    #: part (all; of a repair on its own split targets, unseen), count, fixed, broken, still_wrong,
    #: unchanged, accuracy_before, accuracy_after, divergence, calibration_before,
    #: calibration_after, loss_before, loss_after; NaN without probabilities
    parts: Table
    classes: Table  #: class, count, fixed, broken, recall_before, recall_after
    #: kind (fixed, broken, still-wrong, changed), id, where every step has an output step, truth,
    #: before, probability_before, after, probability_after, truth_probability_before,
    #: truth_probability_after, target
    changed: Table
    before: np.ndarray  #: uint32 [N], or [R] of every step: predictions of the first run
    after: np.ndarray  #: the same of the second
    note: str  #: what is not compared and why; "" = nothing

    def __str__(self) -> str:
        told = f"{self.parts}\n" if len(self.parts) > 0 else ""
        return (
            f"{told}{self.differ} of {self.count} {'steps' if self.by_steps else 'sequences'} of "
            f"{self.split} have another prediction" + (f"\n{self.note}" if self.note else "")
        )

    __repr__ = __str__


# ---- collected -----------------------------------------------------------------------------------

_VISITS = ("steps", "sequences", "accuracy", "ends", "end_errors", "end_accuracy", "labelled_steps",
           "step_errors", "step_accuracy")


def _visits(x: Any, part: str, *names: str) -> dict[str, np.ndarray]:
    found = arrays.columns(x.states, x.count, *[f"{part}.{name}" for name in names])
    return {n: known_only(v) if n.endswith("accuracy") else v for n, v in found.items()}


def _state_table(x: Any, classes: list) -> Table:
    cards = [x.states[i] for i in range(x.count)]
    columns: dict[str, Any] = arrays.columns(x.states, x.count, "state", "share", "stability", "likeliest")
    train = _visits(x, "train", "errors", *_VISITS)
    split = _visits(x, "split", *_VISITS)
    found = {"state": columns["state"], "steps": train.pop("steps"), "share": columns["share"]}
    found.update(stability=columns["stability"], likeliest=columns["likeliest"])
    found.update(sequences=train.pop("sequences"), ends=train.pop("ends"))
    found.update({f"train_{n}": train[n] for n in train if n != "step_errors"})
    found.update({f"split_{n}": v for n, v in split.items()})
    found.update(arrays.columns(x.states, x.count, "all_in", "all_out"))
    found["ways_in"], found["ways_out"] = found.pop("all_in"), found.pop("all_out")
    found["errors"] = [arrays.copy(c.errors, c.count_errors).tolist() for c in cards]
    return Table(named(found, classes, "likeliest"), index="state")


def _ways(card: Any) -> list[dict[str, np.ndarray]]:
    found = []
    for way, rows, n in ("in", card.in_, card.count_in), ("out", card.out, card.count_out):
        of = arrays.columns(rows, n, "state", "count", "share")
        found.append(
            {"state": np.full(n, card.state), "way": np.full(n, way), "other": of.pop("state"), **of}
        )
    return found


def _joined(pieces: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([p[name] for p in pieces]) for name in pieces[0]}


def _words(card: Any, names: Any) -> dict[str, np.ndarray]:
    of = arrays.columns(card.words, card.count_words, "symbol", "count", "share", "lift")
    said = [text(lib.rr_vocabulary_word(names, int(s))) if names else str(s) for s in of["symbol"]]
    return {"state": np.full(len(said), card.state), **of, "token": np.array(said, object)}


def summary(session: Any, x: Any) -> StateSummary:
    ds = Dataset._share(x.train)
    classes = parts.names(session, ds)
    cards = [x.states[i] for i in range(x.count)]
    names = lib.rr_dataset_words(x.train)
    C, D = x.classes, lib.rr_dataset_width(x.train)
    mean = None
    if D > 0:
        nowhere = np.full(D, np.nan, np.float32)
        mean = np.stack([arrays.copy(c.mean, D) if c.mean else nowhere for c in cards])
    return StateSummary(
        split=split_word(x.split),
        class_names=classes,
        steps=x.steps,
        states=_state_table(x, classes),
        confidence=np.stack([arrays.copy(c.confidence, C) for c in cards]),
        labels=np.stack([arrays.copy(c.labels, C) for c in cards]),
        mean=mean,
        words=Table(_joined([_words(c, names) for c in cards])),
        ways=Table(_joined([piece for c in cards for piece in _ways(c)])),
        sentence=parts.sentence(session),
    )


def trust(x: Any) -> Trust:
    rows = [x.findings[i] for i in range(x.count)]
    return Trust(
        level=words.word("trust-level", x.level),
        sentence=text(x.sentence),
        key=words.word("key", x.key),
        findings=Table(
            {
                "name": np.array([text(f.name) for f in rows]),
                "value": np.array([f.value for f in rows]),
                "level": np.array([words.word("trust-level", f.level) for f in rows]),
                "sentence": np.array([text(f.sentence) for f in rows], object),
            },
            index="name",
        ),
    )


def _parts(x: Any) -> Table:
    effects = [("all", x.all)] if x.labelled else []
    if x.has_targets:
        effects += [("targets", x.targets), ("unseen", x.unseen)]
    rows = []
    for name, e in effects:
        known = x.probabilities and e.counts.count > 0
        rows.append(
            {
                "part": name,
                "count": e.counts.count,
                "fixed": e.counts.fixed,
                "broken": e.counts.newly_broken,
                "still_wrong": e.counts.still_failing,
                "unchanged": e.counts.unchanged,
                "accuracy_before": e.counts.accuracy_before if e.counts.count > 0 else np.nan,
                "accuracy_after": e.counts.accuracy_after if e.counts.count > 0 else np.nan,
                "divergence": e.divergence if known else np.nan,
                "calibration_before": e.before.error if known else np.nan,
                "calibration_after": e.after.error if known else np.nan,
                "loss_before": e.before.loss if known else np.nan,
                "loss_after": e.after.loss if known else np.nan,
            }
        )
    names = rows[0].keys() if rows else ("part",)
    return Table({name: np.array([row[name] for row in rows]) for name in names}, index="part")


def _changed(x: Any, classes: list) -> Table:
    fields = ["kind", "id", "step", "truth", "before", "probability_before", "after"]
    fields += ["probability_after", "truth_before", "truth_after", "target"]
    found: dict[str, Any] = arrays.columns(x.changed, x.count_changed, *fields)
    found["kind"] = np.array([words.word("change", k) for k in found["kind"].tolist()], str)
    if not x.by_steps:
        del found["step"]
    for name, own in (("truth_before", "truth_probability_before"), ("truth_after", "truth_probability_after")):
        found[own] = found.pop(name)
    for name in found:
        if "probability" in name:
            found[name] = known_only(found[name])
    found["target"] = found.pop("target").astype(bool)
    return Table(placed(named(found, classes, "truth", "before", "after"), x.ds))


def comparison(session: Any, x: Any) -> Comparison:
    ds = Dataset._share(x.ds)
    classes = parts.names(session, ds)
    inputs = int(ds.lengths.sum()) if x.by_steps else len(ds)
    of = arrays.columns(
        x.classes, x.count_classes if x.labelled else 0,
        "count", "fixed", "newly_broken", "recall_before", "recall_after",
    )
    edits = {name: getattr(x.edits, name) for name, _ in x.edits._fields_ if name != "known"}
    edits["reweighted"] = bool(edits["reweighted"])
    return Comparison(
        relation=words.word("relation", x.relation),
        edits=edits if x.edits.known else None,
        split=split_word(x.split),
        class_names=classes,
        by_steps=bool(x.by_steps),
        labelled=bool(x.labelled),
        count=x.inputs,
        differ=x.differ,
        parts=_parts(x),
        classes=Table(
            {
                "class": np.array(classes[: len(of["count"])]),
                "count": of["count"],
                "fixed": of["fixed"],
                "broken": of["newly_broken"],
                "recall_before": known_only(of["recall_before"]),
                "recall_after": known_only(of["recall_after"]),
            },
            index="class",
        ),
        changed=_changed(x, classes),
        before=arrays.copy(x.before, inputs),
        after=arrays.copy(x.after, inputs),
        note=text(x.note),
    )
