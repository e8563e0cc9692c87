/* SPDX-License-Identifier: MIT */
/* label_noise.c - wrong labels for trials: which sequences or steps get one, and which.
 *
 * The choice is the head of a seeded shuffle of those that can be flipped; the new label of each
 * comes from an address of its own, so that it is the same whatever the fraction is. */
#include "rnnrepair/decisions.h"

#include "core/core.h"

#include <math.h>
#include <stdlib.h>

rr_label_noise_config rr_label_noise_config_default(void)
{
    return (rr_label_noise_config){ .struct_size = sizeof(rr_label_noise_config),
                                    .fraction = 0.05,
                                    .from = -1,
                                    .to = -1,
                                    .seed = 1 };
}

static rr_status check_class(const rr_dataset *ds, const char *what, int class, rr_error *err)
{
    if (class < -1 || (class >= 0 && (size_t) class >= rr_dataset_classes(ds)))
        return rri_fail(err, RR_ERR_ARG, -1, "the class to flip %s is %d, which is outside 0..%zu",
                        what, class, rr_dataset_classes(ds) - 1);
    return RR_OK;
}

static rr_status check_config(const rr_label_noise_config *cfg, const rr_dataset *ds, rr_error *err)
{
    rr_status st = RR_OK;

    if (!(cfg->fraction > 0.0 && cfg->fraction <= 1.0))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "the fraction of labels to flip is %g, which is not above 0 and at most 1",
                        cfg->fraction);
    if (rr_dataset_classes(ds) < 2)
        return rri_fail(err, RR_ERR_ARG, -1, "there is one class alone: no other to flip to");
    if (cfg->steps && !rr_dataset_step_labelled(ds))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "the steps of the data have no labels of their own to flip");
    if (cfg->steps && rr_dataset_steps(ds) >= UINT32_MAX)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1, "%zu steps are not below 2^32 - 1",
                        rr_dataset_steps(ds));
    if (rr_dataset_count(ds) >= UINT32_MAX)
        return rri_fail(err, RR_ERR_ARG, -1, "%zu sequences are not below 2^32 - 1",
                        rr_dataset_count(ds));
    RRI_TRY(check_class(ds, "from", cfg->from, err));
    RRI_TRY(check_class(ds, "to", cfg->to, err));
    if (cfg->from >= 0 && cfg->from == cfg->to)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "labels would be flipped from class %d to itself: name two classes",
                        cfg->from);

done:
    return st;
}

static bool can_flip(const rr_label_noise_config *cfg, uint32_t label)
{
    if (label == RR_NO_LABEL)
        return false;
    return cfg->from >= 0 ? label == (uint32_t)cfg->from
                          : cfg->to < 0 || label != (uint32_t)cfg->to;
}

/* The new label of a sequence or step. */
static uint32_t wrong_label(const rr_label_noise_config *cfg, size_t classes, uint32_t id,
                            uint32_t label)
{
    rri_random r = rri_random_at(cfg->seed, RRI_RANDOM_FLIP, 1 + (uint64_t)id);

    if (cfg->to >= 0)
        return (uint32_t)cfg->to;
    const uint32_t other = (uint32_t)rri_random_below(&r, classes - 1);
    return other + (other >= label);
}

/* Bring `n` drawn ones to the front of the pool, in rising order. */
static void draw(uint64_t seed, uint32_t *pool, size_t size, size_t n)
{
    rri_random r = rri_random_at(seed, RRI_RANDOM_FLIP, 0);

    for (size_t i = 0; i < n; i++) {
        const size_t j = i + (size_t)rri_random_below(&r, size - i);
        const uint32_t id = pool[j];
        pool[j] = pool[i];
        pool[i] = id;
    }
    qsort(pool, n, sizeof *pool, rri_by_u32);
}

/* What can be flipped: numbers of sequences, or of steps counted through all sequences. */
static rr_status fill_pool(const rr_label_noise_config *cfg, const rr_dataset *ds, uint32_t **pool,
                           size_t *size, rr_error *err)
{
    const size_t N = rr_dataset_count(ds);
    uint32_t number = 0;
    const rr_status st =
        rri_alloc(pool, cfg->steps ? rr_dataset_steps(ds) : N, 1, sizeof **pool, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < N; i++) {
        const rr_sequence s = rr_dataset_at(ds, i);
        const size_t units = cfg->steps ? s.steps : 1;
        for (size_t t = 0; t < units; t++, number++)
            if (can_flip(cfg, cfg->steps ? s.step_labels[t] : s.label))
                (*pool)[(*size)++] = number;
    }
    return RR_OK;
}

/* The decisions about the drawn ones, which rise. */
static void decide(const rr_label_noise_config *cfg, const rr_dataset *ds, const uint32_t *drawn,
                   size_t n, rr_decision *out)
{
    const size_t C = rr_dataset_classes(ds);
    size_t begin = 0; /* of sequence i */

    for (size_t i = 0, k = 0; k < n; i++) {
        const rr_sequence s = rr_dataset_at(ds, i);
        const size_t end = begin + (cfg->steps ? s.steps : 1);
        for (; k < n && drawn[k] < end; k++) {
            const size_t t = drawn[k] - begin;
            const uint32_t label = cfg->steps ? s.step_labels[t] : s.label;
            out[k] = (rr_decision){ .id = (uint32_t)i,
                                    .step = cfg->steps ? (uint32_t)t + 1 : 0,
                                    .action = RR_ACTION_RELABEL,
                                    .label = wrong_label(cfg, C, drawn[k], label),
                                    .truth = label };
        }
        begin = end;
    }
}

rr_status rr_label_noise(const rr_label_noise_config *cfg, const rr_dataset *ds, rr_decision **out,
                         size_t *n, rr_error *err)
{
    rr_label_noise_config own = rr_label_noise_config_default();
    uint32_t *pool = NULL;
    size_t size = 0;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_label_noise_config", err));
    cfg = &own;
    RRI_TRY(check_config(cfg, ds, err));
    RRI_TRY(fill_pool(cfg, ds, &pool, &size, err));
    const size_t count = (size_t)llround(cfg->fraction * (double)size);
    if (count == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "there is nothing to flip: a fraction of %g of the %zu %s that could be",
                         cfg->fraction, size, cfg->steps ? "steps" : "sequences"));
    draw(cfg->seed, pool, size, count);
    RRI_TRY(rri_alloc(out, count, 1, sizeof **out, err));
    *n = count;
    decide(cfg, ds, pool, count, *out);

done:
    rri_free(pool);
    return st;
}
