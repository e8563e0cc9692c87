/* SPDX-License-Identifier: MIT */
/* evidence.c - trains a network with its checkpoints, chooses queries, and trains again without
 * some sequences. */
#include "experiments/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { QUERIES = 6, QUICK_QUERIES = 4 };

/* ---- data ----------------------------------------------------------------------------------- */

rr_status evidence_load(experiment_context *ctx, evidence *e, model_task task, rr_error *err)
{
    return e->m.train != NULL ? RR_OK : model_load(ctx, task, &e->m, err);
}

/* Take the setting's sequences, spread over the training set, and as many others. */
static rr_status divide(evidence *e, rr_error *err)
{
    const size_t N = rr_dataset_count(e->m.train);
    const size_t most = e->setting->most;
    const size_t every = N / most > 2 ? N / most : 2;
    size_t *which = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&which, N, 1, sizeof *which, err));
    for (size_t i = 0; i + every / 2 < N && n < most; i += every)
        which[n++] = i;
    RRI_TRY(rr_dataset_select(e->m.train, which, n, &e->train, err));
    for (size_t i = 0; i < n; i++)
        which[i] += every / 2;
    RRI_TRY(rr_dataset_select(e->m.train, which, n, &e->other, err));

done:
    rri_free(which);
    return st;
}

static void release(evidence *e)
{
    for (size_t i = 0; e->checkpoints != NULL && i < e->count_checkpoints; i++) {
        if (e->checkpoints[i] != NULL)
            (void)unlink(e->checkpoints[i]);
        rri_free(e->checkpoints[i]);
    }
    rri_free(e->checkpoints);
    if (e->folder != NULL)
        (void)rmdir(e->folder);
    rri_free(e->folder);
    rr_network_free(e->fresh);
    rr_network_free(e->start);
    rr_dataset_free(e->train);
    rr_dataset_free(e->other);
    rr_dataset_free(e->queries);
    rri_free(e->labels);
    evidence_outcome_clear(&e->before);
    rr_traces_free(e->untrained_traces);
    rr_influence_free(e->untrained);
    model_release(&e->m);
    *e = (evidence){ .m = e->m };
}

void evidence_clear(evidence *e)
{
    release(e);
    model_clear(&e->m);
}

/* ---- training ------------------------------------------------------------------------------- */

static rr_status configure(const experiment_context *ctx, evidence *e, rr_error *err)
{
    const evidence_setting *s = e->setting;
    rr_network_config net;

    model_recipe(ctx, &e->m, &net, &e->training);
    net.hidden = s->hidden;
    net.seed = e->seed;
    e->training = rr_train_config_default();
    e->training.seed = e->seed;
    e->training.optimizer = s->optimizer;
    e->training.learning_rate = s->learning_rate;
    e->training.momentum = s->optimizer == RR_OPT_SGD ? 0.9 : 0.0;
    e->training.epsilon = s->epsilon;
    e->training.epochs = s->epochs;
    e->training.threads = ctx->threads;
    e->training.batch = s->batch;
    return model_network(&e->m, &net, &e->fresh, err);
}

/* The network the training begins with. */
static rr_status begin(experiment_context *ctx, evidence *e, rr_error *err)
{
    rr_train_config cfg = rr_train_config_default(); /* RMSprop 0.001 */
    rr_status st = RR_OK;

    cfg.seed = e->seed;
    cfg.batch = e->training.batch;
    cfg.epochs = e->setting->before;
    RRI_TRY(rr_network_copy(e->fresh, &e->start, err));
    if (cfg.epochs > 0)
        RRI_TRY(experiment_train(ctx, &cfg, e->start, e->other, err));

done:
    return st;
}

static rr_status keep_checkpoint(void *self, const rr_trainer *trainer, size_t epoch, rr_error *err)
{
    evidence *const e = self;
    rr_status st = RR_OK;

    RRI_TRY(rri_format(&e->checkpoints[epoch], err, "%s/epoch-%zu", e->folder, epoch));
    RRI_TRY(rr_trainer_save(trainer, e->checkpoints[epoch], err));

done:
    return st;
}

