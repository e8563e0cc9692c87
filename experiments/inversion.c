/* SPDX-License-Identifier: MIT */
/* inversion.c - images made again from temporal features (supplement): how much of an image do its
 * states, confidences and labels so far keep?
 *
 * A trial is one way to make the test images with one seed, which is that of the network, the
 * mixture and the generator. The trials of a seed share network and influence model. */
#include "experiments/inversion.h"

#include "experiments/features.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const inversion_setting inversion_settings[INVERSION_SETTINGS] = {
    [INVERSION_MEAN] = { "mean image", 0 },
    [INVERSION_LABEL] = { "mean of the label read", 0 },
    [INVERSION_NEAREST] = { "nearest", 0 },
    [INVERSION_R_L] = { "R_L", FEATURE_LABEL | FEATURE_ONE_HOT },
    [INVERSION_ID] = { "ID", FEATURE_STATE | FEATURE_ONE_HOT },
    [INVERSION_CS] = { "CS", FEATURE_CONFIDENCE },
    [INVERSION_ALL] = { "all",
                        FEATURE_LABEL | FEATURE_STATE | FEATURE_CONFIDENCE | FEATURE_ONE_HOT },
    [INVERSION_SHUFFLED] = { "shuffled",
                             FEATURE_LABEL | FEATURE_STATE | FEATURE_CONFIDENCE | FEATURE_ONE_HOT },
};

/* ---- making images -------------------------------------------------------------------------- */

/* Everything of a seed, unless it is there. Incomplete where ctx->stopped is 1. */
static rr_status prepare(experiment_context *ctx, inversion_case *c, uint64_t seed, rr_error *err)
{
    rr_status st = RR_OK;

    if (c->mean != NULL && c->m.seed == seed)
        return RR_OK;
    inversion_case_release(c);
    RRI_TRY(model_prepare(ctx, &c->m, seed, err));
    if (!ctx->stopped)
        RRI_TRY(inversion_case_fill(c, err));

done:
    return st;
}

static void repeat_mean(const inversion_case *c, float *made)
{
    const size_t P = c->test.pixels;
    for (size_t i = 0; i < c->test.n; i++)
        memcpy(made + i * P, c->mean, P * sizeof *made);
}

static rr_status label_means(const inversion_case *c, float *made, rr_error *err)
{
    const size_t P = c->test.pixels, C = rr_dataset_classes(c->m.train);
    float *means = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&means, C, 1, P * sizeof *means, err));
    RRI_TRY(inversion_means(&c->train, c->train.read, C, means, err));
    for (size_t i = 0; i < c->test.n; i++)
        memcpy(made + i * P, means + c->test.read[i] * P, P * sizeof *made);

done:
    rri_free(means);
    return st;
}

static rr_status nearest_images(experiment_context *ctx, const inversion_case *c, float *made,
                                rr_error *err)
{
    const size_t P = c->test.pixels, n = c->test.n;
    rr_query query = rr_query_default();
    rr_neighbour *nearest = NULL;
    size_t *which = NULL, *found = NULL;
    rr_status st = RR_OK;

    query.threads = ctx->threads;
    RRI_TRY(rri_alloc(&nearest, n, 1, sizeof *nearest, err));
    RRI_TRY(rri_alloc(&which, n, 1, sizeof *which, err));
    RRI_TRY(rri_alloc(&found, n, 1, sizeof *found, err));
    for (size_t i = 0; i < n; i++)
        which[i] = i;
    experiment_show(ctx, "nearest training images", 0, 0);
    RRI_TRY(
        rr_influence_nearest_many(c->m.inf, &query, c->m.traces, which, n, 1, nearest, found, err));
    for (size_t i = 0; i < n; i++)
        memcpy(made + i * P, rr_dataset_at(c->m.train, nearest[i].id).frames, P * sizeof *made);

done:
    rri_free(found);
    rri_free(which);
    rri_free(nearest);
    return st;
}

/* What the network reads in the images made. */
static rr_status read_again(const experiment_context *ctx, const inversion_case *c,
                            const float *made, uint32_t *again, rr_error *err)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(c->m.test);
    rr_dataset_builder *builder = NULL;
    rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_dataset_builder_new(&shape, &builder, err));
    for (size_t i = 0; i < c->test.n; i++) {
        rr_sequence image = rr_dataset_at(c->m.test, i);
        image.frames = made + i * c->test.pixels;
        RRI_TRY(rr_dataset_builder_add(builder, image, err));
    }
    RRI_TRY(rr_dataset_builder_finish(builder, &ds, err));
    RRI_TRY(rr_network_predict(c->m.net, ds, ctx->threads, again, NULL, err));

