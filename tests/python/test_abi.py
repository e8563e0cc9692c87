# SPDX-License-Identifier: MIT
"""The bindings: written from the headers as they are, with the layout a C compiler gives them."""

import ctypes
import os
import pathlib
import re
import subprocess
import sys

import pytest
from rnnrepair import _abi, _words
from rnnrepair._library import lib

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_the_bindings_are_those_of_the_headers():
    pytest.importorskip("pycparser")
    tool = ROOT / "tools" / "make_bindings.py"
    done = subprocess.run([sys.executable, str(tool), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_structs_have_the_layout_of_c(tmp_path):
    """A C program prints the size of every public struct, and offset and size of its members."""
    lines = []
    for name, struct in _abi.STRUCTS.items():
        lines.append(f'printf("{name} %zu\\n", sizeof({name}));')
        for field, _ in struct._fields_:
            member = field.rstrip("_")  # a name that is none in Python
            lines.append(
                f'printf("{name}.{field} %zu %zu\\n", offsetof({name}, {member}), '
                f"sizeof((({name} *)0)->{member}));"
            )
    source = tmp_path / "layout.c"
    source.write_text(
        "#include <rnnrepair/rnnrepair.h>\n#include <stdio.h>\nint main(void)\n{\n" + "\n".join(lines) + "\n}\n"
    )
    program = tmp_path / "layout"
    compiler = os.environ.get("CC", "cc")
    environment = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}
    subprocess.run(
        [compiler, "-std=c11", "-I", str(ROOT / "include"), str(source), "-o", str(program)],
        check=True,
        env=environment,
    )
    printed = subprocess.run([str(program)], capture_output=True, text=True, check=True, env=environment).stdout
    found = {line.split()[0]: tuple(map(int, line.split()[1:])) for line in printed.splitlines()}
    expected = {}
    for name, struct in _abi.STRUCTS.items():
        expected[name] = (ctypes.sizeof(struct),)
        for field, _ in struct._fields_:
            at = getattr(struct, field)
            expected[f"{name}.{field}"] = (at.offset, at.size)
    assert len(expected) > 500
    assert found == expected


def test_the_library_tells_its_sizes():
    for name, struct in _abi.STRUCTS.items():
        assert lib.rr_struct_size(name.encode()) == ctypes.sizeof(struct), name
    assert lib.rr_struct_size(b"rr_nothing") == 0


def test_every_function_of_the_headers_is_declared():
    declared = set()
    for header in (ROOT / "include" / "rnnrepair").glob("*.h"):
        text = re.sub(r"/\*.*?\*/", " ", header.read_text(), flags=re.S)
        for prototype in re.findall(r"^RR_API\b([^;{]*);", text, re.M):
            declared.add(re.search(r"(\w+)\s*\(", prototype).group(1))
    assert len(declared) > 200
    assert declared == set(_abi.PROTOTYPES)


def test_defaults_come_by_value():
    cfg = lib.rr_influence_config_default()
    assert cfg.struct_size == ctypes.sizeof(_abi.rr_influence_config)
    assert (cfg.components, cfg.symbols, cfg.seed) == (10, 64, 1)
    assert cfg.partition.struct_size == ctypes.sizeof(_abi.rr_partition_config)


def test_words_are_the_librarys():
    assert _words.words("key") == ("state-symbol", "transition", "full")
    assert _words.value("key", "full") == _abi.RR_KEY_FULL
    assert _words.word("states-kind", _abi.RR_STATES_TWO_SIDED) == "two-sided"
    with pytest.raises(ValueError, match="measure is 'cosine', not one of lp, votes"):
        _words.value("measure", "cosine")
    with pytest.raises(ValueError, match="my_key is 3, not one of"):
        _words.value("key", 3, "my_key")


def run_python(code, **changes):
    environment = {**os.environ, **changes}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)


def test_a_library_that_is_not_there_is_named():
    done = run_python("import rnnrepair", RNNREPAIR_LIBRARY="/nowhere/librnnrepair.so.0")
    assert done.returncode != 0
    assert "/nowhere/librnnrepair.so.0 (from RNNREPAIR_LIBRARY)" in done.stderr


def test_another_library_is_refused():
    done = run_python("import rnnrepair", RNNREPAIR_LIBRARY="libm.so.6")
    assert done.returncode != 0
    assert "no library of this version" in done.stderr and "rr_version" in done.stderr


def test_without_the_variable_every_place_is_named():
    code = (
        "import os\n"
        "os.environ.pop('RNNREPAIR_LIBRARY')\n"
        "import rnnrepair._library\n"
    )
    done = run_python("import ctypes\nreal = ctypes.CDLL\n"
                      "def none(path, *a):\n    raise OSError('not today')\n"
                      "ctypes.CDLL = none\n" + code)
    assert done.returncode != 0
    assert "(in the package)" in done.stderr and "(by the dynamic linker): not today" in done.stderr


def test_other_sizes_are_refused():
    code = (
        "import rnnrepair._abi as abi, ctypes\n"
        "class rr_trace(ctypes.Structure):\n    _fields_ = [('x', ctypes.c_int)]\n"
        "abi.STRUCTS['rr_trace'] = rr_trace\n"
        "import rnnrepair._library\n"
    )
    # The package imports the library itself: take the module without it.
    done = run_python("import sys, types\nimport importlib.util, os, pathlib\n"
                      f"folder = {str(ROOT / 'python' / 'rnnrepair')!r}\n"
                      "package = types.ModuleType('rnnrepair')\npackage.__path__ = [folder]\n"
                      "sys.modules['rnnrepair'] = package\n" + code)
    assert done.returncode != 0
    assert "its rr_trace has 56 bytes, that of this package 4" in done.stderr
