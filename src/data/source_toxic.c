/* SPDX-License-Identifier: MIT */
/* source_toxic.c - reads toxic:FILE, comments of the Jigsaw challenge as CSV: either a column
 * `toxic` that is 1 where any of the six flags is set, or the six flags of Kaggle's file. A column
 * `chars`, if present, is the length of a comment before it was cleaned; that length decides. */
#include "data/source_text.h"

#include "core/utf8.h"
#include "io/csv.h"

#include <string.h>

static const char *const flags[] = { "toxic",  "severe_toxic", "obscene",
                                     "threat", "insult",       "identity_hate" };
enum { FLAGS = sizeof flags / sizeof *flags };

typedef struct columns {
    size_t text, chars, id;
    bool has_chars, has_id;
    size_t flag[FLAGS];
    size_t flags; /* 1 or FLAGS */
} columns;

static rr_status find_columns(const rri_csv *csv, columns *out, rr_error *err)
{
    size_t ignored = 0;
    bool has = false;
    rr_status st = RR_OK;

    RRI_TRY(rri_csv_column(csv, "comment_text", &out->text, err));
    RRI_TRY(rri_csv_find(csv, "chars", &out->has_chars, &out->chars, err));
    RRI_TRY(rri_csv_find(csv, "id", &out->has_id, &out->id, err));
    out->flags = 1;
    for (size_t i = 1; i < FLAGS; i++) {
        RRI_TRY(rri_csv_find(csv, flags[i], &has, &ignored, err));
        if (has)
            out->flags = FLAGS; /* one of them calls for all */
    }
    for (size_t i = 0; i < out->flags; i++)
        RRI_TRY(rri_csv_column(csv, flags[i], &out->flag[i], err));

done:
    return st;
}

/* Whether any flag of a record is set. */
static rr_status read_flags(const rri_corpus *c, const rri_csv *csv, const columns *at, bool *any,
                            rr_error *err)
{
    size_t bytes = 0;

    *any = false;
    for (size_t i = 0; i < at->flags; i++) {
        const char *value = rri_csv_field(csv, at->flag[i], &bytes);
        if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)rri_csv_line(csv),
                            "%s, line %zu: %s is \"%.40s\", neither 0 nor 1", rri_corpus_path(c),
                            rri_csv_line(csv), flags[i], value);
        *any = *any || *value == '1';
    }
    return RR_OK;
}

/* The length that decides. */
static rr_status read_length(const rri_corpus *c, const rri_csv *csv, const columns *at,
                             size_t *chars, rr_error *err)
{
    size_t bytes = 0;

    if (!at->has_chars) {
        const char *text = rri_csv_field(csv, at->text, &bytes);
        (void)rri_utf8_check(text, bytes, chars);
        return RR_OK;
    }
    const char *value = rri_csv_field(csv, at->chars, &bytes);
    if (!rri_parse_size(value, chars))
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)rri_csv_line(csv),
                        "%s, line %zu: chars is \"%.40s\", no whole number", rri_corpus_path(c),
                        rri_csv_line(csv), value);
    return RR_OK;
}

static rr_status read_records(rri_corpus *c, rri_csv *csv, size_t max_chars, rr_error *err)
{
    columns at = { .flags = 0 };
    bool more = true;
    bool toxic = false;
    size_t chars = 0;
    size_t bytes = 0;
    rr_status st = RR_OK;

    RRI_TRY(find_columns(csv, &at, err));
    for (;;) {
        RRI_TRY(rri_csv_next(csv, &more, err));
        if (!more)
            break;
        RRI_TRY(read_flags(c, csv, &at, &toxic, err));
        RRI_TRY(read_length(c, csv, &at, &chars, err));
        if (chars >= max_chars)
            continue;
        rri_text row = { .line = rri_csv_line(csv), .label = toxic ? 1 : 0 };
        if (at.has_id)
            row.name = rri_csv_field(csv, at.id, &bytes);
        const char *text = rri_csv_field(csv, at.text, &bytes);
        RRI_TRY(rri_corpus_add(c, row, text, bytes, err));
    }

done:
    return st;
}

static rr_status read(const rri_request *in, const bool wanted[3], rri_corpus *out, rr_error *err)
{
    const rri_spec *spec = in->spec;
    rri_division division = { .holdout = 0.1, .dev = 0.0, .seed = 1 };
    size_t max_chars = 200;
    size_t balance = 1;
    rri_csv *csv = NULL;
    rr_status st = RR_OK;

    (void)wanted; /* which comments a split has is known once all are read */
    RRI_TRY(rri_spec_size(spec, "max-chars", 1, SIZE_MAX, &max_chars, err));
    RRI_TRY(rri_spec_size(spec, "balance", 0, 1, &balance, err));
    RRI_TRY(rri_division_read(spec, &division, err));
    RRI_TRY(rri_labels_name(&out->labels, "clean|toxic", '|', err));
    RRI_TRY(rri_corpus_file(out, spec->path, err));
    rri_source_reads++;
    RRI_TRY(rri_csv_open(spec->path, NULL, &csv, err));
    RRI_TRY(read_records(out, csv, max_chars, err));
    if (balance != 0)
        RRI_TRY(rri_corpus_balance(out, division.seed, err));
    RRI_TRY(rri_corpus_divide(out, &division, err));

done:
    rri_csv_close(csv);
    return st;
}

const rri_source_kind rri_source_toxic = {
    .kind = "toxic",
    .path = "FILE",
    .parameters = { RRI_TEXT_PARAMETERS, "max-chars", "balance", RRI_DIVISION_PARAMETERS, NULL },
    .read = read,
};
