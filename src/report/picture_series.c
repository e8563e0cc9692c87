/* SPDX-License-Identifier: MIT */
/* picture_series.c - draws the explanation of a series.
 *
 *     the series | the nearest of T_m | the nearest of T_t     or two of one, if the other has none
 *
 * A row a channel, of more than RRI_CURVES one row with a spectrogram. A row has one scale of
 * values, and all columns have one scale of steps. Below the series stand its states, coloured by
 * the class of the highest confidence, and the predictions on the way. */
#include "report/picture_sheet.h"

#include <math.h>

enum { COLUMNS = 3 };

static const double GAP = 16.0;
static const double GUTTER = 78.0; /* left of the rows, for their names and ranges */
static const double HEAD = 24.0;   /* above the rows, for the names of the columns */
static const double BAND = 30.0;   /* of states, and of predictions */
static const double SPECTROGRAM = 170.0;

/* One sequence of frames, and what stands above it. */
typedef struct column {
    rr_sequence seq;
    const rr_neighbour *of; /* NULL: the series itself */
    rri_ink ink;
} column;

/* The columns, and the longest of their sequences. */
typedef struct board {
    const rri_sheet *s;
    column of[COLUMNS];
    size_t count, cells;
    size_t rows;      /* of channels, or 1 of a spectrogram */
    double y, height; /* of the first row; of each */
} board;

static size_t rows_of(const rri_sheet *s)
{
    return rri_look_of(s->test) == RRI_LOOK_CURVES ? rr_dataset_width(s->test) : 1;
}

static double row_height(size_t rows, rri_look look)
{
    return look == RRI_LOOK_SPECTROGRAM ? SPECTROGRAM : fmax(44.0, 150.0 / (double)rows);
}

double rri_series_height(const rri_sheet *s)
{
    const size_t rows = rows_of(s);

    return HEAD + (double)rows * (row_height(rows, rri_look_of(s->test)) + 6.0) + 2.0 * BAND + 16.0;
}

static void add_column(board *b, const rr_neighbour *of, size_t n, size_t i, rri_ink ink)
{
    if (i >= n || b->count == COLUMNS)
        return;
    b->of[b->count++] = (column){
        .seq = rr_dataset_at(b->s->train, rri_sheet_position(b->s, of[i].id)),
        .of = &of[i],
        .ink = ink,
    };
}

static board set_up(const rri_sheet *s, double y)
{
    const rr_explanation *e = s->e;
    const bool wrong = e->prediction != e->truth;
    board b = { .s = s, .rows = rows_of(s), .y = y + HEAD, .count = 1 };

    b.height = row_height(b.rows, rri_look_of(s->test));
    b.of[0] = (column){ .seq = rr_dataset_at(s->test, s->at), .ink = RRI_INK_MUTED };
    if (wrong)
        add_column(&b, e->for_prediction, e->count_for_prediction, 0, RRI_INK_PREDICTION);
    for (size_t i = 0; i < COLUMNS - 1; i++)
        add_column(&b, e->for_truth, e->count_for_truth, i, RRI_INK_TRUTH);
    for (size_t i = 1; wrong && i < COLUMNS - 1; i++)
        add_column(&b, e->for_prediction, e->count_for_prediction, i, RRI_INK_PREDICTION);
    for (size_t k = 0; k < b.count; k++)
        b.cells = rri_max(b.cells, b.of[k].seq.steps);
    return b;
}

/* ---- rows ----------------------------------------------------------------------------------- */

static rri_box box_of(const board *b, size_t k, size_t row)
{
    const double w =
        (RRI_SHEET_WIDTH - 2.0 * RRI_SHEET_MARGIN - GUTTER - (COLUMNS - 1) * GAP) / COLUMNS;

    return (rri_box){ RRI_SHEET_MARGIN + GUTTER + (double)k * (w + GAP),
                      b->y + (double)row * (b->height + 6.0), w, b->height };
}

static void draw_title(const board *b, size_t k)
{
    const rri_sheet *s = b->s;
    const column *c = &b->of[k];
    const rri_box box = box_of(b, k, 0);
    const rri_type type = { .x = box.x,
                            .y = box.y - 8.0,
                            .size = RRI_TYPE_TEXT,
                            .max_width = box.w,
                            .ink = c->of != NULL ? c->ink : RRI_INK_TEXT,
                            .bold = true };

    if (c->of == NULL)
        rri_canvas_text(&s->canvas, &type, "the series, %zu steps", c->seq.steps);
    else
        rri_canvas_text(&s->canvas, &type, "training series %lu, %s, score %.3f",
                        (unsigned long)c->of->id, rr_dataset_class_name(s->train, c->seq.label),
                        (double)c->of->score);
}

static void widen(const board *b, size_t channel, double *lo, double *hi)
{
    const size_t D = rr_dataset_width(b->s->test);

    for (size_t k = 0; k < b->count; k++)
        for (size_t t = 0; t < b->of[k].seq.steps; t++) {
            const double v = (double)b->of[k].seq.frames[t * D + channel];
            *lo = fmin(*lo, v);
            *hi = fmax(*hi, v);
        }
}

