/* SPDX-License-Identifier: MIT */
/* lines.c - reads the lines of a file through one buffer that grows to the longest line. */
#include "io/lines.h"

#include "core/utf8.h"
#include "io/decode.h"

#include <string.h>

enum { FIRST_CAPACITY = 1 << 18, MOST_BYTES = 1 << 28 };

struct rri_lines {
    rri_decoder *file;
    char *path;
    char *buffer; /* [capacity], of which [begin, end) is not consumed yet */
    size_t capacity, begin, end;
    size_t number;
    bool ended;      /* the file has no more bytes */
    bool open_ended; /* no line feed ends the last line read */
};

rr_status rri_lines_open(const char *path, const char *encoding, rri_lines **out, rr_error *err)
{
    rri_lines *l = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&l, 1, 1, sizeof *l, err));
    RRI_TRY(rri_strdup(path, &l->path, err));
    l->capacity = FIRST_CAPACITY;
    RRI_TRY(rri_alloc(&l->buffer, l->capacity, 1, 1, err));
    RRI_TRY(rri_decoder_open(path, encoding, &l->file, err));
    *out = l;
    l = NULL;

done:
    rri_lines_close(l);
    return st;
}

void rri_lines_close(rri_lines *l)
{
    if (l == NULL)
        return;
    rri_decoder_close(l->file);
    rri_free(l->path);
    rri_free(l->buffer);
    rri_free(l);
}

rr_status rri_lines_first(const char *path, char *out, rr_error *err)
{
    rri_lines *l = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_lines_open(path, NULL, &l, err));
    RRI_TRY(rri_lines_peek(l, out, err));

done:
    rri_lines_close(l);
    return st;
}

size_t rri_lines_number(const rri_lines *l)
{
    return l->number;
}

bool rri_lines_open_ended(const rri_lines *l)
{
    return l->open_ended;
}

rr_status rri_lines_hash(rri_lines *l, char out[65], rr_error *err)
{
    return rri_decoder_hash(l->file, out, err);
}

/* Read more bytes after moving the rest to the front; one byte stays free for a NUL. */
static rr_status fill(rri_lines *l, rr_error *err)
{
    size_t got = 0;
    rr_status st = RR_OK;

    if (l->begin > 0) {
        memmove(l->buffer, l->buffer + l->begin, l->end - l->begin);
        l->end -= l->begin;
        l->begin = 0;
    }
    if (l->end == l->capacity - 1) {
        if (l->end >= MOST_BYTES - 1)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)l->number + 1,
                            "%s, line %zu is longer than %d bytes", l->path, l->number + 1,
                            MOST_BYTES);
        RRI_TRY(rri_grow(&l->buffer, l->end, 2 * l->capacity, 1, err));
        l->capacity *= 2;
    }
    const size_t want = l->capacity - 1 - l->end;
    RRI_TRY(rri_decoder_take(l->file, l->buffer + l->end, want, &got, err));
    l->end += got;
    l->ended = got < want;

done:
    return st;
}

rr_status rri_lines_next(rri_lines *l, char **line, size_t *bytes, rr_error *err)
{
    char *end = NULL;
    size_t seen = 0; /* bytes known to hold no line feed */
    rr_status st = RR_OK;

    *line = NULL;
    *bytes = 0;
    for (;;) {
        end = memchr(l->buffer + l->begin + seen, '\n', l->end - l->begin - seen);
        if (end != NULL || l->ended)
            break;
        seen = l->end - l->begin;
        RRI_TRY(fill(l, err));
    }
    if (end == NULL && l->begin == l->end)
        return RR_OK;
    char *begin = l->buffer + l->begin;
    size_t n = end != NULL ? (size_t)(end - begin) : l->end - l->begin;
    l->begin += end != NULL ? n + 1 : n;
    l->open_ended = end == NULL;
    if (n > 0 && begin[n - 1] == '\r')
        n--;
    begin[n] = '\0';
    l->number++;
    if (l->number == 1 && l->open_ended && memchr(begin, '\r', n) != NULL)
        return rri_fail(err, RR_ERR_FORMAT, 1,
                        "%s has carriage returns, but no line feed; " RRI_RETURNS_ADVICE, l->path);
    if (memchr(begin, '\0', n) != NULL)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)l->number, "%s, line %zu holds a NUL byte%s",
                        l->path, l->number, rri_decoder_nul_hint(l->file));
    *line = begin;
    *bytes = n;

done:
    return st;
}

rr_status rri_lines_peek(rri_lines *l, char *out, rr_error *err)
{
    size_t seen = 0; /* blanks */
    rr_status st = RR_OK;

    *out = '\0';
    for (;;) {
        while (l->begin + seen < l->end && rri_is_blank(l->buffer[l->begin + seen]))
            seen++;
        if (l->begin + seen < l->end || l->ended)
            break;
        RRI_TRY(fill(l, err));
    }
    if (l->begin + seen < l->end)
        *out = l->buffer[l->begin + seen];

done:
    return st;
}

rr_status rri_lines_piece(rri_lines *l, const char **piece, size_t *bytes, rr_error *err)
{
    rr_status st = RR_OK;

    *piece = NULL;
    *bytes = 0;
    if (l->begin == l->end && !l->ended)
        RRI_TRY(fill(l, err));
    if (l->begin == l->end)
        return RR_OK;
    *piece = l->buffer + l->begin;
    *bytes = l->end - l->begin;
    l->begin = l->end;
    if (memchr(*piece, '\0', *bytes) != NULL)
        st = rri_fail(err, RR_ERR_FORMAT, -1, "%s holds a NUL byte%s", l->path,
                      rri_decoder_nul_hint(l->file));

done:
    return st;
}

rr_status rri_check_utf8(const char *path, size_t line, const char *text, size_t bytes, bool advise,
                         rr_error *err)
{
    const size_t bad = rri_utf8_check(text, bytes, NULL);

    if (bad == bytes)
        return RR_OK;
    for (size_t i = 0; i < bad; i++)
        line += text[i] == '\n';
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                    "%s, line %zu: byte 0x%02x begins no character of UTF-8; if the file is "
                    "Windows-1252 or Latin-1, %s",
                    path, line, (unsigned)(unsigned char)text[bad],
                    advise ? "add encoding=cp1252 (or latin-1)"
                           : "convert it: iconv -f cp1252 -t utf-8");
}

bool rri_is_utf8_beyond_ascii(const char *text, size_t bytes)
{
    size_t characters = 0;

    return rri_utf8_check(text, bytes, &characters) == bytes && characters < bytes;
}
