/* SPDX-License-Identifier: MIT */
/* gemm_plain.c - gemm.h for instruction sets without kernels of their own; the body is shared. */
#include "kernel/simd_plain.h"

#define VF_ROWS 6
#define VF_UNROLL 1
#include "kernel/gemm_body.h"

const rri_gemm_kernels rri_gemm_plain = RRI_GEMM_KERNELS;
