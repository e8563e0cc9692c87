/* SPDX-License-Identifier: MIT */
/* fig3_repair.c - Figure 3 (c): the reviewer corrects the flips among the first of each ranking,
 * and the network is trained again. */
#include "experiments/curves.h"
#include "experiments/fig3.h"
#include "experiments/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Percent of the training images that are reviewed. Every one costs a training; beyond the first
 * half there is little left to find, and all of them give the clean network. */
static const size_t percents[] = { 10, 20, 30, 50, 70, 100 };
enum { PERCENTS = sizeof percents / sizeof *percents };

/* What a training with some flips corrected gave. Rankings often agree on which, and the training
 * with all of them corrected is the clean one. */
typedef struct outcome {
    unsigned char *corrected; /* [N] */
    double repaired, accuracy;
} outcome;

typedef struct outcomes {
    outcome list[FIG3_METHODS * PERCENTS];
    size_t n;
} outcomes;

static void outcomes_clear(outcomes *o)
{
    for (size_t i = 0; i < o->n; i++)
        rri_free(o->list[i].corrected);
    o->n = 0;
}

/* Labels of the reviewed flips put right, all others as they were. */
static rr_status correct(const fig3_case *c, const unsigned char *corrected, rr_dataset **out,
                         rr_error *err)
{
    const size_t N = rr_dataset_count(c->right);
    uint32_t *ids = NULL, *labels = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&ids, N, 1, sizeof *ids, err));
    RRI_TRY(rri_alloc(&labels, N, 1, sizeof *labels, err));
    for (size_t i = 0; i < N; i++)
        if (corrected[i]) {
            ids[n] = (uint32_t)i;
            labels[n++] = rr_dataset_at(c->right, i).label;
        }
    RRI_TRY(rr_dataset_relabel(c->flipped, ids, labels, n, out, err));

done:
    rri_free(labels);
    rri_free(ids);
    return st;
}

/* The same first weights and batches, other labels. Incomplete where ctx->stopped is 1. */
static rr_status retrain(experiment_context *ctx, const fig3_case *c, outcome *o, rr_error *err)
{
    rr_dataset *train = NULL;
    rr_network *net = NULL;
    uint32_t *prediction = NULL;
    size_t repaired = 0;
    rr_status st = RR_OK;

    RRI_TRY(correct(c, o->corrected, &train, err));
    RRI_TRY(rr_network_copy(c->start, &net, err));
    RRI_TRY(experiment_train(ctx, &c->training, net, train, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(rri_alloc(&prediction, rr_dataset_count(c->test), 1, sizeof *prediction, err));
    RRI_TRY(rr_network_predict(net, c->test, ctx->threads, prediction, NULL, err));
    for (size_t e = 0; e < c->n; e++)
        repaired += prediction[c->targets[e]] == 1;
    o->repaired = (double)repaired / (double)c->n;
    o->accuracy = experiment_accuracy_of(c->test, prediction);

done:
    rri_free(prediction);
    rr_network_free(net);
    rr_dataset_free(train);
    return st;
}

/* The outcome where the flips among the first `reviewed` are corrected, trained unless known. */
static rr_status outcome_of(experiment_context *ctx, const fig3_case *c, const uint32_t *order,
                            size_t reviewed, outcomes *known, const outcome **out, rr_error *err)
{
    const size_t N = rr_dataset_count(c->right);
    outcome *o = &known->list[known->n];
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&o->corrected, N, 1, 1, err));
    for (size_t k = 0; k < reviewed; k++)
        o->corrected[order[k]] = c->is_flip[order[k]];
    for (size_t i = 0; i < known->n && *out == NULL; i++)
        if (memcmp(known->list[i].corrected, o->corrected, N) == 0)
            *out = &known->list[i];
    if (*out == NULL) {
        RRI_TRY(retrain(ctx, c, o, err));
        if (!ctx->stopped) {
            known->n++;
            *out = o;
        }
    }

done:
    if (*out != o) {
        rri_free(o->corrected);
        o->corrected = NULL;
    }
    return st;
}

