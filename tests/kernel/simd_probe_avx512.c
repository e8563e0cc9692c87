/* SPDX-License-Identifier: MIT */
/* simd_probe_avx512.c - see simd_probe.h. */
#include "kernel/simd_avx512.h"

#define PROBE probe_avx512
#include "simd_probe_body.h"
