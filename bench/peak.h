/* SPDX-License-Identifier: MIT */
/* peak.h - loops that do nothing but what the processor does best, one set of them for each width
 * of vectors: peak_plain.c (128 bits), peak_avx2.c (256), peak_avx512.c (512). The body is shared.
 */
#ifndef BENCH_PEAK_H
#define BENCH_PEAK_H

#include <stddef.h>

/* Results that must be written, so that no work is left out. */
enum { BENCH_PEAK_OUT = 16 };

typedef struct bench_peak {
    const char *isa;  /* as rr_set_instruction_set() names it */
    const char *name; /* "AVX-512" */
    /* One round of each loop does so many operations; a multiply-add is two. */
    double flop, exps;
    void (*fma)(size_t rounds, float *out);
    void (*exp)(size_t rounds, float *out);             /* the library's, of simd_math.h */
    void (*read)(const float *x, size_t n, float *out); /* n: a multiple of 128 */
    void (*triad)(const float *x, const float *y, size_t n, float *out); /* out [n] = x + 3 y */
} bench_peak;

extern const bench_peak bench_peak_plain, bench_peak_avx2, bench_peak_avx512;

#endif
