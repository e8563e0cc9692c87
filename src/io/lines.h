/* SPDX-License-Identifier: MIT */
/* lines.h - reads a text file line by line, in any encoding, plain or .gz. */
#ifndef RRI_LINES_H
#define RRI_LINES_H

#include "core/core.h"

/* For messages of a file whose lines end as those of Macs before 2001. */
#define RRI_RETURNS_ADVICE "if its lines end so, convert it: tr '\\r' '\\n'"

typedef struct rri_lines rri_lines;

/* `encoding`, NULL for UTF-8, and errors as rri_decoder_open(). */
rr_status rri_lines_open(const char *path, const char *encoding, rri_lines **out, rr_error *err);

/* The next line without its end, which is a line feed, or a carriage return and a line feed, or the
 * end of the file; *line is NULL after the last. It is NUL-terminated and writable; it is valid
 * until the next call. Errors IO, FORMAT (gzip; bytes that are no character of a given encoding;
 * more than 2^28 bytes, or a NUL, in a line; carriage returns in a file without a line feed),
 * NOMEM. */
rr_status rri_lines_next(rri_lines *l, char **line, size_t *bytes, rr_error *err);

/* The first character from the next line on that is no white space, which is not consumed; NUL
 * where there is none. Errors as rri_lines_next(). */
rr_status rri_lines_peek(rri_lines *l, char *out, rr_error *err);

/* That of a file: what opens it, to tell JSON from CSV. Errors as rri_lines_open(). */
rr_status rri_lines_first(const char *path, char *out, rr_error *err);

/* The next bytes, as many as are at hand, wherever lines end; *piece is NULL at the end of the
 * file. Lines are not counted. Errors as rri_lines_next(). */
rr_status rri_lines_piece(rri_lines *l, const char **piece, size_t *bytes, rr_error *err);

/* The number, from 1, of the last line read. */
size_t rri_lines_number(const rri_lines *l);

/* Whether the last line read ends with the file, not with a line feed. */
bool rri_lines_open_ended(const rri_lines *l);

/* SHA-256 of all bytes on disk; only closing may follow. Errors IO, NOMEM. */
rr_status rri_lines_hash(rri_lines *l, char out[65], rr_error *err);

void rri_lines_close(rri_lines *l); /* NULL is allowed */

/* FORMAT, naming file, line and byte, where a text that begins in the line is not UTF-8. With
 * `advise`, which is for files whose encoding a user can give, the message says so. */
rr_status rri_check_utf8(const char *path, size_t line, const char *text, size_t bytes, bool advise,
                         rr_error *err);

/* Whether a text is UTF-8 and holds more than ASCII: text in latin-1 is hardly ever both. */
bool rri_is_utf8_beyond_ascii(const char *text, size_t bytes);

#endif
