/* SPDX-License-Identifier: MIT */
/* table.c - renders rows of structs by their columns: text, TSV and JSON. */
#include "kit/table.h"

#include "core/utf8.h"
#include "kit/words.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { MOST_COLUMNS = 32, CELL = 64, WIDEST_CLASS = 24 };

static const void *at(const cli_column *c, const void *row)
{
    return (const char *)row + c->offset;
}

static const void *row_at(const cli_columns *columns, const void *rows, size_t i)
{
    return (const char *)rows + i * columns->size;
}

/* A number with a fraction; NAN where there is none. */
static double real(cli_column_kind kind, const void *value)
{
    const int signed_too = kind == CLI_COL_F32 || kind == CLI_COL_F64;
    double v = 0.0;
    if (kind == CLI_COL_F32 || kind == CLI_COL_CHANCE)
        v = (double)*(const float *)value;
    else
        v = *(const double *)value;
    return isfinite(v) && (signed_too || v >= 0.0) ? v : (double)NAN;
}

static const char *class_name(const rr_dataset *names, uint32_t label)
{
    return names != NULL && label < rr_dataset_classes(names) ? rr_dataset_class_name(names, label)
                                                              : NULL;
}

/* ---- one value as text ---------------------------------------------------------------------- */

/* A number with a fraction, -1 digits = all there are. */
static void format_real(char *out, double v, int digits)
{
    if (isnan(v))
        snprintf(out, CELL, "%s", digits < 0 ? "" : "-");
    else if (digits < 0)
        snprintf(out, CELL, "%.9g", v);
    else
        snprintf(out, CELL, "%.*f", digits, v);
}

static void format_whole(char *out, uint64_t v, uint64_t none, const char *absent)
{
    if (v == none)
        snprintf(out, CELL, "%s", absent);
    else
        snprintf(out, CELL, "%llu", (unsigned long long)v);
}

/* The word of one step; "" where there is none, or all words are meant. */
static const char *one_word(const cli_words *w, char out[CELL])
{
    out[0] = '\0';
    return w->ds != NULL && w->t > 0 ? cli_token(w->ds, &w->s, w->t, out) : out;
}

/* The text of a value, in `out` or borrowed. plain: for TSV, in full precision. */
static const char *value_text(const cli_column *c, cli_column_kind kind, const void *value,
                              int plain, const rr_dataset *names, char out[CELL])
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
        text = class_name(names, *(const uint32_t *)value);
        if (text == NULL)
            format_whole(out, *(const uint32_t *)value, UINT32_MAX, absent);
        break;
    case CLI_COL_U32:
        format_whole(out, *(const uint32_t *)value, UINT32_MAX, absent);
        break;
    case CLI_COL_U64:
        snprintf(out, CELL, "%llu", (unsigned long long)*(const uint64_t *)value);
        break;
    case CLI_COL_F64:
    case CLI_COL_F32:
    case CLI_COL_FRACTION:
    case CLI_COL_CHANCE:
        format_real(out, real(kind, value), plain ? -1 : c->digits);
        break;
    case CLI_COL_PERCENT:
        format_real(out, (plain ? 1.0 : 100.0) * real(kind, value), plain ? -1 : c->digits);
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
        text = one_word(value, out);
        break;
    case CLI_COL_LIST:
    case CLI_COL_RECORD:
        break;
    }
    return text != NULL ? text : out;
}

/* ---- lists ---------------------------------------------------------------------------------- */

/* What would end a cell is a blank. */
static void put_plain(FILE *f, const char *text)
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

static const void *item_at(const cli_column *c, const cli_list *list, size_t i)
{
    return (const char *)list->items + i * (list->stride > 0 ? list->stride : item_size(c->item));
}

static void put_items(FILE *f, const cli_column *c, const cli_list *list, const char *between)
{
    char cell[CELL];
    for (size_t i = 0; i < list->count; i++) {
        fputs(i > 0 ? between : "", f);
        put_plain(f, value_text(c, c->item, item_at(c, list, i), 1, NULL, cell));
    }
}

/* ---- the text table ------------------------------------------------------------------------- */

/* The columns of the text table in their order; returns how many. */
static size_t text_columns(const cli_columns *columns, const cli_column **out)
{
    size_t n = 0;
    for (size_t i = 0; i < columns->count && n < MOST_COLUMNS; i++) {
        const cli_column *c = &columns->of[i];
        if (c->heading == NULL)
            continue;
        size_t k = n++;
        for (; k > 0 && out[k - 1]->order > c->order; k--)
            out[k] = out[k - 1];
        out[k] = c;
    }
    return n;
}

