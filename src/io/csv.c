/* SPDX-License-Identifier: MIT */
/* csv.c - reads CSV [RFC 4180] by a state machine over the bytes of a file.
 *
 * The fields of a record are stored one after another in one buffer, each terminated by NUL; a line
 * end inside quotes is kept. */
#include "io/csv.h"

#include "core/utf8.h"
#include "io/io.h"
#include "io/lines.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 16, MOST_BYTES = 1 << 28 };

/* A part of the record's buffer. */
typedef struct field {
    size_t begin, bytes;
} field;

struct rri_csv {
    rri_reader *file;
    char *path;
    unsigned char *raw; /* [CHUNK] of the file */
    size_t at, end;     /* of raw, not consumed yet */
    size_t line;        /* being read, from 1 */
    size_t began;       /* line on which the record begins */
    size_t opened;      /* line on which the current quote was opened */
    char *text;         /* [capacity] the record */
    size_t used, capacity;
    field *fields; /* [most] */
    size_t count, most;
    size_t columns; /* required fields of a record; 0 until the header is read */
    char *header;   /* the text of the header, and its fields */
    field *names;
};

/* ---- bytes ---------------------------------------------------------------------------------- */

enum { END_OF_FILE = -1 };

/* The next byte without consuming it. */
static rr_status peek(rri_csv *c, int *byte, rr_error *err)
{
    if (c->at == c->end) {
        c->at = 0;
        const rr_status st = rri_reader_take(c->file, c->raw, CHUNK, &c->end, err);
        if (st != RR_OK)
            return st;
    }
    *byte = c->at == c->end ? END_OF_FILE : c->raw[c->at];
    return RR_OK;
}

static rr_status wider(rri_csv *c, size_t more, rr_error *err)
{
    if (c->used + more > MOST_BYTES)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)c->began,
                        "%s, line %zu: the record that begins here is longer than %d bytes",
                        c->path, c->began, MOST_BYTES);
    const size_t capacity = 2 * (c->capacity + more);
    const rr_status st = rri_grow(&c->text, c->used, capacity, 1, err);
    if (st == RR_OK)
        c->capacity = capacity;
    return st;
}

static rr_status keep(rri_csv *c, const unsigned char *bytes, size_t n, rr_error *err)
{
    if (n > c->capacity - c->used) {
        const rr_status st = wider(c, n, err);
        if (st != RR_OK)
            return st;
    }
    memcpy(c->text + c->used, bytes, n);
    c->used += n;
    return RR_OK;
}

/* ---- fields --------------------------------------------------------------------------------- */

static rr_status refuse(const rri_csv *c, const char *what, rr_error *err)
{
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)c->line, "%s, line %zu: %s", c->path, c->line,
                    what);
}

/* Begin a field at the end of the buffer. */
static rr_status begin_field(rri_csv *c, rr_error *err)
{
    if (c->count == c->most) {
        const size_t most = rri_max(16, 2 * c->most);
        const rr_status st = rri_grow(&c->fields, c->count, most, sizeof *c->fields, err);
        if (st != RR_OK)
            return st;
        c->most = most;
    }
    c->fields[c->count].begin = c->used;
    return RR_OK;
}

/* Finish the current field: it must be UTF-8 without NUL. */
static rr_status end_field(rri_csv *c, size_t first_line, rr_error *err)
{
    field *f = &c->fields[c->count];
    rr_status st = RR_OK;

    f->bytes = c->used - f->begin;
    if (memchr(c->text + f->begin, '\0', f->bytes) != NULL)
        return refuse(c, "a field holds a NUL byte", err);
    RRI_TRY(rri_check_utf8(c->path, first_line, c->text + f->begin, f->bytes, err));
    RRI_TRY(keep(c, (const unsigned char *)"", 1, err));
    c->count++;

done:
    return st;
}

/* Copy bytes up to a special one: outside quotes a comma, a quote or a line end; inside only a
 * quote. */
static rr_status take_plain(rri_csv *c, bool quoted, rr_error *err)
{
    int byte = 0;
    rr_status st = RR_OK;

    for (;;) {
        RRI_TRY(peek(c, &byte, err));
        if (byte == END_OF_FILE)
            break;
        const unsigned char *const begin = c->raw + c->at;
        const unsigned char *const end = c->raw + c->end;
        const unsigned char *p = begin;
        if (quoted)
            for (; p < end && *p != '"'; p++)
                c->line += *p == '\n';
        else
            while (p < end && *p != ',' && *p != '"' && *p != '\n' && *p != '\r')
                p++;
        RRI_TRY(keep(c, begin, (size_t)(p - begin), err));
        c->at += (size_t)(p - begin);
        if (p < end)
            break;
    }

done:
    return st;
}

