# SPDX-License-Identifier: MIT
"""Where states come from, in so far as it decides what may be concluded from them."""

from __future__ import annotations

import ctypes
from typing import NamedTuple

from . import _abi
from ._library import call, taken


class Parity(NamedTuple):
    """How well collected states reproduce the model's own answers.

    Attributes:
        compared: sequences whose last prediction was compared with the model's answer
        disagreements: of these, those with another label
        difference: largest absolute difference of an output
    """

    compared: int
    disagreements: int
    difference: float


def sentence_of(origin: _abi.rr_states_origin) -> str:
    """rr_states_sentence() of an origin."""
    out = ctypes.POINTER(ctypes.c_char)()
    call("rr_states_sentence", ctypes.byref(origin), ctypes.byref(out))
    return taken(out)
