/* SPDX-License-Identifier: MIT */
/* keys.c - numbers the keys of steps, and finds a key's posting list through a directory.
 *
 * A packed key leaves most of its 64 bits unused. The rank of a key is its number, in key order,
 * among all keys possible with the states, labels and symbols that occur. Ranks are few enough to
 * count steps by (postings.c) and to divide the sorted keys into buckets: first[b] is the first
 * list whose rank lies in bucket b or above. Where a bucket is one rank, as with the usual numbers
 * of states and classes, a look-up is two loads; else a binary search within the bucket follows, so
 * that no choice of keys can make it slow. For text both tables exceed the caches: a key and the
 * start of its list are adjacent in memory, for one cache miss instead of two. */
#include "influence/postings.h"

#include "io/scratch_array.h"

#include <assert.h>

/* Smallest limit on the buckets of a directory: 1 MiB. */
enum { LEAST_BUCKETS = 1 << 18 };

uint64_t rri_key(rr_key kind, const uint16_t *states, const uint16_t *predictions,
                 const uint32_t *symbols, size_t t)
{
    const uint64_t before = t > 1 ? states[t - 2] : 0;

    assert(kind == RR_KEY_STATE_SYMBOL || kind == RR_KEY_TRANSITION);
    if (kind == RR_KEY_STATE_SYMBOL) {
        assert(symbols != NULL);
        return before << 32 | symbols[t - 1];
    }
    const uint64_t label_before = t > 1 ? predictions[t - 2] : RRI_NO_LABEL;
    return before << 48 | label_before << 32 | (uint64_t)predictions[t - 1] << 16 | states[t - 1];
}

/* ---- ranks ---------------------------------------------------------------------------------- */

static uint64_t largest16(const uint16_t *x, size_t n)
{
    uint16_t most = 0;

    for (size_t i = 0; i < n; i++)
        most = x[i] > most ? x[i] : most;
    return most;
}

static uint64_t largest32(const uint32_t *x, size_t n)
{
    uint32_t most = 0;

    for (size_t i = 0; i < n; i++)
        most = x[i] > most ? x[i] : most;
    return most;
}

rri_key_space rri_key_space_of(const rr_traces *t, rr_key kind)
{
    rri_key_space c = { .kind = kind, .states = largest16(t->state, t->steps) + 1 };

    if (kind != RR_KEY_TRANSITION)
        c.symbols = largest32(t->symbol, t->steps) + 1;
    if (kind != RR_KEY_STATE_SYMBOL)
        c.labels = largest16(t->prediction, t->steps) + 1;
    if (kind == RR_KEY_STATE_SYMBOL) {
        c.count = c.states * c.symbols;
    } else {
        c.count = c.states * (c.labels + 1) * c.labels * c.states; /* below 2^64 */
        if (kind == RR_KEY_FULL)
            c.count = c.count <= UINT64_MAX / c.symbols ? c.count * c.symbols : 0;
    }
    return c;
}

uint64_t rri_key_of_step(const rri_key_space *c, const rr_trace *a, size_t t)
{
    if (c->kind != RR_KEY_FULL)
        return rri_key(c->kind, a->states, a->predictions, a->symbols, t);
    const bool occurs =
        a->states[t - 1] < c->states && a->predictions[t - 1] < c->labels &&
        a->symbols[t - 1] < c->symbols &&
        (t == 1 || (a->states[t - 2] < c->states && a->predictions[t - 2] < c->labels));
    return occurs ? rri_step_rank(c, a, t) : UINT64_MAX;
}

uint64_t rri_key_rank(const rri_key_space *c, uint64_t key)
{
    if (c->kind == RR_KEY_FULL)
        return key < c->count ? key : c->count;
    const uint64_t before = c->kind == RR_KEY_STATE_SYMBOL ? key >> 32 : key >> 48;

    if (before >= c->states)
        return c->count;
    if (c->kind == RR_KEY_STATE_SYMBOL) {
        const uint64_t symbol = key & UINT32_MAX;
        return symbol < c->symbols ? before * c->symbols + symbol : c->count;
    }
    const uint64_t given = key >> 32 & 0xFFFFu;
    const uint64_t label_before = given == RRI_NO_LABEL ? c->labels : given;
    const uint64_t label = key >> 16 & 0xFFFFu;
    const uint64_t state = key & 0xFFFFu;
    if ((given >= c->labels && given != RRI_NO_LABEL) || label >= c->labels || state >= c->states)
        return c->count;
    return rri_transition_rank(c, before, label_before, label, state);
}

uint64_t rri_key_at_rank(const rri_key_space *c, uint64_t rank)
{
    if (c->kind == RR_KEY_FULL)
        return rank;
    if (c->kind == RR_KEY_STATE_SYMBOL)
        return rank / c->symbols << 32 | rank % c->symbols;
    const uint64_t state = rank % c->states;
    rank /= c->states;
    const uint64_t label = rank % c->labels;
    rank /= c->labels;
    const uint64_t label_before = rank % (c->labels + 1);
    return rank / (c->labels + 1) << 48 |
           (label_before == c->labels ? RRI_NO_LABEL : label_before) << 32 | label << 16 | state;
}

/* ---- the directory --------------------------------------------------------------------------- */

rr_status rri_postings_direct(const rr_traces *t, rr_key kind, rri_postings *p, rr_error *err)
{
    const rri_key_space space = rri_key_space_of(t, kind);
    const uint64_t most = rri_max(2 * p->keys, LEAST_BUCKETS);
    uint32_t *first = NULL;
    rri_list *list = NULL;
    unsigned shift = 0;
    size_t b = 0;
    rr_status st = RR_OK;

    assert(p->keys <= t->steps && p->first == NULL);
    RRI_TRY(rri_scratch_alloc(&list, p->keys + 1, 1, sizeof *list, err));
    for (size_t m = 0; m < p->keys; m++)
        list[m] = (rri_list){ p->key[m], p->start[m] };
    list[p->keys] = (rri_list){ UINT64_MAX, p->start[p->keys] };
    p->list = list;
    p->space = space;
    if (p->keys > UINT32_MAX) /* find() then searches all keys */
        return RR_OK;
    while ((space.count - 1) >> shift >= most)
        shift++;
    const size_t buckets = (size_t)((space.count - 1) >> shift) + 1;
    RRI_TRY(rri_scratch_alloc(&first, buckets + 1, 1, sizeof *first, err));
    for (size_t m = 0; m < p->keys; m++) {
        const uint64_t rank = rri_key_rank(&space, p->key[m]);
        const size_t bucket = rank < space.count ? (size_t)(rank >> shift) : buckets;
        while (b <= bucket) /* empty buckets before it begin here, too */
            first[b++] = (uint32_t)m;
    }
    while (b <= buckets)
        first[b++] = (uint32_t)p->keys;
    p->shift = shift;
    p->first = first;

done:
    return st;
}

size_t rri_postings_find(const rri_postings *p, uint64_t key)
{
    const uint64_t rank = rri_key_rank(&p->space, key);

    return rank < p->space.count ? rri_postings_at(p, rank, key) : p->keys;
}
