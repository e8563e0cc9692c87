/* SPDX-License-Identifier: MIT */
/* xsmm.h - matrix products by libxsmm, where it was found when this program was built. */
#ifndef BENCH_XSMM_H
#define BENCH_XSMM_H

#include "rnnrepair/rnnrepair.h"

#include <stdbool.h>
#include <stddef.h>

bool bench_xsmm_built(void);

/* C [m][n] = beta C + A B on one thread; beta is 0 or 1. A is [m][k], or transposed [k][m], with
 * rows `lda` apart, B [k][n]. By kernels of at most `columns` columns; a transposed A in slices of
 * 128 rows, as the kernels slow down beyond. */
void bench_xsmm_product(bool transposed, size_t m, size_t n, size_t k, const float *a, size_t lda,
                        const float *b, float beta, float *c, size_t columns);

/* Fails unless products of odd sizes are right. */
rr_status bench_xsmm_check(rr_error *err);

#endif
