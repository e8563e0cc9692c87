/* SPDX-License-Identifier: MIT */
/* picture_grid.c - draws images in rows and columns, each with a line of text below it. */
#include "rnnrepair/picture.h"

#include "report/canvas.h"

#include <math.h>

enum { MOST = 1024 }; /* rows or columns; far above cairo's limit on sizes */

static const double IMAGE = 112.0; /* side of every image: 4 points a pixel of 28 */
static const double PITCH = 142.0; /* between two columns */
static const double ROW_HEIGHT = 150.0;
static const double TITLE = 44.0; /* height of title, note and headings above the rows */
static const double NOTE = 22.0;
static const double HEADINGS = 28.0;

/* ---- checks --------------------------------------------------------------------------------- */

static rr_status check_image(const rr_grid *g, size_t i, rr_error *err)
{
    for (size_t v = 0; g->images[i] != NULL && v < g->height * g->width; v++)
        if (!isfinite(g->images[i][v]))
            return rri_fail(err, RR_ERR_NUMERIC, (int64_t)i,
                            "grid of images: value %zu of the image in row %zu, column %zu is not "
                            "finite",
                            v, i / g->columns, i % g->columns);
    return RR_OK;
}

static rr_status check(const rr_grid *g, rr_error *err)
{
    rr_status st = RR_OK;

    if (g->rows < 1 || g->rows > MOST || g->columns < 1 || g->columns > MOST)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "grid of images: %zu rows and %zu columns, not within 1..%d", g->rows,
                        g->columns, (int)MOST);
    if (g->height < 1 || g->width < 1 || g->images == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "grid of images: %s of %zu x %zu values",
                        g->images == NULL ? "no images" : "images", g->height, g->width);
    if (g->height > INT16_MAX || g->width > INT16_MAX)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                        "grid of images: %zu x %zu values, more than %d cannot be drawn", g->height,
                        g->width, INT16_MAX);
    for (size_t i = 0; i < g->rows * g->columns; i++)
        RRI_TRY(check_image(g, i, err));

done:
    return st;
}

/* ---- drawing -------------------------------------------------------------------------------- */

static double left_of(size_t column)
{
    return RRI_SHEET_MARGIN + (double)column * PITCH;
}

static double head_of(const rr_grid *g)
{
    return RRI_SHEET_MARGIN + (g->title != NULL ? TITLE : 0.0) + (g->note != NULL ? NOTE : 0.0) +
           (g->headings != NULL ? HEADINGS : 0.0);
}

static double width_of(const rr_grid *g)
{
    return left_of(g->columns) - (PITCH - IMAGE) + RRI_SHEET_MARGIN;
}

static void draw_head(const rr_grid *g, const rri_canvas *c)
{
    rri_type type = { .x = RRI_SHEET_MARGIN,
                      .y = RRI_SHEET_MARGIN + RRI_TYPE_TITLE,
                      .size = RRI_TYPE_TITLE,
                      .max_width = width_of(g) - 2.0 * RRI_SHEET_MARGIN,
                      .bold = true };

    if (g->title != NULL)
        rri_canvas_text(c, &type, "%s", g->title);
    type.y = RRI_SHEET_MARGIN + (g->title != NULL ? TITLE : 0.0) + RRI_TYPE_SMALL;
    type.size = RRI_TYPE_SMALL;
    type.bold = false;
    type.ink = RRI_INK_MUTED;
    if (g->note != NULL)
        rri_canvas_text(c, &type, "%s", g->note);
    type.y = head_of(g) - 12.0;
    type.size = RRI_TYPE_HEADING;
    type.bold = true;
    type.ink = RRI_INK_TEXT;
    type.max_width = PITCH - 8.0;
    for (size_t i = 0; g->headings != NULL && i < g->columns; i++) {
        type.x = left_of(i);
        rri_canvas_text(c, &type, "%s", g->headings[i]);
    }
}

static void draw_cell(const rr_grid *g, const rri_canvas *c, size_t i)
{
    const size_t row = i / g->columns, column = i % g->columns;
    const bool marked = g->marks != NULL && g->marks[i] != 0;
    const rri_box b = { left_of(column), head_of(g) + (double)row * ROW_HEIGHT, IMAGE, IMAGE };
    const rri_type type = { .x = b.x,
                            .y = b.y + IMAGE + 17.0,
                            .size = RRI_TYPE_TEXT,
                            .max_width = PITCH - 8.0,
                            .ink = marked ? RRI_INK_PREDICTION : RRI_INK_TEXT };

    if (g->images[i] != NULL) {
        const rr_sequence image = { .frames = g->images[i], .steps = g->height };
        rri_canvas_image(c, b, image, g->width, SIZE_MAX);
        rri_canvas_frame(c, b, marked ? 3.0 : 1.0, marked ? RRI_INK_PREDICTION : RRI_INK_MUTED);
    }
    if (g->captions != NULL && g->captions[i] != NULL)
        rri_canvas_text(c, &type, "%s", g->captions[i]);
}

rr_status rr_picture_grid(const rr_grid *grid, const char *path, rr_error *err)
{
    rri_canvas canvas = { NULL, NULL };
    rr_status st = RR_OK;

    RRI_TRY(check(grid, err));
    RRI_TRY(rri_canvas_new(width_of(grid), head_of(grid) + (double)grid->rows * ROW_HEIGHT, &canvas,
                           err));
    draw_head(grid, &canvas);
    for (size_t i = 0; i < grid->rows * grid->columns; i++)
        draw_cell(grid, &canvas, i);
    RRI_TRY(rri_canvas_write(&canvas, path, err));

done:
    rri_canvas_clear(&canvas);
    return st;
}
