/* SPDX-License-Identifier: MIT */
/* csv.c - reads CSV [RFC 4180] by a state machine over the bytes of a file.
 *
 * What separates fields is given or found: of comma, tab, semicolon and bar, each that occurs in
 * the first record may be it. Those come first that occur equally often in each of the first
 * records; then the one that occurs most often.
 *
 * The fields of a record are stored one after another in one buffer, each terminated by NUL; a line
 * end inside quotes is kept. */
#include "io/csv.h"

#include "core/utf8.h"
#include "io/decode.h"
#include "io/lines.h"

#include <string.h>

enum { CHUNK = 1 << 16, MOST_BYTES = 1 << 28 };

static const unsigned char separators[] = { ',', '\t', ';', '|' };
static const char *const separator_names[] = { "comma", "tab", "semicolon", "pipe" };
enum { SEPARATORS = sizeof separators, FIRST_RECORDS = 20 };

/* A part of the record's buffer. */
typedef struct field {
    size_t begin, bytes;
} field;

struct rri_csv {
    rri_decoder *file;
    char *path;
    bool advise; /* a user can give options */
    bool headerless;
    bool unquoted;
    bool waiting;       /* the first record is read, but not given out */
    int separator;      /* in separators */
    bool stops[256];    /* the bytes that end a piece of a field without quotes */
    unsigned char *raw; /* [CHUNK] of the file */
    size_t at, end;     /* of raw, not consumed yet */
    size_t line;        /* being read, from 1 */
    size_t began;       /* line on which the record begins */
    size_t opened;      /* line on which the current quote was opened */
    char *text;         /* [capacity] the record */
    size_t used, capacity;
    field *fields; /* [most] */
    size_t count, most;
    size_t columns; /* required fields of a record; 0 until the first is read */
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
        const rr_status st = rri_decoder_take(c->file, c->raw, CHUNK, &c->end, err);
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

/* The same for a quote, which a user can declare a character. */
static rr_status refuse_quote(const rri_csv *c, size_t line, const char *what, rr_error *err)
{
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)line, "%s, line %zu: %s%s", c->path, line, what,
                    c->advise ? "; with quotes=0 quotes are characters" : "");
}

static rr_status refuse_return(const rri_csv *c, rr_error *err)
{
    return refuse(c, "a carriage return without a line feed outside quotes; " RRI_RETURNS_ADVICE,
                  err);
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
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)c->line,
                        "%s, line %zu: a field holds a NUL byte%s", c->path, c->line,
                        rri_decoder_nul_hint(c->file));
    RRI_TRY(rri_check_utf8(c->path, first_line, c->text + f->begin, f->bytes, c->advise, err));
    RRI_TRY(keep(c, (const unsigned char *)"", 1, err));
    c->count++;

done:
    return st;
}

/* Copy bytes up to a special one: outside quotes a separator, a quote or a line end; inside only a
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
            while (p < end && !c->stops[*p])
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
            return refuse_quote(c, c->opened, "the quote opened here is never closed", err);
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
    quoted = byte == '"' && !c->unquoted;
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
            return refuse_return(c, err);
    }
    if (byte == '"')
        return refuse_quote(c, c->line, "a quote inside a field that does not begin with one", err);
    const bool more = byte == separators[c->separator];
    if (!more && byte != '\n' && byte != END_OF_FILE)
        return refuse_quote(c, c->line,
                            "text behind a closing quote (a quote inside quotes is doubled)", err);
    RRI_TRY(end_field(c, first_line, err));
    *last = !more;
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
                return refuse_return(c, err);
        } else {
            c->line++;
        }
    }
    *more = byte != END_OF_FILE;

done:
    return st;
}

static rr_status ragged(const rri_csv *c, rr_error *err)
{
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)c->began,
                    "%s, line %zu: the record that begins here has %zu field%s, the %s %zu "
                    "(separator %s)",
                    c->path, c->began, c->count, c->count == 1 ? "" : "s",
                    c->headerless ? "first" : "header", c->columns, separator_names[c->separator]);
}

rr_status rri_csv_next(rri_csv *c, bool *more, rr_error *err)
{
    bool last = false;
    rr_status st = RR_OK;

    if (c->waiting) {
        c->waiting = false;
        *more = true;
        return RR_OK;
    }
    RRI_TRY(find_record(c, more, err));
    c->used = 0;
    c->count = 0;
    c->began = c->line;
    if (!*more)
        return RR_OK;
    while (!last)
        RRI_TRY(take_field(c, &last, err));
    if (c->columns != 0 && c->count != c->columns)
        st = ragged(c, err);

done:
    return st;
}

size_t rri_csv_line(const rri_csv *c)
{
    return c->began;
}

size_t rri_csv_columns(const rri_csv *c)
{
    return c->columns;
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

/* Is it the name but for blanks around it, as behind each comma of "id, a, b"? */
static bool is_within_blanks(const char *column, const char *name)
{
    const size_t n = strlen(name);

    while (rri_is_blank(*column))
        column++;
    if (strncmp(column, name, n) != 0)
        return false;
    for (column += n; rri_is_blank(*column); column++)
        continue;
    return *column == '\0';
}

