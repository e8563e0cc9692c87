/* SPDX-License-Identifier: MIT */
/* path_threads.c - what a second thread brings: the same work on one and on all, iteration by
 * iteration. */
#include "abstraction/abstraction_internal.h"
#include "model.h"

#include <stdio.h>

enum { TOP = 100, P = 10, K = 43, EM_STEPS = 3 };

/* One task with its own number of threads; the data is shared by both sides. */
typedef struct side {
    size_t threads;
    const void *shared;
    rr_network *net;
    rr_trainer *trainer;
} side;

static bool told(const rr_error *err, char note[BENCH_NOTE])
{
    if (err->code != RR_OK)
        snprintf(note, BENCH_NOTE, "failed: %.200s", err->msg);
    return err->code == RR_OK;
}

/* ---- training -------------------------------------------------------------------------------- */

static bool train_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    side *s = ctx;
    rr_train_progress progress;
    rr_error err = { .code = RR_OK };
    const double begin = rri_seconds();
    size_t done = 0;

    while (err.code == RR_OK && (done == 0 || rri_seconds() - begin < slice)) {
        if (rr_trainer_step(s->trainer, &progress, &err) == RR_OK)
            done++;
    }
    *seconds = (rri_seconds() - begin) / (double)rri_max(done, 1);
    return told(&err, note);
}

static rr_status open_training(side *s, const bench_shape *shape, const rr_dataset *ds,
                               rr_error *err)
{
    rr_train_config cfg = rr_train_config_default();
    rr_status st = RR_OK;

    cfg.epochs = SIZE_MAX;
    cfg.batch = shape->B;
    cfg.threads = s->threads;
    cfg.learning_rate = 1e-4;
    RRI_TRY(bench_make_network(shape, &s->net, err));
    RRI_TRY(rr_trainer_new(&cfg, s->net, ds, &s->trainer, err));

done:
    return st;
}

/* ---- build, em, query ------------------------------------------------------------------------ */

static bool build_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    const side *s = ctx;
    bench_wander w = *(const bench_wander *)s->shared;
    const rr_influence_config cfg = bench_fixed_work(w.K, s->threads);
    rr_state_source source = { 0 };
    rr_influence *inf = NULL;
    rr_error err = { .code = RR_OK };

    (void)slice;
    w.threads = s->threads;
    const double begin = rri_seconds();
    if (bench_make_states(&w, &source, &err) == RR_OK)
        err.code = rr_influence_build(&cfg, &source, NULL, &inf, &err);
    *seconds = rri_seconds() - begin;
    rr_influence_free(inf);
    rr_state_source_close(&source);
    return told(&err, note);
}

typedef struct mixture {
    rri_rows x;
    const rri_gmm *start;
} mixture;

static bool em_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    const side *s = ctx;
    const mixture *m = s->shared;
    rr_gmm_config cfg = rri_gmm_config_default();
    rri_gmm *g = NULL;
    rr_error err = { .code = RR_OK };

    (void)slice;
    cfg.max_iter = EM_STEPS;
    cfg.tol = -1.0;
    cfg.threads = s->threads;
    err.code = rri_gmm_restore(K, P, rri_gmm_weight(m->start), rri_gmm_mean(m->start),
                               rri_gmm_variance(m->start), &g, &err);
    const double begin = rri_seconds();
    if (err.code == RR_OK)
        err.code = rri_gmm_refine(&cfg, m->x, g, &err);
    *seconds = (rri_seconds() - begin) / EM_STEPS;
    rri_gmm_free(g);
    return told(&err, note);
}

typedef struct questions {
    bench_model m;
    rr_neighbour *out;
    size_t *which, *found;
    size_t n;
} questions;

static bool query_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    const side *s = ctx;
    const questions *a = s->shared;
    rr_query q = rr_query_default();
    rr_error err = { .code = RR_OK };
    const double begin = rri_seconds();

    (void)slice;
    q.threads = s->threads;
    err.code = rr_influence_nearest_many(a->m.inf, &q, a->m.tests, a->which, a->n, TOP, a->out,
                                         a->found, &err);
    *seconds = (rri_seconds() - begin) / (double)a->n;
    return told(&err, note);
}

/* ---- comparisons ----------------------------------------------------------------------------- */

