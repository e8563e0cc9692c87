/* SPDX-License-Identifier: MIT */
/* simd_plain.h - those operations of simd_avx2.h that gemm_body.h uses, by vectors of the compiler,
 * for any processor. Include only from *_plain.c. */
#ifndef RRI_SIMD_PLAIN_H
#define RRI_SIMD_PLAIN_H

#include <stddef.h>
#include <string.h>

enum { VF_LANES = 4 };
typedef float vf __attribute__((vector_size(4 * sizeof(float))));

static inline vf vf_load(const float *p)
{
    vf v;
    memcpy(&v, p, sizeof v);
    return v;
}
static inline void vf_store(float *p, vf v)
{
    memcpy(p, &v, sizeof v);
}
/* The first n < VF_LANES lanes; the others read as 0 and are not written. */
static inline vf vf_load_head(const float *p, size_t n)
{
    vf v = { 0.0f };
    memcpy(&v, p, n * sizeof *p);
    return v;
}
static inline void vf_store_head(float *p, vf v, size_t n)
{
    memcpy(p, &v, n * sizeof *p);
}
static inline vf vf_set(float x)
{
    return (vf){ x, x, x, x };
}
static inline vf vf_add(vf a, vf b)
{
    return a + b;
}
/* a*b + c, in one rounding where the processor has that and the compiler may contract */
static inline vf vf_fma(vf a, vf b, vf c)
{
    return a * b + c;
}

#endif
