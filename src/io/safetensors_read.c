/* SPDX-License-Identifier: MIT */
/* safetensors_read.c - the reader: loads a file and validates all of it; there is no half-valid
 * object.
 *
 *     u64 n, little-endian | n bytes of JSON | data
 *     {"__metadata__": {key: text, ...}, name: {"dtype", "shape", "data_offsets": [begin, end]}}
 *
 * Offsets count from the start of the data. Sorted by offset the arrays must tile the data: the
 * first begins at 0, each begins where the one before ends, the last ends with the file. So nothing
 * in the file is unaccounted for, and no two arrays share bytes. Source: the format's README.
 *
 * A file of usual size is read into memory. All values are checked after opening; with a map that
 * would cost a page fault every few pages, slower than the copy, and the checked bytes could change
 * afterwards. Larger files are mapped, private and read-only: this project replaces files by rename
 * and never changes them in place, so a map stays valid while the file is replaced. */
#include "io/file.h"
#include "io/io.h"
#include "io/json.h"
#include "io/safetensors_common.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PIECE = 1 << 22 }; /* bytes a thread reads at once; whole huge pages */

/* An array and its position in the file. */
typedef struct entry {
    rri_array array; /* first member, so that entry * converts to it */
    uint64_t begin, end;
    void *copy; /* owned, where the bytes in the file are not aligned */
} entry;

struct rri_safetensors {
    char *path;
    void *base; /* [bytes], NULL before loading */
    bool mapped;
    size_t bytes;
    size_t data;    /* offset of the data in the file */
    json_t *header; /* owns the names and the metadata */
    json_t *metadata;
    entry *entries; /* [count], by name */
    size_t count;
};

size_t rri_safetensors_read_most = (size_t)256 << 20;

/* Reading a file by several threads: most of the time goes into pages that are touched first. */
typedef struct reading {
    const rri_safetensors *f;
    int fd;
    atomic_int code;        /* errno of a piece that failed */
    atomic_size_t short_at; /* the lowest offset at which the file has ended, else its size */
} reading;

static void read_piece(void *ctx, size_t task, size_t worker)
{
    reading *r = ctx;
    size_t at = task * PIECE;
    const size_t end = rri_min(at + PIECE, r->f->bytes);

    (void)worker;
    while (at < end) {
        const ssize_t n = pread(r->fd, (char *)r->f->base + at, end - at, (off_t)at);
        if (n < 0 && errno != EINTR)
            atomic_store(&r->code, errno);
        if (n == 0) {
            size_t lowest = atomic_load(&r->short_at);
            while (at < lowest && !atomic_compare_exchange_weak(&r->short_at, &lowest, at))
                ;
        }
        if (n == 0 || (n < 0 && errno != EINTR))
            return;
        at += n > 0 ? (size_t)n : 0;
    }
}

/* Read the whole file into memory. */
static rr_status read_bytes(rri_safetensors *f, int fd, rr_error *err)
{
    reading r = { .f = f, .fd = fd, .short_at = f->bytes };
    const rr_status st = rri_alloc_raw(&f->base, f->bytes, 1, 1, err);

    if (st != RR_OK)
        return st;
    rri_parallel(0, rri_blocks(f->bytes, PIECE), read_piece, &r);
    const int code = atomic_load(&r.code);
    const size_t used = atomic_load(&r.short_at);
    if (code != 0)
        return rri_fail_errno(err, code, "read", f->path);
    if (used < f->bytes)
        return rri_fail(err, RR_ERR_IO, (int64_t)used, "%s was cut to %zu bytes while it was read",
                        f->path, used);
    return RR_OK;
}

static rr_status map_bytes(rri_safetensors *f, int fd, rr_error *err)
{
    void *map = mmap(NULL, f->bytes, PROT_READ, MAP_PRIVATE, fd, 0);

    if (map == MAP_FAILED)
        return rri_fail_errno(err, errno, "map", f->path);
    f->base = map;
    f->mapped = true;
    return RR_OK;
}

