# SPDX-License-Identifier: MIT
"""The same states in the package and on the command line: the same model, the same figures."""

import json
import subprocess

import numpy as np
import pytest
import rnnrepair as rr
from program import PROGRAM, arrays_of, command, same_rows
from synthetic import states

SEED, STABILITY, COMPONENTS = 3, 0.9, 4


def both(folder, **changes):
    """(model, test states, run directory) of a file with the splits train and test."""
    if not PROGRAM:
        pytest.skip("RNNREPAIR does not name the program")
    s = states(180, split=np.repeat([0, 2], [120, 60]), parity=(180, 1, 0.5), **changes)
    s.save(folder / "states.npz")
    options = ["--pca", COMPONENTS, "--stability", STABILITY, "--seed", SEED]
    command("build", folder / "run", "--states", folder / "states.npz", *options)
    model = rr.InfluenceModel(n_components=COMPONENTS, stability=STABILITY, random_state=SEED)
    return model.fit(s.select("train")), s.select("test"), folder / "run"


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    return both(tmp_path_factory.mktemp("words"))


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    steps = states(180).steps
    given = np.random.default_rng(4).normal(size=(steps, 2))
    return both(tmp_path_factory.mktemp("frames"), symbol=None, tokens=None, frame=given)


@pytest.mark.parametrize("kind", ["words", "frames"])
def test_the_influence_files_hold_the_same_arrays(kind, request, tmp_path):
    model, _, run = request.getfixturevalue(kind)
    model.save(tmp_path / "influence.safetensors")
    own = arrays_of(tmp_path / "influence.safetensors")
    assert len(own) > 5 and own == arrays_of(run / "influence.safetensors")


@pytest.mark.parametrize("kind", ["words", "frames"])
def test_explanations(kind, request):
    model, test, run = request.getfixturevalue(kind)
    for sample in (3, 10):
        printed = command("explain", run, "--split", "test", "--sample", sample)
        e = model.explain(test, sample)
        assert (e.truth, e.prediction) == (printed["truth"], printed["prediction"])
        assert (e.key, e.measure) == (printed["key"], printed["measure"])
        same_rows(e.steps, printed["steps"], known=None)
        nowhere = dict.fromkeys(("source_row", "source_file", "source_id"))  # arrays come from no file
        same_rows(e.sequences, printed["proponents"], **nowhere)
        assert e.sentence == printed["origin"]["sentence"] and "179 of 180" in e.sentence


@pytest.mark.parametrize("kind", ["words", "frames"])
def test_suspect_steps(kind, request):
    model, test, run = request.getfixturevalue(kind)
    printed = command("localize", run, "--split", "test")
    found = model.localize(test)
    rows = [
        {"sample": error["id"], "truth": error["truth"], "prediction": error["prediction"], **segment}
        for error in printed["errors"]
        for segment in error["segments"]
    ]
    same_rows(found, rows, known=None, **({"token": None} if kind == "frames" else {}))


@pytest.mark.parametrize("kind", ["words", "frames"])
def test_label_issues(kind, request):
    model, _, run = request.getfixturevalue(kind)
    for method in ("combined", "influence", "self-confidence", "neighbours"):
        ranking = command("audit", run, "--method", method, "--top", 120)["ranking"]
        found = model.label_issues(method)
        order = np.argsort(-np.array([row["score"] for row in ranking]), kind="stable")
        assert np.array_equal(order, np.arange(len(ranking)))
        for row in ranking:
            assert row["given"] == found.given_label[row["id"]]
            assert row["prediction"] == found.predicted_label[row["id"]]
            score = -np.log(found.label_score[row["id"]])
            assert abs(score - row["score"]) < 1e-8 * max(1, row["score"])


@pytest.mark.parametrize("kind", ["words", "frames"])
def test_drivers(kind, request):
    model, test, run = request.getfixturevalue(kind)
    for method, weighting in (("influence", "contrast"), ("paper", "paper")):
        ranking = command("audit", run, "--about", "errors", "--method", method, "--top", 120)["ranking"]
        found = model.drivers(test, weighting=weighting)
        rows = [row for row in ranking if row["score"] > 0]
        assert [row["id"] for row in rows] == found.id.tolist()
        same_rows(found, [{"id": r["id"], "label": r["given"], "score": r["score"]} for r in rows])


def test_triggers(words):
    model, _, run = words
    printed = command("backdoor", run)["candidates"]
    found = model.triggers(top=len(printed))
    unknown = {name: None for name in printed[0] if name not in found.columns}
    assert {"score", "symbol", "target", "purity"} <= set(printed[0]) - set(unknown)
    same_rows(found, printed, **unknown)


def test_samples_to_add(words, tmp_path):
    model, test, run = words
    line = [PROGRAM, "repair", str(run), "--export", str(tmp_path / "add.jsonl"), "--split", "test"]
    line += ["--seed", str(SEED), "-q"]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    printed = [json.loads(one) for one in (tmp_path / "add.jsonl").read_text().splitlines()]
    printed = [row for row in printed if "target" in row]
    found = model.additions(test)
    assert sorted(found.reason) == sorted(row["reason"] for row in printed)
