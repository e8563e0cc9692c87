/* SPDX-License-Identifier: MIT */
/* xsmm.c - libxsmm reads columns first: its left factor is our B, its right one our A. */
#include "xsmm.h"

#include "core/core.h"

#include <libxsmm.h>
#include <math.h>

enum { SLICE = 128 };

bool bench_xsmm_built(void)
{
    return true;
}

/* The kernel of these sizes; libxsmm keeps those it has made. */
static void piece(bool transposed, size_t m, size_t n, size_t k, const float *a, size_t lda,
                  const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
    const int left = (int)ldb;
    const int right = (int)lda;
    const int out = (int)ldc;
    const float alpha = 1.0f;
    const int flags = transposed ? LIBXSMM_GEMM_FLAG_TRANS_B : LIBXSMM_GEMM_FLAG_NONE;
    const libxsmm_smmfunction kernel = libxsmm_smmdispatch((int)n, (int)m, (int)k, &left, &right,
                                                           &out, &alpha, &beta, &flags, NULL);

    if (kernel != NULL)
        kernel(b, a, c);
}

void bench_xsmm_product(bool transposed, size_t m, size_t n, size_t k, const float *a, size_t lda,
                        const float *b, float beta, float *c, size_t columns)
{
    const size_t slice = transposed ? SLICE : k;

    for (size_t p = 0; p < k; p += slice)
        for (size_t j = 0; j < n; j += columns)
            piece(transposed, m, rri_min(columns, n - j), rri_min(slice, k - p),
                  a + (transposed ? p * lda : p), lda, b + p * n + j, n, p > 0 ? 1.0f : beta, c + j,
                  n);
}

static double wrong(bool transposed, size_t m, size_t n, size_t k, const float *a, size_t lda,
                    const float *b, const float *c)
{
    double worst = 0.0;

    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0.0;
            for (size_t p = 0; p < k; p++)
                sum += (double)a[transposed ? p * lda + i : i * lda + p] * (double)b[p * n + j];
            const double off = fabs(sum - (double)c[i * n + j]);
            worst = off <= worst ? worst : off;
        }
    return worst;
}

rr_status bench_xsmm_check(rr_error *err)
{
    const size_t n = 53;
    const size_t most = 150; /* more than a slice */
    rri_random r = rri_random_at(2, RRI_RANDOM_PARITY, 9);
    float *a = NULL;
    float *b = NULL;
    float *c = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&a, most, most, sizeof *a, err));
    RRI_TRY(rri_alloc(&b, most, n, sizeof *b, err));
    RRI_TRY(rri_alloc(&c, most, n, sizeof *c, err));
    for (size_t i = 0; i < most * most; i++)
        a[i] = (float)(rri_random_uniform(&r) - 0.5);
    for (size_t i = 0; i < most * n; i++)
        b[i] = (float)(rri_random_uniform(&r) - 0.5);
    for (int transposed = 0; transposed < 2; transposed++) {
        const size_t m = 37;
        bench_xsmm_product(transposed != 0, m, n, most, a, most, b, 0.0f, c, 16);
        const double off = wrong(transposed != 0, m, n, most, a, most, b, c);
        if (!(off <= 1e-4))
            RRI_TRY(rri_fail(err, RR_ERR_NUMERIC, -1, "libxsmm's product is off by %.2g", off));
    }

done:
    rri_free(a);
    rri_free(b);
    rri_free(c);
    return st;
}