/* A name, and below it the largest and the smallest value. */
static void draw_gutter(const board *b, size_t row, double lo, double hi)
{
    const rri_box box = box_of(b, 0, row);
    rri_type type = { .x = box.x - 8.0,
                      .y = box.y + 10.0,
                      .size = RRI_TYPE_SMALL,
                      .max_width = GUTTER - 8.0,
                      .align = RRI_RIGHT,
                      .ink = RRI_INK_MUTED };

    rri_canvas_text(&b->s->canvas, &type, "%.3g", hi);
    type.y = box.y + box.h;
    rri_canvas_text(&b->s->canvas, &type, "%.3g", lo);
    type.y = box.y + box.h / 2.0 + 5.0;
    type.ink = RRI_INK_TEXT;
    rri_canvas_text(&b->s->canvas, &type, "channel %zu", row + 1);
}

static void draw_channel(const board *b, size_t row)
{
    const size_t D = rr_dataset_width(b->s->test);
    double lo = HUGE_VAL, hi = -HUGE_VAL;

    widen(b, row, &lo, &hi);
    draw_gutter(b, row, lo, hi);
    for (size_t k = 0; k < b->count; k++) {
        const rri_box box = box_of(b, k, row);
        const rri_box inside = { box.x, box.y + 2.0, box.w, box.h - 4.0 };
        rri_canvas_frame(&b->s->canvas, box, 1.0,
                         b->of[k].of != NULL ? b->of[k].ink : RRI_INK_RULE);
        rri_canvas_curve(&b->s->canvas, inside, b->of[k].seq, D, row, b->cells, lo, hi);
    }
}

static void draw_spectrograms(const board *b)
{
    const size_t D = rr_dataset_width(b->s->test);

    for (size_t k = 0; k < b->count; k++) {
        rri_box box = box_of(b, k, 0);
        box.w *= (double)b->of[k].seq.steps / (double)b->cells;
        rri_canvas_spectrogram(&b->s->canvas, box, b->of[k].seq, D);
        rri_canvas_frame(&b->s->canvas, box, 1.0, b->of[k].ink);
    }
}

/* ---- bands ---------------------------------------------------------------------------------- */

/* The class of the state's highest confidence, ties by number. */
static size_t likeliest(const rri_sheet *s, const rr_explain_step *step)
{
    size_t best = 0;

    for (size_t c = 1; c < s->e->classes; c++)
        best = step->confidence[c] > step->confidence[best] ? c : best;
    return best;
}

/* Runs of steps in one state, or with one prediction: a bar, and its name where there is room. */
static void draw_band(const board *b, double y, bool states)
{
    const rri_sheet *s = b->s;
    const rr_explain_step *steps = s->e->steps;
    const rri_box row = box_of(b, 0, 0);
    const double step = row.w / (double)b->cells;
    rri_type type = { .x = row.x - 8.0,
                      .y = y + 10.0,
                      .size = RRI_TYPE_SMALL,
                      .max_width = GUTTER - 8.0,
                      .align = RRI_RIGHT,
                      .ink = RRI_INK_TEXT };

    rri_canvas_text(&s->canvas, &type, states ? "state" : "prediction");
    type.align = RRI_LEFT;
    type.ink = RRI_INK_MUTED;
    type.y = y + 22.0;
    for (size_t first = 0, end = 0; first < s->e->count_steps; first = end) {
        const size_t class = states ? likeliest(s, &steps[first]) : steps[first].prediction;
        for (end = first + 1; end < s->e->count_steps; end++)
            if (states ? steps[end].state != steps[first].state
                       : steps[end].prediction != steps[first].prediction)
                break;
        const rri_box bar = { row.x + step * (double)first, y, step * (double)(end - first), 9.0 };
        /* a gap of half a point tells neighbours of one colour apart, unless they are narrow */
        rri_canvas_fill(&s->canvas,
                        (rri_box){ bar.x, bar.y, bar.w > 3.0 ? bar.w - 1.0 : bar.w, bar.h },
                        rri_sheet_ink(s, class, RRI_INK_MUTED));
        type.x = bar.x;
        type.max_width = bar.w - 2.0;
        if (states && bar.w >= 26.0)
            rri_canvas_text(&s->canvas, &type, "q %u", (unsigned)steps[first].state);
        else if (!states && bar.w >= 40.0)
            rri_canvas_text(&s->canvas, &type, "%s", rr_dataset_class_name(s->test, class));
    }
}

void rri_series_draw(const rri_sheet *s, double y)
{
    const board b = set_up(s, y);
    const double foot = box_of(&b, 0, b.rows - 1).y + b.height + 10.0;

    for (size_t k = 0; k < b.count; k++)
        draw_title(&b, k);
    if (rri_look_of(s->test) == RRI_LOOK_SPECTROGRAM)
        draw_spectrograms(&b);
    for (size_t row = 0; row < b.rows && rri_look_of(s->test) == RRI_LOOK_CURVES; row++)
        draw_channel(&b, row);
    draw_band(&b, foot, true);
    draw_band(&b, foot + BAND, false);
}
