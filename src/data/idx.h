/* SPDX-License-Identifier: MIT */
/* idx.h - the IDX format of MNIST: u8 arrays of 1 to 3 dimensions, plain or gzip. */
#ifndef RRI_IDX_H
#define RRI_IDX_H

#include "core/core.h"

typedef struct rri_idx {
    size_t rank;
    size_t shape[3];
    unsigned char *data; /* [product of shape], owned: rri_free */
    char hash[65];       /* SHA-256 of the file as it is on the disk */
} rri_idx;

/* Read PATH, or PATH.gz where PATH does not exist. Errors IO, FORMAT (magic, type, truncated,
 * trailing bytes; message names file, value and offset), SHAPE (rank is not `rank`). */
rr_status rri_idx_read(const char *path, size_t rank, rri_idx *out, rr_error *err);

/* Some rows (of the first dimension) of such a file, which is not unpacked beyond the last of them:
 * data is [n][product of the other extents], row i being row which[i]; shape is the file's. What
 * follows is only hashed, so that a fault in it does not show. Errors as above; ARG (which). */
rr_status rri_idx_read_rows(const char *path, size_t rank, const size_t *which, size_t n,
                            rri_idx *out, rr_error *err);

#endif
