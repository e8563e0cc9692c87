/* SPDX-License-Identifier: MIT */
/* csv.h - reads tables with a header as in RFC 4180, in UTF-8, plain or .gz, record by record.
 *
 * A field in quotes may hold commas, line ends and quotes, which are doubled. Lines end with a line
 * feed, with or without a carriage return before it. Empty lines are skipped. */
#ifndef RRI_CSV_H
#define RRI_CSV_H

#include "core/core.h"
#include "io/io.h"

typedef struct rri_csv rri_csv;

/* Open a table and read its header. Errors IO, FORMAT (as below; no header, a repeated column
 * name), NOMEM. */
rr_status rri_csv_open(const char *path, rri_csv **out, rr_error *err);

/* Read the next record; *more is false at the end of the file.
 * Errors IO, FORMAT (quoting, another number of fields than the header, not UTF-8, a NUL, a record
 * of more than 2^28 bytes; file and line are named, err->where is the line), NOMEM. */
rr_status rri_csv_next(rri_csv *c, bool *more, rr_error *err);

/* The line, from 1, on which the last record read begins. */
size_t rri_csv_line(const rri_csv *c);

/* Field i of the last record read, NUL-terminated; valid until the next is read. */
const char *rri_csv_field(const rri_csv *c, size_t i, size_t *bytes);

/* Whether there is a column of that name, and its number. */
bool rri_csv_has(const rri_csv *c, const char *name, size_t *column);

/* The same for a required column. Errors FORMAT (missing; the existing ones are named). */
rr_status rri_csv_column(const rri_csv *c, const char *name, size_t *column, rr_error *err);

void rri_csv_close(rri_csv *c); /* NULL is allowed */

/* Write a field, in quotes where it has to be. */
rr_status rri_csv_put(rri_writer *w, const char *text, rr_error *err);

#endif
