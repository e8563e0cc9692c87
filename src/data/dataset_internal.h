/* SPDX-License-Identifier: MIT */
/* dataset_internal.h - the inside of a dataset, for the sources and the builder that fill it.
 *
 * One block holds all frames (or symbols) of all sequences, one after another; offset[i] is the
 * first step of sequence i and offset[N] the sum of all T_i. A source that knows its size makes the
 * dataset with rri_dataset_new(), fills the arrays where they are, and seals it. */
#ifndef RRI_DATASET_INTERNAL_H
#define RRI_DATASET_INTERNAL_H

#include "core/core.h"
#include "rnnrepair/dataset.h"

/* Labels are kept in 16 bits by the trace store. */
enum { RRI_MAX_CLASSES = 65536 };

struct rr_dataset {
    size_t count;      /* N */
    size_t max_steps;  /* the largest T_i, set by sealing */
    size_t width;      /* D, 0 for symbol data */
    size_t vocabulary; /* V, 0 for frame data */
    size_t classes;    /* C */
    size_t *offset;    /* [N + 1] */
    uint32_t *label;   /* [N] */
    float *frames;     /* [sum T][D], NULL for symbol data */
    uint32_t *symbols; /* [sum T], NULL for frame data */
    bool named;        /* the source gave class names */
    char *texts;       /* C names, each closed by NUL */
    const char **name; /* [C] into texts */
    char hash[65];     /* set by sealing */
    char files[65];    /* rr_dataset_files_hash(), set by the source; "" at first */
};

/* A dataset with room for exactly `count` sequences of `steps` steps altogether; everything is zero
 * but the class names. Errors ARG (shape), NOMEM. */
rr_status rri_dataset_new(const rr_dataset_shape *shape, size_t count, size_t steps,
                          rr_dataset **out, rr_error *err);

/* Once the arrays are filled with valid values: the largest length and the content hash. */
rr_status rri_dataset_seal(rr_dataset *ds, rr_error *err);

#endif
