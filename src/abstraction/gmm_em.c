/* SPDX-License-Identifier: MIT */
/* gmm_em.c - one step of expectation-maximisation [Dempster77] over many rows.
 *
 *   E   r_ik = w_k N(x_i; m_k, v_k) / sum_j w_j N(x_i; m_j, v_j)         (log domain)
 *   M   N_k = sum_i r_ik,  w_k = N_k / N
 *       m_k <- m_k + sd_k e1,  v_k <- v_k (e2 - e1^2) + floor,  e1 = s1/N_k, e2 = s2/N_k
 *
 * where s1 and s2 are the moments of kernel/mixture.h, about the current mean. They are float sums
 * within a block of at most 256 rows and double sums beyond; shards are added in order, so the bits
 * do not depend on the threads. That mean is the one the packed floats represent, -offset/scale, so
 * that packing loses nothing.
 *
 * Empty components: one with N_k < 1/2, less than half of one row, describes nothing. It is moved
 * to the row with the lowest likelihood in this E step (ties: the first such row), with the
 * variance of all rows and weight 1/K; one component a step, the lowest number first, at most K
 * times a run, so that a run always ends. After that an empty component keeps its mean and
 * variance. There is no division by so small an N_k. */
#include "abstraction/gmm.h"

#include <math.h>
#include <string.h>

static const double empty_mass = 0.5;     /* rows */
static const double least_weight = 1e-30; /* of an empty component: its logarithm stays finite */

/* The sums of likelihoods are at least 1 and at most K < 2^16: the product of so many fits a
 * double. */
enum { PRODUCT_ROWS = 32 };

/* Floats of one worker: ld, top, sum, mass, s1, s2. */
static size_t scratch_size(size_t K, size_t d, size_t rows)
{
    return rows * (K + 2) + (1 + 2 * d) * K;
}

rr_status rri_em_init(rri_em *em, const rr_gmm_config *cfg, rri_rows x, const rri_gmm *g,
                      rr_error *err)
{
    rr_status st = RR_OK;
    const size_t K = rri_packed_width(g->k);
    const size_t sums = (1 + 2 * g->d) * K;

    *em = (rri_em){ .kernels = rri_mixture_kernels_for(rri_isa_best()),
                    .x = x,
                    .cut = rri_rows_cut(x.n, K, sums),
                    .threads = cfg->threads,
                    .floor = cfg->floor,
                    .reseeds_left = g->k };
    em->scratch_floats = scratch_size(K, g->d, em->cut.block_rows);
    RRI_TRY(rri_packed_init(&em->packed, g->k, g->d, err));
    RRI_TRY(rri_alloc(&em->sums, em->cut.shards, sums, sizeof *em->sums, err));
    RRI_TRY(rri_alloc(&em->score, em->cut.shards, 1, sizeof *em->score, err));
    RRI_TRY(rri_alloc(&em->least, em->cut.shards, 1, sizeof *em->least, err));
    RRI_TRY(rri_alloc(&em->least_at, em->cut.shards, 1, sizeof *em->least_at, err));
    RRI_TRY(rri_alloc(&em->scratch, rri_threads(cfg->threads), em->scratch_floats,
                      sizeof *em->scratch, err));
    RRI_TRY(rri_alloc(&em->weight, g->k, 1, sizeof *em->weight, err));
    RRI_TRY(rri_alloc(&em->mean, g->k, g->d, sizeof *em->mean, err));
    RRI_TRY(rri_alloc(&em->variance, g->k, g->d, sizeof *em->variance, err));
    memcpy(em->weight, g->weight, g->k * sizeof *g->weight);
    memcpy(em->mean, g->mean, g->k * g->d * sizeof *g->mean);
    memcpy(em->variance, g->variance, g->k * g->d * sizeof *g->variance);

done:
    if (st != RR_OK)
        rri_em_release(em);
    return st;
}

void rri_em_finish(const rri_em *em, rri_gmm *g)
{
    memcpy(g->weight, em->weight, g->k * sizeof *g->weight);
    memcpy(g->mean, em->mean, g->k * g->d * sizeof *g->mean);
    memcpy(g->variance, em->variance, g->k * g->d * sizeof *g->variance);
}

void rri_em_release(rri_em *em)
{
    rri_packed_release(&em->packed);
    rri_free(em->sums);
    rri_free(em->score);
    rri_free(em->least);
    rri_free(em->least_at);
    rri_free(em->scratch);
    rri_free(em->weight);
    rri_free(em->mean);
    rri_free(em->variance);
    *em = (rri_em){ .kernels = NULL };
}

/* ---- E step --------------------------------------------------------------------------------- */

/* Add the block's log-likelihoods to the shard's and keep the lowest. One logarithm serves
 * PRODUCT_ROWS rows; a row's own logarithm is needed only where its lower bound, top, is a new
 * minimum. */
static void score_block(rri_em *em, size_t shard, size_t first_row, size_t n, const float *top,
                        const float *sum)
{
    double product = 1.0;
    double total = 0.0;

    for (size_t i = 0; i < n; i++) {
        const double floor_of_row = (double)top[i];
        total += floor_of_row;
        product *= (double)sum[i];
        if (i % PRODUCT_ROWS == PRODUCT_ROWS - 1 || i + 1 == n) {
            total += log(product);
            product = 1.0;
        }
        if (floor_of_row < em->least[shard]) {
            const double score = floor_of_row + log((double)sum[i]);
            if (score < em->least[shard]) {
                em->least[shard] = score;
                em->least_at[shard] = first_row + i;
            }
        }
    }
    em->score[shard] += total;
}

