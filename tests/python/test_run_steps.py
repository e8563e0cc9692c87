# SPDX-License-Identifier: MIT
"""Runs on data with a label at every step: predictions and their figures are those of the command
line."""

import json

import numpy as np
import pytest
import rnnrepair as rr
from program import bits, command, same, same_rows

SETTINGS = {"hidden": 8, "width": 6, "epochs": 5, "batch": 10, "learning_rate": 0.02, "cell": "gru"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Sentences whose words have tags; a word has another tag behind "the"."""
    folder = tmp_path_factory.mktemp("steps")
    random = np.random.RandomState(2)
    with open(folder / "tags.jsonl", "w", encoding="utf-8") as file:
        for i in range(140):
            words = [["the", "run", "talk", "slow", "is"][k] for k in random.randint(0, 5, 6)]
            tags = []
            for t, word in enumerate(words):
                noun = t > 0 and words[t - 1] == "the"
                kinds = {"the": "det", "slow": "adj", "is": "verb"}
                tags.append(kinds.get(word, "noun" if noun else "verb"))
            row = {"tokens": words, "tags": tags, "split": "train" if i < 100 else "test"}
            file.write(json.dumps(row) + "\n")
    return folder


@pytest.fixture(scope="module")
def run(folder):
    data = f"jsonl:{folder / 'tags.jsonl'}?tags=tags"
    run = rr.Run.create(folder / "run", data, **SETTINGS, progress=False)
    return run.train().build(states=6)


def test_steps_have_labels(run):
    train = run.data()
    assert train.step_labels.shape == (600,) and train.step_labels.dtype == np.int64
    assert train[3].step_labels.tolist() == train.step_labels[18:24].tolist()
    assert set(train.class_names) == {"adj", "det", "noun", "verb"}
    assert run.info()["network"]["output"] == "step"


def test_predictions_of_steps_are_those_of_the_command_line(run):
    printed = command("predict", run.path)
    own = run.predict()
    assert same(own.accuracy, printed["accuracy"])
    assert same(own.steps.accuracy, printed["step_accuracy"])
    assert same(own.confusion.tolist(), printed["confusion"])
    assert own.confusion.sum() == printed["labelled_steps"] == 240
    steps = own.steps
    rows = rr.Table(
        {
            "id": steps.sequence[steps.errors],
            "t": steps.step[steps.errors],
            "truth": steps.label[steps.errors],
            "prediction": steps.prediction[steps.errors],
            "probability": steps.probability[steps.errors],
        }
    )
    assert len(rows) == len(printed["errors"])
    if len(rows):
        same_rows(rows, printed["errors"], word=None, token=None, part=None)
    assert set(own.errors.tolist()) == {row["id"] for row in printed["errors"]}
    last = np.cumsum(steps.lengths) - 1
    assert bits(steps.prediction[last]) == bits(own.prediction)


def test_states_have_the_labels_of_steps(run):
    states = run.steps("test")
    assert states.step_label is not None and len(states.step_label) == 240
    assert bits(np.asarray(states.prediction)) == bits(run.predict().steps.prediction)


def test_the_label_of_the_sequence_can_be_trained_instead(run, folder):
    data = f"jsonl:{folder / 'tags.jsonl'}?tags=tags"
    last = rr.Run.create(folder / "last", data, output="last", **SETTINGS, progress=False)
    assert last.info()["network"]["output"] == "last"
    assert last.train().predict().steps is None
    with pytest.raises(rr.ArgumentError, match="step"):
        rr.Run.create(folder / "never", "digits?train=20&test=10", output="step")
    with pytest.raises(rr.ArgumentError, match="output"):
        rr.Run.create(folder / "never", data, output="every")


# ---- what is behind steps --------------------------------------------------------------------------


def test_explanations_of_steps_are_those_of_the_command_line(run):
    own = run.explain(2, steps=(2, 4), spans="votes", top=7)
    printed = command(
        *("explain", run.path, "--sample", 2, "--steps", "2-4", "--spans", "votes", "--top", 7)
    )
    same_rows(own.steps, printed["steps"], truth="label", truth_name="label_name")
    behind = printed["behind"]
    assert (own.step, own.last_step) == (behind["first"], behind["last"]) == (2, 4)
    same_rows(own.labels, behind["labels"])
    same_rows(own.spans, behind["spans"])
    assert "labelled steps wrong" in str(own) and "Behind steps 2 to 4" in str(own)
    with pytest.raises(rr.ArgumentError, match="steps"):
        run.explain(2, steps=(4, 2))
    with pytest.raises(rr.ArgumentError, match="step"):
        run.explain(2, steps=(1, 2), step=1)
    with pytest.raises(rr.ArgumentError, match="spans"):
        run.explain(2, spans="near")


def test_misread_spans_are_those_of_the_command_line(run):
    own = run.localize_spans("train", gamma=50)
    printed = command("localize", run.path, "--split", "train", "--gamma", 50)
    assert own.count == printed["span_count"] and own.step_errors == printed["step_errors"]
    assert own.localised == printed["localised"]
    if printed["spans"]:
        same_rows(own.spans, printed["spans"], segments=None)
        flat = [{"span": i, **s} for i, e in enumerate(printed["spans"]) for s in e["segments"]]
        same_rows(own.segments, flat)
    with pytest.raises(rr.ArgumentError, match="cat"):
        run.localize_spans(truth_class="cat")


def test_labels_of_steps_are_audited_as_by_the_command_line(run, folder):
    data = f"jsonl:{folder / 'tags.jsonl'}?tags=tags"
    flips = rr.Dataset.load(data).label_noise(fraction=0.05, steps=True)
    assert len(flips) == 30 and flips.columns[:2] == ("id", "step")
    noisy = rr.Run.create(folder / "noisy", data, labels=flips, **SETTINGS, progress=False)
    noisy.train().build(states=6)
    with open(folder / "flips.csv", "w", encoding="utf-8") as file:
        file.write("id,step,label,truth\n")
        for row in flips:
            file.write(f"{row['id']},{row['step']},{row['label_name']},{row['truth_name']}\n")
    audit = noisy.audit_steps(flips=flips, top=25, review=folder / "review.csv")
    printed = command("audit", noisy.path, "--flips", folder / "flips.csv", "--top", 25)
    same_rows(audit.ranking, printed["ranking"])
    assert same(audit.average_precision, printed["average_precision"])
    assert audit.average_precision > 0.5 and len(audit.scores) == 600
    same_rows(audit.found, printed["found"])
    first = audit.order[0]
    assert (audit.sequence[first], audit.step[first]) == (audit.ranking.id[0], audit.ranking.step[0])
    with pytest.raises(rr.ArgumentError, match="review"):
        noisy.audit_steps(review=folder / "review.csv")
    with pytest.raises(rr.ArgumentError, match="tracin"):
        noisy.audit_steps("tracin")
    applied = noisy.apply(folder / "review.csv", folder / "applied", epochs=1)
    assert applied.steps == 25 and applied.outcome.count == 240


def test_labels_of_steps_are_edited(run, folder):
    child = run.child(folder / "child", relabelled={(3, 2): "adj", (0, 1): 0}, epochs=1)
    before, after = run.data().step_labels, child.data().step_labels
    adj = run.class_names.index("adj")
    assert after[3 * 6 + 1] == adj and after[0] == 0
    assert (np.delete(before, [0, 19]) == np.delete(after, [0, 19])).all()
    for wrong in ({(3, 99): 0}, {(3, 0): 0}, {(3,): 0}, {(3, 1): "cat"}, {(-1, 1): 0}):
        with pytest.raises(rr.ArgumentError):
            run.child(folder / "never", relabelled=wrong)
    with pytest.raises(rr.ArgumentError):
        rr.Dataset.load("digits?train=20").label_noise(steps=True)


# ---- triggers --------------------------------------------------------------------------------------


def test_triggers_of_steps_are_those_of_the_command_line(run):
    own = run.scan(top=3)
    same_rows(own, command("backdoor", run.path, "--top", 3)["candidates"])
    printed = command("backdoor", run.path, "--trigger", "the", "--target", "noun", "--words", 1)
    traced = run.trigger("the", target="noun", words=1)
    same_rows(traced.contexts, printed["contexts"])
    carriers = [{k: v for k, v in row.items() if k != "word"} for row in printed["carriers"]]
    same_rows(traced.carriers, carriers)
    assert min(traced.carriers.step) >= 2
    assert len(carriers) > 50 and same(traced.attack.success, printed["attack"]["success"])
