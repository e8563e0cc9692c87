# SPDX-License-Identifier: MIT
"""Keyword arguments put into configurations of the library. What is None stays as the library's
own default has it: no default is repeated here."""

from __future__ import annotations

import contextlib
import csv
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

from . import _arrays as arrays
from . import _words as words
from ._errors import ArgumentError, FormatError
from ._table import Table

#: Kinds of settings that are no words of an enumeration.
SIZE, SIZE_OR_0, REAL, FLAG, STRING = "size>0", "size", "real", "flag", "string"


def _value(given: Any, kind: str, argument: str) -> Any:
    if kind == SIZE:
        return arrays.whole(given, argument, least=1)
    if kind == SIZE_OR_0:
        return arrays.whole(given, argument)
    if kind == REAL:
        return arrays.real(given, argument)
    if kind == FLAG:
        return arrays.flag(given, argument)
    if kind == STRING:
        return arrays.string(given, argument)
    return words.value(kind, given, argument)


def put(cfg: Any, given: Mapping[str, Any], members: Mapping[str, tuple[str, str]]) -> None:
    """Set members of a struct.

    given:    argument -> value; None = not given.
    members:  argument -> (member, "a.b" of one in another; SIZE, ..., or an enumeration).
    Raises    ArgumentError, which names the argument.
    """
    for argument, (path, kind) in members.items():
        value = given.get(argument)
        if value is None:
            continue
        *outer, name = path.split(".")
        struct = cfg
        for part in outer:
            struct = getattr(struct, part)
        setattr(struct, name, _value(value, kind, argument))


def refuse(given: Mapping[str, Any], names: str, beside: str) -> None:
    """ArgumentError where one of the arguments was given, which has no effect beside another."""
    for name in names.split():
        if given.get(name) is not None:
            raise ArgumentError(f"{name} has no effect with {beside}: leave it out")


@contextlib.contextmanager
def decisions_file(value: Any, argument: str) -> Iterator[bytes | None]:
    """None for None; else the path of a file of decisions about training sequences: the one given, or one written for
    the time of a call from a mapping of ids, or (id, step), to classes (None = drop the sequence)
    or a Table with
    the columns id and label, maybe action and truth."""
    if value is None or isinstance(value, (str, os.PathLike)):
        yield arrays.optional(value, argument)
        return
    rows = _decisions(value, argument)
    with _file_of(rows, ["id", "label"], argument) as path:
        yield path


@contextlib.contextmanager
def weights_file(value: Any, argument: str) -> Iterator[bytes | None]:
    """None for None; else the path of a file of loss weights: the one given, or one written for the
    time of a call from a mapping of ids to weights, or an array of one for each sequence."""
    if value is None or isinstance(value, (str, os.PathLike)):
        yield arrays.optional(value, argument)
        return
    pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
    rows = [
        {"id": arrays.whole(i, argument), "weight": arrays.real(w, argument)} for i, w in pairs
    ]
    with _file_of(rows, ["id", "weight"], argument) as path:
        yield path


@contextlib.contextmanager
def class_weights_text(value: Any, argument: str) -> Iterator[bytes | None]:
    """None for None; a word or the path of a file as it is; a mapping of classes to weights in a
    file written for the time of a call."""
    if not isinstance(value, Mapping):
        yield arrays.optional(value, argument)
        return
    rows = [{"class": str(c), "weight": arrays.real(w, argument)} for c, w in value.items()]
    with _file_of(rows, ["class", "weight"], argument) as path:
        yield path


@contextlib.contextmanager
def _file_of(rows: list[dict], names: list[str], argument: str) -> Iterator[bytes]:
    """The path of a table written for the time of a call; its errors name the argument."""
    with tempfile.TemporaryDirectory(prefix="rnnrepair-") as folder:
        path = os.path.join(folder, "rows.csv")
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]) if rows else names)
            writer.writeheader()
            writer.writerows(rows)
        try:
            yield os.fsencode(path)
        except (FormatError, ArgumentError) as problem:
            said = re.sub(f"(--[a-z]+ )?{re.escape(path)}(, line [0-9]+)?: ", "", str(problem))
            if said == str(problem):
                raise
            raise ArgumentError(f"{argument}: {said}") from None


