/* SPDX-License-Identifier: MIT */
/* gates_avx2.c - gates.h for AVX2 with FMA; the body is shared. */
#include "kernel/simd_avx2.h"

#include "kernel/gates_body.h"

const rri_gates_kernels rri_gates_avx2 = RRI_GATES_KERNELS;
