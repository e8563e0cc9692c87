/* SPDX-License-Identifier: MIT */
/* canvas.c - draws on cairo with the fixed sizes and colours of the pictures.
 *
 * cairo keeps its first error in the context; drawing functions need no checks, since a context in
 * error cannot be written. */
#include "report/canvas.h"

#include "report/png.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

static const double PIXELS = 2.0; /* pixels a point */
static const double FAINT = 0.13; /* opacity of steps not yet read */

/* Blue and orange are distinct under colour vision deficiencies [Okabe08]. */
static const double inks[RRI_INKS][3] = {
    [RRI_INK_TEXT] = { 0.20, 0.22, 0.25 },       [RRI_INK_MUTED] = { 0.47, 0.50, 0.54 },
    [RRI_INK_RULE] = { 0.88, 0.89, 0.91 },       [RRI_INK_TRUTH] = { 0.00, 0.42, 0.69 },
    [RRI_INK_PREDICTION] = { 0.87, 0.44, 0.00 },
};

/* ---- the sheet ------------------------------------------------------------------------------ */

static rr_status from_cairo(cairo_status_t status, rr_error *err)
{
    if (status == CAIRO_STATUS_SUCCESS)
        return RR_OK;
    if (status == CAIRO_STATUS_NO_MEMORY)
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory while drawing a picture");
    return rri_fail(err, RR_ERR_UNSUPPORTED, -1, "a picture could not be drawn: %s",
                    cairo_status_to_string(status));
}

rr_status rri_canvas_new(double width, double height, rri_canvas *out, rr_error *err)
{
    rri_canvas c = { NULL, NULL };
    rr_status st = RR_OK;

    c.surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)ceil(width * PIXELS),
                                           (int)ceil(height * PIXELS));
    c.cr = cairo_create(c.surface);
    RRI_TRY(from_cairo(cairo_status(c.cr), err));
    cairo_scale(c.cr, PIXELS, PIXELS);
    cairo_set_source_rgb(c.cr, 1.0, 1.0, 1.0);
    cairo_paint(c.cr);
    *out = c;
    c = (rri_canvas){ NULL, NULL };

done:
    rri_canvas_clear(&c);
    return st;
}

void rri_canvas_clear(rri_canvas *c)
{
    cairo_destroy(c->cr);
    cairo_surface_destroy(c->surface);
    *c = (rri_canvas){ NULL, NULL };
}

rr_status rri_canvas_write(const rri_canvas *c, const char *path, rr_error *err)
{
    const rr_status st = from_cairo(cairo_status(c->cr), err);

    if (st != RR_OK)
        return st;
    cairo_surface_flush(c->surface);
    /* A pixel of RGB24 is a number of 32 bits in the order of the machine. */
    const void *pixels = cairo_image_surface_get_data(c->surface);
    return rri_png_write(pixels, (size_t)cairo_image_surface_get_width(c->surface),
                         (size_t)cairo_image_surface_get_height(c->surface),
                         (size_t)cairo_image_surface_get_stride(c->surface) / sizeof(uint32_t),
                         path, err);
}

static void use_ink(const rri_canvas *c, rri_ink ink)
{
    cairo_set_source_rgb(c->cr, inks[ink][0], inks[ink][1], inks[ink][2]);
}

/* ---- text ----------------------------------------------------------------------------------- */

/* Bytes of the UTF-8 character at s, 0 where it is not valid: cairo rejects invalid text, and class
 * names come from files. */
static size_t character(const unsigned char *s)
{
    const size_t n = s[0] < 0x80                    ? 1
                     : s[0] >= 0xC2 && s[0] <= 0xDF ? 2
                     : s[0] >= 0xE0 && s[0] <= 0xEF ? 3
                     : s[0] >= 0xF0 && s[0] <= 0xF4 ? 4
                                                    : 0;

    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    /* Overlong forms, surrogates, and values above U+10FFFF. */
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
        (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
        return 0;
    return n;
}

static void mend(char *text)
{
    unsigned char *s = (unsigned char *)text;

    while (*s != '\0') {
        const size_t n = character(s);
        if (n == 0 || *s < 0x20)
            *s = '?';
        s += n == 0 ? 1 : n;
    }
}

static double width_of(const rri_canvas *c, const char *text)
{
    cairo_text_extents_t e;

    cairo_text_extents(c->cr, text, &e);
    return e.x_advance;
}

/* Shorten valid text to max_width by whole characters; text has 4 spare bytes at its end. */
static double shorten(const rri_canvas *c, char *text, double max_width)
{
    double w = width_of(c, text);
    size_t n = strlen(text);

    while (w > max_width && n > 0) {
        do
            n--;
        while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80);
        memcpy(text + n, "\xE2\x80\xA6", 4); /* an ellipsis and NUL */
        w = width_of(c, text);
    }
    return w;
}

