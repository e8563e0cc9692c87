/* SPDX-License-Identifier: MIT */
/* picture_explanation.c - draws the explanation of one prediction, step by step; that of a series
 * has curves in place of tiles (picture_series.c).
 *
 *     heading
 *     tiles     of an image, one a step: the rows read so far, t and q_t, the prediction so far,
 * and the three highest entries of C_{q_t}; the frame says whether the prediction is the truth
 *     strips    the nearest training sequences of the truth and of the prediction
 *
 * Blue is the truth, orange the wrong prediction, everywhere. Source: Xie et al. 2021, fig. 1. */

#include "report/picture_sheet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TILES = 28, COLUMNS = 7, BARS = 3, STRIP = 8 };

static const double GAP = 14.0;    /* between tiles */
static const double PAD = 10.0;    /* inside a tile */
static const double IMAGE = 112.0; /* side of a tile's image: 4 points a pixel of 28 */
static const double HEAD = 110.0;  /* from the top edge to the tiles */
static const double TILE_HEIGHT = 220.0;
static const double THUMB = 56.0; /* side of a proponent's image */
static const double STRIP_HEIGHT = 140.0;

/* ---- checks --------------------------------------------------------------------------------- */

size_t rri_sheet_position(const rri_sheet *s, size_t id)
{
    const size_t count = rr_dataset_count(s->train);

    if (s->ids == NULL)
        return rri_min(id, count);
    const size_t *at = bsearch(&id, s->ids->ids, s->ids->count, sizeof id, rri_by_size);
    return at != NULL ? (size_t)(at - s->ids->ids) : count;
}

static rr_status check_proponents(const rri_sheet *s, const rr_neighbour *list, size_t n,
                                  rr_error *err)
{
    for (size_t i = 0; i < rri_min(n, STRIP); i++)
        if (rri_sheet_position(s, list[i].id) == rr_dataset_count(s->train))
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "proponent %zu is training sequence %lu, but there are %zu", i,
                            (unsigned long)list[i].id, rr_dataset_count(s->train));
    return RR_OK;
}

static rr_status check(const rri_sheet *s, rr_error *err)
{
    const rr_explanation *e = s->e;
    rr_status st = RR_OK;

    if (rr_dataset_width(s->test) == 0 || rr_dataset_width(s->train) == 0)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1, "sequences of symbols cannot be drawn");
    if (rr_dataset_width(s->test) != rr_dataset_width(s->train))
        return rri_fail(err, RR_ERR_ARG, -1, "training sequences have %zu values a step, not %zu",
                        rr_dataset_width(s->train), rr_dataset_width(s->test));
    if (s->at >= rr_dataset_count(s->test))
        return rri_fail(err, RR_ERR_ARG, (int64_t)s->at, "there is no sequence %zu; there are %zu",
                        s->at, rr_dataset_count(s->test));
    const size_t T = rr_dataset_at(s->test, s->at).steps;
    if (e->count_steps != T)
        return rri_fail(err, RR_ERR_ARG, (int64_t)s->at,
                        "the explanation has %zu steps, but sequence %zu has %zu", e->count_steps,
                        s->at, T);
    RRI_TRY(check_proponents(s, e->for_truth, e->count_for_truth, err));
    RRI_TRY(check_proponents(s, e->for_prediction, e->count_for_prediction, err));

done:
    return st;
}

/* ---- heading -------------------------------------------------------------------------------- */

/* A small square and the class it stands for; returns the x of the next one. */
static double legend(const rri_sheet *s, double x, double y, rri_ink ink, size_t class)
{
    const rri_type type = {
        .x = x + 16.0, .y = y, .size = RRI_TYPE_TEXT, .max_width = 300.0, .ink = RRI_INK_MUTED
    };

    rri_canvas_fill(&s->canvas, (rri_box){ x, y - 9.0, 10.0, 10.0 }, ink);
    return type.x + 20.0 +
           rri_canvas_text(&s->canvas, &type, "%s, the %s", rr_dataset_class_name(s->test, class),
                           ink == RRI_INK_TRUTH && rr_dataset_labelled(s->test)
                               ? "truth"
                               : "prediction in the end");
}

