/* SPDX-License-Identifier: MIT */
/* explain_steps.c - what is behind some steps of a sequence, of training steps that have labels:
 * the labels of those that match, and the spans that influence them most. */
#include "workflow/workflow_internal.h"

#include "influence/influence_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- labels --------------------------------------------------------------------------------- */

static int most_frequent_first(const void *a, const void *b)
{
    const rr_label_lift *x = a;
    const rr_label_lift *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x->label < y->label ? -1 : x->label > y->label;
}

/* The labels of all training steps, [C] and their sum. */
static size_t count_all(const rr_traces *training, size_t *count)
{
    size_t all = 0;

    for (size_t i = 0; i < rr_traces_count(training); i++) {
        const rr_trace a = rr_traces_at(training, i);
        for (size_t t = 0; t < a.steps; t++)
            if (a.step_labels[t] != RRI_NO_STEP_LABEL) {
                count[a.step_labels[t]]++;
                all++;
            }
    }
    return all;
}

/* The labels of the training steps that match steps first..last. */
static rr_status count_matching(const rr_influence *inf, rr_key key, const rr_trace *trace,
                                size_t first, size_t last, rr_label_lift *labels, size_t *all,
                                rr_error *err)
{
    const rr_traces *training = rr_influence_training(inf);
    rr_status st = RR_OK;

    for (size_t t = first; t <= last; t++) {
        const rr_posting *list = NULL;
        size_t n = 0;
        RRI_TRY(rr_influence_segment(inf, key, trace, t, &list, &n, NULL, err));
        for (size_t e = 0; e < n; e++) {
            const rr_trace a = rr_traces_at(training, list[e].sequence);
            const uint16_t label = a.step_labels[list[e].step - 1];
            if (label == RRI_NO_STEP_LABEL)
                continue;
            labels[label].count++;
            ++*all;
        }
    }

done:
    return st;
}

static rr_status find_labels(const rr_influence *inf, rr_key key, const rr_trace *trace,
                             rr_answer *x, rr_error *err)
{
    const size_t C = rr_influence_info_of(inf).classes;
    size_t *usual = NULL;
    size_t matching = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&usual, C, 1, sizeof *usual, err));
    RRI_TRY(rri_alloc(&x->labels, C, 1, sizeof *x->labels, err));
    RRI_TRY(count_matching(inf, key, trace, x->step, x->last_step, x->labels, &matching, err));
    const size_t all = count_all(rr_influence_training(inf), usual);
    for (uint32_t c = 0; c < C; c++) {
        rr_label_lift *l = &x->labels[c];
        l->label = c;
        if (l->count == 0)
            continue;
        l->share = (double)l->count / (double)matching;
        l->lift = l->share * (double)all / (double)usual[c];
    }
    qsort(x->labels, C, sizeof *x->labels, most_frequent_first);
    while (x->count_labels < C && x->labels[x->count_labels].count > 0)
        x->count_labels++;

done:
    rri_free(usual);
    return st;
}

/* ---- spans ---------------------------------------------------------------------------------- */

/* The parts of the source that the spans came from, if it names some. */
static rr_status find_parts(rr_session *s, rr_answer *x, rr_error *err)
{
    rr_dataset *training = NULL;
    size_t *ids = NULL;
    rr_status st = RR_OK;

    if (x->count_spans == 0 || rr_dataset_shape_of(x->ds).parts == 0)
        return RR_OK;
    RRI_TRY(rri_alloc(&ids, x->count_spans, 1, sizeof *ids, err));
    for (size_t i = 0; i < x->count_spans; i++)
        ids[i] = x->spans[i].span.sequence;
    RRI_TRY(rr_session_sequences(s, RR_SPLIT_TRAIN, ids, x->count_spans, &training, err));
    RRI_TRY(rri_alloc(&x->parts, x->count_spans, 1, sizeof *x->parts, err));
    for (size_t i = 0; i < x->count_spans; i++) {
        const rr_sequence q = rr_dataset_at(training, i);
        x->parts[i] = q.parts != NULL ? q.parts[x->spans[i].span.first - 1] : -1;
    }

done:
    rri_free(ids);
    rr_dataset_free(training);
    return st;
}

