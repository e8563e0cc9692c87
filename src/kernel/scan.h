/* SPDX-License-Identifier: MIT */
/* scan.h - the inner loop of a sample query: one trace against many, by table look-ups.
 *
 *   acc[n] = 0 + term(0, n) + term(1, n) + ...           left to right, in float
 *   term(t, n) = row_state[t][state[t*stride + n]] + row_label[t][label[t*stride + n]]
 *
 * Additions only, in one order, so that all kernels give the same bits. */
#ifndef RRI_SCAN_H
#define RRI_SCAN_H

#include "kernel/isa.h"

#include <stddef.h>
#include <stdint.h>

enum { RRI_SCAN_LANES = 64 };

/* The data of a scan: T steps of many sequences, time-major. */
typedef struct rri_scan {
    size_t steps;                  /* T */
    size_t count;                  /* sequences, a multiple of RRI_SCAN_LANES */
    size_t stride;                 /* bytes between steps */
    const uint8_t *state;          /* [T][stride], values below states */
    const uint8_t *label;          /* [T][stride], values below labels */
    size_t states, labels;         /* lengths of the rows, 1..256 */
    const float *const *row_state; /* [T] rows of [states] */
    const float *const *row_label; /* [T] rows of [labels] */
} rri_scan;

/* A coarse scan: lower bounds of the sums of RRI_SCAN_LANES sequences, in saturating bytes.
 *
 *   bound[n] = base + row[t][code & 31] + row[t][32 + code / 16] over all t,  code = code[t][n]
 *
 * A code names a group of states in its low five bits and one of labels in the upper three; a row
 * has the term of label group g at 32 + 2g and again at 33 + 2g. */
enum { RRI_COARSE_STATES = 32, RRI_COARSE_LABELS = 8, RRI_COARSE_ROW = 48 };

typedef struct rri_coarse {
    size_t steps;
    const uint8_t *code; /* [steps][RRI_SCAN_LANES] */
    const uint8_t *row;  /* [steps][RRI_COARSE_ROW] */
    uint8_t base;
    uint8_t limit;
} rri_coarse;

/* A list of sequences, a bit each, and what a sequence of the list is counted for. */
typedef struct rri_marked {
    const uint64_t *bits;
    uint8_t more;
} rri_marked;

typedef struct rri_scan_kernels {
    void (*sum)(const rri_scan *s, float *restrict acc); /* acc is [count] */
    /* Bit n is set where bound[n] <= limit. */
    uint64_t (*coarse)(const rri_coarse *s);
    /* count[i] = the sum of `more` over the lists that have bit i set, for the 64*words bits from
     * word `first` on; all together the lists give at most 255. */
    void (*count_marked)(size_t first, size_t words, const rri_marked *list, size_t lists,
                         uint8_t *restrict count);
    /* Writes the indices of all values below the limit, ascending, and returns their number; index
     * has capacity n. */
    size_t (*below)(size_t n, const float *x, float limit, uint32_t *index);
} rri_scan_kernels;

/* The kernels for an instruction set, which the machine must run. */
const rri_scan_kernels *rri_scan_kernels_for(rri_isa isa);

extern const rri_scan_kernels rri_scan_ref;
#if defined(__x86_64__)
extern const rri_scan_kernels rri_scan_avx2;
extern const rri_scan_kernels rri_scan_avx512;
extern const rri_scan_kernels rri_scan_vbmi; /* VBMI: looks up 64 bytes at once */
#endif

#endif
