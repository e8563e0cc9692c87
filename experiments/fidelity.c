/* SPDX-License-Identifier: MIT */
/* fidelity.c - Tables 1 and 2: how much of what the network knows its temporal features keep.
 *
 * A trial is one classifier on one choice of features with one seed, which is that of the network,
 * the mixture and the classifier. The trials of a seed share network and influence model. */
#include "experiments/features.h"
#include "experiments/model.h"
#include "experiments/table.h"

#include <math.h>
#include <stdlib.h>

enum { TASKS = 2, MOST_SETTINGS = 32, MLP_HIDDEN = 128 };

/* What both tables are made of. */
typedef struct setting {
    const char *name; /* in the database, behind the task's */
    const char *features, *encoding;
    unsigned parts;
    size_t layers;       /* hidden ones of the classifier */
    double paper[TASKS]; /* percent; NaN = none */
} setting;

typedef struct plan {
    const char *file;
    const setting *settings;
    size_t n;
} plan;

#define NONE                                                                                       \
    {                                                                                              \
        (double)NAN, (double)NAN                                                                   \
    }

static const setting table1_settings[] = {
    { "R_L", "R_L", "number", FEATURE_LABEL, 0, { 85.61, 86.62 } },
    { "ID", "ID", "number", FEATURE_STATE, 0, { 80.01, 63.00 } },
    { "ID+R_L", "ID, R_L", "number", FEATURE_STATE | FEATURE_LABEL, 0, { 92.35, 87.81 } },
    { "CS", "CS", "", FEATURE_CONFIDENCE, 0, { 97.34, 88.90 } },
    { "all",
      "ID, R_L, CS",
      "number",
      FEATURE_STATE | FEATURE_LABEL | FEATURE_CONFIDENCE,
      0,
      { 97.50, 89.04 } },
    { "R_L one-hot", "R_L", "one-hot", FEATURE_LABEL | FEATURE_ONE_HOT, 0, NONE },
    { "ID one-hot", "ID", "one-hot", FEATURE_STATE | FEATURE_ONE_HOT, 0, NONE },
};

static const setting table2_settings[] = {
    { "MLP-1 ID", "ID", "number", FEATURE_STATE, 1, { 93.07, 63.56 } },
    { "MLP-2 ID", "ID", "number", FEATURE_STATE, 2, { 93.91, 63.61 } },
    { "MLP-3 ID", "ID", "number", FEATURE_STATE, 3, { 91.48, 62.04 } },
    { "MLP-1 CS", "CS", "", FEATURE_CONFIDENCE, 1, { 97.25, 91.46 } },
    { "MLP-2 CS", "CS", "", FEATURE_CONFIDENCE, 2, { 97.14, 91.60 } },
    { "MLP-3 CS", "CS", "", FEATURE_CONFIDENCE, 3, { 97.27, 91.51 } },
    { "MLP-1 ID one-hot", "ID", "one-hot", FEATURE_STATE | FEATURE_ONE_HOT, 1, NONE },
};

static const plan table1 = { "table1.tsv", table1_settings,
                             sizeof table1_settings / sizeof *table1_settings };
static const plan table2 = { "table2.tsv", table2_settings,
                             sizeof table2_settings / sizeof *table2_settings };

static const double paper_network[TASKS] = { 98.45, 92.08 };

/* ---- trials --------------------------------------------------------------------------------- */

static void name_setting(model_task task, const setting *s, char out[64])
{
    (void)snprintf(out, 64, "%s %s", model_task_name(task), s->name);
}

static rr_status run_trial(experiment_context *ctx, model *m, const setting *s, uint64_t seed,
                           rr_error *err)
{
    feature_classifier cfg = feature_linear(ctx, seed);
    feature_result got;
    char name[64];
    int done = 0;
    rr_status st = RR_OK;

    name_setting(m->task, s, name);
    RRI_TRY(experiment_trial_done(ctx, name, seed, &done, err));
    if (done)
        goto done;
    RRI_TRY(model_prepare(ctx, m, seed, err));
    if (ctx->stopped)
        goto done;
    cfg.layers = s->layers;
    cfg.hidden = MLP_HIDDEN;
    if (s->layers > 0)
        cfg.learning_rate = 0.01; /* half of it and double gave about the same */
    const double start = rri_seconds();
    RRI_TRY(feature_try(ctx, m->inf, m->traces, s->parts, &cfg, &got, err));
    if (ctx->stopped)
        goto done;
    const experiment_metric metrics[] = {
        { "accuracy", got.accuracy, rri_seconds() - start },
        { "agreement", got.agreement, -1.0 },
        { "network", m->accuracy, m->seconds },
    };
    RRI_TRY(experiment_record(ctx, name, seed, metrics, sizeof metrics / sizeof *metrics, err));

done:
    return st;
}

/* Quick trials leave Toxic out, whose network alone takes minutes. */
static size_t tasks_of(const experiment_context *ctx)
{
    return ctx->quick ? 1 : TASKS;
}

static rr_status plan_trials(experiment_context *ctx, const plan *p, rr_error *err)
{
    char names[MOST_SETTINGS][64];
    const char *settings[MOST_SETTINGS];
    size_t n = 0;

    for (size_t task = 0; task < tasks_of(ctx); task++)
        for (size_t s = 0; s < p->n; s++, n++) {
            name_setting((model_task)task, &p->settings[s], names[n]);
            settings[n] = names[n];
        }
    return experiment_plan(ctx, settings, n, err);
}

