#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""golden.py - compare what the commands print and write with the files in expected/.

    golden.py --program PROGRAM [--experiments PROGRAM] [--case REGEX] [--update] [--list]

The cases are in cases.py. Each is a list of commands with the files to look at; what they give
makes one document, expected/GROUP.CASE.txt. --case chooses cases by a regular expression, and the
commands before them in their group are run as well. --update writes the documents anew; look at
the changes with git diff. The programs default to RNNREPAIR and RNNREPAIR_EXPERIMENTS.

Processors differ in the last bits of a float, so a document is compared line by line as follows:

  - words, white space and whole numbers must be equal;
  - a number with decimals may differ by RELATIVE of its size, plus 1.5 of the last digit printed
    in text, or ABSOLUTE in JSON and in binary files; in text it must have as many decimals
    where these are fewer than 6;
  - a whole number below -99 is a rounded one (the bic of a mixture) and is compared in this way;
  - what depends on time, memory or single bits is replaced by #: MASKED_TEXT, MASKED_MEMBERS.

JSON is laid out again, members sorted, and floats rounded to 6 digits, before it is compared.
"""

import argparse
import difflib
import json
import math
import os
import pathlib
import re
import shlex
import struct
import subprocess
import sys
import tempfile
import zipfile

sys.dont_write_bytecode = True  # the source tree stays as it is
import cases  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
RELATIVE = 1e-3
ABSOLUTE = 2e-6
DIFF_LINES = 40

NUMBER = re.compile(
    r"(?<![\w.])-?(?:\d+\.\d+(?:e[-+]?\d+)?|\d+e[-+]?\d+)(?!\w|\.\d)|(?<=\s)-\d{3,}(?=\s|$)")

# The groups of a match become #; of those that begin with spaces the width stays.
MASKED_TEXT = [re.compile(p, re.M) for p in (
    r"^ +\d+ +\d+\.\d{4} +\S+ +\S+ +\S+( +\d+\.\d\d)( +\d+)$",  # an epoch: seconds, sequences/s
    r"^ +\d+ +\S+ +\S+ +\S+ +-?\d+( +\d+\.\d\d)$",  # a row of the curve of build: seconds
    r"^(?:trace|project|cluster|index) +(\d+\.\d\d) s$",
    r"^seconds  +(\S+) \(trace (\S+), project (\S+), cluster (\S+), index (\S+)\)$",
    r"^peak  +(\d+) MiB$",
    r"^\w+ +\d+ +\d+ +\d+ +\d+ +\d+ +\d\.\d{4} .* \d+( +\d+\.\d)(?: +harmful| +logit of .*)?$",  # a retraining
    r"^ranked by .* in (\S+) s,",
    r"^model  .* content (\w+)$",
    r"^parent  .* \(model (\w+)\)$",
    r"model_sha256 is (\w+)\.\.\., expected (\w+)\.\.\.",
    r"(\d+:\d\d)  ETA (\d+:\d\d)$",
    r"^rnnrepair (\d+\.\d+\.\d+(?:-dev)?)$")]
MASKED_MEMBERS = {"seconds", "search_seconds", "sequences_per_second", "peak_rss_bytes", "rnnrepair", "model_hash",
                  "model_sha256", "weights_sha256", "parent_model", "additions_hash",
                  "additions_sha256", "version"}


# ---- documents -----------------------------------------------------------------------------------

def mask_text(text, masks):
    def hide(match):
        out, at = [], match.start()
        for i in range(1, match.re.groups + 1):
            if match.start(i) >= 0:
                hidden = match.group(i)
                out.append(text[at:match.start(i)] + "#".rjust(len(hidden) * (hidden[0] == " ")))
                at = match.end(i)
        return "".join(out) + text[at:match.end()]

    for pattern in masks:
        text = pattern.sub(hide, text)
    return text


def scalar(value):
    if isinstance(value, float):
        digits = f"{value:.6g}"
        return digits if re.search(r"[.en]", digits) else digits + ".0"
    return json.dumps(value, ensure_ascii=False)


def layout(value, masked, name="", indent=""):
    """value as lines: what fits into 100 columns and lists of plain values on one, else one each."""
    if name in masked and value is not None:
        return '"#"'
    if isinstance(value, str) and value.startswith("{"):  # metadata of safetensors
        value = json.loads(value)
    if isinstance(value, dict):
        items = [f'"{k}": ' + layout(v, masked, k, indent + " ") for k, v in sorted(value.items())]
        left, right = "{}"
    elif isinstance(value, list):
        items = [layout(v, masked, "", indent + " ") for v in value]
        left, right = "[]"
    else:
        return scalar(value)
    line = left + ", ".join(items) + right
    plain = left == "[" and not any(isinstance(v, (dict, list)) for v in value)
    if plain or (len(line) <= 100 and "\n" not in line):
        return line
    return left + "\n" + ",\n".join(indent + " " + i for i in items) + "\n" + indent + right


def tensor(name, kind, shape, values):
    """One tensor as lines, a row of the last dimension each."""
    rows = [f"{name} {kind} {shape}"]
    width = max(1, shape[-1] if len(shape) > 1 else 16)
    for i in range(0, len(values), width):
        rows.append(" " + " ".join(scalar(v) for v in values[i:i + width]))
    return rows


KINDS = {"F32": "f", "F64": "d", "U16": "H", "U32": "I", "U64": "Q", "I32": "i", "I64": "q",
         "<f4": "f", "<f8": "d", "<u2": "H", "<u4": "I", "<u8": "Q", "<i4": "i", "<i8": "q",
         "|u1": "B", "U8": "B"}


def unpack(kind, data):
    if kind.startswith("<U"):  # texts; a hash of weights is another one on another processor
        width = 4 * int(kind[2:])
        texts = [data[i:i + width].decode("utf-32-le").rstrip("\0")
                 for i in range(0, len(data), width)]
        return ["HASH" if re.fullmatch("[0-9a-f]{64}", t) else t for t in texts]
    return struct.unpack(f"<{len(data) // struct.calcsize(KINDS[kind])}{KINDS[kind]}", data)


def safetensors(path, masked):
    data = path.read_bytes()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:start])
    lines = layout(header.pop("__metadata__", {}), masked).split("\n")
    for name, t in sorted(header.items()):
        first, last = (start + at for at in t["data_offsets"])
        lines += tensor(name, t["dtype"], t["shape"], unpack(t["dtype"], data[first:last]))
    return lines


def npz(path):
    lines = []
    with zipfile.ZipFile(path) as z:
        for name in z.namelist():
            data = z.read(name)
            start = 10 + struct.unpack("<H", data[8:10])[0]
            header = data[10:start].decode()
            kind = re.search(r"'descr': *'([^']*)'", header).group(1)
            shape = [int(n) for n in re.findall(r"\d+", header.split("'shape'")[1])]
            lines += tensor(name, kind, shape, unpack(kind, data[start:]))
    return lines


class Document:
    """The lines of a case; those with a true mark in `loose` hold numbers rounded here."""

    def __init__(self, work):
        self.work = work
        self.lines, self.loose = [], []
        self.masks, self.masked = list(MASKED_TEXT), set(MASKED_MEMBERS)

    def add(self, lines, loose=False):
        self.lines += lines
        self.loose += [loose] * len(lines)

    def text(self, text, loose=False):
        text = text.replace(str(self.work), "WORK")
        if text and not text.endswith("\n"):
            text += "\n(no newline at the end)\n"
        self.add(mask_text(text, self.masks).split("\n")[:-1], loose)

    def json(self, value):
        self.text(layout(value, self.masked) + "\n", True)

    def file(self, name):
        path = self.work / name
        self.add(["", f"file {name}"])
        if not path.exists():
            self.add(["is missing"])
        elif path.is_dir():
            self.add(sorted(str(p.relative_to(path)) for p in path.rglob("*") if p.is_file()))
        elif path.suffix == ".json":
            self.json(json.loads(path.read_text()))
        elif path.suffix == ".safetensors":
            self.add(safetensors(path, self.masked), True)
        elif path.suffix == ".npz":
            self.add(npz(path), True)
        elif path.suffix == ".png":
            width, height = struct.unpack(">II", path.read_bytes()[16:24])
            self.add([f"a picture of {width} x {height} pixels"])
        else:
            self.text(path.read_text())

    def command(self, program, line):
        done = subprocess.run([program, *shlex.split(line)], cwd=self.work, capture_output=True,
                              encoding="utf-8", errors="replace", stdin=subprocess.DEVNULL,
                              env=environment(), check=False)
        self.add([""] * bool(self.lines) +
                 [f"$ {pathlib.Path(program).name} {line}", f"status {done.returncode}"])
        try:
            document = json.loads(done.stdout) if " --json" in line else None
        except ValueError:
            document = None
        if document is not None:
            self.add(["stdout, JSON:"])
            self.json(document)
        elif done.stdout:
            self.add(["stdout:"])
            self.text(done.stdout)
        if done.stderr:
            self.add(["stderr:"])
            self.text(done.stderr)


def environment():
    env = {k: v for k, v in os.environ.items() if not k.startswith(("RNNREPAIR", "LC_"))}
    leaks = HERE.parent / "cli" / "leaks.supp"
    return {**env, "LC_ALL": "C", "TERM": "dumb",
            "LSAN_OPTIONS": f"suppressions={leaks}:print_suppressions=0"}


# ---- comparison ----------------------------------------------------------------------------------

def near(a, b, loose):
    if a == b:
        return True
    x, y = float(a), float(b)
    allowed = RELATIVE * max(abs(x), abs(y))
    if loose:
        return abs(x - y) <= allowed + ABSOLUTE
    decimals = [len(s.partition(".")[2]) for s in (a, b)]
    exponents = any("e" in s for s in (a, b))
    unit = 0.0 if exponents else math.pow(10, -min(decimals))
    return (exponents or min(decimals) >= 6 or decimals[0] == decimals[1]) and abs(x - y) <= allowed + 1.5 * unit


def same_line(want, got, loose):
    return all(near(a, b, loose) for a, b in zip(NUMBER.findall(want), NUMBER.findall(got)))


def settle(want, document):
    """The lines of the document, those that agree with `want` within the tolerances as there."""
    got = list(document.lines)
    shapes = [[NUMBER.sub("#", line) for line in lines] for lines in (want, got)]
    if shapes[0] == shapes[1]:
        blocks = [(0, 0, len(got))]
    else:
        blocks = difflib.SequenceMatcher(None, *shapes, autojunk=False).get_matching_blocks()
    for i, j, n in blocks:
        for k in range(n):
            if same_line(want[i + k], got[j + k], document.loose[j + k]):
                got[j + k] = want[i + k]
    return got


def report(name, want, got):
    diff = list(difflib.unified_diff(want, got, f"expected/{name}.txt", "what came out", n=2,
                                     lineterm=""))
    print("\n".join(diff[:DIFF_LINES]))
    if len(diff) > DIFF_LINES:
        print(f"... {len(diff) - DIFF_LINES} more lines")
    print(flush=True)


# ---- the run -------------------------------------------------------------------------------------

def run_case(program, steps, work):
    """Steps: a command; `!` a shell command; `=` a file to show; a Mask for what follows."""
    document = Document(work)
    for step in steps:
        if isinstance(step, cases.Mask):
            document.masks += [re.compile(p, re.M) for p in step.text]
            document.masked |= set(step.members)
        elif step.startswith("="):
            document.file(step[1:])
        elif step.startswith("!"):
            if subprocess.run(step[1:], shell=True, cwd=work, check=False).returncode != 0:
                document.add(["", f"failed: {step[1:]}"])
        else:
            document.command(program, step)
    return document


def run_group(group, chosen, args):
    """The names of the cases that differ."""
    program = args.experiments if group.experiments else args.program
    last = max(i for i, (name, *_) in enumerate(group.cases) if name in chosen)
    differ = []
    with tempfile.TemporaryDirectory(prefix="rnnrepair-golden-") as folder:
        work = pathlib.Path(folder).resolve()
        group.prepare(work)
        for name, *steps in group.cases[:last + 1]:
            document = run_case(program, steps, work)
            if name not in chosen:
                continue
            full = f"{group.name}.{name}"
            path = HERE / "expected" / f"{full}.txt"
            want = path.read_text().split("\n")[:-1] if path.exists() else []
            got = settle(want, document)
            if got == want:
                continue
            differ.append(full)
            if args.update:
                path.parent.mkdir(exist_ok=True)
                path.write_text("\n".join(got) + "\n")
            else:
                report(full, want, got)
    return differ


def main():
    parser = argparse.ArgumentParser(description="compare the output of the commands with expected/")
    parser.add_argument("--program", default=os.environ.get("RNNREPAIR"))
    parser.add_argument("--experiments", default=os.environ.get("RNNREPAIR_EXPERIMENTS"),
                        help="the program rnnrepair-experiments")
    parser.add_argument("--case", default="", help="only cases whose name matches this expression")
    parser.add_argument("--update", action="store_true", help="write expected/ anew")
    parser.add_argument("--list", action="store_true", help="name the cases, and run none")
    args = parser.parse_args()
    if not args.program and not args.list:
        parser.error("--program PROGRAM is missing")
    args.program = args.program and os.path.abspath(args.program)
    args.experiments = os.path.abspath(args.experiments) if args.experiments else args.program

    differ, count = [], 0
    for group in cases.GROUPS:
        chosen = [name for name, *_ in group.cases if re.search(args.case, f"{group.name}.{name}")]
        count += len(chosen)
        if args.list:
            print("\n".join(f"{group.name}.{name}" for name in chosen))
        elif chosen:
            differ += run_group(group, chosen, args)
    if args.list:
        return 0
    names = {f"{group.name}.{name}" for group in cases.GROUPS for name, *_ in group.cases}
    for path in sorted((HERE / "expected").glob("*.txt")):
        if path.stem not in names and re.search(args.case, path.stem):
            differ.append(path.stem)
            if args.update:
                path.unlink()
            else:
                print(f"expected/{path.name} belongs to no case")
    word = "written" if args.update else "differ"
    print(f"{count} cases, {len(differ)} {word}" + "".join(f"\n  {name}" for name in differ))
    if differ and not args.update:
        print("If this is meant: tests/golden/golden.py --program PROGRAM --update [--case REGEX]")
    return 1 if not count or (differ and not args.update) else 0


if __name__ == "__main__":
    sys.exit(main())
