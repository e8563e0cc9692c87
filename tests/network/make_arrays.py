#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reference arrays for tests/network/test_parity.c, created with PyTorch in double precision.

    python3 tests/network/make_arrays.py        (Debian: python3-torch, python3-numpy)

One file a network: weights, ragged input, states and probabilities at every step, loss, gradient,
the weights after three steps of each optimiser, and along one direction the slope of each sequence's
loss and the product with the Hessian and with the Gauss-Newton matrix of their sum. Flat arrays are in tensor order: per layer
w_ih, w_hh, b_ih, b_hh, then the output layer's weight and bias.
"""
import os

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "arrays")
D, H, C = 3, 7, 4
LENGTHS = [4, 6, 1, 6, 3]


class Net(torch.nn.Module):
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

    def forward(self, sequences):
        """States of every step, one array a sequence."""
        return [self.rnn(x.unsqueeze(0))[0][0] for x in sequences]

    def loss(self, sequences, labels):
        last = torch.stack([h[-1] for h in self(sequences)])
        return torch.nn.functional.cross_entropy(self.output(last), labels)


def flat(tensors):
    return np.concatenate([t.detach().numpy().ravel() for t in tensors]).astype(np.float32)


def after(cell, layers, state, make, clip, sequences, labels):
    net = Net(cell, layers)
    net.load_state_dict(state)
    optimizer = make(net.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        net.loss(sequences, labels).backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(net.parameters(), clip)
        optimizer.step()
    return flat(net.parameters())


def along(net, sequences, labels):
    """A direction; slopes of the single losses, and products of the curvature of their sum."""
    weights = list(net.parameters())
    direction = [torch.randn_like(p).float().double() for p in weights]
    dot = lambda a, b: sum((x * y).sum() for x, y in zip(a, b))
    grad = lambda y, **more: torch.autograd.grad(y, weights, **more)
    last = net.output(torch.stack([h[-1] for h in net(sequences)]))
    losses = torch.nn.functional.cross_entropy(last, labels, reduction="none")
    slopes = torch.stack([dot(grad(loss, retain_graph=True), direction) for loss in losses])
    hessian = grad(dot(grad(losses.sum(), create_graph=True), direction), retain_graph=True)
    p = torch.softmax(last, 1).detach()
    change = torch.stack(
        [torch.stack([dot(grad(z, retain_graph=True), direction) for z in row]) for row in last]
    )
    curved = p * (change - (p * change).sum(1, keepdim=True))
    newton = grad((last * curved).sum())
    return dict(
        direction=flat(direction),
        slopes=slopes.numpy().astype(np.float32),
        hessian=flat(hessian),
        gauss_newton=flat(newton),
    )


def main():
    os.makedirs(HERE, exist_ok=True)
    for cell in ["lstm", "gru", "tanh", "relu"]:
        for layers in [1, 2]:
            torch.manual_seed(7 + layers)
            net = Net(cell, layers)
            # What is stored is float; compute from exactly those values.
            with torch.no_grad():
                for p in net.parameters():
                    p.copy_(p.float().double())
            sequences = [torch.randn(t, D).float().double() for t in LENGTHS]
            labels = torch.tensor([0, 3, 1, 2, 3])
            states = net(sequences)
            probabilities = [torch.softmax(net.output(h), 1) for h in states]
            loss = net.loss(sequences, labels)
            loss.backward()
            start = net.state_dict()
            run = lambda make, clip=0: after(cell, layers, start, make, clip, sequences, labels)
            np.savez_compressed(
                os.path.join(HERE, f"{cell}{layers}.npz"),
                weights=flat(net.parameters()),
                x=flat(sequences),
                lengths=np.array(LENGTHS, np.int64),
                labels=labels.numpy(),
                states=flat(states),
                probabilities=flat(probabilities),
                loss=np.array([loss.item()]),
                gradient=flat([p.grad for p in net.parameters()]),
                sgd=run(lambda p: torch.optim.SGD(p, 0.1, momentum=0.9)),
                rmsprop=run(lambda p: torch.optim.RMSprop(p, 0.01, alpha=0.9, eps=1e-7)),
                adam=run(lambda p: torch.optim.Adam(p, 0.01, betas=(0.9, 0.999), eps=1e-8)),
                clipped=run(lambda p: torch.optim.SGD(p, 0.5), 0.1),
                **along(net, sequences, labels),
            )


if __name__ == "__main__":
    main()
