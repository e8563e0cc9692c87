/* SPDX-License-Identifier: MIT */
/* source_csv.c - reads csv:FILE and tsv:FILE, a table with a column of texts and one of labels. */
#include "data/table.h"

#include "core/utf8.h"

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
    const size_t signs = strspn(op, "!=<>");
    if (signs != strlen(operators[k]))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "where=%s: \"%.*s\" is none of = != < <= > >= (a value that begins with "
                         "one stands behind a blank)",
                         text, (int)signs, op));
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
    size_t text, label, split, id;
    bool has_label, has_split, has_id;
    condition where;
} columns;

rr_status rri_table_column(const rri_csv *csv, const char *parameter, const char *name, bool given,
                           size_t *column, rr_error *err)
{
    const rr_status st = rri_csv_column(csv, name, column, err);

    if (st == RR_OK)
        return RR_OK;
    if (given)
        return rri_prefix(err, st, "%s=%s", parameter, name);
    return rri_prefix(err, st, "%s=COL names the column of %ss", parameter, parameter);
}

rr_status rri_table_label(const rri_request *in, const rri_csv *csv, bool *has, size_t *column,
                          rr_error *err)
{
    const bool given = rri_spec_value(in->spec, "label") != NULL;
    const char *name = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_label_read(in, "label", &name, err));
    if (name != NULL && (given || !in->unlabelled)) {
        *has = true;
        RRI_TRY(rri_table_column(csv, "label", name, given, column, err));
    } else if (name != NULL) {
        RRI_TRY(rri_csv_find(csv, name, has, column, err));
    }

done:
    return st;
}

rr_status rri_table_split(const rri_request *in, const rri_csv *csv, bool *has, size_t *column,
                          rr_error *err)
{
    const char *split = rri_spec_value(in->spec, "split");
    rr_status st = RR_OK;

    *has = split != NULL && *split != '\0';
    if (in->paths->count > 1 && *has)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "split=%s beside a file for each split: %s", split,
                         in->spec->path));
    if (in->paths->count > 1)
        return RR_OK;
    if (split == NULL)
        RRI_TRY(rri_csv_find(csv, "split", has, column, err));
    else if (*has)
        RRI_TRY(rri_csv_column(csv, split, column, err));

done:
    return st;
}

rr_status rri_table_id(const rri_request *in, const rri_csv *csv, bool *has, size_t *column,
                       rr_error *err)
{
    const char *id = rri_spec_value(in->spec, "id");

    *has = id != NULL && *id != '\0';
    if (*has)
        return rri_table_column(csv, "id", id, true, column, err);
    return id == NULL ? rri_csv_find(csv, "id", has, column, err) : RR_OK;
}

static rr_status find_columns(const rri_request *in, const rri_csv *csv, columns *out,
                              rr_error *err)
{
    const char *text = rri_spec_value(in->spec, "text");
    rr_status st = RR_OK;

    RRI_TRY(
        rri_table_column(csv, "text", text != NULL ? text : "text", text != NULL, &out->text, err));
    RRI_TRY(rri_table_label(in, csv, &out->has_label, &out->label, err));
    RRI_TRY(rri_table_split(in, csv, &out->has_split, &out->split, err));
    RRI_TRY(rri_table_id(in, csv, &out->has_id, &out->id, err));
    RRI_TRY(read_condition(in->spec, &out->where, err));
    if (out->where.column != NULL)
        RRI_TRY(rri_csv_column(csv, out->where.column, &out->where.at, err));

done:
    return st;
}

/* `split` is that of the file, where no column names one. */
static rr_status add_record(rri_corpus *c, const rri_csv *csv, const columns *at, rr_split split,
                            rr_error *err)
{
    rri_text row = { .line = rri_csv_line(csv), .split = (unsigned char)split };
    const char *label = NULL;
    size_t bytes = 0;
    rr_status st = RR_OK;

    if (at->has_split)
        RRI_TRY(
            rri_corpus_split(c, row.line, rri_csv_field(csv, at->split, &bytes), &row.split, err));
    if (at->has_label)
        label = rri_csv_field(csv, at->label, &bytes);
    RRI_TRY(rri_corpus_label(c, row.line, label, bytes, &row.label, err));
    if (at->has_id)
        row.name = rri_csv_field(csv, at->id, &bytes);
    const char *text = rri_csv_field(csv, at->text, &bytes);
    RRI_TRY(rri_corpus_add(c, row, text, bytes, err));

done:
    return st;
}

