# SPDX-License-Identifier: MIT
"""Wrong inputs of runs and data: an exception that names the argument, and nothing is lost."""

import copy
import os
import pickle

import numpy as np
import pytest
import rnnrepair as rr

DATA = "digits?train=100&test=60&only=0|1|7"
NAN = float("nan")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("wrong")


@pytest.fixture(scope="module")
def run(folder):
    run = rr.Run.create(folder / "run", DATA, hidden=4, epochs=2, progress=False)
    return run.train().build(states=3, pca=2)


def fails(call, error, *said):
    with pytest.raises(error) as raised:
        call()
    for part in said:
        assert part in str(raised.value), str(raised.value)
    assert isinstance(raised.value, rr.Error)


WRONG = {
    "create": [
        ({"cell": "elman"}, rr.ArgumentError, "cell", "'elman'", "lstm"),
        ({"cell": 3}, rr.ArgumentError, "cell"),
        ({"hidden": 0}, rr.ArgumentError, "hidden is 0"),
        ({"hidden": "64"}, rr.ArgumentError, "hidden", "'64'"),
        ({"hidden": 64.0}, rr.ArgumentError, "hidden"),
        ({"epochs": -2}, rr.ArgumentError, "epochs is -2"),
        ({"batch": True}, rr.ArgumentError, "batch"),
        ({"seed": -1}, rr.ArgumentError, "seed is -1"),
        ({"seed": 2**64}, rr.ArgumentError, "seed"),
        ({"learning_rate": NAN}, rr.ArgumentError, "learning_rate is nan"),
        ({"learning_rate": 0.0}, rr.ArgumentError, "learning"),
        ({"momentum": 0.5}, rr.ArgumentError, "momentum", "rmsprop"),
        ({"optimizer": "adam", "rho": 0.5}, rr.ArgumentError, "rho", "adam"),
        ({"dropout": 1.0}, rr.ArgumentError, "dropout"),
        ({"dropout": "half"}, rr.ArgumentError, "dropout", "'half'"),
        ({"recipe": "paper"}, rr.ArgumentError, "recipe", "paper-mnist"),
        ({"checkpoints": "yes"}, rr.ArgumentError, "checkpoints", "True or False"),
        ({"embedding": "trained"}, rr.ArgumentError, "no text"),
        ({"vectors": "vectors.txt"}, rr.ArgumentError, "vectors.txt"),
        ({"labels": 7}, rr.ArgumentError, "labels", "int"),
        ({"labels": {9999: "1"}}, rr.ArgumentError, "labels: there is no sequence 9999"),
        ({"labels": {1: "cat"}}, rr.ArgumentError, "labels: the label", "cat"),
        ({"labels": "no-such-file.csv"}, rr.FileError, "no-such-file.csv"),
        ({"threads": 0}, rr.ArgumentError, "threads is 0"),
        ({"head": "logistic"}, rr.ArgumentError, "logistic"),
    ],
    "build": [
        ({"pca": 0}, rr.ArgumentError, "pca is 0"),
        ({"states": 70000}, rr.ArgumentError, "70000"),
        ({"stability": 1.5}, rr.ArgumentError, "1.5"),
        ({"stability": "high"}, rr.ArgumentError, "stability", "'high'"),
        ({"states": 3, "stability": 0.5}, rr.ArgumentError, "stability", "states"),
        ({"search": "grow"}, rr.ArgumentError, "search", "split"),
        ({"floor": -1.0}, rr.ArgumentError, "-1"),
    ],
    "train": [
        ({"epochs": 0}, rr.ArgumentError, "epochs is 0"),
        ({"epochs": 1.5}, rr.ArgumentError, "epochs"),
        ({"epochs": None, "split": 1}, TypeError, "split"),
        ({"epochs": "all"}, rr.ArgumentError, "'all'"),
        ({"epochs": 1}, rr.ArgumentError, "1"),
    ],
    "predict": [
        ({"split": "dev"}, rr.ArgumentError, "dev"),
        ({"split": "tests"}, rr.ArgumentError, "split", "'tests'"),
        ({"split": 2}, rr.ArgumentError, "split"),
        ({"output": "p.txt"}, rr.ArgumentError, "output", ".csv"),
        ({"foreign": "digits?trian=5"}, rr.ArgumentError, "trian"),
        ({"foreign": "npz:no-such.npz"}, rr.FileError, "no-such.npz"),
        ({"foreign": 5}, rr.ArgumentError, "foreign"),
    ],
    "explain": [
        ({"sample": 10**6}, rr.ArgumentError, "1000000"),
        ({"sample": -1}, rr.ArgumentError, "sample is -1"),
        ({"sample": 2.0}, rr.ArgumentError, "sample"),
        ({"sample": 0, "step": 29}, rr.ArgumentError, "29"),
        ({"sample": 0, "step": 0}, rr.ArgumentError, "step is 0"),
        ({"sample": 0, "top": 0}, rr.ArgumentError, "top is 0"),
        ({"sample": 0, "measure": "cosine"}, rr.ArgumentError, "measure", "jaccard"),
        ({"sample": 0, "measure": "votes", "norm": 2}, rr.ArgumentError, "norm", "votes"),
        ({"sample": 0, "norm": 0.5}, rr.ArgumentError, "0.5"),
        ({"sample": 0, "key": "full"}, rr.ArgumentError, "full"),
        ({"text": "good"}, rr.ArgumentError, "not a run on text"),
        ({"label": "1"}, rr.ArgumentError, "label"),
        ({"text": "good", "sample": 1}, rr.ArgumentError, "sample", "text"),
        ({"sample": 0, "picture": "no/such/folder.png"}, rr.FileError, "no/such"),
    ],
    "localize": [
        ({"rule": "odd"}, rr.ArgumentError, "rule", "rare"),
        ({"gamma": 0}, rr.ArgumentError, "gamma is 0"),
        ({"rule": "flip", "gamma": 3}, rr.ArgumentError, "gamma", "flip"),
        ({"truth_class": "cat"}, rr.ArgumentError, "cat"),
        ({"samples": [1.5]}, rr.ArgumentError, "samples"),
        ({"samples": [10**6]}, rr.ArgumentError, "1000000"),
        ({"samples": "1,2"}, rr.ArgumentError, "samples"),
    ],
    "audit": [
        ({"about": "tests"}, rr.ArgumentError, "about", "labels"),
        ({"method": "cleanlab"}, rr.ArgumentError, "method", "combined"),
        ({"method": "paper"}, rr.ArgumentError, "paper"),
        ({"folds": 1}, rr.ArgumentError, "fold"),
        ({"method": "influence", "folds": 3}, rr.ArgumentError, "folds", "influence"),
        ({"damping": 0.1}, rr.ArgumentError, "damping", "combined"),
        ({"key": "full"}, rr.ArgumentError, "key", "combined"),
        ({"top": 0}, rr.ArgumentError, "top is 0"),
        ({"flips": [1, 2]}, rr.ArgumentError, "flips", "list"),
        ({"about": "errors", "samples": [10**6]}, rr.ArgumentError, "1000000"),
        ({"split": "dev"}, rr.ArgumentError, "dev"),
        ({"about": "errors", "method": "sgd"}, rr.Error, ""),
        ({"about": "errors", "resume": "state"}, rr.ArgumentError, "resume", "influence"),
    ],
    "label_issues": [
        ({"method": "tracin"}, rr.ArgumentError, "method", "tracin"),
        ({"method": "loss"}, rr.ArgumentError, "method", "loss"),
        ({"folds": -1}, rr.ArgumentError, "folds is -1"),
        ({"folds": 10**7}, rr.ArgumentError, "10000000"),
        ({"about": "labels"}, TypeError, "about"),
    ],
    "repair": [
        ({"level": "word"}, rr.ArgumentError, "level", "segment"),
        ({"level": "segment"}, rr.ArgumentError, "segment"),
        ({"insertions": 3}, rr.ArgumentError, "insertions", "level sample"),
        ({"strategy": "none", "variants": 3}, rr.ArgumentError, "variants", "strategy none"),
        ({"strategy": "paper"}, rr.ArgumentError, "paper"),
        ({"count": 0}, rr.ArgumentError, "count is 0"),
        ({"samples": [0], "count": 3}, rr.ArgumentError, "count", "samples"),
        ({"epochs": 3}, rr.ArgumentError, "epochs", "output"),
        ({"seeds": [1, 2]}, rr.ArgumentError, "seeds", "output"),
        ({"rotate": -3}, rr.ArgumentError, "rotate"),
        ({"rotate": NAN}, rr.ArgumentError, "rotate is nan"),
        ({"with_misclassified": True}, rr.ArgumentError, "with_misclassified"),
        ({"norm": 99}, rr.ArgumentError, "99"),
    ],
    "scan": [({}, rr.ArgumentError, "text"), ({"support": 0}, rr.ArgumentError, "support is 0")],
    "verify": [
        ({"quick": 1}, rr.ArgumentError, "quick"),
        ({"train": "yes"}, rr.ArgumentError, "train"),
    ],
    "data": [
        ({"split": "dev"}, rr.ArgumentError, "dev"),
        ({"split": "validation"}, rr.ArgumentError, "split", "validation"),
        ({"split": None}, rr.ArgumentError, "split"),
    ],
}


