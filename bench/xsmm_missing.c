/* SPDX-License-Identifier: MIT */
/* xsmm_missing.c - in place of xsmm.c where there is no libxsmm. */
#include "xsmm.h"

bool bench_xsmm_built(void)
{
    return false;
}

void bench_xsmm_product(bool transposed, size_t m, size_t n, size_t k, const float *a, size_t lda,
                        const float *b, float beta, float *c, size_t columns)
{
    (void)transposed, (void)m, (void)n, (void)k, (void)a, (void)lda, (void)b, (void)beta, (void)c;
    (void)columns;
}

rr_status bench_xsmm_check(rr_error *err)
{
    (void)err;
    return RR_ERR_UNSUPPORTED;
}
