#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""replay_cost.py [QUERIES ...] - what an exact replay costs, in trainings of one thread.

Trains an LSTM 28-128 on 1,024 sequences of 28 frames for one epoch of batches of 128, then replays
that training for each number of queries. Times are those of the processor, so that another job
beside it does no more than heat the caches. What the frames hold does not matter to the cost.

Needs RNNREPAIR_LIBRARY, the path of the shared library, and PYTHONPATH=python.
"""

import ctypes as c
import os
import sys
import tempfile
import time

import numpy as np

from rnnrepair import _abi as abi
from rnnrepair._library import call, lib

N, TESTS, STEPS, CLASSES = 1024, 64, 28, 10


def dataset(count, seed):
    rng = np.random.default_rng(seed)
    shape = abi.rr_dataset_shape(width=STEPS, classes=CLASSES)
    builder, out = c.POINTER(abi.rr_dataset_builder)(), c.POINTER(abi.rr_dataset)()
    call("rr_dataset_builder_new", c.byref(shape), c.byref(builder))
    for _ in range(count):
        frames = rng.random((STEPS, STEPS), np.float32)
        q = abi.rr_sequence(steps=STEPS, label=int(rng.integers(CLASSES)))
        q.frames = frames.ctypes.data_as(c.POINTER(c.c_float))
        call("rr_dataset_builder_add", builder, q)
    call("rr_dataset_builder_finish", builder, c.byref(out))
    return out


def seconds_of(work):
    begin = time.process_time()
    work()
    return time.process_time() - begin


def train(trainer):
    progress = abi.rr_train_progress()
    while not lib.rr_trainer_finished(trainer):
        call("rr_trainer_step", trainer, c.byref(progress))


def replay(cfg, net, data, tests, count):
    which = (c.c_size_t * count)(*range(count))
    labels = (c.c_uint32 * count)()
    queries = (abi.rr_targets * count)()
    for q in range(count):
        queries[q].ds, queries[q].n = tests, 1
        queries[q].which = c.cast(c.byref(which, q * c.sizeof(c.c_size_t)), c.POINTER(c.c_size_t))
        queries[q].labels = c.cast(c.byref(labels, q * 4), c.POINTER(c.c_uint32))
    work, progress = c.POINTER(abi.rr_attribution)(), abi.rr_attribution_progress()
    call("rr_attribution_new_queries", c.byref(cfg), net, data, queries, count, c.byref(work))
    while not progress.done:
        call("rr_attribution_step", work, c.byref(progress))
    lib.rr_attribution_free(work)


def main():
    data, tests = dataset(N, 1), dataset(TESTS, 2)
    shape = abi.rr_network_config(cell=abi.RR_CELL_LSTM, width=STEPS, hidden=128, layers=1)
    shape.struct_size, shape.classes, shape.seed = c.sizeof(shape), CLASSES, 1
    net, trainer = c.POINTER(abi.rr_network)(), c.POINTER(abi.rr_trainer)()
    call("rr_network_new", c.byref(shape), c.byref(net))
    training = lib.rr_train_config_default()
    training.epochs, training.threads, training.optimizer = 1, 1, abi.RR_OPT_ADAM
    training.epsilon = 1e-3
    call("rr_trainer_new", c.byref(training), net, data, c.byref(trainer))
    with tempfile.TemporaryDirectory() as folder:
        start = os.path.join(folder, "start").encode()
        call("rr_trainer_save", trainer, start)
        times = []
        for _ in range(5):
            call("rr_trainer_restore", trainer, start)
            times.append(seconds_of(lambda: train(trainer)))
        once = min(times)
        print(f"one training of {N} sequences: {once:.3f} s", flush=True)
        cfg = lib.rr_attribution_config_default()
        cfg.method, cfg.training, cfg.threads = abi.RR_ATTRIBUTION_REPLAY, training, 1
        paths = (c.c_char_p * 1)(start)
        cfg.checkpoints = c.cast(paths, type(cfg.checkpoints))
        cfg.count_checkpoints = 1
        for count in [int(a) for a in sys.argv[1:]] or [1, 4, 16, 64]:
            cfg.by_step = 0
            plain = seconds_of(lambda: replay(cfg, net, data, tests, count)) / once
            cfg.by_step = 1
            steps = seconds_of(lambda: replay(cfg, net, data, tests, count)) / once
            print(
                f"{count} queries: {plain:.1f} trainings, {plain / count:.2f} a query; "
                f"with scores by step {steps:.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
