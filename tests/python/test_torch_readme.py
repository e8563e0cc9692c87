# SPDX-License-Identifier: MIT
"""The chapter "Bring your own network" of README.md: its Python, and its commands, on a small model."""

from __future__ import annotations

import os
import pathlib
import re
import shlex
import subprocess

import pytest

import rnnrepair as rr

torch = pytest.importorskip("torch")

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
WORDS = "the film plot was rather not good great bad awful".split()


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed, self.rnn = torch.nn.Embedding(10, 8), torch.nn.GRU(8, 12, batch_first=True)
        self.head = torch.nn.Linear(12, 2)

    def forward(self, ids):
        return self.head(self.rnn(self.embed(ids))[1][-1])


def loader(seed: int):
    g = torch.Generator().manual_seed(seed)
    x = torch.randint(0, 10, (200, 6), generator=g)
    y = ((x == 6) | (x == 7)).sum(1) + (x == 4).sum(1) > ((x == 8) | (x == 9)).sum(1)
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y.long()), 50)


def trained(batches) -> Model:
    """A model that has learned a little, and errs."""
    torch.manual_seed(1)
    model = Model()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(6):
        for x, y in batches:
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
    return model


def test_the_chapter_does_what_it_says(tmp_path, monkeypatch, capsys) -> None:
    program = os.environ.get("RNNREPAIR")
    if not program:
        pytest.skip("RNNREPAIR names no program")
    monkeypatch.chdir(tmp_path)
    text = README.read_text(encoding="utf-8")
    chapter = text[text.index("## Bring your own network") : text.index("## Train one here")]
    blocks = re.findall(r"```python\n(.*?)```", chapter, re.S)
    commands = re.findall(r"^    \$ (rnnrepair .*)$", chapter, re.M)
    commands += re.findall(r"`(rnnrepair [^`]*)`", chapter)
    assert len(blocks) == 2 and len(commands) == 5

    names = {"model": trained(loader(1)), "train_loader": loader(1), "test_loader": loader(2), "WORDS": WORDS}
    for block in blocks:
        exec(compile(block, str(README), "exec"), names)
    printed = capsys.readouterr().out
    assert "the model's own answer" in printed and len(names["inf"].label_issues()) == 200
    for command in commands:
        done = subprocess.run([program] + shlex.split(command)[1:], capture_output=True, text=True)
        assert done.returncode == 0, (command, done.stderr)
        assert "of a network trained elsewhere" in done.stdout, command
    assert (tmp_path / "additions.npz").exists()
    assert rr.load("mine") is not None
