/* SPDX-License-Identifier: MIT */
/* spots.h - places in training sequences where a symbol of a misread input can be put, and what
 * the network makes of it there. Internal to src/repair. */
#ifndef RRI_REPAIR_SPOTS_H
#define RRI_REPAIR_SPOTS_H

#include "rnnrepair/insertion.h"

#include "core/core.h"

/* One suspect step of one target, and who may help it; all borrowed. */
typedef struct rri_context {
    const rr_insertion_config *cfg;
    const rr_influence *inf;
    const rr_network *net;
    const rr_dataset *train;
    rr_sequence input; /* x */
    rr_trace trace;    /* of x; its label is the truth */
    size_t id;         /* of x */
    size_t t;          /* the suspect step, 1..T */
} rri_context;

/* Insertions in the making: of each, source, after, suffix and in_context are set, and the rest by
 * rri_spots_measure(). list is owned; rri_spots_clear(). */
typedef struct rri_spots {
    rr_insertion *list;
    size_t n;
} rri_spots;

/* One place in each sequence that passes the context, that with the longest suffix (the first of
 * equal ones): longest suffix first, ties by lower id. */
rr_status rri_spots_matching(const rri_context *c, rri_spots *out, rr_error *err);

/* `want` sequences at random, or all there are where they are fewer: behind a random one of their
 * matching steps, where they have any; else behind a random one of all steps, or at the front. */
rr_status rri_spots_random(const rri_context *c, size_t want, rri_spots *out, rr_error *err);

/* Draw training sequences labelled `label` and predicted so for target `id`, `want` of them or all
 * there are, none twice. Memory: *out is owned, rri_free(). */
rr_status rri_counterweights(const rr_insertion_config *cfg, const rr_influence *inf, size_t id,
                             uint32_t label, size_t want, uint32_t **out, size_t *count,
                             rr_error *err);

/* Read every sequence without and with the symbol: before, truth, prediction. */
rr_status rri_spots_measure(const rri_context *c, rri_spots *spots, rr_error *err);

/* Append a training sequence with step t of x behind step `after`, labelled `label`. */
rr_status rri_spot_build(const rr_dataset *train, const rr_insertion *spot, const rr_sequence *x,
                         size_t t, uint32_t label, rr_dataset_builder *b, rr_error *err);

void rri_spots_clear(rri_spots *s); /* a zeroed struct is allowed */

#endif
