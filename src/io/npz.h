/* SPDX-License-Identifier: MIT */
/* npz.h - writes arrays for NumPy: an uncompressed zip of .npy files. */
#ifndef RRI_NPZ_H
#define RRI_NPZ_H

#include "core/core.h"

typedef enum rri_npz_type {
    RRI_NPZ_F32 = 0,
    RRI_NPZ_F64 = 1,
    RRI_NPZ_U32 = 2,
    RRI_NPZ_I64 = 3
} rri_npz_type;

/* A file being written. Opaque. Arrays are spooled to temporary files beside the target, so
 *  memory does not grow with their size. */
typedef struct rri_npz_writer rri_npz_writer;

/* Begin a file.
 *  Memory   on RR_OK *out is owned by the caller: rri_npz_writer_free(). Else *out is NULL.
 *  Errors   IO (the folder is not writable), NOMEM. */
rr_status rri_npz_writer_new(const char *path, rri_npz_writer **out, rr_error *err);

/* Declare an array; its elements follow by rri_npz_writer_append(), at any time before close and
 *  interleaved with those of other arrays. *array is its number.
 *  Shapes   shape is [rank], row-major; rank <= 4.
 *  Errors   ARG (name repeated, empty or beyond 240 bytes; type, rank), SHAPE (size overflows), IO,
 *           NOMEM. */
rr_status rri_npz_writer_array(rri_npz_writer *w, const char *name, rri_npz_type type,
                               const size_t *shape, size_t rank, size_t *array, rr_error *err);

/* Append the next `count` elements of an array.
 *  Errors   ARG (array), SHAPE (more elements than declared), IO. */
rr_status rri_npz_writer_append(rri_npz_writer *w, size_t array, const void *data, size_t count,
                                rr_error *err);

/* Append labels of steps to an array of RRI_NPZ_I64; RR_NO_LABEL becomes -1. Errors as above. */
rr_status rri_npz_writer_labels(rri_npz_writer *w, size_t array, const uint32_t *labels, size_t n,
                                rr_error *err);

/* A whole array of texts, UTF-8 of at most 16384 characters, as NumPy's str.
 *  Shapes   texts is [n]; rank is 1, or 0 for a single text.
 *  Errors   ARG (as above; a text that is not UTF-8 or too long), IO, NOMEM. */
rr_status rri_npz_writer_texts(rri_npz_writer *w, const char *name, const char *const *texts,
                               size_t n, size_t rank, rr_error *err);

/* Assemble, flush and rename to the final name. The writer must still be freed.
 *  Errors   SHAPE (an array has fewer elements than declared), ARG (closed already), IO, NOMEM. An
 *           existing file is unchanged on failure. */
rr_status rri_npz_writer_close(rri_npz_writer *w, rr_error *err);

/* Release and remove temporary files; NULL is allowed. */
void rri_npz_writer_free(rri_npz_writer *w);

#endif
