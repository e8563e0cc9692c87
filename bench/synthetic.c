/* SPDX-License-Identifier: MIT */
/* synthetic.c - data drawn for the comparisons: frames, points of a mixture, and wandering states.
 *
 * Numbers are drawn by address, from (seed, what, which), so that any part can be made alone, in
 * any order and by any thread. */
#include "abstraction/abstraction_internal.h"
#include "shapes.h"

#include <math.h>
#include <string.h>

enum { PLACES = 1, WALKS = 2, NOISE = 3, POINTS = 4, FRAMES = 5 }; /* purposes */
enum { BATCH = 512, TASK = 16, POOL = 65536, SYMBOLS = 64 };

static rri_random stream(uint64_t purpose, uint64_t which)
{
    return rri_random_at(purpose, RRI_RANDOM_PARITY, which);
}

/* ---- frames ---------------------------------------------------------------------------------- */

rr_status bench_make_frames(size_t N, const bench_shape *s, rr_dataset **out, rr_error *err)
{
    const rr_dataset_shape shape = { .width = s->D, .classes = BENCH_CLASSES };
    rr_dataset_builder *builder = NULL;
    float *frames = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_dataset_builder_new(&shape, &builder, err));
    RRI_TRY(rri_alloc(&frames, s->T, s->D, sizeof *frames, err));
    for (size_t i = 0; i < N; i++) {
        rri_random r = stream(FRAMES, i);
        for (size_t j = 0; j < s->T * s->D; j++)
            frames[j] = (float)rri_random_u32(&r) * 0x1p-32f;
        const rr_sequence seq = { .frames = frames,
                                  .steps = s->T,
                                  .label = rri_random_u32(&r) % BENCH_CLASSES };
        RRI_TRY(rr_dataset_builder_add(builder, seq, err));
    }
    RRI_TRY(rr_dataset_builder_finish(builder, out, err));

done:
    rri_free(frames);
    rr_dataset_builder_free(builder);
    return st;
}

/* ---- points ---------------------------------------------------------------------------------- */

typedef struct points_work {
    size_t N, P, K;
    const double *mean; /* [K][P] */
    float *points;
} points_work;

enum { POINTS_TASK = 4096 };

static void make_some_points(void *ctx, size_t task, size_t worker)
{
    const points_work *w = ctx;
    rri_random r = stream(POINTS, task);
    size_t begin = 0;
    size_t end = 0;

    (void)worker;
    rri_block(w->N, POINTS_TASK, task, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const size_t k = rri_random_u32(&r) % w->K;
        for (size_t p = 0; p < w->P; p++)
            w->points[i * w->P + p] = (float)(w->mean[k * w->P + p] + rri_random_normal(&r));
    }
}

/* The places are apart by about the clusters' own width: most points belong to several. */
rr_status bench_make_points(size_t N, size_t P, size_t K, float **points, rri_gmm **start,
                            rr_error *err)
{
    rri_random r = stream(PLACES, 0);
    double *weight = NULL;
    double *mean = NULL;
    double *variance = NULL;
    rr_status st = RR_OK;

    *points = NULL;
    *start = NULL;
    RRI_TRY(rri_alloc(&weight, K, 1, sizeof *weight, err));
    RRI_TRY(rri_alloc(&mean, K, P, sizeof *mean, err));
    RRI_TRY(rri_alloc(&variance, K, P, sizeof *variance, err));
    RRI_TRY(rri_alloc(points, N, P, sizeof **points, err));
    for (size_t j = 0; j < K * P; j++)
        mean[j] = 2.0 * rri_random_normal(&r);
    points_work w = { N, P, K, mean, *points };
    rri_parallel(0, rri_blocks(N, POINTS_TASK), make_some_points, &w);
    for (size_t j = 0; j < K * P; j++) { /* start off the truth, so that EM has work to do */
        mean[j] += 0.3 * rri_random_normal(&r);
        variance[j] = 1.5;
    }
    for (size_t k = 0; k < K; k++)
        weight[k] = 1.0 / (double)K;
    st = rri_gmm_restore(K, P, weight, mean, variance, start, err);

done:
    if (st != RR_OK) {
        rri_free(*points);
        *points = NULL;
    }
    rri_free(weight);
    rri_free(mean);
    rri_free(variance);
    return st;
}

/* ---- states ---------------------------------------------------------------------------------- */

typedef struct wanderer {
    bench_wander w;
    size_t next; /* first sequence of the next batch */
    size_t count;
    float *centre; /* [K][H] */
    float *noise;  /* [POOL + H] */
    uint32_t *steps, *labels, *predictions, *symbols;
    float *states; /* [BATCH*T][H] */
} wanderer;

