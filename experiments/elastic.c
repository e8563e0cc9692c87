/* SPDX-License-Identifier: MIT */
/* elastic.c - smooth random deformations of images. */
#include "experiments/elastic.h"

#include "core/core.h"

#include <math.h>
#include <string.h>

enum { GRID = 4 }; /* points of the field along either side */

/* v at the place (r, c), whole numbers being the points; v is [T][D] and 0 beyond its edge. */
static double sample(const float *v, size_t T, size_t D, double r, double c)
{
    const double r0 = floor(r), c0 = floor(c);
    double sum = 0.0;

    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++) {
            const double y = r0 + i, x = c0 + k;
            const double weight = (1.0 - fabs(r - y)) * (1.0 - fabs(c - x));
            if (weight > 0.0 && y >= 0.0 && x >= 0.0 && y < (double)T && x < (double)D)
                sum += weight * (double)v[(size_t)y * D + (size_t)x];
        }
    return sum;
}

void experiment_elastic_apply(const experiment_elastic *e, const float *in, size_t T, size_t D,
                              float *out)
{
    float down[GRID * GRID], right[GRID * GRID];
    const double rows = T > 1 ? (double)(GRID - 1) / (double)(T - 1) : 0.0;
    const double columns = D > 1 ? (double)(GRID - 1) / (double)(D - 1) : 0.0;

    if (!(e->amplitude > 0.0)) {
        memcpy(out, in, T * D * sizeof *out);
        return;
    }
    rri_random stream = rri_random_at(e->seed, RRI_RANDOM_EXPERIMENT, 0);
    for (size_t i = 0; i < (size_t)GRID * GRID; i++) {
        down[i] = (float)(e->amplitude * (2.0 * rri_random_uniform(&stream) - 1.0));
        right[i] = (float)(e->amplitude * (2.0 * rri_random_uniform(&stream) - 1.0));
    }
    for (size_t r = 0; r < T; r++)
        for (size_t c = 0; c < D; c++) {
            /* The last point may come out a rounding error beyond the grid. */
            const double y = fmin((double)r * rows, GRID - 1);
            const double x = fmin((double)c * columns, GRID - 1);
            const double from_r = (double)r + sample(down, GRID, GRID, y, x);
            const double from_c = (double)c + sample(right, GRID, GRID, y, x);
            out[r * D + c] = (float)sample(in, T, D, from_r, from_c);
        }
}
