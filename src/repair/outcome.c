/* SPDX-License-Identifier: MIT */
/* outcome.c - what a repair changed: every sequence is fixed, still failing, newly broken or
 * unchanged, so the four counts always add up to the number of sequences counted. A fix rate
 * means nothing without the newly broken beside it; docs/ALGORITHMS.md#repair. */
#include "rnnrepair/repair.h"

#include "core/core.h"

static rr_status check_numbers(const size_t *which, size_t n, size_t N, rr_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (which[i] >= N)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "entry %zu of the list is sequence %zu, but there are %zu", i, which[i],
                            N);
    return RR_OK;
}

rr_status rr_outcome_compare(const rr_dataset *ds, const uint32_t *before, const uint32_t *after,
                             const size_t *which, size_t n, rr_outcome *out, rr_error *err)
{
    const size_t N = rr_dataset_count(ds);
    rr_outcome o = { .count = which == NULL ? N : n };

    if (which != NULL) {
        const rr_status st = check_numbers(which, n, N, err);
        if (st != RR_OK)
            return st;
    }
    for (size_t i = 0; i < o.count; i++) {
        const size_t id = which == NULL ? i : which[i];
        const uint32_t truth = rr_dataset_at(ds, id).label;
        const bool was = before[id] == truth;
        const bool is = after[id] == truth;
        o.fixed += !was && is;
        o.still_failing += !was && !is;
        o.newly_broken += was && !is;
        o.unchanged += was && is;
    }
    if (o.count > 0) {
        o.accuracy_before = (double)(o.newly_broken + o.unchanged) / (double)o.count;
        o.accuracy_after = (double)(o.fixed + o.unchanged) / (double)o.count;
    }
    *out = o;
    return RR_OK;
}
