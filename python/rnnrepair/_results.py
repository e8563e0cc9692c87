# SPDX-License-Identifier: MIT
"""What the calls of a run return: tables, arrays and figures, all of them copies."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Optional

import numpy as np

from ._explanation import named
from ._table import Table, wrapped


@dataclass(frozen=True)
class Outcome:
    """What changed between two models on the same sequences."""

    count: int  #: sequences compared
    fixed: int  #: misclassified before, correct now
    still_failing: int  #: misclassified before and now
    newly_broken: int  #: correct before, misclassified now
    unchanged: int  #: correct before and now
    accuracy_before: float  #: 0..1
    accuracy_after: float  #: 0..1


@dataclass
class Quality:
    """How good predictions are on labelled inputs: of sequences, or where every step has an output
    of labelled steps. None where there is nothing to count."""

    count: int  #: inputs with a label
    accuracy: Optional[float]  #: 0..1
    macro_recall: Optional[float]  #: mean recall of the classes that are a truth
    macro_f1: Optional[float]  #: mean F1 of the classes that are a truth or a prediction
    auc: Optional[float]  #: of two classes, the area under the ROC curve of the second; else None
    #: class, count, predicted, correct, recall, precision, f1 (NaN where there is none)
    per_class: Table


@dataclass
class Predictions:
    """Predictions for N sequences."""

    split: str  #: of the run, or of the other data
    class_names: list  #: [C]
    prediction: np.ndarray  #: uint32 [N], after the last step
    probability: np.ndarray  #: float32 [N], of the prediction; NaN where unknown
    label: Optional[np.ndarray]  #: uint32 [N]; None where the data have no labels
    #: 0..1, of the sequences; with an output at every step, of those without a wrong step. None
    #: without labels
    accuracy: Optional[float]
    steps: Optional[StepPredictions] = None  #: of a network with an output at every step, else None
    #: where the sequences stand in the user's data, columns as of Dataset.sources(), [N] each; empty
    #: where they come from no file
    sources: dict = field(default_factory=dict, repr=False)
    quality: Optional[Quality] = None  #: recall, precision and F1 by class; None without labels
    #: float32 [N], how unlike the training data each sequence is, above 1 novel; None without an
    #: influence model that can tell
    novelty: Optional[np.ndarray] = None
    unlike: bool = False  #: so many are novel that the data as a whole are of another kind

    @property
    def count(self) -> int:
        """N."""
        return len(self.prediction)

    @property
    def novel(self) -> np.ndarray:
        """int64, the numbers of the sequences that are unlike the training data, ascending."""
        return np.empty(0, np.int64) if self.novelty is None else np.flatnonzero(self.novelty > 1)

    @property
    def errors(self) -> np.ndarray:
        """int64, the numbers of the misclassified sequences, ascending; with an output at every
        step, of those with a wrong step. Empty without labels."""
        if self.steps is not None:
            return np.unique(self.steps.sequence[self.steps.errors])
        if self.label is None:
            return np.empty(0, np.int64)
        return np.flatnonzero(self.prediction != self.label)

    @property
    def confusion(self) -> Optional[np.ndarray]:
        """int64 [C, C], counts of sequences, or of labelled steps where every step has an output;
        rows are truths, columns predictions. None without labels."""
        classes = len(self.class_names)
        if self.steps is not None:
            return self.steps.confusion(classes)
        if self.label is None:
            return None
        return _confusion(self.label, self.prediction, classes)

    def table(self) -> Table:
        """Table(id, label, prediction, probability, novelty), and the names of the classes; after id where
        the data come from files source_row, source_file and source_id (Dataset.sources())."""
        columns: dict[str, Any] = {"id": np.arange(self.count)}
        columns.update(self.sources)
        if self.label is not None:
            columns["label"] = self.label
        columns.update(prediction=self.prediction, probability=self.probability)
        if self.novelty is not None:
            columns["novelty"] = self.novelty
        return Table(named(columns, self.class_names, "label", "prediction"), index="id")

    def __repr__(self) -> str:
        known = "" if self.accuracy is None else f", accuracy {self.accuracy:.4f}"
        if self.steps is not None and self.steps.accuracy is not None:
            known += f", of steps {self.steps.accuracy:.4f}"
        if len(self.novel):
            known += f", {len(self.novel)} unlike the training data"
        return f"<Predictions of {self.split}: {self.count} sequences{known}>"


@dataclass
class StepPredictions:
    """Predictions for every step of N sequences, R steps in all, sequence after sequence."""

    lengths: np.ndarray  #: int64 [N]
    prediction: np.ndarray  #: uint32 [R]
    probability: np.ndarray  #: float32 [R], of the prediction; NaN where unknown
    label: Optional[np.ndarray]  #: int64 [R], -1 = none; None where no step has a label
    accuracy: Optional[float]  #: 0..1, of the labelled steps; None where there is none

    @property
    def sequence(self) -> np.ndarray:
        """int64 [R], the number of each step's sequence."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @property
    def step(self) -> np.ndarray:
        """int64 [R], the number of each step in its sequence, from 1."""
        first = np.cumsum(self.lengths) - self.lengths
        return np.arange(len(self.prediction)) - np.repeat(first, self.lengths) + 1

    @property
    def errors(self) -> np.ndarray:
        """int64, the rows whose label is another than the prediction."""
        if self.label is None:
            return np.empty(0, np.int64)
        return np.flatnonzero((self.label >= 0) & (self.label != self.prediction))

    def confusion(self, classes: int) -> Optional[np.ndarray]:
        """int64 [C, C], counts of the labelled steps; rows are truths, columns predictions."""
        if self.label is None:
            return None
        has = self.label >= 0
        return _confusion(self.label[has], self.prediction[has], classes)


