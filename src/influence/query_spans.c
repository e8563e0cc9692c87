/* SPDX-License-Identifier: MIT */
/* query_spans.c - the training spans that influence some steps of a trace most.
 *
 * With A the steps asked about, B a span, a_k and b_k how often each has key k, and w_k its weight
 * (spans.c), which is that of n = 0 for a key no training step has,
 *
 *   votes    sum of a_k w_k over the keys B has / sum of a_k w_k over all
 *   cosine   sum of a_k b_k w_k^2 / (|A| |B|),   |A|^2 = sum of (a_k w_k)^2
 *   lp       1 - distance of the two pieces from their first steps on, as of two sequences
 *
 * Sums are in double and in the order of the keys, so that equal questions give equal bits. */
#include "influence/query.h"
#include "influence/spans.h"

#include <math.h>
#include <stdlib.h>

rr_span_query rr_span_query_default(void)
{
    return (rr_span_query){
        .struct_size = sizeof(rr_span_query), .measure = RR_SPAN_COSINE, .p = 1.0, .label = -1
    };
}

static rr_status check_query(const rr_spans *s, const rr_span_query *q, rr_error *err)
{
    const size_t C = s->inf->info.classes;

    if ((unsigned)q->measure > RR_SPAN_LP)
        return rri_fail(err, RR_ERR_ARG, -1, "%d is not a measure of spans", (int)q->measure);
    if (q->label < -1 || (q->label >= 0 && (size_t)q->label >= C))
        return rri_fail(err, RR_ERR_ARG, -1, "label %d is neither -1 nor below %zu", q->label, C);
    if (q->measure == RR_SPAN_LP && !(q->p >= 1.0 && q->p <= RRI_DISTANCE_MAX_P))
        return rri_fail(err, RR_ERR_ARG, -1, "p = %g is not in 1..%g", q->p, RRI_DISTANCE_MAX_P);
    return RR_OK;
}

static rr_status check_question(const rr_spans *s, const rr_span_query *q, const rr_trace *trace,
                                size_t first, size_t last, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(check_query(s, q, err));
    RRI_TRY(rri_trace_check(s->inf, trace, err));
    if (q->measure != RR_SPAN_LP)
        RRI_TRY(rri_trace_key_check(s->inf, s->key, trace, err));
    if (first < 1 || first > last || last > trace->steps)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, (int64_t)first, "steps %zu-%zu are not in 1..%zu", first,
                         last, trace->steps));

done:
    return st;
}

/* ---- by keys --------------------------------------------------------------------------------- */

/* Add what list m gives to each span it has steps of: once for votes, for each step else. */
static void add_list(const rr_spans *s, size_t m, bool once, double value, double *score)
{
    const rri_postings *p = s->postings;
    uint32_t last = RRI_NO_SPAN;

    for (size_t e = (size_t)p->start[m]; e < p->start[m + 1]; e++) {
        const uint32_t span = rri_span_of(s, p->entry[e]);
        if (span != RRI_NO_SPAN && !(once && span == last))
            score[span] += value;
        last = span;
    }
}

/* list is [n], the numbers of the steps' lists, sorted; steps without one have the last number, and
 * each counts as a key of its own. */
static void score_by_keys(const rr_spans *s, bool votes, const size_t *list, size_t n,
                          double *score)
{
    const rri_postings *p = s->postings;
    double sum = 0.0;

    for (size_t i = 0; i < n;) {
        const size_t m = list[i];
        const bool found = m < p->keys;
        size_t times = 1;
        while (found && i + times < n && list[i + times] == m)
            times++;
        const size_t entries = found ? (size_t)(p->start[m + 1] - p->start[m]) : 0;
        const double w = rri_key_weight(s->inf->info.steps, entries);
        const double own = (double)times * w;
        sum += votes ? own : own * own;
        if (found)
            add_list(s, m, votes, votes ? own : own * w, score);
        i += times;
    }
    const double norm = votes ? sum : sqrt(sum);
    for (size_t i = 0; i < s->count; i++)
        if (score[i] > 0.0)
            score[i] = fmin(1.0, score[i] / (votes ? norm : norm * s->norm[i]));
}

