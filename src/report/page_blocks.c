/* SPDX-License-Identifier: MIT */
/* page_blocks.c - the arrays of a page, piece by piece in gzip members (RFC 1952). */
#include "report/page_data.h"

#include "core/callbacks.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

enum {
    PIECE = 128 * 1024,   /* bytes of a piece, unless one sequence has more: a small picture unpacks
                             all of its piece */
    ROUND = 64,           /* pieces compressed between two looks at the caller */
    RESERVE = 128 * 1024, /* bytes for the manifest, as long as it is not written */
    GZIP = 15 + 16        /* zlib: a window of 2^15 bytes in a gzip member */
};

static const size_t type_bytes[] = { 1, 2, 4, 4 };
static const char *const type_name[] = { "u1", "u2", "u4", "f4" };

/* ---- numbers -------------------------------------------------------------------------------- */

rri_page_type rri_page_type_for(size_t most)
{
    return most < 255 ? RRI_PAGE_U1 : most < 65535 ? RRI_PAGE_U2 : RRI_PAGE_U4;
}

void rri_page_put_number(unsigned char *out, rri_page_type type, size_t at, uint32_t value)
{
    const size_t bytes = type_bytes[type];

    for (size_t k = 0; k < bytes; k++)
        out[at * bytes + k] = (unsigned char)(value >> (8 * k));
}

/* ---- compression ---------------------------------------------------------------------------- */

static void *take(void *self, unsigned n, unsigned size)
{
    void *p = NULL;

    (void)self;
    return rri_alloc(&p, n, size, 1, NULL) == RR_OK ? p : NULL;
}

static void give(void *self, void *p)
{
    (void)self;
    rri_free(p);
}

