/* SPDX-License-Identifier: MIT */
/* kmeans.c - k-means++ [Arthur07], then Lloyd's steps [Lloyd82].
 *
 *   seeding   the first centre is a row sampled uniformly, each next one a row sampled with
 *             probability proportional to its squared distance from the nearest centre so far
 *   a step    each row to its nearest centre; each centre to the mean of its rows
 *
 * A centre that lost all its rows is not moved. Distances for seeding and all means are in double,
 * so that no finite row overflows; distances in the steps are the mixture kernels' (float, by
 * differences, nothing cancels). */
#include "abstraction/kmeans.h"

#include <math.h>
#include <string.h>

enum { TASK_ROWS = 2048 };

/* ---- seeding -------------------------------------------------------------------------------- */

typedef struct seeding {
    rri_rows x;
    const float *newest; /* [d] */
    double *distance;    /* [N] squared, to the nearest centre so far */
} seeding;

/* Squared distance; four independent sums, since a single one is bound by the latency of
 * additions. */
static double squared_distance(const float *a, const float *b, size_t d)
{
    double sum[4] = { 0.0, 0.0, 0.0, 0.0 };
    size_t j = 0;

    for (; j + 4 <= d; j += 4) {
        for (size_t i = 0; i < 4; i++) {
            const double diff = (double)a[j + i] - (double)b[j + i];
            sum[i] += diff * diff;
        }
    }
    for (; j < d; j++) {
        const double diff = (double)a[j] - (double)b[j];
        sum[0] += diff * diff;
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void narrow(void *ctx, size_t task, size_t worker)
{
    const seeding *s = ctx;
    size_t begin = 0;
    size_t end = 0;

    (void)worker;
    rri_block(s->x.n, TASK_ROWS, task, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const double sum = squared_distance(rri_row(s->x, i), s->newest, s->x.d);
        s->distance[i] = sum < s->distance[i] ? sum : s->distance[i];
    }
}

/* A row sampled with probability proportional to its distance; the last candidate where rounding
 * puts the sample past the end. */
static size_t draw(const double *distance, size_t n, double total, rri_random *random)
{
    double left = rri_random_uniform(random) * total;
    size_t last = 0;

    for (size_t i = 0; i < n; i++) {
        if (distance[i] <= 0.0)
            continue;
        last = i;
        left -= distance[i];
        if (left < 0.0)
            break;
    }
    return last;
}

static void copy_row(rri_rows x, size_t row, float *out)
{
    for (size_t j = 0; j < x.d; j++)
        out[j] = rri_row(x, row)[j];
}

/* Returns the number of centres found. distance is [N] scratch. */
static size_t seed_centres(const rri_kmeans_config *cfg, rri_rows x, float *centres,
                           double *distance)
{
    rri_random random = rri_random_at(cfg->seed, cfg->purpose, 0);
    seeding s = { .x = x, .distance = distance };

    for (size_t i = 0; i < x.n; i++)
        distance[i] = HUGE_VAL;
    copy_row(x, (size_t)rri_random_below(&random, x.n), centres);
    for (size_t found = 1; found < cfg->centres; found++) {
        double total = 0.0;
        s.newest = centres + (found - 1) * x.d;
        rri_parallel(cfg->threads, rri_blocks(x.n, TASK_ROWS), narrow, &s);
        for (size_t i = 0; i < x.n; i++)
            total += distance[i];
        if (total <= 0.0 && !cfg->repeat)
            return found;
        const size_t row = total > 0.0 ? draw(distance, x.n, total, &random)
                                       : (size_t)rri_random_below(&random, x.n);
        copy_row(x, row, centres + found * x.d);
    }
    return cfg->centres;
}

/* ---- nearest centre ------------------------------------------------------------------------- */

typedef struct search {
    const rri_mixture_kernels *kernels;
    const rri_mixture_params *params;
    rri_rows x;
    rri_cut cut;
    uint32_t *labels;
    float *scratch; /* [workers] of scratch_floats() */
    uint32_t *best; /* [workers][block_rows] */
} search;

/* Floats of one worker: x, ld, top. */
static size_t scratch_floats(const search *s)
{
    return s->cut.block_rows * (s->params->P + s->params->K + 1);
}

static void search_shard(void *ctx, size_t task, size_t worker)
{
    const search *s = ctx;
    const rri_mixture_params *m = s->params;
    float *x = s->scratch + worker * scratch_floats(s);
    float *ld = x + s->cut.block_rows * m->P;
    float *top = ld + s->cut.block_rows * m->K;
    uint32_t *best = s->best + worker * s->cut.block_rows;
    size_t begin = 0;
    size_t end = 0;

    rri_block(s->x.n, s->cut.shard_rows, task, &begin, &end);
    for (size_t i = begin; i < end; i += s->cut.block_rows) {
        const size_t B = rri_cut_rows(&s->cut, end - i);
        const size_t n = rri_min(B, end - i);
        s->kernels->columns(n, rri_row(s->x, i), s->x.stride, m->P, B, x);
        s->kernels->log_density(m, B, x, ld);
        s->kernels->largest(m->K, B, ld, best, top);
        memcpy(s->labels + i, best, n * sizeof *best);
    }
}

static rr_status search_init(search *s, const rri_packed *p, rri_rows x, size_t threads,
                             uint32_t *labels, rr_error *err)
{
    rr_status st = RR_OK;

    *s = (search){ .kernels = rri_mixture_kernels_for(rri_isa_best()),
                   .params = &p->params,
                   .x = x,
                   .cut = rri_rows_cut(x.n, p->params.K, 0),
                   .labels = labels };
    RRI_TRY(
        rri_alloc(&s->scratch, rri_threads(threads), scratch_floats(s), sizeof *s->scratch, err));
    RRI_TRY(rri_alloc(&s->best, rri_threads(threads), s->cut.block_rows, sizeof *s->best, err));

done:
    return st;
}

static void search_release(search *s)
{
    rri_free(s->scratch);
    rri_free(s->best);
}

rr_status rri_nearest(const rri_packed *p, rri_rows x, size_t threads, uint32_t *labels,
                      rr_error *err)
{
    search s;
    const rr_status st = search_init(&s, p, x, threads, labels, err);

    if (st == RR_OK)
        rri_parallel(threads, s.cut.shards, search_shard, &s);
    search_release(&s);
    return st;
}

/* ---- Lloyd ---------------------------------------------------------------------------------- */

/* Move centres to the means of their rows; sum is [k][d], count [k]. True when a centre moved. */
static bool move_centres(rri_rows x, const uint32_t *labels, size_t k, float *centres, double *sum,
                         size_t *count)
{
    bool moved = false;

    for (size_t j = 0; j < k; j++)
        count[j] = 0;
    for (size_t j = 0; j < k * x.d; j++)
        sum[j] = 0.0;
    for (size_t i = 0; i < x.n; i++) {
        double *to = sum + labels[i] * x.d;
        count[labels[i]]++;
        for (size_t j = 0; j < x.d; j++)
            to[j] += (double)rri_row(x, i)[j];
    }
    for (size_t j = 0; j < k; j++) {
        for (size_t i = 0; count[j] != 0 && i < x.d; i++) {
            const float mean = (float)(sum[j * x.d + i] / (double)count[j]);
            moved |= mean != centres[j * x.d + i];
            centres[j * x.d + i] = mean;
        }
    }
    return moved;
}

rr_status rri_kmeans(const rri_kmeans_config *cfg, rri_rows x, float *centres, size_t *found,
                     uint32_t *labels, rr_error *err)
{
    rr_status st = RR_OK;
    rri_packed packed = { .base = 0.0 };
    search nearest = { .scratch = NULL };
    double *distance = NULL;
    double *sum = NULL;
    size_t *count = NULL;

    RRI_TRY(rri_alloc(&distance, x.n, 1, sizeof *distance, err));
    RRI_TRY(rri_alloc(&sum, cfg->centres, x.d, sizeof *sum, err));
    RRI_TRY(rri_alloc(&count, cfg->centres, 1, sizeof *count, err));
    const size_t k = seed_centres(cfg, x, centres, distance);
    RRI_TRY(rri_packed_init(&packed, k, x.d, err));
    RRI_TRY(search_init(&nearest, &packed, x, cfg->threads, labels, err));
    for (size_t step = 0;; step++) {
        rri_packed_centres(&packed, centres);
        rri_parallel(cfg->threads, nearest.cut.shards, search_shard, &nearest);
        if (step == cfg->steps || !move_centres(x, labels, k, centres, sum, count))
            break;
    }
    *found = k;

done:
    search_release(&nearest);
    rri_packed_release(&packed);
    rri_free(count);
    rri_free(sum);
    rri_free(distance);
    return st;
}
