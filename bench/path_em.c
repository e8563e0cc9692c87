/* SPDX-License-Identifier: MIT */
/* path_em.c - one iteration of EM on a diagonal mixture, the inner work of a build. */
#include "abstraction/abstraction_internal.h"
#include "coprocess.h"
#include "limits.h"
#include "products.h"

#include <math.h>
#include <stdio.h>

enum { P = 10, K = 43, CHECKED = 20000, STEPS = 3 };

static const double log_2_pi = 1.8378770664093453;

typedef struct em_case {
    rri_rows x;
    const rri_gmm *start;
    size_t threads;
} em_case;

static rr_status copy_mixture(const rri_gmm *g, rri_gmm **out, rr_error *err)
{
    return rri_gmm_restore(rri_gmm_components(g), rri_gmm_width(g), rri_gmm_weight(g),
                           rri_gmm_mean(g), rri_gmm_variance(g), out, err);
}

/* Exactly `steps` iterations from the start. */
static rr_status refine(const em_case *c, size_t steps, rri_gmm **out, rr_error *err)
{
    rr_gmm_config cfg = rri_gmm_config_default();
    rr_status st = RR_OK;

    cfg.max_iter = steps;
    cfg.tol = -1.0;
    cfg.threads = c->threads;
    RRI_TRY(copy_mixture(c->start, out, err));
    RRI_TRY(rri_gmm_refine(&cfg, c->x, *out, err));

done:
    return st;
}

static bool ours_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    const em_case *c = ctx;
    const double begin = rri_seconds();
    double spent = 0.0;
    size_t steps = 0;

    while (steps == 0 || spent < slice) {
        rri_gmm *g = NULL;
        rr_error err = { .code = RR_OK };
        if (refine(c, STEPS, &g, &err) != RR_OK)
            snprintf(note, BENCH_NOTE, "failed: %.200s", err.msg);
        rri_gmm_free(g);
        if (err.code != RR_OK)
            return false;
        steps += STEPS;
        spent = rri_seconds() - begin;
    }
    *seconds = spent / (double)(steps * c->x.n);
    snprintf(note, BENCH_NOTE, "%.1f GFLOP and %.1f M exp an iteration",
             8e-9 * (double)(c->x.n * K * P), 1e-6 * (double)(c->x.n * K));
    return true;
}

/* ---- the check: one iteration in double ------------------------------------------------------ */

/* Responsibilities r [K] of one point. */
static void expect(const rri_gmm *g, const float *x, double *r)
{
    const double *mean = rri_gmm_mean(g);
    const double *variance = rri_gmm_variance(g);
    double top = -HUGE_VAL;
    double sum = 0.0;

    for (size_t k = 0; k < K; k++) {
        r[k] = log(rri_gmm_weight(g)[k]);
        for (size_t p = 0; p < P; p++) {
            const double off = (double)x[p] - mean[k * P + p];
            r[k] -= 0.5 * (log_2_pi + log(variance[k * P + p]) + off * off / variance[k * P + p]);
        }
        top = fmax(top, r[k]);
    }
    for (size_t k = 0; k < K; k++)
        sum += r[k] = exp(r[k] - top);
    for (size_t k = 0; k < K; k++)
        r[k] /= sum;
}

/* Largest difference of weights (as a share), means and variances after one iteration. */
static double compare(const rri_gmm *start, const rri_gmm *g, rri_rows x, double floor, double *s)
{
    double *share = s;
    double *s1 = s + K;
    double *s2 = s1 + K * P;
    double r[K];
    double worst = 0.0;

    for (size_t i = 0; i < x.n; i++) {
        const float *row = x.data + i * x.stride;
        expect(start, row, r);
        for (size_t k = 0; k < K; k++) {
            share[k] += r[k];
            for (size_t p = 0; p < P; p++) {
                s1[k * P + p] += r[k] * (double)row[p];
                s2[k * P + p] += r[k] * (double)row[p] * (double)row[p];
            }
        }
    }
    for (size_t k = 0; k < K; k++) {
        const double weight = share[k] / (double)x.n;
        worst = fmax(worst, fabs(rri_gmm_weight(g)[k] - weight) / weight);
        for (size_t j = k * P; j < (k + 1) * P; j++) {
            const double mean = s1[j] / share[k];
            const double variance = s2[j] / share[k] - mean * mean + floor;
            worst = fmax(worst, fabs(rri_gmm_mean(g)[j] - mean));
            worst = fmax(worst, fabs(rri_gmm_variance(g)[j] - variance));
        }
    }
    return worst;
}

