/* SPDX-License-Identifier: MIT */
/* work.c - training, predicting and building inside an experiment. */
#include "experiments/experiment.h"

#include <stdlib.h>

static void show(void *self, const rr_progress *at)
{
    if (at->phase != NULL)
        experiment_show(self, at->phase, at->done, at->total);
}

static int cancelled(void *self)
{
    return experiment_stopped(self);
}

rr_callbacks experiment_callbacks(experiment_context *ctx)
{
    return (rr_callbacks){ .self = ctx, .progress = show, .cancelled = cancelled };
}

/* A library call that the context cancelled has not failed. */
static rr_status unless_stopped(const experiment_context *ctx, rr_status st)
{
    return ctx->stopped && st == RR_ERR_CANCELLED ? RR_OK : st;
}

rr_status experiment_train_by(experiment_context *ctx, const rr_train_config *cfg, rr_network *net,
                              const rr_dataset *train, experiment_epoch *each, void *self,
                              rr_error *err)
{
    const rr_callbacks callbacks = experiment_callbacks(ctx);
    rr_trainer *trainer = NULL;
    rr_train_config config = *cfg;
    rr_status st = RR_OK;

    config.threads = ctx->threads;
    RRI_TRY(rr_trainer_new(&config, net, train, &trainer, err));
    if (each != NULL)
        RRI_TRY(each(self, trainer, 0, err));
    while (!rr_trainer_finished(trainer)) {
        RRI_TRY(rr_trainer_run_epoch(trainer, &callbacks, NULL, err));
        if (each != NULL)
            RRI_TRY(each(self, trainer, rr_trainer_epoch(trainer), err));
    }

done:
    rr_trainer_free(trainer);
    return unless_stopped(ctx, st);
}

rr_status experiment_train(experiment_context *ctx, const rr_train_config *cfg, rr_network *net,
                           const rr_dataset *train, rr_error *err)
{
    return experiment_train_by(ctx, cfg, net, train, NULL, NULL, err);
}

double experiment_accuracy_of(const rr_dataset *ds, const uint32_t *prediction)
{
    const size_t n = rr_dataset_count(ds);
    size_t correct = 0;

    for (size_t i = 0; i < n; i++)
        correct += prediction[i] == rr_dataset_at(ds, i).label;
    return n > 0 ? (double)correct / (double)n : 0.0;
}

rr_status experiment_accuracy(const experiment_context *ctx, const rr_network *net,
                              const rr_dataset *ds, double *out, rr_error *err)
{
    uint32_t *prediction = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&prediction, rr_dataset_count(ds), 1, sizeof *prediction, err));
    RRI_TRY(rr_network_predict(net, ds, ctx->threads, prediction, NULL, err));
    *out = experiment_accuracy_of(ds, prediction);

done:
    rri_free(prediction);
    return st;
}

rr_status experiment_trace(const experiment_context *ctx, const rr_influence *inf,
                           const rr_network *net, const rr_dataset *ds, rr_traces **out,
                           rr_error *err)
{
    rr_state_source source = { .ops = NULL };
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_network_states(net, ds, ctx->threads, &source, err));
    RRI_TRY(rr_influence_trace(inf, &source, ctx->threads, out, err));

done:
    rr_state_source_close(&source);
    return st;
}

rr_status experiment_build(experiment_context *ctx, const rr_influence_config *cfg,
                           const rr_network *net, const rr_dataset *train, rr_influence **out,
                           rr_error *err)
{
    const rr_callbacks callbacks = experiment_callbacks(ctx);
    rr_state_source source = { .ops = NULL };
    rr_influence_config config = *cfg;
    rr_status st = RR_OK;

    *out = NULL;
    config.threads = ctx->threads;
    RRI_TRY(rr_network_states(net, train, ctx->threads, &source, err));
    RRI_TRY(rr_influence_build(&config, &source, &callbacks, out, err));

done:
    rr_state_source_close(&source);
    return unless_stopped(ctx, st);
}
