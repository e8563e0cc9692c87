/* SPDX-License-Identifier: MIT */
/* scan_avx2.c - scan.h for AVX2: 8 sequences at a time. Rows of states are read by gather; a row of
 * up to 16 labels is held in two registers. */
#include "kernel/scan.h"

#include <immintrin.h>

enum { LANES = 8, HELD_LABELS = 16 };

static inline __m256i load_indices(const uint8_t *p)
{
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}

/* Entries begin..begin+7 of a row of n; those beyond it are 0. */
static inline __m256 load_row(const float *row, size_t n, size_t begin)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const int left = n > begin ? (int)(n - begin) : 0;

    if (left == 0) /* begin may lie beyond the row */
        return _mm256_setzero_ps();
    return _mm256_maskload_ps(row + begin, _mm256_cmpgt_epi32(_mm256_set1_epi32(left), lane));
}

/* Bit 3 of the index, moved to the sign, chooses the half. */
static inline __m256 look_up_16(__m256 low, __m256 high, __m256i index)
{
    const __m256 from_low = _mm256_permutevar8x32_ps(low, index);
    const __m256 from_high = _mm256_permutevar8x32_ps(high, index);

    return _mm256_blendv_ps(from_low, from_high, _mm256_castsi256_ps(_mm256_slli_epi32(index, 28)));
}

static void add_step_held(const rri_scan *s, size_t t, float *acc)
{
    const uint8_t *state = s->state + t * s->stride;
    const uint8_t *label = s->label + t * s->stride;
    const float *row = s->row_state[t];
    const __m256 low = load_row(s->row_label[t], s->labels, 0);
    const __m256 high = load_row(s->row_label[t], s->labels, 8);

    for (size_t n = 0; n < s->count; n += LANES) {
        const __m256 a = _mm256_i32gather_ps(row, load_indices(state + n), 4);
        const __m256 b = look_up_16(low, high, load_indices(label + n));
        _mm256_storeu_ps(acc + n, _mm256_add_ps(_mm256_loadu_ps(acc + n), _mm256_add_ps(a, b)));
    }
}

static void add_step_gathered(const rri_scan *s, size_t t, float *acc)
{
    const uint8_t *state = s->state + t * s->stride;
    const uint8_t *label = s->label + t * s->stride;

    for (size_t n = 0; n < s->count; n += LANES) {
        const __m256 a = _mm256_i32gather_ps(s->row_state[t], load_indices(state + n), 4);
        const __m256 b = _mm256_i32gather_ps(s->row_label[t], load_indices(label + n), 4);
        _mm256_storeu_ps(acc + n, _mm256_add_ps(_mm256_loadu_ps(acc + n), _mm256_add_ps(a, b)));
    }
}

static void sum(const rri_scan *s, float *restrict acc)
{
    for (size_t n = 0; n < s->count; n += LANES)
        _mm256_storeu_ps(acc + n, _mm256_setzero_ps());
    for (size_t t = 0; t < s->steps; t++) {
        if (s->labels <= HELD_LABELS)
            add_step_held(s, t, acc);
        else
            add_step_gathered(s, t, acc);
    }
}

static size_t below(size_t n, const float *x, float limit, uint32_t *index)
{
    const __m256 most = _mm256_set1_ps(limit);
    size_t found = 0;
    size_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        const __m256 less = _mm256_cmp_ps(_mm256_loadu_ps(x + i), most, _CMP_LT_OQ);
        for (unsigned bits = (unsigned)_mm256_movemask_ps(less); bits != 0; bits &= bits - 1)
            index[found++] = (uint32_t)(i + (size_t)__builtin_ctz(bits));
    }
    for (; i < n; i++)
        if (x[i] < limit)
            index[found++] = (uint32_t)i;
    return found;
}

/* ---- the coarse scan ------------------------------------------------------------------------- */

/* Bounds only rise, so that a scan ends as soon as all are above the limit. */
enum { BYTES = 32, STEPS_BETWEEN_CHECKS = 4 };

