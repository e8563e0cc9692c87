/* SPDX-License-Identifier: MIT */
/* work.c - training, predicting and building inside an experiment: see experiment.h. */
#include "experiments/experiment.h"

#include <stdlib.h>

rr_status experiment_train(experiment_context *ctx, const rr_train_config *cfg, rr_network *net,
                           const rr_dataset *train, rr_error *err)
{
    rr_trainer *trainer = NULL;
    rr_train_progress at = { .epoch = 0 };
    rr_train_config config = *cfg;
    char what[64];
    rr_status st = RR_OK;

    config.threads = ctx->threads;
    EXPERIMENT_TRY(rr_trainer_new(&config, net, train, &trainer, err));
    while (!rr_trainer_finished(trainer) && !experiment_stopped(ctx)) {
        EXPERIMENT_TRY(rr_trainer_step(trainer, &at, err));
        (void)snprintf(what, sizeof what, "epoch %zu/%zu", at.epoch, config.epochs);
        experiment_show(ctx, what, at.sequences, rr_dataset_count(train));
    }

done:
    rr_trainer_free(trainer);
    return st;
}

rr_status experiment_accuracy(const experiment_context *ctx, const rr_network *net,
                              const rr_dataset *ds, double *out, rr_error *err)
{
    const size_t n = rr_dataset_count(ds);
    uint32_t *prediction = NULL;
    size_t right = 0;
    rr_status st = RR_OK;

    EXPERIMENT_TRY(experiment_alloc(&prediction, n, sizeof *prediction, err));
    EXPERIMENT_TRY(rr_network_predict(net, ds, ctx->threads, prediction, NULL, err));
    for (size_t i = 0; i < n; i++)
        right += prediction[i] == rr_dataset_at(ds, i).label;
    *out = n > 0 ? (double)right / (double)n : 0.0;

done:
    free(prediction);
    return st;
}

rr_status experiment_build(experiment_context *ctx, const rr_influence_config *cfg,
                           const rr_network *net, const rr_dataset *train, rr_influence **out,
                           rr_error *err)
{
    rr_state_source source = { .ops = NULL };
    rr_influence_builder *builder = NULL;
    rr_build_progress at = { .phase = RR_BUILD_TRACE };
    rr_influence_config config = *cfg;
    rr_status st = RR_OK;

    *out = NULL;
    config.threads = ctx->threads;
    EXPERIMENT_TRY(rr_network_states(net, train, ctx->threads, &source, err));
    EXPERIMENT_TRY(rr_influence_builder_new(&config, &source, &builder, err));
    while (at.phase != RR_BUILD_DONE) {
        if (experiment_stopped(ctx))
            goto done;
        EXPERIMENT_TRY(rr_influence_builder_step(builder, &at, err));
        experiment_show(ctx, rr_build_phase_name(at.phase), at.done, at.total);
    }
    EXPERIMENT_TRY(rr_influence_builder_finish(builder, out, err));

done:
    rr_influence_builder_free(builder);
    rr_state_source_close(&source);
    return st;
}
