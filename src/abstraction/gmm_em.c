/* SPDX-License-Identifier: MIT */
/* gmm_em.c - one step of expectation-maximisation [Dempster77] over many rows.
 *
 *   E   r_ik = w_k N(x_i; m_k, v_k) / sum_j w_j N(x_i; m_j, v_j)         (log domain)
 *   M   N_k = sum_i r_ik,  w_k = N_k / N
 *       m_k <- m_k + sd_k e1,  v_k <- v_k (e2 - e1^2) + floor,  e1 = s1/N_k, e2 = s2/N_k
 *
 * where s1 and s2 are the moments of kernel/mixture.h, about the current mean. They are float sums
 * in 16 lanes of at most 256 rows each and double sums beyond; shards are added in order, so the
 * bits do not depend on the threads. That mean is the one the packed floats represent,
 * -offset/scale, so that packing loses nothing.
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

/* Rows whose moments are summed in the lanes before these are added to the shard's sums. */
enum { LANE_ROWS = 256 * RRI_MIXTURE_LANES };

/* Floats of one worker: x and ld of a batch, top and sum of a block, lanes. */
static size_t scratch_size(const rri_cut *cut, size_t K, size_t d)
{
    return cut->block_rows * (cut->batch_blocks * (d + K) + 2) +
           (1 + 2 * d) * K * RRI_MIXTURE_LANES;
}

