/* SPDX-License-Identifier: MIT */
/* postings.c - building the inverted index: key -> the training steps that have it.
 *
 * Where the ranks of the keys (keys.c) are few, a counting sort: one pass counts the steps of each
 * rank, which gives the keys and the starts of their lists; a second appends each step to its list.
 * Else a stable radix sort of entries with their keys, lowest of the four 16-bit digits first;
 * digits equal in all keys are skipped. Both take the steps in the order of the training set, so
 * that each list is sorted by sequence, then step. */
#include "influence/postings.h"

#include "io/scratch_array.h"

enum { DIGITS = 4, BUCKETS = 65536, FEW_RANKS = 4096 };

static rr_status alloc_lists(rri_postings *p, size_t keys, size_t steps, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_scratch_alloc(&p->own.key, keys, 1, sizeof *p->own.key, err));
    RRI_TRY(rri_scratch_alloc(&p->own.start, keys + 1, 1, sizeof *p->own.start, err));
    RRI_TRY(rri_scratch_alloc(&p->own.entry, steps, 1, sizeof *p->own.entry, err));
    RRI_TRY(rri_scratch_alloc(&p->own.distinct, keys, 1, sizeof *p->own.distinct, err));
    p->keys = keys;
    p->key = p->own.key;
    p->start = p->own.start;
    p->entry = p->own.entry;
    p->distinct = p->own.distinct;

done:
    return st;
}

/* Count the different sequences of each list; start and entry are set. */
static void count_sequences(rri_postings *p)
{
    for (size_t m = 0; m < p->keys; m++) {
        uint32_t n = 1;
        for (size_t r = (size_t)p->start[m] + 1; r < p->start[m + 1]; r++)
            n += p->entry[r].sequence != p->entry[r - 1].sequence;
        p->own.distinct[m] = n;
    }
}

/* ---- counting sort, for few ranks
 * ----------------------------------------------------------------- */

static size_t count_ranks(const rr_traces *t, const rri_key_space *space, uint64_t *count)
{
    size_t keys = 0;

    for (size_t i = 0; i < t->count; i++) {
        const rr_trace a = rr_traces_at(t, i);
        for (size_t s = 1; s <= a.steps; s++)
            count[rri_step_rank(space, &a, s)]++;
    }
    for (uint64_t c = 0; c < space->count; c++)
        keys += count[c] > 0;
    return keys;
}

/* Set keys and starts; counts become the starts of the lists. */
static void begin_lists(const rri_key_space *space, uint64_t *count, rri_postings *p)
{
    uint64_t sum = 0;
    size_t m = 0;

    for (uint64_t c = 0; c < space->count; c++) {
        const uint64_t n = count[c];
        if (n == 0)
            continue;
        p->own.key[m] = rri_key_at_rank(space, c);
        p->own.start[m++] = sum;
        count[c] = sum;
        sum += n;
    }
    p->own.start[m] = sum;
}

static rr_status build_counting(const rr_traces *t, const rri_key_space *space, rri_postings *p,
                                rr_error *err)
{
    uint64_t *position = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_scratch_alloc(&position, (size_t)space->count, 1, sizeof *position, err));
    RRI_TRY(alloc_lists(p, count_ranks(t, space, position), t->steps, err));
    begin_lists(space, position, p);
    for (size_t i = 0; i < t->count; i++) {
        const rr_trace a = rr_traces_at(t, i);
        for (size_t s = 1; s <= a.steps; s++)
            p->own.entry[position[rri_step_rank(space, &a, s)]++] =
                (rr_posting){ (uint32_t)i, (uint32_t)s };
    }

done:
    rri_scratch_free(position);
    return st;
}

/* ---- radix sort, for many
 * ----------------------------------------------------------------------- */

/* An item to sort. */
typedef struct item {
    uint64_t key;
    rr_posting entry;
} item;

static inline size_t digit_of(uint64_t key, unsigned d)
{
    return (size_t)(key >> (16 * d) & 0xFFFFu);
}

/* Fill items in training order and count every digit of every key: counts is [DIGITS][BUCKETS]. */
static void enumerate(const rr_traces *t, const rri_key_space *space, item *items, size_t *counts)
{
    for (size_t i = 0; i < t->count; i++) {
        const rr_trace a = rr_traces_at(t, i);
        for (size_t s = 1; s <= a.steps; s++, items++) {
            const uint64_t key = rri_key_of_step(space, &a, s);
            *items = (item){ key, { (uint32_t)i, (uint32_t)s } };
            for (unsigned d = 0; d < DIGITS; d++)
                counts[d * BUCKETS + digit_of(key, d)]++;
        }
    }
}

