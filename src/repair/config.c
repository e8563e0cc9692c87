/* SPDX-License-Identifier: MIT */
/* config.c - the defaults of a repair, and what a configuration must obey. */
#include "rnnrepair/experimental/augment.h"

#include "repair/repair_internal.h"

#include <math.h>

/* Frames: docs/RESULTS.md#mnist-repair-beyond-its-targets; words:
 * docs/RESULTS.md#text-repair-beyond-its-targets. */
rr_mixed_repair rr_mixed_repair_default(int words)
{
    return (rr_mixed_repair){ .varied = 10,
                              .influential = words ? 5 : 10,
                              .held = words ? 5 : 10,
                              .choice = RR_STRATEGY_RANDOM,
                              .input_weight = words ? 1.0 : 4.0,
                              .varied_weight = 1.0,
                              .influential_weight = 1.0,
                              .held_weight = 1.0 };
}

rr_repair_config rr_repair_config_default(void)
{
    rr_repair_config cfg = {
        .struct_size = sizeof(rr_repair_config),
        .strategy = RR_STRATEGY_INFLUENCE,
        .sample = { .query = rr_query_default(),
                    .sources = 10,
                    .variants = 1000,
                    .rounds = 5,
                    .keep = 20,
                    .range = rr_affine_range_default() },
        .segment = { .localize = rr_localize_config_default(),
                     .insertions = 25,
                     .correct_only = 1,
                     .pool = 4,
                     .balance = -1.0 },
        .seed = 1,
        .variation = rr_variation_range_default(),
        .output = rr_output_repair_default(),
        .copies = 5,
        .mixed = rr_mixed_repair_default(0),
        .most_insertions = 1.0,
    };

    cfg.segment.localize.rules = RR_RULE_FLIP;
    return cfg;
}

static rr_status check_range(const rr_affine_range *range, rr_error *err)
{
    const rr_affine *lo = &range->min;
    const rr_affine *hi = &range->max;
    const struct {
        const char *name;
        double min, max;
    } quantities[] = {
        { "rotation", lo->rotate, hi->rotate },
        { "shift to the right", lo->shift_x, hi->shift_x },
        { "shift down", lo->shift_y, hi->shift_y },
        { "shear", lo->shear, hi->shear },
        { "scale", lo->scale, hi->scale },
    };

    for (size_t i = 0; i < sizeof quantities / sizeof *quantities; i++)
        if (!(isfinite(quantities[i].min) && isfinite(quantities[i].max) &&
              quantities[i].min <= quantities[i].max))
            return rri_fail(err, RR_ERR_ARG, -1, "the range of the %s, %g to %g, is not a range",
                            quantities[i].name, quantities[i].min, quantities[i].max);
    if (!(lo->scale > 0.0))
        return rri_fail(err, RR_ERR_ARG, -1, "a scale of %g is not above 0", lo->scale);
    return RR_OK;
}

static rr_status check_variation(const rr_variation_range *range, rr_error *err)
{
    const struct {
        const char *name;
        double value, least, most;
    } limits[] = { { "jitter", range->jitter, 0.0, 10.0 },
                   { "amplitude", range->amplitude, 0.0, 1.0 },
                   { "warp", range->warp, 0.0, 3.0 },
                   { "slice", range->slice, 0.01, 1.0 },
                   { "channels", range->channels, 0.01, 1.0 } };

    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (!(limits[i].value >= limits[i].least && limits[i].value <= limits[i].most))
            return rri_fail(err, RR_ERR_ARG, -1, "%s of the variants is %g, not in %g..%g",
                            limits[i].name, limits[i].value, limits[i].least, limits[i].most);
    return RR_OK;
}

static rr_status check_sample(const rr_repair_config *all, rr_error *err)
{
    const rr_sample_repair *cfg = &all->sample;
    const struct {
        const char *name;
        size_t value;
    } counts[] = { { "sources", cfg->sources },
                   { "variants", cfg->variants },
                   { "rounds", cfg->rounds },
                   { "keep", cfg->keep } };

    if (cfg->query.measure != RR_MEASURE_LP)
        return rri_fail(err, RR_ERR_ARG, -1, "a repair compares by lp, not by %s",
                        rr_enum_name(RR_ENUM_MEASURE, cfg->query.measure));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i].value == 0)
            return rri_fail(err, RR_ERR_ARG, -1, "%s is 0; a repair needs at least 1",
                            counts[i].name);
    if (cfg->variants > UINT32_MAX)
        return rri_fail(err, RR_ERR_ARG, -1, "%zu variants a target are too many", cfg->variants);
    if ((size_t)all->variants > RR_VARIANTS_WORDS)
        return rri_fail(err, RR_ERR_ARG, -1, "there is no kind of variants %d", (int)all->variants);
    const rr_status st = check_range(&cfg->range, err);
    return st == RR_OK ? check_variation(&all->variation, err) : st;
}

static rr_status check_segment(const rr_segment_repair *cfg, rr_error *err)
{
    if (cfg->insertions == 0 || cfg->insertions > UINT32_MAX)
        return rri_fail(err, RR_ERR_ARG, -1, "%zu insertions a suspect step: not in 1..2^32-1",
                        cfg->insertions);
    if (cfg->pool == 0 || cfg->pool > UINT32_MAX)
        return rri_fail(err, RR_ERR_ARG, -1, "a pool of %zu: not in 1..2^32-1", cfg->pool);
    if (!(cfg->balance <= 16.0))
        return rri_fail(err, RR_ERR_ARG, -1, "a balance of %g is not in 0..16", cfg->balance);
    return RR_OK;
}

