/* SPDX-License-Identifier: MIT */
/* inversion_report.c - the table, the curves and the plot of inversion. */
#include "experiments/inversion.h"

#include "experiments/curves.h"
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
    { "error_misread_mean", "misclassified: error", 4 },
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

    RRI_TRY(experiment_table_new(figures, sizeof figures / sizeof *figures, &t, err));
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
    RRI_TRY(experiment_publish(ctx, t, "inversion.tsv", err));
    if (ctx->tables != NULL)
        (void)fputs("\nThe paper shows pictures and gives no figures.\n", ctx->tables);

done:
    experiment_table_free(t);
    return st;
}

/* ---- curves --------------------------------------------------------------------------------- */

enum { EXPLAINED, MISREAD, LOSS, CURVES, PANELS = 2 };
static const char *const curve_names[CURVES] = { "explained", "explained_misread", "loss" };

/* A setting without epochs is a level line: from epoch 1 to the last of the generators. */
static rr_status level(const experiment_results *r, size_t setting, size_t panel, double last,
                       experiment_curves *c, experiment_series *out, rr_error *err)
{
    const char *const name = inversion_settings[setting].name;
    const experiment_summary *const at = experiment_results_find(r, name, curve_names[panel]);
    double **const room = &experiment_curve_of(c, setting, panel)->room;
    const rr_status st = rri_alloc(room, 4, 1, sizeof(double), err);

    if (st != RR_OK)
        return st;
    double *const x = *room;
    x[0] = 1.0;
    x[1] = last;
    x[2] = x[3] = at != NULL ? at->mean : (double)NAN;
    *out = (experiment_series){ .name = name, .x = x, .y = x + 2, .n = 2 };
    return RR_OK;
}

/* Everything but the mean image, which is 0 by definition. */
static rr_status fill_panel(const experiment_results *r, size_t panel, experiment_curves *c,
                            experiment_series *series, size_t *count, rr_error *err)
{
    const experiment_curve *const all = experiment_curve_of(c, INVERSION_ALL, EXPLAINED);
    const double last = all->n > 0 ? all->points[all->n - 1].x : 1.0;
    rr_status st = RR_OK;

    *count = 0;
    for (size_t s = INVERSION_LABEL; s < INVERSION_SETTINGS; s++) {
        experiment_series *const to = &series[(*count)++];
        if (inversion_settings[s].parts == 0)
            RRI_TRY(level(r, s, panel, last, c, to, err));
        else
            RRI_TRY(experiment_curves_series(c, s, panel, inversion_settings[s].name, 0, to, err));
    }

done:
    return st;
}

static rr_status draw(experiment_context *ctx, const experiment_results *r, experiment_curves *c,
                      rr_error *err)
{
    static const char *const titles[PANELS] = { "All test images", "Misread test images" };
    experiment_series series[PANELS][INVERSION_SETTINGS];
    experiment_panel panels[PANELS];
    experiment_plot plot = { .title = "Images made from temporal features, MNIST",
                             .panels = panels,
                             .count = PANELS };
    rr_status st = RR_OK;

    for (size_t p = 0; p < PANELS; p++) {
        panels[p] = (experiment_panel){ .title = titles[p],
                                        .x_label = "epochs of the generator",
                                        .y_label = "share explained",
                                        .series = series[p] };
        RRI_TRY(fill_panel(r, p, c, series[p], &panels[p].count, err));
    }
    plot.note = "Share of the mean image's squared error explained on test images. Lines: mean "
                "over the seeds; bands: one standard deviation; level lines: no generator.";
    RRI_TRY(experiment_publish_plot(ctx, &plot, "inversion.svg", err));

done:
    return st;
}

rr_status inversion_report(experiment_context *ctx, const experiment_results *results,
                           rr_error *err)
{
    const char *names[INVERSION_SETTINGS];
    experiment_curves c = { .of = NULL };
    rr_status st = RR_OK;

    RRI_TRY(main_table(ctx, results, err));
    for (size_t s = 0; s < INVERSION_SETTINGS; s++)
        names[s] = inversion_settings[s].name;
    RRI_TRY(experiment_curves_begin(&c, names, INVERSION_SETTINGS, curve_names, CURVES, err));
    RRI_TRY(experiment_curves_read(&c, results, 0, CURVES, err));
    RRI_TRY(experiment_curves_save(ctx, &c, "made_from", "epoch", "inversion-epochs.tsv", err));
    RRI_TRY(draw(ctx, results, &c, err));

done:
    experiment_curves_clear(&c);
    return st;
}