typedef struct coarse_row {
    __m256i low, high; /* of states 0-15 and 16-31 */
    __m256i labels;
} coarse_row;

static inline __m256i load_16_twice(const uint8_t *p)
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p));
}

/* A look-up gives 0 where bit 7 of the index is set. */
static inline __m256i add_term(__m256i bound, const coarse_row *r, const uint8_t *codes)
{
    const __m256i code = _mm256_loadu_si256((const __m256i *)(const void *)codes);
    const __m256i state = _mm256_and_si256(code, _mm256_set1_epi8(31));
    const __m256i label =
        _mm256_and_si256(_mm256_srli_epi16(code, 4), _mm256_set1_epi8(RRI_COARSE_STATES / 2 - 1));
    const __m256i low =
        _mm256_shuffle_epi8(r->low, _mm256_add_epi8(state, _mm256_set1_epi8(0x80 - 16)));
    const __m256i high = _mm256_shuffle_epi8(r->high, _mm256_sub_epi8(state, _mm256_set1_epi8(16)));

    bound = _mm256_adds_epu8(bound, _mm256_or_si256(low, high));
    return _mm256_adds_epu8(bound, _mm256_shuffle_epi8(r->labels, label));
}

static inline uint32_t up_to(__m256i bound, __m256i limit)
{
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(bound, limit), bound));
}

static uint64_t coarse(const rri_coarse *s)
{
    const __m256i limit = _mm256_set1_epi8((char)s->limit);
    __m256i first = _mm256_set1_epi8((char)s->base);
    __m256i second = first;
    uint64_t near = up_to(first, limit) ? UINT64_MAX : 0;

    for (size_t t = s->steps; t > 0 && near != 0;) {
        const size_t end = t > STEPS_BETWEEN_CHECKS ? t - STEPS_BETWEEN_CHECKS : 0;
        while (t > end) {
            t--;
            const uint8_t *row = s->row + t * RRI_COARSE_ROW;
            const coarse_row r = { load_16_twice(row), load_16_twice(row + 16),
                                   load_16_twice(row + RRI_COARSE_STATES) };
            first = add_term(first, &r, s->code + t * RRI_SCAN_LANES);
            second = add_term(second, &r, s->code + t * RRI_SCAN_LANES + BYTES);
        }
        near = up_to(first, limit) | (uint64_t)up_to(second, limit) << 32;
    }
    return near;
}

/* ---- marks ----------------------------------------------------------------------------------- */

/* All bits of byte i where bit i is set. */
static inline __m256i bytes_of(uint32_t bits)
{
    const __m256i byte = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2,
                                          2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    const __m256i bit = _mm256_set1_epi64x((long long)0x8040201008040201u);
    const __m256i spread = _mm256_shuffle_epi8(_mm256_set1_epi32((int)bits), byte);

    return _mm256_cmpeq_epi8(_mm256_and_si256(spread, bit), bit);
}

static void count_marked(size_t first, size_t words, const rri_marked *list, size_t lists,
                         uint8_t *restrict count)
{
    for (size_t w = 0; w < words; w++) {
        __m256i low = _mm256_setzero_si256();
        __m256i high = low;
        for (size_t l = 0; l < lists; l++) {
            const uint64_t bits = list[l].bits[first + w];
            const __m256i more = _mm256_set1_epi8((char)list[l].more);
            low = _mm256_add_epi8(low, _mm256_and_si256(bytes_of((uint32_t)bits), more));
            high = _mm256_add_epi8(high, _mm256_and_si256(bytes_of((uint32_t)(bits >> 32)), more));
        }
        _mm256_storeu_si256((__m256i *)(void *)(count + 64 * w), low);
        _mm256_storeu_si256((__m256i *)(void *)(count + 64 * w + BYTES), high);
    }
}

const rri_scan_kernels rri_scan_avx2 = {
    .sum = sum, .coarse = coarse, .count_marked = count_marked, .below = below
};
