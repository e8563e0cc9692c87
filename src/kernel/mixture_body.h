/* SPDX-License-Identifier: MIT */
/* mixture_body.h - the vector form of mixture_ref.c, written with the operations of simd_avx2.h,
 * simd_avx512.h or simd_plain.h. Included once by mixture_avx2.c, mixture_avx512.c and
 * mixture_plain.c. Equations: mixture.h.
 *
 * A vector holds neighbouring components of one row. The two loops that carry the work keep their
 * sums in registers: log_density, looping over dimensions, those of ROWS rows for one vector of
 * components; moments, looping over rows, those of DIMS dimensions. Deviations are computed twice
 * rather than stored: one instruction is cheaper than a store and a load. */
#include "kernel/mixture.h"
#include "kernel/simd_math.h"
#include "kernel/simd_sum.h"

#include <math.h>

enum {
    ROWS = 8,
    DIMS = VF_LANES == 16 ? 4 : 2 /* 2*DIMS sums and 2*DIMS parameters in 32 or 16 registers */
};

/* x_p * scale + offset */
static inline vf deviation(const float *x, vf scale, vf offset)
{
    return vf_fma(vf_set(*x), scale, offset);
}

/* `rows` is a constant wherever this is called, so that the sums stay in registers. */
static inline void density_of(const rri_mixture_params *m, size_t rows, const float *x,
                              size_t stride, float *ld)
{
    for (size_t k = 0; k < m->K; k += VF_LANES) {
        vf sum[ROWS];
        for (size_t i = 0; i < rows; i++)
            sum[i] = vf_set(0.0f);
        for (size_t p = 0; p < m->P; p++) {
            const vf scale = vf_load(m->scale + p * m->K + k);
            const vf offset = vf_load(m->offset + p * m->K + k);
            for (size_t i = 0; i < rows; i++) {
                const vf d = deviation(x + i * stride + p, scale, offset);
                sum[i] = vf_fma(d, d, sum[i]);
            }
        }
        const vf constant = vf_load(m->constant + k);
        for (size_t i = 0; i < rows; i++) /* vf_min returns its second operand for NaN */
            vf_store(ld + i * m->K + k,
                     vf_fnma(vf_min(sum[i], vf_set(RRI_MIXTURE_FAR)), vf_set(0.5f), constant));
    }
}

static void log_density(const rri_mixture_params *m, size_t n, const float *x, size_t stride,
                        float *ld)
{
    size_t i = 0;

    for (; i + ROWS <= n; i += ROWS)
        density_of(m, ROWS, x + i * stride, stride, ld + i * m->K);
    for (; i < n; i++)
        density_of(m, 1, x + i * stride, stride, ld + i * m->K);
}

static void responsibility(size_t K, size_t n, float *ld, float *top, float *sum)
{
    for (size_t i = 0; i < n; i++) {
        float *row = ld + i * K;
        vf most = vf_load(row);
        for (size_t k = VF_LANES; k < K; k += VF_LANES)
            most = vf_max(most, vf_load(row + k));
        top[i] = vf_largest(most);
        most = vf_set(top[i]);
        vf_total total = vf_nothing();
        for (size_t k = 0; k < K; k += VF_LANES) {
            const vf below = vf_sub(vf_load(row + k), most);
            const vf e =
                vf_select(vf_less(below, vf_set(RRI_MIXTURE_LEAST)), vf_set(0.0f), vf_exp(below));
            vf_store(row + k, e);
            vf_count(&total, k, e);
        }
        sum[i] = vf_sum16(total.part);
        const vf inverse = vf_set(1.0f / sum[i]);
        for (size_t k = 0; k < K; k += VF_LANES)
            vf_store(row + k, vf_mul(vf_load(row + k), inverse));
    }
}

static void largest(size_t K, size_t n, const float *ld, uint32_t *best, float *top)
{
    static const float count[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
    const vf lane = vf_load(count);

    for (size_t i = 0; i < n; i++) {
        const float *row = ld + i * K;
        vf most = vf_load(row);
        vf at = vf_set(0.0f); /* the vector a lane's maximum was first seen in: below 2^24 */
        for (size_t k = VF_LANES; k < K; k += VF_LANES) {
            const vf v = vf_load(row + k);
            const vmask more = vf_less(most, v);
            most = vf_select(more, v, most);
            at = vf_select(more, vf_set((float)k), at);
        }
        top[i] = vf_largest(most);
        /* Of the lanes that hold the maximum the one with the lowest component: the largest minus.
         */
        const vf minus = vf_sub(vf_set(0.0f), vf_add(at, lane));
        const vmask lower = vf_less(most, vf_set(top[i]));
        best[i] = (uint32_t)-vf_largest(vf_select(lower, vf_set(-0x1p25f), minus));
    }
}

/* Moments of `dims` neighbouring dimensions, a constant wherever this is called. */
static inline void moments_of(const rri_mixture_params *m, size_t dims, size_t p, size_t n,
                              const float *x, size_t stride, const float *r, float *s1, float *s2)
{
    for (size_t k = 0; k < m->K; k += VF_LANES) {
        vf scale[DIMS];
        vf offset[DIMS];
        vf first[DIMS];
        vf second[DIMS];
        for (size_t j = 0; j < dims; j++) {
            scale[j] = vf_load(m->scale + (p + j) * m->K + k);
            offset[j] = vf_load(m->offset + (p + j) * m->K + k);
            first[j] = second[j] = vf_set(0.0f);
        }
        for (size_t i = 0; i < n; i++) {
            const vf weight = vf_load(r + i * m->K + k);
            for (size_t j = 0; j < dims; j++) {
                const vf d = deviation(x + i * stride + p + j, scale[j], offset[j]);
                const vf t = vf_mul(weight, d);
                first[j] = vf_add(first[j], t);
                second[j] = vf_fma(t, d, second[j]);
            }
        }
        for (size_t j = 0; j < dims; j++) {
            vf_store(s1 + (p + j) * m->K + k, first[j]);
            vf_store(s2 + (p + j) * m->K + k, second[j]);
        }
    }
}

static void moments(const rri_mixture_params *m, size_t n, const float *x, size_t stride,
                    const float *r, float *mass, float *s1, float *s2)
{
    size_t p = 0;

    for (size_t k = 0; k < m->K; k += VF_LANES) {
        vf total = vf_set(0.0f);
        for (size_t i = 0; i < n; i++)
            total = vf_add(total, vf_load(r + i * m->K + k));
        vf_store(mass + k, total);
    }
    for (; p + DIMS <= m->P; p += DIMS)
        moments_of(m, DIMS, p, n, x, stride, r, s1, s2);
    for (; p < m->P; p++)
        moments_of(m, 1, p, n, x, stride, r, s1, s2);
}

#define RRI_MIXTURE_KERNELS                                                                        \
    {                                                                                              \
        .log_density = log_density, .responsibility = responsibility, .moments = moments,          \
        .largest = largest                                                                         \
    }
