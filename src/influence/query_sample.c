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

static rr_status open_search(const rr_influence *inf, const rr_query *q, search *s, rr_error *err)
{
    rr_status st = RR_OK;

    *s = (search){ .inf = inf, .q = q };
    RRI_TRY(rri_query_check(inf, q, err));
    if (by_lp(s))
        RRI_TRY(rri_lp_open(inf, q->p, &s->lp, err));
    else
        RRI_TRY(rri_tally_open(inf, q, &s->tally, err));

done:
    return st;
}

static void close_search(search *s)
{
    rri_lp_close(&s->lp);
    rri_tally_close(&s->tally);
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
    rri_lp_trace r;
    float *scores;         /* [N], or NULL */
    rri_best *best;        /* [workers], or NULL */
    rri_lp_bounds *bounds; /* [workers], or NULL */
} one;

static void score_block(void *ctx, size_t task, size_t worker)
{
    const one *o = ctx;

    (void)worker;
    rri_lp_scores(&o->s->lp, &o->r, task, o->scores);
}

static void search_block(void *ctx, size_t task, size_t worker)
{
    const one *o = ctx;

    rri_lp_best(&o->s->lp, o->s->q, &o->r, &o->bounds[worker], task, &o->best[worker]);
}

rr_status rr_influence_scores(const rr_influence *inf, const rr_query *q, const rr_trace *trace,
                              float *scores, rr_error *err)
{
    search s = { 0 };
    one o = { .s = &s, .scores = scores };
    rri_step_key *keys = NULL;
    rr_status st = RR_OK;

    RRI_TRY(open_search(inf, q, &s, err));
    RRI_TRY(check_trace(&s, trace, err));
    if (!by_lp(&s)) {
        RRI_TRY(rri_alloc(&keys, trace->steps, 1, sizeof *keys, err));
        rri_tally_scores(&s.tally, trace, keys, scores);
        goto done;
    }
    RRI_TRY(rri_lp_trace_new(&s.lp, trace->steps, &o.r, err));
    rri_lp_trace_set(&s.lp, &o.r, trace);
    rri_parallel(q->threads, rri_blocks(inf->info.sequences, BLOCK), score_block, &o);

done:
    rri_free(keys);
    rri_lp_trace_free(&o.r);
    close_search(&s);
    return st;
}

static rr_status nearest_by_keys(const search *s, const rr_trace *trace, rri_best *best,
                                 rr_error *err)
{
    rri_step_key *keys = NULL;
    float *scores = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&keys, trace->steps, 1, sizeof *keys, err));
    RRI_TRY(rri_alloc(&scores, s->inf->info.sequences, 1, sizeof *scores, err));
    rri_tally_best(&s->tally, trace, keys, scores, best);

done:
    rri_free(scores);
    rri_free(keys);
    return st;
}

/* *best holds the first worker's best, and finally those of all. */
static rr_status nearest_by_lp(const search *s, const rr_trace *trace, rri_best *best,
                               rr_error *err)
{
    const size_t tasks = rri_lp_tasks(&s->lp);
    const size_t workers = rri_max(1, rri_min(rri_threads(s->q->threads), tasks));
    rr_neighbour *heaps = NULL; /* [workers - 1][k] */
    one o = { .s = s };
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&o.best, workers, 1, sizeof *o.best, err));
    RRI_TRY(rri_alloc(&o.bounds, workers, 1, sizeof *o.bounds, err));
    RRI_TRY(rri_alloc(&heaps, workers - 1, best->k, sizeof *heaps, err));
    for (size_t w = 0; w < workers; w++)
        RRI_TRY(rri_lp_bounds_new(&s->lp, trace->steps, &o.bounds[w], err));
    RRI_TRY(rri_lp_trace_new(&s->lp, trace->steps, &o.r, err));
    rri_lp_trace_set(&s->lp, &o.r, trace);
    rri_lp_best_like(&s->lp, s->q, &o.r, &o.bounds[0], best);
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
    rri_lp_trace_free(&o.r);
    for (size_t w = 0; o.bounds != NULL && w < workers; w++)
        rri_lp_bounds_free(&o.bounds[w]);
    rri_free(o.bounds);
    rri_free(heaps);
    rri_free(o.best);
    return st;
}

