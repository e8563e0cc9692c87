/* SPDX-License-Identifier: MIT */
/* npz_stream.c - reads parts of an array in a .npz: of one that is stored from any item on, of a
 * compressed one by unpacking what is before. Little-endian floats of 4 bytes are read in place. */
#include "io/io.h"
#include "io/npy.h"
#include "io/npy_element.h"
#include "io/npz_entry.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { CHUNK = 1 << 16 };

struct rri_npy_stream {
    rri_npz *z; /* borrowed */
    rri_npz_entry entry;
    rri_npy_header header;
    rri_npy about;
    uint64_t data;        /* bytes of the header */
    size_t at;            /* the item that is read next, SIZE_MAX where unknown */
    unsigned char *chunk; /* [CHUNK] */
};

static rr_status check_form(const rri_npy_stream *s, rr_error *err)
{
    const rri_npy_header *h = &s->header;
    size_t wide = 0;

    if (s->about.kind == RRI_NPY_TEXT)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: array \"%s\" holds texts, not numbers",
                        s->entry.path, s->entry.name);
    for (size_t i = 0; i < h->rank; i++)
        wide += h->shape[i] > 1;
    if (h->order && wide > 1)
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "%s: array \"%s\" is in Fortran order, which cannot be read row by row; "
                        "save numpy.ascontiguousarray() of it",
                        s->entry.path, s->entry.name);
    return RR_OK;
}

/* Open the entry and read its header; the position is at item 0. */
static rr_status open_at_front(rri_npy_stream *s, const char *name, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_npz_entry_open(s->z, name, INT64_MAX, &s->entry, err));
    const uint64_t whole = s->entry.left;
    RRI_TRY(rri_npz_entry_header(&s->entry, &s->header, err));
    RRI_TRY(rri_npz_entry_items(&s->entry, &s->header, &s->about.items, err));
    s->data = whole - s->entry.left;
    s->at = 0;

done:
    return st;
}

rr_status rri_npy_stream_open(rri_npz *z, const char *name, rri_npy_stream **out, rr_error *err)
{
    rri_npy_stream *s = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&s, 1, 1, sizeof *s, err));
    s->z = z;
    RRI_TRY(open_at_front(s, name, err));
    rri_npy_describe(&s->header, &s->about);
    RRI_TRY(check_form(s, err));
    RRI_TRY(rri_alloc(&s->chunk, CHUNK, 1, 1, err));
    *out = s;
    s = NULL;

done:
    rri_npy_stream_close(s);
    return st;
}

void rri_npy_stream_close(rri_npy_stream *s)
{
    if (s == NULL)
        return;
    rri_npz_entry_close(&s->entry);
    rri_free(s->chunk);
    rri_free(s);
}

const rri_npy *rri_npy_stream_about(const rri_npy_stream *s)
{
    return &s->about;
}

/* ---- position ------------------------------------------------------------------------------- */

/* Read the next n <= CHUNK/width items into the chunk. After a failure the position is unknown. */
static rr_status next_chunk(rri_npy_stream *s, size_t n, rr_error *err)
{
    const size_t at = s->at;

    s->at = SIZE_MAX;
    const rr_status st = rri_npz_entry_read(&s->entry, s->chunk, n * s->header.width, err);
    if (st == RR_OK)
        s->at = at + n;
    return st;
}

static rr_status skip(rri_npy_stream *s, size_t items, rr_error *err)
{
    rr_status st = RR_OK;

    while (items > 0) {
        const size_t n = rri_min(CHUNK / s->header.width, items);
        RRI_TRY(next_chunk(s, n, err));
        items -= n;
    }

done:
    return st;
}

/* Go to item `first`. After a failure the position is unknown. */
static rr_status go_to(rri_npy_stream *s, size_t first, rr_error *err)
{
    const char *name = s->entry.name;
    rr_status st = RR_OK;

    if (s->at == first)
        return RR_OK;
    if (s->entry.stored && s->entry.file != NULL) {
        s->at = SIZE_MAX;
        RRI_TRY(rri_npz_entry_seek(&s->entry, s->data + (uint64_t)first * s->header.width, err));
        s->at = first;
        return RR_OK;
    }
    if (s->at > first) {
        rri_npz_entry_close(&s->entry);
        s->at = SIZE_MAX;
        RRI_TRY(open_at_front(s, name, err));
    }
    RRI_TRY(skip(s, first - s->at, err));

done:
    return st;
}

/* ---- items ---------------------------------------------------------------------------------- */

