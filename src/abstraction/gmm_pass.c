/* SPDX-License-Identifier: MIT */
/* gmm_pass.c - one pass over the rows with fixed parameters: the most probable component of each
 * and the total likelihood. Each shard has its own sum; these are added in order. */
#include "abstraction/gmm.h"

#include <math.h>

typedef struct pass {
    const rri_mixture_kernels *kernels;
    rri_packed packed;
    rri_rows x;
    rri_cut cut;
    uint16_t *q;   /* [N], or NULL */
    double *score; /* [shards] sums of log-likelihoods above the base, or NULL */
    double *loss;  /* [shards] rounding error of the constants, weighted by responsibility */
    float *scratch;
    uint32_t *best; /* [workers][block_rows] */
} pass;

/* Floats of one worker: ld, top, sum, mass. */
static size_t scratch_size(const pass *p)
{
    return p->cut.block_rows * (p->packed.params.K + 2) + p->packed.params.K;
}

static void score_rows(pass *p, size_t task, size_t n, float *ld, float *top, float *sum)
{
    const size_t K = p->packed.params.K;
    const rri_mixture_params masses_only = { .K = K };
    float *mass = sum + p->cut.block_rows;

    p->kernels->responsibility(K, n, ld, top, sum);
    for (size_t i = 0; i < n; i++)
        p->score[task] += (double)top[i] + log((double)sum[i]);
    p->kernels->moments(&masses_only, n, NULL, 0, ld, mass, NULL, NULL);
    for (size_t k = 0; k < p->packed.k; k++)
        p->loss[task] += (double)mass[k] * p->packed.loss[k];
}

static void pass_shard(void *ctx, size_t task, size_t worker)
{
    pass *p = ctx;
    const size_t K = p->packed.params.K;
    float *ld = p->scratch + worker * scratch_size(p);
    float *top = ld + p->cut.block_rows * K;
    float *sum = top + p->cut.block_rows;
    uint32_t *best = p->best + worker * p->cut.block_rows;
    size_t begin = 0;
    size_t end = 0;

    rri_block(p->x.n, p->cut.shard_rows, task, &begin, &end);
    for (size_t i = begin; i < end; i += p->cut.block_rows) {
        const size_t n = rri_min(p->cut.block_rows, end - i);
        p->kernels->log_density(&p->packed.params, n, rri_row(p->x, i), p->x.stride, ld);
        if (p->q != NULL) {
            p->kernels->largest(K, n, ld, best, top);
            for (size_t j = 0; j < n; j++)
                p->q[i + j] = (uint16_t)(best[j] + 1);
        }
        if (p->score != NULL)
            score_rows(p, task, n, ld, top, sum);
    }
}

rr_status rri_gmm_pass(const rri_gmm *g, rri_rows x, size_t threads, uint16_t *q, double *score,
                       rr_error *err)
{
    rr_status st = RR_OK;
    pass p = { .kernels = rri_mixture_kernels_for(rri_isa_best()), .x = x, .q = q };
    double total = 0.0;

    RRI_TRY(rri_packed_init(&p.packed, g->k, g->d, err));
    rri_packed_mixture(&p.packed, g->weight, g->mean, g->variance);
    p.cut = rri_rows_cut(x.n, p.packed.params.K, 0);
    RRI_TRY(rri_alloc(&p.scratch, rri_threads(threads), scratch_size(&p), sizeof *p.scratch, err));
    RRI_TRY(rri_alloc(&p.best, rri_threads(threads), p.cut.block_rows, sizeof *p.best, err));
    if (score != NULL) {
        RRI_TRY(rri_alloc(&p.score, p.cut.shards, 1, sizeof *p.score, err));
        RRI_TRY(rri_alloc(&p.loss, p.cut.shards, 1, sizeof *p.loss, err));
    }
    rri_parallel(threads, p.cut.shards, pass_shard, &p);
    if (score != NULL) {
        for (size_t s = 0; s < p.cut.shards; s++)
            total += p.score[s] + p.loss[s];
        *score = p.packed.base + total / (double)x.n;
    }

done:
    rri_free(p.loss);
    rri_free(p.score);
    rri_free(p.best);
    rri_free(p.scratch);
    rri_packed_release(&p.packed);
    return st;
}
