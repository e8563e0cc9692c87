/* SPDX-License-Identifier: MIT */
/* gemm.h - matrix products of the sizes recurrent networks need, on one thread.
 *
 * The right factor B [k][n] is packed once and used many times: the weights of a network are used
 * in every step of every shard of a batch. Packed, it is a series of panels of `lanes` columns
 * each:
 *
 *     panel p: [k][lanes] floats, columns p*lanes ... of B; columns beyond n are zero
 *     panel p begins at p * step,  step >= k * lanes
 *
 * so that the inner loop reads it from one end to the other. A product over rows k0..k1 of B alone
 * starts at packed + k0 * lanes, with the same step.
 *
 * The left factor is read in place: element (i, p) of A at a[i * row_step + p * k_step]. So A may
 * be a matrix (k_step 1) or the transpose of one (row_step 1).
 *
 * Each element of C is summed over p = 0, 1, ... in float by fused multiply-adds, in parts of at
 * most 256 of p that are stored or added to C; the parts depend on k alone, so an element does not
 * depend on m, n, its position or the instruction set. Kernels agree with the reference within
 * 1e-6 * (2 + sqrt(k)) of the sum of magnitudes. tests/kernel/test_gemm.c. */
#ifndef RRI_GEMM_H
#define RRI_GEMM_H

#include "kernel/isa.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct rri_gemm_kernels {
    size_t lanes; /* columns of a panel */
    /* C [m][n] = A B, or C += A B. Any extent may be 0; with k = 0 the sum is 0. */
    void (*multiply)(size_t m, size_t n, size_t k, const float *a, size_t row_step, size_t k_step,
                     const float *packed, size_t step, bool add, float *c, size_t ldc);
    /* Pack b [k][n] of row stride ldb into columns at ... at+n of the panels; NULL stands for a
     * matrix that is `fill` everywhere. Other columns are not written. */
    void (*pack)(size_t k, size_t n, const float *b, size_t ldb, float fill, size_t at,
                 float *packed, size_t step);
} rri_gemm_kernels;

/* The kernels of an instruction set; those of the compiler's vectors where there are none. */
const rri_gemm_kernels *rri_gemm_kernels_for(rri_isa isa);

/* The columns of whole panels that n columns take. */
static inline size_t rri_gemm_columns(const rri_gemm_kernels *g, size_t n)
{
    return (n + g->lanes - 1) / g->lanes * g->lanes;
}

/* Floats that B [k][n] takes when packed with step k * lanes. */
static inline size_t rri_gemm_packed(const rri_gemm_kernels *g, size_t k, size_t n)
{
    return rri_gemm_columns(g, n) * k;
}

/* Pack all panels, `step` floats apart, from B [k][n] or from its transpose [n][k]; ldb is the row
 * stride of what is read. */
void rri_gemm_pack(const rri_gemm_kernels *g, size_t k, size_t n, const float *b, size_t ldb,
                   bool transposed, float *packed, size_t step);

extern const rri_gemm_kernels rri_gemm_ref;
extern const rri_gemm_kernels rri_gemm_plain;
#if defined(__x86_64__)
extern const rri_gemm_kernels rri_gemm_avx2;
extern const rri_gemm_kernels rri_gemm_avx512;
#endif

#endif
