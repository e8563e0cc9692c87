/* SPDX-License-Identifier: MIT */
/* embedding_gradient.h - the gradient of a trained embedding over one batch.
 *
 * Each step of each sequence has a gradient of its symbol's vector. Shards store theirs step by
 * step; then the gradients of one symbol are summed in the order of the batch. So the sum does not
 * depend on the assignment of shards to threads, and no shard needs a block of V*D numbers. */
#ifndef RRI_EMBEDDING_GRADIENT_H
#define RRI_EMBEDDING_GRADIENT_H

#include "network/shard.h"

typedef struct rri_embedding_gradient {
    size_t D;
    uint32_t fixed;   /* symbols below it have no gradient */
    size_t rows;      /* most steps of a batch */
    float *sum;       /* [V][D] of the batch; zero for symbols it lacks, and for fixed ones */
    float *row;       /* [most steps of a batch][D] */
    uint32_t *symbol; /* [most steps] of each row */
    size_t *offset;   /* [B + 1] first row of each sequence of the batch */
    uint32_t *next;   /* [most steps] the next row of the same symbol, or NONE */
    uint32_t *first;  /* [V] its first row; NONE between batches */
    uint32_t *last;   /* [V] */
    uint32_t *used;   /* [most steps] the symbols of the batch */
    size_t count_used;
    double *square; /* [blocks] */
} rri_embedding_gradient;

/* Allocate for batches of up to B of these sequences. */
rr_status rri_embedding_gradient_new(const rr_network *net, const rr_dataset *ds, size_t B,
                                     rri_embedding_gradient **out, rr_error *err);
void rri_embedding_gradient_free(rri_embedding_gradient *g); /* NULL is allowed */

/* Begin a batch: assign rows to its sequences. */
void rri_embedding_gradient_begin(rri_embedding_gradient *g, const rr_sequence *sequences,
                                  size_t count);

/* Store a shard's dx; its first sequence is number `begin` of the batch. Threads may do this
 * concurrently for different shards. */
void rri_embedding_gradient_put(rri_embedding_gradient *g, const rri_shard *s, size_t begin);

/* Compute the sums; returns the sum of their squares. */
double rri_embedding_gradient_sum(rri_embedding_gradient *g, size_t threads);

#endif
