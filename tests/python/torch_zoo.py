# SPDX-License-Identifier: MIT
"""Small models of the forms that occur, with random weights.

Each takes ids [n][time] or frames [n][time][D], some also lengths. `readout(x, lengths)` gives what
the head is given, so that tests have a second way to every state.
"""

import torch
from torch import nn
from torch.nn.utils.rnn import (
    PackedSequence,
    pack_padded_sequence,
    pad_packed_sequence,
)

V, D, H, C = 11, 5, 6, 3
CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


class Last(nn.Module):
    """out[:, -1] or, with lengths, the last real step by index; head of one layer."""

    def __init__(self, cell="lstm", layers=1, ids=True, batch_first=True, classes=C, **named):
        super().__init__()
        self.embed = nn.Embedding(V, D) if ids else None
        self.rnn = CELLS[cell](D, H, layers, batch_first=batch_first, **named)
        width = (named.get("proj_size") or H) * (2 if named.get("bidirectional") else 1)
        self.drop = nn.Dropout(0.5)
        self.fc = nn.Linear(width, classes)
        self.batch_first = batch_first

    def states(self, x):
        x = self.embed(x) if self.embed is not None else x
        return self.rnn(x)[0]

    def readout(self, x, lengths=None):
        out = self.states(x)
        if lengths is not None:
            return out[torch.arange(len(out)), torch.as_tensor(lengths) - 1]
        return out[:, -1] if self.batch_first else out[-1]

    def forward(self, x, lengths=None):
        return self.fc(self.drop(self.readout(x, lengths)))


class Final(Last):
    """h_n[-1], or both halves of h_n for two directions."""

    def readout(self, x, lengths=None):
        x = self.embed(x) if self.embed is not None else x
        final = self.rnn(x)[1]
        final = final[0] if isinstance(final, tuple) else final
        if self.rnn.bidirectional:
            return torch.cat((final[-2], final[-1]), 1)
        return final[-1]


class CellState(Last):
    """Reads c_n, which is not known for every step."""

    def readout(self, x, lengths=None):
        return self.rnn(self.embed(x))[1][1][-1]


class Packed(Last):
    """Packs the sequences; reads h_n."""

    sort = False

    def readout(self, x, lengths=None):
        packed = pack_padded_sequence(
            self.embed(x), torch.as_tensor(lengths), batch_first=True, enforce_sorted=self.sort
        )
        final = self.rnn(packed)[1]
        final = final[0] if isinstance(final, tuple) else final
        return torch.cat((final[-2], final[-1]), 1) if self.rnn.bidirectional else final[-1]


class PackedSorted(Packed):
    sort = True


class SortsItself(Last):
    """Sorts by length, packs, and puts its outputs back in order: code of old tutorials."""

    def readout(self, x, lengths=None):
        lengths = torch.as_tensor(lengths)
        order = torch.argsort(lengths, descending=True)
        packed = pack_padded_sequence(self.embed(x[order]), lengths[order], batch_first=True)
        return self.rnn(packed)[1][0][-1][torch.argsort(order)]


class TakesPacked(Last):
    """Is given a PackedSequence of ids or frames."""

    def readout(self, x, lengths=None):
        if isinstance(x, PackedSequence):
            data = self.embed(x.data) if self.embed is not None else x.data
            x = PackedSequence(data, *x[1:])
            final = self.rnn(x)[1]
        else:
            final = self.rnn(self.embed(x) if self.embed is not None else x)[1]
        return final[0][-1]


class Stack(Last):
    """A head of several layers, with functions between, batch normalisation and dropout."""

    def __init__(self, **named):
        super().__init__(**named)
        self.norm = nn.BatchNorm1d(H)
        self.norm.running_mean.normal_()
        self.norm.running_var.uniform_(0.5, 2)
        self.fc1 = nn.Linear(H, 7)
        self.fc = nn.Linear(7, C)

    def readout(self, x, lengths=None):
        h = torch.relu(self.fc1(self.norm(super().readout(x, lengths))))
        return self.drop(h)

    def forward(self, x, lengths=None):
        return torch.log_softmax(self.fc(self.readout(x, lengths)), 1)


class Pool(Last):
    """Pools the states over time."""

    def __init__(self, how="max", masked=False, **named):
        super().__init__(**named)
        self.how, self.masked = how, masked

    def readout(self, x, lengths=None):
        out = self.states(x)
        if self.masked and lengths is not None:
            lengths = torch.as_tensor(lengths)
            real = (torch.arange(out.shape[1])[None] < lengths[:, None]).unsqueeze(2)
            if self.how == "max":
                return out.masked_fill(~real, float("-inf")).max(1).values
            total = (out * real).sum(1)
            return total / lengths[:, None] if self.how == "mean" else total
        if self.how == "max":
            return out.max(1).values
        return out.mean(1) if self.how == "mean" else out.sum(1)


