/* SPDX-License-Identifier: MIT */
/* json.c - JSON [RFC 8259] by jansson: checked reading, atomic writing, structs by tables. */
#include "io/json.h"
#include "io/io.h"

#include <inttypes.h>
#include <string.h>

enum { MOST_BYTES = 1 << 28 }; /* of a JSON file; ours are a few kilobytes */

rr_status rri_json_fail(const json_error_t *fault, const char *name, size_t before, rr_error *err)
{
    /* For most failed allocations jansson gives an empty text, for some a syntax error at the
     * current position; those cannot be distinguished from real errors. */
    if (json_error_code(fault) == json_error_out_of_memory || fault->text[0] == '\0')
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory while reading %s", name);
    const size_t line = before + (fault->line > 0 ? (size_t)fault->line : 1);
    if (json_error_code(fault) == json_error_null_character)
        return rri_fail(err, RR_ERR_FORMAT, fault->position,
                        "%s, line %zu, column %d: \\u0000 is in a string, but no text may hold it",
                        name, line, fault->column);
    return rri_fail(err, RR_ERR_FORMAT, fault->position,
                    "%s is not JSON at line %zu, column %d: %s", name, line, fault->column,
                    fault->text);
}

json_t *rri_json_load(const char *text, size_t bytes, size_t flags, json_error_t *fault)
{
    void *const locale = rri_c_locale_begin();
    json_t *value = json_loadb(text, bytes, flags | JSON_REJECT_DUPLICATES, fault);

    rri_c_locale_end(locale);
    return value;
}

/* The text starts after `before` lines of the source. */
static rr_status parse(const char *text, size_t bytes, const char *name, size_t before,
                       json_t **out, rr_error *err)
{
    json_error_t fault;

    *out = rri_json_load(text, bytes, 0, &fault);
    return *out != NULL ? RR_OK : rri_json_fail(&fault, name, before, err);
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
    void *const locale = rri_c_locale_begin();
    const int failed = json_dump_callback(value, put, s, flags | JSON_ENCODE_ANY);

    rri_c_locale_end(locale);
    if (failed != 0 && s->st == RR_OK)
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

rr_status rri_json_object(const json_t *object, const char *name, const char *key, json_t **out,
                          rr_error *err)
{
    *out = json_object_get(object, key);
    if (!json_is_object(*out))
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: '%s' is missing or no object", name, key);
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
    (void)rri_snprintf(text, sizeof text, "%" PRIu64, value);
    return json_string(text);
}

rr_status rri_json_add_object(json_t *object, const char *key, json_t **out, rr_error *err)
{
    *out = json_object();
    return rri_json_set(object, key, *out, err);
}

/* ---- fields --------------------------------------------------------------------------------- */

#define VALUE(type, at) (*(type const *)(at))

static json_t *value_of(const rri_json_field *f, const void *at)
{
    switch (f->kind) {
    case RRI_JSON_SIZE:
        return rri_json_from_u64(VALUE(size_t, at));
    case RRI_JSON_U64:
        return rri_json_from_u64(VALUE(uint64_t, at));
    case RRI_JSON_F64:
        return json_real(VALUE(double, at));
    case RRI_JSON_F64_OR_NULL:
        return VALUE(double, at) >= 0.0 ? json_real(VALUE(double, at)) : json_null();
    case RRI_JSON_FLAG:
        return json_boolean(VALUE(int, at));
    case RRI_JSON_ENUM:
        return json_string(rr_enum_name(f->words, VALUE(unsigned, at)));
    case RRI_JSON_TEXT:
        return json_string(VALUE(char *, at));
    case RRI_JSON_TEXT_OR_NULL:
        return VALUE(char *, at) != NULL ? json_string(VALUE(char *, at)) : json_null();
    case RRI_JSON_HASH:
        return json_string(at);
    }
    return NULL;
}

static bool is_zero(const rri_json_field *f, const void *at)
{
    switch (f->kind) {
    case RRI_JSON_SIZE:
        return VALUE(size_t, at) == 0;
    case RRI_JSON_FLAG:
        return VALUE(int, at) == 0;
    case RRI_JSON_ENUM:
        return VALUE(unsigned, at) == 0;
    case RRI_JSON_TEXT:
        return VALUE(char *, at) == NULL;
    case RRI_JSON_HASH:
        return VALUE(char, at) == '\0';
    default:
        return false;
    }
}

rr_status rri_json_put_fields(json_t *object, const rri_json_fields *fields, const void *from,
                              rr_error *err)
{
    bool present = true;
    rr_status st = RR_OK;

    for (size_t i = 0; i < fields->count; i++) {
        const rri_json_field *f = &fields->field[i];
        const void *at = (const char *)from + f->offset;
        if (f->presence != RRI_JSON_TOGETHER)
            present = f->presence != RRI_JSON_NONZERO || !is_zero(f, at);
        if (present)
            RRI_TRY(rri_json_set(object, f->key, value_of(f, at), err));
    }

done:
    return st;
}

static rr_status get_enum(const json_t *object, const char *name, const char *part,
                          const rri_json_field *f, unsigned *out, rr_error *err)
{
    const char *text = NULL;
    const rr_status st = rri_json_string(object, name, f->key, &text, err);

    if (st != RR_OK)
        return st;
    if (rr_enum_parse(f->words, text, out, NULL) != RR_OK)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: %s%s is '%.40s', expected %s", name, part,
                        f->key, text, rr_enum_words(f->words));
    return RR_OK;
}

