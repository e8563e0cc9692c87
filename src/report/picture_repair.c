/* SPDX-License-Identifier: MIT */
/* picture_repair.c - draws the result of a repair, one row a misclassified image or series.
 *
 *     x | nearest of T_m | nearest of T_t | r_x, the samples added | fixed or still failing
 *
 * Blue is the truth, orange the wrong prediction. A series of few channels is drawn as curves, all
 * of a row on one scale; of more, as a spectrogram. Source: Xie et al. 2021, fig. 2(b). */
#include "rnnrepair/picture.h"

#include "report/canvas.h"

#include <math.h>

enum { ROWS = 24, SAMPLES = 5 };

static const double IMAGE = 84.0; /* side of every image: 3 points a pixel of 28 */
static const double HEAD = 134.0; /* from the top edge to the first row */
static const double ROW_HEIGHT = 146.0;

/* Left edges of the columns. */
static const double AT_X = RRI_SHEET_MARGIN;
static const double AT_M = 214.0;
static const double AT_T = 354.0;
static const double AT_R = 494.0;
static const double AT_END = 1032.0;
static const double PITCH = 104.0; /* between two samples of r_x */

/* Shared by the drawing functions; all borrowed. */
typedef struct sheet {
    rri_canvas canvas;
    const rr_repair_target *targets;
    size_t count, rows; /* targets, and targets drawn */
    const rr_dataset *test, *train, *additions;
    const uint32_t *after; /* [N of test] */
    bool cosines;          /* samples are scored by cosine instead of inflscore */
    bool series;           /* they are varied as series */
} sheet;

/* ---- checks --------------------------------------------------------------------------------- */

static rr_status check_target(const sheet *s, const rr_repair_target *t, rr_error *err)
{
    const size_t n = rr_dataset_count(s->additions);
    const size_t N = rr_dataset_count(s->train);

    if (t->id >= rr_dataset_count(s->test))
        return rri_fail(err, RR_ERR_SHAPE, (int64_t)t->id,
                        "target %zu is not in the test set, which has %zu sequences", t->id,
                        rr_dataset_count(s->test));
    if ((t->sample.nearest_truth != UINT32_MAX && t->sample.nearest_truth >= N) ||
        (t->sample.nearest_prediction != UINT32_MAX && t->sample.nearest_prediction >= N))
        return rri_fail(err, RR_ERR_SHAPE, (int64_t)t->id,
                        "target %zu has neighbours beyond the training set of %zu sequences", t->id,
                        N);
    for (size_t i = 0; i < t->count_kept; i++)
        if (t->sample.kept[i].addition >= n)
            return rri_fail(err, RR_ERR_SHAPE, (int64_t)t->id,
                            "target %zu kept addition %zu, but there are %zu", t->id,
                            t->sample.kept[i].addition, n);
    return RR_OK;
}

static rr_status check(const sheet *s, rr_error *err)
{
    rr_status st = RR_OK;

    if (rr_dataset_width(s->test) == 0 || rr_dataset_width(s->train) == 0 ||
        rr_dataset_width(s->additions) == 0)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1, "sequences of symbols cannot be drawn");
    for (size_t i = 0; i < s->count; i++)
        RRI_TRY(check_target(s, &s->targets[i], err));

done:
    return st;
}

/* ---- heading -------------------------------------------------------------------------------- */

/* "x", "T" with a small "m", "r" with a small "x", and a line of explanation. */
static void column(const sheet *s, double x, const char *symbol, const char *index, rri_ink ink,
                   const char *text)
{
    rri_type type = { .x = x,
                      .y = HEAD - 38.0,
                      .size = 16.0,
                      .max_width = AT_END - AT_R - 12.0,
                      .ink = ink,
                      .bold = true };

    type.x += rri_canvas_text(&s->canvas, &type, "%s", symbol) + 1.0;
    type.y += 4.0;
    type.size = RRI_TYPE_SMALL;
    rri_canvas_text(&s->canvas, &type, "%s", index);
    type.x = x;
    type.y = HEAD - 18.0;
    type.size = RRI_TYPE_TEXT;
    type.bold = false;
    type.ink = RRI_INK_MUTED;
    rri_canvas_text(&s->canvas, &type, "%s", text);
}

