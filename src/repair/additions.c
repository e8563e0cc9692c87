/* SPDX-License-Identifier: MIT */
/* additions.c - samples to add for a network that is not here: nearest training sequences of the
 * truth, or suspect symbols inserted into training sequences, without what the network makes of
 * them. Level segment is that of segment.c by the strategy `paper`, which asks no network.
 * Source: Xie et al. 2021, sec. 3.3.2; docs/ALGORITHMS.md#repair. */
#include "rnnrepair/additions.h"

#include "core/callbacks.h"
#include "influence/influence_internal.h"
#include "repair/repair_internal.h"

#include <string.h>

struct rr_additions {
    rr_addition *list; /* [count] */
    size_t count, capacity;
    size_t without;
};

rr_additions_config rr_additions_config_default(void)
{
    rr_additions_config cfg = { .struct_size = sizeof(rr_additions_config),
                                .query = rr_query_default(),
                                .localize = rr_localize_config_default(),
                                .insertions = 25,
                                .balance = 0.5,
                                .correct_only = 1,
                                .budget = 45,
                                .seed = 1 };

    cfg.localize.rules = RR_RULE_FLIP;
    return cfg;
}

/* ---- what is asked for ---------------------------------------------------------------------- */

/* Everything for one target. */
typedef struct work {
    rr_additions_config cfg; /* level is not auto */
    const rr_influence *inf;
    rr_spans *spans; /* owned; NULL where steps have no labels */
    rr_additions *out;
} work;

/* Have the training steps labels? */
static bool has_steps(const rr_influence *inf)
{
    return rr_traces_at(rr_influence_training(inf), 0).step_labels != NULL;
}

static rr_status settle(const rr_additions_config *given, const rr_influence *inf,
                        rr_additions_config *out, rr_error *err)
{
    rr_additions_config c = rr_additions_config_default();
    const bool symbols = rr_influence_info_of(inf).vocabulary > 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_config_take(&c, sizeof c, given, "rr_additions_config", err));
    RRI_TRY(rri_config_same(&c.query, sizeof c.query, "rr_additions_config.query", err));
    RRI_TRY(rri_config_same(&c.localize, sizeof c.localize, "rr_additions_config.localize", err));
    if ((unsigned)c.level > RR_LEVEL_SEGMENT)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "samples are added at level sample or segment"));
    if (c.level == RR_LEVEL_SEGMENT && has_steps(inf))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "level segment: it repairs the answer after the last step, but every step "
                         "has a label; use level sample"));
    if (c.level == RR_LEVEL_AUTO)
        c.level = symbols && !has_steps(inf) ? RR_LEVEL_SEGMENT : RR_LEVEL_SAMPLE;
    if (c.level == RR_LEVEL_SEGMENT && !symbols)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "level segment: it inserts symbols, but the model is of frames; use level "
                         "sample"));
    if (c.budget == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "the budget is 0; it must be at least 1"));
    if (c.insertions == 0 || c.insertions > UINT32_MAX)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "%zu insertions a suspect step: not in 1..2^32-1",
                         c.insertions));
    if (!(c.balance >= 0.0 && c.balance <= 16.0))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "a balance of %g is not in 0..16", c.balance));
    c.query.correct_only = c.correct_only;
    c.query.threads = c.threads;
    RRI_TRY(rri_query_check(inf, &c.query, err));
    *out = c;

done:
    return st;
}

/* Is a labelled step of x wrong? */
static bool has_wrong_step(const rr_trace *x)
{
    for (size_t t = 0; t < x->steps; t++)
        if (x->step_labels[t] != RRI_NO_STEP_LABEL && x->step_labels[t] != x->predictions[t])
            return true;
    return false;
}

/* by_steps: labels of steps are repaired, where the target has some. */
static rr_status check_target(const rr_traces *traces, const size_t *which, size_t i, bool by_steps,
                              rr_error *err)
{
    const size_t N = rr_traces_count(traces);

    if (which[i] >= N)
        return rri_fail(err, RR_ERR_ARG, (int64_t)i, "target %zu is trace %zu, but there are %zu",
                        i, which[i], N);
    const rr_trace x = rr_traces_at(traces, which[i]);
    if (by_steps && x.step_labels != NULL ? !has_wrong_step(&x) : x.prediction == x.label)
        return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                        "target %zu, trace %zu, is predicted as labelled: nothing to repair", i,
                        which[i]);
    return RR_OK;
}

