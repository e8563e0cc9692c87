/* SPDX-License-Identifier: MIT */
/* npz_read.c - reads whole arrays from a .npz (npz_entry.c): converts their elements. */
#include "core/utf8.h"
#include "io/npy.h"
#include "io/npy_element.h"
#include "io/npz_entry.h"

#include <inttypes.h>
#include <string.h>

enum { CHUNK = 1 << 16 };

static const uint64_t most_bytes = (uint64_t)1 << 34; /* of one array, unpacked */

/* Maps elements in file order to row-major order, by a running index. */
typedef struct order {
    bool fortran;
    size_t rank;
    size_t shape[RRI_NPY_MOST_RANK];
    size_t step[RRI_NPY_MOST_RANK]; /* row-major distance of neighbours along a dimension */
    size_t index[RRI_NPY_MOST_RANK];
    size_t at;
} order;

static order order_of(const rri_npy_header *h)
{
    order o = { .fortran = h->order && h->rank > 1, .rank = h->rank };
    size_t step = 1;

    for (size_t i = h->rank; i-- > 0;) {
        o.shape[i] = h->shape[i];
        o.step[i] = step;
        step *= h->shape[i];
    }
    return o;
}

/* The row-major index of the current element; advances to the next one of the file. */
static size_t next_index(order *o)
{
    const size_t at = o->at;

    if (!o->fortran) {
        o->at++;
        return at;
    }
    for (size_t i = 0; i < o->rank; i++) {
        o->at += o->step[i];
        if (++o->index[i] < o->shape[i])
            break;
        o->at -= o->shape[i] * o->step[i];
        o->index[i] = 0;
    }
    return at;
}

/* A text of the file's width as UTF-8 at `out`; zeros at its end are none of it. False for what is
 * no text. */
static bool to_text(const rri_npy_header *h, const unsigned char *p, char *out)
{
    size_t n = 0;

    if (h->type == 'S') {
        memcpy(out, p, h->width);
        return rri_is_utf8(out);
    }
    for (size_t i = 0; i < h->width; i += 4) {
        const uint64_t code = rri_npy_bits(p + i, 4, h->big);
        if (code == 0)
            break;
        if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
            return false;
        n += rri_utf8_write((uint32_t)code, out + n);
    }
    return true;
}

/* Convert `n` elements at p into the array. */
static rr_status convert(const rri_npz_entry *s, const rri_npy_header *h, const unsigned char *p,
                         size_t n, order *o, rri_npy *a, rr_error *err)
{
    for (size_t i = 0; i < n; i++, p += h->width) {
        const size_t at = next_index(o);
        int64_t whole = 0;
        if (a->text != NULL) {
            if (!to_text(h, p, a->text + at * a->stride))
                return rri_fail(err, RR_ERR_FORMAT, (int64_t)at,
                                "%s: array \"%s\": item %zu is no text in %s", s->path, s->name, at,
                                h->type == 'S' ? "UTF-8" : "Unicode");
            continue;
        }
        const uint64_t bits = rri_npy_bits(p, h->width, h->big);
        if (h->type == 'f') {
            a->f32[at] = rri_npy_to_float(bits, h->width);
            continue;
        }
        if (!rri_npy_to_integer(bits, h->type, h->width, &whole))
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)at,
                            "%s: array \"%s\": item %zu, %" PRIu64 ", is too large", s->path,
                            s->name, at, bits);
        if (a->f32 != NULL)
            a->f32[at] = (float)whole;
        else
            a->i64[at] = whole;
    }
    return RR_OK;
}

static rr_status read_items(rri_npz_entry *s, const rri_npy_header *h, rri_npy *a, rr_error *err)
{
    order o = order_of(h);
    unsigned char *chunk = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&chunk, CHUNK, 1, 1, err));
    for (size_t done_items = 0; done_items < a->items;) {
        const size_t n = rri_min(CHUNK / h->width, a->items - done_items);
        RRI_TRY(rri_npz_entry_read(s, chunk, n * h->width, err));
        RRI_TRY(convert(s, h, chunk, n, &o, a, err));
        done_items += n;
    }

done:
    rri_free(chunk);
    return st;
}

/* "uint8", "float32", "str", "bytes" */
static void name_type(const rri_npy_header *h, char out[24])
{
    static const struct {
        char type;
        const char *name;
    } names[] = { { 'f', "float" }, { 'i', "int" },   { 'u', "uint" },
                  { 'b', "bool" },  { 'S', "bytes" }, { 'U', "str" } };
    const bool sized = h->type == 'f' || h->type == 'i' || h->type == 'u';

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].type == h->type)
            (void)rri_snprintf(out, 24, sized ? "%s%zu" : "%s", names[i].name, 8 * h->width);
}

/* What is read of an array. */
typedef enum wanted { HEADER, ELEMENTS, FLOATS } wanted;

static rr_status allocate(const rri_npy_header *h, wanted want, rri_npy *a, rr_error *err)
{
    if (want == HEADER)
        return RR_OK;
    if (a->kind == RRI_NPY_TEXT) {
        a->stride = h->width + 1;
        return rri_alloc(&a->text, a->items, a->stride, 1, err);
    }
    if (a->kind == RRI_NPY_FLOAT || want == FLOATS)
        return rri_alloc(&a->f32, a->items, 1, sizeof *a->f32, err);
    return rri_alloc(&a->i64, a->items, 1, sizeof *a->i64, err);
}

void rri_npy_describe(const rri_npy_header *h, rri_npy *out)
{
    out->kind = h->type == 'f'                     ? RRI_NPY_FLOAT
                : h->type == 'S' || h->type == 'U' ? RRI_NPY_TEXT
                                                   : RRI_NPY_INTEGER;
    name_type(h, out->type);
    out->rank = h->rank;
    memcpy(out->shape, h->shape, sizeof out->shape);
}

static rr_status read_array(rri_npz *z, const char *name, wanted want, rri_npy *out, rr_error *err)
{
    rri_npz_entry s = { .file = NULL };
    rri_npy_header h;
    rri_npy a = { .kind = RRI_NPY_FLOAT };
    rr_status st = RR_OK;

    memset(out, 0, sizeof *out);
    RRI_TRY(rri_npz_entry_open(z, name, most_bytes, &s, err));
    RRI_TRY(rri_npz_entry_header(&s, &h, err));
    RRI_TRY(rri_npz_entry_items(&s, &h, &a.items, err));
    rri_npy_describe(&h, &a);
    RRI_TRY(allocate(&h, want, &a, err));
    if (want != HEADER) {
        RRI_TRY(read_items(&s, &h, &a, err));
        RRI_TRY(rri_npz_entry_end(&s, err));
    }
    *out = a;
    memset(&a, 0, sizeof a);

done:
    rri_npy_clear(&a);
    rri_npz_entry_close(&s);
    return st;
}

rr_status rri_npz_read(rri_npz *z, const char *name, rri_npy *out, rr_error *err)
{
    return read_array(z, name, ELEMENTS, out, err);
}

rr_status rri_npz_read_floats(rri_npz *z, const char *name, rri_npy *out, rr_error *err)
{
    return read_array(z, name, FLOATS, out, err);
}

rr_status rri_npz_peek(rri_npz *z, const char *name, rri_npy *out, rr_error *err)
{
    return read_array(z, name, HEADER, out, err);
}

void rri_npy_clear(rri_npy *a)
{
    rri_free(a->f32);
    rri_free(a->i64);
    rri_free(a->text);
    memset(a, 0, sizeof *a);
}
