/* SPDX-License-Identifier: MIT */
/* states_npz.h - a states file, checked: states of a network trained elsewhere as an npz
 * (docs/FORMAT.md#states). The small arrays are in memory, those with a row a step are streams. */
#ifndef RRI_STATES_NPZ_H
#define RRI_STATES_NPZ_H

#include "io/npy.h"
#include "rnnrepair/states.h"

enum { RRI_STATES_BATCH = 512 }; /* the most sequences of a batch */

/* Plain data; all zero is closed. R rows are the steps of all sequences, one after another. */
typedef struct rri_states_npz {
    char *path;
    rri_npz *z;
    size_t sequences;      /* N */
    size_t rows;           /* R */
    size_t hidden;         /* H */
    size_t classes;        /* C */
    size_t width;          /* D, 0 for symbols */
    size_t vocabulary;     /* V, 0 for frames */
    size_t batch;          /* sequences of a batch, 0 where the file does not say */
    bool classes_given;    /* the file says C, else it follows from the largest number */
    bool vocabulary_given; /* the same of V */
    bool unlabelled;       /* every label is 0 and says nothing */
    uint32_t *steps;       /* [N] */
    uint64_t *first;       /* [N + 1] first row */
    uint32_t *label;       /* [N] */
    unsigned char *split;  /* [N] an rr_split; NULL: all are train */
    rri_npy class_names;   /* [C] texts; no items where the file has none */
    rri_npy tokens;        /* [V] the same */
    rr_states_origin origin;
    rri_npy_stream *state, *prediction; /* [R][H], [R] */
    rri_npy_stream *probability;        /* [R][C], NULL without */
    rri_npy_stream *frame, *symbol;     /* [R][D] or [R], the other is NULL */
    rri_npy_stream *step_label;         /* [R], NULL without */
} rri_states_npz;

/* Open and check all but states, probabilities and frames; to be closed in any case. Errors as of
 * rr_states_open(). */
rr_status rri_states_npz_open(const char *path, rri_states_npz *f, rr_error *err);

/* Rows first .. first+n-1 of an open file: predictions, symbols, or labels of steps, RR_NO_LABEL
 * where there is none. They are checked again, as the file may have changed since it was opened.
 * Errors FORMAT, IO. */
rr_status rri_states_npz_predictions(const rri_states_npz *f, size_t first, size_t n, uint32_t *out,
                                     rr_error *err);
rr_status rri_states_npz_symbols(const rri_states_npz *f, size_t first, size_t n, uint32_t *out,
                                 rr_error *err);
rr_status rri_states_npz_step_labels(const rri_states_npz *f, size_t first, size_t n, uint32_t *out,
                                     rr_error *err);

/* What identifies the states (state, prediction, probability, batch), and what the whole file: the
 * SHA-256 over the names of the arrays, their sizes and the CRC-32 that the archive has of each. So
 * it takes no time, does not depend on compression, and tells files apart, though not those that
 * somebody made alike on purpose. z need not be checked. Errors NOMEM, IO. */
rr_status rri_states_npz_hash(const rri_npz *z, bool whole, char out[65], rr_error *err);

void rri_states_npz_close(rri_states_npz *f);

#endif
