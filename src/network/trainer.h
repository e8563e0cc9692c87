/* SPDX-License-Identifier: MIT */
/* trainer.h - the internals of a training, shared by trainer*.c. */
#ifndef RRI_TRAINER_H
#define RRI_TRAINER_H

#include "network/embedding_gradient.h"
#include "network/optimizer.h"
#include "network/shard.h"

/* A block of trained weights with the optimiser's arrays for it. */
typedef struct rri_trained {
    float *weights; /* [n] borrowed from the network */
    size_t n;
    float *slot[2];        /* [n] each, as many as the rule has */
    const float *gradient; /* [n] of the batch */
    double *sum;           /* [n] of the weights after each step of the last epoch; NULL unless they
                              are averaged */
} rri_trained;

struct rr_trainer {
    rr_train_config cfg;
    rr_network *net;         /* borrowed */
    const rr_dataset *train; /* borrowed */
    size_t slots;            /* of the optimiser: 0, 1 or 2 */
    size_t count_trained;    /* 1, or 2 with a trained embedding */
    rri_trained trained[2];  /* the weights, then the embedding */
    size_t updates;          /* optimiser steps done */
    size_t epoch;            /* epochs completed */
    size_t batch;            /* batches done in the current epoch */
    size_t correct;          /* correct predictions in the current epoch, */
    size_t answered;         /* of so many: sequences, or labelled steps */
    double loss;             /* their sum */

    size_t shard; /* sequences a shard */
    size_t workers;
    rri_shard **work; /* [workers] */
    rri_factors *factors;
    size_t shards_most; /* of a batch */
    float **gradient;   /* [shards_most], each [parameters]; 0 becomes their sum */
    double *shard_loss; /* [shards_most] */
    size_t *shard_correct;
    double *square; /* [blocks] sums of squares of the gradient */
    double norm;    /* of the gradient of the batch */
    float scale;    /* of the gradient in the update: 1, or what clips it */

    uint32_t *order;                 /* [N] this epoch's permutation */
    size_t *start;                   /* [longest + 1] scratch of the sort by length */
    rr_sequence *sequences;          /* [B] the batch, longest first */
    uint32_t *labels;                /* [B] */
    float *weight;                   /* [N] of each sequence's loss; NULL = 1 */
    float *weights;                  /* [B] those of the batch; NULL without weight */
    float *class_weight;             /* [C] of each class's losses; NULL = 1 */
    size_t count;                    /* sequences in the batch */
    size_t answers;                  /* losses: as many, or labelled steps */
    rri_embedding_gradient *vectors; /* NULL unless an embedding is trained */
};

/* The gradient of the mean loss of the next batch into trained[].gradient, with its norm and scale;
 * *loss is the sum of its losses. NUMERIC where it is not finite. */
rr_status rri_trainer_gradient(rr_trainer *t, double *loss, size_t *correct, rr_error *err);

#endif
