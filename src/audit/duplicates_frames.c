/* SPDX-License-Identifier: MIT */
/* duplicates_frames.c - equal sequences of frames, and all pairs of one length within a distance.
 *
 * For every pivot p, | |x - p| - |y - p| | <= |x - y|: sequences are sorted by their distance from
 * the first pivot, those further apart than the limit are never met, and the other pivots rule out
 * most of the rest. */
#include "audit/duplicates_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIVOTS = 8 };

/* A sequence among those of its length. */
typedef struct placed {
    size_t steps;
    uint32_t item;
    float from[PIVOTS]; /* distances from the pivots */
} placed;

static int by_steps(const void *a, const void *b)
{
    const placed *x = a;
    const placed *y = b;

    if (x->steps != y->steps)
        return x->steps < y->steps ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

static int by_distance(const void *a, const void *b)
{
    const placed *x = a;
    const placed *y = b;

    if (x->from[0] < y->from[0] || x->from[0] > y->from[0])
        return x->from[0] < y->from[0] ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

/* 1 / deviation of each column over all steps, of images 1 / that of all pixels. scale is [D]. */
static rr_status measure(const rri_items *x, size_t D, bool image, double *scale, rr_error *err)
{
    double *sum = NULL, *squares = NULL; /* [D] */
    double steps = 0.0, total = 0.0, mean = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&sum, D, 1, sizeof *sum, err));
    RRI_TRY(rri_alloc(&squares, D, 1, sizeof *squares, err));
    for (size_t i = 0; i < x->n; i++)
        for (size_t t = 0; t < x->of[i].steps; t++, steps += 1.0)
            for (size_t d = 0; d < D; d++) {
                const double v = (double)x->of[i].frames[t * D + d];
                sum[d] += v;
                squares[d] += v * v;
            }
    for (size_t d = 0; d < D; d++) {
        const double variance = squares[d] / steps - sum[d] / steps * (sum[d] / steps);
        scale[d] = variance > 0.0 ? 1.0 / sqrt(variance) : 1.0;
        mean += sum[d] / (steps * (double)D);
        total += squares[d] / (steps * (double)D);
    }
    total -= mean * mean;
    for (size_t d = 0; d < D && image; d++)
        scale[d] = total > 0.0 ? 1.0 / sqrt(total) : 1.0;

done:
    rri_free(sum);
    rri_free(squares);
    return st;
}

/* The squared distance of two sequences of one length; where it is above `most`, something above.
 */
static double apart(const rr_sequence *a, const rr_sequence *b, size_t D, const double *scale,
                    double most)
{
    double sum = 0.0;

    for (size_t t = 0; t < a->steps && sum <= most; t++)
        for (size_t d = 0; d < D; d++) {
            const double v =
                ((double)a->frames[t * D + d] - (double)b->frames[t * D + d]) * scale[d];
            sum += v * v;
        }
    return sum;
}

/* Do the pivots allow that two are within the limit? */
static bool may_be_near(const placed *a, const placed *b, float limit)
{
    bool near = true;

    for (size_t p = 1; p < PIVOTS; p++)
        near = near && fabsf(a->from[p] - b->from[p]) <= limit;
    return near;
}

/* The near ones among n sequences of one length. */
static void link_length(rri_items *x, placed *list, size_t n, size_t D, const double *scale,
                        double distance)
{
    const double limit = distance * distance * (double)(list[0].steps * D);
    const float slack = (float)(sqrt(limit) * 1.00001 + 1e-5 * sqrt((double)(list[0].steps * D)));
    rr_sequence pivots[PIVOTS];

    for (size_t p = 0; p < PIVOTS; p++)
        pivots[p] = x->of[list[p * n / PIVOTS].item];
    for (size_t k = 0; k < n; k++)
        for (size_t p = 0; p < PIVOTS; p++)
            list[k].from[p] =
                (float)sqrt(apart(&x->of[list[k].item], &pivots[p], D, scale, HUGE_VAL));
    qsort(list, n, sizeof *list, by_distance);
    for (size_t k = 0; k < n; k++)
        for (size_t m = k + 1; m < n && list[m].from[0] - list[k].from[0] <= slack; m++) {
            const uint32_t i = list[k].item, j = list[m].item;
            if (may_be_near(&list[k], &list[m], slack) &&
                rri_items_root(x, i) != rri_items_root(x, j) &&
                apart(&x->of[i], &x->of[j], D, scale, limit) <= limit)
                rri_items_link(x, i, j);
        }
}

static rr_status link_near(rri_items *x, size_t D, bool image, double distance, rr_error *err)
{
    double *scale = NULL; /* [D] */
    placed *list = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&scale, D, 1, sizeof *scale, err));
    RRI_TRY(rri_alloc(&list, x->n, 1, sizeof *list, err));
    RRI_TRY(measure(x, D, image, scale, err));
    for (size_t i = 0; i < x->n; i++)
        if (x->first[i] == i)
            list[n++] = (placed){ .steps = x->of[i].steps, .item = (uint32_t)i };
    qsort(list, n, sizeof *list, by_steps);
    for (size_t begin = 0, end = 0; begin < n; begin = end) {
        while (end < n && list[end].steps == list[begin].steps)
            end++;
        link_length(x, list + begin, end - begin, D, scale, distance);
    }

done:
    rri_free(list);
    rri_free(scale);
    return st;
}

rr_status rri_items_link_frames(rri_items *x, size_t D, bool image, bool near, double distance,
                                rr_error *err)
{
    const unsigned char **data = NULL;
    size_t *bytes = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&data, x->n, 1, sizeof *data, err));
    RRI_TRY(rri_alloc(&bytes, x->n, 1, sizeof *bytes, err));
    for (size_t i = 0; i < x->n; i++) {
        data[i] = (const unsigned char *)x->of[i].frames;
        bytes[i] = x->of[i].steps * D * sizeof(float);
    }
    RRI_TRY(rri_items_link_equal(x, data, bytes, err));
    if (near)
        RRI_TRY(link_near(x, D, image, distance, err));

done:
    rri_free(data);
    rri_free(bytes);
    return st;
}
