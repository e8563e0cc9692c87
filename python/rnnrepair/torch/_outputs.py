# SPDX-License-Identifier: MIT
"""What a model returns, as labels and probabilities."""

from __future__ import annotations

from typing import Any, Callable, Optional, Union

import numpy as np
import torch
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from .._errors import ArgumentError, ShapeError, UnsupportedError

MAX_CLASSES = 65534
# Nodes of the graph that only move values about.
MOVES = ("View", "UnsafeView", "Squeeze", "Unsqueeze", "Select", "Slice", "Transpose", "Permute",
         "T", "Alias", "Clone", "Index", "IndexSelect", "Copy", "ToCopy")  # fmt: skip


def select(value: Any, output: Union[None, int, str, Callable], n: int) -> Any:
    """The tensor of the answers in what the model returned for `n` sequences."""
    if callable(output):
        value = output(value)
    if isinstance(value, (torch.Tensor, PackedSequence)):
        return value
    if isinstance(value, dict) or hasattr(value, "logits"):
        found = value["logits"] if isinstance(value, dict) and "logits" in value else None
        found = getattr(value, "logits", None) if found is None else found
        if isinstance(found, torch.Tensor):
            return found
        value = tuple(value.values()) if isinstance(value, dict) else ()
    if isinstance(value, (tuple, list)):
        tensors = [part for part in value if isinstance(part, (torch.Tensor, PackedSequence))]
        for part in tensors:
            if isinstance(part, PackedSequence) or (part.dim() and n in part.shape[:2]):
                return part
        if tensors:
            return tensors[0]
    raise ArgumentError(
        f"output: the model returned {type(value).__name__}, in which there is no tensor of "
        "outputs; pass output= a function that takes what the model returns and gives its logits"
    )


def last_function(tensor: torch.Tensor) -> Optional[str]:
    """Name of the operation that made `tensor`, by the graph; None without a graph."""
    node = tensor.grad_fn
    while node is not None:
        name = type(node).__name__.split("Backward")[0]
        if name not in MOVES or not node.next_functions:
            return name
        node = node.next_functions[0][0]
    return None


class Answers:
    """Labels and probabilities of outputs [R][C'].

    Attributes:
        classes: C; 2 for a model of one logit
        link: "softmax", "sigmoid" or "none" (they are probabilities already)
    """

    def __init__(self, width: int, function: Optional[str], example: np.ndarray,
                 output: Union[None, int, str, Callable]) -> None:  # fmt: skip
        self.column = output if isinstance(output, int) and not isinstance(output, bool) else None
        self.note: Optional[str] = None
        if self.column is not None and not 0 <= self.column < width:
            raise ArgumentError(f"output: {self.column} is outside 0..{width - 1}, the outputs")
        single = width == 1 or self.column is not None
        if width > 1 and function == "Sigmoid" and self.column is None:
            raise UnsupportedError(
                f"the model ends in {width} independent sigmoids: pass output=j to analyse class j "
                "against the rest"
            )
        if not single and width > MAX_CLASSES:
            raise UnsupportedError(f"{width} classes; at most {MAX_CLASSES} can be analysed")
        self.classes = 2 if single else width
        self.link = self._link(single, function, example, output)

    def _link(self, single: bool, function: Optional[str], example: np.ndarray, output: Any) -> str:
        ending = "sigmoid" if single else "softmax"
        if output == "probabilities" or (function in ("Sigmoid", "Softmax")):
            return "none"
        if output == "logits" or function is not None or not len(example):
            return ending
        if example.min() < 0 or example.max() > 1:
            return ending
        if not single and np.abs(example.sum(axis=1) - 1).max() > 1e-3:
            return ending
        self.note = (
            "every output lies between 0 and 1 and is taken as a probability; "
            'if it is a logit, pass output="logits"'
        )
        return "none"

    def of(self, outputs: torch.Tensor) -> tuple:
        """(prediction uint32 [R], probability float32 [R][C]) of outputs [R][C']."""
        y = outputs.detach()
        if self.column is not None:
            y = y[:, self.column : self.column + 1]
        y = y.float()
        if y.shape[1] == 1 and self.classes == 2:
            p = torch.sigmoid(y) if self.link == "sigmoid" else y
            p = torch.cat((1 - p, p), 1)
            label = p[:, 1] > p[:, 0]
        else:
            p = torch.softmax(y, 1) if self.link == "softmax" else y
            label = y.argmax(1)
        return label.cpu().numpy().astype(np.uint32), p.contiguous().cpu().numpy()


