/* SPDX-License-Identifier: MIT */
/* picture_sheet.h - what the parts of a picture of an explanation share. Internal to src/report. */
#ifndef RRI_REPORT_PICTURE_SHEET_H
#define RRI_REPORT_PICTURE_SHEET_H

#include "report/canvas.h"
#include "rnnrepair/picture.h"

/* All borrowed but the canvas. */
typedef struct rri_sheet {
    rri_canvas canvas;
    const rr_explanation *e;
    const rr_dataset *test, *train;
    size_t at;         /* in test */
    size_t number;     /* in the heading; SIZE_MAX: it has none */
    const rr_ids *ids; /* the numbers of the sequences of train, ascending; NULL: from 0 on */
    size_t tiles;      /* of an image, drawn: min(T, TILES) */
    double lo, hi;     /* of a series, the range of all that is drawn */
} rri_sheet;

/* Where a training sequence lies in train; its count where it is not there. */
size_t rri_sheet_position(const rri_sheet *s, size_t id);

/* Blue for the truth, orange for the final prediction, `other` for every other class. */
rri_ink rri_sheet_ink(const rri_sheet *s, size_t class, rri_ink other);

/* ---- picture_series.c: an explanation of a series ------------------------------------------- */

/* The points it takes from top to bottom; the series with its states and predictions, beside the
 * training sequences that match it best, from `y` on. */
double rri_series_height(const rri_sheet *s);
void rri_series_draw(const rri_sheet *s, double y);

#endif
