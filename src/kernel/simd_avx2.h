/* SPDX-License-Identifier: MIT */
/* simd_avx2.h - the vector operations that kernel bodies are written with, for AVX2 with FMA; for
 * AVX-512: simd_avx512.h; for any processor: simd_plain.h. Include only from *_avx2.c. */
#ifndef RRI_SIMD_AVX2_H
#define RRI_SIMD_AVX2_H

#include <immintrin.h>
#include <stddef.h>

enum { VF_LANES = 8 };
typedef __m256 vf;
typedef __m256 vmask;

static inline vf vf_load(const float *p)
{
    return _mm256_loadu_ps(p);
}
static inline void vf_store(float *p, vf v)
{
    _mm256_storeu_ps(p, v);
}
static inline __m256i vf_head(size_t n)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lane);
}
/* The first n < VF_LANES lanes; the others read as 0 and are not written. */
static inline vf vf_load_head(const float *p, size_t n)
{
    return _mm256_maskload_ps(p, vf_head(n));
}
static inline void vf_store_head(float *p, vf v, size_t n)
{
    _mm256_maskstore_ps(p, vf_head(n), v);
}
static inline vf vf_set(float x)
{
    return _mm256_set1_ps(x);
}
static inline vf vf_add(vf a, vf b)
{
    return _mm256_add_ps(a, b);
}
static inline vf vf_sub(vf a, vf b)
{
    return _mm256_sub_ps(a, b);
}
static inline vf vf_mul(vf a, vf b)
{
    return _mm256_mul_ps(a, b);
}
static inline vf vf_div(vf a, vf b)
{
    return _mm256_div_ps(a, b);
}
static inline vf vf_min(vf a, vf b)
{
    return _mm256_min_ps(a, b);
}
static inline vf vf_max(vf a, vf b)
{
    return _mm256_max_ps(a, b);
}
/* a*b + c */
static inline vf vf_fma(vf a, vf b, vf c)
{
    return _mm256_fmadd_ps(a, b, c);
}
/* c - a*b */
static inline vf vf_fnma(vf a, vf b, vf c)
{
    return _mm256_fnmadd_ps(a, b, c);
}
static inline vf vf_round(vf a)
{
    return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
/* x * 2^n for integral n in -126..127 */
static inline vf vf_scale(vf x, vf n)
{
    const __m256i e = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
    return _mm256_mul_ps(x, _mm256_castsi256_ps(_mm256_slli_epi32(e, 23)));
}
static inline vmask vf_less(vf a, vf b)
{
    return _mm256_cmp_ps(a, b, _CMP_LT_OQ);
}
/* lane by lane: where m is set a, else b */
static inline vf vf_select(vmask m, vf a, vf b)
{
    return _mm256_blendv_ps(b, a, m);
}
/* The first n <= VF_LANES lanes, 0 in the others. */
static inline vf vf_keep(vf a, size_t n)
{
    return _mm256_and_ps(a, _mm256_castsi256_ps(vf_head(n)));
}
/* The sum of 16 lanes: i and i + 8, then + 4, + 2, + 1. */
static inline float vf_sum16(const vf part[16 / VF_LANES])
{
    const vf a = _mm256_add_ps(part[0], part[1]);
    const __m128 h = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    const __m128 q = _mm_add_ps(h, _mm_movehl_ps(h, h));
    return _mm_cvtss_f32(_mm_add_ss(q, _mm_movehdup_ps(q)));
}
/* 1 where a lane is above 0, else 0. */
static inline size_t vf_positive(vf a)
{
    return _mm256_movemask_ps(_mm256_cmp_ps(a, _mm256_setzero_ps(), _CMP_GT_OQ)) != 0;
}
static inline __m128 vf_quad(const float *p, size_t n)
{
    const __m128i lane = _mm_setr_epi32(0, 1, 2, 3);
    return n == 4 ? _mm_loadu_ps(p)
                  : _mm_maskload_ps(p, _mm_cmpgt_epi32(_mm_set1_epi32((int)n), lane));
}
/* n <= 4 columns of VF_LANES rows, `stride` floats apart. */
static inline void vf_columns(const float *p, size_t stride, size_t n, vf out[4])
{
    vf row[4];
    for (size_t i = 0; i < 4; i++)
        row[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(vf_quad(p + i * stride, n)),
                                      vf_quad(p + (i + 4) * stride, n), 1);
    const vf a = _mm256_unpacklo_ps(row[0], row[1]);
    const vf b = _mm256_unpackhi_ps(row[0], row[1]);
    const vf c = _mm256_unpacklo_ps(row[2], row[3]);
    const vf d = _mm256_unpackhi_ps(row[2], row[3]);
    out[0] = _mm256_shuffle_ps(a, c, 0x44);
    out[1] = _mm256_shuffle_ps(a, c, 0xee);
    out[2] = _mm256_shuffle_ps(b, d, 0x44);
    out[3] = _mm256_shuffle_ps(b, d, 0xee);
}

#endif
