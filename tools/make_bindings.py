#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""make_bindings.py [--check] - writes python/rnnrepair/_abi.py, and the list of public structs that
rr_struct_size() knows, from the public headers.

The headers are preprocessed (by $CC, else cc) without the system's own, and parsed by pycparser.
With --check nothing is written: exit 1, and a line for each file, where one is not as it would be
written.

What becomes what: an enumeration is a c_uint and its constants; a struct that a header defines is a
Structure with its fields, any other an empty one, seen through pointers alone; `const char *` is
c_char_p; another `char *`, which the caller releases, is POINTER(c_char); a pointer to a function is
a CFUNCTYPE. The interface behind RR_EXPERIMENTAL is left out.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

from pycparser import c_ast, c_parser

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINDINGS = ROOT / "python" / "rnnrepair" / "_abi.py"
STRUCTS = ROOT / "src" / "report" / "struct_list.h"

# What the headers take from the system's: a parser needs to know that these are types.
SYSTEM = {
    "stddef.h": "typedef unsigned long size_t;\n",
    "stdint.h": "".join(
        f"typedef {kind} {name};\n"
        for name, kind in {
            "int64_t": "signed long",
            "uint8_t": "unsigned char",
            "uint16_t": "unsigned short",
            "uint32_t": "unsigned int",
            "uint64_t": "unsigned long",
        }.items()
    ),
}

BASIC = {
    "size_t": "c_size_t",
    "int64_t": "c_int64",
    "uint8_t": "c_uint8",
    "uint16_t": "c_uint16",
    "uint32_t": "c_uint32",
    "uint64_t": "c_uint64",
    "int": "c_int",
    "unsigned": "c_uint",
    "unsigned int": "c_uint",
    "float": "c_float",
    "double": "c_double",
    "char": "c_char",
    "unsigned char": "c_ubyte",
}

# Fields whose names are none in Python.
RENAMED = {"from": "from_", "in": "in_"}

HEADER = '''# SPDX-License-Identifier: MIT
"""The C interface of librnnrepair as ctypes know it: constants, structs, prototypes.

Written by tools/make_bindings.py from include/rnnrepair/*.h; not to be edited. What a name means is
told by the header it is declared in. A struct is its caller's, and pointers in it are borrowed or
owned as the header says: nothing here releases anything."""

import ctypes
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char,
    c_char_p,
    c_double,
    c_float,
    c_int,
    c_int64,
    c_size_t,
    c_ubyte,
    c_uint,
    c_uint16,
    c_uint32,
    c_uint64,
    c_void_p,
)
'''


def preprocess(*options):
    """The preprocessed public headers, or with -dM their macros."""
    compiler = os.environ.get("CC") or "cc"
    with tempfile.TemporaryDirectory() as folder:
        for name, text in SYSTEM.items():
            pathlib.Path(folder, name).write_text(text, encoding="ascii")
        command = compiler.split() + ["-E", "-P", "-nostdinc", "-D__attribute__(x)=", "-DUINT32_MAX=4294967295U"]
        command += [*options, "-I", folder, "-I", str(ROOT / "include"), "-x", "c", "-"]
        return subprocess.run(
            command, input="#include <rnnrepair/rnnrepair.h>\n", capture_output=True, text=True, check=True
        ).stdout


def macros():
    """Yield (name, Python literal) of the constants that are macros."""
    own = {}
    for line in preprocess("-dM").splitlines():
        match = re.match(r"#define (RR_\w+) (.+)$", line)
        if match:
            own[match.group(1)] = match.group(2)
    for name in sorted(own):
        value = re.sub(r"^\(\((?:\w+)\)(\d+)\)$", r"\1", own[name])
        value = {"UINT32_MAX": "0xFFFFFFFF", "SIZE_MAX": "c_size_t(-1).value"}.get(value, value)
        if re.fullmatch(r'"[^"]*"|-?\d+(\.\d+)?|0xFFFFFFFF|c_size_t\(-1\)\.value', value):
            yield name, value


