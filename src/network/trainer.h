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
    size_t correct;          /* correct predictions in the current epoch */
    double loss;             /* sum over the sequences of the current epoch */

    size_t shard; /* sequences a shard */
    size_t workers;
    rri_shard **work; /* [workers] */
    rri_factors *factors;
    size_t shards_most; /* of a batch */
    float **gradient;   /* [shards_most], each [parameters]; 0 becomes their sum */
    double *shard_loss; /* [shards_most] */
    size_t *shard_correct;
    double *square; /* [blocks] sums of squares of the gradient */

    uint32_t *order;                 /* [N] this epoch's permutation */
    size_t *start;                   /* [longest + 1] scratch of the sort by length */
    rr_sequence *sequences;          /* [B] the batch, longest first */
    uint32_t *labels;                /* [B] */
    size_t count;                    /* sequences in the batch */
    rri_embedding_gradient *vectors; /* NULL unless an embedding is trained */
};

/* The checks of rr_trainer_new(), without creating a trainer. */
rr_status rri_trainer_check(const rr_train_config *cfg, const rr_network *net,
                            const rr_dataset *train, rr_error *err);

/* ---- trainer_state.c: replaying an epoch ---------------------------------------------------- */

/* The numbers [*count] of the sequences of batch b (from 0), in the order of their dropout masks;
 * of the epoch of the last step, borrowed until the next epoch begins. */
const uint32_t *rri_trainer_batch(const rr_trainer *t, size_t b, size_t *count);

/* Batches of an epoch. */
size_t rri_trainer_batches(const rr_trainer *t);

/* The size in numbers of the state that changes with each step: trained weights, then the
 * optimiser's arrays. */
size_t rri_trainer_numbers(const rr_trainer *t);
void rri_trainer_keep(const rr_trainer *t, float *state);

/* Go back to a kept state: before batch b of `epoch` (from 0), the epoch of the last step. */
void rri_trainer_go_back(rr_trainer *t, size_t epoch, size_t b, const float *state);

/* Whether the trained weights equal those of the state. */
bool rri_trainer_is_at(const rr_trainer *t, const float *state);

#endif
