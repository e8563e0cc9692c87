/* SPDX-License-Identifier: MIT */
/* vectors.c - reads word vectors in text form: a line a word, the word, then E numbers.
 *
 * Most lines of such a file are not needed: of a word outside the vocabulary only the fields are
 * counted, its numbers are not parsed. Some files (GloVe of 840 billion words) hold words with
 * blanks in them: a line with more fields than there should be, the second of which is no number.
 * Some (of fastText and word2vec) hold a word that is empty, a blank or a tab: a line that begins
 * with a blank and holds numbers only. No vocabulary has such a word, so both are passed over. */
#include "rnnrepair/text.h"

#include "core/notes.h"
#include "data/dataset_internal.h"
#include "io/lines.h"

#include <float.h>
#include <math.h>
#include <string.h>

atomic_size_t rri_vectors_reads;

enum { MOST_NUMBERS = 1 << 20, MOST_DIGITS = 64 };

struct rr_vectors {
    size_t width;   /* E */
    size_t covered; /* words with a vector */
    float *table;   /* [V][E] */
    char hash[65];
    rri_notes notes;
};

typedef struct reader {
    const char *path;
    const rr_vocabulary *words;
    rri_lines *lines;
    bool *have;        /* [V] */
    size_t announced;  /* words, by a header; SIZE_MAX where there is none */
    size_t count;      /* lines of words */
    size_t blank;      /* those without a word; */
    size_t blank_line; /* the first of them */
    rr_vectors *out;
} reader;

/* ---- numbers -------------------------------------------------------------------------------- */

static bool is_gap(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A short decimal number, such as these files are full of, up to a gap or the end: as a whole
 * number below 2^53 over a power of ten up to 10^15, both exact, so that the quotient is the
 * nearest double. False where it is not of that form. */
static bool short_number(const char *s, double *out)
{
    static const double ten[] = { 1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
    const bool minus = *s == '-';
    uint64_t whole = 0;
    size_t digits = 0;
    size_t decimals = 0;

    if (minus)
        s++;
    for (; is_digit(*s); s++, digits++)
        whole = 10 * whole + (uint64_t)(*s - '0');
    if (*s == '.')
        for (s++; is_digit(*s); s++, digits++, decimals++)
            whole = 10 * whole + (uint64_t)(*s - '0');
    if (digits == 0 || digits > 15 || (*s != '\0' && !is_gap(*s)))
        return false;
    const double v = (double)whole / ten[decimals];
    *out = minus ? -v : v;
    return true;
}

static size_t field_length(const char *s)
{
    return strcspn(s, " \t");
}

/* Any number that strtod() reads, also nan and inf; false if the field is none. */
static bool long_number(const char *s, double *out)
{
    char copy[MOST_DIGITS];
    char *end = NULL;
    const size_t n = field_length(s);

    if (n == 0 || n >= sizeof copy)
        return false;
    memcpy(copy, s, n);
    copy[n] = '\0';
    *out = rri_strtod(copy, &end);
    return *end == '\0';
}

static bool any_number(const char *s, double *out)
{
    return short_number(s, out) || long_number(s, out);
}

static rr_status read_number(const reader *r, const char *s, float *out, rr_error *err)
{
    const size_t line = rri_lines_number(r->lines);
    const int shown = (int)rri_min(field_length(s), 40);
    double v = 0.0;

    if (!any_number(s, &v))
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)line, "%s, line %zu: \"%.*s\" is no number",
                        r->path, line, shown, s);
    if (!(fabs(v) <= (double)FLT_MAX))
        return rri_fail(err, RR_ERR_NUMERIC, (int64_t)line,
                        "%s, line %zu: \"%.*s\" is no finite number of 32 bits", r->path, line,
                        shown, s);
    *out = (float)v;
    return RR_OK;
}

/* ---- lines ---------------------------------------------------------------------------------- */

/* The next field from *at on, and *at behind it; NULL at the end of the line. */
static const char *next_field(const char **at)
{
    while (is_gap(**at))
        (*at)++;
    const char *field = *at;
    *at += field_length(field);
    return *field == '\0' ? NULL : field;
}

