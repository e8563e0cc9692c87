/* SPDX-License-Identifier: MIT */
/* fetch.h - downloading public datasets. */
#ifndef RNNREPAIR_FETCH_H
#define RNNREPAIR_FETCH_H

#include "rnnrepair/status.h"

RR_BEGIN_DECLS

/** One file of a public dataset. */
typedef struct rr_fetch_file {
    const char *name;   /**< file name under the destination folder */
    const char *sha256; /**< 64 hexadecimal digits of the finished file */
    uint64_t bytes;     /**< its size */
} rr_fetch_file;

/** A public dataset. All pointers are to constants. */
typedef struct rr_fetch_set {
    const char *name;           /**< "mnist" or "fashion-mnist" */
    const char *base_url;       /**< default place, ends in '/' */
    const rr_fetch_file *files; /**< [count] */
    size_t count;
} rr_fetch_set;

/** The sets that can be fetched.
 *  Memory   constant; *count is the length. */
RR_API const rr_fetch_set *rr_fetch_sets(size_t *count);

/** State of one download. Opaque. */
typedef struct rr_fetch rr_fetch;

/** Begin the download of one file to DIR/name. A finished file with the right hash is kept and
 *  done at once; a partial one (name.part) is resumed where it ended.
 *  base_url: NULL for the set's own; http, https and file are accepted.
 *  Memory   on RR_OK *out is owned: rr_fetch_free(). Else *out is NULL.
 *  Errors   ARG (url; file: a name with a folder in it, a broken hash), IO (DIR cannot be made or
 *           written), NOMEM. */
RR_API RR_MUST_USE rr_status rr_fetch_begin(const rr_fetch_file *file, const char *base_url,
                                            const char *dir, rr_fetch **out, rr_error *err);

/** Transfer for at most about a tenth of a second. *done turns 1 when the whole file is there, has
 *  the right hash and its final name. *have and *total are bytes; total is 0 while unknown.
 *  Errors   NETWORK (no connection, server error: the message says which; the part is kept),
 *           MISMATCH (wrong hash: the part is deleted), IO, NOMEM. */
RR_API RR_MUST_USE rr_status rr_fetch_step(rr_fetch *f, int *done, uint64_t *have, uint64_t *total,
                                           rr_error *err);

/** Release; a partial download stays on disk for the next try. NULL is allowed. */
RR_API void rr_fetch_free(rr_fetch *f);

RR_END_DECLS

#endif