def _decisions(value: Any, argument: str) -> list[dict]:
    if isinstance(value, Mapping):
        return [
            {
                "id": arrays.whole(i[0] if isinstance(i, tuple) else i, argument),
                "step": arrays.whole(i[1], argument, least=1) if isinstance(i, tuple) else "",
                "action": "drop" if label is None else "relabel",
                "label": "" if label is None else label,
            }
            for i, label in value.items()
        ]
    if isinstance(value, Table) and {"id", "label"} <= set(value.columns):
        names = ("id", "step", "action", "label", "truth")
        take = [name for name in names if name in value.columns]
        return [
            {name: row.get(name + "_name", row[name]) for name in take} for row in value
        ]
    raise ArgumentError(
        f"{argument}: expected the path of a file, a mapping of ids to classes, or a Table with "
        f"the columns id and label; not {type(value).__name__}"
    )


# ---- the arguments of the calls of a run, and where they go ---------------------------------------

NETWORK = {
    "cell": ("network.cell", "cell"),
    "hidden": ("network.hidden", SIZE),
    "layers": ("network.layers", SIZE),
    "embedding": ("network.embedding", "embedding"),
    "width": ("network.width", SIZE),
    "head": ("network.head", "head"),
    "output": ("network.output", "output"),
}
TRAIN = {
    "epochs": ("train.epochs", SIZE),
    "batch": ("train.batch", SIZE),
    "optimizer": ("train.optimizer", "optimizer"),
    "learning_rate": ("train.learning_rate", REAL),
    "momentum": ("train.momentum", REAL),
    "rho": ("train.rho", REAL),
    "beta1": ("train.beta1", REAL),
    "beta2": ("train.beta2", REAL),
    "epsilon": ("train.epsilon", REAL),
    "clip_norm": ("train.clip_norm", REAL),
    "order": ("train.order", "order"),
    "seed": ("train.seed", SIZE_OR_0),
    "keep": ("keep", "keep"),
    "checkpoints": ("checkpoints", FLAG),
}
#: What an update rule does not read.
IDLE = {
    "sgd": "rho beta1 beta2 epsilon",
    "rmsprop": "momentum beta1 beta2",
    "adam": "momentum rho",
}
BUILD = {
    "pca": ("components", SIZE),
    "states": ("partition.states", SIZE),
    "stability": ("partition.stability", REAL),
    "max_states": ("partition.max_states", SIZE),
    "search": ("partition.search", "search"),
    "symbols": ("symbols", SIZE),
    "max_iter": ("partition.gmm.max_iter", SIZE),
    "tol": ("partition.gmm.tol", REAL),
    "floor": ("partition.gmm.floor", REAL),
    "seed": ("seed", SIZE_OR_0),
}
RETRAIN = {
    "retrain": ("start", "retrain"),
    "epochs": ("epochs", SIZE),
    "learning_rate": ("learning_rate", REAL),
    "seed": ("seed", SIZE_OR_0),
}
AUDIT = {
    "method": ("audit.method", "audit-method"),
    "key": ("audit.key", "key"),
    "folds": ("audit.folds", SIZE_OR_0),
    "top": ("audit.top", SIZE),
    "flagged": ("audit.flagged", FLAG),
    "curvature": ("audit.attribution.curvature", "curvature"),
    "damping": ("audit.attribution.damping", REAL),
    "solver": ("audit.attribution.solver", "solver"),
    "iterations": ("audit.attribution.iterations", SIZE),
    "tolerance": ("audit.attribution.tolerance", REAL),
    "scale": ("audit.attribution.scale", REAL),
    "resume": ("audit.attribution.state", STRING),
    "seed": ("audit.attribution.seed", SIZE_OR_0),
}
DUPLICATES = {
    "similarity": ("similarity", REAL),
    "distance": ("distance", REAL),
    "near": ("near", FLAG),
}
STEP_AUDIT = {
    "method": ("audit.method", "audit-method"),
    "key": ("audit.key", "key"),
    "top": ("audit.top", SIZE),
    "seed": ("audit.seed", SIZE_OR_0),
}
LOCALIZE = {
    "rule": ("rules", "rule"),
    "gamma": ("gamma", SIZE),
    "key": ("key", "key"),
    "punctuation": ("punctuation", FLAG),
}
REPAIR = {
    "level": ("search.level", "level"),
    "truth_class": ("truth", STRING),
    "count": ("most", SIZE),
    "strategy": ("search.strategy", "strategy"),
    "halves": ("halves", FLAG),
    "copies": ("search.copies", SIZE),
    "varied": ("search.mixed.varied", SIZE_OR_0),
    "influential": ("search.mixed.influential", SIZE_OR_0),
    "held": ("search.mixed.held", SIZE_OR_0),
    "max_broken": ("max_broken", SIZE_OR_0),
    "keep_harmful": ("keep_harmful", FLAG),
    "insertions": ("search.segment.insertions", SIZE),
    "rule": ("search.segment.localize.rules", "rule"),
    "gamma": ("search.segment.localize.gamma", SIZE),
    "punctuation": ("search.segment.localize.punctuation", FLAG),
    "max_insertions": ("search.most_insertions", REAL),
    "pool": ("search.segment.pool", SIZE),
    "balance": ("search.segment.balance", REAL),
    "margin": ("search.output.margin", REAL),
    "hold": ("search.output.hold", REAL),
    "ridge": ("search.output.ridge", REAL),
    "drop_conflicts": ("search.output.drop_conflicts", FLAG),
    "top": ("search.sample.top", SIZE),
    "norm": ("search.sample.query.p", REAL),
    "sources": ("search.sample.sources", SIZE),
    "variants": ("search.sample.variants", SIZE),
    "rounds": ("search.sample.rounds", SIZE),
    "keep_samples": ("search.sample.keep", SIZE),
    "vary": ("search.variants", "variants"),
    "jitter": ("search.variation.jitter", REAL),
    "amplitude": ("search.variation.amplitude", REAL),
    "warp": ("search.variation.warp", REAL),
    "slice": ("search.variation.slice", REAL),
    "channels": ("search.variation.channels", REAL),
    "retrain": ("retrain.start", "retrain"),
    "epochs": ("retrain.epochs", SIZE),
    "learning_rate": ("retrain.learning_rate", REAL),
    "dropout": ("retrain.dropout", REAL),
    "seed": ("retrain.seed", SIZE_OR_0),
    "export": ("export_path", STRING),
}
EXPORT = {
    "truth_class": ("truth", STRING),
    "count": ("most", SIZE),
    "level": ("search.level", "level"),
    "insertions": ("search.insertions", SIZE),
    "rule": ("search.localize.rules", "rule"),
    "gamma": ("search.localize.gamma", SIZE),
    "balance": ("search.balance", REAL),
    "norm": ("search.query.p", REAL),
    "keep_samples": ("search.budget", SIZE),
    "seed": ("search.seed", SIZE_OR_0),
    "export": ("path", STRING),
}
PATTERNS = {"neighbours": ("neighbours", SIZE), "seed": ("seed", SIZE_OR_0)}
SCAN = {"support": ("support", SIZE), "seed": ("seed", SIZE_OR_0)}
TRACE = {
    "split": ("split", "split"),
    "position": ("attack.position", "position"),
    "inputs": ("attack.inputs", SIZE),
    "words": ("comparisons", SIZE_OR_0),
    "seed": ("attack.seed", SIZE_OR_0),
}
