/* SPDX-License-Identifier: MIT */
/* choice.c - how the number of states of a model came about, from its traces and its settings. The
 * rule itself is in abstraction/partition.c. */
#include "influence/model.h"

static rr_status measure(const rr_influence *inf, rri_gain *out, rr_error *err)
{
    const size_t K = inf->info.states, C = inf->info.classes;
    const rr_traces *t = inf->training;
    size_t *count = NULL; /* [K][C] */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&count, K, C, sizeof *count, err));
    for (size_t r = 0; r < t->steps; r++)
        count[((size_t)t->state[r] - 1) * C + t->prediction[r]]++;
    RRI_TRY(rri_gain_of(count, K, C, out, err));

done:
    rri_free(count);
    return st;
}

rr_status rri_influence_choose(rr_influence *inf, rr_error *err)
{
    rr_partition_config of = inf->config.partition;
    const rr_partition_config *cfg = &of;
    const size_t K = inf->info.states;
    rri_gain gain;

    const rr_status st = measure(inf, &gain, err);
    if (st != RR_OK)
        return st;
    rr_choice *x = &inf->choice;
    *x = (rr_choice){ .agreement = gain.agreement,
                      .usual = gain.usual,
                      .gain = gain.gain,
                      .end = RR_CHOICE_GIVEN,
                      .least = K,
                      .most = K };
    if (cfg->states != 0)
        return RR_OK;
    const bool by_gain = cfg->stability == RR_STABILITY_AUTO;
    x->aim = by_gain ? RRI_CHOICE_AIM : cfg->stability;
    x->most = of.max_states = rri_choice_most(cfg, inf->info.classes, inf->info.sequences);
    x->least = rri_min(x->most, rri_choice_least(cfg, gain.predicted, inf->info.steps));
    if (!((by_gain ? gain.gain : inf->info.stability_mean) >= x->aim))
        x->end = K >= x->most ? RR_CHOICE_MOST : RR_CHOICE_SPLIT;
    else
        x->end = by_gain && K == x->least ? RR_CHOICE_LEAST : RR_CHOICE_REACHED;
    return RR_OK;
}

const rr_choice *rr_influence_choice(const rr_influence *inf)
{
    return &inf->choice;
}
