/* SPDX-License-Identifier: MIT */
/* gemm.c - the three shapes of matrix product a layer needs, by CBLAS, row-major. */
#include "network/shard.h"

#include <cblas.h>

void rri_gemm_nt(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b,
                 size_t ldb, float beta, float *c, size_t ldc)
{
    if (m != 0 && n != 0)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, (int)n, (int)k, 1.0f, a,
                    (int)lda, b, (int)ldb, beta, c, (int)ldc);
}

void rri_gemm_nn(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b,
                 size_t ldb, float beta, float *c, size_t ldc)
{
    if (m != 0 && n != 0)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)m, (int)n, (int)k, 1.0f, a,
                    (int)lda, b, (int)ldb, beta, c, (int)ldc);
}

void rri_gemm_tn(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b,
                 size_t ldb, float beta, float *c, size_t ldc)
{
    if (m != 0 && n != 0)
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)m, (int)n, (int)k, 1.0f, a,
                    (int)lda, b, (int)ldb, beta, c, (int)ldc);
}

void rri_column_sums(size_t m, size_t n, const float *a, size_t lda, const float *ones, float *out)
{
    cblas_sgemv(CblasRowMajor, CblasTrans, (int)m, (int)n, 1.0f, a, (int)lda, ones, 1, 0.0f, out,
                1);
}
