# SPDX-License-Identifier: MIT
"""Finds and loads librnnrepair, and calls it.

The places, in this order: the path in RNNREPAIR_LIBRARY, alone if it is set; the file that a wheel
carries, ``_lib/librnnrepair.so.0`` of this package; ``librnnrepair.so.0`` where the dynamic linker
finds it. The library must be of the version and have the structs this package was written for.
"""

from __future__ import annotations

import ctypes
import os
from contextlib import ExitStack
from importlib import resources
from typing import Any, List, Tuple

from . import _abi
from ._errors import LibraryError, from_status

SONAME = "librnnrepair.so.0"

# Holds what importlib.resources unpacked, as long as the process runs.
_unpacked = ExitStack()


def _places() -> List[Tuple[str, str]]:
    """(what to load, what to call it in a message), in the order they are tried."""
    given = os.environ.get("RNNREPAIR_LIBRARY")
    if given:
        return [(given, f"{given} (from RNNREPAIR_LIBRARY)")]
    packaged = resources.files(__package__).joinpath("_lib").joinpath(SONAME)
    path = str(_unpacked.enter_context(resources.as_file(packaged))) if packaged.is_file() else ""
    return [
        (path, f"{packaged} (in the package)"),
        (SONAME, f"{SONAME} (by the dynamic linker)"),
    ]


def _refusal(library: ctypes.CDLL) -> str:
    """Why a library is not the one this package needs; "" where it is."""
    try:
        version = library.rr_version
        size = library.rr_struct_size
    except AttributeError as missing:
        return f"no library of this version: {missing}"
    version.restype, version.argtypes = ctypes.c_char_p, []
    size.restype, size.argtypes = ctypes.c_size_t, [ctypes.c_char_p]
    found = version().decode()
    if found.split(".")[:2] != _abi.RR_VERSION_STRING.split(".")[:2]:
        return f"it is version {found}, this package needs {_abi.RR_VERSION_STRING}"
    for name, struct in _abi.STRUCTS.items():
        own = ctypes.sizeof(struct)
        if size(name.encode()) != own:
            return (
                f"its {name} has {size(name.encode())} bytes, that of this package {own}: "
                "it was built from other sources"
            )
    try:
        _abi.declare(library)
    except AttributeError as missing:
        return f"it was built from other sources: {missing}"
    return ""


def load() -> ctypes.CDLL:
    """The library with the types of its functions declared; LibraryError names every place tried."""
    tried = []
    for path, name in _places():
        if not path:
            tried.append(f"{name}: no such file")
            continue
        try:
            library = ctypes.CDLL(path)
        except OSError as problem:
            tried.append(f"{name}: {problem}")
            continue
        refusal = _refusal(library)
        if not refusal:
            return library
        tried.append(f"{name}: {refusal}")
    raise LibraryError(
        "librnnrepair cannot be used; set RNNREPAIR_LIBRARY to the path of the shared library. "
        "Tried:\n  " + "\n  ".join(tried)
    )


lib = load()


def version() -> str:
    """The version of the library in use."""
    return lib.rr_version().decode()


def call(name: str, *arguments: Any) -> None:
    """Call a function that returns a status: an rr_error is passed behind the arguments, and a
    failure raised as an :class:`Error`. Other threads run meanwhile."""
    error = _abi.rr_error()
    error.where = -1
    status = getattr(lib, name)(*arguments, ctypes.byref(error))
    if status != _abi.RR_OK:
        raise from_status(status, error)


def text(value: Any) -> str:
    """A `const char *` of the library as str; "" for NULL."""
    return "" if value is None else value.decode("utf-8", "replace")


def taken(string: Any) -> str:
    """A string that the library handed out (a POINTER(c_char)), as str; it is released."""
    try:
        return text(ctypes.cast(string, ctypes.c_char_p).value)
    finally:
        lib.rr_string_free(string)


# Arrays that are too large for memory go where the program's temporary files do.
if os.environ.get("TMPDIR"):
    call("rr_set_scratch", os.fsencode(os.environ["TMPDIR"]), 0)

# The program of the shell reads it, too.
if os.environ.get("RNNREPAIR_ISA"):
    call("rr_set_instruction_set", os.fsencode(os.environ["RNNREPAIR_ISA"]))
