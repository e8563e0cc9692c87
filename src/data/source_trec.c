/* SPDX-License-Identifier: MIT */
/* source_trec.c - reads trec:PATH, questions [LiRoth02], `label text` a line, or `__label__x text`
 * as fastText has it. Of a label like DESC:manner the part before the colon counts. The questions
 * are in latin-1; a line that can hardly be latin-1 is taken for UTF-8. */
#include "data/source_text.h"

#include "core/utf8.h"
#include "io/folder.h"
#include "io/lines.h"

#include <assert.h>
#include <string.h>

static const char *const names[3] = { "TREC.train.all", NULL, "TREC.test.all" };
static const char marker[] = "__label__"; /* of fastText */
enum { MARKER = sizeof marker - 1 };

/* A file being read. */
typedef struct reader {
    rri_corpus *corpus;
    const char *encoding; /* NULL: latin-1 or UTF-8, line by line */
    bool labels;          /* the lines begin with one */
    bool noted;           /* that a line is taken for UTF-8 */
    bool hinted;          /* that a line is hardly latin-1 */
    char *wide;           /* [capacity] a line as UTF-8 */
    size_t capacity;
} reader;

/* ---- characters ----------------------------------------------------------------------------- */

/* Every byte of latin-1 is the character of its number: two bytes at most. Returns the bytes before
 * the NUL behind them. */
static size_t to_utf8(const char *latin, size_t bytes, char *out)
{
    size_t n = 0;

    for (size_t i = 0; i < bytes; i++)
        n += rri_utf8_write((unsigned char)latin[i], out + n);
    out[n] = '\0';
    return n;
}

/* Latin-1 has controls where Windows-1252 has quotes and dashes: note the first. */
static rr_status note_control(reader *r, size_t line, const char *text, size_t bytes, rr_error *err)
{
    size_t i = 0;

    while (i < bytes && ((unsigned char)text[i] < 0x80 || (unsigned char)text[i] >= 0xa0))
        i++;
    if (i == bytes || r->hinted)
        return RR_OK;
    r->hinted = true;
    return rri_notes_add(r->corpus->notes, err,
                         "%s, line %zu: byte 0x%02x is a control character of latin-1; if the file "
                         "is Windows-1252, add encoding=cp1252",
                         rri_corpus_path(r->corpus), line, (unsigned)(unsigned char)text[i]);
}

/* The line as UTF-8, in its own bytes or in r->wide. */
static rr_status decode(reader *r, size_t line, char **text, size_t *bytes, rr_error *err)
{
    const char *path = rri_corpus_path(r->corpus);
    rr_status st = RR_OK;

    if (r->encoding != NULL)
        return rri_check_utf8(path, line, *text, *bytes, true, err);
    if (rri_is_utf8_beyond_ascii(*text, *bytes)) {
        if (!r->noted)
            RRI_TRY(rri_notes_add(r->corpus->notes, err,
                                  "%s, line %zu: this line, and others like it, are read as UTF-8; "
                                  "encoding= settles it: utf-8 or latin-1",
                                  path, line));
        r->noted = true;
        return RR_OK;
    }
    if (2 * *bytes + 2 >
        r->capacity) { /* the last character may need 2 bytes, and writes up to 4 */
        RRI_TRY(rri_grow(&r->wide, 0, 4 * *bytes + 4, 1, err));
        r->capacity = 4 * *bytes + 4;
    }
    assert(r->wide != NULL);
    RRI_TRY(note_control(r, line, *text, *bytes, err));
    *bytes = to_utf8(*text, *bytes, r->wide);
    *text = r->wide;

done:
    return st;
}

/* ---- lines ---------------------------------------------------------------------------------- */

/* The label of fastText's form, behind its marker; *text moves behind it. */
static rr_status take_marked(const rri_corpus *c, size_t line, const char **text, const char *end,
                             const char **label, size_t *bytes, rr_error *err)
{
    const char *at = *text + MARKER;

    *label = at;
    while (at < end && !rri_is_blank(*at))
        at++;
    *bytes = (size_t)(at - *label);
    while (at < end && rri_is_blank(*at))
        at++;
    if ((size_t)(end - at) > MARKER && memcmp(at, marker, MARKER) == 0)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                        "%s, line %zu: there are two labels, but a text has one class",
                        rri_corpus_path(c), line);
    *text = at;
    return RR_OK;
}

