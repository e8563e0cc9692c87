/* SPDX-License-Identifier: MIT */
/* simd_avx512.h - the vector operations that kernel bodies are written with, for AVX-512; for AVX2:
 * simd_avx2.h. simd_math.h adds exp, sigmoid and tanh on top of either. Include only from
 * *_avx512.c. */
#ifndef RRI_SIMD_AVX512_H
#define RRI_SIMD_AVX512_H

#include <immintrin.h>
#include <stddef.h>

enum { VF_LANES = 16 };
typedef __m512 vf;
typedef __mmask16 vmask;

static inline vf vf_load(const float *p)
{
    return _mm512_loadu_ps(p);
}
static inline void vf_store(float *p, vf v)
{
    _mm512_storeu_ps(p, v);
}
/* The first n < VF_LANES lanes; the others read as 0 and are not written. */
static inline vf vf_load_head(const float *p, size_t n)
{
    return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1u), p);
}
static inline void vf_store_head(float *p, vf v, size_t n)
{
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1u), v);
}
static inline vf vf_set(float x)
{
    return _mm512_set1_ps(x);
}
static inline vf vf_add(vf a, vf b)
{
    return _mm512_add_ps(a, b);
}
static inline vf vf_sub(vf a, vf b)
{
    return _mm512_sub_ps(a, b);
}
static inline vf vf_mul(vf a, vf b)
{
    return _mm512_mul_ps(a, b);
}
static inline vf vf_div(vf a, vf b)
{
    return _mm512_div_ps(a, b);
}
static inline vf vf_min(vf a, vf b)
{
    return _mm512_min_ps(a, b);
}
static inline vf vf_max(vf a, vf b)
{
    return _mm512_max_ps(a, b);
}
/* a*b + c */
static inline vf vf_fma(vf a, vf b, vf c)
{
    return _mm512_fmadd_ps(a, b, c);
}
/* c - a*b */
static inline vf vf_fnma(vf a, vf b, vf c)
{
    return _mm512_fnmadd_ps(a, b, c);
}
static inline vf vf_round(vf a)
{
    return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
/* x * 2^n for integral n in -126..127 */
static inline vf vf_scale(vf x, vf n)
{
    return _mm512_scalef_ps(x, n);
}
static inline vmask vf_less(vf a, vf b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ);
}
/* lane by lane: where m is set a, else b */
static inline vf vf_select(vmask m, vf a, vf b)
{
    return _mm512_mask_blend_ps(m, b, a);
}
/* The first n <= VF_LANES lanes, 0 in the others. */
static inline vf vf_keep(vf a, size_t n)
{
    return _mm512_maskz_mov_ps((__mmask16)((1u << n) - 1u), a);
}
/* The sum of 16 lanes: i and i + 8, then + 4, + 2, + 1. */
static inline float vf_sum16(const vf part[16 / VF_LANES])
{
    const __m256 a =
        _mm256_add_ps(_mm512_castps512_ps256(part[0]), _mm512_extractf32x8_ps(part[0], 1));
    const __m128 h = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    const __m128 q = _mm_add_ps(h, _mm_movehl_ps(h, h));
    return _mm_cvtss_f32(_mm_add_ss(q, _mm_movehdup_ps(q)));
}
/* 1 where a lane is above 0, else 0. */
static inline size_t vf_positive(vf a)
{
    return _mm512_cmp_ps_mask(a, _mm512_setzero_ps(), _CMP_GT_OQ) != 0;
}
static inline __m128 vf_quad(const float *p, size_t n)
{
    return n == 4 ? _mm_loadu_ps(p) : _mm_maskz_loadu_ps((__mmask8)((1u << n) - 1u), p);
}
/* n <= 4 columns of VF_LANES rows, `stride` floats apart. */
static inline void vf_columns(const float *p, size_t stride, size_t n, vf out[4])
{
    vf row[4];
    for (size_t i = 0; i < 4; i++) {
        row[i] = _mm512_castps128_ps512(vf_quad(p + i * stride, n));
        row[i] = _mm512_insertf32x4(row[i], vf_quad(p + (i + 4) * stride, n), 1);
        row[i] = _mm512_insertf32x4(row[i], vf_quad(p + (i + 8) * stride, n), 2);
        row[i] = _mm512_insertf32x4(row[i], vf_quad(p + (i + 12) * stride, n), 3);
    }
    const vf a = _mm512_unpacklo_ps(row[0], row[1]);
    const vf b = _mm512_unpackhi_ps(row[0], row[1]);
    const vf c = _mm512_unpacklo_ps(row[2], row[3]);
    const vf d = _mm512_unpackhi_ps(row[2], row[3]);
    out[0] = _mm512_shuffle_ps(a, c, 0x44);
    out[1] = _mm512_shuffle_ps(a, c, 0xee);
    out[2] = _mm512_shuffle_ps(b, d, 0x44);
    out[3] = _mm512_shuffle_ps(b, d, 0xee);
}

#endif
