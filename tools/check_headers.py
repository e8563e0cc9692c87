#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_headers.py - checks the conventions of the public headers, include/rnnrepair/.

  - a function that returns rr_status is RR_MUST_USE and its comment has an "Errors" line;
  - a function that gives the caller a pointer (returns one, or takes T **out) has a "Memory" line;
  - every function has a comment: a block before it, or one behind it on its line;
  - a labelled line (Errors, Memory, ...) begins a line, and its continuation is indented;
  - every header compiles alone, as C11 and as C++11.

Prints FILE:LINE: what is wrong; exit 1 when anything is.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = ROOT / "include"
HEADERS = sorted((INCLUDE / "rnnrepair").rglob("*.h"))

COMMENT = re.compile(r"/\*.*?\*/", re.S)
PROTOTYPE = re.compile(r"^RR_API\b[^;{]*;", re.M)

C11 = ["-std=c11", "-x", "c"]
CXX11 = ["-std=c++11", "-x", "c++"]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wundef", "-Werror"]


def documentation(text, begin, end):
    """The comment of the prototype at text[begin:end], or ''."""
    before = text[:begin].rstrip()
    if before.endswith("*/"):
        comment = before[before.rindex("/*") :]
        if comment.startswith("/**") and not comment.startswith("/**<"):
            return comment
    rest_of_line = text[end : text.find("\n", end)]
    match = re.search(r"/\*\*<.*?\*/", rest_of_line)
    return match.group(0) if match else ""


def prototype_faults(text):
    """Yield (offset, message) for each rule a prototype breaks."""
    for match in PROTOTYPE.finditer(text):
        flat = " ".join(COMMENT.sub(" ", match.group(0)).split())
        head, _, parameters = flat.partition("(")
        name = re.search(r"(\w+)\s*$", head).group(1)
        doc = documentation(text, match.start(), match.end())
        if not doc:
            yield match.start(), f"{name}() has no comment"
            continue
        if re.search(r"\brr_status\b", head):
            if "RR_MUST_USE" not in head:
                yield match.start(), f"{name}() returns rr_status but is not RR_MUST_USE"
            if not re.search(r"\bErrors\b", doc):
                yield match.start(), f"{name}() returns rr_status but its comment has no Errors line"
        hands_out = "*" in head or re.search(r"\*\s*\*\s*\w+\s*[,)]", parameters)
        if hands_out and not re.search(r"\bMemory\b", doc):
            yield match.start(), f"{name}() hands out a pointer but its comment has no Memory line"


LABELS = "Shapes|Units|Memory|Errors|Cost|Threads|Source"
LABELLED = re.compile(rf"^ \*  (?:{LABELS})  ")


def layout_faults(text):
    """Yield (line number, message) where labelled lines of a comment are joined."""
    labelled = False
    for number, line in enumerate(text.splitlines(), 1):
        if LABELLED.match(line):
            labelled = True
        elif not line.startswith(" *"):
            labelled = False
        elif labelled and re.match(r" \* \S", line):
            yield number, "what goes on a labelled line is not indented"
        if re.search(rf"\S (?:{LABELS}) {{2,}}\S", line):
            yield number, "a label stands within a line"
        if line.rstrip().endswith("*/"):
            labelled = False


def compile_alone(job):
    compiler, language, header = job
    name = header.relative_to(INCLUDE).as_posix()
    gate = "#define RR_EXPERIMENTAL\n" if "/experimental/" in name else ""
    include = f'{gate}#include "{name}"\n'
    run = subprocess.run(
        [*compiler.split(), *language, *WARNINGS, "-fsyntax-only", f"-I{ROOT}/include", "-"],
        input=include,
        text=True,
        capture_output=True,
        cwd=ROOT,
    )
    if run.returncode == 0:
        return None
    return f"include/{name}: does not compile alone as {language[0][5:]}\n{run.stderr}"


def main():
    faults = []
    count = 0
    for header in HEADERS:
        text = header.read_text(encoding="utf-8")
        count += len(PROTOTYPE.findall(text))
        for offset, message in prototype_faults(text):
            line = text.count("\n", 0, offset) + 1
            faults.append(f"{header.relative_to(ROOT)}:{line}: {message}")
        for line, message in layout_faults(text):
            faults.append(f"{header.relative_to(ROOT)}:{line}: {message}")
    cc = os.environ.get("CC", "cc")
    cxx = os.environ.get("CXX", "c++")
    jobs = [(cc, C11, h) for h in HEADERS] + [(cxx, CXX11, h) for h in HEADERS]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faults += [fault for fault in pool.map(compile_alone, jobs) if fault]
    for fault in faults:
        print(fault)
    if not faults:
        print(f"{len(HEADERS)} headers, {count} functions: documented, and compile alone")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
