# SPDX-License-Identifier: MIT
"""The ways of collecting, and the choice of the cheapest one that is exact."""

from __future__ import annotations

from typing import Any, ContextManager, Optional

import numpy as np
import torch
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from .._errors import ArgumentError, Error, MismatchError, UnsupportedError
from . import _capture as capture
from ._batches import Batch
from ._looking import REFUSALS, Looking
from ._outputs import of_sequences, select
from ._parity import Parity, Trial, difference, largest
from ._reading import Seen, to_numpy
from ._rows import Rows

MODES = ("auto", "stream", "pool", "prefix", "prefix-padded", "two-sided")
READOUTS = {"stream": ("last", "reverse"), "pool": ("max", "mean", "sum"),
            "two-sided": ("last", "max", "mean", "sum"),
            "prefix": ("head",), "prefix-padded": ("head",)}  # fmt: skip
KINDS = {"stream": "one-pass", "pool": "pooled", "prefix": "prefix", "prefix-padded": "prefix",
         "two-sided": "two-sided"}  # fmt: skip
PROBE_ROWS = 8  # sequences of each that are run again, cut short
ROWS_AT_ONCE = 1 << 16  # steps the output layer is given together


class Pieces:
    """Steps of a batch: their sequences, positions, states and outputs."""

    def __init__(self, sequence: np.ndarray, position: np.ndarray, state: torch.Tensor,
                 outputs: torch.Tensor) -> None:  # fmt: skip
        self.sequence, self.position = sequence, position
        self.state, self.outputs = state, outputs

    def last(self) -> np.ndarray:
        """The row of the last step of every sequence."""
        return np.flatnonzero(np.append(self.sequence[1:] != self.sequence[:-1], True))