@pytest.mark.parametrize("name", [name for name in WRONG if name != "create"])
def test_wrong_arguments_of_a_call(name, run, monkeypatch, folder):
    monkeypatch.chdir(folder)
    before = (run.path / "influence.safetensors").read_bytes()
    for arguments, error, *said in WRONG[name]:
        if error is TypeError:
            with pytest.raises(TypeError, match=said[0]):
                getattr(run, name)(**arguments)
        else:
            fails(lambda: getattr(run, name)(**arguments), error, *said)
    assert (run.path / "influence.safetensors").read_bytes() == before
    assert run.explain(0).sample == 0  # the run is as it was


def test_wrong_arguments_of_a_new_run(folder, monkeypatch):
    monkeypatch.chdir(folder)
    for arguments, error, *said in WRONG["create"]:
        fails(lambda: rr.Run.create("never", DATA, **arguments), error, *said)
        assert not (folder / "never").exists(), arguments


def test_wrong_data_and_directories(run, folder):
    fails(lambda: rr.Run.create(folder / "x", "digitz"), rr.ArgumentError, "digitz")
    fails(lambda: rr.Run.create(folder / "x", "npz:none.npz"), rr.FileError, "none.npz")
    fails(lambda: rr.Run.create(folder / "x", 5), rr.ArgumentError, "data")
    fails(lambda: rr.Run.create(5, DATA), rr.ArgumentError, "path")
    fails(lambda: rr.Run.create("a\0b", DATA), rr.ArgumentError, "path", "zero byte")
    fails(lambda: rr.Run.create(run.path, DATA), rr.ArgumentError, str(run.path))
    fails(lambda: rr.Run(folder / "none"), rr.FileError, "none")
    fails(lambda: rr.Run(folder), rr.FileError, "run.json")
    fails(lambda: rr.Run(__file__), rr.FileError, "file")
    fails(lambda: rr.Run(run.path, data="digits?train=7&test=2").predict(), rr.MismatchError)
    fails(lambda: rr.Run(run.path, threads=-1), rr.ArgumentError, "threads")
    fails(lambda: rr.load(folder / "none"), rr.FileError, "none")
    fails(lambda: rr.load(__file__, threads=1), rr.ArgumentError, "threads")
    fails(lambda: rr.Run(run.path, progress="yes"), rr.ArgumentError, "progress")


