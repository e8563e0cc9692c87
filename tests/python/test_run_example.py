# SPDX-License-Identifier: MIT
"""The example about wrong labels, on little data."""

import pathlib
import re
import subprocess
import sys

import rnnrepair as rr

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "python" / "mnist_labels.py"


def test_wrong_labels_are_found(tmp_path):
    data = "digits?train=2000&test=100&only=0|1|4&noise=0.05"
    options = ("--data", data, "--hidden", "12", "--epochs", "20", "--learning-rate", "0.005")
    line = [sys.executable, str(EXAMPLE), str(tmp_path / "run"), *options]
    done = subprocess.run(line, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    precision = float(re.search(r"average precision (\S+),", done.stdout).group(1))
    assert precision > 0.7, done.stdout
    run = rr.Run(tmp_path / "run")
    assert (run.path / "suspects.csv").exists()
    flips = rr.Dataset.load(data).label_noise(fraction=0.05, seed=1)
    assert run.info()["data"]["relabelled"] == len(flips)
