/* SPDX-License-Identifier: MIT */
/* halves.h - a network, its influence model, and the errors of its test split in two halves:
 * targets of a repair, and errors it does not see. */
#ifndef EXPERIMENTS_HALVES_H
#define EXPERIMENTS_HALVES_H

#include "experiments/experiment.h"

typedef enum halves_task {
    HALVES_MNIST = 0,
    HALVES_PEN = 1,
    HALVES_VOWELS = 2,
    HALVES_MOTIONS = 3
} halves_task;
enum { HALVES_TASKS = 4 };

/* "mnist", "pendigits", "vowels", "motions". */
const char *halves_task_name(halves_task task);

/* The data of a task, and what belongs to a seed. All owned: halves_clear(). */
typedef struct halves_case {
    halves_task task;
    rr_dataset *train, *test;
    uint64_t seed; /* of all that follows; NULLs before the first */
    rr_network *net;
    rr_influence *inf;
    rr_train_config training; /* how it was trained */
    uint32_t *before;         /* [N] predictions of test */
    float *probabilities;     /* [N][C] */
    size_t *targets, n;       /* errors with an even number */
    size_t *half, rest;       /* all sequences with an odd number */
    size_t unseen;            /* errors among these */
} halves_case;

/* Load the data of a task and name them. */
rr_status halves_load(experiment_context *ctx, halves_task task, halves_case *c, rr_error *err);
/* Make all of a seed unless it is there; the network is kept (experiment_kept()), and taken from
 * there where it is. Incomplete where ctx->stopped is 1. */
rr_status halves_prepare(experiment_context *ctx, halves_case *c, uint64_t seed, rr_error *err);
void halves_clear(halves_case *c);

#endif
