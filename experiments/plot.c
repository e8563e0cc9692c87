/* SPDX-License-Identifier: MIT */
/* plot.c - draws plots with cairo's SVG surface; texts are written as <text>, which cairo would
 * turn into outlines. Lengths are pixels.
 *
 *     title
 *     legend                         series of all panels, wrapped into rows
 *     panel title   panel title
 *     | plot area | plot area
 *     x label       x label
 *     note */
#include "experiments/plot.h"

#include "experiments/axis.h"

#include "core/utf8.h"
#include "io/io.h"

#include <cairo-svg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sizes of type, and how the texts of the picture look by their class. */
#define TITLE_SIZE 17.0
#define TEXT_SIZE 12.0
#define NOTE_SIZE 11.0
static const char style[] = "text{font:12px Helvetica,Arial,'DejaVu Sans',sans-serif;fill:#222222}"
                            ".title{font-size:17px;font-weight:600}"
                            ".heading{font-size:13.5px;font-weight:600}"
                            ".middle{text-anchor:middle}.end{text-anchor:end}"
                            ".note{font-size:11px;fill:#5a5a5a}";

static const double margin = 18.0;      /* round everything */
static const double area_width = 300.0; /* of a panel's plot area */
static const double area_height = 230.0;
static const double left_space = 66.0;                       /* y label and tick labels */
static const double right_space = 16.0, below_space = 44.0;  /* tick labels and x label */
static const double legend_row = 20.0, sample_length = 26.0; /* of a line in the legend */

enum { MUTED = 0x5a5a5a, GRID = 0xe4e4e4, WHITE = 0xffffff };

/* Okabe and Ito's colours but for the yellow, which is lost on white paper. */
static const unsigned colours[] = { 0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7,
                                    0xe69f00, 0x56b4e9, 0x000000 };
/* From the second round on the lines are broken: dash and gap, the last of references. */
static const double dashes[][2] = { { 0, 0 }, { 7, 3 }, { 2, 3 }, { 4, 3 } };
enum { COLOURS = sizeof colours / sizeof *colours, DASHES = 3, REFERENCE_DASH = 3 };
enum { MARKERS = 4, MARKERS_SHOWN = 9 };

/* A picture in the making. */
typedef struct sheet {
    cairo_t *cr;
    FILE *texts;
    const experiment_plot *plot;
    const experiment_series **first; /* [count] the first series of each name */
    size_t count;
} sheet;

/* Where a panel lies and what its axes are. */
typedef struct area {
    double x, y; /* upper left corner of the plot area */
    experiment_axis across, up;
} area;

/* ---- text ----------------------------------------------------------------------------------- */

/* Roughly: which font is shown is not known here. A little wide for the common ones. */
static double text_width(const char *s, double size)
{
    double ems = 0.0;
    for (; *s != '\0'; s++)
        if ((*s & 0xC0) != 0x80) /* not within a character */
            ems += strchr("iljftr.,:;'|!()[] ", *s) ? 0.36 : strchr("mwMW@%", *s) ? 0.95 : 0.62;
    return ems * size;
}

/* What XML cannot hold, and what is no UTF-8, becomes '?'. */
static void add_escaped(FILE *out, const char *s)
{
    while (*s != '\0') {
        uint32_t code = 0;
        const size_t n = rri_utf8_read(s, strlen(s), &code);
        if (n == 0 || (code < 0x20 && strchr("\t\n\r", *s) == NULL) || code == 0xFFFE ||
            code == 0xFFFF)
            fputc('?', out);
        else if (strchr("&<>\"'", *s) != NULL)
            fprintf(out, "&#%d;", *s);
        else
            fprintf(out, "%.*s", (int)n, s);
        s += n > 0 ? n : 1;
    }
}

/* more: further attributes, written as they are. */
static void put_text(sheet *p, double x, double y, const char *class, const char *more,
                     const char *text)
{
    fprintf(p->texts, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\"%s>", x, y, class, more);
    add_escaped(p->texts, text);
    fputs("</text>\n", p->texts);
}

/* A line of text across the picture, pressed together where it is too long. */
static void put_line(sheet *p, double y, const char *class, double size, double space,
                     const char *text)
{
    char more[64] = "";
    if (text_width(text, size) > space)
        (void)snprintf(more, sizeof more, " textLength=\"%.1f\" lengthAdjust=\"spacingAndGlyphs\"",
                       space);
    put_text(p, margin, y, class, more, text);
}

