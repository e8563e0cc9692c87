/* SPDX-License-Identifier: MIT */
/* spec.h - a source's spec, parsed: kind:path?name=value&name=value.
 *
 * What follows the colon, up to any '?' or to the end, is the path as it stands if it is the name
 * of a file; the longest such name counts. Else the first '?' ends the path, and in it, as in every
 * value, %HH stands for the byte of that hexadecimal number. Other '%' are characters. */
#ifndef RRI_SPEC_H
#define RRI_SPEC_H

#include "core/core.h"

enum { RRI_SPEC_PARAMETERS = 20 };

typedef struct rri_spec {
    char *text;       /* owned; the strings below point into it */
    const char *kind; /* before the first ':' */
    const char *path; /* "" where there is no colon */
    size_t rest;      /* offset in the spec where its parameters begin, with their '?' */
    size_t count;     /* parameters given */
    struct {
        const char *name, *value;
    } parameter[RRI_SPEC_PARAMETERS];
} rri_spec;

/* Cut up `text`. Errors ARG (a parameter without '=', given twice, or too many), NOMEM; *out is
 * then empty. */
rr_status rri_spec_parse(const char *text, rri_spec *out, rr_error *err);
void rri_spec_clear(rri_spec *s);

/* A path as it is written in a spec, owned (rri_free): '?', and a '%' that two hexadecimal digits
 * follow, as %HH. Errors NOMEM. */
rr_status rri_spec_escape(const char *path, char **out, rr_error *err);

/* The value given to a parameter, NULL where it was not given. */
const char *rri_spec_value(const rri_spec *s, const char *name);

/* A parameter as a number; *value is untouched where it was not given. Errors ARG (not a number, or
 * outside min..max). */
rr_status rri_spec_size(const rri_spec *s, const char *name, size_t min, size_t max, size_t *value,
                        rr_error *err);
rr_status rri_spec_u64(const rri_spec *s, const char *name, uint64_t *value, rr_error *err);
rr_status rri_spec_f64(const rri_spec *s, const char *name, double min, double max, double *value,
                       rr_error *err);

#endif
