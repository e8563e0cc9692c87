/* SPDX-License-Identifier: MIT */
/* fig3.c - Figure 3 (a) and (b) and its times: what a reviewer finds who follows each ranking. */
#include "experiments/fig3.h"
#include "core/ranking.h"
#include "experiments/curves.h"
#include "experiments/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The setting that holds what the methods of a seed share. */
static const char base[] = "networks";

/* ---- trials ---------------------------------------------------------------------------------- */

static rr_status record_base(experiment_context *ctx, const fig3_case *c, rr_error *err)
{
    enum { FIGURES = 6 };
    experiment_figures m = { .n = 0 };
    rr_status st = RR_OK;

    RRI_TRY(experiment_figures_begin(&m, FIGURES, err));
    experiment_figure(&m, "targets", (double)c->n);
    experiment_figure(&m, "flips", (double)c->flips);
    experiment_figure(&m, "influential", (double)c->influential);
    experiment_figure(&m, "accuracy", c->accuracy);
    experiment_figure_took(&m, c->train_seconds);
    experiment_figure(&m, "accuracy_clean", c->accuracy_clean);
    experiment_figure(&m, "build", c->build_seconds);
    experiment_figure_took(&m, c->build_seconds);
    st = experiment_record(ctx, base, c->seed, m.list, m.n, err);

done:
    experiment_figures_clear(&m);
    return st;
}

static rr_status record_ranking(experiment_context *ctx, const fig3_case *c, const char *method,
                                const uint32_t *order, const fig3_cost *cost, rr_error *err)
{
    enum { FIGURES = 2 * FIG3_SHARES + 5 };
    const size_t N = rr_dataset_count(c->flipped);
    experiment_figures m = { .n = 0 };
    rr_status st = RR_OK;

    RRI_TRY(experiment_figures_begin(&m, FIGURES, err));
    for (size_t k = 1; k <= FIG3_SHARES; k++) {
        const size_t percent = 100 * k / FIG3_SHARES;
        const size_t reviewed = N * k / FIG3_SHARES;
        experiment_figure_at(&m, "flips", percent,
                             (double)rri_ranking_found(order, N, c->is_flip, reviewed) /
                                 (double)c->flips);
        if (c->influential > 0)
            experiment_figure_at(&m, "influential", percent,
                                 (double)rri_ranking_found(order, N, c->is_influential, reviewed) /
                                     (double)c->influential);
    }
    experiment_figure(&m, "area", rri_ranking_area(order, N, c->is_flip));
    if (c->influential > 0)
        experiment_figure(&m, "area_influential", rri_ranking_area(order, N, c->is_influential));
    experiment_figure(&m, "seconds", cost->seconds);
    experiment_figure_took(&m, cost->seconds);
    if (cost->steps > 0)
        experiment_figure(&m, "steps", (double)cost->steps);
    if (cost->damping > 0.0)
        experiment_figure(&m, "damping", cost->damping);
    st = experiment_record(ctx, method, c->seed, m.list, m.n, err);

done:
    experiment_figures_clear(&m);
    return st;
}

static rr_status run_method(experiment_context *ctx, const fig3_case *c, const fig3_method *method,
                            rr_error *err)
{
    const experiment_metric none = { .name = "no_targets", .value = 1.0, .seconds = -1.0 };
    uint32_t *order = NULL;
    fig3_cost cost;
    rr_status st = RR_OK;

    if (c->n == 0) /* the wrong labels did no harm: nobody to ask about */
        return experiment_record(ctx, method->name, c->seed, &none, 1, err);
    RRI_TRY(rri_alloc(&order, rr_dataset_count(c->flipped), 1, sizeof *order, err));
    RRI_TRY(fig3_rank(ctx, c, method, order, &cost, err));
    if (!ctx->stopped)
        RRI_TRY(record_ranking(ctx, c, method->name, order, &cost, err));

done:
    rri_free(order);
    return st;
}

