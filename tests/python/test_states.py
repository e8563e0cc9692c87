# SPDX-License-Identifier: MIT
"""States: checks of every argument, files, sequences chosen and put together."""

import numpy as np
import pytest
import rnnrepair as rr
from rnnrepair import _abi
from synthetic import CLASSES, TOKENS, arrays, states


def members(s):
    names = ("state", "prediction", "lengths", "label", "symbol", "frame", "probability", "step_label", "split")
    return {name: getattr(s, name) for name in names}


def same(a, b):
    for name, values in members(a).items():
        other = getattr(b, name)
        assert (values is None) == (other is None), name
        if values is not None:
            assert values.dtype == other.dtype and np.array_equal(values, other), name
    for name in ("classes", "vocabulary", "class_names", "tokens", "kind", "parity", "model", "batch"):
        assert getattr(a, name) == getattr(b, name), name
    return True


# ---- making ----------------------------------------------------------------------------------


def test_arrays_are_kept():
    given = arrays()
    s = rr.States.from_arrays(**given)
    assert len(s) == 120 and s.shape == (120,)
    assert s.steps == given["lengths"].sum() and s.hidden == 5 and s.classes == 3
    assert s.vocabulary == given["symbol"].max() + 1
    assert s.state.dtype == np.float32 and s.label.dtype == np.uint32
    assert np.array_equal(s.prediction, given["prediction"])
    assert s.kind == "one-pass" and s.parity is None
    assert np.array_equal(s.errors, np.arange(3, 120, 10))
    assert "120 sequences" in repr(s) and "3 classes" in repr(s)


def test_padded_arrays_are_packed():
    packed = rr.States.from_arrays(**arrays())
    N, T = len(packed), int(packed.lengths.max())
    padded = {}
    take = np.arange(T)[None, :] < packed.lengths[:, None]
    for name in ("state", "prediction", "symbol", "probability"):
        rows = getattr(packed, name)
        padded[name] = np.full((N, T, *rows.shape[1:]), 7, rows.dtype)
        padded[name][take] = rows
    assert same(packed, rr.States.from_arrays(**padded, label=packed.label, lengths=packed.lengths))


def test_without_lengths_padded_sequences_are_whole_and_packed_ones_are_one():
    rng = np.random.default_rng(1)
    s = rr.States.from_arrays(rng.normal(size=(4, 6, 2)), rng.integers(0, 2, (4, 6)), frame=np.zeros((4, 6, 1)))
    assert s.lengths.tolist() == [6] * 4 and s.label is None
    s = rr.States.from_arrays(rng.normal(size=(6, 2)), rng.integers(0, 2, 6), frame=np.zeros((6, 1)))
    assert s.lengths.tolist() == [6]


def test_other_widths_of_floats_and_missing_predictions():
    given = arrays()
    for dtype in (np.float16, np.float32, np.float64):
        s = rr.States.from_arrays(**{**given, "state": given["state"].astype(dtype)})
        assert s.state.dtype == np.float32
        assert np.allclose(s.state, given["state"], atol=1e-2)
    s = rr.States.from_arrays(**{**given, "prediction": None})
    assert np.array_equal(s.prediction, given["prediction"])


def changed(name, at, value, dtype=None):
    a = arrays()[name].copy()
    if dtype:
        a = a.astype(dtype)
    a[at] = value
    return {name: a}


R = int(arrays()["lengths"].sum())