static rr_status add(rr_additions *a, const rr_addition *one, rr_error *err)
{
    rr_status st = RR_OK;

    if (a->count == a->capacity) {
        const size_t capacity = 2 * a->capacity + 64;
        RRI_TRY(rri_grow(&a->list, a->capacity, capacity, sizeof *a->list, err));
        a->capacity = capacity;
    }
    a->list[a->count++] = *one;

done:
    return st;
}

/* ---- level sample --------------------------------------------------------------------------- */

/* The k nearest of one label. Memory: *list is owned. */
static rr_status nearest(const work *w, const rr_trace *x, uint32_t label, size_t k,
                         rr_neighbour **list, size_t *found, rr_error *err)
{
    rr_query q = w->cfg.query;
    rr_status st = RR_OK;

    q.label = (int)label;
    k = rri_min(k, rr_traces_count(rr_influence_training(w->inf)));
    RRI_TRY(rri_alloc(list, k, 1, sizeof **list, err));
    RRI_TRY(rr_influence_nearest(w->inf, &q, x, k, *list, found, err));

done:
    return st;
}

/* Those of score 0 share nothing with x, and are left out. */
static rr_status repeat(const work *w, const rr_addition *head, const rr_trace *x, rr_error *err)
{
    rr_neighbour *truth = NULL, *rival = NULL;
    size_t n = 0, rivals = 0;
    rr_addition one = *head;
    rr_status st = RR_OK;

    one.kind = RR_ADDITION_REPEAT;
    one.label = x->label;
    RRI_TRY(nearest(w, x, x->label, w->cfg.budget, &truth, &n, err));
    RRI_TRY(nearest(w, x, x->prediction, 1, &rival, &rivals, err));
    one.rival = rivals > 0 ? rival[0].score : 0.0F;
    for (size_t i = 0; i < n && truth[i].score > 0.0F; i++) {
        one.source = truth[i].id;
        one.score = truth[i].score;
        RRI_TRY(add(w->out, &one, err));
    }

done:
    rri_free(rival);
    rri_free(truth);
    return st;
}

/* ---- spans ---------------------------------------------------------------------------------- */

/* The k nearest spans of one label. Memory: *list is owned. */
static rr_status nearest_spans(const work *w, const rr_trace *x, const rr_span *span,
                               uint32_t label, size_t k, rr_span_match **list, size_t *found,
                               rr_error *err)
{
    rr_span_query q = rr_span_query_default();
    rr_status st = RR_OK;

    q.label = (int)label;
    q.correct_only = w->cfg.correct_only;
    k = rri_min(k, rr_spans_count(w->spans));
    RRI_TRY(rri_alloc(list, k, 1, sizeof **list, err));
    RRI_TRY(rr_spans_nearest(w->spans, &q, x, span->first, span->last, k, *list, found, err));

done:
    return st;
}

/* What its wrong steps are most often predicted as, the lowest class of equals. counts is [C]. */
static uint32_t mistaken_for(const rr_trace *x, const rr_span *span, size_t C, size_t *counts)
{
    uint32_t best = 0;

    for (size_t c = 0; c < C; c++)
        counts[c] = 0;
    for (size_t t = span->first; t <= span->last; t++)
        if (x->predictions[t - 1] != span->label)
            counts[x->predictions[t - 1]]++;
    for (uint32_t c = 1; c < C; c++)
        if (counts[c] > counts[best])
            best = c;
    return best;
}

/* `most` sequences for one span with a wrong step. */
static rr_status repeat_span(const work *w, const rr_addition *head, const rr_trace *x,
                             const rr_span *span, size_t most, rr_error *err)
{
    rr_span_match *truth = NULL, *rival = NULL;
    size_t n = 0, rivals = 0;
    rr_addition one = *head;
    rr_status st = RR_OK;

    one.kind = RR_ADDITION_REPEAT;
    one.truth = span->label;
    one.step = span->first;
    one.last = span->last;
    RRI_TRY(nearest_spans(w, x, span, span->label, most, &truth, &n, err));
    RRI_TRY(nearest_spans(w, x, span, one.prediction, 1, &rival, &rivals, err));
    one.rival = rivals > 0 ? rival[0].score : 0.0F;
    for (size_t i = 0; i < n; i++) {
        one.source = truth[i].span.sequence;
        one.label = rr_traces_at(rr_influence_training(w->inf), one.source).label;
        one.score = truth[i].score;
        one.source_first = truth[i].span.first;
        one.source_last = truth[i].span.last;
        RRI_TRY(add(w->out, &one, err));
    }

done:
    rri_free(rival);
    rri_free(truth);
    return st;
}

