/* SPDX-License-Identifier: MIT */
/* query_segment.c - the training steps that influence one step: I(key), one look-up; and the steps
 * of a sequence that share keys with a training sequence. */
#include "influence/model.h"

/* The list of step t of a trace that has passed the checks: [*count], NULL where there is none. */
static const rr_posting *list_of(const rri_postings *p, const rr_trace *trace, size_t t,
                                 size_t *count, size_t *sequences)
{
    const size_t m = rri_postings_find(p, rri_key_of_step(&p->space, trace, t));
    const bool found = m < p->keys;

    *count = found ? (size_t)(p->list[m + 1].start - p->list[m].start) : 0;
    if (sequences != NULL)
        *sequences = found ? p->distinct[m] : 0;
    return found ? p->entry + p->list[m].start : NULL;
}

rr_status rr_influence_segment(const rr_influence *inf, rr_key key, const rr_trace *trace, size_t t,
                               const rr_posting **list, size_t *count, size_t *sequences,
                               rr_error *err)
{
    const rr_status st = rri_trace_key_check(inf, key, trace, err);

    if (st != RR_OK)
        return st;
    if (t < 1 || t > trace->steps)
        return rri_fail(err, RR_ERR_ARG, (int64_t)t, "step %zu is not in 1..%zu", t, trace->steps);
    *list = list_of(&inf->postings[key], trace, t, count, sequences);
    return RR_OK;
}

rr_status rr_influence_postings(const rr_influence *inf, rr_key key, const rr_key_value *at,
                                const rr_posting **list, size_t *count, size_t *sequences,
                                rr_error *err)
{
    /* The key of the last step of a sequence of one step or two. */
    const uint16_t states[] = { at->state_before, at->state };
    const uint16_t labels[] = { at->label_before, at->label };
    const uint32_t symbols[] = { 0, at->symbol };
    const size_t first = at->state_before == 0; /* no step has state 0 */
    const rr_trace trace = { .states = states + first,
                             .predictions = labels + first,
                             .symbols = symbols + first,
                             .steps = 2 - first };

    return rr_influence_segment(inf, key, &trace, trace.steps, list, count, sequences, err);
}

/* The first step of a sequence in a list, which is sorted by sequence, then step; 0 if none. */
static uint32_t first_step_of(const rr_posting *list, size_t n, uint32_t id)
{
    size_t low = 0;
    size_t high = n;

    while (low < high) { /* finds the first entry that is not below */
        const size_t middle = low + (high - low) / 2;
        if (list[middle].sequence < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && list[low].sequence == id ? list[low].step : 0;
}

rr_status rr_influence_touched(const rr_influence *inf, rr_key key, uint32_t id,
                               const rr_trace *trace, uint32_t *at, size_t *count, rr_error *err)
{
    const rr_status st = rri_trace_key_check(inf, key, trace, err);
    size_t matches = 0;

    if (st != RR_OK)
        return st;
    if (id >= inf->info.sequences)
        return rri_fail(err, RR_ERR_ARG, (int64_t)id, "training sequence %u is not below %zu", id,
                        inf->info.sequences);
    for (size_t t = 1; t <= trace->steps; t++) {
        size_t n = 0;
        const rr_posting *list = list_of(&inf->postings[key], trace, t, &n, NULL);
        at[t - 1] = first_step_of(list, n, id);
        matches += at[t - 1] > 0;
    }
    if (count != NULL)
        *count = matches;
    return RR_OK;
}
