# SPDX-License-Identifier: MIT
"""Results of the library copied into tables and arrays."""

from __future__ import annotations

import ctypes
from typing import Any, Optional

import numpy as np

from . import _abi as abi
from . import _arrays as arrays
from . import _session as parts
from . import _words as words
from ._explanation import Explanation, explained, named
from ._library import call, lib, text
from ._results import (
    Audit,
    Localization,
    Quality,
    Reach,
    Repair,
    SpanLocalization,
    StepAudit,
    StepPredictions,
    outcome_of,
)
from ._sources import placed, source_columns
from ._table import Table
from .data import Dataset, tokens
from .states_file import batches

_UNKNOWN = 0xFFFFFFFF


def states(session: Any, number: int) -> Any:
    """States of a split, in memory."""
    from .states import States

    net = parts.network(session)
    ds = Dataset._share(parts.split(session, number))
    source = abi.rr_state_source()
    threads = lib.rr_session_threads(session)
    call("rr_network_states", net, ds._pointer, threads, ctypes.byref(source))
    try:
        rows, hidden, classes = source.steps, source.hidden, source.classes
        state = np.empty((rows, hidden), np.float32)
        prediction = np.empty(rows, np.uint32)
        probability = np.empty((rows, classes), np.float32)
        at = first = 0
        for batch in batches(source):
            first = first or batch.count  # the same batches give the same bits
            end = at + batch.rows
            state[at:end] = arrays.copy(batch.states, batch.rows, hidden)
            prediction[at:end] = arrays.copy(batch.predictions, batch.rows)
            probability[at:end] = arrays.copy(batch.probabilities, batch.rows, classes)
            at = end
    finally:
        lib.rr_state_source_close(ctypes.byref(source))
    return States.from_arrays(
        state,
        prediction,
        ds.labels if ds.labelled else None,
        ds.lengths,
        symbol=ds.symbols,
        frame=ds.frames,
        probability=probability,
        step_label=ds.step_labels,
        class_names=parts.names(session, ds),
        tokens=ds.tokens,
        batch=first,
    )


def step_predictions(p: Any, ds: Dataset) -> StepPredictions:
    """Those of a network with an output at every step."""
    lengths = ds.lengths
    rows = int(lengths.sum())
    return StepPredictions(
        lengths=lengths,
        prediction=arrays.copy(p.step_prediction, rows),
        probability=known_only(arrays.copy(p.step_probability, rows)),
        label=ds.step_labels,
        accuracy=None if p.step_accuracy < 0 else p.step_accuracy,
    )


def quality(session: Any, number: int, class_names: list[str]) -> Quality | None:
    """That of a split's predictions; None without labels."""
    classes = lib.rr_run_settings_of(lib.rr_session_run(session)).network.classes
    q = abi.rr_quality()
    rows = (abi.rr_class_quality * classes)()
    call("rr_session_quality", session, number, ctypes.byref(q), rows)
    if q.count == 0:
        return None
    columns = {"class": np.arange(classes, dtype=np.uint32)}
    for name in ("count", "predicted", "correct"):
        columns[name] = np.array([getattr(row, name) for row in rows], np.int64)
    for name in ("recall", "precision", "f1"):
        columns[name] = known_only(np.array([getattr(row, name) for row in rows]))
    means = ("accuracy", "macro_recall", "macro_f1", "auc")
    return Quality(
        count=q.count,
        per_class=Table(named(columns, class_names, "class"), index="class"),
        **{name: None if getattr(q, name) < 0 else getattr(q, name) for name in means},
    )


def novelty(session: Any, number: int) -> tuple[np.ndarray | None, bool]:
    """How unlike the training data the sequences of a split are, None where the run cannot tell,
    and whether the split is as a whole."""
    n = abi.rr_split_novelty()
    call("rr_session_novelty", session, number, ctypes.byref(n))
    if not n.sequences:
        return None, False
    return np.array([n.sequences[i].value for i in range(n.count)], np.float32), bool(n.unlike)