static void draw_heading(const rri_sheet *s)
{
    const rr_explanation *e = s->e;
    const char *read = rr_dataset_class_name(s->test, e->prediction);
    const double max_width = RRI_SHEET_WIDTH - 2.0 * RRI_SHEET_MARGIN;
    rri_type type = { .x = RRI_SHEET_MARGIN,
                      .y = RRI_SHEET_MARGIN + 20.0,
                      .size = RRI_TYPE_TITLE,
                      .max_width = max_width,
                      .bold = true };

    const bool image = rri_look_of(s->test) == RRI_LOOK_IMAGE;
    char what[40];
    if (s->number != SIZE_MAX)
        (void)rri_snprintf(what, sizeof what, image ? "Image %zu" : "Series %zu", s->number);
    else
        (void)rri_snprintf(what, sizeof what, image ? "This image" : "This series");
    if (!rr_dataset_labelled(s->test))
        rri_canvas_text(&s->canvas, &type, "%s: predicted as %s", what, read);
    else if (e->prediction == e->truth)
        rri_canvas_text(&s->canvas, &type, "%s: predicted as %s, correctly", what, read);
    else
        rri_canvas_text(&s->canvas, &type, "%s: predicted as %s, true label %s", what, read,
                        rr_dataset_class_name(s->test, e->truth));
    type.y += 24.0;
    type.size = RRI_TYPE_TEXT;
    type.bold = false;
    type.ink = RRI_INK_MUTED;
    const char *how = "row by row: step t, abstract state q, the prediction so far with its "
                      "probability, and the state's highest confidences";
    if (!image)
        rri_canvas_text(&s->canvas, &type,
                        "Steps from left to right, on one scale with the training series that "
                        "match it best; below, the abstract states and the prediction so far");
    else if (s->tiles < e->count_steps)
        rri_canvas_text(&s->canvas, &type, "%zu of %zu steps, evenly spaced, %s", s->tiles,
                        e->count_steps, how);
    else
        rri_canvas_text(&s->canvas, &type, "Read %s", how);
    type.y += 20.0;
    type.x = legend(s, RRI_SHEET_MARGIN, type.y, RRI_INK_TRUTH, e->truth);
    if (e->prediction != e->truth)
        type.x = legend(s, type.x, type.y, RRI_INK_PREDICTION, e->prediction);
    if (!image)
        rri_canvas_text(&s->canvas, &type,
                        "A state has the colour of the class that is most frequent in it; grey "
                        "stands for all other classes.");
    else
        rri_canvas_text(&s->canvas, &type,
                        "A frame is blue where the prediction so far is the %s, else orange.",
                        rr_dataset_labelled(s->test) ? "truth" : "last");
}

/* ---- tiles ---------------------------------------------------------------------------------- */

/* The step of tile i: the first, the last, and evenly spaced between. */
static size_t step_of(const rri_sheet *s, size_t i)
{
    const size_t T = s->e->count_steps;

    if (s->tiles == T)
        return i;
    return (i * (T - 1) + (s->tiles - 1) / 2) / (s->tiles - 1);
}

rri_ink rri_sheet_ink(const rri_sheet *s, size_t class, rri_ink other)
{
    return class == s->e->truth        ? RRI_INK_TRUTH
           : class == s->e->prediction ? RRI_INK_PREDICTION
                                       : other;
}

/* The classes of the highest confidences, highest first, ties by number. Returns how many. */
static size_t highest(const float *confidence, size_t C, size_t top[BARS])
{
    size_t n = 0;

    for (size_t c = 0; c < C; c++) {
        size_t at = n;
        while (at > 0 && confidence[c] > confidence[top[at - 1]])
            at--;
        if (at == BARS)
            continue;
        n = rri_min(n + 1, BARS);
        memmove(top + at + 1, top + at, (n - at - 1) * sizeof *top);
        top[at] = c;
    }
    return n;
}

