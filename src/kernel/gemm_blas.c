/* SPDX-License-Identifier: MIT */
/* gemm_blas.c - gemm.h by a BLAS, for instruction sets without kernels of their own. A panel is an
 * ordinary matrix; the order of summation is the BLAS's. */
#include "kernel/gemm.h"

#include <assert.h>
#include <cblas.h>
#include <limits.h>
#include <string.h>

enum { LANES = 128 }; /* wide enough for a BLAS to be efficient */

static void multiply(size_t m, size_t n, size_t k, const float *a, size_t row_step, size_t k_step,
                     const float *packed, size_t step, bool add, float *c, size_t ldc)
{
    /* A transpose of row stride 1 has both steps 1: as a matrix its rows would overlap. */
    const bool plain = k_step == 1 && row_step >= k;
    const int lda = (int)(plain ? row_step : k_step);

    assert(m <= INT_MAX);
    for (size_t i = 0; k == 0 && !add && i < m; i++)
        memset(c + i * ldc, 0, n * sizeof *c);
    for (size_t j = 0; m != 0 && k != 0 && j < n; j += LANES, packed += step)
        cblas_sgemm(CblasRowMajor, plain ? CblasNoTrans : CblasTrans, CblasNoTrans, (int)m,
                    (int)(n - j < LANES ? n - j : LANES), (int)k, 1.0f, a, lda, packed, LANES,
                    add ? 1.0f : 0.0f, c + j, (int)ldc);
}

const rri_gemm_kernels rri_gemm_blas = { .lanes = LANES, .multiply = multiply };
