/* SPDX-License-Identifier: MIT */
/* variants.h - candidates X' = aug(x'') of one failed input x, their influence on x, and the
 * choice among them. Internal to src/repair. */
#ifndef RRI_REPAIR_VARIANTS_H
#define RRI_REPAIR_VARIANTS_H

#include "rnnrepair/repair.h"

#include "core/core.h"

/* What the variants of every target share; all borrowed. */
typedef struct rri_workshop {
    const rr_repair_config *cfg;
    const rr_influence *inf;
    const rr_network *net;
    const rr_dataset *train;
    size_t T, D; /* rows and columns of every image */
} rri_workshop;

/* One candidate. sample.addition is not set before the candidate is kept. */
typedef struct rri_candidate {
    rr_repair_sample sample;
    size_t number; /* of the variant, 0..count-1 */
} rri_candidate;

typedef struct rri_variants {
    float *frames;        /* [count][T][D] by number, owned */
    rri_candidate *table; /* [count], owned; in no promised order before rri_variants_choose() */
    size_t count;
} rri_variants;

/* Errors ARG: the member and its value are named. */
rr_status rri_repair_check_config(const rr_repair_config *cfg, rr_error *err);

/* The failed input that variants are for; all borrowed. */
typedef struct rri_patient {
    size_t id;              /* of the sequence in the test set */
    rr_trace trace;         /* its label is the truth; variants are scored by inflscore(x', x) */
    const float *direction; /* where not NULL, by the cosine of their gradients to this one */
} rri_patient;

/* Draw `count` variants of the training images `sources` in `rounds` rounds, and score them.
 * n >= 1. Memory: rri_variants_clear(). */
rr_status rri_variants_draw(const rri_workshop *w, const rri_patient *x, const uint32_t *sources,
                            size_t n, size_t count, size_t rounds, rri_variants *out,
                            rr_error *err);

/* Move the best `keep` of those above the bar to the front of the table, best first, and return how
 * many are there; *accepted is the number above the bar. One source gives more than a quarter of
 * `keep` only where the others have too few. */
size_t rri_variants_choose(rri_variants *v, float bar, size_t keep, size_t *accepted);

void rri_variants_clear(rri_variants *v); /* a zeroed struct is allowed */

#endif
