/* SPDX-License-Identifier: MIT */
/* dnnl_layer.h - one LSTM or GRU layer by oneDNN: primitives and the memory they work on. */
#ifndef BENCH_DNNL_LAYER_H
#define BENCH_DNNL_LAYER_H

#include "shapes.h"

typedef struct bench_layer bench_layer;

/* For S sequences, with the weights of bench_make_network(). any: oneDNN chooses the order of
 * inputs and states; else the steps come first. Made and run with the number of OpenMP's threads
 * that is set for the calling thread. */
rr_status bench_layer_new(const bench_shape *s, size_t S, bool training, bool any,
                          bench_layer **out, rr_error *err);
void bench_layer_free(bench_layer *l); /* NULL is allowed */

/* Forward; in training, backward too. Gradients are added to what is there. */
bool bench_layer_run(bench_layer *l);

/* The states [T][S][H] of a run. */
rr_status bench_layer_states(bench_layer *l, float *states, rr_error *err);

/* In training: with the sum J of weight [T][S][H] times the states, the slope of J along a
 * direction of our weights, in tensor order, and the length of its gradient. */
rr_status bench_layer_slope(bench_layer *l, float *weight, const double *direction, double *along,
                            double *length, rr_error *err);

/* dnnl_check.c: fails unless the states are those of the reference in double and, in training, the
 * gradient that of its central differences. s, S and training are those of the layer. */
rr_status bench_layer_check(bench_layer *l, const bench_shape *s, size_t S, bool training,
                            rr_error *err);

#endif
