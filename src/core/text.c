/* SPDX-License-Identifier: MIT */
/* text.c - owned strings, and strict parsing of numbers. */
#include "core/core.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

rr_status rri_strdup(const char *s, char **out, rr_error *err)
{
    const size_t n = strlen(s) + 1;
    const rr_status st = rri_alloc(out, n, 1, 1, err);

    if (st == RR_OK)
        memcpy(*out, s, n);
    return st;
}

rr_status rri_format_list(char **out, rr_error *err, const char *fmt, va_list ap)
{
    va_list again;
    rr_status st = RR_OK;

    *out = NULL;
    va_copy(again, ap);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    if (n < 0)
        st = rri_fail(err, RR_ERR_ARG, -1, "a text could not be formatted");
    else
        st = rri_alloc(out, (size_t)n + 1, 1, 1, err);
    if (st == RR_OK)
        (void)vsnprintf(*out, (size_t)n + 1, fmt, again);
    va_end(again);
    return st;
}

rr_status rri_format(char **out, rr_error *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    const rr_status st = rri_format_list(out, err, fmt, ap);
    va_end(ap);
    return st;
}

bool rri_parse_u64(const char *s, uint64_t *out)
{
    uint64_t v = 0;

    if (*s == '\0')
        return false;
    for (; *s != '\0'; s++) {
        if (*s < '0' || *s > '9')
            return false;
        const uint64_t digit = (uint64_t)(*s - '0');
        if (v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}

bool rri_parse_size(const char *s, size_t *out)
{
    uint64_t v = 0;

    if (!rri_parse_u64(s, &v) || v > SIZE_MAX)
        return false;
    *out = (size_t)v;
    return true;
}

bool rri_parse_f64(const char *s, double *out)
{
    char *end = NULL;

    if (!((*s >= '0' && *s <= '9') || *s == '-' || *s == '.'))
        return false;
    const double v = strtod(s, &end);
    if (end == s || *end != '\0' || !isfinite(v))
        return false;
    *out = v;
    return true;
}