/* ---- looks ---------------------------------------------------------------------------------- */

static rr_status collect_names(sheet *p, rr_error *err)
{
    size_t most = 0;
    for (size_t i = 0; i < p->plot->count; i++)
        most += p->plot->panels[i].count;
    const rr_status st = rri_alloc(&p->first, most, 1, sizeof *p->first, err);
    for (size_t i = 0; st == RR_OK && i < p->plot->count; i++)
        for (size_t s = 0; s < p->plot->panels[i].count; s++) {
            const experiment_series *const series = &p->plot->panels[i].series[s];
            size_t k = 0;
            while (k < p->count && strcmp(p->first[k]->name, series->name) != 0)
                k++;
            if (k == p->count)
                p->first[p->count++] = series;
        }
    return st;
}

/* The number of a series among those measured; references have a look of their own. */
static size_t look_of(const sheet *p, const experiment_series *series)
{
    size_t look = 0;
    for (size_t i = 0; i < p->count && strcmp(p->first[i]->name, series->name) != 0; i++)
        look += p->first[i]->style == EXPERIMENT_MEASURED;
    return look;
}

static void use_colour(const sheet *p, unsigned colour, double alpha)
{
    cairo_set_source_rgba(p->cr, (colour >> 16) / 255.0, (colour >> 8 & 0xFF) / 255.0,
                          (colour & 0xFF) / 255.0, alpha);
}

static unsigned colour_of(const sheet *p, const experiment_series *s)
{
    return s->style == EXPERIMENT_REFERENCE ? MUTED : colours[look_of(p, s) % COLOURS];
}

/* Stroke the path that has been laid. */
static void stroke(const sheet *p, unsigned colour, double width, const double *dash)
{
    use_colour(p, colour, 1.0);
    cairo_set_line_width(p->cr, width);
    cairo_set_dash(p->cr, dash, dash != NULL && dash[0] > 0.0 ? 2 : 0, 0.0);
    cairo_stroke(p->cr);
}

static void stroke_series(const sheet *p, const experiment_series *s)
{
    const size_t round = look_of(p, s) / COLOURS % DASHES;
    stroke(p, colour_of(p, s), 1.8,
           dashes[s->style == EXPERIMENT_REFERENCE ? REFERENCE_DASH : round]);
}

static void draw_line(const sheet *p, double x1, double y1, double x2, double y2, unsigned colour)
{
    cairo_move_to(p->cr, x1, y1);
    cairo_line_to(p->cr, x2, y2);
    stroke(p, colour, 1.0, NULL);
}

static void draw_marker(const sheet *p, const experiment_series *s, double x, double y)
{
    static const double corners[MARKERS][4][2] = {
        [1] = { { -3.2, -3.2 }, { 3.2, -3.2 }, { 3.2, 3.2 }, { -3.2, 3.2 } },
        [2] = { { 0, -4.4 }, { 4.2, 3.2 }, { -4.2, 3.2 }, { 0, -4.4 } },
        [3] = { { 0, -4.6 }, { 4.6, 0 }, { 0, 4.6 }, { -4.6, 0 } },
    };
    const int hollow = s->style == EXPERIMENT_REFERENCE;
    const size_t shape = hollow ? 3 : look_of(p, s) % MARKERS;
    const unsigned colour = colour_of(p, s);

    if (shape == 0)
        cairo_arc(p->cr, x, y, 3.6, 0.0, 2.0 * acos(-1.0));
    for (size_t i = 0; shape > 0 && i < 4; i++)
        cairo_line_to(p->cr, x + corners[shape][i][0], y + corners[shape][i][1]);
    cairo_close_path(p->cr);
    use_colour(p, hollow ? WHITE : colour, 1.0);
    cairo_fill_preserve(p->cr);
    stroke(p, hollow ? colour : WHITE, hollow ? 1.5 : 0.8, NULL);
}

/* ---- axes ----------------------------------------------------------------------------------- */

static int there(const experiment_series *s, size_t i)
{
    return !isnan(s->x[i]) && !isnan(s->y[i]);
}

static double band(const experiment_series *s, size_t i)
{
    return s->sd != NULL && !isnan(s->sd[i]) ? s->sd[i] : 0.0;
}

