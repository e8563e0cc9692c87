/* SPDX-License-Identifier: MIT */
/* simd_probe_avx2.c - see simd_probe.h. */
#include "kernel/simd_avx2.h"

#define PROBE probe_avx2
#include "simd_probe_body.h"
