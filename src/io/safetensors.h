/* SPDX-License-Identifier: MIT */
/* safetensors.h - the container of this project's binary files: reading and writing.
 *
 * u64 header length, JSON header, data [safetensors README]. Reading treats the file as hostile:
 * header at most 100 MB and within the file; offsets tile the data exactly, without holes, overlap
 * or trailing bytes; every length is product(shape)*width, overflow-checked; no duplicate key. */
#ifndef RRI_SAFETENSORS_H
#define RRI_SAFETENSORS_H

#include "core/core.h"

typedef enum rri_dtype {
    RRI_U8,
    RRI_U16,
    RRI_U32,
    RRI_U64,
    RRI_I32,
    RRI_I64,
    RRI_F32,
    RRI_F64
} rri_dtype;

enum { RRI_MAX_RANK = 8 };

/* One array in an open file; valid until the file is closed. */
typedef struct rri_array {
    const char *name;
    rri_dtype dtype;
    size_t rank;
    size_t shape[RRI_MAX_RANK];
    size_t items;     /* product of shape */
    const void *data; /* in the loaded file, or a copy: aligned to the element */
} rri_array;

typedef struct rri_safetensors rri_safetensors;

/* Load and validate. Arrays whose offset in the file is not a multiple of their width are copied,
 * so data may always be read through a pointer of its type. */
rr_status rri_safetensors_open(const char *path, rri_safetensors **out, rr_error *err);
void rri_safetensors_close(rri_safetensors *f);

/* Largest file that is read into memory: 256 MiB; larger ones are mapped. Tests change it. */
extern size_t rri_safetensors_read_most;

size_t rri_safetensors_count(const rri_safetensors *f);

/* NULL where there is none. */
const rri_array *rri_safetensors_find(const rri_safetensors *f, const char *name);
const char *rri_safetensors_metadata(const rri_safetensors *f, const char *key);

/* The array `name`, which must have this type, rank and shape; SIZE_MAX in shape accepts any
 * extent. Errors FORMAT (missing, wrong type) and SHAPE name the file, the array and the values. */
rr_status rri_safetensors_expect(const rri_safetensors *f, const char *name, rri_dtype dtype,
                                 size_t rank, const size_t *shape, const rri_array **out,
                                 rr_error *err);
/* The metadata text under `key`; FORMAT where missing. */
rr_status rri_safetensors_require(const rri_safetensors *f, const char *key, const char **out,
                                  rr_error *err);
/* The same as a decimal number; FORMAT where it is none. */
rr_status rri_safetensors_require_u64(const rri_safetensors *f, const char *key, uint64_t *out,
                                      rr_error *err);
/* FORMAT unless the metadata `format` is this one, UNSUPPORTED unless `format_version` is. */
rr_status rri_safetensors_check_format(const rri_safetensors *f, const char *format,
                                       const char *version, rr_error *err);

/* ---- writing -------------------------------------------------------------------------------- */

typedef struct rri_safetensors_writer rri_safetensors_writer;

rr_status rri_safetensors_writer_new(rri_safetensors_writer **out, rr_error *err);
/* key and text are copied; a key set again is replaced. Errors ARG (not UTF-8), NOMEM. */
rr_status rri_safetensors_put_text(rri_safetensors_writer *w, const char *key, const char *text,
                                   rr_error *err);
rr_status rri_safetensors_put_u64(rri_safetensors_writer *w, const char *key, uint64_t value,
                                  rr_error *err);
/* name is copied; data is borrowed until the write. Errors ARG (name repeated or not UTF-8, rank),
 * SHAPE (size overflows), NOMEM. */
rr_status rri_safetensors_put(rri_safetensors_writer *w, const char *name, rri_dtype dtype,
                              size_t rank, const size_t *shape, const void *data, rr_error *err);
/* Write all, atomically (io.h): widest type first, then by name; header padded with blanks so that
 * data starts at a multiple of 64. The same input gives the same bytes. */
rr_status rri_safetensors_write(rri_safetensors_writer *w, const char *path, rr_error *err);
void rri_safetensors_writer_free(rri_safetensors_writer *w);

#endif