static rr_status find_spans(const rr_influence *inf, const rr_question *q, const rr_trace *trace,
                            rr_answer *x, rr_error *err)
{
    const rr_span_query usual = rr_span_query_default();
    const rr_span_query *how = q->spans.struct_size > 0 ? &q->spans : &usual;
    rr_spans *spans = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_spans_new(inf, q->cfg.query.key, &spans, err));
    const size_t k = rri_min(q->cfg.top, rr_spans_count(spans));
    RRI_TRY(rri_alloc(&x->spans, k, 1, sizeof *x->spans, err));
    RRI_TRY(rr_spans_nearest(spans, how, trace, x->step, x->last_step, k, x->spans, &x->count_spans,
                             err));

done:
    rr_spans_free(spans);
    return st;
}

/* ---- the steps asked about ------------------------------------------------------------------ */

/* The first misread span; *first is 0 where there is none. */
static rr_status find_misread(const rr_trace *trace, size_t classes, size_t *first, size_t *last,
                              rr_error *err)
{
    rr_span *spans = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    *first = *last = 0;
    RRI_TRY(rri_alloc(&spans, trace->steps, 1, sizeof *spans, err));
    RRI_TRY(rr_trace_spans(trace, classes, spans, &n, err));
    for (size_t i = 0; i < n && *first == 0; i++)
        if (rri_is_misread(&spans[i])) {
            *first = spans[i].first;
            *last = spans[i].last;
        }

done:
    rri_free(spans);
    return st;
}

rr_status rri_explain_steps(rr_session *s, const rr_question *q, const rr_trace *trace,
                            rr_answer *x, rr_error *err)
{
    const rr_influence *inf = s->influence;
    const bool labelled = rr_traces_at(rr_influence_training(inf), 0).step_labels != NULL;
    rr_status st = RR_OK;

    x->step = q->step;
    x->last_step = q->last_step > 0 ? q->last_step : q->step;
    if (q->last_step > 0 && !labelled)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "steps %zu-%zu: the steps of the training set have no labels, so that "
                         "there are no spans; ask about one step",
                         q->step, q->last_step));
    if (q->step == 0 && rri_session_by_steps(s) && labelled)
        RRI_TRY(
            find_misread(trace, rr_influence_info_of(inf).classes, &x->step, &x->last_step, err));
    if (x->step == 0)
        return RR_OK;
    if (x->step > x->last_step || x->last_step > trace->steps)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "steps %zu-%zu: the sequence has T = %zu steps, from 1", x->step,
                         x->last_step, trace->steps));
    if (!labelled)
        return RR_OK;
    RRI_TRY(find_labels(inf, q->cfg.query.key, trace, x, err));
    RRI_TRY(find_spans(inf, q, trace, x, err));
    RRI_TRY(find_parts(s, x, err));

done:
    return st;
}

rr_status rri_first_misread(rr_session *s, rr_split split, size_t *id, rr_error *err)
{
    rr_span_localization *l = NULL;
    rr_localize_config cfg = rr_localize_config_default();
    rr_status st = RR_OK;

    cfg.rules = RR_RULE_FLIP; /* no keys are looked up: any model has what it needs */
    cfg.key = RR_KEY_TRANSITION;
    RRI_TRY(rr_session_localize_spans(s, split, &cfg, NULL, &l, err));
    if (l->count == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "no misread span among the %zu sequences of %s; name one with --sample",
                         rr_dataset_count(l->ds), rri_split_title(split)));
    *id = l->spans[0].span.sequence;

done:
    rr_span_localization_free(l);
    return st;
}
