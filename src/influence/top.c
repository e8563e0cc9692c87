/* SPDX-License-Identifier: MIT */
/* top.c - the k best of N scores, by a bounded heap in the caller's array.
 *
 * The root is the worst of the kept ones: the lowest score, among equals the highest id. No two
 * items are equal, so the result does not depend on the order of insertion; nor does the number of
 * those that are left out with the score of the worst kept. */
#include "influence/query.h"

static bool worse(const rr_neighbour *a, const rr_neighbour *b)
{
    return a->score < b->score || (a->score == b->score && a->id > b->id);
}

/* Sift `item` down from position i of a heap of n. */
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

/* Heap sort, best first. */
static void unfold(rr_neighbour *heap, size_t n)
{
    while (n > 1) {
        const rr_neighbour last = heap[n - 1];
        heap[n - 1] = heap[0];
        n--;
        sink(heap, n, 0, last);
    }
}

void rri_best_add(rri_best *b, rr_neighbour item)
{
    if (b->n < b->k) {
        rise(b->heap, b->n++, item);
        return;
    }
    if (b->k == 0)
        return;
    const rr_neighbour root = b->heap[0];
    if (worse(&root, &item))
        sink(b->heap, b->k, 0, item);
    else if (item.score < root.score)
        return;
    /* either the offer or the root is left out; it ties if the worst kept has its score */
    b->tied = b->heap[0].score == root.score ? b->tied + 1 : 0;
}

void rri_best_take(rri_best *b, const rr_traces *t, const rr_query *q, size_t id, float score)
{
    if (rri_best_wants(t, q, id))
        rri_best_add(
            b, (rr_neighbour){ (uint32_t)id, t->label[id], rri_traces_prediction(t, id), score });
}

void rri_best_merge(rri_best *b, const rri_best *other)
{
    const float least = other->n > 0 ? other->heap[0].score : 0.0F;

    for (size_t i = 0; i < other->n; i++)
        rri_best_add(b, other->heap[i]);
    if (other->tied > 0 && b->heap[0].score == least)
        b->tied += other->tied;
}

size_t rri_best_finish(rri_best *b)
{
    unfold(b->heap, b->n);
    return b->n;
}
