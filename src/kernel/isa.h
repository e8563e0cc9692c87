/* SPDX-License-Identifier: MIT */
/* isa.h - the instruction sets that kernels exist for, and the best one of this machine.
 *
 * Each op has a header, OP.h, with a struct of function pointers and rri_OP_kernels_for(isa).
 * OP_ref.c is the specification: plain C, never tuned. OP_body.h is the fast form, written with
 * the vector operations of simd_ISA.h; OP_plain.c, OP_avx2.c and OP_avx512.c compile it, each with
 * its own flags, and agree with the reference within the tolerance OP.h states.
 *
 * All compiled forms give the same bits: every element is computed by the same operations in the
 * same order, whatever the width of a vector, a tile or a block. A multiply-add is fused in all of
 * them, and a sum over a row is that of 16 lanes (simd_sum.h). */
#ifndef RRI_ISA_H
#define RRI_ISA_H

typedef enum rri_isa {
    RRI_ISA_PLAIN = 0, /* vectors of the compiler */
    RRI_ISA_AVX2 = 1,  /* with FMA */
    RRI_ISA_AVX512 = 2 /* F, DQ, BW, VL */
} rri_isa;

/* The best set this machine and this build have, or the one that rr_set_instruction_set() chose.
 */
rri_isa rri_isa_best(void);

#endif
