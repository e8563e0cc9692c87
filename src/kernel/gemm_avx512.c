/* SPDX-License-Identifier: MIT */
/* gemm_avx512.c - gemm.h for AVX-512; the body is shared. */
#include "kernel/simd_avx512.h"

#define VF_ROWS 14
#define VF_UNROLL 4
#include "kernel/gemm_body.h"

const rri_gemm_kernels rri_gemm_avx512 = RRI_GEMM_KERNELS;
