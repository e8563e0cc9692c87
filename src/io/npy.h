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
/* Memory: *out is owned, rri_npy_clear(). Errors FORMAT (missing or broken; names the array, and
 * where it is missing those there are). */
rr_status rri_npz_read(rri_npz *z, const char *name, rri_npy *out, rr_error *err);
/* The same, with integers converted to float, too. */
rr_status rri_npz_read_floats(rri_npz *z, const char *name, rri_npy *out, rr_error *err);
/* All but the elements. */
rr_status rri_npz_peek(rri_npz *z, const char *name, rri_npy *out, rr_error *err);
void rri_npz_close(rri_npz *z);
void rri_npy_clear(rri_npy *a);

#endif
