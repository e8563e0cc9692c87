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
