/* SPDX-License-Identifier: MIT */
/* path_scaling.c - how times grow when one size doubles, on drawn states: builds with a fixed
 * number of EM steps, and sample queries. Both sizes take their iterations in one comparison. */
#include "model.h"

#include <stdio.h>

enum { TOP = 100, QUERIES = 200 };

static bool build_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    const bench_wander *w = ctx;
    const rr_influence_config cfg = bench_fixed_work(w->K, w->threads);
    rr_state_source source = { 0 };
    rr_influence *inf = NULL;
    rr_error err = { .code = RR_OK };

    (void)slice;
    rr_status st = bench_make_states(w, &source, &err);
    const double begin = rri_seconds();
    if (st == RR_OK)
        st = rr_influence_build(&cfg, &source, NULL, &inf, &err);
    *seconds = rri_seconds() - begin;
    if (st == RR_OK) {
        const rr_influence_info info = rr_influence_info_of(inf);
        snprintf(note, BENCH_NOTE, "trace %.2f, project %.2f, cluster %.2f, index %.2f s",
                 info.seconds[0], info.seconds[1], info.seconds[2], info.seconds[3]);
    } else {
        snprintf(note, BENCH_NOTE, "failed: %.200s", err.msg);
    }
    rr_influence_free(inf);
    rr_state_source_close(&source);
    return st == RR_OK;
}

/* ---- queries --------------------------------------------------------------------------------- */

typedef struct query_case {
    bench_model m;
    size_t threads;
    size_t which[QUERIES];
    size_t found[QUERIES];
    rr_neighbour *out;
} query_case;

static bool query_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    query_case *c = ctx;
    rr_query q = rr_query_default();
    rr_error err = { .code = RR_OK };
    const double begin = rri_seconds();
    double spent = 0.0;
    size_t done = 0;

    q.threads = c->threads;
    while (done == 0 || spent < slice) {
        if (rr_influence_nearest_many(c->m.inf, &q, c->m.tests, c->which, QUERIES, TOP, c->out,
                                      c->found, &err) != RR_OK) {
            snprintf(note, BENCH_NOTE, "failed: %.200s", err.msg);
            return false;
        }
        done += QUERIES;
        spent = rri_seconds() - begin;
    }
    *seconds = spent / (double)done;
    return true;
}

static rr_status open_query(const bench_wander *w, query_case *c, rr_error *err)
{
    rr_status st = RR_OK;

    c->threads = w->threads;
    for (size_t i = 0; i < QUERIES; i++)
        c->which[i] = i;
    RRI_TRY(bench_made_model(w, QUERIES, &c->m, err));
    RRI_TRY(rri_alloc(&c->out, QUERIES, TOP, sizeof *c->out, err));

done:
    return st;
}

static void close_query(query_case *c)
{
    rri_free(c->out);
    bench_close_model(&c->m);
}

/* ---- pairs ----------------------------------------------------------------------------------- */

typedef enum dimension { DIM_N, DIM_T, DIM_K, DIM_H } dimension;

static size_t *size_of(bench_wander *w, dimension d)
{
    return d == DIM_N ? &w->N : d == DIM_T ? &w->T : d == DIM_K ? &w->K : &w->H;
}

/* Race w against itself with one size doubled, and leave it doubled. */
static rr_status pair(bench *b, bench_wander *w, dimension d, bool query, rr_error *err)
{
    static const char names[] = "NTKH";
    bench_wander twice = *w;
    query_case once_case = { .out = NULL };
    query_case twice_case = { .out = NULL };
    bench_comparison r = { .path = query ? "scaling, query" : "scaling, build",
                           .threads = rri_threads(w->threads),
                           .work = 1.0,
                           .unit = query ? "queries" : "builds",
                           .least = b->options.quick ? 2 : 5 };
    rr_status st = RR_OK;

    *size_of(&twice, d) *= 2;
    snprintf(r.shape, sizeof r.shape, "%c %zu -> %zu", names[d], *size_of(w, d),
             *size_of(&twice, d));
    snprintf(r.remark, sizeof r.remark, "N%zu T%zu H%zu K%zu", w->N, w->T, w->H, w->K);
    if (query) {
        RRI_TRY(open_query(w, &once_case, err));
        RRI_TRY(open_query(&twice, &twice_case, err));
    }
    const bench_iteration iterate = query ? query_iteration : build_iteration;
    bench_add(&r, "ours", BENCH_OURS, iterate, query ? (void *)&once_case : w, 0.0);
    /* A query's work does not grow with K: a wider table alone may cost something. */
    bench_add(&r, "doubled", BENCH_OTHER, iterate, query ? (void *)&twice_case : &twice,
              query && d == DIM_K ? 1.3 : 2.1)
        ->at_most = true;
    bench_compare(b, &r);
    *w = twice;

done:
    close_query(&once_case);
    close_query(&twice_case);
    return st;
}

void bench_scaling(bench *b)
{
    const bench_wander base = { .N = b->options.quick ? 4000 : 15000,
                                .T = 28,
                                .H = 64,
                                .K = 20,
                                .C = BENCH_CLASSES,
                                .threads = b->options.threads,
                                .seed = 1 };
    /* N and K twice, for curves of three points. A query does not see the hidden width. */
    static const dimension dims[] = { DIM_N, DIM_N, DIM_T, DIM_K, DIM_K, DIM_H };

    for (int query = 0; query < 2; query++) {
        bench_wander w = base;
        for (int i = 0; i < 6 - query; i++) {
            rr_error err = { .code = RR_OK };
            if (i == 0 || dims[i] != dims[i - 1]) /* a second doubling goes on from the first */
                w = base;
            if (pair(b, &w, dims[i], query == 1, &err) != RR_OK)
                bench_failed(b, "scaling", query ? "query" : "build", &err);
        }
    }
}
