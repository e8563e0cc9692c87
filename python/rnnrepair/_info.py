# SPDX-License-Identifier: MIT
"""The settings and figures of a run, as `rnnrepair info --json` prints them."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping
from typing import Any, Optional

from . import _arrays as arrays
from . import _session as parts
from . import _words as words
from ._library import call, lib, text


def plain(struct: Any, members: Mapping[str, Optional[str]]) -> dict[str, Any]:
    """Members of a struct as a dict; an enumeration by its word."""
    found: dict[str, Any] = {}
    for name, kind in members.items():
        value = getattr(struct, name)
        found[name] = value if kind is None else words.word(kind, value)
    return found


def info(path: Any, session: Any) -> dict[str, Any]:
    of = lib.rr_session_run(session)
    s = lib.rr_run_settings_of(of)
    history = parts.history(session)
    epoch = lib.rr_run_model_epoch(of)
    found: dict[str, Any] = {"run": str(path), "data": data_info(s, lib.rr_run_class_weights(of)), "text": text_info(s)}
    found["origin"] = origin_info(session)
    found["network"] = plain(
        s.network,
        {
            "cell": "cell",
            "width": None,
            "hidden": None,
            "layers": None,
            "classes": None,
            "head": "head",
            "output": "output",
            "seed": None,
        },
    )
    found["network"]["class_names"] = parts.recorded_names(session) or None
    if found["origin"] is not None:  # a network that is not here has sizes alone
        sizes = ("width", "hidden", "classes", "vocabulary")
        names = found["network"]["class_names"]
        found["network"] = {**plain(s.network, dict.fromkeys(sizes)), "class_names": names}
    found["training"] = plain(
        s.train,
        {
            **dict.fromkeys(("epochs", "batch")),
            "optimizer": "optimizer",
            **dict.fromkeys(
                "learning_rate momentum rho beta1 beta2 epsilon dropout_input dropout_last "
                "clip_norm".split()
            ),
            "order": "order",
            "seed": None,
        },
    )
    found["training"]["keep"] = words.word("keep", s.keep)
    if found["origin"] is not None:
        found["training"] = None
    found["epochs"] = [e._asdict() for e in history]
    found["test_accuracy"] = history[epoch - 1].test_accuracy if epoch else None
    found["model_epoch"] = epoch
    found["certificate_hash"] = None if s.certificate_hash is None else text(s.certificate_hash)
    found["model_hash"] = None
    if lib.rr_run_has_model(of):
        net = parts.network(session)
        hash_ = ctypes.create_string_buffer(65)
        call("rr_network_hash", net, hash_)
        found["model_hash"] = text(hash_.value)
        found["network"]["parameters"] = lib.rr_network_parameters(net)
    found["influence"] = influence_info(session)
    found["parent"] = None if s.parent is None else text(s.parent)
    found["parent_model"] = None if s.parent_model is None else text(s.parent_model)
    return found


def origin_info(session: Any) -> Optional[dict[str, Any]]:
    """Of a run on states, what they are."""
    o = parts.origin(session)
    if o is None:
        return None
    return {
        "kind": words.word("states-kind", o.kind),
        "compared": o.compared,
        "disagreements": o.disagreements if o.compared else None,
        "difference": None if o.difference < 0 else o.difference,
        "model": text(o.model) or None,
        "sentence": parts.sentence(session),
    }


def data_info(s: Any, class_weights: Any = None) -> dict[str, Any]:
    found: dict[str, Any] = {"spec": text(s.data)}
    for i, name in enumerate(words.words("split")):
        if s.splits[i].count:
            found[name] = {"count": s.splits[i].count, "hash": text(s.splits[i].hash)}
    found["additions_hash"] = None if s.additions_hash is None else text(s.additions_hash)
    found["removed"] = s.edits.count_removed
    found["relabelled"] = s.edits.count_relabelled
    if s.edits.count_steps:
        found["relabelled_steps"] = s.edits.count_steps
    if s.edits.weights:
        weights = arrays.copy(s.edits.weights, s.edits.count_weights)
        found["weights"] = {
            "sequences": int((weights != 1).sum()),
            "zeros": int((weights == 0).sum()),
            "hash": text(s.weights_hash),
        }
    if class_weights:
        found["class_weights"] = arrays.copy(class_weights, s.network.classes)
    found["scaling"] = None
    if s.scaling:
        scaling = s.scaling.contents
        found["scaling"] = {
            "kind": words.word("scale", scaling.kind),
            "offset": arrays.copy(scaling.offset, scaling.width),
            "divisor": arrays.copy(scaling.divisor, scaling.width),
        }
    return found


def text_info(s: Any) -> Optional[dict[str, Any]]:
    if not s.vocabulary:
        return None
    return {
        "words": lib.rr_vocabulary_size(s.vocabulary),
        "lower": bool(lib.rr_vocabulary_folds_case(s.vocabulary)),
        "vocabulary_hash": text(lib.rr_vocabulary_hash(s.vocabulary)),
        "vectors": None if s.vectors is None else os.fsdecode(s.vectors),
        "embedding": words.word("embedding", s.network.embedding),
    }


def influence_info(session: Any) -> Optional[dict[str, Any]]:
    if not lib.rr_session_has_influence(session):
        return None
    members = (
        "states components explained_variance stability_mean stability_min log_likelihood symbols "
        "sequences steps seed"
    )
    inf = parts.influence(session)
    found = plain(lib.rr_influence_info_of(inf), dict.fromkeys(members.split()))
    return {**found, "choice": choice(inf)}


def choice(inf: Any) -> dict[str, Any]:
    """How the number of states of an influence model came about."""
    x = lib.rr_influence_choice(inf).contents
    members = "gain agreement usual aim least most"
    return {"end": words.word("choice", x.end), **plain(x, dict.fromkeys(members.split()))}