static size_t count_fields(const char *line)
{
    size_t n = 0;

    while (next_field(&line) != NULL)
        n++;
    return n;
}

/* Whether a line is "words E": two whole numbers. */
static bool is_header(const char *line, size_t *words, size_t *width)
{
    const char *at = line;
    char copy[2][MOST_DIGITS];

    if (count_fields(line) != 2)
        return false;
    for (int i = 0; i < 2; i++) {
        const char *field = next_field(&at);
        const size_t n = field_length(field);
        if (n >= MOST_DIGITS)
            return false;
        memcpy(copy[i], field, n);
        copy[i][n] = '\0';
    }
    return rri_parse_size(copy[0], words) && rri_parse_size(copy[1], width);
}

/* The width is that of the header or of the first line. Errors FORMAT. */
static rr_status set_width(reader *r, size_t width, rr_error *err)
{
    const size_t line = rri_lines_number(r->lines);

    if (width == 0 || width > MOST_NUMBERS)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                        "%s, line %zu: vectors of %zu numbers, expected 1..%d", r->path, line,
                        width, MOST_NUMBERS);
    r->out->width = width;
    return RR_OK;
}

/* Whether a line has no word before its numbers. */
static bool is_wordless(const char *line)
{
    double number = 0.0;

    return is_gap(*line) && any_number(next_field(&line), &number);
}

/* The numbers of the first line, if it is no header: of a word with blanks those at its end. */
static size_t first_width(const char *line)
{
    const size_t fields = count_fields(line);
    const bool wordless = is_wordless(line);
    double number = 0.0;
    size_t run = 0;

    if (wordless)
        return fields;
    (void)next_field(&line); /* the word */
    for (const char *field; (field = next_field(&line)) != NULL;)
        run = any_number(field, &number) ? run + 1 : 0;
    return run > 0 ? run : fields - 1;
}

/* A line with too few numbers, or too many. */
static rr_status wrong_width(const reader *r, size_t numbers, rr_error *err)
{
    const size_t at = rri_lines_number(r->lines);

    if (numbers < r->out->width && rri_lines_open_ended(r->lines))
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)at,
                        "%s is cut off: line %zu, the last, has %zu of %zu numbers", r->path, at,
                        numbers, r->out->width);
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)at,
                    "%s, line %zu has %zu number%s behind its word, expected %zu", r->path, at,
                    numbers, numbers == 1 ? "" : "s", r->out->width);
}

/* Whether the line is that of a word that a vocabulary may have; FORMAT where its width is wrong.
 */
static rr_status check_width(reader *r, const char *line, bool *plain, rr_error *err)
{
    const size_t width = r->out->width;
    const size_t fields = count_fields(line);
    const char *second = line;
    double number = 0.0;

    *plain = fields == width + 1;
    if (*plain)
        return RR_OK;
    if (fields == width && is_wordless(line)) {
        if (r->blank++ == 0)
            r->blank_line = rri_lines_number(r->lines);
        return RR_OK;
    }
    (void)next_field(&second);
    if (fields > width + 1 && !any_number(next_field(&second), &number))
        return RR_OK;
    return wrong_width(r, fields - 1, err);
}

/* Store the vector of a line if its word is in the vocabulary. */
static rr_status take_line(reader *r, char *line, rr_error *err)
{
    rr_vectors *out = r->out;
    const char *at = line;
    bool plain = false;
    rr_status st = RR_OK;

    RRI_TRY(check_width(r, line, &plain, err));
    if (!plain)
        return RR_OK;
    line += strspn(line, " \t");
    const size_t n = field_length(line);
    at = line + n + 1;
    line[n] = '\0';
    const uint32_t id = rr_vocabulary_find(r->words, line);
    if (id <= RR_WORD_UNKNOWN || r->have[id] || strcmp(rr_vocabulary_word(r->words, id), line) != 0)
        return RR_OK;
    if (out->table == NULL) /* not before a line has this width: a header may announce any */
        RRI_TRY(
            rri_alloc(&out->table, rr_vocabulary_size(r->words), out->width, sizeof(float), err));
    for (size_t e = 0; e < out->width; e++)
        RRI_TRY(read_number(r, next_field(&at), &out->table[id * out->width + e], err));
    r->have[id] = true;
    out->covered++;

done:
    return st;
}

