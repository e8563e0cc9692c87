/* SPDX-License-Identifier: MIT */
/* idx.c - reads the IDX format of the MNIST database:
 *
 *     offset 0: 0, 0, element type (8: unsigned byte), rank | rank big-endian u32 extents | data
 *
 * The data must end where the file ends. */
#include "data/idx.h"
#include "io/file.h"
#include "io/io.h"

#include <assert.h>
#include <string.h>

enum { TYPE_U8 = 8, MOST_RANK = 3 };

/* Largest file accepted, unpacked: 75 times the largest set of this kind in common use. */
static const size_t most_bytes = (size_t)1 << 32;

/* The file to open: `path`, or `path`.gz where only that exists; owned. */
static rr_status choose_name(const char *path, char **out, rr_error *err)
{
    char *packed = NULL;
    rr_status st = RR_OK;

    if (rri_file_exists(path))
        return rri_strdup(path, out, err);
    RRI_TRY(rri_format(&packed, err, "%s.gz", path));
    if (!rri_file_exists(packed)) {
        st = rri_fail(err, RR_ERR_IO, -1, "cannot open %s: there is no such file, nor one with .gz",
                      path);
        goto done;
    }
    *out = packed;
    packed = NULL;

done:
    rri_free(packed);
    return st;
}

static uint32_t big_endian(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Check the four magic bytes. */
static rr_status check_magic(const char *name, const unsigned char *p, size_t bytes, size_t rank,
                             rr_error *err)
{
    if (bytes < 4)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)bytes,
                        "%s is truncated: %zu bytes, too short for an IDX header", name, bytes);
    if (p[0] != 0 || p[1] != 0)
        return rri_fail(err, RR_ERR_FORMAT, 0,
                        "%s is not IDX: magic number 0x%08lx at offset 0 should begin with 0x0000",
                        name, (unsigned long)big_endian(p));
    if (p[2] != TYPE_U8)
        return rri_fail(err, RR_ERR_FORMAT, 2,
                        "%s holds elements of IDX type 0x%02x (offset 2), expected 0x08, bytes",
                        name, (unsigned)p[2]);
    if (p[3] != rank)
        return rri_fail(err, RR_ERR_SHAPE, 3, "%s has %u dimensions (offset 3), expected %zu", name,
                        (unsigned)p[3], rank);
    return RR_OK;
}

/* Read the extents from the header; *items is their product. */
static rr_status read_extents(const char *name, const unsigned char *p, size_t bytes, rri_idx *x,
                              size_t *items, rr_error *err)
{
    const size_t header = 4 + 4 * x->rank;

    *items = 1;
    if (bytes < header)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)bytes,
                        "%s is truncated: %zu bytes, its header takes %zu", name, bytes, header);
    for (size_t i = 0; i < x->rank; i++) {
        x->shape[i] = big_endian(p + 4 + 4 * i);
        if (x->shape[i] != 0 && *items > SIZE_MAX / x->shape[i])
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)(4 + 4 * i),
                            "%s: extent %zu at offset %zu makes the size overflow", name,
                            x->shape[i], 4 + 4 * i);
        *items *= x->shape[i];
    }
    return RR_OK;
}

/* The header of an open file: magic and extents; *items is their product. */
static rr_status take_header(rri_reader *r, const char *name, rri_idx *x, size_t *items,
                             rr_error *err)
{
    unsigned char header[4 + 4 * MOST_RANK];
    size_t bytes = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_reader_take(r, header, 4 + 4 * x->rank, &bytes, err));
    RRI_TRY(check_magic(name, header, bytes, x->rank, err));
    RRI_TRY(read_extents(name, header, bytes, x, items, err));
    if (*items > most_bytes)
        st = rri_fail(err, RR_ERR_FORMAT, 4, "%s holds more than %zu bytes", name, most_bytes);
    else if (*items > rri_reader_most(r)) /* before memory is allocated */
        st = rri_fail(err, RR_ERR_FORMAT, 4, "%s is truncated: %zu bytes of data are announced",
                      name, *items);

done:
    return st;
}

/* ---- all rows ------------------------------------------------------------------------------- */

