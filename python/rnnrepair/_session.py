# SPDX-License-Identifier: MIT
"""The parts of an open run directory, and the checks of what it is asked to do."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator, Mapping
from typing import Any, Optional, Union

from . import _abi as abi
from . import _arrays as arrays
from . import _words as words
from ._callbacks import Callbacks, Epoch, epoch_of
from ._errors import ArgumentError
from ._library import call, lib, text
from ._origin import sentence_of
from ._settings import REAL, put, refuse
from .data import Dataset
from .states import States

Path = Union[str, "os.PathLike[str]"]

_OF_IMAGES = "rotate shift shear scale"
_OF_SERIES = "jitter amplitude warp slice channels"
_OF_VARIANTS = f"sources variants rounds keep_samples vary {_OF_IMAGES} {_OF_SERIES}"
_OF_MIXED = "varied influential held"
_SAMPLE_ALONE = f"top norm {_OF_MIXED} {_OF_VARIANTS}"
_SEGMENT_ALONE = (
    "insertions max_insertions rule gamma punctuation pool balance with_misclassified export"
)
_OUTPUT_ALONE = "margin hold ridge drop_conflicts"


@contextlib.contextmanager
def new_run(pointer: Any) -> Iterator[None]:
    """Around a call that fills in a child's session: after a failure that is closed; what it has
    written stays, and can be resumed."""
    try:
        yield
    except BaseException:
        lib.rr_session_close(pointer)
        raise


def session_config(
    callbacks: Callbacks,
    data: Optional[str],
    vectors: Optional[Path],
    threads: Optional[int],
) -> Any:
    cfg = lib.rr_session_config_default()
    cfg.data = arrays.optional(data, "data")
    cfg.vectors = arrays.optional(vectors, "vectors")
    if threads is not None:
        cfg.threads = arrays.whole(threads, "threads", least=1)
    cfg.callbacks = callbacks.struct
    return cfg


def network(session: Any) -> Any:
    out = ctypes.POINTER(abi.rr_network)()
    call("rr_session_network", session, ctypes.byref(out))
    return out


def influence(session: Any) -> Any:
    out = ctypes.POINTER(abi.rr_influence)()
    call("rr_session_influence", session, ctypes.byref(out))
    return out


def origin(session: Any) -> Any:
    """Where the states of a run on states come from; None of a run with a network."""
    pointer = lib.rr_run_settings_of(lib.rr_session_run(session)).states
    return pointer.contents if pointer else None


def sentence(session: Any) -> str:
    """What a reader must know of the states of a run on states; "" of other runs."""
    found = origin(session)
    return "" if found is None else sentence_of(found)


def predictions(session: Any, number: int) -> Any:
    p = abi.rr_predictions()
    call("rr_session_predict", session, number, ctypes.byref(p))
    return p


def split(session: Any, number: int) -> Any:
    out = ctypes.POINTER(abi.rr_dataset)()
    call("rr_session_split", session, number, ctypes.byref(out))
    return out


def recorded_names(session: Any) -> list[str]:
    settings = lib.rr_run_settings_of(lib.rr_session_run(session))
    if not settings.class_names:
        return []
    return [text(settings.class_names[c]) for c in range(settings.network.classes)]


def names(session: Any, ds: Dataset) -> list[str]:
    """The names of the run's classes: those of a dataset, which may have fewer."""
    recorded = recorded_names(session)
    own = ds.class_names
    return recorded if len(recorded) > len(own) else own


def history(session: Any) -> list[Epoch]:
    n = ctypes.c_size_t()
    epochs = lib.rr_run_history(lib.rr_session_run(session), ctypes.byref(n))
    return [epoch_of(epochs[i]) for i in range(n.value)]


def ids(samples: Any) -> tuple[Any, int]:
    memory, n = arrays.numbers(samples, ctypes.c_size_t, "samples")
    if n == 0:
        raise ArgumentError("samples is empty: leave it out, or name sequences")
    return memory, n


def span(steps: Any) -> tuple[int, int]:
    """The first and the last of some steps."""
    try:
        first, last = steps
    except (TypeError, ValueError):
        raise ArgumentError(f"steps: expected (first, last), not {steps!r}") from None
    low = arrays.whole(first, "steps", least=1)
    return low, arrays.whole(last, "steps", least=low)


def put_query(
    query: Any, measure: Optional[str], norm: Optional[float], key: Optional[str]
) -> None:
    given = {"measure": measure, "norm": norm, "key": key}
    put(query, given, {"measure": ("measure", "measure"), "norm": ("p", REAL), "key": ("key", "key")})
    if query.measure != abi.RR_MEASURE_LP:
        refuse(given, "norm", f"measure {words.word('measure', query.measure)}")


def check_review(review: Any) -> None:
    """Refuse a file for review that exists."""
    if review is not None and os.path.lexists(arrays.string(review, "review")):
        raise ArgumentError(f"review: {os.fspath(review)} exists, and may hold decisions")


def check_audit(cfg: Any, given: Mapping[str, Any]) -> None:
    """Refuse what would do nothing."""
    call("rr_audit_check", ctypes.byref(cfg))
    method = words.word("audit-method", cfg.method)
    if method not in ("combined", "self-confidence"):
        refuse(given, "folds", f"method {method}")
    if method not in ("influence", "paper"):
        refuse(given, "key", f"method {method}")
    if method != "koh-liang":
        refuse(
            given,
            "curvature damping solver iterations tolerance scale",
            f"method {method}",
        )
    if method not in ("replay", "sgd"):
        refuse(given, "resume", f"method {method}")