def known_only(fractions: np.ndarray) -> np.ndarray:
    """Fractions that are negative where unknown, NaN there instead."""
    return np.where(fractions < 0, np.nan, fractions).astype(fractions.dtype)


def explanation(session: Any, pointer: Any, question: Any, split: str) -> Explanation:
    x = pointer.contents
    seq = lib.rr_dataset_at(x.ds, x.at)
    said = known = texts = frames = None
    if x.training:
        said = tokens(x.ds, seq)
        known = known_steps(session, x.ds, seq)

        def texts(id: int) -> str:
            return " ".join(tokens(x.training, lib.rr_answer_training(pointer, id)))

    else:
        width = lib.rr_dataset_width(x.ds)
        frames = arrays.copy(seq.frames, seq.steps, width)
    classes = Dataset._share(x.names).class_names
    query = question.cfg.query

    def places(columns: dict) -> dict:
        return placed(columns, x.sources, place=lambda id: lib.rr_answer_place(pointer, id))

    found = explained(
        x.explanation.contents,
        sample=None if question.text else x.sample,
        split=None if question.text else split,
        class_names=classes,
        truth_known=bool(x.truth_known),
        key=words.word("key", query.key),
        measure=words.word("measure", query.measure),
        training=lib.rr_influence_info_of(parts.influence(session)).sequences,
        tokens=said,
        known=known,
        texts=texts,
        frames=frames,
        image=bool(lib.rr_dataset_is_image(x.ds)),
        sentence=parts.sentence(session),
        places=places,
    )
    if not question.text and x.sample != 2**64 - 1:
        found.source = {name: of[0] for name, of in source_columns(x.ds, [x.at]).items()}
    if x.has_novelty:
        found.novelty = x.novelty.value
        found.novelty_part = words.word("novelty-part", x.novelty.most)
    if x.spans:
        found.last_step = x.last_step
        found.labels, found.spans = behind(x, classes, texts, places)
    if x.step:
        found.step, found.influencers = x.step, x.influencers
        found.matches = matches(x, classes, texts, places)
        found.tied_matches = x.tied
    return found


def known_steps(session: Any, ds: Any, seq: Any) -> list[bool]:
    """Whether the network can tell each symbol of a sequence from padding; of one that is not here
    all of them."""
    if parts.origin(session) is not None:
        return [True] * seq.steps
    net = parts.network(session)
    unknown = abi.RR_WORD_UNKNOWN if lib.rr_dataset_words(ds) else -1
    symbols = seq.symbols[: seq.steps]
    return [s != unknown and bool(lib.rr_network_knows(net, s)) for s in symbols]


def behind(x: Any, classes: list, texts: Any, places: Any) -> tuple[Table, Table]:
    """The labels among the training steps that match, and the training spans."""
    n = x.count_spans
    labels = arrays.columns(x.labels, x.count_labels, "label", "count", "share", "lift")
    fields = ("span.sequence", "span.first", "span.last", "span.label", "span.prediction", "score")
    found = arrays.columns(x.spans, n, *fields)
    spans: dict[str, Any] = {"id": found.pop("sequence")}
    spans = places({**spans, **named(found, classes, "label", "prediction")})
    if x.parts:
        spans["part"] = arrays.copy(x.parts, n)
    if texts is not None:
        spans["text"] = [texts(int(i)) for i in spans["id"]]
    return Table(named(labels, classes, "label")), Table(spans)


def matches(x: Any, classes: list, texts: Any, places: Any) -> Table:
    n = x.count_matches
    columns = named(
        arrays.columns(x.matches, n, "id", "label", "prediction", "score"),
        classes,
        "label",
        "prediction",
    )
    columns = places(columns)
    columns["steps"] = [
        arrays.columns(x.matches[i].at, x.matches[i].count, "step")["step"] for i in range(n)
    ]
    if texts is not None:
        columns["text"] = [texts(int(i)) for i in columns["id"]]
    return Table(columns, title="training sequences that match the step")


