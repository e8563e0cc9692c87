/* SPDX-License-Identifier: MIT */
/* ranking.c - ranking by score, and measures of it. */
#include "core/ranking.h"

#include <math.h>
#include <stdlib.h>

typedef struct item {
    double score;
    uint32_t id;
} item;

static int by_score(const void *a, const void *b)
{
    const item *x = a;
    const item *y = b;

    if (x->score > y->score || x->score < y->score)
        return x->score > y->score ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

rr_status rri_ranking(const double *scores, size_t n, uint32_t *order, rr_error *err)
{
    item *items = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&items, n, 1, sizeof *items, err));
    for (size_t i = 0; i < n; i++) {
        if (isnan(scores[i]))
            RRI_TRY(
                rri_fail(err, RR_ERR_NUMERIC, (int64_t)i, "the score of sequence %zu is NaN", i));
        items[i] = (item){ .score = scores[i], .id = (uint32_t)i };
    }
    qsort(items, n, sizeof *items, by_score);
    for (size_t i = 0; i < n; i++)
        order[i] = items[i].id;

done:
    rri_free(items);
    return st;
}

size_t rri_ranking_found(const uint32_t *order, size_t n, const unsigned char *marked,
                         size_t reviewed)
{
    size_t found = 0;

    for (size_t i = 0; i < rri_min(reviewed, n); i++)
        found += marked[order[i]] != 0;
    return found;
}

double rri_ranking_precision(const uint32_t *order, size_t n, const unsigned char *marked)
{
    size_t found = 0;
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        if (marked[order[i]]) {
            found++;
            sum += (double)found / (double)(i + 1);
        }
    return found > 0 ? sum / (double)found : 0.0;
}

double rri_ranking_area(const uint32_t *order, size_t n, const unsigned char *marked)
{
    size_t found = 0;
    double sum = 0.0; /* of the found ones, at the middle of each step of the curve */

    for (size_t i = 0; i < n; i++) {
        const size_t now = marked[order[i]] != 0;
        sum += (double)found + 0.5 * (double)now;
        found += now;
    }
    return found > 0 ? sum / ((double)found * (double)n) : 0.0;
}
