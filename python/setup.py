# SPDX-License-Identifier: MIT
"""Builds librnnrepair by CMake into rnnrepair/_lib, and wheels that fit every Python of a platform.

The C sources are the tree around this folder, or in an sdist the copy csrc/ that it carries.
RNNREPAIR_CMAKE_ARGS adds options to CMake's, for example -DRR_PICTURES=ON (needs cairo).
"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist
from wheel.bdist_wheel import bdist_wheel

HERE = pathlib.Path(__file__).resolve().parent
CARRIED = HERE / "csrc"
SOURCES = CARRIED if CARRIED.is_dir() else HERE.parent

# What the library is built of.
NEEDED = ["CMakeLists.txt", "cmake", "include", "src", "web/dist", "LICENSE"]


def version() -> str:
    header = (SOURCES / "include" / "rnnrepair" / "api.h").read_text(encoding="utf-8")
    return re.search(r'RR_VERSION_STRING "([^"]+)"', header).group(1)


class BuildWithLibrary(build_py):
    """Python files, and the library beside them."""

    def run(self) -> None:
        super().run()
        work = pathlib.Path(self.get_finalized_command("build").build_temp).resolve()
        into = (pathlib.Path(self.build_lib) / "rnnrepair" / "_lib").resolve()
        command = ["cmake", "-S", str(SOURCES), "-B", str(work), "--log-level=WARNING"]
        command += ["-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_C_FLAGS_RELEASE=-O3 -DNDEBUG"]
        command += ["-DRR_BUILD_TOOL=OFF", "-DRR_PICTURES=OFF", "-DRR_ISAL=OFF"]
        if shutil.which("ninja"):
            command += ["-G", "Ninja"]
        command += shlex.split(os.environ.get("RNNREPAIR_CMAKE_ARGS", ""))
        jobs = str(len(os.sched_getaffinity(0)))
        subprocess.run(command, check=True)
        subprocess.run(["cmake", "--build", str(work), "-j", jobs, "--target", "rnnrepair"], check=True)
        install = ["cmake", "--install", str(work), "--component", "python", "--strip"]
        subprocess.run([*install, "--prefix", str(into)], check=True)


class CarrySources(sdist):
    """A source distribution with the C sources."""

    def make_release_tree(self, base_dir: str, files: list) -> None:
        super().make_release_tree(base_dir, files)
        for name in NEEDED:
            source, target = SOURCES / name, pathlib.Path(base_dir) / "csrc" / name
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        shutil.copy2(SOURCES / "LICENSE", pathlib.Path(base_dir) / "LICENSE")


class AnyPython(bdist_wheel):
    """The library is called through ctypes: one wheel serves every Python 3 of the platform."""

    def get_tag(self) -> tuple:
        return "py3", "none", super().get_tag()[2]


class WithLibrary(Distribution):
    def has_ext_modules(self) -> bool:
        return True


setup(
    version=version(),
    distclass=WithLibrary,
    cmdclass={"build_py": BuildWithLibrary, "sdist": CarrySources, "bdist_wheel": AnyPython},
)