class Bindings:
    """What the headers declare, in their order."""

    def __init__(self, tree):
        self.types = {}  # typedef -> name of its ctypes type
        self.values = {}  # constant -> value
        self.enums = []  # (name, [(constant, value)])
        self.structs = []  # names, in the order of their first mention
        self.fields = []  # (struct, [(field, type)])
        self.callbacks = []  # (name, type)
        self.prototypes = []  # (function, result, [arguments])
        for node in tree.ext:
            self.take(node)

    def take(self, node):
        if isinstance(node, c_ast.Typedef):
            self.take_typedef(node)
        elif isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.FuncDecl):
            arguments = self.arguments(node.type)
            self.prototypes.append((node.name, self.result(node.type.type), arguments))
        elif isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.Struct):
            self.take_struct(node.type.name, node.type)
        elif isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.Enum):
            self.take_enum("", node.type)
        else:
            raise SystemExit(f"make_bindings: cannot tell what {type(node).__name__} at {node.coord} is")

    def take_typedef(self, node):
        inner = node.type
        if isinstance(inner, c_ast.TypeDecl) and isinstance(inner.type, c_ast.Struct):
            self.take_struct(node.name, inner.type)
        elif isinstance(inner, c_ast.TypeDecl) and isinstance(inner.type, c_ast.Enum):
            self.take_enum(node.name, inner.type)
        elif node.name not in BASIC:
            self.types[node.name] = node.name
            self.callbacks.append((node.name, self.type(inner)))

    def take_struct(self, name, struct):
        if name not in self.structs:
            self.structs.append(name)
        if struct.decls is not None:
            fields = [(RENAMED.get(d.name, d.name), self.type(d.type)) for d in struct.decls]
            self.fields.append((name, fields))

    def take_enum(self, name, enum):
        constants = [(item.name, self.value(item.value)) for item in enum.values.enumerators]
        self.values.update(constants)
        self.enums.append((name, constants))
        if name:
            self.types[name] = name

    def value(self, node):
        if isinstance(node, c_ast.Constant):
            return int(node.value.rstrip("uUlL"), 0)
        if isinstance(node, c_ast.ID):
            return self.values[node.name]
        raise SystemExit(f"make_bindings: cannot compute the constant at {node.coord}")

    def name(self, node):
        """The ctypes type of a type without pointers."""
        if isinstance(node, c_ast.Struct):
            if node.name not in self.structs:
                self.structs.append(node.name)
            return node.name
        if isinstance(node, c_ast.Enum):
            return node.name
        name = " ".join(node.names)
        if name in BASIC:
            return BASIC[name]
        if name in self.types or name in self.structs:
            return name
        raise SystemExit(f"make_bindings: what is the type {name}?")

    def type(self, node):
        if isinstance(node, c_ast.TypeDecl):
            return self.name(node.type)
        if isinstance(node, c_ast.ArrayDecl):
            return f"{self.type(node.type)} * {self.value(node.dim)}"
        if isinstance(node, c_ast.PtrDecl):
            return self.pointer(node.type)
        raise SystemExit(f"make_bindings: cannot tell what {type(node).__name__} at {node.coord} is")

    def pointer(self, to):
        if isinstance(to, c_ast.FuncDecl):
            parts = [self.result(to.type), *self.arguments(to)]
            return f"CFUNCTYPE({', '.join(parts)})"
        if isinstance(to, c_ast.TypeDecl) and isinstance(to.type, c_ast.IdentifierType):
            if to.type.names == ["void"]:
                return "c_void_p"
            if to.type.names == ["char"] and "const" in to.quals:
                return "c_char_p"
        return f"POINTER({self.type(to)})"

    def result(self, node):
        if isinstance(node, c_ast.TypeDecl) and isinstance(node.type, c_ast.IdentifierType):
            if node.type.names == ["void"]:
                return "None"
        return self.type(node)

    def arguments(self, function):
        given = function.args.params if function.args else []
        found = []
        for parameter in given:
            node = parameter.type
            if isinstance(node, c_ast.TypeDecl) and getattr(node.type, "names", None) == ["void"]:
                continue
            if isinstance(node, c_ast.ArrayDecl):  # an array of the caller is a pointer
                found.append(f"POINTER({self.type(node.type)})")
            else:
                found.append(self.type(node))
        return found


