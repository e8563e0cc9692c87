# SPDX-License-Identifier: MIT
"""The collector: for all forms of models, states and outputs are those of the model itself."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="python3-torch is not there")

import rnnrepair as rr  # noqa: E402
import torch_zoo as zoo  # noqa: E402
from rnnrepair.torch import Collector  # noqa: E402
from torch import nn  # noqa: E402
from torch_checks import LENGTHS, N, T, check_prefixes, check_states, collect, made, sequence_rows  # noqa: E402


# ---- classifiers of one pass -----------------------------------------------------------------


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("form", [zoo.Last, zoo.Final])
def test_one_direction_is_one_pass(cell, layers, form):
    model = made(lambda: form(cell=cell, layers=layers))
    x, y = zoo.ids(N, T), zoo.some_labels(N)
    got, _ = collect(model, zoo.batches(x, y, 4), expect=("stream", "last"))
    with torch.no_grad():
        check_states(model.states(x), got, [T] * N)
    check_prefixes(model, x, got)
    assert got["kind"] == "one-pass"
    np.testing.assert_array_equal(got["label"], y.numpy())
    np.testing.assert_array_equal(got["symbol"], x.reshape(-1).numpy())
    assert got["vocabulary"] == zoo.V and got["frame"] is None


def test_frames_are_kept_as_frames():
    model = made(lambda: zoo.Last(ids=False))
    x, y = zoo.frames(N, T), zoo.some_labels(N)
    got, _ = collect(model, zoo.batches(x, y, 3), expect=("stream", "last"))
    np.testing.assert_array_equal(got["frame"], x.reshape(N * T, -1).numpy())
    check_prefixes(model, x, got)


def test_steps_first():
    model = made(lambda: zoo.Last(ids=False, batch_first=False))
    x, y = zoo.frames(N, T), zoo.some_labels(N)
    loader = [(x[:4].transpose(0, 1), y[:4]), (x[4:].transpose(0, 1), y[4:])]
    got, _ = collect(model, loader, expect=("stream", "last"))
    np.testing.assert_array_equal(got["frame"], x.reshape(N * T, -1).numpy())
    with torch.no_grad():
        check_states(model.states(x.transpose(0, 1)).transpose(0, 1), got, [T] * N)


def test_images_whose_rows_are_the_steps():
    class Image(zoo.Last):
        def forward(self, x):
            return super().forward(x.view(-1, T, zoo.D))

    model = made(lambda: Image(ids=False))
    x, y = zoo.frames(N, T), zoo.some_labels(N)
    got, _ = collect(model, zoo.batches(x.unsqueeze(1), y, 4), expect=("stream", "last"))
    np.testing.assert_array_equal(got["frame"], x.reshape(N * T, -1).numpy())
    with torch.no_grad():
        check_states(model.states(x), got, [T] * N)
    model.forward = super(Image, model).forward
    check_prefixes(model, x, got)


def test_projected_lstm():
    model = made(lambda: zoo.Last(proj_size=4))
    got, _ = collect(model, zoo.batches(zoo.ids(N, T), zoo.some_labels(N), 4),
                     expect=("stream", "last"))  # fmt: skip
    assert got["state"].shape == (N * T, 4)


def test_head_of_several_layers():
    model = made(zoo.Stack)
    x, y = zoo.ids(N, T), zoo.some_labels(N)
    got, _ = collect(model, zoo.batches(x, y, 4), expect=("stream", "last"))
    with torch.no_grad():
        check_states(model.states(x), got, [T] * N)
    check_prefixes(model, x, got)


def test_last_step_by_index_with_unsorted_lengths():
    model = made(zoo.Last)
    x, y = zoo.ids(N, T), zoo.some_labels(N)
    got, _ = collect(model, zoo.batches(x, y, 4, LENGTHS), inputs=lambda b: (b[0], b[2]),
                     labels=lambda b: b[1], lengths=lambda b: b[2],
                     expect=("stream", "last"))  # fmt: skip
    assert len(got["state"]) == int(LENGTHS.sum())
    with torch.no_grad():
        check_states(model.states(x), got, LENGTHS)
    check_prefixes(model, x, got, LENGTHS, takes_lengths=True)


@pytest.mark.parametrize("form", [zoo.Packed, zoo.PackedSorted])
def test_packed_by_the_model(form):
    model = made(form)
    x, y, lengths = zoo.ids(N, T), zoo.some_labels(N), LENGTHS
    if form is zoo.PackedSorted:
        lengths = lengths.sort(descending=True).values
    got, _ = collect(model, zoo.batches(x, y, 4, lengths), inputs=lambda b: (b[0], b[2]),
                     labels=lambda b: b[1], expect=("stream", "last"))  # fmt: skip
    np.testing.assert_array_equal(got["lengths"], lengths.numpy())
    with torch.no_grad():
        check_states(model.states(x), got, lengths)
    check_prefixes(model, x, got, lengths, takes_lengths=True)


@pytest.mark.parametrize("ids", [True, False])
def test_packed_by_the_loader(ids):
    model = made(lambda: zoo.TakesPacked(ids=ids))
    x = zoo.ids(N, T) if ids else zoo.frames(N, T)
    y = zoo.some_labels(N)
    pack = nn.utils.rnn.pack_padded_sequence
    loader = [(pack(x[a:b], LENGTHS[a:b], batch_first=True, enforce_sorted=False), y[a:b])
              for a, b in ((0, 4), (4, 7))]  # fmt: skip
    got, _ = collect(model, loader, expect=("stream", "last"))
    np.testing.assert_array_equal(got["lengths"], LENGTHS.numpy())
    with torch.no_grad():
        check_states(model.states(x), got, LENGTHS)
    check_prefixes(model, x, got, LENGTHS)
    if ids:
        real = [x[i, :n] for i, n in enumerate(LENGTHS)]
        np.testing.assert_array_equal(got["symbol"], torch.cat(real).numpy())


def test_padding_in_front_is_run_and_not_counted():
    torch.manual_seed(5)
    model = zoo.Last().eval()
    model.embed = nn.Embedding(zoo.V, zoo.D, padding_idx=0)
    x, y = zoo.ids(N, T), zoo.some_labels(N)
    for i, n in enumerate(LENGTHS):
        x[i, : T - n] = 0
    got, col = collect(model, zoo.batches(x, y, 4), expect=("stream", "last"))
    np.testing.assert_array_equal(got["lengths"], LENGTHS.numpy())
    assert (got["symbol"] != 0).all()
    with torch.no_grad():
        states = model.states(x)
    for i, n in enumerate(LENGTHS):
        np.testing.assert_allclose(got["state"][sequence_rows(got, i)], states[i, T - n :], atol=2e-6)
    assert any("padding" in note for note in col.notes_)


@pytest.mark.parametrize("kind", [nn.LSTMCell, nn.GRUCell])
def test_loop_over_a_cell(kind):
    model = made(lambda: zoo.Cell(kind))
    x, y = zoo.ids(N, T), zoo.some_labels(N)
    got, _ = collect(model, zoo.batches(x, y, 4), expect=("stream", "last"))
    check_prefixes(model, x, got)
    with torch.no_grad():
        for t in range(1, T + 1):
            rows = np.arange(N) * T + t - 1
            np.testing.assert_allclose(got["state"][rows], model.readout(x[:, :t]), atol=2e-6)


def test_two_recurrent_modules():
    model = made(zoo.Two)
    x, y = zoo.ids(N, T), zoo.some_labels(N)
    got, _ = collect(model, zoo.batches(x, y, 4), expect=("stream", "last"))
    check_prefixes(model, x, got)
    model = made(lambda: zoo.Two(both=True))
    got, _ = collect(model, zoo.batches(x, y, 4), expect=("prefix", "head"))
    check_prefixes(model, x, got)


# ---- pooling -------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["max", "mean", "sum"])
@pytest.mark.parametrize("masked", [False, True])
def test_pooling_is_found_by_parity(how, masked):
    model = made(lambda: zoo.Pool(how=how, masked=masked, cell="gru"))
    x, y = zoo.ids(N, T), zoo.some_labels(N)
    named = {}
    lengths = [T] * N
    loader = zoo.batches(x, y, 4, LENGTHS)
    named = dict(inputs=lambda b: b[0], labels=lambda b: b[1])
    if masked:
        lengths = LENGTHS
        named = dict(inputs=lambda b: (b[0], b[2]), labels=lambda b: b[1], lengths=lambda b: b[2])
    got, _ = collect(model, loader, expect=("pool", how), **named)
    assert got["kind"] == "pooled"
    check_prefixes(model, x, got, lengths, takes_lengths=masked)
    with torch.no_grad():
        for i, n in enumerate(lengths):
            for t in range(1, int(n) + 1):
                z = zoo.Pool.readout(model, x[i : i + 1, :t])[0].numpy()
                row = sequence_rows(got, i).start + t - 1
                np.testing.assert_allclose(got["state"][row], z, atol=2e-6)


def test_a_wrong_readout_is_seen():
    model = made(lambda: zoo.Pool(how="max", cell="gru"))
    loader = zoo.batches(zoo.ids(N, T), zoo.some_labels(N), 4)
    with pytest.warns(UserWarning, match="not the model's own"):
        got, col = collect(model, loader, mode="stream")
    assert not col.parity_.exact
    assert col.parity_.max_abs_diff > 1e-3
    assert "NOT exact" in str(col.parity_)
    assert got["parity"] == (N, col.parity_.disagreements, col.parity_.max_abs_diff)


# ---- two directions, prefixes -----------------------------------------------------------------


def test_two_directions_of_one_layer_read_at_the_last_step():
    model = made(lambda: zoo.Last(bidirectional=True))
    x, y = zoo.ids(N, T), zoo.some_labels(N)
    got, _ = collect(model, zoo.batches(x, y, 4), expect=("stream", "reverse"))
    check_prefixes(model, x, got)
    with torch.no_grad():
        for t in range(1, T + 1):
            rows = np.arange(N) * T + t - 1
            np.testing.assert_allclose(got["state"][rows], model.readout(x[:, :t]), atol=2e-6)


MORE = {
    "final of two directions": lambda: zoo.Final(bidirectional=True),
    "two layers of two directions": lambda: zoo.Last(layers=2, bidirectional=True),
    "pooled two directions": lambda: zoo.Pool(bidirectional=True),
    "attention": zoo.Attention,
    "cell state": zoo.CellState,
    "convolution that looks ahead": zoo.Looking,
}


@pytest.mark.parametrize("form", MORE)
def test_prefixes_where_one_pass_is_not_exact(form):
    model = made(MORE[form])
    x, y = zoo.ids(N, T), zoo.some_labels(N)
    got, col = collect(model, zoo.batches(x, y, 4), expect=("prefix", "head"))
    check_prefixes(model, x, got)
    with torch.no_grad():
        for t in range(1, T + 1):
            rows = np.arange(N) * T + t - 1
            np.testing.assert_allclose(got["state"][rows], model.readout(x[:, :t]), atol=2e-6)
    assert all(trial.reason for trial in col.tried_[:-1]) and not col.tried_[-1].reason


def test_packed_in_two_layers_and_directions():
    model = made(lambda: zoo.Packed(layers=2, bidirectional=True))
    x, y = zoo.ids(N, T), zoo.some_labels(N)
    got, _ = collect(model, zoo.batches(x, y, 4, LENGTHS), inputs=lambda b: (b[0], b[2]),
                     labels=lambda b: b[1], expect=("prefix", "head"))  # fmt: skip
    np.testing.assert_array_equal(got["lengths"], LENGTHS.numpy())
    check_prefixes(model, x, got, LENGTHS, takes_lengths=True)


def test_a_model_that_sorts_by_itself():
    model = made(zoo.SortsItself)
    x, y = zoo.ids(N, T), zoo.some_labels(N)
    got, _ = collect(model, zoo.batches(x, y, 4, LENGTHS), inputs=lambda b: (b[0], b[2]),
                     labels=lambda b: b[1], lengths=lambda b: b[2],
                     expect=("prefix", "head"))  # fmt: skip
    check_prefixes(model, x, got, LENGTHS, takes_lengths=True)


def test_stride_keeps_each_second_step_and_the_last():
    model = made(zoo.Attention)
    x, y = zoo.ids(N, 5), zoo.some_labels(N)
    got, _ = collect(model, zoo.batches(x, y, 4), stride=2, expect=("prefix", "head"))
    np.testing.assert_array_equal(got["lengths"], [3] * N)
    np.testing.assert_array_equal(got["symbol"], x[:, [1, 3, 4]].reshape(-1).numpy())
    with torch.no_grad():
        for at, t in enumerate((2, 4, 5)):
            np.testing.assert_allclose(got["state"][at::3], model.readout(x[:, :t]), atol=2e-6)


def padded_batches():
    x, y = zoo.ids(N, T), zoo.some_labels(N)
    for i, n in enumerate(LENGTHS):
        x[i, n:] = 0
    return x, zoo.batches(x, y, 4, LENGTHS)


def test_read_after_the_padding_is_seen_and_replayed_as_trained():
    model = made(zoo.Last)
    x, loader = padded_batches()
    got, col = collect(model, loader, inputs=lambda b: b[0], labels=lambda b: b[1],
                       lengths=lambda b: b[2], expect=("prefix-padded", "head"))  # fmt: skip
    first = col.tried_[0]
    assert first.mode == "stream" and "y_T differs" in first.reason
    with torch.no_grad():
        for i, n in enumerate(LENGTHS):
            for t in range(1, int(n) + 1):
                part = x[i : i + 1].clone()
                part[0, t:] = 0
                row = sequence_rows(got, i).start + t - 1
                np.testing.assert_allclose(got["state"][row], model.readout(part)[0], atol=2e-6)


def test_a_model_of_one_length_is_replayed_padded():
    model = made(lambda: zoo.Flat(T, ids=False))
    x, y = zoo.frames(N, T), zoo.some_labels(N)
    got, _ = collect(model, zoo.batches(x, y, 4), expect=("prefix-padded", "head"))
    assert got["state"].shape == (N * T, T * zoo.H)
    part = x[:1].clone()
    part[0, 2:] = 0
    with torch.no_grad():
        np.testing.assert_allclose(got["state"][1], model.readout(part)[0], atol=2e-6)


# ---- siamese, scripted, random --------------------------------------------------------------


def test_a_module_called_twice_needs_to_know_how_to_cut():
    model = made(zoo.Siamese)
    a, b, y = zoo.ids(N, T), zoo.ids(N, T, seed=1), zoo.some_labels(N)
    loader = zoo.batches(a, y, 4, b)
    named = dict(inputs=lambda p: (p[0], p[2]), labels=lambda p: p[1])
    with pytest.raises(rr.UnsupportedError, match="called 2 times.*slice_prefix"):
        collect(model, loader, **named)
    got, _ = collect(model, loader, slice_prefix=lambda v, t: (v[0][:, :t], v[1]), **named,
                     expect=("prefix", "head"))  # fmt: skip
    with torch.no_grad():
        for t in range(1, T + 1):
            rows = np.arange(N) * T + t - 1
            np.testing.assert_allclose(got["state"][rows], model.readout(a[:, :t], b), atol=2e-6)


def test_a_script_module_is_refused():
    model = torch.jit.script(made(zoo.Final))
    with pytest.raises(rr.UnsupportedError, match="ScriptModule"):
        collect(model, zoo.batches(zoo.ids(N, T), zoo.some_labels(N), 4))


def test_a_model_that_is_random_is_refused():
    class Random(zoo.Last):
        def readout(self, x, lengths=None):
            x = self.embed(x)
            h = torch.randn(1, len(x), zoo.H)
            return self.rnn(x, (h, h))[0][:, -1]

    with pytest.raises(rr.UnsupportedError, match="different outputs for the same inputs"):
        collect(made(Random), zoo.batches(zoo.ids(N, T), zoo.some_labels(N), 4))


def test_no_way_is_an_error_that_lists_what_was_tried():
    class Whole(zoo.Last):
        """Its answer is no function of the sequence: it depends on the others of the batch."""

        def forward(self, x, lengths=None):
            y = super().forward(x, lengths)
            return y - y.mean(0)

    with pytest.raises(rr.MismatchError, match=r"stream \(last\).*prefix"):
        collect(made(Whole), zoo.batches(zoo.ids(N, T), zoo.some_labels(N), 4))


# ---- outputs --------------------------------------------------------------------------------


@pytest.mark.parametrize("sigmoid", [False, True])
@pytest.mark.parametrize("squeeze", [False, True])
def test_one_logit_makes_two_classes(sigmoid, squeeze):
    model = made(lambda: zoo.OneLogit(sigmoid=sigmoid, squeeze=squeeze))
    x, y = zoo.ids(N, T), zoo.some_labels(N, classes=2)
    got, _ = collect(model, zoo.batches(x, y.float(), 4), expect=("stream", "last"))
    assert got["classes"] == 2 and got["probability"].shape == (N * T, 2)
    with torch.no_grad():
        for t in range(1, T + 1):
            p = model(x[:, :t]).reshape(-1)
            p = p if sigmoid else torch.sigmoid(p)
            rows = np.arange(N) * T + t - 1
            np.testing.assert_allclose(got["probability"][rows, 1], p.numpy(), atol=2e-6)
            np.testing.assert_array_equal(got["prediction"][rows], (p > 0.5).numpy())
    np.testing.assert_array_equal(got["label"], y.numpy())


def test_small_logits_are_not_taken_for_probabilities():
    model = made(lambda: zoo.OneLogit())
    with torch.no_grad():
        model.fc.weight.mul_(0.01)
        model.fc.bias.fill_(0.3)
    got, _ = collect(model, zoo.batches(zoo.ids(N, T), zoo.some_labels(N, classes=2), 4))
    assert (got["prediction"] == 1).all() and (got["probability"][:, 1] < 0.6).all()


def test_probabilities_and_log_probabilities_are_kept_as_such():
    class Soft(zoo.Last):
        def forward(self, x, lengths=None):
            return torch.softmax(super().forward(x, lengths), 1)

    model, x, y = made(Soft), zoo.ids(N, T), zoo.some_labels(N)
    got, _ = collect(model, zoo.batches(x, y, 4), expect=("stream", "last"))
    with torch.no_grad():
        np.testing.assert_allclose(got["probability"][T - 1 :: T], model(x).numpy(), atol=1e-6)


def test_independent_sigmoids_need_a_choice():
    class Many(zoo.Last):
        def forward(self, x, lengths=None):
            return torch.sigmoid(super().forward(x, lengths))

    model, x = made(Many), zoo.ids(N, T)
    y = torch.randint(0, 2, (N, zoo.C))
    loader = zoo.batches(x, y, 4)
    with pytest.raises(rr.UnsupportedError, match="output=j"):
        collect(model, loader, labels=lambda b: b[1][:, 0])
    got, _ = collect(model, loader, output=2, expect=("stream", "last"))
    np.testing.assert_array_equal(got["label"], y[:, 2].numpy())
    with torch.no_grad():
        np.testing.assert_allclose(got["probability"][T - 1 :: T, 1], model(x)[:, 2], atol=1e-6)
    with pytest.raises(rr.ArgumentError, match="output: 3"):
        collect(model, loader, output=3)


def test_outputs_within_what_the_model_returns():
    class Tuple(zoo.Last):
        def forward(self, x, lengths=None):
            return {"hidden": None, "logits": super().forward(x, lengths)}

    model, x, y = made(Tuple), zoo.ids(N, T), zoo.some_labels(N)
    one, _ = collect(model, zoo.batches(x, y, 4), expect=("stream", "last"))
    two, _ = collect(model, zoo.batches(x, y, 4), output=lambda o: o["logits"],
                     expect=("stream", "last"))  # fmt: skip
    np.testing.assert_array_equal(one["probability"], two["probability"])


def test_labels_returned_instead_of_outputs():
    class Labels(zoo.Last):
        def forward(self, x, lengths=None):
            return super().forward(x, lengths).argmax(1)

    with pytest.raises(rr.ArgumentError, match="labels rather than outputs"):
        collect(made(Labels), zoo.batches(zoo.ids(N, T), zoo.some_labels(N), 4))


def test_double_is_narrowed_with_a_note():
    model = made(lambda: zoo.Last(ids=False)).double()
    x, y = zoo.frames(N, T).double(), zoo.some_labels(N)
    got, col = collect(model, zoo.batches(x, y, 4), expect=("stream", "last"))
    assert got["state"].dtype == np.float32
    assert any("float64" in note for note in col.notes_)
    with torch.no_grad():
        check_states(model.states(x).float(), got, [T] * N)


def test_half_is_widened_with_a_note():
    class Narrow(zoo.Last):
        """bfloat16 outside, as a model for another device; computed in float32 inside."""

        def readout(self, x, lengths=None):
            return super().readout(x, lengths).to(torch.bfloat16)

    model = made(lambda: Narrow(ids=False))
    model.fc.to(torch.bfloat16)
    model.rnn.register_forward_hook(
        lambda m, i, o: (o[0].to(torch.bfloat16), tuple(p.to(torch.bfloat16) for p in o[1]))
    )
    x, y = zoo.frames(N, T), zoo.some_labels(N)
    col = Collector(model)
    got = col.collect_arrays(zoo.batches(x, y, 4))
    assert got["state"].dtype == np.float32 and col.parity_.exact
    assert any("bfloat16" in note for note in col.notes_)


# ---- taggers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["ntc", "nct", "flat"])
def test_an_output_at_every_step(form):
    model = made(lambda: zoo.Tagger(form=form))
    x = zoo.ids(N, T)
    tags = zoo.some_labels(N * T).reshape(N, T)
    tags[2, 3] = -100
    got, _ = collect(model, zoo.batches(x, tags, 4), expect=("stream", "steps"))
    assert got["kind"] == "one-pass"
    with torch.no_grad():
        check_states(model.states(x), got, [T] * N)
        p = torch.softmax(model.fc(model.states(x)), 2).reshape(N * T, -1)
    np.testing.assert_allclose(got["probability"], p.numpy(), atol=2e-6)
    wanted = tags.reshape(-1).numpy().copy()
    wanted[wanted < 0] = -1
    np.testing.assert_array_equal(got["step_label"], wanted)
    np.testing.assert_array_equal(got["label"], tags[:, -1].numpy())


@pytest.mark.parametrize("form", ["ntc", "packed rows"])
@pytest.mark.parametrize("layers", [1, 2])
def test_tagger_of_two_directions(form, layers):
    model = made(lambda: zoo.Tagger(form=form, layers=layers, bidirectional=True))
    x = zoo.ids(N, T)
    tags = zoo.some_labels(N * T).reshape(N, T)
    loader = [(x[a:b, : int(LENGTHS[a:b].max())], tags[a:b, : int(LENGTHS[a:b].max())], LENGTHS[a:b])
              for a, b in ((0, 4), (4, 7))]  # fmt: skip
    named = dict(inputs=lambda b: (b[0], b[2]), labels=lambda b: b[1])
    got, col = collect(model, loader, expect=("two-sided", "steps"), **named)
    assert got["kind"] == "two-sided"
    assert "x_1..x_t" in col.tried_[0].reason
    for i, n in enumerate(LENGTHS):
        with torch.no_grad():
            out = model.states(x[i : i + 1, :n])[0]
        rows = sequence_rows(got, i)
        np.testing.assert_allclose(got["state"][rows], out.numpy(), atol=2e-6)
        p = torch.softmax(model.fc(out), 1).detach().numpy()
        np.testing.assert_allclose(got["probability"][rows], p, atol=2e-6)
        np.testing.assert_array_equal(got["step_label"][rows], tags[i, :n].numpy())
    again, _ = collect(model, loader, mode="prefix", expect=("prefix", "head"), **named)
    with torch.no_grad():
        for i, n in enumerate(LENGTHS):
            for t in range(1, int(n) + 1):
                row = sequence_rows(again, i).start + t - 1
                out = model.states(x[i : i + 1, :t])[0, t - 1]
                np.testing.assert_allclose(again["state"][row], out.numpy(), atol=2e-6)


def test_labels_of_steps_beside_one_answer():
    model = made(zoo.Last)
    x, y = zoo.ids(N, T), zoo.some_labels(N)
    steps = zoo.some_labels(N * T, seed=4).reshape(N, T)
    got, _ = collect(model, zoo.batches(x, y, 4, steps), inputs=lambda b: b[0],
                     labels=lambda b: b[1], step_labels=lambda b: b[2],
                     expect=("stream", "last"))  # fmt: skip
    np.testing.assert_array_equal(got["step_label"], steps.reshape(-1).numpy())
    np.testing.assert_array_equal(got["label"], y.numpy())


def test_tagger_with_the_steps_first():
    class First(zoo.Tagger):
        def forward(self, x):
            return self.fc(self.rnn(self.embed(x))[0])

    model = made(lambda: First(batch_first=False))
    x, tags = zoo.ids(N, T), zoo.some_labels(N * T).reshape(N, T)
    loader = [(x[a:b].t(), tags[a:b].t()) for a, b in ((0, 4), (4, 7))]
    got, _ = collect(model, loader, batch_first=False, expect=("stream", "steps"))
    np.testing.assert_array_equal(got["symbol"], x.reshape(-1).numpy())
    np.testing.assert_array_equal(got["step_label"], tags.reshape(-1).numpy())
    with torch.no_grad():
        check_states(model.states(x.t()).transpose(0, 1), got, [T] * N)


def test_named_arguments():
    class Named(zoo.Last):
        def forward(self, *, ids, steps):
            return super().forward(ids, steps)

    model, x, y = made(Named), zoo.ids(N, T), zoo.some_labels(N)
    got, _ = collect(model, zoo.batches(x, y, 4, LENGTHS),
                     inputs=lambda b: {"ids": b[0], "steps": b[2]}, labels=lambda b: b[1],
                     lengths=lambda b: b[2], expect=("stream", "last"))  # fmt: skip
    with torch.no_grad():
        check_states(model.states(x), got, LENGTHS)


def test_fewer_steps_than_inputs():
    """A convolution joins two inputs to a step: frames are what the recurrent module is given."""

    class Joined(zoo.Last):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv1d(zoo.D, zoo.D, 2, stride=2)

        def states(self, x):
            return self.rnn(self.conv(self.embed(x).transpose(1, 2)).transpose(1, 2))[0]

    model, x = made(Joined), zoo.ids(N, 8)
    got, col = collect(model, zoo.batches(x, zoo.some_labels(N), 4), expect=("stream", "last"))
    assert got["lengths"].tolist() == [4] * N and got["frame"].shape == (N * 4, zoo.D)
    assert any("only the outputs after the last step" in note for note in col.notes_)
    with torch.no_grad():
        check_states(model.states(x), got, [4] * N)
        np.testing.assert_allclose(got["probability"][1::4],
                                   torch.softmax(model(x[:, :4]), 1).numpy(), atol=2e-6)  # fmt: skip


def test_two_sided_when_asked_for():
    model, x = made(lambda: zoo.Pool(bidirectional=True)), zoo.ids(N, T)
    got, col = collect(model, zoo.batches(x, zoo.some_labels(N), 4), mode="two-sided",
                       expect=("two-sided", "max"))  # fmt: skip
    with torch.no_grad():
        check_states(torch.cummax(model.states(x), 1).values, got, [T] * N)
    assert got["kind"] == "two-sided"


def test_lengths_that_stay_on_the_processor():
    from rnnrepair.torch._batches import to_device

    moved = to_device((torch.ones(2, 3), torch.tensor([1, 2])), torch.device("meta"), True)
    assert moved[0].device.type == "meta" and moved[1].device.type == "cpu"
