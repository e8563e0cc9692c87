/* SPDX-License-Identifier: MIT */
/* digit_strokes.h - how the digits 0-9 are written: pen strokes in a box of 60 x 100 units. */
#ifndef RRI_DIGIT_STROKES_H
#define RRI_DIGIT_STROKES_H

#include <stddef.h>
#include <stdint.h>

typedef enum rri_stroke_kind {
    RRI_STROKE_NONE,  /* closes a glyph's list */
    RRI_STROKE_LINE,  /* straight from point to point */
    RRI_STROKE_CURVE, /* Catmull-Rom spline through the points */
    RRI_STROKE_LOOP   /* the same, closed */
} rri_stroke_kind;

typedef struct rri_stroke {
    rri_stroke_kind kind;
    size_t points;
    uint8_t at[12][2]; /* x to the right, y down */
} rri_stroke;

enum { RRI_GLYPH_STROKES = 3 };

/* One way of writing a digit. */
typedef struct rri_glyph {
    rri_stroke stroke[RRI_GLYPH_STROKES];
} rri_glyph;

/* The ways of writing a digit 0..9; *count is how many. */
const rri_glyph *rri_digit_glyphs(unsigned digit, size_t *count);

#endif
