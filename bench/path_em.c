/* SPDX-License-Identifier: MIT */
/* path_em.c - one iteration of EM on a diagonal mixture, the inner work of a build. */
#include "abstraction/abstraction_internal.h"
#include "coprocess.h"
#include "fixture.h"
#include "limits.h"
#include "products.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { P = 10, K = 43, CHECKED = 20000, STEPS = 3, BLOCK = 4096, PEERS = 4 };

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

/* Responsibilities r [K] of one point; its log-likelihood. */
static double expect(const rri_gmm *g, const float *x, double *r)
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
    return top + log(sum);
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

/* ---- the peers ------------------------------------------------------------------------------- */

typedef struct likelihood {
    const rri_gmm *g;
    rri_rows x;
    double *sum; /* [blocks] */
} likelihood;

static void add_block(void *ctx, size_t task, size_t worker)
{
    const likelihood *l = ctx;
    double r[K];
    size_t begin = 0;
    size_t end = 0;

    (void)worker;
    rri_block(l->x.n, BLOCK, task, &begin, &end);
    for (size_t i = begin; i < end; i++)
        l->sum[task] += expect(l->g, l->x.data + i * l->x.stride, r);
}

/* Of a point on average, after one iteration of ours. */
static rr_status log_likelihood(const em_case *c, double *out, rr_error *err)
{
    const size_t blocks = rri_blocks(c->x.n, BLOCK);
    likelihood l = { .x = c->x };
    rri_gmm *g = NULL;
    rr_status st = RR_OK;

    *out = 0.0;
    RRI_TRY(refine(c, 1, &g, err));
    RRI_TRY(rri_alloc(&l.sum, blocks, 1, sizeof *l.sum, err));
    l.g = g;
    rri_parallel(0, blocks, add_block, &l);
    for (size_t i = 0; i < blocks; i++)
        *out += l.sum[i] / (double)c->x.n;

done:
    rri_free(l.sum);
    rri_gmm_free(g);
    return st;
}

typedef struct peer_case {
    bench_question question;
    double right; /* log-likelihood after an iteration */
} peer_case;

/* A peer's figure counts if its iteration leads where ours does. */
static bool peer_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    static const char word[] = "log-likelihood ";
    peer_case *c = ctx;
    double found = 0.0;

    if (!bench_ask_iteration(&c->question, slice, seconds, note))
        return false;
    const char *at = strstr(note, word);
    if (at != NULL && rri_parse_f64(at + strlen(word), &found) && fabs(found - c->right) < 1e-3)
        return true;
    char all[BENCH_NOTE];
    snprintf(all, sizeof all, "%.180s: not ours, %.6f", note, c->right);
    snprintf(note, BENCH_NOTE, "%s", all);
    return false;
}

/* The points and the start, in files for the peers. */
static rr_status write_problem(const char *prefix, rri_rows x, const rri_gmm *start, rr_error *err)
{
    double all[K * (1 + 2 * P)];
    rr_status st = RR_OK;

    memcpy(all, rri_gmm_weight(start), K * sizeof *all);
    memcpy(all + K, rri_gmm_mean(start), K * P * sizeof *all);
    memcpy(all + K + K * P, rri_gmm_variance(start), K * P * sizeof *all);
    RRI_TRY(bench_fixture_numbers(prefix, "points", x.data, x.n * P * sizeof *x.data, err));
    RRI_TRY(bench_fixture_numbers(prefix, "start", all, sizeof all, err));

done:
    return st;
}

static void add_peers(bench *b, bench_comparison *r, const em_case *c, const char *prefix,
                      double right, peer_case *peers)
{
    static const struct {
        const char *name, *verb, *how;
        bench_server server;
        double wanted;
    } list[PEERS] = {
        { "scikit-learn tuned", "em", " tuned", BENCH_PEERS, 0.0 },
        { "scikit-learn default", "em", " default", BENCH_PEERS, 25.0 },
        { "Armadillo", "armadillo", "", BENCH_NATIVE, 25.0 },
        { "VLFeat", "vlfeat", "", BENCH_NATIVE, 25.0 },
    };

    for (size_t i = 0; i < PEERS; i++) {
        peers[i] = (peer_case){ .question = { .b = b, .server = list[i].server }, .right = right };
        snprintf(peers[i].question.request, sizeof peers[i].question.request,
                 "%s %s %zu %d %d %zu%s", list[i].verb, prefix, c->x.n, P, K, c->threads,
                 list[i].how);
        bench_add(r, list[i].name, BENCH_PEER, peer_iteration, &peers[i], list[i].wanted);
    }
}

/* ---- the comparison -------------------------------------------------------------------------- */

static rr_status run(bench *b, const rri_gmm *start, rri_rows x, size_t threads, rr_error *err)
{
    em_case c = { .x = x, .start = start, .threads = threads };
    bench_products *products = NULL;
    bench_bound bound;
    bench_question best = { .b = b, .server = BENCH_BEST_KERNELS };
    peer_case peers[PEERS];
    char prefix[BENCH_REQUEST / 2];
    double right = 0.0;
    bench_comparison r = { .path = "em",
                           .threads = threads,
                           .work = (double)x.n,
                           .unit = "points",
                           .least = 3,
                           .against = "an iteration in double",
                           .allowed = 1e-3 };
    rr_status st = RR_OK;

    snprintf(r.shape, sizeof r.shape, "%zux%d K%d", x.n, P, K);
    snprintf(best.request, sizeof best.request, "em %d %d %zu", P, K, threads);
    RRI_TRY(check(&c, &r.check, err));
    RRI_TRY(log_likelihood(&c, &right, err));
    snprintf(r.remark, sizeof r.remark, "log-likelihood %.6f", right);
    RRI_TRY(bench_fixture_file(b, "em", prefix, sizeof prefix, err));
    RRI_TRY(write_problem(prefix, x, start, err));
    RRI_TRY(bench_products_mixture(P, K, threads, &products, err));
    bench_add(&r, "ours", BENCH_OURS, ours_iteration, &c, 0.0);
    bench_add_peak(&r, &bound, 8.0 * P * K, K, 2.0 / 3);
    bench_add(&r, "sgemm", BENCH_CEILING, bench_products_iteration, products, 0.0);
    bench_add(&r, "sgemm, best kernels", BENCH_CEILING, bench_ask_iteration, &best, 0.0);
    add_peers(b, &r, &c, prefix, right, peers);
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
