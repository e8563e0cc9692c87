/* SPDX-License-Identifier: MIT */
/* state_source.h - how states from elsewhere are divided into batches. */
#ifndef RRI_STATE_SOURCE_H
#define RRI_STATE_SOURCE_H

#include "core/core.h"

/* Sums over rows are rounded batch by batch, so the division is a function of the data alone. */
typedef struct rri_state_batches {
    size_t sequences; /* the most of a batch */
    size_t rows;      /* the most of a batch of several sequences */
} rri_state_batches;

/* `batch` sequences at a time whatever their length; 0 for 512 sequences, or fewer where their
 * rows of H + C + D floats would take more than 64 MiB; C is 0 without probabilities. */
rri_state_batches rri_state_batches_of(size_t batch, size_t hidden, size_t classes, size_t width);

/* The number of sequences in a batch that begins with the first of these `left` >= 1; *rows is the
 * sum of their steps. */
size_t rri_state_batch_take(const rri_state_batches *b, const uint32_t *steps, size_t left,
                            size_t *rows);

#endif