static rr_status read_records(rri_corpus *c, const rri_spec *spec, rri_csv *csv, const columns *at,
                              rr_split split, rr_error *err)
{
    const condition *where = &at->where;
    bool more = true;
    size_t rows = 0;
    size_t chosen = 0;
    size_t bytes = 0;
    rr_status st = RR_OK;

    for (;;) {
        RRI_TRY(rri_csv_next(csv, &more, err));
        if (!more)
            break;
        rows++;
        if (where->column != NULL && !holds(where, rri_csv_field(csv, where->at, &bytes)))
            continue;
        chosen++;
        RRI_TRY(add_record(c, csv, at, split, err));
    }
    if (chosen == 0 && rows > 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "where=%s keeps none of the %zu rows of %s",
                         rri_spec_value(spec, "where"), rows, rri_corpus_path(c)));

done:
    return st;
}

rr_status rri_table_options(const rri_spec *spec, rri_csv_options *out, rr_error *err)
{
    size_t header = 1;
    size_t quotes = 1;
    rr_status st = RR_OK;

    RRI_TRY(rri_spec_size(spec, "header", 0, 1, &header, err));
    RRI_TRY(rri_spec_size(spec, "quotes", 0, 1, &quotes, err));
    *out = (rri_csv_options){ .encoding = rri_spec_value(spec, "encoding"),
                              .separator = rri_spec_value(spec, "sep"),
                              .headerless = header == 0,
                              .unquoted = quotes == 0 };
    if (out->separator == NULL && strcmp(spec->kind, "tsv") == 0)
        out->separator = "tab";

done:
    return st;
}

/* File i of the list, which is one split, or the only file. */
static rr_status read_file(const rri_request *in, size_t i, const rri_csv_options *options,
                           rri_corpus *out, rr_error *err)
{
    const rri_spec *spec = in->spec;
    columns at = { .has_split = false };
    rri_csv *csv = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_corpus_file(out, in->paths->path[i], err));
    rri_source_reads++;
    RRI_TRY(rri_csv_open(in->paths->path[i], options, &csv, err));
    RRI_TRY(find_columns(in, csv, &at, err));
    if (at.has_split)
        RRI_TRY(rri_refuse_division(spec, "a column of splits (`split=` passes it over)", err));
    RRI_TRY(read_records(out, spec, csv, &at, rri_paths_split(in->paths, i), err));

done:
    rri_free(at.where.column);
    rri_csv_close(csv);
    return st;
}

static rr_status read(const rri_request *in, const bool wanted[3], rri_corpus *out, rr_error *err)
{
    const rri_spec *spec = in->spec;
    rri_division division = { .seed = 1 };
    rri_csv_options options = { .encoding = NULL };
    rr_status st = RR_OK;

    (void)wanted; /* the classes are those of all rows */
    RRI_TRY(rri_text_begin(in, out, &division, err));
    RRI_TRY(rri_table_options(spec, &options, err));
    for (size_t i = 0; i < in->paths->count; i++)
        RRI_TRY(read_file(in, i, &options, out, err));
    RRI_TRY(rri_corpus_divide(out, &division, err));

done:
    return st;
}

#define TABLE_PARAMETERS                                                                           \
    {                                                                                              \
        RRI_TEXT_PARAMETERS, "text", "label", "split", "id", "where", "classes",                   \
            RRI_DIVISION_PARAMETERS, RRI_TABLE_PARAMETERS, NULL                                    \
    }

const rri_source_kind rri_source_csv = {
    .kind = "csv",
    .path = "FILE",
    .files = RRI_MOST_PATHS,
    .parameters = TABLE_PARAMETERS,
    .read = read,
};

const rri_source_kind rri_source_tsv = {
    .kind = "tsv",
    .path = "FILE",
    .files = RRI_MOST_PATHS,
    .parameters = TABLE_PARAMETERS,
    .read = read,
};
