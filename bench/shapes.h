/* SPDX-License-Identifier: MIT */
/* shapes.h - the networks that are measured, and data drawn for them. */
#ifndef BENCH_SHAPES_H
#define BENCH_SHAPES_H

#include "abstraction/abstraction_internal.h"
#include "bench.h"

/* One layer: D inputs, H hidden; sequences of T steps; B sequences a batch. */
typedef struct bench_shape {
    rr_cell cell;
    size_t D, H, T, B;
} bench_shape;

enum { BENCH_SHAPES = 5, BENCH_ALL_SHAPES = 7, BENCH_CLASSES = 10 };

/* The first five are those of docs/PERFORMANCE.md; the others have odd widths. */
extern const bench_shape bench_shapes[BENCH_ALL_SHAPES];

/* "LSTM 28-128 T28 B128". */
void bench_shape_name(const bench_shape *s, char out[BENCH_NAME]);
/* "lstm 28 128 28 128", as the coprocesses read it. */
void bench_shape_request(const bench_shape *s, char out[BENCH_NAME]);

/* G: 4 for LSTM, 3 for GRU. */
size_t bench_gates(const bench_shape *s);

/* FLOP of the products of one sequence. The first step has no recurrent product, h_0 being 0. */
double bench_flop(const bench_shape *s, bool training);

rr_status bench_make_network(const bench_shape *s, rr_network **out, rr_error *err);

/* ---- synthetic.c: data by address, so that it is the same in every run ----------------------- */

/* N sequences of T frames of D numbers in 0..1, with random labels. */
rr_status bench_make_frames(size_t N, const bench_shape *s, rr_dataset **out, rr_error *err);

/* N points [N][P] of a mixture of K Gaussians, and a mixture near it to start from. */
rr_status bench_make_points(size_t N, size_t P, size_t K, float **points, rri_gmm **start,
                            rr_error *err);

/* A state source without a network: N sequences of T states of width H that wander between K
 * places, C classes, 64 input symbols. Made anew at each pass, so that its size costs nothing. */
typedef struct bench_wander {
    size_t N, T, H, K, C, threads;
    uint64_t seed; /* of the walks; the places are always the same */
} bench_wander;

rr_status bench_make_states(const bench_wander *w, rr_state_source *out, rr_error *err);

/* ---- reference.c: the equations in double, step by step -------------------------------------- */

/* All weights in tensor order, [rr_network_parameters()], owned: rri_free(). */
rr_status bench_weights(const rr_network *net, double **out, rr_error *err);

/* States h [T][H] of one sequence under weights w. */
rr_status bench_reference_states(const rr_network_config *cfg, const double *w, rr_sequence seq,
                                 double *h, rr_error *err);

/* Mean cross-entropy of the last step over a dataset. */
rr_status bench_reference_loss(const rr_network_config *cfg, const double *w, const rr_dataset *ds,
                               double *loss, rr_error *err);

/* Largest difference between rr_network_states() and the reference, over a few sequences. */
rr_status bench_check_states(const bench_shape *s, size_t threads, double *worst, rr_error *err);

/* How far rr_network_gradient() is from central differences of the reference loss, along random
 * directions, as a share of the gradient's length. */
rr_status bench_check_gradient(const bench_shape *s, size_t threads, double *worst, rr_error *err);

#endif
