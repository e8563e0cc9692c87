/* SPDX-License-Identifier: MIT */
/* query_sample.c - the influence of each training sequence on a whole trace.
 *
 *   lp                            1 - distance (query_lp.c)
 *   votes, jaccard, containment   by the keys that the steps have in common (query_keys.c)
 *
 * For one trace, a search is parallel over blocks of sequences, and each worker keeps its own best.
 * Many traces are parallel by groups: a block stays in cache while all traces of a group are
 * scored against it. The result does not depend on the threads. */
#include "influence/query.h"

enum { BLOCK = RRI_SEARCH_BLOCK, MOST_GROUP = 8 };

rr_query rr_query_default(void)
{
    return (rr_query){ .struct_size = sizeof(rr_query),
                       .measure = RR_MEASURE_LP,
                       .p = 1.0,
                       .key = RR_KEY_TRANSITION,
                       .label = -1,
                       .threads = 0 };
}

/* ---- a query in progress --------------------------------------------------------------------- */

typedef struct search {
    const rr_influence *inf;
    const rr_query *q;
    rri_lp lp;       /* lp */
    rri_tally tally; /* all other measures */
} search;

static bool by_lp(const search *s)
{
    return s->q->measure == RR_MEASURE_LP;
}

/* A pair needs no tables of all sequences. */
typedef enum purpose { FOR_PAIR, FOR_ALL } purpose;

static rr_status open_search(const rr_influence *inf, const rr_query *q, purpose what, search *s,
                             rr_error *err)
{
    rr_status st = RR_OK;

    *s = (search){ .inf = inf, .q = q };
    RRI_TRY(rri_query_check(inf, q, err));
    if (by_lp(s))
        RRI_TRY(rri_lp_open(inf, q->p, &s->lp, err));
    else if (what != FOR_PAIR)
        RRI_TRY(rri_tally_open(inf, q, &s->tally, err));
    if (by_lp(s) && what != FOR_PAIR) {
        RRI_TRY(rri_tables_sketch(inf, &s->lp.sketch, err));
        RRI_TRY(rri_tables_time_major(inf, &s->lp.time_major, err));
    }

done:
    return st;
}

static void close_search(search *s)
{
    rri_lp_close(&s->lp);
}

static rr_status check_trace(const search *s, const rr_trace *trace, rr_error *err)
{
    const rr_status st = rri_trace_check(s->inf, trace, err);

    if (st == RR_OK && !by_lp(s))
        return rri_trace_key_check(s->inf, s->q->key, trace, err);
    return st;
}

/* ---- one trace ------------------------------------------------------------------------------- */

typedef struct one {
    const search *s;
    rri_lp_trace r;        /* lp */
    rri_tally_trace a;     /* else */
    float *scores;         /* [N], or NULL */
    rri_best *best;        /* [workers], or NULL */
    rri_lp_bounds *bounds; /* [workers], or NULL */
} one;

static rr_status prepare(one *o, const rr_trace *trace, rr_error *err)
{
    rr_status st = RR_OK;

    if (by_lp(o->s)) {
        RRI_TRY(rri_lp_trace_new(&o->s->lp, trace->steps, &o->r, err));
        rri_lp_trace_set(&o->s->lp, &o->r, trace);
    } else {
        RRI_TRY(rri_tally_trace_new(trace->steps, &o->a, err));
        rri_tally_trace_set(&o->s->tally, &o->a, trace);
    }

done:
    return st;
}

static void release(one *o)
{
    rri_lp_trace_free(&o->r);
    rri_tally_trace_free(&o->a);
}

static void score_block(void *ctx, size_t task, size_t worker)
{
    const one *o = ctx;

    (void)worker;
    if (by_lp(o->s))
        rri_lp_scores(&o->s->lp, &o->r, task, o->scores);
    else
        rri_tally_scores(&o->s->tally, &o->a, task, o->scores);
}

static size_t search_tasks(const search *s)
{
    return by_lp(s) ? rri_lp_tasks(&s->lp) : rri_blocks(s->inf->info.sequences, BLOCK);
}

static void search_block(void *ctx, size_t task, size_t worker)
{
    const one *o = ctx;

    if (by_lp(o->s))
        rri_lp_best(&o->s->lp, o->s->q, &o->r, &o->bounds[worker], task, &o->best[worker]);
    else
        rri_tally_best(&o->s->tally, &o->a, task, &o->best[worker]);
}

rr_status rr_influence_scores(const rr_influence *inf, const rr_query *q, const rr_trace *trace,
                              float *scores, rr_error *err)
{
    search s = { 0 };
    one o = { .s = &s, .scores = scores };
    rr_status st = RR_OK;

    RRI_TRY(open_search(inf, q, FOR_ALL, &s, err));
    RRI_TRY(check_trace(&s, trace, err));
    RRI_TRY(prepare(&o, trace, err));
    rri_parallel(q->threads, rri_blocks(inf->info.sequences, BLOCK), score_block, &o);

done:
    release(&o);
    close_search(&s);
    return st;
}

