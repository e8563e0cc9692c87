/* SPDX-License-Identifier: MIT */
/* variants.h - candidates X' = aug(x'') for one misclassified input x, their influence on x, and
 * the choice among them. Internal to src/repair. */
#ifndef RRI_REPAIR_VARIANTS_H
#define RRI_REPAIR_VARIANTS_H

#include "repair/repair_internal.h"

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

/* Sample `count` variants of the training images `sources` in `rounds` rounds, and score them by
 * inflscore(x', x), or where x has a direction by the cosine of their gradients to it. n >= 1.
 * Memory: rri_variants_clear(). */
rr_status rri_variants_make(const rri_search *s, const rri_target *x, const uint32_t *sources,
                            size_t n, size_t count, size_t rounds, rri_variants *out,
                            rr_error *err);

/* Move the best `keep` of those above the bar to the front of the table, best first, and return how
 * many are there; *accepted is the number above the bar. One source gives more than a quarter of
 * `keep` only where the others have too few. */
size_t rri_variants_choose(rri_variants *v, float bar, size_t keep, size_t *accepted);

void rri_variants_clear(rri_variants *v); /* a zeroed struct is allowed */

#endif