def _confusion(label: np.ndarray, prediction: np.ndarray, classes: int) -> np.ndarray:
    cell = label.astype(np.int64) * classes + prediction
    return np.bincount(cell, minlength=classes * classes).reshape(classes, classes)


@dataclass
class Localization:
    """The suspect steps of the errors of a split, or of sequences without labels."""

    split: str
    rule: str  #: rare, flip or both; of data without labels rare
    gamma: int  #: rare: fewer matching training sequences than this
    key: str
    count: int  #: sequences of the split
    labelled: bool  #: whether there are labels; if not, `errors` are all sequences
    localised: int  #: errors with a suspect step that repair can use
    unsupported: int  #: errors whose suspect steps are all unknown to the network
    errors: Table  #: id, truth (-1 = unknown), prediction, segments (suspect steps), text of symbols
    #: a row a suspect step: id (of its error), t (from 1), token (of symbols), symbol (-1 = none),
    #: known (whether the network can tell it from padding), rule, influencers
    segments: Table
    sentence: str = ""  #: what the states are, of a network trained elsewhere

    def __str__(self) -> str:
        what = "errors" if self.labelled else "sequences"
        text = f"{self.segments}\n{len(self.errors)} {what}, {self.localised} localised"
        return f"{text}\n\n{wrapped(self.sentence)}" if self.sentence else text

    __repr__ = __str__