rr_status rri_em_init(rri_em *em, const rr_gmm_config *cfg, rri_rows x, const rri_gmm *g,
                      rr_error *err)
{
    rr_status st = RR_OK;
    const size_t sums = (1 + 2 * g->d) * g->k;

    *em = (rri_em){ .kernels = rri_mixture_kernels_for(rri_isa_best()),
                    .x = x,
                    .cut = rri_rows_cut(x.n, g->k, sums),
                    .threads = cfg->threads,
                    .floor = cfg->floor,
                    .reseeds_left = g->k };
    em->scratch_floats = scratch_size(&em->cut, g->k, g->d);
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

/* A worker's scratch. */
typedef struct batch {
    float *x;     /* [blocks][d][B] */
    float *ld;    /* [blocks][K][B] */
    float *top;   /* [B] */
    float *sum;   /* [B] */
    float *lanes; /* [K][1 + 2d][16], 0 between shards */
} batch;

static batch batch_of(const rri_em *em, size_t worker)
{
    const size_t B = em->cut.block_rows;
    const size_t rows = em->cut.batch_blocks * B;
    batch s;

    s.x = em->scratch + worker * em->scratch_floats;
    s.ld = s.x + rows * em->packed.params.P;
    s.top = s.ld + rows * em->packed.params.K;
    s.sum = s.top + B;
    s.lanes = s.sum + B;
    return s;
}

/* Add the block's log-likelihoods to the shard's and keep the lowest. A row's own logarithm is
 * needed only where its lower bound, top, is a new minimum. */
static void score_block(rri_em *em, size_t shard, size_t first_row, size_t n, const float *top,
                        const float *sum)
{
    em->score[shard] += rri_log_likelihood(n, top, sum);
    for (size_t i = 0; i < n; i++) {
        if ((double)top[i] >= em->least[shard])
            continue;
        const double score = (double)top[i] + log((double)sum[i]);
        if (score < em->least[shard]) {
            em->least[shard] = score;
            em->least_at[shard] = first_row + i;
        }
    }
}

/* E step of the rows from `i` on as far as one batch goes: `blocks` blocks of B rows. The last may
 * have fewer rows. */
static void expect_batch(rri_em *em, size_t shard, size_t i, size_t end, size_t blocks, size_t B,
                         const batch *s)
{
    const rri_mixture_params *m = &em->packed.params;

    for (size_t b = 0; b < blocks; b++, i += B) {
        const size_t n = rri_min(B, end - i);
        float *x = s->x + b * m->P * B;
        float *ld = s->ld + b * m->K * B;
        em->kernels->columns(n, rri_row(em->x, i), em->x.stride, m->P, B, x);
        em->kernels->log_density(m, B, x, ld);
        em->kernels->responsibility(m->K, n, B, ld, s->top, s->sum);
        score_block(em, shard, i, n, s->top, s->sum);
    }
    em->kernels->moments(m, blocks, B, s->x, s->ld, s->lanes);
}

static void expect_shard(void *ctx, size_t task, size_t worker)
{
    rri_em *em = ctx;
    const rri_mixture_params *m = &em->packed.params;
    const size_t count = (1 + 2 * m->P) * m->K;
    const batch s = batch_of(em, worker);
    double *sums = em->sums + task * count;
    size_t begin = 0;
    size_t end = 0;
    size_t summed = 0; /* rows in the lanes */

    memset(sums, 0, count * sizeof *sums);
    em->score[task] = 0.0;
    em->least[task] = HUGE_VAL;
    rri_block(em->x.n, em->cut.shard_rows, task, &begin, &end);
    em->least_at[task] = begin;
    for (size_t i = begin; i < end;) {
        const size_t B = rri_cut_rows(&em->cut, end - i);
        const size_t blocks = rri_min(em->cut.batch_blocks, rri_max(1, (end - i) / B));
        if (summed + blocks * B > LANE_ROWS) {
            em->kernels->add_lanes(count, s.lanes, sums);
            summed = 0;
        }
        expect_batch(em, task, i, end, blocks, B, &s);
        summed += blocks * B;
        i += blocks * B;
    }
    em->kernels->add_lanes(count, s.lanes, sums);
}

/* N_k, when the shards are added. */
static double mass_of(const rri_em *em, size_t k)
{
    return em->sums[k * (1 + 2 * em->packed.params.P)];
}

/* Add all shards' sums to the first's; return the mean log-likelihood and the worst row. */
static double add_shards(rri_em *em, size_t *worst)
{
    const size_t count = (1 + 2 * em->packed.params.P) * em->packed.params.K;
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
    for (size_t k = 0; k < em->packed.params.K; k++)
        total += mass_of(em, k) * em->packed.loss[k];
    return em->packed.base + total / (double)em->x.n;
}

/* ---- M step --------------------------------------------------------------------------------- */

/* Update component k from the sums of the first shard. */
static void maximise(rri_em *em, size_t k)
{
    const size_t d = em->packed.params.P;
    const double mass = mass_of(em, k);
    const double *s1 = em->sums + k * (1 + 2 * d) + 1;
    const double *s2 = s1 + d;

    for (size_t i = 0; i < d; i++) {
        const double scale = (double)em->packed.scale[k * d + i];
        const double offset = (double)em->packed.offset[k * d + i];
        const double e1 = s1[i] / mass;
        const double e2 = s2[i] / mass;
        em->mean[k * d + i] = (e1 - offset) / scale;
        em->variance[k * d + i] = fmax(0.0, e2 - e1 * e1) / (scale * scale) + em->floor;
    }
}

/* Move component k to the row, with the variance of the whole mixture, which is that of the
 * rows. */
static void reseed(rri_em *em, size_t k, size_t row)
{
    const size_t d = em->packed.params.P;
    const size_t count = em->packed.params.K;
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

    for (size_t j = 0; j < em->packed.params.K * d; j++)
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
    size_t empty = em->packed.params.K;

    rri_packed_mixture(&em->packed, em->weight, em->mean, em->variance);
    rri_parallel(em->threads, em->cut.shards, expect_shard, em);
    *score = add_shards(em, &worst);
    for (size_t k = 0; k < em->packed.params.K; k++)
        total += mass_of(em, k);
    for (size_t k = 0; k < em->packed.params.K; k++) {
        em->weight[k] = fmax(mass_of(em, k) / total, least_weight);
        if (mass_of(em, k) >= empty_mass)
            maximise(em, k);
        else if (empty == em->packed.params.K)
            empty = k;
    }
    *reseeded = empty < em->packed.params.K && em->reseeds_left > 0;
    if (*reseeded) {
        reseed(em, empty, worst);
        em->reseeds_left--;
    }
    return check_finite(em, err);
}
