/* SPDX-License-Identifier: MIT */
/* belief.c - what the labels of the nearest sequences say of a label (inputs.h). */
#include "audit/inputs.h"

#include <math.h>
#include <string.h>

static const unsigned char ks[] = { 1, 2, 3, 5, 10, 20 };

enum { KS = 6, AS = 17 };

/* P [C], with half a sequence more of each class, so that none is 0. Memory: rri_free(). */
static rr_status fractions(const uint32_t *label, size_t N, size_t C, double **out, rr_error *err)
{
    const rr_status st = rri_alloc(out, C, 1, sizeof **out, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < N; i++)
        (*out)[label[i]] += 1.0;
    for (size_t c = 0; c < C; c++)
        (*out)[c] = ((*out)[c] + 0.5) / ((double)N + 0.5 * (double)C);
    return RR_OK;
}

/* How many of the first k neighbours have the label; *all: how many there are. */
static size_t votes(const uint32_t *label, const uint32_t *ids, size_t count, size_t k,
                    uint32_t about, size_t *all)
{
    size_t n = 0;

    *all = rri_min(k, count);
    for (size_t j = 0; j < *all; j++)
        n += label[ids[j]] == about;
    return n;
}

static double probability(size_t n, size_t all, double a, double fraction)
{
    return ((double)n + a * fraction) / ((double)all + a);
}

/* Add the log probabilities of the given labels by the first k neighbours, for every a. */
static void add_logarithms(const uint32_t *label, size_t N, size_t stride, const uint32_t *ids,
                           const unsigned char *counts, size_t k, const double *P, double sum[AS])
{
    memset(sum, 0, AS * sizeof *sum);
    for (size_t i = 0, j = 0; i < N; i += stride, j++) {
        size_t all = 0;
        const size_t n = votes(label, ids + j * RRI_NEAREST, counts[j], k, label[i], &all);
        for (int e = 0; e < AS; e++)
            sum[e] += log(probability(n, all, ldexp(1.0, e - 5), P[label[i]]));
    }
}

/* The fraction of the sequences whose given label is the most probable, and no other as much. */
static double agreement(const rri_belief *b, const uint32_t *label, size_t N, size_t C,
                        size_t stride, const uint32_t *ids, const unsigned char *counts,
                        const double *P)
{
    size_t agree = 0;

    for (size_t i = 0, j = 0; i < N; i += stride, j++) {
        const uint32_t *near = ids + j * RRI_NEAREST;
        size_t all = 0;
        const size_t n = votes(label, near, counts[j], b->k, label[i], &all);
        const double own = (double)n + b->a * P[label[i]];
        bool best = true;
        for (uint32_t c = 0; c < C && best; c++)
            best = c == label[i] ||
                   (double)votes(label, near, counts[j], b->k, c, &all) + b->a * P[c] < own;
        agree += best;
    }
    return (double)agree / (double)rri_blocks(N, stride);
}

rr_status rri_belief_fit(const uint32_t *label, size_t N, size_t C, size_t stride,
                         const uint32_t *ids, const unsigned char *counts, rri_belief *out,
                         rr_error *err)
{
    double sum[AS];
    double *P = NULL;
    const double n = (double)rri_blocks(N, stride);
    double most = 0.0, none = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(fractions(label, N, C, &P, err));
    for (size_t i = 0; i < N; i += stride)
        none += log(P[label[i]]);
    *out = (rri_belief){ .k = 0 };
    for (size_t m = 0; m < KS; m++) {
        add_logarithms(label, N, stride, ids, counts, ks[m], P, sum);
        for (int e = 0; e < AS; e++)
            if (out->k == 0 || sum[e] > most) {
                most = sum[e];
                out->k = ks[m];
                out->a = ldexp(1.0, e - 5);
            }
    }
    out->nats = (most - none) / n;
    out->tells = most - none > log(n); /* of two parameters [Schwarz78] */
    out->agreement = agreement(out, label, N, C, stride, ids, counts, P);

done:
    rri_free(P);
    return st;
}

rr_status rri_belief_logs(const rri_belief *b, const uint32_t *label, size_t N, size_t C,
                          const uint32_t *ids, const unsigned char *counts, size_t n, bool lift,
                          float *out, rr_error *err)
{
    double *P = NULL;
    rr_status st = RR_OK;

    RRI_TRY(fractions(label, N, C, &P, err));
    for (size_t i = 0; i < n; i++)
        for (uint32_t c = 0; c < C; c++) {
            size_t all = 0;
            const size_t v = votes(label, ids + i * RRI_NEAREST, counts[i], b->k, c, &all);
            const double p = probability(v, all, b->a, P[c]);
            out[i * C + c] = (float)log(lift ? p / P[c] : p);
        }

done:
    rri_free(P);
    return st;
}