@dataclass
class Audit:
    """Training sequences ranked by how likely their label is wrong, or how near errors they are.
    A larger score is more suspect."""

    about: str  #: labels or errors
    method: str
    key: str
    folds: int
    seed: int
    split: Optional[str]  #: of the errors; None where the run has no such split, or of other labels
    labels: Optional[str]  #: about labels: the split they are of
    class_names: list  #: [C]
    scores: np.ndarray  #: float64 [N]
    order: np.ndarray  #: uint32 [N], ids by descending score
    #: uint32 [N], the label with the lowest score; None where the method has none for other labels
    likeliest: Optional[np.ndarray]
    #: the first `top`: id, given, suggested, prediction (classes), score, support (mean log
    #: fraction of the label among sequences in the same states, nats), confidence (probability of
    #: the label), where another can be likelier flagged, errors (lists:
    #: those nearest to it), neighbours (lists of ids: the nearest that are predicted as labelled),
    #: prefilled, odds (of the suggested label against the given one, log), by_states, by_network,
    #: by_inputs (1: by it the suggested label is preferred; -1: unknown), inputs (lists of ids: the
    #: training sequences with the nearest inputs),
    #: tied (as near as the last of these, and not among them)
    ranking: Table
    neighbours: Table  #: the same in detail: of (id of the ranking), id, label, prediction, score
    opponents: Table  #: about errors: id, given, score below 0, lowest first
    errors: Optional[int]  #: of the split; None where the run has no such split
    seconds: float  #: of the ranking, with all that the method computes
    solution: Optional[dict]  #: of a gradient method: steps, checkpoints, residual
    #: sequences whose likeliest label is another; None where the method has none
    flagged: Optional[int]
    sentence: str = ""  #: what the states are, of a network trained elsewhere
    found: Optional[Table] = None  #: with flips: reviewed, flips, influential_flips
    needed: Optional[Table] = None  #: with flips: fraction (of the flips), reviewed
    average_precision: Optional[float] = None  #: with flips
    area: Optional[float] = None  #: with flips: under found over reviewed fractions; 0.5 = random
    area_influential: Optional[float] = None  #: the same of the flips predicted as labelled
    flagged_true: Optional[int] = None  #: with flips: those among the flagged
    weighted_f1: Optional[float] = None  #: with flips: of flagged against them, both classes by number
    prefilled: int = 0  #: rows that the review file fills in: all evidence agrees
    #: used, references (training sequences compared with), parts (of frames), nearest (k), restraint
    #: (a), agreement; None where the method does not ask the nearest inputs
    nearest_inputs: Optional[dict] = None
    review: Optional[str] = None  #: the file written for review

    def __str__(self) -> str:
        known = ""
        if self.average_precision is not None:
            known = f"; average precision {self.average_precision:.4f}"
        return (
            f"{self.ranking}\nranked by {self.method} about {self.about}, "
            f"{len(self.scores)} sequences{known}"
            + (f"\n\n{wrapped(self.sentence)}" if self.sentence else "")
        )

    __repr__ = __str__


@dataclass
class Duplicates:
    """Groups of sequences whose inputs are equal or nearly so."""

    #: a row a sequence: group (from 1), kind (contradiction: labels differ; copy: all equal; near),
    #: split, id, label, copy (equal to an earlier one of the group)
    members: Table
    groups: int
    contradictory: int  #: groups whose labels differ
    equal: int  #: groups whose members are all equal
    spare: int  #: training sequences that equal an earlier one
    copied: int  #: sequences of other splits that equal a training sequence
    similar: int  #: sequences of other splits in a group with a training sequence
    seconds: float
    review: Optional[str] = None  #: the file written for review

    def __str__(self) -> str:
        return (
            f"{self.members}\n{self.groups} groups, {self.contradictory} with different labels; "
            f"{self.copied} sequences of other splits equal a training sequence"
        )

    __repr__ = __str__


@dataclass
class SpanLocalization:
    """The misread spans of a split whose steps have labels. A span is a run of successive steps with
    one label; it is misread where half of them or more are predicted otherwise."""

    split: str
    rule: str  #: rare, flip or both
    gamma: int  #: rare: fewer matching training sequences than this
    key: str
    count: int  #: spans searched
    labelled_steps: int  #: of these
    step_errors: int  #: of these, misclassified
    localised: int  #: misread spans with a suspect step that repair can use
    unsupported: int  #: those whose suspect steps are all unknown to the network
    #: a row a misread span: id (of the sequence), first, last (steps, from 1), truth, prediction (the
    #: most frequent), wrong (steps)
    spans: Table
    segments: Table  #: the suspect steps: span (row of `spans`), t, ...; as of a Localization
    sentence: str = ""  #: what the states are, of a network trained elsewhere

    def __str__(self) -> str:
        text = f"{self.spans}\n{len(self.spans)} of {self.count} spans misread"
        return f"{text}\n\n{wrapped(self.sentence)}" if self.sentence else text

    __repr__ = __str__


@dataclass
class StepAudit:
    """The labelled training steps, L in all, ranked by how likely their label is wrong. A larger
    score is more suspect."""

    method: str
    key: str
    seed: int
    class_names: list  #: [C]
    sequence: np.ndarray  #: uint32 [L], where the steps are
    step: np.ndarray  #: uint32 [L], from 1
    scores: np.ndarray  #: float64 [L]
    order: np.ndarray  #: uint32 [L], numbers of these by descending score
    #: the first `top`: id (of the sequence), step, given, suggested, prediction, score, support,
    #: confidence; of symbols token
    ranking: Table
    seconds: float
    sentence: str = ""  #: what the states are, of a network trained elsewhere
    found: Optional[Table] = None  #: with flips, as of an Audit
    needed: Optional[Table] = None
    average_precision: Optional[float] = None
    area: Optional[float] = None
    area_influential: Optional[float] = None
    review: Optional[str] = None  #: the file written for review

    def __str__(self) -> str:
        return f"{self.ranking}\nranked by {self.method}, {len(self.scores)} labelled steps"

    __repr__ = __str__


