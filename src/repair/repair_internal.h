/* SPDX-License-Identifier: MIT */
/* repair_internal.h - the search context, a target, and what a level does for it. */
#ifndef RRI_REPAIR_INTERNAL_H
#define RRI_REPAIR_INTERNAL_H

#include "rnnrepair/repair.h"

#include "diagnosis/diagnosis_internal.h"

/* The configuration with the level that `symbols` (or frames) in the training set ask for, the
 * balance its strategy asks for, and a query as the method sets it. ARG: the level is not of these
 * data, the strategy not of the level, a member of the level is out of its range. */
rr_status rri_repair_settle(const rr_repair_config *cfg, bool symbols, rr_repair_config *out,
                            rr_error *err);

/* ARG where a setting of level output is out of its range. */
rr_status rri_output_repair_check(const rr_output_repair *cfg, rr_error *err);

/* Count an input that was right or not, and is now; at the end the fractions. */
void rri_outcome_add(rr_outcome *o, bool was, bool is);
void rri_outcome_finish(rr_outcome *o);

typedef struct rri_thesaurus rri_thesaurus; /* rewording.h */

/* The search context: what all targets share. Borrowed but for cfg, which is settled. */
typedef struct rri_search {
    rr_repair_config cfg;
    const rr_influence *inf;
    const rr_network *net; /* NULL at level segment: what it makes of the insertions stays unknown,
                              and train and test are NULL */
    const rr_dataset *train, *test;
    rri_thesaurus *thesaurus; /* level sample: where sentences are reworded, else NULL */
    size_t T, D;   /* of the longest training sequence; rows and columns of every image */
    bool steps;    /* level segment: the steps have labels, and a target is one of them */
    size_t budget; /* level segment: insertions for a target at most, 0 = no limit */
    unsigned char
        *excluded; /* [N] 1: nothing is made from this training sequence; NULL: from all */
    size_t count_excluded;
} rri_search;

static inline bool rri_excludes(const rri_search *s, size_t id)
{
    return s->excluded != NULL && s->excluded[id];
}

/* One misclassified input x. Borrowed. */
typedef struct rri_target {
    size_t id;      /* of the sequence in the test set */
    rr_trace trace; /* its label is the truth */
} rri_target;

/* What is kept for a target; a level fills in its own. All owned. */
typedef struct rri_kept {
    rr_repair_sample *samples; /* [count_kept] */
    rr_insertion *insertions;  /* [count_kept] */
    uint32_t *balance;         /* [count_balance] */
    size_t tied; /* training sequences as influential as the last source, and no sources */
    double lift_truth, lift_prediction; /* of the counts by label of a target at level sample */
} rri_kept;

void rri_kept_clear(rri_kept *k); /* a zeroed struct is allowed */

/* ---- the levels ----------------------------------------------------------------------------- */

/* Do the data fit the level? */
rr_status rri_sample_check(const rri_search *s, rr_error *err);
rr_status rri_segment_check(const rri_search *s, rr_error *err);

/* Fill in the result of a target, whose head and segments are set, and what is kept, whose
 * additions are numbered from `first`. On failure *kept is to be cleared. */
rr_status rri_sample_search(const rri_search *s, const rri_target *x, size_t first,
                            rr_repair_target *t, rri_kept *kept, rr_error *err);
rr_status rri_segment_search(const rri_search *s, const rri_target *x, size_t first,
                             rr_repair_target *t, rri_kept *kept, rr_error *err);

/* The same of strategy direct, at either level: nothing is searched. */
void rri_direct_search(const rri_search *s, rr_repair_target *t);

/* Append what is kept to the additions; rri_direct_add() the copies of the input itself. */
rr_status rri_direct_add(const rri_search *s, const rr_repair_target *t, rr_dataset_builder *b,
                         rr_error *err);
rr_status rri_sample_add(const rri_search *s, const rr_repair_target *t, const rri_kept *kept,
                         rr_dataset_builder *b, rr_error *err);
rr_status rri_segment_add(const rri_search *s, const rr_repair_target *t, const rri_kept *kept,
                          rr_dataset_builder *b, rr_error *err);

/* Sample training sequences labelled `label`, classified correctly and not excluded, `want` of them
 * or all there are, none twice. Memory: *out [*count] is owned, rri_free(); NULL on failure. */
rr_status rri_sample_correct(const rri_search *s, uint32_t label, rri_random *stream, size_t want,
                             uint32_t **out, size_t *count, rr_error *err);

#endif
