/* SPDX-License-Identifier: MIT */
/* isa.c - finds out which instruction set this machine runs. */
#include "kernel/isa.h"

rri_isa rri_isa_best(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        return RRI_ISA_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return RRI_ISA_AVX2;
#endif
    return RRI_ISA_REF;
}
