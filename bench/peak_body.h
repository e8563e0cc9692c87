/* SPDX-License-Identifier: MIT */
/* peak_body.h - the loops of peak.h, by the vector operations of a simd_*.h that was included
 * before.
 *
 * Two multiply-adds can begin in a cycle and each takes four (four of four on wide ARM cores), so
 * eight to sixteen must be under way: there are more chains than that, and no more than registers.
 */
#include "kernel/simd_math.h"
#include "peak.h"

#if defined(__AVX512F__) || defined(__aarch64__)
enum { CHAINS = 24 }; /* 32 registers */
#else
enum { CHAINS = 12 }; /* 16 registers */
#endif
enum { EXP_CHAINS = 8, LOADS = 8 };

static void peak_fma(size_t rounds, float *out)
{
    const vf factor = vf_set(0.5f);
    const vf term = vf_set(1.0f);
    vf a[CHAINS];
    vf sum = vf_set(0.0f);

    for (int i = 0; i < CHAINS; i++)
        a[i] = vf_set((float)i);
    for (size_t r = 0; r < rounds; r++) {
#pragma GCC unroll 24
        for (int i = 0; i < CHAINS; i++)
            a[i] = vf_fma(a[i], factor, term);
    }
    for (int i = 0; i < CHAINS; i++)
        sum = vf_add(sum, a[i]);
    vf_store(out, sum);
}

/* Each chain soon stays at the largest value: no operation's time depends on it. */
static void peak_exp(size_t rounds, float *out)
{
    vf a[EXP_CHAINS];
    vf sum = vf_set(0.0f);

    for (int i = 0; i < EXP_CHAINS; i++)
        a[i] = vf_set((float)i);
    for (size_t r = 0; r < rounds; r++) {
#pragma GCC unroll 8
        for (int i = 0; i < EXP_CHAINS; i++)
            a[i] = vf_exp(a[i]);
    }
    for (int i = 0; i < EXP_CHAINS; i++)
        sum = vf_add(sum, a[i]);
    vf_store(out, sum);
}

static void peak_read(const float *x, size_t n, float *out)
{
    vf sum[LOADS];

    for (int i = 0; i < LOADS; i++)
        sum[i] = vf_set(0.0f);
    for (size_t j = 0; j < n; j += (size_t)LOADS * VF_LANES) {
#pragma GCC unroll 8
        for (int i = 0; i < LOADS; i++)
            sum[i] = vf_add(sum[i], vf_load(x + j + (size_t)i * VF_LANES));
    }
    for (int i = 1; i < LOADS; i++)
        sum[0] = vf_add(sum[0], sum[i]);
    vf_store(out, sum[0]);
}

static void peak_triad(const float *x, const float *y, size_t n, float *out)
{
    const vf factor = vf_set(3.0f);

    for (size_t j = 0; j < n; j += VF_LANES)
        vf_store(out + j, vf_fma(factor, vf_load(y + j), vf_load(x + j)));
}

#define BENCH_PEAK(ISA, NAME)                                                                      \
    {                                                                                              \
        .isa = (ISA), .name = (NAME), .flop = 2.0 * CHAINS * VF_LANES,                             \
        .exps = 1.0 * EXP_CHAINS * VF_LANES, .fma = peak_fma, .exp = peak_exp, .read = peak_read,  \
        .triad = peak_triad                                                                        \
    }