static rr_status load_file(rri_safetensors *f, rr_error *err)
{
    bool plain = true;
    int fd = -1;
    rr_status st = RR_OK;

    RRI_TRY(rri_check_plain(f->path, "its arrays are not read from front to back", err));
    RRI_TRY(rri_open_to_read(f->path, &fd, &plain, &f->bytes, err));
    if (f->bytes < RRI_SAFETENSORS_PREFIX)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, 0,
                         "%s is %zu bytes long, too short for a safetensors header", f->path,
                         f->bytes));
    st = f->bytes <= rri_safetensors_read_most ? read_bytes(f, fd, err) : map_bytes(f, fd, err);

done:
    if (fd >= 0)
        (void)close(fd);
    return st;
}

static rr_status parse_header(rri_safetensors *f, rr_error *err)
{
    const char *text = (const char *)f->base + RRI_SAFETENSORS_PREFIX;
    uint64_t n = 0;

    memcpy(&n, f->base, sizeof n);
    if (n > RRI_SAFETENSORS_MOST_HEADER)
        return rri_fail(err, RR_ERR_FORMAT, 0,
                        "%s: header length %" PRIu64 " at offset 0 is above %d", f->path, n,
                        RRI_SAFETENSORS_MOST_HEADER);
    if (n > f->bytes - RRI_SAFETENSORS_PREFIX)
        return rri_fail(err, RR_ERR_FORMAT, 0,
                        "%s: header length %" PRIu64
                        " at offset 0 goes beyond the end of the file (%zu bytes)",
                        f->path, n, f->bytes);
    f->data = RRI_SAFETENSORS_PREFIX + (size_t)n;
    const rr_status st = rri_json_parse_bytes(text, (size_t)n, "the header", &f->header, err);
    if (st == RR_ERR_FORMAT && err != NULL)
        err->where += RRI_SAFETENSORS_PREFIX;
    if (st != RR_OK)
        return rri_prefix(err, st, "%s", f->path);
    if (!json_is_object(f->header))
        return rri_fail(err, RR_ERR_FORMAT, RRI_SAFETENSORS_PREFIX,
                        "%s: the header is not a JSON object", f->path);
    return RR_OK;
}

static rr_status check_metadata(rri_safetensors *f, rr_error *err)
{
    const char *key;
    json_t *value;

    f->metadata = json_object_get(f->header, RRI_SAFETENSORS_METADATA);
    if (f->metadata == NULL)
        return RR_OK;
    if (!json_is_object(f->metadata))
        return rri_fail(err, RR_ERR_FORMAT, RRI_SAFETENSORS_PREFIX, "%s: %s is not a JSON object",
                        f->path, RRI_SAFETENSORS_METADATA);
    json_object_foreach(f->metadata, key, value)
    {
        if (!json_is_string(value))
            return rri_fail(err, RR_ERR_FORMAT, RRI_SAFETENSORS_PREFIX,
                            "%s: metadata \"%s\" is not a string", f->path, key);
    }
    return RR_OK;
}

static rr_status broken(const rri_safetensors *f, const char *name, const char *what, rr_error *err)
{
    return rri_fail(err, RR_ERR_FORMAT, RRI_SAFETENSORS_PREFIX, "%s: array \"%s\": %s", f->path,
                    name, what);
}

static bool get_natural(const json_t *value, uint64_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *out = (uint64_t)json_integer_value(value);
    return true;
}

static rr_status read_shape(const rri_safetensors *f, const json_t *value, rri_array *a,
                            rr_error *err)
{
    a->rank = json_array_size(value);
    if (!json_is_array(value) || a->rank > RRI_MAX_RANK)
        return broken(f, a->name, "\"shape\" is not a list of at most 8 extents", err);
    for (size_t i = 0; i < a->rank; i++) {
        uint64_t extent = 0;
        if (!get_natural(json_array_get(value, i), &extent) || extent > SIZE_MAX)
            return broken(f, a->name, "an extent in \"shape\" is not an integer from 0 on", err);
        a->shape[i] = (size_t)extent;
    }
    return RR_OK;
}

