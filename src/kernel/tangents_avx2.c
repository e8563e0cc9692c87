/* SPDX-License-Identifier: MIT */
/* tangents_avx2.c - tangents.h for AVX2 with FMA; the body is shared. */
#include "kernel/simd_avx2.h"

#include "kernel/tangents_body.h"

const rri_tangents_kernels rri_tangents_avx2 = RRI_TANGENTS_KERNELS;
