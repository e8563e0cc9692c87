/* SPDX-License-Identifier: MIT */
/* correlate.c - correlations of values and of ranks, and bootstrap intervals. */
#include "experiments/correlate.h"

#include <math.h>
#include <stdlib.h>

double experiment_pearson(const double *a, const double *b, size_t n)
{
    double ma = 0.0, mb = 0.0, aa = 0.0, bb = 0.0, ab = 0.0;

    for (size_t i = 0; i < n; i++) {
        ma += a[i] / (double)n;
        mb += b[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        aa += (a[i] - ma) * (a[i] - ma);
        bb += (b[i] - mb) * (b[i] - mb);
        ab += (a[i] - ma) * (b[i] - mb);
    }
    return aa > 0.0 && bb > 0.0 ? ab / sqrt(aa * bb) : 0.0;
}

/* ---- ranks ---------------------------------------------------------------------------------- */

typedef struct entry {
    double value;
    uint32_t number;
} entry;

static int highest_first(const void *a, const void *b)
{
    const entry *const x = a;
    const entry *const y = b;

    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static rr_status sorted(const double *values, size_t n, entry **out, rr_error *err)
{
    const rr_status st = rri_alloc(out, n, 1, sizeof **out, err);

    for (size_t i = 0; st == RR_OK && i < n; i++)
        (*out)[i] = (entry){ values[i], (uint32_t)i };
    if (st == RR_OK)
        qsort(*out, n, sizeof **out, highest_first);
    return st;
}

rr_status experiment_rank(const double *scores, size_t n, uint32_t *order, rr_error *err)
{
    entry *list = NULL;
    const rr_status st = sorted(scores, n, &list, err);

    for (size_t i = 0; st == RR_OK && i < n; i++)
        order[i] = list[i].number;
    rri_free(list);
    return st;
}

/* ranks is [n]: from 0, the mean of those of equal values. */
static rr_status ranks_of(const double *values, size_t n, double *ranks, rr_error *err)
{
    entry *list = NULL;
    const rr_status st = sorted(values, n, &list, err);

    for (size_t i = 0, j = 0; st == RR_OK && i < n; i = j) {
        while (j < n && list[j].value == list[i].value)
            j++;
        for (size_t k = i; k < j; k++)
            ranks[list[k].number] = 0.5 * (double)(i + j - 1);
    }
    rri_free(list);
    return st;
}

rr_status experiment_spearman(const double *a, const double *b, size_t n, double *out,
                              rr_error *err)
{
    double *ranks = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&ranks, n, 2, sizeof *ranks, err));
    RRI_TRY(ranks_of(a, n, ranks, err));
    RRI_TRY(ranks_of(b, n, ranks + n, err));
    *out = experiment_pearson(ranks, ranks + n, n);

done:
    rri_free(ranks);
    return st;
}

/* ---- intervals ------------------------------------------------------------------------------ */

rr_status experiment_mean_of(const double *values, size_t n, uint64_t seed, experiment_mean *out,
                             rr_error *err)
{
    enum { SAMPLES = 2000, LOW = 50, HIGH = 1949 }; /* 2.5 and 97.5 % */
    double *means = NULL;
    entry *list = NULL;
    uint64_t drawn = 0;
    rr_status st = RR_OK;

    *out = (experiment_mean){ .mean = 0.0 };
    RRI_TRY(rri_alloc(&means, SAMPLES, 1, sizeof *means, err));
    for (size_t i = 0; i < n; i++)
        out->mean += values[i] / (double)n;
    for (size_t s = 0; s < SAMPLES; s++)
        for (size_t i = 0; i < n; i++) {
            const size_t at = (size_t)(experiment_uniform(seed, drawn++) * (double)n);
            means[s] += values[at < n ? at : n - 1] / (double)n;
        }
    RRI_TRY(sorted(means, SAMPLES, &list, err));
    out->low = list[HIGH].value;
    out->high = list[LOW].value;

done:
    rri_free(list);
    rri_free(means);
    return st;
}