/* The budget goes to the spans with a wrong step in equal parts, at least one sample each. */
static rr_status repeat_spans(const work *w, const rr_addition *head, const rr_trace *x,
                              rr_error *err)
{
    const size_t C = rr_influence_info_of(w->inf).classes;
    rr_span *spans = NULL; /* [T] */
    size_t *counts = NULL; /* [C] */
    rr_addition one = *head;
    size_t n = 0, wrong = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&spans, x->steps, 1, sizeof *spans, err));
    RRI_TRY(rri_alloc(&counts, C, 1, sizeof *counts, err));
    RRI_TRY(rr_trace_spans(x, C, spans, &n, err));
    for (size_t i = 0; i < n; i++)
        wrong += spans[i].wrong > 0;
    for (size_t i = 0; i < n; i++) {
        if (spans[i].wrong == 0)
            continue;
        one.prediction = mistaken_for(x, &spans[i], C, counts);
        RRI_TRY(repeat_span(w, &one, x, &spans[i], rri_max(w->cfg.budget / wrong, 1), err));
    }

done:
    rri_free(counts);
    rri_free(spans);
    return st;
}

/* ---- level segment -------------------------------------------------------------------------- */

/* The insertions of segment.c, without a network. */
static rri_search search_of(const work *w)
{
    rri_search s = { .cfg = rr_repair_config_default(), .inf = w->inf, .budget = w->cfg.budget };

    s.cfg.level = RR_LEVEL_SEGMENT;
    s.cfg.strategy = RR_STRATEGY_PAPER;
    s.cfg.segment.localize = w->cfg.localize;
    s.cfg.segment.insertions = rri_min(w->cfg.insertions, w->cfg.budget);
    s.cfg.segment.correct_only = w->cfg.correct_only;
    s.cfg.segment.balance = w->cfg.balance;
    s.cfg.seed = w->cfg.seed;
    return s;
}

static rr_status take_insertions(const work *w, const rr_addition *head, const rr_trace *x,
                                 const rr_repair_target *t, const rri_kept *kept, rr_error *err)
{
    rr_addition one = *head;
    rr_status st = RR_OK;

    one.kind = RR_ADDITION_INSERT;
    one.label = x->label;
    for (size_t i = 0; i < t->count_kept; i++) {
        const rr_insertion *from = &kept->insertions[i];
        const rr_segment *segment = &t->segment.segments[from->segment];
        one.source = from->source;
        one.step = (uint32_t)segment->t;
        one.symbol = segment->symbol;
        one.rules = segment->rules;
        one.after = from->after;
        one.suffix = from->suffix;
        RRI_TRY(add(w->out, &one, err));
    }
    one = *head;
    one.kind = RR_ADDITION_BALANCE;
    one.label = x->prediction;
    for (size_t i = 0; i < t->segment.count_balance; i++) {
        one.source = kept->balance[i];
        RRI_TRY(add(w->out, &one, err));
    }

done:
    return st;
}

static rr_status insert(const work *w, const rr_addition *head, const rr_trace *x, rr_error *err)
{
    const rri_search search = search_of(w);
    const rri_target target = { .id = head->target, .trace = *x };
    rr_repair_target t = { .id = head->target, .truth = x->label, .prediction = x->prediction };
    rr_segments *segments = NULL;
    rri_kept kept = { 0 };
    rr_status st = RR_OK;

    RRI_TRY(rr_localize(w->inf, NULL, &w->cfg.localize, x, &segments, err));
    t.segment.count_segments = segments->count;
    t.segment.known = segments->known;
    t.segment.segments = segments->segments;
    RRI_TRY(rri_segment_search(&search, &target, 0, &t, &kept, err));
    RRI_TRY(take_insertions(w, head, x, &t, &kept, err));

done:
    rri_kept_clear(&kept);
    rr_segments_free(segments);
    return st;
}

/* ---- all of them ---------------------------------------------------------------------------- */

