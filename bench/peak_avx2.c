/* SPDX-License-Identifier: MIT */
/* peak_avx2.c - peak.h for AVX2. */
#include "kernel/simd_avx2.h"

#include "peak_body.h"

const bench_peak bench_peak_avx2 = BENCH_PEAK("avx2", "AVX2");
