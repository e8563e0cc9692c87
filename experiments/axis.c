/* SPDX-License-Identifier: MIT */
/* axis.c - computes the range and the ticks of an axis. */
#include "experiments/axis.h"

#include <math.h>

/* The smallest of 1, 2, 5 and 10 times a power of ten that is not below a raw step. */
static double nice_step(double raw)
{
    const double power = pow(10.0, floor(log10(raw)));
    const double share = raw / power;
    const double nice = share <= 1.0 + 1e-9 ? 1.0 : share <= 2.0 ? 2.0 : share <= 5.0 ? 5.0 : 10.0;
    return nice * power;
}

experiment_axis experiment_axis_of(double low, double high, double margin, size_t wanted)
{
    experiment_axis a = { .low = low, .high = high };
    if (!(high - low > 1e-12 * fmax(fabs(low), fabs(high)))) {
        const double half = low != 0.0 ? 0.1 * fabs(low) : 1.0;
        a.low = low - half;
        a.high = high + half;
    }
    const double pad = margin * (a.high - a.low);
    a.low -= pad;
    a.high += pad;

    const double step = nice_step((a.high - a.low) / (double)(wanted > 1 ? wanted : 1));
    const double slack = 1e-9 * step; /* a tick at the very end counts, however it was rounded */
    const double first = ceil((a.low - slack) / step);
    double largest = 0.0;
    while (a.count < EXPERIMENT_TICKS) {
        const double tick = (first + (double)a.count) * step;
        if (tick > a.high + slack)
            break;
        a.ticks[a.count++] = tick + 0.0; /* no negative zero */
        largest = fmax(largest, fabs(tick));
    }
    /* Four digits are read easily; beyond, thousands and millions are said once for all. */
    const double size = largest > 0.0 ? floor(log10(largest) + 1e-9) : 0.0;
    if (size >= 4.0 || size <= -3.0)
        a.power = 3 * (int)floor(size / 3.0);
    const double digits = floor(log10(step) + 1e-9) - (double)a.power;
    a.decimals = digits < 0.0 ? (int)-digits : 0;
    return a;
}
