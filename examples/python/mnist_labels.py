#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Finds wrong labels in a training set.

5 % of the labels of MNIST are made wrong; a network is trained on them, and its training set is
audited. As the wrong labels are known here, how well they are found can be told.

    python3 examples/python/mnist_labels.py RUN --data mnist:DIR --states 43
    python3 examples/python/mnist_labels.py RUN --data 'digits?train=500&test=100' --hidden 16
"""

import argparse

import rnnrepair as rr


def main():
    parser = argparse.ArgumentParser(description="find wrong labels in a training set")
    parser.add_argument("run", help="run directory to create")
    parser.add_argument("--data", default="mnist:data/mnist", help="what to train on")
    parser.add_argument("--hidden", type=int, default=128, help="width of the hidden state")
    parser.add_argument("--epochs", type=int, default=5, help="epochs of training")
    parser.add_argument("--states", type=int, help="abstract states; else as many as are stable")
    parser.add_argument("--learning-rate", type=float, help="step size of training")
    args = parser.parse_args()

    flips = rr.Dataset.load(args.data).label_noise(fraction=0.05, seed=1)
    run = rr.Run.create(
        *(args.run, args.data),
        labels=flips,
        hidden=args.hidden,
        epochs=args.epochs,
        learning_rate=args.learning_rate,
        seed=1,
    )
    run.train().build(states=args.states)
    print(f"trained on {len(flips)} wrong labels, accuracy {run.predict().accuracy:.4f}")

    issues = run.label_issues()
    suspects = issues[issues.is_label_issue]
    found = set(suspects.id.tolist()) & set(flips.id.tolist())
    print(f"{len(suspects)} label issues, {len(found)} of them are wrong labels; the worst:")
    print(suspects[suspects.label_score.argsort(kind="stable")][:5])

    audit = run.audit(flips=flips, review=run.path / "suspects.csv", top=200)
    print(f"average precision {audit.average_precision:.4f}, in {audit.seconds:.1f} s")
    print(audit.needed)
    print(f"for review: {audit.review}; then run.apply(review, output)")


if __name__ == "__main__":
    main()
