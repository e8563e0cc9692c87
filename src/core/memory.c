/* SPDX-License-Identifier: MIT */
/* memory.c - the allocation gate and owned strings.
 *
 * Every byte the library holds comes from here, so that sizes are checked once and tests can make
 * each allocation fail in turn. */
#include "core/core.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

long rri_alloc_fail_at = -1;

enum { ALIGNMENT = 64 }; /* a cache line, and an AVX-512 register */

/* Bytes of n*m*size rounded up to the alignment; false on overflow. */
static bool product(size_t n, size_t m, size_t size, size_t *bytes)
{
    if (m != 0 && n > SIZE_MAX / m)
        return false;
    n *= m;
    if (size != 0 && n > (SIZE_MAX - ALIGNMENT) / size)
        return false;
    n *= size;
    *bytes = n == 0 ? ALIGNMENT : (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return true;
}

static bool told_to_fail(void)
{
    if (rri_alloc_fail_at < 0)
        return false;
    return rri_alloc_fail_at-- == 0;
}

rr_status rri_alloc(void *out, size_t n, size_t m, size_t size, rr_error *err)
{
    void *p = NULL;
    size_t bytes = 0;

    memcpy(out, &p, sizeof p);
    if (!product(n, m, size, &bytes))
        return rri_fail(err, RR_ERR_NOMEM, -1, "%zu x %zu items of %zu bytes are too many to hold",
                        n, m, size);
    if (!told_to_fail())
        p = aligned_alloc(ALIGNMENT, bytes);
    if (p == NULL)
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory: %zu bytes refused", bytes);
    memset(p, 0, bytes);
    memcpy(out, &p, sizeof p);
    return RR_OK;
}

rr_status rri_grow(void *array, size_t old_n, size_t new_n, size_t size, rr_error *err)
{
    void *old = NULL;
    void *fresh = NULL;
    const rr_status st = rri_alloc(&fresh, new_n, 1, size, err);

    if (st != RR_OK)
        return st;
    memcpy(&old, array, sizeof old);
    if (old != NULL)
        memcpy(fresh, old, rri_min(old_n, new_n) * size);
    rri_free(old);
    memcpy(array, &fresh, sizeof fresh);
    return RR_OK;
}

void rri_free(void *p)
{
    free(p);
}

rr_status rri_strdup(const char *s, char **out, rr_error *err)
{
    const size_t n = strlen(s) + 1;
    const rr_status st = rri_alloc(out, n, 1, 1, err);

    if (st == RR_OK)
        memcpy(*out, s, n);
    return st;
}

rr_status rri_format(char **out, rr_error *err, const char *fmt, ...)
{
    va_list ap;
    va_list again;
    rr_status st = RR_OK;

    *out = NULL;
    va_start(ap, fmt);
    va_copy(again, ap);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        st = rri_fail(err, RR_ERR_ARG, -1, "a text could not be formatted");
    else
        st = rri_alloc(out, (size_t)n + 1, 1, 1, err);
    if (st == RR_OK)
        (void)vsnprintf(*out, (size_t)n + 1, fmt, again);
    va_end(again);
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
