/* SPDX-License-Identifier: MIT */
/* postings.c - the inverted index: key -> the training steps that have it.
 *
 * Entries, each with its key, start in the order of the training set and are moved by a stable
 * radix sort, lowest of the four 16-bit digits of the key first, so that each list ends up sorted
 * by sequence, then step; digits that are the same in all keys cost no pass. Then one sweep cuts
 * the sorted entries into lists. */
#include "influence/model.h"

#include <assert.h>

enum { DIGITS = 4, BUCKETS = 65536, NO_LABEL = 65535 };

uint64_t rri_key(rr_key kind, const uint16_t *states, const uint16_t *predictions,
                 const uint32_t *symbols, size_t t)
{
    const uint64_t before = t > 1 ? states[t - 2] : 0;

    if (kind == RR_KEY_STATE_SYMBOL) {
        assert(symbols != NULL);
        return before << 32 | symbols[t - 1];
    }
    const uint64_t label_before = t > 1 ? predictions[t - 2] : NO_LABEL;
    return before << 48 | label_before << 32 | (uint64_t)predictions[t - 1] << 16 | states[t - 1];
}

/* What is sorted. */
typedef struct item {
    uint64_t key;
    rr_posting entry;
} item;

static inline size_t digit_of(uint64_t key, unsigned d)
{
    return (size_t)(key >> (16 * d) & 0xFFFFu);
}

/* Fill items in training order and count every digit of every key: counts is [DIGITS][BUCKETS]. */
static void enumerate(const rr_traces *t, rr_key kind, item *items, size_t *counts)
{
    for (size_t i = 0; i < t->count; i++) {
        const rr_trace a = rr_traces_at(t, i);
        for (size_t s = 1; s <= a.steps; s++, items++) {
            const uint64_t key = rri_key(kind, a.states, a.predictions, a.symbols, s);
            *items = (item){ key, { (uint32_t)i, (uint32_t)s } };
            for (unsigned d = 0; d < DIGITS; d++)
                counts[d * BUCKETS + digit_of(key, d)]++;
        }
    }
}

/* Counts to the places where buckets begin; false when one bucket holds everything. */
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
        size_t *place = counts + (size_t)d * BUCKETS;
        if (!prepare_buckets(place, n))
            continue;
        const item *from = *items;
        item *to = *spare;
        for (size_t r = 0; r < n; r++)
            to[place[digit_of(from[r].key, d)]++] = from[r];
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

/* Cut n sorted items into lists. */
static void cut_lists(const item *items, size_t n, rri_postings *p)
{
    size_t m = 0;

    for (size_t r = 0; r < n; r++) {
        p->own.entry[r] = items[r].entry;
        if (r == 0 || items[r].key != items[r - 1].key) {
            p->own.key[m] = items[r].key;
            p->own.start[m] = r;
            p->own.distinct[m] = 1;
            m++;
        } else if (items[r].entry.sequence != items[r - 1].entry.sequence) {
            p->own.distinct[m - 1]++;
        }
    }
    p->own.start[m] = n;
    p->key = p->own.key;
    p->start = p->own.start;
    p->entry = p->own.entry;
    p->distinct = p->own.distinct;
}

rr_status rri_postings_build(const rr_traces *t, rr_key kind, rri_postings *out, rr_error *err)
{
    rri_postings p = { 0 };
    item *items = NULL;
    item *spare = NULL;
    size_t *counts = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&items, t->steps, 1, sizeof *items, err));
    RRI_TRY(rri_alloc(&spare, t->steps, 1, sizeof *spare, err));
    RRI_TRY(rri_alloc(&counts, DIGITS, BUCKETS, sizeof *counts, err));
    enumerate(t, kind, items, counts);
    sort_items(t->steps, &items, &spare, counts);
    rri_free(spare);
    spare = NULL;
    p.keys = count_keys(items, t->steps);
    RRI_TRY(rri_alloc(&p.own.key, p.keys, 1, sizeof *p.own.key, err));
    RRI_TRY(rri_alloc(&p.own.start, p.keys + 1, 1, sizeof *p.own.start, err));
    RRI_TRY(rri_alloc(&p.own.entry, t->steps, 1, sizeof *p.own.entry, err));
    RRI_TRY(rri_alloc(&p.own.distinct, p.keys, 1, sizeof *p.own.distinct, err));
    cut_lists(items, t->steps, &p);
    *out = p;
    p = (rri_postings){ 0 };

