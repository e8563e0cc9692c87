/* SPDX-License-Identifier: MIT */
/* json_rows.c - reads the rows of a JSON file one by one: one value a line (JSON Lines), or the
 * items of one array.
 *
 * The text of an array is cut into items at the commas and brackets outside strings; each item is
 * parsed by itself. jansson refuses numbers beyond 64 bits. Members nobody asks for have some, so
 * those are put in quotes, and the row is parsed again. */
#include "io/json.h"

#include "core/utf8.h"
#include "io/lines.h"

#include <limits.h>
#include <string.h>

enum { MOST_BYTES = 1 << 28 };

/* Bytes in a buffer that grows. */
typedef struct text {
    char *bytes;
    size_t used, capacity;
} text;

struct rri_json_rows {
    char *path;
    rri_lines *lines;
    bool array;
    const char *piece; /* of an array: [at, end) are not consumed yet */
    size_t at, end;
    size_t here;   /* the line of piece[at], from 1 */
    size_t column; /* characters of that line before it */
    size_t line;   /* on which the last row begins */
    size_t indent; /* characters of that line before the row */
    char before;   /* what stands before the next item: [ or a comma; ] behind the last */
    text item;     /* the text of an item */
    text repaired; /* the text of a row with large numbers in quotes */
};

static rr_status put(text *t, const char *bytes, size_t n, rr_error *err)
{
    rr_status st = RR_OK;

    if (n == 0)
        return RR_OK;
    if (n > t->capacity - t->used) {
        const size_t capacity = 2 * (t->capacity + n);
        RRI_TRY(rri_grow(&t->bytes, t->used, capacity, 1, err));
        t->capacity = capacity;
    }
    memcpy(t->bytes + t->used, bytes, n);
    t->used += n;

done:
    return st;
}

static rr_status refuse(const rri_json_rows *r, size_t line, const char *what, rr_error *err)
{
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)line, "%s, line %zu: %s", r->path, line, what);
}

rr_status rri_json_rows_open(const char *path, const char *encoding, rri_json_rows **out,
                             rr_error *err)
{
    rri_json_rows *r = NULL;
    char first = '\0';
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&r, 1, 1, sizeof *r, err));
    r->here = 1;
    RRI_TRY(rri_strdup(path, &r->path, err));
    RRI_TRY(rri_lines_open(path, encoding, &r->lines, err));
    RRI_TRY(rri_lines_peek(r->lines, &first, err));
    r->array = first == '[';
    *out = r;
    r = NULL;

done:
    rri_json_rows_close(r);
    return st;
}

void rri_json_rows_close(rri_json_rows *r)
{
    if (r == NULL)
        return;
    rri_lines_close(r->lines);
    rri_free(r->item.bytes);
    rri_free(r->repaired.bytes);
    rri_free(r->path);
    rri_free(r);
}

size_t rri_json_rows_line(const rri_json_rows *r)
{
    return r->line;
}

/* ---- large numbers -------------------------------------------------------------------------- */

static const char *digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

/* The end of a number of JSON at p; p where there is none. *whole where it has neither a fraction
 * nor an exponent. */
static const char *number_end(const char *p, const char *end, bool *whole)
{
    const char *const begin = p;
    const char *first = p + (*p == '-');
    const char *q = digits(first, end);

    *whole = true;
    if (q == first || (*first == '0' && q > first + 1))
        return begin;
    p = q;
    if (p < end && *p == '.') {
        q = digits(p + 1, end);
        if (q == p + 1)
            return begin;
        *whole = false;
        p = q;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        first = p + 1 + (p + 1 < end && (p[1] == '+' || p[1] == '-'));
        q = digits(first, end);
        if (q == first)
            return begin;
        *whole = false;
        p = q;
    }
    return p;
}

/* Whether jansson can hold a number of n characters. */
static bool fits(const char *p, size_t n, bool whole)
{
    const bool minus = *p == '-';
    const size_t figures = n - minus;
    char copy[400];
    double v = 0.0;

    if (whole)
        return figures < 19 ||
               (figures == 19 &&
                memcmp(p + minus, minus ? "9223372036854775808" : "9223372036854775807", 19) <= 0);
    if (n >= sizeof copy)
        return false;
    memcpy(copy, p, n);
    copy[n] = '\0';
    return rri_parse_f64(copy, &v);
}

