/* SPDX-License-Identifier: MIT */
/* utf8.c - reading and writing UTF-8 [RFC 3629]. */
#include "core/utf8.h"

#include <string.h>

size_t rri_utf8_read(const char *text, size_t bytes, uint32_t *code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned char *p = (const unsigned char *)text;
    const size_t n = *p < 0x80   ? 1
                     : *p < 0xc0 ? 0
                     : *p < 0xe0 ? 2
                     : *p < 0xf0 ? 3
                     : *p < 0xf8 ? 4
                                 : 0;
    uint32_t c = *p;

    if (n == 0 || n > bytes)
        return 0;
    if (n > 1)
        c &= 0x7fu >> n;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3fu);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0;
    *code = c;
    return n;
}

size_t rri_utf8_write(uint32_t code, char out[4])
{
    static const unsigned char mark[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    const size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    for (size_t i = n; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(n == 1 ? code : mark[n] | code);
    return n;
}

size_t rri_utf8_check(const char *text, size_t bytes, size_t *characters)
{
    size_t at = 0;
    size_t count = 0;
    uint32_t code = 0;

    while (at < bytes) {
        const size_t n =
            (unsigned char)text[at] < 0x80 ? 1 : rri_utf8_read(text + at, bytes - at, &code);
        if (n == 0)
            break;
        at += n;
        count++;
    }
    if (characters != NULL)
        *characters = count;
    return at;
}

bool rri_is_utf8(const char *s)
{
    const size_t bytes = strlen(s);

    return rri_utf8_check(s, bytes, NULL) == bytes;
}
