/* SPDX-License-Identifier: MIT */
/* picture_check.h - reads a picture back and counts its colours. */
#ifndef RR_TESTS_REPORT_PICTURE_CHECK_H
#define RR_TESTS_REPORT_PICTURE_CHECK_H

#include "check.h"

#include <cairo.h>
#include <fontconfig/fontconfig.h>

/* Measurable properties of a picture. */
typedef struct seen {
    int width, height;
    size_t ink;          /* pixels that are not white */
    size_t blue, orange; /* pixels in the colours of truth and prediction */
} seen;

static inline seen look(const char *path)
{
    cairo_surface_t *s = cairo_image_surface_create_from_png(path);
    seen r = { 0 };

    assert_int_equal(cairo_surface_status(s), CAIRO_STATUS_SUCCESS);
    r.width = cairo_image_surface_get_width(s);
    r.height = cairo_image_surface_get_height(s);
    const unsigned char *data = cairo_image_surface_get_data(s);
    const size_t stride = (size_t)cairo_image_surface_get_stride(s);
    for (size_t y = 0; y < (size_t)r.height; y++)
        for (size_t x = 0; x < (size_t)r.width; x++) {
            uint32_t p = 0;
            memcpy(&p, data + y * stride + 4 * x, sizeof p);
            const int red = (int)(p >> 16 & 255);
            const int green = (int)(p >> 8 & 255);
            const int blue = (int)(p & 255);
            r.ink += (p & 0xFFFFFF) != 0xFFFFFF;
            r.blue += blue > 150 && red < 30 && green < 130;
            r.orange += red > 200 && blue < 30 && green < 140;
        }
    cairo_surface_destroy(s);
    return r;
}

/* cairo and fontconfig keep fonts between pictures; once these are given back, LeakSanitizer sees
 * only what is really lost. */
static inline int forget_fonts(void **state)
{
    (void)state;
    cairo_debug_reset_static_data();
    FcFini();
    return 0;
}

#endif
