/* SPDX-License-Identifier: MIT */
/* simd_probe.h - makes the vector functions callable from test_simd.c. simd_probe_ISA.c includes
 * the operations of its instruction set, names the function by PROBE, and defines it through
 * simd_probe_body.h. */
#ifndef RR_TESTS_SIMD_PROBE_H
#define RR_TESTS_SIMD_PROBE_H

#include <stddef.h>

typedef enum probe_op { PROBE_EXP, PROBE_SIGMOID, PROBE_TANH, PROBE_FMA } probe_op;

/* op(x[i]) into y[i], of a multiply-add x[i]*x[n+i] + x[2n+i]; n is a multiple of 16. */
void probe_plain(probe_op op, const float *x, float *y, size_t n);
void probe_avx2(probe_op op, const float *x, float *y, size_t n);
void probe_avx512(probe_op op, const float *x, float *y, size_t n);

#endif
