/* SPDX-License-Identifier: MIT */
/* near.h - a quantity of a variant, sampled from its range or near another value. */
#ifndef RRI_REPAIR_NEAR_H
#define RRI_REPAIR_NEAR_H

#include "core/core.h"

static inline double rri_between(rri_random *r, double min, double max)
{
    return min + rri_random_uniform(r) * (max - min);
}

/* `at` moved by `share` of the way from the middle of lo..hi to `drawn`, kept within lo..hi. */
static inline double rri_nudge(double at, double drawn, double lo, double hi, double share)
{
    const double moved = at + share * (drawn - 0.5 * (lo + hi));

    return moved < lo ? lo : moved > hi ? hi : moved;
}

#endif