static rr_status find_by_keys(const rr_spans *s, bool votes, const rr_trace *trace, size_t first,
                              size_t last, double *score, rr_error *err)
{
    const rri_postings *p = s->postings;
    const size_t n = last - first + 1;
    size_t *list = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&list, n, 1, sizeof *list, err));
    for (size_t i = 0; i < n; i++)
        list[i] = rri_postings_find(p, rri_key_of_step(&p->space, trace, first + i));
    qsort(list, n, sizeof *list, rri_by_size);
    score_by_keys(s, votes, list, n, score);

done:
    rri_free(list);
    return st;
}

/* ---- by distance ----------------------------------------------------------------------------- */

static rr_trace piece_of(const rr_trace *a, size_t first, size_t last)
{
    return (rr_trace){ .states = a->states + first - 1,
                       .predictions = a->predictions + first - 1,
                       .steps = last - first + 1 };
}

static rr_status find_by_distance(const rr_spans *s, double p, const rr_trace *trace, size_t first,
                                  size_t last, double *score, rr_error *err)
{
    const rr_trace asked = piece_of(trace, first, last);
    rri_lp lp = { .own = NULL };
    rr_status st = RR_OK;

    RRI_TRY(rri_lp_open(s->inf, p, &lp, err));
    for (size_t i = 0; i < s->count; i++) {
        const rr_trace whole = rr_traces_at(s->inf->training, s->span[i].sequence);
        const rr_trace other = piece_of(&whole, s->span[i].first, s->span[i].last);
        score[i] = (double)rri_lp_pair(lp.distance, &asked, &other);
    }

done:
    rri_lp_close(&lp);
    return st;
}

/* ---- the best -------------------------------------------------------------------------------- */

static bool is_asked_for(const rr_span_query *q, const rr_span *span)
{
    return (q->label < 0 || span->label == (uint32_t)q->label) &&
           (!q->correct_only || span->label == span->prediction);
}

static rr_status take_best(const rr_spans *s, const rr_span_query *q, const double *score, size_t k,
                           rr_span_match *out, size_t *found, rr_error *err)
{
    rri_best best = { .k = rri_min(k, s->count) };
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&best.heap, best.k, 1, sizeof *best.heap, err));
    for (size_t i = 0; i < s->count; i++)
        if (score[i] > 0.0 && is_asked_for(q, &s->span[i]))
            rri_best_add(&best, (rr_neighbour){ .id = (uint32_t)i, .score = (float)score[i] });
    *found = rri_best_finish(&best);
    for (size_t i = 0; i < *found; i++)
        out[i] = (rr_span_match){ .number = best.heap[i].id,
                                  .span = s->span[best.heap[i].id],
                                  .score = best.heap[i].score };

done:
    rri_free(best.heap);
    return st;
}

rr_status rr_spans_nearest(const rr_spans *spans, const rr_span_query *query, const rr_trace *trace,
                           size_t first, size_t last, size_t k, rr_span_match *out, size_t *found,
                           rr_error *err)
{
    rr_span_query q = rr_span_query_default();
    double *score = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_config_take(&q, sizeof q, query, "rr_span_query", err));
    RRI_TRY(check_question(spans, &q, trace, first, last, err));
    RRI_TRY(rri_alloc(&score, spans->count, 1, sizeof *score, err));
    if (q.measure == RR_SPAN_LP)
        RRI_TRY(find_by_distance(spans, q.p, trace, first, last, score, err));
    else
        RRI_TRY(find_by_keys(spans, q.measure == RR_SPAN_VOTES, trace, first, last, score, err));
    RRI_TRY(take_best(spans, &q, score, k, out, found, err));

done:
    rri_free(score);
    return st;
}
