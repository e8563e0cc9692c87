/* SPDX-License-Identifier: MIT */
/* query_keys.c - measures that compare the keys of steps, for traces of any lengths.
 *
 * With A the T keys of the query trace and B those of a training sequence,
 *
 *   votes         sum over A of 1 where B has the key / T
 *   jaccard       |A and B| / |A or B|, each key counted once;  |A or B| = |A| + |B| - |A and B|
 *   containment   sum over different keys of min(times in A, times in B) / T
 *
 * The keys a trace has in common with every training sequence are counted through the posting
 * lists: each distinct key is looked up once, and its list read once, a block of sequences at a
 * time. A list that has many of them has marks, one bit a sequence, and is counted by vectors. */
#include "influence/query.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = RRI_SEARCH_BLOCK,
    FILTER_CHUNK = 256 /* scores compared with one limit before it is updated */
};

rr_status rri_tally_open(const rr_influence *inf, const rr_query *q, rri_tally *out, rr_error *err)
{
    rr_status st = RR_OK;

    *out = (rri_tally){ .inf = inf,
                        .q = q,
                        .postings = &inf->postings[q->key],
                        .kernels = rri_scan_kernels_for(rri_isa_best()) };
    RRI_TRY(rri_tables_marks(inf, q->key, &out->marks, err));
    if (q->measure == RR_MEASURE_JACCARD)
        RRI_TRY(rri_tables_sizes(inf, q->key, &out->size, err));

done:
    return st;
}

/* ---- the keys of a trace --------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    const rri_step_key *x = a;
    const rri_step_key *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->symbol > y->symbol) - (x->symbol < y->symbol);
}

/* The distinct keys of a trace, sorted, into `keys` [T]. A full key is identified by its transition
 * and its symbol, whatever occurs in the training set. */
static size_t keys_of(rr_key kind, const rr_trace *trace, rri_step_key *keys)
{
    const bool full = kind == RR_KEY_FULL;
    size_t n = 0;

    for (size_t t = 1; t <= trace->steps; t++)
        keys[t - 1] = (rri_step_key){
            .key = rri_key(full ? RR_KEY_TRANSITION : kind, trace->states, trace->predictions,
                           trace->symbols, t),
            .symbol = full ? trace->symbols[t - 1] : 0,
            .step = (uint32_t)t,
            .times = 1,
        };
    qsort(keys, trace->steps, sizeof *keys, by_key);
    for (size_t i = 0; i < trace->steps; i++) {
        if (n > 0 && by_key(&keys[n - 1], &keys[i]) == 0)
            keys[n - 1].times++;
        else
            keys[n++] = keys[i];
    }
    return n;
}

/* ---- the trace ------------------------------------------------------------------------------- */

rr_status rri_tally_trace_new(size_t steps, rri_tally_trace *out, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&out->key, steps, 1, sizeof *out->key, err));
    RRI_TRY(rri_alloc(&out->marked, steps, 1, sizeof *out->marked, err));
    RRI_TRY(rri_alloc(&out->list, steps, 1, sizeof *out->list, err));

done:
    return st;
}

void rri_tally_trace_free(rri_tally_trace *a)
{
    rri_free(a->key);
    rri_free(a->marked);
    rri_free(a->list);
}

/* What a sequence gets at most for a key of list m, which it has once or more. */
static uint32_t worth_of(const rri_tally *t, const rri_step_key *key, size_t m)
{
    const rri_postings *p = t->postings;
    const bool once = p->distinct[m] == p->start[m + 1] - p->start[m]; /* in every sequence */

    if (t->q->measure == RR_MEASURE_JACCARD || (t->q->measure == RR_MEASURE_CONTAINMENT && once))
        return 1;
    return key->times;
}

/* Marks say whether a sequence has a key, not how often. */
static bool marks_suffice(const rri_tally *t, size_t m, uint32_t worth)
{
    return t->marks->row[m] != RRI_NO_MARKS && worth <= UINT8_MAX &&
           (t->q->measure != RR_MEASURE_CONTAINMENT || worth == 1);
}