def reach(r: Any, split: str, key: str) -> Reach:
    ds = Dataset._share(r.ds)
    names = ds.class_names
    steps: dict[str, Any] = {}
    if r.training:
        steps["token"] = tokens(r.training, lib.rr_dataset_at(r.training, 0))
    own = arrays.columns(r.steps, r.count_steps, "t", "state", "prediction", "errors")
    steps.update(named(own, names, "prediction"))
    columns = named(
        arrays.columns(r.touched, r.count, "id", "truth", "prediction", "fraction"),
        names,
        "truth",
        "prediction",
    )
    touched: dict[str, Any] = placed({"sample": columns.pop("id"), **columns}, r.ds, "sample")
    where = [
        arrays.columns(r.touched[i].steps, r.touched[i].count, "t", "training_step")
        for i in range(r.count)
    ]
    touched["steps"] = [w["t"] for w in where]
    touched["training_steps"] = [w["training_step"] for w in where]
    if r.training:
        touched["text"] = [ds.text(int(i)) for i in touched["sample"]]
    return Reach(
        training=r.id,
        label=r.label,
        prediction=r.prediction,
        split=split,
        key=key,
        class_names=names,
        steps=Table(steps),
        errors=r.errors,
        touched=Table(touched),
    )


def segments(ds: Dataset, id: int, rows: Any, count: int) -> dict[str, list]:
    """The suspect steps of a sequence."""
    seq = lib.rr_dataset_at(ds._pointer, id)
    said = tokens(ds._pointer, seq)
    found: dict[str, list] = {name: [] for name in ("t", "token", "symbol", "known", "rule", "influencers")}
    for i in range(count):
        of = rows[i]
        found["t"].append(of.t)
        found["token"].append(said[of.t - 1] if said else "")
        found["symbol"].append(-1 if of.symbol == _UNKNOWN else of.symbol)
        found["known"].append(bool(of.known))
        found["rule"].append(words.word("rule", of.rules))
        found["influencers"].append(of.influencers)
    return found


def segment_table(first: str, pieces: list[tuple[int, dict[str, list]]], symbols: bool) -> Table:
    columns: dict[str, Any] = {first: [id for id, part in pieces for _ in part["t"]]}
    for name in ("t", "token", "symbol", "known", "rule", "influencers"):
        if name != "token" or symbols:
            columns[name] = [value for _, part in pieces for value in part[name]]
    return Table(typed(columns, bools="known", ints=f"{first} t symbol influencers"))


def typed(columns: dict[str, Any], bools: str = "", ints: str = "") -> dict[str, Any]:
    """Lists as arrays of their kind, also where they are empty."""
    for name in columns:
        if name in bools.split():
            columns[name] = np.array(columns[name], bool)
        elif name in ints.split():
            columns[name] = np.array(columns[name], np.int64)
    return columns


def localization(session: Any, l: Any, cfg: Any, split: str) -> Localization:
    ds = Dataset._share(l.ds)
    labelled = ds.labelled
    errors = arrays.columns(l.errors, l.count, "id", "truth", "prediction")
    pieces = [
        (
            l.errors[i].id,
            segments(
                ds,
                l.errors[i].id,
                l.errors[i].segments.contents.segments,
                l.errors[i].segments.contents.count,
            ),
        )
        for i in range(l.count)
    ]
    columns = placed(named(errors, parts.names(session, ds), "truth", "prediction"), ds._pointer)
    columns["segments"] = np.array([len(part["t"]) for _, part in pieces], np.int64)
    if ds.width == 0:
        columns["text"] = [ds.text(id) for id, _ in pieces]
    return Localization(
        split=split,
        rule=words.word("rule", cfg.rules if labelled else abi.RR_RULE_RARE),
        gamma=cfg.gamma,
        key=words.word("key", cfg.key),
        count=len(ds),
        labelled=labelled,
        localised=l.localized,
        unsupported=l.unsupported,
        errors=Table(columns, index="id"),
        segments=segment_table("id", pieces, ds.width == 0),
        sentence=parts.sentence(session),
    )