rr_status rr_additions_find(const rr_additions_config *cfg, const rr_influence *inf,
                            const rr_traces *traces, const size_t *which, size_t n,
                            const rr_callbacks *callbacks, rr_additions **out, rr_error *err)
{
    work w = { .inf = inf };
    rr_additions *a = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(settle(cfg, inf, &w.cfg, err));
    for (size_t i = 0; i < n; i++)
        RRI_TRY(check_target(traces, which, i, has_steps(inf), err));
    if (has_steps(inf))
        RRI_TRY(rr_spans_new(inf, w.cfg.query.key, &w.spans, err));
    RRI_TRY(rri_alloc(&a, 1, 1, sizeof *a, err));
    w.out = a;
    for (size_t i = 0; i < n; i++) {
        const rr_trace x = rr_traces_at(traces, which[i]);
        const size_t before = a->count;
        const rr_addition head = {
            .target = which[i], .truth = x.label, .prediction = x.prediction, .symbol = UINT32_MAX
        };
        if (rri_cancelled(callbacks))
            RRI_TRY(rri_fail_cancelled(err));
        if (w.spans != NULL && x.step_labels != NULL)
            RRI_TRY(repeat_spans(&w, &head, &x, err));
        else
            RRI_TRY(w.cfg.level == RR_LEVEL_SEGMENT ? insert(&w, &head, &x, err)
                                                    : repeat(&w, &head, &x, err));
        a->without += a->count == before;
        rri_show(callbacks, "additions", "targets", i + 1, n, "%s", "");
    }
    *out = a;
    a = NULL;

done:
    rri_show_end(callbacks);
    rr_spans_free(w.spans);
    rr_additions_free(a);
    return st;
}

const rr_addition *rr_additions_list(const rr_additions *a, size_t *count)
{
    *count = a->count;
    return a->list;
}

size_t rr_additions_without(const rr_additions *a)
{
    return a->without;
}

void rr_additions_free(rr_additions *a)
{
    if (a == NULL)
        return;
    rri_free(a->list);
    rri_free(a);
}

/* ---- why ------------------------------------------------------------------------------------ */

static rr_status insertion_reason(const rr_addition *x, size_t id, const char *truth,
                                  const char *prediction, const char *symbol, char **out,
                                  rr_error *err)
{
    char number[24];
    const char *where = x->after > 0 ? "after a step in the same state and with the same prediction"
                                     : "at the beginning, as there";
    const char *why = (x->rules & RR_RULE_FLIP) != 0
                          ? "turned the prediction"
                          : "is rare in training in its state; the prediction";

    if (symbol == NULL)
        (void)rri_snprintf(number, sizeof number, "symbol %u", (unsigned)x->symbol);
    return rri_format(
        out, err,
        "step %u (%s) of sequence %zu %s from %s to %s: training sequence %u, labelled "
        "%s, gets it %s",
        (unsigned)x->step, symbol != NULL ? symbol : number, id, why, truth, prediction,
        (unsigned)x->source, truth, where);
}

rr_status rr_addition_reason(const rr_addition *one, size_t id, const char *truth,
                             const char *prediction, const char *symbol, char **out, rr_error *err)
{
    char names[2][24];

    *out = NULL;
    (void)rri_snprintf(names[0], sizeof names[0], "%u", (unsigned)one->truth);
    (void)rri_snprintf(names[1], sizeof names[1], "%u", (unsigned)one->prediction);
    truth = truth != NULL ? truth : names[0];
    prediction = prediction != NULL ? prediction : names[1];
    if (one->kind == RR_ADDITION_INSERT)
        return insertion_reason(one, id, truth, prediction, symbol, out, err);
    if (one->kind == RR_ADDITION_BALANCE)
        return rri_format(out, err,
                          "training sequence %u, labelled %s, once more as it is: against the new "
                          "samples labelled %s, so that the classes stay balanced",
                          (unsigned)one->source, prediction, truth);
    if (one->last > 0)
        return rri_format(
            out, err,
            "steps %u to %u of training sequence %u, labelled %s, influence steps %u to %u of "
            "sequence %zu, partly predicted as %s, most among their label (score %.4f; the nearest "
            "labelled %s have %.4f): trained on once more, they pull the predictions to %s",
            (unsigned)one->source_first, (unsigned)one->source_last, (unsigned)one->source, truth,
            (unsigned)one->step, (unsigned)one->last, id, prediction, (double)one->score,
            prediction, (double)one->rival, truth);
    return rri_format(
        out, err,
        "training sequence %u, labelled %s, influences sequence %zu, misclassified as "
        "%s, most among its label (score %.4f; the nearest labelled %s has %.4f): "
        "trained on once more, it pulls the prediction to %s",
        (unsigned)one->source, truth, id, prediction, (double)one->score, prediction,
        (double)one->rival, truth);
}