/* The next line that is not empty; NULL after the last. */
static rr_status next_line(const reader *r, char **line, rr_error *err)
{
    size_t bytes = 0;

    do {
        const size_t before = rri_lines_number(r->lines);
        const rr_status st = rri_lines_next(r->lines, line, &bytes, err);
        if (st == RR_ERR_FORMAT && rri_lines_number(r->lines) > before)
            return rri_fail(err, st, (int64_t)before + 1,
                            "%s, line %zu holds a NUL byte: vectors in binary form (.bin) are not "
                            "read; write them as text",
                            r->path, before + 1);
        if (st != RR_OK)
            return st;
    } while (*line != NULL && count_fields(*line) == 0);
    return RR_OK;
}

/* Set the width by the first line; *header where it is one. */
static rr_status read_first(reader *r, const char *line, bool *header, rr_error *err)
{
    size_t words = 0;
    size_t width = 0;

    *header = is_header(line, &words, &width);
    if (*header)
        r->announced = words;
    else
        width = first_width(line);
    return set_width(r, width, err);
}

static rr_status add_notes(reader *r, rr_error *err)
{
    rri_notes *notes = &r->out->notes;
    rr_status st = RR_OK;

    if (r->announced != SIZE_MAX && r->count != r->announced)
        RRI_TRY(rri_notes_add(notes, err, "%s: the first line announces %zu words, but %zu follow",
                              r->path, r->announced, r->count));
    if (r->blank > 0)
        RRI_TRY(rri_notes_add(notes, err,
                              "%s: %zu line%s without a word %s passed over, the first is line %zu",
                              r->path, r->blank, r->blank == 1 ? "" : "s",
                              r->blank == 1 ? "is" : "are", r->blank_line));

done:
    return st;
}

static rr_status read_lines(reader *r, rr_error *err)
{
    char *line = NULL;
    bool header = false;
    rr_status st = RR_OK;

    for (;;) {
        RRI_TRY(next_line(r, &line, err));
        if (line == NULL)
            break;
        if (r->out->width == 0) {
            RRI_TRY(read_first(r, line, &header, err));
            if (header)
                continue;
        }
        r->count++;
        RRI_TRY(take_line(r, line, err));
    }
    if (r->out->covered == 0)
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1, "%s has a vector for none of the %zu words",
                         r->path, rr_vocabulary_size(r->words) - 2));
    RRI_TRY(add_notes(r, err));

done:
    return st;
}

rr_status rr_vectors_load(const char *path, const rr_vocabulary *v, rr_vectors **out, rr_error *err)
{
    reader r = { .path = path, .words = v, .announced = SIZE_MAX };
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&r.out, 1, 1, sizeof *r.out, err));
    RRI_TRY(rri_alloc(&r.have, rr_vocabulary_size(v), 1, sizeof *r.have, err));
    rri_vectors_reads++;
    RRI_TRY(rri_lines_open(path, NULL, &r.lines, err));
    RRI_TRY(read_lines(&r, err));
    RRI_TRY(rri_lines_hash(r.lines, r.out->hash, err));
    *out = r.out;
    r.out = NULL;

done:
    rr_vectors_free(r.out);
    rri_free(r.have);
    rri_lines_close(r.lines);
    return st;
}

void rr_vectors_free(rr_vectors *vectors)
{
    if (vectors == NULL)
        return;
    rri_notes_clear(&vectors->notes);
    rri_free(vectors->table);
    rri_free(vectors);
}

size_t rr_vectors_width(const rr_vectors *vectors)
{
    return vectors->width;
}

size_t rr_vectors_covered(const rr_vectors *vectors)
{
    return vectors->covered;
}

const float *rr_vectors_table(const rr_vectors *vectors)
{
    return vectors->table;
}

const char *rr_vectors_hash(const rr_vectors *vectors)
{
    return vectors->hash;
}

const char *rr_vectors_note(const rr_vectors *vectors, size_t i)
{
    return i < vectors->notes.count ? vectors->notes.text[i] : NULL;
}
