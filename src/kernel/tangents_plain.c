/* SPDX-License-Identifier: MIT */
/* tangents_plain.c - tangents.h for instruction sets without kernels of their own; the body is
 * shared. */
#include "kernel/simd_plain.h"

#include "kernel/tangents_body.h"

const rri_tangents_kernels rri_tangents_plain = RRI_TANGENTS_KERNELS;
