/* SPDX-License-Identifier: MIT */
/* page_json.c - values of the manifest. */
#include "report/page_data.h"

#include "core/utf8.h"

#include <math.h>
#include <string.h>

void rri_page_put(rr_page *page, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        page->no_memory = true;
}

void rri_page_append(rr_page *page, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        page->no_memory = true;
}

json_t *rri_page_word(rr_enum kind, unsigned value)
{
    return json_string(rr_enum_name(kind, value));
}

/* A copy of s, with U+FFFD for each byte that is not UTF-8. */
static json_t *mended(const char *s)
{
    static const char replacement[] = "\xef\xbf\xbd";
    const size_t n = strlen(s);
    char *text = NULL;
    size_t used = 0;
    uint32_t code = 0;
    json_t *value = NULL;

    if (rri_alloc(&text, n, sizeof replacement - 1, 1, NULL) != RR_OK)
        return NULL;
    for (size_t i = 0; i < n;) {
        const size_t bytes = rri_utf8_read(s + i, n - i, &code);
        memcpy(text + used, bytes > 0 ? s + i : replacement, bytes > 0 ? bytes : 3);
        used += bytes > 0 ? bytes : 3;
        i += bytes > 0 ? bytes : 1;
    }
    value = json_stringn(text, used);
    rri_free(text);
    return value;
}

json_t *rri_page_text(const char *s)
{
    if (s == NULL)
        return json_null();
    return rri_is_utf8(s) ? json_string(s) : mended(s);
}

json_t *rri_page_size(size_t n)
{
    return json_integer((json_int_t)n);
}

json_t *rri_page_number(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

json_t *rri_page_fraction(double v)
{
    return v < 0.0 ? json_null() : rri_page_number(v);
}

json_t *rri_page_name(const char *path)
{
    if (path == NULL)
        return json_null();
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    size_t first = n;
    while (first > 0 && path[first - 1] != '/')
        first--;
    char *name = NULL;
    if (rri_format(&name, NULL, "%.*s", (int)(n - first), path + first) != RR_OK)
        return NULL;
    json_t *value = rri_page_text(name);
    rri_free(name);
    return value;
}

void rri_page_leave_out(rr_page *page, const char *about, const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    const rr_status st = rri_format_list(&text, NULL, fmt, ap);
    va_end(ap);
    rri_page_put(page, page->left_out, about, st == RR_OK ? rri_page_text(text) : NULL);
    rri_free(text);
}

rr_status rri_page_settle(rr_page *page, const char *about, rr_status st, const rr_error *why,
                          rr_error *err)
{
    if (st == RR_OK)
        return st;
    if (st == RR_ERR_ARG || st == RR_ERR_UNSUPPORTED || st == RR_ERR_SHAPE) {
        rri_page_leave_out(page, about, "%s.", why->msg);
        return RR_OK;
    }
    if (err != NULL)
        *err = *why;
    return st;
}
