/* SPDX-License-Identifier: MIT */
/* fig1.c - Figure 1: one image read row by row, with the abstract states it passes. */
#include "experiments/model.h"
#include "experiments/table.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

static const char setting[] = "error";
static const char picture[] = "fig1.png";

/* How often the prediction so far changes. */
static size_t changes_of(const rr_trace *trace)
{
    size_t n = 0;
    for (size_t t = 1; t < trace->steps; t++)
        n += trace->predictions[t] != trace->predictions[t - 1];
    return n;
}

/* The test error that the network wavers at most, since there is most to see; where it errs at
 * nothing, such an image read right. */
static size_t choose(const rr_traces *traces, size_t *changes)
{
    size_t best = 0;
    int misread = 0;
    *changes = 0;
    for (size_t i = 0; i < rr_traces_count(traces); i++) {
        const rr_trace trace = rr_traces_at(traces, i);
        const size_t here = changes_of(&trace);
        const int wrong = trace.prediction != trace.label;
        if (wrong > misread || (wrong == misread && here > *changes)) {
            best = i;
            misread = wrong;
            *changes = here;
        }
    }
    return best;
}

/* Draw where `path` is not NULL, and record unless that was `done`. */
static rr_status run_seed(experiment_context *ctx, model *m, uint64_t seed, const char *path,
                          int done, rr_error *err)
{
    rr_explain_config cfg = rr_explain_config_default();
    rr_explanation *e = NULL;
    size_t changes = 0;
    rr_status st = RR_OK;

    EXPERIMENT_TRY(model_prepare(ctx, m, seed, err));
    if (ctx->stopped)
        goto done;
    const size_t id = choose(m->traces, &changes);
    const rr_trace trace = rr_traces_at(m->traces, id);
    EXPERIMENT_TRY(rr_explain(m->inf, &cfg, &trace, &e, err));
    if (path != NULL)
        EXPERIMENT_TRY(rr_picture_explanation(e, m->test, id, m->train, path, err));
    const experiment_metric metrics[] = {
        { "image", (double)id, -1.0 },
        { "label", (double)e->truth, -1.0 },
        { "prediction", (double)e->prediction, -1.0 },
        { "changes", (double)changes, -1.0 },
        { "neighbours_truth", (double)e->count_truth, -1.0 },
        { "neighbours_prediction", (double)e->count_prediction, -1.0 },
        { "network", m->accuracy, m->seconds },
    };
    if (!done)
        EXPERIMENT_TRY(
            experiment_record(ctx, setting, seed, metrics, sizeof metrics / sizeof *metrics, err));

done:
    rr_explanation_free(e);
    return st;
}

/* The picture is of the first seed; where it was lost it is drawn again. */
static rr_status run(experiment_context *ctx, rr_error *err)
{
    const char *const settings[] = { setting };
    model m = { .train = NULL };
    char *path = NULL;
    rr_status st = RR_OK;

    EXPERIMENT_TRY(experiment_format(&path, err, "%s/%s", ctx->output, picture));
    EXPERIMENT_TRY(model_load(ctx, MODEL_MNIST, &m, err));
    EXPERIMENT_TRY(experiment_plan(ctx, settings, 1, err));
    for (size_t i = 0; i < ctx->seeds && !experiment_stopped(ctx); i++) {
        const uint64_t seed = ctx->first_seed + i;
        int done = 0;
        EXPERIMENT_TRY(experiment_trial_done(ctx, setting, seed, &done, err));
        const int draw = i == 0 && (!done || access(path, F_OK) != 0);
        if (!done || draw)
            EXPERIMENT_TRY(run_seed(ctx, &m, seed, draw ? path : NULL, done, err));
    }

done:
    model_clear(&m);
    free(path);
    return st;
}

static rr_status report(experiment_context *ctx, const experiment_results *results, rr_error *err)
{
    static const experiment_column columns[] = {
        { "figure", "of the image", 0 },
        { "mean", "mean", 2 },
        { "sd", "sd", 2 },
        { "seeds", "seeds", 0 },
    };
    experiment_table *t = NULL;
    const char *path = NULL;
    rr_status st = RR_OK;

    EXPERIMENT_TRY(experiment_table_new(columns, sizeof columns / sizeof *columns, &t, err));
    for (size_t i = 0; i < results->count; i++) {
        experiment_table_text(t, results->rows[i].metric);
        experiment_table_number(t, results->rows[i].mean);
        experiment_table_number(t, results->rows[i].sd);
        experiment_table_number(t, (double)results->rows[i].n);
    }
    EXPERIMENT_TRY(experiment_file(ctx, "fig1.tsv", &path, err));
    EXPERIMENT_TRY(experiment_table_save(t, path, err));
    if (ctx->tables != NULL)
        EXPERIMENT_TRY(experiment_table_print(t, ctx->tables, err));
    EXPERIMENT_TRY(experiment_file(ctx, picture, &path, err));

done:
    experiment_table_free(t);
    return st;
}

const experiment experiment_fig1 = {
    .id = "fig1",
    .summary = "picture of a misread MNIST image: rows, abstract states and their confidences",
    .about =
        "Figure 1. table1's LSTM-100 on MNIST (P = 10, K = 43); of its test errors the one whose\n"
        "prediction changes most often on the way (without an error, of all images), row by row:\n"
        "the states it passes, their highest confidences, the prediction so far, and the nearest\n"
        "training images of its label and of what it is read as. The picture is of the first\n"
        "seed. Needs mnist/. Quick: 10,000 + 2,000 images.\n",
    .revision = 1,
    .seeds = 1,
    .quick_seeds = 1,
    .run = run,
    .report = report,
};
