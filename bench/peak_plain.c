/* SPDX-License-Identifier: MIT */
/* peak_plain.c - peak.h for vectors of 128 bits, which every processor has. */
#include "kernel/simd_plain.h"

#include "peak_body.h"

const bench_peak bench_peak_plain = BENCH_PEAK("plain", "128 bits");