@dataclass
class Reach:
    """The errors of a split that a training sequence influences."""

    training: int  #: its number
    label: int
    prediction: int
    split: str
    key: str
    class_names: list
    steps: Table  #: of the training sequence: t, state, prediction, errors; of symbols token
    errors: int  #: of the split, in all
    #: sample, truth, prediction, fraction (of its steps that match), steps and training_steps
    #: (lists: where, and the first match in the training sequence); largest fraction first
    touched: Table

    def __str__(self) -> str:
        return f"{self.steps}\n\n{self.touched}\n{len(self.touched)} of {self.errors} errors"

    __repr__ = __str__


@dataclass
class Repair:
    """New training samples for misclassified sequences, and what retraining on them changed."""

    level: str  #: sample, segment or output
    strategy: Optional[str]  #: None at level output
    vary: Optional[str]  #: of level sample, how sequences were varied: image or series
    split: str
    seed: int
    class_names: list
    targets: Table  #: id, truth, prediction, after, fixed, generated, accepted, kept, and by level
    samples: Table  #: the samples kept, a row each; target is the id of the error
    segments: Table  #: level segment: the suspect steps; target, t, token, symbol, known, rule, ...
    generated: int  #: candidates compared, over all targets
    accepted: int  #: of these, accepted
    additions: Any  #: Dataset of the samples, or None where there are none
    run: Any = None  #: the retrained Run; None without output
    before: Optional[np.ndarray] = None  #: uint32 [N of the split] predictions
    after: Optional[np.ndarray] = None  #: uint32 [N] of the retrained run; None without output
    outcome: Optional[Outcome] = None  #: of the whole split; None without output
    outcome_of_targets: Optional[Outcome] = None  #: None without output
    export: Optional[str] = None  #: the file written
    #: level output: change and layer (norms of the change and of the layer before), bound (proved
    #: least norm), rounds, rows, binding, worst_target, worst_held (least margins), seconds,
    #: states_seconds, margin, hold, ridge, conflict (ids)
    solution: Optional[dict] = None
    #: the repair's own retraining, then its controls: strategy, added (samples), updates (of the
    #: weights) and kept (the update whose weights are measured), harmful, search_seconds,
    #: train_seconds; fixed and left of the targets and of unseen errors (measured, and no targets);
    #: of all that is measured broken, accuracy, divergence (nats), calibration_error, loss,
    #: macro_f1, macro_recall and auc (of more than two classes the mean of each against the rest);
    #: unseen_auc: without the targets. None without output
    retrainings: Optional[Table] = None
    #: what is measured, before: accuracy, calibration_error, loss, macro_f1, macro_recall, auc,
    #: unseen_auc; None without output
    measured_before: Optional[dict] = None
    #: class by class of what is measured, a table a retraining: class, count, fixed, newly_broken,
    #: recall, precision and f1, each _before and _after (NaN where there is no input)
    classes: list = field(default_factory=list)
    #: of control shift: class, and by (logits added to it); None without
    shift: Optional[dict] = None
    measured: Optional[str] = None  #: the split that is measured; with halves its odd numbers
    guard: Optional[Outcome] = None  #: of the inputs of the guard; None without
    #: the training sequences held back as a guard; None where it is dev, or there is none
    held: Optional[np.ndarray] = None
    harmful: bool = False  #: nothing is kept: no weights along the way obey the guard
    test_used: bool = False  #: the targets are of test, which is no test of the new run any more

    @property
    def kept(self) -> int:
        """Samples added to the training set."""
        return 0 if self.additions is None else len(self.additions)

    def __str__(self) -> str:
        lines = [str(self.targets)]
        if self.outcome is not None and self.outcome_of_targets is not None:
            lines.append(
                f"{self.outcome_of_targets.fixed} of {len(self.targets)} targets fixed, "
                f"{self.outcome.newly_broken} of {self.outcome.count} newly broken, accuracy "
                f"{self.outcome.accuracy_before:.4f} -> {self.outcome.accuracy_after:.4f}"
            )
        if self.retrainings is not None:
            lines += ["", str(self.retrainings)]
        if self.harmful:
            lines.append("harmful: nothing is kept")
        return "\n".join(lines)

    __repr__ = __str__


