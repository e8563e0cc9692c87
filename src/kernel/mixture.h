/* SPDX-License-Identifier: MIT */
/* mixture.h - the inner loops of a diagonal Gaussian mixture, over a small block of rows.
 *
 *   d_kp  = x_p * scale_kp + offset_kp            scale = 1/sd, offset = -mean/sd
 *   ld_k  = constant_k - (sum_p d_kp^2) / 2       log of weight times density, less a common base
 *   r_k   = exp(ld_k - top) / sum_j exp(ld_j - top),  top = max_k ld_k;  0 where ld_k < top - 87
 *   n_k = sum r_k,  s1_kp = sum r_k d_kp,  s2_kp = sum r_k d_kp^2        sums over the rows
 *
 * Moments are taken about the present mean in present standard deviations, so that a mean far from
 * the origin causes no cancellation. With scale 1, offset minus the centre and constant 0 the
 * largest ld belongs to the nearest centre: k-means uses the same loops.
 *
 * The number of components is padded to K, a multiple of RRI_MIXTURE_LANES. A padded component has
 * scale 0, offset 0 and constant RRI_MIXTURE_NOTHING; its responsibility is exactly 0. However far
 * a row lies, ld is finite: the sum of squares stops at RRI_MIXTURE_FAR.
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
#define RRI_MIXTURE_NOTHING (-3.0e38f)
#define RRI_MIXTURE_FAR 1.0e36f
/* Below exp(-87), where a float begins to lose precision, a responsibility counts as 0. */
#define RRI_MIXTURE_LEAST (-87.0f)

typedef struct rri_mixture_params {
    size_t K;              /* padded components */
    size_t P;              /* dimensions */
    const float *scale;    /* [P][K] */
    const float *offset;   /* [P][K] */
    const float *constant; /* [K] */
} rri_mixture_params;

typedef struct rri_mixture_kernels {
    /* ld [n][K] of the n rows at x, `stride` floats apart. */
    void (*log_density)(const rri_mixture_params *m, size_t n, const float *x, size_t stride,
                        float *ld);
    /* ld becomes r; top [n] and sum [n], sum >= 1, give the log-likelihood top + log(sum). */
    void (*responsibility)(size_t K, size_t n, float *ld, float *top, float *sum);
    /* mass [K] (n_k), s1 [P][K], s2 [P][K] of these rows alone: overwritten, not added to. */
    void (*moments)(const rri_mixture_params *m, size_t n, const float *x, size_t stride,
                    const float *r, float *mass, float *s1, float *s2);
    /* The first component with the largest ld, and that ld. */
    void (*largest)(size_t K, size_t n, const float *ld, uint32_t *best, float *top);
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
