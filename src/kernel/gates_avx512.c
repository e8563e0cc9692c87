/* SPDX-License-Identifier: MIT */
/* gates_avx512.c - gates.h for AVX-512; the body is shared. */
#include "kernel/simd_avx512.h"

#include "kernel/gates_body.h"

const rri_gates_kernels rri_gates_avx512 = RRI_GATES_KERNELS;
