/* SPDX-License-Identifier: MIT */
/* inversion_generator.c - a network without recurrence that makes images from features: see
 * inversion.h.
 *
 * Two hidden layers of rectified units, a sigmoid a pixel, binary cross-entropy by Adam in batches.
 * Its least loss is at the mean image given the features, and so is its least squared error. */
#include "experiments/inversion.h"

#include "experiments/dense.h"
#include "experiments/features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the random streams of a seed are for; an epoch's is SHUFFLE + epoch. */
enum { STREAM_TRAIN = 1, STREAM_TEST = 2, STREAM_SHUFFLE = 16 };

enum { SLICE = 64 };                   /* rows of a batch that a thread takes at a time */
static const double LEAST_GREY = 1e-4; /* a generator begins no closer to white or black */

inversion_recipe inversion_recipe_of(const experiment_context *ctx)
{
    return (inversion_recipe){ .layers = 2,
                               .hidden = 256,
                               .epochs = ctx->quick ? 12 : 30,
                               .batch = ctx->quick ? 128 : 256,
                               .learning_rate = 0.001 };
}

/* Everything a training holds; owned from the network on. */
typedef struct work {
    const inversion_case *c;
    const inversion_recipe *recipe;
    unsigned parts;
    size_t steps, width; /* of a row of features */
    dense *d;
    size_t *partner[2]; /* whose features stand for an image's, training and test; NULL = its own */
    size_t *order;      /* of the training images in an epoch */
    float *x, *targets; /* of a batch */
    float *tests;       /* [n of test][width] */
    double *errors;     /* [n of test] */
} work;

static void clear(work *w)
{
    rri_free(w->errors);
    rri_free(w->tests);
    rri_free(w->targets);
    rri_free(w->x);
    rri_free(w->order);
    rri_free(w->partner[1]);
    rri_free(w->partner[0]);
    dense_free(w->d);
}

/* The features that stand for image i of the training or test traces. */
static void fill(const work *w, int test, size_t i, float *x)
{
    const model *const m = &w->c->m;
    const rr_traces *const traces = test ? m->traces : rr_influence_training(m->inf);
    const size_t *const partner = w->partner[test];
    const rr_trace trace = rr_traces_at(traces, partner != NULL ? partner[i] : i);
    feature_fill(m->inf, &trace, w->parts, w->steps, x);
}

static rr_status set_partners(work *w, rr_error *err)
{
    const size_t n[2] = { w->c->train.n, w->c->test.n };
    rr_status st = RR_OK;

    for (size_t set = 0; set < 2; set++) {
        RRI_TRY(rri_alloc(&w->partner[set], n[set], 1, sizeof(size_t), err));
        inversion_order(w->c->m.seed, set == 0 ? STREAM_TRAIN : STREAM_TEST, 1, w->partner[set],
                        n[set]);
    }

done:
    return st;
}

/* The biases of the output layer, which lie at the end, are those of the mean image: most pixels
 * of most images are white, which steps of Adam would be long in learning. */
static void start_at_mean(const work *w)
{
    const size_t P = w->c->test.pixels;
    float *const bias = dense_weights(w->d) + dense_parameters(w->d) - P;
    for (size_t p = 0; p < P; p++) {
        const double mean = fmin(fmax((double)w->c->mean[p], LEAST_GREY), 1.0 - LEAST_GREY);
        bias[p] = (float)log(mean / (1.0 - mean));
    }
}

static rr_status begin(const experiment_context *ctx, work *w, rr_error *err)
{
    const size_t n = w->c->test.n, batch = w->recipe->batch;
    const dense_config cfg = { .width = w->width,
                               .head = DENSE_SIGMOID,
                               .outputs = w->c->test.pixels,
                               .layers = w->recipe->layers,
                               .hidden = w->recipe->hidden,
                               .learning_rate = w->recipe->learning_rate,
                               .seed = w->c->m.seed,
                               .threads = ctx->threads,
                               .slice = SLICE };
    rr_status st = RR_OK;

    RRI_TRY(dense_new(&cfg, &w->d, err));
    RRI_TRY(rri_alloc(&w->order, w->c->train.n, 1, sizeof *w->order, err));
    RRI_TRY(rri_alloc(&w->x, batch, 1, w->width * sizeof *w->x, err));
    RRI_TRY(rri_alloc(&w->targets, batch, 1, cfg.outputs * sizeof *w->targets, err));
    RRI_TRY(rri_alloc(&w->tests, n, 1, w->width * sizeof *w->tests, err));
    RRI_TRY(rri_alloc(&w->errors, n, 1, sizeof *w->errors, err));
    start_at_mean(w);
    for (size_t i = 0; i < n; i++)
        fill(w, 1, i, w->tests + i * w->width);

done:
    return st;
}

/* One pass over the training images; *loss is its mean, per pixel. */
static rr_status run_epoch(experiment_context *ctx, work *w, size_t epoch, double *loss,
                           rr_error *err)
{
    const size_t N = w->c->train.n, P = w->c->test.pixels;
    char what[48];
    rr_status st = RR_OK;

    *loss = 0.0;
    (void)snprintf(what, sizeof what, "generator, epoch %zu/%zu", epoch + 1, w->recipe->epochs);
    inversion_order(w->c->m.seed, STREAM_SHUFFLE + epoch, 0, w->order, N);
    for (size_t at = 0; at < N && !experiment_stopped(ctx); at += w->recipe->batch) {
        const size_t n = N - at < w->recipe->batch ? N - at : w->recipe->batch;
        double here = 0.0;
        for (size_t r = 0; r < n; r++) {
            const size_t i = w->order[at + r];
            fill(w, 0, i, w->x + r * w->width);
            memcpy(w->targets + r * P, rr_dataset_at(w->c->m.train, i).frames,
                   P * sizeof *w->targets);
        }
        RRI_TRY(dense_generator_step(w->d, w->x, w->targets, n, &here, err));
        *loss += here * (double)n / ((double)N * (double)P);
        experiment_show(ctx, what, at + n, N);
    }

done:
    return st;
}

rr_status inversion_generate(experiment_context *ctx, const inversion_case *c, size_t setting,
                             const inversion_recipe *recipe, float *made, inversion_curve *curve,
                             rr_error *err)
{
    work w = { .c = c,
               .recipe = recipe,
               .parts = inversion_settings[setting].parts,
               .steps = rr_dataset_max_steps(c->m.train) };
    rr_status st = RR_OK;

    curve->epochs = 0;
    w.width = feature_width(c->m.inf, w.parts, w.steps);
    if (setting == INVERSION_SHUFFLED)
        RRI_TRY(set_partners(&w, err));
    RRI_TRY(begin(ctx, &w, err));
    for (size_t e = 0; e < recipe->epochs && e < INVERSION_EPOCHS; e++) {
        RRI_TRY(run_epoch(ctx, &w, e, &curve->loss[e], err));
        if (ctx->stopped)
            goto done;
        dense_generate(w.d, w.tests, c->test.n, made);
        inversion_errors(&c->test, made, c->test.pixels, w.errors);
        curve->score[e] = inversion_score_of(&c->test, w.errors, c->of_mean, NULL);
        curve->epochs = e + 1;
    }

done:
    clear(&w);
    return st;
}
