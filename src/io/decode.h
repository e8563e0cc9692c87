/* SPDX-License-Identifier: MIT */
/* decode.h - reads a text file as UTF-8, whatever encoding it has, plain or .gz. */
#ifndef RRI_DECODE_H
#define RRI_DECODE_H

#include "core/core.h"

typedef struct rri_decoder rri_decoder;

/* Open a text file. `encoding` is a name that ICU knows (utf-8, latin-1, cp1252, utf-16le,
 * shift_jis, ...), NULL for UTF-8. A byte-order mark of UTF-8, UTF-16 or UTF-32 decides before
 * either, and is skipped. Errors ARG (no such encoding), IO, FORMAT (a .gz name on what is not
 * gzip; an archive, or a file packed otherwise, which is named with the command that unpacks it;
 * UTF-16 or UTF-32 by name without a byte-order mark), NOMEM. */
rr_status rri_decoder_open(const char *path, const char *encoding, rri_decoder **out,
                           rr_error *err);

/* The next `want` bytes of UTF-8; *got is less at the end of the file only. What is UTF-8 on disk
 * is passed on unchecked. Errors IO, FORMAT (gzip; bytes that are no character of the encoding,
 * with their line), NOMEM. */
rr_status rri_decoder_take(rri_decoder *d, void *out, size_t want, size_t *got, rr_error *err);

/* What a NUL byte in the file is likely to mean, to be put behind a message; "" where unknown. */
const char *rri_decoder_nul_hint(const rri_decoder *d);

/* SHA-256 of all bytes on disk; only closing may follow. Errors IO, NOMEM. */
rr_status rri_decoder_hash(rri_decoder *d, char out[65], rr_error *err);

void rri_decoder_close(rri_decoder *d); /* NULL is allowed */

#endif
