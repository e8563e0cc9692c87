/* SPDX-License-Identifier: MIT */
/* patterns_shares.c - at one place, the labels of the training sequences whose states are nearest.
 *
 * Squared distances of principal components. Sequences that began alike, such as sentences with the
 * same first word, have the same state but for rounding: all that are as near as the k-th nearest
 * count, so that no order decides among them. */
#include "backdoor/patterns.h"

#include <math.h>

/* Distances that differ by less than this share of the mean squared distance from the mean are
 * rounding. */
static const double ALIKE = 1e-5;

enum { BLOCK = 64 };

typedef struct job {
    const rri_places *p;
    size_t place, m, k;
    const uint32_t *reference; /* [m] */
    float *z;                  /* [P][m] of the references */
    float alike;
    float *scratch;  /* [workers][m + k] */
    uint32_t *count; /* [workers][C] */
    float *own, *other;
} job;

/* Distances of sequence i to all references; its own is infinite. */
static void measure(const job *j, size_t i, float *restrict distance)
{
    const size_t m = j->m, N = j->p->N;

    for (size_t r = 0; r < m; r++)
        distance[r] = 0.0F;
    for (size_t d = 0; d < j->p->P; d++) {
        const float x = j->p->z[(j->place * j->p->P + d) * N + i];
        const float *restrict y = j->z + d * m;
        for (size_t r = 0; r < m; r++)
            distance[r] += (x - y[r]) * (x - y[r]);
    }
    const size_t self = rri_find_u32(j->reference, m, (uint32_t)i);
    if (self < m)
        distance[self] = INFINITY;
}

static void sift(float *heap, size_t n, size_t at)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= n)
            return;
        if (child + 1 < n && heap[child + 1] > heap[child])
            child++;
        if (heap[at] >= heap[child])
            return;
        const float x = heap[at];
        heap[at] = heap[child];
        heap[child] = x;
        at = child;
    }
}

/* The k-th smallest of m >= k distances, by a heap of the k smallest, the largest at its top. */
static float kth(const float *distance, size_t m, float *heap, size_t k)
{
    for (size_t r = 0; r < k; r++)
        heap[r] = distance[r];
    for (size_t at = k / 2; at-- > 0;)
        sift(heap, k, at);
    for (size_t r = k; r < m; r++)
        if (distance[r] < heap[0]) {
            heap[0] = distance[r];
            sift(heap, k, 0);
        }
    return heap[0];
}

static void share(const job *j, size_t i, float *scratch, uint32_t *count)
{
    const rri_places *p = j->p;
    size_t all = 0;
    uint32_t other = 0;

    measure(j, i, scratch);
    const float most = kth(scratch, j->m, scratch + j->m, j->k) + j->alike;
    for (size_t c = 0; c < p->C; c++)
        count[c] = 0;
    for (size_t r = 0; r < j->m; r++)
        if (scratch[r] <= most) {
            count[p->label[j->reference[r]]]++;
            all++;
        }
    for (size_t c = 0; c < p->C; c++)
        if (c != p->label[i] && count[c] > other)
            other = count[c];
    j->own[i] = (float)count[p->label[i]] / (float)all;
    j->other[i] = (float)other / (float)all;
}

static void work(void *ctx, size_t task, size_t worker)
{
    const job *j = ctx;
    size_t begin, end;

    rri_block(j->p->N, BLOCK, task, &begin, &end);
    for (size_t i = begin; i < end; i++)
        share(j, i, j->scratch + worker * (j->m + j->k), j->count + worker * j->p->C);
}

/* The mean squared distance of the references from their mean. */
static double spread(const job *j)
{
    double sum = 0.0;

    for (size_t d = 0; d < j->p->P; d++) {
        double first = 0.0, second = 0.0;
        for (size_t r = 0; r < j->m; r++) {
            const double x = (double)j->z[d * j->m + r];
            first += x;
            second += x * x;
        }
        sum += second / (double)j->m - first / (double)j->m * (first / (double)j->m);
    }
    return sum;
}

rr_status rri_places_shares(const rri_places *p, size_t place, const uint32_t *reference, size_t m,
                            size_t k, size_t threads, float *own, float *other, rr_error *err)
{
    const size_t workers = rri_threads(threads);
    job j = {
        .p = p, .place = place, .m = m, .k = k, .reference = reference, .own = own, .other = other
    };
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&j.z, p->P, m, sizeof *j.z, err));
    RRI_TRY(rri_alloc(&j.scratch, workers, m + k, sizeof *j.scratch, err));
    RRI_TRY(rri_alloc(&j.count, workers, p->C, sizeof *j.count, err));
    for (size_t d = 0; d < p->P; d++)
        for (size_t r = 0; r < m; r++)
            j.z[d * m + r] = p->z[(place * p->P + d) * p->N + reference[r]];
    j.alike = (float)(ALIKE * spread(&j));
    rri_parallel(threads, rri_blocks(p->N, BLOCK), work, &j);

done:
    rri_free(j.z);
    rri_free(j.scratch);
    rri_free(j.count);
    return st;
}
