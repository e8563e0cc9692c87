/* SPDX-License-Identifier: MIT */
/* marks.c - the long lists of postings as bits: which sequences have a key.
 *
 * A query counts them 64 at a time, where it would read the entries one by one. A list is long if
 * it has one sequence in 32 or more, so that all marks together are at most 4 bytes a training
 * step. */
#include "influence/model.h"

#include "io/scratch_array.h"

enum { ONE_IN = 32 };

static bool is_long(const rri_postings *p, size_t m, size_t N)
{
    return p->distinct[m] >= (N + ONE_IN - 1) / ONE_IN;
}

/* Entries are sorted by sequence: a word is complete when the next begins. */
static void mark_list(const rr_posting *entry, size_t n, uint64_t *bits)
{
    size_t word = 0;
    uint64_t marks = 0;

    for (size_t e = 0; e < n; e++) {
        const size_t at = entry[e].sequence / 64;
        marks = at != word ? 0 : marks;
        word = at;
        marks |= (uint64_t)1 << entry[e].sequence % 64;
        bits[word] = marks;
    }
}

rr_status rri_marks_new(const rri_postings *p, size_t N, rri_marks **out, rr_error *err)
{
    rri_marks *k = NULL;
    size_t rows = 0;
    rr_status st = RR_OK;

    *out = NULL;
    for (size_t m = 0; m < p->keys; m++)
        rows += is_long(p, m, N);
    RRI_TRY(rri_alloc(&k, 1, 1, sizeof *k, err));
    k->words = rri_blocks(N, 64);
    RRI_TRY(rri_scratch_alloc(&k->row, p->keys, 1, sizeof *k->row, err));
    RRI_TRY(rri_scratch_alloc(&k->bits, rows, k->words, sizeof *k->bits, err));
    rows = 0;
    for (size_t m = 0; m < p->keys; m++) {
        k->row[m] = RRI_NO_MARKS;
        if (!is_long(p, m, N))
            continue;
        mark_list(p->entry + p->start[m], (size_t)(p->start[m + 1] - p->start[m]),
                  k->bits + rows * k->words);
        k->row[m] = (uint32_t)rows++;
    }
    *out = k;
    k = NULL;

done:
    rri_marks_free(k);
    return st;
}

void rri_marks_free(rri_marks *k)
{
    if (k == NULL)
        return;
    rri_scratch_free(k->row);
    rri_scratch_free(k->bits);
    rri_free(k);
}
