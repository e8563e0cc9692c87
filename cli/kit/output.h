/* SPDX-License-Identifier: MIT */
/* output.h - documents for --json, and tables. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "kit/cli.h"

/* A document being made. Every function steals the value it is given and notes a failed
 * allocation, so that a whole document is built first and checked once, by cli_emit(). */
typedef struct cli_doc {
    json_t *root; /* owned */
    int failed;
} cli_doc;

/* Begin with an empty object; end with cli_doc_free(). */
cli_doc cli_doc_new(void);
void cli_doc_free(cli_doc *doc);

/* Values that may fail to be made; NULL is noted by whoever stores them. */
json_t *cli_json_size(size_t v);
json_t *cli_json_u64(uint64_t v);     /* a text where it does not fit JSON's integers here */
json_t *cli_json_f64(double v);       /* null where v is not finite */
json_t *cli_json_share(double v);     /* null where v is negative: not measured */
json_t *cli_json_text(const char *s); /* null for NULL; bytes that are not UTF-8 become '?' */

/* object[key] = value; doc->root where object is NULL. */
void cli_set(cli_doc *doc, json_t *object, const char *key, json_t *value);
/* Append to an array. */
void cli_append(cli_doc *doc, json_t *array, json_t *value);
/* A new empty array or object, stored under key of object (NULL = root); borrowed. */
json_t *cli_set_array(cli_doc *doc, json_t *object, const char *key);
json_t *cli_set_object(cli_doc *doc, json_t *object, const char *key);

/* Rows of influential training sequences: id, label, prediction, score. */
void cli_set_neighbours(cli_doc *doc, json_t *object, const char *key, const rr_neighbour *rows,
                        size_t n);

/* Hand the document over: to the caller's capture, or with --json to stdout, or nowhere.
 * Errors: NOMEM (it could not be built), IO. */
rr_status cli_emit(const cli_common *common, cli_doc *doc, rr_error *err);

/* Write the document to a file, by a temporary name. */
rr_status cli_doc_write(const cli_doc *doc, const char *path, rr_error *err);

/* The largest resident size of this process so far, in bytes. */
size_t cli_peak_rss(void);

#endif
