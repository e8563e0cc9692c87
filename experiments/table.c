/* SPDX-License-Identifier: MIT */
/* table.c - prints and saves a table of figures, as text and as TSV. */
#include "experiments/table.h"

#include "core/utf8.h"
#include "io/io.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A text, or a number where text is NULL. */
typedef struct cell {
    char *text;
    double number;
} cell;

struct experiment_table {
    const experiment_column *columns;
    size_t width; /* columns */
    cell *cells;  /* row after row */
    size_t n, room;
    int failed;
};

enum { GAP = 2 }; /* blanks between columns */

rr_status experiment_table_new(const experiment_column *columns, size_t n, experiment_table **out,
                               rr_error *err)
{
    *out = NULL;
    if (n == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "a table needs a column");
    const rr_status st = rri_alloc(out, 1, 1, sizeof **out, err);
    if (st == RR_OK) {
        (*out)->columns = columns;
        (*out)->width = n;
    }
    return st;
}

void experiment_table_free(experiment_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->n; i++)
        free(table->cells[i].text);
    free(table->cells);
    rri_free(table);
}

/* A new cell at the end, NULL where there is no memory. */
static cell *next_cell(experiment_table *t)
{
    if (t->n == t->room) {
        const size_t room = 2 * t->room + 64;
        cell *const cells = realloc(t->cells, room * sizeof *cells);
        if (cells == NULL) {
            t->failed = 1;
            return NULL;
        }
        t->cells = cells;
        t->room = room;
    }
    cell *const c = &t->cells[t->n++];
    *c = (cell){ .text = NULL };
    return c;
}

void experiment_table_text(experiment_table *table, const char *text)
{
    cell *const c = next_cell(table);
    const size_t n = strlen(text) + 1;
    if (c == NULL)
        return;
    c->text = malloc(n);
    if (c->text == NULL)
        table->failed = 1;
    else
        memcpy(c->text, text, n);
}

void experiment_table_number(experiment_table *table, double value)
{
    cell *const c = next_cell(table);
    if (c != NULL)
        c->number = value;
}

static rr_status check(const experiment_table *t, rr_error *err)
{
    if (t->failed)
        return rri_fail(err, RR_ERR_NOMEM, -1, "no memory for a table");
    if (t->n % t->width != 0)
        return rri_fail(err, RR_ERR_SHAPE, -1, "a table of %zu columns has %zu cells", t->width,
                        t->n);
    return RR_OK;
}

/* ---- on the terminal ------------------------------------------------------------------------ */

/* Characters of a text; a byte that is none counts as one. */
static size_t characters(const char *s)
{
    size_t n = 0;
    while (*s != '\0') {
        uint32_t code = 0;
        const size_t bytes = rri_utf8_read(s, strlen(s), &code);
        s += bytes > 0 ? bytes : 1;
        n++;
    }
    return n;
}

/* The text of a cell; numbers are written into `room`. */
static const char *shown(const experiment_table *t, size_t i, char *room, size_t size)
{
    const cell *const c = &t->cells[i];
    if (c->text != NULL)
        return c->text;
    if (!isfinite(c->number))
        return "-";
    (void)snprintf(room, size, "%.*f", t->columns[i % t->width].digits, c->number);
    return room;
}

static size_t column_width(const experiment_table *t, size_t column)
{
    char room[400]; /* the largest double has 309 digits before the point */
    size_t width = characters(t->columns[column].heading);
    for (size_t i = column; i < t->n; i += t->width) {
        const size_t n = characters(shown(t, i, room, sizeof room));
        width = n > width ? n : width;
    }
    return width;
}

/* A column of texts is set to the left; one without a row is one of numbers. */
static int is_text(const experiment_table *t, size_t column)
{
    return column < t->n && t->cells[column].text != NULL;
}

/* One line: the headings, or the row that begins with cell `first`. */
static void print_line(FILE *out, const experiment_table *t, const size_t *widths,
                       const size_t *first)
{
    char room[400];
    size_t blanks = 0;
    for (size_t c = 0; c < t->width; c++) {
        if (t->columns[c].heading == NULL)
            continue;
        const char *const text =
            first == NULL ? t->columns[c].heading : shown(t, *first + c, room, sizeof room);
        const size_t pad = widths[c] - characters(text);
        const size_t before = is_text(t, c) ? 0 : pad;
        fprintf(out, "%*s%s", (int)(blanks + before), "", text);
        blanks = GAP + pad - before; /* not written at the end of a line */
    }
    fputc('\n', out);
}

rr_status experiment_table_print(const experiment_table *table, FILE *file, rr_error *err)
{
    size_t *widths = NULL;
    rr_status st = RR_OK;

    RRI_TRY(check(table, err));
    RRI_TRY(rri_alloc(&widths, table->width, 1, sizeof *widths, err));
    for (size_t c = 0; c < table->width; c++)
        widths[c] = table->columns[c].heading != NULL ? column_width(table, c) : 0;
    print_line(file, table, widths, NULL);
    for (size_t i = 0; i < table->n; i += table->width)
        print_line(file, table, widths, &i);
    if (ferror(file))
        st = rri_fail(err, RR_ERR_IO, -1, "a table could not be written whole");

done:
    rri_free(widths);
    return st;
}

/* ---- tab separated values ------------------------------------------------------------------- */

static void put_escaped(FILE *out, const char *s)
{
    static const char special[] = "\t\n\r\\", letters[] = "tnr\\";
    for (; *s != '\0'; s++) {
        const char *const at = strchr(special, *s);
        if (at != NULL)
            fputc('\\', out);
        fputc(at != NULL ? letters[at - special] : *s, out);
    }
}

static void put_cell(FILE *out, const cell *c)
{
    if (c->text != NULL)
        put_escaped(out, c->text);
    else if (isfinite(c->number))
        fprintf(out, "%.17g", c->number);
}

rr_status experiment_table_save(const experiment_table *table, const char *path, rr_error *err)
{
    char *text = NULL;
    size_t n = 0;
    rr_status st = check(table, err);

    if (st != RR_OK)
        return st;
    FILE *const out = open_memstream(&text, &n);
    for (size_t c = 0; out != NULL && c < table->width; c++) {
        put_escaped(out, table->columns[c].name);
        fputc(c + 1 < table->width ? '\t' : '\n', out);
    }
    for (size_t i = 0; out != NULL && i < table->n; i++) {
        put_cell(out, &table->cells[i]);
        fputc((i + 1) % table->width != 0 ? '\t' : '\n', out);
    }
    if (out == NULL || fclose(out) != 0)
        st = rri_fail(err, RR_ERR_NOMEM, -1, "no memory for a table");
    else
        st = rri_file_write(path, text, n, err);
    free(text);
    return st;
}
