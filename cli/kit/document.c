/* SPDX-License-Identifier: MIT */
/* document.c - renders values and rows of structs by their columns as JSON. */
#include "kit/columns.h"

#include "kit/words.h"

#include <assert.h>
#include <math.h>
#include <string.h>

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
    char cell[CLI_CELL];
    char *text = NULL;
    if (w->ds == NULL || w->t > 0)
        return cli_json_text(w->ds != NULL ? cli_one_word(w, cell) : NULL);
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
        failed = json_array_append_new(array,
                                       value_json(c, c->item, cli_item_at(c, list, i), names)) != 0;
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
        return cli_json_f64(cli_real(kind, value));
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
    case CLI_COL_SOURCE: /* members of the row: add_source() */
        break;
    }
    return NULL;
}

int cli_json_class(json_t *object, const char *name, uint32_t label, const rr_dataset *names)
{
    char beside[CLI_CELL];
    snprintf(beside, sizeof beside, "%s_name", name);
    return json_object_set_new(object, name, whole(label, UINT32_MAX)) != 0 ||
           json_object_set_new(object, beside, cli_json_text(cli_class_name(names, label))) != 0;
}

/* Add row, a number, and file and id, texts, null where there is none; nothing of data that come
 * from no file. 0: done. */
static int add_source(json_t *object, const cli_column *c, const cli_source *s)
{
    char name[CLI_CELL];
    char cell[CLI_CELL];
    int failed = 0;
    const int known = s->ds != NULL && rr_dataset_origins(s->ds).known;
    for (int k = 0; k < CLI_SOURCE_PARTS && known && !failed; k++) {
        const char *text = cli_source_part(s, k, cell);
        snprintf(name, sizeof name, "%s%s", c->name, cli_source_names[k]);
        json_t *value = k == CLI_SOURCE_ROW && text != NULL
                            ? cli_json_u64(rr_dataset_origin(s->ds, s->i).row)
                            : cli_json_text(text);
        failed = json_object_set_new(object, name, value) != 0;
    }
    return failed;
}

static int add_member(json_t *object, const cli_column *c, const void *value,
                      const rr_dataset *names)
{
    if (c->kind == CLI_COL_SOURCE)
        return add_source(object, c, value);
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
        if (c->name != NULL && add_member(object, c, cli_cell_at(c, row), names) != 0) {
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
        if (json_array_append_new(
                array, cli_json_row(columns, cli_row_at(columns, rows, i), names)) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}
