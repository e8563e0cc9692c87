/* SPDX-License-Identifier: MIT */
/* isa.c - finds out which instruction set this machine runs, and the choice of another. */
#include "kernel/isa.h"

#include "core/core.h"

#include <string.h>

static const char *const names[] = { "plain", "avx2", "avx512" };

enum { SETS = sizeof names / sizeof *names };

static int forced = -1; /* rr_set_instruction_set(): a set, or -1 */

static rri_isa machine(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        return RRI_ISA_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return RRI_ISA_AVX2;
#endif
    return RRI_ISA_PLAIN;
}

rri_isa rri_isa_best(void)
{
    return forced >= 0 ? (rri_isa)forced : machine();
}

const char *rr_instruction_set(void)
{
    return names[rri_isa_best()];
}

rr_status rr_set_instruction_set(const char *name, rr_error *err)
{
    int i = 0;

    if (name == NULL) {
        forced = -1;
        return RR_OK;
    }
    while (i < SETS && strcmp(name, names[i]) != 0)
        i++;
    if (i == SETS)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "there is no instruction set '%.40s': plain, avx2 or avx512", name);
    if (i > (int)machine())
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1, "this machine does not run %s; its best is %s",
                        name, names[machine()]);
    forced = i;
    return RR_OK;
}
