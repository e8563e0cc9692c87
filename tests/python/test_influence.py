# SPDX-License-Identifier: MIT
"""InfluenceModel: scikit-learn's manners, the questions, and who may ask them."""

import os
import pickle
import signal
import threading

import numpy as np
import pytest
import rnnrepair as rr
from rnnrepair._library import lib
from synthetic import CLASSES, TOKENS, arrays, states


@pytest.fixture(scope="module")
def train():
    return states(parity=(120, 0, 1e-6))


@pytest.fixture(scope="module")
def test():
    return states(60, seed=1)


@pytest.fixture(scope="module")
def model(train):
    return rr.InfluenceModel(n_components=4, stability=0.9, random_state=3).fit(train)


# ---- manners ---------------------------------------------------------------------------------


def test_defaults_are_the_librarys():
    cfg = lib.rr_influence_config_default()
    params = rr.InfluenceModel().get_params()
    assert params["n_components"] == cfg.components and params["n_symbols"] == cfg.symbols
    assert params["stability"] == "auto" and cfg.partition.stability < 0
    assert params["random_state"] == cfg.seed
    assert params["max_states"] == "auto" and cfg.partition.max_states == cfg.partition.states == 0


def test_the_choice_of_states(train, model):
    assert model.choice_["end"] == "reached" and model.choice_["aim"] == 0.9
    own = rr.InfluenceModel(n_components=4).fit(train)
    assert own.choice_["aim"] == 0.65 and own.choice_["least"] <= own.n_states_ <= own.choice_["most"]
    again = pickle.loads(pickle.dumps(own))
    assert again.choice_ == own.choice_ and again.stability == "auto"
    assert rr.InfluenceModel(n_states=3).fit(train).choice_["end"] == "given"


def test_parameters_are_stored_as_they_are():
    odd = object()
    m = rr.InfluenceModel(n_components=odd)
    assert m.n_components is odd and m.get_params()["n_components"] is odd
    assert m.set_params(n_components=3, key="full") is m and m.key == "full"
    assert repr(m) == "InfluenceModel(n_components=3, key='full')"
    with pytest.raises(rr.ArgumentError, match="'states' is no parameter"):
        m.set_params(states=3)


def test_scikit_learn_clones_it():
    base = pytest.importorskip("sklearn.base")
    m = rr.InfluenceModel(n_components=3, n_jobs=2)
    copy = base.clone(m)
    assert copy is not m and copy.get_params() == m.get_params()


def test_questions_need_a_fitted_model(test):
    m = rr.InfluenceModel()
    for ask in (m.transform, m.attribute, m.localize, m.drivers):
        with pytest.raises(rr.NotFittedError, match="call fit"):
            ask(test)
    with pytest.raises(AttributeError):
        m.explain(test, 0)
    with pytest.raises(ValueError):
        m.save("nowhere")
    assert not hasattr(m, "n_states_")


@pytest.mark.parametrize(
    "params, message",
    [
        ({"n_components": 0}, "n_components is 0"),
        ({"n_components": 2.5}, "n_components: expected a whole number"),
        ({"n_states": "all"}, "n_states is 'all'"),
        ({"n_states": 0}, "n_states is 0"),
        ({"stability": 1.5}, "stability is 1.5"),
        ({"stability": float("nan")}, "stability is nan"),
        ({"max_states": 70000}, "max_states is 70000"),
        ({"key": "word"}, "key is 'word', not one of"),
        ({"measure": "cosine"}, "measure is 'cosine'"),
        ({"random_state": -1}, "random_state is -1"),
        ({"n_jobs": 0}, "n_jobs is 0"),
        ({"n_symbols": 0}, "n_symbols is 0"),
    ],
)
def test_fit_names_a_wrong_parameter(train, params, message):
    with pytest.raises(rr.ArgumentError, match=message):
        rr.InfluenceModel(**params).fit(train)


def test_fit_refuses_other_things(train, test):
    with pytest.raises(rr.ArgumentError, match="states is a list"):
        rr.InfluenceModel().fit([1, 2])
    with pytest.raises(rr.ArgumentError, match="no labels"):
        rr.InfluenceModel().fit(states(label=None))
    with pytest.raises(rr.ShapeError):
        rr.InfluenceModel(n_states=60000).fit(train)
    with pytest.raises(rr.FileError):
        rr.InfluenceModel().fit("nowhere/states.npz")


