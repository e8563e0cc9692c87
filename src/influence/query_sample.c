/* SPDX-License-Identifier: MIT */
/* query_sample.c - how much each training sequence influences a whole trace.
 *
 *   lp      1 - distance, added up from tables (distance.c); over time-major traces by the scan
 *           kernels (kernel/scan.h), else sequence by sequence: the same bits either way
 *   votes   share of the steps whose posting list holds the sequence, each step counted once
 *
 * Sequences are scored in blocks whose sums stay in the L1 cache. One trace is spread over threads
 * by blocks, many traces by trace. */
#include "influence/query.h"
#include "kernel/scan.h"

#include <string.h>

enum { BLOCK = 4096 };

/* A query in progress: what all traces share. */
typedef struct search {
    const rr_influence *inf;
    const rr_query *q;
    const rri_distance *distance; /* lp only */
    rri_distance *own;            /* where the model keeps none for this p */
    const rri_scan_kernels *kernels;
} search;

/* Of one worker: the rows of the tables that belong to the trace, a step each, [T of the lanes]. */
typedef struct rows {
    const float **state;
    const float **label;
} rows;

static rr_status open_search(const rr_influence *inf, const rr_query *q, search *s, rr_error *err)
{
    const rr_status st = rri_query_check(inf, q, err);

    *s = (search){ .inf = inf, .q = q, .kernels = rri_scan_kernels_for(rri_isa_best()) };
    if (st != RR_OK || q->measure != RR_MEASURE_LP)
        return st;
    s->distance = inf->l1;
    if (q->p == 1.0 && inf->l1 != NULL)
        return RR_OK;
    const rr_status made =
        rri_distance_new(q->p, inf->info.states, inf->info.classes, inf->confidence, &s->own, err);
    s->distance = s->own;
    return made;
}

static void close_search(search *s)
{
    rri_distance_free(s->own);
}

static rr_status check_trace(const search *s, const rr_trace *trace, rr_error *err)
{
    const rr_status st = rri_trace_check(s->inf, trace, err);

    if (st == RR_OK && s->q->measure == RR_MEASURE_VOTES)
        return rri_trace_key_check(s->inf, s->q->key, trace, err);
    return st;
}

static bool scans_lanes(const search *s)
{
    return s->q->measure == RR_MEASURE_LP && s->inf->lanes != NULL;
}

static rr_status new_rows(const search *s, rows *r, rr_error *err)
{
    const size_t steps = scans_lanes(s) ? s->inf->lanes->steps : 0;
    const rr_status st = rri_alloc(&r->state, steps, 1, sizeof *r->state, err);

    return st == RR_OK ? rri_alloc(&r->label, steps, 1, sizeof *r->label, err) : st;
}

static void free_rows(rows *r)
{
    rri_free(r->state);
    rri_free(r->label);
}

/* ---- lp -------------------------------------------------------------------------------------- */

/* Steps beyond the trace's end are padded ones. */
static void fill_rows(const search *s, const rr_trace *trace, rows *r)
{
    for (size_t t = 0; t < s->inf->lanes->steps; t++) {
        const bool there = t < trace->steps;
        r->state[t] = rri_distance_state(s->distance, there ? trace->states[t] : 0);
        r->label[t] = rri_distance_label(s->distance, there ? trace->predictions[t] : -1);
    }
}

/* Add the terms of steps begin..end-1 of n training sequences from `first` on. */
static void scan_chunk(const search *s, const rows *r, size_t first, size_t n, size_t begin,
                       size_t end, float *sum)
{
    const rri_lanes *l = s->inf->lanes;
    float part[BLOCK];
    const rri_scan scan = {
        .steps = end - begin,
        .count = rri_min(l->stride - first, BLOCK),
        .stride = l->stride,
        .state = l->state + begin * l->stride + first,
        .label = l->label + begin * l->stride + first,
        .states = s->distance->rows,
        .labels = s->distance->classes,
        .row_state = r->state + begin,
        .row_label = r->label + begin,
    };

    s->kernels->sum(&scan, part);
    for (size_t i = 0; i < n; i++)
        sum[i] += part[i];
}

