/* SPDX-License-Identifier: MIT */
/* path_query.c - sample queries: which training sequences are most like this trace? One at a time
 * on one thread, and ten thousand on all. */
#include "limits.h"
#include "neighbours.h"

#include <math.h>
#include <stdio.h>

enum { TOP = 100, MANY = 10000 };

typedef struct query_case {
    const bench_model *m;
    rr_query query;
    size_t next;           /* test trace to ask about */
    rr_neighbour *out;     /* [n][TOP] */
    size_t *found, *which; /* [n] */
    size_t n;              /* of the many */
} query_case;

static rr_status open_case(bench *b, query_case *c, rr_error *err)
{
    rr_status st = RR_OK;

    c->n = rri_min(b->options.quick ? 500 : MANY, rr_traces_count(c->m->tests));
    RRI_TRY(rri_alloc(&c->out, c->n, TOP, sizeof *c->out, err));
    RRI_TRY(rri_alloc(&c->found, c->n, 1, sizeof *c->found, err));
    RRI_TRY(rri_alloc(&c->which, c->n, 1, sizeof *c->which, err));
    for (size_t i = 0; i < c->n; i++)
        c->which[i] = i;

done:
    return st;
}

static void close_case(query_case *c)
{
    rri_free(c->out);
    rri_free(c->found);
    rri_free(c->which);
}

/* ---- iterations ------------------------------------------------------------------------------ */

static bool one_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    query_case *c = ctx;
    rr_error err = { .code = RR_OK };
    const double begin = rri_seconds();
    double spent = 0.0;
    size_t done = 0;

    while (done == 0 || spent < slice) {
        const rr_trace trace = rr_traces_at(c->m->tests, c->next++ % c->n);
        size_t found = 0;
        if (rr_influence_nearest(c->m->inf, &c->query, &trace, TOP, c->out, &found, &err) !=
            RR_OK) {
            snprintf(note, BENCH_NOTE, "failed: %.200s", err.msg);
            return false;
        }
        done++;
        spent = rri_seconds() - begin;
    }
    *seconds = spent / (double)done;
    return true;
}

static bool many_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    query_case *c = ctx;
    rr_error err = { .code = RR_OK };
    const double begin = rri_seconds();

    (void)slice;
    if (rr_influence_nearest_many(c->m->inf, &c->query, c->m->tests, c->which, c->n, TOP, c->out,
                                  c->found, &err) != RR_OK) {
        snprintf(note, BENCH_NOTE, "failed: %.200s", err.msg);
        return false;
    }
    *seconds = (rri_seconds() - begin) / (double)c->n;
    if (c->n < MANY)
        snprintf(note, BENCH_NOTE, "measured on %zu", c->n);
    return true;
}

/* ---- checks ---------------------------------------------------------------------------------- */

static double power(double x, double p)
{
    return p == 1.0 ? fabs(x) : p == 2.0 ? x * x : pow(fabs(x), p);
}

/* docs/ALGORITHMS.md#influence, measure lp. */
static double lp_score(const rr_influence *inf, double p, const rr_trace *a, const rr_trace *b)
{
    const rr_influence_info info = rr_influence_info_of(inf);
    const size_t T = rri_max(a->steps, b->steps);
    double sum = 0.0;

    for (size_t t = 0; t < T; t++)
        for (size_t j = 0; j < info.classes + 2; j++)
            sum += power(bench_feature(inf, a, t, j) - bench_feature(inf, b, t, j), p);
    return 1.0 - pow(sum / ((double)T * ((double)info.classes + 2.0)), 1.0 / p);
}

/* Whether two steps share their transition key. */
static bool same_transition(const rr_trace *a, size_t t, const rr_trace *b, size_t u)
{
    return a->states[t] == b->states[u] && a->predictions[t] == b->predictions[u] &&
           (t == 0) == (u == 0) &&
           (t == 0 || (a->states[t - 1] == b->states[u - 1] &&
                       a->predictions[t - 1] == b->predictions[u - 1]));
}

/* Share of the steps of a whose key some step of b has. */
static double vote_score(const rr_trace *a, const rr_trace *b)
{
    size_t shared = 0;

    for (size_t t = 0; t < a->steps; t++) {
        bool found = false;
        for (size_t u = 0; u < b->steps && !found; u++)
            found = same_transition(a, t, b, u);
        shared += found;
    }
    return (double)shared / (double)a->steps;
}

