# SPDX-License-Identifier: MIT
"""States whose steps have labels of their own."""

import numpy as np
import pytest
import rnnrepair as rr
from synthetic import CLASSES, TOKENS


def tagger(N=80, seed=0, **changes):
    """Sequences of pieces of one label each; of every fifth sequence a piece is predicted as the
    next class, and a step of every seventh has no label."""
    rng = np.random.default_rng(seed)
    pieces = rng.integers(1, 4, N)
    lengths, labels, predictions, owner = [], [], [], []
    for i in range(N):
        sizes = rng.integers(1, 4, pieces[i])
        tags = (rng.integers(0, 3) + np.arange(pieces[i])) % 3
        said = tags.copy()
        if i % 5 == 0:
            said[0] = (said[0] + 1) % 3
        lengths.append(sizes.sum())
        labels.append(np.repeat(tags, sizes))
        predictions.append(np.repeat(said, sizes))
        if i % 7 == 3:
            labels[-1][-1] = -1
    step_label, prediction = np.concatenate(labels), np.concatenate(predictions)
    state = rng.normal(scale=0.3, size=(len(prediction), 4))
    state[:, :3] += 3 * np.eye(3)[prediction]
    given = {
        "state": state,
        "prediction": prediction,
        "lengths": lengths,
        "symbol": rng.integers(0, 4, len(prediction)) + 4 * prediction,
        "probability": np.eye(3)[prediction] * 0.9 + 0.1 / 3,
        "step_label": step_label,
        "tokens": TOKENS,
        "class_names": CLASSES,
    }
    return rr.States.from_arrays(**{**given, **changes})


@pytest.fixture(scope="module")
def model():
    return rr.InfluenceModel(n_components=4, stability=0.9).fit(tagger())


def test_labels_of_steps_are_enough(model):
    """A sequence has the label of its last labelled step."""
    s = tagger()
    assert s.label is None and model.n_sequences_ == 80
    rows = np.split(s.step_label, s.offsets[1:-1])
    last = [next((x for x in row[::-1] if x != rr.NO_LABEL), None) for row in rows]
    known = [i for i, x in enumerate(last) if x is not None]
    assert [model.labels_[i] for i in known] == [last[i] for i in known]


def test_spans(model):
    s = tagger(30, seed=1)
    found = model.spans(s)
    at = s.offsets
    for row in found:
        steps = slice(at[row["sample"]] + row["first"] - 1, at[row["sample"]] + row["last"])
        assert set(s.step_label[steps]) == {row["label"]}
        assert row["wrong"] == (s.prediction[steps] != row["label"]).sum()
    assert (found.last - found.first + 1).sum() == (s.step_label != rr.NO_LABEL).sum()
    with pytest.raises(rr.ArgumentError, match="no labels of steps"):
        model.spans(tagger(30, seed=1, step_label=None, label=np.zeros(30, int)))


def test_the_training_spans_behind_some_steps(model):
    s = tagger(30, seed=1)
    all_spans = model.spans(s)
    i, first, last = (int(all_spans[name][0]) for name in ("sample", "first", "last"))
    found = model.attribute_span(s, i, first, last, k=6)
    assert 0 < len(found) <= 6 and (np.diff(found.score) <= 0).all() and found.score.max() <= 1
    training = tagger()
    at = training.offsets
    for row in found:
        steps = slice(at[row["sequence"]] + row["first"] - 1, at[row["sequence"]] + row["last"])
        assert set(training.step_label[steps]) == {row["label"]}
    assert set(model.attribute_span(s, i, first, label=2).label) <= {2}
    for wrong, message in [
        ({"first": 0}, "first is 0"),
        ({"first": 3, "last": 2}, "last is 2"),
        ({"first": 99}, "99"),
        ({"first": 1, "k": 0}, "k is 0"),
        ({"first": 1, "measure": "x"}, "measure is 'x'"),
        ({"first": 1, "label": 3}, "label is 3"),
    ]:
        with pytest.raises(rr.ArgumentError, match=message):
            model.attribute_span(s, i, **wrong)


def test_a_file_holds_labels_of_steps(tmp_path):
    s = tagger()
    s.save(tmp_path / "s.npz")
    assert np.array_equal(rr.States.load(tmp_path / "s.npz").step_label, s.step_label)
    m = rr.InfluenceModel(n_components=4, stability=0.9).fit(tmp_path / "s.npz")
    assert len(m.spans(tmp_path / "s.npz")) == len(m.spans(s))


def test_labels_of_steps_that_are_likely_wrong(model):
    s = tagger()
    known = s.step_label != rr.NO_LABEL
    doubted = (s.prediction != s.step_label) & known
    for found in (model.step_issues(), model.step_issues(train=s), model.step_issues("self-confidence", s)):
        assert len(found) == known.sum()
        rows = s.offsets[found.sequence] + found.step - 1
        assert np.array_equal(np.sort(rows), np.flatnonzero(known))
        assert np.array_equal(found.given_label, s.step_label[rows])
        assert np.array_equal(found.predicted_label, s.prediction[rows])
        assert doubted[rows[: doubted.sum()]].mean() > 0.9
        assert (np.diff(found.label_score) >= 0).all()
        assert found.label_score.min() > 0 and found.label_score.max() <= 1
        assert (found.suggested_label != found.given_label).all()
    p = s.probability[rows, found.given_label]
    assert np.allclose(found.label_score, p, rtol=1e-6)


def test_what_an_audit_of_steps_needs(model):
    with pytest.raises(rr.UnsupportedError):
        model.step_issues("combined")
    with pytest.raises(rr.ArgumentError, match="method is 'x'"):
        model.step_issues("x")
    with pytest.raises(rr.MismatchError):
        model.step_issues(train=tagger(seed=5))
    unlabelled = tagger(step_label=None, label=np.zeros(80, int))
    with pytest.raises(rr.ArgumentError, match="label"):
        rr.InfluenceModel().fit(unlabelled).step_issues()
