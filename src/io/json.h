/* SPDX-License-Identifier: MIT */
/* json.h - JSON files, by jansson: reading with the line of an error, atomic writing, members with
 * a type, and tables that describe a struct as members of an object. */
#ifndef RRI_JSON_H
#define RRI_JSON_H

#include "core/core.h"
#include "core/utf8.h" /* rri_is_utf8(): whether a text is allowed in JSON */
#include "rnnrepair/enums.h"

#include <jansson.h>

/* Memory: *out is one reference, json_decref(). Duplicate keys are rejected. Errors IO, FORMAT
 * (line and column), NOMEM. `name` names the source in messages. */
rr_status rri_json_read(const char *path, json_t **out, rr_error *err);
rr_status rri_json_parse(const char *text, const char *name, json_t **out, rr_error *err);
rr_status rri_json_parse_bytes(const char *text, size_t bytes, const char *name, json_t **out,
                               rr_error *err);
/* The same for a text that is line `line`, from 1, of its source. */
rr_status rri_json_parse_line(const char *text, size_t bytes, const char *name, size_t line,
                              json_t **out, rr_error *err);
/* json_loadb() in the C locale, with duplicate keys rejected. */
json_t *rri_json_load(const char *text, size_t bytes, size_t flags, json_error_t *fault);
/* Report its failure: the text began after `before` lines of its source.
 * Errors FORMAT, NOMEM. */
rr_status rri_json_fail(const json_error_t *fault, const char *name, size_t before, rr_error *err);
rr_status rri_json_write(const char *path, const json_t *value, rr_error *err);
/* Compact text, owned (rri_free). */
rr_status rri_json_text(const json_t *value, char **out, rr_error *err);

/* The rows of a text file: one JSON value a line, empty lines skipped; or, if it begins with `[`,
 * the items of one array, wherever its lines end. One row is held at a time. */
typedef struct rri_json_rows rri_json_rows;

/* Open it; encoding and errors as rri_decoder_open(). */
rr_status rri_json_rows_open(const char *path, const char *encoding, rri_json_rows **out,
                             rr_error *err);
/* The next row, one reference; NULL after the last. A number too large for 64 bits, or for a
 * double, is given as the string of its characters. Errors IO, FORMAT (not UTF-8, not JSON, an
 * array that is not closed, text behind it, a row of more than 2^28 bytes; the line is named),
 * NOMEM. */
rr_status rri_json_rows_next(rri_json_rows *r, json_t **row, rr_error *err);
/* The line, from 1, on which the last row begins. */
size_t rri_json_rows_line(const rri_json_rows *r);
void rri_json_rows_close(rri_json_rows *r); /* NULL is allowed */

/* Member `key` of an object; FORMAT names `name`, the key and the expected type. Strings are
 * borrowed from the object. */
rr_status rri_json_string(const json_t *object, const char *name, const char *key, const char **out,
                          rr_error *err);
rr_status rri_json_size(const json_t *object, const char *name, const char *key, size_t *out,
                        rr_error *err);
rr_status rri_json_u64(const json_t *object, const char *name, const char *key, uint64_t *out,
                       rr_error *err);
rr_status rri_json_f64(const json_t *object, const char *name, const char *key, double *out,
                       rr_error *err);
rr_status rri_json_object(const json_t *object, const char *name, const char *key, json_t **out,
                          rr_error *err);

/* Set a member to a new reference, which is consumed in every case; NOMEM when value is NULL or
 * does not fit. u64 values above INT64_MAX are written as strings, and read back. */
rr_status rri_json_set(json_t *object, const char *key, json_t *value, rr_error *err);
json_t *rri_json_from_u64(uint64_t value);
/* Set a member to a new empty object; *out is borrowed. Errors NOMEM. */
rr_status rri_json_add_object(json_t *object, const char *key, json_t **out, rr_error *err);

/* ---- fields: members of an object that are members of a struct ------------------------------ */

typedef enum rri_json_kind {
    RRI_JSON_SIZE,        /* size_t */
    RRI_JSON_U64,         /* uint64_t */
    RRI_JSON_F64,         /* double */
    RRI_JSON_F64_OR_NULL, /* double; null where negative: not measured */
    RRI_JSON_FLAG,        /* int: true or false */
    RRI_JSON_ENUM,        /* an enum of `words`, by its word */
    RRI_JSON_TEXT,        /* const char *, borrowed from the object when read */
    RRI_JSON_TEXT_OR_NULL,
    RRI_JSON_HASH, /* char[65]: 64 characters */
} rri_json_kind;

typedef enum rri_json_presence {
    RRI_JSON_ALWAYS,
    RRI_JSON_SINCE,    /* always written; absent in older files */
    RRI_JSON_NONZERO,  /* written where it is not zero, NULL or "" */
    RRI_JSON_TOGETHER, /* where the member before it is */
} rri_json_presence;

typedef struct rri_json_field {
    const char *key;
    size_t offset;
    rri_json_kind kind;
    rri_json_presence presence;
    rr_enum words;
} rri_json_field;

typedef struct rri_json_fields {
    const rri_json_field *field;
    size_t count;
} rri_json_fields;

/* For a table: RRI_JSON_FIELDS(array). */
#define RRI_JSON_FIELDS(array)                                                                     \
    {                                                                                              \
        (array), sizeof(array) / sizeof *(array)                                                   \
    }

/* Set the members from the struct. Errors NOMEM. */
rr_status rri_json_put_fields(json_t *object, const rri_json_fields *fields, const void *from,
                              rr_error *err);
/* Read them. A member that may be absent and is, or is null, leaves the struct as it was.
 * Errors FORMAT, with `name` for the file and `part` ("train.", "") before the key. */
rr_status rri_json_get_fields(const json_t *object, const char *name, const char *part,
                              const rri_json_fields *fields, void *to, rr_error *err);

#endif