def misread_spans(session: Any, l: Any, cfg: Any, split: str) -> SpanLocalization:
    ds = Dataset._share(l.ds)
    fields = ("sequence", "first", "last", "label", "prediction", "wrong")
    found = arrays.columns(l.spans, l.count, *[f"span.{name}" for name in fields])
    columns = {"id": found.pop("sequence"), "first": found.pop("first"), "last": found.pop("last")}
    columns["truth"] = found.pop("label")
    columns.update(found)
    pieces = []
    for i in range(l.count):
        own, of = l.spans[i].span, l.spans[i].segments.contents
        pieces.append((i, segments(ds, own.sequence, of.segments, of.count)))
    return SpanLocalization(
        split=split,
        rule=words.word("rule", cfg.rules),
        gamma=cfg.gamma,
        key=words.word("key", cfg.key),
        count=l.all,
        labelled_steps=l.labelled_steps,
        step_errors=l.step_errors,
        localised=l.localized,
        unsupported=l.unsupported,
        spans=Table(placed(named(columns, parts.names(session, ds), "truth", "prediction"), ds._pointer)),
        segments=segment_table("span", pieces, ds.width == 0),
        sentence=parts.sentence(session),
    )


def step_audit(session: Any, x: Any, cfg: Any, train: Dataset) -> StepAudit:
    names = train.class_names
    of = cfg.audit
    fields = ("sequence", "step", "given", "suggested", "prediction", "score", "support", "confidence")
    rows = arrays.columns(x.rows, x.count_rows, *fields)
    rows["confidence"] = known_only(rows["confidence"])
    ranking: dict[str, Any] = {"id": rows.pop("sequence")}
    ranking.update(named(rows, names, "given", "suggested", "prediction"))
    ranking = placed(ranking, train._pointer)
    if train.width == 0:
        said = [tokens_of(train, int(i)) for i in ranking["id"]]
        ranking["token"] = [w[t - 1] for w, t in zip(said, ranking["step"].tolist())]
    places = arrays.columns(x.places, x.steps, "sequence", "step")
    audit = StepAudit(
        method=words.word("audit-method", of.method),
        key=words.word("key", of.key),
        seed=of.seed,
        class_names=names,
        sequence=places["sequence"],
        step=places["step"],
        scores=arrays.copy(x.scores, x.steps),
        order=arrays.copy(x.order, x.steps),
        ranking=Table(ranking),
        seconds=x.seconds,
        sentence=parts.sentence(session),
    )
    if x.has_found:
        put_found(audit, x)
    return audit


def tokens_of(ds: Dataset, i: int) -> list[str]:
    return tokens(ds._pointer, lib.rr_dataset_at(ds._pointer, i))


def put_found(audit: Any, x: Any) -> None:
    """How well known wrong labels were found."""
    found = x.found[:]
    audit.found = Table(
        {
            "reviewed": np.array([f.reviewed for f in found], np.int64),
            "flips": np.array([f.mislabelled for f in found], np.int64),
            "influential_flips": np.array([f.influential for f in found], np.int64),
        }
    )
    audit.needed = Table(
        {
            "fraction": np.array([n.fraction for n in x.needed], float),
            "reviewed": np.array([n.reviewed for n in x.needed], np.int64),
        }
    )
    audit.average_precision = x.average_precision
    audit.area, audit.area_influential = x.area, x.area_influential