static void draw_bars(const rri_sheet *s, const rr_explain_step *step, rri_box b)
{
    const double line = b.h / BARS;
    const double value = 30.0;
    size_t top[BARS] = { 0 };
    const size_t n = highest(step->confidence, s->e->classes, top);
    double label = 0.0;
    rri_type type = { .size = RRI_TYPE_SMALL, .max_width = 0.36 * b.w, .ink = RRI_INK_TEXT };

    type.y = b.y + 10.0;
    for (size_t i = 0; i < n; i++, type.y += line) {
        type.x = b.x;
        const double w =
            rri_canvas_text(&s->canvas, &type, "%s", rr_dataset_class_name(s->test, top[i]));
        label = w > label ? w : label;
    }
    label += 7.0;
    type.y = b.y + 10.0;
    type.max_width = value;
    type.x = b.x + b.w;
    type.align = RRI_RIGHT;
    type.ink = RRI_INK_MUTED;
    for (size_t i = 0; i < n; i++, type.y += line) {
        const double fraction = (double)step->confidence[top[i]];
        rri_box bar = { b.x + label, type.y - 8.0, b.w - label - value, 8.0 };
        rri_canvas_fill(&s->canvas, bar, RRI_INK_RULE);
        bar.w *= fraction;
        rri_canvas_fill(&s->canvas, bar, rri_sheet_ink(s, top[i], RRI_INK_MUTED));
        rri_canvas_text(&s->canvas, &type, "%.2f", fraction);
    }
}

static void draw_tile(const rri_sheet *s, size_t i)
{
    const rr_explain_step *step = &s->e->steps[step_of(s, i)];
    const rri_ink ink = step->prediction == s->e->truth ? RRI_INK_TRUTH : RRI_INK_PREDICTION;
    const double width = (RRI_SHEET_WIDTH - 2.0 * RRI_SHEET_MARGIN - (COLUMNS - 1) * GAP) / COLUMNS;
    const size_t across = i % COLUMNS;
    const size_t down = i / COLUMNS;
    const rri_box tile = { RRI_SHEET_MARGIN + (double)across * (width + GAP),
                           HEAD + (double)down * (TILE_HEIGHT + GAP), width, TILE_HEIGHT };
    const double inner = width - 2.0 * PAD;
    rri_type type = { .x = tile.x + PAD,
                      .y = tile.y + 20.0,
                      .size = RRI_TYPE_TEXT,
                      .max_width = inner / 2.0,
                      .ink = RRI_INK_MUTED };

    rri_canvas_frame(&s->canvas, tile, 1.5, ink);
    rri_canvas_text(&s->canvas, &type, "t = %zu", step->t);
    type.x = tile.x + width - PAD;
    type.align = RRI_RIGHT;
    rri_canvas_text(&s->canvas, &type, "q %u", (unsigned)step->state);

    const rri_box box = { tile.x + PAD, tile.y + 28.0, inner, IMAGE };
    rri_canvas_image(&s->canvas, box, rr_dataset_at(s->test, s->at), rr_dataset_width(s->test),
                     step->t);

    type.y = box.y + IMAGE + 22.0;
    if (step->probability >= 0.0F)
        rri_canvas_text(&s->canvas, &type, "%.2f", (double)step->probability);
    type.x = tile.x + PAD;
    type.align = RRI_LEFT;
    type.size = 18.0;
    type.bold = true;
    type.ink = rri_sheet_ink(s, step->prediction, RRI_INK_TEXT);
    type.max_width = inner - 40.0;
    rri_canvas_text(&s->canvas, &type, "%s", rr_dataset_class_name(s->test, step->prediction));
    draw_bars(s, step, (rri_box){ tile.x + PAD, type.y + 6.0, inner, 42.0 });
}

