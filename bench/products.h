/* SPDX-License-Identifier: MIT */
/* products.h - ceilings: the matrix products of a path and nothing else, by OpenBLAS or libxsmm,
 * one single-threaded product a worker.
 *
 * A network's batch is cut into shards. For each, as the library does it:
 *
 *     forward    A [T*S][GH] = X [T*S][D] W_ih^T;  per step but the first, A_t += h_{t-1} W_hh^T
 *     training   per step but the first, dh = A_t W_hh;  dW_ih = A^T X;  dW_hh = A^T H
 *
 * libxsmm, whose kernels are generated for each shape, gets W^T ready for the forward products.
 *
 * A mixture's rows are cut into blocks: [n][2P] by [2P][K], then [K][n] by [n][2P]. */
#ifndef BENCH_PRODUCTS_H
#define BENCH_PRODUCTS_H

#include "shapes.h"

typedef struct bench_products bench_products;

/* With the fastest of a few shard sizes, found by trying them. */
rr_status bench_products_new(const bench_shape *s, bool training, size_t threads,
                             bench_products **out, rr_error *err);
/* By libxsmm, with the fastest of a few shard sizes and widths of a kernel. *out is NULL if this
 * program was built without libxsmm. */
rr_status bench_products_xsmm(const bench_shape *s, bool training, size_t threads,
                              bench_products **out, rr_error *err);
/* For points of P dimensions and K components. */
rr_status bench_products_mixture(size_t P, size_t K, size_t threads, bench_products **out,
                                 rr_error *err);
void bench_products_free(bench_products *p); /* NULL is allowed */

/* Seconds a sequence, or a point. ctx is a bench_products, or NULL for one that is not there. */
bool bench_products_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE]);

#endif
