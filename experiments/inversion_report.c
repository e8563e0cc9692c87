/* SPDX-License-Identifier: MIT */
/* inversion_report.c - the table, the curves and the plot of inversion: see inversion.h. */
#include "experiments/inversion.h"

#include "experiments/plot.h"
#include "experiments/table.h"

#include <math.h>
#include <stdlib.h>

/* ---- table ---------------------------------------------------------------------------------- */

static void add_figure(experiment_table *t, const experiment_results *r, const char *setting,
                       const char *metric, double scale)
{
    experiment_table_number(t, scale * experiment_results_mean(r, setting, metric));
    experiment_table_number(t, scale * experiment_results_sd(r, setting, metric));
}

static const experiment_column figures[] = {
    { "made_from", "made from", 0 },
    { "error_mean", "error", 4 },
    { "error_sd", "sd", 4 },
    { "explained_mean", "explained %", 1 },
    { "explained_sd", "sd", 1 },
    { "alike_mean", "read alike %", 1 },
    { "alike_sd", "sd", 1 },
    { "error_misread_mean", "misread: error", 4 },
    { "error_misread_sd", NULL, 4 },
    { "explained_misread_mean", "explained %", 1 },
    { "explained_misread_sd", "sd", 1 },
    { "alike_misread_mean", "read alike %", 1 },
    { "alike_misread_sd", "sd", 1 },
    { "network_mean", NULL, 2 },
    { "network_sd", NULL, 2 },
    { "seeds", "seeds", 0 },
};

static rr_status main_table(experiment_context *ctx, const experiment_results *r, rr_error *err)
{
    experiment_table *t = NULL;
    rr_status st = RR_OK;

    EXPERIMENT_TRY(experiment_table_new(figures, sizeof figures / sizeof *figures, &t, err));
    for (size_t s = 0; s < INVERSION_SETTINGS; s++) {
        const char *const name = inversion_settings[s].name;
        const experiment_summary *const error = experiment_results_find(r, name, "error");
        if (error == NULL)
            continue;
        experiment_table_text(t, name);
        add_figure(t, r, name, "error", 1.0);
        add_figure(t, r, name, "explained", 100.0);
        add_figure(t, r, name, "alike", 100.0);
        add_figure(t, r, name, "error_misread", 1.0);
        add_figure(t, r, name, "explained_misread", 100.0);
        add_figure(t, r, name, "alike_misread", 100.0);
        add_figure(t, r, name, "network", 100.0);
        experiment_table_number(t, (double)error->n);
    }
    EXPERIMENT_TRY(experiment_publish(ctx, t, "inversion.tsv", err));
    if (ctx->tables != NULL)
        (void)fputs("\nThe paper shows pictures and gives no figures.\n", ctx->tables);

done:
    experiment_table_free(t);
    return st;
}

/* ---- curves --------------------------------------------------------------------------------- */

enum { EXPLAINED, MISREAD, LOSS, CURVES, PANELS = 2 };
static const char *const curve_names[CURVES] = { "explained", "explained_misread", "loss" };

typedef struct curves {
    experiment_point *of[INVERSION_SETTINGS][CURVES];
    size_t n[INVERSION_SETTINGS][CURVES];
    double *room[INVERSION_SETTINGS][PANELS];
} curves;

static void free_curves(curves *c)
{
    for (size_t s = 0; s < INVERSION_SETTINGS; s++) {
        for (size_t k = 0; k < CURVES; k++)
            free(c->of[s][k]);
        for (size_t p = 0; p < PANELS; p++)
            free(c->room[s][p]);
    }
}

static rr_status read_curves(const experiment_results *r, curves *c, rr_error *err)
{
    rr_status st = RR_OK;
    for (size_t s = 0; s < INVERSION_SETTINGS; s++)
        for (size_t k = 0; k < CURVES; k++)
            EXPERIMENT_TRY(experiment_results_curve(r, inversion_settings[s].name, curve_names[k],
                                                    &c->of[s][k], &c->n[s][k], err));

done:
    return st;
}

