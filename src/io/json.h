/* SPDX-License-Identifier: MIT */
/* json.h - JSON files, by jansson: reading with the line of an error, atomic writing, and required
 * members with a type. */
#ifndef RRI_JSON_H
#define RRI_JSON_H

#include "core/core.h"
#include "core/utf8.h" /* rri_is_utf8(): whether a text is allowed in JSON */

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
rr_status rri_json_write(const char *path, const json_t *value, rr_error *err);
/* Compact text, owned (rri_free). */
rr_status rri_json_text(const json_t *value, char **out, rr_error *err);

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

/* Set a member to a new reference, which is consumed in every case; NOMEM when value is NULL or
 * does not fit. u64 values above INT64_MAX are written as strings, and read back. */
rr_status rri_json_set(json_t *object, const char *key, json_t *value, rr_error *err);
json_t *rri_json_from_u64(uint64_t value);

#endif
