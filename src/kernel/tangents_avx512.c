/* SPDX-License-Identifier: MIT */
/* tangents_avx512.c - tangents.h for AVX-512; the body is shared. */
#include "kernel/simd_avx512.h"

#include "kernel/tangents_body.h"

const rri_tangents_kernels rri_tangents_avx512 = RRI_TANGENTS_KERNELS;
