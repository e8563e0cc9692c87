/* SPDX-License-Identifier: MIT */
/* mixture_avx2.c - mixture.h for AVX2 with FMA; the body is shared. */
#include "kernel/simd_avx2.h"

#include "kernel/mixture_body.h"

const rri_mixture_kernels rri_mixture_avx2 = RRI_MIXTURE_KERNELS;
