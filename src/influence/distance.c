/* SPDX-License-Identifier: MIT */
/* distance.c - lp distances of temporal features, by table.
 *
 *   f_t = [ (q+1)/(K+2), (y+1)/(C+1), C_q[0..C-1] ]
 *   distance(a, b) = ( 1/(T*(C+2)) * sum_t sum_j |f_t[j] - f'_t[j]|^p )^(1/p)
 *
 * with T the longer length, the shorter trace being padded with zero features. A step's term
 * depends only on the two states and the difference of the two labels, see model.h. Tables are
 * computed in double and stored in float. */
#include "influence/model.h"

#include <math.h>

/* |x|^p; p = 1 and 2 without a logarithm. */
static double power(double x, double p)
{
    const double a = fabs(x);

    if (p == 1.0)
        return a;
    return p == 2.0 ? a * a : pow(a, p);
}

/* The part of a step's distance that depends on the states. Index 0 is a padded step: all zeros. */
static float state_term(const rri_distance *d, size_t a, size_t b)
{
    const double width = (double)d->rows + 1.0; /* K + 2 */
    const double ida = a > 0 ? ((double)a + 1.0) / width : 0.0;
    const double idb = b > 0 ? ((double)b + 1.0) / width : 0.0;
    const float *of_a = d->confidence + a * d->classes;
    const float *of_b = d->confidence + b * d->classes;
    double sum = power(ida - idb, d->p);

    for (size_t c = 0; c < d->classes; c++)
        sum += power((double)of_a[c] - (double)of_b[c], d->p);
    return (float)(sum * RRI_DISTANCE_SCALE);
}

static rr_status fill_states(rri_distance *d, rr_error *err)
{
    const rr_status st = rri_alloc(&d->state, d->rows, d->rows, sizeof *d->state, err);

    for (size_t a = 0; st == RR_OK && a < d->rows; a++)
        for (size_t b = a; b < d->rows; b++)
            d->state[b * d->rows + a] = d->state[a * d->rows + b] = state_term(d, a, b);
    return st;
}

rr_status rri_distance_new(double p, size_t states, size_t classes, const float *confidence,
                           rri_distance **out, rr_error *err)
{
    rri_distance *d = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&d, 1, 1, sizeof *d, err));
    d->p = p;
    d->rows = states + 1;
    d->classes = classes;
    d->confidence = confidence;
    if (states <= RRI_DISTANCE_KEPT)
        RRI_TRY(fill_states(d, err));
    RRI_TRY(rri_alloc(&d->label, 2 * classes + 1, 1, sizeof *d->label, err));
    for (size_t y = 0; y <= classes; y++) {
        const double term = power((double)y / ((double)classes + 1.0), p);
        d->label[classes + y] = (float)(term * RRI_DISTANCE_SCALE);
        d->label[classes - y] = d->label[classes + y];
    }
    *out = d;
    d = NULL;

done:
    rri_distance_free(d);
    return st;
}

const float *rri_distance_row(const rri_distance *d, size_t q, float *own)
{
    if (d->state != NULL)
        return d->state + q * d->rows;
    for (size_t b = 0; b < d->rows; b++)
        own[b] = state_term(d, q, b);
    return own;
}

static inline float term_of(const rri_distance *d, size_t a, size_t b)
{
    return d->state != NULL ? d->state[a * d->rows + b] : state_term(d, a, b);
}

void rri_distance_free(rri_distance *d)
{
    if (d == NULL)
        return;
    rri_free(d->state);
    rri_free(d->label);
    rri_free(d);
}

float rri_distance_pad(const rri_distance *d, float sum, const uint16_t *q, const uint16_t *y,
                       size_t t)
{
    const float *label = rri_distance_label(d, -1);

    for (size_t begin = 0; begin < t; begin += RRI_DISTANCE_CHUNK) {
        const size_t end = rri_min(t, begin + RRI_DISTANCE_CHUNK);
        float part = 0.0f;
        for (size_t s = begin; s < end; s++)
            part += term_of(d, 0, q[s]) + label[y[s]];
        sum += part;
    }
    return sum;
}