static rr_status train(experiment_context *ctx, evidence *e, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(configure(ctx, e, err));
    RRI_TRY(begin(ctx, e, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(rri_format(&e->folder, err, "%s/checkpoints-XXXXXX", ctx->output));
    if (mkdtemp(e->folder) == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1, "%s: no folder for checkpoints", ctx->output));
    e->count_checkpoints = e->training.epochs + 1;
    RRI_TRY(rri_alloc(&e->checkpoints, e->count_checkpoints, 1, sizeof *e->checkpoints, err));
    RRI_TRY(rr_network_copy(e->start, &e->m.net, err));
    RRI_TRY(experiment_train_by(ctx, &e->training, e->m.net, e->train, keep_checkpoint, e, err));

done:
    return st;
}

/* ---- queries -------------------------------------------------------------------------------- */

/* Spread `want` of those that are errors, or right ones, over the test set. */
static size_t spread(const rr_dataset *test, const uint32_t *prediction, int errors, size_t want,
                     size_t *out)
{
    const size_t N = rr_dataset_count(test);
    size_t members = 0;
    size_t at = 0;
    size_t n = 0;

    for (size_t i = 0; i < N; i++)
        members += (prediction[i] != rr_dataset_at(test, i).label) == errors;
    want = want < members ? want : members;
    for (size_t i = 0; i < N && n < want; i++) {
        if ((prediction[i] != rr_dataset_at(test, i).label) != errors)
            continue;
        if (at++ == n * members / want)
            out[n++] = i;
    }
    return n;
}

static rr_status choose_queries(experiment_context *ctx, evidence *e, rr_error *err)
{
    const size_t want = ctx->quick ? QUICK_QUERIES : QUERIES;
    uint32_t *prediction = NULL;
    size_t which[QUERIES] = { 0 };
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&prediction, rr_dataset_count(e->m.test), 1, sizeof *prediction, err));
    RRI_TRY(rr_network_predict(e->m.net, e->m.test, ctx->threads, prediction, NULL, err));
    e->m.accuracy = experiment_accuracy_of(e->m.test, prediction);
    e->count = spread(e->m.test, prediction, 1, want / 2, which);
    e->count += spread(e->m.test, prediction, 0, want - e->count, which + e->count);
    if (e->count == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "there is no test sequence to ask about"));
    RRI_TRY(rr_dataset_select(e->m.test, which, e->count, &e->queries, err));
    RRI_TRY(rri_alloc(&e->labels, e->count, 1, sizeof *e->labels, err));
    for (size_t i = 0; i < e->count; i++)
        e->labels[i] = prediction[which[i]];

done:
    rri_free(prediction);
    return st;
}

/* ---- outcomes ------------------------------------------------------------------------------- */

void evidence_outcome_clear(evidence_outcome *o)
{
    rri_free(o->loss);
    rri_free(o->margin);
    rri_free(o->prediction);
    *o = (evidence_outcome){ .loss = NULL };
}

/* Of probabilities p [C]: what is left of 1 is summed, since 1 - p loses digits. */
static void judge(const float *p, size_t C, uint32_t label, double *loss, double *margin,
                  uint32_t *prediction)
{
    double others = 0.0;
    float most = 0.0f;

    *prediction = label;
    for (size_t c = 0; c < C; c++) {
        if (c == label)
            continue;
        others += (double)p[c];
        most = p[c] > most ? p[c] : most;
        *prediction = p[c] > p[*prediction] ? (uint32_t)c : *prediction;
    }
    const double own = fmax((double)p[label], 1e-30);
    *loss = log1p(others / own);
    *margin = log(own) - log(fmax((double)most, 1e-30));
}

