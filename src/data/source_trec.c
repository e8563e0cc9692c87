/* SPDX-License-Identifier: MIT */
/* source_trec.c - reads trec:PATH, questions [LiRoth02], `label text` a line in latin-1, which is
 * converted to UTF-8. Of a label like DESC:manner the part before the colon counts. */
#include "data/source_text.h"

#include "core/utf8.h"
#include "io/folder.h"
#include "io/lines.h"

#include <assert.h>
#include <string.h>

static const char *const names[3] = { "TREC.train.all", NULL, "TREC.test.all" };

/* Every byte of latin-1 is the character of its number: two bytes at most. Returns their number. */
static size_t to_utf8(const char *latin, size_t bytes, char *out)
{
    size_t n = 0;

    for (size_t i = 0; i < bytes; i++)
        n += rri_utf8_write((unsigned char)latin[i], out + n);
    return n;
}

/* Add the question of a line, which is UTF-8 now. */
static rr_status add_line(rri_corpus *c, rr_split split, size_t line, const char *text,
                          size_t bytes, rr_error *err)
{
    rri_text row = { .line = line, .split = (unsigned char)split };
    const char *const end = text + bytes;
    const char *label = text;
    rr_status st = RR_OK;

    while (text < end && !rri_is_blank(*text))
        text++;
    const char *colon = memchr(label, ':', (size_t)(text - label));
    const size_t n = (size_t)((colon != NULL ? colon : text) - label);
    RRI_TRY(rri_corpus_label(c, line, label, n, &row.label, err));
    RRI_TRY(rri_corpus_add(c, row, text, (size_t)(end - text), err));

done:
    return st;
}

static rr_status read_file(rri_corpus *c, rr_split split, const char *path, rr_error *err)
{
    rri_lines *lines = NULL;
    char *wide = NULL;
    char *text = NULL;
    size_t bytes = 0;
    size_t capacity = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_corpus_file(c, path, err));
    rri_source_reads++;
    RRI_TRY(rri_lines_open(path, NULL, &lines, err));
    for (;;) {
        RRI_TRY(rri_lines_next(lines, &text, &bytes, err));
        if (text == NULL)
            break;
        if (bytes == 0)
            continue;
        if (2 * bytes + 2 >
            capacity) { /* the last character may need 2 bytes, and writes up to 4 */
            RRI_TRY(rri_grow(&wide, 0, 4 * bytes + 4, 1, err));
            capacity = 4 * bytes + 4;
        }
        assert(wide != NULL);
        const size_t n = to_utf8(text, bytes, wide);
        RRI_TRY(add_line(c, split, rri_lines_number(lines), wide, n, err));
    }

done:
    rri_free(wide);
    rri_lines_close(lines);
    return st;
}

/* Both files are read for any split: the classes are those of all questions. */
static rr_status read_folder(rri_corpus *c, const rri_spec *spec, rr_error *err)
{
    char *path[3] = { NULL };
    rr_status st = RR_OK;

    RRI_TRY(rri_refuse_division(spec, "files of its splits", err));
    RRI_TRY(rri_split_files(spec->path, names, path, err));
    for (int s = 0; s < 3; s++)
        if (path[s] != NULL)
            RRI_TRY(read_file(c, (rr_split)s, path[s], err));

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
        return read_folder(out, spec, err);
    RRI_TRY(read_file(out, RR_SPLIT_TRAIN, spec->path, err));
    RRI_TRY(rri_corpus_divide(out, division.holdout, division.dev, division.seed, err));

done:
    return st;
}

const rri_source_kind rri_source_trec = {
    .kind = "trec",
    .path = "PATH",
    .parameters = { RRI_TEXT_PARAMETERS, RRI_DIVISION_PARAMETERS, NULL },
    .read = read,
};