/* All trials of a seed that are missing; the networks are made with the first of them. */
static rr_status run_seed(experiment_context *ctx, fig3_case *c, const fig3_method *methods,
                          uint64_t seed, rr_error *err)
{
    int prepared = 0, done = 0;
    rr_status st = RR_OK;

    for (size_t m = 0; m <= FIG3_METHODS && !experiment_stopped(ctx); m++) {
        const char *const setting = m == 0 ? base : methods[m - 1].name;
        RRI_TRY(experiment_trial_done(ctx, setting, seed, &done, err));
        if (done)
            continue;
        if (!prepared)
            RRI_TRY(fig3_prepare(ctx, c, seed, err));
        prepared = 1;
        if (ctx->stopped)
            break;
        if (m == 0)
            RRI_TRY(record_base(ctx, c, err));
        else
            RRI_TRY(run_method(ctx, c, &methods[m - 1], err));
    }

done:
    return st;
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    fig3_method methods[FIG3_METHODS];
    const char *settings[FIG3_METHODS + 1] = { base };
    fig3_case c = { .right = NULL };
    rr_status st = RR_OK;

    fig3_methods(methods);
    for (size_t m = 0; m < FIG3_METHODS; m++)
        settings[m + 1] = methods[m].name;
    RRI_TRY(fig3_load(ctx, &c, err));
    RRI_TRY(experiment_plan(ctx, settings, FIG3_METHODS + 1, err));
    for (size_t i = 0; i < ctx->seeds && !experiment_stopped(ctx); i++)
        RRI_TRY(run_seed(ctx, &c, methods, ctx->first_seed + i, err));

done:
    fig3_case_clear(&c);
    return st;
}

/* ---- report ---------------------------------------------------------------------------------- */

/* What the paper gives as seconds; NaN where it does not. */
static double paper_seconds(const char *method)
{
    static const struct {
        const char *method;
        double seconds;
    } given[] = { { "paper", 1.16 }, { "koh-liang", 70.13 }, { "sgd", 5690.66 } };
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (strcmp(given[i].method, method) == 0)
            return given[i].seconds;
    return (double)NAN;
}

static rr_status summary_table(const experiment_context *ctx, const experiment_results *r,
                               rr_error *err)
{
    static const experiment_column columns[] = {
        { "method", "method", 0 },
        { "influential_10", "influential @10 %", 3 },
        { "influential_20", "@20 %", 3 },
        { "influential_30", "@30 %", 3 },
        { "area_influential", "area (b)", 3 },
        { "flips_10", "flips @10 %", 3 },
        { "flips_30", "@30 %", 3 },
        { "area", "area (a)", 3 },
        { "seconds", "seconds", 4 },
        { "ratio", "times influence", 0 },
        { "paper_seconds", "paper's seconds", 2 },
        { "seeds", "seeds", 0 },
    };
    static const char *const shown[] = { "influential@10", "influential@20",
                                         "influential@30", "area_influential",
                                         "flips@10",       "flips@30",
                                         "area",           "seconds" };
    fig3_method methods[FIG3_METHODS];
    experiment_table *t = NULL;
    rr_status st = RR_OK;

    if (ctx->tables == NULL)
        return RR_OK;
    fig3_methods(methods);
    RRI_TRY(experiment_table_new(columns, sizeof columns / sizeof *columns, &t, err));
    for (size_t m = 0; m < FIG3_METHODS; m++) {
        const char *const name = methods[m].name;
        const experiment_summary *const at = experiment_results_find(r, name, "seconds");
        experiment_table_text(t, name);
        for (size_t k = 0; k < sizeof shown / sizeof *shown; k++)
            experiment_table_number(t, experiment_results_mean(r, name, shown[k]));
        experiment_table_number(t, experiment_results_mean(r, name, "seconds") /
                                       experiment_results_mean(r, "influence", "seconds"));
        experiment_table_number(t, paper_seconds(name));
        experiment_table_number(t, at != NULL ? (double)at->n : 0.0);
    }
    RRI_TRY(experiment_table_print(t, ctx->tables, err));
    (void)fprintf(
        ctx->tables,
        "\nbuild %.2f s (paper 76.37 s); %.1f targets, %.1f flips of which %.1f "
        "influential; test accuracy %.2f %%, on right labels %.2f %%\n\n",
        experiment_results_mean(r, base, "build"), experiment_results_mean(r, base, "targets"),
        experiment_results_mean(r, base, "flips"), experiment_results_mean(r, base, "influential"),
        100.0 * experiment_results_mean(r, base, "accuracy"),
        100.0 * experiment_results_mean(r, base, "accuracy_clean"));

done:
    experiment_table_free(t);
    return st;
}

