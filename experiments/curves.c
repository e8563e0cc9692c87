/* SPDX-License-Identifier: MIT */
/* curves.c - reads the curves of several settings from the results, and prints and plots them. */
#include "experiments/curves.h"

#include <stdlib.h>

rr_status experiment_curves_begin(experiment_curves *c, const char *const *settings,
                                  size_t count_settings, const char *const *names,
                                  size_t count_names, rr_error *err)
{
    *c = (experiment_curves){ .settings = settings,
                              .names = names,
                              .count_settings = count_settings,
                              .count_names = count_names };
    return rri_alloc(&c->of, count_settings * count_names, 1, sizeof *c->of, err);
}

experiment_curve *experiment_curve_of(const experiment_curves *c, size_t setting, size_t name)
{
    return &c->of[setting * c->count_names + name];
}

rr_status experiment_curves_read(experiment_curves *c, const experiment_results *results,
                                 size_t first, size_t end, rr_error *err)
{
    rr_status st = RR_OK;

    for (size_t s = 0; s < c->count_settings; s++)
        for (size_t k = first; k < end; k++) {
            experiment_curve *const to = experiment_curve_of(c, s, k);
            RRI_TRY(experiment_results_curve(results, c->settings[s], c->names[k], &to->points,
                                             &to->n, err));
        }

done:
    return st;
}

void experiment_curves_clear(experiment_curves *c)
{
    for (size_t i = 0; c->of != NULL && i < c->count_settings * c->count_names; i++) {
        rri_free(c->of[i].points);
        rri_free(c->of[i].room);
    }
    rri_free(c->of);
    *c = (experiment_curves){ .of = NULL };
}

rr_status experiment_curves_series(experiment_curves *c, size_t setting, size_t name,
                                   const char *label, int from_zero, experiment_series *out,
                                   rr_error *err)
{
    experiment_curve *const from = experiment_curve_of(c, setting, name);

    return experiment_series_of(label, from->points, from->n, from_zero, &from->room, out, err);
}

rr_status experiment_curves_save(experiment_context *ctx, const experiment_curves *c,
                                 const char *what, const char *x, const char *file, rr_error *err)
{
    const experiment_column columns[] = { { what, NULL, 0 }, { "curve", NULL, 0 },
                                          { x, NULL, 0 },    { "mean", NULL, 4 },
                                          { "sd", NULL, 4 }, { "seeds", NULL, 0 } };
    experiment_table *t = NULL;
    const char *path = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(columns, sizeof columns / sizeof *columns, &t, err));
    for (size_t s = 0; s < c->count_settings; s++)
        for (size_t k = 0; k < c->count_names; k++) {
            const experiment_curve *const curve = experiment_curve_of(c, s, k);
            for (size_t i = 0; i < curve->n; i++) {
                experiment_table_text(t, c->settings[s]);
                experiment_table_text(t, c->names[k]);
                experiment_table_number(t, curve->points[i].x);
                experiment_table_number(t, curve->points[i].mean);
                experiment_table_number(t, curve->points[i].sd);
                experiment_table_number(t, (double)curve->points[i].n);
            }
        }
    RRI_TRY(experiment_file(ctx, file, &path, err));
    RRI_TRY(experiment_table_save(t, path, err));

done:
    experiment_table_free(t);
    return st;
}

rr_status experiment_publish_plot(experiment_context *ctx, const experiment_plot *plot,
                                  const char *file, rr_error *err)
{
    experiment_plot shown = *plot;
    const char *path = NULL;
    char *title = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_format(&title, err, "%s%s", plot->title, ctx->quick ? " (quick trial)" : ""));
    shown.title = title;
    if (shown.note == NULL)
        shown.note = "Lines: mean over the seeds; bands: one standard deviation.";
    RRI_TRY(experiment_file(ctx, file, &path, err));
    RRI_TRY(experiment_plot_save(&shown, path, err));

done:
    rri_free(title);
    return st;
}
