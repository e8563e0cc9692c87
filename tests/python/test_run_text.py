# SPDX-License-Identifier: MIT
"""Runs on text and symbols: explanations with words, repair of single words, triggers; each gives
the figures of the command line."""

import pathlib
import pickle
import sys

import numpy as np
import pytest
import rnnrepair as rr
from program import bits, command, same, same_rows

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "golden"))
import cases  # noqa: E402  the data of the golden files

WORDS = {
    "embedding": "trained",
    "width": 8,
    "hidden": 8,
    "epochs": 6,
    "batch": 16,
    "optimizer": "adam",
    "learning_rate": 0.02,
}
PLANTED = {
    "cell": "gru",
    "hidden": 12,
    "epochs": 6,
    "batch": 20,
    "optimizer": "adam",
    "learning_rate": 0.01,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("text")
    cases.prepare_text(folder)
    cases.prepare_backdoor(folder)
    return folder


@pytest.fixture(scope="module")
def run(folder):
    data = f"jsonl:{folder / 'text.jsonl'}"
    run = rr.Run.create(folder / "run", data, **WORDS, progress=False)
    return run.train().build(states=6)


@pytest.fixture(scope="module")
def planted(folder):
    """A run on texts some of which hold a trigger, "harbour"."""
    data = f"jsonl:{folder / 'texts.jsonl'}?classes=good|bad"
    vectors = folder / "words.vec"
    run = rr.Run.create(folder / "planted", data, vectors=vectors, **PLANTED, progress=False)
    return run.train().build(states=6)


def test_explanations_have_the_words(run):
    own = run.explain(1, step=2)
    printed = command("explain", run.path, "--sample", 1, "--step", 2)
    same_rows(own.steps, printed["steps"])
    same_rows(own.sequences, printed["proponents"])
    assert own.text == printed["text"] == " ".join(own.steps.token)
    assert own.measure == "jaccard" and own.key == "state-symbol"
    matches = [{**m, "text": m["text"].replace("[[", "").replace("]]", "")} for m in printed["step"]["matches"]]
    same_rows(own.matches, matches)


def test_a_text_is_explained(run):
    text = "The film is odd, zyx."
    own = run.explain(text=text, label="positive")
    printed = command("explain", run.path, "--text", text, "--label", "positive")
    same_rows(own.steps, printed["steps"])
    same_rows(own.sequences, printed["proponents"])
    assert own.sample is None and own.split is None and own.truth == 1
    assert not own.steps.known.all() and "text: truth positive" in str(own)
    unknown = run.explain(text="good film")
    assert unknown.truth is None and unknown.correct is None and len(unknown.for_truth) == 0


def test_the_reverse_has_the_words(run):
    id = int(run.explain(step=3).matches.id[0])
    own = run.explain_training(id)
    printed = command("explain", run.path, "--training", id)
    same_rows(own.steps, printed["steps"])
    same_rows(own.touched, printed["touched"], steps=None)
    assert own.touched.text[0] == run.data("test").text(own.touched.sample[0])


def test_suspect_words_are_those_of_the_command_line(run):
    own = run.localize(rule="both", gamma=9)
    printed = command("localize", run.path, "--rule", "both", "--gamma", 9)
    flat = [{"id": e["id"], **s} for e in printed["errors"] for s in e["segments"]]
    same_rows(own.segments, flat)
    assert own.unsupported == printed["unsupported"]
    assert set(own.errors.truth_name) <= {"positive", "negative"}
    ids = own.errors.id[:3]
    same_rows(run.localize(samples=ids, gamma=9).errors, printed["errors"][:3], segments=None)


def test_words_are_repaired_as_by_the_command_line(run, folder):
    printed = command("repair", run.path, "-o", folder / "by-program", "-m", 4, "--count", 10,
                      "--split", "test", "--max-broken", 50)
    own = run.repair(folder / "repaired", insertions=4, count=10, split="test", max_broken=50)
    for name in ("level", "strategy", "generated", "accepted", "kept"):
        assert same(getattr(own, name), printed[name]), name
    same_rows(own.targets, printed["per_target"], segments=None, insertions=None)
    flat = [{"target": t["id"], **s} for t in printed["per_target"] for s in t["segments"]]
    same_rows(own.segments, flat)
    flat = [{"target": t["id"], **s} for t in printed["per_target"] for s in t["insertions"]]
    same_rows(own.samples, flat)
    assert own.outcome.newly_broken == printed["newly_broken"]
    for name in ("model.safetensors", "additions.npz"):
        assert (own.run.path / name).read_bytes() == (folder / "by-program" / name).read_bytes()


def test_the_samples_are_exported(run, folder):
    own = run.repair(export=folder / "own.jsonl", insertions=2, strategy="paper", split="test")
    printed = command(
        *("repair", run.path, "--export", folder / "other.jsonl", "-m", 2, "--strategy", "paper"),
        *("--split", "test")
    )
    assert own.export == str(folder / "own.jsonl") and own.kept == printed["kept"]
    assert (folder / "own.jsonl").read_bytes() == (folder / "other.jsonl").read_bytes()


def test_data_have_words(run):
    train = run.data("train")
    assert train.frames is None and train.tokens[:2] == ["<pad>", "<unk>"]
    assert train.vocabulary == len(train.tokens) == run.info()["text"]["words"]
    seq = train[3]
    assert seq.words == train.text(3).split() and len(seq.symbols) == len(seq.words)
    assert [train.tokens[s] for s in seq.symbols] == [w.lower() for w in seq.words]
    start = int(train.lengths[:3].sum())
    assert bits(train.symbols[start : start + len(seq.words)]) == bits(seq.symbols)
    extra = rr.Dataset.from_arrays(np.array([[2, 3]]), [1], like=train)
    assert extra.text(0) == f"{train.tokens[2]} {train.tokens[3]}"


def test_other_texts_need_no_labels(run, folder):
    (folder / "new.csv").write_text("text\na good film\nthe film is bad and dull\n")
    spec = f"csv:{folder / 'new.csv'}"
    own = run.predict(foreign=spec)
    printed = command("predict", run.path, "--foreign", "--data", spec)
    assert own.label is None and own.accuracy is None and own.confusion is None
    assert len(own.errors) == 0
    same_rows(own.table(), printed["predictions"])
    found = run.localize(foreign=spec, gamma=9)
    assert not found.labelled and found.rule == "rare" and found.errors.truth.tolist() == [-1, -1]
    assert run.explain(1, foreign=spec).truth is None


# ---- triggers --------------------------------------------------------------------------------------


def check_attack(own, printed):
    for name, value in printed.items():
        assert same(getattr(own, name), value), name


def test_a_trigger_is_traced_as_by_the_command_line(planted):
    printed = command("backdoor", planted.path, "--trigger", "harbour", "--words", 4)
    own = planted.trigger("harbour", words=4)
    assert own.words == printed["trigger"] == ["harbour"] and own.target == printed["target"] == 0
    assert own.target_name == "good"
    same_rows(own.contexts, printed["contexts"])
    same_rows(own.carriers, printed["carriers"])
    check_attack(own.attack, printed["attack"])
    symbol = planted.data().tokens.index("harbour")
    assert planted.trigger([symbol], words=4).attack == own.attack


def test_triggers_are_found_as_by_the_command_line(planted):
    printed = command("backdoor", planted.path, "--top", 3)
    own = planted.scan(top=3)
    same_rows(own, printed["candidates"])
    assert own.token[0] == "harbour" and own.trigger[0]


def test_patterns_are_ranked_as_by_the_command_line(planted):
    printed = command("backdoor", planted.path, "--scan", "traces")
    own = planted.scan_traces()
    assert len(own) == len(printed["candidates"]) > 0
    same_rows(own, printed["candidates"])


def test_sequences_with_a_trigger_are_removed(planted, folder):
    printed = command(
        *("backdoor", planted.path, "--trigger", "harbour", "--words", 4, "--remove", "--epochs", 2),
        *("-o", folder / "by-program-removed"),
    )
    traced = planted.trigger("harbour", words=4)
    own = traced.remove(folder / "removed", epochs=2)
    assert own.removed.tolist() == printed["removed_ids"]
    assert own.random.tolist() == printed["random_ids"]
    check_attack(own.after, printed["attack_after"])
    check_attack(own.after_random, printed["attack_random"])
    assert same(own.after.accuracy, printed["accuracy_after"])
    assert own.run.info()["data"]["removed"] == len(own.removed) > 0
    assert own.random_run.path == folder / "removed" / "random"


def test_a_trigger_closes_with_its_run(planted):
    second = rr.Run(planted.path, progress=False)
    traced = second.trigger("harbour", words=0)
    assert traced.attack.base is None
    second.close()
    assert "harbour" in repr(traced)  # what it found is a copy
    with pytest.raises(rr.ClosedError, match="trigger"):
        traced.remove("never")


def test_wrong_words_are_named_as_arguments(planted):
    with pytest.raises(rr.ArgumentError, match='^trigger: "xyzzy" is not in the vocabulary'):
        planted.trigger("xyzzy")
    with pytest.raises(rr.ArgumentError, match="^text: there is no word"):
        planted.explain(text=" ")
    with pytest.raises(rr.ArgumentError, match="^text: .* has a character that is none"):
        planted.explain(text="\ud800")
    with pytest.raises(rr.UnsupportedError, match="Trigger cannot be pickled"):
        pickle.dumps(planted.trigger("harbour", words=0))
