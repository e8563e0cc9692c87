/* SPDX-License-Identifier: MIT */
/* npz_read.c - reads arrays from a .npz, by libzip.
 *
 * The file is hostile input. Before memory is allocated for an array its size must be consistent in
 * three ways: the header's shape times the width equals the entry's size exactly; that size is at
 * most what the entry's packed bytes can unpack to; the packed bytes fit in the file. So a small
 * file cannot cause large allocations. libzip checks the CRC when the last byte is read. */
#include "core/utf8.h"
#include "io/file.h"
#include "io/io.h"
#include "io/npy.h"
#include "io/npy_header.h"

#include <zip.h>

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_NAME = 240, CHUNK = 1 << 16 };

static const uint64_t most_bytes = (uint64_t)1 << 34; /* of one array, unpacked */

struct rri_npz {
    char *path;
    uint64_t bytes; /* of the file */
    zip_t *zip;
};

/* One entry being read. */
typedef struct stream {
    const char *path, *name;
    zip_file_t *file;
    uint64_t left; /* bytes not read yet */
} stream;

/* Maps elements in file order to row-major order, by a running index. */
typedef struct order {
    bool fortran;
    size_t rank;
    size_t shape[RRI_NPY_MOST_RANK];
    size_t step[RRI_NPY_MOST_RANK]; /* row-major distance of neighbours along a dimension */
    size_t index[RRI_NPY_MOST_RANK];
    size_t at;
} order;

/* libzip reports an error as a code of its own and one of the system. */
static rr_status zip_failed(zip_error_t *e, const char *path, const char *doing, rr_error *err)
{
    const int code = zip_error_code_zip(e);
    rr_status st = RR_ERR_FORMAT;

    if (code == ZIP_ER_MEMORY || zip_error_code_system(e) == ENOMEM)
        st = RR_ERR_NOMEM;
    else if (code == ZIP_ER_OPEN || code == ZIP_ER_READ || code == ZIP_ER_NOENT ||
             code == ZIP_ER_SEEK)
        st = RR_ERR_IO;
    return rri_fail(err, st, -1, "%s: cannot %s: %s", path, doing, zip_error_strerror(e));
}

rr_status rri_npz_open(const char *path, rri_npz **out, rr_error *err)
{
    rri_npz *z = NULL;
    struct stat info;
    int code = 0;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_check_plain(path, "an archive is not read from front to back", err));
    RRI_TRY(rri_alloc(&z, 1, 1, sizeof *z, err));
    RRI_TRY(rri_strdup(path, &z->path, err));
    z->zip = zip_open(path, ZIP_RDONLY, &code);
    if (z->zip == NULL) {
        zip_error_t fault;
        zip_error_init_with_code(&fault, code); /* takes the system's code from errno */
        if (code == ZIP_ER_NOZIP || code == ZIP_ER_INCONS)
            st = rri_fail(
                err, RR_ERR_FORMAT, -1,
                "%s is no .npz: not a zip archive, or one that is truncated (a single .npy "
                "becomes one by numpy.savez)",
                path);
        else
            st = zip_failed(&fault, path, "open it as a zip archive", err);
        zip_error_fini(&fault);
        goto done;
    }
    if (stat(path, &info) != 0) {
        st = rri_fail(err, RR_ERR_IO, -1, "cannot examine %s", path);
        goto done;
    }
    z->bytes = (uint64_t)info.st_size;
    *out = z;
    z = NULL;

done:
    rri_npz_close(z);
    return st;
}

void rri_npz_close(rri_npz *z)
{
    if (z == NULL)
        return;
    if (z->zip != NULL)
        zip_discard(z->zip);
    rri_free(z->path);
    rri_free(z);
}

/* The number of "NAME.npy" in the archive, or -1. */
static int64_t locate(const rri_npz *z, const char *name)
{
    char file[MOST_NAME + 8];

    if (strlen(name) > MOST_NAME)
        return -1;
    (void)rri_snprintf(file, sizeof file, "%s.npy", name);
    return zip_name_locate(z->zip, file, 0);
}

bool rri_npz_has(const rri_npz *z, const char *name)
{
    return locate(z, name) >= 0;
}

static rr_status check_entry(const rri_npz *z, const char *name, const zip_stat_t *info,
                             rr_error *err)
{
    const uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;

    if ((info->valid & needed) != needed ||
        (info->comp_method != ZIP_CM_STORE && info->comp_method != ZIP_CM_DEFLATE))
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "%s: array \"%s\" is compressed by an unsupported method", z->path, name);
    if (info->size > most_bytes)
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "%s: array \"%s\" claims %" PRIu64 " bytes, more than %" PRIu64, z->path,
                        name, info->size, most_bytes);
    if (info->comp_size > z->bytes ||
        (info->comp_method == ZIP_CM_STORE ? info->size != info->comp_size
                                           : info->size / RRI_DEFLATE_RATIO > info->comp_size))
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "%s: array \"%s\" claims %" PRIu64
                        " bytes, which its packed data cannot give",
                        z->path, name, info->size);
    return RR_OK;
}