void rri_tally_trace_set(const rri_tally *t, rri_tally_trace *a, const rr_trace *trace)
{
    const rri_postings *p = t->postings;

    a->steps = trace->steps;
    a->distinct = keys_of(t->q->key, trace, a->key);
    a->count_marked = a->count_lists = 0;
    for (size_t i = 0; i < a->distinct; i++) {
        const size_t m = rri_postings_find(p, rri_key_of_step(&p->space, trace, a->key[i].step));
        if (m == p->keys)
            continue;
        const uint32_t worth = worth_of(t, &a->key[i], m);
        if (marks_suffice(t, m, worth))
            a->marked[a->count_marked++] =
                (rri_marked){ t->marks->bits + t->marks->row[m] * t->marks->words, (uint8_t)worth };
        else
            a->list[a->count_lists++] =
                (rri_step_list){ p->entry + p->start[m], (size_t)(p->start[m + 1] - p->start[m]),
                                 worth };
    }
}

/* ---- counting -------------------------------------------------------------------------------- */

/* The first of n entries whose sequence is not below `least`. */
static size_t entry_from(const rr_posting *entry, size_t n, size_t least)
{
    size_t low = 0;

    while (n > 0) {
        const size_t half = n / 2;
        if (entry[low + half].sequence < least) {
            low += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return low;
}

/* Subtract `less` from each sequence of a list, once; count[0] is that of sequence `first`. */
static void count_sequences(const rr_posting *entry, size_t n, float less, size_t first,
                            float *count)
{
    uint32_t last = UINT32_MAX; /* no sequence has this number */

    for (size_t e = 0; e < n; e++) {
        const uint32_t sequence = entry[e].sequence;
        count[sequence - first] -= sequence != last ? less : 0.0f;
        last = sequence;
    }
}

/* Subtract 1 from a sequence for each of its entries, `most` times at most. */
static void count_entries(const rr_posting *entry, size_t n, size_t most, size_t first,
                          float *count)
{
    uint32_t last = UINT32_MAX;
    size_t left = 0;

    for (size_t e = 0; e < n; e++) {
        const uint32_t sequence = entry[e].sequence;
        left = sequence != last ? most : left;
        count[sequence - first] -= left > 0 ? 1.0f : 0.0f;
        left -= left > 0;
        last = sequence;
    }
}

/* Of the marked lists, as many at once as a byte can count. count is [BLOCK]. */
static void count_marks(const rri_tally *t, const rri_tally_trace *a, size_t begin, float *count)
{
    const size_t words = rri_min(t->marks->words - begin / 64, BLOCK / 64);
    uint8_t part[BLOCK] = { 0 };

    for (size_t i = 0; i < a->count_marked;) {
        size_t lists = 0;
        size_t most = 0;
        while (i + lists < a->count_marked && most + a->marked[i + lists].more <= UINT8_MAX)
            most += a->marked[i + lists++].more;
        t->kernels->count_marked(begin / 64, words, a->marked + i, lists, part);
        for (size_t n = 0; n < BLOCK; n++)
            count[n] -= (float)part[n];
        i += lists;
    }
}

/* Minus what each sequence from begin to end-1 has in common with the keys; exact below 2^24 steps.
 * count is [BLOCK]. */
static void count_common(const rri_tally *t, const rri_tally_trace *a, size_t begin, size_t end,
                         float *count)
{
    memset(count, 0, BLOCK * sizeof *count);
    count_marks(t, a, begin, count);
    for (size_t i = 0; i < a->count_lists; i++) {
        const rri_step_list *l = &a->list[i];
        const size_t from = entry_from(l->entry, l->entries, begin);
        const size_t n = entry_from(l->entry + from, l->entries - from, end);
        if (t->q->measure == RR_MEASURE_CONTAINMENT)
            count_entries(l->entry + from, n, l->times, begin, count);
        else
            count_sequences(l->entry + from, n, (float)l->times, begin, count);
    }
}

/* Minus the scores of n sequences from begin on, in place of minus their counts. */
static void score_counts(const rri_tally *t, const rri_tally_trace *a, size_t begin, size_t n,
                         float *score)
{
    if (t->q->measure == RR_MEASURE_JACCARD) {
        for (size_t i = 0; i < n; i++) /* a count is negative here */
            score[i] /= (float)a->distinct + (float)t->size[begin + i] + score[i];
    } else {
        for (size_t i = 0; i < n; i++)
            score[i] /= (float)a->steps;
    }
}

void rri_tally_scores(const rri_tally *t, const rri_tally_trace *a, size_t block, float *scores)
{
    float score[BLOCK];
    size_t begin = 0;
    size_t end = 0;

    rri_block(t->inf->info.sequences, BLOCK, block, &begin, &end);
    count_common(t, a, begin, end, score);
    score_counts(t, a, begin, end - begin, score);
    for (size_t i = begin; i < end; i++)
        scores[i] = 0.0f - score[i - begin]; /* never -0 */
}

/* What is not below it is worse than all that are kept. Scores but those of jaccard rise with the
 * counts, so that these are compared: half a key, and in traces of millions of steps a millionth,
 * is more than the rounding of a score. */
static float count_limit(const rri_tally *t, const rri_tally_trace *a, const rri_best *best)
{
    const float least = rri_best_least(best);

    if (!(least > 0.0f))
        return INFINITY;
    return (t->q->measure == RR_MEASURE_JACCARD ? -least : 0.5f - least * (float)a->steps) *
           (1.0f - 1e-6f);
}

void rri_tally_best(const rri_tally *t, const rri_tally_trace *a, size_t block, rri_best *best)
{
    const bool jaccard = t->q->measure == RR_MEASURE_JACCARD;
    float count[BLOCK];
    uint32_t near[FILTER_CHUNK];
    float score[FILTER_CHUNK];
    size_t begin = 0;
    size_t end = 0;

    rri_block(t->inf->info.sequences, BLOCK, block, &begin, &end);
    count_common(t, a, begin, end, count);
    if (jaccard)
        score_counts(t, a, begin, end - begin, count);
    for (size_t i = begin; i < end; i += FILTER_CHUNK) {
        const float *x = count + (i - begin);
        const size_t n =
            t->kernels->below(rri_min(end - i, FILTER_CHUNK), x, count_limit(t, a, best), near);
        for (size_t j = 0; j < n; j++)
            score[j] = x[near[j]];
        if (!jaccard)
            score_counts(t, a, 0, n, score);
        for (size_t j = 0; j < n; j++)
            rri_best_offer(best, t->inf->training, t->q, i + near[j], 0.0f - score[j]);
    }
}

/* ---- two traces ------------------------------------------------------------------------------ */

/* The number of common keys; both lists are sorted. */
static size_t common_of(rr_measure measure, const rri_step_key *a, size_t n, const rri_step_key *b,
                        size_t m)
{
    size_t common = 0;

    for (size_t i = 0, j = 0; i < n && j < m;) {
        const int order = by_key(&a[i], &b[j]);
        if (order == 0)
            common += measure == RR_MEASURE_VOTES         ? a[i].times
                      : measure == RR_MEASURE_CONTAINMENT ? rri_min(a[i].times, b[j].times)
                                                          : 1;
        i += order <= 0;
        j += order >= 0;
    }
    return common;
}

rr_status rri_tally_pair(const rr_query *q, const rr_trace *a, const rr_trace *b, float *score,
                         rr_error *err)
{
    rri_step_key *keys = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&keys, a->steps + b->steps, 1, sizeof *keys, err));
    const size_t n = keys_of(q->key, a, keys);
    const size_t m = keys_of(q->key, b, keys + a->steps);
    const size_t common = common_of(q->measure, keys, n, keys + a->steps, m);
    const size_t all = q->measure == RR_MEASURE_JACCARD ? n + m - common : a->steps;
    *score = (float)common / (float)all;

done:
    rri_free(keys);
    return st;
}