static rr_status check_values(const experiment_plot *plot, rr_error *err)
{
    for (size_t p = 0; p < plot->count; p++)
        for (size_t k = 0; k < plot->panels[p].count; k++) {
            const experiment_series *const s = &plot->panels[p].series[k];
            for (size_t i = 0; i < s->n; i++)
                if (isinf(s->x[i]) || isinf(s->y[i]) || isinf(band(s, i)))
                    return rri_fail(err, RR_ERR_NUMERIC, -1, "plot: point %zu of %s is infinite", i,
                                    s->name);
        }
    return RR_OK;
}

/* Axes over everything a panel shows; about 0..1 where that is nothing. */
static void find_axes(const experiment_panel *panel, area *a)
{
    const double far = (double)INFINITY;
    double x0 = far, x1 = -far, y0 = far, y1 = -far;
    for (size_t k = 0; k < panel->count; k++)
        for (size_t i = 0; i < panel->series[k].n; i++) {
            const experiment_series *const s = &panel->series[k];
            if (!there(s, i))
                continue;
            x0 = fmin(x0, s->x[i]);
            x1 = fmax(x1, s->x[i]);
            y0 = fmin(y0, s->y[i] - band(s, i));
            y1 = fmax(y1, s->y[i] + band(s, i));
        }
    if (x0 > x1) {
        x0 = y0 = 0.0;
        x1 = y1 = 1.0;
    }
    a->across = experiment_axis_of(x0, x1, 0.03, 6);
    a->up = panel->y_low < panel->y_high ? experiment_axis_of(panel->y_low, panel->y_high, 0.0, 6)
                                         : experiment_axis_of(y0, y1, 0.05, 6);
}

static double at_x(const area *a, double x)
{
    return a->x + area_width * (x - a->across.low) / (a->across.high - a->across.low);
}

static double at_y(const area *a, double y)
{
    return a->y + area_height * (a->up.high - y) / (a->up.high - a->up.low);
}

static void tick_label(const experiment_axis *axis, size_t i, char *out, size_t size)
{
    const double value = axis->ticks[i] / pow(10.0, axis->power);
    /* The minus sign, unlike the hyphen, is as wide as a digit. */
    (void)snprintf(out, size, "%s%.*f", value < 0.0 ? "\xE2\x88\x92" : "", axis->decimals,
                   fabs(value));
}

/* The label with what the tick labels are multiplied with. */
static void axis_label(const char *label, const experiment_axis *axis, char *out, size_t size)
{
    (void)snprintf(out, size, axis->power != 0 ? "%s (×10^%d)" : "%s", label, axis->power);
}

/* Grid, ticks and labels. */
static void draw_axes(sheet *p, const experiment_panel *panel, const area *a)
{
    const double bottom = a->y + area_height, right = a->x + area_width;
    char label[256], turned[64];
    for (size_t i = 0; i < a->up.count; i++) {
        const double y = at_y(a, a->up.ticks[i]);
        draw_line(p, a->x, y, right, y, GRID);
        tick_label(&a->up, i, label, sizeof label);
        put_text(p, a->x - 7.0, y + 4.0, "end", "", label);
    }
    for (size_t i = 0; i < a->across.count; i++) {
        const double x = at_x(a, a->across.ticks[i]);
        draw_line(p, x, bottom, x, bottom + 4.0, MUTED);
        tick_label(&a->across, i, label, sizeof label);
        put_text(p, x, bottom + 18.0, "middle", "", label);
    }
    draw_line(p, a->x, bottom, right, bottom, MUTED);
    draw_line(p, a->x, a->y, a->x, bottom, MUTED);
    axis_label(panel->x_label, &a->across, label, sizeof label);
    put_text(p, a->x + area_width / 2.0, bottom + below_space - 7.0, "middle", "", label);
    axis_label(panel->y_label, &a->up, label, sizeof label);
    const double x = a->x - left_space + 14.0, y = a->y + area_height / 2.0;
    (void)snprintf(turned, sizeof turned, " transform=\"rotate(-90 %.1f %.1f)\"", x, y);
    put_text(p, x, y, "middle", turned, label);
}

/* ---- series --------------------------------------------------------------------------------- */

/* The end of the run of points that are there, from `from` on. */
static size_t run_end(const experiment_series *s, size_t from)
{
    while (from < s->n && there(s, from))
        from++;
    return from;
}

/* The line of a run, `up` deviations above its points. */
static void lay_run(const sheet *p, const area *a, const experiment_series *s, size_t from,
                    size_t to, double up)
{
    for (size_t i = from; i < to; i++)
        cairo_line_to(p->cr, at_x(a, s->x[i]), at_y(a, s->y[i] + up * band(s, i)));
}

