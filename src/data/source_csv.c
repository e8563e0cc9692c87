/* SPDX-License-Identifier: MIT */
/* source_csv.c - reads csv:FILE, a table with a column of texts and one of labels. */
#include "data/source_text.h"

#include "core/utf8.h"
#include "io/csv.h"

#include <string.h>

/* ---- where=COL OP VALUE --------------------------------------------------------------------- */

/* Two-character operators first: their first character may be an operator as well. */
static const char *const operators[] = { "!=", "<=", ">=", "=", "<", ">" };
enum { NOT_EQUAL, AT_MOST, AT_LEAST, EQUAL, BELOW, ABOVE, OPERATORS };

typedef struct condition {
    char *column; /* owned; NULL: all rows */
    const char *value;
    size_t at;    /* number of the column */
    int operator; /* in operators */
} condition;

static char *trim(char *text)
{
    char *end = text + strlen(text);

    while (end > text && rri_is_blank(end[-1]))
        *--end = '\0';
    while (rri_is_blank(*text))
        text++;
    return text;
}

/* Split a condition into its three parts. */
static rr_status read_condition(const rri_spec *spec, condition *out, rr_error *err)
{
    const char *text = rri_spec_value(spec, "where");
    rr_status st = RR_OK;

    if (text == NULL)
        return RR_OK;
    RRI_TRY(rri_strdup(text, &out->column, err));
    char *op = out->column + strcspn(out->column, "!=<>");
    int k = 0;
    while (k < OPERATORS && strncmp(op, operators[k], strlen(operators[k])) != 0)
        k++;
    if (k == OPERATORS || op == out->column)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "where=%s is not a column, one of = != < <= > >=, and a value", text));
    out->operator= k;
    out->value = trim(op + strlen(operators[k]));
    *op = '\0';
    memmove(out->column, trim(out->column), strlen(trim(out->column)) + 1);

done:
    return st;
}

/* Numbers are compared as numbers where both sides are, else texts by their bytes. */
static bool holds(const condition *w, const char *field)
{
    double a = 0.0;
    double b = 0.0;
    const bool numbers = rri_parse_f64(field, &a) && rri_parse_f64(w->value, &b);
    const int texts = strcmp(field, w->value);
    const int order = numbers ? (a > b) - (a < b) : (texts > 0) - (texts < 0);

    switch (w->operator) {
    case NOT_EQUAL:
        return order != 0;
    case AT_MOST:
        return order <= 0;
    case AT_LEAST:
        return order >= 0;
    case EQUAL:
        return order == 0;
    case BELOW:
        return order < 0;
    default: /* ABOVE */
        return order > 0;
    }
}

/* ---- the table ------------------------------------------------------------------------------ */

typedef struct columns {
    size_t text, label, split;
    bool has_split;
    condition where;
} columns;

static rr_status find_columns(const rri_spec *spec, const rri_csv *csv, columns *out, rr_error *err)
{
    const char *text = rri_spec_value(spec, "text");
    const char *label = rri_spec_value(spec, "label");
    const char *split = rri_spec_value(spec, "split");
    rr_status st = RR_OK;

    RRI_TRY(rri_csv_column(csv, text != NULL ? text : "text", &out->text, err));
    RRI_TRY(rri_csv_column(csv, label != NULL ? label : "label", &out->label, err));
    out->has_split = split != NULL && *split != '\0';
    if (split == NULL)
        RRI_TRY(rri_csv_find(csv, "split", &out->has_split, &out->split, err));
    else if (out->has_split)
        RRI_TRY(rri_csv_column(csv, split, &out->split, err));
    RRI_TRY(read_condition(spec, &out->where, err));
    if (out->where.column != NULL)
        RRI_TRY(rri_csv_column(csv, out->where.column, &out->where.at, err));

done:
    return st;
}

static rr_status add_record(rri_corpus *c, const rri_csv *csv, const columns *at, rr_error *err)
{
    rri_text row = { .line = rri_csv_line(csv) };
    unsigned split = RR_SPLIT_TRAIN;
    size_t bytes = 0;
    rr_status st = RR_OK;

    if (at->where.column != NULL && !holds(&at->where, rri_csv_field(csv, at->where.at, &bytes)))
        return RR_OK;
    if (at->has_split) {
        st = rr_enum_parse(RR_ENUM_SPLIT, rri_csv_field(csv, at->split, &bytes), &split, err);
        if (st != RR_OK)
            return rri_prefix(err, RR_ERR_FORMAT, "%s, line %zu", rri_corpus_path(c), row.line);
    }
    row.split = (unsigned char)split;
    const char *label = rri_csv_field(csv, at->label, &bytes);
    RRI_TRY(rri_corpus_label(c, row.line, label, bytes, &row.label, err));
    const char *text = rri_csv_field(csv, at->text, &bytes);
    RRI_TRY(rri_corpus_add(c, row, text, bytes, err));

done:
    return st;
}

static rr_status read(const rri_request *in, const bool wanted[3], rri_corpus *out, rr_error *err)
{
    const rri_spec *spec = in->spec;
    const char *classes = rri_spec_value(spec, "classes");
    rri_division division = { .holdout = 0.0, .dev = 0.0, .seed = 1 };
    columns at = { .has_split = false };
    bool more = true;
    size_t rows = 0;
    rri_csv *csv = NULL;
    rr_status st = RR_OK;

    (void)wanted; /* the classes are those of all rows */
    RRI_TRY(rri_division_read(spec, &division, err));
    if (classes != NULL)
        RRI_TRY(rri_corpus_name_classes(out, classes, '|', err));
    RRI_TRY(rri_corpus_file(out, spec->path, err));
    rri_source_reads++;
    RRI_TRY(rri_csv_open(spec->path, NULL, &csv, err));
    RRI_TRY(find_columns(spec, csv, &at, err));
    if (at.has_split)
        RRI_TRY(rri_refuse_division(spec, "a column of splits (`split=` passes it over)", err));
    for (;;) {
        RRI_TRY(rri_csv_next(csv, &more, err));
        if (!more)
            break;
        rows++;
        RRI_TRY(add_record(out, csv, &at, err));
    }
    if (out->count == 0 && rows > 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "where=%s keeps none of the %zu rows of %s",
                         rri_spec_value(spec, "where"), rows, spec->path));
    RRI_TRY(rri_corpus_divide(out, division.holdout, division.dev, division.seed, err));

done:
    rri_free(at.where.column);
    rri_csv_close(csv);
    return st;
}

const rri_source_kind rri_source_csv = {
    .kind = "csv",
    .path = "FILE",
    .parameters = { RRI_TEXT_PARAMETERS, "text", "label", "split", "where", "classes",
                    RRI_DIVISION_PARAMETERS, NULL },
    .read = read,
};
