/* SPDX-License-Identifier: MIT */
/* covariance.c - mean and covariance of rows that come in portions.
 *
 *   u = x - shift,  S1 = sum u,  S2 = sum u u^T
 *   mean = shift + S1/n,   cov = (S2 - S1 S1^T / n) / (n - 1)
 *
 * The shift is the mean of the first portion, so that the last line loses little to cancellation.
 * Blocks of BLOCK_ROWS rows are packed as panels of columns (kernel/gemm.h) and multiplied with
 * themselves in float, the lower triangle alone: a panel times those before it and itself. Blocks,
 * and all of S1, are summed in double.
 * Block b of a portion belongs to slot b mod slots; a slot takes its blocks in order and slots are
 * added in order at the end, so that the bits depend neither on the number of threads nor on their
 * timing, and only the slots take memory. */
#include "abstraction/covariance.h"

#include "abstraction/rows.h"
#include "kernel/gemm.h"

#include <limits.h>
#include <string.h>

enum { BLOCK_ROWS = 512, MAX_SLOTS = 16, MIN_SLOTS = 2 };

static const size_t memory_bytes = (size_t)64 << 20; /* limit for all slots together */

struct rri_covariance {
    const rri_gemm_kernels *gemm;
    size_t d, n, slots;
    float *shift;   /* [d] */
    double *sum;    /* [slots][d] S1 */
    double *square; /* [slots][d][d] S2, lower triangle */
    float *block;   /* [slots] scratch: u as panels, BLOCK_ROWS x d and what fills the last */
    float *product; /* [slots][lanes][d] scratch: lines of S2 of one block, a panel's columns */
};

static size_t count_slots(size_t d)
{
    const size_t one = d * (d * sizeof(double) + BLOCK_ROWS * sizeof(float));

    return rri_max(MIN_SLOTS, rri_min(MAX_SLOTS, memory_bytes / one));
}

rr_status rri_covariance_new(size_t d, rri_covariance **out, rr_error *err)
{
    rr_status st = RR_OK;
    rri_covariance *c = NULL;

    *out = NULL;
    if (d == 0 || d > SHRT_MAX) /* so that d*d items cannot overflow */
        return rri_fail(err, RR_ERR_ARG, -1, "a covariance of %zu columns: must be 1 to %d", d,
                        SHRT_MAX);
    RRI_TRY(rri_alloc(&c, 1, 1, sizeof *c, err));
    c->gemm = rri_gemm_kernels_for(rri_isa_best());
    c->d = d;
    c->slots = count_slots(d);
    RRI_TRY(rri_alloc(&c->shift, d, 1, sizeof *c->shift, err));
    RRI_TRY(rri_alloc(&c->sum, c->slots, d, sizeof *c->sum, err));
    RRI_TRY(rri_alloc(&c->square, c->slots, d * d, sizeof *c->square, err));
    RRI_TRY(rri_alloc(&c->block, c->slots, rri_gemm_packed(c->gemm, BLOCK_ROWS, d),
                      sizeof *c->block, err));
    RRI_TRY(rri_alloc(&c->product, c->slots, c->gemm->lanes * d, sizeof *c->product, err));
    *out = c;
    c = NULL;

done:
    rri_covariance_free(c);
    return st;
}

void rri_covariance_free(rri_covariance *c)
{
    if (c == NULL)
        return;
    rri_free(c->shift);
    rri_free(c->sum);
    rri_free(c->square);
    rri_free(c->block);
    rri_free(c->product);
    rri_free(c);
}

/* The mean of the first portion; the first slot's sums, still zero, serve as scratch. */
static void set_shift(rri_covariance *c, rri_rows x)
{
    for (size_t i = 0; i < x.n; i++)
        for (size_t j = 0; j < c->d; j++)
            c->sum[j] += (double)rri_row(x, i)[j];
    for (size_t j = 0; j < c->d; j++) {
        c->shift[j] = (float)(c->sum[j] / (double)x.n);
        c->sum[j] = 0.0;
    }
}

typedef struct addition {
    rri_covariance *c;
    rri_rows x;
} addition;

/* u as panels, and its columns' sums. */
static void pack_block(const rri_covariance *c, const float *x, size_t stride, size_t n,
                       float *block, double *sum)
{
    const size_t lanes = c->gemm->lanes;

    for (size_t at = 0; at < c->d; at += lanes, block += n * lanes) {
        const size_t width = rri_min(lanes, c->d - at);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < width; j++) {
                const float u = x[i * stride + at + j] - c->shift[at + j];
                block[i * lanes + j] = u;
                sum[at + j] += (double)u;
            }
    }
}

static void add_block(rri_covariance *c, size_t slot, const float *x, size_t stride, size_t n)
{
    const size_t d = c->d;
    const size_t lanes = c->gemm->lanes;
    float *block = c->block + slot * rri_gemm_packed(c->gemm, BLOCK_ROWS, d);
    float *product = c->product + slot * lanes * d;
    double *square = c->square + slot * d * d;

    pack_block(c, x, stride, n, block, c->sum + slot * d);
    for (size_t at = 0; at < d; at += lanes) {
        const size_t rows = rri_min(lanes, d - at);
        c->gemm->multiply(rows, at + rows, n, block + at * n, 1, lanes, block, n * lanes, false,
                          product, d);
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j <= at + i; j++)
                square[(at + i) * d + j] += (double)product[i * d + j];
    }
}

static void add_slot(void *ctx, size_t slot, size_t worker)
{
    const addition *a = ctx;

    (void)worker;
    for (size_t b = slot; b < rri_blocks(a->x.n, BLOCK_ROWS); b += a->c->slots) {
        size_t begin = 0;
        size_t end = 0;
        rri_block(a->x.n, BLOCK_ROWS, b, &begin, &end);
        add_block(a->c, slot, rri_row(a->x, begin), a->x.stride, end - begin);
    }
}

rr_status rri_covariance_add(rri_covariance *c, rri_rows x, size_t threads, rr_error *err)
{
    addition a = { .c = c, .x = x };

    if (x.d != c->d)
        return rri_fail(err, RR_ERR_SHAPE, -1, "rows of %zu columns for a covariance of %zu", x.d,
                        c->d);
    const rr_status st = rri_rows_check(x, threads, "covariance rows", err);
    if (st != RR_OK || x.n == 0)
        return st;
    if (c->n == 0)
        set_shift(c, x);
    rri_parallel(threads, rri_min(c->slots, rri_blocks(x.n, BLOCK_ROWS)), add_slot, &a);
    c->n += x.n;
    return RR_OK;
}

size_t rri_covariance_width(const rri_covariance *c)
{
    return c->d;
}

size_t rri_covariance_rows(const rri_covariance *c)
{
    return c->n;
}

void rri_covariance_result(const rri_covariance *c, double *mean, double *matrix)
{
    const size_t d = c->d;
    const double n = (double)c->n;

    memcpy(mean, c->sum, d * sizeof *mean);
    memcpy(matrix, c->square, d * d * sizeof *matrix);
    for (size_t s = 1; s < c->slots; s++) {
        for (size_t j = 0; j < d; j++)
            mean[j] += c->sum[s * d + j];
        for (size_t j = 0; j < d * d; j++)
            matrix[j] += c->square[s * d * d + j];
    }
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j <= i; j++)
            matrix[i * d + j] = (matrix[i * d + j] - mean[i] * mean[j] / n) / (n - 1.0);
    for (size_t j = 0; j < d; j++)
        mean[j] = (double)c->shift[j] + mean[j] / n;
}
