/* SPDX-License-Identifier: MIT */
/* scan_avx512.c - scan.h for AVX-512: 16 sequences at a time. A row of up to 64 entries sits in
 * four registers and is looked up by two permutes and a blend; a row of up to 16 in one. Longer
 * rows are gathered. The kinds of both rows are constants in each of the loops below, so that the
 * choice is made once a step. */
#include "kernel/scan.h"

#include <immintrin.h>

enum { LANES = 16 };

typedef enum row_kind { ROW_16, ROW_64, ROW_ANY } row_kind;

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
    const size_t parts = kind == ROW_16 ? 1 : kind == ROW_64 ? 4 : 0;
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
    const __m512 high = _mm512_permutex2var_ps(r->part[2], index, r->part[3]);
    const __mmask16 upper = _mm512_test_epi32_mask(index, _mm512_set1_epi32(32));
    return _mm512_mask_blend_ps(upper, low, high);
}

static inline void add_steps(row_kind states, row_kind labels, const rri_scan *s, float *acc)
{
    for (size_t t = 0; t < s->steps; t++) {
        const uint8_t *state = s->state + t * s->stride;
        const uint8_t *label = s->label + t * s->stride;
        const row a = load_row(states, s->row_state[t], s->states);
        const row b = load_row(labels, s->row_label[t], s->labels);
        for (size_t n = 0; n < s->count; n += LANES) {
            const __m512 term = _mm512_add_ps(look_up(states, &a, load_indices(state + n)),
                                              look_up(labels, &b, load_indices(label + n)));
            _mm512_storeu_ps(acc + n, _mm512_add_ps(_mm512_loadu_ps(acc + n), term));
        }
    }
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
    static void (*const loops[2][3])(const rri_scan *,
                                     float *) = { { steps_64_16, steps_64_64, steps_64_any },
                                                  { steps_any_16, steps_any_64, steps_any_any } };
    const row_kind labels = s->labels <= 16 ? ROW_16 : s->labels <= 64 ? ROW_64 : ROW_ANY;

    for (size_t n = 0; n < s->count; n += LANES)
        _mm512_storeu_ps(acc + n, _mm512_setzero_ps());
    loops[s->states > 64][labels](s, acc);
}

const rri_scan_kernels rri_scan_avx512 = { .sum = sum };
