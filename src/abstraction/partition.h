/* SPDX-License-Identifier: MIT */
/* partition.h - the rows of the search for K with their states, and the splitting of a state.
 * Internal. */
#ifndef RRI_ABSTRACTION_PARTITION_H
#define RRI_ABSTRACTION_PARTITION_H

#include "abstraction/gmm.h"

/* Rows in states. All pointers are borrowed. */
typedef struct rri_labelled {
    rri_rows z;          /* [R][P] */
    const uint16_t *y;   /* [R] predictions so far, 0..C-1 */
    const uint16_t *q;   /* [R] states, 1..K */
    const size_t *count; /* [K][C] rows of each state by prediction */
    size_t classes;      /* C */
} rri_labelled;

/* A mixture of K + 1 components: g with component k, from 0, replaced by two. The rows of state
 * k + 1 are not all the same point. */
rr_status rri_split(const rri_gmm *g, const rri_labelled *rows, size_t k, rri_gmm **out,
                    rr_error *err);

#endif
