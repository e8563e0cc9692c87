/* SPDX-License-Identifier: MIT */
/* source.h - what a kind of data source is: one row of the table in source.c. */
#ifndef RRI_SOURCE_H
#define RRI_SOURCE_H

#include "data/dataset_internal.h"
#include "data/spec.h"

typedef struct rri_source {
    const char *kind;
    const char *place;         /* what stands behind the colon, NULL for a kind without a place */
    const char *parameters[6]; /* the names it takes, closed by NULL */
    /* Which splits there are, by rr_split. */
    rr_status (*splits)(const rri_spec *spec, bool has[3], rr_error *err);
    /* One split which is there, its first `limit` sequences. */
    rr_status (*load)(const rri_spec *spec, rr_split split, size_t limit, rr_dataset **out,
                      rr_error *err);
    /* Some sequences of it, numbers below N and `limit`, from the files of that hash: else
     * MISMATCH. NULL where sequences cannot be loaded singly. */
    rr_status (*load_some)(const rri_spec *spec, rr_split split, size_t limit,
                           const char *files_hash, const size_t *which, size_t n, rr_dataset **out,
                           rr_error *err);
} rri_source;

extern const rri_source rri_source_mnist;
extern const rri_source rri_source_npz;
extern const rri_source rri_source_digits;

#endif
