/* SPDX-License-Identifier: MIT */
/* curves.h - the curves of several settings: read from the results, into a table and into plots;
 * and plots into files. */
#ifndef EXPERIMENTS_CURVES_H
#define EXPERIMENTS_CURVES_H

#include "experiments/experiment.h"
#include "experiments/plot.h"

typedef struct experiment_curve {
    experiment_point *points; /* [n], owned; none where nothing was recorded */
    size_t n;
    double *room; /* of its series, owned */
} experiment_curve;

/* A curve for each setting and name: "NAME@X" in the database. Texts are borrowed. Begin with
 * zeros.
 */
typedef struct experiment_curves {
    const char *const *settings; /* [count_settings] */
    const char *const *names;    /* [count_names] */
    size_t count_settings, count_names;
    experiment_curve *of; /* [settings][names], owned */
} experiment_curves;

/* Empty curves. Memory: experiment_curves_clear(), also after a failure. */
rr_status experiment_curves_begin(experiment_curves *c, const char *const *settings,
                                  size_t count_settings, const char *const *names,
                                  size_t count_names, rr_error *err);
/* Fill in names first..end-1 of all settings. */
rr_status experiment_curves_read(experiment_curves *c, const experiment_results *results,
                                 size_t first, size_t end, rr_error *err);
void experiment_curves_clear(experiment_curves *c);

/* One of them. Borrowed. */
experiment_curve *experiment_curve_of(const experiment_curves *c, size_t setting, size_t name);

/* As a series called `label`, which lies in the curve; from_zero as of experiment_series_of(). */
rr_status experiment_curves_series(experiment_curves *c, size_t setting, size_t name,
                                   const char *label, int from_zero, experiment_series *out,
                                   rr_error *err);

/* Every point of every curve into a file of the output folder: a setting in column `what`, the name
 * in "curve", X in column `x`, mean, deviation and number of seeds. */
rr_status experiment_curves_save(experiment_context *ctx, const experiment_curves *c,
                                 const char *what, const char *x, const char *file, rr_error *err);

/* A plot into a file of the output folder. The title of a quick trial says so; a note that is NULL
 * says that lines are means and bands one standard deviation. */
rr_status experiment_publish_plot(experiment_context *ctx, const experiment_plot *plot,
                                  const char *file, rr_error *err);

#endif