/* The end of the string that begins at p, with its quotes. */
static const char *string_end(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        p += *p == '\\';
    return p < end ? p + 1 : end;
}

/* Copy a row to `repaired`, with numbers that do not fit in quotes. With `aligned` the quotes stand
 * in the place of their first and last characters, so that columns stay as they are. */
static rr_status quote_large(rri_json_rows *r, const char *p, size_t bytes, bool aligned,
                             rr_error *err)
{
    const char *const end = p + bytes;
    const char *begin = p; /* not copied yet */
    bool whole = false;
    rr_status st = RR_OK;

    r->repaired.used = 0;
    while (p < end) {
        if (*p == '"') {
            p = string_end(p, end);
            continue;
        }
        const bool number = *p == '-' || (*p >= '0' && *p <= '9');
        const char *behind = number ? number_end(p, end, &whole) : p;
        const size_t n = (size_t)(behind - p);
        if (n > 0 && !fits(p, n, whole)) {
            RRI_TRY(put(&r->repaired, begin, (size_t)(p - begin), err));
            RRI_TRY(put(&r->repaired, "\"", 1, err));
            RRI_TRY(put(&r->repaired, p + aligned, n - 2 * aligned, err));
            RRI_TRY(put(&r->repaired, "\"", 1, err));
            begin = behind;
        }
        p = n > 0 ? behind : number ? digits(p + 1, end) : p + 1;
    }
    RRI_TRY(put(&r->repaired, begin, (size_t)(end - begin), err));

done:
    return st;
}

/* Parse a row, which begins on r->line. */
static rr_status parse(rri_json_rows *r, const char *row, size_t bytes, json_t **out, rr_error *err)
{
    json_error_t fault;
    rr_error why = { .msg = "" };
    rr_status st = RR_OK;

    RRI_TRY(rri_check_utf8(r->path, r->line, row, bytes, true, err));
    *out = rri_json_load(row, bytes, JSON_DECODE_ANY, &fault);
    if (*out == NULL && json_error_code(&fault) == json_error_numeric_overflow) {
        RRI_TRY(quote_large(r, row, bytes, false, err));
        *out = rri_json_load(r->repaired.bytes, r->repaired.used, JSON_DECODE_ANY, &fault);
        if (*out == NULL) { /* again, for the column of the fault */
            RRI_TRY(quote_large(r, row, bytes, true, err));
            *out = rri_json_load(r->repaired.bytes, r->repaired.used, JSON_DECODE_ANY, &fault);
        }
    }
    if (*out != NULL)
        return RR_OK;
    if (fault.line == 1)
        fault.column = (int)rri_min(r->indent + (size_t)fault.column, INT_MAX);
    st = rri_json_fail(&fault, r->path, r->line - 1, &why);
    const size_t line = r->line + (fault.line > 0 ? (size_t)fault.line - 1 : 0);
    st = rri_fail(err, st, st == RR_ERR_FORMAT ? (int64_t)line : -1, "%s%s", why.msg,
                  st == RR_ERR_FORMAT && !r->array
                      ? " (expected an object a line, or one array of objects)"
                      : "");

done:
    return st;
}

/* ---- one value a line ----------------------------------------------------------------------- */

static bool is_blank(const char *p, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (!rri_is_blank(p[i]))
            return false;
    return true;
}

static rr_status next_line(rri_json_rows *r, json_t **row, rr_error *err)
{
    char *line = NULL;
    size_t bytes = 0;
    rr_status st = RR_OK;

    do {
        RRI_TRY(rri_lines_next(r->lines, &line, &bytes, err));
    } while (line != NULL && is_blank(line, bytes));
    if (line == NULL)
        return RR_OK;
    r->line = rri_lines_number(r->lines);
    RRI_TRY(parse(r, line, bytes, row, err));

done:
    return st;
}

