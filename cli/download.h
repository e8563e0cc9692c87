/* SPDX-License-Identifier: MIT */
/* download.h - downloading the files of public datasets, checked by their SHA-256. */
#ifndef CLI_DOWNLOAD_H
#define CLI_DOWNLOAD_H

#include "rnnrepair/status.h"

#include <stddef.h>
#include <stdint.h>

/* One file of a public dataset. */
typedef struct download_file {
    const char *name;   /* file name under the destination folder */
    const char *sha256; /* 64 hexadecimal digits of the finished file */
    uint64_t bytes;     /* its size; 0 = unknown */
} download_file;

/* A public dataset. All pointers are to constants. */
typedef struct download_set {
    const char *name;           /* "mnist" or "fashion-mnist" */
    const char *base_url;       /* default address, ends in '/' */
    const download_file *files; /* [count] */
    size_t count;
} download_set;

/* The sets that can be downloaded; constant, *count is the length. */
const download_set *download_sets(size_t *count);

/* Where a download stands, in bytes; total is 0 while unknown. Called at first with what an earlier
 * try left, then at least about once a second. Not 0: stop. */
typedef int (*download_progress)(void *self, uint64_t have, uint64_t total);

/* Check that DIR, which is created, can take one file: MISMATCH where another file has its name.
 * Errors   as download(), but for those of the network. */
RR_MUST_USE rr_status download_check(const download_file *file, const char *dir, rr_error *err);

/* Download one file to DIR/name. A finished file with the right hash is kept, another file under
 * the name is kept and refused; a partial one (name.part) is resumed where it ended, and stays on
 * disk for the next try where the call fails. base_url: http, https and file are accepted. progress
 * may be NULL.
 * Errors   ARG (url; file: a name with a folder in it, a broken hash), IO (DIR cannot be created or
 *          written), NETWORK (no connection, server error: named in the message), MISMATCH (wrong
 *          hash: the part is deleted; another file is there), CANCELLED, NOMEM, UNSUPPORTED
 *          (libcurl, which is loaded by the first call, is missing). */
RR_MUST_USE rr_status download(const download_file *file, const char *base_url, const char *dir,
                               download_progress progress, void *self, rr_error *err);

#endif
