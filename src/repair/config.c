/* SPDX-License-Identifier: MIT */
/* config.c - the strategies' names, the defaults of a repair and what a configuration must obey. */
#include "repair/variants.h"
#include "rnnrepair/experimental/augment.h"

#include <math.h>

rr_repair_config rr_repair_config_default(void)
{
    return (rr_repair_config){
        .struct_size = sizeof(rr_repair_config),
        .strategy = RR_STRATEGY_INFLUENCE,
        .query = rr_query_default(),
        .top = 100,
        .sources = 10,
        .variants = 1000,
        .rounds = 5,
        .keep = 20,
        .range = rr_affine_range_default(),
        .seed = 1,
        .threads = 0,
    };
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

rr_status rri_repair_check_config(const rr_repair_config *cfg, rr_error *err)
{
    const struct {
        const char *name;
        size_t value;
    } counts[] = { { "top", cfg->top },
                   { "sources", cfg->sources },
                   { "variants", cfg->variants },
                   { "rounds", cfg->rounds },
                   { "keep", cfg->keep } };

    if ((size_t)cfg->strategy > RR_STRATEGY_GRADIENT)
        return rri_fail(err, RR_ERR_ARG, -1, "there is no repair strategy %d", (int)cfg->strategy);
    if (cfg->strategy == RR_STRATEGY_PAPER)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "the strategy paper inserts symbols; the paper's way with whole inputs is "
                        "influence with 1 round");
    if (cfg->query.measure != RR_MEASURE_LP)
        return rri_fail(err, RR_ERR_ARG, -1, "a repair compares by lp, not by %s",
                        rr_enum_name(RR_ENUM_MEASURE, cfg->query.measure));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i].value == 0)
            return rri_fail(err, RR_ERR_ARG, -1, "%s is 0; a repair needs at least 1",
                            counts[i].name);
    if (cfg->variants > UINT32_MAX)
        return rri_fail(err, RR_ERR_ARG, -1, "%zu variants a target are too many", cfg->variants);
    return check_range(&cfg->range, err);
}
