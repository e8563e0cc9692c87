/* SPDX-License-Identifier: MIT */
/* npy.h - reads NumPy's .npz (a zip of .npy arrays). Writing: npz.h. */
#ifndef RRI_NPY_H
#define RRI_NPY_H

#include "core/core.h"

typedef enum rri_npy_kind { RRI_NPY_FLOAT, RRI_NPY_INTEGER, RRI_NPY_TEXT } rri_npy_kind;

/* One array, unpacked and converted: floats to float, integers and bool to int64, texts to UTF-8.
 */
typedef struct rri_npy {
    rri_npy_kind kind;
    char type[24]; /* as NumPy writes it: "uint8" */
    size_t rank;
    size_t shape[8];
    size_t items;
    float *f32;   /* [items] for RRI_NPY_FLOAT, row-major, else NULL */
    int64_t *i64; /* [items] for RRI_NPY_INTEGER, else NULL */
    char *text;   /* [items][stride] for RRI_NPY_TEXT, each closed by NUL, else NULL */
    size_t stride;
} rri_npy;

typedef struct rri_npz rri_npz;

/* Errors IO, FORMAT (not a zip). Accepts descr <f2 <f4 <f8, the integer and bool types, |S and <U,
 * either byte order, C and Fortran order; rejects object arrays. */
rr_status rri_npz_open(const char *path, rri_npz **out, rr_error *err);
bool rri_npz_has(const rri_npz *z, const char *name); /* without ".npy" */
/* Bytes and CRC-32 of the array's entry, unpacked, as the archive lists them; false where it is not
 * there. */
bool rri_npz_checksum(const rri_npz *z, const char *name, uint64_t *bytes, uint32_t *crc);
/* Memory: *out is owned, rri_npy_clear(). Errors FORMAT (missing or broken; names the array, and
 * where it is missing those there are). */
rr_status rri_npz_read(rri_npz *z, const char *name, rri_npy *out, rr_error *err);
/* The same, with integers converted to float, too. */
rr_status rri_npz_read_floats(rri_npz *z, const char *name, rri_npy *out, rr_error *err);
/* All but the elements. */
rr_status rri_npz_peek(rri_npz *z, const char *name, rri_npy *out, rr_error *err);
void rri_npz_close(rri_npz *z);
void rri_npy_clear(rri_npy *a);

/* ---- an array piece by piece ------------------------------------------------------------------
 */

/* An open array of numbers, of any size, of which parts are read; several of one archive may be
 * open, used by one thread at a time. Opaque. */
typedef struct rri_npy_stream rri_npy_stream;

/* Memory: *out is owned, rri_npy_stream_close(), before the archive is closed; `name` is borrowed.
 * Errors FORMAT (as rri_npz_read(); also texts, and Fortran order of several dimensions), IO,
 * NOMEM.
 */
rr_status rri_npy_stream_open(rri_npz *z, const char *name, rri_npy_stream **out, rr_error *err);

/* All but the elements. Borrowed. */
const rri_npy *rri_npy_stream_about(const rri_npy_stream *s);

/* Items first .. first+n-1, row-major, of any numeric type; integers only from an array of integers
 * or of floats that are whole. What is stored is read from there; what is compressed is unpacked up
 * to there, again from its front where it is beyond. The CRC is compared at the end of an array
 * read whole. Errors FORMAT (broken data; err->where is the index of an item that is no whole
 * number), IO. */
rr_status rri_npy_stream_floats(rri_npy_stream *s, size_t first, size_t n, float *out,
                                rr_error *err);
rr_status rri_npy_stream_integers(rri_npy_stream *s, size_t first, size_t n, int64_t *out,
                                  rr_error *err);
rr_status rri_npy_stream_doubles(rri_npy_stream *s, size_t first, size_t n, double *out,
                                 rr_error *err);

void rri_npy_stream_close(rri_npy_stream *s); /* NULL is allowed */

#endif
