# SPDX-License-Identifier: MIT
"""Runs on time series: repaired as series, with the figures of the command line."""

import numpy as np
import pytest
import rnnrepair as rr
from program import command, same, same_rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two kinds of waves in noise, as an npz file."""
    folder = tmp_path_factory.mktemp("series")
    random = np.random.RandomState(1)
    arrays = {}
    for split, n in (("train", 120), ("test", 80)):
        y = np.arange(n) % 2
        t = np.linspace(0, 1, 20)[None, :, None]
        speed = np.where(y == 0, 1.0, 1.6)[:, None, None] + 0.35 * random.randn(n, 1, 1)
        phase = random.rand(n, 1, 2)
        x = np.sin(2 * np.pi * (speed * t + phase)) + 0.5 * random.randn(n, 20, 2)
        arrays[f"x_{split}"], arrays[f"y_{split}"] = x.astype(np.float32), y
    np.savez(folder / "waves.npz", **arrays)
    return folder


@pytest.fixture(scope="module")
def run(folder):
    data = f"npz:{folder / 'waves.npz'}?scale=none"
    settings = {"hidden": 6, "epochs": 6, "batch": 20, "learning_rate": 0.01}
    run = rr.Run.create(folder / "run", data, **settings, progress=False)
    return run.train().build(states=5)


def test_series_are_repaired_as_by_the_command_line(run, folder):
    options = {"count": 3, "strategy": "influence", "variants": 400, "keep_samples": 4, "jitter": 0.2, "slice": 0.7, "epochs": 1,
               "max_broken": 50}
    line = [f for k, v in options.items() for f in (f"--{k.replace('_', '-')}", v)]
    printed = command("repair", run.path, "-o", folder / "by-program", *line)
    own = run.repair(folder / "repaired", **options)
    assert own.vary == printed["vary"] == "series"
    same_rows(own.targets, printed["per_target"], kept=None)
    flat = [
        {"target": t["id"], "source": k["source"], "score": k["score"], **k["variation"], "warp": k["warp"]}
        for t in printed["per_target"]
        for k in t["kept"]
    ]
    same_rows(own.samples, flat)
    assert own.samples.warp.shape[1] == 4 and (own.samples.slice >= 0.7).all()
    assert same(own.outcome.accuracy_after, printed["accuracy_after"])


def test_series_are_images_where_they_are_taken_for_such(run):
    own = run.repair(count=2, vary="image", rotate=3)
    assert own.vary == "image" and "rotate" in own.samples.columns
    assert (np.abs(own.samples.rotate) <= 3).all()


def test_arguments_of_the_other_kind_are_refused(run):
    for arguments, said in (
        ({"rotate": 3}, "no images"),
        ({"vary": "image", "jitter": 0.1}, "vary image"),
        ({"vary": "series", "shear": 0.1}, "vary series"),
        ({"vary": "picture"}, "series"),
        ({"jitter": 99}, "99"),
        ({"slice": 0}, "slice"),
        ({"strategy": "none", "warp": 1}, "strategy none"),
        ({"strategy": "gradient", "held": 1}, "strategy gradient"),
        ({"variants": 10}, "strategy mixed"),
    ):
        with pytest.raises(rr.ArgumentError, match=said):
            run.repair(count=1, **arguments)
