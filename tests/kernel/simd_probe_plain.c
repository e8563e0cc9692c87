/* SPDX-License-Identifier: MIT */
/* simd_probe_plain.c - the vector functions of any processor for test_simd.c. */
#include "kernel/simd_plain.h"

#define PROBE probe_plain
#include "simd_probe_body.h"
