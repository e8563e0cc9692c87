/* SPDX-License-Identifier: MIT */
/* isa.h - the instruction sets that kernels exist for, and the best one of this machine.
 *
 * Each op has a header, OP.h, with a struct of function pointers and rri_OP_kernels(isa). OP_ref.c
 * is the specification: plain C, never tuned. OP_avx2.c and OP_avx512.c are compiled with their own
 * flags and agree with it within the tolerance OP.h states. */
#ifndef RRI_ISA_H
#define RRI_ISA_H

typedef enum rri_isa { RRI_ISA_REF = 0, RRI_ISA_AVX2 = 1, RRI_ISA_AVX512 = 2 } rri_isa;

/* The best set this machine and this build have. */
rri_isa rri_isa_best(void);

#endif
