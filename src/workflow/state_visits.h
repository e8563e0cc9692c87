/* SPDX-License-Identifier: MIT */
/* state_visits.h - the steps of a set of traces, state by state. */
#ifndef RRI_STATE_VISITS_H
#define RRI_STATE_VISITS_H

#include "workflow/workflow_internal.h"

#include "influence/influence_internal.h"

/* The steps of each state, sequence after sequence. Owned but for traces. */
typedef struct rri_visits {
    const rr_traces *traces;
    rr_posting *at;       /* [R] */
    size_t *begin;        /* [K + 2]: state q has begin[q]..begin[q + 1] */
    unsigned char *wrong; /* [N] misclassified; NULL without labels */
    bool by_steps;
} rri_visits;

/* Sort the steps; traces and by_steps are set. On failure it is to be cleared, too. */
rr_status rri_visits_sort(rri_visits *v, size_t K, bool labelled, rr_error *err);
void rri_visits_clear(rri_visits *v);

rr_state_visits rri_visits_count(const rri_visits *v, size_t q);

/* The errors of a state, at most `most` of them, into out; how many they are. NULL: they are only
 * counted. */
size_t rri_visits_errors(const rri_visits *v, size_t q, size_t most, size_t *out);

/* Has step t, from 1, a label of its own? */
static inline bool rri_is_labelled(const rr_trace *a, size_t t)
{
    return a->step_labels != NULL && a->step_labels[t - 1] != RRI_NO_STEP_LABEL;
}

#endif
