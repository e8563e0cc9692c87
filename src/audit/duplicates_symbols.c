/* SPDX-License-Identifier: MIT */
/* duplicates_symbols.c - equal texts, and all pairs whose words are nearly the same.
 *
 * Near pairs by prefix filtering [Bayardo07; Xiao08]: with the words of each text, every occurrence
 * counted, in the order of their rarity, two texts of Jaccard similarity t or more have one of
 * their first |x| - ceil(t |x|) + 1 words in common. So the lists of these words name all
 * candidates, of which those that are too short are passed over, and the others are compared. */
#include "audit/duplicates_internal.h"

#include "data/data_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The texts as lists of numbers, one after another. */
typedef struct texts {
    size_t n;
    size_t *begin;  /* [n + 1] */
    uint32_t *word; /* [begin[n]] */
} texts;

static void texts_free(texts *t)
{
    rri_free(t->begin);
    rri_free(t->word);
}

static rr_status read_words(const rri_items *x, texts *t, rr_error *err)
{
    rri_plain_words *words = NULL;
    size_t steps = 0, n = 0;
    rr_status st = RR_OK;

    for (size_t i = 0; i < x->n; i++)
        steps += x->of[i].steps;
    t->n = x->n;
    RRI_TRY(rri_alloc(&t->begin, x->n + 1, 1, sizeof *t->begin, err));
    RRI_TRY(rri_alloc(&t->word, rri_max(1, steps), 1, sizeof *t->word, err));
    RRI_TRY(rri_plain_words_new(&words, err));
    for (size_t i = 0; i < x->n; i++) {
        RRI_TRY(rri_plain_words_of(words, &x->of[i], t->word + t->begin[i], &n, err));
        t->begin[i + 1] = t->begin[i] + n;
    }

done:
    rri_plain_words_free(words);
    return st;
}

static rr_status link_equal(rri_items *x, const texts *t, rr_error *err)
{
    const unsigned char **data = NULL;
    size_t *bytes = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&data, x->n, 1, sizeof *data, err));
    RRI_TRY(rri_alloc(&bytes, x->n, 1, sizeof *bytes, err));
    for (size_t i = 0; i < x->n; i++) {
        data[i] = (const unsigned char *)(t->word + t->begin[i]);
        bytes[i] = (t->begin[i + 1] - t->begin[i]) * sizeof *t->word;
    }
    RRI_TRY(rri_items_link_equal(x, data, bytes, err));

done:
    rri_free(data);
    rri_free(bytes);
    return st;
}

/* ---- words in the order of their rarity ----------------------------------------------------- */

/* The k-th occurrence of a word in a text. */
typedef struct occurrence {
    uint64_t key; /* word, k */
    size_t at;    /* where its number goes */
} occurrence;

static int by_key(const void *a, const void *b)
{
    const occurrence *x = a;
    const occurrence *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

typedef struct rarity {
    size_t count;
    uint32_t number;
} rarity;

static int by_rarity(const void *a, const void *b)
{
    const rarity *x = a;
    const rarity *y = b;

    if (x->count != y->count)
        return x->count < y->count ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Sort the words of each text and take every occurrence as a word of its own. */
static void count_occurrences(const texts *t, occurrence *out)
{
    for (size_t i = 0; i < t->n; i++) {
        const size_t begin = t->begin[i], end = t->begin[i + 1];
        size_t k = 0;
        qsort(t->word + begin, end - begin, sizeof *t->word, rri_by_u32);
        for (size_t at = begin; at < end; at++) {
            k = at > begin && t->word[at] == t->word[at - 1] ? k + 1 : 0;
            out[at] = (occurrence){ .key = (uint64_t)t->word[at] << 32 | k, .at = at };
        }
    }
}

/* Number all occurrences from the rarest on, each text's rising; *V: how many differ. */
static rr_status rank_words(const texts *t, size_t *V, rr_error *err)
{
    const size_t all = t->begin[t->n];
    occurrence *list = NULL;
    rarity *rare = NULL;
    uint32_t *rank = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&list, rri_max(1, all), 1, sizeof *list, err));
    RRI_TRY(rri_alloc(&rare, rri_max(1, all), 1, sizeof *rare, err));
    RRI_TRY(rri_alloc(&rank, rri_max(1, all), 1, sizeof *rank, err));
    count_occurrences(t, list);
    qsort(list, all, sizeof *list, by_key);
    for (size_t k = 0; k < all; k++) {
        n += k == 0 || list[k].key != list[k - 1].key;
        rare[n - 1].number = (uint32_t)(n - 1);
        rare[n - 1].count++;
        t->word[list[k].at] = (uint32_t)(n - 1);
    }
    qsort(rare, n, sizeof *rare, by_rarity);
    for (size_t k = 0; k < n; k++)
        rank[rare[k].number] = (uint32_t)k;
    for (size_t k = 0; k < all; k++)
        t->word[k] = rank[t->word[k]];
    for (size_t i = 0; i < t->n; i++)
        qsort(t->word + t->begin[i], t->begin[i + 1] - t->begin[i], sizeof *t->word, rri_by_u32);
    *V = n;

done:
    rri_free(list);
    rri_free(rare);
    rri_free(rank);
    return st;
}