# ---- what was learnt -------------------------------------------------------------------------


def test_what_was_learnt(model, train):
    assert model.n_states_ >= 3 and model.n_components_ == 4 and model.n_classes_ == 3
    assert model.n_sequences_ == 120 and model.n_steps_ == train.steps
    assert 0.9 <= model.stability_ <= 1 and model.stability_min_ <= model.stability_
    assert 0.9 < model.explained_variance_ratio_ <= 1
    assert model.confidence_.shape == (model.n_states_, 3)
    assert np.allclose(model.confidence_.sum(axis=1), 1, atol=1e-5)
    assert np.isclose(model.confidence_.max(axis=1).mean(), model.stability_)
    assert model.curve_.states[-1] == model.n_states_
    assert np.array_equal(model.labels_, train.label)
    assert np.array_equal(model.predictions_, train.answers)
    assert model.class_names_ == CLASSES


def test_the_same_seed_gives_the_same_model_at_any_thread_count(model, train, test):
    for n_jobs in (1, 3, -1):
        other = rr.InfluenceModel(n_components=4, stability=0.9, random_state=3, n_jobs=n_jobs).fit(train)
        assert np.array_equal(other.attribute(test), model.attribute(test))


def test_states_follow_the_classes(model, test):
    paths = model.transform(test)
    assert [len(p) for p in paths] == test.lengths.tolist() and paths[0].dtype == np.uint16
    flat = np.concatenate(paths)
    assert flat.min() >= 1 and flat.max() <= model.n_states_
    assert np.array_equal(model.confidence_[flat - 1].argmax(axis=1), test.prediction)


# ---- questions -------------------------------------------------------------------------------


def test_attribution(model, train, test):
    scores = model.attribute(test)
    assert scores.shape == (60, 120) and scores.dtype == np.float32
    assert scores.min() >= 0 and scores.max() <= 1
    own = model.attribute(train)
    assert np.all(own.diagonal() == 1)
    best = model.attribute(test, k=7)
    assert best.indices.shape == (60, 7)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :7]
    assert np.array_equal(best.indices, order)
    assert np.array_equal(best.influence_scores, np.take_along_axis(scores, order, 1))
    for wrong in (0, 121, 1.5):
        with pytest.raises(rr.ArgumentError, match="k"):
            model.attribute(test, k=wrong)


def test_attribution_of_a_step(model, train, test):
    i, t = 4, 2
    found = model.attribute_step(test, i, t)
    paths, own = model.transform(train), model.transform(test)[i]
    symbol = test[i].symbol[t - 1]
    starts = train.offsets
    expected = [
        (n, s + 1)
        for n, path in enumerate(paths)
        for s in range(1, len(path))
        if path[s - 1] == own[t - 2] and train.symbol[starts[n] + s] == symbol
    ]
    assert len(expected) > 0
    assert list(zip(found.sequence.tolist(), found.step.tolist())) == expected
    assert np.array_equal(found.label, train.label[found.sequence])
    for wrong in (0, int(test.lengths[i]) + 1):
        with pytest.raises(rr.ArgumentError):
            model.attribute_step(test, i, wrong)
    with pytest.raises(IndexError, match="i is 60"):
        model.attribute_step(test, 60, 1)


def test_explanation(model, test):
    i = int(test.errors[0])
    e = model.explain(test, i)
    assert e.truth == test.label[i] and e.prediction == test.answers[i] and e.correct is False
    assert e.steps.t.tolist() == list(range(1, test.lengths[i] + 1))
    assert e.steps.token == [TOKENS[s] for s in test[i].symbol]
    assert np.array_equal(e.steps.state, model.transform(test[i])[0])
    best = model.attribute(test[i], k=5)
    assert np.array_equal(e.sequences.id[:5], best.indices[0])
    text = str(e)
    assert f"truth {CLASSES[e.truth]}, predicted {CLASSES[e.prediction]}" in text
    assert "trained elsewhere, collected in one pass" in text
    assert "T_t" in text and "T_m" in text and "<table" in e._repr_html_()
    assert e.count_truth > 0 and e.count_prediction > 0
    few, all_ = model.explain(test, i, top=2), model.attribute(test[i])[0]
    assert few.tied == (all_ == few.sequences.score[1]).sum() - (few.sequences.score == few.sequences.score[1]).sum()
    assert model.attribute(test[i], k=2).tied.tolist() == [few.tied]
    assert pickle.loads(pickle.dumps(best)).tied.tolist() == best.tied.tolist()
    with pytest.raises(rr.ArgumentError, match="top is 0"):
        model.explain(test, i, top=0)


