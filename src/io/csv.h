/* SPDX-License-Identifier: MIT */
/* csv.h - reads tables as in RFC 4180, in any encoding, plain or .gz, record by record.
 *
 * Fields are separated by commas, tabs, semicolons or bars. A field in quotes may hold separators,
 * line ends and quotes, which are doubled. Lines end with a line feed, with or without a carriage
 * return before it. Empty lines are skipped. */
#ifndef RRI_CSV_H
#define RRI_CSV_H

#include "core/core.h"
#include "io/io.h"

typedef struct rri_csv rri_csv;

/* How a table is written. All zero: UTF-8, a header, the separator is found. */
typedef struct rri_csv_options {
    const char *encoding;  /* as for rri_decoder_open() */
    const char *separator; /* one of , ; | or a tab, or its name: comma, tab, semicolon, pipe. NULL:
                              the one that occurs most often in the first line, outside quotes */
    bool headerless;       /* the first record is like the others; columns are named 1, 2, ... */
    bool unquoted;         /* a quote is a character like any other */
} rri_csv_options;

/* Open a table and read its header. options may be NULL: all zero, for a file for which a user can
 * give none of them; messages advise to accordingly. Errors ARG (encoding, separator), IO, FORMAT
 * (as rri_decoder_open(), and as below; no header), NOMEM. */
rr_status rri_csv_open(const char *path, const rri_csv_options *options, rri_csv **out,
                       rr_error *err);

/* Read the next record; *more is false at the end of the file.
 * Errors IO, FORMAT (quoting, another number of fields than the header, not UTF-8, a NUL, a record
 * of more than 2^28 bytes; file and line are named, err->where is the line), NOMEM. */
rr_status rri_csv_next(rri_csv *c, bool *more, rr_error *err);

/* The line, from 1, on which the last record read begins. */
size_t rri_csv_line(const rri_csv *c);

/* The number of fields of every record. */
size_t rri_csv_columns(const rri_csv *c);

/* Field i of the last record read, NUL-terminated; valid until the next is read. */
const char *rri_csv_field(const rri_csv *c, size_t i, size_t *bytes);

/* Whether there is a column of that name, else one of it with blanks around it, and its number,
 * from 0. Errors FORMAT (two columns have
 * it; both are named). */
rr_status rri_csv_find(const rri_csv *c, const char *name, bool *has, size_t *column,
                       rr_error *err);

/* The same for a required column. Errors FORMAT (also where it is missing; the existing ones are
 * named). */
rr_status rri_csv_column(const rri_csv *c, const char *name, size_t *column, rr_error *err);

void rri_csv_close(rri_csv *c); /* NULL is allowed */

/* Write a field, in quotes where it has to be. */
rr_status rri_csv_put(rri_writer *w, const char *text, rr_error *err);

#endif
