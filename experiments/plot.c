/* SPDX-License-Identifier: MIT */
/* plot.c - see plot.h. Lengths are pixels of the picture at its natural size.
 *
 *     title
 *     legend                         series of all panels, wrapped into rows
 *     panel title   panel title
 *     | plot area | plot area
 *     x label       x label
 *     note */
#include "experiments/plot.h"

#include "experiments/axis.h"
#include "experiments/svg.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sizes of type. */
#define TITLE_SIZE 17.0
#define HEADING_SIZE 13.5
#define TEXT_SIZE 12.0
#define NOTE_SIZE 11.0

static const double margin = 18.0;      /* round everything */
static const double area_width = 300.0; /* of a panel's plot area */
static const double area_height = 230.0;
static const double left_room = 66.0; /* y label and tick labels */
static const double right_room = 16.0;
static const double below_room = 44.0; /* tick labels and x label */
static const double legend_row = 20.0;
static const double sample_length = 26.0; /* of a line in the legend */

static const char *const ink = EXPERIMENT_INK, *const muted = "#5a5a5a", *const grid = "#e4e4e4";

/* Okabe and Ito's colours but for the yellow, which white paper swallows. */
static const char *const colours[] = { "#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                       "#e69f00", "#56b4e9", "#000000" };
/* From the second round on the lines are broken. */
static const char *const dashes[] = { "", "7 3", "2 3" };
enum { COLOURS = sizeof colours / sizeof *colours, DASHES = sizeof dashes / sizeof *dashes };
enum { MARKERS = 4, MARKERS_SHOWN = 9 };

/* The names of all series, each once: a name's place says its colour. */
typedef struct names {
    const experiment_series **first; /* [count] the first series of that name */
    size_t count;
} names;

/* Where a panel lies and what its axes are. */
typedef struct area {
    double x, y; /* upper left corner of the plot area */
    experiment_axis across, up;
} area;

/* ---- names and looks ------------------------------------------------------------------------ */

static rr_status collect_names(const experiment_plot *plot, names *out, rr_error *err)
{
    size_t most = 0;
    for (size_t p = 0; p < plot->count; p++)
        most += plot->panels[p].count;
    const rr_status st = rri_alloc(&out->first, most, 1, sizeof(experiment_series *), err);
    if (st != RR_OK)
        return st;
    for (size_t p = 0; p < plot->count; p++)
        for (size_t s = 0; s < plot->panels[p].count; s++) {
            const experiment_series *const series = &plot->panels[p].series[s];
            size_t i = 0;
            while (i < out->count && strcmp(out->first[i]->name, series->name) != 0)
                i++;
            if (i == out->count)
                out->first[out->count++] = series;
        }
    return RR_OK;
}

/* The place of a series among those measured; references have a look of their own. */
static size_t look_of(const names *all, const experiment_series *series)
{
    size_t look = 0;
    for (size_t i = 0; i < all->count && strcmp(all->first[i]->name, series->name) != 0; i++)
        look += all->first[i]->style == EXPERIMENT_MEASURED;
    return look;
}

static const char *colour_of(const experiment_series *series, size_t look)
{
    return series->style == EXPERIMENT_REFERENCE ? muted : colours[look % COLOURS];
}

static const char *dash_of(const experiment_series *series, size_t look)
{
    return series->style == EXPERIMENT_REFERENCE ? "4 3" : dashes[look / COLOURS % DASHES];
}

static void add_marker(experiment_text *out, const experiment_series *series, size_t look, double x,
                       double y)
{
    const int hollow = series->style == EXPERIMENT_REFERENCE;
    const char *const colour = colour_of(series, look);
    const char *const fill = hollow ? "#ffffff" : colour;
    const char *const edge = hollow ? colour : "#ffffff";
    const double r = 3.6;
    switch (hollow ? 3 : look % MARKERS) {
    case 0:
        experiment_add(out, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%.1f\"", x, y, r);
        break;
    case 1:
        experiment_add(out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.1f\" height=\"%.1f\"", x - 3.2,
                       y - 3.2, 6.4, 6.4);
        break;
    case 2:
        experiment_add(out, "<path d=\"M%.2f %.2fL%.2f %.2fL%.2f %.2fZ\"", x, y - 4.4, x + 4.2,
                       y + 3.2, x - 4.2, y + 3.2);
        break;
    default:
        experiment_add(out, "<path d=\"M%.2f %.2fL%.2f %.2fL%.2f %.2fL%.2f %.2fZ\"", x, y - 4.6,
                       x + 4.6, y, x, y + 4.6, x - 4.6, y);
        break;
    }
    experiment_add(out, " fill=\"%s\" stroke=\"%s\" stroke-width=\"%s\"/>\n", fill, edge,
                   hollow ? "1.5" : "0.8");
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

/* Axes over everything a panel shows; 0..1 where that is nothing. */
static void find_axes(const experiment_panel *panel, area *a)
{
    const double far = (double)INFINITY;
    double x0 = far, x1 = -far, y0 = far, y1 = -far;
    for (size_t k = 0; k < panel->count; k++) {
        const experiment_series *const s = &panel->series[k];
        for (size_t i = 0; i < s->n; i++) {
            if (!there(s, i))
                continue;
            x0 = fmin(x0, s->x[i]);
            x1 = fmax(x1, s->x[i]);
            y0 = fmin(y0, s->y[i] - band(s, i));
            y1 = fmax(y1, s->y[i] + band(s, i));
        }
    }
    const int some = x0 <= x1;
    const int fixed = panel->y_low < panel->y_high;
    a->across = experiment_axis_of(some ? x0 : 0.0, some ? x1 : 1.0, some ? 0.03 : 0.0, 6);
    if (fixed)
        a->up = experiment_axis_of(panel->y_low, panel->y_high, 0.0, 6);
    else
        a->up = experiment_axis_of(some ? y0 : 0.0, some ? y1 : 1.0, some ? 0.05 : 0.0, 6);
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

/* "label (×10⁶)": what the tick labels are multiplied with. */
static void axis_label(const char *label, const experiment_axis *axis, experiment_text *out)
{
    static const char *const raised[] = { "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹" };
    char digits[16];
    experiment_add(out, "%s", label);
    if (axis->power == 0)
        return;
    (void)snprintf(digits, sizeof digits, "%d", abs(axis->power));
    experiment_add(out, " (×10%s", axis->power < 0 ? "⁻" : "");
    for (const char *d = digits; *d != '\0'; d++)
        experiment_add(out, "%s", raised[*d - '0']);
    experiment_add(out, ")");
}

/* Grid, ticks and their labels. */
static void add_ticks(experiment_text *out, const area *a)
{
    const double bottom = a->y + area_height;
    char label[64];
    for (size_t i = 0; i < a->up.count; i++) {
        const double y = at_y(a, a->up.ticks[i]);
        experiment_svg_line(out, a->x, y, a->x + area_width, y, grid);
        tick_label(&a->up, i, label, sizeof label);
        experiment_svg_label(out, a->x - 7.0, y + 4.0, TEXT_SIZE, "end", ink, label);
    }
    for (size_t i = 0; i < a->across.count; i++) {
        const double x = at_x(a, a->across.ticks[i]);
        experiment_svg_line(out, x, bottom, x, bottom + 4.0, muted);
        tick_label(&a->across, i, label, sizeof label);
        experiment_svg_label(out, x, bottom + 18.0, TEXT_SIZE, "middle", ink, label);
    }
    experiment_svg_line(out, a->x, bottom, a->x + area_width, bottom, muted);
    experiment_svg_line(out, a->x, a->y, a->x, bottom, muted);
}

static void add_axis_labels(experiment_text *out, const experiment_panel *panel, const area *a)
{
    experiment_text label = { .data = NULL };
    const double y = a->y + area_height / 2.0, x = a->x - left_room + 14.0;

    axis_label(panel->x_label, &a->across, &label);
    if (label.n > 0)
        experiment_svg_label(out, a->x + area_width / 2.0, a->y + area_height + below_room - 7.0,
                             TEXT_SIZE, "middle", ink, label.data);
    out->failed |= label.failed;
    experiment_text_clear(&label);
    axis_label(panel->y_label, &a->up, &label);
    experiment_add(out, "<g transform=\"rotate(-90 %.1f %.1f)\">\n", x, y);
    if (label.n > 0)
        experiment_svg_label(out, x, y, TEXT_SIZE, "middle", ink, label.data);
    experiment_add(out, "</g>\n");
    out->failed |= label.failed;
    experiment_text_clear(&label);
}

/* ---- series --------------------------------------------------------------------------------- */

/* The end of the run of points that are there, from `from` on. */
static size_t run_end(const experiment_series *s, size_t from)
{
    while (from < s->n && there(s, from))
        from++;
    return from;
}

static void add_band(experiment_text *out, const area *a, const experiment_series *s, size_t from,
                     size_t to, const char *colour)
{
    experiment_add(out, "<path d=\"");
    for (size_t i = from; i < to; i++)
        experiment_add(out, "%c%.2f %.2f", i == from ? 'M' : 'L', at_x(a, s->x[i]),
                       at_y(a, s->y[i] + band(s, i)));
    for (size_t i = to; i-- > from;)
        experiment_add(out, "L%.2f %.2f", at_x(a, s->x[i]), at_y(a, s->y[i] - band(s, i)));
    experiment_add(out, "Z\" fill=\"%s\" fill-opacity=\"0.18\"/>\n", colour);
}

static int has_band(const experiment_series *s, size_t from, size_t to)
{
    int any = 0;
    for (size_t i = from; i < to; i++)
        any |= band(s, i) > 0.0;
    return any && to - from > 1;
}

static void add_stroke(experiment_text *out, const char *colour, const char *dash)
{
    experiment_add(out,
                   "\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.8\" stroke-linejoin=\"round\"",
                   colour);
    if (dash[0] != '\0')
        experiment_add(out, " stroke-dasharray=\"%s\"", dash);
    experiment_add(out, "/>\n");
}

/* The bands lie below all lines, so that they dim none: `bands` says which of the two to draw. */
static void add_series(experiment_text *out, const area *a, const experiment_series *s, size_t look,
                       int bands)
{
    const char *const colour = colour_of(s, look);
    for (size_t from = 0; from < s->n; from++) {
        const size_t to = run_end(s, from);
        if (bands && has_band(s, from, to))
            add_band(out, a, s, from, to, colour);
        if (!bands && to - from > 1) {
            experiment_add(out, "<path d=\"");
            for (size_t i = from; i < to; i++)
                experiment_add(out, "%c%.2f %.2f", i == from ? 'M' : 'L', at_x(a, s->x[i]),
                               at_y(a, s->y[i]));
            add_stroke(out, colour, dash_of(s, look));
        }
        from = to > from ? to - 1 : from;
    }
}

/* All points of a short series; of a long one some, not at the same places as its neighbours'. A
 * point that stands alone is always marked, since no line shows it. */
static void add_markers(experiment_text *out, const area *a, const experiment_series *s,
                        size_t look)
{
    const size_t every = s->n > MARKERS_SHOWN + 3 ? s->n / MARKERS_SHOWN : 1;
    for (size_t i = 0; i < s->n; i++) {
        const int alone = !(i > 0 && there(s, i - 1)) && !(i + 1 < s->n && there(s, i + 1));
        if (there(s, i) && (alone || (i + look * every / 3) % every == every / 2))
            add_marker(out, s, look, at_x(a, s->x[i]), at_y(a, s->y[i]));
    }
}

static void add_panel(experiment_text *out, const experiment_panel *panel, const names *all,
                      size_t number, const area *a)
{
    experiment_add(out,
                   "<clipPath id=\"area%zu\"><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                   "height=\"%.1f\"/></clipPath>\n",
                   number, a->x - 5.0, a->y - 5.0, area_width + 10.0, area_height + 10.0);
    if (panel->title[0] != '\0')
        experiment_svg_bold(out, a->x, a->y - 10.0, HEADING_SIZE, panel->title);
    add_ticks(out, a);
    add_axis_labels(out, panel, a);
    experiment_add(out, "<g clip-path=\"url(#area%zu)\">\n", number);
    size_t shown = 0;
    for (int bands = 1; bands >= 0; bands--)
        for (size_t s = 0; s < panel->count; s++)
            add_series(out, a, &panel->series[s], look_of(all, &panel->series[s]), bands);
    for (size_t s = 0; s < panel->count; s++) {
        add_markers(out, a, &panel->series[s], look_of(all, &panel->series[s]));
        for (size_t i = 0; i < panel->series[s].n; i++)
            shown += there(&panel->series[s], i) != 0;
    }
    experiment_add(out, "</g>\n");
    if (shown == 0)
        experiment_svg_label(out, a->x + area_width / 2.0, a->y + area_height / 2.0, TEXT_SIZE,
                             "middle", muted, "no figures");
}

/* ---- the whole ------------------------------------------------------------------------------ */

static double entry_width(const char *name)
{
    return sample_length + 8.0 + experiment_svg_width(name, TEXT_SIZE) + 18.0;
}

/* The legend's rows from y on; with out NULL they are only counted. */
static size_t add_legend(experiment_text *out, const names *all, double left, double right,
                         double y)
{
    double x = left;
    size_t rows = all->count > 0;
    for (size_t i = 0; i < all->count; i++) {
        const experiment_series *const s = all->first[i];
        const double width = entry_width(s->name);
        if (x > left && x + width > right) {
            x = left;
            rows++;
        }
        if (out != NULL) {
            const double middle = y + legend_row * ((double)rows - 0.5);
            const size_t look = look_of(all, s);
            experiment_add(out, "<path d=\"M%.1f %.1fH%.1f", x, middle, x + sample_length);
            add_stroke(out, colour_of(s, look), dash_of(s, look));
            add_marker(out, s, look, x + sample_length / 2.0, middle);
            experiment_svg_label(out, x + sample_length + 7.0, middle + 4.0, TEXT_SIZE, "start",
                                 ink, s->name);
        }
        x += width;
    }
    return rows;
}

/* Type that lets a line of text keep within the picture. */
static double fitting(const char *text, double size, double room)
{
    const double width = experiment_svg_width(text, size);
    return width > room ? size * room / width : size;
}

static void add_head(experiment_text *out, const experiment_plot *plot, double width, double height)
{
    experiment_add(out,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
                   "viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
                   "font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">\n<title>",
                   width, height, width, height);
    experiment_svg_text(out, plot->title);
    experiment_add(out, "</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n");
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

rr_status experiment_plot_svg(const experiment_plot *plot, experiment_text *out, rr_error *err)
{
    names all = { .first = NULL };
    int titled = 0;
    rr_status st = RR_OK;

    *out = (experiment_text){ .data = NULL };
    if (plot->count == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "plot: no panel"));
    RRI_TRY(check_values(plot, err));
    RRI_TRY(collect_names(plot, &all, err));
    for (size_t p = 0; p < plot->count; p++)
        titled |= plot->panels[p].title[0] != '\0';

    const double step = left_room + area_width + right_room;
    const double width = 2.0 * margin + (double)plot->count * step;
    const double room = width - 2.0 * margin;
    const double legend_y = margin + (plot->title[0] != '\0' ? TITLE_SIZE + 10.0 : 0.0);
    const size_t rows = add_legend(NULL, &all, margin, width - margin, 0.0);
    const double top = legend_y + legend_row * (double)rows + (titled ? 32.0 : 12.0);
    const double bottom = top + area_height + below_room;
    const double height = bottom + (plot->note[0] != '\0' ? NOTE_SIZE + 8.0 : 0.0) + margin;

    add_head(out, plot, width, height);
    if (plot->title[0] != '\0')
        experiment_svg_bold(out, margin, margin + TITLE_SIZE - 3.0,
                            fitting(plot->title, TITLE_SIZE, room), plot->title);
    (void)add_legend(out, &all, margin, width - margin, legend_y);
    for (size_t p = 0; p < plot->count; p++) {
        area a = { .x = margin + left_room + (double)p * step, .y = top };
        find_axes(&plot->panels[p], &a);
        add_panel(out, &plot->panels[p], &all, p, &a);
    }
    if (plot->note[0] != '\0')
        experiment_svg_label(out, margin, bottom + NOTE_SIZE + 5.0,
                             fitting(plot->note, NOTE_SIZE, room), "start", muted, plot->note);
    experiment_add(out, "</svg>\n");
    if (out->failed)
        st = rri_fail(err, RR_ERR_NOMEM, -1, "no memory for a plot");

done:
    rri_free(all.first);
    if (st != RR_OK)
        experiment_text_clear(out);
    return st;
}

rr_status experiment_plot_save(const experiment_plot *plot, const char *path, rr_error *err)
{
    experiment_text text = { .data = NULL };
    rr_status st = experiment_plot_svg(plot, &text, err);
    if (st == RR_OK)
        st = experiment_text_save(&text, path, err);
    experiment_text_clear(&text);
    return st;
}