static rr_status save_curves(experiment_context *ctx, const curves *c, rr_error *err)
{
    static const experiment_column columns[] = { { "made_from", NULL, 0 }, { "curve", NULL, 0 },
                                                 { "epoch", NULL, 0 },     { "mean", NULL, 4 },
                                                 { "sd", NULL, 4 },        { "seeds", NULL, 0 } };
    experiment_table *t = NULL;
    const char *path = NULL;
    rr_status st = RR_OK;

    EXPERIMENT_TRY(experiment_table_new(columns, sizeof columns / sizeof *columns, &t, err));
    for (size_t s = 0; s < INVERSION_SETTINGS; s++)
        for (size_t k = 0; k < CURVES; k++)
            for (size_t i = 0; i < c->n[s][k]; i++) {
                const experiment_point *const at = &c->of[s][k][i];
                experiment_table_text(t, inversion_settings[s].name);
                experiment_table_text(t, curve_names[k]);
                experiment_table_number(t, at->x);
                experiment_table_number(t, at->mean);
                experiment_table_number(t, at->sd);
                experiment_table_number(t, (double)at->n);
            }
    EXPERIMENT_TRY(experiment_file(ctx, "inversion-epochs.tsv", &path, err));
    EXPERIMENT_TRY(experiment_table_save(t, path, err));

done:
    experiment_table_free(t);
    return st;
}

/* A setting without epochs is a level line: from epoch 1 to the last of the generators. */
static rr_status level(const experiment_results *r, size_t setting, size_t panel, double last,
                       curves *c, experiment_series *out, rr_error *err)
{
    const char *const name = inversion_settings[setting].name;
    const experiment_summary *const at = experiment_results_find(r, name, curve_names[panel]);
    const rr_status st = experiment_alloc(&c->room[setting][panel], 4, sizeof(double), err);

    if (st != RR_OK)
        return st;
    double *const x = c->room[setting][panel];
    x[0] = 1.0;
    x[1] = last;
    x[2] = x[3] = at != NULL ? at->mean : (double)NAN;
    *out = (experiment_series){ .name = name, .x = x, .y = x + 2, .n = 2 };
    return RR_OK;
}

/* Everything but the mean image, which is 0 by definition. */
static rr_status fill_panel(const experiment_results *r, size_t panel, curves *c,
                            experiment_series *series, size_t *count, rr_error *err)
{
    const size_t all = c->n[INVERSION_ALL][EXPLAINED];
    const double last = all > 0 ? c->of[INVERSION_ALL][EXPLAINED][all - 1].x : 1.0;
    rr_status st = RR_OK;

    *count = 0;
    for (size_t s = INVERSION_LABEL; s < INVERSION_SETTINGS; s++) {
        experiment_series *const to = &series[(*count)++];
        if (inversion_settings[s].parts == 0)
            EXPERIMENT_TRY(level(r, s, panel, last, c, to, err));
        else
            EXPERIMENT_TRY(experiment_series_of(inversion_settings[s].name, c->of[s][panel],
                                                c->n[s][panel], 0, &c->room[s][panel], to, err));
    }

done:
    return st;
}

static rr_status draw(experiment_context *ctx, const experiment_results *r, curves *c,
                      rr_error *err)
{
    static const char *const titles[PANELS] = { "All test images", "Misread test images" };
    experiment_series series[PANELS][INVERSION_SETTINGS];
    experiment_panel panels[PANELS];
    experiment_plot plot = { .panels = panels, .count = PANELS };
    const char *path = NULL;
    rr_status st = RR_OK;

    for (size_t p = 0; p < PANELS; p++) {
        panels[p] = (experiment_panel){ .title = titles[p],
                                        .x_label = "epochs of the generator",
                                        .y_label = "share explained",
                                        .series = series[p] };
        EXPERIMENT_TRY(fill_panel(r, p, c, series[p], &panels[p].count, err));
    }
    plot.title = ctx->quick ? "Images made from temporal features, MNIST (quick trial)"
                            : "Images made from temporal features, MNIST";
    plot.note = "Share of the mean image's squared error explained on test images. Lines: mean "
                "over the seeds; bands: one standard deviation; level lines: no generator.";
    EXPERIMENT_TRY(experiment_file(ctx, "inversion.svg", &path, err));
    EXPERIMENT_TRY(experiment_plot_save(&plot, path, err));

done:
    return st;
}

rr_status inversion_report(experiment_context *ctx, const experiment_results *results,
                           rr_error *err)
{
    curves c = { .n = { { 0 } } };
    rr_status st = RR_OK;

    EXPERIMENT_TRY(main_table(ctx, results, err));
    EXPERIMENT_TRY(read_curves(results, &c, err));
    EXPERIMENT_TRY(save_curves(ctx, &c, err));
    EXPERIMENT_TRY(draw(ctx, results, &c, err));

done:
    free_curves(&c);
    return st;
}
