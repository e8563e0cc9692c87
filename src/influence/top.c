/* SPDX-License-Identifier: MIT */
/* top.c - the k best of N scores, by a bounded heap kept in the caller's own array.
 *
 * The root is the worst of the kept ones: the lowest score, among equals the highest id. Ids come
 * in rising order, so that a newcomer must be strictly better than the root. */
#include "influence/query.h"

enum { GLANCE = 32 }; /* scores looked at together before any is looked at closely */

static bool worse(const rr_neighbour *a, const rr_neighbour *b)
{
    return a->score < b->score || (a->score == b->score && a->id > b->id);
}

/* Let `item` sink from place i of a heap of n. */
static void sink(rr_neighbour *heap, size_t n, size_t i, rr_neighbour item)
{
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= n)
            break;
        if (child + 1 < n && worse(&heap[child + 1], &heap[child]))
            child++;
        if (!worse(&heap[child], &item))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = item;
}

static void rise(rr_neighbour *heap, size_t i, rr_neighbour item)
{
    while (i > 0 && worse(&item, &heap[(i - 1) / 2])) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = item;
}

static bool any_above(const float *score, size_t n, float limit)
{
    int any = 0;

    for (size_t i = 0; i < n; i++)
        any |= score[i] > limit;
    return any != 0;
}

/* Best first: the worst goes to the end again and again. */
static void unfold(rr_neighbour *heap, size_t n)
{
    while (n > 1) {
        const rr_neighbour last = heap[n - 1];
        heap[n - 1] = heap[0];
        n--;
        sink(heap, n, 0, last);
    }
}

size_t rri_top(const rr_traces *t, const rr_query *q, const float *score, size_t k,
               rr_neighbour *out)
{
    size_t n = 0;

    if (k == 0)
        return 0;
    for (size_t begin = 0; begin < t->count; begin += GLANCE) {
        const size_t end = rri_min(t->count, begin + GLANCE);
        if (n == k && !any_above(score + begin, end - begin, out[0].score))
            continue;
        for (size_t i = begin; i < end; i++) {
            if (n == k && !(score[i] > out[0].score))
                continue;
            const rr_neighbour item = { (uint32_t)i, t->label[i], rri_traces_prediction(t, i),
                                        score[i] };
            if ((q->label >= 0 && item.label != (uint32_t)q->label) ||
                (q->correct_only && item.label != item.prediction))
                continue;
            if (n < k)
                rise(out, n++, item);
            else
                sink(out, k, 0, item);
        }
    }
    unfold(out, n);
    return n;
}
