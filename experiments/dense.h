/* SPDX-License-Identifier: MIT */
/* dense.h - small classifiers without recurrence, to ask what a set of features tells: a linear
 * softmax layer, or up to three hidden layers of rectified units below it.
 *
 * Trained on all rows at a time by Adam (0.9, 0.999, 1e-8) on the mean cross-entropy. Rows are cut
 * into the same slices at any number of threads, and what these give is added in order: the bits
 * depend on the configuration, the data and the build alone. */
#ifndef EXPERIMENTS_DENSE_H
#define EXPERIMENTS_DENSE_H

#include "experiments/support.h"

enum { DENSE_HIDDEN_LAYERS = 3 }; /* at most */

typedef struct dense_config {
    size_t width;   /* numbers a row, 1..2^24 */
    size_t classes; /* 2..65534 */
    size_t layers;  /* hidden ones; 0 = a linear classifier */
    size_t hidden;  /* units of each of them, 1..65536 where there are some */
    double learning_rate;
    uint64_t seed;  /* of the first weights: uniform within +-1/sqrt(units below) */
    size_t threads; /* 0 = every core */
} dense_config;

typedef struct dense dense;

/* Begin, with fresh weights. Errors ARG (the configuration), NOMEM. On failure *out is NULL. */
rr_status dense_new(const dense_config *cfg, dense **out, rr_error *err);
void dense_free(dense *d); /* NULL is allowed */

/* All weights, layer by layer: [units][units below], then the bias [units]. Borrowed, and may be
 * written to. */
size_t dense_parameters(const dense *d);
float *dense_weights(dense *d);

/* The mean loss over x [n][width] with labels y [n], in nats, and its gradient [parameters], which
 * is borrowed until the next call.
 *  Errors   SHAPE (no rows), ARG (a label not below classes), NUMERIC (the loss is not finite). */
rr_status dense_gradient(dense *d, const float *x, const uint32_t *y, size_t n, double *loss,
                         const float **gradient, rr_error *err);

/* One step of Adam: *loss is that before it. Errors as above. */
rr_status dense_step(dense *d, const float *x, const uint32_t *y, size_t n, double *loss,
                     rr_error *err);

/* The likeliest class of each row, the lowest of equal ones: labels is [n]. */
void dense_predict(dense *d, const float *x, size_t n, uint32_t *labels);

#endif
