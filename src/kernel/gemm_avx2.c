/* SPDX-License-Identifier: MIT */
/* gemm_avx2.c - gemm.h for AVX2; the body is shared. */
#include "kernel/simd_avx2.h"

#define VF_ROWS 6
#define VF_UNROLL 4
#include "kernel/gemm_body.h"

const rri_gemm_kernels rri_gemm_avx2 = RRI_GEMM_KERNELS;
