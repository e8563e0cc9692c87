/* SPDX-License-Identifier: MIT */
/* query_segment.c - which training steps made one step: I(key), one look-up. */
#include "influence/model.h"

rr_status rr_influence_segment(const rr_influence *inf, rr_key key, const rr_trace *trace, size_t t,
                               const rr_posting **list, size_t *count, size_t *sequences,
                               rr_error *err)
{
    const rr_status st = rri_trace_key_check(inf, key, trace, err);

    if (st != RR_OK)
        return st;
    if (t < 1 || t > trace->steps)
        return rri_fail(err, RR_ERR_ARG, (int64_t)t, "step %zu is not in 1..%zu", t, trace->steps);
    const rri_postings *p = &inf->postings[key];
    const size_t m =
        rri_postings_find(p, rri_key(key, trace->states, trace->predictions, trace->symbols, t));
    const bool found = m < p->keys;
    *list = found ? p->entry + p->start[m] : NULL;
    *count = found ? (size_t)(p->start[m + 1] - p->start[m]) : 0;
    if (sequences != NULL)
        *sequences = found ? p->distinct[m] : 0;
    return RR_OK;
}
