/* SPDX-License-Identifier: MIT */
/* numbers.c - numbers as text, the same under every locale.
 *
 * printf() and strtod() take the decimal point from the locale, and a program that uses the library
 * may have set one with a comma. So no other file of src/ prints to a string or parses a floating
 * number, and the libraries below that do (jansson) are called inside of rri_c_locale_begin(). The
 * locale is that of the thread alone; to change it takes some nanoseconds and, in the C libraries
 * of Linux, no memory. */
#include "core/core.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void *rri_c_locale_begin(void)
{
    return uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
}

void rri_c_locale_end(void *before)
{
    const locale_t own = uselocale(before);

    if (own != before) /* else there was no memory for another */
        freelocale(own);
}

int rri_vsnprintf(char *out, size_t capacity, const char *fmt, va_list ap)
{
    void *before = rri_c_locale_begin();
    const int n = vsnprintf(out, capacity, fmt, ap);

    rri_c_locale_end(before);
    return n;
}

int rri_snprintf(char *out, size_t capacity, const char *fmt, ...)
{
    void *before = rri_c_locale_begin();
    va_list ap;

    va_start(ap, fmt);
    const int n = vsnprintf(out, capacity, fmt, ap);
    va_end(ap);
    rri_c_locale_end(before);
    return n;
}

double rri_strtod(const char *s, char **end)
{
    void *before = rri_c_locale_begin();
    const double v = strtod(s, end);

    rri_c_locale_end(before);
    return v;
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
    const double v = rri_strtod(s, &end);
    if (end == s || *end != '\0' || !isfinite(v))
        return false;
    *out = v;
    return true;
}
