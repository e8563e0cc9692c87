/* SPDX-License-Identifier: MIT */
/* result.c - prints the result of a command: text at once, the list of --tsv, and at the end the
 * JSON document, also to files. */
#include "kit/table.h"

#include "io/io.h"
#include "kit/words.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const size_t dump_flags = JSON_INDENT(1) | JSON_REAL_PRECISION(9);

cli_result cli_result_begin(const cli_common *common, int to_file)
{
    cli_result r = { .common = common, .list = common->command->list, .table = stdout };
    r.text = !common->json && !common->tsv;
    r.csv = common->served && common->tsv;
    if (common->json || to_file)
        cli_result_keep(&r);
    return r;
}

void cli_result_keep(cli_result *r)
{
    if (r->root != NULL)
        return;
    r->root = json_object();
    r->at = r->root;
    r->failed = r->root == NULL;
}

rr_status cli_result_alloc(cli_result *r, void *out, size_t n, size_t size, rr_error *err)
{
    void *memory = NULL;
    rr_status st = RR_OK;

    *(void **)out = NULL;
    RRI_TRY(rri_grow(&r->owned, r->count_owned, r->count_owned + 1, sizeof *r->owned, err));
    RRI_TRY(rri_alloc(&memory, n, 1, size, err));
    r->owned[r->count_owned++] = memory;
    *(void **)out = memory;

done:
    return st;
}

void cli_put(cli_result *r, const char *name, json_t *value)
{
    if (r->root == NULL)
        json_decref(value);
    else if (json_object_set_new(r->at, name, value) != 0)
        r->failed = 1;
}

void cli_put_class(cli_result *r, const char *name, uint32_t label)
{
    if (r->root != NULL && cli_json_class(r->at, name, label, r->names) != 0)
        r->failed = 1;
}

void cli_put_class_names(cli_result *r)
{
    json_t *list = json_array();
    for (size_t c = 0; r->names != NULL && c < rr_dataset_classes(r->names); c++)
        if (json_array_append_new(list, cli_json_text(rr_dataset_class_name(r->names, c))) != 0)
            r->failed = 1;
    cli_put(r, "class_names", list);
}

json_t *cli_enter(cli_result *r, const char *name)
{
    json_t *const back = r->at;
    json_t *object = r->root != NULL ? json_object() : NULL;
    cli_put(r, name, object);
    if (object != NULL)
        r->at = object;
    return back;
}

void cli_leave(cli_result *r, json_t *back)
{
    r->at = back;
}

void cli_put_record(cli_result *r, const char *name, const cli_columns *columns, const void *row)
{
    if (r->root == NULL)
        return;
    json_t *object = cli_json_row(columns, row, r->names);
    if (name != NULL) {
        cli_put(r, name, object);
        return;
    }
    if (object == NULL || json_object_update(r->at, object) != 0)
        r->failed = 1;
    json_decref(object);
}

static const cli_column source_table[] = { { .kind = CLI_COL_SOURCE, .name = "" } };
static const cli_columns source_columns = CLI_COLUMNS(cli_source, source_table);

void cli_put_source(cli_result *r, const cli_source *source)
{
    cli_put_record(r, NULL, &source_columns, source);
}

/* The list of a request is the first of its name. */
static void put_csv(cli_result *r, const char *name, const cli_columns *columns, const void *rows,
                    size_t n)
{
    const char *const list = r->common->list != NULL ? r->common->list : r->list;
    const size_t used = strlen(r->lists);
    if (strstr(r->lists, name) == NULL)
        (void)rri_snprintf(r->lists + used, sizeof r->lists - used, "%s%s", used > 0 ? ", " : "",
                           name);
    if (r->listed || list == NULL || strcmp(list, name) != 0)
        return;
    cli_csv_table(r->table, columns, rows, n, r->names);
    r->listed = 1;
}

void cli_offer_rows(cli_result *r, const char *name, const cli_columns *columns, const void *rows,
                    size_t n)
{
    if (r->csv)
        put_csv(r, name, columns, rows, n);
}

void cli_put_rows(cli_result *r, const char *name, const cli_columns *columns, const void *rows,
                  size_t n)
{
    if (r->csv)
        put_csv(r, name, columns, rows, n);
    else if (r->common->tsv && r->list != NULL && strcmp(r->list, name) == 0)
        cli_tsv_table(r->table, columns, rows, n, r->names);
    if (r->root != NULL)
        cli_put(r, name, cli_json_rows(columns, rows, n, r->names));
}

void cli_print(const cli_result *r, const char *fmt, ...)
{
    va_list ap;
    if (!r->text)
        return;
    va_start(ap, fmt);
    cli_put_text(stdout, fmt, ap);
    va_end(ap);
}

void cli_print_words(const cli_result *r, const cli_words *words)
{
    if (r->text)
        cli_put_words(stdout, words);
}

void cli_print_rows(const cli_result *r, const cli_columns *columns, const void *rows, size_t n,
                    size_t shown, const char *more)
{
    if (!r->text)
        return;
    cli_text_table(stdout, columns, rows, n < shown ? n : shown, 1, r->names);
    if (n > shown)
        printf("... and %zu more%s\n", n - shown, more);
}

void cli_print_more_rows(const cli_result *r, const cli_columns *columns, const void *rows,
                         size_t n)
{
    if (r->text)
        cli_text_table(stdout, columns, rows, n, 0, r->names);
}

rr_status cli_result_dump(const cli_result *r, char **out, size_t *bytes, rr_error *err)
{
    char *text = r->failed ? NULL : json_dumps(r->root, dump_flags);
    const size_t n = text != NULL ? strlen(text) : 0;
    char *more = text != NULL ? realloc(text, n + 2) : NULL;
    if (more == NULL) {
        free(text);
        return rri_fail(err, RR_ERR_NOMEM, -1, "no memory for the JSON document");
    }
    memcpy(more + n, "\n", 2);
    *out = more;
    *bytes = n + 1;
    return RR_OK;
}

rr_status cli_result_write(const cli_result *r, const char *path, rr_error *err)
{
    char *text = NULL;
    size_t n = 0;
    rr_status st = cli_result_dump(r, &text, &n, err);
    if (st == RR_OK)
        st = rri_file_write(path, text, n, err);
    free(text);
    return st;
}

rr_status cli_result_end(const cli_result *r, rr_error *err)
{
    if (r->failed)
        return rri_fail(err, RR_ERR_NOMEM, -1, "no memory for the JSON document");
    if (r->common->json && (json_dumpf(r->root, stdout, dump_flags) != 0 || putchar('\n') == EOF))
        return rri_fail(err, RR_ERR_IO, -1, "cannot write the JSON document to standard output");
    return RR_OK;
}

void cli_result_free(cli_result *r)
{
    for (size_t i = 0; i < r->count_owned; i++)
        rri_free(r->owned[i]);
    rri_free(r->owned);
    json_decref(r->root);
    *r = (cli_result){ .common = NULL };
}
