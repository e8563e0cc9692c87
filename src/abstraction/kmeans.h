/* SPDX-License-Identifier: MIT */
/* kmeans.h - k-means++ and Lloyd's algorithm, for the codebook and for the initial mixture. */
#ifndef RRI_ABSTRACTION_KMEANS_H
#define RRI_ABSTRACTION_KMEANS_H

#include "abstraction/packed.h"
#include "abstraction/rows.h"

typedef struct rri_kmeans_config {
    size_t centres; /* k */
    size_t steps;   /* Lloyd steps at most */
    bool repeat;    /* when distinct rows run out: true = take rows twice, false = stop there */
    uint64_t seed;
    rri_purpose purpose;
    size_t threads;
} rri_kmeans_config;

/* centres is [k][d], of which the first *found are filled; labels is [N], the centre of each row
 * counted from 0. x is checked and has at least one row; with `repeat` *found is k. */
rr_status rri_kmeans(const rri_kmeans_config *cfg, rri_rows x, float *centres, size_t *found,
                     uint32_t *labels, rr_error *err);

/* The nearest of the centres in p for each row, ties to the lower number. */
rr_status rri_nearest(const rri_packed *p, rri_rows x, size_t threads, uint32_t *labels,
                      rr_error *err);

#endif
