# SPDX-License-Identifier: MIT
"""What happens inside one call of a model: its recurrent module is recorded, or replaced.

Replacing is what makes one pass enough. After the states of all steps are known, the model is
called once more on R sequences of one step, with its recurrent modules answering these states
instead of computing. So the model's own code turns every state into an output: dropout, dense
layers, functional activations and all. Whatever else the recurrent module would return (the state
of lower layers, a cell state) is not known for every step and answered as NaN; a model that reads
it gives NaN, which shows at once that this way does not suit it.
"""

from __future__ import annotations

import contextlib
from typing import Any, Iterator, Optional

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from .._errors import ArgumentError, UnsupportedError

RECURRENT = (nn.RNNBase, nn.RNNCellBase)


def unwrap(model: Any) -> nn.Module:
    """The module that the user wrote: without data parallelism and compilation."""
    while True:
        if isinstance(model, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
            model = model.module
        elif isinstance(getattr(model, "_orig_mod", None), nn.Module):
            model = model._orig_mod
        else:
            return model


def find_module(model: nn.Module, which: Any, argument: str) -> nn.Module:
    """`which` as a module of `model`, given itself or by name."""
    names = dict(model.named_modules())
    if isinstance(which, nn.Module):
        if not any(module is which for module in names.values()):
            raise ArgumentError(f"{argument}: this {type(which).__name__} is no part of the model")
        return which
    if which in names:
        return names[which]
    known = ", ".join(name for name in names if name)
    raise ArgumentError(f"{argument}: the model has no module {which!r}; it has {known}")


def name_of(model: nn.Module, module: nn.Module) -> str:
    for name, part in model.named_modules():
        if part is module:
            return name or type(module).__name__
    return type(module).__name__


@contextlib.contextmanager
def evaluation(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; every module's own mode is restored."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        model.eval()
        with torch.no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode


class Recorder:
    """Inputs and outputs of modules during a call. Use as a context; hooks are always removed."""

    def __init__(self, modules: list, heads: list) -> None:
        self.modules, self.heads = modules, heads
        self.calls: list = []
        self.head_calls: list = []
        self._hooks: list = []

    def __enter__(self) -> "Recorder":
        try:
            for module in self.modules:
                self._hooks.append(module.register_forward_hook(self._on_recurrent))
            for module in self.heads:
                self._hooks.append(module.register_forward_pre_hook(self._on_head))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: Any) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def _on_recurrent(self, module: nn.Module, inputs: tuple, output: Any) -> None:
        self.calls.append((module, inputs[0] if inputs else None, output))

    def _on_head(self, module: nn.Module, inputs: tuple) -> None:
        self.head_calls.append((module, inputs[0] if inputs else None))

    def clear(self) -> None:
        self.calls, self.head_calls = [], []


class Recurrent:
    """The recurrent module of a model: how to read its outputs, and how to answer in its stead."""

    def __init__(self, model: nn.Module, module: nn.Module, others: list, calls: int,
                 batch_first: Optional[bool]) -> None:  # fmt: skip
        self.module, self.name = module, name_of(model, module)
        self.others = others
        self.cell = isinstance(module, nn.RNNCellBase)
        self.calls = calls
        self.bidirectional = bool(getattr(module, "bidirectional", False))
        self.layers = int(getattr(module, "num_layers", 1))
        own = getattr(module, "batch_first", None)
        self.batch_first = own if own is not None else bool(batch_first)

    # -- reading ---------------------------------------------------------------------------------

    def read(self, calls: list) -> tuple:
        """(outputs [n][time][H], lengths or None, packed or None) of the recorded calls."""
        mine = [call for call in calls if call[0] is self.module]
        if self.cell:
            first = [out[0] if isinstance(out, tuple) else out for _, _, out in mine]
            return torch.stack(first, 1), None, None
        if len(mine) != 1:
            raise UnsupportedError(
                f"the recurrent module {self.name!r} is called {len(mine)} times in one call of the "
                "model, so it has no single sequence of states; use mode=\"prefix\" with "
                "slice_prefix=, or collect from the part of the model that is called once"
            )
        output = mine[0][2]
        output = output[0] if isinstance(output, tuple) and not isinstance(
            output, PackedSequence) else output
        packed = lengths = None
        if isinstance(output, PackedSequence):
            packed = output
            states, lengths = pad_packed_sequence(output, batch_first=True)
            lengths = lengths.numpy()
        elif isinstance(output, torch.Tensor) and output.dim() == 3:
            states = output if self.batch_first else output.transpose(0, 1)
        else:
            shape = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
            raise UnsupportedError(
                f"the recurrent module {self.name!r} gave {shape}; expected outputs of three axes: "
                "sequences, steps, units"
            )
        return states, lengths, packed

    def inputs(self, calls: list) -> Optional[torch.Tensor]:
        """What the module was given in the recorded calls, [n][time]...; None where that is not
        known. After read()."""
        given = [value for module, value, _ in calls if module is self.module]
        if self.cell:
            whole = all(isinstance(part, torch.Tensor) for part in given)
            return torch.stack(given, 1) if whole else None
        if isinstance(given[0], PackedSequence):
            return pad_packed_sequence(given[0], batch_first=True)[0]
        if not isinstance(given[0], torch.Tensor):
            return None
        return given[0] if self.batch_first else given[0].transpose(0, 1)

    # -- answering -------------------------------------------------------------------------------

    def _spread(self, z: torch.Tensor, value: Any) -> Any:
        """`z` [N][H] as the module would return outputs for its input `value`: at every step."""
        if isinstance(value, PackedSequence):
            order = z if value.sorted_indices is None else z[value.sorted_indices]
            sizes = value.batch_sizes
            rows = order if len(sizes) == 1 else torch.cat([order[: int(b)] for b in sizes])
            return PackedSequence(rows, sizes, value.sorted_indices, value.unsorted_indices)
        time = 1
        if isinstance(value, torch.Tensor) and value.dim() >= 2:
            time = value.shape[1 if self.batch_first else 0]
        out = z.unsqueeze(1) if self.batch_first else z.unsqueeze(0)
        if time == 1:
            return out
        return out.expand(-1, time, -1) if self.batch_first else out.expand(time, -1, -1)

    def _answer(self, z: torch.Tensor, last: bool) -> Any:
        """A forward() of the module that returns `z` [N][H]. With `last` the final state is z too,
        as far as it is known; else it is not, as z is pooled over steps."""
        module = self.module

        def forward(value: Any = None, *_: Any, **named: Any) -> Any:
            value = named.get("input", value)
            if self.cell:
                lost = z.new_full(z.shape, float("nan"))
                return (z, lost) if isinstance(module, nn.LSTMCell) else z
            out = self._spread(z, value)
            if not isinstance(module, nn.RNNBase):
                return out if not self.tuple_output else (out, None)
            directions = 2 if self.bidirectional else 1
            units = z.shape[1] // directions
            lost = z.new_full((1, 1, 1), float("nan"))
            parts = self.layers * directions
            final = lost.expand(parts, len(z), units)
            if last:
                known = z[:, :units].unsqueeze(0)
                rest = [final[: parts - directions], known, final[: directions - 1]]
                final = known if parts == 1 else torch.cat(rest)
            if isinstance(module, nn.LSTM):
                return out, (final, lost.expand(parts, len(z), module.hidden_size))
            return out, final

        return forward

    tuple_output = False

    @contextlib.contextmanager
    def answering(self, z: torch.Tensor, last: bool) -> Iterator[None]:
        """While this lasts, the module answers `z`, and the other recurrent modules NaN."""
        replaced: list = []
        try:
            for module in [self.module, *self.others]:
                if module is self.module:
                    forward = self._answer(z, last)
                else:
                    forward = _unknown(module, z)
                replaced.append((module, module.__dict__.get("forward")))
                module.forward = forward
            yield
        finally:
            for module, before in replaced:
                if before is None:
                    del module.__dict__["forward"]
                else:
                    module.forward = before


def _unknown(module: Any, z: torch.Tensor) -> Any:
    """A forward() that returns NaN in the shapes of `module`, for one step of len(z) sequences."""

    def forward(value: Any = None, *_: Any, **named: Any) -> Any:
        value = named.get("input", value)
        lost = float("nan")
        if isinstance(module, nn.RNNCellBase):
            state = z.new_full((len(z), module.hidden_size), lost)
            return (state, state) if isinstance(module, nn.LSTMCell) else state
        directions = 2 if module.bidirectional else 1
        units = getattr(module, "proj_size", 0) or module.hidden_size
        final = z.new_full((module.num_layers * directions, len(z), units), lost)
        if isinstance(value, PackedSequence):
            data = z.new_full((len(value.data), units * directions), lost)
            out: Any = PackedSequence(data, *value[1:])
        else:
            out = z.new_full((*value.shape[:-1], units * directions), lost)
        if isinstance(module, nn.LSTM):
            cell = z.new_full((len(final), len(z), module.hidden_size), lost)
            return out, (final, cell)
        return out, final

    return forward


# Readouts: what the rest of the model is given when the sequence ends at step t.


def pooled(states: torch.Tensor, how: str) -> torch.Tensor:
    """z_t [n][time][H] of outputs [n][time][H]: the outputs up to t, pooled as `how`."""
    if how == "max":
        return torch.cummax(states, 1).values
    total = torch.cumsum(states.double(), 1)
    if how == "mean":
        count = torch.arange(1, states.shape[1] + 1, device=states.device, dtype=torch.double)
        total = total / count.view(1, -1, 1)
    return total.to(states.dtype)


def first_of_reverse(recurrent: Recurrent, states: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
    """Outputs of a module of one layer and two directions as they are at the last step of every
    prefix: the backward half has read one step, x_t alone."""
    n, time, width = states.shape
    one = inputs.reshape(n * time, 1, inputs.shape[-1])
    module = recurrent.module
    single = module(one if recurrent.batch_first else one.transpose(0, 1))[0]
    backward = single.reshape(n, time, width)[..., width // 2 :]
    return torch.cat((states[..., : width // 2], backward), 2)


def as_numpy_rows(values: torch.Tensor, index: np.ndarray) -> np.ndarray:
    """Rows `index` of `values` [n][time]... flattened over the first two axes, on the processor."""
    flat = values.reshape(values.shape[0] * values.shape[1], *values.shape[2:])
    if len(index) == len(flat):
        return flat.cpu().numpy()
    picked = flat.index_select(0, torch.from_numpy(index).to(flat.device))
    return picked.cpu().numpy()
