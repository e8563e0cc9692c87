/* SPDX-License-Identifier: MIT */
/* scoring.h - variants of whole sequences: made, appended, scored for one target. */
#ifndef RRI_REPAIR_SCORING_H
#define RRI_REPAIR_SCORING_H

#include "rnnrepair/experimental/augment.h"

#include "repair/repair_internal.h"

/* The search for one target, and what the network predicts for its variants. */
typedef struct rri_scoring {
    const rri_search *s;
    const rri_target *x;
    const rr_dataset *from; /* where the sources are: the training set, or the test set */
    uint32_t label;         /* of the variants */
    float *direction;       /* of x's gradient, owned; NULL where influence scores */
    uint32_t *prediction;   /* [variants] by number, owned */
} rri_scoring;

/* Where the loss of a target grows fastest. Memory: *direction is owned. */
rr_status rri_find_direction(const rri_search *s, size_t id, float **direction, rr_error *err);

/* The score of n variants and what is predicted for them: rr_variant_search.score. */
rr_status rri_score_variants(void *self, rr_variant *v, size_t n, rr_error *err);

/* Memory for one varied sequence of `capacity` steps at most. A zeroed struct is empty; it grows as
 * needed. All owned: rri_varied_clear(). */
typedef struct rri_varied {
    size_t capacity;
    float *frames;         /* [capacity][D] */
    double *position;      /* [capacity] */
    uint32_t *step_labels; /* [capacity], where the steps have labels */
    int64_t *parts;        /* [capacity], the same */
} rri_varied;

void rri_varied_clear(rri_varied *w);

/* Append a varied sequence. */
rr_status rri_add_varied(const rri_search *s, rr_sequence seq, const rr_affine *transform,
                         const rr_variation *variation, uint32_t label, rri_varied *w,
                         rr_dataset_builder *b, rr_error *err);

#endif
