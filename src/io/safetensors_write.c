/* SPDX-License-Identifier: MIT */
/* safetensors_write.c - the writer: collects names and borrowed data, then writes all at once.
 *
 * Arrays are ordered widest element first, then by name: since the data start at a multiple of 64,
 * every array is aligned to its element without padding, which the format forbids. */
#include "io/io.h"
#include "io/json.h"
#include "io/safetensors_common.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

typedef struct item {
    char *name;
    rri_dtype dtype;
    size_t rank;
    size_t shape[RRI_MAX_RANK];
    size_t bytes;
    const void *data;
} item;

struct rri_safetensors_writer {
    json_t *metadata;
    item *items; /* [capacity], count in use */
    size_t count, capacity;
};

rr_status rri_safetensors_writer_new(rri_safetensors_writer **out, rr_error *err)
{
    rri_safetensors_writer *w = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&w, 1, 1, sizeof *w, err));
    w->metadata = json_object();
    if (w->metadata == NULL) {
        st = rri_fail(err, RR_ERR_NOMEM, -1, "out of memory while beginning a file");
        goto done;
    }
    *out = w;
    w = NULL;

done:
    rri_safetensors_writer_free(w);
    return st;
}

void rri_safetensors_writer_free(rri_safetensors_writer *w)
{
    if (w == NULL)
        return;
    for (size_t i = 0; i < w->count; i++)
        rri_free(w->items[i].name);
    rri_free(w->items);
    json_decref(w->metadata);
    rri_free(w);
}

rr_status rri_safetensors_put_text(rri_safetensors_writer *w, const char *key, const char *text,
                                   rr_error *err)
{
    if (!rri_is_utf8(key) || !rri_is_utf8(text))
        return rri_fail(err, RR_ERR_ARG, -1, "metadata \"%s\" is not valid UTF-8", key);
    return rri_json_set(w->metadata, key, json_string(text), err);
}

rr_status rri_safetensors_put_u64(rri_safetensors_writer *w, const char *key, uint64_t value,
                                  rr_error *err)
{
    char *text = NULL;
    rr_status st = rri_format(&text, err, "%" PRIu64, value);

    if (st == RR_OK)
        st = rri_safetensors_put_text(w, key, text, err);
    rri_free(text);
    return st;
}

static rr_status check_name(const rri_safetensors_writer *w, const char *name, rr_error *err)
{
    if (strcmp(name, RRI_SAFETENSORS_METADATA) == 0 || !rri_is_utf8(name))
        return rri_fail(err, RR_ERR_ARG, -1, "an array cannot be named \"%s\"", name);
    for (size_t i = 0; i < w->count; i++)
        if (strcmp(w->items[i].name, name) == 0)
            return rri_fail(err, RR_ERR_ARG, -1, "two arrays are named \"%s\"", name);
    return RR_OK;
}

rr_status rri_safetensors_put(rri_safetensors_writer *w, const char *name, rri_dtype dtype,
                              size_t rank, const size_t *shape, const void *data, rr_error *err)
{
    item x = { .dtype = dtype, .rank = rank, .data = data };
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(check_name(w, name, err));
    if (rank > RRI_MAX_RANK)
        return rri_fail(err, RR_ERR_ARG, -1, "array \"%s\" has %zu dimensions, at most %d", name,
                        rank, RRI_MAX_RANK);
    if (!rri_array_size(shape, rank, rri_dtype_width(dtype), &n, &x.bytes) || x.bytes > INT64_MAX)
        return rri_fail(err, RR_ERR_SHAPE, -1, "the size of array \"%s\" overflows", name);
    for (size_t i = 0; i < rank; i++) {
        if (shape[i] > INT64_MAX)
            return rri_fail(err, RR_ERR_SHAPE, -1, "array \"%s\" has the extent %zu", name,
                            shape[i]);
        x.shape[i] = shape[i];
    }
    if (w->count == w->capacity) {
        const size_t wider = 2 * w->capacity + 16;
        RRI_TRY(rri_grow(&w->items, w->capacity, wider, sizeof *w->items, err));
        w->capacity = wider;
    }
    RRI_TRY(rri_strdup(name, &x.name, err));
    w->items[w->count++] = x;

done:
    return st;
}

