/* SPDX-License-Identifier: MIT */
/* mixture_plain.c - mixture.h for instruction sets without kernels of their own; the body is
 * shared. */
#include "kernel/simd_plain.h"

#include "kernel/mixture_body.h"

const rri_mixture_kernels rri_mixture_plain = RRI_MIXTURE_KERNELS;
