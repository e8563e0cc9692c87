/* SPDX-License-Identifier: MIT */
/* npz_table.h - what an npz file holds beside x: labels, lengths, splits, names. Small arrays, read
 * and checked before x, which is the large one. */
#ifndef RRI_NPZ_TABLE_H
#define RRI_NPZ_TABLE_H

#include "data/labels.h"
#include "data/source.h"
#include "io/npy.h"

/* The arrays of some rows: x, y and lengths of a file, or those of one split, as x_train. */
typedef struct rri_npz_part {
    char x[16], y[16], lengths[20], steps[24]; /* their names, of x, y, lengths and step_label; ""
                                                  for one but x that is not there */
    rr_split split;
    size_t count;    /* N */
    uint32_t *label; /* [N] */
    size_t *length;  /* [N], NULL without the array */
    rri_npy step;    /* step_label: its shape, and in i64 classes, negative for none; no items
                        without the array */
    rri_npy id;      /* [N] the ids of the rows: texts or integers; no items without the array */
    rri_npy source;  /* the array of the parameter `part`, of the same shape; else no items */
} rri_npz_part;

/* Plain data; all zero is empty. */
typedef struct rri_npz_table {
    const char *path;     /* borrowed */
    rri_npz_part part[6]; /* [parts] one a split; as many as there are names of them */
    size_t parts;
    bool by_split;        /* the parts are splits */
    bool texts_as_labels; /* y holds texts */
    unsigned char *split; /* [splits] of the single part, by the array `split`; NULL without */
    size_t splits;
    size_t classes;    /* C */
    size_t vocabulary; /* V, 0 if the file does not say */
    const char **name; /* [C], NULL for numbers */
    rri_labels labels; /* of texts; names point there, */
    rri_npy texts;     /* or into class_names */
    char *bytes;       /* or here, each closed by NUL */
} rri_npz_table;

/* Find the arrays of the rows, and read the array of splits. Errors ARG, FORMAT, SHAPE, IO, NOMEM.
 */
rr_status rri_npz_table_open(rri_npz *z, const char *path, rri_npz_table *out, rr_error *err);

/* Read the rest. Errors FORMAT, SHAPE, IO, NOMEM. */
rr_status rri_npz_table_read(rri_npz *z, const rri_request *in, rri_npz_table *t, rr_error *err);

/* Its part that concerns labels (npz_labels.c): classes and names. */
rr_status rri_npz_labels(rri_npz *z, const rri_request *in, rri_npz_table *t, rr_error *err);

/* The name of the array that says how many rows a part has. */
const char *rri_npz_rows_of(const rri_npz_part *p);

/* Release what rri_npz_table_read() has read. */
void rri_npz_table_forget(rri_npz_table *t);
void rri_npz_table_clear(rri_npz_table *t);

/* ---- arrays of one dimension -------------------------------------------------------------------
 * The array `name` of `items` items, SIZE_MAX for any number: of rank 1, or [N][1], or of any rank
 * for a single item. *out is to be cleared also on failure. Errors FORMAT, SHAPE, NOMEM. */
rr_status rri_npz_vector(rri_npz *z, const char *path, const char *name, size_t items, rri_npy *out,
                         rr_error *err);

/* An array of any rank, of whole numbers, whatever their type; or, where `texts` is set, of texts.
 * Errors FORMAT, NOMEM. */
rr_status rri_npz_whole(rri_npz *z, const char *path, const char *name, bool texts, rri_npy *out,
                        rr_error *err);

/* The same as rri_npz_vector() for whole numbers, whatever their type. */
rr_status rri_npz_integers(rri_npz *z, const char *path, const char *name, size_t items,
                           rri_npy *out, rr_error *err);

/* One number in 1..max; *value is untouched where the array is not there. */
rr_status rri_npz_scalar(rri_npz *z, const char *path, const char *name, size_t max, size_t *value,
                         rr_error *err);

#endif
