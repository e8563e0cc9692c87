/* SPDX-License-Identifier: MIT */
/* json.c - JSON [RFC 8259] by jansson: checked reading, atomic writing. */
#include "io/json.h"
#include "io/io.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MOST_BYTES = 1 << 28 }; /* of a JSON file; ours are a few kilobytes */

/* The text starts after `before` lines of the source. */
static rr_status parse(const char *text, size_t bytes, const char *name, size_t before,
                       json_t **out, rr_error *err)
{
    json_error_t fault;

    *out = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &fault);
    if (*out != NULL)
        return RR_OK;
    /* For most failed allocations jansson gives an empty text, for some a syntax error at the
     * current position; those cannot be distinguished from real errors. */
    if (json_error_code(&fault) == json_error_out_of_memory || fault.text[0] == '\0')
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory while reading %s", name);
    return rri_fail(err, RR_ERR_FORMAT, fault.position, "%s is not JSON at line %zu, column %d: %s",
                    name, before + (fault.line > 0 ? (size_t)fault.line : 1), fault.column,
                    fault.text);
}

rr_status rri_json_parse_bytes(const char *text, size_t bytes, const char *name, json_t **out,
                               rr_error *err)
{
    return parse(text, bytes, name, 0, out, err);
}

rr_status rri_json_parse_line(const char *text, size_t bytes, const char *name, size_t line,
                              json_t **out, rr_error *err)
{
    return parse(text, bytes, name, line - 1, out, err);
}

rr_status rri_json_parse(const char *text, const char *name, json_t **out, rr_error *err)
{
    return rri_json_parse_bytes(text, strlen(text), name, out, err);
}

rr_status rri_json_read(const char *path, json_t **out, rr_error *err)
{
    unsigned char *text = NULL;
    size_t bytes = 0;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_file_read(path, MOST_BYTES, &text, &bytes, err));
    st = rri_json_parse_bytes((const char *)text, bytes, path, out, err);

done:
    rri_free(text);
    return st;
}

/* The target of jansson's output: a file or a growing string. */
typedef struct sink {
    rri_writer *file;
    char *text;
    size_t used, capacity;
    rr_status st;
    rr_error *err;
} sink;

static int put(const char *piece, size_t n, void *context)
{
    sink *s = context;

    /* jansson ignores the return value after a key: remember the failure. */
    if (s->st != RR_OK)
        return -1;
    if (s->file != NULL) {
        s->st = rri_writer_write(s->file, piece, n, s->err);
    } else {
        if (n >= s->capacity - s->used) {
            const size_t wider = 2 * s->capacity + n;
            s->st = rri_grow(&s->text, s->capacity, wider, 1, s->err);
            if (s->st != RR_OK)
                return -1;
            s->capacity = wider;
        }
        memcpy(s->text + s->used, piece, n);
        s->used += n;
    }
    return s->st == RR_OK ? 0 : -1;
}

static rr_status dump(const json_t *value, sink *s, size_t flags)
{
    if (json_dump_callback(value, put, s, flags | JSON_ENCODE_ANY) != 0 && s->st == RR_OK)
        s->st = rri_fail(s->err, RR_ERR_NOMEM, -1, "out of memory while writing JSON");
    return s->st;
}

rr_status rri_json_write(const char *path, const json_t *value, rr_error *err)
{
    sink s = { .st = RR_OK, .err = err };
    rr_status st = RR_OK;

    RRI_TRY(rri_writer_open(path, &s.file, err));
    RRI_TRY(dump(value, &s, JSON_INDENT(2)));
    RRI_TRY(rri_writer_write(s.file, "\n", 1, err));
    st = rri_writer_commit(s.file, err);
    s.file = NULL;

done:
    rri_writer_abandon(s.file);
    return st;
}

rr_status rri_json_text(const json_t *value, char **out, rr_error *err)
{
    sink s = { .st = RR_OK, .err = err, .capacity = 256 };
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&s.text, s.capacity, 1, 1, err));
    RRI_TRY(dump(value, &s, JSON_COMPACT));
    s.text[s.used] = '\0';
    *out = s.text;
    s.text = NULL;

done:
    rri_free(s.text);
    return st;
}

static const char *type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a real number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_NULL:
        return "null";
    }
    return "of unknown type";
}

static rr_status unfit(const json_t *value, const char *name, const char *key, const char *expected,
                       rr_error *err)
{
    if (value == NULL)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: member \"%s\" (%s) is missing", name, key,
                        expected);
    if (json_is_integer(value))
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "%s: member \"%s\" is %" JSON_INTEGER_FORMAT ", expected %s", name, key,
                        json_integer_value(value), expected);
    return rri_fail(err, RR_ERR_FORMAT, -1, "%s: member \"%s\" is %s, expected %s", name, key,
                    type_name(value), expected);
}

rr_status rri_json_string(const json_t *object, const char *name, const char *key, const char **out,
                          rr_error *err)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_string(value))
        return unfit(value, name, key, "a string", err);
    *out = json_string_value(value);
    return RR_OK;
}

rr_status rri_json_u64(const json_t *object, const char *name, const char *key, uint64_t *out,
                       rr_error *err)
{
    const json_t *value = json_object_get(object, key);

    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *out = (uint64_t)json_integer_value(value);
        return RR_OK;
    }
    if (json_is_string(value) && rri_parse_u64(json_string_value(value), out))
        return RR_OK;
    return unfit(value, name, key, "an integer from 0 on", err);
}

rr_status rri_json_size(const json_t *object, const char *name, const char *key, size_t *out,
                        rr_error *err)
{
    uint64_t value = 0;
    const rr_status st = rri_json_u64(object, name, key, &value, err);

    if (st != RR_OK)
        return st;
    if (value > SIZE_MAX)
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "%s: member \"%s\" is %" PRIu64 ", too large a size", name, key, value);
    *out = (size_t)value;
    return RR_OK;
}

rr_status rri_json_f64(const json_t *object, const char *name, const char *key, double *out,
                       rr_error *err)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_number(value))
        return unfit(value, name, key, "a number", err);
    *out = json_number_value(value);
    return RR_OK;
}

rr_status rri_json_set(json_t *object, const char *key, json_t *value, rr_error *err)
{
    /* jansson consumes the reference also on failure. */
    if (value == NULL || json_object_set_new(object, key, value) != 0)
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory while setting \"%s\"", key);
    return RR_OK;
}

json_t *rri_json_from_u64(uint64_t value)
{
    char text[32];

    if (value <= INT64_MAX)
        return json_integer((json_int_t)value);
    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    return json_string(text);
}
