/* SPDX-License-Identifier: MIT */
/* rows.h - what every fit does with its rows first: check them, cut them, sample them. Internal. */
#ifndef RRI_ABSTRACTION_ROWS_H
#define RRI_ABSTRACTION_ROWS_H

#include "abstraction/abstraction_internal.h"
#include "core/core.h"

/* SHAPE unless stride >= d >= 1, ARG when data is missing, NUMERIC at the first row with a value
 * that is not finite. `what` names the rows in the message. */
rr_status rri_rows_check(rri_rows x, size_t threads, const char *what, rr_error *err);

/* How N rows are shared out: shards are the tasks of a parallel loop and have their own sums; a
 * block is what a kernel takes at once. The cut depends on sizes alone, never on the threads. */
typedef struct rri_cut {
    size_t shards, shard_rows; /* the last shard may have fewer rows */
    size_t block_rows;
} rri_cut;

/* For rows that meet K padded components each, with `sums` doubles of sums a shard. */
rri_cut rri_rows_cut(size_t n, size_t K, size_t sums);

/* min(n, want) rows, each from its own of as many equal parts of x, in order: distinct rows, drawn
 * by (seed, purpose, a). out is [min(n, want)][d], dense. */
void rri_rows_sample(rri_rows x, size_t want, uint64_t seed, rri_purpose purpose, uint64_t a,
                     float *out);

static inline const float *rri_row(rri_rows x, size_t i)
{
    return x.data + i * x.stride;
}

#endif
