/* SPDX-License-Identifier: MIT */
/* cutter.c - segments a text into words at the default word boundaries of Unicode (UAX #29), by
 * ICU.
 *
 * ICU is fastest on UTF-16, so a text is converted once, and its boundaries are converted back into
 * byte positions on the way. The segment between two boundaries is a word unless it is white space
 * or invisible; white space at its ends, which a combining mark can attach to it, and invisible
 * characters there are not part of it.
 *
 * Versions of ICU differ in '@', a letter for some, and in colons, which join letters for some.
 * Here both are words of their own: ICU sees another character, which is one for every version. */
#include "data/cutter.h"

#include "core/utf8.h"

#include <unicode/ubrk.h>
#include <unicode/uchar.h>

#include <string.h>

struct rri_cutter {
    UBreakIterator *rules;
    UChar *wide; /* [capacity] the text as UTF-16 */
    size_t capacity;
    const char *text;
    size_t bytes;
    size_t at;       /* in text */
    size_t wide_at;  /* the same position in wide */
    size_t boundary; /* in wide: the end of the current segment */
};

static rr_status icu_failed(UErrorCode code, rr_error *err)
{
    if (code == U_MEMORY_ALLOCATION_ERROR)
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory while cutting a text into words");
    return rri_fail(err, RR_ERR_IO, -1, "ICU cannot cut a text into words: %s", u_errorName(code));
}

rr_status rri_cutter_new(rri_cutter **out, rr_error *err)
{
    UErrorCode code = U_ZERO_ERROR;
    rri_cutter *c = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&c, 1, 1, sizeof *c, err));
    c->rules = ubrk_open(UBRK_WORD, "", NULL, 0, &code); /* "": the rules of no language */
    if (U_FAILURE(code))
        RRI_TRY(icu_failed(code, err));
    *out = c;
    c = NULL;

done:
    rri_cutter_free(c);
    return st;
}

void rri_cutter_free(rri_cutter *c)
{
    if (c == NULL)
        return;
    if (c->rules != NULL)
        ubrk_close(c->rules);
    rri_free(c->wide);
    rri_free(c);
}

/* Characters whose boundaries depend on the version of ICU: '@', and colons of three widths. */
static bool differs(uint32_t code)
{
    return code == '@' || code == ':' || code == 0xfe55 || code == 0xff1a;
}

/* The text as UTF-16, at most one unit a byte; *units is their number. */
static rr_status widen(rri_cutter *c, const char *text, size_t bytes, size_t *units, rr_error *err)
{
    size_t n = 0;

    for (size_t at = 0; at < bytes;) {
        uint32_t code = (unsigned char)text[at];
        const size_t step = code < 0x80 ? 1 : rri_utf8_read(text + at, bytes - at, &code);
        if (step == 0)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)at,
                            "the text is not UTF-8 at byte %zu (0x%02x)", at,
                            (unsigned)(unsigned char)text[at]);
        if (code >= 0x10000) {
            c->wide[n++] = (UChar)(0xd7c0 + (code >> 10));
            c->wide[n++] = (UChar)(0xdc00 | (code & 0x3ff));
        } else {
            c->wide[n++] = differs(code) ? '#' : (UChar)code;
        }
        at += step;
    }
    *units = n;
    return RR_OK;
}

rr_status rri_cutter_begin(rri_cutter *c, const char *text, size_t bytes, rr_error *err)
{
    UErrorCode code = U_ZERO_ERROR;
    size_t units = 0;
    rr_status st = RR_OK;

    c->bytes = 0; /* no words if this fails */
    c->at = c->wide_at = c->boundary = 0;
    if (bytes > INT32_MAX)
        return rri_fail(err, RR_ERR_SHAPE, -1, "a text of %zu bytes is too long to cut", bytes);
    if (bytes >= c->capacity) {
        const size_t capacity = 2 * bytes + 256;
        RRI_TRY(rri_grow(&c->wide, 0, capacity, sizeof *c->wide, err));
        c->capacity = capacity;
    }
    RRI_TRY(widen(c, text, bytes, &units, err));
    ubrk_setText(c->rules, c->wide, (int32_t)units, &code);
    if (U_FAILURE(code))
        RRI_TRY(icu_failed(code, err));
    c->text = text;
    c->bytes = bytes;

done:
    return st;
}

typedef enum kind {
    VISIBLE,
    BLANK,    /* white space */
    INVISIBLE /* a format character without a shape: a byte-order mark, a zero-width space, ... */
} kind;

static kind kind_of(uint32_t code)
{
    if (code < 0x80)
        return code == '\0' || code == ' ' || (code >= '\t' && code <= '\r') ? BLANK : VISIBLE;
    if (u_isUWhiteSpace((UChar32)code))
        return BLANK;
    return u_charType((UChar32)code) == U_FORMAT_CHAR &&
                   u_hasBinaryProperty((UChar32)code, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)
               ? INVISIBLE
               : VISIBLE;
}

/* Invisible characters that shape the one before: the joiners, and tags, which spell flags. */
static bool shapes(uint32_t code)
{
    return code == 0x200c || code == 0x200d || (code >= 0xe0020 && code <= 0xe007f);
}

/* The current character; *step is its bytes. */
static uint32_t current(const rri_cutter *c, size_t *step)
{
    uint32_t code = (unsigned char)c->text[c->at];

    *step = code < 0x80 ? 1 : rri_utf8_read(c->text + c->at, c->bytes - c->at, &code);
    return code;
}

static void advance(rri_cutter *c, uint32_t code, size_t step)
{
    c->at += step;
    c->wide_at += code >= 0x10000 ? 2 : 1;
}

/* Go to the next visible character before the boundary, or to the boundary. */
static void pass_gap(rri_cutter *c)
{
    size_t step = 0;

    while (c->wide_at < c->boundary) {
        const uint32_t code = current(c, &step);
        if (kind_of(code) == VISIBLE)
            break;
        advance(c, code, step);
    }
}

/* Go to the next white space before the boundary, or to the boundary. Returns the end of what is to
 * be kept. */
static size_t pass_word(rri_cutter *c)
{
    size_t end = c->at;
    size_t step = 0;

    while (c->wide_at < c->boundary) {
        const uint32_t code = current(c, &step);
        const kind k = kind_of(code);
        if (k == BLANK)
            break;
        advance(c, code, step);
        if (k == VISIBLE || shapes(code))
            end = c->at;
    }
    return end;
}

bool rri_cutter_next(rri_cutter *c, const char **word, size_t *bytes)
{
    while (c->at < c->bytes) {
        if (c->wide_at == c->boundary) {
            const int32_t next = ubrk_next(c->rules);
            if (next == UBRK_DONE)
                return false;
            c->boundary = (size_t)next;
        }
        pass_gap(c);
        const size_t begin = c->at;
        const size_t end = pass_word(c);
        if (end > begin) {
            *word = c->text + begin;
            *bytes = end - begin;
            return true;
        }
    }
    return false;
}

bool rri_has_word(const char *text, size_t bytes)
{
    uint32_t code = 0;

    for (size_t at = 0; at < bytes;) {
        const size_t step = rri_utf8_read(text + at, bytes - at, &code);
        if (step == 0 || kind_of(code) == VISIBLE)
            return true;
        at += step;
    }
    return false;
}
