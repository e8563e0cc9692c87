# SPDX-License-Identifier: MIT
"""Repair of a PyTorch model: samples to add by influence, trained on by the user's own loop."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any, Callable, Iterable, List, Optional, Tuple, Union

import numpy as np
import torch
from torch import nn

from .._arrays import whole
from .._errors import ArgumentError, ShapeError
from .._table import Table
from ..influence import InfluenceModel
from ..states import States
from ._collector import Collector


@dataclasses.dataclass(repr=False)
class RepairReport:
    """What the additional samples did, beside the same training without them.

    Attributes:
        model: the repaired model, a copy
        control: a copy trained by the same loop without the additions; None where it was left out
        additions: Table of the samples that were added, and why (``InfluenceModel.additions``)
        samples: (input, label) as they were handed to the training loop
        targets: numbers of the misclassified sequences that were to be repaired
        outcome: Table with a row for the model before, the control and the repaired one: fixed
            (targets now as labelled), broken (sequences right before and wrong now), and the
            accuracies on the set with the errors and on the test set (NaN without one)
        predictions: name of the row -> labels [N] on the set with the errors
    """

    model: nn.Module
    control: Optional[nn.Module]
    additions: Table
    samples: List[Any]
    targets: np.ndarray
    outcome: Table
    predictions: dict

    def __str__(self) -> str:
        head = f"{len(self.targets)} targets, {len(self.samples)} additional samples"
        columns = ["model", "fixed", "broken", "accuracy"]
        known = not np.isnan(self.outcome.test_accuracy).all()
        lines = [head, f"{'':10}{'fixed':>8}{'broken':>8}{'accuracy':>10}" + "      test" * known]
        for row in self.outcome:
            name, fixed, broken, accuracy = (row[c] for c in columns)
            line = f"{name:10}{fixed:>8}{broken:>8}{100 * accuracy:>9.2f}%"
            lines.append(line + (f"{100 * row['test_accuracy']:>9.2f}%" if known else ""))
        return "\n".join(lines)

    __repr__ = __str__


def repair(
    model: nn.Module,
    train: Any,
    errors: Iterable,
    fit: Callable[[nn.Module, List[Any]], Optional[nn.Module]],
    influence: InfluenceModel,
    *,
    test: Optional[Iterable] = None,
    which: Any = None,
    budget: int = 45,
    level: str = "auto",
    repeat: int = 1,
    control: Union[bool, str] = True,
    seed: int = 1,
    insert: Optional[Callable] = None,
    collector: Optional[Collector] = None,
    inputs: Optional[Callable] = None,
    labels: Optional[Callable] = None,
    lengths: Optional[Callable] = None,
    progress: Any = None,
) -> RepairReport:
    """Repair misclassified sequences by training on more of the right samples.

    For each target, influence finds the training samples that lead to its label; they are handed to
    `fit`, the user's own training, with a copy of the model. Another copy is trained the same way
    without them, so that what more training does by itself is not taken for repair.

    Args:
        model: the trained model; not changed.
        train: the training set, in the order of the states `influence` was fitted on:
            ``train[i]`` is (input, label).
        errors: loader of the sequences with errors, with labels, in a fixed order. Keep it apart
            from the test set: its errors are what is trained on.
        fit: ``fit(model, additions)`` trains the model on its training set and the additions, a
            list of (input, label), and may return it. Called for the control too, with [] as
            additions or with random ones.
        influence: fitted on the states of `train` under this model.
        test: loader of a test set; None: accuracy there is not measured.
        which: numbers of the sequences of `errors` to repair; None: all misclassified ones.
        budget: additional samples for each, at most.
        level: "sample" (training samples once more), "segment" (symbols inserted into them) or
            "auto": segment for symbols.
        repeat: how often each sample is handed over.
        control: True: train without additions too; "random": with as many samples of the training
            set chosen at random instead, which is as much training; False: neither.
        seed: of PyTorch before each training.
        insert: ``insert(item, position, symbol, label)`` gives the item of the training set with a
            symbol inserted before `position`; None: items are (ids, label), ids of one axis,
            perhaps padded.
        collector: for the states of `errors`; None: ``Collector(model)``.
        inputs, labels, lengths: as of :meth:`Collector.collect`.
        progress: as of ``InfluenceModel.fit``.

    Returns:
        RepairReport, which prints as a table.

    Raises:
        ArgumentError: no target; a sample that cannot be made; a model that is trained in place
            otherwise than given.
        ShapeError: the training set has another number of samples than `influence`.
    """
    if not callable(fit):
        raise ArgumentError("fit must be a function of a model and a list of samples")
    repeat = whole(repeat, "repeat", 1)
    if control not in (True, False, "random"):
        raise ArgumentError(f'control: {control!r} is none of True, False, "random"')
    if not isinstance(influence, InfluenceModel):
        raise ArgumentError(f"influence must be an InfluenceModel, not {type(influence).__name__}")
    influence._fitted()
    if len(train) != influence.n_sequences_:
        raise ShapeError(
            f"train has {len(train)} samples, but influence was fitted on {influence.n_sequences_}"
        )
    collector = collector or Collector(model)
    named: dict = {"inputs": inputs, "labels": labels, "lengths": lengths}
    states = collector.collect(errors, **named)
    if states.label is None:
        raise ArgumentError("errors: the loader gives no labels")
    targets = _targets(states, which)
    table = influence.additions(states, targets, budget, level, progress=progress)
    samples = _samples(train, table, insert, collector._pad_index) * repeat

    measure = _Measure(collector, errors, test, named, states, targets)
    rows = [measure.row("before", model)]
    other = None
    if control:
        other = _trained(model, fit, _random(train, len(samples), control, seed), seed)
        rows.append(measure.row("control", other))
    repaired = _trained(model, fit, samples, seed)
    rows.append(measure.row("repaired", repaired))
    names = ("model", "fixed", "broken", "accuracy", "test_accuracy")
    outcome = Table({name: np.array([row[i] for row in rows]) for i, name in enumerate(names)})
    return RepairReport(repaired, other, table, samples, targets, outcome, measure.predictions)


def _random(train: Any, count: int, control: Union[bool, str], seed: int) -> List[Any]:
    """`count` items of the training set chosen at random; none for the plain control."""
    if control != "random":
        return []
    chosen = np.random.default_rng(seed).integers(0, len(train), count)
    return [train[int(i)] for i in chosen]


def _targets(states: States, which: Any) -> np.ndarray:
    if which is None:
        targets = states.errors
    else:
        targets = np.atleast_1d(np.asarray(which))
        targets = np.flatnonzero(targets) if targets.dtype == bool else targets.astype(np.int64)
    if not len(targets):
        raise ArgumentError("errors: no sequence is misclassified, so there is nothing to repair")
    return targets


def _samples(train: Any, table: Table, insert: Optional[Callable], pad: Optional[int]) -> List[Any]:
    """The items to train on, one for each row of the table."""
    make = insert or (lambda item, at, symbol, label: _inserted(item, at, symbol, label, pad))
    samples = []
    for row in table:
        item = train[int(row["source"])]
        if row["kind"] == "insert":
            item = make(item, int(row["after"]), int(row["symbol"]), int(row["label"]))
        samples.append(item)
    return samples


def _inserted(item: Any, at: int, symbol: int, label: int, pad: Optional[int]) -> Tuple[Any, Any]:
    """(ids, label) with `symbol` before position `at` of the ids; a padded item keeps its length."""
    if not isinstance(item, (tuple, list)) or len(item) != 2:
        raise ArgumentError(
            "insert: items of train are not (ids, label); pass insert= a function that inserts a "
            "symbol into an item"
        )
    ids: Any
    full: Any
    ids, given = item
    if isinstance(ids, torch.Tensor) and ids.dim() == 1 and not ids.is_floating_point():
        full = torch.cat((ids[:at], ids.new_tensor([symbol]), ids[at:]))
    elif isinstance(ids, np.ndarray) and ids.ndim == 1 and ids.dtype.kind in "iu":
        full = np.insert(ids, at, symbol)
    elif isinstance(ids, list):
        full = [*ids[:at], symbol, *ids[at:]]
    else:
        raise ArgumentError(
            "insert: the inputs of train are not ids of one axis; pass insert=, or level=\"sample\""
        )
    if pad is not None and len(ids) and int(ids[-1]) == pad:
        full = full[:-1]
    if isinstance(given, torch.Tensor):
        return full, torch.full_like(given, label)
    return full, type(given)(label)


def _trained(model: nn.Module, fit: Callable, samples: List[Any], seed: int) -> nn.Module:
    """A copy of the model, trained by the user's loop."""
    own = copy.deepcopy(model)
    torch.manual_seed(seed)
    result = fit(own, samples)
    if result is not None and not isinstance(result, nn.Module):
        raise ArgumentError(f"fit returned {type(result).__name__}, neither a model nor None")
    return own if result is None else result


class _Measure:
    """Labels of a model on the set with the errors and on the test set."""

    def __init__(self, collector: Collector, errors: Any, test: Any, named: dict, states: States,
                 targets: np.ndarray) -> None:  # fmt: skip
        self.collector, self.errors, self.test, self.named = collector, errors, test, named
        self.label, self.before = np.asarray(states.label, np.int64), states.answers.astype(np.int64)
        self.targets = targets
        self.predictions: dict = {}

    def row(self, name: str, model: nn.Module) -> tuple:
        predicted, label = self.collector.predict(self.errors, model, **self.named)
        if not np.array_equal(label, self.label):
            raise ArgumentError("errors: the loader gives the sequences in another order each time")
        self.predictions[name] = predicted
        fixed = int((predicted[self.targets] == label[self.targets]).sum())
        broken = int(((self.before == label) & (predicted != label)).sum())
        accuracy, tested = float((predicted == label).mean()), float("nan")
        if self.test is not None:
            predicted, label = self.collector.predict(self.test, model, **self.named)
            tested = float((predicted == label).mean())
        return name, fixed, broken, accuracy, tested