def audit(session: Any, x: Any, cfg: Any, judged: Dataset) -> Audit:
    names = judged.class_names
    of = cfg.audit
    other = cfg.judged != abi.RR_SPLIT_TRAIN
    has = not other and bool(lib.rr_session_has_split(session, cfg.split))
    rows = arrays.columns(
        x.rows, x.count_rows, "id", "given", "suggested", "prediction", "score", "support",
        "confidence", "flagged"
    )
    rows["confidence"] = known_only(rows["confidence"])
    if x.likeliest:
        rows["flagged"] = rows["flagged"] == 1
    else:
        del rows["flagged"]
    ranking = placed(named(rows, names, "given", "suggested", "prediction"), judged._pointer)
    ranking["errors"] = [
        np.array([row.driven[k].trace for k in range(row.count_driven)], np.int64)
        for row in x.rows[: x.count_rows]
    ]
    near: dict[str, Any] = {name: [] for name in ("of", "id", "label", "prediction", "score")}
    lists = []
    for row in x.rows[: x.count_rows]:
        found = row.neighbours[: row.count_neighbours]
        lists.append(np.array([n.id for n in found], np.uint32))
        for n in found:
            near["of"].append(row.id)
            for name in ("id", "label", "prediction"):
                near[name].append(getattr(n, name))
            near["score"].append(n.score)
    ranking["neighbours"] = lists
    ranking["tied"] = arrays.copy(x.tied, x.count_rows).astype(np.int64)
    ranking.update(reasons(x))
    near = typed(near, ints="of id label prediction")
    near["score"] = np.array(near["score"], np.float32)
    opponents = arrays.columns(x.opponents, x.count_opponents, "id", "given", "score")
    gradient = of.method in (
        abi.RR_AUDIT_KOH_LIANG,
        abi.RR_AUDIT_SGD,
        abi.RR_AUDIT_TRACIN,
        abi.RR_AUDIT_REPLAY,
        abi.RR_AUDIT_OUTPUT_LAYER,
    )
    audit = Audit(
        about=words.word("audit-about", of.about),
        method=words.word("audit-method", of.method),
        key=words.word("key", of.key),
        folds=of.folds,
        seed=of.attribution.seed,
        split=split_word(cfg.split) if has else None,
        labels=split_word(cfg.judged) if of.about == abi.RR_AUDIT_ABOUT_LABELS else None,
        class_names=names,
        scores=arrays.copy(x.scores, x.sequences),
        order=arrays.copy(x.order, x.sequences),
        likeliest=arrays.copy(x.likeliest, x.sequences) if x.likeliest else None,
        ranking=Table(ranking),
        neighbours=Table(named(near, names, "label", "prediction")),
        opponents=Table(named(opponents, names, "given")),
        errors=x.errors if has else None,
        seconds=x.seconds,
        solution=solution(x) if gradient else None,
        flagged=x.flagged if x.likeliest else None,
        sentence=parts.sentence(session),
        prefilled=x.prefilled,
        nearest_inputs=nearest_inputs(x),
    )
    if x.has_found:
        put_found(audit, x)
    if x.has_found and x.likeliest:
        audit.flagged_true, audit.weighted_f1 = x.flagged_true, x.weighted_f1
    return audit


def reasons(x: Any) -> dict[str, Any]:
    """Columns of a ranking: what the evidence says of each label."""
    kinds = {"by_states": "by_support", "by_network": "by_confidence", "by_inputs": "by_inputs"}
    found = arrays.columns(x.reasons, x.count_rows, "prefilled", "odds", *kinds.values())
    columns: dict[str, Any] = {"prefilled": found["prefilled"] == 1, "odds": found["odds"]}
    columns.update((name, found[member].astype(np.int8)) for name, member in kinds.items())
    columns["inputs"] = [
        np.array(row.inputs[: row.count_inputs], np.uint32) for row in x.reasons[: x.count_rows]
    ]
    return columns


def nearest_inputs(x: Any) -> Optional[dict[str, Any]]:
    """What part the labels of the nearest inputs had; None where the method does not ask them."""
    if not x.references:
        return None
    return {
        "used": bool(x.inputs_tell),
        "references": x.references,
        "parts": x.parts,
        "scaled": bool(x.scaled),
        "nearest": x.nearest,
        "restraint": x.restraint,
        "agreement": x.agreement,
    }


