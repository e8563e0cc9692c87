# SPDX-License-Identifier: MIT
"""The command line beside the package: its JSON, and a comparison of the two."""

import json
import math
import os
import subprocess

import numpy as np
import pytest

PROGRAM = os.environ.get("RNNREPAIR", "")


def command(*arguments, code=0):
    """The result of a command with --json."""
    if not PROGRAM:
        pytest.skip("RNNREPAIR does not name the program")
    line = [PROGRAM, *map(str, arguments), "--json", "-q"]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def same(own, printed):
    """Whether a value is the one that was printed: numbers to the nine digits that are printed,
    which are all of a float32."""
    if printed is None:
        return own in (None, "", -1) or (isinstance(own, float) and math.isnan(own))
    if isinstance(printed, bool):
        return bool(own) == printed
    if isinstance(printed, (int, float)):
        return float(f"{float(own):.9g}") == printed
    if isinstance(printed, list):
        return len(own) == len(printed) and all(map(same, own, printed))
    if isinstance(printed, dict):
        return own.keys() == printed.keys() and all(same(own[name], printed[name]) for name in own)
    return own == printed


def same_rows(table, rows, **renamed):
    """Whether a table has the rows of a list of JSON objects; members that the table has no column
    for must be in `renamed`, as None or the name of their column."""
    assert len(table) == len(rows)
    assert len(rows) > 0
    for own, row in zip(table, rows):
        for name, printed in row.items():
            column = renamed.get(name, name)
            if column is None or (name.endswith("_name") and column not in own):
                continue
            if (name.startswith("source_") or name == "novelty") and printed is None and column not in own:
                continue  # of data that come from no file; of a run without an influence model
            assert same(own[column], printed), (name, own[column], printed)


def bits(array):
    """The bytes of an array, to compare."""
    return np.ascontiguousarray(array).tobytes()


def arrays_of(path):
    """The arrays of a safetensors file: name -> (type, shape, bytes)."""
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    header.pop("__metadata__")
    return {
        name: (a["dtype"], a["shape"], content[8 + size :][slice(*a["data_offsets"])])
        for name, a in header.items()
    }
