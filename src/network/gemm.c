/* SPDX-License-Identifier: MIT */
/* gemm.c - products with packed factors, and outer products for the gradients of weights. */
#include "network/factors.h"

#include <assert.h>
#include <string.h>

enum { BLOCK_ROWS = 256 }; /* of the right side of an outer product, packed at a time */

void rri_product_part(const rri_factor *f, size_t k0, size_t k, size_t m, const float *a,
                      size_t lda, bool add, float *c, size_t ldc)
{
    assert(k0 + k <= f->k);
    f->gemm->multiply(m, f->n, k, a, lda, 1, f->packed + k0 * f->gemm->lanes, f->step, add, c, ldc);
}

void rri_product(const rri_factor *f, size_t m, const float *a, size_t lda, bool add, float *c,
                 size_t ldc)
{
    rri_product_part(f, 0, f->k, m, a, lda, add, c, ldc);
}

/* ---- outer products -------------------------------------------------------------------------- */

size_t rri_outer_scratch(const rri_gemm_kernels *gemm, size_t m, size_t n)
{
    return rri_gemm_columns(gemm, n) * (BLOCK_ROWS + m);
}

/* Pack rows begin..begin+rows of all parts side by side; the last panel is padded with zeros. */
static void pack_rows(const rri_gemm_kernels *gemm, const rri_outer_part *parts, size_t count,
                      size_t begin, size_t rows, float *packed)
{
    const size_t step = rows * gemm->lanes;
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        const rri_outer_part *p = &parts[i];
        gemm->pack(rows, p->n, p->b != NULL ? p->b + begin * p->ldb : NULL, p->ldb, 1.0f, at,
                   packed, step);
        at += p->n;
    }
    gemm->pack(rows, rri_gemm_columns(gemm, at) - at, NULL, 0, 0.0f, at, packed, step);
}

static size_t columns(const rri_outer_part *parts, size_t count)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        n += parts[i].n;
    return n;
}

/* sum [m][width] = A^T [b ...], or += */
static void add_products(const rri_gemm_kernels *gemm, size_t m, size_t k, const float *a,
                         size_t lda, const rri_outer_part *parts, size_t count, bool add,
                         float *packed, float *sum, size_t width)
{
    const size_t n = columns(parts, count);

    for (size_t begin = 0; begin == 0 || begin < k; begin += BLOCK_ROWS) {
        const size_t rows = rri_min(BLOCK_ROWS, k - begin);
        pack_rows(gemm, parts, count, begin, rows, packed);
        gemm->multiply(m, n, rows, a + begin * lda, 1, lda, packed, rows * gemm->lanes,
                       add || begin > 0, sum, width);
    }
}

void rri_outer_both(const rri_gemm_kernels *gemm, size_t m, size_t k, const float *a, size_t lda,
                    const rri_outer_part *parts, size_t count, const float *a2, size_t lda2,
                    const rri_outer_part *parts2, size_t count2, float *scratch)
{
    const size_t width = rri_gemm_columns(gemm, columns(parts, count));
    float *sum = scratch + BLOCK_ROWS * width; /* [m][width] */
    size_t at = 0;

    add_products(gemm, m, k, a, lda, parts, count, false, scratch, sum, width);
    if (count2 > 0)
        add_products(gemm, m, k, a2, lda2, parts2, count2, true, scratch, sum, width);
    for (size_t i = 0; i < count; i++) {
        const rri_outer_part *p = &parts[i];
        for (size_t j = 0; j < m; j++)
            memcpy(p->c + j * p->n, sum + j * width + at, p->n * sizeof *sum);
        at += p->n;
    }
}

void rri_outer(const rri_gemm_kernels *gemm, size_t m, size_t k, const float *a, size_t lda,
               const rri_outer_part *parts, size_t count, float *scratch)
{
    rri_outer_both(gemm, m, k, a, lda, parts, count, NULL, 0, NULL, 0, scratch);
}
