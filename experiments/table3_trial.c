/* SPDX-License-Identifier: MIT */
/* table3_trial.c - a network trained again, and what has become of the errors: see table3.h. */
#include "experiments/table3.h"

#include <stdlib.h>

void table3_outcome_clear(table3_outcome *o)
{
    rri_free(o->fixed);
    *o = (table3_outcome){ .fixed = NULL };
}

static rr_status ask(const experiment_context *ctx, const table3_case *c, const rr_network *net,
                     size_t epoch, uint32_t *prediction, table3_outcome *o, rr_error *err)
{
    const size_t count = rr_dataset_count(c->test), at = o->models;
    size_t right = 0;
    const rr_status st = rr_network_predict(net, c->test, ctx->threads, prediction, NULL, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < count; i++) {
        const int is_right = prediction[i] == rr_dataset_at(c->test, i).label;
        right += is_right != 0;
        o->broken += c->solid[i] && !is_right;
    }
    for (size_t e = 0; e < c->n; e++) {
        const size_t i = c->errors[e];
        const int is_right = prediction[i] == rr_dataset_at(c->test, i).label;
        o->fixed[e] += is_right != 0;
        o->fixed_at[at] += is_right != 0;
    }
    o->accuracy_at[at] = count > 0 ? (double)right / (double)count : 0.0;
    o->epochs[at] = epoch;
    o->models++;
    return RR_OK;
}

/* What is asked of the models of a training, from epoch `first` on. */
typedef struct examination {
    const experiment_context *ctx;
    const table3_case *c;
    const rr_network *net;
    size_t first;
    uint32_t *prediction; /* [N of test], scratch */
    table3_outcome *o;
} examination;

static rr_status ask_epoch(void *self, const rr_trainer *trainer, size_t epoch, rr_error *err)
{
    const examination *const e = self;

    (void)trainer;
    if (epoch < e->first || e->o->models == TABLE3_EPOCHS)
        return RR_OK;
    return ask(e->ctx, e->c, e->net, epoch, e->prediction, e->o, err);
}

rr_status table3_train(experiment_context *ctx, const table3_case *c, const rr_train_config *cfg,
                       rr_network *net, const rr_dataset *train, size_t first, table3_outcome *o,
                       rr_error *err)
{
    examination e = { .ctx = ctx, .c = c, .net = net, .first = first, .o = o };
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&e.prediction, rr_dataset_count(c->test), 1, sizeof *e.prediction, err));
    RRI_TRY(rri_alloc(&o->fixed, c->n, 1, sizeof *o->fixed, err));
    RRI_TRY(experiment_train_by(ctx, cfg, net, train, ask_epoch, &e, err));

done:
    rri_free(e.prediction);
    return st;
}

/* ---- its figures ----------------------------------------------------------------------------- */

rr_status table3_record(experiment_context *ctx, const table3_case *c, const char *setting,
                        uint64_t seed, const table3_outcome *o, size_t images, rr_error *err)
{
    enum { SINGLE = 6 };
    const size_t most = SINGLE + 2 * TABLE3_EPOCHS + c->n;
    const double models = (double)o->models;
    double fixed = 0.0, accuracy = 0.0;
    experiment_figures m = { .n = 0 };
    rr_status st = RR_OK;

    for (size_t i = 0; i < o->models; i++) {
        fixed += (double)o->fixed_at[i] / models;
        accuracy += o->accuracy_at[i] / models;
    }
    RRI_TRY(experiment_figures_begin(&m, most, err));
    experiment_figure(&m, "errors", (double)c->n);
    experiment_figure(&m, "images", (double)images);
    experiment_figure(&m, "fixed", fixed);
    if (c->n > 0)
        experiment_figure(&m, "share", fixed / (double)c->n);
    experiment_figure(&m, "accuracy", accuracy);
    experiment_figure(&m, "broken", (double)o->broken / models);
    for (size_t i = 0; i < o->models; i++) {
        if (c->n > 0)
            experiment_figure_at(&m, "share", o->epochs[i], (double)o->fixed_at[i] / (double)c->n);
        experiment_figure_at(&m, "accuracy", o->epochs[i], o->accuracy_at[i]);
    }
    for (size_t e = 0; e < c->n; e++)
        experiment_figure_at(&m, "error", c->errors[e], (double)o->fixed[e] / models);
    RRI_TRY(experiment_record(ctx, setting, seed, m.list, m.n, err));

done:
    experiment_figures_clear(&m);
    return st;
}

size_t table3_bin(double share)
{
    /* A mean of shares may miss the edge it stands for by a rounding error. */
    static const double upper[] = { 0.0, 0.1, 0.2, 0.5, 0.7 }, slack = 1e-9;
    for (size_t b = 0; b < sizeof upper / sizeof *upper; b++)
        if (share <= upper[b] + slack)
            return b;
    return share < 1.0 - slack ? TABLE3_BINS - 2 : TABLE3_BINS - 1;
}