static rr_status check(const em_case *c, double *worst, rr_error *err)
{
    em_case few = *c;
    rri_gmm *g = NULL;
    double *sums = NULL;
    rr_status st = RR_OK;

    few.x.n = rri_min(few.x.n, CHECKED);
    RRI_TRY(rri_alloc(&sums, 1 + 2 * P, K, sizeof *sums, err));
    RRI_TRY(refine(&few, 1, &g, err));
    *worst = compare(c->start, g, few.x, rri_gmm_config_default().floor, sums);

done:
    rri_free(sums);
    rri_gmm_free(g);
    return st;
}

/* ---- the comparison -------------------------------------------------------------------------- */

static rr_status run(bench *b, const rri_gmm *start, rri_rows x, size_t threads, rr_error *err)
{
    em_case c = { .x = x, .start = start, .threads = threads };
    bench_products *products = NULL;
    bench_bound bound;
    bench_question best = { .b = b, .server = BENCH_BEST_KERNELS };
    bench_question peer[2] = { { .b = b }, { .b = b } };
    bench_comparison r = { .path = "em",
                           .threads = threads,
                           .work = (double)x.n,
                           .unit = "points",
                           .against = "an iteration in double",
                           .allowed = 1e-3 };
    rr_status st = RR_OK;

    snprintf(r.shape, sizeof r.shape, "%zux%d K%d", x.n, P, K);
    snprintf(best.request, sizeof best.request, "em %d %d %zu", P, K, threads);
    for (int i = 0; i < 2; i++)
        snprintf(peer[i].request, sizeof peer[i].request, "em %zu %d %d %zu %s", x.n, P, K, threads,
                 i == 0 ? "tuned" : "default");
    RRI_TRY(check(&c, &r.check, err));
    RRI_TRY(bench_products_mixture(P, K, threads, &products, err));
    bench_add(&r, "ours", BENCH_OURS, ours_iteration, &c, 0.0);
    bench_add_peak(&r, &bound, 8.0 * P * K, K, 2.0 / 3);
    bench_add(&r, "sgemm", BENCH_CEILING, bench_products_iteration, products, 0.0);
    bench_add(&r, "sgemm, best kernels", BENCH_CEILING, bench_ask_iteration, &best, 0.0);
    bench_add(&r, "scikit-learn tuned", BENCH_PEER, bench_ask_iteration, &peer[0], 0.0);
    bench_add(&r, "scikit-learn default", BENCH_PEER, bench_ask_iteration, &peer[1], 25.0);
    bench_compare(b, &r);

done:
    bench_products_free(products);
    return st;
}

void bench_em(bench *b)
{
    const size_t N = b->options.quick ? 200000 : 1680000;
    const size_t most = rri_threads(b->options.threads);
    float *points = NULL;
    rri_gmm *start = NULL;
    rr_error err = { .code = RR_OK };
    rr_status st = bench_make_points(N, P, K, &points, &start, &err);

    const rri_rows x = { points, N, P, P };
    if (st == RR_OK)
        st = run(b, start, x, 1, &err);
    if (st == RR_OK && most > 1)
        st = run(b, start, x, most, &err);
    if (st != RR_OK)
        bench_failed(b, "em", "points", &err);
    rri_free(points);
    rri_gmm_free(start);
}
