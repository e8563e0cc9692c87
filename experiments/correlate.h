/* SPDX-License-Identifier: MIT */
/* correlate.h - correlations, shares of ranked lists, and intervals of means. */
#ifndef EXPERIMENTS_CORRELATE_H
#define EXPERIMENTS_CORRELATE_H

#include "experiments/support.h"

/* Of n pairs; 0 where either does not vary. */
double experiment_pearson(const double *a, const double *b, size_t n);
/* The same of their ranks; equal values share the mean of theirs. Errors NOMEM. */
rr_status experiment_spearman(const double *a, const double *b, size_t n, double *out,
                              rr_error *err);

/* The numbers of n scores, highest first, ties by lower number: order is [n]. Errors NOMEM. */
rr_status experiment_rank(const double *scores, size_t n, uint32_t *order, rr_error *err);

/* A mean with its 95 % interval: 2,000 samples with replacement, of the values. */
typedef struct experiment_mean {
    double mean, low, high;
} experiment_mean;
rr_status experiment_mean_of(const double *values, size_t n, uint64_t seed, experiment_mean *out,
                             rr_error *err);

#endif