done:
    rr_dataset_free(ds);
    rr_dataset_builder_free(builder);
    return st;
}

static rr_status make(experiment_context *ctx, const inversion_case *c, size_t setting, float *made,
                      inversion_curve *curve, rr_error *err)
{
    const inversion_recipe recipe = inversion_recipe_of(ctx);

    curve->epochs = 0;
    if (inversion_settings[setting].parts != 0)
        return inversion_generate(ctx, c, setting, &recipe, made, curve, err);
    if (setting == INVERSION_NEAREST)
        return nearest_images(ctx, c, made, err);
    if (setting == INVERSION_LABEL)
        return label_means(c, made, err);
    repeat_mean(c, made);
    return RR_OK;
}

/* ---- trials --------------------------------------------------------------------------------- */

enum { FIGURES = 7 + 3 * INVERSION_EPOCHS };

static rr_status record(experiment_context *ctx, const inversion_case *c, size_t setting,
                        const inversion_score *s, const inversion_curve *curve, double seconds,
                        rr_error *err)
{
    experiment_figures f = { .n = 0 };
    rr_status st = RR_OK;

    RRI_TRY(experiment_figures_begin(&f, FIGURES, err));
    experiment_figure(&f, "error", s->error[0]);
    experiment_figure_took(&f, seconds);
    experiment_figure(&f, "explained", s->explained[0]);
    experiment_figure(&f, "alike", s->alike[0]);
    if (s->n[1] > 0) {
        experiment_figure(&f, "error_misread", s->error[1]);
        experiment_figure(&f, "explained_misread", s->explained[1]);
        experiment_figure(&f, "alike_misread", s->alike[1]);
    }
    experiment_figure(&f, "network", c->m.accuracy);
    experiment_figure_took(&f, c->m.seconds);
    for (size_t e = 0; e < curve->epochs; e++) {
        experiment_figure_at(&f, "loss", e + 1, curve->loss[e]);
        experiment_figure_at(&f, "explained", e + 1, curve->score[e].explained[0]);
        if (s->n[1] > 0)
            experiment_figure_at(&f, "explained_misread", e + 1, curve->score[e].explained[1]);
    }
    RRI_TRY(experiment_record(ctx, inversion_settings[setting].name, c->m.seed, f.list, f.n, err));

done:
    experiment_figures_clear(&f);
    return st;
}