@pytest.mark.parametrize(
    "change, error, message",
    [
        (changed("state", (7, 2), np.nan), rr.NumericError, r"state\[7, 2\] is nan"),
        (changed("state", (7, 2), 1e39), rr.NumericError, r"state\[7, 2\] is inf"),
        (changed("probability", (3, 1), np.inf), rr.NumericError, r"probability\[3, 1\]"),
        (changed("probability", (3, 1), 1.5), rr.ArgumentError, r"probability\[3, 1\] is 1.5"),
        ({"state": np.zeros(3)}, rr.ShapeError, r"state has shape \(3,\)"),
        ({"state": np.zeros((0, 3))}, rr.ShapeError, "state has shape"),
        ({"state": arrays()["state"].astype(str)}, rr.ArgumentError, "state has dtype"),
        ({"state": arrays()["state"][1:]}, rr.ShapeError, "lengths add up to"),
        (changed("label", 5, 0.5, float), rr.ArgumentError, "label has dtype float64"),
        (changed("label", 5, -1), rr.ArgumentError, r"label\[5\] is -1"),
        (changed("label", 5, 3), rr.ArgumentError, r"label\[5\] is 3, not below"),
        ({"label": [0, 1]}, rr.ShapeError, r"label has shape \(2,\)"),
        ({"label": [[0], [1, 2]]}, rr.ArgumentError, "label"),
        (changed("prediction", 9, 3), rr.ArgumentError, r"prediction\[9\] is 3"),
        ({"prediction": np.zeros(R - 1, int)}, rr.ShapeError, "prediction has shape"),
        (changed("lengths", 4, 0), rr.ArgumentError, r"lengths\[4\] is 0"),
        (changed("lengths", 4, -2), rr.ArgumentError, r"lengths\[4\] is -2"),
        ({"lengths": [[1]]}, rr.ShapeError, "lengths has shape"),
        (changed("symbol", 2, 12), rr.ArgumentError, r"symbol\[2\] is 12, not below the length of tokens = 12"),
        ({"symbol": None}, rr.ArgumentError, "exactly one of symbol and frame"),
        ({"frame": np.zeros((R, 1))}, rr.ArgumentError, "exactly one of symbol and frame"),
        ({"symbol": None, "frame": np.zeros(R), "tokens": None}, rr.ShapeError, "frame has no columns"),
        ({"symbol": None, "frame": np.zeros((R, 1))}, rr.ArgumentError, "tokens is given"),
        ({"step_label": np.full(R, 3)}, rr.ArgumentError, r"step_label\[0\] is 3"),
        ({"split": np.full(120, 3)}, rr.ArgumentError, r"split\[0\] is 3"),
        ({"class_names": ["a", "b"]}, rr.ArgumentError, "not below the length of class_names = 2"),
        ({"class_names": ["a", "b", "c", "d"]}, rr.ShapeError, "probability has 3 columns"),
        ({"class_names": "abc"}, rr.ArgumentError, "class_names is a str"),
        ({"class_names": 3}, rr.ArgumentError, "class_names is a int"),
        ({"class_names": ["a", None, "c"]}, rr.ArgumentError, r"class_names\[1\] is None"),
        ({"tokens": {"a": 1, "b": 0}}, rr.ArgumentError, "tokens is a dict"),
        ({"tokens": ["a\0"] * 12}, rr.ArgumentError, r"tokens\[0\] is"),
        ({"batch": 2**70}, rr.ArgumentError, "batch is"),
        ({"classes": "three"}, rr.ArgumentError, "classes is 'three'"),
        ({"model": 5}, rr.ArgumentError, "model is 5"),
        ({"classes": 0}, rr.ArgumentError, "classes is 0"),
        ({"kind": "two"}, rr.ArgumentError, "kind is 'two', not one of one-pass"),
        ({"parity": (1, 2)}, rr.ArgumentError, "parity is"),
        ({"parity": (1, 2, 0.0)}, rr.ArgumentError, "parity is"),
        ({"model": "abc"}, rr.ArgumentError, "model is 'abc'"),
        ({"prediction": None, "probability": None}, rr.ArgumentError, "prediction is None"),
    ],
)
def test_a_wrong_argument_is_named(change, error, message):
    with pytest.raises(error, match=message) as raised:
        states(**change)
    assert isinstance(raised.value, ValueError)


def test_padded_arrays_must_fit_together():
    h, y, x = np.zeros((3, 4, 2)), np.zeros((3, 4), int), np.zeros((3, 4, 1))
    with pytest.raises(rr.ShapeError, match=r"prediction has shape \(3, 5\)"):
        rr.States.from_arrays(h, np.zeros((3, 5), int), frame=x)
    with pytest.raises(rr.ShapeError, match=r"frame has shape \(3, 4\)"):
        rr.States.from_arrays(h, y, frame=x[:, :, 0])
    with pytest.raises(rr.ShapeError, match=r"lengths\[1\] is 5, but state is padded to 4"):
        rr.States.from_arrays(h, y, lengths=[1, 5, 2], frame=x)
    with pytest.raises(rr.ShapeError, match="lengths has 2 items"):
        rr.States.from_arrays(h, y, lengths=[1, 2], frame=x)


def test_there_is_no_other_way_to_make_them():
    with pytest.raises(TypeError, match="from_arrays"):
        rr.States()


# ---- sequences -------------------------------------------------------------------------------