/* Read up to the closing quote; the opening one is consumed. */
static rr_status take_quoted(rri_csv *c, rr_error *err)
{
    int byte = 0;
    rr_status st = RR_OK;

    c->opened = c->line;
    for (;;) {
        RRI_TRY(take_plain(c, true, err));
        RRI_TRY(peek(c, &byte, err));
        if (byte == END_OF_FILE)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)c->opened,
                            "%s, line %zu: the quote opened here is never closed", c->path,
                            c->opened);
        c->at++;
        RRI_TRY(peek(c, &byte, err));
        if (byte != '"')
            break;
        RRI_TRY(keep(c, (const unsigned char *)"\"", 1, err));
        c->at++;
    }

done:
    return st;
}

/* Read one field and its separator; *last if that ends the record. */
static rr_status take_field(rri_csv *c, bool *last, rr_error *err)
{
    const size_t first_line = c->line;
    bool quoted = false;
    int byte = 0;
    rr_status st = RR_OK;

    RRI_TRY(begin_field(c, err));
    RRI_TRY(peek(c, &byte, err));
    quoted = byte == '"';
    if (quoted) {
        c->at++;
        RRI_TRY(take_quoted(c, err));
    } else {
        RRI_TRY(take_plain(c, false, err));
    }
    RRI_TRY(peek(c, &byte, err));
    if (byte == '\r') {
        c->at++;
        RRI_TRY(peek(c, &byte, err));
        if (byte != '\n' && byte != END_OF_FILE)
            return refuse(c, "a carriage return without a line feed outside quotes", err);
    }
    if (byte == '"')
        return refuse(c, "a quote inside a field that does not begin with one", err);
    if (byte != ',' && byte != '\n' && byte != END_OF_FILE)
        return refuse(c, "text behind a closing quote (a quote inside quotes is doubled)", err);
    RRI_TRY(end_field(c, first_line, err));
    *last = byte != ',';
    if (byte != END_OF_FILE)
        c->at++;
    c->line += byte == '\n';

done:
    return st;
}

/* ---- records -------------------------------------------------------------------------------- */

/* Skip empty lines; *more is false at the end of the file. */
static rr_status find_record(rri_csv *c, bool *more, rr_error *err)
{
    int byte = 0;
    rr_status st = RR_OK;

    for (;;) {
        RRI_TRY(peek(c, &byte, err));
        if (byte != '\n' && byte != '\r')
            break;
        c->at++;
        if (byte == '\r') {
            RRI_TRY(peek(c, &byte, err));
            if (byte != '\n' && byte != END_OF_FILE)
                return refuse(c, "a carriage return without a line feed outside quotes", err);
        } else {
            c->line++;
        }
    }
    *more = byte != END_OF_FILE;

done:
    return st;
}

rr_status rri_csv_next(rri_csv *c, bool *more, rr_error *err)
{
    bool last = false;
    rr_status st = RR_OK;

    RRI_TRY(find_record(c, more, err));
    c->used = 0;
    c->count = 0;
    c->began = c->line;
    if (!*more)
        return RR_OK;
    while (!last)
        RRI_TRY(take_field(c, &last, err));
    if (c->columns != 0 && c->count != c->columns)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)c->began,
                        "%s, line %zu: the record that begins here has %zu field%s, the header %zu",
                        c->path, c->began, c->count, c->count == 1 ? "" : "s", c->columns);

done:
    return st;
}

size_t rri_csv_line(const rri_csv *c)
{
    return c->began;
}

const char *rri_csv_field(const rri_csv *c, size_t i, size_t *bytes)
{
    *bytes = c->fields[i].bytes;
    return c->text + c->fields[i].begin;
}

/* ---- the header ----------------------------------------------------------------------------- */

static const char *name_of(const rri_csv *c, size_t i)
{
    return c->header + c->names[i].begin;
}

bool rri_csv_has(const rri_csv *c, const char *name, size_t *column)
{
    for (size_t i = 0; i < c->columns; i++)
        if (strcmp(name_of(c, i), name) == 0) {
            *column = i;
            return true;
        }
    return false;
}

