/* SPDX-License-Identifier: MIT */
/* separated.c - renders rows of structs by their columns as TSV and CSV. */
#include "kit/columns.h"

#include "core/utf8.h"
#include "kit/words.h"

#include <string.h>

/* How cells are kept apart. */
typedef struct separated {
    const char *between, *end;
    cli_put_function put;
} separated;

/* In quotes, a quote is two; what is not UTF-8 becomes '?', as in JSON. */
static void put_quoted(FILE *f, const char *text)
{
    const int clean = rri_is_utf8(text);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', f);
        fputc(clean || (unsigned char)*text < 0x80 ? *text : '?', f);
    }
}

static const separated as_tsv = { "\t", "\n", cli_put_plain };
static const separated as_csv = { ",", "\n", put_quoted };

static void put_value(FILE *f, const separated *as, const cli_column *c, const void *value,
                      const rr_dataset *names)
{
    const cli_words *words = value;
    char cell[CLI_CELL];
    if (c->kind == CLI_COL_LIST) {
        cli_put_items(f, c, value, ",", as->put);
    } else if (c->kind != CLI_COL_WORDS || words->t > 0) {
        as->put(f, cli_value_text(c, c->kind, value, 1, names, cell));
    } else if (words->ds != NULL) {
        for (size_t t = 1; t <= words->s.steps; t++) {
            fputs(t > 1 ? " " : "", f);
            as->put(f, cli_token(words->ds, &words->s, t, cell));
        }
    }
}

static int has_separator(const char *text)
{
    return text[strcspn(text, ",\"\r\n")] != '\0';
}

/* Does a cell of CSV need quotes? */
static int needs_quotes(const cli_column *c, const void *value, const rr_dataset *names)
{
    const cli_words *words = value;
    char cell[CLI_CELL];
    if (c->kind == CLI_COL_LIST)
        return ((const cli_list *)value)->count > 1 || c->item == CLI_COL_TEXT;
    if (c->kind != CLI_COL_WORDS || words->t > 0)
        return has_separator(cli_value_text(c, c->kind, value, 1, names, cell));
    for (size_t t = 1; words->ds != NULL && t <= words->s.steps; t++)
        if (has_separator(cli_token(words->ds, &words->s, t, cell)))
            return 1;
    return 0;
}

static void put_separated(FILE *f, const separated *as, const cli_column *c, const void *value,
                          const rr_dataset *names)
{
    const char *const quote = as == &as_csv && needs_quotes(c, value, names) ? "\"" : "";
    fputs(quote, f);
    put_value(f, as, c, value, names);
    fputs(quote, f);
}

/* The columns of a SOURCE, or their names behind `header`; of no value they are empty. */
static void put_source(FILE *f, const separated *as, const cli_column *c, const cli_source *value,
                       const char *header)
{
    char cell[CLI_CELL];
    for (int k = 0; k < CLI_SOURCE_PARTS; k++) {
        const char *text = value != NULL ? cli_source_part(value, k, cell) : NULL;
        fputs(k > 0 ? as->between : "", f);
        if (header != NULL)
            fprintf(f, "%s%s%s%s", header, *header != '\0' ? "." : "", c->name,
                    cli_source_names[k]);
        if (text == NULL)
            continue;
        const char *const quote = as == &as_csv && has_separator(text) ? "\"" : "";
        fputs(quote, f);
        as->put(f, text);
        fputs(quote, f);
    }
}

/* The cells of a row, or, where `header` is set, the names of its columns behind that; of the row
 * NULL they are empty. A list of rows is given by one of them, `inner`. */
static void put_cells(FILE *f, const separated *as, const cli_columns *columns, const void *row,
                      const void *inner, const char *header, const rr_dataset *names)
{
    const char *between = "";
    for (size_t i = 0; i < columns->count; i++) {
        const cli_column *c = &columns->of[i];
        if (c->name == NULL)
            continue;
        fputs(between, f);
        between = as->between;
        if (c->kind == CLI_COL_LIST && c->columns != NULL)
            put_cells(f, as, c->columns, inner, NULL, header, names);
        else if (c->kind == CLI_COL_RECORD)
            put_cells(f, as, c->columns, row != NULL ? cli_cell_at(c, row) : NULL, NULL,
                      header != NULL && c->dotted ? c->name : header, names);
        else if (c->kind == CLI_COL_SOURCE)
            put_source(f, as, c, row != NULL ? cli_cell_at(c, row) : NULL, header);
        else if (header != NULL)
            fprintf(f, "%s%s%s", header, *header != '\0' ? "." : "", c->name);
        else if (row != NULL)
            put_separated(f, as, c, cli_cell_at(c, row), names);
    }
}

static void put_separated_table(FILE *f, const separated *as, const cli_columns *columns,
                                const void *rows, size_t n, const rr_dataset *names)
{
    const cli_column *spread = NULL;
    for (size_t i = 0; i < columns->count && spread == NULL; i++)
        if (columns->of[i].kind == CLI_COL_LIST && columns->of[i].columns != NULL)
            spread = &columns->of[i];
    put_cells(f, as, columns, NULL, NULL, "", names);
    fputs(as->end, f);
    for (size_t i = 0; i < n; i++) {
        const void *row = cli_row_at(columns, rows, i);
        const cli_list none = { .items = NULL };
        const cli_list *inner = spread != NULL ? cli_cell_at(spread, row) : &none;
        size_t k = 0;
        do {
            const int has = k < inner->count;
            put_cells(f, as, columns, row,
                      has ? cli_row_at(spread->columns, inner->items, k) : NULL, NULL, names);
            fputs(as->end, f);
        } while (++k < inner->count);
    }
}

void cli_tsv_table(FILE *f, const cli_columns *columns, const void *rows, size_t n,
                   const rr_dataset *names)
{
    put_separated_table(f, &as_tsv, columns, rows, n, names);
}

void cli_csv_table(FILE *f, const cli_columns *columns, const void *rows, size_t n,
                   const rr_dataset *names)
{
    put_separated_table(f, &as_csv, columns, rows, n, names);
}
