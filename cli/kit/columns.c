/* SPDX-License-Identifier: MIT */
/* columns.c - the values of a column in text, as the renderers of tables have them. */
#include "kit/columns.h"

#include "kit/words.h"

#include <math.h>
#include <string.h>

const void *cli_cell_at(const cli_column *c, const void *row)
{
    return (const char *)row + c->offset;
}

const void *cli_row_at(const cli_columns *columns, const void *rows, size_t i)
{
    return (const char *)rows + i * columns->size;
}

double cli_real(cli_column_kind kind, const void *value)
{
    const int signed_too = kind == CLI_COL_F32 || kind == CLI_COL_F64;
    double v = 0.0;
    if (kind == CLI_COL_F32 || kind == CLI_COL_CHANCE)
        v = (double)*(const float *)value;
    else
        v = *(const double *)value;
    return isfinite(v) && (signed_too || v >= 0.0) ? v : (double)NAN;
}

const char *cli_class_name(const rr_dataset *names, uint32_t label)
{
    return names != NULL && label < rr_dataset_classes(names) ? rr_dataset_class_name(names, label)
                                                              : NULL;
}

/* ---- one value as text ---------------------------------------------------------------------- */

/* A number with a fraction, -1 digits = all there are. */
static void format_real(char *out, double v, int digits)
{
    if (isnan(v))
        snprintf(out, CLI_CELL, "%s", digits < 0 ? "" : "-");
    else if (digits < 0)
        snprintf(out, CLI_CELL, "%.9g", v);
    else
        snprintf(out, CLI_CELL, "%.*f", digits, v);
}

static void format_whole(char *out, uint64_t v, uint64_t none, const char *absent)
{
    if (v == none)
        snprintf(out, CLI_CELL, "%s", absent);
    else
        snprintf(out, CLI_CELL, "%llu", (unsigned long long)v);
}

const char *cli_one_word(const cli_words *w, char out[CLI_CELL])
{
    out[0] = '\0';
    return w->ds != NULL && w->t > 0 ? cli_token(w->ds, &w->s, w->t, out) : out;
}

const char *cli_value_text(const cli_column *c, cli_column_kind kind, const void *value, int plain,
                           const rr_dataset *names, char out[CLI_CELL])
{
    const char *const absent = plain ? "" : "-";
    const char *text = NULL;
    out[0] = '\0';
    switch (kind) {
    case CLI_COL_SIZE:
        format_whole(out, *(const size_t *)value, SIZE_MAX, absent);
        break;
    case CLI_COL_U16:
        format_whole(out, *(const uint16_t *)value, UINT64_MAX, absent);
        break;
    case CLI_COL_CLASS:
        text = cli_class_name(names, *(const uint32_t *)value);
        if (text == NULL)
            format_whole(out, *(const uint32_t *)value, UINT32_MAX, absent);
        break;
    case CLI_COL_U32:
        format_whole(out, *(const uint32_t *)value, UINT32_MAX, absent);
        break;
    case CLI_COL_U64:
        snprintf(out, CLI_CELL, "%llu", (unsigned long long)*(const uint64_t *)value);
        break;
    case CLI_COL_F64:
    case CLI_COL_F32:
    case CLI_COL_FRACTION:
    case CLI_COL_CHANCE:
        format_real(out, cli_real(kind, value), plain ? -1 : c->digits);
        break;
    case CLI_COL_PERCENT:
        format_real(out, (plain ? 1.0 : 100.0) * cli_real(kind, value), plain ? -1 : c->digits);
        break;
    case CLI_COL_TEXT:
        text = *(const char *const *)value;
        break;
    case CLI_COL_CHARS:
        text = value;
        break;
    case CLI_COL_ENUM:
        text = rr_enum_name(c->choice, *(const unsigned *)value);
        break;
    case CLI_COL_FLAG:
        if (*(const int *)value < 0)
            text = absent;
        else
            text = *(const int *)value ? (plain ? "1" : "yes") : (plain ? "0" : "no");
        break;
    case CLI_COL_WORDS:
        text = cli_one_word(value, out);
        break;
    case CLI_COL_SOURCE:
    case CLI_COL_LIST:
    case CLI_COL_RECORD:
        break;
    }
    return text != NULL ? text : out;
}