/* What is most like the trace is searched first, so that few others are better. */
static rr_status search_like(one *o, const rr_trace *trace, size_t workers, rri_best *best,
                             rr_error *err)
{
    rr_status st = RR_OK;

    if (!by_lp(o->s))
        return RR_OK;
    RRI_TRY(rri_alloc(&o->bounds, workers, 1, sizeof *o->bounds, err));
    for (size_t w = 0; w < workers; w++)
        RRI_TRY(rri_lp_bounds_new(&o->s->lp, trace->steps, &o->bounds[w], err));
    rri_lp_best_like(&o->s->lp, o->s->q, &o->r, &o->bounds[0], best);

done:
    return st;
}

/* *best holds the first worker's best, and finally those of all. */
static rr_status search_all(const search *s, const rr_trace *trace, rri_best *best, rr_error *err)
{
    const size_t tasks = search_tasks(s);
    const size_t workers = rri_max(1, rri_min(rri_threads(s->q->threads), tasks));
    rr_neighbour *heaps = NULL; /* [workers - 1][k] */
    one o = { .s = s };
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&o.best, workers, 1, sizeof *o.best, err));
    RRI_TRY(rri_alloc(&heaps, workers - 1, best->k, sizeof *heaps, err));
    RRI_TRY(prepare(&o, trace, err));
    RRI_TRY(search_like(&o, trace, workers, best, err));
    o.best[0] = *best;
    for (size_t w = 1; w < workers; w++)
        o.best[w] = (rri_best){ .heap = heaps + (w - 1) * best->k,
                                .k = best->k,
                                .floor = rri_best_least(best) };
    rri_parallel(workers, tasks, search_block, &o);
    *best = o.best[0];
    for (size_t w = 1; w < workers; w++)
        rri_best_merge(best, &o.best[w]);

done:
    for (size_t w = 0; o.bounds != NULL && w < workers; w++)
        rri_lp_bounds_free(&o.bounds[w]);
    rri_free(o.bounds);
    release(&o);
    rri_free(heaps);
    rri_free(o.best);
    return st;
}

rr_status rr_influence_nearest_tied(const rr_influence *inf, const rr_query *q,
                                    const rr_trace *trace, size_t k, rr_neighbour *out,
                                    size_t *found, size_t *tied, rr_error *err)
{
    search s = { 0 };
    rri_best best = { .heap = out, .k = rri_min(k, inf->info.sequences) };
    rr_status st = RR_OK;

    RRI_TRY(open_search(inf, q, FOR_ALL, &s, err));
    RRI_TRY(check_trace(&s, trace, err));
    RRI_TRY(search_all(&s, trace, &best, err));
    *found = rri_best_finish(&best);
    if (tied != NULL)
        *tied = best.tied;

done:
    close_search(&s);
    return st;
}

rr_status rr_influence_nearest(const rr_influence *inf, const rr_query *q, const rr_trace *trace,
                               size_t k, rr_neighbour *out, size_t *found, rr_error *err)
{
    return rr_influence_nearest_tied(inf, q, trace, k, out, found, NULL, err);
}

rr_status rr_influence_similarity(const rr_influence *inf, const rr_query *q, const rr_trace *a,
                                  const rr_trace *b, float *score, rr_error *err)
{
    search s = { 0 };
    rr_status st = RR_OK;

    RRI_TRY(open_search(inf, q, FOR_PAIR, &s, err));
    RRI_TRY(check_trace(&s, a, err));
    RRI_TRY(check_trace(&s, b, err));
    if (by_lp(&s))
        *score = rri_lp_pair(s.lp.distance, a, b);
    else
        RRI_TRY(rri_tally_pair(q, a, b, score, err));

done:
    close_search(&s);
    return st;
}

/* ---- many traces ----------------------------------------------------------------------------- */

typedef struct many {
    const search *s;
    const rr_traces *traces;
    const size_t *which;
    size_t n, k;
    size_t group;          /* traces a task */
    rr_neighbour *out;     /* [n][k] */
    size_t *found;         /* [n] */
    size_t *tied;          /* [n], or NULL */
    rri_lp_trace *r;       /* lp: [workers][group] */
    rri_lp_bounds *bounds; /* lp: [workers][group] */
    rri_tally_trace *a;    /* else: [workers] */
} many;

static void finish_answer(const many *m, size_t i, rri_best *best)
{
    m->found[i] = rri_best_finish(best);
    if (m->tied != NULL)
        m->tied[i] = best->tied;
}