def folded(head, items, tail, indent):
    """head, the items and tail on one line, or on lines of at most 100 characters."""
    line = head + ", ".join(items) + tail
    if len(line) <= 100:
        return line
    lines, row = [head], " " * indent
    for item in items:
        if len(row) + len(item) + 1 > 100:
            lines.append(row.rstrip())
            row = " " * indent
        row += item + ", "
    return "\n".join([*lines, row.rstrip().rstrip(","), " " * (indent - 4) + tail])


def ordered(fields):
    """The structs with each behind those it holds by value."""
    left, done, found = list(fields), set(), []
    defined = {name for name, _ in fields}
    while left:
        for name, members in left:
            held = {re.sub(r" \* \d+$", "", kind) for _, kind in members} & defined
            if held <= done:
                found.append((name, members))
                done.add(name)
                left = [item for item in left if item[0] != name]
                break
        else:
            raise SystemExit("make_bindings: structs hold each other by value")
    return found


def render(bindings):
    out = [HEADER]
    out.append("# ---- constants " + "-" * 83 + "\n")
    out += [f"{name} = {value}" for name, value in macros()]
    for name, constants in bindings.enums:
        out.append("")
        if name:
            out.append(f"{name} = c_uint")
        out += [f"{constant} = {value}" for constant, value in constants]
    out.append("\n# ---- structs " + "-" * 85 + "\n")
    for name in bindings.structs:
        out.append(f"\nclass {name}(Structure):\n    pass\n")
    for name, kind in bindings.callbacks:
        out.append(f"\n{name} = {kind.replace('POINTER(', '', 1)[:-1] if kind.startswith('POINTER(CFUNC') else kind}")
    for name, fields in ordered(bindings.fields):
        out.append(f"\n{name}._fields_ = [")
        out += [folded(f'    ("{field}", ', [kind], "),", 8) for field, kind in fields]
        out.append("]")
    out.append("\n#: The structs whose fields are known, by name.\nSTRUCTS = {")
    out += [f'    "{name}": {name},' for name, _ in bindings.fields]
    out.append("}")
    out.append("\n# ---- functions " + "-" * 83 + "\n")
    out.append("#: name -> (type of the result, types of the arguments)\nPROTOTYPES: dict = {")
    for name, result, arguments in bindings.prototypes:
        out.append(folded(f'    "{name}": ({result}, [', arguments, "]),", 8))
    out.append("}\n")
    out.append(
        "\ndef declare(library: ctypes.CDLL) -> None:\n"
        '    """Set the types of all functions; AttributeError where the library lacks one."""\n'
        "    for name, (result, arguments) in PROTOTYPES.items():\n"
        "        function = getattr(library, name)\n"
        "        function.restype = result\n"
        "        function.argtypes = arguments\n"
    )
    return "\n".join(out)


def public_headers():
    text = (ROOT / "include" / "rnnrepair" / "rnnrepair.h").read_text(encoding="utf-8")
    return re.findall(r'^#include "rnnrepair/(\w+\.h)"', text, re.M)


def render_structs(bindings):
    lines = [
        "/* SPDX-License-Identifier: MIT */",
        "/* struct_list.h - every struct that a public header defines. Written by tools/make_bindings.py;",
        " * not to be edited. */",
        "#ifndef RRI_REPORT_STRUCT_LIST_H",
        "#define RRI_REPORT_STRUCT_LIST_H",
        "",
        *(f'#include "rnnrepair/{header}"' for header in public_headers()),
        "",
        "/* clang-format off */",
        "#define RRI_STRUCT_LIST(X) \\",
    ]
    names = [name for name, _ in bindings.fields]
    lines += [f"    X({name}) \\" for name in names[:-1]] + [f"    X({names[-1]})"]
    lines += ["/* clang-format on */", "", "#endif", ""]
    return "\n".join(lines)


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        print("usage: tools/make_bindings.py [--check]", file=sys.stderr)
        return 2
    bindings = Bindings(c_parser.CParser().parse(preprocess(), "rnnrepair.h"))
    stale = 0
    for path, text in ((BINDINGS, render(bindings)), (STRUCTS, render_structs(bindings))):
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if check:
            print(f"{path.relative_to(ROOT)}: not what the headers say: run tools/make_bindings.py")
            stale = 1
        else:
            path.write_text(text, encoding="utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main())
