# SPDX-License-Identifier: MIT
"""Runs on the states of a network trained elsewhere: those of a built-in network, taken as such,
give its figures; what needs the network says so."""

import numpy as np
import pytest
import rnnrepair as rr
from program import arrays_of, bits, command, same, same_rows

DATA = "digits?train=500&test=300&only=0|1|4|7"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("states")


@pytest.fixture(scope="module")
def own(folder):
    """A run with a network."""
    run = rr.Run.create(
        *(folder / "own", DATA),
        **{"cell": "gru", "hidden": 8, "epochs": 3, "batch": 20, "optimizer": "adam"},
        learning_rate=0.02,
        progress=False,
    )
    return run.train().build(states=6)


@pytest.fixture(scope="module")
def states(folder, own):
    """The states of its training and its test set."""
    parts = {split: own.steps(split) for split in ("train", "test")}
    return rr.States.concat(list(parts.values()), splits=list(parts))


@pytest.fixture(scope="module")
def run(folder, states):
    states.save(folder / "states.npz")
    return rr.Run.from_states(folder / "run", folder / "states.npz", progress=False).build(states=6)


def test_predictions_are_those_of_the_network(run, own):
    for split in ("train", "test"):
        there, here = run.predict(split), own.predict(split)
        assert bits(there.prediction) == bits(here.prediction)
        assert bits(there.label) == bits(here.label) and there.accuracy == here.accuracy
        assert bits(there.probability) == bits(here.probability)


def test_explanations_are_those_of_the_network(run, own):
    there, here = run.explain(step=9), own.explain(step=9)
    assert there.sentence and not here.sentence and there.sentence in " ".join(str(there).split())
    assert there.sample == here.sample
    for name in ("sequences", "for_truth", "for_prediction"):
        assert bits(getattr(there, name).id) == bits(getattr(here, name).id)
        assert bits(getattr(there, name).score) == bits(getattr(here, name).score)
    assert bits(there.steps.state) == bits(here.steps.state)
    assert bits(there.matches.id) == bits(here.matches.id)


def test_figures_are_those_of_the_command_line(run):
    printed = command("explain", run.path)
    found = run.explain()
    same_rows(found.steps, printed["steps"])
    same_rows(found.sequences, printed["proponents"])
    assert found.sentence == printed["origin"]["sentence"]
    printed = command("audit", run.path, "--top", 7)
    audit = run.audit(top=7)
    same_rows(audit.ranking, printed["ranking"], neighbours=None, inputs=None)
    assert audit.sentence == found.sentence
    printed = command("localize", run.path)
    flat = [{"id": e["id"], **s} for e in printed["errors"] for s in e["segments"]]
    same_rows(run.localize().segments, flat, token=None)
    printed = command("info", run.path)
    info = run.info()
    assert info["training"] is None and info["network"]["hidden"] == 8
    for name, value in printed["origin"].items():
        assert same(info["origin"][name], value), name
    assert run.verify().ok


def test_labels_are_judged_as_by_the_network(run, own):
    there, here = run.label_issues(), own.label_issues()
    assert bits(there.suggested_label) == bits(here.suggested_label)
    assert np.allclose(there.label_score, here.label_score, rtol=1e-5)


def test_other_states_are_explained(run, own, states, folder):
    test = own.steps("test")
    test.label = None
    found = run.predict(foreign=test)
    assert found.label is None and bits(found.prediction) == bits(own.predict().prediction)
    explanation = run.explain(3, foreign=test)
    assert explanation.truth is None and explanation.sentence
    assert bits(run.explain(3).steps.state) == bits(explanation.steps.state)
    test.save(folder / "other.npz")
    assert len(run.localize(foreign=rr.States.open(folder / "other.npz")).errors) == len(test)


def test_states_in_memory_are_written_beside_the_run(states, folder):
    made = rr.Run.from_states(folder / "memory", states, progress=False)
    assert (folder / "memory.states.npz").exists()
    assert made.build(states=3).explain(0).sample == 0
    with pytest.raises(rr.ArgumentError, match="memory.states.npz"):
        rr.Run.from_states(folder / "memory", states)
    (folder / "held").mkdir()
    (folder / "held" / "run.json").write_text("{}")
    with pytest.raises(rr.Error):
        rr.Run.from_states(folder / "held", states)
    assert not (folder / "held.states.npz").exists()


def test_samples_to_add_are_those_of_the_command_line(run, folder):
    line = ("--count", 5, "--keep-samples", 3, "--export", folder / "by-program.jsonl")
    printed = command("repair", run.path, *line)
    found = run.additions(count=5, keep_samples=3, export=folder / "own.jsonl")
    assert len(found) == printed["samples"] > 0
    assert (folder / "own.jsonl").read_bytes() == (folder / "by-program.jsonl").read_bytes()
    assert set(found.target.tolist()) <= {row["id"] for row in printed["per_target"]}
    for row in found:
        assert row["kind"] == "repeat" and row["symbol"] == -1 and str(row["target"]) in row["reason"]
    one = run.additions(samples=[printed["per_target"][0]["id"]], keep_samples=2)
    assert len(one) == 2 and len(set(one.target.tolist())) == 1
    for wrong in ({"gamma": 3}, {"samples": [10**6]}, {"count": 0}, {"norm": 99}, {"export": "x.csv"}):
        with pytest.raises(rr.ArgumentError):
            run.additions(**wrong)


def test_what_needs_the_network_says_so(run, folder):
    for call in (
        run.train,
        run.predict_proba,
        lambda: run.repair(folder / "never"),
        lambda: run.child(folder / "never", removed=[1]),
        lambda: run.audit("errors", "tracin"),
        lambda: run.label_issues(folds=2),
    ):
        with pytest.raises(rr.Error) as raised:
            call()
        assert "network" in str(raised.value) or "trained elsewhere" in str(raised.value)
    assert not (folder / "never").exists()


def test_wrong_states(folder):
    for wrong, error in (
        (folder / "none.npz", rr.FileError),
        (5, rr.ArgumentError),
        (__file__, rr.FormatError),
        (None, rr.ArgumentError),
    ):
        with pytest.raises(error):
            rr.Run.from_states(folder / "wrong", wrong)
        assert not (folder / "wrong").exists()
    np.savez(folder / "few.npz", state=np.zeros((3, 2), np.float32))
    with pytest.raises(rr.FormatError):
        rr.Run.from_states(folder / "wrong", folder / "few.npz")


def test_states_of_a_run_give_its_model(tmp_path):
    """Of 512 hidden units the library's batches are smaller than the usual 512: the last bits of the
    model depend on them."""
    data = "digits?train=500&test=20"
    run = rr.Run.create(tmp_path / "run", data, hidden=512, epochs=1, progress=False).train()
    run.build(states=8)
    run.predict("train", output=tmp_path / "train.npz")
    for s in (run.steps("train"), rr.States.load(tmp_path / "train.npz")):
        assert 0 < s.batch < 512
        m = rr.InfluenceModel(n_states=8).fit(s)
        m.save(tmp_path / "influence.safetensors")
        own = arrays_of(tmp_path / "influence.safetensors")
        assert own == arrays_of(tmp_path / "run" / "influence.safetensors")
        assert np.array_equal(np.exp(-run.audit(top=1).scores), m.label_issues().label_score)
