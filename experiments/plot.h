/* SPDX-License-Identifier: MIT */
/* plot.h - line plots as SVG: panels in a row, bands of one standard deviation, one legend.
 *
 * Made to be read on white paper: colours that the colour-blind tell apart (Okabe and Ito), markers
 * of different shape beside them. The file names common fonts and holds no script. */
#ifndef EXPERIMENTS_PLOT_H
#define EXPERIMENTS_PLOT_H

#include "experiments/database.h"

typedef enum experiment_style {
    EXPERIMENT_MEASURED = 0,  /* a coloured line with markers */
    EXPERIMENT_REFERENCE = 1, /* dashed grey with hollow markers: figures given by others */
} experiment_style;

typedef struct experiment_series {
    const char *name; /* series of one name have one colour in all panels */
    experiment_style style;
    const double *x, *y; /* [n]; a point whose x or y is NaN is missing and parts the line */
    const double *sd;    /* [n] half the height of the band, NaN = none; NULL = no band */
    size_t n;
} experiment_series;

typedef struct experiment_panel {
    const char *title; /* "" = none */
    const char *x_label, *y_label;
    const experiment_series *series;
    size_t count;
    double y_low, y_high; /* a fixed range where y_low < y_high; else that of the series */
} experiment_panel;

typedef struct experiment_plot {
    const char *title; /* "" = none */
    const char *note;  /* small, below the panels: what bands and data are; "" = none */
    const experiment_panel *panels;
    size_t count;
} experiment_plot;

/* The points of a curve as a series, where from_zero with (0, 0) before them.
 *  Memory   the series lies in *room, which is released with rri_free(); the name is borrowed. */
rr_status experiment_series_of(const char *name, const experiment_point *points, size_t n,
                               int from_zero, double **room, experiment_series *out, rr_error *err);

/* The picture as the text of an SVG file. Text may hold any UTF-8; what XML forbids becomes '?'.
 *  Memory   *out is released with rri_free(); NULL on failure.
 *  Errors   ARG (no panel), NUMERIC (a value is infinite), NOMEM. */
rr_status experiment_plot_svg(const experiment_plot *plot, char **out, rr_error *err);

/* The same in a file, written atomically. Errors as above, IO. */
rr_status experiment_plot_save(const experiment_plot *plot, const char *path, rr_error *err);

#endif