static void compare(bench *b, const char *path, const char *shape, const char *unit,
                    bench_iteration iterate, side *all, side *one)
{
    bench_comparison r = { .path = path, .threads = all->threads, .work = 1.0, .unit = unit };

    snprintf(r.shape, sizeof r.shape, "%s", shape);
    bench_add(&r, "ours", BENCH_OURS, iterate, all, 0.0);
    bench_add(&r, "one thread", BENCH_OTHER, iterate, one, BENCH_TWO_THREADS);
    bench_compare(b, &r);
}

static rr_status training(bench *b, side *all, side *one, rr_error *err)
{
    const bench_shape *shape = &bench_shapes[0];
    rr_dataset *ds = NULL;
    char name[BENCH_NAME];
    rr_status st = RR_OK;

    bench_shape_name(shape, name);
    RRI_TRY(bench_make_frames(8 * shape->B, shape, &ds, err));
    RRI_TRY(open_training(all, shape, ds, err));
    RRI_TRY(open_training(one, shape, ds, err));
    compare(b, "threads, train", name, "batches", train_iteration, all, one);

done:
    rr_trainer_free(all->trainer);
    rr_trainer_free(one->trainer);
    rr_network_free(all->net);
    rr_network_free(one->net);
    rr_dataset_free(ds);
    return st;
}

static rr_status em(bench *b, side *all, side *one, rr_error *err)
{
    const size_t N = b->options.quick ? 200000 : 1680000;
    char name[BENCH_NAME];
    float *points = NULL;
    rri_gmm *start = NULL;
    rr_status st = RR_OK;

    snprintf(name, sizeof name, "%zux%d K%d", N, P, K);
    RRI_TRY(bench_make_points(N, P, K, &points, &start, err));
    const mixture m = { .x = { points, N, P, P }, .start = start };
    all->shared = one->shared = &m;
    compare(b, "threads, em", name, "iterations", em_iteration, all, one);

done:
    rri_free(points);
    rri_gmm_free(start);
    return st;
}

static rr_status query(bench *b, const bench_wander *w, side *all, side *one, rr_error *err)
{
    questions a = { .n = b->options.quick ? 200 : 2000 };
    rr_status st = RR_OK;

    RRI_TRY(bench_made_model(w, a.n, &a.m, err));
    RRI_TRY(rri_alloc(&a.out, a.n, TOP, sizeof *a.out, err));
    RRI_TRY(rri_alloc(&a.which, a.n, 1, sizeof *a.which, err));
    RRI_TRY(rri_alloc(&a.found, a.n, 1, sizeof *a.found, err));
    for (size_t i = 0; i < a.n; i++)
        a.which[i] = i;
    all->shared = one->shared = &a;
    compare(b, "threads, query", a.m.what, "queries", query_iteration, all, one);

done:
    rri_free(a.out);
    rri_free(a.which);
    rri_free(a.found);
    bench_close_model(&a.m);
    return st;
}

void bench_threads(bench *b)
{
    const bench_wander w = { .N = b->options.quick ? 4000 : 60000,
                             .T = 28,
                             .H = 128,
                             .K = K,
                             .C = BENCH_CLASSES,
                             .threads = b->options.threads,
                             .seed = 1 };
    side all = { .threads = rri_threads(b->options.threads) };
    side one = { .threads = 1 };
    rr_error err = { .code = RR_OK };
    char name[BENCH_NAME];

    if (all.threads == 1) {
        bench_skip(b, "threads", "all", "skipped: one thread only");
        return;
    }
    rr_status st = training(b, &all, &one, &err);
    if (st == RR_OK)
        st = em(b, &all, &one, &err);
    if (st == RR_OK)
        st = query(b, &w, &all, &one, &err);
    if (st == RR_OK && bench_fixture_has_data(b)) {
        st = bench_threads_states(b, &err);
        if (st == RR_OK)
            st = bench_threads_build(b, &err);
    } else if (st == RR_OK) {
        snprintf(name, sizeof name, "made N%zu T%zu H%zu K%zu", w.N, w.T, w.H, w.K);
        all.shared = one.shared = &w;
        compare(b, "threads, build", name, "builds", build_iteration, &all, &one);
    }
    if (st != RR_OK)
        bench_failed(b, "threads", "all", &err);
}
