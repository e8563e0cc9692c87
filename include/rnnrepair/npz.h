/* SPDX-License-Identifier: MIT */
/* npz.h - writing arrays for NumPy: an uncompressed zip of .npy files. */
#ifndef RNNREPAIR_NPZ_H
#define RNNREPAIR_NPZ_H

#include "rnnrepair/status.h"

RR_BEGIN_DECLS

typedef enum rr_npz_type {
    RR_NPZ_F32 = 0,
    RR_NPZ_F64 = 1,
    RR_NPZ_U32 = 2,
    RR_NPZ_I64 = 3
} rr_npz_type;

/** A file being written. Opaque. Arrays are spooled to temporary files beside the target, so
 *  memory does not grow with their size. */
typedef struct rr_npz_writer rr_npz_writer;

/** Begin a file.
 *  Memory   on RR_OK *out is owned by the caller: rr_npz_writer_free(). Else *out is NULL.
 *  Errors   IO (the folder is not writable), NOMEM. */
RR_API RR_MUST_USE rr_status rr_npz_writer_new(const char *path, rr_npz_writer **out,
                                               rr_error *err);

/** Declare an array; its elements follow by rr_npz_append(), at any time before close, interleaved
 *  with other arrays' as is convenient. *array is its number.
 *  Shapes   shape is [rank], row-major; rank <= 4.
 *  Errors   ARG (name repeated, empty or beyond 240 bytes; type, rank), SHAPE (size overflows), IO,
 *           NOMEM. */
RR_API RR_MUST_USE rr_status rr_npz_array(rr_npz_writer *w, const char *name, rr_npz_type type,
                                          const size_t *shape, size_t rank, size_t *array,
                                          rr_error *err);

/** Append the next `count` elements of an array.
 *  Errors   ARG (array), SHAPE (more elements than declared), IO. */
RR_API RR_MUST_USE rr_status rr_npz_append(rr_npz_writer *w, size_t array, const void *data,
                                           size_t count, rr_error *err);

/** Assemble, flush and rename to the final name. The writer must still be freed.
 *  Errors   SHAPE (an array has fewer elements than declared), ARG (closed already), IO, NOMEM. An
 *           existing file survives whole on failure. */
RR_API RR_MUST_USE rr_status rr_npz_close(rr_npz_writer *w, rr_error *err);

/** Release and remove temporary files; NULL is allowed. */
RR_API void rr_npz_writer_free(rr_npz_writer *w);

RR_END_DECLS

#endif
