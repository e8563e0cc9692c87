/* SPDX-License-Identifier: MIT */
/* text.c - owned strings. */
#include "core/core.h"

#include <stdarg.h>
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
    const int n = rri_vsnprintf(NULL, 0, fmt, ap);
    if (n < 0)
        st = rri_fail(err, RR_ERR_ARG, -1, "a text could not be formatted");
    else
        st = rri_alloc(out, (size_t)n + 1, 1, 1, err);
    if (st == RR_OK)
        (void)rri_vsnprintf(*out, (size_t)n + 1, fmt, again);
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

bool rri_ends_in(const char *s, const char *ending)
{
    const size_t n = strlen(s);
    const size_t end = strlen(ending);

    return n > end && strcmp(s + n - end, ending) == 0;
}
