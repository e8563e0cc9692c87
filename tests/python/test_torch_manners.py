# SPDX-License-Identifier: MIT
"""The collector: what it leaves behind, and what it says of wrong input."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="python3-torch is not there")

import rnnrepair as rr  # noqa: E402
import torch_zoo as zoo  # noqa: E402
from rnnrepair.torch import Collector  # noqa: E402
from torch import nn  # noqa: E402
from torch_checks import LENGTHS, N, T, collect, made  # noqa: E402


# ---- manners ------------------------------------------------------------------------------------


def hooks(model):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def test_the_model_is_left_as_it_was():
    model = made(zoo.Stack).train()
    model.drop.eval()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    modes = [m.training for m in model.modules()]
    collect(model, zoo.batches(zoo.ids(N, T), zoo.some_labels(N), 4), expect=("stream", "last"))
    assert hooks(model) == 0 and [m.training for m in model.modules()] == modes
    assert all("forward" not in m.__dict__ for m in model.modules())
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize("kind", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("at", [0, 3, 5])
def test_nothing_is_left_behind_by_an_exception(kind, at):
    model = made(zoo.Last).train()
    x, y = zoo.ids(40, T), zoo.some_labels(40)

    def loader():
        for number, batch in enumerate(zoo.batches(x, y, 4)):
            if number == at:
                raise kind("stopped")
            yield batch

    with pytest.raises(kind, match="stopped"):
        collect(model, loader())
    assert hooks(model) == 0 and all(m.training for m in model.modules())
    assert all("forward" not in m.__dict__ for m in model.modules())


def test_an_interrupt_within_the_model():
    model = made(zoo.Last).train()
    calls = []

    def stop(*_):
        calls.append(1)
        if len(calls) == 6:
            raise KeyboardInterrupt

    hook = model.fc.register_forward_hook(stop)
    with pytest.raises(KeyboardInterrupt):
        collect(model, zoo.batches(zoo.ids(40, T), zoo.some_labels(40), 4))
    hook.remove()
    assert hooks(model) == 0 and model.training
    assert all("forward" not in m.__dict__ for m in model.modules())


def test_a_generator_is_read_once():
    model, x, y = made(zoo.Last), zoo.ids(20, T), zoo.some_labels(20)
    seen = []
    got, _ = collect(model, iter(zoo.batches(x, y, 4)), progress=seen.append)
    np.testing.assert_array_equal(got["label"], y.numpy())
    assert seen == [4, 8, 12, 16, 20]


def test_a_loader_of_torch_and_data_parallel():
    model, x, y = made(zoo.Last), zoo.ids(20, T), zoo.some_labels(20)
    data = torch.utils.data.TensorDataset(x, y)
    one, _ = collect(model, torch.utils.data.DataLoader(data, batch_size=8))
    two, _ = collect(nn.DataParallel(model), zoo.batches(x, y, 20))
    np.testing.assert_allclose(one["state"], two["state"], atol=2e-6)
    with pytest.warns(UserWarning, match="shuffles"):
        collect(model, torch.utils.data.DataLoader(data, batch_size=8, shuffle=True))
    assert one["model"] == two["model"] and len(one["model"]) == 64


def test_states_are_made():
    model, x, y = made(zoo.Last), zoo.ids(N, T), zoo.some_labels(N)
    tokens = [f"w{i}" for i in range(zoo.V)]
    states = Collector(model).collect(zoo.batches(x, y, 4), vocabulary=tokens,
                                      classes=["a", "b", "c"])  # fmt: skip
    assert len(states) == N and states.hidden == zoo.H and states.kind == "one-pass"
    assert states.tokens == tokens and states.class_names == ["a", "b", "c"]
    assert states.parity.compared == N and states.parity.difference < 1e-6
    words = {f"w{i}": i for i in range(zoo.V)}
    again = Collector(model).collect(zoo.batches(x, y, 4), vocabulary=words)
    assert again.tokens == tokens


# ---- wrong input --------------------------------------------------------------------------------


def test_axes_that_are_swapped():
    model = made(lambda: zoo.Last(ids=False, batch_first=False))
    with pytest.raises(rr.ShapeError, match="axes are swapped.*batch_first=False"):
        collect(model, zoo.batches(zoo.frames(N, T), zoo.some_labels(N), 4))


def test_one_step_is_warned_of():
    class Unsqueezed(zoo.Last):
        def forward(self, x, lengths=None):
            return super().forward(x.unsqueeze(1))

    model = made(lambda: Unsqueezed(ids=False))
    x = zoo.frames(N, 1)[:, 0]
    with pytest.warns(UserWarning, match="one step"):
        got, _ = collect(model, zoo.batches(x, zoo.some_labels(N), 4))
    assert got["lengths"].tolist() == [1] * N


WRONG = {
    "model": (dict(), lambda b: b, "model must be"),
    "mode": (dict(mode="fast"), None, "mode: 'fast'"),
    "stride": (dict(stride=0), None, "stride"),
    "padding": (dict(padding="both"), None, "padding"),
    "output": (dict(output="softmax"), None, "output"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_of_the_collector(name):
    named, _, match = WRONG[name]
    model = "lstm" if name == "model" else made(zoo.Last)
    with pytest.raises(rr.ArgumentError, match=match):
        Collector(model, **named)


def test_wrong_arguments_of_collect():
    model, x, y = made(zoo.Last), zoo.ids(N, T), zoo.some_labels(N)
    good = zoo.batches(x, y, 4)
    three = zoo.batches(x, y, 4, LENGTHS)
    for loader, named, error, match in [
        ([], {}, rr.ArgumentError, "no batch"),
        (three, {}, rr.ArgumentError, "3 parts"),
        ([{"x": x}], {}, rr.ArgumentError, "dict"),
        (good, dict(labels=lambda b: b[1] + 5), rr.ArgumentError, "outside 0..2"),
        (good, dict(labels=lambda b: b[1] * 0.5), rr.ArgumentError, "whole numbers"),
        (good, dict(labels=lambda b: b[1][:2]), rr.ShapeError, "labels: 2"),
        (three, dict(inputs=lambda b: b[0], labels=lambda b: b[1], lengths=lambda b: b[2] + 3),
         rr.ArgumentError, "lengths: 9"),
        (three, dict(inputs=lambda b: b[0], labels=lambda b: b[1], lengths=lambda b: b[2] - 1),
         rr.ArgumentError, "lengths: 0"),
        (good, dict(classes=["a"]), rr.ArgumentError, "classes: 1 names"),
        (good, dict(vocabulary=["a", "b"]), rr.ArgumentError, "vocabulary: 2 tokens"),
        (good, dict(symbols="words"), rr.ArgumentError, "symbols"),
        (good, dict(symbols=lambda b: b[0][:, :2]), rr.ShapeError, "symbols: shape"),
        (good, dict(step_labels=lambda b: b[0][:, :2]), rr.ShapeError, "step_labels: shape"),
        (good, dict(inputs=lambda b: b[1]), rr.ArgumentError, "inputs: no tensor"),
        (good, dict(lengths=[3] * 4), rr.ArgumentError, "lengths must be a function, not list"),
        (good, dict(progress=5), rr.ArgumentError, "progress must be a function"),
        (good, dict(classes="abc"), rr.ArgumentError, "classes is a str"),
        (good, dict(vocabulary={"a": "b"}), rr.ArgumentError, "vocabulary: the id of 'a'"),
        (None, {}, rr.ArgumentError, "loader must be"),
        (torch.utils.data.TensorDataset(x, y), {}, rr.ArgumentError, "pass a DataLoader"),
    ]:  # fmt: skip
        with pytest.raises(error, match=match):
            collect(model, loader, **named)
    for named, match in [(dict(recurrent="lstm"), "no module 'lstm'"), (dict(head="x"), "head:"),
                         (dict(head=nn.Linear(2, 2)), "no part of the model")]:  # fmt: skip
        with pytest.raises(rr.ArgumentError, match=match):
            collect(model, good, **named)


def test_a_model_that_diverges():
    model = made(lambda: zoo.Last(ids=False, cell="rnn", nonlinearity="relu"))
    with torch.no_grad():
        model.rnn.weight_hh_l0.mul_(1e20)
    with pytest.raises((rr.MismatchError, rr.NumericError, rr.UnsupportedError)):
        collect(model, zoo.batches(zoo.frames(N, 40), zoo.some_labels(N), 4))


def test_queries_without_labels():
    model, x = made(zoo.Last), zoo.ids(N, T)
    got, _ = collect(model, [x[:4], x[4:]], expect=("stream", "last"))
    assert got["label"] is None and len(got["lengths"]) == N
    got, _ = collect(model, zoo.batches(x, zoo.some_labels(N), 4), labels=False)
    assert got["label"] is None