/* The bytes that follow, up to most_bytes. */
static rr_status count_rest(rri_reader *r, size_t *rest, rr_error *err)
{
    unsigned char piece[4096];
    size_t got = sizeof piece;
    rr_status st = RR_OK;

    *rest = 0;
    while (got == sizeof piece && *rest < most_bytes) {
        RRI_TRY(rri_reader_take(r, piece, sizeof piece, &got, err));
        *rest += got;
    }

done:
    return st;
}

/* Read all items into x->data, behind which the file must end. Memory is taken as the bytes come:
 * a small file may announce many. */
static rr_status take_all(rri_reader *r, const char *name, size_t items, rri_idx *x, rr_error *err)
{
    const size_t header = 4 + 4 * x->rank;
    size_t capacity = rri_min(items, 2 * rri_min(rri_reader_hint(r), most_bytes));
    size_t used = 0;
    size_t got = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc_raw(&x->data, capacity, 1, 1, err));
    for (;;) {
        RRI_TRY(rri_reader_take(r, x->data + used, capacity - used, &got, err));
        used += got;
        if (used < capacity || used == items)
            break;
        const size_t wider = rri_min(items, 2 * capacity);
        RRI_TRY(rri_grow(&x->data, capacity, wider, 1, err));
        capacity = wider;
    }
    if (used < items)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)(header + used),
                         "%s is truncated at offset %zu: its shape needs %zu bytes of data, there "
                         "are %zu",
                         name, header + used, items, used));
    RRI_TRY(count_rest(r, &got, err));
    if (got > 0)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)(header + items),
                         "%s has %zu trailing bytes at offset %zu, where its data end", name, got,
                         header + items));

done:
    return st;
}

/* ---- some rows ------------------------------------------------------------------------------ */

/* Read up to the last requested row, and store the requested rows in x->data. */
static rr_status take_rows(rri_reader *r, const char *name, const size_t *which, size_t n,
                           size_t width, rri_idx *x, rr_error *err)
{
    unsigned char *row = NULL;
    size_t rows = 0;
    size_t got = 0;
    rr_status st = RR_OK;

    for (size_t i = 0; i < n; i++) {
        if (which[i] >= x->shape[0])
            return rri_fail(err, RR_ERR_ARG, (int64_t)i, "%s has %zu rows, none of number %zu",
                            name, x->shape[0], which[i]);
        rows = rri_max(rows, which[i] + 1);
    }
    RRI_TRY(rri_alloc(&row, width, 1, 1, err));
    RRI_TRY(rri_alloc(&x->data, n, width, 1, err));
    for (size_t at = 0; at < rows; at++) {
        RRI_TRY(rri_reader_take(r, row, width, &got, err));
        if (got < width)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s is truncated in row %zu of %zu", name, at,
                             x->shape[0]));
        for (size_t i = 0; i < n; i++)
            if (which[i] == at)
                memcpy(x->data + i * width, row, width);
    }

done:
    rri_free(row);
    return st;
}

/* ---- a file --------------------------------------------------------------------------------- */

/* All rows, or with `some` the n rows `which`. */
static rr_status read_file(const char *path, size_t rank, bool some, const size_t *which, size_t n,
                           rri_idx *out, rr_error *err)
{
    rri_idx x = { .rank = rank };
    rri_reader *r = NULL;
    char *name = NULL;
    size_t items = 0;
    rr_status st = RR_OK;

    assert(rank >= 1 && rank <= MOST_RANK);
    RRI_TRY(choose_name(path, &name, err));
    RRI_TRY(rri_check_plain(name, "it is read again for single sequences", err));
    RRI_TRY(rri_reader_open(name, &r, err));
    RRI_TRY(take_header(r, name, &x, &items, err));
    if (some)
        RRI_TRY(take_rows(r, name, which, n, x.shape[0] > 0 ? items / x.shape[0] : 0, &x, err));
    else
        RRI_TRY(take_all(r, name, items, &x, err));
    RRI_TRY(rri_reader_hash(r, x.hash, err));
    *out = x;
    x.data = NULL;

done:
    rri_free(x.data);
    rri_reader_close(r);
    rri_free(name);
    return st;
}

rr_status rri_idx_read(const char *path, size_t rank, rri_idx *out, rr_error *err)
{
    return read_file(path, rank, false, NULL, 0, out, err);
}

rr_status rri_idx_read_rows(const char *path, size_t rank, const size_t *which, size_t n,
                            rri_idx *out, rr_error *err)
{
    return read_file(path, rank, true, which, n, out, err);
}