def split_word(split: int) -> str:
    """The name of a split, other for other data."""
    return "other" if split == abi.RR_SPLIT_OTHER else words.word("split", split)


def solution(x: Any) -> dict[str, Any]:
    return {
        "steps": x.solution.step,
        "checkpoints": x.checkpoints,
        "residual": x.solution.residual,
    }


def repair(session: Any, r: Any, request: Any, segment: bool) -> Repair:
    ds = Dataset._share(r.ds)
    names = parts.names(session, ds)
    output = bool(r.hotfix)
    effective = request.search if output else lib.rr_repair_config_of(r.search)
    compared = lib.rr_dataset_steps(r.ds) if r.steps else len(ds)
    after = arrays.copy(r.after, compared) if r.after else None
    columns = arrays.columns(
        r.targets,
        r.count,
        "id",
        "truth",
        "prediction",
        "generated",
        "accepted",
        "count_kept",
        "step",
        "unit",
    )
    targets: dict[str, Any] = {name: columns[name] for name in ("id", "truth", "prediction")}
    if r.steps:
        targets["step"] = columns["step"]
    if after is not None:
        units = columns["unit"].astype(np.int64)
        targets["after"] = after[units]
        targets["fixed"] = after[units] == columns["truth"]
    if not output:
        targets["generated"], targets["accepted"] = columns["generated"], columns["accepted"]
        targets["kept"] = columns["count_kept"]
    suspects: list[tuple[int, dict[str, list]]] = []
    if segment:
        of = arrays.columns(r.targets, r.count, "segment.budget", "segment.count_balance", "copies")
        targets["budget"], targets["balance"] = of["budget"], of["count_balance"]
        targets["copies"] = of["copies"]
        for i in range(r.count):
            t = r.targets[i]
            suspects.append((t.id, segments(ds, t.id, t.segment.segments, t.segment.count_segments)))
        samples = insertions(r, names)
    elif output:
        targets["dropped"] = np.zeros(r.count, bool)
        targets["dropped"][arrays.copy(r.hotfix.contents.dropped, r.hotfix.contents.count_dropped)] = True
        samples = Table({})
    else:
        of = arrays.columns(
            r.targets,
            r.count,
            "sample.count_truth",
            "sample.count_prediction",
            "sample.score_truth",
            "sample.score_prediction",
        )
        targets.update(of)
        targets["tied"] = np.array([lib.rr_repair_tied(r.search, i) for i in range(r.count)], np.int64)
        for name in ("lift_truth", "lift_prediction"):
            of_target = getattr(lib, f"rr_repair_{name}")
            targets[name] = np.array([of_target(r.search, i) for i in range(r.count)], np.float64)
        targets["fault_pattern"] = targets["lift_prediction"] > targets["lift_truth"]
        samples = variants(r, names, effective.variants == abi.RR_VARIANTS_SERIES)
    has_additions = bool(r.additions) and lib.rr_dataset_count(r.additions) > 0
    return Repair(
        level="output" if output else "segment" if segment else "sample",
        strategy=None if output else words.word("strategy", effective.strategy),
        vary=None if segment or output else words.word("variants", effective.variants),
        split="cases" if request.split == abi.RR_SPLIT_OTHER else words.word("split", request.split),
        seed=request.retrain.seed,
        class_names=names,
        solution=program_solution(r, request) if output else None,
        targets=Table(
            placed(named(targets, names, "truth", "prediction", "after"), r.ds), index="id"
        ),
        samples=samples,
        segments=segment_table("target", suspects, True),
        generated=r.generated,
        accepted=r.accepted,
        additions=Dataset._share(r.additions) if has_additions else None,
        before=arrays.copy(r.before, compared),
        after=after,
        outcome=outcome_of(r.all) if after is not None else None,
        outcome_of_targets=outcome_of(r.of_targets) if after is not None else None,
        **(retrained(r, names) if after is not None else {}),
    )