static int by_layout(const void *left, const void *right)
{
    const item *a = left;
    const item *b = right;
    const size_t wide_a = rri_dtype_width(a->dtype);
    const size_t wide_b = rri_dtype_width(b->dtype);

    if (wide_a != wide_b)
        return wide_a > wide_b ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* Append to a list; the value is consumed. */
static rr_status append(json_t *list, json_t *value, rr_error *err)
{
    if (value == NULL || json_array_append_new(list, value) != 0)
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory while describing an array");
    return RR_OK;
}

/* The member of the header that describes x, whose data begin at *at; advances *at to their end. */
static rr_status describe(const item *x, json_t *header, uint64_t *at, rr_error *err)
{
    json_t *about = json_object(); /* borrowed once it is set */
    json_t *shape = json_array();
    json_t *offsets = json_array();
    const bool got_lists = shape != NULL && offsets != NULL;
    rr_status st = rri_json_set(header, x->name, about, err);

    if (st == RR_OK)
        st = rri_json_set(about, "dtype", json_string(rri_dtype_name(x->dtype)), err);
    for (size_t i = 0; st == RR_OK && got_lists && i < x->rank; i++)
        st = append(shape, json_integer((json_int_t)x->shape[i]), err);
    if (x->bytes > INT64_MAX - *at && st == RR_OK)
        st = rri_fail(err, RR_ERR_SHAPE, -1, "the arrays together are too large for one file");
    if (st == RR_OK && got_lists)
        st = append(offsets, json_integer((json_int_t)*at), err);
    if (st == RR_OK && got_lists)
        st = append(offsets, json_integer((json_int_t)(*at + x->bytes)), err);
    if (st == RR_OK)
        st = rri_json_set(about, "shape", json_incref(shape), err);
    if (st == RR_OK)
        st = rri_json_set(about, "data_offsets", json_incref(offsets), err);
    json_decref(shape);
    json_decref(offsets);
    *at += x->bytes;
    return st;
}

/* The header as text, owned, in the order of the sorted items. */
static rr_status header_text(const rri_safetensors_writer *w, char **out, rr_error *err)
{
    json_t *header = json_object();
    uint64_t at = 0;
    rr_status st = RR_OK;

    *out = NULL;
    if (header == NULL)
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory while describing a file");
    if (json_object_size(w->metadata) > 0)
        RRI_TRY(rri_json_set(header, RRI_SAFETENSORS_METADATA, json_incref(w->metadata), err));
    for (size_t i = 0; i < w->count; i++)
        RRI_TRY(describe(&w->items[i], header, &at, err));
    st = rri_json_text(header, out, err);

done:
    json_decref(header);
    return st;
}

/* Length and header, padded with blanks up to where the data start. */
static rr_status write_header(rri_writer *file, const char *text, rr_error *err)
{
    static const char blanks[ALIGNMENT + 1] =
        "                                                                ";
    const size_t used = strlen(text);
    const size_t pad = (ALIGNMENT - (RRI_SAFETENSORS_PREFIX + used) % ALIGNMENT) % ALIGNMENT;
    const uint64_t n = used + pad;
    rr_status st = RR_OK;

    if (n > RRI_SAFETENSORS_MOST_HEADER)
        return rri_fail(err, RR_ERR_ARG, -1, "the header would take %zu bytes, at most %d", used,
                        RRI_SAFETENSORS_MOST_HEADER);
    RRI_TRY(rri_writer_write(file, &n, sizeof n, err));
    RRI_TRY(rri_writer_write(file, text, used, err));
    st = rri_writer_write(file, blanks, pad, err);

done:
    return st;
}

rr_status rri_safetensors_write(rri_safetensors_writer *w, const char *path, rr_error *err)
{
    rri_writer *file = NULL;
    char *text = NULL;
    rr_status st = RR_OK;

    if (w->count > 0)
        qsort(w->items, w->count, sizeof *w->items, by_layout);
    RRI_TRY(header_text(w, &text, err));
    RRI_TRY(rri_writer_open(path, &file, err));
    RRI_TRY(write_header(file, text, err));
    for (size_t i = 0; i < w->count; i++)
        RRI_TRY(rri_writer_write(file, w->items[i].data, w->items[i].bytes, err));
    st = rri_writer_commit(file, err);
    file = NULL;

done:
    rri_writer_abandon(file);
    rri_free(text);
    return st;
}