/* Names the arrays there are, as far as they fit. */
static rr_status missing(const rri_npz *z, const char *name, rr_error *err)
{
    const zip_int64_t entries = zip_get_num_entries(z->zip, 0);
    char list[160] = "";
    size_t used = 0;

    for (zip_int64_t i = 0; i < entries && used < sizeof list; i++) {
        const char *file = zip_get_name(z->zip, (zip_uint64_t)i, 0);
        const size_t n = file != NULL ? strlen(file) : 0;
        if (n > 4 && strcmp(file + n - 4, ".npy") == 0)
            used += (size_t)rri_snprintf(list + used, sizeof list - used, "%s%.*s",
                                         used > 0 ? ", " : "", (int)rri_min(n - 4, 40), file);
    }
    return rri_fail(err, RR_ERR_FORMAT, -1, "%s has no array \"%s\"; it has %s", z->path, name,
                    *list != '\0' ? list : "none");
}

static rr_status open_entry(rri_npz *z, const char *name, stream *s, rr_error *err)
{
    const int64_t number = locate(z, name);
    zip_stat_t info;
    rr_status st = RR_OK;

    s->path = z->path;
    s->name = name;
    if (number < 0)
        return missing(z, name, err);
    if (zip_stat_index(z->zip, (zip_uint64_t)number, 0, &info) != 0)
        return zip_failed(zip_get_error(z->zip), z->path, "look up an array", err);
    RRI_TRY(check_entry(z, name, &info, err));
    s->left = info.size;
    s->file = zip_fopen_index(z->zip, (zip_uint64_t)number, 0);
    if (s->file == NULL)
        return zip_failed(zip_get_error(z->zip), z->path, "open an array", err);

done:
    return st;
}

static rr_status entry_failed(stream *s, rr_error *err)
{
    char doing[80];

    (void)rri_snprintf(doing, sizeof doing, "read array \"%s\"", s->name);
    return zip_failed(zip_file_get_error(s->file), s->path, doing, err);
}

/* Exactly n more bytes. */
static rr_status read_bytes(stream *s, void *out, size_t n, rr_error *err)
{
    unsigned char *p = out;

    while (n > 0) {
        const zip_int64_t got = zip_fread(s->file, p, n);
        if (got < 0)
            return entry_failed(s, err);
        if (got == 0)
            return rri_fail(err, RR_ERR_FORMAT, -1, "%s: array \"%s\" is truncated", s->path,
                            s->name);
        p += got;
        n -= (size_t)got;
        s->left -= rri_min((size_t)got, s->left);
    }
    return RR_OK;
}

/* The entry must end here; one more read also makes libzip compare the CRC. */
static rr_status expect_end(stream *s, rr_error *err)
{
    char more = 0;
    const zip_int64_t got = zip_fread(s->file, &more, 1);

    if (got < 0)
        return entry_failed(s, err);
    if (got > 0)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: array \"%s\" has trailing bytes", s->path,
                        s->name);
    return RR_OK;
}

static rr_status read_header(stream *s, rri_npy_header *h, rr_error *err)
{
    unsigned char fixed[12] = { 0 };
    char *text = NULL;
    size_t fixed_bytes = 0;
    size_t text_bytes = 0;
    rr_status st = RR_OK;

    RRI_TRY(read_bytes(s, fixed, 10, err));
    if (fixed[6] > 1)
        RRI_TRY(read_bytes(s, fixed + 10, 2, err));
    if (!rri_npy_lengths(fixed, &fixed_bytes, &text_bytes)) {
        st = rri_fail(err, RR_ERR_FORMAT, 0, "%s: array \"%s\" is not .npy of version 1, 2 or 3",
                      s->path, s->name);
        goto done;
    }
    RRI_TRY(rri_alloc(&text, text_bytes + 1, 1, 1, err));
    RRI_TRY(read_bytes(s, text, text_bytes, err));
    if (strlen(text) != text_bytes) {
        st = rri_fail(err, RR_ERR_FORMAT, 0, "%s: array \"%s\" has a NUL in its header", s->path,
                      s->name);
        goto done;
    }
    st = rri_npy_parse(text, s->name, h, err);
    if (st != RR_OK)
        st = rri_prefix(err, st, "%s", s->path);

done:
    rri_free(text);
    return st;
}

