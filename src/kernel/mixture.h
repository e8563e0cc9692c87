/* SPDX-License-Identifier: MIT */
/* mixture.h - the inner loops of a diagonal Gaussian mixture, over a small block of rows.
 *
 *   d_kp  = x_p * scale_kp + offset_kp            scale = 1/sd, offset = -mean/sd
 *   ld_k  = constant_k - (sum_p d_kp^2) / 2       log of weight times density, less a common base
 *   r_k   = exp(ld_k - top) / sum_j exp(ld_j - top),  top = max_k ld_k;  0 where ld_k < top - 25
 *   n_k = sum r_k,  s1_kp = sum r_k d_kp,  s2_kp = sum r_k d_kp^2        sums over the rows
 *
 * Moments are taken about the present mean in present standard deviations, so that a mean far from
 * the origin causes no cancellation. With scale 1, offset minus the centre and constant 0 the
 * largest ld belongs to the nearest centre: k-means uses the same loops.
 *
 * Rows are handled in blocks, stored by columns: x [P][B], ld and r [K][B], B a multiple of
 * RRI_MIXTURE_LANES. A vector holds neighbouring rows of one component, so that nothing is padded
 * but the last rows of the last block; there x is 0, ld is not used and r is 0. However far a row
 * lies, ld is finite: the sum of squares stops at RRI_MIXTURE_FAR.
 *
 * The order of every sum is fixed. Dimensions: one chain. Components: 16 lanes, component k in lane
 * k % 16, then lane i + lane i+8, +4, +2, +1. Rows: 16 lanes too, row i of a block in lane i % 16;
 * 16 neighbouring rows from a multiple of 16 on add nothing to a component for which they all have
 * r 0.
 *
 * Every row is computed alone and in the same order, whatever its position in the block, so all
 * results but the moments are independent of the division into blocks. Tolerances against the
 * reference: ld 4e-6*(1 + |ld|); responsibilities 1e-6 for equal ld; moments 2e-6 of the sum of the
 * magnitudes that go into them, |x*scale| and |offset| counted apart.
 * tests/abstraction/test_mixture.c. */
#ifndef RRI_MIXTURE_H
#define RRI_MIXTURE_H

#include "kernel/isa.h"

#include <stddef.h>
#include <stdint.h>

#define RRI_MIXTURE_LANES 16
#define RRI_MIXTURE_FAR 1.0e36f
/* Below exp(-25), 1.4e-11, a responsibility counts as 0: a thousand million such rows weigh one
 * hundredth of one row. Products of responsibilities and deviations thus stay far from the
 * subnormal floats, on which a processor spends a hundred cycles each; and most groups of rows can
 * be left out of a component's moments. */
#define RRI_MIXTURE_LEAST (-25.0f)

typedef struct rri_mixture_params {
    size_t K;              /* components */
    size_t P;              /* dimensions */
    const float *scale;    /* [K][P] */
    const float *offset;   /* [K][P] */
    const float *constant; /* [K] */
} rri_mixture_params;

typedef struct rri_mixture_kernels {
    /* x [P][B] of n <= B rows, `stride` floats apart. */
    void (*columns)(size_t n, const float *rows, size_t stride, size_t P, size_t B, float *x);
    /* ld [K][B]. */
    void (*log_density)(const rri_mixture_params *m, size_t B, const float *x, float *ld);
    /* ld becomes r; top [B] and sum [B], sum >= 1, give the log-likelihood top + log(sum). */
    void (*responsibility)(size_t K, size_t n, size_t B, float *ld, float *top, float *sum);
    /* Of `blocks` blocks, x [blocks][P][B] and r [blocks][K][B], each below 2^32 floats, add to the
     * lanes of n_k, s1 and s2: lanes [K][1 + 2P][16]. With P 0 x may be NULL. */
    void (*moments)(const rri_mixture_params *m, size_t blocks, size_t B, const float *x,
                    const float *r, float *lanes);
    /* sums[j] += the sum of the lanes [16] of j, which become 0. */
    void (*add_lanes)(size_t n, float *lanes, double *sums);
    /* The first component with the largest ld, and that ld: best [B], top [B]. K <= 2^24. */
    void (*largest)(size_t K, size_t B, const float *ld, uint32_t *best, float *top);
} rri_mixture_kernels;

/* The kernels of an instruction set; those of the compiler's vectors where there are none. */
const rri_mixture_kernels *rri_mixture_kernels_for(rri_isa isa);

extern const rri_mixture_kernels rri_mixture_ref;
extern const rri_mixture_kernels rri_mixture_plain;
#if defined(__x86_64__)
extern const rri_mixture_kernels rri_mixture_avx2;
extern const rri_mixture_kernels rri_mixture_avx512;
#endif

#endif
