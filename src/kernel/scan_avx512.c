/* SPDX-License-Identifier: MIT */
/* scan_avx512.c - scan.h for AVX-512: 16 sequences at a time. A row of up to 64 entries is held in
 * four registers (of up to 48 in three) and looked up by two permutes and a blend; a row of up to
 * 16 in one. Longer rows are read by gather. The kinds of both rows are compile-time constants in
 * each loop below, so they are chosen once a scan. */
#include "kernel/scan.h"

#include <immintrin.h>

enum { LANES = 16, MOST_VECTORS = 8 };

typedef enum row_kind { ROW_16, ROW_48, ROW_64, ROW_ANY } row_kind;

typedef struct row {
    __m512 part[4];
    const float *data;
} row;

static inline __m512i load_indices(const uint8_t *p)
{
    return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}

static inline row load_row(row_kind kind, const float *data, size_t n)
{
    const size_t parts = kind == ROW_16 ? 1 : kind == ROW_48 ? 3 : kind == ROW_64 ? 4 : 0;
    row r = { .data = data };

    for (size_t i = 0; i < parts; i++) {
        const size_t left = n > i * LANES ? n - i * LANES : 0;
        const __mmask16 m = (__mmask16)(left >= LANES ? 0xFFFFu : (1u << left) - 1u);
        r.part[i] = left > 0 ? _mm512_maskz_loadu_ps(m, data + i * LANES) : _mm512_setzero_ps();
    }
    return r;
}

static inline __m512 look_up(row_kind kind, const row *r, __m512i index)
{
    if (kind == ROW_ANY)
        return _mm512_i32gather_ps(index, r->data, 4);
    if (kind == ROW_16)
        return _mm512_permutexvar_ps(index, r->part[0]);
    const __m512 low = _mm512_permutex2var_ps(r->part[0], index, r->part[1]);
    const __m512 high = kind == ROW_48 ? _mm512_permutexvar_ps(index, r->part[2])
                                       : _mm512_permutex2var_ps(r->part[2], index, r->part[3]);
    const __mmask16 upper = _mm512_test_epi32_mask(index, _mm512_set1_epi32(32));
    return _mm512_mask_blend_ps(upper, low, high);
}

/* `vectors` is a constant wherever this is called, so that the sums stay in registers over all
 * steps. */
static inline __attribute__((always_inline)) void sum_vectors(row_kind states, row_kind labels,
                                                              size_t vectors, const rri_scan *s,
                                                              size_t n, float *acc)
{
    __m512 sum[MOST_VECTORS];

    for (size_t v = 0; v < vectors; v++)
        sum[v] = _mm512_setzero_ps();
    for (size_t t = 0; t < s->steps; t++) {
        const uint8_t *state = s->state + t * s->stride + n;
        const uint8_t *label = s->label + t * s->stride + n;
        const row a = load_row(states, s->row_state[t], s->states);
        const row b = load_row(labels, s->row_label[t], s->labels);
        for (size_t v = 0; v < vectors; v++)
            sum[v] = _mm512_add_ps(
                sum[v], _mm512_add_ps(look_up(states, &a, load_indices(state + v * LANES)),
                                      look_up(labels, &b, load_indices(label + v * LANES))));
    }
    for (size_t v = 0; v < vectors; v++)
        _mm512_storeu_ps(acc + n + v * LANES, sum[v]);
}

static inline __attribute__((always_inline)) void add_steps(row_kind states, row_kind labels,
                                                            const rri_scan *s, float *acc)
{
    size_t n = 0;

    for (; n + MOST_VECTORS * LANES <= s->count; n += MOST_VECTORS * LANES)
        sum_vectors(states, labels, MOST_VECTORS, s, n, acc);
    for (; n < s->count; n += RRI_SCAN_LANES)
        sum_vectors(states, labels, RRI_SCAN_LANES / LANES, s, n, acc);
}

static void steps_48_16(const rri_scan *s, float *acc)
{
    add_steps(ROW_48, ROW_16, s, acc);
}
static void steps_64_16(const rri_scan *s, float *acc)
{
    add_steps(ROW_64, ROW_16, s, acc);
}
static void steps_64_64(const rri_scan *s, float *acc)
{
    add_steps(ROW_64, ROW_64, s, acc);
}
static void steps_64_any(const rri_scan *s, float *acc)
{
    add_steps(ROW_64, ROW_ANY, s, acc);
}
static void steps_any_16(const rri_scan *s, float *acc)
{
    add_steps(ROW_ANY, ROW_16, s, acc);
}
static void steps_any_64(const rri_scan *s, float *acc)
{
    add_steps(ROW_ANY, ROW_64, s, acc);
}
static void steps_any_any(const rri_scan *s, float *acc)
{
    add_steps(ROW_ANY, ROW_ANY, s, acc);
}

