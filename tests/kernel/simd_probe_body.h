/* SPDX-License-Identifier: MIT */
/* simd_probe_body.h - the one function of simd_probe_plain.c, simd_probe_avx2.c and
 * simd_probe_avx512.c. */
#include "kernel/simd_math.h"

#include "simd_probe.h"

void PROBE(probe_op op, const float *x, float *y, size_t n)
{
    for (size_t i = 0; i < n; i += VF_LANES) {
        const vf v = vf_load(x + i);
        vf_store(y + i, op == PROBE_EXP    ? vf_exp(v)
                        : op == PROBE_FMA  ? vf_fma(v, vf_load(x + n + i), vf_load(x + 2 * n + i))
                        : op == PROBE_TANH ? vf_tanh(v)
                                           : vf_sigmoid(v));
    }
}