/* ---- near ones ------------------------------------------------------------------------------ */

typedef struct sized {
    size_t words;
    uint32_t item;
} sized;

static int by_size_then_item(const void *a, const void *b)
{
    const sized *x = a;
    const sized *y = b;

    if (x->words != y->words)
        return x->words < y->words ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

/* The least whole number not below value, which rounding may have raised a little. */
static size_t least(double value)
{
    return (size_t)ceil(value - 1e-9 * value);
}

static size_t prefix_of(size_t words, double t)
{
    return words - least(t * (double)words) + 1;
}

/* Are |A and B| / |A or B| >= t? */
static bool is_near(const texts *x, uint32_t i, uint32_t j, double t)
{
    const uint32_t *a = x->word + x->begin[i], *a_end = x->word + x->begin[i + 1];
    const uint32_t *b = x->word + x->begin[j], *b_end = x->word + x->begin[j + 1];
    const size_t all = (size_t)(a_end - a) + (size_t)(b_end - b);
    size_t both = 0;

    while (a < a_end && b < b_end) {
        both += *a == *b;
        const bool step_a = *a <= *b, step_b = *b <= *a;
        a += step_a;
        b += step_b;
    }
    return both >= least(t / (1.0 + t) * (double)all);
}

typedef struct lists {
    size_t *begin, *end; /* [V + 1], [V] of each word's list so far */
    uint32_t *item;
    uint32_t *asked; /* [n] the last item that a candidate was compared with, + 1 */
} lists;

static rr_status lists_new(const texts *t, const sized *order, size_t n, size_t V, double limit,
                           lists *out, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&out->begin, V + 1, 1, sizeof *out->begin, err));
    RRI_TRY(rri_alloc(&out->end, V + 1, 1, sizeof *out->end, err));
    RRI_TRY(rri_alloc(&out->asked, t->n, 1, sizeof *out->asked, err));
    for (size_t k = 0; k < n; k++)
        for (size_t w = 0; w < prefix_of(order[k].words, limit); w++)
            out->begin[t->word[t->begin[order[k].item] + w] + 1]++;
    for (size_t v = 0; v < V; v++) {
        out->begin[v + 1] += out->begin[v];
        out->end[v] = out->begin[v];
    }
    RRI_TRY(rri_alloc(&out->item, rri_max(1, out->begin[V]), 1, sizeof *out->item, err));

done:
    return st;
}

/* Compare a text with the shorter ones that share a word of its prefix, then list it. */
static void join(rri_items *x, const texts *t, const sized *at, double limit, lists *l)
{
    const size_t prefix = prefix_of(at->words, limit);
    const size_t shortest = least(limit * (double)at->words);
    const uint32_t i = at->item;

    for (size_t w = 0; w < prefix; w++) {
        const uint32_t v = t->word[t->begin[i] + w];
        for (size_t k = l->end[v]; k-- > l->begin[v];) {
            const uint32_t j = l->item[k];
            if (t->begin[j + 1] - t->begin[j] < shortest)
                break; /* those before it are no longer */
            if (l->asked[j] == i + 1)
                continue;
            l->asked[j] = i + 1;
            if (rri_items_root(x, i) != rri_items_root(x, j) && is_near(t, i, j, limit))
                rri_items_link(x, i, j);
        }
        l->item[l->end[v]++] = i;
    }
}

static rr_status link_near(rri_items *x, const texts *t, double limit, rr_error *err)
{
    lists l = { .begin = NULL };
    sized *order = NULL;
    size_t n = 0, V = 0;
    rr_status st = RR_OK;

    RRI_TRY(rank_words(t, &V, err));
    RRI_TRY(rri_alloc(&order, x->n, 1, sizeof *order, err));
    for (size_t i = 0; i < x->n; i++)
        if (x->first[i] == i && t->begin[i + 1] > t->begin[i])
            order[n++] = (sized){ t->begin[i + 1] - t->begin[i], (uint32_t)i };
    qsort(order, n, sizeof *order, by_size_then_item);
    RRI_TRY(lists_new(t, order, n, V, limit, &l, err));
    for (size_t k = 0; k < n; k++)
        join(x, t, &order[k], limit, &l);

done:
    rri_free(l.begin);
    rri_free(l.end);
    rri_free(l.item);
    rri_free(l.asked);
    rri_free(order);
    return st;
}

rr_status rri_items_link_symbols(rri_items *x, bool near, double similarity, rr_error *err)
{
    texts t = { .n = 0 };
    rr_status st = RR_OK;

    RRI_TRY(read_words(x, &t, err));
    RRI_TRY(link_equal(x, &t, err));
    if (near)
        RRI_TRY(link_near(x, &t, similarity, err));

done:
    texts_free(&t);
    return st;
}