/* ---- where a sequence stands ---------------------------------------------------------------- */

const char *const cli_source_names[CLI_SOURCE_PARTS] = { "source_row", "source_file", "source_id" };

/* The name of the file. */
static const char *file_of(const cli_source *s, const rr_origin *o)
{
    return o->name != NULL ? o->name : rr_dataset_origins(s->ds).known ? "made" : NULL;
}

const char *cli_source_part(const cli_source *s, int part, char out[CLI_CELL])
{
    if (s->ds == NULL)
        return NULL;
    const rr_origin o = rr_dataset_origin(s->ds, s->i);
    if (part == CLI_SOURCE_ID)
        return o.id;
    if (part == CLI_SOURCE_FILE)
        return file_of(s, &o);
    snprintf(out, CLI_CELL, "%llu", (unsigned long long)o.row);
    return o.row != RR_NO_ROW ? out : NULL;
}

const char *cli_source_text(const cli_source *s, int part, char out[CLI_CELL])
{
    const char *row = cli_source_part(s, part, out);
    if (s->ds == NULL || part == CLI_SOURCE_ID)
        return row != NULL ? row : "-";
    const rr_origin o = rr_dataset_origin(s->ds, s->i);
    const char *file = file_of(s, &o);
    if (row == NULL)
        return file != NULL ? file : "-";
    if (rr_dataset_origins(s->ds).files > 1)
        snprintf(out, CLI_CELL, "%.40s:%llu", file, (unsigned long long)o.row);
    return out;
}

const char *cli_source_remark(const cli_source *s, char out[CLI_REMARK])
{
    char row[CLI_CELL];
    char id[CLI_CELL];
    out[0] = '\0';
    if (s->ds == NULL || !rr_dataset_origins(s->ds).shifted)
        return out;
    const char *own = cli_source_part(s, CLI_SOURCE_ID, id);
    snprintf(out, CLI_REMARK, " (row %s%s%s)", cli_source_text(s, CLI_SOURCE_ROW, row),
             own != NULL ? ", " : "", own != NULL ? own : "");
    return out;
}

/* ---- lists ---------------------------------------------------------------------------------- */

void cli_put_plain(FILE *f, const char *text)
{
    const char *rest = text;
    while (*rest != '\0') {
        const size_t n = strcspn(rest, "\t\n\r");
        cli_put_part(f, rest, n);
        rest += n;
        if (*rest != '\0') {
            fputc(' ', f);
            rest++;
        }
    }
}

static size_t item_size(cli_column_kind kind)
{
    switch (kind) {
    case CLI_COL_U16:
        return sizeof(uint16_t);
    case CLI_COL_U32:
    case CLI_COL_CLASS:
        return sizeof(uint32_t);
    case CLI_COL_F32:
    case CLI_COL_CHANCE:
        return sizeof(float);
    case CLI_COL_U64:
        return sizeof(uint64_t);
    case CLI_COL_F64:
    case CLI_COL_FRACTION:
    case CLI_COL_PERCENT:
        return sizeof(double);
    case CLI_COL_TEXT:
        return sizeof(const char *);
    case CLI_COL_FLAG:
        return sizeof(int);
    case CLI_COL_ENUM:
        return sizeof(unsigned);
    default:
        return sizeof(size_t);
    }
}

const void *cli_item_at(const cli_column *c, const cli_list *list, size_t i)
{
    return (const char *)list->items + i * (list->stride > 0 ? list->stride : item_size(c->item));
}

void cli_put_items(FILE *f, const cli_column *c, const cli_list *list, const char *between,
                   cli_put_function put)
{
    char cell[CLI_CELL];
    for (size_t i = 0; i < list->count; i++) {
        fputs(i > 0 ? between : "", f);
        put(f, cli_value_text(c, c->item, cli_item_at(c, list, i), 1, NULL, cell));
    }
}
