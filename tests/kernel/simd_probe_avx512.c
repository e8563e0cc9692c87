/* SPDX-License-Identifier: MIT */
/* simd_probe_avx512.c - the vector functions of AVX-512 for test_simd.c. */
#include "kernel/simd_avx512.h"

#define PROBE probe_avx512
#include "simd_probe_body.h"
