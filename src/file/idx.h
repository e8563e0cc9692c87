/* SPDX-License-Identifier: MIT */
/* idx.h - the IDX format of MNIST: u8 arrays of 1 to 3 dimensions, plain or gzip. */
#ifndef RRI_IDX_H
#define RRI_IDX_H

#include "core/core.h"

typedef struct rri_idx {
    size_t rank;
    size_t shape[3];
    unsigned char *data; /* [product of shape], owned: rri_free */
} rri_idx;

/* Read PATH, or PATH.gz where PATH does not exist. Errors IO, FORMAT (magic, type, truncated,
 * trailing bytes; message names file, value and offset), SHAPE (rank is not `rank`). */
rr_status rri_idx_read(const char *path, size_t rank, rri_idx *out, rr_error *err);

#endif