static void draw_heading(const sheet *s)
{
    rri_type type = { .x = RRI_SHEET_MARGIN,
                      .y = RRI_SHEET_MARGIN + 20.0,
                      .size = RRI_TYPE_TITLE,
                      .max_width = RRI_SHEET_WIDTH - 2.0 * RRI_SHEET_MARGIN,
                      .bold = true };
    size_t fixed = 0;

    for (size_t i = 0; i < s->count; i++)
        fixed += s->after[s->targets[i].id] == s->targets[i].truth;
    type.x += 12.0 + rri_canvas_text(&s->canvas, &type, "%zu of %zu misclassified %s fixed", fixed,
                                     s->count, s->series ? "series" : "images");
    type.size = RRI_TYPE_TEXT;
    type.bold = false;
    type.ink = RRI_INK_MUTED;
    if (s->rows < s->count)
        rri_canvas_text(&s->canvas, &type, "the first %zu are shown", s->rows);
    column(s, AT_X, "x", "", RRI_INK_TEXT, "misclassified");
    column(s, AT_M, "T", "m", RRI_INK_PREDICTION, "nearest, as predicted");
    column(s, AT_T, "T", "t", RRI_INK_TRUTH, "nearest, of the truth");
    column(s, AT_R, "r", "x", RRI_INK_TRUTH,
           s->series
               ? "samples added: varied training series of the truth, best of each source first"
               : "samples added: varied training images of the truth, best of each source first");
    column(s, AT_END, "", "", RRI_INK_TEXT, "after retraining");
}

/* ---- rows ----------------------------------------------------------------------------------- */

/* The smallest and the largest value of what a row shows. */
typedef struct range {
    double lo, hi;
} range;

static void widen(range *r, const rr_dataset *ds, size_t id)
{
    const rr_sequence seq = rr_dataset_at(ds, id);

    for (size_t i = 0; i < seq.steps * rr_dataset_width(ds); i++) {
        r->lo = fmin(r->lo, (double)seq.frames[i]);
        r->hi = fmax(r->hi, (double)seq.frames[i]);
    }
}

/* One row of the picture. */
typedef struct row {
    const sheet *s;
    const rr_repair_target *t;
    double y;
    range range;
} row;

static void draw_image(const row *r, double x, const rr_dataset *ds, size_t id, rri_ink ink)
{
    const rri_box b = { x, r->y, IMAGE, IMAGE };
    const size_t D = rr_dataset_width(ds);

    const rri_look look = rri_look_of(r->s->train);
    if (look == RRI_LOOK_CURVES)
        rri_canvas_curves(&r->s->canvas, b, rr_dataset_at(ds, id), D, r->range.lo, r->range.hi);
    else if (look == RRI_LOOK_SPECTROGRAM)
        rri_canvas_spectrogram(&r->s->canvas, b, rr_dataset_at(ds, id), D);
    else
        rri_canvas_image(&r->s->canvas, b, rr_dataset_at(ds, id), D, SIZE_MAX);
    rri_canvas_frame(&r->s->canvas, b, 1.0, ink);
}

/* Line 0 or 1 of the caption of an image at (x, y). */
static rri_type caption(double x, double y, int line, double max_width)
{
    return (rri_type){ .x = x,
                       .y = y + IMAGE + 17.0 + 15.0 * line,
                       .size = line == 0 ? RRI_TYPE_TEXT : RRI_TYPE_SMALL,
                       .max_width = max_width,
                       .ink = line == 0 ? RRI_INK_TEXT : RRI_INK_MUTED };
}