static rr_status check_mixed(const rr_mixed_repair *cfg, rr_error *err)
{
    const struct {
        const char *name;
        double value;
    } weights[] = { { "the failing input", cfg->input_weight },
                    { "its variants", cfg->varied_weight },
                    { "the influential variants", cfg->influential_weight },
                    { "the held variants", cfg->held_weight } };

    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++)
        if (!(weights[i].value >= 0.0 && weights[i].value <= 1e6))
            return rri_fail(err, RR_ERR_ARG, -1, "the loss weight of %s is %g, not in 0..1e6",
                            weights[i].name, weights[i].value);
    if (cfg->varied > UINT32_MAX || cfg->influential > UINT32_MAX || cfg->held > UINT32_MAX)
        return rri_fail(err, RR_ERR_ARG, -1, "%zu variants for a target are too many",
                        rri_max(cfg->varied, rri_max(cfg->influential, cfg->held)));
    if (cfg->choice != RR_STRATEGY_INFLUENCE && cfg->choice != RR_STRATEGY_GRADIENT &&
        cfg->choice != RR_STRATEGY_RANDOM)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "variants of influential sequences are chosen by influence, gradient or at "
                        "random, not by %s",
                        rr_enum_name(RR_ENUM_STRATEGY, cfg->choice));
    return RR_OK;
}

static rr_status check_level(const rr_repair_config *cfg, bool symbols, rr_error *err)
{
    const bool segment = cfg->level == RR_LEVEL_SEGMENT;

    if ((size_t)cfg->level > RR_LEVEL_OUTPUT)
        return rri_fail(err, RR_ERR_ARG, -1, "there is no repair level %d", (int)cfg->level);
    if ((size_t)cfg->strategy > RR_STRATEGY_SHIFT)
        return rri_fail(err, RR_ERR_ARG, -1, "there is no repair strategy %d", (int)cfg->strategy);
    if (cfg->strategy == RR_STRATEGY_SHIFT)
        return rri_fail(err, RR_ERR_ARG, -1, "strategy shift: it is a control alone");
    if (cfg->level == RR_LEVEL_OUTPUT)
        return rri_output_repair_check(&cfg->output, err);
    if (segment && !symbols)
        return rri_fail(
            err, RR_ERR_ARG, -1,
            "level segment: it inserts words, but the training set is frames; use level "
            "sample");
    if (!segment && cfg->variants != RR_VARIANTS_AUTO &&
        (cfg->variants == RR_VARIANTS_WORDS) != symbols)
        return rri_fail(err, RR_ERR_ARG, -1, "the training set is %s, which are not varied as %s",
                        symbols ? "words" : "frames",
                        rr_enum_name(RR_ENUM_VARIANTS, cfg->variants));
    if (!segment && cfg->strategy == RR_STRATEGY_PAPER)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "strategy paper: of segments alone; with whole inputs, the paper's way is "
                        "influence with 1 round");
    if (segment && cfg->strategy == RR_STRATEGY_MIXED)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "strategy mixed: of whole inputs alone; use level sample");
    if (segment && cfg->strategy == RR_STRATEGY_GRADIENT)
        return rri_fail(err, RR_ERR_ARG, -1, "strategy gradient: of whole inputs alone");
    return RR_OK;
}

rr_status rri_repair_settle(const rr_repair_config *cfg, bool symbols, rr_repair_config *out,
                            rr_error *err)
{
    rr_repair_config c = rr_repair_config_default();
    const rr_localize_config *localize = &c.segment.localize;
    const rr_query *query = &c.sample.query;
    rr_status st = RR_OK;

    RRI_TRY(rri_config_take(&c, sizeof c, cfg, "rr_repair_config", err));
    RRI_TRY(rri_config_same(query, sizeof *query, "rr_repair_config.sample.query", err));
    RRI_TRY(rri_config_same(localize, sizeof *localize, "rr_repair_config.segment.localize", err));
    if (c.level == RR_LEVEL_AUTO)
        c.level = symbols && c.strategy != RR_STRATEGY_MIXED ? RR_LEVEL_SEGMENT : RR_LEVEL_SAMPLE;
    RRI_TRY(check_level(&c, symbols, err));
    if (c.level == RR_LEVEL_SEGMENT)
        RRI_TRY(check_segment(&c.segment, err));
    else
        RRI_TRY(check_sample(&c, err));
    RRI_TRY(check_mixed(&c.mixed, err));
    if (c.copies == 0 || c.copies > UINT32_MAX)
        RRI_TRY(
            rri_fail(err, RR_ERR_ARG, -1, "%zu copies of an input: not in 1..2^32-1", c.copies));
    if (!(c.most_insertions >= 0.0 && c.most_insertions <= 1e6))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "most insertions: %g of the training set is not in 0..1e6",
                         c.most_insertions));
    if (c.segment.balance < 0.0)
        c.segment.balance = c.strategy == RR_STRATEGY_INFLUENCE ? 0.5 : 0.0;
    c.sample.query.label = -1;
    c.sample.query.correct_only = 1;
    c.sample.query.threads = c.threads;
    *out = c;

done:
    return st;
}
