/* SPDX-License-Identifier: MIT */
/* npy.h - reads NumPy's .npz (a zip of .npy arrays). Writing: npz.h. */
#ifndef RRI_NPY_H
#define RRI_NPY_H

#include "core/core.h"

typedef enum rri_npy_kind { RRI_NPY_FLOAT, RRI_NPY_INTEGER } rri_npy_kind;

/* One array, unpacked and converted: floats to float, integers and bool to int64. */
typedef struct rri_npy {
    rri_npy_kind kind;
    size_t rank;
    size_t shape[8];
    size_t items;
    float *f32;   /* [items] for RRI_NPY_FLOAT, row-major, else NULL */
    int64_t *i64; /* [items] for RRI_NPY_INTEGER, else NULL */
} rri_npy;

typedef struct rri_npz rri_npz;

/* Errors IO, FORMAT (not a zip). Accepts descr <f2 <f4 <f8 and the integer and bool types, either
 * byte order, C and Fortran order; rejects object arrays. */
rr_status rri_npz_open(const char *path, rri_npz **out, rr_error *err);
bool rri_npz_has(const rri_npz *z, const char *name); /* without ".npy" */
/* Memory: *out is owned, rri_npy_clear(). Errors FORMAT (missing or broken; names the array). */
rr_status rri_npz_read(rri_npz *z, const char *name, rri_npy *out, rr_error *err);
void rri_npz_close(rri_npz *z);
void rri_npy_clear(rri_npy *a);

#endif