rr_status rri_csv_find(const rri_csv *c, const char *name, bool *has, size_t *column, rr_error *err)
{
    size_t number = 0;
    bool exact = false;

    *has = false;
    if (c->headerless) {
        *has = rri_parse_size(name, &number) && number >= 1 && number <= c->columns;
        *column = *has ? number - 1 : 0;
        return RR_OK;
    }
    for (size_t i = 0; i < c->columns; i++)
        exact = exact || strcmp(name_of(c, i), name) == 0;
    for (size_t i = 0; i < c->columns; i++) {
        if (exact ? strcmp(name_of(c, i), name) != 0 : !is_within_blanks(name_of(c, i), name))
            continue;
        if (*has)
            return rri_fail(err, RR_ERR_FORMAT, 1, "%s: columns %zu and %zu are both named \"%s\"",
                            c->path, *column + 1, i + 1, name);
        *has = true;
        *column = i;
    }
    return RR_OK;
}

/* Append a name to a list "a, b" as far as it fits, with tabs and the like shown as \t or ?. */
static void list_name(char *list, size_t capacity, const char *name)
{
    size_t n = strlen(list);

    n += (size_t)rri_snprintf(list + n, capacity - n, "%s", n > 0 ? ", " : "");
    for (; *name != '\0' && n + 2 < capacity; name++) {
        const bool control = (unsigned char)*name < ' ' || *name == '\x7f';
        if (*name == '\t')
            list[n++] = '\\';
        list[n++] = *name == '\t' ? 't' : control ? '?' : *name;
        list[n] = '\0';
    }
}

static rr_status no_column(const rri_csv *c, const char *name, rr_error *err)
{
    char list[160] = "";

    if (c->headerless)
        return rri_fail(err, RR_ERR_FORMAT, 1,
                        "%s has no column \"%s\"; with separator %s and without a header its "
                        "columns are named 1 to %zu",
                        c->path, name, separator_names[c->separator], c->columns);
    for (size_t i = 0; i < c->columns && strlen(list) + 4 < sizeof list; i++)
        list_name(list, sizeof list, name_of(c, i));
    return rri_fail(err, RR_ERR_FORMAT, 1, "%s has no column \"%s\"; with separator %s it has %s%s",
                    c->path, name, separator_names[c->separator], list,
                    c->advise ? " (if the first line is no header, add header=0)" : "");
}

rr_status rri_csv_column(const rri_csv *c, const char *name, size_t *column, rr_error *err)
{
    bool has = false;
    const rr_status st = rri_csv_find(c, name, &has, column, err);

    return st != RR_OK || has ? st : no_column(c, name, err);
}

static rr_status read_header(rri_csv *c, rr_error *err)
{
    bool more = false;
    rr_status st = RR_OK;

    RRI_TRY(rri_csv_next(c, &more, err));
    if (!more)
        return rri_fail(err, RR_ERR_FORMAT, 1, "%s is empty: there is no %s", c->path,
                        c->headerless ? "record" : "header");
    c->columns = c->count;
    c->waiting = c->headerless;
    if (c->headerless)
        return RR_OK;
    RRI_TRY(rri_alloc(&c->header, c->used, 1, 1, err));
    memcpy(c->header, c->text, c->used);
    RRI_TRY(rri_alloc(&c->names, c->count, 1, sizeof *c->names, err));
    memcpy(c->names, c->fields, c->count * sizeof *c->names);

done:
    return st;
}

/* ---- the separator -------------------------------------------------------------------------- */