def test_a_picture_of_an_explanation(model, test, tmp_path):
    pytest.importorskip("matplotlib")
    figure = model.explain(test, 0).plot(tmp_path / "e.png")
    assert (tmp_path / "e.png").read_bytes()[:4] == b"\x89PNG" and len(figure.axes) >= 3
    odd = states(class_names=["$\\frac$", "x" * 200, "c"], tokens=["$\\bad{$"] * 12, probability=None)
    figure = rr.InfluenceModel(n_states=3).fit(odd).explain(odd, 0).plot(tmp_path / "odd.png")
    assert len(figure.axes) == 2 and (tmp_path / "odd.png").exists()


def test_without_errors_there_is_nothing_to_ask_about(model, test):
    right = test[test.answers == test.label]
    assert len(model.localize(right)) == 0
    for ask in (model.drivers, model.additions):
        with pytest.raises(rr.ArgumentError, match="no sequence of states is misclassified"):
            ask(right)


def test_without_labels_there_is_no_truth(model, test):
    e = model.explain(states(60, seed=1, label=None), 3)
    assert e.truth is None and "truth unknown" in str(e)
    with pytest.raises(rr.ArgumentError, match="no labels, so that no error is known"):
        model.drivers(states(60, seed=1, label=None))


def test_drivers(model, test):
    d = model.drivers(test)
    assert d.index == "id" and (np.diff(d.score) <= 0).all() and len(d) > 0
    assert set(d.id[:5] % 10) == {7}
    paper = model.drivers(test, weighting="paper")
    assert (paper.score > 0).all()
    one = model.drivers(test, which=[int(test.errors[0])])
    assert set(one.id) <= set(d.id)
    with pytest.raises(rr.ArgumentError):
        model.drivers(test, which=[int(np.flatnonzero(test.answers == test.label)[0])])
    with pytest.raises(rr.ArgumentError, match="weighting is 'x'"):
        model.drivers(test, weighting="x")


def test_other_networks_are_refused(model, test, train):
    with pytest.raises(rr.ShapeError, match="states are of width 4, but the model was fitted on 5"):
        model.transform(states(state=np.zeros((train.steps, 4))))
    with pytest.raises(rr.MismatchError, match="kind prefix"):
        model.transform(states(kind="prefix"))
    with pytest.raises(rr.MismatchError, match="class 0 of states is 'neutral', but 'negative'"):
        model.explain(states(class_names=["neutral", "negative", "positive"]), 0)
    with pytest.raises(rr.MismatchError, match="token 0 of states is 'w11', but 'w0'"):
        model.transform(states(tokens=[f"w{11 - i}" for i in range(12)]))
    assert len(model.transform(states(class_names=None, tokens=None))) == 120
    named = rr.InfluenceModel().fit(states(model="a" * 64))
    with pytest.raises(rr.MismatchError, match="of model bbbb"):
        named.transform(states(model="b" * 64))


def test_frames_have_a_codebook():
    rng = np.random.default_rng(5)
    s = states(symbol=None, tokens=None, frame=rng.normal(size=(states().steps, 2)))
    m = rr.InfluenceModel(n_symbols=8).fit(s)
    e = m.explain(s, 0)
    assert "token" not in e.steps.columns and (e.key, e.measure) == ("transition", "lp")
    assert np.array_equal(e._frames, s.frame_of(0))


# ---- files, threads, processes, Ctrl-C -------------------------------------------------------


def test_a_file_of_states_gives_the_same_model(model, train, test, tmp_path):
    train.save(tmp_path / "train.npz")
    test.save(tmp_path / "test.npz")
    m = rr.InfluenceModel(n_components=4, stability=0.9, random_state=3).fit(tmp_path / "train.npz")
    scores = model.attribute(test)
    assert np.array_equal(m.attribute(test), scores)
    assert np.array_equal(m.attribute(str(tmp_path / "test.npz")), scores)
    assert m.class_names_ == CLASSES and m.tokens_ == TOKENS
    issues = pickle.loads(pickle.dumps(m)).label_issues()
    assert np.array_equal(issues.label_score, model.label_issues().label_score)
    assert str(m.explain(tmp_path / "test.npz", 2)) == str(model.explain(test, 2))