def of_sequences(outputs: Any, n: int) -> torch.Tensor:
    """[n][C'] of a model with one answer a sequence."""
    if isinstance(outputs, PackedSequence):
        raise UnsupportedError("the model answers for every step, but the labels are of sequences")
    y = outputs
    while y.dim() > 2 and 1 in y.shape[1:]:
        y = y.squeeze(1 + list(y.shape[1:]).index(1))
    if y.dim() == 3 and y.shape[0] == 1 and y.shape[1] == n:
        y = y[0]
    if y.dim() == 0 and n == 1:
        y = y.reshape(1)
    if y.dim() == 1 and len(y) == n:
        y = y.unsqueeze(1)
    elif y.dim() == 1 and n == 1:
        y = y.unsqueeze(0)
    if y.dim() != 2 or y.shape[0] != n:
        raise ShapeError(
            f"the model returned outputs of shape {tuple(outputs.shape)} for {n} sequences; "
            "expected [n][classes], or with labels of steps [n][time][classes]"
        )
    return y


class StepLayout:
    """How the outputs of a model that answers for every step are laid out."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    @classmethod
    def find(cls, outputs: Any, n: int, time: int, time_first: bool,
             packed: Any) -> "StepLayout":  # fmt: skip
        if isinstance(outputs, PackedSequence):
            return cls("packed")
        shape = tuple(outputs.shape)
        if len(shape) == 3:
            if shape[:2] == (n, time) and not (time_first and n == time):
                return cls("ntc")
            if shape[:2] == (time, n):
                return cls("tnc")
            if shape[0] == n and shape[2] == time:
                return cls("nct")
        if len(shape) == 2:
            if shape == (n, time):
                return cls("nt")
            if shape == (time, n):
                return cls("tn")
            if packed is not None and shape[0] == len(packed.data):
                return cls("packed rows")
            if shape[0] == n * time:
                return cls("t*n" if time_first else "n*t")
        raise ShapeError(
            f"the model returned outputs of shape {shape} for {n} sequences of {time} steps; "
            "expected one row of classes for every step"
        )

    def apply(self, outputs: Any, n: int, time: int, packed: Any) -> torch.Tensor:
        """[n][time][C'] of `outputs`, which may share their memory."""
        if self.kind == "packed":
            y = pad_packed_sequence(outputs, batch_first=True, total_length=time)[0]
        elif self.kind == "packed rows":
            whole = PackedSequence(
                outputs, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices
            )
            y = pad_packed_sequence(whole, batch_first=True, total_length=time)[0]
        elif self.kind in ("nt", "tn"):
            y = (outputs if self.kind == "nt" else outputs.t()).unsqueeze(2)
        elif self.kind in ("n*t", "t*n"):
            first = (n, time) if self.kind == "n*t" else (time, n)
            y = outputs.reshape(*first, outputs.shape[1])
            y = y if self.kind == "n*t" else y.transpose(0, 1)
        else:
            moved = {"ntc": (0, 1, 2), "tnc": (1, 0, 2), "nct": (0, 2, 1)}[self.kind]
            y = outputs.permute(*moved)
        if tuple(y.shape[:2]) != (n, time):
            raise ShapeError(
                f"the model returned outputs for {tuple(y.shape[:2])} sequences and steps; "
                f"expected {(n, time)}"
            )
        return y
