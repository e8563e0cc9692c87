/* SPDX-License-Identifier: MIT */
/* support.c - see support.h. */
#include "experiments/support.h"
#include "io/io.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t experiment_bits(uint64_t seed, uint64_t index)
{
    uint64_t z = (seed * UINT64_C(0xD1342543DE82EF95) + index + 1) * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* ---- text ----------------------------------------------------------------------------------- */

/* Room for n more bytes and the NUL; 0 where there is no memory. */
static int reserve(experiment_text *t, size_t n)
{
    if (t->failed)
        return 0;
    if (t->room - t->n > n)
        return 1;
    const size_t room = 2 * (t->n + n) + 256;
    char *const data = realloc(t->data, room);
    if (data == NULL) {
        t->failed = 1;
        return 0;
    }
    t->data = data;
    t->room = room;
    return 1;
}

void experiment_add(experiment_text *t, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        t->failed = 1;
    else if (reserve(t, (size_t)n)) {
        (void)vsnprintf(t->data + t->n, (size_t)n + 1, fmt, again);
        t->n += (size_t)n;
    }
    va_end(again);
}

void experiment_add_char(experiment_text *t, char c)
{
    if (!reserve(t, 1))
        return;
    t->data[t->n++] = c;
    t->data[t->n] = '\0';
}

rr_status experiment_text_save(const experiment_text *t, const char *path, rr_error *err)
{
    if (t->failed)
        return rri_fail(err, RR_ERR_NOMEM, -1, "no memory for the text of %s", path);
    return rri_file_write(path, t->n > 0 ? t->data : "", t->n, err);
}

void experiment_text_clear(experiment_text *t)
{
    free(t->data);
    *t = (experiment_text){ .data = NULL };
}

size_t experiment_character(const char *s)
{
    const unsigned char *const u = (const unsigned char *)s;
    const size_t n = u[0] < 0x80 ? 1 : u[0] < 0xC2 ? 0 : u[0] < 0xE0 ? 2 : u[0] < 0xF0 ? 3 : 4;
    unsigned long code = n < 2 ? u[0] : u[0] & (0xFFUL >> (n + 1));

    if (n == 0 || u[0] > 0xF4)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((u[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (u[i] & 0x3F);
    }
    if ((n == 3 && code < 0x800) || (n == 4 && (code < 0x10000 || code > 0x10FFFF)))
        return 0;
    if ((code >= 0xD800 && code < 0xE000) || code == 0xFFFE || code == 0xFFFF)
        return 0;
    return code >= 0x20 || code == '\t' || code == '\n' || code == '\r' ? n : 0;
}
