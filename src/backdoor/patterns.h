/* SPDX-License-Identifier: MIT */
/* patterns.h - what the parts of a scan for patterns share.
 *
 * Sequences are compared at `places`: the first `opening` are the steps 1, 2, ...; of the others,
 * PATTERN_PARTS in number, the j-th is after j / PATTERN_PARTS of the steps, the last after all. A
 * sequence shorter than a step is looked at after its last. */
#ifndef RRI_BACKDOOR_PATTERNS_H
#define RRI_BACKDOOR_PATTERNS_H

#include "backdoor/backdoor_internal.h"
#include "core/callbacks.h"
#include "influence/influence_internal.h"

enum { PATTERN_PARTS = 16, PATTERNS = 2 };

/* The training sequences at the places. All owned: rri_places_clear(). */
typedef struct rri_places {
    size_t N, P, C, opening, places; /* places = opening + PATTERN_PARTS */
    float *z;                        /* [places][P][N] principal components */
    uint32_t *label;                 /* [N] */
} rri_places;

/* Read them. Errors: as rr_backdoor_scan_patterns(). */
rr_status rri_places_read(const rr_influence *inf, rr_state_source *source, size_t opening,
                          size_t threads, rri_places *out, rr_error *err);
void rri_places_clear(rri_places *p);

/* Labels among the nearest at one place: of each sequence the share of its own label, and the
 * largest share of another one. reference is [m], rising: who is compared with, never a sequence
 * with itself. As near as the k-th nearest are all that are equally near.
 *  Shapes   own, other are [N].
 *  Errors   NOMEM. */
rr_status rri_places_shares(const rri_places *p, size_t place, const uint32_t *reference, size_t m,
                            size_t k, size_t threads, float *own, float *other, rr_error *err);

#endif
