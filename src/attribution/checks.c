/* SPDX-License-Identifier: MIT */
/* checks.c - validates targets and configuration before any work. Only the settings that the method
 * uses are checked. */
#include "attribution/attribution.h"

#include <math.h>

static rr_status at_least_one(const char *what, size_t value, rr_error *err)
{
    if (value == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "%s is 0: expected at least 1", what);
    return RR_OK;
}

static rr_status positive(const char *what, double value, rr_error *err)
{
    if (!(value > 0.0 && isfinite(value)))
        return rri_fail(err, RR_ERR_ARG, -1, "%s is %g: expected a number above 0", what, value);
    return RR_OK;
}

static rr_status check_koh_liang(const rr_attribution_config *cfg, rr_error *err)
{
    rr_status st = RR_OK;

    if ((unsigned)cfg->curvature > RR_CURVATURE_GAUSS_NEWTON)
        return rri_fail(err, RR_ERR_ARG, -1, "unknown curvature number %d", (int)cfg->curvature);
    if ((unsigned)cfg->solver > RR_SOLVER_STOCHASTIC)
        return rri_fail(err, RR_ERR_ARG, -1, "unknown solver number %d", (int)cfg->solver);
    if (!(cfg->damping >= 0.0 && isfinite(cfg->damping)))
        return rri_fail(err, RR_ERR_ARG, -1, "damping is %g: expected a number from 0 on",
                        cfg->damping);
    RRI_TRY(at_least_one("iterations", cfg->iterations, err));
    if (cfg->solver == RR_SOLVER_CG) {
        RRI_TRY(positive("tolerance", cfg->tolerance, err));
    } else {
        RRI_TRY(at_least_one("repeats", cfg->repeats, err));
        RRI_TRY(at_least_one("batch", cfg->batch, err));
        RRI_TRY(positive("scale", cfg->scale, err));
        /* A sample is numbered by repeat and iteration, 32 bits each. */
        if (cfg->repeats >= UINT32_MAX || cfg->iterations >= UINT32_MAX)
            st = rri_fail(err, RR_ERR_ARG, -1, "%zu repeats of %zu iterations are too many",
                          cfg->repeats, cfg->iterations);
    }

done:
    return st;
}

/* From checkpoint `first` on: tracin does not use the one before the first epoch. */
static rr_status check_paths(const rr_attribution_config *cfg, size_t first, rr_error *err)
{
    if (cfg->count_checkpoints > cfg->training.epochs + 1)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "%zu checkpoints for a training of %zu epochs: expected at most %zu",
                        cfg->count_checkpoints, cfg->training.epochs, cfg->training.epochs + 1);
    for (size_t e = first; e < cfg->count_checkpoints; e++)
        if (cfg->checkpoints == NULL || cfg->checkpoints[e] == NULL)
            return rri_fail(err, RR_ERR_ARG, (int64_t)e, "checkpoint %zu has no path", e);
    return RR_OK;
}

static rr_status check_training(const rr_attribution_config *cfg, size_t first, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(at_least_one("epochs", cfg->training.epochs, err));
    RRI_TRY(at_least_one("batch", cfg->training.batch, err));
    RRI_TRY(positive("learning rate", cfg->training.learning_rate, err));
    RRI_TRY(check_paths(cfg, first, err));

done:
    return st;
}

static rr_status check_replay(const rr_attribution_config *cfg, rr_error *err)
{
    const size_t epochs = cfg->training.epochs;
    rr_status st = RR_OK;

    RRI_TRY(check_training(cfg, 0, err));
    if (cfg->count_checkpoints < epochs)
        st = rri_fail(err, RR_ERR_ARG, (int64_t)cfg->count_checkpoints,
                      "%zu checkpoints for a training of %zu epochs: %s needs that of every "
                      "epoch's start, %zu of them",
                      cfg->count_checkpoints, epochs,
                      rr_enum_name(RR_ENUM_ATTRIBUTION_METHOD, cfg->method), epochs);

done:
    return st;
}

static rr_status check_sgd(const rr_attribution_config *cfg, rr_error *err)
{
    const rr_train_config *t = &cfg->training;

    if (t->optimizer != RR_OPT_SGD)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                        "the network was trained by %s: sgd influence needs a training by "
                        "sgd; use replay, koh-liang or tracin",
                        rr_enum_name(RR_ENUM_OPTIMIZER, t->optimizer));
    if (t->clip_norm > 0.0)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                        "the training clipped its gradients to %g: sgd influence needs a "
                        "training without a clip norm; use replay",
                        t->clip_norm);
    return check_replay(cfg, err);
}

static rr_status check_tracin(const rr_attribution_config *cfg, rr_error *err)
{
    const rr_status st = check_training(cfg, 1, err);

    if (st == RR_OK && cfg->count_checkpoints == 1)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "the only checkpoint is that before the first epoch: tracin takes those "
                        "after an epoch");
    return st;
}

rr_status rri_attribution_check(const rr_attribution_config *cfg, rr_error *err)
{
    switch (cfg->method) {
    case RR_ATTRIBUTION_KOH_LIANG:
        return check_koh_liang(cfg, err);
    case RR_ATTRIBUTION_SGD:
        return check_sgd(cfg, err);
    case RR_ATTRIBUTION_TRACIN:
        return check_tracin(cfg, err);
    case RR_ATTRIBUTION_RANDOM:
    case RR_ATTRIBUTION_OUTPUT_LAYER:
        return RR_OK;
    case RR_ATTRIBUTION_REPLAY:
        return check_replay(cfg, err);
    }
    return rri_fail(err, RR_ERR_ARG, -1, "unknown method number %d", (int)cfg->method);
}

rr_status rri_targets_check(const rr_targets *targets, const rr_network *net, rr_error *err)
{
    const size_t C = rr_network_config_of(net).classes;

    if (targets->n == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "there is no target to attribute");
    if (targets->labels == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "the targets have no classes");
    const bool each = rr_network_config_of(net).output == RR_OUTPUT_STEP;
    if (each != (targets->steps != NULL))
        return rri_fail(err, RR_ERR_ARG, -1,
                        each
                            ? "the network has an output at every step: a target needs its step"
                            : "the targets name steps, but the network answers after the last one");
    const size_t N = rr_dataset_count(targets->ds);
    for (size_t i = 0; i < targets->n; i++) {
        const size_t id = targets->which == NULL ? i : targets->which[i];
        if (id >= N)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "target %zu is sequence %zu, but there are %zu", i, id, N);
        if (targets->labels[i] >= C)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "target %zu, sequence %zu, has class %u, but the network has %zu", i,
                            id, targets->labels[i], C);
    }
    return RR_OK;
}
