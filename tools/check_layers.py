#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_layers.py - which folder may include which.

MODULES lists, for each module of src/, the other modules it may include: of each their public
headers and one face, MODULE/MODULE_internal.h; of those in OPEN, all headers. A public header
belongs to a module as well (PUBLIC) and is bound by the same list, in src/ and in include/. The
programs see the public headers, PROGRAM_MODULES and their own. Tests and benches may look inside.

Prints FILE:LINE: what is wrong; exit 1 when anything is.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

MODULES = {
    "core": [],
    "io": ["core"],
    "data": ["io", "core"],
    "kernel": ["core"],
    "network": ["data", "kernel", "io", "core"],
    "abstraction": ["kernel", "io", "core"],
    "influence": ["abstraction", "kernel", "io", "core"],
    "attribution": ["network", "data", "io", "core"],
    "diagnosis": ["influence", "abstraction", "network", "data", "io", "core"],
    "audit": ["diagnosis", "influence", "abstraction", "attribution", "network", "data", "kernel", "io",
              "core"],
    "repair": ["diagnosis", "influence", "abstraction", "network", "data", "io", "core"],
    "backdoor": ["diagnosis", "influence", "abstraction", "network", "data", "io", "core"],
    "run": ["network", "influence", "data", "io", "core"],
    "workflow": ["run", "backdoor", "repair", "audit", "attribution", "diagnosis",
                 "influence", "abstraction", "network", "data", "io", "core"],
    "report": ["workflow", "run", "backdoor", "repair", "audit", "attribution", "diagnosis",
               "influence", "abstraction", "network", "data", "io", "core"],
}

# Modules without a face, each of whose headers is a thing of its own: core and io support all
# others (csv.h, json.h, lines.h, ...), and kernel has a header an operation (gemm.h, gates.h, ...).
OPEN = {"core", "io", "kernel"}

# states.h defines hidden states as plain data for both the networks and the analysis, so that
# neither depends on the other.
PUBLIC = {
    "api.h": "core",
    "status.h": "core",
    "enums.h": "core",
    "hooks.h": "core",
    "states.h": "core",
    "dataset.h": "data",
    "edits.h": "data",
    "quality.h": "data",
    "text.h": "data",
    "network.h": "network",
    "train.h": "network",
    "experimental/derivatives.h": "network",
    "attribution.h": "attribution",
    "abstraction.h": "abstraction",
    "influence.h": "influence",
    "novelty.h": "influence",
    "localize.h": "diagnosis",
    "audit.h": "audit",
    "audit_steps.h": "audit",
    "decisions.h": "audit",
    "duplicates.h": "audit",
    "crossvalidation.h": "audit",
    "experimental/augment.h": "repair",
    "hotfix.h": "repair",
    "repair.h": "repair",
    "outcome.h": "repair",
    "additions.h": "repair",
    "backdoor.h": "backdoor",
    "picture.h": "report",
    "page.h": "report",
    "run.h": "run",
    "workflow.h": "workflow",
    "workflow_compare.h": "workflow",
    "workflow_explain.h": "workflow",
    "workflow_overview.h": "workflow",
    "workflow_repair.h": "workflow",
    "rnnrepair.h": None,  # all of them; for users, not for the library
}

# What the programs may include besides the public headers and their own.
PROGRAM_MODULES = {"cli": {"core", "io"}, "experiments": {"core", "io", "kernel"}}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.M)


def includes(path):
    """Yield (line, name) of each quoted include of a file."""
    text = path.read_text(encoding="utf-8")
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match.group(1)


def module_of(name):
    """The module a quoted include belongs to, or None where it has none."""
    folder, _, rest = name.partition("/")
    return PUBLIC.get(rest) if folder == "rnnrepair" else folder if folder in MODULES else None


def face(module):
    """The one internal header of a module that other modules may include."""
    return f"{module}/{module}_internal.h"


def module_faults(module, path):
    allowed = {module, *MODULES[module]}
    for line, name in includes(path):
        target = module_of(name)
        if target is None:
            yield line, f'"{name}" belongs to no module; write "module/file.h" or "rnnrepair/file.h"'
        elif target not in allowed:
            yield line, f"{module} may not include {target} ({name})"
        elif not (target == module or target in OPEN or name.startswith("rnnrepair/")
                  or name == face(target)):
            yield line, f'"{name}" is private to {target}; what others use is in "{face(target)}"'


def public_faults(path):
    name = path.relative_to(ROOT / "include" / "rnnrepair").as_posix()
    if name not in PUBLIC:
        yield 1, "this public header is in no module: add it to PUBLIC in tools/check_layers.py"
        return
    module = PUBLIC[name]
    for line, target in includes(path):
        if not target.startswith("rnnrepair/"):
            yield line, f'a public header includes "{target}", which is not public'
        elif module is not None and module_of(target) not in {module, *MODULES[module]}:
            yield line, f"{name} ({module}) may not include {target} ({module_of(target)})"


def program_faults(path, folder):
    """A program: public headers, PROGRAM_MODULES, cli/kit, and its own, from its folder or the root."""
    for line, name in includes(path):
        folders = [ROOT / folder] + [ROOT / "cli"] * name.startswith("kit/")
        folders += [ROOT] * name.startswith(folder + "/")
        own = ".." not in name and any((at / name).is_file() for at in folders)
        if not (name.startswith("rnnrepair/") or module_of(name) in PROGRAM_MODULES[folder] or own):
            yield line, (f'"{name}" is neither public, of {", ".join(sorted(PROGRAM_MODULES[folder]))}, '
                         f"of cli/kit, nor of {folder}/")


def files(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in (".c", ".h"))


def main():
    work = []
    for folder in sorted(p for p in (ROOT / "src").iterdir() if p.is_dir()):
        if folder.name not in MODULES:
            print(f"src/{folder.name}: a module that MODULES lacks")
            return 1
        work += [(path, module_faults(folder.name, path)) for path in files(folder)]
    work += [(path, public_faults(path)) for path in files(ROOT / "include" / "rnnrepair")]
    for folder in ("cli", "experiments"):
        work += [(path, program_faults(path, folder)) for path in files(ROOT / folder)]

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
