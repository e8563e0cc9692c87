/* SPDX-License-Identifier: MIT */
/* vectors.h - sums and products of vectors of all weights, in double, in the order of the weights.
 */
#ifndef RRI_ATTRIBUTION_VECTORS_H
#define RRI_ATTRIBUTION_VECTORS_H

#include <stddef.h>

static inline double rri_dot(size_t n, const double *x, const double *y)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* y += a x */
static inline void rri_add(size_t n, double a, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

/* Convert to the direction of a derivative, which is float. */
static inline void rri_round(size_t n, const double *x, float *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)x[i];
}

#endif