static rr_status get_hash(const json_t *object, const char *name, const char *part,
                          const rri_json_field *f, char out[65], rr_error *err)
{
    const char *text = NULL;
    const rr_status st = rri_json_string(object, name, f->key, &text, err);

    if (st != RR_OK)
        return st;
    if (strlen(text) != 64)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: %s%s has %zu digits, not 64", name, part,
                        f->key, strlen(text));
    memcpy(out, text, 65);
    return RR_OK;
}

static rr_status get_flag(const json_t *object, const char *name, const char *part,
                          const rri_json_field *f, int *out, rr_error *err)
{
    const json_t *value = json_object_get(object, f->key);

    if (!json_is_boolean(value))
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: %s%s is neither true nor false", name, part,
                        f->key);
    *out = json_is_true(value);
    return RR_OK;
}

static bool is_absent(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return value == NULL || json_is_null(value);
}

static rr_status get_value(const json_t *object, const char *name, const char *part,
                           const rri_json_field *f, void *at, rr_error *err)
{
    switch (f->kind) {
    case RRI_JSON_SIZE:
        return rri_json_size(object, name, f->key, at, err);
    case RRI_JSON_U64:
        return rri_json_u64(object, name, f->key, at, err);
    case RRI_JSON_F64_OR_NULL:
        *(double *)at = -1.0;
        return is_absent(object, f->key) ? RR_OK : rri_json_f64(object, name, f->key, at, err);
    case RRI_JSON_F64:
        return rri_json_f64(object, name, f->key, at, err);
    case RRI_JSON_FLAG:
        return get_flag(object, name, part, f, at, err);
    case RRI_JSON_ENUM:
        return get_enum(object, name, part, f, at, err);
    case RRI_JSON_TEXT_OR_NULL:
        *(const char **)at = NULL;
        return is_absent(object, f->key) ? RR_OK : rri_json_string(object, name, f->key, at, err);
    case RRI_JSON_TEXT:
        return rri_json_string(object, name, f->key, at, err);
    case RRI_JSON_HASH:
        return get_hash(object, name, part, f, at, err);
    }
    return RR_ERR_ARG;
}

rr_status rri_json_get_fields(const json_t *object, const char *name, const char *part,
                              const rri_json_fields *fields, void *to, rr_error *err)
{
    bool present = true;
    rr_status st = RR_OK;

    for (size_t i = 0; i < fields->count; i++) {
        const rri_json_field *f = &fields->field[i];
        void *at = (char *)to + f->offset;
        if (f->presence != RRI_JSON_TOGETHER)
            present = f->presence == RRI_JSON_ALWAYS || !is_absent(object, f->key);
        if (present)
            RRI_TRY(get_value(object, name, part, f, at, err));
    }

done:
    return st;
}