static void draw_band(const sheet *p, const area *a, const experiment_series *s, size_t from,
                      size_t to)
{
    int any = 0;
    for (size_t i = from; i < to; i++)
        any |= band(s, i) > 0.0;
    if (!any)
        return;
    lay_run(p, a, s, from, to, 1.0);
    for (size_t i = to; i-- > from;)
        lay_run(p, a, s, i, i + 1, -1.0);
    use_colour(p, colour_of(p, s), 0.18);
    cairo_fill(p->cr);
}

/* The bands lie below all lines, so that they dim none: `bands` says which of the two to draw. */
static void draw_series(const sheet *p, const area *a, const experiment_series *s, int bands)
{
    for (size_t from = 0, to = 0; from<s->n; from = to> from ? to : from + 1) {
        to = run_end(s, from);
        if (to < from + 2)
            continue;
        if (bands) {
            draw_band(p, a, s, from, to);
        } else {
            lay_run(p, a, s, from, to, 0.0);
            stroke_series(p, s);
        }
    }
}

/* All points of a short series; of a long one some, not at the same places as its neighbours'. A
 * point that stands alone is always marked, since no line shows it. Returns how many are there. */
static size_t draw_markers(const sheet *p, const area *a, const experiment_series *s)
{
    const size_t every = s->n > MARKERS_SHOWN + 3 ? s->n / MARKERS_SHOWN : 1;
    const size_t shift = look_of(p, s) * every / 3;
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        const int alone = !(i > 0 && there(s, i - 1)) && !(i + 1 < s->n && there(s, i + 1));
        n += there(s, i) != 0;
        if (there(s, i) && (alone || (i + shift) % every == every / 2))
            draw_marker(p, s, at_x(a, s->x[i]), at_y(a, s->y[i]));
    }
    return n;
}