def test_sequences_are_chosen_as_numpy_does():
    s = states(split=np.arange(120) % 3)
    rows = np.split(np.arange(s.steps), np.cumsum(s.lengths)[:-1])
    for key in ([5, 2, 2], np.array([7]), slice(3, 40, 5), s.label == 1, -1, (np.array([3, 1]), ...)):
        plain = key[0] if isinstance(key, tuple) else key
        chosen = np.atleast_1d(np.arange(120)[plain])
        part = s[key]
        wanted = np.concatenate([rows[i] for i in chosen])
        assert np.array_equal(part.state, s.state[wanted])
        assert np.array_equal(part.symbol, s.symbol[wanted])
        assert np.array_equal(part.lengths, s.lengths[chosen])
        assert np.array_equal(part.label, s.label[chosen])
        assert part.tokens == TOKENS and part.shape == (len(chosen),)
    assert np.array_equal(s.select("dev").label, s.label[s.split == 1])


@pytest.mark.parametrize(
    "key, error, message",
    [
        (120, IndexError, "index 120 is out of range"),
        ([0, -121], IndexError, "index -121"),
        (np.zeros(3, bool), rr.ShapeError, "mask of shape"),
        ([0.5], rr.ArgumentError, "index has dtype float64"),
        ([], rr.ArgumentError, "selects no sequence"),
        (slice(5, 5), rr.ArgumentError, "selects no sequence"),
    ],
)
def test_a_wrong_index_is_refused(key, error, message):
    with pytest.raises(error, match=message):
        states()[key]


def test_splits():
    with pytest.raises(rr.ArgumentError, match="not divided into splits"):
        states().select("test")
    with pytest.raises(rr.ArgumentError, match="of which there is no sequence"):
        states(split=np.zeros(120, int)).select("test")
    with pytest.raises(rr.ArgumentError, match="split is 'x'"):
        states(split=np.zeros(120, int)).select("x")


def test_scikit_learn_splits_them():
    selection = pytest.importorskip("sklearn.model_selection")
    s = states()
    train, test, y_train, y_test = selection.train_test_split(
        s, s.label, test_size=0.25, random_state=0, stratify=s.label
    )
    assert isinstance(train, rr.States) and len(train) == 90 and len(test) == 30
    assert np.array_equal(train.label, y_train) and np.array_equal(test.label, y_test)


def test_parts_are_put_together():
    s = states(parity=(120, 2, 0.25))
    whole = rr.States.concat([s[:50], s[50:]])
    assert np.array_equal(whole.state, s.state) and np.array_equal(whole.label, s.label)
    assert whole.parity == (240, 4, 0.25)  # each part has that of all
    other = states(parity=None, label=None)
    mixed = rr.States.concat([s, other])
    assert mixed.label is None and mixed.parity is None


def test_parts_are_named_as_splits(tmp_path):
    s = states()
    whole = rr.States.concat([s[:50], s[50:60], s[60:]], splits=["train", "dev", "test"])
    whole.save(tmp_path / "whole.npz")
    again = rr.States.load(tmp_path / "whole.npz", split="dev")
    assert np.array_equal(again.label, s.label[50:60])
    assert list(np.bincount(whole.split)) == [50, 10, 60]
    with pytest.raises(rr.ArgumentError, match="splits has 1 names for 2 parts"):
        rr.States.concat([s, s], splits=["train"])
    with pytest.raises(rr.ArgumentError, match="training"):
        rr.States.concat([s, s], splits=["training", "test"])


@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"kind": "prefix"}, rr.ArgumentError, r"parts\[1\].kind is 'prefix'"),
        ({"class_names": ["a", "b", "c"]}, rr.ArgumentError, r"parts\[1\].class_names"),
        ({"state": np.zeros((R, 4))}, rr.ShapeError, r"parts\[1\].state has 4 columns"),
        ({"symbol": None, "tokens": None, "frame": np.zeros((R, 1))}, rr.ArgumentError, "tokens"),
    ],
)
def test_parts_of_different_networks_are_refused(change, error, message):
    with pytest.raises(error, match=message):
        rr.States.concat([states(), states(**change)])


def test_no_parts():
    with pytest.raises(rr.ArgumentError, match="parts is empty"):
        rr.States.concat([])


# ---- files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"label": None, "parity": (100, 1, 0.5), "model": "0123456789abcdef" * 4, "kind": "two-sided"},
        {"probability": None, "step_label": np.arange(R) % 4 - 1, "split": np.arange(120) % 3},
        {"symbol": None, "tokens": None, "frame": np.arange(2.0 * R).reshape(R, 2), "batch": 7},
        {"class_names": None, "tokens": None, "probability": None},
    ],
)
def test_a_file_holds_everything(tmp_path, change):
    s = states(**change)
    s.save(tmp_path / "s.npz")
    assert same(s, rr.States.load(tmp_path / "s.npz"))
    assert [p.name for p in tmp_path.iterdir()] == ["s.npz"]