/* Chunks run as in rri_distance_pair(): over the common steps, then over the longer one's rest. */
static void scan_lanes(const search *s, const rows *r, const rr_trace *trace, size_t first,
                       size_t n, float *sum)
{
    const size_t steps = s->inf->lanes->steps;
    const size_t both = rri_min(trace->steps, steps);

    memset(sum, 0, n * sizeof *sum);
    for (size_t begin = 0; begin < both; begin += RRI_DISTANCE_CHUNK)
        scan_chunk(s, r, first, n, begin, rri_min(both, begin + RRI_DISTANCE_CHUNK), sum);
    for (size_t begin = both; begin < steps; begin += RRI_DISTANCE_CHUNK)
        scan_chunk(s, r, first, n, begin, rri_min(steps, begin + RRI_DISTANCE_CHUNK), sum);
    for (size_t begin = both; begin < trace->steps; begin += RRI_DISTANCE_CHUNK) {
        const size_t chunk = rri_min(trace->steps - begin, RRI_DISTANCE_CHUNK);
        const float part = rri_distance_pad(s->distance, 0.0f, trace->states + begin,
                                            trace->predictions + begin, chunk);
        for (size_t i = 0; i < n; i++)
            sum[i] += part;
    }
    rri_distance_score(s->distance, rri_max(trace->steps, steps), sum, n);
}

static void score_pair(const rri_distance *d, const rr_trace *a, const rr_trace *b, float *score)
{
    *score = rri_distance_pair(d, a->states, a->predictions, a->steps, b->states, b->predictions,
                               b->steps);
    rri_distance_score(d, rri_max(a->steps, b->steps), score, 1);
}

static void score_block(const search *s, const rows *r, const rr_trace *trace, size_t block,
                        float *scores)
{
    size_t begin = 0;
    size_t end = 0;

    rri_block(s->inf->info.sequences, BLOCK, block, &begin, &end);
    if (s->inf->lanes != NULL) {
        scan_lanes(s, r, trace, begin, end - begin, scores + begin);
        return;
    }
    for (size_t i = begin; i < end; i++) {
        const rr_trace other = rr_traces_at(s->inf->training, i);
        score_pair(s->distance, trace, &other, &scores[i]);
    }
}

/* ---- votes ----------------------------------------------------------------------------------- */

static void score_votes(const search *s, const rr_trace *trace, float *scores)
{
    const rri_postings *p = &s->inf->postings[s->q->key];
    const size_t n = s->inf->info.sequences;

    memset(scores, 0, n * sizeof *scores);
    for (size_t t = 1; t <= trace->steps; t++) {
        const size_t m = rri_postings_find(
            p, rri_key(s->q->key, trace->states, trace->predictions, trace->symbols, t));
        if (m == p->keys)
            continue;
        for (size_t e = (size_t)p->start[m]; e < p->start[m + 1]; e++)
            if (e == p->start[m] || p->entry[e].sequence != p->entry[e - 1].sequence)
                scores[p->entry[e].sequence] += 1.0f;
    }
    for (size_t i = 0; i < n; i++)
        scores[i] = (float)((double)scores[i] / (double)trace->steps);
}

/* ---- one trace ------------------------------------------------------------------------------- */

typedef struct one {
    const search *s;
    const rows *r;
    const rr_trace *trace;
    float *scores;
} one;

static void score_one_block(void *ctx, size_t task, size_t worker)
{
    const one *o = ctx;

    (void)worker;
    score_block(o->s, o->r, o->trace, task, o->scores);
}

/* Scores of a checked trace, spread over threads. */
static rr_status score_all(const search *s, const rr_trace *trace, float *scores, rr_error *err)
{
    rows r = { 0 };
    one o = { s, &r, trace, scores };
    rr_status st = RR_OK;

    if (s->q->measure == RR_MEASURE_VOTES) {
        score_votes(s, trace, scores);
        return RR_OK;
    }
    RRI_TRY(new_rows(s, &r, err));
    if (scans_lanes(s))
        fill_rows(s, trace, &r);
    rri_parallel(s->q->threads, rri_blocks(s->inf->info.sequences, BLOCK), score_one_block, &o);

done:
    free_rows(&r);
    return st;
}

rr_query rr_query_default(void)
{
    return (rr_query){
        .measure = RR_MEASURE_LP, .p = 1.0, .key = RR_KEY_TRANSITION, .label = -1, .threads = 0
    };
}

rr_status rr_influence_scores(const rr_influence *inf, const rr_query *q, const rr_trace *trace,
                              float *scores, rr_error *err)
{
    search s = { 0 };
    rr_status st = RR_OK;

    RRI_TRY(open_search(inf, q, &s, err));
    RRI_TRY(check_trace(&s, trace, err));
    RRI_TRY(score_all(&s, trace, scores, err));

done:
    close_search(&s);
    return st;
}