@dataclass
class RepairSeries:
    """The same targets repaired with several seeds; figures are means over these."""

    output: str  #: the folder; a seed's run is output/seed-S
    per_seed: Table  #: seed, kept, fixed, still_failing (of the targets), newly_broken, accuracy_after
    targets: Table  #: id, truth, prediction, fixed (fraction of the seeds)
    kept: float
    fixed: float
    still_failing: float
    newly_broken: float
    accuracy_before: float
    accuracy_after: float
    runs: list = field(default_factory=list)  #: paths of what is kept, in the order of the seeds
    #: the repairs' own retrainings, then the controls: strategy, harmful (of so many seeds), and of
    #: each figure of Repair.retrainings the mean and its 95 % interval: NAME, NAME_low, NAME_high
    retrainings: Optional[Table] = None
    test_used: bool = False  #: as of a Repair

    def __str__(self) -> str:
        return (
            f"{self.per_seed}\n{self.fixed:.1f} of {len(self.targets)} targets fixed, "
            f"{self.newly_broken:.1f} newly broken, accuracy {self.accuracy_before:.4f} -> "
            f"{self.accuracy_after:.4f} (means over {len(self.per_seed)} seeds)"
            f"\n\n{self.retrainings}"
        )

    __repr__ = __str__


@dataclass
class Applied:
    """The effect of decisions about training sequences."""

    run: Any  #: the retrained Run
    relabelled: int
    dropped: int
    kept: int  #: decisions without effect
    steps: int  #: single steps relabelled
    outcome: Optional[Outcome]  #: None where the run has no such split


@dataclass(frozen=True)
class Attack:
    """How often a trigger turns a prediction."""

    tried: int  #: sequences of another class, predicted correctly, without the trigger
    succeeded: int  #: of these, predicted as the target with the trigger
    success: float  #: succeeded / tried
    success_learned: float  #: the same at positions where the trigger was learned
    guided: int  #: sequences that have such a position
    words: int  #: arbitrary words it is compared with
    base: Optional[float]  #: their mean success; None without
    base_max: Optional[float]  #: and the largest
    accuracy: float  #: of the network on the split


@dataclass
class Removal:
    """Two runs trained without sequences with a trigger."""

    run: Any  #: the Run without the most influential ones
    random_run: Any  #: the Run without as many random ones
    removed: np.ndarray  #: uint32, their ids
    random: np.ndarray  #: uint32
    before: Attack
    after: Attack
    after_random: Attack


@dataclass
class Verification:
    """A run compared with its records."""

    checks: Table  #: check, ok, differs (it was compared, and is another), detail

    @property
    def ok(self) -> bool:
        """Whether all checks passed."""
        return bool(np.all(self.checks.ok))

    @property
    def differences(self) -> list:
        """The names of those that did not."""
        return [name for name, ok in zip(self.checks.check, self.checks.ok) if not ok]

    def __str__(self) -> str:
        return str(self.checks)

    __repr__ = __str__


def outcome_of(o: Any) -> Outcome:
    """An rr_outcome."""
    return Outcome(
        o.count,
        o.fixed,
        o.still_failing,
        o.newly_broken,
        o.unchanged,
        o.accuracy_before,
        o.accuracy_after,
    )


def attack_of(a: Any) -> Attack:
    """An rr_attack_summary."""
    return Attack(
        tried=a.chosen.tried,
        succeeded=a.chosen.succeeded,
        success=a.chosen.success,
        success_learned=a.learned.success,
        guided=a.learned.guided,
        words=a.words,
        base=None if a.base < 0 else a.base,
        base_max=None if a.base_max < 0 else a.base_max,
        accuracy=a.accuracy,
    )


def path_of(value: Any) -> str:
    """A path as str."""
    return os.fspath(value)
