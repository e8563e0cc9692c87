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

/* ---- the coarse scan, with VBMI ------------------------------------------------------------- */

#define VBMI __attribute__((target("avx512vbmi")))
enum { BYTES = 64, COARSE_VECTORS = 2 };

/* The sums of 64 sequences, even and odd ones apart, in their order. */
static inline void store_sums(uint16_t *acc, __m512i even, __m512i odd)
{
    const __m512i low = _mm512_unpacklo_epi16(even, odd); /* 0-7, 16-23, 32-39, 48-55 */
    const __m512i high = _mm512_unpackhi_epi16(even, odd);
    const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    const __m512i second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);

    _mm512_storeu_si512(acc, _mm512_permutex2var_epi64(low, first, high));
    _mm512_storeu_si512(acc + BYTES / 2, _mm512_permutex2var_epi64(low, second, high));
}

VBMI static inline __m512i coarse_term(const rri_coarse *s, size_t t, size_t n, __m512i states,
                                       __m512i labels)
{
    const __m512i state = _mm512_loadu_si512(s->state + t * s->stride + n);
    const __m512i label = _mm512_loadu_si512(s->label + t * s->stride + n);

    return _mm512_add_epi8(_mm512_permutexvar_epi8(state, states),
                           _mm512_permutexvar_epi8(label, labels));
}

VBMI static inline void coarse_sums(const rri_coarse *s, size_t vectors, size_t n, uint16_t *acc)
{
    const __m512i low_byte = _mm512_set1_epi16(0xFF);
    __m512i even[COARSE_VECTORS];
    __m512i odd[COARSE_VECTORS];

    for (size_t v = 0; v < vectors; v++)
        even[v] = odd[v] = _mm512_setzero_si512();
    for (size_t t = 0; t < s->steps; t++) {
        const __m512i states = _mm512_loadu_si512(s->row_state + t * RRI_COARSE_ROW);
        const __m512i labels = _mm512_loadu_si512(s->row_label + t * RRI_COARSE_ROW);
        for (size_t v = 0; v < vectors; v++) {
            const __m512i term = coarse_term(s, t, n + v * BYTES, states, labels);
            even[v] = _mm512_add_epi16(even[v], _mm512_and_si512(term, low_byte));
            odd[v] = _mm512_add_epi16(odd[v], _mm512_srli_epi16(term, 8));
        }
    }
    for (size_t v = 0; v < vectors; v++)
        store_sums(acc + n + v * BYTES, even[v], odd[v]);
}

VBMI static void coarse(const rri_coarse *s, uint16_t *restrict acc)
{
    size_t n = 0;

    for (; n + COARSE_VECTORS * BYTES <= s->count; n += COARSE_VECTORS * BYTES)
        coarse_sums(s, COARSE_VECTORS, n, acc);
    for (; n < s->count; n += BYTES)
        coarse_sums(s, 1, n, acc);
}

static size_t up_to(size_t n, const uint16_t *x, uint16_t limit, uint32_t *index)
{
    const __m512i most = _mm512_set1_epi16((short)limit);
    size_t found = 0;

    for (size_t i = 0; i < n; i += BYTES / 2) {
        const size_t left = n - i;
        const __mmask32 there =
            left < BYTES / 2 ? (__mmask32)((1u << left) - 1u) : (__mmask32)0xFFFFFFFFu;
        unsigned bits =
            _mm512_mask_cmple_epu16_mask(there, _mm512_maskz_loadu_epi16(there, x + i), most);
        for (; bits != 0; bits &= bits - 1)
            index[found++] = (uint32_t)(i + (size_t)__builtin_ctz(bits));
    }
    return found;
}

const rri_scan_kernels rri_scan_avx512 = { .sum = sum, .below = below };
const rri_scan_kernels rri_scan_vbmi = {
    .sum = sum, .coarse = coarse, .up_to = up_to, .below = below
};