/* ---- one array ------------------------------------------------------------------------------ */

/* Count a byte, which is consumed. */
static void count(rri_json_rows *r, char c)
{
    r->here += c == '\n';
    r->column = c == '\n' ? 0 : r->column + (((unsigned char)c & 0xc0) != 0x80);
}

/* The next byte that is not blank, consumed; NUL at the end of the file. */
static rr_status next_byte(rri_json_rows *r, char *out, rr_error *err)
{
    rr_status st = RR_OK;

    *out = '\0';
    while (*out == '\0') {
        if (r->at == r->end) {
            RRI_TRY(rri_lines_piece(r->lines, &r->piece, &r->end, err));
            r->at = 0;
        }
        if (r->piece == NULL)
            break;
        const char c = r->piece[r->at++];
        count(r, c);
        if (!rri_is_blank(c))
            *out = c;
    }

done:
    return st;
}

/* Where in an item the text is. */
typedef struct state {
    size_t depth; /* of brackets */
    bool string, escape;
} state;

/* Go on with p of an item; returns the comma or bracket behind it, or end. */
static const char *pass_item(rri_json_rows *r, state *s, const char *p, const char *end)
{
    for (; p < end; p++) {
        const char c = *p;
        if (s->escape) {
            s->escape = false;
        } else if (s->string) {
            s->escape = c == '\\';
            s->string = c != '"';
        } else if (c == '"') {
            s->string = true;
        } else if (c == '{' || c == '[') {
            s->depth++;
        } else if (s->depth == 0 && (c == ',' || c == ']')) {
            break;
        } else if (s->depth > 0 && (c == '}' || c == ']')) {
            s->depth--;
        }
        count(r, c);
    }
    return p;
}

/* Read the text of an item whose first byte is consumed, and set what stands behind it. */
static rr_status read_item(rri_json_rows *r, rr_error *err)
{
    state s = { .depth = 0 };
    rr_status st = RR_OK;

    r->item.used = 0;
    r->line = r->here;
    r->indent = --r->column;
    r->at--;
    for (;;) {
        if (r->at == r->end) {
            RRI_TRY(rri_lines_piece(r->lines, &r->piece, &r->end, err));
            r->at = 0;
        }
        if (r->piece == NULL)
            return refuse(r, r->line,
                          "the file ends in the row that begins here, or behind it "
                          "without the ] that closes the array",
                          err);
        const char *begin = r->piece + r->at;
        const char *end = pass_item(r, &s, begin, r->piece + r->end);
        RRI_TRY(put(&r->item, begin, (size_t)(end - begin), err));
        if (r->item.used > MOST_BYTES)
            return refuse(r, r->line, "the row that begins here is longer than 2^28 bytes", err);
        r->at += (size_t)(end - begin);
        if (r->at < r->end)
            break;
    }
    r->before = r->piece[r->at++];
    count(r, r->before);

done:
    return st;
}

static rr_status next_item(rri_json_rows *r, json_t **row, rr_error *err)
{
    char c = '\0';
    rr_status st = RR_OK;

    if (r->before == '\0')
        RRI_TRY(next_byte(r, &r->before, err)); /* [, as it has been seen */
    RRI_TRY(next_byte(r, &c, err));
    if (r->before == '[' && c == ']') {
        r->before = ']';
        RRI_TRY(next_byte(r, &c, err));
    }
    if (r->before == ']')
        return c == '\0' ? RR_OK : refuse(r, r->here, "there is text behind the array", err);
    if (c == '\0')
        return refuse(r, r->here, "the file ends before the ] that closes the array", err);
    if (c == ',' || c == ']')
        return refuse(r, r->here, "a row is missing before or behind a comma of the array", err);
    RRI_TRY(read_item(r, err));
    RRI_TRY(parse(r, r->item.bytes, r->item.used, row, err));

done:
    return st;
}

rr_status rri_json_rows_next(rri_json_rows *r, json_t **row, rr_error *err)
{
    *row = NULL;
    return r->array ? next_item(r, row, err) : next_line(r, row, err);
}
