/* SPDX-License-Identifier: MIT */
/* spans.c - the misread spans of a split, and their suspect steps: of runs with an output at every
 * step. */
#include "rnnrepair/workflow_explain.h"

#include "workflow/workflow_internal.h"

#include <string.h>

bool rri_is_misread(const rr_span *s)
{
    return 2 * (size_t)s->wrong >= (size_t)(s->last - s->first) + 1;
}

/* ---- one span ------------------------------------------------------------------------------- */

/* Keep those segments that lie in the span. */
static void keep_inside(const rr_span *span, rr_segments *s)
{
    size_t n = 0;

    s->known = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->segments[i].t >= span->first && s->segments[i].t <= span->last) {
            s->segments[n++] = s->segments[i];
            s->known += s->segments[i].known != 0;
        }
    s->count = n;
}

/* The trace up to the end of a span, as one input whose truth is the span's label. */
static rr_trace prefix_of(const rr_trace *whole, const rr_span *span)
{
    rr_trace a = *whole;

    a.steps = span->last;
    a.label = span->label;
    a.prediction = a.predictions[span->last - 1];
    return a;
}

typedef struct search {
    rr_session *s;
    const rr_localize_config *cfg;
    bool any;       /* spans of any label, else of */
    uint32_t truth; /* this one */
    size_t room;    /* of l->spans */
    rr_span_localization *l;
} search;

static rr_status add_span(search *x, const rr_trace *trace, const rr_span *span, rr_error *err)
{
    rr_span_localization *l = x->l;
    const rr_trace prefix = prefix_of(trace, span);
    rr_status st = RR_OK;

    if (l->count == x->room) {
        const size_t room = 2 * x->room + 64;
        RRI_TRY(rri_grow(&l->spans, l->count, room, sizeof *l->spans, err));
        x->room = room;
    }
    rr_localized_span *out = &l->spans[l->count];
    *out = (rr_localized_span){ .span = *span };
    RRI_TRY(rr_localize(x->s->influence, x->s->net, x->cfg, &prefix, &out->segments, err));
    l->count++;
    keep_inside(span, out->segments);
    l->localized += out->segments->known > 0;
    l->unsupported += out->segments->count > 0 && out->segments->known == 0;

done:
    return st;
}

static rr_status search_trace(search *x, const rr_trace *trace, size_t id, rr_span *spans,
                              rr_error *err)
{
    const size_t C = rr_influence_info_of(x->s->influence).classes;
    rr_span_localization *l = x->l;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rr_trace_spans(trace, C, spans, &n, err));
    for (size_t i = 0; i < n; i++) {
        if (!x->any && spans[i].label != x->truth)
            continue;
        spans[i].sequence = (uint32_t)id;
        l->all++;
        l->labelled_steps += spans[i].last - spans[i].first + 1;
        l->step_errors += spans[i].wrong;
        if (rri_is_misread(&spans[i]))
            RRI_TRY(add_span(x, trace, &spans[i], err));
    }

done:
    return st;
}

/* ---- a split -------------------------------------------------------------------------------- */

/* The sequences to search: those listed, or all. Memory: *out is rri_free()d. */
static rr_status list_sequences(const rr_dataset *ds, const rr_error_filter *which, size_t **out,
                                size_t *n, rr_error *err)
{
    const size_t N = rr_dataset_count(ds);
    const bool listed = which != NULL && which->ids != NULL;
    const rr_status st = rri_alloc(out, listed ? which->count : N, 1, sizeof **out, err);

    if (st != RR_OK)
        return st;
    *n = listed ? which->count : N;
    for (size_t i = 0; i < *n; i++) {
        (*out)[i] = listed ? which->ids[i] : i;
        if ((*out)[i] >= N)
            return rri_fail(err, RR_ERR_ARG, -1,
                            "samples %zu: the split has N = %zu sequences, numbered from 0",
                            (*out)[i], N);
    }
    return RR_OK;
}

static rr_status search_split(search *x, rr_split split, const size_t *ids, size_t n, rr_error *err)
{
    const rr_dataset *ds = x->l->ds;
    const rri_selection some = { split, ids, ds, ids, n };
    rr_traces *traces = NULL;
    rr_span *spans = NULL;
    rr_status st = RR_OK;

    if (n == 0)
        return RR_OK;
    RRI_TRY(rri_session_trace(x->s, &some, &traces, err));
    RRI_TRY(rri_alloc(&spans, rr_dataset_max_steps(ds), 1, sizeof *spans, err));
    for (size_t i = 0; i < n; i++) {
        const rr_trace trace = rr_traces_at(traces, i);
        RRI_TRY(rri_check_cancelled(&x->s->callbacks, err));
        RRI_TRY(search_trace(x, &trace, ids[i], spans, err));
    }

done:
    rri_free(spans);
    rr_traces_free(traces);
    return st;
}

rr_status rr_session_localize_spans(rr_session *s, rr_split split, const rr_localize_config *cfg,
                                    const rr_error_filter *which, rr_span_localization **out,
                                    rr_error *err)
{
    rr_localize_config own = rr_localize_config_default();
    search x = { .s = s, .cfg = &own, .any = which == NULL || which->truth == NULL };
    const rr_influence *inf = NULL;
    const rr_network *net = NULL;
    const rr_dataset *ds = NULL;
    size_t *ids = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_localize_config", err));
    if (!rri_session_foreign(s))
        RRI_TRY(rr_session_network(s, &net, err));
    RRI_TRY(rr_session_influence(s, &inf, err));
    RRI_TRY(rr_session_split(s, split, &ds, err));
    if (!rr_dataset_step_labelled(ds))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "%s: the steps have no labels, so that none is known to be misread",
                         rri_split_title(split)));
    if (!x.any)
        RRI_TRY(rr_dataset_class(ds, which->truth, &x.truth, err));
    RRI_TRY(list_sequences(ds, which, &ids, &n, err));
    RRI_TRY(rri_alloc(&x.l, 1, 1, sizeof *x.l, err));
    x.l->ds = ds;
    RRI_TRY(search_split(&x, split, ids, n, err));
    *out = x.l;
    x.l = NULL;

done:
    rri_free(ids);
    rr_span_localization_free(x.l);
    return st;
}

void rr_span_localization_free(rr_span_localization *l)
{
    if (l == NULL)
        return;
    for (size_t i = 0; i < l->count; i++)
        rr_segments_free(l->spans[i].segments);
    rri_free(l->spans);
    rri_free(l);
}