static void expect_shard(void *ctx, size_t task, size_t worker)
{
    rri_em *em = ctx;
    const rri_mixture_params *params = &em->packed.params;
    const size_t K = params->K;
    const size_t count = (1 + 2 * params->P) * K;
    float *ld = em->scratch + worker * em->scratch_floats;
    float *top = ld + em->cut.block_rows * K;
    float *sum = top + em->cut.block_rows;
    float *block = sum + em->cut.block_rows; /* mass, s1, s2 of one block */
    double *sums = em->sums + task * count;
    size_t begin = 0;
    size_t end = 0;

    memset(sums, 0, count * sizeof *sums);
    em->score[task] = 0.0;
    em->least[task] = HUGE_VAL;
    rri_block(em->x.n, em->cut.shard_rows, task, &begin, &end);
    em->least_at[task] = begin;
    for (size_t i = begin; i < end; i += em->cut.block_rows) {
        const size_t n = rri_min(em->cut.block_rows, end - i);
        const float *x = rri_row(em->x, i);
        em->kernels->log_density(params, n, x, em->x.stride, ld);
        em->kernels->responsibility(K, n, ld, top, sum);
        em->kernels->moments(params, n, x, em->x.stride, ld, block, block + K,
                             block + (1 + params->P) * K);
        for (size_t j = 0; j < count; j++)
            sums[j] += (double)block[j];
        score_block(em, task, i, n, top, sum);
    }
}

/* Add all shards' sums to the first's; return the mean log-likelihood and the worst row. */
static double add_shards(rri_em *em, size_t *worst)
{
    const size_t K = em->packed.params.K;
    const size_t count = (1 + 2 * em->packed.params.P) * K;
    double total = em->score[0];
    size_t lowest = 0;

    for (size_t s = 1; s < em->cut.shards; s++) {
        for (size_t j = 0; j < count; j++)
            em->sums[j] += em->sums[s * count + j];
        total += em->score[s];
        if (em->least[s] < em->least[lowest])
            lowest = s;
    }
    *worst = em->least_at[lowest];
    /* The effect of rounding the constants, to first order: d(log-likelihood)/d(constant) = N_k. */
    for (size_t k = 0; k < em->packed.k; k++)
        total += em->sums[k] * em->packed.loss[k];
    return em->packed.base + total / (double)em->x.n;
}

/* ---- M step --------------------------------------------------------------------------------- */

/* Update component k from the sums of the first shard. */
static void maximise(rri_em *em, size_t k)
{
    const size_t K = em->packed.params.K;
    const size_t d = em->packed.params.P;
    const double mass = em->sums[k];
    const double *s1 = em->sums + K;
    const double *s2 = s1 + d * K;

    for (size_t i = 0; i < d; i++) {
        const double scale = (double)em->packed.scale[i * K + k];
        const double offset = (double)em->packed.offset[i * K + k];
        const double e1 = s1[i * K + k] / mass;
        const double e2 = s2[i * K + k] / mass;
        em->mean[k * d + i] = (e1 - offset) / scale;
        em->variance[k * d + i] = fmax(0.0, e2 - e1 * e1) / (scale * scale) + em->floor;
    }
}

/* Move component k to the row, with the variance of the whole mixture, which is that of the
 * rows. */
static void reseed(rri_em *em, size_t k, size_t row)
{
    const size_t d = em->packed.params.P;
    const size_t count = em->packed.k;
    const double weight = 1.0 / (double)count;
    double others = 0.0;

    for (size_t i = 0; i < d; i++) {
        double centre = 0.0;
        double variance = 0.0;
        for (size_t j = 0; j < count; j++)
            centre += em->weight[j] * em->mean[j * d + i];
        for (size_t j = 0; j < count; j++) {
            const double off = em->mean[j * d + i] - centre;
            variance += em->weight[j] * (em->variance[j * d + i] + off * off);
        }
        em->mean[k * d + i] = (double)rri_row(em->x, row)[i];
        em->variance[k * d + i] = fmax(variance, em->floor);
    }
    em->weight[k] = 0.0;
    for (size_t j = 0; j < count; j++)
        others += em->weight[j];
    for (size_t j = 0; j < count; j++)
        em->weight[j] *= (1.0 - weight) / others;
    em->weight[k] = weight;
}

/* Detects overflow: rows so far apart that squares leave the range of float. */
static rr_status check_finite(const rri_em *em, rr_error *err)
{
    const size_t d = em->packed.params.P;

    for (size_t j = 0; j < em->packed.k * d; j++)
        if (!isfinite(em->mean[j]) || !isfinite(em->variance[j]))
            return rri_fail(err, RR_ERR_NUMERIC, -1,
                            "mixture component %zu diverged in dimension %zu: the rows are too far "
                            "apart",
                            j / d + 1, j % d);
    return RR_OK;
}

rr_status rri_em_step(rri_em *em, double *score, bool *reseeded, rr_error *err)
{
    double total = 0.0;
    size_t worst = 0;
    size_t empty = em->packed.k;

    rri_packed_mixture(&em->packed, em->weight, em->mean, em->variance);
    rri_parallel(em->threads, em->cut.shards, expect_shard, em);
    *score = add_shards(em, &worst);
    for (size_t k = 0; k < em->packed.k; k++)
        total += em->sums[k];
    for (size_t k = 0; k < em->packed.k; k++) {
        em->weight[k] = fmax(em->sums[k] / total, least_weight);
        if (em->sums[k] >= empty_mass)
            maximise(em, k);
        else if (empty == em->packed.k)
            empty = k;
    }
    *reseeded = empty < em->packed.k && em->reseeds_left > 0;
    if (*reseeded) {
        reseed(em, empty, worst);
        em->reseeds_left--;
    }
    return check_finite(em, err);
}