/* A walk stays where it is half of the time; the prediction follows the centre, mostly. */
static void walk(wanderer *v, size_t sequence, size_t at)
{
    const bench_wander *w = &v->w;
    rri_random r = rri_random_at(w->seed, RRI_RANDOM_PARITY, ((uint64_t)WALKS << 40) + sequence);
    size_t k = rri_random_u32(&r) % w->K;

    for (size_t t = 0; t < w->T; t++) {
        const size_t row = at * w->T + t;
        const uint32_t u = rri_random_u32(&r);
        if (u & 1)
            k = (u >> 1) % w->K;
        const uint32_t more = rri_random_u32(&r);
        const float *noise = v->noise + more % POOL;
        const float *centre = v->centre + k * w->H;
        float *h = v->states + row * w->H;
        for (size_t j = 0; j < w->H; j++)
            h[j] = centre[j] + noise[j];
        const bool astray = (more >> 16) % 8 == 0;
        v->predictions[row] = (uint32_t)((astray ? more >> 20 : k) % w->C);
        v->symbols[row] = (more >> 8) % SYMBOLS;
    }
    v->steps[at] = (uint32_t)w->T;
    v->labels[at] = (uint32_t)(k % w->C);
}

static void walk_some(void *ctx, size_t task, size_t worker)
{
    wanderer *v = ctx;
    size_t begin = 0;
    size_t end = 0;

    (void)worker;
    rri_block(v->count, TASK, task, &begin, &end);
    for (size_t i = begin; i < end; i++)
        walk(v, v->next + i, i);
}

static rr_status states_rewind(void *self, rr_error *err)
{
    (void)err;
    ((wanderer *)self)->next = 0;
    return RR_OK;
}

static rr_status states_next(void *self, rr_state_batch *batch, rr_error *err)
{
    wanderer *v = self;

    (void)err;
    memset(batch, 0, sizeof *batch);
    v->count = rri_min(BATCH, v->w.N - v->next);
    if (v->count == 0)
        return RR_OK;
    rri_parallel(v->w.threads, rri_blocks(v->count, TASK), walk_some, v);
    v->next += v->count;
    *batch = (rr_state_batch){ .count = v->count,
                               .rows = v->count * v->w.T,
                               .steps = v->steps,
                               .labels = v->labels,
                               .states = v->states,
                               .predictions = v->predictions,
                               .symbols = v->symbols };
    return RR_OK;
}

static void states_release(void *self)
{
    wanderer *v = self;

    if (v == NULL)
        return;
    rri_free(v->centre);
    rri_free(v->noise);
    rri_free(v->steps);
    rri_free(v->labels);
    rri_free(v->predictions);
    rri_free(v->symbols);
    rri_free(v->states);
    rri_free(v);
}

static const rr_state_ops states_ops = { states_rewind, states_next, states_release };

rr_status bench_make_states(const bench_wander *w, rr_state_source *out, rr_error *err)
{
    const size_t rows = BATCH * w->T;
    rri_random r = stream(PLACES, 1);
    wanderer *v = NULL;
    rr_status st = RR_OK;

    memset(out, 0, sizeof *out);
    RRI_TRY(rri_alloc(&v, 1, 1, sizeof *v, err));
    v->w = *w;
    RRI_TRY(rri_alloc(&v->centre, w->K, w->H, sizeof *v->centre, err));
    RRI_TRY(rri_alloc(&v->noise, POOL + w->H, 1, sizeof *v->noise, err));
    RRI_TRY(rri_alloc(&v->steps, BATCH, 1, sizeof *v->steps, err));
    RRI_TRY(rri_alloc(&v->labels, BATCH, 1, sizeof *v->labels, err));
    RRI_TRY(rri_alloc(&v->predictions, rows, 1, sizeof *v->predictions, err));
    RRI_TRY(rri_alloc(&v->symbols, rows, 1, sizeof *v->symbols, err));
    RRI_TRY(rri_alloc(&v->states, rows, w->H, sizeof *v->states, err));
    for (size_t j = 0; j < w->K * w->H; j++)
        v->centre[j] = (float)rri_random_normal(&r);
    r = stream(NOISE, 0);
    for (size_t j = 0; j < POOL + w->H; j++)
        v->noise[j] = (float)(0.3 * rri_random_normal(&r));
    *out = (rr_state_source){ .ops = &states_ops,
                              .self = v,
                              .sequences = w->N,
                              .steps = w->N * w->T,
                              .hidden = w->H,
                              .classes = w->C,
                              .vocabulary = SYMBOLS };
    v = NULL;

done:
    states_release(v);
    return st;
}
