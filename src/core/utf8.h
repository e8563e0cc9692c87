/* SPDX-License-Identifier: MIT */
/* utf8.h - UTF-8 [RFC 3629]: shortest forms only, no surrogates, nothing above U+10FFFF; and white
 * space. */
#ifndef RRI_UTF8_H
#define RRI_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decode the character at text[0], of at most `bytes` >= 1 bytes; returns its length, 0 where it is
 * invalid. */
size_t rri_utf8_read(const char *text, size_t bytes, uint32_t *code);

/* Encode a character; returns its length, 1..4. */
size_t rri_utf8_write(uint32_t code, char out[4]);

/* The offset of the first byte that begins no character, `bytes` where there is none. *characters,
 * which may be NULL, is the number of characters before it. */
size_t rri_utf8_check(const char *text, size_t bytes, size_t *characters);

/* The same for a whole string. */
bool rri_is_utf8(const char *s);

/* White space of ASCII, which no word of a vocabulary may hold: vocabulary.txt could not be read
 * back. */
static inline bool rri_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

#endif
