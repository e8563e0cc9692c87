/* SPDX-License-Identifier: MIT */
/* mixture_avx512.c - mixture.h for AVX-512; the body is shared. */
#include "kernel/simd_avx512.h"

#include "kernel/mixture_body.h"

const rri_mixture_kernels rri_mixture_avx512 = RRI_MIXTURE_KERNELS;
