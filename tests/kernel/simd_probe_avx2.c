/* SPDX-License-Identifier: MIT */
/* simd_probe_avx2.c - the vector functions of AVX2 for test_simd.c. */
#include "kernel/simd_avx2.h"

#define PROBE probe_avx2
#include "simd_probe_body.h"
