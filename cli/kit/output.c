/* SPDX-License-Identifier: MIT */
/* output.c - errors, documents, files of documents. See output.h and cli.h. */
#include "kit/output.h"
#include "io/io.h"

#include "kit/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const size_t dump_flags = JSON_INDENT(1) | JSON_REAL_PRECISION(9);

/* ---- errors --------------------------------------------------------------------------------- */

int cli_exit_code(rr_status st)
{
    switch (st) {
    case RR_OK:
        return CLI_DONE;
    case RR_ERR_ARG:
        return CLI_USAGE;
    case RR_ERR_NOMEM:
    case RR_ERR_IO:
    case RR_ERR_NETWORK:
        return CLI_FAILED;
    case RR_ERR_FORMAT:
    case RR_ERR_SHAPE:
    case RR_ERR_NUMERIC:
    case RR_ERR_MISMATCH:
    case RR_ERR_UNSUPPORTED:
        return CLI_BAD_INPUT;
    case RR_ERR_CANCELLED:
        return CLI_INTERRUPTED;
    }
    return CLI_FAILED;
}

/* A message of the library that begins with the name of a parameter, "step 9: ...", is about the
 * option of that name. */
static const char *dashes(const cli_command *command, const char *message)
{
    const size_t n = strcspn(message, " :");
    const size_t colon = strcspn(message, ":");
    if (message[colon] == '\0' || (message[n] == ' ' && strcspn(message + n + 1, " ") + n < colon))
        return "";
    for (size_t i = 0; i < command->opt_count; i++)
        if (strlen(command->opts[i].name) == n && strncmp(command->opts[i].name, message, n) == 0)
            return "--";
    return "";
}

int cli_finish(const cli_common *common, rr_status st, const rr_error *err)
{
    const char *message = err->msg[0] != '\0' ? err->msg : rr_status_text(st);
    if (st != RR_OK && (st != RR_ERR_CANCELLED || strcmp(message, "cancelled") != 0))
        fprintf(stderr, "%s %s: %s%s\n", cli_the_program.name, common->command->name,
                dashes(common->command, message), message);
    return cli_exit_code(st);
}

/* ---- documents ------------------------------------------------------------------------------ */

cli_doc cli_doc_new(void)
{
    cli_doc doc = { .root = json_object() };
    doc.failed = doc.root == NULL;
    return doc;
}

void cli_doc_free(cli_doc *doc)
{
    json_decref(doc->root);
    doc->root = NULL;
}

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

json_t *cli_json_share(double v)
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
    /* Either no memory or a path that is not UTF-8: say what can be said of it. */
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

void cli_set(cli_doc *doc, json_t *object, const char *key, json_t *value)
{
    json_t *target = object != NULL ? object : doc->root;
    if (json_object_set_new(target, key, value) != 0)
        doc->failed = 1;
}

void cli_append(cli_doc *doc, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        doc->failed = 1;
}

json_t *cli_set_array(cli_doc *doc, json_t *object, const char *key)
{
    json_t *array = json_array();
    cli_set(doc, object, key, array);
    return array;
}

json_t *cli_set_object(cli_doc *doc, json_t *object, const char *key)
{
    json_t *made = json_object();
    cli_set(doc, object, key, made);
    return made;
}

void cli_set_neighbours(cli_doc *doc, json_t *object, const char *key, const rr_neighbour *rows,
                        size_t n)
{
    json_t *array = cli_set_array(doc, object, key);
    for (size_t i = 0; i < n; i++)
        cli_append(doc, array,
                   json_pack("{s:I,s:I,s:I,s:f}", "id", (json_int_t)rows[i].id, "label",
                             (json_int_t)rows[i].label, "prediction",
                             (json_int_t)rows[i].prediction, "score", (double)rows[i].score));
}

rr_status cli_emit(const cli_common *common, cli_doc *doc, rr_error *err)
{
    if (doc->failed)
        return rri_fail(err, RR_ERR_NOMEM, -1, "no memory for the JSON document");
    if (common->capture != NULL) {
        *common->capture = json_incref(doc->root);
        return RR_OK;
    }
    if (!common->json)
        return RR_OK;
    if (json_dumpf(doc->root, stdout, dump_flags) != 0 || putchar('\n') == EOF)
        return rri_fail(err, RR_ERR_IO, -1, "cannot write the JSON document to standard output");
    return RR_OK;
}

rr_status cli_doc_write(const cli_doc *doc, const char *path, rr_error *err)
{
    char *text = doc->failed ? NULL : json_dumps(doc->root, dump_flags);
    if (text == NULL)
        return rri_fail(err, RR_ERR_NOMEM, -1, "no memory for the JSON document");
    const size_t n = strlen(text);
    text[n] = '\n'; /* in place of the NUL: the length is known */
    const rr_status st = rri_file_write(path, text, n + 1, err);
    free(text);
    return st;
}

size_t cli_peak_rss(void)
{
    struct rusage usage;
    memset(&usage, 0, sizeof usage);
    (void)getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_maxrss * 1024; /* Linux counts KiB */
}