/* ---- curves ---------------------------------------------------------------------------------- */

enum { FLIPS, INFLUENTIAL, REPAIRED, PANELS };
static const char *const curve_names[PANELS] = { "flips", "influential", "repaired" };

/* Panel (c) is another experiment's: its figures are taken where they are in the database, too. */
static rr_status read_curves(const experiment_context *ctx, const experiment_results *r,
                             experiment_curves *c, rr_error *err)
{
    experiment_key key = experiment_key_of(ctx);
    experiment_results repaired = { .rows = NULL };
    char version[64];
    rr_status st = RR_OK;

    experiment_version(&experiment_fig3_repair, version);
    key.experiment = experiment_fig3_repair.id;
    key.version = version;
    RRI_TRY(experiment_curves_read(c, r, FLIPS, REPAIRED, err));
    RRI_TRY(experiment_database_results(ctx->database, &key, &repaired, err));
    RRI_TRY(experiment_curves_read(c, &repaired, REPAIRED, PANELS, err));

done:
    experiment_results_clear(&repaired);
    return st;
}

static rr_status draw(experiment_context *ctx, experiment_curves *c, rr_error *err)
{
    experiment_series series[PANELS][FIG3_METHODS];
    experiment_panel panels[PANELS] = {
        { "(a) Flips", "reviewed, %", "share found", series[FLIPS], FIG3_METHODS, 0.0, 1.0 },
        { "(b) Influential flips", "reviewed, %", "share found", series[INFLUENTIAL], FIG3_METHODS,
          0.0, 1.0 },
        { "(c) Repaired errors", "reviewed, %", "share repaired", series[REPAIRED], FIG3_METHODS,
          0.0, 1.0 },
    };
    experiment_plot plot = { .title = "Wrong labels behind errors, MNIST 1 and 7",
                             .panels = panels };
    rr_status st = RR_OK;

    plot.count = experiment_curve_of(c, 0, REPAIRED)->n > 0 ? 3 : 2;
    for (size_t p = 0; p < PANELS; p++)
        for (size_t m = 0; m < FIG3_METHODS; m++)
            RRI_TRY(experiment_curves_series(c, m, p, c->settings[m], 1, &series[p][m], err));
    RRI_TRY(experiment_publish_plot(ctx, &plot, "fig3.svg", err));

done:
    return st;
}

static rr_status report(experiment_context *ctx, const experiment_results *results, rr_error *err)
{
    fig3_method methods[FIG3_METHODS];
    const char *names[FIG3_METHODS];
    experiment_curves c = { .of = NULL };
    rr_status st = RR_OK;

    fig3_methods(methods);
    for (size_t m = 0; m < FIG3_METHODS; m++)
        names[m] = methods[m].name;

    RRI_TRY(summary_table(ctx, results, err));
    RRI_TRY(experiment_curves_begin(&c, names, FIG3_METHODS, curve_names, PANELS, err));
    RRI_TRY(read_curves(ctx, results, &c, err));
    RRI_TRY(experiment_curves_save(ctx, &c, "method", "reviewed_percent", "fig3.tsv", err));
    RRI_TRY(draw(ctx, &c, err));

done:
    experiment_curves_clear(&c);
    return st;
}

const experiment experiment_fig3 = {
    .id = "fig3",
    .also = "fig3-time",
    .summary = "who finds the wrong labels behind errors, and how fast, on MNIST's 1 and 7",
    .about =
        "30 % of MNIST's training sevens are relabelled as ones, and an LSTM-100 is trained on\n"
        "that (SGD 0.1, batch 256, 30 epochs). Each method ranks the training images by how much\n"
        "they drive the test sevens that this network predicts as ones and one trained on correct\n"
        "labels does not. (a) flips, (b) influential flips, which the network predicts as they\n"
        "are labelled, among the first 5 to 100 %; the seconds of each method. Panel (c) is drawn\n"
        "where fig3-repair is in the same database. Needs mnist/. Quick: 15 epochs, one seed.\n",
    .revision = 1,
    .seeds = 10,
    .quick_seeds = 1,
    .run = run,
    .report = report,
};
