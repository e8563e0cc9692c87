/* SPDX-License-Identifier: MIT */
/* localize.c - finds the suspect steps of a misclassified input.
 *
 *     rare   |I(key at t)| < gamma
 *     flip   the last t with y_{t-1} = truth and y_t /= truth, where y_T /= truth
 *
 * of the symbols that are not spared. y_0 is "none" and so never the truth: an input whose
 * prediction was never correct has no flip. Source: Xie et al. 2021, sec. 3.3.2 (rare);
 * docs/ALGORITHMS.md#repair. */
#include "rnnrepair/localize.h"

#include "diagnosis/diagnosis_internal.h"

#include "influence/influence_internal.h"

rr_localize_config rr_localize_config_default(void)
{
    return (rr_localize_config){ .struct_size = sizeof(rr_localize_config),
                                 .rules = RR_RULE_BOTH,
                                 .gamma = 5,
                                 .key = RR_KEY_STATE_SYMBOL };
}

static rr_status check_config(const rr_localize_config *cfg, const rr_influence *inf, rr_error *err)
{
    const size_t V = rr_influence_info_of(inf).vocabulary;

    if (cfg->rules < RR_RULE_RARE || cfg->rules > RR_RULE_BOTH)
        return rri_fail(err, RR_ERR_ARG, -1, "unknown rule number %d", (int)cfg->rules);
    if (cfg->gamma == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "gamma is 0: no step can have fewer proponents");
    if ((cfg->spared == NULL) != (cfg->count_spared == 0) ||
        (cfg->spared != NULL && cfg->count_spared != V))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "%zu symbols are marked as spared or not, but the vocabulary has %zu",
                        cfg->count_spared, V);
    return RR_OK;
}

/* The step of the flip, 0 where there is none. */
static size_t find_flip(const rr_trace *x)
{
    if (x->prediction == x->label)
        return 0;
    for (size_t t = x->steps; t > 1; t--)
        if (x->predictions[t - 2] == x->label && x->predictions[t - 1] != x->label)
            return t;
    return 0;
}

static bool is_spared(const rr_localize_config *cfg, uint32_t symbol)
{
    return symbol < cfg->count_spared && cfg->spared[symbol] != 0;
}

static rr_status collect(const rr_influence *inf, const rr_network *net,
                         const rr_localize_config *cfg, const rr_trace *x, rr_segments *s,
                         rr_error *err)
{
    const bool words =
        net != NULL && rr_network_config_of(net).vocabulary > 0 && x->symbols != NULL;
    const size_t flip = (cfg->rules & RR_RULE_FLIP) != 0 ? find_flip(x) : 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&s->segments, x->steps, 1, sizeof *s->segments, err));
    for (size_t t = 1; t <= x->steps; t++) {
        const uint32_t symbol = x->symbols != NULL ? x->symbols[t - 1] : UINT32_MAX;
        const rr_posting *list = NULL;
        size_t count = 0;
        size_t influencers = 0;
        unsigned rules = t == flip ? RR_RULE_FLIP : 0;
        if (is_spared(cfg, symbol))
            continue;
        RRI_TRY(rr_influence_segment(inf, cfg->key, x, t, &list, &count, &influencers, err));
        if ((cfg->rules & RR_RULE_RARE) != 0 && influencers < cfg->gamma)
            rules |= RR_RULE_RARE;
        if (rules == 0)
            continue;
        const rr_segment found = { .t = t,
                                   .symbol = symbol,
                                   .rules = (rr_rule)rules,
                                   .influencers = influencers,
                                   .known = !words || rr_network_knows(net, symbol) };
        s->segments[s->count++] = found;
        s->known += found.known != 0;
    }

done:
    return st;
}

rr_status rr_localize(const rr_influence *inf, const rr_network *net, const rr_localize_config *cfg,
                      const rr_trace *trace, rr_segments **out, rr_error *err)
{
    rr_localize_config own = rr_localize_config_default();
    rr_segments *s = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_localize_config", err));
    cfg = &own;
    RRI_TRY(check_config(cfg, inf, err));
    RRI_TRY(rri_trace_check(inf, trace, err));
    RRI_TRY(rri_trace_key_check(inf, cfg->key, trace, err));
    RRI_TRY(rri_alloc(&s, 1, 1, sizeof *s, err));
    RRI_TRY(collect(inf, net, cfg, trace, s, err));
    *out = s;
    s = NULL;

done:
    rr_segments_free(s);
    return st;
}

rr_status rri_localize_step(const rr_influence *inf, const rr_network *net,
                            const rr_localize_config *cfg, const rr_trace *x, size_t t,
                            rr_segments **out, rr_error *err)
{
    const rr_posting *list = NULL;
    size_t count = 0;
    rr_segments *s = NULL;
    rr_segment one = { .t = t, .symbol = x->symbols[t - 1] };
    unsigned rules = cfg->rules & RR_RULE_FLIP;
    rr_status st = RR_OK;

    RRI_TRY(check_config(cfg, inf, err));
    RRI_TRY(rr_influence_segment(inf, cfg->key, x, t, &list, &count, &one.influencers, err));
    if (one.influencers < cfg->gamma)
        rules |= cfg->rules & RR_RULE_RARE;
    one.rules = (rr_rule)rules;
    one.known = net == NULL || rr_network_knows(net, one.symbol);
    RRI_TRY(rri_alloc(&s, 1, 1, sizeof *s, err));
    RRI_TRY(rri_alloc(&s->segments, 1, 1, sizeof *s->segments, err));
    s->segments[0] = one;
    s->count = rules != 0;
    s->known = rules != 0 && one.known;
    *out = s;
    s = NULL;

done:
    rr_segments_free(s);
    return st;
}

void rr_segments_free(rr_segments *s)
{
    if (s == NULL)
        return;
    rri_free(s->segments);
    rri_free(s);
}