def test_a_run_without_models_says_how_to_make_them(folder):
    fresh = rr.Run.create(folder / "fresh", DATA, hidden=2, epochs=1, progress=False)
    fails(fresh.predict, rr.FileError, "no epoch is finished")
    fails(fresh.build, rr.FileError, "no epoch is finished")
    fresh.train()
    fails(fresh.explain, rr.FileError, "no influence model")
    fails(fresh.audit, rr.FileError, "no influence model")
    fails(lambda: fresh.influence, rr.FileError, "no influence model")
    assert fresh.info()["influence"] is None and not fresh.has_influence


def test_a_training_that_diverges_leaves_no_run(folder):
    wild = rr.Run.create(
        *(folder / "wild", DATA),
        **{"cell": "relu", "hidden": 4, "batch": 5, "optimizer": "sgd", "learning_rate": 1e30},
        progress=False,
    )
    fails(wild.train, rr.NumericError)
    assert not (folder / "wild").exists()


def test_wrong_edits(run, folder):
    new = folder / "edited"
    fails(lambda: run.child(new, removed=[-1]), rr.ArgumentError, "removed")
    fails(lambda: run.child(new, removed=[10**6]), rr.ArgumentError, "1000000")
    fails(lambda: run.child(new, relabelled={0: "cat"}), rr.ArgumentError, "labels", "cat")
    fails(lambda: run.child(new, relabelled=[1]), rr.ArgumentError, "labels")
    fails(lambda: run.child(new, additions=[1]), rr.ArgumentError, "additions")
    narrow = rr.Dataset.from_arrays(np.zeros((1, 3, 5)), [0])
    fails(lambda: run.child(new, additions=narrow), rr.ShapeError)
    fails(lambda: run.child(run.path, removed=[1]), rr.ArgumentError, str(run.path))
    fails(lambda: run.child(new, retrain="again"), rr.ArgumentError, "retrain")
    fails(lambda: run.apply({}, new), rr.Error)
    fails(lambda: run.apply(None, new), rr.ArgumentError, "decisions")
    fails(lambda: run.apply({0: "cat"}, new), rr.ArgumentError, "decisions: the label", "cat")
    fails(lambda: run.apply({0: "0"}, new, split="train"), rr.Error)
    assert not new.exists()


