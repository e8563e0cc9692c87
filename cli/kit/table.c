/* SPDX-License-Identifier: MIT */
/* table.c - renders rows of structs by their columns as text. */
#include "kit/table.h"

#include "kit/columns.h"
#include "kit/words.h"

enum { MOST_COLUMNS = 32, WIDEST_CLASS = 24, WIDEST_SOURCE = 40 };

/* A column of a text table; of SOURCE one of its two. */
typedef struct text_column {
    const cli_column *of;
    int part;
    int width;
} text_column;

/* Does a SOURCE say more than the number of the sequence, in one of the rows? Whether ids do. */
static int says_more(const cli_column *c, const cli_columns *columns, const void *rows, size_t n,
                     int *ids)
{
    int more = 0;
    *ids = 0;
    for (size_t i = 0; i < n; i++) {
        const cli_source *s = cli_cell_at(c, cli_row_at(columns, rows, i));
        if (s->ds == NULL)
            continue;
        more |= rr_dataset_origins(s->ds).shifted != 0;
        *ids |= rr_dataset_origins(s->ds).ids != 0;
    }
    return more;
}

static size_t put_in_order(text_column *out, size_t n, text_column c)
{
    size_t k = n;
    for (; k > 0 && out[k - 1].of->order > c.of->order; k--)
        out[k] = out[k - 1];
    out[k] = c;
    return n + 1;
}

/* The columns of the text table in their order; returns how many. */
static size_t text_columns(const cli_columns *columns, const void *rows, size_t rows_count,
                           text_column *out)
{
    size_t n = 0;
    for (size_t i = 0; i < columns->count && n + 1 < MOST_COLUMNS; i++) {
        const cli_column *c = &columns->of[i];
        int ids = 0;
        if (c->heading == NULL ||
            (c->kind == CLI_COL_SOURCE && !says_more(c, columns, rows, rows_count, &ids)))
            continue;
        n = put_in_order(out, n, (text_column){ .of = c, .part = CLI_SOURCE_ROW });
        if (ids)
            n = put_in_order(out, n, (text_column){ .of = c, .part = CLI_SOURCE_ID });
    }
    return n;
}

/* The heading of a column. */
static const char *heading_of(const text_column *c)
{
    return c->part == CLI_SOURCE_ID ? cli_source_names[CLI_SOURCE_ID] : c->of->heading;
}

/* The text of a cell. */
static const char *text_of(const text_column *c, const void *value, const rr_dataset *names,
                           char cell[CLI_CELL])
{
    return c->of->kind == CLI_COL_SOURCE
               ? cli_source_text(value, c->part, cell)
               : cli_value_text(c->of, c->of->kind, value, 0, names, cell);
}

/* The width of a column; that of one to be fitted and that of classes, which data name, by its
 * cells. */
static int fitted_width(const text_column *column, const cli_columns *columns, const void *rows,
                        size_t n, const rr_dataset *names)
{
    const cli_column *c = column->of;
    const int source = c->kind == CLI_COL_SOURCE;
    const int fixed = c->width < 0 ? -c->width : c->width;
    const int limit = c->fit > 0                 ? c->fit
                      : c->kind == CLI_COL_CLASS ? WIDEST_CLASS
                      : source                   ? WIDEST_SOURCE
                                                 : 0;
    int most = c->fit > 0 || source ? (int)cli_word_width(heading_of(column)) : fixed;
    char cell[CLI_CELL];
    for (size_t i = 0; limit > 0 && i < n; i++) {
        const char *text =
            text_of(column, cli_cell_at(c, cli_row_at(columns, rows, i)), names, cell);
        const int width = (int)rri_min(cli_word_width(text), (size_t)limit);
        most = width > most ? width : most;
    }
    return c->fit > 0 || c->width < 0 ? -most : most;
}

/* One cell. Blanks before it are held back until something follows, so that no line ends in them.
 */
