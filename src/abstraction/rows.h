/* SPDX-License-Identifier: MIT */
/* rows.h - the first steps of every fit: check rows, divide them into shards and blocks, sample
 * them. Internal. */
#ifndef RRI_ABSTRACTION_ROWS_H
#define RRI_ABSTRACTION_ROWS_H

#include "abstraction/abstraction_internal.h"
#include "core/core.h"
#include "kernel/mixture.h"

/* SHAPE unless stride >= d >= 1, ARG when data is missing, NUMERIC at the first row with a value
 * that is not finite. `what` names the rows in the message. */
rr_status rri_rows_check(rri_rows x, size_t threads, const char *what, rr_error *err);

/* The division of N rows: shards are the tasks of a parallel loop and have their own sums; a block
 * is the input of one kernel call, a batch the blocks whose moments are taken together. The
 * division depends on sizes alone, never on the threads, and the size of blocks and batches changes
 * no result. */
typedef struct rri_cut {
    size_t shards, shard_rows; /* the last shard may have fewer rows */
    size_t block_rows;         /* a multiple of RRI_MIXTURE_LANES */
    size_t batch_blocks;
} rri_cut;

/* For K components and `sums` doubles of sums a shard. */
rri_cut rri_rows_cut(size_t n, size_t K, size_t sums);

/* Rows of the block that starts with `left` rows to go, the surplus included. */
static inline size_t rri_cut_rows(const rri_cut *cut, size_t left)
{
    const size_t lanes = RRI_MIXTURE_LANES;

    return rri_min(cut->block_rows, rri_blocks(left, lanes) * lanes);
}

/* Stratified sample of min(n, want) distinct rows in order: one from each of as many equal parts of
 * x, by (seed, purpose, a). out is [min(n, want)][d], dense; number [min(n, want)], which row of x
 * each is. */
void rri_rows_sample(rri_rows x, size_t want, uint64_t seed, rri_purpose purpose, uint64_t a,
                     float *out, size_t *number);

static inline const float *rri_row(rri_rows x, size_t i)
{
    return x.data + i * x.stride;
}

#endif
