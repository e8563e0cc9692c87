/* SPDX-License-Identifier: MIT */
/* fig3_rank.c - the methods of Figure 3. */
#include "core/ranking.h"
#include "experiments/fig3.h"

#include <math.h>
#include <stdlib.h>

void fig3_methods(fig3_method out[FIG3_METHODS])
{
    const rr_attribution_config base = rr_attribution_config_default();
    rr_attribution_config hessian = base, newton = base, sgd = base, tracin = base, random = base;

    hessian.method = newton.method = RR_ATTRIBUTION_KOH_LIANG;
    hessian.curvature = RR_CURVATURE_HESSIAN;
    newton.curvature = RR_CURVATURE_GAUSS_NEWTON;
    sgd.method = RR_ATTRIBUTION_SGD;
    tracin.method = RR_ATTRIBUTION_TRACIN;
    random.method = RR_ATTRIBUTION_RANDOM;
    const fig3_method methods[FIG3_METHODS] = {
        { .name = "influence", .weighting = RR_WEIGHTING_CONTRAST, .repair = 1 },
        { .name = "paper", .weighting = RR_WEIGHTING_PAPER, .repair = 1 },
        { .name = "koh-liang", .gradient = 1, .config = hessian, .damp = 1, .repair = 1 },
        { .name = "koh-liang gauss-newton", .gradient = 1, .config = newton },
        { .name = "sgd", .gradient = 1, .config = sgd, .repair = 1 },
        { .name = "tracin", .gradient = 1, .config = tracin, .repair = 1 },
        { .name = "self-confidence", .confidence = 1 },
        { .name = "random", .gradient = 1, .config = random, .repair = 1 },
    };
    for (size_t m = 0; m < FIG3_METHODS; m++)
        out[m] = methods[m];
}

/* ---- by the influence model ------------------------------------------------------------------ */

/* The targets as a dataset of their own are traced, which is part of what the analysis takes. */
static rr_status by_influence(const experiment_context *ctx, const fig3_case *c,
                              rr_weighting weighting, double *scores, rr_error *err)
{
    rr_dataset *targets = NULL;
    rr_traces *traces = NULL;
    size_t *which = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_dataset_select(c->test, c->targets, c->n, &targets, err));
    RRI_TRY(experiment_trace(ctx, c->inf, c->net, targets, &traces, err));
    RRI_TRY(rri_alloc(&which, c->n, 1, sizeof *which, err));
    for (size_t e = 0; e < c->n; e++)
        which[e] = e;
    RRI_TRY(rr_drivers(c->inf, RR_KEY_TRANSITION, weighting, traces, which, c->n, scores, err));

done:
    rri_free(which);
    rr_traces_free(traces);
    rr_dataset_free(targets);
    return st;
}

/* ---- by gradients ---------------------------------------------------------------------------- */

/* One attempt. */
static rr_status attribute(experiment_context *ctx, const fig3_case *c,
                           const rr_attribution_config *cfg, const rr_targets *targets,
                           double *scores, fig3_cost *cost, rr_error *err)
{
    const size_t N = rr_dataset_count(c->flipped);
    rr_attribution_progress at = { .done = 0 };
    rr_attribution *work = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_attribution_new(cfg, c->net, c->flipped, targets, &work, err));
    while (!at.done && !experiment_stopped(ctx)) {
        RRI_TRY(rr_attribution_step(work, &at, err));
        experiment_show(ctx, rr_enum_name(RR_ENUM_ATTRIBUTION_METHOD, cfg->method), at.step,
                        at.steps);
    }
    for (size_t i = 0; at.done && i < N; i++)
        scores[i] = rr_attribution_scores(work)[i];
    cost->steps = at.step;

done:
    rr_attribution_free(work);
    return st;
}

static rr_status by_gradients(experiment_context *ctx, const fig3_case *c,
                              const fig3_method *method, double *scores, fig3_cost *cost,
                              rr_error *err)
{
    const int koh = method->config.method == RR_ATTRIBUTION_KOH_LIANG;
    rr_attribution_config cfg = method->config;
    uint32_t *labels = NULL; /* what the targets are read as: 0, a one */
    rr_status st = RR_OK;

    cfg.training = c->training;
    cfg.checkpoints = (const char *const *)c->checkpoints;
    cfg.count_checkpoints = c->count_checkpoints;
    cfg.seed = c->seed;
    cfg.threads = ctx->threads;
    RRI_TRY(rri_alloc(&labels, c->n, 1, sizeof *labels, err));
    const rr_targets targets = { .ds = c->test, .which = c->targets, .labels = labels, .n = c->n };
    for (;;) {
        const double start = rri_seconds();
        st = attribute(ctx, c, &cfg, &targets, scores, cost, err);
        cost->seconds = rri_seconds() - start;
        if (st != RR_ERR_NUMERIC || !method->damp || cfg.damping > 1e3)
            break;
        cfg.damping *= 2.0;
    }
    cost->damping = koh ? cfg.damping : 0.0;

done:
    rri_free(labels);
    return st;
}

/* ---- by the probability of the given label --------------------------------------------------- */

static rr_status by_confidence(const experiment_context *ctx, const fig3_case *c, double *scores,
                               rr_error *err)
{
    const size_t N = rr_dataset_count(c->flipped);
    float *p = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&p, 2 * N, 1, sizeof *p, err));
    RRI_TRY(rr_network_probabilities(c->net, c->flipped, ctx->threads, p, err));
    for (size_t i = 0; i < N; i++)
        scores[i] = -(double)p[2 * i + rr_dataset_at(c->flipped, i).label];

done:
    rri_free(p);
    return st;
}

rr_status fig3_rank(experiment_context *ctx, const fig3_case *c, const fig3_method *method,
                    uint32_t *order, fig3_cost *cost, rr_error *err)
{
    const size_t N = rr_dataset_count(c->flipped);
    double *scores = NULL;
    rr_status st = RR_OK;

    *cost = (fig3_cost){ .seconds = 0.0 };
    RRI_TRY(rri_alloc(&scores, N, 1, sizeof *scores, err));
    const double start = rri_seconds();
    if (method->confidence)
        RRI_TRY(by_confidence(ctx, c, scores, err));
    else if (!method->gradient)
        RRI_TRY(by_influence(ctx, c, method->weighting, scores, err));
    cost->seconds = rri_seconds() - start;
    if (method->gradient)
        RRI_TRY(by_gradients(ctx, c, method, scores, cost, err));
    if (!ctx->stopped)
        RRI_TRY(rri_ranking(scores, N, order, err));

done:
    rri_free(scores);
    return st;
}
