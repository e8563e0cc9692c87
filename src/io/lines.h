/* SPDX-License-Identifier: MIT */
/* lines.h - reads a text file line by line, plain or .gz. */
#ifndef RRI_LINES_H
#define RRI_LINES_H

#include "core/core.h"

typedef struct rri_lines rri_lines;

/* Errors IO, FORMAT (a .gz name on what is not gzip), NOMEM. */
rr_status rri_lines_open(const char *path, rri_lines **out, rr_error *err);

/* The next line without its end, which is a line feed, or a carriage return and a line feed, or the
 * end of the file; *line is NULL after the last. It is NUL-terminated and writable; it is valid
 * until the next call. A byte-order mark before the first line is skipped. Errors IO, FORMAT (gzip;
 * more than 2^28 bytes, or a NUL, in a line), NOMEM. */
rr_status rri_lines_next(rri_lines *l, char **line, size_t *bytes, rr_error *err);

/* The number, from 1, of the last line read. */
size_t rri_lines_number(const rri_lines *l);

/* SHA-256 of all bytes on disk; only closing may follow. Errors IO, NOMEM. */
rr_status rri_lines_hash(rri_lines *l, char out[65], rr_error *err);

void rri_lines_close(rri_lines *l); /* NULL is allowed */

/* FORMAT, naming file, line and byte, where a text that begins in the line is not UTF-8. */
rr_status rri_check_utf8(const char *path, size_t line, const char *text, size_t bytes,
                         rr_error *err);

#endif