static rr_status run_method(experiment_context *ctx, const fig3_case *c, const fig3_method *method,
                            outcomes *known, rr_error *err)
{
    const size_t N = rr_dataset_count(c->right);
    experiment_figures f = { .n = 0 };
    uint32_t *order = NULL;
    fig3_cost cost;
    rr_status st = RR_OK;

    RRI_TRY(experiment_figures_begin(&f, 2 * PERCENTS, err));
    RRI_TRY(rri_alloc(&order, N, 1, sizeof *order, err));
    RRI_TRY(fig3_rank(ctx, c, method, order, &cost, err));
    for (size_t k = ctx->quick ? 3 : 0; k < PERCENTS && !experiment_stopped(ctx); k += 1) {
        const outcome *o = NULL;
        RRI_TRY(outcome_of(ctx, c, order, N * percents[k] / 100, known, &o, err));
        if (o == NULL)
            break;
        experiment_figure_at(&f, "repaired", percents[k], o->repaired);
        experiment_figure_at(&f, "accuracy", percents[k], o->accuracy);
    }
    if (!ctx->stopped)
        RRI_TRY(experiment_record(ctx, method->name, c->seed, f.list, f.n, err));

done:
    experiment_figures_clear(&f);
    rri_free(order);
    return st;
}

static rr_status run_seed(experiment_context *ctx, fig3_case *c, const fig3_method *methods,
                          uint64_t seed, rr_error *err)
{
    const experiment_metric none = { .name = "no_targets", .value = 1.0, .seconds = -1.0 };
    outcomes known = { .n = 0 };
    int prepared = 0, done = 0;
    rr_status st = RR_OK;

    for (size_t m = 0; m < FIG3_METHODS && !experiment_stopped(ctx); m++) {
        if (!methods[m].repair)
            continue;
        RRI_TRY(experiment_trial_done(ctx, methods[m].name, seed, &done, err));
        if (done)
            continue;
        if (!prepared)
            RRI_TRY(fig3_prepare(ctx, c, seed, err));
        prepared = 1;
        if (ctx->stopped)
            break;
        if (c->n == 0)
            RRI_TRY(experiment_record(ctx, methods[m].name, seed, &none, 1, err));
        else
            RRI_TRY(run_method(ctx, c, &methods[m], &known, err));
    }

done:
    outcomes_clear(&known);
    return st;
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    fig3_method methods[FIG3_METHODS];
    const char *settings[FIG3_METHODS];
    fig3_case c = { .right = NULL };
    size_t n = 0;
    rr_status st = RR_OK;

    fig3_methods(methods);
    for (size_t m = 0; m < FIG3_METHODS; m++)
        if (methods[m].repair)
            settings[n++] = methods[m].name;
    RRI_TRY(fig3_load(ctx, &c, err));
    RRI_TRY(experiment_plan(ctx, settings, n, err));
    for (size_t i = 0; i < ctx->seeds && !experiment_stopped(ctx); i++)
        RRI_TRY(run_seed(ctx, &c, methods, ctx->first_seed + i, err));

done:
    fig3_case_clear(&c);
    return st;
}

/* ---- report ---------------------------------------------------------------------------------- */

