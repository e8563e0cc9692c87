/* SPDX-License-Identifier: MIT */
/* model.h - the paper's models of sections 3 and 4.1, which several experiments look into: a
 * network, its influence model, and the traces of the test sequences, one seed at a time. */
#ifndef EXPERIMENTS_MODEL_H
#define EXPERIMENTS_MODEL_H

#include "experiments/experiment.h"

typedef enum model_task {
    MODEL_MNIST = 0, /* LSTM-100 on rows, P = 10, K = 43 */
    MODEL_TOXIC = 1  /* GRU-300 on words, P = 10, K = 37 */
} model_task;

/* "mnist" or "toxic". */
const char *model_task_name(model_task task);

/* Begin with zeros; all is owned: model_clear(). */
typedef struct model {
    model_task task;
    rr_dataset *train, *test;
    rr_vectors *vectors; /* of words; NULL where there is no file of them */
    uint64_t seed;       /* of all that follows; NULLs before the first */
    rr_network *net;
    rr_influence *inf;
    rr_traces *traces; /* of test */
    double accuracy;   /* of the network on test */
    double seconds;    /* that the training took */
} model;

/* Load the data of a task, which are the same for every seed, and name them. Quick: 10,000 + 2,000
 * sequences at most. */
rr_status model_load(experiment_context *ctx, model_task task, model *m, rr_error *err);
/* Make network, influence model and traces of a seed unless they are there already; what another
 * seed left is released. Incomplete where ctx->stopped is 1. */
rr_status model_prepare(experiment_context *ctx, model *m, uint64_t seed, rr_error *err);
/* How the network of m's task is made and trained, by m's seed. */
void model_recipe(const experiment_context *ctx, const model *m, rr_network_config *net,
                  rr_train_config *train);
/* Release what belongs to a seed; and all. */
void model_release(model *m);
void model_clear(model *m);

#endif
