/* SPDX-License-Identifier: MIT */
/* canvas.h - a white sheet for pictures, by cairo: text, frames, bars, images, PNG. Internal to
 * src/report.
 *
 * Lengths are in points from the top left corner; a point is two pixels of the file, so that a
 * picture stays sharp at half its size. Drawing calls cannot fail: cairo keeps the first error, and
 * rri_canvas_write() reports it. */
#ifndef RRI_REPORT_CANVAS_H
#define RRI_REPORT_CANVAS_H

#include "rnnrepair/dataset.h"

#include "core/core.h"

#include <cairo.h>

typedef enum rri_ink {
    RRI_INK_TEXT,       /* dark grey */
    RRI_INK_MUTED,      /* secondary text */
    RRI_INK_RULE,       /* lines and the grounds of bars */
    RRI_INK_TRUTH,      /* blue: of the true label */
    RRI_INK_PREDICTION, /* orange: of a wrong prediction */
    RRI_INKS
} rri_ink;

typedef enum rri_align { RRI_LEFT, RRI_CENTRE, RRI_RIGHT } rri_align;

/* Sizes of type, in points. */
#define RRI_TYPE_TITLE 22.0
#define RRI_TYPE_HEADING 14.0
#define RRI_TYPE_TEXT 12.0
#define RRI_TYPE_SMALL 11.0

/* The sheet's width and its margin on every side. */
#define RRI_SHEET_WIDTH 1200.0
#define RRI_SHEET_MARGIN 32.0

typedef struct rri_canvas {
    cairo_surface_t *surface;
    cairo_t *cr;
} rri_canvas;

typedef struct rri_box {
    double x, y, w, h;
} rri_box;

/* Creates a white sheet. Errors NOMEM; UNSUPPORTED where the picture is too large for a PNG of
 * cairo's. */
rr_status rri_canvas_new(double width, double height, rri_canvas *out, rr_error *err);
/* Errors IO, NOMEM. An existing file is unchanged on failure. */
rr_status rri_canvas_write(const rri_canvas *c, const char *path, rr_error *err);
void rri_canvas_clear(rri_canvas *c); /* a zeroed struct is allowed */

/* How a text is set: the point on the baseline at its left end, centre or right end; text wider
 * than max_width ends in an ellipsis. */
typedef struct rri_type {
    double x, y;
    double size;
    double max_width;
    rri_align align;
    rri_ink ink;
    bool bold;
} rri_type;

/* Returns the width of the text. */
double rri_canvas_text(const rri_canvas *c, const rri_type *type, const char *fmt, ...)
    RRI_PRINTF(3, 4);

void rri_canvas_fill(const rri_canvas *c, rri_box b, rri_ink ink);
/* A frame of `line` points around the box, outside of it. */
void rri_canvas_frame(const rri_canvas *c, rri_box b, double line, rri_ink ink);
void rri_canvas_rule(const rri_canvas *c, double x, double y, double width);
/* Tick and cross in a square of side `size` with its upper left corner at (x, y). */
void rri_canvas_tick(const rri_canvas *c, double x, double y, double size, rri_ink ink);
void rri_canvas_cross(const rri_canvas *c, double x, double y, double size, rri_ink ink);

/* Draw a sequence of frames as an image, row by row, in the middle of a box: 0 white, 1 black,
 * other ranges scaled to their own. Steps from `read` on are faint. Returns the area of the
 * image. */
rri_box rri_canvas_image(const rri_canvas *c, rri_box b, rr_sequence seq, size_t width,
                         size_t read);

/* How frames are drawn: the rows of an image as such; a series of few channels as curves; of more
 * as a spectrogram, grey by value. */
enum { RRI_CURVES = 16 }; /* most channels drawn as curves */
typedef enum rri_look { RRI_LOOK_IMAGE, RRI_LOOK_CURVES, RRI_LOOK_SPECTROGRAM } rri_look;

static inline rri_look rri_look_of(const rr_dataset *ds)
{
    return rr_dataset_is_image(ds)              ? RRI_LOOK_IMAGE
           : rr_dataset_width(ds) <= RRI_CURVES ? RRI_LOOK_CURVES
                                                : RRI_LOOK_SPECTROGRAM;
}

/* Draw a sequence of frames as a spectrogram that fills a box: steps from left to right, the first
 * column at the foot. Grey is by value, as in rri_canvas_image(). */
void rri_canvas_spectrogram(const rri_canvas *c, rri_box b, rr_sequence seq, size_t width);

/* Draw one column of a sequence of frames as a curve, step t in the middle of the t-th of `cells`
 * parts of the box, from lo at the foot to hi at the head. */
void rri_canvas_curve(const rri_canvas *c, rri_box b, rr_sequence seq, size_t width, size_t column,
                      size_t cells, double lo, double hi);

/* Draw a sequence of frames as a curve a column over the steps, from lo at the foot of the box to
 * hi at its head. */
void rri_canvas_curves(const rri_canvas *c, rri_box b, rr_sequence seq, size_t width, double lo,
                       double hi);

#endif