/* The width of a column; that of one to be fitted and that of classes, which data name, by its
 * cells. */
static int fitted_width(const cli_column *c, const cli_columns *columns, const void *rows, size_t n,
                        const rr_dataset *names)
{
    const int fixed = c->width < 0 ? -c->width : c->width;
    const int limit = c->fit > 0 ? c->fit : c->kind == CLI_COL_CLASS ? WIDEST_CLASS : 0;
    int most = c->fit > 0 ? (int)cli_word_width(c->heading) : fixed;
    char cell[CELL];
    for (size_t i = 0; limit > 0 && i < n; i++) {
        const char *text = value_text(c, c->kind, at(c, row_at(columns, rows, i)), 0, names, cell);
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
        const char *name = class_name(names, (uint32_t)best);
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
        put_items(f, c, list, " ");
}

static int is_long(const cli_column *c, const void *value)
{
    return c->kind == CLI_COL_LIST ||
           (c->kind == CLI_COL_WORDS && ((const cli_words *)value)->t == 0);
}

void cli_text_table(FILE *f, const cli_columns *columns, const void *rows, size_t n, int heading,
                    const rr_dataset *names)
{
    const cli_column *order[MOST_COLUMNS];
    int width[MOST_COLUMNS];
    char cell[CELL];
    const size_t count = text_columns(columns, order);
    for (size_t k = 0; k < count; k++)
        width[k] = fitted_width(order[k], columns, rows, n, names);
    for (size_t i = 0; i < n + (heading != 0); i++) {
        size_t blanks = 0;
        for (size_t k = 0; k < count; k++) {
            const cli_column *c = order[k];
            const void *value = NULL;
            if (!heading || i > 0)
                value = at(c, row_at(columns, rows, i - (heading != 0)));
            if (value != NULL && is_long(c, value))
                put_long(f, c, value, &blanks, names);
            else
                put_cell(f,
                         value != NULL ? value_text(c, c->kind, value, 0, names, cell) : c->heading,
                         width[k], &blanks);
        }
        fputc('\n', f);
    }
}

/* ---- TSV and CSV ---------------------------------------------------------------------------- */

/* How cells are kept apart. */
typedef struct separated {
    const char *between, *end;
    void (*put)(FILE *f, const char *text); /* a piece of a cell */
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

static const separated as_tsv = { "\t", "\n", put_plain };
static const separated as_csv = { ",", "\n", put_quoted };

static void put_value(FILE *f, const separated *as, const cli_column *c, const void *value,
                      const rr_dataset *names)
{
    const cli_words *words = value;
    char cell[CELL];
    if (c->kind == CLI_COL_LIST) {
        put_items(f, c, value, ",");
    } else if (c->kind != CLI_COL_WORDS || words->t > 0) {
        as->put(f, value_text(c, c->kind, value, 1, names, cell));
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
    char cell[CELL];
    if (c->kind == CLI_COL_LIST)
        return ((const cli_list *)value)->count > 1;
    if (c->kind != CLI_COL_WORDS || words->t > 0)
        return has_separator(value_text(c, c->kind, value, 1, names, cell));
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
            put_cells(f, as, c->columns, row != NULL ? at(c, row) : NULL, NULL,
                      header != NULL && c->dotted ? c->name : header, names);
        else if (header != NULL)
            fprintf(f, "%s%s%s", header, *header != '\0' ? "." : "", c->name);
        else if (row != NULL)
            put_separated(f, as, c, at(c, row), names);
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
        const void *row = row_at(columns, rows, i);
        const cli_list none = { .items = NULL };
        const cli_list *inner = spread != NULL ? at(spread, row) : &none;
        size_t k = 0;
        do {
            const int has = k < inner->count;
            put_cells(f, as, columns, row, has ? row_at(spread->columns, inner->items, k) : NULL,
                      NULL, names);
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

/* ---- JSON ----------------------------------------------------------------------------------- */

json_t *cli_json_size(size_t v)
{
    return json_integer((json_int_t)v);
}

json_t *cli_json_u64(uint64_t v)
{
    char digits[24];
    if (v <= INT64_MAX)
        return json_integer((json_int_t)v);
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)v);
    return json_string(digits);
}

json_t *cli_json_f64(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

json_t *cli_json_fraction(double v)
{
    return v >= 0.0 ? cli_json_f64(v) : json_null();
}

json_t *cli_json_text(const char *s)
{
    if (s == NULL)
        return json_null();
    json_t *text = json_string(s);
    if (text != NULL)
        return text;
    /* Either no memory or a path that is not UTF-8: keep what can be kept of it. */
    char *copy = NULL;
    if (rri_strdup(s, &copy, NULL) != RR_OK)
        return NULL;
    for (char *c = copy; *c != '\0'; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    text = json_string(copy);
    rri_free(copy);
    return text;
}

static json_t *whole(uint64_t v, uint64_t none)
{
    return v == none ? json_null() : json_integer((json_int_t)v);
}

static json_t *value_json(const cli_column *c, cli_column_kind kind, const void *value,
                          const rr_dataset *names);

json_t *cli_json_words(const cli_words *w)
{
    char cell[CELL];
    char *text = NULL;
    if (w->ds == NULL || w->t > 0)
        return cli_json_text(w->ds != NULL ? one_word(w, cell) : NULL);
    if (cli_sentence_text(w->ds, &w->s, &text, NULL) != RR_OK)
        return NULL;
    json_t *value = cli_json_text(text);
    rri_free(text);
    return value;
}

static json_t *list_json(const cli_column *c, const cli_list *list, const rr_dataset *names)
{
    if (c->columns != NULL)
        return cli_json_rows(c->columns, list->items, list->count, names);
    json_t *array = json_array();
    int failed = array == NULL;
    for (size_t i = 0; i < list->count && !failed; i++)
        failed =
            json_array_append_new(array, value_json(c, c->item, item_at(c, list, i), names)) != 0;
    if (failed) {
        json_decref(array);
        return NULL;
    }
    return array;
}

static json_t *value_json(const cli_column *c, cli_column_kind kind, const void *value,
                          const rr_dataset *names)
{
    switch (kind) {
    case CLI_COL_SIZE:
        return whole(*(const size_t *)value, SIZE_MAX);
    case CLI_COL_U16:
        return whole(*(const uint16_t *)value, UINT64_MAX);
    case CLI_COL_U32:
    case CLI_COL_CLASS:
        return whole(*(const uint32_t *)value, UINT32_MAX);
    case CLI_COL_U64:
        return cli_json_u64(*(const uint64_t *)value);
    case CLI_COL_F64:
    case CLI_COL_F32:
    case CLI_COL_FRACTION:
    case CLI_COL_CHANCE:
    case CLI_COL_PERCENT:
        return cli_json_f64(real(kind, value));
    case CLI_COL_WORDS:
        return cli_json_words(value);
    case CLI_COL_TEXT:
        return cli_json_text(*(const char *const *)value);
    case CLI_COL_CHARS:
        return *(const char *)value != '\0' ? cli_json_text(value) : json_null();
    case CLI_COL_ENUM:
        return cli_json_text(rr_enum_name(c->choice, *(const unsigned *)value));
    case CLI_COL_FLAG:
        return *(const int *)value < 0 ? json_null() : json_boolean(*(const int *)value);
    case CLI_COL_LIST:
        return list_json(c, value, names);
    case CLI_COL_RECORD:
        return cli_json_row(c->columns, value, names);
    }
    return NULL;
}

void cli_put_words(FILE *f, const cli_words *words)
{
    const cli_column column = { .kind = CLI_COL_WORDS };
    char cell[CELL];
    size_t blanks = 0;
    if (words->t > 0)
        cli_put_word(f, one_word(words, cell), 0);
    else
        put_long(f, &column, words, &blanks, NULL);
}

int cli_json_class(json_t *object, const char *name, uint32_t label, const rr_dataset *names)
{
    char beside[CELL];
    snprintf(beside, sizeof beside, "%s_name", name);
    return json_object_set_new(object, name, whole(label, UINT32_MAX)) != 0 ||
           json_object_set_new(object, beside, cli_json_text(class_name(names, label))) != 0;
}

static int add_member(json_t *object, const cli_column *c, const void *value,
                      const rr_dataset *names)
{
    if (c->kind == CLI_COL_CLASS)
        return cli_json_class(object, c->name, *(const uint32_t *)value, names);
    return json_object_set_new(object, c->name, value_json(c, c->kind, value, names));
}

json_t *cli_json_row(const cli_columns *columns, const void *row, const rr_dataset *names)
{
    json_t *object = json_object();
    assert(columns != NULL);
    for (size_t i = 0; i < columns->count; i++) {
        const cli_column *c = &columns->of[i];
        if (c->name != NULL && add_member(object, c, at(c, row), names) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

json_t *cli_json_rows(const cli_columns *columns, const void *rows, size_t n,
                      const rr_dataset *names)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(array, cli_json_row(columns, row_at(columns, rows, i), names)) !=
            0) {
            json_decref(array);
            return NULL;
        }
    return array;
}