/* Turn counts into the starts of the buckets; false when one bucket holds everything. */
static bool prepare_buckets(size_t *count, size_t total)
{
    size_t sum = 0;

    for (size_t b = 0; b < BUCKETS; b++) {
        const size_t n = count[b];
        if (n == total)
            return false;
        count[b] = sum;
        sum += n;
    }
    return true;
}

/* Sort n items by key; the result is in *items. *spare has the same length. */
static void sort_items(size_t n, item **items, item **spare, size_t *counts)
{
    for (unsigned d = 0; d < DIGITS; d++) {
        size_t *position = counts + (size_t)d * BUCKETS;
        if (!prepare_buckets(position, n))
            continue;
        const item *from = *items;
        item *to = *spare;
        for (size_t r = 0; r < n; r++)
            to[position[digit_of(from[r].key, d)]++] = from[r];
        *spare = *items;
        *items = to;
    }
}

static size_t count_keys(const item *items, size_t n)
{
    size_t keys = n > 0;

    for (size_t r = 1; r < n; r++)
        keys += items[r].key != items[r - 1].key;
    return keys;
}

/* Divide n sorted items into lists. */
static void cut_lists(const item *items, size_t n, rri_postings *p)
{
    size_t m = 0;

    for (size_t r = 0; r < n; r++) {
        p->own.entry[r] = items[r].entry;
        if (r == 0 || items[r].key != items[r - 1].key) {
            p->own.key[m] = items[r].key;
            p->own.start[m++] = r;
        }
    }
    p->own.start[m] = n;
}

static rr_status build_sorting(const rr_traces *t, const rri_key_space *space, rri_postings *p,
                               rr_error *err)
{
    item *items = NULL;
    item *spare = NULL;
    size_t *counts = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_scratch_alloc(&items, t->steps, 1, sizeof *items, err));
    RRI_TRY(rri_scratch_alloc(&spare, t->steps, 1, sizeof *spare, err));
    RRI_TRY(rri_alloc(&counts, DIGITS, BUCKETS, sizeof *counts, err));
    enumerate(t, space, items, counts);
    sort_items(t->steps, &items, &spare, counts);
    rri_scratch_free(spare);
    spare = NULL;
    RRI_TRY(alloc_lists(p, count_keys(items, t->steps), t->steps, err));
    cut_lists(items, t->steps, p);

done:
    rri_scratch_free(items);
    rri_scratch_free(spare);
    rri_free(counts);
    return st;
}

/* ---- choice of the sort
 * ---------------------------------------------------------------------------------- */

rr_status rri_postings_build(const rr_traces *t, rr_key kind, rri_postings *out, rr_error *err)
{
    const rri_key_space space = rri_key_space_of(t, kind);
    rri_postings p = { 0 };
    rr_status st = RR_OK;

    if (space.count == 0)
        return RR_OK;
    if (space.count <= rri_max(t->steps, FEW_RANKS))
        RRI_TRY(build_counting(t, &space, &p, err));
    else
        RRI_TRY(build_sorting(t, &space, &p, err));
    count_sequences(&p);
    RRI_TRY(rri_postings_direct(t, kind, &p, err));
    *out = p;
    p = (rri_postings){ 0 };

done:
    rri_postings_clear(&p);
    return st;
}

rr_status rri_postings_sizes(const rri_postings *p, size_t N, uint32_t **out, rr_error *err)
{
    const rr_status st = rri_alloc(out, N, 1, sizeof **out, err);

    if (st != RR_OK)
        return st;
    for (size_t m = 0; m < p->keys; m++) {
        const rr_posting *e = p->entry + p->start[m];
        const size_t n = (size_t)(p->start[m + 1] - p->start[m]);
        (*out)[e[0].sequence]++;
        for (size_t r = 1; r < n; r++)
            (*out)[e[r].sequence] += e[r].sequence != e[r - 1].sequence;
    }
    return RR_OK;
}

void rri_postings_clear(rri_postings *p)
{
    rri_scratch_free(p->own.key);
    rri_scratch_free(p->own.start);
    rri_scratch_free(p->own.entry);
    rri_scratch_free(p->own.distinct);
    rri_scratch_free(p->first);
    rri_scratch_free(p->list);
    *p = (rri_postings){ 0 };
}