rr_status rr_influence_nearest(const rr_influence *inf, const rr_query *q, const rr_trace *trace,
                               size_t k, rr_neighbour *out, size_t *found, rr_error *err)
{
    search s = { 0 };
    rri_best best = { .heap = out, .k = rri_min(k, inf->info.sequences) };
    rr_status st = RR_OK;

    RRI_TRY(open_search(inf, q, &s, err));
    RRI_TRY(check_trace(&s, trace, err));
    if (by_lp(&s))
        RRI_TRY(nearest_by_lp(&s, trace, &best, err));
    else
        RRI_TRY(nearest_by_keys(&s, trace, &best, err));
    *found = rri_best_finish(&best);

done:
    close_search(&s);
    return st;
}

rr_status rr_influence_similarity(const rr_influence *inf, const rr_query *q, const rr_trace *a,
                                  const rr_trace *b, float *score, rr_error *err)
{
    search s = { 0 };
    rr_status st = RR_OK;

    RRI_TRY(open_search(inf, q, &s, err));
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
    rri_lp_trace *r;       /* lp: [workers][group] */
    rri_lp_bounds *bounds; /* lp: [workers][group] */
    float *scores;         /* else: [workers][N] */
    rri_step_key *keys;    /* [workers][longest] */
    size_t longest;        /* steps of the longest trace */
} many;

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
        m->found[i] = rri_best_finish(&best[i - begin]);
}

static void answer_group(void *ctx, size_t task, size_t worker)
{
    const many *m = ctx;
    size_t begin = 0;
    size_t end = 0;

    rri_block(m->n, m->group, task, &begin, &end);
    if (by_lp(m->s)) {
        answer_by_lp(m, begin, end, worker);
        return;
    }
    for (size_t i = begin; i < end; i++) {
        const rr_trace trace = rr_traces_at(m->traces, m->which[i]);
        rri_best best = { .heap = m->out + i * m->k,
                          .k = rri_min(m->k, m->s->inf->info.sequences) };
        rri_tally_best(&m->s->tally, &trace, m->keys + worker * m->longest,
                       m->scores + worker * m->s->inf->info.sequences, &best);
        m->found[i] = rri_best_finish(&best);
    }
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
    rr_status st = RR_OK;

    for (size_t i = 0; i < m->n; i++)
        m->longest = rri_max(m->longest, rr_traces_at(m->traces, m->which[i]).steps);
    if (!by_lp(m->s)) {
        RRI_TRY(rri_alloc(&m->keys, workers, m->longest, sizeof *m->keys, err));
        return rri_alloc(&m->scores, workers, m->s->inf->info.sequences, sizeof *m->scores, err);
    }
    RRI_TRY(rri_alloc(&m->r, workers, m->group, sizeof *m->r, err));
    RRI_TRY(rri_alloc(&m->bounds, workers, m->group, sizeof *m->bounds, err));
    for (size_t i = 0; i < workers * m->group; i++) {
        RRI_TRY(rri_lp_trace_new(lp, m->longest, &m->r[i], err));
        RRI_TRY(rri_lp_bounds_new(lp, m->longest, &m->bounds[i], err));
    }

done:
    return st;
}

rr_status rr_influence_nearest_many(const rr_influence *inf, const rr_query *q,
                                    const rr_traces *traces, const size_t *which, size_t n,
                                    size_t k, rr_neighbour *out, size_t *found, rr_error *err)
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
               .group = rri_max(1, rri_min(MOST_GROUP, n / workers)) };
    rr_status st = RR_OK;

    RRI_TRY(open_search(inf, q, &s, err));
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
    rri_free(m.scores);
    rri_free(m.keys);
    close_search(&s);
    return st;
}
