# SPDX-License-Identifier: MIT
"""Repair of the errors of a run."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from typing import Any, Optional, Union

from . import _abi as abi
from . import _arrays as arrays
from . import _collect as collect
from . import _session as parts
from . import _settings as settings
from . import _words as words
from ._additions import addition_table
from ._errors import ArgumentError
from ._explanation import named
from ._library import call, lib
from ._open import Class, OpenRun
from ._results import Repair, RepairSeries
from ._session import Path
from ._settings import put, refuse
from ._table import Table
from .data import Dataset
from .states import States
from .states_file import StatesFile


def control_bits(controls: Union[str, Sequence[str]]) -> int:
    """The bits of strategies that are controls."""
    if controls == "no":
        return 0
    names = [controls] if isinstance(controls, str) else controls
    allowed = ("none", "direct", "random", "shift")
    if (
        not isinstance(names, (list, tuple))
        or len(set(map(str, names))) < len(names)
        or any(name not in allowed for name in names)
    ):
        raise ArgumentError(
            f"controls: expected some of {', '.join(allowed)}, each once, or no"
        )
    return sum(1 << words.value("strategy", name, "controls") for name in names)


class Repairs(OpenRun):
    """The calls of a run that repair it."""

    def repair(
        self,
        output: Optional[Path] = None,
        *,
        samples: Any = None,
        level: Optional[str] = None,
        split: Optional[str] = None,
        cases: Optional[str] = None,
        halves: Optional[bool] = None,
        truth_class: Optional[Class] = None,
        count: Optional[int] = None,
        strategy: Optional[str] = None,
        copies: Optional[int] = None,
        varied: Optional[int] = None,
        influential: Optional[int] = None,
        held: Optional[int] = None,
        controls: Union[None, str, Sequence[str]] = None,
        max_broken: Optional[int] = None,
        keep_harmful: Optional[bool] = None,
        insertions: Optional[int] = None,
        max_insertions: Optional[float] = None,
        rule: Optional[str] = None,
        gamma: Optional[int] = None,
        punctuation: Optional[bool] = None,
        pool: Optional[int] = None,
        balance: Optional[float] = None,
        with_misclassified: Optional[bool] = None,
        export: Optional[Path] = None,
        margin: Optional[float] = None,
        hold: Optional[float] = None,
        ridge: Optional[float] = None,
        drop_conflicts: Optional[bool] = None,
        top: Optional[int] = None,
        norm: Optional[float] = None,
        sources: Optional[int] = None,
        variants: Optional[int] = None,
        rounds: Optional[int] = None,
        keep_samples: Optional[int] = None,
        vary: Optional[str] = None,
        rotate: Optional[float] = None,
        shift: Optional[float] = None,
        shear: Optional[float] = None,
        scale: Optional[float] = None,
        jitter: Optional[float] = None,
        amplitude: Optional[float] = None,
        warp: Optional[float] = None,
        slice: Optional[float] = None,
        channels: Optional[float] = None,
        retrain: Optional[str] = None,
        epochs: Optional[int] = None,
        learning_rate: Optional[float] = None,
        dropout: Optional[float] = None,
        seed: Optional[int] = None,
        seeds: Optional[Sequence[int]] = None,
    ) -> Union[Repair, RepairSeries]:
        """Search new training samples for errors, retrain on them in a new run, and measure what
        changed, beside controls. The errors themselves are trained on by the strategies direct and
        mixed alone.
        Where the retraining breaks more of its guard (inputs held out of it) than it fixes, nothing
        is kept: .harmful is true, and .run None.

        output:       directory of the new run; None: only search, and export.
        samples:      repair these errors, by number. None: the `count` errors of `split` (None:
                      dev, or test of a run without one) the network is most confident of, maybe
                      only of `truth_class`.
        cases:        spec of inputs with their right labels, whose errors are repaired.
        halves:       repair errors with even numbers, and measure what has odd ones.
        level:        sample: whole inputs; segment: single words; output: the output layer alone.
                      None: words on text, but whole sentences by strategy mixed.
        strategy:     influence, random, none, direct; paper (segment), gradient, mixed (sample).
                      None: mixed, on words influence.
        copies:       of each failing input, by the strategies direct and mixed.
        varied, influential, held:  of strategy mixed, for each failing input: variants of it, of
                      influential sequences of its class, and of those of the class it is taken for.
        controls:     what to compare with, some of none, direct, random (retrainings) and shift (of
                      the decision threshold alone); no for none of them. None: shift, with none and
                      direct where they take less than a minute.
        max_broken:   keep the last weights that break at most so many inputs of the guard. None:
                      fewer than they fix, or none.
        keep_harmful: keep the last weights, whatever they break; hold nothing back.
        insertions, max_insertions, rule, gamma, punctuation, pool, balance, with_misclassified,
        export:       of level segment: insertions per suspect word; in all at most, as a fraction
                      of the training set (None: 1; 0: no limit); what makes a word suspect, as of
                      :meth:`localize`; positions tried for each insertion; class-balancing samples
                      per insertion; also insert into misclassified sequences; a .jsonl of the
                      training set and the samples.
        margin, hold, ridge, drop_conflicts:  of level output: the logits by which targets must be
                      right, and training sequences that are right stay so (None: a twentieth of the
                      root mean square of the logits); from least change of the
                      logits (small) to least change of the weights (large); leave out targets in
                      conflict. Such a repair trains nothing, and certificate.json in the new run
                      says what is proved.
        top, norm, sources, variants, rounds, keep_samples:  of level sample: most influential
                      sequences searched, and the norm for it; how many of T_t are varied; variants
                      per target, in so many rounds; accepted variants kept per target.
        vary:         how: image, series, words. None: by the data; images as such where the data
                      are images.
        rotate, shift, shear, scale:  of images: the variants' largest rotation (degrees), shift
                      (pixels), shear (columns a row), change of size (fraction).
        jitter, amplitude, warp, slice, channels:  of series: the variants' largest noise (standard
                      deviations of the channel), change of a channel's amplitude (fraction), change
                      of speed; smallest part that is stretched to the whole, and fraction of the
                      channels that is changed.
        retrain:      continue (None) from the run's weights, or scratch; epochs, learning_rate:
                      of the training, as of :meth:`apply`; dropout: of inputs and last states,
                      None: the run's, 0 for mixed on words.
        seed:         of the search and the training. None: the run's.
        seeds:        one repair per seed, in output/seed-S, and their means.
        Returns       a Repair; with seeds a RepairSeries.
        Raises        ArgumentError (no such error, none with a suspect word; level output: targets
                      in conflict, which are named; an argument without
                      effect beside another), UnsupportedError (a level that is not of the data),
                      FileError; KeyboardInterrupt: where the new run was begun,
                      ``Run(output).train()`` resumes.
        """
        out_of = ("self", "samples", "seeds", "output", "cases", "controls")
        given = {k: v for k, v in locals().items() if k not in out_of and k != "out_of"}
        if truth_class is not None:
            given["truth_class"] = str(truth_class)
        if samples is not None:
            refuse(given, "count truth_class", "samples")
        if output is None:
            refuse(
                {**given, "controls": controls},
                "retrain epochs learning_rate dropout halves max_broken keep_harmful controls",
                "a search without output",
            )
        if keep_harmful:
            refuse(given, "max_broken", "keep_harmful")
        with self._use() as session:
            request = lib.rr_repair_request_default(session)
            if split is not None or cases is not None:
                request.split, _ = self._select(session, split, cases)
            put(request, given, settings.REPAIR)
            if controls is not None:
                request.controls = control_bits(controls)
            segment = parts.check_repair(session, request, given)
            if with_misclassified is not None:
                request.search.segment.correct_only = 1 - arrays.flag(
                    with_misclassified, "with_misclassified"
                )
            parts.put_range(request.search.sample.range, given)
            if samples is not None:
                request.targets, request.count_targets = parts.ids(samples)
            if seeds is not None:
                refuse({"seed": seed, "export": export}, "seed export", "seeds")
                if output is None:
                    raise ArgumentError("seeds retrain, and need an output")
                return self._repair_seeds(session, request, arrays.string(output, "output"), seeds)
            directory = arrays.optional(output, "output")
            with arrays.owned(abi.rr_repair_result, lib.rr_repair_result_free) as out:
                call(
                    "rr_session_repair",
                    session,
                    ctypes.byref(request),
                    directory,
                    ctypes.byref(out),
                )
                found = collect.repair(session, out.contents, request, segment)
            found.export = None if export is None else os.fspath(export)
            if directory is not None and not found.harmful:
                found.run = self._open(os.fsdecode(directory), session)
            return found

    def additions(
        self,
        split: Optional[str] = None,
        *,
        samples: Any = None,
        truth_class: Optional[Class] = None,
        count: Optional[int] = None,
        level: Optional[str] = None,
        insertions: Optional[int] = None,
        rule: Optional[str] = None,
        gamma: Optional[int] = None,
        balance: Optional[float] = None,
        with_misclassified: Optional[bool] = None,
        norm: Optional[float] = None,
        keep_samples: Optional[int] = None,
        seed: Optional[int] = None,
        foreign: Union[None, str, States, StatesFile] = None,
        export: Optional[Path] = None,
    ) -> Table:
        """Samples to add to the training set, for a network that is trained elsewhere: a run on
        states has none to retrain. Train it there on these, and measure there what changed.

        split:         whose errors. None: test; of foreign data test or the only one.
        samples, truth_class, count, level, insertions, rule, gamma, balance, with_misclassified,
        norm:          as of :meth:`repair`.
        keep_samples:  samples per error at most.
        seed:          of the class-balancing samples.
        export:        also write them there, as FILE.jsonl or FILE.npz.
        Returns        Table, error after error, best first: target (id of the error), kind (repeat:
                       the training sequence `source` once more; insert: with a symbol inserted;
                       balance: once more, for the balance of the classes), source, label, score,
                       step (of the target), symbol (-1 = none) and token, after (of the source: the
                       symbol becomes step after + 1), reason (a sentence).
        Raises         ArgumentError (no such error; an argument without effect), FileError;
                       KeyboardInterrupt.
        """
        given = {k: v for k, v in locals().items() if k not in ("self", "samples", "foreign")}
        given["truth_class"] = None if truth_class is None else str(truth_class)
        if samples is not None:
            refuse(given, "count truth_class", "samples")
        with self._use() as session:
            request = lib.rr_export_request_default(session)
            request.split, _ = self._select(session, split, foreign)
            put(request, given, settings.EXPORT)
            parts.check_export(session, request.search, given)
            if with_misclassified is not None:
                request.search.correct_only = 1 - arrays.flag(
                    with_misclassified, "with_misclassified"
                )
            if samples is not None:
                request.targets, request.count_targets = parts.ids(samples)
            with arrays.owned(abi.rr_export, lib.rr_export_free) as out:
                call("rr_session_export", session, ctypes.byref(request), ctypes.byref(out))
                x = out.contents
                train = Dataset._share(x.train)
                numbers = arrays.copy(x.targets, x.count)
                return addition_table(x.additions, numbers, train.class_names, train.tokens)

    def _repair_seeds(
        self, session: Any, request: Any, directory: bytes, seeds: Sequence[int]
    ) -> RepairSeries:
        numbers, n = arrays.numbers(list(seeds), ctypes.c_uint64, "seeds")
        if n == 0 or len(set(numbers[:n])) < n:
            raise ArgumentError("seeds: expected one seed or more, each once")
        with arrays.owned(abi.rr_repair_series, lib.rr_repair_series_free) as out:
            call(
                "rr_session_repair_seeds",
                session,
                ctypes.byref(request),
                directory,
                numbers,
                n,
                abi.rr_repair_report(0),
                None,
                ctypes.byref(out),
            )
            s = out.contents
            names = parts.names(session, Dataset._share(parts.split(session, request.split)))
            seed = arrays.columns(s.seeds, n, "seed", "kept", "all.newly_broken", "all.accuracy_after")
            of = arrays.columns(s.seeds, n, "of_targets.fixed", "of_targets.still_failing")
            order = ["seed", "kept", "fixed", "still_failing", "newly_broken", "accuracy_after"]
            order += ["harmful"]
            seed["harmful"] = arrays.columns(s.seeds, n, "harmful")["harmful"].astype(bool)
            targets = arrays.columns(s.targets, s.count, "id", "truth", "prediction", "fixed")
            root = os.fsdecode(directory)
            harmful = [bool(s.seeds[i].harmful) for i in range(n)]
            return RepairSeries(
                output=root,
                per_seed=Table({name: {**seed, **of}[name] for name in order}),
                targets=Table(named(targets, names, "truth", "prediction")),
                kept=s.mean_kept,
                fixed=s.mean_fixed,
                still_failing=s.mean_still_failing,
                newly_broken=s.mean_newly_broken,
                accuracy_before=s.accuracy_before,
                accuracy_after=s.accuracy_after,
                runs=[
                    os.path.join(root, f"seed-{seed}")
                    for seed, bad in zip(numbers[:n], harmful)
                    if not bad
                ],
                retrainings=collect.mean_retrainings(s),
                test_used=bool(s.test_used),
            )