rr_status rri_csv_column(const rri_csv *c, const char *name, size_t *column, rr_error *err)
{
    char list[128] = "";
    size_t n = 0;

    if (rri_csv_has(c, name, column))
        return RR_OK;
    for (size_t i = 0; i < c->columns && n < sizeof list - 1; i++)
        n += (size_t)rri_snprintf(list + n, sizeof list - n, "%s%s", i > 0 ? ", " : "",
                                  name_of(c, i));
    return rri_fail(err, RR_ERR_FORMAT, 1, "%s has no column \"%s\"; it has %s", c->path, name,
                    list);
}

typedef struct column {
    const char *name;
    size_t at;
} column;

static int by_name(const void *a, const void *b)
{
    const column *x = a;
    const column *y = b;
    const int order = strcmp(x->name, y->name);

    return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

/* The first column whose name an earlier one has. Names are sorted, since a hostile header may be
 * long. */
static rr_status check_names(const rri_csv *c, rr_error *err)
{
    column *list = NULL;
    const column *again = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&list, c->count, 1, sizeof *list, err));
    for (size_t i = 0; i < c->count; i++)
        list[i] = (column){ name_of(c, i), i };
    qsort(list, c->count, sizeof *list, by_name);
    for (size_t i = 1; i < c->count; i++)
        if (strcmp(list[i].name, list[i - 1].name) == 0 &&
            (again == NULL || list[i].at < again->at))
            again = &list[i];
    if (again != NULL)
        st = rri_fail(err, RR_ERR_FORMAT, (int64_t)c->began,
                      "%s, line %zu: columns %zu and %zu are both named \"%s\"", c->path, c->began,
                      again[-1].at + 1, again->at + 1, again->name);

done:
    rri_free(list);
    return st;
}

static rr_status read_header(rri_csv *c, rr_error *err)
{
    static const unsigned char mark[] = { 0xef, 0xbb, 0xbf }; /* byte-order mark */
    bool more = false;
    int byte = 0;
    rr_status st = RR_OK;

    RRI_TRY(peek(c, &byte, err));
    if (c->end >= sizeof mark && memcmp(c->raw, mark, sizeof mark) == 0)
        c->at = sizeof mark;
    RRI_TRY(rri_csv_next(c, &more, err));
    if (!more)
        return rri_fail(err, RR_ERR_FORMAT, 1, "%s is empty: there is no header", c->path);
    RRI_TRY(rri_alloc(&c->header, c->used, 1, 1, err));
    memcpy(c->header, c->text, c->used);
    RRI_TRY(rri_alloc(&c->names, c->count, 1, sizeof *c->names, err));
    memcpy(c->names, c->fields, c->count * sizeof *c->names);
    RRI_TRY(check_names(c, err));
    c->columns = c->count;

done:
    return st;
}

rr_status rri_csv_open(const char *path, rri_csv **out, rr_error *err)
{
    rri_csv *c = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&c, 1, 1, sizeof *c, err));
    c->line = 1;
    RRI_TRY(rri_strdup(path, &c->path, err));
    RRI_TRY(rri_alloc(&c->raw, CHUNK, 1, 1, err));
    c->capacity = 256;
    RRI_TRY(rri_alloc(&c->text, c->capacity, 1, 1, err));
    RRI_TRY(rri_reader_open(path, &c->file, err));
    RRI_TRY(read_header(c, err));
    *out = c;
    c = NULL;

done:
    rri_csv_close(c);
    return st;
}

void rri_csv_close(rri_csv *c)
{
    if (c == NULL)
        return;
    rri_reader_close(c->file);
    rri_free(c->path);
    rri_free(c->raw);
    rri_free(c->text);
    rri_free(c->fields);
    rri_free(c->header);
    rri_free(c->names);
    rri_free(c);
}

/* ---- writing -------------------------------------------------------------------------------- */

rr_status rri_csv_put(rri_writer *w, const char *text, rr_error *err)
{
    rr_status st = RR_OK;

    if (strpbrk(text, ",\"\r\n") == NULL)
        return rri_writer_write(w, text, strlen(text), err);
    RRI_TRY(rri_writer_write(w, "\"", 1, err));
    while (*text != '\0') {
        const size_t n = strcspn(text, "\"");
        RRI_TRY(rri_writer_write(w, text, n, err));
        text += n;
        if (*text == '"') {
            RRI_TRY(rri_writer_write(w, "\"\"", 2, err));
            text++;
        }
    }
    RRI_TRY(rri_writer_write(w, "\"", 1, err));

done:
    return st;
}