static rr_status make_table(experiment_context *ctx, const experiment_results *results,
                            rr_error *err)
{
    static const experiment_column columns[] = {
        { "method", "method", 0 },
        { "reviewed_percent", "reviewed %", 0 },
        { "repaired_mean", "repaired", 3 },
        { "repaired_sd", "sd", 3 },
        { "accuracy_mean", "test accuracy", 4 },
        { "accuracy_sd", "sd", 4 },
        { "seeds", "seeds", 0 },
    };
    fig3_method methods[FIG3_METHODS];
    experiment_table *t = NULL;
    rr_status st = RR_OK;

    fig3_methods(methods);
    RRI_TRY(experiment_table_new(columns, sizeof columns / sizeof *columns, &t, err));
    for (size_t m = 0; m < FIG3_METHODS; m++)
        for (size_t k = 0; k < PERCENTS; k++) {
            char repaired[32], accuracy[32];
            (void)snprintf(repaired, sizeof repaired, "repaired@%zu", percents[k]);
            (void)snprintf(accuracy, sizeof accuracy, "accuracy@%zu", percents[k]);
            const experiment_summary *const r =
                experiment_results_find(results, methods[m].name, repaired);
            const experiment_summary *const a =
                experiment_results_find(results, methods[m].name, accuracy);
            if (r == NULL || a == NULL)
                continue;
            experiment_table_text(t, methods[m].name);
            experiment_table_number(t, (double)percents[k]);
            experiment_table_number(t, r->mean);
            experiment_table_number(t, r->sd);
            experiment_table_number(t, a->mean);
            experiment_table_number(t, a->sd);
            experiment_table_number(t, (double)r->n);
        }
    RRI_TRY(experiment_publish(ctx, t, "fig3-repair.tsv", err));

done:
    experiment_table_free(t);
    return st;
}

static rr_status draw(experiment_context *ctx, const experiment_results *results, rr_error *err)
{
    enum { REPAIRED, ACCURACY, PANELS };
    static const char *const names[PANELS] = { "repaired", "accuracy" };
    fig3_method methods[FIG3_METHODS];
    const char *settings[FIG3_METHODS];
    experiment_curves c = { .of = NULL };
    experiment_series series[PANELS][FIG3_METHODS];
    const experiment_panel panels[PANELS] = {
        { "(c) Repaired errors", "reviewed, %", "share repaired", series[REPAIRED], FIG3_METHODS,
          0.0, 1.0 },
        { "Accuracy", "reviewed, %", "test accuracy", series[ACCURACY], FIG3_METHODS, 0.0, 0.0 },
    };
    experiment_plot plot = { .title = "Errors repaired by correcting labels, MNIST 1 and 7",
                             .panels = panels,
                             .count = PANELS };
    rr_status st = RR_OK;

    fig3_methods(methods);
    for (size_t m = 0; m < FIG3_METHODS; m++)
        settings[m] = methods[m].name;
    RRI_TRY(experiment_curves_begin(&c, settings, FIG3_METHODS, names, PANELS, err));
    RRI_TRY(experiment_curves_read(&c, results, 0, PANELS, err));
    for (size_t p = 0; p < PANELS; p++)
        for (size_t m = 0; m < FIG3_METHODS; m++)
            RRI_TRY(experiment_curves_series(&c, m, p, settings[m], 0, &series[p][m], err));
    RRI_TRY(experiment_publish_plot(ctx, &plot, "fig3-repair.svg", err));

done:
    experiment_curves_clear(&c);
    return st;
}

static rr_status report(experiment_context *ctx, const experiment_results *results, rr_error *err)
{
    const rr_status st = make_table(ctx, results, err);
    return st == RR_OK ? draw(ctx, results, err) : st;
}

const experiment experiment_fig3_repair = {
    .id = "fig3-repair",
    .summary = "errors repaired by correcting the labels each ranking of fig3 puts first",
    .about =
        "Figure 3 (c). The flips among the first 10, 20, 30, 50, 70 and 100 % of each ranking are\n"
        "corrected, and the network is trained again from the same weights on the same batches:\n"
        "the fraction of the targets that is predicted correctly then. Up to 36 trainings a seed.\n"
        "Where fig3 is carried out after it with the same output folder, its picture has this\n"
        "panel too. Needs mnist/. Quick: 15 epochs, from the first 50 % on, one seed.\n",
    .revision = 1,
    .seeds = 3,
    .quick_seeds = 1,
    .run = run,
    .report = report,
};