_SOLUTION = "change layer hold bound rounds rows binding worst_target worst_held seconds".split()


def program_solution(r: Any, request: Any) -> dict[str, Any]:
    """What level output has found; conflict are ids."""
    h = r.hotfix.contents
    found = {name: getattr(h, name) for name in _SOLUTION}
    found["states_seconds"] = r.states_seconds
    for name in ("margin", "ridge"):
        found[name] = getattr(request.search.output, name)
    found["conflict"] = [r.targets[h.conflict[i]].id for i in range(h.count_conflict)]
    return found


_RETRAINING = {
    "added": "added",
    "updates": "updates",
    "kept": "kept",
    "search_seconds": "search_seconds",
    "train_seconds": "train_seconds",
    "targets_fixed": "targets.fixed",
    "targets_left": "targets.still_failing",
    "unseen_fixed": "unseen.fixed",
    "unseen_left": "unseen.still_failing",
    "broken": "measured.counts.newly_broken",
    "accuracy": "measured.counts.accuracy_after",
    "divergence": "measured.divergence",
    "calibration_error": "measured.after.error",
    "loss": "measured.after.loss",
}


_QUALITY = {
    "macro_f1": "all.macro_f1",
    "macro_recall": "all.macro_recall",
    "auc": "all.auc",
    "unseen_auc": "unseen.auc",
}


def member(struct: Any, path: str) -> Any:
    for part in path.split("."):
        struct = getattr(struct, part)
    return struct


def retrained(r: Any, names: list) -> dict[str, Any]:
    """What a repair and its controls changed."""
    rows = [r.retrainings[i] for i in range(r.count_retrainings)]
    columns: dict[str, Any] = {"strategy": [words.word("strategy", x.strategy) for x in rows]}
    if r.hotfix:
        columns["strategy"] = ["output"]
    for name, path in _RETRAINING.items():
        columns[name] = np.array([member(x, path) for x in rows])
    columns["harmful"] = np.array([bool(x.harmful) for x in rows])
    for name, path in _QUALITY.items():
        columns[name] = known_only(
            np.array([member(r.qualities[i], path) for i in range(len(rows))])
        )
    shifted = "shift" in columns["strategy"]
    fields = ("count", "fixed", "newly_broken", "recall_before", "recall_after")
    classes = []
    for i, x in enumerate(rows):
        of = arrays.columns(x.classes, len(names), *fields)
        for end, every, first in (
            ("before", r.classes_before, 0),
            ("after", r.classes_after, i * len(names)),
        ):
            for name in ("precision", "f1"):
                of[f"{name}_{end}"] = known_only(
                    np.array([getattr(every[first + c], name) for c in range(len(names))])
                )
        for name in ("recall_before", "recall_after"):
            of[name] = known_only(of[name])
        classes.append(Table({"class": np.array(names), **of}))
    own, guard = rows[0], r.guard
    other = r.measured_split == abi.RR_SPLIT_OTHER
    return {
        "retrainings": Table(columns),
        "measured_before": {
            "accuracy": own.measured.counts.accuracy_before,
            "calibration_error": own.measured.before.error,
            "loss": own.measured.before.loss,
            **{
                name: float(known_only(np.array([member(r.quality_before, path)]))[0])
                for name, path in _QUALITY.items()
            },
        },
        "shift": {"class": names[r.shift.label], "by": r.shift.by} if shifted else None,
        "classes": classes,
        "measured": "cases" if other else words.word("split", r.measured_split),
        "guard": outcome_of(own.guard) if guard.on else None,
        "held": arrays.copy(guard.held, guard.count_held) if guard.count_held > 0 else None,
        "harmful": bool(own.harmful),
        "test_used": bool(r.test_used),
    }


