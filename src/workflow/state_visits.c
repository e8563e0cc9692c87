/* SPDX-License-Identifier: MIT */
/* state_visits.c - puts the steps of a set of traces in order by their state (counting sort,
 * sequence after sequence within a state), so that a state's own are looked at one after another;
 * and counts who visits a state. */
#include "workflow/state_visits.h"

/* ---- the steps of each state ---------------------------------------------------------------- */

void rri_visits_clear(rri_visits *v)
{
    rri_free(v->at);
    rri_free(v->begin);
    rri_free(v->wrong);
}

static bool is_wrong_step(const rr_trace *a, size_t t)
{
    return rri_is_labelled(a, t) && a->step_labels[t - 1] != a->predictions[t - 1];
}

static bool has_wrong_step(const rr_trace *a)
{
    for (size_t t = 1; t <= a->steps; t++)
        if (is_wrong_step(a, t))
            return true;
    return false;
}

static rr_status mark_wrong(rri_visits *v, rr_error *err)
{
    const size_t N = rr_traces_count(v->traces);
    const rr_status st = rri_alloc(&v->wrong, N, 1, 1, err);

    for (size_t i = 0; st == RR_OK && i < N; i++) {
        const rr_trace a = rr_traces_at(v->traces, i);
        v->wrong[i] = v->by_steps ? has_wrong_step(&a) : a.prediction != a.label;
    }
    return st;
}

rr_status rri_visits_sort(rri_visits *v, size_t K, bool labelled, rr_error *err)
{
    const size_t N = rr_traces_count(v->traces);
    size_t *next = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&v->begin, K + 2, 1, sizeof *v->begin, err));
    RRI_TRY(rri_alloc(&next, K + 2, 1, sizeof *next, err));
    for (size_t i = 0; i < N; i++) {
        const rr_trace a = rr_traces_at(v->traces, i);
        for (size_t t = 0; t < a.steps; t++)
            v->begin[a.states[t] + 1]++;
    }
    for (size_t q = 1; q <= K + 1; q++)
        v->begin[q] += v->begin[q - 1];
    for (size_t q = 0; q <= K + 1; q++)
        next[q] = v->begin[q];
    RRI_TRY(rri_alloc(&v->at, v->begin[K + 1], 1, sizeof *v->at, err));
    for (size_t i = 0; i < N; i++) {
        const rr_trace a = rr_traces_at(v->traces, i);
        for (size_t t = 0; t < a.steps; t++)
            v->at[next[a.states[t]]++] = (rr_posting){ (uint32_t)i, (uint32_t)(t + 1) };
    }
    if (labelled)
        RRI_TRY(mark_wrong(v, err));

done:
    rri_free(next);
    return st;
}

static double fraction_right(size_t wrong, size_t of, bool labelled)
{
    return labelled && of > 0 ? (double)(of - wrong) / (double)of : -1.0;
}

rr_state_visits rri_visits_count(const rri_visits *v, size_t q)
{
    const bool labelled = v->wrong != NULL;
    rr_state_visits x = { .steps = v->begin[q + 1] - v->begin[q] };
    size_t last = SIZE_MAX;

    for (size_t i = v->begin[q]; i < v->begin[q + 1]; i++) {
        const size_t id = v->at[i].sequence;
        const rr_trace a = rr_traces_at(v->traces, id);
        const bool wrong = labelled && v->wrong[id], ends = v->at[i].step == a.steps;
        x.sequences += id != last;
        x.errors += id != last && wrong;
        x.ends += ends;
        x.end_errors += ends && wrong;
        if (labelled) {
            x.labelled_steps += rri_is_labelled(&a, v->at[i].step);
            x.step_errors += is_wrong_step(&a, v->at[i].step);
        }
        last = id;
    }
    x.accuracy = fraction_right(x.errors, x.sequences, labelled);
    x.end_accuracy = fraction_right(x.end_errors, x.ends, labelled);
    x.step_accuracy = fraction_right(x.step_errors, x.labelled_steps, x.labelled_steps > 0);
    return x;
}

size_t rri_visits_errors(const rri_visits *v, size_t q, size_t most, size_t *out)
{
    size_t found = 0, last = SIZE_MAX;

    for (size_t i = v->begin[q]; v->wrong != NULL && i < v->begin[q + 1] && found < most; i++) {
        const size_t id = v->at[i].sequence;
        const rr_trace a = rr_traces_at(v->traces, id);
        const size_t t = v->at[i].step;
        if (id == last || !(v->by_steps ? is_wrong_step(&a, t) : t == a.steps && v->wrong[id]))
            continue;
        if (out != NULL)
            out[found] = id;
        found++;
        last = id;
    }
    return found;
}
