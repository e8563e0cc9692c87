/* SPDX-License-Identifier: MIT */
/* measure.c - finite check and monotonic clock. */
#include "core/core.h"

#include <math.h>
#include <time.h>

size_t rri_first_nonfinite(const float *x, size_t n, size_t d, size_t stride)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++)
            if (!isfinite(x[i * stride + j]))
                return i;
    return n;
}

double rri_seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
