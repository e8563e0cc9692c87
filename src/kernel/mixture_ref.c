/* SPDX-License-Identifier: MIT */
/* mixture_ref.c - the specification of mixture.h: plain C, no threads, never tuned. */
#include "kernel/mixture.h"

#include <math.h>

enum { LANES = RRI_MIXTURE_LANES };

static void columns(size_t n, const float *rows, size_t stride, size_t P, size_t B, float *x)
{
    for (size_t p = 0; p < P; p++)
        for (size_t i = 0; i < B; i++)
            x[p * B + i] = i < n ? rows[i * stride + p] : 0.0f;
}

static float deviation(const rri_mixture_params *m, float x, size_t k, size_t p)
{
    return x * m->scale[k * m->P + p] + m->offset[k * m->P + p];
}

static void log_density(const rri_mixture_params *m, size_t B, const float *x, float *ld)
{
    for (size_t k = 0; k < m->K; k++) {
        for (size_t i = 0; i < B; i++) {
            float sum = 0.0f;
            for (size_t p = 0; p < m->P; p++) {
                const float d = deviation(m, x[p * B + i], k, p);
                sum += d * d;
            }
            /* Written so that NaN, from an overflow in d, counts as far too. */
            const float far = sum < RRI_MIXTURE_FAR ? sum : RRI_MIXTURE_FAR;
            ld[k * B + i] = m->constant[k] - 0.5f * far;
        }
    }
}

static void largest(size_t K, size_t B, const float *ld, uint32_t *best, float *top)
{
    for (size_t i = 0; i < B; i++) {
        size_t at = 0;
        for (size_t k = 1; k < K; k++)
            if (ld[k * B + i] > ld[at * B + i])
                at = k;
        best[i] = (uint32_t)at;
        top[i] = ld[at * B + i];
    }
}

static void responsibility(size_t K, size_t n, size_t B, float *ld, float *top, float *sum)
{
    for (size_t i = 0; i < B; i++) {
        float most = ld[i];
        float total = 0.0f;
        for (size_t k = 1; k < K; k++)
            most = ld[k * B + i] > most ? ld[k * B + i] : most;
        for (size_t k = 0; k < K; k++) {
            float *r = ld + k * B + i;
            const float below = *r - most;
            *r = below < RRI_MIXTURE_LEAST ? 0.0f : expf(below);
            total += *r;
        }
        for (size_t k = 0; k < K; k++)
            ld[k * B + i] = i < n ? ld[k * B + i] / total : 0.0f;
        top[i] = most;
        sum[i] = total;
    }
}

static void moments(const rri_mixture_params *m, size_t blocks, size_t B, const float *x,
                    const float *r, float *lanes)
{
    for (size_t k = 0; k < m->K; k++) {
        float *mass = lanes + k * (1 + 2 * m->P) * LANES;
        for (size_t i = 0; i < blocks * B; i++) {
            const float *row = x + i / B * m->P * B + i % B;
            const float weight = r[(i / B * m->K + k) * B + i % B];
            const size_t lane = i % LANES;
            if (weight == 0.0f)
                continue;
            mass[lane] += weight;
            for (size_t p = 0; p < m->P; p++) {
                const float d = deviation(m, row[p * B], k, p);
                const float t = weight * d;
                mass[(1 + p) * LANES + lane] += t;
                mass[(1 + m->P + p) * LANES + lane] += t * d;
            }
        }
    }
}

static void add_lanes(size_t n, float *lanes, double *sums)
{
    for (size_t j = 0; j < n; j++) {
        float sum = 0.0f;
        for (size_t l = 0; l < LANES; l++) {
            sum += lanes[j * LANES + l];
            lanes[j * LANES + l] = 0.0f;
        }
        sums[j] += (double)sum;
    }
}

const rri_mixture_kernels rri_mixture_ref = {
    .columns = columns,
    .log_density = log_density,
    .responsibility = responsibility,
    .moments = moments,
    .add_lanes = add_lanes,
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