def test_a_saved_model_answers_the_same(model, test, tmp_path):
    file = tmp_path / "influence.safetensors"
    model.save(file)
    loaded = rr.InfluenceModel.load(file)
    assert loaded.get_params() == model.get_params()
    assert np.array_equal(loaded.attribute(test), model.attribute(test))
    assert loaded.class_names_ == ["0", "1", "2"]
    with pytest.raises(rr.FileError, match="gone"):
        rr.InfluenceModel.load(tmp_path / "gone")
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(rr.FormatError):
        rr.InfluenceModel.load(file)


def test_it_is_pickled(model, test):
    copy = pickle.loads(pickle.dumps(model))
    assert np.array_equal(copy.attribute(test), model.attribute(test))
    assert str(copy.explain(test, 1)) == str(model.explain(test, 1))
    assert pickle.loads(pickle.dumps(rr.InfluenceModel(key="full"))).key == "full"


def test_threads_share_a_model(model, test):
    scores, results = model.attribute(test), []

    def ask():
        results.append(np.array_equal(model.attribute(test), scores))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 4


def test_a_question_keeps_its_model_while_another_thread_fits(train, test):
    m = rr.InfluenceModel(n_components=4, stability=0.9, random_state=3).fit(train)
    scores, stop, results = m.attribute(test), threading.Event(), []

    def fit():
        while not stop.is_set():
            m.fit(train, progress=False)

    thread = threading.Thread(target=fit)
    thread.start()
    try:
        for _ in range(20):
            results.append(np.array_equal(m.attribute(test), scores))
    finally:
        stop.set()
        thread.join()
    assert results == [True] * 20


