/* SPDX-License-Identifier: MIT */
/* peak_avx512.c - peak.h for AVX-512. */
#include "kernel/simd_avx512.h"

#include "peak_body.h"

const bench_peak bench_peak_avx512 = BENCH_PEAK("avx512", "AVX-512");
