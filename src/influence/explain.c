/* SPDX-License-Identifier: MIT */
/* explain.c - explains one prediction: its steps, its proponents, and among these the ones labelled
 * with the truth (T_t) and with the prediction (T_m). */
#include "influence/query.h"

/* Of N training sequences, 1 of PART is among the most influential: not fewer than LEAST, whose
 * labels are a sample at all, and not more than MOST. */
enum { PART = 20, LEAST = 10, MOST = 100 };

rr_explain_config rr_explain_config_default(void)
{
    return (rr_explain_config){
        .struct_size = sizeof(rr_explain_config),
        .query = rr_query_default(),
    };
}

size_t rr_influence_top(size_t N)
{
    return rri_min(N, rri_min(MOST, rri_max(LEAST, rri_blocks(N, PART))));
}

static rr_status explain_steps(const rr_influence *inf, rr_key key, const rr_trace *trace,
                               rr_explanation *e, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&e->steps, trace->steps, 1, sizeof *e->steps, err));
    e->count_steps = trace->steps;
    for (size_t t = 1; t <= trace->steps; t++) {
        const rr_posting *list = NULL;
        size_t count = 0;
        rr_explain_step *step = &e->steps[t - 1];
        *step = (rr_explain_step){
            .t = t,
            .state = trace->states[t - 1],
            .prediction = trace->predictions[t - 1],
            .probability = trace->probabilities != NULL ? trace->probabilities[t - 1] : -1.0f,
            .confidence = rr_influence_confidence(inf, trace->states[t - 1]),
            .label = RR_NO_LABEL,
        };
        if (trace->step_labels != NULL && trace->step_labels[t - 1] != RRI_NO_STEP_LABEL)
            step->label = trace->step_labels[t - 1];
        RRI_TRY(rr_influence_segment(inf, key, trace, t, &list, &count, &step->influencers, err));
    }

done:
    return st;
}

/* The proponents with this label, in order. */
static rr_status select_label(const rr_explanation *e, uint32_t label, rr_neighbour **out,
                              size_t *count, rr_error *err)
{
    size_t n = 0;

    for (size_t i = 0; i < e->count_proponents; i++)
        n += e->proponents[i].label == label;
    const rr_status st = rri_alloc(out, n, 1, sizeof **out, err);
    if (st != RR_OK)
        return st;
    *count = 0;
    for (size_t i = 0; i < e->count_proponents; i++)
        if (e->proponents[i].label == label)
            (*out)[(*count)++] = e->proponents[i];
    return RR_OK;
}

double rri_lift(const rr_traces *t, const rr_query *q, uint32_t label, size_t count, size_t of)
{
    rr_query any = *q;
    size_t carry = 0, all = 0;

    any.label = -1;
    for (size_t i = 0; count > 0 && i < t->count; i++)
        if (rri_best_wants(t, &any, i)) {
            carry += t->label[i] == label;
            all++;
        }
    return count > 0 ? ((double)count * (double)all) / ((double)of * (double)carry) : 0.0;
}

rr_status rr_explain(const rr_influence *inf, const rr_explain_config *cfg, const rr_trace *trace,
                     rr_explanation **out, rr_error *err)
{
    rr_explain_config own = rr_explain_config_default();
    rr_explanation *e = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_explain_config", err));
    cfg = &own;
    const size_t N = inf->info.sequences;
    const size_t capacity = cfg->top > 0 ? rri_min(cfg->top, N) : rr_influence_top(N);
    rr_query query = cfg->query;
    query.label = -1;
    RRI_TRY(rri_query_check(inf, &query, err));
    RRI_TRY(rri_trace_check(inf, trace, err));
    RRI_TRY(rri_alloc(&e, 1, 1, sizeof *e, err));
    e->truth = trace->label;
    e->prediction = trace->prediction;
    e->classes = inf->info.classes;
    e->top = capacity;
    RRI_TRY(explain_steps(inf, query.key, trace, e, err));
    RRI_TRY(rri_alloc(&e->proponents, capacity, 1, sizeof *e->proponents, err));
    RRI_TRY(rr_influence_nearest_tied(inf, &query, trace, capacity, e->proponents,
                                      &e->count_proponents, &e->tied, err));
    while (e->count_proponents > 0 && !(e->proponents[e->count_proponents - 1].score > 0.0f)) {
        e->count_proponents--; /* it shares nothing with the trace */
        e->tied = 0;
    }
    RRI_TRY(select_label(e, e->truth, &e->for_truth, &e->count_for_truth, err));
    RRI_TRY(select_label(e, e->prediction, &e->for_prediction, &e->count_for_prediction, err));
    e->count_truth = e->count_for_truth;
    e->count_prediction = e->count_for_prediction;
    const size_t n = e->count_proponents;
    e->lift_truth = rri_lift(inf->training, &query, e->truth, e->count_truth, n);
    e->lift_prediction = rri_lift(inf->training, &query, e->prediction, e->count_prediction, n);
    e->fault = e->prediction != e->truth && e->lift_prediction > e->lift_truth;
    *out = e;
    e = NULL;

done:
    rr_explanation_free(e);
    return st;
}

void rr_explanation_free(rr_explanation *e)
{
    if (e == NULL)
        return;
    rri_free(e->steps);
    rri_free(e->proponents);
    rri_free(e->for_truth);
    rri_free(e->for_prediction);
    rri_free(e);
}
