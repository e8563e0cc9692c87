# SPDX-License-Identifier: MIT
"""Runs on frames: every call gives the figures of the command line, and what is handed out stays
valid."""

import gc
import io
import os
import shutil
import signal
import sys
import threading

import numpy as np
import pytest
import rnnrepair as rr
from program import bits, command, same, same_rows

DATA = "digits?train=750&test=375&only=0|1|4|7"
SMALL = {
    "cell": "gru",
    "hidden": 8,
    "epochs": 3,
    "batch": 20,
    "optimizer": "adam",
    "learning_rate": 0.02,
    "clip_norm": 1,
}
OPTIONS = [f for k, v in SMALL.items() for f in (f"--{k.replace('_', '-')}", v)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def run(folder):
    return rr.Run.create(folder / "run", DATA, **SMALL, progress=False).train().build()


@pytest.fixture(scope="module")
def twin(folder, run):
    """The same run by the command line."""
    command("train", folder / "twin", "--data", DATA, *OPTIONS)
    command("build", folder / "twin")
    return folder / "twin"


# ---- training --------------------------------------------------------------------------------------


def test_training_gives_the_files_of_the_command_line(run, twin):
    for name in ("model.safetensors", "influence.safetensors"):
        assert (run.path / name).read_bytes() == (twin / name).read_bytes()
    printed = command("info", twin)
    own = run.info()
    for part in ("network", "training", "influence"):
        for name, value in printed[part].items():
            assert same(own[part][name], value), (part, name)
    assert own["model_hash"] == printed["model_hash"]
    assert own["data"]["train"] == printed["data"]["train"]
    assert [e.epoch for e in run.history] == [1, 2, 3]
    assert same(run.history[2].test_accuracy, printed["epochs"][2]["test_accuracy"])
    assert run.history[0].dev_accuracy is None


def test_curve_is_that_of_the_build(run, folder):
    curve = run.curve()
    assert len(curve) == curve.states[-1] == run.info()["influence"]["states"]
    assert curve.stability_mean[-1] == run.info()["influence"]["stability_mean"]


def test_a_run_stopped_by_ctrl_c_resumes_to_the_same_bits(run, folder):
    def stop(at):
        if at.epoch is not None and at.epoch.epoch == 2:
            signal.raise_signal(signal.SIGINT)

    stopped = rr.Run.create(folder / "stopped", DATA, **SMALL, progress=stop)
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        stopped.train()
    assert signal.getsignal(signal.SIGINT) is handler
    assert len(stopped.history) == 2
    stopped.close()
    again = rr.Run(folder / "stopped", progress=False).train()
    assert (again.path / "model.safetensors").read_bytes() == (
        run.path / "model.safetensors"
    ).read_bytes()


def test_progress_is_reported_and_its_exception_raised(folder):
    class Stop(Exception):
        pass

    seen = []

    def report(at):
        seen.append(at)
        if len(seen) == 3:
            raise Stop("enough")

    stopped = rr.Run.create(folder / "progress", DATA, **SMALL, progress=report)
    with pytest.raises(Stop, match="enough"):
        stopped.train()
    assert seen[0].phase == "epoch 1/3" and seen[0].unit == "sequences" and seen[0].total == 300
    assert len(stopped.history) == 0


def test_progress_is_a_line_on_a_terminal(folder, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    few = "digits?train=40&test=10"
    rr.Run.create(folder / "drawn", few, hidden=2, epochs=1).train()
    drawn = terminal.getvalue()
    assert "\repoch 1/1 100%  loss" in drawn and drawn.endswith("\r\033[K")
    terminal.truncate(0)
    rr.Run.create(folder / "quiet", few, hidden=2, epochs=1, progress=False).train()
    assert terminal.getvalue() == ""


def test_a_longer_plan_trains_on(folder):
    short = rr.Run.create(folder / "short", DATA, **{**SMALL, "epochs": 1}, progress=False).train()
    assert len(short.train(epochs=2).history) == 2


def test_labels_of_a_mapping_are_those_of_a_file(folder):
    few = "digits?train=40&test=10"
    flips = rr.Dataset.load(few).label_noise(fraction=0.2, seed=3)
    assert len(flips) == 8
    (folder / "flips.csv").write_text(
        "id,label,truth\n" + "".join(f"{r['id']},{r['label']},{r['truth']}\n" for r in flips)
    )
    tables = []
    for name, labels in (
        ("table", flips),
        ("file", folder / "flips.csv"),
        ("map", {int(r["id"]): int(r["label"]) for r in flips}),
    ):
        made = rr.Run.create(folder / f"labels-{name}", few, labels=labels, hidden=2)
        tables.append(made.data().labels)
        assert made.info()["data"]["relabelled"] == 8
    assert bits(tables[0]) == bits(tables[1]) == bits(tables[2])
    dropped = rr.Run.create(folder / "dropped", few, labels={3: None, 5: "7"}, hidden=2)
    assert len(dropped.data()) == 39 and dropped.data().labels[4] == 7
    assert any("1 are left out" in note for note in dropped.notes)


def test_weights_of_a_mapping_are_those_of_a_file(folder):
    few = "digits?train=40&test=10"
    (folder / "weights.csv").write_text("id,weight\n3,0\n7,2.5\n")
    array = [1.0] * 40
    array[3], array[7] = 0.0, 2.5
    kept = []
    for name, weights in (
        ("file", folder / "weights.csv"),
        ("map", {3: 0, 7: 2.5}),
        ("array", array),
    ):
        made = rr.Run.create(folder / f"weights-{name}", few, weights=weights, hidden=2)
        kept.append(made.info()["data"]["weights"])
        assert kept[-1]["sequences"] == 2 and kept[-1]["zeros"] == 1
    assert kept[0] == kept[1] == kept[2]
    with pytest.raises(rr.ArgumentError, match="weights: there is no sequence 40"):
        rr.Run.create(folder / "weights-wrong", few, weights={40: 1}, hidden=2)


# ---- predictions -----------------------------------------------------------------------------------


def test_predictions_are_those_of_the_command_line(run, twin):
    for split in ("test", "train"):
        printed = command("predict", twin, "--split", split)
        own = run.predict(split)
        assert same(own.accuracy, printed["accuracy"]) and own.count == printed["count"]
        assert own.class_names == printed["class_names"]
        assert same(own.confusion.tolist(), printed["confusion"])
        assert same(own.quality.macro_f1, printed["macro_f1"]) and own.quality.auc is None
        same_rows(own.quality.per_class, printed["per_class"])
        same_rows(own.table()[own.errors], printed["errors"], truth="label", truth_name="label_name")
    assert run.predict().split == "test"


def test_probabilities_of_all_classes_hold_those_of_the_predictions(run):
    own, of_all = run.predict(), run.predict_proba()
    assert of_all.shape == (150, 4) and of_all.dtype == np.float32
    assert np.allclose(of_all.sum(axis=1), 1, atol=1e-5)
    assert bits(of_all.argmax(axis=1).astype(np.uint32)) == bits(own.prediction)
    assert bits(of_all[np.arange(150), own.prediction]) == bits(own.probability)


def test_predictions_are_written_as_the_command_line_does(run, twin, folder):
    for kind in ("csv", "npz"):
        command("predict", twin, "-o", folder / f"by-program.{kind}")
        run.predict(output=folder / f"own.{kind}")
        if kind == "csv":
            assert (folder / "own.csv").read_bytes() == (folder / "by-program.csv").read_bytes()
    own, printed = np.load(folder / "own.npz"), np.load(folder / "by-program.npz")
    assert own.files == printed.files
    assert all(bits(own[name]) == bits(printed[name]) for name in own.files)


def test_other_data_are_predicted(run, twin, folder):
    other = "digits?train=50&test=75&seed=7&only=0|1|4|7"
    printed = command("predict", twin, "--foreign", "--data", other, "--split", "train")
    own = run.predict("train", foreign=other)
    assert own.split == "train" and own.count == 20
    assert same(own.accuracy, printed["accuracy"])
    assert run.predict(foreign=other).count == 31
    assert run.predict().count == 150


# ---- explanations ----------------------------------------------------------------------------------


def check_explanation(own, printed):
    for name in ("sample", "truth", "prediction", "measure", "key", "top", "count_truth", "count_prediction",
                 "lift_truth", "lift_prediction", "fault_pattern"):
        assert same(getattr(own, name), printed[name]), name
    assert own.class_names == printed["class_names"]
    same_rows(own.steps, printed["steps"])
    same_rows(own.sequences, printed["proponents"])
    for name in ("for_truth", "for_prediction"):
        if printed[name]:
            same_rows(getattr(own, name), printed[name])
        else:
            assert len(getattr(own, name)) == 0


def test_explanations_are_those_of_the_command_line(run, twin):
    check_explanation(run.explain(), command("explain", twin))
    check_explanation(
        run.explain(4, "train", measure="votes", key="state-symbol", top=30),
        command(
            *("explain", twin, "--sample", 4, "--split", "train", "--measure", "votes"),
            *("--key", "state-symbol", "--top", 30),
        ),
    )
    own = run.explain(3, step=1, norm=2)
    printed = command("explain", twin, "--sample", 3, "--step", 1, "--norm", 2)
    check_explanation(own, printed)
    assert own.step == 1 and own.influencers == printed["step"]["influencers"]
    same_rows(own.matches, printed["step"]["matches"])


def test_an_explanation_prints_and_draws(run, folder):
    own = run.explain(top=100)
    assert f"truth {own.class_names[own.truth]}, predicted" in str(own)
    assert f"{own.count_prediction} carry the predicted label" in str(own)
    assert ("the fault pattern." in str(own)) == own.fault_pattern or "no fault pattern." in str(own)
    assert "T_m: training sequences with the predicted label" in str(own)
    assert "<table" in own._repr_html_()
    run.explain(own.sample, picture=folder / "explained.png")
    assert (folder / "explained.png").read_bytes()[:4] == b"\x89PNG"
    pytest.importorskip("matplotlib")
    own.plot(folder / "plot.png")
    assert (folder / "plot.png").read_bytes()[:4] == b"\x89PNG"


def test_the_reverse_is_that_of_the_command_line(run, twin):
    own = run.explain_training(12)
    printed = command("explain", twin, "--training", 12)
    assert same(own.label, printed["label"]) and own.errors == printed["errors"]
    same_rows(own.steps, printed["steps"])
    same_rows(own.touched, printed["touched"], steps=None)
    for row, of in zip(own.touched, printed["touched"]):
        assert same(row["steps"], [s["t"] for s in of["steps"]])
        assert same(row["training_steps"], [s["training_step"] for s in of["steps"]])


def test_suspect_steps_are_those_of_the_command_line(run, twin):
    for own, options in (
        (run.localize(), []),
        (run.localize("train", rule="rare", gamma=9), ["--split", "train", "--rule", "rare", "--gamma", 9]),
        (run.localize(truth_class="7", key="transition"), ["--truth-class", 7, "--key", "transition"]),
    ):
        printed = command("localize", twin, *options)
        assert own.localised == printed["localised"] and own.unsupported == printed["unsupported"]
        assert own.rule == printed["rule"] and own.count == printed["count"]
        same_rows(own.errors, printed["errors"], segments=None)
        flat = [{"id": e["id"], **s} for e in printed["errors"] for s in e["segments"]]
        same_rows(own.segments, flat, token=None)


# ---- audits ----------------------------------------------------------------------------------------


def test_audits_are_those_of_the_command_line(run, twin):
    for options in (
        {},
        {"method": "self-confidence", "folds": 2, "top": 5},
        {"about": "errors"},
        {"about": "errors", "method": "koh-liang", "iterations": 3, "damping": 0.1},
        {"about": "errors", "method": "paper", "key": "state-symbol"},
        {"method": "random", "seed": 4},
        {"split": "test", "top": 5},
        {"cases": DATA, "top": 5},
        {"about": "errors", "cases": DATA, "top": 5},
        {"flagged": True},
    ):
        line = [f for k, v in options.items() for f in ((f"--{k}",) if v is True else (f"--{k}", v))]
        printed = command("audit", twin, *line)
        own = run.audit(**options)
        for name in ("about", "method", "key", "folds", "seed", "split", "errors"):
            assert same(getattr(own, name), printed[name]), name
        assert (own.labels, own.flagged) == (printed.get("labels"), printed.get("flagged"))
        said = {True: 1, False: 0, None: -1}
        for r in printed["ranking"]:
            r.update((k, said[r[k]]) for k in ("by_states", "by_network", "by_inputs"))
        assert [list(i) for i in own.ranking.inputs] == [
            [n["id"] for n in r["inputs"]] for r in printed["ranking"]
        ]
        assert same(own.nearest_inputs, printed["nearest_inputs"])
        assert own.prefilled == sum(r["prefilled"] for r in printed["ranking"])
        same_rows(own.ranking, printed["ranking"], neighbours=None, inputs=None)
        near = [{"of": r["id"], **n} for r in printed["ranking"] for n in r["neighbours"]]
        if near:
            same_rows(own.neighbours, near)
        if printed.get("opponents"):
            same_rows(own.opponents, printed["opponents"])
        if own.likeliest is not None:
            split = "test" if "cases" in options else options.get("split", "train")
            flags = own.likeliest != run.data(split).labels
            assert own.flagged == flags.sum()
            assert bits(own.ranking.flagged) == bits(flags[own.ranking.id])
        first = own.order[flags[own.order]] if options.get("flagged") else own.order
        assert bits(first[: len(own.ranking)]) == bits(own.ranking.id)
        assert bits(own.scores[own.ranking.id]) == bits(own.ranking.score)
        assert (np.diff(own.scores[own.order]) <= 0).all()


def test_known_flips_are_found_as_by_the_command_line(folder):
    flips = rr.Dataset.load(DATA).label_noise(fraction=0.1)
    noisy = rr.Run.create(folder / "noisy", DATA, labels=flips, **SMALL, progress=False)
    audit = noisy.train().build().audit(flips=flips, review=folder / "review.csv", top=40)
    names = rr.Dataset.load(DATA).class_names
    (folder / "known.csv").write_text(
        "id,label,truth\n"
        + "".join(f"{r['id']},{names[r['label']]},{names[r['truth']]}\n" for r in flips)
    )
    printed = command("audit", noisy.path, "--flips", folder / "known.csv", "--top", 40)
    assert same(audit.average_precision, printed["average_precision"])
    assert same(audit.area, printed["area"])
    assert same(audit.weighted_f1, printed["weighted_f1"])
    assert audit.flagged_true == printed["flagged_flips"]
    same_rows(audit.found, printed["found"])
    same_rows(audit.needed, printed["needed"])
    issues = noisy.label_issues()
    assert len(issues) == 300 and (np.diff(issues.id.astype(int)) == 1).all()
    assert ((issues.label_score > 0) & (issues.label_score <= 1)).all()
    worst = np.argsort(issues.label_score, kind="stable")[:40]
    assert set(worst) == set(audit.ranking.id.tolist())
    suspects = set(issues.id[issues.is_label_issue].tolist())
    assert 0 < len(suspects) < 150 and len(suspects & set(flips.id.tolist())) > len(flips) // 2
    assert bits(issues.is_label_issue) == bits(issues.suggested_label != issues.given_label)
    assert issues.predicted_label.tolist() == noisy.predict("train").prediction.tolist()
    assert issues.given_label.tolist() == noisy.data().labels.tolist()
    with pytest.raises(rr.ArgumentError, match="review"):
        noisy.audit(review=folder / "review.csv")
    applied = noisy.apply(folder / "review.csv", folder / "reviewed", epochs=1)
    assert applied.relabelled > 0 and applied.outcome.count == 150
    assert applied.run.info()["parent"] == str(noisy.path)
    assert applied.outcome.accuracy_after == applied.run.predict().accuracy


# ---- new runs --------------------------------------------------------------------------------------


def test_repair_is_that_of_the_command_line(run, twin, folder):
    options = {"count": 4, "varied": 6, "held": 5, "rotate": 10, "seed": 3,
               "max_broken": 50}  # the run is looked at, whatever it breaks
    line = [f for k, v in options.items() for f in (f"--{k.replace('_', '-')}", v)]
    printed = command("repair", twin, "-o", folder / "repaired-twin", *line)
    own = run.repair(folder / "repaired", **options)
    for name in ("level", "strategy", "split", "seed", "generated", "accepted", "kept"):
        assert same(getattr(own, name), printed[name]), name
    assert own.outcome_of_targets.fixed == printed["fixed"]
    for name, value in printed["outcome"].items():
        assert same(getattr(own.outcome, name), value)
    assert same(own.outcome.accuracy_after, printed["accuracy_after"])
    same_rows(own.targets, printed["per_target"], kept=None)
    flat = [{"target": t["id"], **k} for t in printed["per_target"] for k in t["kept"]]
    same_rows(own.samples, flat)
    assert (own.run.path / "model.safetensors").read_bytes() == (
        folder / "repaired-twin" / "model.safetensors"
    ).read_bytes()
    assert len(own.additions) == own.kept > 0
    assert bits(own.after) == bits(own.run.predict().prediction)
    rows = printed["retrainings"]
    assert list(own.retrainings.strategy) == ["mixed", "none", "direct", "shift"]
    for name in ("added", "updates", "kept", "harmful", "targets_fixed", "unseen_left", "broken",
                 "accuracy", "divergence", "calibration_error", "loss", "macro_f1", "unseen_auc"):
        assert all(same(a, b[name]) for a, b in zip(own.retrainings[name].tolist(), rows)), name
    for table, row in zip(own.classes, rows):
        for name in ("recall_after", "f1_before", "precision_after"):
            assert all(same(a, b[name]) for a, b in zip(table[name], row["classes"]))
    assert same(own.shift["by"], printed["shift"]["by"])
    assert same(own.measured_before["unseen_auc"], printed["before"]["unseen_auc"])
    assert same(own.measured_before["loss"], printed["before"]["loss"])
    assert own.test_used and own.measured == "test" and not own.harmful
    assert own.guard.count == printed["guard"]["count"] == len(own.held) == 50


def test_a_harmful_repair_keeps_nothing(run, folder):
    own = run.repair(
        folder / "harmful",
        **{"count": 5, "strategy": "direct", "learning_rate": 1.0, "max_broken": 0, "controls": ()},
    )
    assert own.harmful and own.run is None and not (folder / "harmful").exists()
    assert own.guard.newly_broken > 0 and len(own.retrainings) == 1 and "harmful" in str(own)
    anyway = run.repair(
        folder / "harmful",
        **{"count": 5, "strategy": "direct", "learning_rate": 1.0, "keep_harmful": True},
    )
    assert anyway.run is not None and not anyway.harmful
    assert list(anyway.retrainings.strategy) == ["direct", "none", "shift"]


def test_cases_and_halves(run, folder):
    own = run.repair(folder / "cases", cases="digits?train=10&test=30&seed=5&only=0|1|4|7", strategy="direct",
                     copies=2, count=4, controls="none", keep_harmful=True)
    assert own.split == "cases" and own.measured == "test" and not own.test_used
    assert own.kept == 8 and list(own.retrainings.strategy) == ["direct", "none"]
    half = run.repair(folder / "halves", halves=True, strategy="direct", controls="no",
                      keep_harmful=True)
    assert not (half.targets.id % 2).any() and half.retrainings.unseen_left[0] >= 0
    with pytest.raises(rr.ArgumentError, match="controls: expected some of none"):
        run.repair(folder / "never", controls=["gradient"])
    with pytest.raises(rr.ArgumentError, match="max_broken has no effect with keep_harmful"):
        run.repair(folder / "never", max_broken=3, keep_harmful=True)


def test_level_output_is_that_of_the_command_line(run, twin, folder):
    line = ("--level", "output", "--count", 6, "--hold", 0.001, "--drop-conflicts")
    printed = command("repair", twin, "-o", folder / "output-twin", *line)
    options = {"level": "output", "count": 6, "hold": 0.001}
    with pytest.raises(rr.ArgumentError, match="conflict"):
        run.repair(folder / "output", **options)
    own = run.repair(folder / "output", drop_conflicts=True, **options)
    assert own.level == "output" and own.strategy is None and own.kept == 0
    assert own.outcome_of_targets.fixed == printed["fixed"] > 0
    assert own.targets.id[own.targets.dropped].tolist() == printed["dropped"]
    assert own.solution["conflict"] == printed["conflict"] != []
    same_rows(own.targets, printed["per_target"], dropped=None)
    assert same(own.solution["change"], printed["solution"]["change"])
    assert list(own.retrainings.strategy) == ["output"]
    for name in ("model.safetensors", "certificate.json"):
        assert (own.run.path / name).read_bytes() == (folder / "output-twin" / name).read_bytes()
    assert own.run.info()["certificate_hash"] is not None
    assert own.run.verify(train=True, quick=True).ok
    with pytest.raises(rr.ArgumentError, match="level output"):
        run.repair(folder / "other", level="output", strategy="direct")


def test_a_search_alone_trains_nothing(run):
    own = run.repair(count=2, variants=30, strategy="random", keep_samples=3)
    assert own.run is None and own.outcome is None and own.kept == 6
    assert own.additions.images().shape == (6, 28, 28)


def test_repair_with_seeds_is_that_of_the_command_line(run, twin, folder):
    line = ("--count", 2, "--strategy", "influence", "--variants", 30, "--epochs", 1,
            "--seeds", "1,2", "--max-broken", 50)
    printed = command("repair", twin, "-o", folder / "seeds-twin", *line)
    own = run.repair(folder / "seeds", count=2, strategy="influence", variants=30, epochs=1, seeds=[1, 2],
                     max_broken=50)
    same_rows(own.per_seed, printed["per_seed"], outcome=None)
    same_rows(own.targets, printed["per_target"])
    assert same(own.accuracy_after, printed["accuracy_after"])
    for name in ("targets_fixed", "unseen_left", "accuracy", "loss", "macro_f1", "unseen_auc"):
        for i, row in enumerate(printed["retrainings"]):
            for end, part in (("", "mean"), ("_low", "low"), ("_high", "high")):
                assert same(own.retrainings[name + end][i], row[name][part])
    assert [rr.Run(p).info()["training"]["seed"] for p in own.runs] == [1, 2]


def test_a_child_has_the_edits(run, folder):
    train = run.data()
    extra = rr.Dataset.from_arrays(np.zeros((2, 28, 28)), [1, 2], like=train)
    child = run.child(
        folder / "child",
        removed=[5, 2],
        relabelled={0: "7"},
        additions=extra,
        **{"epochs": 1, "learning_rate": 0.004, "seed": 9},
    )
    own = child.data()
    assert len(own) == 300 - 2 + 2
    assert own.labels[0] == own.class_names.index("7") and own.labels[-2:].tolist() == [1, 2]
    assert not own[len(own) - 1].frames.any()
    assert bits(own[2].frames) == bits(train[3].frames)
    assert len(child.history) == 1
    training = child.info()["training"]
    assert (training["learning_rate"], training["seed"]) == (0.004, 9)


def test_verify_finds_a_change(run, tmp_path):
    checks = run.verify()
    assert checks.ok and list(checks.checks.check) == ["data", "model", "influence", "rebuild"]
    assert not checks.differences
    copy = shutil.copytree(run.path, tmp_path / "copy")
    path = copy / "model.safetensors"
    changed = bytearray(path.read_bytes())
    changed[-1] ^= 1
    path.write_bytes(changed)
    found = rr.Run(copy).verify(quick=True)
    assert not found.ok and found.differences == ["model"]


# ---- data and lifetimes ----------------------------------------------------------------------------


def test_data_are_arrays(run):
    train = run.data("train")
    assert (len(train), train.width, train.classes) == (300, 28, 4)
    assert train.class_names == ["0", "1", "4", "7"] and train.labelled and train.symbols is None
    assert train.images().shape == (300, 28, 28) and train.images().dtype == np.float32
    assert train.frames.shape == (300 * 28, 28)
    assert bits(train[7].frames) == bits(train.images()[7])
    assert train[7].label == train.labels[7] and train[-1].label == train.labels[-1]
    some = train[[4, 1]]
    assert some.labels.tolist() == train.labels[[4, 1]].tolist()
    assert len(train[train.labels == 2]) == int((train.labels == 2).sum())
    assert len(train[10:20]) == 10
    assert len(train.hash) == 64 and train.hash != some.hash
    assert train.relabel({4: "7"}).labels[4] == 3
    assert run.splits() == ["train", "test"]
    with pytest.raises(ValueError):
        train.images()[0] = 1  # read-only


def test_arrays_outlive_their_run(run):
    second = rr.Run(run.path)
    frames = second.data("test").frames
    sample = second.data("test")[3].frames
    before, of_one = bits(frames), bits(sample)
    predictions, explanation = second.predict(), second.explain()
    text = str(explanation)
    second.close()
    del second
    gc.collect()
    noise = [rr.Run(run.path).data("train") for _ in range(3)]  # reuses what was freed
    assert bits(frames) == before and bits(sample) == of_one and len(noise) == 3
    assert str(explanation) == text and predictions.count == 150


def test_data_sets_are_made_of_arrays(tmp_path):
    x = np.arange(12, dtype=np.float32).reshape(6, 2)
    ragged = rr.Dataset.from_arrays(x, [0, 1], lengths=[4, 2], class_names=["no", "yes"])
    assert ragged.class_names == ["no", "yes"] and ragged.lengths.tolist() == [4, 2]
    assert bits(ragged.frames) == bits(x) and bits(ragged[1].frames) == bits(x[4:])
    ragged.save(tmp_path / "own.npz")
    again = rr.Dataset.load(f"npz:{tmp_path / 'own.npz'}")
    assert again.hash == ragged.hash
    symbols = rr.Dataset.from_arrays(np.array([[3, 1], [0, 2]]), [1, 0])
    assert symbols.vocabulary == 4 and symbols.symbols.tolist() == [3, 1, 0, 2]
    assert symbols.text(0) == "3 1" and symbols.tokens is None


def test_states_of_a_split_are_those_that_predict_writes(run, tmp_path):
    states = run.steps()
    run.predict(output=tmp_path / "states.npz")
    written = np.load(tmp_path / "states.npz")
    for name in ("state", "prediction", "probability"):
        assert bits(getattr(states, name)) == bits(written[name].reshape(getattr(states, name).shape))


def test_load_opens_a_directory(run):
    assert rr.load(run.path).predict().count == 150
    assert rr.load(str(run.path), threads=1).info()["run"] == str(run.path)


def test_the_influence_model_is_that_of_the_run(run):
    own = run.influence
    assert own.n_states_ == run.info()["influence"]["states"]
    assert rr.load(run.path / "influence.safetensors").n_states_ == own.n_states_
    traces = own.transform(run.steps("test"))
    sample = run.explain().sample
    assert bits(traces[sample]) == bits(run.explain(sample).steps.state)


# ---- use -------------------------------------------------------------------------------------------


def test_a_closed_run_says_so(run):
    second = rr.Run(run.path)
    with second as opened:
        assert not opened.closed
    second.close()
    assert second.closed and "closed" in repr(second)
    for use in (second.predict, second.train, second.info, second.data, second.explain):
        with pytest.raises(rr.ClosedError, match=f"the run {run.path} is closed"):
            use()


def test_a_second_thread_is_refused_while_the_first_is_at_work(folder):
    found = []

    def other():
        try:
            busy.history
        except rr.ThreadError as error:
            found.append(str(error))

    def report(at):
        if at.epoch is not None and not found:
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
            with pytest.raises(rr.ThreadError, match="a callback"):
                busy.info()

    busy = rr.Run.create(folder / "busy", DATA, **{**SMALL, "epochs": 1}, progress=report)
    busy.train()
    assert len(found) == 1 and f"the run {folder / 'busy'} is in use by another thread" in found[0]
    results = []
    thread = threading.Thread(target=lambda: results.append(busy.predict().count))
    thread.start()
    thread.join()
    assert results == [150]  # one after the other is allowed


def test_a_forked_process_is_refused(run):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            run.predict()
            said = "no error"
        except rr.ThreadError as error:
            said = str(error)
        except BaseException as error:
            said = repr(error)
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    assert f"opened by process {os.getpid()}" in said and str(run.path) in said


def test_notes_are_collected(run):
    second = rr.Run(run.path)
    assert second.notes == []
    sample = second.explain().sample
    assert second.notes == [f"explaining sample {sample}, the first error of the test split"]


def test_class_weights_weigh_the_loss_as_torch_does_but_for_the_divisor(folder):
    # The loss of weights that do not move: sum(w[y] * -log p[y]) / N, where torch divides by sum(w[y]).
    few = "digits?train=200&test=10&only=0|1|4"
    made = rr.Run.create(
        folder / "classes", few, class_weights={"1": 3.5, "4": 0.25}, hidden=4, epochs=1,
        optimizer="sgd", learning_rate=1e-30, batch=200,
    )  # fmt: skip
    made.train()
    weights = made.info()["data"]["class_weights"]
    own = made.predict("train")
    nats = -np.log(made.predict_proba("train")[np.arange(own.count), own.label].astype(np.float64))
    by_name = dict(zip(own.class_names, weights))
    assert by_name["1"] == 3.5 and by_name["4"] == 0.25 and by_name["0"] == 1
    assert np.isclose(made.history[-1].loss, (weights[own.label] * nats).sum() / own.count, rtol=1e-6)
    balanced = rr.Run.create(folder / "balanced", few, class_weights="balanced", hidden=4)
    counts = np.bincount(own.label)
    weights = balanced.info()["data"].get("class_weights", np.ones(3))
    assert np.allclose(weights, own.count / (3 * counts))
    with pytest.raises(rr.ArgumentError, match='class_weights: .*there is no class "x"'):
        rr.Run.create(folder / "classes-wrong", few, class_weights={"x": 1}, hidden=4)