static void draw_failed(const row *r)
{
    const sheet *s = r->s;
    const rr_repair_target *t = r->t;
    const rri_type first = caption(AT_X, r->y, 0, AT_M - AT_X - 12.0);

    draw_image(r, AT_X, s->test, t->id, RRI_INK_MUTED);
    rri_canvas_text(&s->canvas, &first, "%zu: %s predicted as %s", t->id,
                    rr_dataset_class_name(s->test, t->truth),
                    rr_dataset_class_name(s->test, t->prediction));
}

static void draw_nearest(const row *r, double x, uint32_t id, float score, rri_ink ink)
{
    const sheet *s = r->s;
    const rri_type first = caption(x, r->y, 0, AT_T - AT_M - 12.0);
    const rri_type second = caption(x, r->y, 1, AT_T - AT_M - 12.0);
    rri_type none = caption(x, r->y, 1, AT_T - AT_M - 12.0);

    if (id == UINT32_MAX) {
        none.y = r->y + IMAGE / 2.0;
        rri_canvas_text(&s->canvas, &none, "none");
        return;
    }
    draw_image(r, x, s->train, id, ink);
    rri_canvas_text(&s->canvas, &first, "%.3f", (double)score);
    rri_canvas_text(&s->canvas, &second, "train %lu", (unsigned long)id);
}

static void draw_sample(const row *r, double x, const rr_repair_sample *k)
{
    const sheet *s = r->s;
    const rri_type first = caption(x, r->y, 0, PITCH - 8.0);
    const rri_type second = caption(x, r->y, 1, PITCH - 8.0);

    draw_image(r, x, s->additions, k->addition, RRI_INK_TRUTH);
    rri_canvas_text(&s->canvas, &first, s->cosines ? "cos %.2f" : "%.3f", (double)k->score);
    if (k->of_input)
        rri_canvas_text(&s->canvas, &second, "of itself");
    else
        rri_canvas_text(&s->canvas, &second, "from %lu", (unsigned long)k->source);
}

/* The number of better samples from the same source as kept sample i. */
static size_t rank_in_source(const rr_repair_target *t, size_t i)
{
    size_t rank = 0;

    for (size_t j = 0; j < i; j++)
        rank += t->sample.kept[j].source == t->sample.kept[i].source &&
                t->sample.kept[j].of_input == t->sample.kept[i].of_input;
    return rank;
}

/* Choose samples to draw: the best of every source, then the second best, and so on, since those of
 * one source look alike. Returns their number. */
static size_t pick_samples(const rr_repair_target *t, size_t picked[SAMPLES])
{
    size_t n = 0;

    for (size_t rank = 0; n < rri_min(t->count_kept, SAMPLES); rank++)
        for (size_t i = 0; i < t->count_kept && n < SAMPLES; i++)
            if (rank_in_source(t, i) == rank)
                picked[n++] = i;
    return n;
}

static void draw_samples(const row *r, const size_t *picked, size_t n)
{
    const rr_repair_target *t = r->t;
    rri_type none = caption(AT_R, r->y, 1, AT_END - AT_R - 12.0);

    for (size_t i = 0; i < n; i++)
        draw_sample(r, AT_R + (double)i * PITCH, &t->sample.kept[picked[i]]);
    none.y = r->y + IMAGE / 2.0;
    if (n == 0 && t->generated == 0)
        rri_canvas_text(&r->s->canvas, &none, "no variant found");
    else if (n == 0)
        rri_canvas_text(&r->s->canvas, &none, "none of %zu variants was accepted", t->generated);
}