/* raw as a gzip member whose header names no time. */
static rr_status compress_block(const unsigned char *raw, size_t n, int level, rri_page_block *out)
{
    z_stream z = { .zalloc = take, .zfree = give };
    rr_status st = RR_OK;

    if (deflateInit2(&z, level, Z_DEFLATED, GZIP, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        return RR_ERR_NOMEM;
    const size_t bound = deflateBound(&z, (uLong)n);
    unsigned char *packed = NULL;
    if (n > UINT_MAX || bound > UINT_MAX) /* a sequence of 4 GiB: zlib counts in 32 bits */
        RRI_TRY(RR_ERR_NOMEM);
    RRI_TRY(rri_alloc(&packed, bound, 1, 1, NULL));
    z.next_in = (unsigned char *)(uintptr_t)raw; /* zlib only reads it */
    z.avail_in = (unsigned)n;
    z.next_out = packed;
    z.avail_out = (unsigned)bound;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        RRI_TRY(RR_ERR_NOMEM);
    out->n = bound - z.avail_out;
    out->raw = n;
    RRI_TRY(rri_alloc(&out->bytes, out->n, 1, 1, NULL));
    memcpy(out->bytes, packed, out->n);

done:
    rri_free(packed);
    (void)deflateEnd(&z);
    return st;
}

/* ---- pieces --------------------------------------------------------------------------------- */

typedef struct packing {
    const rri_page_array *array;
    const size_t *cut;     /* [pieces + 1] rows */
    rri_page_block *block; /* [pieces] */
    rr_status *status;     /* [ROUND] */
    size_t first;          /* piece of task 0 */
    int level;             /* of compression */
} packing;

static void pack_piece(void *ctx, size_t task, size_t worker)
{
    const packing *p = ctx;
    const size_t i = p->first + task;
    const size_t rows = p->cut[i + 1] - p->cut[i];
    const size_t row_bytes = p->array->width * type_bytes[p->array->type];
    unsigned char *raw = NULL;
    rr_status st = RR_OK;

    (void)worker;
    RRI_TRY(rri_alloc(&raw, rows, row_bytes, 1, NULL));
    p->array->fill(p->array->from, p->cut[i], rows, raw);
    RRI_TRY(compress_block(raw, rows * row_bytes, p->level, &p->block[i]));

done:
    rri_free(raw);
    p->status[task] = st;
}

/* Where pieces begin: as many whole sequences, or rows, as have at most PIECE bytes. */
static rr_status cut(const rri_page_array *a, size_t **out, size_t *pieces, rr_error *err)
{
    const size_t row_bytes = rri_max(a->width * type_bytes[a->type], 1);
    const size_t units = a->starts != NULL ? a->sequences : a->rows;
    const size_t most = rri_max(PIECE / row_bytes, 1);
    size_t n = 0;
    rr_status st = RR_OK;

    /* Of two pieces beside each other one has more than half of PIECE, or they were one. */
    RRI_TRY(rri_alloc(out, rri_min(units, 2 * rri_blocks(a->rows, most) + 1) + 1, 1, sizeof **out,
                      err));
    for (size_t u = 0; u < units;) {
        const size_t begin = a->starts != NULL ? a->starts[u] : u;
        do
            u++;
        while (u < units && (a->starts != NULL ? a->starts[u + 1] : u + 1) - begin <= most);
        (*out)[++n] = a->starts != NULL ? a->starts[u] : u;
    }
    *pieces = n;

done:
    return st;
}

/* Bytes of a block in the file. */
static size_t cost(const rri_page_block *b)
{
    static const char element[] =
        "<script type=\"application/octet-stream\" id=\"rr:\"></script>\n";

    return sizeof element - 1 + strlen(b->name) + (b->n + 2) / 3 * 4;
}

static void clear_blocks(rri_page_block *blocks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        rri_free(blocks[i].name);
        rri_free(blocks[i].bytes);
    }
}

/* Compress all pieces, or as many as fit into the file. */
static rr_status pack(rr_page *page, const char *name, packing *p, size_t pieces, bool *fits,
                      rr_error *err)
{
    rr_status status[ROUND];
    const size_t before = page->bytes + RESERVE;
    size_t bytes = 0;
    rr_status st = RR_OK;

    p->status = status;
    *fits = true;
    for (p->first = 0; p->first < pieces && *fits; p->first += ROUND) {
        const size_t n = rri_min(pieces - p->first, ROUND);
        RRI_TRY(rri_check_cancelled(page->callbacks, err));
        rri_show(page->callbacks, "compress", "pieces", p->first, pieces, "%s", name);
        rri_parallel(page->threads, n, pack_piece, p);
        for (size_t k = 0; k < n; k++) {
            rri_page_block *b = &p->block[p->first + k];
            if (status[k] != RR_OK)
                RRI_TRY(rri_fail(err, status[k], -1, "no memory for the array %s", name));
            RRI_TRY(rri_format(&b->name, err, "%s.%zu", name, p->first + k));
            b->early = page->early;
            bytes += cost(b);
        }
        /* The rest is taken to be like what is done, within a tenth. */
        const double all = (double)bytes / (double)(p->first + n) * (double)pieces;
        *fits = before + bytes <= page->most &&
                (double)before + (p->first + n < pieces ? all / 1.1 : 0.0) <= (double)page->most;
    }

done:
    p->status = NULL;
    rri_show_end(page->callbacks);
    return st;
}

/* ---- arrays --------------------------------------------------------------------------------- */

static void describe(rr_page *page, const char *name, const packing *p, size_t pieces)
{
    json_t *info = json_object();
    json_t *list = json_array();

    for (size_t i = 0; i < pieces; i++) {
        json_t *piece = json_object();
        rri_page_put(page, piece, "block", rri_page_text(p->block[i].name));
        rri_page_put(page, piece, "from", rri_page_size(p->cut[i]));
        rri_page_put(page, piece, "to", rri_page_size(p->cut[i + 1]));
        rri_page_append(page, list, piece);
    }
    rri_page_put(page, info, "dtype", rri_page_text(type_name[p->array->type]));
    rri_page_put(page, info, "rows", rri_page_size(p->array->rows));
    rri_page_put(page, info, "width", rri_page_size(p->array->width));
    rri_page_put(page, info, "pieces", list);
    rri_page_put(page, page->arrays, name, info);
}

/* Room for n more blocks. */
static rr_status make_room(rr_page *page, size_t n, rr_error *err)
{
    const size_t capacity = rri_max(page->count + n, 2 * page->capacity);
    rr_status st = RR_OK;

    if (page->count + n <= page->capacity)
        return RR_OK;
    RRI_TRY(rri_grow(&page->blocks, page->capacity, capacity, sizeof *page->blocks, err));
    page->capacity = capacity;

done:
    return st;
}

static rr_status add(rr_page *page, const char *name, const rri_page_array *array, bool *fits,
                     rr_error *err)
{
    packing p = { .array = array, .level = page->level };
    size_t *cuts = NULL;
    size_t pieces = 0;
    rr_status st = RR_OK;

    RRI_TRY(cut(array, &cuts, &pieces, err));
    p.cut = cuts;
    RRI_TRY(rri_alloc(&p.block, pieces, 1, sizeof *p.block, err));
    RRI_TRY(pack(page, name, &p, pieces, fits, err));
    if (!*fits)
        goto done;
    RRI_TRY(make_room(page, pieces, err));
    describe(page, name, &p, pieces);
    for (size_t i = 0; i < pieces; i++) {
        page->blocks[page->count++] = p.block[i];
        page->bytes += cost(&p.block[i]);
        p.block[i] = (rri_page_block){ .name = NULL };
    }

done:
    if (p.block != NULL)
        clear_blocks(p.block, pieces);
    rri_free(p.block);
    rri_free(cuts);
    return st;
}

static rr_status add_named(rr_page *page, const rri_page_array *array, bool *fits, rr_error *err,
                           const char *fmt, va_list ap)
{
    bool all = true;
    char *name = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_format_list(&name, err, fmt, ap));
    RRI_TRY(add(page, name, array, &all, err));
    if (fits != NULL)
        *fits = all;
    else if (!all)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "a page of %zu bytes cannot hold the array %s, without which there is "
                         "none; allow a larger file",
                         page->most, name));

