/* SPDX-License-Identifier: MIT */
/* scan_ref.c - scan.h in plain C: the specification. */
#include "kernel/scan.h"

static void sum(const rri_scan *s, float *restrict acc)
{
    for (size_t n = 0; n < s->count; n++)
        acc[n] = 0.0f;
    for (size_t t = 0; t < s->steps; t++) {
        const uint8_t *state = s->state + t * s->stride;
        const uint8_t *label = s->label + t * s->stride;
        const float *row_state = s->row_state[t];
        const float *row_label = s->row_label[t];
        for (size_t n = 0; n < s->count; n++)
            acc[n] += row_state[state[n]] + row_label[label[n]];
    }
}

static size_t below(size_t n, const float *x, float limit, uint32_t *index)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++)
        if (x[i] < limit)
            index[found++] = (uint32_t)i;
    return found;
}

static void coarse(const rri_coarse *s, uint16_t *restrict acc)
{
    for (size_t n = 0; n < s->count; n++)
        acc[n] = 0;
    for (size_t t = 0; t < s->steps; t++)
        for (size_t n = 0; n < s->count; n++)
            acc[n] =
                (uint16_t)(acc[n] + s->row_state[t * RRI_COARSE_ROW + s->state[t * s->stride + n]] +
                           s->row_label[t * RRI_COARSE_ROW + s->label[t * s->stride + n]]);
}

static size_t up_to(size_t n, const uint16_t *x, uint16_t limit, uint32_t *index)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++)
        if (x[i] <= limit)
            index[found++] = (uint32_t)i;
    return found;
}

const rri_scan_kernels rri_scan_ref = {
    .sum = sum, .coarse = coarse, .up_to = up_to, .below = below
};

const rri_scan_kernels *rri_scan_kernels_for(rri_isa isa)
{
#if defined(__x86_64__)
    if (isa == RRI_ISA_AVX512)
        return __builtin_cpu_supports("avx512vbmi") ? &rri_scan_vbmi : &rri_scan_avx512;
    if (isa == RRI_ISA_AVX2)
        return &rri_scan_avx2;
#endif
    (void)isa;
    return &rri_scan_ref;
}
