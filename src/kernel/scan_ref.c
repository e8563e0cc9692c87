/* SPDX-License-Identifier: MIT */
/* scan_ref.c - scan.h in plain C: the specification. */
#include "kernel/scan.h"

#include <limits.h>

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

/* Bounds only rise, and the last steps differ most: they come first, until no lane is left. */
static uint64_t coarse(const rri_coarse *s)
{
    unsigned bound[RRI_SCAN_LANES];
    unsigned lowest = s->base;
    uint64_t near = 0;

    for (size_t n = 0; n < RRI_SCAN_LANES; n++)
        bound[n] = s->base;
    for (size_t t = s->steps; t-- > 0 && (lowest <= s->limit || s->limit == UINT8_MAX);) {
        const uint8_t *code = s->code + t * RRI_SCAN_LANES;
        const uint8_t *row = s->row + t * RRI_COARSE_ROW;
        lowest = UINT_MAX;
        for (size_t n = 0; n < RRI_SCAN_LANES; n++) {
            bound[n] +=
                (unsigned)row[code[n] % RRI_COARSE_STATES] + row[RRI_COARSE_STATES + code[n] / 16];
            lowest = bound[n] < lowest ? bound[n] : lowest;
        }
    }
    for (size_t n = 0; n < RRI_SCAN_LANES; n++)
        if (bound[n] <= s->limit || s->limit == UINT8_MAX)
            near |= (uint64_t)1 << n;
    return near;
}

static void count_marked(size_t first, size_t words, const rri_marked *list, size_t lists,
                         uint8_t *restrict count)
{
    for (size_t i = 0; i < 64 * words; i++)
        count[i] = 0;
    for (size_t l = 0; l < lists; l++)
        for (size_t w = 0; w < words; w++)
            for (uint64_t bits = list[l].bits[first + w]; bits != 0; bits &= bits - 1) {
                uint8_t *c = &count[64 * w + (size_t)__builtin_ctzll(bits)];
                *c = (uint8_t)(*c + list[l].more);
            }
}

const rri_scan_kernels rri_scan_ref = {
    .sum = sum, .coarse = coarse, .count_marked = count_marked, .below = below
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
