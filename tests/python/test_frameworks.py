# SPDX-License-Identifier: MIT
"""The recipes of docs/FRAMEWORKS.md, run as they are printed there on a network in NumPy. Blocks that
call another framework (their first line names it) are only parsed."""

from __future__ import annotations

import pathlib
import re

import numpy as np
import pytest

import rnnrepair as rr

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "FRAMEWORKS.md"
N, T, D, H, C = 60, 9, 3, 5, 2
FRAMEWORKS = ("# TensorFlow", "# JAX", "# ONNX Runtime")


class Network:
    """An Elman network with a softmax on its state, as a framework's model would be used: it reads
    whatever it is given, padding too, unless it masks steps of zeros."""

    def __init__(self, mask: bool, both_ways: bool = False) -> None:
        random = np.random.default_rng(3)
        self.mask, self.both_ways = mask, both_ways
        self.u = random.normal(size=(D, H)) * 0.8
        self.w = random.normal(size=(H, H)) * 0.5
        self.b = random.normal(size=H) * 0.3  # padding moves the state
        self.out = random.normal(size=(2 * H if both_ways else H, C))

    def read(self, x: np.ndarray) -> np.ndarray:
        """[B, T, D] -> [B, T, H]; a masked step repeats the state."""
        h = np.zeros((len(x), H))
        states = []
        for t in range(x.shape[1]):
            new = np.tanh(x[:, t] @ self.u + h @ self.w + self.b)
            seen = x[:, t].any(axis=1, keepdims=True) if self.mask else True
            h = np.where(seen, new, h)
            states.append(h)
        return np.stack(states, axis=1)

    def answer(self, h: np.ndarray) -> np.ndarray:
        z = np.exp(h @ self.out)
        return z / z.sum(axis=-1, keepdims=True)

    def run(self, x: np.ndarray):
        h = self.read(x)
        return h, self.answer(h)

    def run_last(self, x: np.ndarray):
        h = self.read(x)[:, -1]
        if self.both_ways:
            h = np.concatenate([h, self.read(x[:, ::-1])[:, -1]], axis=1)
        return h, self.answer(h)

    def own(self, x: np.ndarray) -> np.ndarray:
        return self.run_last(x)[1]


def blocks() -> list:
    found = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert len(found) >= 7
    return found


def padded(front: bool) -> tuple:
    random = np.random.default_rng(7)
    lengths = random.integers(1, T + 1, N)
    lengths[0] = T
    x = np.zeros((N, T, D), np.float32)
    for i, n in enumerate(lengths):
        x[i, :n] = random.normal(size=(n, D)) + 0.1
    moved = np.zeros_like(x)
    for i, n in enumerate(lengths):
        moved[i, T - n :] = x[i, :n]
    return x, moved, lengths


def follow(network: Network, tmp_path, monkeypatch, pad: str = "post") -> dict:
    """Everything the page does, in its order."""
    monkeypatch.chdir(tmp_path)
    x, moved, lengths = padded(front=True)
    truth = (x.sum(axis=(1, 2)) > 0).astype(int)
    names = {
        "x": x, "x_front": moved, "lengths": lengths, "y": truth, "split": np.arange(N) % 3 // 2 * 2,
        "run": network.run, "run_last": network.run_last, "own": network.own,
    }  # fmt: skip
    for block in blocks():
        if block.startswith(FRAMEWORKS):
            continue
        exec(compile(block.replace('pad="post")', f'pad="{pad}")'), str(PAGE), "exec"), names)
    return names


def test_blocks_of_other_frameworks_are_python() -> None:
    called = [block for block in blocks() if block.startswith(FRAMEWORKS)]
    assert len(called) == 4
    for block in called:
        compile(block, str(PAGE), "exec")


def test_one_pass_gives_the_models_own_states(tmp_path, monkeypatch) -> None:
    network = Network(mask=True)
    names = follow(network, tmp_path, monkeypatch)
    states, lengths = names["states"], names["lengths"]
    assert states.kind == "one-pass" and len(states) == N
    assert states.parity.compared == N and states.parity.disagreements == 0
    assert states.parity.difference < 1e-6
    one = network.read(names["x"][4:5, : lengths[4]])[0]
    at = lengths[:4].sum()
    np.testing.assert_allclose(states.state[at : at + lengths[4]], one, rtol=0, atol=1e-6)
    assert (rr.States.load(tmp_path / "states.npz").state == states.state).all()


def test_padding_in_front_is_taken_out(tmp_path, monkeypatch) -> None:
    names = follow(Network(mask=True), tmp_path, monkeypatch)
    behind, front = names["states"], names["front"]  # masked: the same states wherever padding stands
    np.testing.assert_allclose(front.state, behind.state, rtol=0, atol=1e-6)
    assert (front.frame == behind.frame).all() and front.parity.disagreements == 0


def test_prefixes_of_a_forward_network_are_its_steps(tmp_path, monkeypatch) -> None:
    names = follow(Network(mask=True), tmp_path, monkeypatch)
    replayed, states = names["replayed"], names["states"]
    assert replayed.kind == "prefix" and replayed.parity.difference < 1e-6
    np.testing.assert_allclose(replayed.state, states.state, rtol=0, atol=1e-6)
    assert (replayed.frame == states.frame).all()
    thin = names["prefixes"](names["run_last"], names["x"], names["lengths"], stride=4)
    assert list(thin[3][:1]) == [3] and len(thin[0]) == thin[3].sum()  # 9 steps: 1, 5, 9
    np.testing.assert_allclose(thin[0][:3], states.state[[0, 4, 8]], rtol=0, atol=1e-6)


def test_padding_in_front_without_a_mask_is_part_of_every_prefix(tmp_path, monkeypatch) -> None:
    network = Network(mask=False)
    x, moved, lengths = padded(front=True)
    names = {"run_last": network.run_last}
    for block in blocks():
        if "def prefixes" in block:
            exec(compile(block.split("state, probability, frame, kept =")[0], str(PAGE), "exec"), {"np": np}, names)
    state, probability, frame, kept = names["prefixes"](network.run_last, x, lengths, pad="pre")
    last = np.cumsum(lengths) - 1
    np.testing.assert_allclose(probability[last], network.own(moved), rtol=0, atol=1e-6)
    np.testing.assert_allclose(state[last], network.read(moved)[:, -1], rtol=0, atol=1e-6)


def test_parity_shows_padding_behind_without_a_mask(tmp_path, monkeypatch) -> None:
    """The page asserts that nothing differs: here it must not pass."""
    with pytest.raises(AssertionError):
        follow(Network(mask=False), tmp_path, monkeypatch)


def test_a_network_that_reads_both_ways_is_replayed(tmp_path, monkeypatch) -> None:
    network = Network(mask=True, both_ways=True)
    x, _, lengths = padded(front=False)
    names: dict = {}
    for block in blocks():
        if "def prefixes" in block:
            exec(compile(block.split("state, probability, frame, kept =")[0], str(PAGE), "exec"), {"np": np}, names)
    state, probability, frame, kept = names["prefixes"](network.run_last, x, lengths)
    assert state.shape == (lengths.sum(), 2 * H)
    np.testing.assert_allclose(probability[np.cumsum(lengths) - 1], network.own(x), rtol=0, atol=1e-6)