class Attention(Last):
    """Weights of the states by a learned score."""

    def __init__(self, **named):
        super().__init__(**named)
        self.score = nn.Linear(H, 1)

    def readout(self, x, lengths=None):
        out = self.states(x)
        return (torch.softmax(self.score(out), 1) * out).sum(1)


class Looking(Last):
    """A convolution before the states that sees the next step: one pass is not what a prefix gives."""

    def __init__(self, **named):
        super().__init__(**named)
        self.conv = nn.Conv1d(D, D, 3, padding=1)

    def states(self, x):
        return self.rnn(self.conv(self.embed(x).transpose(1, 2)).transpose(1, 2))[0]


class Flat(Last):
    """All states side by side: a model of one length."""

    def __init__(self, time, **named):
        super().__init__(**named)
        self.fc = nn.Linear(time * H, C)

    def readout(self, x, lengths=None):
        return self.states(x).flatten(1)


class Two(Last):
    """Two recurrent modules, one after the other; the second reads forward."""

    def __init__(self, both=False, **named):
        super().__init__(**named)
        self.rnn2 = nn.GRU(H, H, batch_first=True)
        self.both = both
        self.fc = nn.Linear(2 * H if both else H, C)

    def readout(self, x, lengths=None):
        first = self.states(x)
        last = self.rnn2(first)[0][:, -1]
        return torch.cat((first[:, -1], last), 1) if self.both else last


class Cell(nn.Module):
    """A loop over nn.LSTMCell or GRUCell."""

    def __init__(self, kind=nn.LSTMCell):
        super().__init__()
        self.embed, self.cell, self.fc = nn.Embedding(V, D), kind(D, H), nn.Linear(H, C)

    def readout(self, x, lengths=None):
        x, state = self.embed(x), None
        for t in range(x.shape[1]):
            state = self.cell(x[:, t], state)
        return state[0] if isinstance(state, tuple) else state

    def forward(self, x):
        return self.fc(self.readout(x))


class Siamese(nn.Module):
    """One recurrent module for two sequences."""

    def __init__(self):
        super().__init__()
        self.embed, self.rnn = nn.Embedding(V, D), nn.GRU(D, H, batch_first=True)
        self.fc = nn.Linear(2 * H, C)

    def readout(self, a, b):
        return torch.cat([self.rnn(self.embed(x))[1][-1] for x in (a, b)], 1)

    def forward(self, a, b):
        return self.fc(self.readout(a, b))


class OneLogit(Last):
    """One output a sequence: a logit, or with `sigmoid` a probability; [n] or [n][1]."""

    def __init__(self, sigmoid=False, squeeze=True, **named):
        super().__init__(classes=1, **named)
        self.sigmoid, self.squeeze = sigmoid, squeeze

    def forward(self, x, lengths=None):
        y = super().forward(x, lengths)
        y = torch.sigmoid(y) if self.sigmoid else y
        return y.squeeze(1) if self.squeeze else y


class Tagger(nn.Module):
    """An output at every step: [n][time][C], [n][C][time], flattened, or of packed rows."""

    def __init__(self, cell="lstm", layers=1, bidirectional=False, form="ntc", batch_first=True):
        super().__init__()
        self.embed = nn.Embedding(V, D)
        self.rnn = CELLS[cell](D, H, layers, batch_first=batch_first, bidirectional=bidirectional)
        self.fc = nn.Linear(H * (2 if bidirectional else 1), C)
        self.form = form

    def states(self, x, lengths=None):
        x = self.embed(x)
        if lengths is None:
            return self.rnn(x)[0]
        x = pack_padded_sequence(x, torch.as_tensor(lengths), batch_first=True, enforce_sorted=False)
        return self.rnn(x)[0]

    def forward(self, x, lengths=None):
        out = self.states(x, lengths)
        if isinstance(out, PackedSequence):
            if self.form == "packed rows":
                return self.fc(out.data)
            out = pad_packed_sequence(out, batch_first=True)[0]
        y = self.fc(out)
        if self.form == "nct":
            return y.transpose(1, 2)
        return y.reshape(-1, C) if self.form == "flat" else y


def ids(n, time, seed=0, low=1):
    return torch.randint(low, V, (n, time), generator=torch.Generator().manual_seed(seed))


def frames(n, time, seed=0, width=D):
    return torch.randn(n, time, width, generator=torch.Generator().manual_seed(seed))


def some_labels(n, seed=0, classes=C):
    return torch.randint(0, classes, (n,), generator=torch.Generator().manual_seed(seed + 100))


def batches(x, y, size, *more):
    """A list of batches (x, y, ...), as a loader yields them."""
    parts = (x, y, *more)
    return [tuple(p[i : i + size] for p in parts) for i in range(0, len(x), size)]