def test_a_forked_process_may_ask(model, test):
    scores = model.attribute(test)
    child = os.fork()
    if child == 0:
        os._exit(0 if np.array_equal(model.attribute(test), scores) else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_an_interrupted_fit_leaves_the_model_as_it_was(model, train, test):
    def interrupt(at):
        raise KeyboardInterrupt

    m = rr.InfluenceModel(n_components=4, stability=0.9, random_state=3).fit(train)
    with pytest.raises(KeyboardInterrupt):
        m.fit(states(seed=2), progress=interrupt)
    assert np.array_equal(m.attribute(test), model.attribute(test))
    fresh = rr.InfluenceModel()
    with pytest.raises(KeyboardInterrupt):
        fresh.fit(train, progress=interrupt)
    with pytest.raises(rr.NotFittedError):
        fresh.transform(test)


def test_ctrl_c_ends_a_fit(train):
    with pytest.raises(KeyboardInterrupt):
        rr.InfluenceModel().fit(train, progress=lambda at: signal.raise_signal(signal.SIGINT))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_progress_is_told(train):
    told = []
    rr.InfluenceModel().fit(train, progress=told.append)
    assert {"trace", "cluster"} <= {at.phase for at in told} and told[-1].phase is None
    with pytest.raises(ZeroDivisionError):
        rr.InfluenceModel().fit(train, progress=lambda at: 1 / 0)


# ---- what is made of it: suspect steps, wrong labels, samples to add --------------------------


def test_suspect_steps(model, test):
    found = model.localize(test, rule="flip")
    assert np.array_equal(found.sample, test.errors)
    assert np.array_equal(found.t, test.lengths[test.errors]) and set(found.rule) == {"flip"}
    assert np.array_equal(found.truth, test.label[found.sample])
    assert found.token == [TOKENS[s] for s in found.symbol]
    one = model.localize(test, which=[int(test.errors[2])], gamma=10**6)
    assert one.t.tolist() == list(range(1, test.lengths[test.errors[2]] + 1))
    assert one.rule[-1] == "both" and set(one.rule[:-1]) == {"rare"}
    unlabelled = states(60, seed=1, label=None)
    assert set(model.localize(unlabelled).truth) <= {-1}
    with pytest.raises(rr.ArgumentError, match="rule is 'flip', which needs the truth"):
        model.localize(unlabelled, rule="flip")
    for wrong in ([-1], [0.5], [[1]], [60], [], [True], np.zeros(60, bool)):
        with pytest.raises((ValueError, IndexError), match="which|index 60"):
            model.localize(test, which=wrong)
    mask = np.zeros(60, bool)
    mask[test.errors[:2]] = True
    assert np.array_equal(model.localize(test, which=mask, rule="flip").sample, test.errors[:2])


def test_label_issues(model, train, tmp_path):
    found = model.label_issues()
    assert found.index == "id" and found.id.tolist() == list(range(120))
    assert found.label_score.min() > 0 and found.label_score.max() <= 1
    worst = np.argsort(found.label_score)[: len(train.errors)]  # the inputs are random: they err as well
    assert len(set(worst) & set(train.errors)) >= 0.5 * len(train.errors)
    assert np.array_equal(found.is_label_issue, found.suggested_label != found.given_label)
    assert np.array_equal(found.predicted_label, train.answers)
    doubt = model.label_issues("self-confidence")
    p = train.final_probabilities()[np.arange(120), train.label]
    assert np.allclose(doubt.label_score, p, rtol=1e-6)
    support = model.label_issues("influence")
    assert np.array_equal(np.flatnonzero(doubt.is_label_issue), train.errors)
    assert set(np.argsort(doubt.label_score)[: len(train.errors)]) == set(train.errors)
    for method, error in [("tracin", rr.UnsupportedError), ("random", rr.ArgumentError), ("x", rr.ArgumentError)]:
        with pytest.raises(error):
            model.label_issues(method)

    model.save(tmp_path / "m")
    loaded = rr.load(tmp_path / "m")
    assert np.array_equal(loaded.label_issues().label_score, support.label_score)
    assert np.array_equal(loaded.label_issues(train=train).label_score, found.label_score)
    with pytest.raises(rr.UnsupportedError):
        loaded.label_issues("combined")
    with pytest.raises(rr.ShapeError, match="train has 60 sequences"):
        loaded.label_issues(train=train[:60])


def test_samples_to_add(model, train, test):
    segments = model.additions(test, budget=3, balance=1.0)
    assert set(segments.target) <= set(test.errors.tolist()) and len(segments) > 0
    inserted = segments[np.array(segments.kind) == "insert"]
    assert np.array_equal(inserted.label, train.label[inserted.source])
    assert (np.bincount(inserted.target)[test.errors] <= 3).all()
    assert all(token in reason for token, reason in zip(inserted.token, inserted.reason))
    repeats = model.additions(test, which=test.errors[:2], budget=4, level="sample")
    assert repeats.target.tolist() == sorted(repeats.target.tolist()) and set(repeats.kind) == {"repeat"}
    for i in test.errors[:2]:
        own = repeats[repeats.target == i]
        scores = model.attribute(test[i])[0]
        right = (train.label == test.label[i]) & (train.answers == train.label)
        best = np.argsort(-np.where(right, scores, -1), kind="stable")[:4]
        assert np.array_equal(own.source, best) and np.array_equal(own.score, scores[best])
    with pytest.raises(rr.ArgumentError, match="budget is 0"):
        model.additions(test, budget=0)
    with pytest.raises(rr.ArgumentError):
        model.additions(test, which=[0])


def test_triggers():
    """A symbol of its own in sequences that end in class 2 whatever they are."""
    given = arrays()
    ends = np.cumsum(given["lengths"])
    carriers = np.arange(0, 120, 9)
    symbol, prediction, label = (given[name].copy() for name in ("symbol", "prediction", "label"))
    symbol[ends[carriers] - 1] = 12
    prediction[ends[carriers] - 1] = label[carriers] = 2
    tokens = [*TOKENS, "trigger"]
    changed = {"symbol": symbol, "prediction": prediction, "label": label, "probability": None}
    m = rr.InfluenceModel().fit(states(**changed, tokens=tokens))
    found = m.triggers(top=5)
    assert found.token[0] == "trigger" and found.symbol[0] == 12
    assert np.array_equal(found.trigger, found.score > 0.3)
    assert found.target[0] == 2 and found.purity[0] == 1 and found.labelled[0] == len(carriers)
    assert found.training_ids[0].tolist() == carriers.tolist()
    assert (np.diff(found.score) <= 0).all() and len(found) <= 5
    assert set(m.triggers(target=0).target) <= {0}
    with pytest.raises(rr.ArgumentError, match="target is 3"):
        m.triggers(target=3)
    frames = states(symbol=None, tokens=None, frame=given["state"][:, :1])
    with pytest.raises(rr.UnsupportedError, match="frames"):
        rr.InfluenceModel().fit(frames).triggers()
