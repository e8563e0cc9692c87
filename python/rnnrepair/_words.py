# SPDX-License-Identifier: MIT
"""The words of the library's enumerations: ``"state-symbol"`` for RR_KEY_STATE_SYMBOL."""

from __future__ import annotations

import ctypes
from typing import Tuple

from . import _abi
from ._errors import ArgumentError
from ._library import lib, text

# What an enumeration is called here -> its RR_ENUM_ constant.
KINDS = {
    name[len("RR_ENUM_") :].lower().replace("_", "-"): value
    for name, value in vars(_abi).items()
    if name.startswith("RR_ENUM_")
}


def words(kind: str) -> Tuple[str, ...]:
    """All words of an enumeration, in the order of their values."""
    return tuple(text(lib.rr_enum_words(KINDS[kind])).split("|"))


def value(kind: str, word: str, argument: str = "") -> int:
    """The value of a word; ArgumentError names the argument and lists the words."""
    found = ctypes.c_uint()
    known = isinstance(word, str) and "\0" not in word
    if not known or lib.rr_enum_parse(KINDS[kind], word.encode(), found, None) != _abi.RR_OK:
        raise ArgumentError(f"{argument or kind} is {word!r}, not one of {', '.join(words(kind))}")
    return found.value


def word(kind: str, number: int) -> str:
    """The word of a value."""
    return text(lib.rr_enum_name(KINDS[kind], number))
