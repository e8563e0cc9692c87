/* SPDX-License-Identifier: MIT */
/* work.c - training, predicting and building inside an experiment: see experiment.h. */
#include "experiments/experiment.h"

#include <stdlib.h>

rr_status experiment_train_by(experiment_context *ctx, const rr_train_config *cfg, rr_network *net,
                              const rr_dataset *train, const char *what, experiment_epoch *each,
                              void *self, rr_error *err)
{
    rr_trainer *trainer = NULL;
    rr_train_progress at = { .epoch = 0 };
    rr_train_config config = *cfg;
    char text[96];
    rr_status st = RR_OK;

    config.threads = ctx->threads;
    RRI_TRY(rr_trainer_new(&config, net, train, &trainer, err));
    if (each != NULL)
        RRI_TRY(each(self, trainer, 0, err));
    while (!rr_trainer_finished(trainer) && !experiment_stopped(ctx)) {
        RRI_TRY(rr_trainer_step(trainer, &at, err));
        (void)snprintf(text, sizeof text, "%s%sepoch %zu/%zu", what, what[0] != '\0' ? ", " : "",
                       at.epoch, config.epochs);
        experiment_show(ctx, text, at.sequences, rr_dataset_count(train));
        if (at.epoch_done && each != NULL)
            RRI_TRY(each(self, trainer, at.epoch, err));
    }

done:
    rr_trainer_free(trainer);
    return st;
}

rr_status experiment_train(experiment_context *ctx, const rr_train_config *cfg, rr_network *net,
                           const rr_dataset *train, rr_error *err)
{
    return experiment_train_by(ctx, cfg, net, train, "", NULL, NULL, err);
}

double experiment_share_right(const rr_dataset *ds, const uint32_t *prediction)
{
    const size_t n = rr_dataset_count(ds);
    size_t right = 0;

    for (size_t i = 0; i < n; i++)
        right += prediction[i] == rr_dataset_at(ds, i).label;
    return n > 0 ? (double)right / (double)n : 0.0;
}

rr_status experiment_accuracy(const experiment_context *ctx, const rr_network *net,
                              const rr_dataset *ds, double *out, rr_error *err)
{
    uint32_t *prediction = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&prediction, rr_dataset_count(ds), 1, sizeof *prediction, err));
    RRI_TRY(rr_network_predict(net, ds, ctx->threads, prediction, NULL, err));
    *out = experiment_share_right(ds, prediction);

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
    rr_state_source source = { .ops = NULL };
    rr_influence_builder *builder = NULL;
    rr_build_progress at = { .phase = RR_BUILD_TRACE };
    rr_influence_config config = *cfg;
    rr_status st = RR_OK;

    *out = NULL;
    config.threads = ctx->threads;
    RRI_TRY(rr_network_states(net, train, ctx->threads, &source, err));
    RRI_TRY(rr_influence_builder_new(&config, &source, &builder, err));
    while (at.phase != RR_BUILD_DONE) {
        if (experiment_stopped(ctx))
            goto done;
        RRI_TRY(rr_influence_builder_step(builder, &at, err));
        experiment_show(ctx, rr_enum_name(RR_ENUM_BUILD_PHASE, at.phase), at.done, at.total);
    }
    RRI_TRY(rr_influence_builder_finish(builder, out, err));

done:
    rr_influence_builder_free(builder);
    rr_state_source_close(&source);
    return st;
}