float rri_distance_pair(const rri_distance *d, const uint16_t *qa, const uint16_t *ya, size_t ta,
                        const uint16_t *qb, const uint16_t *yb, size_t tb)
{
    const size_t both = rri_min(ta, tb);
    float sum = 0.0f;

    for (size_t begin = 0; begin < both; begin += RRI_DISTANCE_CHUNK) {
        const size_t end = rri_min(both, begin + RRI_DISTANCE_CHUNK);
        float part = 0.0f;
        for (size_t s = begin; s < end; s++)
            part += term_of(d, qa[s], qb[s]) + rri_distance_label(d, ya[s])[yb[s]];
        sum += part;
    }
    sum = rri_distance_pad(d, sum, qa + both, ya + both, ta - both);
    return rri_distance_pad(d, sum, qb + both, yb + both, tb - both);
}

/* The chains of additions of several pairs overlap. */
static void add_chunk(const float *const *state, const float *const *label, const rr_trace *b,
                      size_t begin, size_t end, float *sum)
{
    float part[RRI_DISTANCE_PAIRS] = { 0.0f };

    for (size_t s = begin; s < end; s++)
        for (size_t i = 0; i < RRI_DISTANCE_PAIRS; i++)
            part[i] += state[s][b[i].states[s]] + label[s][b[i].predictions[s]];
    for (size_t i = 0; i < RRI_DISTANCE_PAIRS; i++)
        sum[i] += part[i];
}

void rri_distance_pairs(const rri_distance *d, const float *const *state, const float *const *label,
                        const rr_trace *a, const rr_trace *b, size_t count, float *sum)
{
    rr_trace all[RRI_DISTANCE_PAIRS];
    float total[RRI_DISTANCE_PAIRS] = { 0.0f };
    const size_t both = rri_min(a->steps, b[0].steps);

    for (size_t i = 0; i < RRI_DISTANCE_PAIRS; i++)
        all[i] = b[i < count ? i : 0];
    for (size_t begin = 0; begin < both; begin += RRI_DISTANCE_CHUNK)
        add_chunk(state, label, all, begin, rri_min(both, begin + RRI_DISTANCE_CHUNK), total);
    for (size_t i = 0; i < count; i++) {
        sum[i] =
            rri_distance_pad(d, total[i], a->states + both, a->predictions + both, a->steps - both);
        sum[i] = rri_distance_pad(d, sum[i], b[i].states + both, b[i].predictions + both,
                                  b[i].steps - both);
    }
}

void rri_distance_score(const rri_distance *d, size_t steps, float *sum, size_t n)
{
    const double unit = 1.0 / ((double)steps * ((double)d->classes + 2.0) * RRI_DISTANCE_SCALE);
    const float funit = (float)unit;

    for (size_t i = 0; d->p == 1.0 && i < n; i++)
        sum[i] = sum[i] * funit;
    for (size_t i = 0; d->p == 2.0 && i < n; i++)
        sum[i] = sqrtf(sum[i] * funit);
    for (size_t i = 0; d->p != 1.0 && d->p != 2.0 && i < n; i++)
        sum[i] = (float)pow((double)sum[i] * unit, 1.0 / d->p);
    for (size_t i = 0; i < n; i++) /* rounding may reach beyond 1 */
        sum[i] = sum[i] < 1.0f ? 1.0f - sum[i] : 0.0f;
}

float rri_distance_limit(const rri_distance *d, size_t steps, float score)
{
    const double margin = 2e-6; /* ten times the largest rounding error of a score */
    const double unit = (double)steps * ((double)d->classes + 2.0) * RRI_DISTANCE_SCALE;
    const double distance = 1.0 - (double)score + margin;

    return (float)((d->p == 1.0 ? distance : pow(distance, d->p)) * unit);
}