/* One member of the header; its data pointer is set later. */
static rr_status read_entry(const rri_safetensors *f, const char *name, const json_t *value,
                            entry *e, rr_error *err)
{
    rri_array *a = &e->array;
    const json_t *dtype = json_object_get(value, "dtype");
    const json_t *offsets = json_object_get(value, "data_offsets");
    size_t bytes = 0;
    rr_status st = RR_OK;

    a->name = name;
    if (json_object_size(value) != 3 || !json_is_string(dtype) || json_array_size(offsets) != 2)
        return broken(f, name, "needs exactly \"dtype\", \"shape\" and two \"data_offsets\"", err);
    if (!rri_dtype_find(json_string_value(dtype), &a->dtype))
        return rri_fail(err, RR_ERR_FORMAT, RRI_SAFETENSORS_PREFIX,
                        "%s: array \"%s\" has the element type \"%s\", which is not supported",
                        f->path, name, json_string_value(dtype));
    RRI_TRY(read_shape(f, json_object_get(value, "shape"), a, err));
    if (!get_natural(json_array_get(offsets, 0), &e->begin) ||
        !get_natural(json_array_get(offsets, 1), &e->end) || e->end < e->begin)
        return broken(f, name, "\"data_offsets\" are not a rising pair of integers", err);
    if (!rri_array_size(a->shape, a->rank, rri_dtype_width(a->dtype), &a->items, &bytes))
        return broken(f, name, "the product of \"shape\" overflows", err);
    if (bytes != e->end - e->begin)
        return rri_fail(err, RR_ERR_FORMAT, RRI_SAFETENSORS_PREFIX,
                        "%s: array \"%s\" takes %" PRIu64 " bytes, but its shape needs %zu",
                        f->path, name, e->end - e->begin, bytes);

done:
    return st;
}

static rr_status read_entries(rri_safetensors *f, rr_error *err)
{
    const char *name;
    json_t *value;
    rr_status st = RR_OK;
    const size_t count = json_object_size(f->header) - (f->metadata != NULL);

    RRI_TRY(rri_alloc(&f->entries, count, 1, sizeof *f->entries, err));
    json_object_foreach(f->header, name, value)
    {
        if (value == f->metadata)
            continue;
        RRI_TRY(read_entry(f, name, value, &f->entries[f->count], err));
        f->count++;
    }

done:
    return st;
}

/* An empty array sorts before another one at the same offset. */
static int by_offset(const void *left, const void *right)
{
    const entry *a = left;
    const entry *b = right;

    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    return (a->end > b->end) - (a->end < b->end);
}

static int by_name(const void *left, const void *right)
{
    const entry *a = left;
    const entry *b = right;

    return strcmp(a->array.name, b->array.name);
}

static rr_status check_tiling(rri_safetensors *f, rr_error *err)
{
    const uint64_t bytes = f->bytes - f->data;
    uint64_t at = 0;

    qsort(f->entries, f->count, sizeof *f->entries, by_offset);
    for (size_t i = 0; i < f->count; i++) {
        const entry *e = &f->entries[i];
        const int64_t where = (int64_t)f->data + (int64_t)at;
        if (e->end > bytes)
            return rri_fail(err, RR_ERR_FORMAT, where,
                            "%s is truncated: array \"%s\" ends at data offset %" PRIu64
                            ", the data at %" PRIu64,
                            f->path, e->array.name, e->end, bytes);
        if (e->begin != at)
            return rri_fail(err, RR_ERR_FORMAT, where,
                            "%s: array \"%s\" begins at data offset %" PRIu64 ", %s %" PRIu64,
                            f->path, e->array.name, e->begin,
                            e->begin > at ? "leaving a hole from" : "overlapping the bytes up to",
                            at);
        at = e->end;
    }
    if (at != bytes)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)f->data + (int64_t)at,
                        "%s has %" PRIu64
                        " trailing bytes after the last array, at offset %" PRIu64,
                        f->path, bytes - at, f->data + at);
    return RR_OK;
}

static rr_status set_data(rri_safetensors *f, rr_error *err)
{
    rr_status st = RR_OK;

    for (size_t i = 0; i < f->count; i++) {
        entry *e = &f->entries[i];
        const size_t width = rri_dtype_width(e->array.dtype);
        const size_t offset = f->data + (size_t)e->begin;
        const unsigned char *data = (const unsigned char *)f->base + offset;
        e->array.data = data; /* memory and a map start aligned */
        if (offset % width == 0)
            continue;
        RRI_TRY(rri_alloc(&e->copy, e->array.items, 1, width, err));
        memcpy(e->copy, data, e->array.items * width);
        e->array.data = e->copy;
    }

done:
    return st;
}

