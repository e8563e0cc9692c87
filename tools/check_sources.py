#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_sources.py - the source conventions that a text search can check.

  - the SPDX line comes first in every file;
  - src/ never prints, exits, aborts, or touches errno, the locale or the heap outside the file
    meant for it (EXEMPT lists files and reasons), and formats and parses numbers by core/core.h;
  - threads are started in src/core/parallel.c alone;
  - no marks of unfinished work;
  - no path of a particular machine;
  - an option of the programs that names a file or data is one of OPT_READS, OPT_READS_DATA and
    OPT_WRITES, so that no command writes over what it reads;
  - no file over 800 lines and no function over 100; above 500 and 50 a note.

Prints FILE:LINE: what is wrong; exit 1 when anything but a note was printed.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

FILE_NOTE, FILE_LIMIT = 500, 800
FUNCTION_NOTE, FUNCTION_LIMIT = 50, 100

PRINTING = "printf vprintf fprintf vfprintf puts fputs putchar perror".split()
ENDING = "exit _exit _Exit quick_exit abort".split()
HEAP = "malloc calloc realloc free aligned_alloc posix_memalign strdup strndup".split()
HIDDEN_STATE = "setlocale rand srand random srandom drand48 strtok strerror getenv setenv".split()
UNBOUNDED = "gets sprintf vsprintf strcpy strcat".split()
LOCALE = "snprintf vsnprintf strtod strtof strtold atof sscanf newlocale uselocale".split()
BANNED = PRINTING + ENDING + HEAP + HIDDEN_STATE + UNBOUNDED + LOCALE

# File -> calls it may make, each with its reason.
EXEMPT = {
    "src/core/memory.c": set(HEAP),  # the allocation gate itself
    "src/core/numbers.c": set(LOCALE),  # rri_snprintf() and rri_strtod(), which know no locale
}
# Files that a tool writes, whose length is no matter.
WRITTEN = {"python/rnnrepair/_abi.py"}
# The system's error text is part of the message; only the modules that make system calls read errno.
ERRNO_MODULES = ("src/io/",)

CALL = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")
ERRNO = re.compile(r"\berrno\b")
THREADS = re.compile(r"#\s*pragma\s+omp\b|\bomp_\w+\s*\(|\bpthread_create\s*\(")
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r")\b")
# First folder of a path of a particular machine.
ROOTS = "home|root|Users|mnt|work|scratch"
MACHINE_PATH = re.compile(r"(?<![\w.~$})])/(" + ROOTS + r")/[\w.]")

# An option with a path whose use is not stated.
PLAIN_PATH = re.compile(r'OPT_STR\(\s*args,\s*[\w.]+,\s*"([\w-]+)",\s*"(?:FILE|SPEC)')

SPDX = "SPDX-License-Identifier: MIT"
TOKEN = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)


def blank(match):
    """Spaces of the same shape, so that offsets and line numbers stay."""
    return re.sub(r"[^\n]", " ", match.group(0))


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def library_faults(name, code):
    allowed = EXEMPT.get(name, set())
    for match in CALL.finditer(code):
        if match.group(1) not in allowed:
            yield match.start(), f"{match.group(1)}() is not allowed in the library"
    if not name.startswith(ERRNO_MODULES):
        for match in ERRNO.finditer(code):
            yield match.start(), "errno is read in " + ", ".join(ERRNO_MODULES) + " only"
    if name != "src/core/parallel.c":
        for match in THREADS.finditer(code):
            yield match.start(), "threads are started in src/core/parallel.c only"


def function_lengths(code):
    """Yield (line, length) of each function: the layout puts its braces in column 0."""
    begin = None
    for number, line in enumerate(code.split("\n"), 1):
        if line.startswith("{"):
            begin = number
        elif line.startswith("}") and begin is not None:
            yield begin, number - begin + 1
            begin = None


def examine(path):
    """Return (faults, notes), lists of (line, message)."""
    name = str(path.relative_to(ROOT))
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    is_c = path.suffix in (".c", ".h")
    code = TOKEN.sub(blank, text) if is_c else text
    faults, notes = [], []

    if SPDX not in "\n".join(lines[: 2 if lines[0].startswith("#!") else 1]):
        faults.append((1, "the first line is not the SPDX line"))
    if is_c and name.startswith("src/"):
        faults += [(line_of(text, o), m) for o, m in library_faults(name, code)]
    for match in UNFINISHED.finditer(text):
        faults.append((line_of(text, match.start()), f"{match.group(1)}: unfinished work"))
    for match in MACHINE_PATH.finditer(text):
        faults.append((line_of(text, match.start()), f"{match.group(0)}... is a path of one machine"))

    if name.startswith(("cli/", "experiments/")):
        for match in PLAIN_PATH.finditer(text):
            faults.append((line_of(text, match.start()),
                           f"--{match.group(1)}: OPT_READS, OPT_READS_DATA or OPT_WRITES?"))

    if len(lines) > FILE_NOTE and name not in WRITTEN:
        (faults if len(lines) > FILE_LIMIT else notes).append((1, f"{len(lines)} lines"))
    if is_c:
        for line, length in function_lengths(code):
            if length > FUNCTION_NOTE:
                over = faults if length > FUNCTION_LIMIT else notes
                over.append((line, f"a function of {length} lines"))
    return faults, notes


def sources():
    for folder in ("include", "src", "cli", "experiments", "tests", "bench", "examples", "fuzz", "cmake", "tools", "python"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".c", ".h", ".cpp", ".hpp", ".cmake", ".py", ".sh") or path.name == "CMakeLists.txt":
                yield path
    yield from (ROOT / name for name in ("CMakeLists.txt", "Makefile", ".ci/run"))


def main():
    count = failed = 0
    for path in sources():
        faults, notes = examine(path)
        for line, message in notes:
            print(f"{path.relative_to(ROOT)}:{line}: note: {message}")
        for line, message in faults:
            print(f"{path.relative_to(ROOT)}:{line}: {message}")
        count += 1
        failed += len(faults)
    if failed == 0:
        print(f"{count} files follow the source conventions")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