/* All scores of a few traces by brute force, and the best of them against rr_influence_nearest. */
static rr_status check(query_case *c, size_t traces, double *worst, rr_error *err)
{
    const rr_traces *training = rr_influence_training(c->m->inf);
    const size_t N = rr_traces_count(training);
    const bool votes = c->query.measure == RR_MEASURE_VOTES;
    float *score = NULL;
    rr_status st = RR_OK;

    *worst = 0.0;
    RRI_TRY(rri_alloc(&score, N, 1, sizeof *score, err));
    for (size_t i = 0; i < traces; i++) {
        const rr_trace trace = rr_traces_at(c->m->tests, i * 7);
        size_t found = 0;
        size_t above = 0;
        RRI_TRY(rr_influence_scores(c->m->inf, &c->query, &trace, score, err));
        RRI_TRY(rr_influence_nearest(c->m->inf, &c->query, &trace, TOP, c->out, &found, err));
        for (size_t j = 0; j < N; j++) {
            const rr_trace other = rr_traces_at(training, j);
            const double right = votes ? vote_score(&trace, &other)
                                       : lp_score(c->m->inf, c->query.p, &trace, &other);
            const double off = fabs(right - (double)score[j]);
            *worst = off <= *worst ? *worst : off;
            above += score[j] > c->out[TOP - 1].score;
        }
        /* Fewer than TOP lie above the last of the best, and the best carry their own scores. */
        if (found != TOP || above >= TOP)
            *worst = BENCH_UNKNOWN;
        for (size_t k = 0; k < found; k++)
            *worst = fmax(*worst, fabs((double)(c->out[k].score - score[c->out[k].id])));
    }

done:
    rri_free(score);
    return st;
}

/* ---- comparisons ----------------------------------------------------------------------------- */

typedef struct question {
    rr_measure measure;
    double p; /* of lp */
    bool many;
} question;

static void add_limits(bench_comparison *r, const question *q, query_case *votes)
{
    if (q->measure != RR_MEASURE_LP || q->p != 1.0)
        return;
    bench_implementation *other =
        bench_add(r, "votes", BENCH_OTHER, q->many ? many_iteration : one_iteration, votes, 3.0);
    other->at_most = true;
    other->other_work = true;
    if (q->many)
        bench_add_limit(r, "limit 2 s", 2.0);
    else
        bench_add_limit(r, "limit 0.25 ms", 0.25e-3);
}

static rr_status compare(bench *b, const bench_neighbours *n, question q, rr_error *err)
{
    const bool lp = q.measure == RR_MEASURE_LP;
    query_case c = { .m = n->m, .query = rr_query_default() };
    query_case votes;
    bench_neighbour_peer peers[BENCH_NEIGHBOUR_PEERS];
    bench_bound bound = { .bytes = 0.0 };
    bench_comparison r = { .path = !lp          ? "query votes"
                                   : q.p == 1.0 ? "query lp"
                                                : "query lp, p = 2",
                           .threads = q.many ? rri_threads(b->options.threads) : 1,
                           .work = q.many ? MANY : 1,
                           .unit = "queries",
                           .against = "brute force in double",
                           .allowed = 1e-5 };
    rr_status st = RR_OK;

    c.query.measure = q.measure;
    c.query.p = q.p;
    c.query.threads = r.threads;
    snprintf(r.shape, sizeof r.shape, "%.48s, %s", n->m->what, q.many ? "many" : "one");
    RRI_TRY(open_case(b, &c, err));
    RRI_TRY(check(&c, b->options.quick ? 1 : 3, &r.check, err));
    bench_add(&r, "ours", BENCH_OURS, q.many ? many_iteration : one_iteration, &c, 0.0);
    if (lp) /* the coarse copy of the training traces: one byte a step */
        RRI_TRY(bench_add_read(&r, &bound, rr_influence_info_of(n->m->inf).steps, err));
    votes = c;
    votes.query.measure = RR_MEASURE_VOTES;
    add_limits(&r, &q, &votes);
    if (lp)
        RRI_TRY(bench_add_neighbours(n, &r, q.p, peers, err));
    bench_compare(b, &r);

done:
    bench_close_bound(&bound);
    close_case(&c);
    return st;
}

void bench_query(bench *b)
{
    static const question questions[] = {
        { RR_MEASURE_LP, 1.0, false },    { RR_MEASURE_LP, 1.0, true },
        { RR_MEASURE_LP, 2.0, false },    { RR_MEASURE_LP, 2.0, true },
        { RR_MEASURE_VOTES, 1.0, false }, { RR_MEASURE_VOTES, 1.0, true },
    };
    bench_model m;
    bench_neighbours n;
    rr_error err = { .code = RR_OK };
    rr_status st = bench_open_model(b, &m, &err);

    if (st == RR_OK)
        st = bench_open_neighbours(b, &m, TOP, &n, &err);
    for (size_t i = 0; st == RR_OK && i < sizeof questions / sizeof *questions; i++)
        st = compare(b, &n, questions[i], &err);
    if (st != RR_OK)
        bench_failed(b, "query", "one and many", &err);
    bench_close_model(&m);
}