static rr_status run(experiment_context *ctx, const plan *p, rr_error *err)
{
    const size_t tasks = tasks_of(ctx);
    model models[TASKS] = { { .train = NULL }, { .train = NULL } };
    rr_status st = RR_OK;

    for (size_t task = 0; task < tasks; task++)
        RRI_TRY(model_load(ctx, (model_task)task, &models[task], err));
    RRI_TRY(plan_trials(ctx, p, err));
    for (size_t i = 0; i < ctx->seeds; i++)
        for (size_t task = 0; task < tasks; task++) {
            for (size_t s = 0; s < p->n && !experiment_stopped(ctx); s++)
                RRI_TRY(run_trial(ctx, &models[task], &p->settings[s], ctx->first_seed + i, err));
            model_release(&models[task]);
        }

done:
    for (size_t task = 0; task < TASKS; task++)
        model_clear(&models[task]);
    return st;
}

static rr_status run_table1(experiment_context *ctx, rr_error *err)
{
    return run(ctx, &table1, err);
}

static rr_status run_table2(experiment_context *ctx, rr_error *err)
{
    return run(ctx, &table2, err);
}

/* ---- report --------------------------------------------------------------------------------- */

static void add_row(experiment_table *t, const experiment_results *r, size_t task, const setting *s)
{
    char name[64], classifier[32] = "linear";

    name_setting((model_task)task, s, name);
    const experiment_summary *const accuracy = experiment_results_find(r, name, "accuracy");
    if (accuracy == NULL)
        return;
    if (s->layers > 0)
        (void)snprintf(classifier, sizeof classifier, "MLP-%zu", s->layers);
    experiment_table_text(t, model_task_name((model_task)task));
    experiment_table_text(t, classifier);
    experiment_table_text(t, s->features);
    experiment_table_text(t, s->encoding);
    experiment_add_percent(t, accuracy);
    experiment_table_number(t, s->paper[task]);
    experiment_add_percent(t, experiment_results_find(r, name, "agreement"));
    experiment_add_percent(t, experiment_results_find(r, name, "network"));
    experiment_table_number(t, paper_network[task]);
    experiment_table_number(t, (double)accuracy->n);
}

static rr_status report(experiment_context *ctx, const experiment_results *r, const plan *p,
                        rr_error *err)
{
    static const experiment_column columns[] = {
        { "data", "data", 0 },
        { "classifier", "classifier", 0 },
        { "features", "features", 0 },
        { "encoding", "as", 0 },
        { "accuracy_mean", "accuracy %", 2 },
        { "accuracy_sd", "sd", 2 },
        { "paper", "paper", 2 },
        { "agreement_mean", "as the network %", 2 },
        { "agreement_sd", NULL, 2 },
        { "network_mean", "network %", 2 },
        { "network_sd", NULL, 2 },
        { "paper_network", "paper", 2 },
        { "seeds", "seeds", 0 },
    };
    experiment_table *t = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(columns, sizeof columns / sizeof *columns, &t, err));
    for (size_t task = 0; task < TASKS; task++)
        for (size_t s = 0; s < p->n; s++)
            add_row(t, r, task, &p->settings[s]);
    RRI_TRY(experiment_publish(ctx, t, p->file, err));

done:
    experiment_table_free(t);
    return st;
}

static rr_status report_table1(experiment_context *ctx, const experiment_results *results,
                               rr_error *err)
{
    return report(ctx, results, &table1, err);
}

static rr_status report_table2(experiment_context *ctx, const experiment_results *results,
                               rr_error *err)
{
    return report(ctx, results, &table2, err);
}

const experiment experiment_table1 = {
    .id = "table1",
    .summary = "accuracy of a linear classifier on temporal features, MNIST and Toxic",
    .about =
        "Table 1. An LSTM-100 reads MNIST (15 epochs, K = 43), a GRU-300 Toxic (40 epochs, K =\n"
        "37), P = 10. A linear softmax classifier learns from the features of the training\n"
        "sequences predicted correctly, all at a time (Adam 0.02, 500 epochs): labels so far\n"
        "(R_L), states (ID), confidences (CS). R_L and ID are numbers within 0..1, as the paper's\n"
        "figures suggest, or one-hot: confidences are a linear map of one-hot states, of numbers\n"
        "they are none. Texts end in zeros. Needs mnist/ and toxic/, takes word vectors from\n"
        "wordvec/. Quick: 10,000 + 2,000 images of MNIST alone, 200 epochs of the classifiers,\n"
        "one seed.\n",
    .revision = 3,
    .seeds = 5,
    .quick_seeds = 1,
    .run = run_table1,
    .report = report_table1,
};

const experiment experiment_table2 = {
    .id = "table2",
    .summary = "accuracy of classifiers with 1 to 3 hidden layers on temporal features",
    .about =
        "Table 2: table1's networks and features, but classifiers with 1, 2 and 3 hidden layers\n"
        "of 128 rectified units (Adam 0.01, 500 epochs; the paper gives no sizes), on states\n"
        "(ID) and on confidences (CS). Needs mnist/ and toxic/, takes word vectors from\n"
        "wordvec/. Quick: 10,000 + 2,000 images of MNIST alone, 200 epochs of the classifiers,\n"
        "one seed.\n",
    .revision = 3,
    .seeds = 3,
    .quick_seeds = 1,
    .run = run_table2,
    .report = report_table2,
};
