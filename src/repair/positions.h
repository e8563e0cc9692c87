/* SPDX-License-Identifier: MIT */
/* positions.h - where in training sequences a symbol of a misclassified input can be inserted, and
 * what the network makes of it there. Internal to src/repair. */
#ifndef RRI_REPAIR_POSITIONS_H
#define RRI_REPAIR_POSITIONS_H

#include "repair/repair_internal.h"

/* One suspect step of one target; all borrowed. */
typedef struct rri_context {
    const rri_search *search;
    rr_sequence input; /* x */
    rr_trace trace;    /* of x; its label is the truth */
    size_t id;         /* of x */
    size_t t;          /* the suspect step, 1..T */
} rri_context;

/* Candidates: of each, source, after, suffix and in_context are set, and the rest by
 * rri_positions_measure(). list is owned; rri_positions_clear(). */
typedef struct rri_positions {
    rr_insertion *list;
    size_t n;
} rri_positions;

/* One position in each sequence that passes the context, that with the longest suffix (the first of
 * equal ones): longest suffix first, ties by lower id. */
rr_status rri_positions_matching(const rri_context *c, rri_positions *out, rr_error *err);

/* `want` sequences at random, or all there are where they are fewer: behind a random one of their
 * matching steps, where they have any; else behind a random one of all steps, or at the front. */
rr_status rri_positions_random(const rri_context *c, size_t want, rri_positions *out,
                               rr_error *err);

/* Predict every sequence without and with the symbol: before, truth, prediction. */
rr_status rri_positions_measure(const rri_context *c, rri_positions *at, rr_error *err);

/* Append a training sequence with step t of x behind step `after`, labelled `label`. */
rr_status rri_insertion_build(const rr_dataset *train, const rr_insertion *one,
                              const rr_sequence *x, size_t t, uint32_t label, rr_dataset_builder *b,
                              rr_error *err);

void rri_positions_clear(rri_positions *s); /* a zeroed struct is allowed */

#endif