static void floats_of(const rri_npy_header *h, const unsigned char *p, size_t n, float *out)
{
    if (h->width == 2 && !h->big) {
        for (size_t i = 0; i < n; i++) {
            uint16_t bits = 0;
            memcpy(&bits, p + 2 * i, sizeof bits);
            out[i] = rri_npy_half(bits);
        }
        return;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = rri_npy_to_float(rri_npy_bits(p + i * h->width, h->width, h->big), h->width);
}

static double double_of(uint64_t bits, size_t width)
{
    double value = 0.0;

    if (width < 8)
        return (double)rri_npy_to_float(bits, width);
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Item i of the array, at p, of whatever type, as a whole number. */
static rr_status whole_of(const rri_npy_stream *s, const unsigned char *p, size_t i, int64_t *out,
                          rr_error *err)
{
    const rri_npy_header *h = &s->header;
    const uint64_t bits = rri_npy_bits(p, h->width, h->big);

    if (h->type != 'f') {
        if (!rri_npy_to_integer(bits, h->type, h->width, out))
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                            "%s: array \"%s\": item %zu, %" PRIu64 ", is too large", s->entry.path,
                            s->entry.name, i, bits);
        return RR_OK;
    }
    const double v = double_of(bits, h->width);
    if (!(fabs(v) < 0x1p53) || v != trunc(v))
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                        "%s: array \"%s\": item %zu, %g, is no whole number", s->entry.path,
                        s->entry.name, i, v);
    *out = (int64_t)v;
    return RR_OK;
}

/* What n items in the chunk become, the first of which is item `first` of the array. */
typedef rr_status (*converter)(const rri_npy_stream *s, size_t first, size_t n, void *out,
                               rr_error *err);

static rr_status to_integers(const rri_npy_stream *s, size_t first, size_t n, void *out,
                             rr_error *err)
{
    int64_t *to = out;
    rr_status st = RR_OK;

    for (size_t i = 0; i < n; i++)
        RRI_TRY(whole_of(s, s->chunk + i * s->header.width, first + i, &to[i], err));

done:
    return st;
}

static rr_status to_doubles(const rri_npy_stream *s, size_t first, size_t n, void *out,
                            rr_error *err)
{
    const rri_npy_header *h = &s->header;
    double *to = out;
    int64_t whole = 0;
    rr_status st = RR_OK;

    for (size_t i = 0; i < n; i++) {
        const unsigned char *p = s->chunk + i * h->width;
        if (h->type == 'f') {
            to[i] = double_of(rri_npy_bits(p, h->width, h->big), h->width);
            continue;
        }
        RRI_TRY(whole_of(s, p, first + i, &whole, err));
        to[i] = (double)whole;
    }

done:
    return st;
}

static rr_status to_floats(const rri_npy_stream *s, size_t first, size_t n, void *out,
                           rr_error *err)
{
    float *to = out;
    int64_t whole = 0;
    rr_status st = RR_OK;

    if (s->header.type == 'f') {
        floats_of(&s->header, s->chunk, n, to);
        return RR_OK;
    }
    for (size_t i = 0; i < n; i++) {
        RRI_TRY(whole_of(s, s->chunk + i * s->header.width, first + i, &whole, err));
        to[i] = (float)whole;
    }

done:
    return st;
}

/* Items first .. first+n-1, each of `size` bytes once converted. At the end of the array its CRC is
 * compared. */
static rr_status read_items(rri_npy_stream *s, size_t first, size_t n, converter convert,
                            size_t size, void *out, rr_error *err)
{
    rr_status st = RR_OK;

    assert(first <= s->about.items && n <= s->about.items - first);
    RRI_TRY(go_to(s, first, err));
    if (convert == NULL) { /* the bytes as they are */
        s->at = SIZE_MAX;
        RRI_TRY(rri_npz_entry_read(&s->entry, out, n * size, err));
        s->at = first + n;
    }
    for (size_t done = 0; convert != NULL && done < n;) {
        const size_t now = rri_min(CHUNK / s->header.width, n - done);
        RRI_TRY(next_chunk(s, now, err));
        RRI_TRY(convert(s, first + done, now, (char *)out + done * size, err));
        done += now;
    }
    if (s->at == s->about.items)
        st = rri_npz_entry_end(&s->entry, err);

done:
    return st;
}

rr_status rri_npy_stream_floats(rri_npy_stream *s, size_t first, size_t n, float *out,
                                rr_error *err)
{
    const rri_npy_header *h = &s->header;
    const bool same = h->type == 'f' && h->width == 4 && !h->big;

    return read_items(s, first, n, same ? NULL : to_floats, sizeof *out, out, err);
}

rr_status rri_npy_stream_integers(rri_npy_stream *s, size_t first, size_t n, int64_t *out,
                                  rr_error *err)
{
    return read_items(s, first, n, to_integers, sizeof *out, out, err);
}

rr_status rri_npy_stream_doubles(rri_npy_stream *s, size_t first, size_t n, double *out,
                                 rr_error *err)
{
    return read_items(s, first, n, to_doubles, sizeof *out, out, err);
}
