/* SPDX-License-Identifier: MIT */
/* outcome.c - what a repair changed: every sequence is fixed, still failing, newly broken or
 * unchanged, so the four counts always add up to the number of sequences counted. A fix rate
 * means nothing without the newly broken beside it; docs/ALGORITHMS.md#repair. */
#include "rnnrepair/outcome.h"

#include "core/core.h"
#include "repair/repair_internal.h"

static rr_status check_numbers(const size_t *which, size_t n, size_t N, rr_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (which[i] >= N)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "entry %zu of the list is sequence %zu, but there are %zu", i, which[i],
                            N);
    return RR_OK;
}

void rri_outcome_add(rr_outcome *o, bool was, bool is)
{
    o->count++;
    o->fixed += !was && is;
    o->still_failing += !was && !is;
    o->newly_broken += was && !is;
    o->unchanged += was && is;
}

void rri_outcome_finish(rr_outcome *o)
{
    if (o->count == 0)
        return;
    o->accuracy_before = (double)(o->newly_broken + o->unchanged) / (double)o->count;
    o->accuracy_after = (double)(o->fixed + o->unchanged) / (double)o->count;
}

rr_status rr_outcome_compare_steps(const rr_dataset *ds, const uint32_t *before,
                                   const uint32_t *after, const size_t *which, size_t n,
                                   rr_outcome *out, rr_error *err)
{
    const size_t N = rr_dataset_count(ds), R = rr_dataset_steps(ds);
    rr_outcome o = { .count = 0 };
    unsigned char *taken = NULL; /* [R] */
    size_t at = 0;
    rr_status st = RR_OK;

    if (!rr_dataset_step_labelled(ds))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "the steps have no labels to compare predictions with");
    RRI_TRY(rri_alloc(&taken, R, 1, 1, err));
    for (size_t i = 0; which != NULL && i < n; i++) {
        if (which[i] >= R)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, (int64_t)i,
                             "entry %zu of the list is step %zu, but there are %zu", i, which[i],
                             R));
        taken[which[i]] = 1;
    }
    for (size_t i = 0; i < N; i++) {
        const rr_sequence s = rr_dataset_at(ds, i);
        for (size_t t = 0; t < s.steps; t++, at++) {
            const uint32_t truth = s.step_labels[t];
            if (truth == RR_NO_LABEL || (which != NULL && !taken[at]))
                continue;
            rri_outcome_add(&o, before[at] == truth, after[at] == truth);
        }
    }
    rri_outcome_finish(&o);
    *out = o;

done:
    rri_free(taken);
    return st;
}

rr_status rr_outcome_compare(const rr_dataset *ds, const uint32_t *before, const uint32_t *after,
                             const size_t *which, size_t n, rr_outcome *out, rr_error *err)
{
    const size_t N = rr_dataset_count(ds);
    const size_t listed = which == NULL ? N : n;
    rr_outcome o = { .count = 0 };

    if (which != NULL) {
        const rr_status st = check_numbers(which, n, N, err);
        if (st != RR_OK)
            return st;
    }
    for (size_t i = 0; i < listed; i++) {
        const size_t id = which == NULL ? i : which[i];
        const uint32_t truth = rr_dataset_at(ds, id).label;
        rri_outcome_add(&o, before[id] == truth, after[id] == truth);
    }
    rri_outcome_finish(&o);
    *out = o;
    return RR_OK;
}