static void put_cell(FILE *f, const char *text, int width, size_t *blanks)
{
    const size_t taken = cli_word_width(text);
    const size_t field = (size_t)(width < 0 ? -width : width);
    const size_t rest = taken < field ? field - taken : 0;
    if (width > 0)
        *blanks += rest;
    if (*text != '\0') {
        fprintf(f, "%*s", (int)*blanks, "");
        cli_put_word(f, text, 0);
        *blanks = 0;
    }
    if (width < 0)
        *blanks += rest;
    *blanks += 2;
}

/* The largest numbers, one a class, with the classes; ties by lower class. */
static void put_largest(FILE *f, const cli_list *list, int most, const rr_dataset *names)
{
    const float *v = list->items;
    size_t last = list->count;
    for (int k = 0; k < most && (size_t)k < list->count; k++) {
        size_t best = list->count;
        for (size_t i = 0; i < list->count; i++) {
            const int later =
                last == list->count || v[i] < v[last] || (v[i] == v[last] && i > last);
            if (later && (best == list->count || v[i] > v[best]))
                best = i;
        }
        if (best == list->count) /* what is left is not a number */
            return;
        const char *name = cli_class_name(names, (uint32_t)best);
        fputs(k > 0 ? " " : "", f);
        if (name != NULL)
            cli_put_word(f, name, 0);
        else
            fprintf(f, "%zu", best);
        fprintf(f, ":%.2f", (double)v[best]);
        last = best;
    }
}

/* A cell of any length, which the last column of a table is. */
static void put_long(FILE *f, const cli_column *c, const void *value, size_t *blanks,
                     const rr_dataset *names)
{
    const cli_words *words = value;
    const cli_list *list = value;
    if (c->kind == CLI_COL_WORDS ? words->ds == NULL : list->count == 0)
        return;
    fprintf(f, "%*s", (int)*blanks, "");
    *blanks = 2;
    if (c->kind == CLI_COL_WORDS && words->columns > 0)
        cli_put_glimpse(f, words->ds, &words->s, words->columns);
    else if (c->kind == CLI_COL_WORDS)
        cli_put_sentence(f, words->ds, &words->s, words->marked);
    else if (c->largest > 0)
        put_largest(f, list, c->largest, names);
    else
        cli_put_items(f, c, list, " ", cli_put_plain);
}

static int is_long(const cli_column *c, const void *value)
{
    return c->kind == CLI_COL_LIST ||
           (c->kind == CLI_COL_WORDS && ((const cli_words *)value)->t == 0);
}

void cli_text_table(FILE *f, const cli_columns *columns, const void *rows, size_t n, int heading,
                    const rr_dataset *names)
{
    text_column order[MOST_COLUMNS];
    char cell[CLI_CELL];
    const size_t count = text_columns(columns, rows, n, order);
    for (size_t k = 0; k < count; k++)
        order[k].width = fitted_width(&order[k], columns, rows, n, names);
    for (size_t i = 0; i < n + (heading != 0); i++) {
        size_t blanks = 0;
        for (size_t k = 0; k < count; k++) {
            const cli_column *c = order[k].of;
            const void *value = NULL;
            if (!heading || i > 0)
                value = cli_cell_at(c, cli_row_at(columns, rows, i - (heading != 0)));
            if (value != NULL && is_long(c, value))
                put_long(f, c, value, &blanks, names);
            else
                put_cell(f,
                         value != NULL ? text_of(&order[k], value, names, cell)
                                       : heading_of(&order[k]),
                         order[k].width, &blanks);
        }
        fputc('\n', f);
    }
}

void cli_put_words(FILE *f, const cli_words *words)
{
    const cli_column column = { .kind = CLI_COL_WORDS };
    char cell[CLI_CELL];
    size_t blanks = 0;
    if (words->t > 0)
        cli_put_word(f, cli_one_word(words, cell), 0);
    else
        put_long(f, &column, words, &blanks, NULL);
}