class Choosing(Looking):
    """The part of a collector that has states and outputs of every step, and compares them."""

    def _candidates(self) -> list:
        """(mode, readout) in the order of their cost."""
        if self._tagger:
            return [("stream", "steps"), ("two-sided", "steps"), ("prefix", "head")]
        if self._rnn is None:
            return [("prefix", "head"), ("prefix-padded", "head")]
        pooled = [("pool", how) for how in READOUTS["pool"]]
        if self._rnn.bidirectional:
            reverse = [("stream", "reverse")] if self._rnn.layers == 1 else []
            two = [("two-sided", how) for how in READOUTS["two-sided"]]
            return [*reverse, *two, ("prefix", "head"), ("prefix-padded", "head")]
        return [("stream", "last"), *pooled, ("prefix", "head"), ("prefix-padded", "head")]

    def _choose(self, first: list) -> None:
        """Take the cheapest way that gives the model's own outputs."""
        ways = self._candidates()
        if self.mode != "auto":
            chosen = [way for way in ways if way[0] == self.mode]
            if not chosen and self.mode == "two-sided" and self._rnn is not None:
                chosen = [("two-sided", how) for how in READOUTS["two-sided"]]
            if not chosen:
                raise ArgumentError(
                    f"mode: {self.mode!r} does not suit this model; "
                    f"possible are {', '.join(sorted({way[0] for way in ways}))}"
                )
            ways = chosen
        elif not self._tagger:
            ways = [way for way in ways if way[0] != "two-sided"]
        self._recorder = capture.Recorder(
            [self._rnn.module, *self._rnn.others] if self._rnn is not None else [],
            [self._head] if self._head is not None else [],
        )
        with self._recorder:
            self._first += [self._see(raw) for raw in first[1:]]
            for mode, readout in ways:
                trial = self._try(mode, readout, self._first)
                self.tried_.append(trial)
                if not trial.reason:
                    self._mode, self._readout = mode, readout
                    return
        self._settle()

    def _settle(self) -> None:
        """No way is exact: the one asked for is taken with a warning, else nothing is."""
        measured = [trial.parity for trial in self.tried_ if trial.parity is not None]
        lines = "; ".join(f"{t.mode} ({t.readout}): {t.reason}" for t in self.tried_)
        if self.mode == "auto" or not measured:
            raise MismatchError(f"no way of collecting gives the model's own outputs: {lines}")
        best = min(measured, key=lambda parity: np.nan_to_num(parity.max_abs_diff, nan=np.inf))
        self._mode, self._readout = best.mode, best.readout
        self._note(f"the collected outputs are not the model's own: {lines}", warn=True)

    def _try(self, mode: str, readout: str, first: list) -> Trial:
        parity = Parity(mode, readout, KINDS[mode], tolerance=self._tolerance)
        self._mode, self._readout = mode, readout
        for seen in first:
            try:
                pieces = self._pieces(seen)
                self._compare(parity, seen, pieces)
                if mode != "two-sided":
                    self._compare_prefixes(parity, seen, pieces)
            except Error as error:
                return Trial(mode, readout, None, str(error))
            except REFUSALS as error:
                said = (str(error) or type(error).__name__).splitlines()[0][:160]
                return Trial(mode, readout, None, f"the model refuses: {said}")
        reason = ""
        if not parity.max_abs_diff <= parity.tolerance:
            reason = f"y_T differs by up to {parity.max_abs_diff:.3g} from model(x)"
        elif not parity.exact:
            reason = (
                f"y_t differs by up to {parity.prefix_max_abs_diff:.3g} from the model on x_1..x_t"
            )
        return Trial(mode, readout, parity, reason)

    def _kept(self, batch: Batch) -> tuple:
        """(sequence, position) [R] of the steps to keep, sequence after sequence."""
        if self.stride == 1 and batch.lengths.min() == batch.time:
            position = np.tile(np.arange(batch.time), batch.n)
            return np.repeat(np.arange(batch.n), batch.time), position
        step = np.arange(1, batch.time + 1)
        keep = (step[None, :] <= batch.lengths[:, None]) & (
            (step[None, :] % self.stride == 0) | (step[None, :] == batch.lengths[:, None])
        )
        sequence, t = np.nonzero(keep)
        return sequence, t + batch.start[sequence]

    def _pieces(self, seen: Seen, rows: Optional[Rows] = None) -> Pieces:
        """States and outputs of the kept steps of a batch; the states go to `rows`."""
        rows = rows if rows is not None else Rows()
        sequence, position = self._kept(seen.batch)
        if self._mode in ("prefix", "prefix-padded"):
            state, outputs = self._by_prefixes(seen, sequence, position, rows)
        else:
            state, outputs = self._by_one_pass(seen, sequence, position, rows)
        return Pieces(sequence, position, state, outputs)

    def _by_one_pass(self, seen: Seen, sequence: np.ndarray, position: np.ndarray,
                     rows: Rows) -> tuple:  # fmt: skip
        if seen.states is None and self._tagger and self._head is not None:
            states = self._head_states(seen)
        elif seen.states is None:
            raise UnsupportedError("the model sorts the sequences by length itself")
        else:
            states = seen.states
        if self._readout == "reverse":
            inputs = seen.inputs
            if inputs is None or self._rnn is None:
                raise UnsupportedError("the input of the recurrent module is not known")
            states = capture.first_of_reverse(self._rnn, states, inputs)
        elif self._readout in ("max", "mean", "sum"):
            states = capture.pooled(states, self._readout)
        n, time = seen.batch.n, seen.batch.time
        z = rows.take(states, sequence, position)
        if self._tagger:
            y = self._steps_of(seen).reshape(n * time, -1)
            return z, y.index_select(0, torch.from_numpy(sequence * time + position).to(y.device))
        return z, self._outputs_of(seen, z.to(states.dtype), sequence, position)

    def _head_states(self, seen: Seen) -> torch.Tensor:
        """[n][time][d] that the head of a tagger is given."""
        calls = seen.head_calls
        n, time = seen.batch.n, seen.batch.time
        if len(calls) == 1 and isinstance(calls[0][1], torch.Tensor):
            value = calls[0][1]
            for axes in ((n, time), (time, n)):
                if tuple(value.shape[:2]) == axes and value.dim() == 3:
                    return value if axes == (n, time) else value.transpose(0, 1)
        if len(calls) == time and all(tuple(c[1].shape[:1]) == (n,) for c in calls):
            return torch.stack([call[1] for call in calls], 1)
        raise UnsupportedError("the head is not given one row for every step")

    def _outputs_of(self, seen: Seen, z: torch.Tensor, sequence: np.ndarray,
                    position: np.ndarray) -> torch.Tensor:  # fmt: skip
        """y [R][C'] of the model's own layers on states `z` [R][H]."""
        last = self._mode != "pool" and self._readout == "last" or self._readout == "reverse"
        ways = ("rows", "whole") if self._way == "rows" else ("whole", "rows")
        problem: Optional[BaseException] = None
        for way in ways:
            try:
                make = self._outputs_by_rows if way == "rows" else self._outputs_by_position
                y = make(seen, z, sequence, position, last)
            except REFUSALS as error:
                problem = error
                continue
            if way == "rows" and bool(torch.isnan(y).any()):
                continue
            self._way = way  # the one to begin with, on the next batch
            return y
        raise problem if problem is not None else UnsupportedError(
            "the model reads more of the recurrent module than the state of its upper layer")

    _way = "rows"

    def _answering(self, z: torch.Tensor, last: bool) -> ContextManager[None]:
        assert self._rnn is not None
        return self._rnn.answering(z, last)

    def _outputs_by_rows(self, seen: Seen, z: torch.Tensor, sequence: np.ndarray,
                         position: np.ndarray, last: bool) -> torch.Tensor:  # fmt: skip
        """All steps at once, each as a sequence of one step."""
        batch = seen.batch
        if batch.time_axis is None or self.slice_prefix is not None:
            raise UnsupportedError("the inputs cannot be cut into steps")
        parts = []
        for at in range(0, len(z), ROWS_AT_ONCE):
            cut = slice(at, at + ROWS_AT_ONCE)
            args, kwargs = batch.steps_as_rows(sequence[cut], position[cut])
            with self._answering(z[cut], last):
                y = select(self._model(*args, **kwargs), self.output, len(z[cut]))
            parts.append(of_sequences(y, len(z[cut])))
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _outputs_by_position(self, seen: Seen, z: torch.Tensor, sequence: np.ndarray,
                             position: np.ndarray, last: bool) -> torch.Tensor:  # fmt: skip
        """One position after the other, the whole batch as it is, the state at every step."""
        n = seen.batch.n
        y = z.new_empty((len(z), 0))
        for at in np.unique(position):
            here = np.flatnonzero(position == at)
            full = z.new_zeros((n, z.shape[1]))
            full[torch.from_numpy(sequence[here]).to(z.device)] = z[
                torch.from_numpy(here).to(z.device)
            ]
            with self._answering(full, last):
                part = of_sequences(select(seen.batch.call(self._model), self.output, n), n)
            if not y.shape[1]:
                y = part.new_empty((len(z), part.shape[1]))
            y[torch.from_numpy(here).to(y.device)] = part[
                torch.from_numpy(sequence[here]).to(y.device)
            ]
        return y

    def _by_prefixes(self, seen: Seen, sequence: np.ndarray, position: np.ndarray,
                     rows: Rows) -> tuple:  # fmt: skip
        """The model run again on every prefix; the state is the input of the head."""
        if self._head is None:
            raise ArgumentError(
                "head: no nn.Linear is called; name the module that is fed by the readout"
            )
        pad = None
        if self._mode == "prefix-padded":
            pad = seen.batch.pad_value(self._pad_index)
        state = outputs = torch.empty((0, 0))
        for at in np.unique(position):
            here = np.flatnonzero(position == at)
            s, y = self._prefix(seen.batch, sequence[here], int(at) + 1, pad)
            if not len(state):
                state = torch.from_numpy(rows.room(len(sequence), s.shape[1]))
                outputs = y.new_empty((len(sequence), y.shape[1]))
            index = torch.from_numpy(here)
            state[index] = s.float().cpu()
            outputs[index.to(outputs.device)] = y
        return state, outputs

    def _prefix(self, batch: Batch, rows: np.ndarray, end: int, pad: Optional[float]) -> tuple:
        """(input of the head, outputs) [n'] of `rows` cut after position `end`."""
        own = self.slice_prefix is not None and pad is None
        if own:
            args, kwargs = self._own_prefix(batch, end)
            n = batch.n
        else:
            if batch.time_axis is None:
                raise UnsupportedError(
                    "the inputs have no axis of the recurrent module's steps, so they cannot be cut; "
                    "pass slice_prefix="
                )
            args, kwargs = batch.prefix(rows, end, pad)
            n = len(rows)
        self._recorder.clear()
        out = select(self._model(*args, **kwargs), self.output, n)
        time = end if pad is None else batch.time
        heads = [call[1] for call in self._recorder.head_calls if call[0] is self._head]
        if not heads or not isinstance(heads[-1], torch.Tensor):
            raise ArgumentError("head: it is not called with a tensor when the model is run")
        s = heads[-1]
        if self._tagger:
            packed = next((c[2][0] for c in reversed(self._recorder.calls)
                           if isinstance(c[2], tuple) and isinstance(c[2][0], PackedSequence)), None)
            y = self._layout.apply(out, n, time, packed)[:, end - 1]
            s = self._last_of_head(s, n, time, end, packed)
        else:
            y = of_sequences(out, n)
            s = s.reshape(n, -1) if s.shape[0] == n else s.movedim(1, 0).reshape(n, -1)
        if own:
            pick = torch.from_numpy(rows).to(y.device)
            s, y = s[pick.to(s.device)], y[pick]
        return s, y

    def _own_prefix(self, batch: Batch, end: int) -> tuple:
        assert self.slice_prefix is not None
        value: Any = batch.kwargs if batch.kwargs else batch.args
        value = self.slice_prefix(value[0] if isinstance(value, tuple) and len(value) == 1 else value,
                                  end)  # fmt: skip
        if isinstance(value, dict):
            return (), value
        return (value if isinstance(value, tuple) and not isinstance(value, PackedSequence)
                else (value,)), {}  # fmt: skip

    @staticmethod
    def _last_of_head(s: torch.Tensor, n: int, time: int, end: int, packed: Any) -> torch.Tensor:
        if s.dim() == 3:
            s = s if s.shape[0] == n else s.transpose(0, 1)
            return s[:, end - 1]
        if packed is not None and len(packed.data) == len(s):
            whole = PackedSequence(s, packed.batch_sizes, packed.sorted_indices,
                                   packed.unsorted_indices)  # fmt: skip
            return pad_packed_sequence(whole, batch_first=True)[0][:, end - 1]
        return s.reshape(n, time, -1)[:, end - 1]

    # -- parity ------------------------------------------------------------------------------------

    def _compare(self, parity: Parity, seen: Seen, pieces: Pieces) -> None:
        """y_T of every sequence of a batch against what the model returned for it."""
        n, last = seen.batch.n, pieces.last()
        if self._tagger:
            end = torch.from_numpy(seen.batch.start + seen.batch.lengths - 1)
            y = self._steps_of(seen)
            theirs = y[torch.arange(n), end.to(y.device)]
        else:
            theirs = of_sequences(seen.outputs, n)
        ours = pieces.outputs[torch.from_numpy(last).to(pieces.outputs.device)]
        mine, own = self._answers.of(ours)[0], self._answers.of(theirs)[0]
        parity.add(to_numpy(ours), to_numpy(theirs), mine, own)

    def _compare_prefixes(self, parity: Parity, seen: Seen, pieces: Pieces) -> None:
        """y_t of some steps of a few sequences against the model run on x_1..x_t."""
        batch = seen.batch
        # Each second one: another batch, so a model whose answer depends on its neighbours is seen.
        chosen = np.flatnonzero(batch.lengths > 1)[: 2 * PROBE_ROWS : 2]
        wanted: dict = {}  # end -> rows of pieces
        if len(chosen):
            longest = int(batch.lengths[chosen].max())
            for t in np.unique([1, (longest + 1) // 2, longest - 1]):
                for r in self._rows_at(pieces, batch, chosen, int(t)):
                    wanted.setdefault(int(pieces.position[r]) + 1, []).append(r)
        for end, rows in sorted(wanted.items()):
            y = self._answers_for_prefix(batch, pieces.sequence[rows], end)
            if y is None:
                self._note(
                    "the model takes no shorter inputs, so only the outputs after the last step "
                    "could be compared"
                )
                return
            index = torch.tensor(rows, device=pieces.outputs.device)
            apart = difference(to_numpy(pieces.outputs[index]), to_numpy(y))
            before = 0.0 if parity.prefixes == 0 else parity.prefix_max_abs_diff
            parity.prefixes += len(rows)
            parity.prefix_max_abs_diff = largest(before, apart)

    @staticmethod
    def _rows_at(pieces: Pieces, batch: Batch, chosen: np.ndarray, t: int) -> list:
        """The rows of the first kept step from t on, before the last one, of each chosen sequence."""
        rows = []
        for i in chosen:
            mine = np.flatnonzero(pieces.sequence == i)[:-1]
            later = mine[pieces.position[mine] - batch.start[i] + 1 >= t]
            rows += later[:1].tolist()
        return rows

    def _answers_for_prefix(self, batch: Batch, rows: np.ndarray, end: int) -> Optional[torch.Tensor]:
        """What the model answers for `rows` cut after `end`; None where it refuses."""
        padded = self._mode == "prefix-padded"
        if batch.time_axis is None and (padded or self.slice_prefix is None):
            return None
        try:
            if self.slice_prefix is not None and not padded:
                (args, kwargs), n = self._own_prefix(batch, end), batch.n
            else:
                pad = batch.pad_value(self._pad_index) if padded else None
                (args, kwargs), n = batch.prefix(rows, end, pad), len(rows)
            self._recorder.clear()
            out = select(self._model(*args, **kwargs), self.output, n)
            if self._tagger:
                packed = self._rnn.read(self._recorder.calls)[2] if self._rnn is not None else None
                y = self._layout.apply(out, n, end, packed)[:, end - 1]
            else:
                y = of_sequences(out, n)
            return y if n == len(rows) else y[torch.from_numpy(rows).to(y.device)]
        except REFUSALS:
            return None