static void sum(const rri_scan *s, float *restrict acc)
{
    /* by the lengths of the rows of states (48, 64, any) and of labels (16, 64, any) */
    static void (*const loops[3][3])(const rri_scan *,
                                     float *) = { { steps_48_16, steps_64_64, steps_64_any },
                                                  { steps_64_16, steps_64_64, steps_64_any },
                                                  { steps_any_16, steps_any_64, steps_any_any } };
    const size_t states = s->states <= 48 ? 0 : s->states <= 64 ? 1 : 2;
    const size_t labels = s->labels <= 16 ? 0 : s->labels <= 64 ? 1 : 2;

    loops[states][labels](s, acc);
}

static size_t below(size_t n, const float *x, float limit, uint32_t *index)
{
    const __m512 most = _mm512_set1_ps(limit);
    __m512i position = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    size_t found = 0;

    for (size_t i = 0; i < n; i += LANES) {
        const __mmask16 there = (__mmask16)(n - i < LANES ? (1u << (n - i)) - 1u : 0xFFFFu);
        const __mmask16 less =
            _mm512_mask_cmp_ps_mask(there, _mm512_maskz_loadu_ps(there, x + i), most, _CMP_LT_OQ);
        if (less != 0) {
            _mm512_mask_compressstoreu_epi32(index + found, less, position);
            found += (size_t)__builtin_popcount(less);
        }
        position = _mm512_add_epi32(position, _mm512_set1_epi32(LANES));
    }
    return found;
}

/* ---- the coarse scan ------------------------------------------------------------------------- */

/* Bounds only rise, so that a scan ends as soon as all are above the limit. */
enum { STEPS_BETWEEN_CHECKS = 4 };

static inline __m512i load_16_four_times(const uint8_t *p)
{
    return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)p));
}

typedef __m512i term_of(__m512i code, const uint8_t *terms);

static inline __m512i shuffled_term(__m512i code, const uint8_t *terms)
{
    const __m512i nibble = _mm512_set1_epi8(15);
    const __m512i state = _mm512_and_si512(code, nibble);
    const __m512i label = _mm512_and_si512(_mm512_srli_epi16(code, 4), nibble);
    const __mmask64 upper = _mm512_test_epi8_mask(code, _mm512_set1_epi8(16));
    const __m512i low = _mm512_shuffle_epi8(load_16_four_times(terms), state);

    return _mm512_adds_epu8(
        _mm512_mask_shuffle_epi8(low, upper, load_16_four_times(terms + 16), state),
        _mm512_shuffle_epi8(load_16_four_times(terms + RRI_COARSE_STATES), label));
}

/* With VBMI: a permutation by the low six bits of each byte, of 32 entries twice and of 16 four
 * times. */
__attribute__((target("avx512vbmi"))) static inline __m512i permuted_term(__m512i code,
                                                                          const uint8_t *terms)
{
    const __m512i states =
        _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)(const void *)terms));
    const __m512i labels = load_16_four_times(terms + RRI_COARSE_STATES);

    return _mm512_adds_epu8(_mm512_permutexvar_epi8(code, states),
                            _mm512_permutexvar_epi8(_mm512_srli_epi16(code, 4), labels));
}

/* `term` is a constant wherever this is called, and inlined. */
static inline __attribute__((always_inline)) uint64_t bounds(const rri_coarse *s, term_of *term)
{
    const __m512i limit = _mm512_set1_epi8((char)s->limit);
    __m512i bound = _mm512_set1_epi8((char)s->base);
    uint64_t near = _mm512_cmple_epu8_mask(bound, limit);

    for (size_t t = s->steps; t > 0 && near != 0;) {
        const size_t end = t > STEPS_BETWEEN_CHECKS ? t - STEPS_BETWEEN_CHECKS : 0;
        while (t > end) {
            t--;
            const __m512i code = _mm512_loadu_si512(s->code + t * RRI_SCAN_LANES);
            bound = _mm512_adds_epu8(bound, term(code, s->row + t * RRI_COARSE_ROW));
        }
        near = _mm512_cmple_epu8_mask(bound, limit);
    }
    return near;
}

static uint64_t coarse(const rri_coarse *s)
{
    return bounds(s, shuffled_term);
}

__attribute__((target("avx512vbmi"))) static uint64_t coarse_vbmi(const rri_coarse *s)
{
    return bounds(s, permuted_term);
}

/* ---- marks ----------------------------------------------------------------------------------- */

static void count_marked(size_t first, size_t words, const rri_marked *list, size_t lists,
                         uint8_t *restrict count)
{
    for (size_t w = 0; w < words; w++) {
        __m512i sum = _mm512_setzero_si512();
        for (size_t l = 0; l < lists; l++)
            sum = _mm512_mask_add_epi8(sum, list[l].bits[first + w], sum,
                                       _mm512_set1_epi8((char)list[l].more));
        _mm512_storeu_si512(count + 64 * w, sum);
    }
}

const rri_scan_kernels rri_scan_avx512 = {
    .sum = sum, .coarse = coarse, .count_marked = count_marked, .below = below
};
const rri_scan_kernels rri_scan_vbmi = {
    .sum = sum, .coarse = coarse_vbmi, .count_marked = count_marked, .below = below
};
