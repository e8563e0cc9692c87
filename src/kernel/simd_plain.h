/* SPDX-License-Identifier: MIT */
/* simd_plain.h - the operations of simd_avx2.h by vectors of the compiler, for any processor, with
 * the same bits. Include only from *_plain.c.
 *
 * A fused multiply-add is one rounding here too. Where the compiler may not assume that the
 * processor has it, it is computed in double: the product of two floats is exact, and a sum rounded
 * to odd [Boldo08] becomes the same float as the exact sum. That costs some twenty operations. */
#ifndef RRI_SIMD_PLAIN_H
#define RRI_SIMD_PLAIN_H

#if defined(__aarch64__)
#include <arm_neon.h>
#endif
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { VF_LANES = 4 };
typedef float vf __attribute__((vector_size(4 * sizeof(float))));
typedef int32_t vmask __attribute__((vector_size(4 * sizeof(int32_t)))); /* lanes are 0 or -1 */

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
static inline vf vf_sub(vf a, vf b)
{
    return a - b;
}
static inline vf vf_mul(vf a, vf b)
{
    return a * b;
}
static inline vf vf_div(vf a, vf b)
{
    return a / b;
}
static inline vmask vf_less(vf a, vf b)
{
    return a < b;
}
/* lane by lane: where m is set a, else b */
static inline vf vf_select(vmask m, vf a, vf b)
{
    return (vf)(((vmask)a & m) | ((vmask)b & ~m));
}
/* As minps and maxps: b where one of them is NaN, and where they are equal. */
static inline vf vf_min(vf a, vf b)
{
    return vf_select(a < b, a, b);
}
static inline vf vf_max(vf a, vf b)
{
    return vf_select(a > b, a, b);
}

#if defined(__aarch64__)
/* a*b + c */
static inline vf vf_fma(vf a, vf b, vf c)
{
    return (vf)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
#elif defined(__FP_FAST_FMAF)
/* a*b + c */
static inline vf vf_fma(vf a, vf b, vf c)
{
    return (vf){ __builtin_fmaf(a[0], b[0], c[0]), __builtin_fmaf(a[1], b[1], c[1]),
                 __builtin_fmaf(a[2], b[2], c[2]), __builtin_fmaf(a[3], b[3], c[3]) };
}
#else
typedef double vd __attribute__((vector_size(4 * sizeof(double))));
typedef int64_t vbits __attribute__((vector_size(4 * sizeof(int64_t))));

/* a*b + c. Not inline: a tile of products would have thousands of these operations, and compile for
 * a minute. */
static __attribute__((noinline, unused)) vf vf_fma(vf a, vf b, vf c)
{
    const vd product = __builtin_convertvector(a, vd) * __builtin_convertvector(b, vd);
    const vd addend = __builtin_convertvector(c, vd);
    const vd sum = product + addend;
    /* sum + error is exact [Knuth97]; NaN where something is not finite. */
    const vd moved = sum - product;
    const vd error = (product - (sum - moved)) + (addend - moved);
    /* To odd: an inexact sum with an even last bit steps once towards the error. A step of the bits
     * goes away from 0. */
    const vbits bits = (vbits)sum;
    const vbits step = (error < 0.0) - (error > 0.0); /* 1 above, -1 below, 0 exact or NaN */
    const vbits sign = bits >> 63;
    const vbits even = (bits & 1) - 1;
    return __builtin_convertvector((vd)(bits + (((step ^ sign) - sign) & even)), vf);
}
#endif

/* c - a*b */
static inline vf vf_fnma(vf a, vf b, vf c)
{
    return vf_fma(-a, b, c);
}
/* To the nearest integer, halves to even, for |a| < 2^22. */
static inline vf vf_round(vf a)
{
    const vf shift = vf_set(0x1.8p23f);
    return (a + shift) - shift;
}
/* x * 2^n for integral n in -126..127 */
static inline vf vf_scale(vf x, vf n)
{
    return x * (vf)((__builtin_convertvector(n, vmask) + 127) << 23);
}
/* The first n <= VF_LANES lanes, 0 in the others. */
static inline vf vf_keep(vf a, size_t n)
{
    const int32_t most = (int32_t)n;
    const vmask lane = { 0, 1, 2, 3 };
    return (vf)((vmask)a & (lane < (vmask){ most, most, most, most }));
}
/* The sum of 16 lanes: i and i + 8, then + 4, + 2, + 1. */
static inline float vf_sum16(const vf part[16 / VF_LANES])
{
    const vf q = (part[0] + part[2]) + (part[1] + part[3]);
    return (q[0] + q[2]) + (q[1] + q[3]);
}
/* 1 where a lane is above 0, else 0. */
static inline size_t vf_positive(vf a)
{
    return a[0] > 0.0f || a[1] > 0.0f || a[2] > 0.0f || a[3] > 0.0f;
}
/* n <= 4 columns of VF_LANES rows, `stride` floats apart. */
static inline void vf_columns(const float *p, size_t stride, size_t n, vf out[4])
{
    for (size_t j = 0; j < n; j++)
        out[j] = (vf){ p[j], p[stride + j], p[2 * stride + j], p[3 * stride + j] };
}

#endif