def check_repair(session: Any, request: Any, given: Mapping[str, Any]) -> bool:
    """Refuse what would do nothing; whether the level is segment."""
    run = lib.rr_run_settings_of(lib.rr_session_run(session))
    words_in = run.network.vocabulary > 0
    level = request.search.level
    strategy = words.word("strategy", request.search.strategy)
    if level == abi.RR_LEVEL_OUTPUT:
        others = f"strategy copies {_SEGMENT_ALONE} {_SAMPLE_ALONE} retrain epochs learning_rate"
        refuse(given, f"{others} dropout max_broken keep_harmful", "level output")
        return False
    refuse(given, _OUTPUT_ALONE, "another level than output")
    segment = level == abi.RR_LEVEL_SEGMENT or (
        level == abi.RR_LEVEL_AUTO and words_in and strategy != "mixed"
    )
    if segment and not words_in:
        return segment  # the library refuses it
    if not segment:
        refuse(given, _SEGMENT_ALONE, "level sample")
        if strategy == "mixed":
            refuse(given, "variants rounds keep_samples", "strategy mixed")
        else:
            refuse(given, _OF_MIXED, f"strategy {strategy}")
        if strategy in ("none", "direct"):
            refuse(given, _OF_VARIANTS, f"strategy {strategy}")
        elif words_in:
            refuse(given, f"{_OF_IMAGES} {_OF_SERIES}", "words")
        else:
            check_variants(session, request.search.variants, given)
        return segment
    refuse(given, _SAMPLE_ALONE, "level segment")
    if request.search.segment.localize.rules == abi.RR_RULE_FLIP:
        refuse(given, "gamma", "rule flip")
    if strategy != "influence":
        refuse(given, "pool", f"strategy {strategy}")
    if strategy in ("none", "direct"):
        idle = "insertions max_insertions punctuation balance with_misclassified"
        refuse(given, idle, f"strategy {strategy}")
    return segment


def check_variants(session: Any, kind: int, given: Mapping[str, Any]) -> None:
    """Refuse arguments of the other kind of variants."""
    series = kind == abi.RR_VARIANTS_SERIES
    beside = f"vary {words.word('variants', kind)}"
    if kind == abi.RR_VARIANTS_AUTO:
        series = not lib.rr_dataset_is_image(split(session, abi.RR_SPLIT_TRAIN))
        beside = "data that are no images" if series else "images"
        other = "image" if series else "series"
        beside += f" (vary={other!r} takes them for {'such' if series else 'series'})"
    refuse(given, _OF_IMAGES if series else _OF_SERIES, beside)


def check_export(session: Any, search: Any, given: Mapping[str, Any]) -> None:
    """Refuse what would do nothing."""
    run = lib.rr_run_settings_of(lib.rr_session_run(session))
    if search.level == abi.RR_LEVEL_AUTO:
        segment = run.network.vocabulary > 0
    else:
        segment = search.level == abi.RR_LEVEL_SEGMENT
    if not segment:
        refuse(given, "insertions rule gamma balance", "level sample")
    elif search.localize.rules == abi.RR_RULE_FLIP:
        refuse(given, "gamma", "rule flip")
    if segment:
        refuse(given, "norm", "level segment")


def put_range(range_: Any, given: Mapping[str, Any]) -> None:
    """The half-widths of the ranges of an image's variants."""
    for name, members, middle in (
        ("rotate", ("rotate",), 0.0),
        ("shift", ("shift_x", "shift_y"), 0.0),
        ("shear", ("shear",), 0.0),
        ("scale", ("scale",), 1.0),
    ):
        if given.get(name) is None:
            continue
        half = arrays.real(given[name], name)
        if half < 0:
            raise ArgumentError(f"{name} is {half}; it must be at least 0")
        for member in members:
            setattr(range_.min, member, middle - half)
            setattr(range_.max, member, middle + half)


def save_predictions(session: Any, number: int, p: Any, output: Path, per_step: bool) -> None:
    path = arrays.string(output, "output")
    if not path.endswith((b".csv", b".npz")):
        raise ArgumentError(f"output: {os.fspath(output)}: expected a name that ends in .csv or .npz")
    if per_step and not path.endswith(b".csv"):
        raise ArgumentError("per_step is of an output FILE.csv")
    call("rr_session_check_output", session, path)
    if per_step:
        call("rr_session_save_trace", session, number, path)
    elif path.endswith(b".csv"):
        call("rr_session_save_predictions", session, number, path)
    else:
        call("rr_session_save_steps", session, p.ds, path)


# ---- states --------------------------------------------------------------------------------------


@contextlib.contextmanager
def states_beside(path: Path, states: Any) -> Iterator[bytes]:
    """The file of the states of a new run: the one given, or one written beside the run, which is
    removed again where the run cannot be made."""
    if not isinstance(states, States):
        yield arrays.string(getattr(states, "path", states), "states")
        return
    file = os.fspath(path).rstrip("/") + ".states.npz"
    if os.path.lexists(file):
        raise ArgumentError(f"states: {file}, where they would be written, exists already")
    states.save(file)
    try:
        yield os.fsencode(file)
    except BaseException:
        os.unlink(file)
        raise
