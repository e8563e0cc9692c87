/* SPDX-License-Identifier: MIT */
/* svg.c - see svg.h. */
#include "experiments/svg.h"

#include <string.h>

/* Text as XML wants it. */
void experiment_svg_text(experiment_text *out, const char *s)
{
    while (*s != '\0') {
        const size_t n = experiment_character(s);
        if (n == 0)
            experiment_add_char(out, '?');
        else if (*s == '&' || *s == '<' || *s == '>' || *s == '"' || *s == '\'')
            experiment_add(out, "&#%d;", *s);
        else
            experiment_add(out, "%.*s", (int)n, s);
        s += n > 0 ? n : 1;
    }
}

/* Roughly: fonts differ, and none is at hand. A little wide for all the common ones. */
double experiment_svg_width(const char *s, double size)
{
    double ems = 0.0;
    while (*s != '\0') {
        const size_t n = experiment_character(s);
        ems += strchr("iljftr.,:;'|!()[] ", *s) != NULL ? 0.36 : strchr("mwMW@%", *s) ? 0.95 : 0.62;
        s += n > 0 ? n : 1;
    }
    return ems * size;
}

/* anchor: "start", "middle" or "end". */
void experiment_svg_label(experiment_text *out, double x, double y, double size, const char *anchor,
                          const char *fill, const char *s)
{
    experiment_add(out,
                   "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">",
                   x, y, size, anchor, fill);
    experiment_svg_text(out, s);
    experiment_add(out, "</text>\n");
}

void experiment_svg_bold(experiment_text *out, double x, double y, double size, const char *s)
{
    experiment_add(
        out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\" font-weight=\"600\" fill=\"%s\">", x,
        y, size, EXPERIMENT_INK);
    experiment_svg_text(out, s);
    experiment_add(out, "</text>\n");
}

void experiment_svg_line(experiment_text *out, double x1, double y1, double x2, double y2,
                         const char *stroke)
{
    experiment_add(out,
                   "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" "
                   "stroke-width=\"1\"/>\n",
                   x1, y1, x2, y2, stroke);
}
