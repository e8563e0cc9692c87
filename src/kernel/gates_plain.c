/* SPDX-License-Identifier: MIT */
/* gates_plain.c - gates.h for instruction sets without kernels of their own; the body is shared. */
#include "kernel/simd_plain.h"

#include "kernel/gates_body.h"

const rri_gates_kernels rri_gates_plain = RRI_GATES_KERNELS;