done:
    rri_free(name);
    return st;
}

rr_status rri_page_add(rr_page *page, const rri_page_array *array, bool *fits, rr_error *err,
                       const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    const rr_status st = add_named(page, array, fits, err, fmt, ap);
    va_end(ap);
    return st;
}

rr_status rri_page_add_if(rr_page *page, const rri_page_array *array, const char *split,
                          const char *name, rr_error *err)
{
    char full[64];
    bool fits = true;
    const rr_status st = rri_page_add(page, array, &fits, err, "%s.%s", split, name);

    (void)rri_snprintf(full, sizeof full, "%s.%s", split, name);
    if (st == RR_OK && !fits)
        rri_page_leave_out(page, full, "The file may have %zu bytes at most, and these do not fit.",
                           page->most);
    return st;
}

/* Whole numbers in memory. */
typedef struct numbers {
    const uint32_t *values;
    size_t width;
    rri_page_type type;
} numbers;

static void fill_numbers(const void *from, size_t first, size_t n, unsigned char *out)
{
    const numbers *a = from;

    for (size_t i = 0; i < n * a->width; i++)
        rri_page_put_number(out, a->type, i, a->values[first * a->width + i]);
}

rr_status rri_page_add_numbers(rr_page *page, const uint32_t *values, size_t rows, size_t width,
                               size_t most, rr_error *err, const char *fmt, ...)
{
    const numbers from = { values, width, rri_page_type_for(most) };
    const rri_page_array array = {
        .type = from.type, .rows = rows, .width = width, .fill = fill_numbers, .from = &from
    };
    va_list ap;

    va_start(ap, fmt);
    const rr_status st = add_named(page, &array, NULL, err, fmt, ap);
    va_end(ap);
    return st;
}

typedef struct floats {
    const float *values;
    size_t width;
} floats;

static void fill_floats(const void *from, size_t first, size_t n, unsigned char *out)
{
    const floats *a = from;
    uint32_t bits = 0;

    for (size_t i = 0; i < n * a->width; i++) {
        memcpy(&bits, &a->values[first * a->width + i], sizeof bits);
        rri_page_put_number(out, RRI_PAGE_F4, i, bits);
    }
}

rr_status rri_page_add_floats(rr_page *page, const float *values, size_t rows, size_t width,
                              rr_error *err, const char *fmt, ...)
{
    const floats from = { values, width };
    const rri_page_array array = {
        .type = RRI_PAGE_F4, .rows = rows, .width = width, .fill = fill_floats, .from = &from
    };
    va_list ap;

    va_start(ap, fmt);
    const rr_status st = add_named(page, &array, NULL, err, fmt, ap);
    va_end(ap);
    return st;
}

void rri_page_back(rr_page *page, size_t count)
{
    const char *name = NULL;
    json_t *info = NULL;
    void *next = NULL;

    for (size_t i = count; i < page->count; i++)
        page->bytes -= cost(&page->blocks[i]);
    json_object_foreach_safe(page->arrays, next, name, info)
    {
        const json_t *first = json_array_get(json_object_get(info, "pieces"), 0);
        const char *block = json_string_value(json_object_get(first, "block"));
        for (size_t i = count; block != NULL && i < page->count; i++)
            if (strcmp(page->blocks[i].name, block) == 0) {
                (void)json_object_del(page->arrays, name);
                break;
            }
    }
    clear_blocks(page->blocks + count, page->count - count);
    page->count = count;
}

/* ---- the manifest --------------------------------------------------------------------------- */

rr_status rri_page_finish(rr_page *page, rr_error *err)
{
    rri_page_block b = { .early = true };
    char *text = NULL;
    rr_status st = RR_OK;

    if (page->no_memory)
        return rri_fail(err, RR_ERR_NOMEM, -1, "no memory for the manifest of a page");
    RRI_TRY(rri_json_text(page->manifest, &text, err));
    RRI_TRY(rri_strdup("manifest", &b.name, err));
    st = compress_block((const unsigned char *)text, strlen(text), page->level, &b);
    if (st != RR_OK)
        RRI_TRY(rri_fail(err, st, -1, "no memory for the manifest of a page"));
    RRI_TRY(make_room(page, 1, err));
    memmove(page->blocks + 1, page->blocks, page->count * sizeof *page->blocks);
    page->bytes += cost(&b);
    page->blocks[0] = b;
    page->count++;
    b = (rri_page_block){ .name = NULL };

done:
    clear_blocks(&b, 1);
    rri_free(text);
    return st;
}
