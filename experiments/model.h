/* SPDX-License-Identifier: MIT */
/* model.h - the paper's models of sections 3 and 4, which several experiments look into: a network,
 * its influence model, and the traces of the test sequences, one seed at a time. */
#ifndef EXPERIMENTS_MODEL_H
#define EXPERIMENTS_MODEL_H

#include "experiments/experiment.h"

typedef enum model_task {
    MODEL_MNIST = 0, /* LSTM-100 on rows, P = 10, K = 43 */
    MODEL_TOXIC = 1, /* GRU-300 on words, P = 10, K = 37 */
    MODEL_SST = 2    /* LSTM-300 on words, P = 10, K = 37; the epoch that is best on dev */
} model_task;

/* "mnist", "toxic" or "sst". */
const char *model_task_name(model_task task);

/* Begin with zeros; all is owned: model_clear(). */
typedef struct model {
    model_task task;
    rr_dataset *train, *test;
    rr_dataset *dev;     /* SST alone, else NULL */
    rr_vectors *vectors; /* of words; NULL where there is no file of them */
    uint64_t seed;       /* of all that follows; NULLs before the first */
    rr_network *net;
    rr_influence *inf;
    rr_traces *traces; /* of test */
    double accuracy;   /* of the network on test */
    double seconds;    /* that the training took; below 0 = it was kept */
} model;

/* Load the data of a task, which are the same for every seed, and name them. Quick: 10,000 + 2,000
 * sequences at most, of SST a half; text networks have 100 units then. */
rr_status model_load(experiment_context *ctx, model_task task, model *m, rr_error *err);
/* Make network, influence model and traces of a seed unless they are there already; what another
 * seed left is released. The network is kept (experiment_kept()), and taken from there where some
 * experiment has made it before. Incomplete where ctx->stopped is 1. */
rr_status model_prepare(experiment_context *ctx, model *m, uint64_t seed, rr_error *err);
/* How the network of m's task is made and trained, by m's seed. */
void model_recipe(const experiment_context *ctx, const model *m, rr_network_config *net,
                  rr_train_config *train);
/* A network for m's data, with its vectors, untrained. Memory *out is rr_network_free()d. */
rr_status model_network(const model *m, const rr_network_config *cfg, rr_network **out,
                        rr_error *err);
/* Train a network to its last epoch; with a dev set it then is that of the first epoch best on it.
 * *net may become another object. Incomplete where ctx->stopped is 1. */
rr_status model_train(experiment_context *ctx, const model *m, const rr_train_config *cfg,
                      const rr_dataset *train, rr_network **net, rr_error *err);
/* Release what belongs to a seed; and all. */
void model_release(model *m);
void model_clear(model *m);

#endif