rr_status rr_influence_nearest(const rr_influence *inf, const rr_query *q, const rr_trace *trace,
                               size_t k, rr_neighbour *out, size_t *found, rr_error *err)
{
    search s = { 0 };
    float *scores = NULL;
    rr_status st = RR_OK;

    RRI_TRY(open_search(inf, q, &s, err));
    RRI_TRY(check_trace(&s, trace, err));
    RRI_TRY(rri_alloc(&scores, inf->info.sequences, 1, sizeof *scores, err));
    RRI_TRY(score_all(&s, trace, scores, err));
    *found = rri_top(inf->training, q, scores, k, out);

done:
    rri_free(scores);
    close_search(&s);
    return st;
}

rr_status rr_influence_similarity(const rr_influence *inf, const rr_query *q, const rr_trace *a,
                                  const rr_trace *b, float *score, rr_error *err)
{
    search s = { 0 };
    rr_status st = RR_OK;

    if (q->measure != RR_MEASURE_LP)
        return rri_fail(err, RR_ERR_ARG, -1, "two traces are compared by lp, not by %s",
                        rr_measure_name(q->measure));
    RRI_TRY(open_search(inf, q, &s, err));
    RRI_TRY(check_trace(&s, a, err));
    RRI_TRY(check_trace(&s, b, err));
    score_pair(s.distance, a, b, score);

done:
    close_search(&s);
    return st;
}

/* ---- many traces ----------------------------------------------------------------------------- */

typedef struct many {
    const search *s;
    const rr_traces *traces;
    const size_t *which;
    size_t k;
    rr_neighbour *out; /* [n][k] */
    size_t *found;     /* [n] */
    rows *r;           /* [workers] */
    float *scores;     /* [workers][N] */
} many;

static void answer_one(void *ctx, size_t task, size_t worker)
{
    const many *m = ctx;
    const search *s = m->s;
    const size_t n = s->inf->info.sequences;
    const rr_trace trace = rr_traces_at(m->traces, m->which[task]);
    float *scores = m->scores + worker * n;

    if (s->q->measure == RR_MEASURE_VOTES) {
        score_votes(s, &trace, scores);
    } else {
        if (scans_lanes(s))
            fill_rows(s, &trace, &m->r[worker]);
        for (size_t b = 0; b < rri_blocks(n, BLOCK); b++)
            score_block(s, &m->r[worker], &trace, b, scores);
    }
    m->found[task] = rri_top(s->inf->training, s->q, scores, m->k, m->out + task * m->k);
}

static rr_status check_which(const search *s, const rr_traces *traces, const size_t *which,
                             size_t n, rr_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (which[i] >= traces->count)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i, "trace %zu is not below %zu", which[i],
                            traces->count);
        const rr_trace trace = rr_traces_at(traces, which[i]);
        const rr_status st = check_trace(s, &trace, err);
        if (st != RR_OK)
            return rri_prefix(err, st, "trace %zu", which[i]);
    }
    return RR_OK;
}

rr_status rr_influence_nearest_many(const rr_influence *inf, const rr_query *q,
                                    const rr_traces *traces, const size_t *which, size_t n,
                                    size_t k, rr_neighbour *out, size_t *found, rr_error *err)
{
    const size_t workers = rri_max(1, rri_min(rri_threads(q->threads), n));
    search s = { 0 };
    many m = { &s, traces, which, k, out, found, NULL, NULL };
    rr_status st = RR_OK;

    RRI_TRY(open_search(inf, q, &s, err));
    RRI_TRY(check_which(&s, traces, which, n, err));
    RRI_TRY(rri_alloc(&m.r, workers, 1, sizeof *m.r, err));
    for (size_t w = 0; w < workers; w++)
        RRI_TRY(new_rows(&s, &m.r[w], err));
    RRI_TRY(rri_alloc(&m.scores, workers, inf->info.sequences, sizeof *m.scores, err));
    rri_parallel(workers, n, answer_one, &m);

done:
    for (size_t w = 0; m.r != NULL && w < workers; w++)
        free_rows(&m.r[w]);
    rri_free(m.r);
    rri_free(m.scores);
    close_search(&s);
    return st;
}