/* ---- proponents ----------------------------------------------------------------------------- */

/* The values of what a strip shows, so that its curves have one scale. */
static void widen(rri_sheet *s, const rr_neighbour *list, size_t n)
{
    const size_t D = rr_dataset_width(s->train);

    for (size_t i = 0; i < rri_min(n, STRIP); i++) {
        const rr_sequence seq = rr_dataset_at(s->train, rri_sheet_position(s, list[i].id));
        for (size_t k = 0; k < seq.steps * D; k++) {
            s->lo = fmin(s->lo, (double)seq.frames[k]);
            s->hi = fmax(s->hi, (double)seq.frames[k]);
        }
    }
}

static void draw_thumb(const rri_sheet *s, rri_box b, rr_sequence seq)
{
    const size_t D = rr_dataset_width(s->train);

    switch (rri_look_of(s->test)) {
    case RRI_LOOK_CURVES:
        rri_canvas_curves(&s->canvas, b, seq, D, s->lo, s->hi);
        break;
    case RRI_LOOK_SPECTROGRAM:
        rri_canvas_spectrogram(&s->canvas, b, seq, D);
        break;
    default:
        rri_canvas_image(&s->canvas, b, seq, D, SIZE_MAX);
        break;
    }
}

static void draw_proponent(const rri_sheet *s, const rr_neighbour *p, rri_box b, rri_ink ink)
{
    rri_type type = { .x = b.x + b.w / 2.0,
                      .y = b.y + b.h + 15.0,
                      .size = RRI_TYPE_SMALL,
                      .max_width = b.w + 8.0,
                      .align = RRI_CENTRE,
                      .ink = RRI_INK_TEXT };

    draw_thumb(s, b, rr_dataset_at(s->train, rri_sheet_position(s, p->id)));
    rri_canvas_frame(&s->canvas, b, 1.0, ink);
    rri_canvas_text(&s->canvas, &type, "%lu", (unsigned long)p->id);
    type.y += 14.0;
    type.ink = RRI_INK_MUTED;
    rri_canvas_text(&s->canvas, &type, "%.3f", (double)p->score);
}

/* One strip: a heading with the label's number among the top, then the nearest, best first. */
static void draw_strip(const rri_sheet *s, double x, double y, double width, bool truth)
{
    const rr_explanation *e = s->e;
    const rri_ink ink = truth ? RRI_INK_TRUTH : RRI_INK_PREDICTION;
    const rr_neighbour *list = truth ? e->for_truth : e->for_prediction;
    const size_t n = rri_min(truth ? e->count_for_truth : e->count_for_prediction, STRIP);
    const double pitch = (width + GAP) / STRIP;
    rri_type type = {
        .x = x, .y = y, .size = RRI_TYPE_HEADING, .max_width = width, .ink = ink, .bold = true
    };

    type.x +=
        8.0 + rri_canvas_text(&s->canvas, &type, "For the %s, %s",
                              truth && rr_dataset_labelled(s->test) ? "truth" : "prediction",
                              rr_dataset_class_name(s->test, truth ? e->truth : e->prediction));
    type.bold = false;
    type.size = RRI_TYPE_TEXT;
    type.ink = RRI_INK_MUTED;
    type.max_width = x + width - type.x;
    rri_canvas_text(&s->canvas, &type, "%zu of the top %zu, lift %.2f; below, number and score",
                    truth ? e->count_truth : e->count_prediction, e->count_proponents,
                    truth ? e->lift_truth : e->lift_prediction);
    for (size_t i = 0; i < n; i++) {
        const rri_box b = { x + (double)i * pitch, y + 14.0, THUMB, THUMB };
        draw_proponent(s, &list[i], b, ink);
    }
    type.x = x;
    type.y = y + 34.0;
    if (n == 0)
        rri_canvas_text(&s->canvas, &type, "none of them carries this label");
}