static int separator_of(unsigned char byte)
{
    int k = 0;

    while (k < SEPARATORS && separators[k] != byte)
        k++;
    return k;
}

static rr_status read_separator(rri_csv *c, const char *given, rr_error *err)
{
    const bool single = given[0] != '\0' && given[1] == '\0';

    c->separator = single ? separator_of((unsigned char)*given) : SEPARATORS;
    for (int k = 0; k < SEPARATORS; k++)
        if (strcmp(given, separator_names[k]) == 0)
            c->separator = k;
    if (c->separator == SEPARATORS)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "separator \"%.40s\" is none of comma, tab, semicolon, pipe", given);
    return RR_OK;
}

/* Count the separators of the record at *at in the first chunk, and move *at behind it; false where
 * it does not end there. */
static bool count_separators(const rri_csv *c, size_t *at, size_t count[SEPARATORS])
{
    bool quoted = false;
    size_t i = *at;

    while (i < c->end && (c->raw[i] == '\n' || c->raw[i] == '\r'))
        i++;
    const size_t begin = i;
    for (; i < c->end && (quoted || c->raw[i] != '\n'); i++) {
        const int k = separator_of(c->raw[i]);
        if (c->raw[i] == '"')
            quoted = !quoted && !c->unquoted;
        else if (k < SEPARATORS && !quoted)
            count[k]++;
    }
    *at = i;
    return i > begin && (i < c->end || c->end < CHUNK);
}

/* Find the separator in the first chunk, which is not consumed. */
static void find_separator(rri_csv *c)
{
    size_t first[SEPARATORS] = { 0 };
    bool steady[SEPARATORS];
    size_t at = c->at;

    (void)count_separators(c, &at, first);
    for (int k = 0; k < SEPARATORS; k++)
        steady[k] = first[k] > 0;
    for (int r = 1; r < FIRST_RECORDS; r++) {
        size_t count[SEPARATORS] = { 0 };
        if (!count_separators(c, &at, count))
            break;
        for (int k = 0; k < SEPARATORS; k++)
            steady[k] = steady[k] && count[k] == first[k];
    }
    for (int k = 1; k < SEPARATORS; k++) {
        const int best = c->separator;
        if (steady[k] != steady[best] ? steady[k] : first[k] > first[best])
            c->separator = k;
    }
}

/* Excel may write the separator into a line before the header: sep=; */
static bool take_separator_line(rri_csv *c)
{
    const unsigned char *line = c->raw + c->at;
    const size_t n = c->end - c->at;
    const size_t end = n > 5 && line[5] == '\r' ? 6 : 5;

    if (n <= end || memcmp(line, "sep=", 4) != 0 || line[end] != '\n' ||
        separator_of(line[4]) == SEPARATORS)
        return false;
    c->separator = separator_of(line[4]);
    c->at += end + 1;
    c->line++;
    return true;
}

static rr_status set_separator(rri_csv *c, const char *given, rr_error *err)
{
    int byte = 0;
    rr_status st = RR_OK;

    RRI_TRY(peek(c, &byte, err));
    if (!take_separator_line(c) && given == NULL)
        find_separator(c);
    if (given != NULL)
        RRI_TRY(read_separator(c, given, err));
    c->stops['\n'] = c->stops['\r'] = true;
    c->stops[(unsigned char)separators[c->separator]] = true;
    /* In a table with tabs quotes are rare, and lone ones are part of the text. */
    c->stops['"'] = !c->unquoted && separators[c->separator] != '\t';

done:
    return st;
}

rr_status rri_csv_open(const char *path, const rri_csv_options *options, rri_csv **out,
                       rr_error *err)
{
    const rri_csv_options o = options != NULL ? *options : (rri_csv_options){ .encoding = NULL };
    rri_csv *c = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&c, 1, 1, sizeof *c, err));
    c->line = 1;
    c->advise = options != NULL;
    c->headerless = o.headerless;
    c->unquoted = o.unquoted;
    RRI_TRY(rri_strdup(path, &c->path, err));
    RRI_TRY(rri_alloc(&c->raw, CHUNK, 1, 1, err));
    c->capacity = 256;
    RRI_TRY(rri_alloc(&c->text, c->capacity, 1, 1, err));
    RRI_TRY(rri_decoder_open(path, o.encoding, &c->file, err));
    RRI_TRY(set_separator(c, o.separator, err));
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
    rri_decoder_close(c->file);
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