/* Record the trial unless that was `done`; the images go to the gallery where there is one. */
static rr_status run_trial(experiment_context *ctx, inversion_case *c, size_t setting,
                           uint64_t seed, int done_before, inversion_gallery *gallery,
                           rr_error *err)
{
    float *made = NULL;
    uint32_t *again = NULL;
    double *errors = NULL;
    inversion_curve *curve = NULL;
    rr_status st = RR_OK;

    RRI_TRY(prepare(ctx, c, seed, err));
    if (ctx->stopped)
        goto done;
    const double start = rri_seconds();
    RRI_TRY(rri_alloc(&made, c->test.n, 1, c->test.pixels * sizeof *made, err));
    RRI_TRY(rri_alloc(&again, c->test.n, 1, sizeof *again, err));
    RRI_TRY(rri_alloc(&errors, c->test.n, 1, sizeof *errors, err));
    RRI_TRY(rri_alloc(&curve, 1, 1, sizeof *curve, err));
    RRI_TRY(make(ctx, c, setting, made, curve, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(read_again(ctx, c, made, again, err));
    inversion_errors(&c->test, made, c->test.pixels, errors);
    const inversion_score s = inversion_score_of(&c->test, errors, c->of_mean, again);
    if (!done_before)
        RRI_TRY(record(ctx, c, setting, &s, curve, rri_seconds() - start, err));
    if (gallery != NULL && inversion_shown(setting)) {
        gallery->made[setting] = made;
        gallery->again[setting] = again;
        made = NULL;
        again = NULL;
    }

done:
    rri_free(curve);
    rri_free(errors);
    rri_free(again);
    rri_free(made);
    return st;
}

/* Which trials of a seed are in the database; how many are not. */
static rr_status look(experiment_context *ctx, uint64_t seed, int found[INVERSION_SETTINGS],
                      size_t *missing, rr_error *err)
{
    const experiment_key key = experiment_key_of(ctx);
    rr_status st = RR_OK;

    *missing = 0;
    for (size_t s = 0; s < INVERSION_SETTINGS; s++) {
        RRI_TRY(experiment_database_done(ctx->database, &key, inversion_settings[s].name, seed,
                                         &found[s], err));
        *missing += !found[s];
    }

done:
    return st;
}

/* The picture is of the first seed. It needs what all generators made: where it was lost, or the
 * trials of its seed were stopped, those in the database are trained again for it. */
static rr_status run_seed(experiment_context *ctx, inversion_case *c, uint64_t seed,
                          const char *path, rr_error *err)
{
    inversion_gallery gallery = { .made = { NULL } };
    int found[INVERSION_SETTINGS] = { 0 };
    size_t missing = 0;
    rr_status st = RR_OK;

    RRI_TRY(look(ctx, seed, found, &missing, err));
    const int drawing = path != NULL && (missing > 0 || access(path, F_OK) != 0);
    for (size_t s = 0; s < INVERSION_SETTINGS && !experiment_stopped(ctx); s++) {
        int done = 0;
        RRI_TRY(experiment_trial_done(ctx, inversion_settings[s].name, seed, &done, err));
        if (!done || (drawing && inversion_shown(s)))
            RRI_TRY(run_trial(ctx, c, s, seed, done, drawing ? &gallery : NULL, err));
    }
    if (drawing && !ctx->stopped)
        RRI_TRY(inversion_draw(&c->test, &gallery,
                               ctx->quick ? "Images made from temporal features (quick trial)"
                                          : "Images made from temporal features",
                               path, err));

done:
    inversion_gallery_clear(&gallery);
    return st;
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    const char *names[INVERSION_SETTINGS];
    inversion_case c = { .mean = NULL };
    char picture[96];
    char *path = NULL;
    rr_status st = RR_OK;

    experiment_picture(ctx, picture);
    for (size_t s = 0; s < INVERSION_SETTINGS; s++)
        names[s] = inversion_settings[s].name;
    RRI_TRY(rri_format(&path, err, "%s/%s", ctx->output, picture));
    RRI_TRY(model_load(ctx, MODEL_MNIST, &c.m, err));
    RRI_TRY(experiment_plan(ctx, names, INVERSION_SETTINGS, err));
    for (size_t i = 0; i < ctx->seeds && !experiment_stopped(ctx); i++)
        RRI_TRY(run_seed(ctx, &c, ctx->first_seed + i, i == 0 ? path : NULL, err));

done:
    inversion_case_release(&c);
    model_clear(&c.m);
    rri_free(path);
    return st;
}

static rr_status report(experiment_context *ctx, const experiment_results *results, rr_error *err)
{
    const char *path = NULL;
    char picture[96];
    const rr_status st = inversion_report(ctx, results, err);

    experiment_picture(ctx, picture);
    return st == RR_OK ? experiment_file(ctx, picture, &path, err) : st;
}

const experiment experiment_inversion = {
    .id = "inversion",
    .summary = "MNIST images made again from their temporal features",
    .about =
        "The supplement turns temporal features back into images by a conditional GAN, and shows\n"
        "pictures. Here a generator with two hidden layers of 256 rectified units and a sigmoid a\n"
        "pixel learns table1's training images from their features (Adam 0.001, batches of 256,\n"
        "30 epochs, cross-entropy a pixel): labels so far (R_L) and states (ID), both one-hot,\n"
        "confidences (CS), or all. It comes to the mean image given the features, so that its\n"
        "error on test images measures what these tell; what a GAN draws is sharper, but its\n"
        "details are made up. Beside it: the mean training image; the mean of the label\n"
        "predicted, all that the prediction tells; the nearest training image (inflscore); and\n"
        "shuffled, a generator of another image's features. Given are the mean squared error, the\n"
        "fraction of the mean image's error it explains, and how often the network predicts the\n"
        "same for what was made as for the original. The picture is of the first seed: 5 test\n"
        "images predicted correctly and 5 misclassified, at even ranks of the error from all;\n"
        "orange: misclassified, or predicted otherwise than the original. Needs mnist/. Quick:\n"
        "10,000 + 2,000 images, 12 epochs in batches of 128, one seed.\n",
    .revision = 2,
    .seeds = 3,
    .quick_seeds = 1,
    .run = run,
    .report = report,
};
