/* SPDX-License-Identifier: MIT */
/* page_check.h - a page read back: its manifest, and arrays from their blocks. */
#ifndef RR_TESTS_REPORT_PAGE_CHECK_H
#define RR_TESTS_REPORT_PAGE_CHECK_H

#include "check.h"

#include "io/json.h"

#include <zlib.h>

/* An array; bytes are free()d. */
typedef struct decoded {
    unsigned char *bytes;
    size_t rows, width, size; /* of a value */
    char type[3];
} decoded;

/* A gzip member without a time in its header. */
static inline unsigned char *unpack(const unsigned char *packed, size_t n, size_t *bytes)
{
    z_stream z = { .next_in = (unsigned char *)(uintptr_t)packed, .avail_in = (unsigned)n };
    size_t capacity = 1 << 24;
    unsigned char *out = malloc(capacity);

    assert_true(n > 10 && packed[0] == 0x1f && packed[1] == 0x8b);
    assert_memory_equal(packed + 4, "\0\0\0\0", 4);
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    z.next_out = out;
    z.avail_out = (unsigned)capacity;
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.avail_in, 0);
    *bytes = capacity - z.avail_out;
    (void)inflateEnd(&z);
    return out;
}

/* The manifest, json_decref(). */
static inline json_t *manifest_of(const rr_page *page)
{
    size_t n = 0, bytes = 0;
    const unsigned char *block = rr_page_block(page, "manifest", &n);
    rr_error err = { 0 };
    json_t *m = NULL;

    assert_non_null(block);
    unsigned char *text = unpack(block, n, &bytes);
    CHECK_OK(rri_json_parse_bytes((const char *)text, bytes, "manifest", &m, &err), err);
    free(text);
    return m;
}

static inline size_t size_of(const json_t *object, const char *key)
{
    return (size_t)json_integer_value(json_object_get(object, key));
}

/* The pieces follow each other without a gap, and are as long as they say. */
static inline decoded read_array(const rr_page *page, const json_t *manifest, const char *name)
{
    const json_t *info = json_object_get(json_object_get(manifest, "arrays"), name);
    decoded a = { .rows = size_of(info, "rows"), .width = size_of(info, "width") };
    size_t at = 0, i = 0;
    json_t *piece = NULL;

    if (info == NULL)
        fail_msg("the page lacks %s", name);
    (void)snprintf(a.type, sizeof a.type, "%s", json_string_value(json_object_get(info, "dtype")));
    a.size = (size_t)(a.type[1] - '0');
    a.bytes = malloc(a.rows * a.width * a.size + 1);
    json_array_foreach(json_object_get(info, "pieces"), i, piece)
    {
        size_t n = 0, bytes = 0;
        const unsigned char *block =
            rr_page_block(page, json_string_value(json_object_get(piece, "block")), &n);
        assert_non_null(block);
        unsigned char *raw = unpack(block, n, &bytes);
        assert_int_equal(size_of(piece, "from"), at);
        at = size_of(piece, "to");
        assert_int_equal(bytes, (at - size_of(piece, "from")) * a.width * a.size);
        memcpy(a.bytes + size_of(piece, "from") * a.width * a.size, raw, bytes);
        free(raw);
    }
    assert_int_equal(at, a.rows);
    return a;
}

static inline bool has_array(const json_t *manifest, const char *name)
{
    return json_object_get(json_object_get(manifest, "arrays"), name) != NULL;
}

/* Value i of an array of whole numbers, and the value that stands for none. */
static inline uint32_t number_at(const decoded *a, size_t i)
{
    uint32_t v = 0;

    for (size_t k = 0; k < a->size; k++)
        v |= (uint32_t)a->bytes[i * a->size + k] << (8 * k);
    return v;
}

static inline uint32_t none_of(const decoded *a)
{
    return a->size == 1 ? 255 : a->size == 2 ? 65535 : UINT32_MAX;
}

static inline float float_at(const decoded *a, size_t i)
{
    const uint32_t bits = number_at(a, i);
    float v = 0.0F;

    assert_string_equal(a->type, "f4");
    memcpy(&v, &bits, sizeof v);
    return v;
}

#endif
