/* SPDX-License-Identifier: MIT */
/* fig1.c - Figure 1: one image read row by row, with the abstract states it passes. */
#include "experiments/pictured.h"

static rr_status one(experiment_context *ctx, const model *m, const char *path, int done,
                     rr_error *err);
static const char *const names[] = { "image", "label", "prediction", NULL };
static const pictured fig1 = { "error", "fig1.tsv", names, one };

/* How often the prediction so far changes. */
static size_t changes_of(const rr_trace *trace)
{
    size_t n = 0;
    for (size_t t = 1; t < trace->steps; t++)
        n += trace->predictions[t] != trace->predictions[t - 1];
    return n;
}

/* The test error that the network wavers at most, since there is most to see; where it errs at
 * nothing, such an image predicted correctly. */
static size_t choose(const rr_traces *traces, size_t *changes)
{
    size_t best = 0;
    int misclassified = 0;
    *changes = 0;
    for (size_t i = 0; i < rr_traces_count(traces); i++) {
        const rr_trace trace = rr_traces_at(traces, i);
        const size_t here = changes_of(&trace);
        const int wrong = trace.prediction != trace.label;
        if (wrong > misclassified || (wrong == misclassified && here > *changes)) {
            best = i;
            misclassified = wrong;
            *changes = here;
        }
    }
    return best;
}

static rr_status one(experiment_context *ctx, const model *m, const char *path, int done,
                     rr_error *err)
{
    rr_explain_config cfg = rr_explain_config_default();
    rr_explanation *e = NULL;
    size_t changes = 0;
    rr_status st = RR_OK;

    const size_t id = choose(m->traces, &changes);
    const rr_trace trace = rr_traces_at(m->traces, id);
    RRI_TRY(rr_explain(m->inf, &cfg, &trace, &e, err));
    if (path != NULL)
        RRI_TRY(rr_picture_explanation(e, m->test, id, m->train, path, err));
    const experiment_metric metrics[] = {
        { "image", (double)id, -1.0 },
        { "label", (double)e->truth, -1.0 },
        { "prediction", (double)e->prediction, -1.0 },
        { "changes", (double)changes, -1.0 },
        { "neighbours_truth", (double)e->count_truth, -1.0 },
        { "neighbours_prediction", (double)e->count_prediction, -1.0 },
        { "lift_truth", e->lift_truth, -1.0 },
        { "lift_prediction", e->lift_prediction, -1.0 },
        { "network", m->accuracy, m->seconds },
    };
    if (!done)
        RRI_TRY(experiment_record(ctx, fig1.setting, m->seed, metrics,
                                  sizeof metrics / sizeof *metrics, err));

done:
    rr_explanation_free(e);
    return st;
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    return pictured_run(ctx, &fig1, err);
}

static rr_status report(experiment_context *ctx, const experiment_results *results, rr_error *err)
{
    return pictured_report(ctx, &fig1, results, err);
}

const experiment experiment_fig1 = {
    .id = "fig1",
    .summary =
        "picture of a misclassified MNIST image: rows, abstract states and their confidences",
    .about =
        "Figure 1. table1's LSTM-100 on MNIST (P = 10, K = 43); of its test errors the one whose\n"
        "prediction changes most often on the way (without an error, of all images), row by row:\n"
        "the states it passes, their highest confidences, the prediction so far, and the nearest\n"
        "training images of its label and of what it is predicted as. The picture is of the first\n"
        "seed. Needs mnist/. Quick: 10,000 + 2,000 images.\n",
    .revision = 1,
    .seeds = 1,
    .quick_seeds = 1,
    .run = run,
    .report = report,
};
