# SPDX-License-Identifier: MIT
"""A trigger traced through a training set."""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING, Any, Optional

import numpy as np

from . import _abi as abi
from . import _arrays as arrays
from ._errors import UnsupportedError
from ._explanation import named
from ._handle import Handle
from ._library import call, lib
from ._results import Attack, Removal, attack_of
from ._session import Path
from ._settings import RETRAIN, put
from ._sources import placed
from ._table import Table
from .data import Dataset, tokens

if TYPE_CHECKING:
    from ._open import OpenRun


class Trigger:
    """A trigger traced through a training set, by :meth:`Run.trigger`.

    target:    its class; target_name: the name of that.
    words:     its words, or numbers.
    contexts:  where it was learned: state (q before it), before, after (predictions before and
               after it; -1 = none), count, attacked, sequences, training_ids (lists).
    carriers:  training sequences with it, most influential first: id, label, prediction, step (of
               its last word), influence. Of a run with an output at every step, the training steps
               that follow it: label, prediction and step are theirs, id their sequence's.
    attack:    an :class:`Attack` on the run's network.
    """

    def __init__(self, run: OpenRun, pointer: Any, train: Dataset) -> None:
        """Takes the pointer; not for callers."""
        # The session must outlive it: what releases it keeps the session's handle.
        self._handle = Handle(
            "the trigger",
            pointer,
            lib.rr_traced_trigger_free,
            keep=run._handle,
        )
        run._children.add(self._handle)
        self._run = run
        t = pointer.contents
        names, n = train.class_names, ctypes.c_size_t()
        symbols = (ctypes.c_uint32 * t.trigger.n)(*t.trigger.symbols[: t.trigger.n])
        seq = abi.rr_sequence(symbols=symbols, steps=t.trigger.n)
        self.words = tokens(train._pointer, seq)
        self.target = int(t.trigger.target)
        self.target_name = names[self.target]
        self.attack: Attack = attack_of(t.attack)
        rows = lib.rr_backdoor_contexts(t.backdoor, ctypes.byref(n))
        columns = arrays.columns(rows, n.value, "state", "before", "after", "count", "attacked", "sequences")
        for name in ("before", "after"):
            columns[name] = np.where(columns[name] == 0xFFFF, -1, columns[name].astype(np.int64))
        contexts = named(columns, names, "before", "after")
        contexts["training_ids"] = [
            arrays.copy(rows[i].ids, rows[i].sequences) for i in range(n.value)
        ]
        self.contexts = Table(contexts)
        rows = lib.rr_backdoor_carriers(t.backdoor, ctypes.byref(n))
        columns = arrays.columns(rows, n.value, "id", "label", "prediction", "step", "influence")
        self.carriers = Table(placed(named(columns, names, "label", "prediction"), train._pointer))

    def remove(
        self,
        output: Path,
        *,
        count: Optional[int] = None,
        epochs: Optional[int] = None,
        learning_rate: Optional[float] = None,
    ) -> Removal:
        """Train two runs from scratch: `output` without the most influential sequences with the
        trigger that are labelled as its class, and output/random without as many random ones with
        it; both are attacked.

        count:   sequences removed at most. None: all.
        epochs, learning_rate:  of the trainings. None: the run's.
        Raises   ArgumentError (nothing to remove), FileError, ClosedError; KeyboardInterrupt: a
                 created run can be resumed by ``Run(output).train()``.
        """
        given = {"epochs": epochs, "learning_rate": learning_rate}
        most = 0 if count is None else arrays.whole(count, "count", least=1)
        directory = arrays.string(output, "output")
        run = self._run
        with self._handle.use() as pointer, run._use() as session:
            cfg = lib.rr_retrain_config_default(session)
            cfg.start = abi.RR_RETRAIN_SCRATCH
            put(cfg, given, RETRAIN)
            with arrays.owned(abi.rr_removal, lib.rr_removal_free) as out:
                call(
                    "rr_session_remove_trigger",
                    session,
                    pointer,
                    most,
                    directory,
                    ctypes.byref(cfg),
                    ctypes.byref(out),
                )
                r = out.contents
                return Removal(
                    run=run._open(os.fsdecode(directory), session),
                    random_run=run._open(os.fsdecode(r.random_dir), session),
                    removed=arrays.copy(r.removed, r.count),
                    random=arrays.copy(r.random, r.count),
                    before=self.attack,
                    after=attack_of(r.after),
                    after_random=attack_of(r.after_random),
                )

    def __reduce__(self) -> Any:
        raise UnsupportedError("a Trigger cannot be pickled or copied: trace it again by run.trigger()")

    def __repr__(self) -> str:
        return (
            f"<Trigger {' '.join(self.words)!r} for {self.target_name}: "
            f"{len(self.carriers)} carriers, attack {self.attack.success:.3f}>"
        )
