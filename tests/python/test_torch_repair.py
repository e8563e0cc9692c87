# SPDX-License-Identifier: MIT
"""Repair of PyTorch models: the additions reach the user's loop, and what they do is counted."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="python3-torch is not there")

import rnnrepair as rr  # noqa: E402
import torch_zoo as zoo  # noqa: E402
from rnnrepair.torch import Collector, repair  # noqa: E402

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "python" / "pytorch_repair.py"
N = 120


def problem(n, seed):
    """Is there an id above 5 among the last three?"""
    x = zoo.ids(n, 6, seed=seed)
    return x, (x[:, -3:] > 8).any(1).long()


@pytest.fixture(scope="module")
def setting():
    torch.manual_seed(2)
    model = zoo.Last(cell="gru", classes=2)
    x, y = problem(N, 1)
    train = [(x[i], int(y[i])) for i in range(N)]
    fit(model, train, 6)
    dx, dy = problem(60, 2)
    dev = zoo.batches(dx, dy, 25)
    states = Collector(model).collect(zoo.batches(x, y, 50))
    return model, train, dev, rr.InfluenceModel(n_states=8).fit(states)


def fit(model, data, epochs):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    x, y = torch.stack([item[0] for item in data]), torch.tensor([item[1] for item in data])
    for _ in range(epochs):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()


def errors_of(model, dev):
    model.eval()
    with torch.no_grad():
        wrong = torch.cat([model(x).argmax(1) != y for x, y in dev])
    return wrong.numpy()


def test_additions_reach_the_loop_and_the_outcome_is_counted(setting):
    model, train, dev, influence = setting
    before = {k: v.clone() for k, v in model.state_dict().items()}
    handed = []

    def loop(copy, additions):
        assert copy is not model
        handed.append(additions)
        fit(copy, train + additions, 40)

    report = repair(model, train, dev, loop, influence, budget=3, level="sample", test=dev)
    wrong = errors_of(model, dev)
    np.testing.assert_array_equal(report.targets, np.flatnonzero(wrong))
    assert handed[0] == [] and len(handed[1]) == len(report.additions) == len(report.samples) > 0
    for row, item in zip(report.additions, handed[1]):
        assert row["kind"] == "repeat" and item is train[row["source"]]
        assert row["label"] == item[1]  # a sample of the target's own label
    for name, got in (("control", report.control), ("repaired", report.model)):
        now = errors_of(got, dev)
        at = list(report.outcome.model).index(name)
        assert report.outcome.fixed[at] == (wrong & ~now).sum()
        assert report.outcome.broken[at] == (~wrong & now).sum()
        assert report.outcome.accuracy[at] == pytest.approx(1 - now.mean())
        assert report.outcome.test_accuracy[at] == pytest.approx(1 - now.mean())
    assert list(report.outcome.model) == ["before", "control", "repaired"]
    assert report.outcome.fixed[0] == report.outcome.broken[0] == 0
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())
    lines = str(report).splitlines()
    assert lines[0] == f"{len(report.targets)} targets, {len(report.samples)} additional samples"
    assert [line.split()[0] for line in lines[2:]] == ["before", "control", "repaired"]


def test_symbols_are_inserted_into_training_samples(setting):
    model, train, dev, influence = setting
    report = repair(model, train, dev, lambda m, more: None, influence, budget=2, level="segment",
                    control=False)  # fmt: skip
    kinds = set(report.additions.kind)
    assert "insert" in kinds and report.control is None
    for row, (ids, label) in zip(report.additions, report.samples):
        own = train[row["source"]][0]
        if row["kind"] == "insert":
            at = row["after"]  # steps count from 1
            assert len(ids) == len(own) + 1 and int(ids[at]) == row["symbol"]
            assert torch.equal(torch.cat((ids[:at], ids[at + 1 :])), own)
            assert label == row["label"]
        else:
            assert ids is own


def test_a_padded_sample_keeps_its_length():
    from rnnrepair.torch._repair import _inserted

    ids, label = _inserted((torch.tensor([4, 5, 0, 0]), torch.tensor(1)), 1, 9, 0, 0)
    assert ids.tolist() == [4, 9, 5, 0] and int(label) == 0 and label.dtype == torch.int64
    ids, label = _inserted((np.array([4, 5]), 1), 2, 9, 1, 0)
    assert ids.tolist() == [4, 5, 9] and label == 1
    with pytest.raises(rr.ArgumentError, match="one axis"):
        _inserted((torch.zeros(2, 3), 1), 1, 9, 0, None)
    with pytest.raises(rr.ArgumentError, match="insert="):
        _inserted((torch.tensor([1]), 1, 1), 1, 9, 0, None)


def test_random_control_and_repeats(setting):
    model, train, dev, influence = setting
    handed = []
    repair(model, train, dev, lambda m, more: handed.append(more), influence, budget=1, repeat=2,
           level="sample", control="random", which=np.flatnonzero(errors_of(model, dev))[:2])  # fmt: skip
    assert len(handed[0]) == len(handed[1]) > 0 and len(handed[1]) % 2 == 0
    assert handed[1][: len(handed[1]) // 2] == handed[1][len(handed[1]) // 2 :]


def test_wrong_arguments(setting):
    model, train, dev, influence = setting
    for named, error, match in [
        (dict(fit=3), rr.ArgumentError, "fit"),
        (dict(influence=None), rr.ArgumentError, "influence must be"),
        (dict(influence=rr.InfluenceModel()), rr.NotFittedError, "not fitted"),
        (dict(train=train[:5]), rr.ShapeError, "5 samples"),
        (dict(repeat=0), rr.ArgumentError, "repeat"),
        (dict(control="none"), rr.ArgumentError, "control"),
        (dict(fit=lambda m, more: 3), rr.ArgumentError, "fit returned int"),
        (dict(errors=[batch[0] for batch in dev]), rr.ArgumentError, "no labels"),
        (dict(which=[]), rr.ArgumentError, "nothing to repair"),
    ]:
        given = dict(model=model, train=train, errors=dev, fit=lambda m, more: None,
                     influence=influence, **{}) | named  # fmt: skip
        with pytest.raises(error, match=match):
            repair(**given)
    with pytest.raises(rr.ArgumentError, match="follows collect"):
        Collector(model).predict(dev)


def test_the_worked_example_runs():
    """The script of the documentation, as a user runs it."""
    done = subprocess.run([sys.executable, str(EXAMPLE)], capture_output=True, text=True,
                          env=dict(os.environ, OMP_NUM_THREADS="1"))  # fmt: skip
    assert done.returncode == 0, done.stderr
    out = done.stdout
    assert "1000 of 1000 equal" in out and "; exact" in out
    found = int(out.split(" of the 20 wrong labels")[0].split()[-1])
    assert found >= 15
    rows = {line.split()[0]: line.split() for line in out.splitlines()[-3:]}
    assert float(rows["repaired"][4][:-1]) > float(rows["before"][4][:-1]) + 5