rr_status rri_safetensors_open(const char *path, rri_safetensors **out, rr_error *err)
{
    rri_safetensors *f = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&f, 1, 1, sizeof *f, err));
    RRI_TRY(rri_strdup(path, &f->path, err));
    RRI_TRY(load_file(f, err));
    RRI_TRY(parse_header(f, err));
    RRI_TRY(check_metadata(f, err));
    RRI_TRY(read_entries(f, err));
    RRI_TRY(check_tiling(f, err));
    RRI_TRY(set_data(f, err));
    qsort(f->entries, f->count, sizeof *f->entries, by_name);
    *out = f;
    f = NULL;

done:
    rri_safetensors_close(f);
    return st;
}

void rri_safetensors_close(rri_safetensors *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < f->count; i++)
        rri_free(f->entries[i].copy);
    rri_free(f->entries);
    json_decref(f->header);
    if (f->mapped)
        (void)munmap(f->base, f->bytes);
    else
        rri_free(f->base);
    rri_free(f->path);
    rri_free(f);
}

size_t rri_safetensors_count(const rri_safetensors *f)
{
    return f->count;
}

const rri_array *rri_safetensors_find(const rri_safetensors *f, const char *name)
{
    const entry key = { .array.name = name };
    const entry *e = bsearch(&key, f->entries, f->count, sizeof key, by_name);

    return e == NULL ? NULL : &e->array;
}

const char *rri_safetensors_metadata(const rri_safetensors *f, const char *key)
{
    return json_string_value(json_object_get(f->metadata, key));
}

rr_status rri_safetensors_expect(const rri_safetensors *f, const char *name, rri_dtype dtype,
                                 size_t rank, const size_t *shape, const rri_array **out,
                                 rr_error *err)
{
    const rri_array *a = rri_safetensors_find(f, name);

    if (a == NULL)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s has no array \"%s\"", f->path, name);
    if (a->dtype != dtype)
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "%s: array \"%s\" has the element type %s, expected %s", f->path, name,
                        rri_dtype_name(a->dtype), rri_dtype_name(dtype));
    if (a->rank != rank)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: array \"%s\" has %zu dimensions, expected %zu",
                        f->path, name, a->rank, rank);
    for (size_t i = 0; i < rank; i++) {
        if (shape[i] != SIZE_MAX && shape[i] != a->shape[i])
            return rri_fail(err, RR_ERR_SHAPE, -1,
                            "%s: array \"%s\" has extent %zu in dimension %zu, expected %zu",
                            f->path, name, a->shape[i], i, shape[i]);
    }
    *out = a;
    return RR_OK;
}

rr_status rri_safetensors_require(const rri_safetensors *f, const char *key, const char **out,
                                  rr_error *err)
{
    const char *text = rri_safetensors_metadata(f, key);

    if (text == NULL)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s has no metadata \"%s\"", f->path, key);
    *out = text;
    return RR_OK;
}

rr_status rri_safetensors_require_u64(const rri_safetensors *f, const char *key, uint64_t *out,
                                      rr_error *err)
{
    const char *text = NULL;
    const rr_status st = rri_safetensors_require(f, key, &text, err);

    if (st == RR_OK && !rri_parse_u64(text, out))
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: metadata \"%s\" is '%s', not a number",
                        f->path, key, text);
    return st;
}

rr_status rri_safetensors_check_format(const rri_safetensors *f, const char *format,
                                       const char *version, rr_error *err)
{
    const char *found_format = NULL;
    const char *found_version = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_safetensors_require(f, "format", &found_format, err));
    if (strcmp(found_format, format) != 0)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: format is '%.40s', expected '%s'", f->path,
                        found_format, format);
    RRI_TRY(rri_safetensors_require(f, "format_version", &found_version, err));
    if (strcmp(found_version, version) != 0)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1, "%s: format version '%.40s', expected %s",
                        f->path, found_version, version);

done:
    return st;
}
