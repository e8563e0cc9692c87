#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reference arrays for tests/network/test_step_output.c, created with PyTorch in double precision.

    python3 tests/network/make_step_arrays.py        (Debian: python3-torch, python3-numpy)

One file a network: weights, ragged input with a label at most steps, the mean loss over the labelled
steps, its gradient, and the weights after three steps of each optimiser. Flat arrays are in tensor
order: per layer w_ih, w_hh, b_ih, b_hh, then the output layer's weight and bias.
"""
import os

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "arrays")
D, H, C = 3, 5, 4
LENGTHS = [4, 6, 1, 6, 3]
NONE = -1


class Tagger(torch.nn.Module):
    def __init__(self, cell, layers):
        super().__init__()
        kinds = {
            "lstm": lambda: torch.nn.LSTM(D, H, layers, batch_first=True),
            "gru": lambda: torch.nn.GRU(D, H, layers, batch_first=True),
            "tanh": lambda: torch.nn.RNN(D, H, layers, nonlinearity="tanh", batch_first=True),
            "relu": lambda: torch.nn.RNN(D, H, layers, nonlinearity="relu", batch_first=True),
        }
        self.rnn = kinds[cell]()
        self.output = torch.nn.Linear(H, C)

    def loss(self, sequences, labels):
        outputs = [self.output(self.rnn(x.unsqueeze(0))[0][0]) for x in sequences]
        return torch.nn.functional.cross_entropy(
            torch.cat(outputs), torch.cat(labels), ignore_index=NONE
        )


def flat(tensors):
    return np.concatenate([t.detach().numpy().ravel() for t in tensors]).astype(np.float32)


def after(cell, layers, state, make, clip, sequences, labels):
    net = Tagger(cell, layers)
    net.load_state_dict(state)
    optimizer = make(net.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        net.loss(sequences, labels).backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(net.parameters(), clip)
        optimizer.step()
    return flat(net.parameters())


def main():
    for cell in ["lstm", "gru", "tanh", "relu"]:
        for layers in [1, 2]:
            torch.manual_seed(70 + layers)
            net = Tagger(cell, layers)
            # What is stored is float; compute from exactly those values.
            with torch.no_grad():
                for p in net.parameters():
                    p.copy_(p.float().double())
            sequences = [torch.randn(t, D).float().double() for t in LENGTHS]
            labels = [torch.randint(NONE, C, (t,)) for t in LENGTHS]
            for i, of in enumerate(labels):  # every sequence has a label at its end
                of[-1] = i % C
            loss = net.loss(sequences, labels)
            loss.backward()
            start = net.state_dict()
            run = lambda make, clip=0: after(cell, layers, start, make, clip, sequences, labels)
            np.savez_compressed(
                os.path.join(HERE, f"step_{cell}{layers}.npz"),
                weights=flat(net.parameters()),
                x=flat(sequences).reshape(-1, D),
                lengths=np.array(LENGTHS, np.int64),
                step_label=torch.cat(labels).numpy(),
                loss=np.array([loss.item()]),
                gradient=flat([p.grad for p in net.parameters()]),
                sgd=run(lambda p: torch.optim.SGD(p, 0.1, momentum=0.9)),
                rmsprop=run(lambda p: torch.optim.RMSprop(p, 0.01, alpha=0.9, eps=1e-7)),
                adam=run(lambda p: torch.optim.Adam(p, 0.01, betas=(0.9, 0.999), eps=1e-8)),
                clipped=run(lambda p: torch.optim.SGD(p, 0.5), 0.1),
            )


if __name__ == "__main__":
    main()