_MEANS = (
    "added targets_fixed unseen_fixed unseen_left broken accuracy divergence calibration_error loss"
    " seconds"
)


def mean_retrainings(s: Any) -> Table:
    """Means over seeds, with their intervals."""
    rows = [s.retrainings[i] for i in range(s.count_retrainings)]
    columns: dict[str, Any] = {"strategy": [words.word("strategy", x.strategy) for x in rows]}
    columns["harmful"] = np.array([x.harmful for x in rows], np.int64)
    for name in _MEANS.split():
        of = [getattr(x, name) for x in rows]
        columns[name] = np.array([i.mean for i in of])
        columns[f"{name}_low"] = np.array([i.low for i in of])
        columns[f"{name}_high"] = np.array([i.high for i in of])
    for name in ("macro_f1", "auc", "unseen_auc"):
        of = [getattr(s.qualities[i], name) for i in range(len(rows))]
        for end, part in (("", "mean"), ("_low", "low"), ("_high", "high")):
            columns[name + end] = known_only(np.array([getattr(i, part) for i in of]))
    return Table(columns)


def joined(pieces: list[dict[str, np.ndarray]], ids: list[int], counts: list[int]) -> dict[str, Any]:
    """Tables of several targets in one, with the target's id before them."""
    found: dict[str, Any] = {"target": np.repeat(np.array(ids, np.int64), counts)}
    for name in pieces[0] if pieces else ():
        found[name] = np.concatenate([part[name] for part in pieces])
    return found


_KEPT = ("addition", "source", "score", "prediction", "of_input", "label", "weight")
_IMAGE = ("rotate", "shift_x", "shift_y", "shear", "scale")
_SERIES = ("jitter", "amplitude", "warp", "slice", "start", "channels")


def variants(r: Any, names: list, series: bool) -> Table:
    """The kept samples of level sample, and how each was varied."""
    how = [f"variation.{n}" for n in _SERIES] if series else [f"transform.{n}" for n in _IMAGE]
    ts = [r.targets[i] for i in range(r.count)]
    pieces = [arrays.columns(t.sample.kept, t.count_kept, *_KEPT, *how) for t in ts]
    columns = joined(pieces, [t.id for t in ts], [t.count_kept for t in ts])
    return Table(named(columns, names, "prediction"))


def insertions(r: Any, names: list) -> Table:
    fields = ("addition", "segment", "source", "after", "suffix", "in_context", "before", "truth", "prediction")
    ts = [r.targets[i] for i in range(r.count)]
    pieces = []
    for t in ts:
        part = arrays.columns(t.segment.kept, t.count_kept, *fields)
        step = [t.segment.segments[int(k)].t for k in part.pop("segment")]
        part["in_context"] = part["in_context"] != 0
        part["truth_before"], part["truth_after"] = part.pop("before"), part.pop("truth")
        pieces.append({"addition": part.pop("addition"), "t": np.array(step, np.int64), **part})
    columns = joined(pieces, [t.id for t in ts], [t.count_kept for t in ts])
    return Table(named(columns, names, "prediction"))


def candidates(rows: Any, count: int, train: Dataset, threshold: float) -> Table:
    fields = (
        "symbol target score support labelled purity expected gain expected_gain usual insertion "
        "dependence spread"
    ).split()
    columns = arrays.columns(rows, count, *fields)
    vocabulary = lib.rr_dataset_words(train._pointer)
    for name in ("insertion", "dependence"):
        columns[name] = known_only(columns[name])
    found: dict[str, Any] = {
        "token": [
            text(lib.rr_vocabulary_word(vocabulary, int(s))) if vocabulary else str(s)
            for s in columns["symbol"]
        ]
    }
    found.update(named(columns, train.class_names, "target"))
    found["trigger"] = columns["score"] > threshold
    found["training_ids"] = [arrays.copy(rows[i].ids, rows[i].count_ids) for i in range(count)]
    return Table(found, title="Candidates for a trigger")
