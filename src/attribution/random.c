/* SPDX-License-Identifier: MIT */
/* random.c - the random baseline: scores from a normal distribution, about as many proponents as
 * opponents. A score depends on the seed and the sequence's number. */
#include "attribution/attribution.h"

static rr_status begin(rr_attribution *a, rr_error *err)
{
    (void)err;
    a->steps = 1;
    return RR_OK;
}

static rr_status step(rr_attribution *a, rr_error *err)
{
    rri_random r = rri_random_at(a->cfg.seed, RRI_RANDOM_ATTRIBUTION, 0);

    (void)err;
    for (size_t i = 0; i < a->N; i++)
        a->scores[i] = rri_random_normal(&r);
    a->done = true;
    return RR_OK;
}

const rri_method rri_random_method = { begin, step, rri_free };