/* Traces begin..end-1 of the list, all of one group. */
static void answer_by_lp(const many *m, size_t begin, size_t end, size_t worker)
{
    const search *s = m->s;
    rri_lp_trace *r = m->r + worker * m->group;
    rri_lp_bounds *bounds = m->bounds + worker * m->group;
    rri_best best[MOST_GROUP];

    for (size_t i = begin; i < end; i++) {
        const rr_trace trace = rr_traces_at(m->traces, m->which[i]);
        rri_lp_trace_set(&s->lp, &r[i - begin], &trace);
        best[i - begin] =
            (rri_best){ .heap = m->out + i * m->k, .k = rri_min(m->k, s->inf->info.sequences) };
        rri_lp_bounds_reset(&bounds[i - begin]);
        rri_lp_best_like(&s->lp, s->q, &r[i - begin], &bounds[i - begin], &best[i - begin]);
    }
    for (size_t task = 0; task < rri_lp_tasks(&s->lp); task++)
        for (size_t i = 0; i < end - begin; i++)
            rri_lp_best(&s->lp, s->q, &r[i], &bounds[i], task, &best[i]);
    for (size_t i = begin; i < end; i++)
        finish_answer(m, i, &best[i - begin]);
}

static void answer_by_keys(const many *m, size_t begin, size_t end, size_t worker)
{
    const search *s = m->s;
    rri_tally_trace *a = &m->a[worker];

    for (size_t i = begin; i < end; i++) {
        const rr_trace trace = rr_traces_at(m->traces, m->which[i]);
        rri_best best = { .heap = m->out + i * m->k, .k = rri_min(m->k, s->inf->info.sequences) };
        rri_tally_trace_set(&s->tally, a, &trace);
        for (size_t task = 0; task < search_tasks(s); task++)
            rri_tally_best(&s->tally, a, task, &best);
        finish_answer(m, i, &best);
    }
}

static void answer_group(void *ctx, size_t task, size_t worker)
{
    const many *m = ctx;
    size_t begin = 0;
    size_t end = 0;

    rri_block(m->n, m->group, task, &begin, &end);
    if (by_lp(m->s))
        answer_by_lp(m, begin, end, worker);
    else
        answer_by_keys(m, begin, end, worker);
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

static rr_status alloc_workers(many *m, size_t workers, rr_error *err)
{
    const rri_lp *lp = &m->s->lp;
    size_t longest = 0;
    rr_status st = RR_OK;

    for (size_t i = 0; i < m->n; i++)
        longest = rri_max(longest, rr_traces_at(m->traces, m->which[i]).steps);
    if (!by_lp(m->s)) {
        RRI_TRY(rri_alloc(&m->a, workers, 1, sizeof *m->a, err));
        for (size_t w = 0; w < workers; w++)
            RRI_TRY(rri_tally_trace_new(longest, &m->a[w], err));
        return RR_OK;
    }
    RRI_TRY(rri_alloc(&m->r, workers, m->group, sizeof *m->r, err));
    RRI_TRY(rri_alloc(&m->bounds, workers, m->group, sizeof *m->bounds, err));
    for (size_t i = 0; i < workers * m->group; i++) {
        RRI_TRY(rri_lp_trace_new(lp, longest, &m->r[i], err));
        RRI_TRY(rri_lp_bounds_new(lp, longest, &m->bounds[i], err));
    }

done:
    return st;
}

rr_status rr_influence_nearest_many_tied(const rr_influence *inf, const rr_query *q,
                                         const rr_traces *traces, const size_t *which, size_t n,
                                         size_t k, rr_neighbour *out, size_t *found, size_t *tied,
                                         rr_error *err)
{
    const size_t workers = rri_max(1, rri_min(rri_threads(q->threads), n));
    search s = { 0 };
    many m = { .s = &s,
               .traces = traces,
               .which = which,
               .n = n,
               .k = k,
               .out = out,
               .found = found,
               .tied = tied,
               .group = rri_max(1, rri_min(MOST_GROUP, n / workers)) };
    rr_status st = RR_OK;

    RRI_TRY(open_search(inf, q, FOR_ALL, &s, err));
    RRI_TRY(check_which(&s, traces, which, n, err));
    RRI_TRY(alloc_workers(&m, workers, err));
    rri_parallel(workers, rri_blocks(n, m.group), answer_group, &m);

done:
    for (size_t i = 0; m.bounds != NULL && i < workers * m.group; i++) {
        rri_lp_trace_free(&m.r[i]);
        rri_lp_bounds_free(&m.bounds[i]);
    }
    rri_free(m.r);
    rri_free(m.bounds);
    for (size_t w = 0; m.a != NULL && w < workers; w++)
        rri_tally_trace_free(&m.a[w]);
    rri_free(m.a);
    close_search(&s);
    return st;
}

rr_status rr_influence_nearest_many(const rr_influence *inf, const rr_query *q,
                                    const rr_traces *traces, const size_t *which, size_t n,
                                    size_t k, rr_neighbour *out, size_t *found, rr_error *err)
{
    return rr_influence_nearest_many_tied(inf, q, traces, which, n, k, out, found, NULL, err);
}