static void draw_panel(sheet *p, const experiment_panel *panel, const area *a)
{
    size_t shown = 0;
    put_text(p, a->x, a->y - 10.0, "heading", "", panel->title);
    draw_axes(p, panel, a);
    cairo_save(p->cr);
    cairo_rectangle(p->cr, a->x - 5.0, a->y - 5.0, area_width + 10.0, area_height + 10.0);
    cairo_clip(p->cr);
    for (int bands = 1; bands >= 0; bands--)
        for (size_t s = 0; s < panel->count; s++)
            draw_series(p, a, &panel->series[s], bands);
    for (size_t s = 0; s < panel->count; s++)
        shown += draw_markers(p, a, &panel->series[s]);
    cairo_restore(p->cr);
    if (shown == 0)
        put_text(p, a->x + area_width / 2.0, a->y + area_height / 2.0, "note middle", "",
                 "no figures");
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* The legend's rows from y on; unless `draw` they are only counted. */
static size_t draw_legend(sheet *p, double right, double y, int draw)
{
    double x = margin;
    size_t rows = p->count > 0;
    for (size_t i = 0; i < p->count; i++) {
        const experiment_series *const s = p->first[i];
        const double width = sample_length + 26.0 + text_width(s->name, TEXT_SIZE);
        if (x > margin && x + width > right) {
            x = margin;
            rows++;
        }
        if (draw) {
            const double middle = y + legend_row * ((double)rows - 0.5);
            cairo_move_to(p->cr, x, middle);
            cairo_line_to(p->cr, x + sample_length, middle);
            stroke_series(p, s);
            draw_marker(p, s, x + sample_length / 2.0, middle);
            put_text(p, x + sample_length + 7.0, middle + 4.0, "entry", "", s->name);
        }
        x += width;
    }
    return rows;
}

static cairo_status_t take(void *closure, const unsigned char *data, unsigned n)
{
    return fwrite(data, 1, n, closure) == n ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

/* Everything, once the names are known: into p->texts and `out`. */
static rr_status draw(sheet *p, FILE *out, rr_error *err)
{
    const experiment_plot *const plot = p->plot;
    const double step = left_space + area_width + right_space;
    const double width = 2.0 * margin + (double)plot->count * step, right = width - margin;
    const double legend_y = margin + (plot->title[0] != '\0' ? TITLE_SIZE + 10.0 : 0.0);
    const double rows = legend_row * (double)draw_legend(p, right, 0.0, 0);
    int titled = 0;
    for (size_t i = 0; i < plot->count; i++)
        titled |= plot->panels[i].title[0] != '\0';
    const double top = legend_y + rows + (titled ? 32.0 : 12.0);
    const double bottom = top + area_height + below_space;
    const double height = bottom + (plot->note[0] != '\0' ? NOTE_SIZE + 8.0 : 0.0) + margin;

    cairo_surface_t *const surface = cairo_svg_surface_create_for_stream(take, out, width, height);
    cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
    p->cr = cairo_create(surface);
    cairo_set_line_join(p->cr, CAIRO_LINE_JOIN_ROUND);
    use_colour(p, WHITE, 1.0);
    cairo_paint(p->cr);
    put_line(p, margin + TITLE_SIZE - 3.0, "title", TITLE_SIZE, right - margin, plot->title);
    (void)draw_legend(p, right, legend_y, 1);
    for (size_t i = 0; i < plot->count; i++) {
        area a = { .x = margin + left_space + (double)i * step, .y = top };
        find_axes(&plot->panels[i], &a);
        draw_panel(p, &plot->panels[i], &a);
    }
    put_line(p, bottom + NOTE_SIZE + 5.0, "note", NOTE_SIZE, right - margin, plot->note);
    cairo_status_t failed = cairo_status(p->cr);
    cairo_destroy(p->cr);
    cairo_surface_finish(surface);
    failed = failed != CAIRO_STATUS_SUCCESS ? failed : cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    return failed == CAIRO_STATUS_SUCCESS
               ? RR_OK
               : rri_fail(err, RR_ERR_NOMEM, -1, "plot: cairo: %s", cairo_status_to_string(failed));
}

/* The drawing, which ends in </svg>, with the texts before that end. cairo numbers the surfaces of
 * a process; the file is not to depend on how many there were. */
static rr_status join(char *drawing, const char *texts, char **out, rr_error *err)
{
    char *const end = strstr(drawing, "</svg>");
    char *id = strstr(drawing, "\"surface");
    for (id = id != NULL ? strpbrk(id, "0123456789") : NULL; id != NULL && *id != '"'; id++)
        *id = '0';
    if (end != NULL)
        *end = '\0';
    return rri_format(out, err, "%s<style>%s</style>\n%s</svg>\n", drawing, style, texts);
}

rr_status experiment_series_of(const char *name, const experiment_point *points, size_t n,
                               int from_zero, double **room, experiment_series *out, rr_error *err)
{
    const size_t before = from_zero && n > 0; /* an empty curve stays empty */
    const size_t all = before + n;
    const rr_status st = rri_alloc(room, 3 * all, 1, sizeof(double), err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < n; i++) {
        (*room)[before + i] = points[i].x;
        (*room)[all + before + i] = points[i].mean;
        (*room)[2 * all + before + i] = points[i].sd;
    }
    *out = (experiment_series){
        .name = name, .x = *room, .y = *room + all, .sd = *room + 2 * all, .n = all
    };
    return RR_OK;
}

rr_status experiment_plot_svg(const experiment_plot *plot, char **out, rr_error *err)
{
    sheet p = { .plot = plot };
    FILE *f = NULL;
    char *drawing = NULL, *texts = NULL;
    size_t n = 0, m = 0;
    rr_status st = RR_OK;

    *out = NULL;
    if (plot->count == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "plot: no panel"));
    RRI_TRY(check_values(plot, err));
    RRI_TRY(collect_names(&p, err));
    f = open_memstream(&drawing, &n);
    p.texts = open_memstream(&texts, &m);
    if (f != NULL && p.texts != NULL)
        RRI_TRY(draw(&p, f, err));
    if (f == NULL || p.texts == NULL || fflush(f) != 0 || fflush(p.texts) != 0)
        RRI_TRY(rri_fail(err, RR_ERR_NOMEM, -1, "no memory for a plot"));
    RRI_TRY(join(drawing, texts, out, err));

done:
    if (f != NULL)
        (void)fclose(f);
    if (p.texts != NULL)
        (void)fclose(p.texts);
    free(drawing);
    free(texts);
    rri_free(p.first);
    return st;
}

rr_status experiment_plot_save(const experiment_plot *plot, const char *path, rr_error *err)
{
    char *text = NULL;
    rr_status st = experiment_plot_svg(plot, &text, err);
    if (st == RR_OK)
        st = rri_file_write(path, text, strlen(text), err);
    rri_free(text);
    return st;
}
