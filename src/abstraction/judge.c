/* SPDX-License-Identifier: MIT */
/* judge.c - how stable the states of a mixture are on some rows.
 *
 *   C_q[c] = fraction of the rows in state q whose prediction is c
 *   stability of q = max_c C_q[c],  of the partition = the plain mean over its K states
 *
 *   gain of the partition = (A - U) / (1 - U), where
 *     A = fraction of the rows whose prediction is the most frequent one of their state
 *     U = fraction of the most frequent prediction
 *
 * A state without rows takes the fractions of all rows together: it gives no evidence for a
 * prediction, and its confidence is still a distribution. */
#include "abstraction/partition.h"

#include "io/scratch_array.h"

#include <math.h>

void rri_outcome_release(rri_outcome *o)
{
    rri_gmm_free(o->gmm);
    rri_scratch_free(o->q);
    rri_free(o->count);
    rri_free(o->confidence);
    *o = (rri_outcome){ .gmm = NULL };
}

/* Confidences and the stability figures of `point`, whose K is set. all is [C] scratch. */
static void judge(const rri_judged *rows, const size_t *count, double *all, float *confidence,
                  rr_curve_point *point)
{
    const size_t C = rows->classes;
    double sum = 0.0;

    for (size_t c = 0; c < C; c++)
        all[c] = 0.0;
    for (size_t j = 0; j < point->states * C; j++)
        all[j % C] += (double)count[j];
    point->stability_min = 1.0;
    for (size_t k = 0; k < point->states; k++) {
        double size = 0.0;
        double most = 0.0;
        for (size_t c = 0; c < C; c++)
            size += (double)count[k * C + c];
        for (size_t c = 0; c < C; c++) {
            const double fraction =
                size > 0.0 ? (double)count[k * C + c] / size : all[c] / (double)rows->z.n;
            confidence[k * C + c] = (float)fraction;
            most = fmax(most, fraction);
        }
        sum += most;
        point->stability_min = fmin(point->stability_min, most);
    }
    point->stability_mean = sum / (double)point->states;
}

rr_status rri_gain_of(const size_t *count, size_t states, size_t classes, rri_gain *out,
                      rr_error *err)
{
    size_t *of = NULL;
    size_t agree = 0, all = 0, usual = 0;
    rr_status st = RR_OK;

    *out = (rri_gain){ .gain = 1.0 };
    RRI_TRY(rri_alloc(&of, classes, 1, sizeof *of, err));
    for (size_t k = 0; k < states; k++) {
        size_t most = 0;
        for (size_t c = 0; c < classes; c++) {
            most = rri_max(most, count[k * classes + c]);
            of[c] += count[k * classes + c];
        }
        agree += most;
    }
    for (size_t c = 0; c < classes; c++) {
        all += of[c];
        usual = rri_max(usual, of[c]);
        out->predicted += of[c] > 0;
    }
    out->agreement = (double)agree / (double)all;
    out->usual = (double)usual / (double)all;
    if (usual < all)
        out->gain = (double)(agree - usual) / (double)(all - usual);

done:
    rri_free(of);
    return st;
}

static double information_criterion(const rri_gmm *g, size_t n, double log_likelihood)
{
    const double parameters = (double)(g->k - 1) + 2.0 * (double)g->k * (double)g->d;

    return -2.0 * log_likelihood * (double)n + parameters * log((double)n);
}

rr_status rri_judge(const rri_judged *rows, size_t threads, rri_outcome *o, rr_curve_point *point,
                    rr_error *err)
{
    rr_status st = RR_OK;
    double *all = NULL;
    const size_t K = o->gmm->k;

    RRI_TRY(rri_scratch_alloc(&o->q, rows->z.n, 1, sizeof *o->q, err));
    RRI_TRY(rri_alloc(&o->count, K, rows->classes, sizeof *o->count, err));
    RRI_TRY(rri_alloc(&o->confidence, K, rows->classes, sizeof *o->confidence, err));
    RRI_TRY(rri_alloc(&all, rows->classes, 1, sizeof *all, err));
    RRI_TRY(rri_gmm_pass(o->gmm, rows->z, threads, o->q, &point->log_likelihood, NULL, err));
    for (size_t i = 0; i < rows->z.n; i++)
        o->count[((size_t)o->q[i] - 1) * rows->classes + rows->y[i]]++;
    point->states = K;
    point->bic = information_criterion(o->gmm, rows->of, point->log_likelihood);
    judge(rows, o->count, all, o->confidence, point);
    RRI_TRY(rri_gain_of(o->count, K, rows->classes, &o->gain, err));

done:
    rri_free(all);
    return st;
}

static double max_fraction(const size_t *count, size_t classes)
{
    size_t most = 0;
    size_t rows = 0;

    for (size_t c = 0; c < classes; c++) {
        most = rri_max(most, count[c]);
        rows += count[c];
    }
    return rows > 0 ? (double)most / (double)rows : 1.0;
}

/* first [K] and mixed [K] are zeroed scratch; first holds a row's number plus one. */
static size_t weakest_of(const rri_judged *rows, const rri_outcome *o, size_t *first, bool *mixed)
{
    const size_t K = o->gmm->k;
    size_t weakest = K;
    double least = 2.0;

    for (size_t i = 0; i < rows->z.n; i++) {
        const size_t k = (size_t)o->q[i] - 1;
        if (mixed[k])
            continue;
        if (first[k] == 0)
            first[k] = i + 1;
        for (size_t j = 0; j < rows->z.d; j++)
            mixed[k] |= rri_row(rows->z, i)[j] != rri_row(rows->z, first[k] - 1)[j];
    }
    for (size_t k = 0; k < K; k++) {
        const double stability = max_fraction(o->count + k * rows->classes, rows->classes);
        if (mixed[k] && stability < least) {
            least = stability;
            weakest = k;
        }
    }
    return weakest;
}

rr_status rri_weakest(const rri_judged *rows, const rri_outcome *o, size_t *weakest, rr_error *err)
{
    rr_status st = RR_OK;
    size_t *first = NULL;
    bool *mixed = NULL;

    RRI_TRY(rri_alloc(&first, o->gmm->k, 1, sizeof *first, err));
    RRI_TRY(rri_alloc(&mixed, o->gmm->k, 1, sizeof *mixed, err));
    *weakest = weakest_of(rows, o, first, mixed);

done:
    rri_free(mixed);
    rri_free(first);
    return st;
}