static void draw_outcome(const sheet *s, const rr_repair_target *t, double y)
{
    const double max_width = RRI_SHEET_WIDTH - RRI_SHEET_MARGIN - AT_END;
    const uint32_t now = s->after[t->id];
    rri_type type = { .x = AT_END + 24.0,
                      .y = y + IMAGE / 2.0,
                      .size = RRI_TYPE_HEADING,
                      .max_width = max_width - 24.0,
                      .bold = true };

    type.ink = now == t->truth ? RRI_INK_TRUTH : RRI_INK_PREDICTION;
    if (now == t->truth)
        rri_canvas_tick(&s->canvas, AT_END, type.y - 14.0, 17.0, type.ink);
    else
        rri_canvas_cross(&s->canvas, AT_END, type.y - 14.0, 17.0, type.ink);
    rri_canvas_text(&s->canvas, &type, now == t->truth ? "fixed" : "still failing");
    type.x = AT_END;
    type.max_width = max_width;
    type.size = RRI_TYPE_SMALL;
    type.bold = false;
    type.ink = RRI_INK_MUTED;
    type.y += 19.0;
    rri_canvas_text(&s->canvas, &type, "predicted as %s", rr_dataset_class_name(s->test, now));
    type.y += 15.0;
    if (t->generated > 0)
        rri_canvas_text(&s->canvas, &type, "%zu of %zu accepted", t->accepted, t->generated);
}

/* What the row shows beside its captions, on one scale. */
static range range_of_row(const sheet *s, const rr_repair_target *t, const size_t *picked, size_t n)
{
    range r = { HUGE_VAL, -HUGE_VAL };

    widen(&r, s->test, t->id);
    if (t->sample.nearest_prediction != UINT32_MAX)
        widen(&r, s->train, t->sample.nearest_prediction);
    if (t->sample.nearest_truth != UINT32_MAX)
        widen(&r, s->train, t->sample.nearest_truth);
    for (size_t i = 0; i < n; i++)
        widen(&r, s->additions, t->sample.kept[picked[i]].addition);
    return r;
}

static void draw_row(const sheet *s, size_t i)
{
    const rr_repair_target *t = &s->targets[i];
    const double top = HEAD + (double)i * ROW_HEIGHT;
    size_t picked[SAMPLES];
    const size_t n = pick_samples(t, picked);
    const row r = { .s = s, .t = t, .y = top + 14.0, .range = range_of_row(s, t, picked, n) };

    rri_canvas_rule(&s->canvas, RRI_SHEET_MARGIN, top, RRI_SHEET_WIDTH - 2.0 * RRI_SHEET_MARGIN);
    draw_failed(&r);
    draw_nearest(&r, AT_M, t->sample.nearest_prediction, t->sample.score_prediction,
                 RRI_INK_PREDICTION);
    draw_nearest(&r, AT_T, t->sample.nearest_truth, t->sample.score_truth, RRI_INK_TRUTH);
    draw_samples(&r, picked, n);
    draw_outcome(s, t, r.y);
}

/* ---- the picture
 * ------------------------------------------------------------------------------ */

rr_status rr_picture_repair(const rr_repair *r, const rr_dataset *test, const rr_dataset *train,
                            const rr_dataset *additions, const uint32_t *after, const char *path,
                            rr_error *err)
{
    sheet s = { .test = test, .train = train, .additions = additions, .after = after };
    rr_status st = RR_OK;

    s.targets = rr_repair_targets(r, &s.count);
    const rr_repair_config cfg = rr_repair_config_of(r);
    s.cosines = cfg.strategy == RR_STRATEGY_GRADIENT;
    s.series = cfg.variants == RR_VARIANTS_SERIES;
    s.rows = rri_min(s.count, ROWS);
    RRI_TRY(check(&s, err));
    RRI_TRY(rri_canvas_new(RRI_SHEET_WIDTH,
                           HEAD + (double)s.rows * ROW_HEIGHT + RRI_SHEET_MARGIN / 2.0, &s.canvas,
                           err));
    draw_heading(&s);
    for (size_t i = 0; i < s.rows; i++)
        draw_row(&s, i);
    RRI_TRY(rri_canvas_write(&s.canvas, path, err));

done:
    rri_canvas_clear(&s.canvas);
    return st;
}