done:
    rri_postings_clear(&p);
    rri_free(items);
    rri_free(spare);
    rri_free(counts);
    return st;
}

void rri_postings_clear(rri_postings *p)
{
    rri_free(p->own.key);
    rri_free(p->own.start);
    rri_free(p->own.entry);
    rri_free(p->own.distinct);
    *p = (rri_postings){ 0 };
}

size_t rri_postings_find(const rri_postings *p, uint64_t key)
{
    size_t low = 0;
    size_t high = p->keys;

    while (low < high) { /* the first key that is not below */
        const size_t middle = low + (high - low) / 2;
        if (p->key[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->keys && p->key[low] == key ? low : p->keys;
}

/* ---- checking what a file holds -------------------------------------------------------------- */

static rr_status bad(rr_key kind, const char *array, size_t where, const char *what, rr_error *err)
{
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)where, "array postings.%s.%s: %s at %zu",
                    rr_key_name(kind), array, what, where);
}

static uint64_t key_of(const rr_traces *t, rr_key kind, rr_posting e)
{
    const size_t first = (size_t)t->offset[e.sequence];
    const uint32_t *symbols = t->symbol != NULL ? t->symbol + first : NULL;

    return rri_key(kind, t->state + first, t->prediction + first, symbols, e.step);
}

static rr_status check_list(const rr_traces *t, rr_key kind, const rri_postings *p, size_t m,
                            rr_error *err)
{
    size_t sequences = 0;

    for (size_t r = (size_t)p->start[m]; r < p->start[m + 1]; r++) {
        const rr_posting e = p->entry[r];
        if (e.sequence >= t->count)
            return bad(kind, "entry", r, "a sequence that does not exist", err);
        if (e.step < 1 || e.step > t->offset[e.sequence + 1] - t->offset[e.sequence])
            return bad(kind, "entry", r, "a step its sequence does not have", err);
        if (r > p->start[m]) {
            const rr_posting b = p->entry[r - 1];
            if (e.sequence < b.sequence || (e.sequence == b.sequence && e.step <= b.step))
                return bad(kind, "entry", r, "a list that is not sorted", err);
        }
        if (key_of(t, kind, e) != p->key[m])
            return bad(kind, "entry", r, "a step that has another key", err);
        sequences += r == p->start[m] || e.sequence != p->entry[r - 1].sequence;
    }
    if (p->distinct[m] != sequences)
        return bad(kind, "distinct", m, "a wrong number of sequences", err);
    return RR_OK;
}

/* Lists are sorted without repetition and every entry has its list's key, so that no step is in
 * two places; together they have as many entries as there are steps: every step is there once. */
rr_status rri_postings_check(const rr_traces *t, rr_key kind, const rri_postings *p, rr_error *err)
{
    if (p->start[0] != 0)
        return bad(kind, "start", 0, "a first list that does not begin at 0", err);
    for (size_t m = 0; m < p->keys; m++) {
        if (m > 0 && p->key[m] <= p->key[m - 1])
            return bad(kind, "key", m, "a key that is not above the one before it", err);
        if (p->start[m + 1] <= p->start[m] || p->start[m + 1] > t->steps)
            return bad(kind, "start", m + 1, "a list end out of order", err);
        const rr_status st = check_list(t, kind, p, m, err);
        if (st != RR_OK)
            return st;
    }
    if (p->start[p->keys] != t->steps)
        return bad(kind, "start", p->keys, "an end before the last step", err);
    return RR_OK;
}
