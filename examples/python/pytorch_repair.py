# SPDX-License-Identifier: MIT
"""A PyTorch model explained, audited and repaired. Needs python3-torch; runs in some seconds.

The model reads reviews in which "not" turns the next word round. Its training set has few of these,
and some wrong labels: both are found here, and the first is repaired.
"""

import sys

import rnnrepair as rr

try:
    import torch
    from torch.utils.data import ConcatDataset, DataLoader, TensorDataset
except ImportError:
    sys.exit("skipped: this example needs PyTorch (python3-torch)")

# ---- the data, the model and its training: what you have already -----------------------------------

WORDS = "the film plot was rather not good great bad awful".split()


def reviews(n, share_of_not, seed):
    """n reviews of 6 words, one of them good, great (class 1), bad or awful (class 0)."""
    g = torch.Generator().manual_seed(seed)
    x, at = torch.randint(0, 5, (n, 6), generator=g), torch.randint(1, 6, (n,), generator=g)
    word, turned = torch.randint(6, 10, (n,), generator=g), torch.rand(n, generator=g) < share_of_not
    x[torch.arange(n), at] = word
    x[torch.arange(n)[turned], at[turned] - 1] = 5
    return x, ((word < 8) ^ turned).long()


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn = torch.nn.Embedding(10, 16), torch.nn.GRU(16, 32, batch_first=True)
        self.head = torch.nn.Linear(32, 2)

    def forward(self, ids):
        return self.head(self.rnn(self.embed(ids))[1][-1])


def fit(model, additions, epochs=4):
    data = ConcatDataset([train, additions]) if additions else train
    optimizer = torch.optim.Adam(model.parameters(), 0.003)
    for _ in range(epochs):
        for ids, label in DataLoader(data, 32, shuffle=True):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(ids), label).backward()
            optimizer.step()


torch.manual_seed(1)
x, y = reviews(1000, 0.02, seed=1)
flipped = torch.arange(0, 1000, 50)  # each fiftieth label is wrong
y[flipped] = 1 - y[flipped]
train, dev, test = (TensorDataset(x, y), TensorDataset(*reviews(300, 0.4, seed=2)),
                    TensorDataset(*reviews(1000, 0.4, seed=3)))  # fmt: skip
model = Model()
fit(model, [])

# ---- the model's states, and what they tell ---------------------------------------------------------

collector = rr.torch.Collector(model)
states = collector.collect(DataLoader(train, 100), vocabulary=WORDS, classes=["bad", "good"])
print(states, collector.parity_, sep="\n")
influence = rr.InfluenceModel(n_states=20).fit(states)

asked = collector.collect(DataLoader(dev, 100), vocabulary=WORDS, classes=["bad", "good"])
explanation = influence.explain(asked, asked.errors[0])  # why was this review misclassified?
print(explanation)

issues = influence.label_issues()  # which labels of the training set are likely wrong?
suspects = issues.label_score.argsort()[: len(flipped)]
found = len(set(suspects.tolist()) & set(flipped.tolist()))
print(f"{found} of the {len(flipped)} wrong labels are among the {len(flipped)} most suspect ones")

# Twelve training reviews for each error, beside as many chosen at random; on a test set of its own.
report = rr.torch.repair(model, train, DataLoader(dev, 100), lambda m, more: fit(m, more, epochs=1),
                         influence, budget=12, level="sample", control="random",
                         test=DataLoader(test, 100))  # fmt: skip
print(report.additions[:3], report, sep="\n")
