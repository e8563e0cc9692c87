#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_layers.py - which folder may include which.

ROOMS is the picture of the library: a room of src/ may include the headers of the rooms behind its
arrow, and its own. A public header belongs to a room as well (PUBLIC) and is bound by the same
arrows, in src/ and in include/. The experiments see public headers and their own only; so does the
command line tool, but for one arrow, by which it runs the experiments (CLI_ARROW).

Prints FILE:LINE: what is wrong; exit 1 when anything is.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

ROOMS = {
    "core": [],
    "file": ["core"],
    "data": ["file", "core"],
    "kernel": ["core"],
    "network": ["data", "kernel", "file", "core"],
    "abstraction": ["kernel", "file", "core"],
    "influence": ["abstraction", "kernel", "file", "core"],
    "attribution": ["network", "kernel", "data", "file", "core"],
    "repair": ["influence", "abstraction", "network", "data", "file", "core"],
    "report": ["repair", "influence", "data", "file", "core"],
    "run": ["network", "influence", "data", "file", "core"],
}

# states.h is how hidden states arrive: plain data that both the networks and the analysis see, so
# that neither needs the other.
PUBLIC = {
    "api.h": "core",
    "status.h": "core",
    "states.h": "core",
    "npz.h": "file",
    "fetch.h": "file",
    "file.h": "file",
    "dataset.h": "data",
    "augment.h": "data",
    "text.h": "data",
    "decisions.h": "data",
    "network.h": "network",
    "train.h": "network",
    "derivatives.h": "network",
    "crossvalidation.h": "network",
    "attribution.h": "attribution",
    "abstraction.h": "abstraction",
    "influence.h": "influence",
    "repair.h": "repair",
    "audit.h": "repair",
    "backdoor.h": "repair",
    "localize.h": "repair",
    "insertion.h": "repair",
    "picture.h": "report",
    "run.h": "run",
    "rnnrepair.h": None,  # all of them; for users, not for the library
}

# The tool's one way into the experiments; what that header includes comes with it.
CLI_ARROW = "experiments/experiment.h"

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.M)


def includes(path):
    """Yield (line, name) of each quoted include of a file."""
    text = path.read_text(encoding="utf-8")
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match.group(1)


def room_of(name):
    """The room a quoted include belongs to, or None where it has none."""
    folder, _, rest = name.partition("/")
    return PUBLIC.get(rest) if folder == "rnnrepair" else folder if folder in ROOMS else None


def room_faults(room, path):
    allowed = {room, *ROOMS[room]}
    for line, name in includes(path):
        target = room_of(name)
        if target is None:
            yield line, f'"{name}" belongs to no room; write "room/file.h" or "rnnrepair/file.h"'
        elif target not in allowed:
            yield line, f"{room} may not include {target} ({name})"


def public_faults(path):
    if path.name not in PUBLIC:
        yield 1, "this public header is in no room: add it to PUBLIC in tools/check_layers.py"
        return
    room = PUBLIC[path.name]
    for line, name in includes(path):
        if not name.startswith("rnnrepair/"):
            yield line, f'a public header includes "{name}", which is not public'
        elif room is not None and room_of(name) not in {room, *ROOMS[room]}:
            yield line, f"{path.name} ({room}) may not include {name} ({room_of(name)})"


def cli_faults(path):
    for line, name in includes(path):
        own = (ROOT / "cli" / name).is_file() or name == CLI_ARROW
        if not name.startswith("rnnrepair/") and not own:
            yield line, f'the tool includes "{name}", which is neither public nor its own'


def experiment_faults(path):
    for line, name in includes(path):
        own = name.startswith("experiments/") and ".." not in name and (ROOT / name).is_file()
        if not name.startswith("rnnrepair/") and not own:
            yield line, f'an experiment includes "{name}", which is neither public nor its own'


def files(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in (".c", ".h"))


def main():
    work = []
    for folder in sorted(p for p in (ROOT / "src").iterdir() if p.is_dir()):
        if folder.name not in ROOMS:
            print(f"src/{folder.name}: a room the picture lacks: add it to ROOMS")
            return 1
        work += [(path, room_faults(folder.name, path)) for path in files(folder)]
    work += [(path, public_faults(path)) for path in files(ROOT / "include" / "rnnrepair")]
    work += [(path, cli_faults(path)) for path in files(ROOT / "cli")]
    work += [(path, experiment_faults(path)) for path in files(ROOT / "experiments")]

    count = 0
    for path, faults in work:
        for line, message in faults:
            print(f"{path.relative_to(ROOT)}:{line}: {message}")
            count += 1
    if count == 0:
        print(f"{len(work)} files keep to the layers")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
