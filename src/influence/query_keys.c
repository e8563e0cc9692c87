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
 * lists: each distinct key is looked up once, and its list read once. */
#include "influence/query.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FILTER_CHUNK = 256 /* scores compared with one limit before it is updated */ };

rr_status rri_tally_open(const rr_influence *inf, const rr_query *q, rri_tally *out, rr_error *err)
{
    const rri_postings *p = &inf->postings[q->key];
    rr_status st = RR_OK;

    *out = (rri_tally){ .inf = inf, .q = q, .postings = p, .size = inf->sizes[q->key] };
    if (q->measure == RR_MEASURE_JACCARD && out->size == NULL) {
        st = rri_postings_sizes(p, inf->info.sequences, &out->own, err);
        out->size = out->own;
    }
    return st;
}

void rri_tally_close(rri_tally *t)
{
    rri_free(t->own);
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

/* ---- counting -------------------------------------------------------------------------------- */

/* Subtract `less` from each sequence of a list, once. */
static void count_sequences(const rr_posting *entry, size_t n, float less, float *count)
{
    uint32_t last = UINT32_MAX; /* no sequence has this number */

    for (size_t e = 0; e < n; e++) {
        const uint32_t sequence = entry[e].sequence;
        count[sequence] -= sequence != last ? less : 0.0f;
        last = sequence;
    }
}

/* Subtract 1 from a sequence for each of its entries, `most` times at most. */
static void count_entries(const rr_posting *entry, size_t n, size_t most, float *count)
{
    uint32_t last = UINT32_MAX;
    size_t left = 0;

    for (size_t e = 0; e < n; e++) {
        const uint32_t sequence = entry[e].sequence;
        left = sequence != last ? most : left;
        count[sequence] -= left > 0 ? 1.0f : 0.0f;
        left -= left > 0;
        last = sequence;
    }
}

/* Minus what each training sequence has in common with the keys, [N]; exact below 2^24 steps. */
static void count_common(const rri_tally *t, const rr_trace *trace, const rri_step_key *keys,
                         size_t n, float *count)
{
    const rri_postings *p = t->postings;

    memset(count, 0, t->inf->info.sequences * sizeof *count);
    for (size_t i = 0; i < n; i++) {
        const size_t m = rri_postings_find(p, rri_key_of_step(&p->space, trace, keys[i].step));
        if (m == p->keys)
            continue;
        const rr_posting *entry = p->entry + p->start[m];
        const size_t entries = (size_t)(p->start[m + 1] - p->start[m]);
        if (t->q->measure == RR_MEASURE_CONTAINMENT)
            count_entries(entry, entries, keys[i].times, count);
        else
            count_sequences(entry, entries,
                            t->q->measure == RR_MEASURE_VOTES ? (float)keys[i].times : 1.0f, count);
    }
}

/* Minus the score of every training sequence, [N]. */
static void count_scores(const rri_tally *t, const rr_trace *trace, rri_step_key *keys,
                         float *score)
{
    const size_t N = t->inf->info.sequences;
    const size_t n = keys_of(t->q->key, trace, keys);

    count_common(t, trace, keys, n, score);
    if (t->q->measure == RR_MEASURE_JACCARD) {
        for (size_t i = 0; i < N; i++) /* a count is negative here */
            score[i] /= (float)n + (float)t->size[i] + score[i];
    } else {
        for (size_t i = 0; i < N; i++)
            score[i] /= (float)trace->steps;
    }
}

void rri_tally_scores(const rri_tally *t, const rr_trace *trace, rri_step_key *keys, float *scores)
{
    count_scores(t, trace, keys, scores);
    for (size_t i = 0; i < t->inf->info.sequences; i++)
        scores[i] = 0.0f - scores[i]; /* never -0 */
}

/* Sequences are offered in ascending order, so one that only equals the worst kept score is
 * rejected. */
void rri_tally_best(const rri_tally *t, const rr_trace *trace, rri_step_key *keys, float *score,
                    rri_best *best)
{
    const rri_scan_kernels *kernels = rri_scan_kernels_for(rri_isa_best());
    const size_t N = t->inf->info.sequences;
    uint32_t near[FILTER_CHUNK];

    count_scores(t, trace, keys, score);
    for (size_t i = 0; i < N; i += FILTER_CHUNK) {
        const float limit = rri_best_full(best) ? 0.0f - best->heap[0].score : INFINITY;
        const size_t count = kernels->below(rri_min(N - i, FILTER_CHUNK), score + i, limit, near);
        for (size_t j = 0; j < count; j++)
            rri_best_offer(best, t->inf->training, t->q, i + near[j], 0.0f - score[i + near[j]]);
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
