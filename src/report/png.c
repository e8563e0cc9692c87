/* SPDX-License-Identifier: MIT */
/* png.c - writes PNG files [ISO 15948]: signature, IHDR, IDAT, IEND, each chunk with its CRC.
 *
 * Every row is filtered by the row above it (filter 2, "up"): the many rows of a sheet that equal
 * the one before become zeros, which are packed fast. libpng tries five filters a row: with it a
 * whole explain --picture took 235 ms, with this 131. */
#include "report/png.h"

#include "io/gzip.h"
#include "io/io.h"

#include <zlib.h>

#include <string.h>

enum { UP = 2, COLOURS = 3, RGB = 2, CHUNK_FRAME = 12, HEADER = 13 };

/* Of filtered rows: packed they are at most a thousandth longer, and a chunk has 2^31 - 1 at most.
 */
static const size_t most_bytes = 0x7f000000;

static const unsigned char signature[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };

static unsigned char *put_number(unsigned char *to, size_t number)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        *to++ = (unsigned char)(number >> shift);
    return to;
}

/* Length, name, content, CRC of name and content. Returns the end. */
static unsigned char *put_chunk(unsigned char *to, const char *name, const void *content,
                                size_t bytes)
{
    unsigned char *const begin = put_number(to, bytes);

    memcpy(begin, name, 4);
    if (bytes > 0)
        memcpy(begin + 4, content, bytes);
    return put_number(begin + 4 + bytes, crc32_z(0, begin, 4 + bytes));
}

/* A row of [width] pixels less the one above it; to is zero. */
static void filter_row(const uint32_t *row, const uint32_t *above, size_t width, unsigned char *to)
{
    *to++ = UP;
    if (memcmp(row, above, width * sizeof *row) == 0)
        return;
    for (size_t x = 0; x < width; x++) {
        const uint32_t now = row[x];
        const uint32_t was = above[x];
        *to++ = (unsigned char)((now >> 16) - (was >> 16));
        *to++ = (unsigned char)((now >> 8) - (was >> 8));
        *to++ = (unsigned char)(now - was);
    }
}

/* All rows, filtered; *out is owned. */
static rr_status filter_rows(const uint32_t *pixels, size_t width, size_t height, size_t stride,
                             unsigned char **out, rr_error *err)
{
    uint32_t *none = NULL; /* above the first row */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&none, width, 1, sizeof *none, err));
    RRI_TRY(rri_alloc(out, height, 1 + COLOURS * width, 1, err));
    for (size_t y = 0; y < height; y++)
        filter_row(pixels + y * stride, y > 0 ? pixels + (y - 1) * stride : none, width,
                   *out + y * (1 + COLOURS * width));

done:
    rri_free(none);
    return st;
}

rr_status rri_png_write(const uint32_t *pixels, size_t width, size_t height, size_t stride,
                        const char *path, rr_error *err)
{
    unsigned char header[HEADER] = { 0 };
    unsigned char *rows = NULL;
    unsigned char *packed = NULL;
    unsigned char *file = NULL;
    size_t bytes = 0;
    rr_status st = RR_OK;

    if (width > most_bytes / COLOURS - 1 || height > most_bytes / (1 + COLOURS * width))
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1, "a picture of %zu by %zu pixels is too large",
                        width, height);
    RRI_TRY(filter_rows(pixels, width, height, stride, &rows, err));
    RRI_TRY(rri_zlib_pack(rows, height * (1 + COLOURS * width), &packed, &bytes, err));
    RRI_TRY(rri_alloc_raw(&file, sizeof signature + 3 * CHUNK_FRAME + HEADER + bytes, 1, 1, err));
    unsigned char *to = put_number(put_number(header, width), height);
    to[0] = 8; /* bits */
    to[1] = RGB;
    memcpy(file, signature, sizeof signature);
    to = put_chunk(file + sizeof signature, "IHDR", header, sizeof header);
    to = put_chunk(to, "IDAT", packed, bytes);
    to = put_chunk(to, "IEND", NULL, 0);
    RRI_TRY(rri_file_write(path, file, (size_t)(to - file), err));

done:
    rri_free(file);
    rri_free(packed);
    rri_free(rows);
    return st;
}