/* The label of TREC's form, up to its colon; *text moves behind it. */
static rr_status take_label(const rri_corpus *c, size_t line, const char **text, const char *end,
                            const char **label, size_t *bytes, rr_error *err)
{
    const char *at = *text;

    if (strstr(at, marker) != NULL)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                        "%s, line %zu: %s is inside the line; a label stands at its beginning",
                        rri_corpus_path(c), line, marker);
    *label = at;
    while (at < end && !rri_is_blank(*at))
        at++;
    const char *colon = memchr(*label, ':', (size_t)(at - *label));
    *bytes = (size_t)((colon != NULL ? colon : at) - *label);
    *text = at;
    return RR_OK;
}

/* Add the question of a line, which is UTF-8 now and closed by a NUL. */
static rr_status add_line(const reader *r, rr_split split, size_t line, const char *text,
                          size_t bytes, rr_error *err)
{
    rri_text row = { .line = line, .split = (unsigned char)split };
    const char *const end = text + bytes;
    const char *label = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    if (r->labels && bytes >= MARKER && memcmp(text, marker, MARKER) == 0)
        RRI_TRY(take_marked(r->corpus, line, &text, end, &label, &n, err));
    else if (r->labels)
        RRI_TRY(take_label(r->corpus, line, &text, end, &label, &n, err));
    RRI_TRY(rri_corpus_label(r->corpus, line, label, n, &row.label, err));
    RRI_TRY(rri_corpus_add(r->corpus, row, text, (size_t)(end - text), err));

done:
    return st;
}

static rr_status read_file(const rri_request *in, rri_corpus *c, rr_split split, const char *path,
                           rr_error *err)
{
    reader r = { .corpus = c, .encoding = rri_spec_value(in->spec, "encoding") };
    const char *label = NULL;
    rri_lines *lines = NULL;
    char *text = NULL;
    size_t bytes = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_label_read(in, "", &label, err));
    if (label != NULL && *label != '\0')
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "label=%s: lines of trec have no names; label= reads them as texts "
                         "without labels",
                         label));
    r.labels = label != NULL;
    RRI_TRY(rri_corpus_file(c, path, err));
    rri_source_reads++;
    RRI_TRY(rri_lines_open(path, r.encoding, &lines, err));
    for (;;) {
        RRI_TRY(rri_lines_next(lines, &text, &bytes, err));
        if (text == NULL)
            break;
        if (bytes == 0)
            continue;
        RRI_TRY(decode(&r, rri_lines_number(lines), &text, &bytes, err));
        RRI_TRY(add_line(&r, split, rri_lines_number(lines), text, bytes, err));
    }

done:
    rri_free(r.wide);
    rri_lines_close(lines);
    return st;
}

/* Both files are read for any split: the classes are those of all questions. */
static rr_status read_folder(const rri_request *in, rri_corpus *c, rr_error *err)
{
    const rri_spec *spec = in->spec;
    char *path[3] = { NULL };
    rr_status st = RR_OK;

    RRI_TRY(rri_refuse_division(spec, "files of its splits", err));
    RRI_TRY(rri_split_files(spec->path, names, path, err));
    for (int s = 0; s < 3; s++)
        if (path[s] != NULL)
            RRI_TRY(read_file(in, c, (rr_split)s, path[s], err));

done:
    rri_split_files_clear(path);
    return st;
}

static rr_status read(const rri_request *in, const bool wanted[3], rri_corpus *out, rr_error *err)
{
    const rri_spec *spec = in->spec;
    rri_division division = { .holdout = 0.0, .dev = 0.0, .seed = 1 };
    rr_status st = RR_OK;

    (void)wanted;
    RRI_TRY(rri_division_read(spec, &division, err));
    if (rri_is_folder(spec->path))
        return read_folder(in, out, err);
    RRI_TRY(read_file(in, out, RR_SPLIT_TRAIN, spec->path, err));
    RRI_TRY(rri_corpus_divide(out, &division, err));

done:
    return st;
}

const rri_source_kind rri_source_trec = {
    .kind = "trec",
    .path = "PATH",
    .parameters = { RRI_TEXT_PARAMETERS, "label", "encoding", RRI_DIVISION_PARAMETERS, NULL },
    .part = "TREC.",
    .read = read,
};
