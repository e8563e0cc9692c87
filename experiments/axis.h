/* SPDX-License-Identifier: MIT */
/* axis.h - the range and the ticks of an axis. Pure arithmetic. */
#ifndef EXPERIMENTS_AXIS_H
#define EXPERIMENTS_AXIS_H

#include <stddef.h>

enum { EXPERIMENT_TICKS = 12 }; /* at most */

typedef struct experiment_axis {
    double low, high; /* low < high */
    double ticks[EXPERIMENT_TICKS];
    size_t count;
    int power;    /* labels show tick / 10^power */
    int decimals; /* of the labels */
} experiment_axis;

/* An axis over low..high (finite), widened by the share `margin` of its length on both sides, with
 * about `wanted` ticks at 1, 2 or 5 times a power of ten. A range without length is given one. */
experiment_axis experiment_axis_of(double low, double high, double margin, size_t wanted);

#endif