double rri_canvas_text(const rri_canvas *c, const rri_type *type, const char *fmt, ...)
{
    char text[256 + 4];
    va_list ap;

    va_start(ap, fmt);
    const int n = rri_vsnprintf(text, 256, fmt, ap);
    va_end(ap);
    if (n < 0)
        return 0.0;
    mend(text);
    cairo_select_font_face(c->cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                           type->bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(c->cr, type->size);
    const double w = shorten(c, text, type->max_width);
    const double left = type->align == RRI_LEFT ? 0.0 : type->align == RRI_CENTRE ? w / 2.0 : w;
    use_ink(c, type->ink);
    cairo_move_to(c->cr, type->x - left, type->y);
    cairo_show_text(c->cr, text);
    return w;
}

/* ---- shapes --------------------------------------------------------------------------------- */

void rri_canvas_fill(const rri_canvas *c, rri_box b, rri_ink ink)
{
    use_ink(c, ink);
    cairo_rectangle(c->cr, b.x, b.y, b.w, b.h);
    cairo_fill(c->cr);
}

void rri_canvas_frame(const rri_canvas *c, rri_box b, double line, rri_ink ink)
{
    use_ink(c, ink);
    cairo_set_line_width(c->cr, line);
    cairo_set_line_join(c->cr, CAIRO_LINE_JOIN_MITER);
    cairo_rectangle(c->cr, b.x - line / 2.0, b.y - line / 2.0, b.w + line, b.h + line);
    cairo_stroke(c->cr);
}

void rri_canvas_rule(const rri_canvas *c, double x, double y, double width)
{
    rri_canvas_fill(c, (rri_box){ x, y, width, 1.0 }, RRI_INK_RULE);
}

static void stroke(const rri_canvas *c, double line, rri_ink ink)
{
    use_ink(c, ink);
    cairo_set_line_width(c->cr, line);
    cairo_set_line_cap(c->cr, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(c->cr, CAIRO_LINE_JOIN_ROUND);
    cairo_stroke(c->cr);
}

void rri_canvas_tick(const rri_canvas *c, double x, double y, double size, rri_ink ink)
{
    cairo_move_to(c->cr, x + 0.10 * size, y + 0.55 * size);
    cairo_line_to(c->cr, x + 0.38 * size, y + 0.83 * size);
    cairo_line_to(c->cr, x + 0.92 * size, y + 0.18 * size);
    stroke(c, 0.16 * size, ink);
}

void rri_canvas_cross(const rri_canvas *c, double x, double y, double size, rri_ink ink)
{
    cairo_move_to(c->cr, x + 0.18 * size, y + 0.18 * size);
    cairo_line_to(c->cr, x + 0.82 * size, y + 0.82 * size);
    cairo_move_to(c->cr, x + 0.82 * size, y + 0.18 * size);
    cairo_line_to(c->cr, x + 0.18 * size, y + 0.82 * size);
    stroke(c, 0.16 * size, ink);
}

/* ---- images --------------------------------------------------------------------------------- */

enum { TOO_MANY = 1 << 16 };

static void range_of(rr_sequence seq, size_t width, float *lo, float *hi)
{
    *lo = 0.0F;
    *hi = 1.0F;
    for (size_t i = 0; i < seq.steps * width; i++) {
        *lo = fminf(*lo, seq.frames[i]);
        *hi = fmaxf(*hi, seq.frames[i]);
    }
}

/* The image as a surface of one pixel a value; in error state where memory ran out or it has more
 * rows or columns than cairo's limit, which is below TOO_MANY. Steps from `read` on are faint. Of
 * an image a step is a row; `across`, it is a column, and the first value at its foot. */
static cairo_surface_t *develop(rr_sequence seq, size_t width, size_t read, bool across)
{
    const int columns = (int)rri_min(width, TOO_MANY);
    const int steps = (int)rri_min(seq.steps, TOO_MANY);
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_RGB24, across ? steps : columns,
                                                    across ? columns : steps);
    unsigned char *data = cairo_image_surface_get_data(s);
    float lo = 0.0F;
    float hi = 0.0F;

    if (data == NULL)
        return s;
    const size_t stride = (size_t)cairo_image_surface_get_stride(s);
    range_of(seq, width, &lo, &hi);
    for (size_t t = 0; t < seq.steps; t++)
        for (size_t d = 0; d < width; d++) {
            const double level = ((double)seq.frames[t * width + d] - (double)lo) /
                                 ((double)hi - (double)lo) * (t < read ? 1.0 : FAINT);
            const uint32_t grey = (uint32_t)lround(255.0 * (1.0 - 0.92 * level));
            const uint32_t pixel = grey << 16 | grey << 8 | grey;
            const size_t row = across ? width - 1 - d : t;
            memcpy(data + row * stride + (across ? t : d) * sizeof pixel, &pixel, sizeof pixel);
        }
    cairo_surface_mark_dirty(s);
    return s;
}

/* The area of an image of `width` columns: whole pixels a value where possible, and at least a
 * third of the box wide, since a long series would become a hairline. */
static rri_box fit(rri_box b, size_t width, size_t steps)
{
    double scale = fmin(b.w / (double)width, b.h / (double)steps);

    if (scale * PIXELS >= 1.0)
        scale = floor(scale * PIXELS) / PIXELS;
    const double w = fmax(scale * (double)width, b.w / 3.0);
    const double h = fmax(scale * (double)steps, b.h / 3.0);
    const double x = b.x + (b.w - w) / 2.0;
    const double y = b.y + (b.h - h) / 2.0;
    return (rri_box){ round(x * PIXELS) / PIXELS, round(y * PIXELS) / PIXELS, w, h };
}

rri_box rri_canvas_image(const rri_canvas *c, rri_box b, rr_sequence seq, size_t width, size_t read)
{
    const rri_box to = fit(b, width, seq.steps);
    const double sx = to.w / (double)width;
    const double sy = to.h / (double)seq.steps;
    cairo_surface_t *image = develop(seq, width, read, false);

    cairo_save(c->cr);
    cairo_translate(c->cr, to.x, to.y);
    cairo_scale(c->cr, sx, sy);
    cairo_set_source_surface(c->cr, image, 0.0, 0.0);
    cairo_pattern_set_filter(cairo_get_source(c->cr), sx * PIXELS < 1.0 || sy * PIXELS < 1.0
                                                          ? CAIRO_FILTER_GOOD
                                                          : CAIRO_FILTER_NEAREST);
    cairo_pattern_set_extend(cairo_get_source(c->cr), CAIRO_EXTEND_PAD);
    cairo_rectangle(c->cr, 0.0, 0.0, (double)width, (double)seq.steps);
    cairo_fill(c->cr);
    cairo_restore(c->cr);
    cairo_surface_destroy(image);
    return to;
}

/* ---- series --------------------------------------------------------------------------------- */

void rri_canvas_spectrogram(const rri_canvas *c, rri_box b, rr_sequence seq, size_t width)
{
    cairo_surface_t *image = develop(seq, width, SIZE_MAX, true);

    cairo_save(c->cr);
    cairo_translate(c->cr, b.x, b.y);
    const double sx = b.w / (double)seq.steps;
    const double sy = b.h / (double)width;
    cairo_scale(c->cr, sx, sy);
    cairo_set_source_surface(c->cr, image, 0.0, 0.0);
    cairo_pattern_set_filter(cairo_get_source(c->cr), sx * PIXELS < 1.0 || sy * PIXELS < 1.0
                                                          ? CAIRO_FILTER_GOOD
                                                          : CAIRO_FILTER_NEAREST);
    cairo_pattern_set_extend(cairo_get_source(c->cr), CAIRO_EXTEND_PAD);
    cairo_rectangle(c->cr, 0.0, 0.0, (double)seq.steps, (double)width);
    cairo_fill(c->cr);
    cairo_restore(c->cr);
    cairo_surface_destroy(image);
}

void rri_canvas_curve(const rri_canvas *c, rri_box b, rr_sequence seq, size_t width, size_t column,
                      size_t cells, double lo, double hi)
{
    const double across = b.w / (double)cells;
    const double up = hi > lo ? b.h / (hi - lo) : 0.0;
    const double foot = hi > lo ? b.y + b.h : b.y + b.h / 2.0;

    cairo_new_path(c->cr);
    for (size_t t = 0; t < seq.steps; t++)
        cairo_line_to(c->cr, b.x + across * ((double)t + 0.5),
                      foot - up * ((double)seq.frames[t * width + column] - lo));
    if (seq.steps == 1) /* a point */
        cairo_rel_line_to(c->cr, 1.0, 0.0);
    stroke(c, 1.0, RRI_INK_TEXT);
}

void rri_canvas_curves(const rri_canvas *c, rri_box b, rr_sequence seq, size_t width, double lo,
                       double hi)
{
    const double inset = 3.0;
    const double across = seq.steps > 1 ? (b.w - 2.0 * inset) / (double)(seq.steps - 1) : 0.0;
    const double up = hi > lo ? (b.h - 2.0 * inset) / (hi - lo) : 0.0;
    const double foot = b.y + b.h - inset;

    for (size_t d = 0; d < width; d++) {
        cairo_new_path(c->cr);
        for (size_t t = 0; t < seq.steps; t++)
            cairo_line_to(c->cr, b.x + inset + across * (double)t,
                          foot - up * ((double)seq.frames[t * width + d] - lo));
        if (seq.steps == 1) /* a point */
            cairo_line_to(c->cr, b.x + inset + 1.0, foot - up * ((double)seq.frames[d] - lo));
        stroke(c, 0.9, d % 2 == 0 ? RRI_INK_TEXT : RRI_INK_MUTED);
    }
}
