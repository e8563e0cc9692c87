/* SPDX-License-Identifier: MIT */
/* gemm_ref.c - gemm.h in plain C: the specification; and the packing that all kernels share. */
#include "kernel/gemm.h"

#include <math.h>

enum { LANES = 16 };

static void multiply(size_t m, size_t n, size_t k, const float *a, size_t row_step, size_t k_step,
                     const float *packed, size_t step, bool add, float *c, size_t ldc)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            const float *b = packed + j / LANES * step + j % LANES;
            float sum = 0.0f;
            for (size_t p = 0; p < k; p++)
                sum = fmaf(a[i * row_step + p * k_step], b[p * LANES], sum);
            c[i * ldc + j] = add ? c[i * ldc + j] + sum : sum;
        }
}

static void pack(size_t k, size_t n, const float *b, size_t ldb, float fill, size_t at,
                 float *packed, size_t step)
{
    for (size_t p = 0; p < k; p++)
        for (size_t j = 0; j < n; j++)
            packed[(at + j) / LANES * step + p * LANES + (at + j) % LANES] =
                b != NULL ? b[p * ldb + j] : fill;
}

const rri_gemm_kernels rri_gemm_ref = { .lanes = LANES, .multiply = multiply, .pack = pack };

const rri_gemm_kernels *rri_gemm_kernels_for(rri_isa isa)
{
#if defined(__x86_64__)
    if (isa == RRI_ISA_AVX512)
        return &rri_gemm_avx512;
    if (isa == RRI_ISA_AVX2)
        return &rri_gemm_avx2;
#endif
    (void)isa;
    return &rri_gemm_plain;
}

/* One panel of `width` columns from their transpose; reads follow its rows in memory. */
static void pack_panel(size_t lanes, size_t k, size_t width, const float *b, size_t ldb,
                       float *panel)
{
    for (size_t j = 0; j < width; j++)
        for (size_t p = 0; p < k; p++)
            panel[p * lanes + j] = b[j * ldb + p];
}

void rri_gemm_pack(const rri_gemm_kernels *g, size_t k, size_t n, const float *b, size_t ldb,
                   bool transposed, float *packed, size_t step)
{
    g->pack(k, rri_gemm_columns(g, n) - n, NULL, 0, 0.0f, n, packed, step);
    if (!transposed)
        g->pack(k, n, b, ldb, 0.0f, 0, packed, step);
    for (size_t j = 0; transposed && j < n; j += g->lanes)
        pack_panel(g->lanes, k, n - j < g->lanes ? n - j : g->lanes, b + j * ldb, ldb,
                   packed + j / g->lanes * step);
}