/* ---- the picture
 * ------------------------------------------------------------------------------ */

static double below_tiles(const rri_sheet *s)
{
    const size_t rows = rri_blocks(s->tiles, COLUMNS);

    if (rri_look_of(s->test) != RRI_LOOK_IMAGE)
        return HEAD + rri_series_height(s);
    return HEAD + (double)rows * (TILE_HEIGHT + GAP);
}

static void draw(const rri_sheet *s)
{
    const double half = (RRI_SHEET_WIDTH - 2.0 * RRI_SHEET_MARGIN - 32.0) / 2.0;
    const double y = below_tiles(s) + 24.0;

    draw_heading(s);
    if (rri_look_of(s->test) != RRI_LOOK_IMAGE)
        rri_series_draw(s, HEAD);
    for (size_t i = 0; i < s->tiles && rri_look_of(s->test) == RRI_LOOK_IMAGE; i++)
        draw_tile(s, i);
    draw_strip(s, RRI_SHEET_MARGIN, y, half, true);
    if (s->e->prediction != s->e->truth)
        draw_strip(s, RRI_SHEET_MARGIN + half + 32.0, y, half, false);
}

static rr_status draw_to(rri_sheet *s, const char *path, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(check(s, err));
    s->tiles = rri_min(s->e->count_steps, TILES);
    s->lo = HUGE_VAL;
    s->hi = -HUGE_VAL;
    widen(s, s->e->for_truth, s->e->count_for_truth);
    widen(s, s->e->for_prediction, s->e->count_for_prediction);
    RRI_TRY(rri_canvas_new(RRI_SHEET_WIDTH, below_tiles(s) + STRIP_HEIGHT, &s->canvas, err));
    draw(s);
    RRI_TRY(rri_canvas_write(&s->canvas, path, err));

done:
    rri_canvas_clear(&s->canvas);
    return st;
}

rr_status rr_picture_explanation(const rr_explanation *e, const rr_dataset *test, size_t id,
                                 const rr_dataset *train, const char *path, rr_error *err)
{
    rri_sheet s = { .e = e, .test = test, .train = train, .at = id, .number = id };

    return draw_to(&s, path, err);
}

/* The numbers of the training sequences whose images are drawn, ascending; ids has 2 * STRIP. */
static void drawn(const rr_explanation *e, size_t *ids, rr_ids *out)
{
    size_t n = 0;

    for (size_t i = 0; i < rri_min(e->count_for_truth, STRIP); i++)
        ids[n++] = e->for_truth[i].id;
    for (size_t i = 0; i < rri_min(e->count_for_prediction, STRIP); i++)
        ids[n++] = e->for_prediction[i].id;
    qsort(ids, n, sizeof *ids, rri_by_size);
    *out = (rr_ids){ .ids = ids };
    for (size_t i = 0; i < n; i++)
        if (i == 0 || ids[i] != ids[out->count - 1])
            ids[out->count++] = ids[i];
}

rr_status rr_picture_answer(rr_session *session, const rr_answer *x, const char *path,
                            rr_error *err)
{
    size_t ids[2 * STRIP];
    rr_ids list = { NULL, 0 };
    rr_dataset *train = NULL;
    rr_status st = RR_OK;

    if (rr_dataset_width(x->ds) == 0) /* before texts are loaded */
        RRI_TRY(rri_fail(err, RR_ERR_UNSUPPORTED, -1, "sequences of symbols cannot be drawn"));
    drawn(x->explanation, ids, &list);
    RRI_TRY(rr_session_sequences(session, RR_SPLIT_TRAIN, list.ids, list.count, &train, err));
    rri_sheet s = { .e = x->explanation,
                    .test = x->ds,
                    .train = train,
                    .at = x->at,
                    .number = x->sample,
                    .ids = &list };
    st = draw_to(&s, path, err);

done:
    rr_dataset_free(train);
    return st;
}
