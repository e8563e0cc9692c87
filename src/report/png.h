/* SPDX-License-Identifier: MIT */
/* png.h - pictures as PNG files. */
#ifndef RRI_REPORT_PNG_H
#define RRI_REPORT_PNG_H

#include "core/core.h"

/* Write a picture atomically, in 8 bits each of red, green and blue.
 *  Shapes   pixels is [height][width] of 0x00RRGGBB, the upper byte is ignored; `stride` pixels
 *           from row to row.
 *  Errors   UNSUPPORTED (more than some 2 GB of rows), IO, NOMEM. */
rr_status rri_png_write(const uint32_t *pixels, size_t width, size_t height, size_t stride,
                        const char *path, rr_error *err);

#endif
