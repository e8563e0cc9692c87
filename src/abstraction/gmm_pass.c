/* SPDX-License-Identifier: MIT */
/* gmm_pass.c - one pass over the rows with fixed parameters: the most probable component of each,
 * its log-likelihood, and that of all. Each shard has its own sum; these are added in order. */
#include "abstraction/gmm.h"

#include <math.h>
#include <string.h>

typedef struct pass {
    const rri_mixture_kernels *kernels;
    rri_packed packed;
    rri_rows x;
    rri_cut cut;
    uint16_t *q;   /* [N], or NULL */
    float *row;    /* [N] log-likelihoods, or NULL */
    double *score; /* [shards] sums of log-likelihoods above the base, or NULL */
    double *loss;  /* [shards] rounding error of the constants, weighted by responsibility */
    float *scratch;
    uint32_t *best; /* [workers][block_rows] */
    double *mass;   /* [workers][K], or NULL */
} pass;

/* The sums of likelihoods are at least 1 and at most K < 2^16: the product of so many fits a
 * double, and one logarithm serves them all. */
enum { PRODUCT_ROWS = 32 };

double rri_log_likelihood(size_t n, const float *top, const float *sum)
{
    double product = 1.0;
    double total = 0.0;

    for (size_t i = 0; i < n; i++) {
        total += (double)top[i];
        product *= (double)sum[i];
        if (i % PRODUCT_ROWS == PRODUCT_ROWS - 1 || i + 1 == n) {
            total += log(product);
            product = 1.0;
        }
    }
    return total;
}

/* Floats of one worker: x, ld, top, sum, lanes of the masses. */
static size_t scratch_size(const pass *p)
{
    const rri_mixture_params *m = &p->packed.params;

    return p->cut.block_rows * (m->P + m->K + 2) + m->K * RRI_MIXTURE_LANES;
}

/* ld holds responsibilities. */
static void score_rows(pass *p, size_t task, size_t n, size_t B, const float *ld, const float *top,
                       float *sum, double *mass)
{
    const rri_mixture_params masses_only = { .K = p->packed.params.K };
    float *lanes = sum + p->cut.block_rows;

    p->score[task] += rri_log_likelihood(n, top, sum);
    p->kernels->moments(&masses_only, 1, B, NULL, ld, lanes);
    memset(mass, 0, masses_only.K * sizeof *mass);
    p->kernels->add_lanes(masses_only.K, lanes, mass);
    for (size_t k = 0; k < masses_only.K; k++)
        p->loss[task] += mass[k] * p->packed.loss[k];
}

static void pass_shard(void *ctx, size_t task, size_t worker)
{
    pass *p = ctx;
    const rri_mixture_params *m = &p->packed.params;
    float *x = p->scratch + worker * scratch_size(p);
    float *ld = x + p->cut.block_rows * m->P;
    float *top = ld + p->cut.block_rows * m->K;
    float *sum = top + p->cut.block_rows;
    uint32_t *best = p->best + worker * p->cut.block_rows;
    size_t begin = 0;
    size_t end = 0;

    rri_block(p->x.n, p->cut.shard_rows, task, &begin, &end);
    for (size_t i = begin; i < end; i += p->cut.block_rows) {
        const size_t B = rri_cut_rows(&p->cut, end - i);
        const size_t n = rri_min(B, end - i);
        p->kernels->columns(n, rri_row(p->x, i), p->x.stride, m->P, B, x);
        p->kernels->log_density(m, B, x, ld);
        if (p->q != NULL) {
            p->kernels->largest(m->K, B, ld, best, top);
            for (size_t j = 0; j < n; j++)
                p->q[i + j] = (uint16_t)(best[j] + 1);
        }
        if (p->score != NULL || p->row != NULL)
            p->kernels->responsibility(m->K, n, B, ld, top, sum);
        if (p->row != NULL)
            for (size_t j = 0; j < n; j++)
                p->row[i + j] = (float)(p->packed.base + rri_log_likelihood(1, top + j, sum + j));
        if (p->score != NULL)
            score_rows(p, task, n, B, ld, top, sum, p->mass + worker * m->K);
    }
}

rr_status rri_gmm_pass(const rri_gmm *g, rri_rows x, size_t threads, uint16_t *q, double *score,
                       float *row, rr_error *err)
{
    rr_status st = RR_OK;
    pass p = { .kernels = rri_mixture_kernels_for(rri_isa_best()), .x = x, .q = q, .row = row };
    double total = 0.0;

    RRI_TRY(rri_packed_init(&p.packed, g->k, g->d, err));
    rri_packed_mixture(&p.packed, g->weight, g->mean, g->variance);
    p.cut = rri_rows_cut(x.n, p.packed.params.K, 0);
    RRI_TRY(rri_alloc(&p.scratch, rri_threads(threads), scratch_size(&p), sizeof *p.scratch, err));
    RRI_TRY(rri_alloc(&p.best, rri_threads(threads), p.cut.block_rows, sizeof *p.best, err));
    if (score != NULL) {
        RRI_TRY(rri_alloc(&p.score, p.cut.shards, 1, sizeof *p.score, err));
        RRI_TRY(rri_alloc(&p.loss, p.cut.shards, 1, sizeof *p.loss, err));
        RRI_TRY(rri_alloc(&p.mass, rri_threads(threads), g->k, sizeof *p.mass, err));
    }
    rri_parallel(threads, p.cut.shards, pass_shard, &p);
    if (score != NULL) {
        for (size_t s = 0; s < p.cut.shards; s++)
            total += p.score[s] + p.loss[s];
        *score = p.packed.base + total / (double)x.n;
    }

done:
    rri_free(p.mass);
    rri_free(p.loss);
    rri_free(p.score);
    rri_free(p.best);
    rri_free(p.scratch);
    rri_packed_release(&p.packed);
    return st;
}
