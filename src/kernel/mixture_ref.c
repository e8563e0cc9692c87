/* SPDX-License-Identifier: MIT */
/* mixture_ref.c - the specification of mixture.h: plain C, no threads, never tuned. */
#include "kernel/mixture.h"

#include <math.h>

static float deviation(const rri_mixture_params *m, const float *x, size_t p, size_t k)
{
    return x[p] * m->scale[p * m->K + k] + m->offset[p * m->K + k];
}

static void log_density(const rri_mixture_params *m, size_t n, const float *x, size_t stride,
                        float *ld)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < m->K; k++) {
            float sum = 0.0f;
            for (size_t p = 0; p < m->P; p++) {
                const float d = deviation(m, x + i * stride, p, k);
                sum += d * d;
            }
            /* Written so that NaN, from an overflow in d, counts as far too. */
            const float far = sum < RRI_MIXTURE_FAR ? sum : RRI_MIXTURE_FAR;
            ld[i * m->K + k] = m->constant[k] - 0.5f * far;
        }
    }
}

static void largest(size_t K, size_t n, const float *ld, uint32_t *best, float *top)
{
    for (size_t i = 0; i < n; i++) {
        const float *row = ld + i * K;
        size_t at = 0;
        for (size_t k = 1; k < K; k++)
            if (row[k] > row[at])
                at = k;
        best[i] = (uint32_t)at;
        top[i] = row[at];
    }
}

static void responsibility(size_t K, size_t n, float *ld, float *top, float *sum)
{
    for (size_t i = 0; i < n; i++) {
        float *row = ld + i * K;
        float most = row[0];
        float total = 0.0f;
        for (size_t k = 1; k < K; k++)
            most = row[k] > most ? row[k] : most;
        for (size_t k = 0; k < K; k++) {
            const float below = row[k] - most;
            row[k] = below < RRI_MIXTURE_LEAST ? 0.0f : expf(below);
            total += row[k];
        }
        for (size_t k = 0; k < K; k++)
            row[k] /= total;
        top[i] = most;
        sum[i] = total;
    }
}

static void moments(const rri_mixture_params *m, size_t n, const float *x, size_t stride,
                    const float *r, float *mass, float *s1, float *s2)
{
    for (size_t k = 0; k < m->K; k++) {
        mass[k] = 0.0f;
        for (size_t i = 0; i < n; i++)
            mass[k] += r[i * m->K + k];
    }
    for (size_t p = 0; p < m->P; p++) {
        for (size_t k = 0; k < m->K; k++) {
            float first = 0.0f;
            float second = 0.0f;
            for (size_t i = 0; i < n; i++) {
                const float d = deviation(m, x + i * stride, p, k);
                const float t = r[i * m->K + k] * d;
                first += t;
                second += t * d;
            }
            s1[p * m->K + k] = first;
            s2[p * m->K + k] = second;
        }
    }
}

const rri_mixture_kernels rri_mixture_ref = {
    .log_density = log_density,
    .responsibility = responsibility,
    .moments = moments,
    .largest = largest,
};

const rri_mixture_kernels *rri_mixture_kernels_for(rri_isa isa)
{
#if defined(__x86_64__)
    if (isa == RRI_ISA_AVX512)
        return &rri_mixture_avx512;
    if (isa == RRI_ISA_AVX2)
        return &rri_mixture_avx2;
#endif
    (void)isa;
    return &rri_mixture_plain;
}
