/* SPDX-License-Identifier: MIT */
/* partition.h - the search for K: rows with their states, how stable these are, and the splitting
 * of a state. Internal. */
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

/* Rows to judge by: all of a run, or a sample of them. All pointers are borrowed. */
typedef struct rri_judged {
    rri_rows z;        /* [R][P] */
    const uint16_t *y; /* [R] predictions, 0..C-1 */
    size_t classes;    /* C */
    size_t of;         /* the number of all rows, which the BIC is for */
} rri_judged;

/* A mixture and the states it gives the rows. */
typedef struct rri_outcome {
    rri_gmm *gmm;      /* NULL: none yet */
    uint16_t *q;       /* [R] states, 1..K */
    size_t *count;     /* [K][C] rows of each state by prediction */
    float *confidence; /* [K][C] */
    rri_gain gain;
} rri_outcome;

/* Fill in the states, counts, confidences and the gain that o->gmm gives the rows, and the point of
 * the curve but for its seconds. After an error o needs releasing all the same. */
rr_status rri_judge(const rri_judged *rows, size_t threads, rri_outcome *o, rr_curve_point *point,
                    rr_error *err);

/* The least stable state, from 0, that can be split: one whose rows are not all the same point
 * (ties: the lowest number). K if there is none. */
rr_status rri_weakest(const rri_judged *rows, const rri_outcome *o, size_t *weakest, rr_error *err);

/* Frees what o owns; o is then empty. */
void rri_outcome_release(rri_outcome *o);

/* A mixture of K + 1 components: g with component k, from 0, replaced by two. The rows of state
 * k + 1 are not all the same point. */
rr_status rri_split(const rri_gmm *g, const rri_labelled *rows, size_t k, rri_gmm **out,
                    rr_error *err);

#endif