def test_a_file_read_batch_by_batch_says_the_same(tmp_path):
    s = states(parity=(120, 2, 0.25), batch=11)
    s.save(tmp_path / "s.npz")
    f = rr.States.open(tmp_path / "s.npz")
    assert len(f) == 120 and (f.steps, f.hidden, f.classes, f.vocabulary) == (s.steps, 5, 3, 12)
    assert f.class_names == CLASSES and f.tokens == TOKENS and f.kind == s.kind
    assert f.parity == s.parity and f.sentence == s.sentence
    assert np.array_equal(f.final_probabilities(), s.final_probabilities())
    assert f.frame_of(3) is None and "120 sequences" in repr(f)


def test_frames_of_a_file(tmp_path):
    s = states(symbol=None, tokens=None, frame=np.arange(2.0 * R).reshape(R, 2), probability=None)
    s.save(tmp_path / "s.npz")
    f = rr.States.open(tmp_path / "s.npz")
    assert np.array_equal(f.frame_of(17), s.frame_of(17)) and f.final_probabilities() is None


def test_splits_of_a_file(tmp_path):
    s = states(split=np.arange(120) % 3)
    s.save(tmp_path / "s.npz")
    assert np.array_equal(rr.States.load(tmp_path / "s.npz", "test").label, s.label[2::3])
    f = rr.States.open(tmp_path / "s.npz", "test")
    assert len(f) == 40 and np.array_equal(f.final_probabilities(), s.final_probabilities()[2::3])
    with pytest.raises(rr.ArgumentError, match="divided into splits: say which"):
        rr.States.open(tmp_path / "s.npz")
    with pytest.raises(rr.ArgumentError, match="divided into splits"):
        rr.InfluenceModel().fit(tmp_path / "s.npz")


def test_broken_files_are_named(tmp_path):
    with pytest.raises(rr.FileError, match="gone.npz") as raised:
        rr.States.load(tmp_path / "gone.npz")
    assert isinstance(raised.value, OSError)
    (tmp_path / "text.npz").write_text("no npz")
    with pytest.raises(rr.FormatError, match="text.npz"):
        rr.States.load(tmp_path / "text.npz")
    np.savez(tmp_path / "less.npz", state=np.zeros((2, 2)))
    with pytest.raises(rr.FormatError, match="less.npz: no array 'steps'"):
        rr.States.load(tmp_path / "less.npz")
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(rr.FormatError, match="one.npy: a single array"):
        rr.States.load(tmp_path / "one.npy")
    s = states()
    s.save(tmp_path / "s.npz")
    with np.load(tmp_path / "s.npz") as file:
        content = dict(file)
    content["label"][4] = 9
    np.savez(tmp_path / "bad.npz", **content)
    with pytest.raises(rr.FormatError, match=r"bad.npz: label\[4\] is 9"):
        rr.States.load(tmp_path / "bad.npz")
    with pytest.raises(rr.FormatError, match="bad.npz"):
        rr.States.open(tmp_path / "bad.npz")
    with pytest.raises(rr.FileError, match="none/s.npz"):
        s.save(tmp_path / "none" / "s.npz")


# ---- what the library sees -------------------------------------------------------------------


def test_the_source_has_the_sizes_of_the_model_where_it_states_none():
    unstated = states(class_names=None, tokens=None, probability=None)
    with unstated.source(classes=8, vocabulary=100) as source:
        assert (source.classes, source.vocabulary, source.sequences) == (8, 100, 120)
    with states().source(classes=8, vocabulary=100) as source:
        assert (source.classes, source.vocabulary) == (3, 12)
    with states(label=None).source() as source:
        assert source.unlabelled == 1
    with states(kind="pooled", parity=(9, 1, 0.5)).source() as source:
        o = source.origin
        assert (o.foreign, o.kind, o.compared, o.disagreements) == (1, _abi.RR_STATES_POOLED, 9, 1)


def test_the_sentence_speaks_of_kind_and_parity():
    assert "collected in one pass" in states().sentence
    told = states(parity=(120, 2, 0.25)).sentence
    assert "118 of 120" in told and "0.25" in told
    assert states(kind="two-sided").sentence != states().sentence
