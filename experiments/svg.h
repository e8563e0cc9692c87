/* SPDX-License-Identifier: MIT */
/* svg.h - the words of SVG the plots are written in. Lengths are pixels. */
#ifndef EXPERIMENTS_SVG_H
#define EXPERIMENTS_SVG_H

#include "experiments/support.h"

#define EXPERIMENT_INK "#222222" /* of text */

/* Text as XML wants it: what XML forbids, and what is no UTF-8, becomes '?'. */
void experiment_svg_text(experiment_text *out, const char *s);

/* Roughly how wide a text is. Fonts differ, and none is at hand: a little wide for the common ones.
 */
double experiment_svg_width(const char *s, double size);

/* anchor: "start", "middle" or "end". */
void experiment_svg_label(experiment_text *out, double x, double y, double size, const char *anchor,
                          const char *fill, const char *s);
void experiment_svg_bold(experiment_text *out, double x, double y, double size, const char *s);
void experiment_svg_line(experiment_text *out, double x1, double y1, double x2, double y2,
                         const char *stroke);

#endif