static rr_status measure(const experiment_context *ctx, const evidence *e, const rr_network *net,
                         evidence_outcome *o, rr_error *err)
{
    const size_t C = rr_network_config_of(net).classes;
    float *p = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&p, e->count, C, sizeof *p, err));
    RRI_TRY(rri_alloc(&o->loss, e->count, 1, sizeof *o->loss, err));
    RRI_TRY(rri_alloc(&o->margin, e->count, 1, sizeof *o->margin, err));
    RRI_TRY(rri_alloc(&o->prediction, e->count, 1, sizeof *o->prediction, err));
    RRI_TRY(rr_network_probabilities(net, e->queries, ctx->threads, p, err));
    for (size_t q = 0; q < e->count; q++)
        judge(p + q * C, C, e->labels[q], &o->loss[q], &o->margin[q], &o->prediction[q]);

done:
    rri_free(p);
    return st;
}

rr_status evidence_without(experiment_context *ctx, const evidence *e, const unsigned char *out,
                           evidence_outcome *outcome, rr_error *err)
{
    const size_t N = rr_dataset_count(e->train);
    rr_trainer *trainer = NULL;
    rr_network *net = NULL;
    float *weights = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&weights, N, 1, sizeof *weights, err));
    for (size_t i = 0; i < N; i++)
        weights[i] = out[i] ? 0.0f : 1.0f;
    RRI_TRY(rr_network_copy(e->start, &net, err));
    RRI_TRY(rr_trainer_new(&e->training, net, e->train, &trainer, err));
    RRI_TRY(rr_trainer_set_weights(trainer, weights, err));
    while (!rr_trainer_finished(trainer) && !experiment_stopped(ctx))
        RRI_TRY(rr_trainer_run_epoch(trainer, NULL, NULL, err));
    RRI_TRY(measure(ctx, e, net, outcome, err));

done:
    rr_trainer_free(trainer);
    rr_network_free(net);
    rri_free(weights);
    return st;
}

/* ---- a setting and seed --------------------------------------------------------------------- */

static rr_status build(experiment_context *ctx, evidence *e, rr_error *err)
{
    rr_influence_config cfg = rr_influence_config_default();
    rr_status st = RR_OK;

    cfg.partition.states = ctx->quick ? 8 : e->m.task == MODEL_MNIST ? 43 : 37;
    cfg.symbols = 1; /* frames need no symbols here, words have theirs */
    cfg.seed = e->seed;
    RRI_TRY(experiment_build(ctx, &cfg, e->m.net, e->train, &e->m.inf, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(experiment_trace(ctx, e->m.inf, e->m.net, e->queries, &e->m.traces, err));
    RRI_TRY(experiment_build(ctx, &cfg, e->fresh, e->train, &e->untrained, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(experiment_trace(ctx, e->untrained, e->fresh, e->queries, &e->untrained_traces, err));

done:
    return st;
}

rr_status evidence_prepare(experiment_context *ctx, evidence *e, const evidence_setting *setting,
                           uint64_t seed, rr_error *err)
{
    rr_status st = RR_OK;

    if (e->setting == setting && e->seed == seed && e->before.loss != NULL)
        return RR_OK;
    release(e);
    e->setting = setting;
    e->seed = e->m.seed = seed;
    const double start = rri_seconds();
    RRI_TRY(divide(e, err));
    RRI_TRY(train(ctx, e, err));
    if (ctx->stopped)
        goto done;
    e->m.seconds = rri_seconds() - start;
    RRI_TRY(choose_queries(ctx, e, err));
    RRI_TRY(measure(ctx, e, e->m.net, &e->before, err));
    if (setting->scope > ASK_REPLAY)
        RRI_TRY(build(ctx, e, err));
    experiment_note(ctx, "%s, seed %llu: %.2f %% of the test set right, %zu queries", setting->name,
                    (unsigned long long)seed, 100.0 * e->m.accuracy, e->count);

done:
    return st;
}