def test_wrong_arrays():
    make = rr.Dataset.from_arrays
    x = np.zeros((4, 3, 2))
    fails(lambda: make(x, [0, 1]), rr.ShapeError, "y")
    fails(lambda: make(x, [0, 1, 0, -1]), rr.ArgumentError, "y")
    fails(lambda: make(x, [0.5] * 4), rr.ArgumentError, "y")
    fails(lambda: make(x[0], [0]), rr.ShapeError, "x")
    fails(lambda: make(np.full_like(x, np.nan), [0] * 4), rr.NumericError)
    fails(lambda: make(x, [0] * 4, class_names=[]), rr.ArgumentError)
    fails(lambda: make(x, [0, 1, 2, 3], class_names=["a", "b"]), rr.ArgumentError)
    fails(lambda: make([[1], [2, 3]], [0, 1]), rr.Error, "x")
    fails(lambda: make(np.array([["a"]]), [0]), rr.ArgumentError, "x")
    fails(lambda: make(np.array([[-1]]), [0]), rr.ArgumentError, "x")
    fails(lambda: make(x[0], [0, 1], lengths=[2, 2]), rr.ShapeError, "lengths")
    fails(lambda: make(x[0], [0, 1], lengths=[3, 0]), rr.ArgumentError, "lengths")
    fails(lambda: make(x[0], [0, 1], lengths=["a", "b"]), rr.ArgumentError, "lengths")
    like = make(x, [0, 1, 2, 0])
    fails(lambda: make(x[:, :, :1], [0] * 4, like=like), rr.ShapeError, "x")
    fails(lambda: make(x, [0, 9, 0, 0], like=like), rr.ArgumentError)
    fails(lambda: like.select([4]), rr.ArgumentError)
    fails(lambda: like.select([[1]]), rr.ArgumentError, "which")
    fails(lambda: like.relabel({9: 0}), rr.ArgumentError)
    fails(lambda: like.relabel({0: 7}), rr.ArgumentError, "labels")
    fails(lambda: like.label_noise(fraction=2.0), rr.ArgumentError)
    fails(lambda: like.label_noise(from_="cat"), rr.ArgumentError, "from_")
    fails(lambda: rr.Dataset.load("digits", "all"), rr.ArgumentError, "split")
    fails(lambda: make(np.array([[1, 2]]), [0]).images(), rr.ShapeError)
    with pytest.raises(IndexError, match="numbered from 0"):
        like[4]


def test_a_locked_run_names_who_writes_it(run, folder):
    """A run is written by one process at a time."""
    held = rr.Run.create(folder / "held", DATA, hidden=2, epochs=1, progress=False)
    child = os.fork()
    if child == 0:
        try:
            rr.Run(folder / "held", progress=False).train()
            os._exit(1)
        except rr.FileError as error:
            os._exit(0 if str(folder / "held") in str(error) else 2)
        except BaseException:
            os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    held.train()
    assert len(held.history) == 1


def test_what_cannot_be_copied_says_so(run):
    for copied in (pickle.dumps, copy.copy, copy.deepcopy):
        fails(lambda: copied(run), rr.UnsupportedError, "Run(path)")
        fails(lambda: copied(run.data()), rr.UnsupportedError, "save()")


def test_arrays_of_a_dataset(run):
    x, train = np.zeros((2, 3, 4)), run.data()
    fails(lambda: rr.Dataset.from_arrays(x, [0, 1], like="run"), rr.ArgumentError, "like")
    fails(lambda: rr.Dataset.from_arrays(x + 1e300, [0, 1]), rr.NumericError, "not finite")
    fails(lambda: rr.Dataset.from_arrays(x.astype(int), [0, 1]), rr.ShapeError, "symbols [N, T]")
    fails(lambda: train[[True]], rr.ShapeError, "mask")
    fails(lambda: train[10**6], rr.RangeError, "1000000")
    fails(lambda: run.repair(samples=[]), rr.ArgumentError, "samples is empty")
    fails(lambda: run.audit(review=5), rr.ArgumentError, "review")
    with pytest.raises(TypeError, match="from_arrays"):
        rr.Dataset(x)