/* Items of the array; the entry must hold exactly them. */
static rr_status check_size(const stream *s, const rri_npy_header *h, size_t *items, rr_error *err)
{
    size_t product = h->width;
    bool empty = false;

    assert(h->width > 0);
    for (size_t i = 0; i < h->rank; i++) {
        empty = empty || h->shape[i] == 0;
        if (h->shape[i] != 0 && product > SIZE_MAX / h->shape[i])
            return rri_fail(err, RR_ERR_FORMAT, -1,
                            "%s: array \"%s\": the product of its shape overflows", s->path,
                            s->name);
        product *= h->shape[i] != 0 ? h->shape[i] : 1;
    }
    if (empty)
        product = 0;
    if (product != s->left)
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "%s: array \"%s\" has the wrong size: %" PRIu64
                        " bytes of data, its shape needs %zu",
                        s->path, s->name, s->left, product);
    if (product / h->width > most_bytes / sizeof(int64_t))
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "%s: array \"%s\" has %zu elements, more than supported", s->path, s->name,
                        product / h->width);
    *items = product / h->width;
    return RR_OK;
}

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

/* The bits of one element, converted from the file's byte order. */
static uint64_t bits_of(const unsigned char *p, size_t width, bool big)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < width; i++)
        bits |= (uint64_t)p[big ? width - 1 - i : i] << (8 * i);
    return bits;
}

/* IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
static float half_to_float(uint64_t bits)
{
    const int exponent = (int)(bits >> 10 & 31);
    const float fraction = (float)(bits & 1023);
    float value = 0;

    if (exponent == 31)
        value = (bits & 1023) != 0 ? NAN : INFINITY;
    else if (exponent == 0)
        value = ldexpf(fraction, -24);
    else
        value = ldexpf(1024.0f + fraction, exponent - 25);
    return (bits >> 15 & 1) != 0 ? -value : value;
}

/* A value outside the range of float becomes infinite, which users of the array reject. */
static float to_float(uint64_t bits, size_t width)
{
    const uint32_t low = (uint32_t)bits;
    double wide = 0;
    float value = 0;

    if (width == 2)
        return half_to_float(bits);
    if (width == 4) {
        memcpy(&value, &low, sizeof value);
        return value;
    }
    memcpy(&wide, &bits, sizeof wide);
    return (float)wide;
}

/* False for a value above INT64_MAX. */
static bool to_integer(uint64_t bits, char type, size_t width, int64_t *out)
{
    if (type == 'b') {
        *out = bits != 0;
        return true;
    }
    if (type == 'u') {
        *out = (int64_t)(bits & INT64_MAX);
        return bits <= INT64_MAX;
    }
    /* Sign extension by arithmetic: a value v from 2^(8 width - 1) on represents v - 2^(8
     * width). */
    const uint64_t half = (uint64_t)1 << (8 * width - 1);
    *out = bits < half ? (int64_t)bits : (int64_t)(bits - half) - (int64_t)(half - 1) - 1;
    return true;
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
        const uint64_t code = bits_of(p + i, 4, h->big);
        if (code == 0)
            break;
        if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
            return false;
        n += rri_utf8_write((uint32_t)code, out + n);
    }
    return true;
}

/* Convert `n` elements at p into the array. */
static rr_status convert(const stream *s, const rri_npy_header *h, const unsigned char *p, size_t n,
                         order *o, rri_npy *a, rr_error *err)
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
        const uint64_t bits = bits_of(p, h->width, h->big);
        if (h->type == 'f') {
            a->f32[at] = to_float(bits, h->width);
            continue;
        }
        if (!to_integer(bits, h->type, h->width, &whole))
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

static rr_status read_items(stream *s, const rri_npy_header *h, rri_npy *a, rr_error *err)
{
    order o = order_of(h);
    unsigned char *chunk = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&chunk, CHUNK, 1, 1, err));
    for (size_t done_items = 0; done_items < a->items;) {
        const size_t n = rri_min(CHUNK / h->width, a->items - done_items);
        RRI_TRY(read_bytes(s, chunk, n * h->width, err));
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

static rr_status read_array(rri_npz *z, const char *name, wanted want, rri_npy *out, rr_error *err)
{
    stream s = { .file = NULL };
    rri_npy_header h;
    rri_npy a = { .kind = RRI_NPY_FLOAT };
    rr_status st = RR_OK;

    memset(out, 0, sizeof *out);
    RRI_TRY(open_entry(z, name, &s, err));
    RRI_TRY(read_header(&s, &h, err));
    RRI_TRY(check_size(&s, &h, &a.items, err));
    a.kind = h.type == 'f'                    ? RRI_NPY_FLOAT
             : h.type == 'S' || h.type == 'U' ? RRI_NPY_TEXT
                                              : RRI_NPY_INTEGER;
    name_type(&h, a.type);
    a.rank = h.rank;
    memcpy(a.shape, h.shape, sizeof a.shape);
    RRI_TRY(allocate(&h, want, &a, err));
    if (want != HEADER) {
        RRI_TRY(read_items(&s, &h, &a, err));
        RRI_TRY(expect_end(&s, err));
    }
    *out = a;
    memset(&a, 0, sizeof a);

done:
    rri_npy_clear(&a);
    if (s.file != NULL)
        (void)zip_fclose(s.file);
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
