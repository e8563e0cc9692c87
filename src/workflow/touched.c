/* SPDX-License-Identifier: MIT */
/* touched.c - the reverse of an explanation: which errors of a split a training sequence
 * influences.
 *
 * It influences a step of another sequence if it is in I(key) of that step. */
#include "rnnrepair/workflow_explain.h"

#include "workflow/workflow_internal.h"

#include <stdlib.h>

/* Counts by the training sequence's own steps [T]: the first step with the same key, and the number
 * of errors with that key, counted at the first step. */
typedef struct tally {
    rr_trace own;
    uint32_t *first;
    size_t *errors;
    size_t *seen; /* the last error counted at a step, from 1 */
    uint32_t *at; /* [longest T of an error] matches of one error */
} tally;

static void free_tally(tally *y)
{
    rri_free(y->first);
    rri_free(y->errors);
    rri_free(y->seen);
    rri_free(y->at);
}

static int largest_fraction_first(const void *a, const void *b)
{
    const rr_touched_error *x = a;
    const rr_touched_error *y = b;

    if (x->fraction != y->fraction)
        return x->fraction > y->fraction ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Store the matches of error k, and count it once for each key in them. */
static void take_error(rr_reach *r, tally *y, size_t k, size_t id, const rr_trace *trace,
                       rr_touched_step *steps, size_t count)
{
    rr_touched_error *e = &r->touched[r->count++];

    *e = (rr_touched_error){
        id, trace->label, trace->prediction, (double)count / (double)trace->steps, steps, 0
    };
    for (size_t t = 0; t < trace->steps; t++) {
        const size_t own = y->at[t];
        if (own == 0)
            continue;
        e->steps[e->count++] = (rr_touched_step){ t + 1, own };
        if (y->seen[own - 1] != k + 1) {
            y->seen[own - 1] = k + 1;
            y->errors[own - 1]++;
        }
    }
}

static rr_status touch(const rr_session *s, rr_key key, const rr_ids *errors,
                       const rr_traces *traces, rr_reach *r, tally *y, rr_error *err)
{
    const uint32_t id = (uint32_t)r->id;
    size_t steps = 0, longest = 0;
    rr_status st = RR_OK;

    for (size_t k = 0; k < errors->count; k++) {
        const size_t T = rr_traces_at(traces, k).steps;
        steps += T;
        longest = T > longest ? T : longest;
    }
    RRI_TRY(rri_alloc(&r->pool, steps, 1, sizeof *r->pool, err));
    RRI_TRY(rri_alloc(&r->touched, errors->count, 1, sizeof *r->touched, err));
    RRI_TRY(rri_alloc(&y->at, longest, 1, sizeof *y->at, err));
    RRI_TRY(rri_alloc(&y->first, y->own.steps, 1, sizeof *y->first, err));
    RRI_TRY(rri_alloc(&y->errors, y->own.steps, 1, sizeof *y->errors, err));
    RRI_TRY(rri_alloc(&y->seen, y->own.steps, 1, sizeof *y->seen, err));
    RRI_TRY(rr_influence_touched(s->influence, key, id, &y->own, y->first, NULL, err));
    rr_touched_step *free_steps = r->pool;
    for (size_t k = 0; k < errors->count; k++) {
        const rr_trace trace = rr_traces_at(traces, k);
        size_t count = 0;
        RRI_TRY(rr_influence_touched(s->influence, key, id, &trace, y->at, &count, err));
        if (count > 0)
            take_error(r, y, k, errors->ids[k], &trace, free_steps, count);
        free_steps += count;
    }
    if (r->count > 1)
        qsort(r->touched, r->count, sizeof *r->touched, largest_fraction_first);

done:
    return st;
}

static rr_status take_own_steps(rr_reach *r, const tally *y, rr_error *err)
{
    const rr_trace *own = &y->own;
    const rr_status st = rri_alloc(&r->steps, own->steps, 1, sizeof *r->steps, err);

    if (st != RR_OK)
        return st;
    r->count_steps = own->steps;
    for (size_t t = 0; t < own->steps; t++)
        r->steps[t] = (rr_touching_step){ t + 1, own->states[t], own->predictions[t],
                                          y->first[t] > 0 ? y->errors[y->first[t] - 1] : 0 };
    return RR_OK;
}

static rr_status reach(rr_session *s, rr_split split, rr_key key, rr_reach *r, rr_error *err)
{
    tally y = { .own = rr_traces_at(rr_influence_training(s->influence), r->id) };
    rr_ids errors = { NULL, 0 };
    rr_traces *traces = NULL;
    rr_status st = RR_OK;

    r->label = y.own.label;
    r->prediction = y.own.prediction;
    RRI_TRY(rr_session_errors(s, split, NULL, &errors, err));
    RRI_TRY(rr_session_split(s, split, &r->ds, err));
    r->errors = errors.count;
    if (errors.count > 0)
        RRI_TRY(rri_session_trace(
            s, &(rri_selection){ split, errors.ids, r->ds, errors.ids, errors.count }, &traces,
            err));
    RRI_TRY(touch(s, key, &errors, traces, r, &y, err));
    RRI_TRY(take_own_steps(r, &y, err));
    if (rr_dataset_width(r->ds) == 0)
        RRI_TRY(rr_session_sequences(s, RR_SPLIT_TRAIN, &r->id, 1, &r->training, err));

done:
    free_tally(&y);
    rr_traces_free(traces);
    rr_ids_free(&errors);
    return st;
}

rr_status rr_session_touched(rr_session *s, rr_split split, size_t id, rr_key key, rr_reach **out,
                             rr_error *err)
{
    const rr_influence *inf = NULL;
    rr_reach *r = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_session_influence(s, &inf, err));
    const size_t N = rr_traces_count(rr_influence_training(inf));
    if (id >= N)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "training %zu: there are N = %zu, numbered from 0",
                         id, N));
    RRI_TRY(rri_alloc(&r, 1, 1, sizeof *r, err));
    r->id = id;
    RRI_TRY(reach(s, split, key, r, err));
    *out = r;
    r = NULL;

done:
    rr_reach_free(r);
    return st;
}

void rr_reach_free(rr_reach *r)
{
    if (r == NULL)
        return;
    rr_dataset_free(r->training);
    rri_free(r->steps);
    rri_free(r->touched);
    rri_free(r->pool);
    rri_free(r);
}
