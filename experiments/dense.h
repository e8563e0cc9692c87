/* SPDX-License-Identifier: MIT */
/* dense.h - small networks without recurrence, to ask what a set of features tells: an output
 * layer, or up to three hidden layers of rectified units below it.
 *
 * Classifiers end in a softmax and learn labels; generators end in sigmoids and learn rows of
 * numbers within 0..1. A step is one of Adam (0.9, 0.999, 1e-8) on the mean cross-entropy of the
 * rows it is given: all of them, or a batch. Rows are cut into the same slices at any number of
 * threads, and what these give is added in order: the bits depend on the configuration, the data
 * and the build alone. */
#ifndef EXPERIMENTS_DENSE_H
#define EXPERIMENTS_DENSE_H

#include "experiments/support.h"

enum { DENSE_HIDDEN_LAYERS = 3 }; /* at most */

typedef enum dense_head {
    DENSE_SOFTMAX = 0, /* one of several classes */
    DENSE_SIGMOID = 1  /* numbers within 0..1: the cross-entropies -t log p - (1 - t) log(1 - p) of
                          a row are added; least where p is the mean of t given the row */
} dense_head;

typedef struct dense_config {
    size_t width; /* numbers a row, 1..2^24 */
    dense_head head;
    size_t outputs; /* classes, 2..65534; of sigmoids 1..65534 */
    size_t layers;  /* hidden ones; 0 = linear */
    size_t hidden;  /* units of each of them, 1..65536 where there are some */
    double learning_rate;
    uint64_t seed;  /* of the first weights: uniform within +-1/sqrt(units below) */
    size_t threads; /* 0 = every core */
    size_t slice;   /* least rows of a slice, where there are several; 0 = 256. Smaller ones let
                       more threads share a batch, and give other bits */
} dense_config;

typedef struct dense dense;

/* Begin, with fresh weights. Errors ARG (the configuration), NOMEM. On failure *out is NULL. */
rr_status dense_new(const dense_config *cfg, dense **out, rr_error *err);
void dense_free(dense *d); /* NULL is allowed */

/* All weights, layer by layer: [units][units below], then the bias [units]. Borrowed, and may be
 * written to. */
size_t dense_parameters(const dense *d);
float *dense_weights(dense *d);

/* Of a classifier: the mean loss over x [n][width] with labels y [n], in nats, and its gradient
 * [parameters], which is borrowed until the next call.
 *  Errors   SHAPE (no rows), ARG (a label not below outputs, no classifier), NUMERIC (the loss is
 *           not finite). */
rr_status dense_gradient(dense *d, const float *x, const uint32_t *y, size_t n, double *loss,
                         const float **gradient, rr_error *err);

/* One step of Adam: *loss is that before it. Errors as above. */
rr_status dense_step(dense *d, const float *x, const uint32_t *y, size_t n, double *loss,
                     rr_error *err);

/* The likeliest class of each row, the lowest of equal ones: labels is [n]. */
void dense_predict(dense *d, const float *x, size_t n, uint32_t *labels);

/* The same of a generator: its targets are [n][outputs].
 *  Errors   SHAPE (no rows), ARG (a target outside 0..1 or none, no generator), NUMERIC. */
rr_status dense_generator_gradient(dense *d, const float *x, const float *targets, size_t n,
                                   double *loss, const float **gradient, rr_error *err);
rr_status dense_generator_step(dense *d, const float *x, const float *targets, size_t n,
                               double *loss, rr_error *err);

/* What a generator makes of each row: out is [n][outputs]. */
void dense_generate(dense *d, const float *x, size_t n, float *out);

#endif
