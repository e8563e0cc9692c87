# SPDX-License-Identifier: MIT
"""The same trained weights three times: as a built-in network, as states that the program wrote of it,
and as a PyTorch model whose states the collector takes.

    RNNREPAIR_LIBRARY=build/release/librnnrepair.so.0 PYTHONPATH=python \\
        python3 experiments/python/builtin_as_pytorch.py [--out FOLDER] [--program rnnrepair]

The first two must give the same influence model bit for bit. PyTorch rounds sums in another order;
the third is compared by its figures. Data: the folder RNNREPAIR_DATA, default ../shared/data.
"""

import argparse
import json
import pathlib
import subprocess

import numpy as np
import rnnrepair as rr
import torch
from states_of_pytorch import DATA, Images, mnist, tensors


def run(program, *words):
    done = subprocess.run([program, *map(str, words), "--json", "-q"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}: {done.stderr}")
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="builtin", help="folder that is written")
    parser.add_argument("--program", default="build/release/cli/rnnrepair")
    parser.add_argument("--limit", type=int, default=3000, help="sequences of each split")
    parser.add_argument("--clusters", type=int, default=40, help="abstract states")
    args = parser.parse_args()
    out = pathlib.Path(args.out)
    out.mkdir(parents=True)
    cli = args.program

    run(cli, "train", out / "run", "--data", f"mnist:{DATA / 'mnist'}?limit={args.limit}",
        "--hidden", "128", "--epochs", "3")  # fmt: skip
    run(cli, "build", out / "run", "--clusters", args.clusters)
    for split in ("train", "test"):
        run(cli, "predict", out / "run", "--split", split, "-o", out / f"{split}.npz")
    run(cli, "build", out / "again", "--states", out / "train.npz", "--clusters", args.clusters)
    one, two = (tensors(out / name / "influence.safetensors") for name in ("run", "again"))
    equal = sum(one[name] == two.get(name) for name in one)
    print(f"states of the program: {equal} of {len(one)} arrays of the influence model are equal bit "
          f"for bit{'' if sorted(one) == sorted(two) else '; the names differ'}")  # fmt: skip

    weights = {
        name: torch.frombuffer(bytearray(content), dtype=torch.float32).reshape(shape)
        for name, (_, shape, content) in tensors(out / "run" / "model.safetensors").items()
    }
    model = Images()
    model.load_state_dict({name.replace("output.", "fc."): value for name, value in weights.items()})
    collected = {}
    for split, part in (("train", "train"), ("test", "t10k")):
        x, y = mnist(part, args.limit)
        collector = rr.torch.Collector(model)
        collected[split] = collector.collect([(x[i : i + 250], y[i : i + 250])
                                              for i in range(0, len(x), 250)])  # fmt: skip
        own = rr.States.load(out / f"{split}.npz")
        apart = np.abs(collected[split].state - own.state).max()
        same = (collected[split].prediction == own.prediction).mean()
        print(f"{split}: {own.steps} steps; PyTorch's states differ by at most {apart:.3g}; "
              f"{100 * same:.4f} % of the step predictions are equal; {collector.parity_}")  # fmt: skip

    theirs = rr.InfluenceModel(n_states=args.clusters).fit(collected["train"])
    ours = rr.InfluenceModel(n_states=args.clusters).fit(out / "train.npz")
    for what in ("stability_", "explained_variance_ratio_", "log_likelihood_"):
        print(f"{what[:-1]}: built-in {getattr(ours, what):.9f}, PyTorch {getattr(theirs, what):.9f}")
    own = rr.States.load(out / "test.npz")
    paths = [np.concatenate(m.transform(s)) for m, s in ((ours, own), (theirs, collected["test"]))]
    print(f"abstract states of the test steps: {100 * (paths[0] == paths[1]).mean():.4f} % are equal")
    a, b = ours.attribute(own[:100]), theirs.attribute(collected["test"][:100])
    print(f"influence of {a.shape[1]} training sequences on 100 test sequences: "
          f"largest difference {np.abs(a - b).max():.3g}, {100 * (a == b).mean():.4f} % are equal")
    raise SystemExit(equal != len(one))


if __name__ == "__main__":
    main()
