/* SPDX-License-Identifier: MIT */
/* inversion_generator.c - a network without recurrence that makes images from features: see
 * inversion.h.
 *
 * Two hidden layers of rectified units, a sigmoid a pixel, binary cross-entropy by Adam in batches.
 * Its least loss is at the mean image given the features, and so is its least squared error. */
#include "experiments/inversion.h"

#include "experiments/dense.h"
#include "experiments/features.h"

#include <stdlib.h>
#include <string.h>

/* What the random streams of a seed are for; an epoch's is SHUFFLE + epoch. */
enum { STREAM_TRAIN = 1, STREAM_TEST = 2, STREAM_SHUFFLE = 16 };

inversion_recipe inversion_recipe_of(const experiment_context *ctx)
{
    return (inversion_recipe){ .layers = 2,
                               .hidden = 256,
                               .epochs = ctx->quick ? 12 : 30,
                               .batch = ctx->quick ? 128 : 256,
                               .learning_rate = 0.001 };
}

/* Everything a training holds; all owned but the first four. */
typedef struct work {
    const model *m;
    const inversion_images *test;
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
    free(w->errors);
    free(w->tests);
    free(w->targets);
    free(w->x);
    free(w->order);
    free(w->partner[1]);
    free(w->partner[0]);
    dense_free(w->d);
}

/* The features that stand for image i of the training or test traces. */
static void fill(const work *w, int test, size_t i, float *x)
{
    const rr_traces *const traces = test ? w->m->traces : rr_influence_training(w->m->inf);
    const size_t *const partner = w->partner[test];
    const rr_trace trace = rr_traces_at(traces, partner != NULL ? partner[i] : i);
    feature_fill(w->m->inf, &trace, w->parts, w->steps, x);
}

static rr_status set_partners(work *w, rr_error *err)
{
    const size_t n[2] = { rr_dataset_count(w->m->train), w->test->n };
    rr_status st = RR_OK;

    for (size_t set = 0; set < 2; set++) {
        EXPERIMENT_TRY(experiment_alloc(&w->partner[set], n[set], sizeof(size_t), err));
        inversion_order(experiment_bits(w->m->seed, set == 0 ? STREAM_TRAIN : STREAM_TEST), 1,
                        w->partner[set], n[set]);
    }

done:
    return st;
}

static rr_status begin(const experiment_context *ctx, work *w, rr_error *err)
{
    const size_t N = rr_dataset_count(w->m->train), batch = w->recipe->batch;
    const dense_config cfg = { .width = w->width,
                               .head = DENSE_SIGMOID,
                               .outputs = w->test->pixels,
                               .layers = w->recipe->layers,
                               .hidden = w->recipe->hidden,
                               .learning_rate = w->recipe->learning_rate,
                               .seed = w->m->seed,
                               .threads = ctx->threads };
    rr_status st = RR_OK;

    EXPERIMENT_TRY(dense_new(&cfg, &w->d, err));
    EXPERIMENT_TRY(experiment_alloc(&w->order, N, sizeof *w->order, err));
    EXPERIMENT_TRY(experiment_alloc(&w->x, batch, w->width * sizeof *w->x, err));
    EXPERIMENT_TRY(experiment_alloc(&w->targets, batch, cfg.outputs * sizeof *w->targets, err));
    EXPERIMENT_TRY(experiment_alloc(&w->tests, w->test->n, w->width * sizeof *w->tests, err));
    EXPERIMENT_TRY(experiment_alloc(&w->errors, w->test->n, sizeof *w->errors, err));
    for (size_t i = 0; i < w->test->n; i++)
        fill(w, 1, i, w->tests + i * w->width);

done:
    return st;
}

/* One pass over the training images; *loss is its mean, per pixel. */
static rr_status run_epoch(experiment_context *ctx, work *w, size_t epoch, double *loss,
                           rr_error *err)
{
    const size_t N = rr_dataset_count(w->m->train), P = w->test->pixels;
    char what[48];
    rr_status st = RR_OK;

    *loss = 0.0;
    (void)snprintf(what, sizeof what, "generator, epoch %zu/%zu", epoch + 1, w->recipe->epochs);
    inversion_order(experiment_bits(w->m->seed, STREAM_SHUFFLE + epoch), 0, w->order, N);
    for (size_t at = 0; at < N && !experiment_stopped(ctx); at += w->recipe->batch) {
        const size_t n = N - at < w->recipe->batch ? N - at : w->recipe->batch;
        double here = 0.0;
        for (size_t r = 0; r < n; r++) {
            const size_t i = w->order[at + r];
            fill(w, 0, i, w->x + r * w->width);
            memcpy(w->targets + r * P, rr_dataset_at(w->m->train, i).frames,
                   P * sizeof *w->targets);
        }
        EXPERIMENT_TRY(dense_generator_step(w->d, w->x, w->targets, n, &here, err));
        *loss += here * (double)n / ((double)N * (double)P);
        experiment_show(ctx, what, at + n, N);
    }

done:
    return st;
}

static rr_status check_training(const work *w, rr_error *err)
{
    const rr_dataset *const train = w->m->train;
    for (size_t i = 0; i < rr_dataset_count(train); i++)
        if (rr_dataset_at(train, i).steps * rr_dataset_width(train) != w->test->pixels)
            return experiment_error(err, RR_ERR_SHAPE,
                                    "inversion: training image %zu has not the %zu pixels of the "
                                    "test images",
                                    i, w->test->pixels);
    return RR_OK;
}

rr_status inversion_generate(experiment_context *ctx, const model *m, size_t setting,
                             const inversion_recipe *recipe, const inversion_images *test,
                             const double *of_mean, float *made, inversion_curve *curve,
                             rr_error *err)
{
    work w = { .m = m,
               .test = test,
               .recipe = recipe,
               .parts = inversion_settings[setting].parts,
               .steps = rr_dataset_max_steps(m->train) };
    rr_status st = RR_OK;

    curve->epochs = 0;
    w.width = feature_width(m->inf, w.parts, w.steps);
    EXPERIMENT_TRY(check_training(&w, err));
    if (setting == INVERSION_SHUFFLED)
        EXPERIMENT_TRY(set_partners(&w, err));
    EXPERIMENT_TRY(begin(ctx, &w, err));
    for (size_t e = 0; e < recipe->epochs && e < INVERSION_EPOCHS; e++) {
        EXPERIMENT_TRY(run_epoch(ctx, &w, e, &curve->loss[e], err));
        if (ctx->stopped)
            goto done;
        dense_generate(w.d, w.tests, test->n, made);
        inversion_errors(test, made, test->pixels, w.errors);
        curve->score[e] = inversion_score_of(test, w.errors, of_mean, NULL);
        curve->epochs = e + 1;
    }

done:
    clear(&w);
    return st;
}
