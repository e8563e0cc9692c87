# SPDX-License-Identifier: MIT
"""The states of a run, the trust in its influence model, another run beside it: the figures of the
command line."""

import numpy as np
import pytest
import rnnrepair as rr
from program import command, same, same_rows

DATA = "digits?train=300&test=120&only=0|1|4|7"
SMALL = {"hidden": 8, "epochs": 2, "batch": 20, "optimizer": "adam", "learning_rate": 0.02}
TEXTS = "".join(
    f"{'train' if i < 60 else 'test'},{'up' if i % 2 else 'down'},"
    f"{'rise gain high' if i % 2 else 'fall loss low'} the {'zyx' if i == 70 else 'day'}\n"
    for i in range(80)
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("overview") / "run"
    return rr.Run.create(path, DATA, **SMALL, progress=False).train().build(states=6)


@pytest.fixture(scope="module")
def child(run):
    return run.child(run.path.parent / "child", removed=[3], relabelled={5: "7"}, epochs=2)


def test_states_are_those_of_the_command_line(run):
    own = run.states_summary(ways=3)
    printed = command("states", run.path, "--ways", 3)
    assert own.split == printed["split"] == "test" and own.steps == printed["steps"]
    nested = dict.fromkeys(("confidence", "labels", "mean"))
    same_rows(own.states, printed["states"], **nested)
    for part in nested:
        for i, row in enumerate(printed["states"]):
            assert same(getattr(own, part)[i], row[part])
    assert [r["count"] for r in own.ways] == [w["count"] for w in printed["ways"]]
    assert [r["other"] for r in own.ways] == [w["other"] or 0 for w in printed["ways"]]
    assert len(own.words) == 0 and own.mean.shape == (6, 28)
    assert sum(map(len, own.states.errors)) == len(run.predict().errors)
    assert "stability" in str(own)
    assert run.states_summary("train", errors=1).states.split_ends.sum() == len(run.data())
    with pytest.raises(rr.ArgumentError, match="no dev split"):
        run.states_summary("dev")
    with pytest.raises(rr.ArgumentError, match="ways"):
        run.states_summary(ways=-1)


def test_words_of_states(tmp_path):
    (tmp_path / "texts.csv").write_text("split,label,text\n" + TEXTS)
    data = f"csv:{tmp_path}/texts.csv"
    run = rr.Run.create(tmp_path / "text", data, **SMALL, progress=False).train().build(states=3)
    own = run.states_summary(words=2, least=2)
    printed = command("states", run.path, "--words", 2, "--least", 2)
    same_rows(own.words, printed["words"])
    assert own.mean is None and set(own.words.token) <= set("rise gain high fall loss low the day".split())
    found = run.trust()
    assert found.key == "state-symbol"
    assert found["unseen_test"]["value"] > 0


def test_trust_is_that_of_the_command_line(run):
    own = run.trust()
    printed = command("trust", run.path)
    assert (own.level, own.sentence, own.key) == (printed["level"], printed["sentence"], printed["key"])
    same_rows(own.findings, printed["findings"])
    assert own["unseen_dev"]["level"] == "not-measured" and np.isnan(own["unseen_dev"]["value"])
    assert own.sentence in str(own)
    with pytest.raises(KeyError, match="stability_min"):
        own["stabilty"]


@pytest.mark.parametrize("split", ["test", "train"])
def test_comparison_is_that_of_the_command_line(run, child, split):
    own = run.compare(child, split)
    printed = command("compare", run.path, child.path, "--split", split)
    assert own.relation == "child" and own.edits == printed["edits"]
    assert own.edits["removed"] == own.edits["relabelled"] == 1
    assert (own.count, own.differ, own.note) == (printed["count"], printed["differ"], "")
    same_rows(own.parts, printed["parts"])
    same_rows(own.classes, printed["classes"], **{"class": None, "class_name": "class"})
    same_rows(own.changed, printed["changed"])
    if split == "test":
        assert (own.before == run.predict().prediction).all()
        assert (own.after == child.predict().prediction).all()
    assert own.differ == (own.before != own.after).sum() > 0


def test_runs_are_compared_by_their_directories(run, child):
    own = child.compare(str(run.path))
    assert own.relation == "parent"
    assert own.parts.row(0)["broken"] == run.compare(child).parts.row(0)["fixed"]
    with pytest.raises(rr.ArgumentError, match="this run"):
        run.compare(run)
    with pytest.raises(rr.ArgumentError, match="one run"):
        run.compare(run.path)
    with pytest.raises(rr.FileError):
        run.compare(run.path / "nowhere")
    with pytest.raises(rr.ArgumentError, match="best"):
        run.compare(child, "best")


def test_other_data_are_refused(run, tmp_path):
    other = rr.Run.create(tmp_path / "other", DATA + "&seed=2", **SMALL, progress=False).train()
    with pytest.raises(rr.MismatchError, match="same data"):
        run.compare(other)
    with pytest.raises(rr.FileError, match="no influence model"):
        other.trust()


def test_targets_of_a_repair_are_counted_apart(run, tmp_path):
    repaired = run.repair(tmp_path / "repaired", split="test", samples=run.predict().errors[:3],
                          strategy="direct", max_broken=999, controls="none")
    own = run.compare(repaired.run)
    assert list(own.parts.part) == ["all", "targets", "unseen"]
    assert own.parts.row(1)["count"] == 3 == own.changed.target.sum()
