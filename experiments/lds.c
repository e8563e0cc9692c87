/* SPDX-License-Identifier: MIT */
/* lds.c - leave training sequences out, train again, and compare with what was predicted. */
#include "experiments/lds.h"

#include <stdio.h>

/* ---- settings ------------------------------------------------------------------------------- */

/* The recipe's rate is 0.001 and its epsilon 1e-7. A tenth of the rate, as a repair has, and an
 * epsilon of the size of the gradients are where training is smooth: the last ones say how much. */
#define SMALL(name, before, optimizer, rate, epsilon, epochs)                                      \
    {                                                                                              \
        name, MODEL_MNIST, 600, 32, 60, before, optimizer, rate, epsilon, epochs, ASK_REPLAY       \
    }
static const evidence_setting all_settings[] = {
    { "mnist-1000 rmsprop", MODEL_MNIST, 1000, 64, 50, 10, RR_OPT_RMSPROP, 1e-4, 1e-3, 2, ASK_ALL },
    { "mnist-1000 adam", MODEL_MNIST, 1000, 64, 50, 10, RR_OPT_ADAM, 1e-4, 1e-3, 2, ASK_ALL },
    { "sst-1730 adam", MODEL_SST, 1730, 64, 50, 3, RR_OPT_ADAM, 1e-4, 1e-3, 2, ASK_ALL },
    { "mnist-5000 rmsprop", MODEL_MNIST, 5000, 128, 128, 3, RR_OPT_RMSPROP, 1e-4, 1e-3, 1,
      ASK_STATES },
    { "mnist-5000 adam", MODEL_MNIST, 5000, 128, 128, 3, RR_OPT_ADAM, 1e-4, 1e-3, 1, ASK_STATES },
    SMALL("fresh rmsprop 0.001 1e-7", 0, RR_OPT_RMSPROP, 1e-3, 1e-7, 20),
    SMALL("fresh rmsprop 0.001 0.001", 0, RR_OPT_RMSPROP, 1e-3, 1e-3, 20),
    SMALL("fresh adam 0.001 1e-7", 0, RR_OPT_ADAM, 1e-3, 1e-7, 20),
    SMALL("fresh adam 0.001 0.001", 0, RR_OPT_ADAM, 1e-3, 1e-3, 20),
    SMALL("rmsprop 0.001 1e-7", 20, RR_OPT_RMSPROP, 1e-3, 1e-7, 3),
    SMALL("rmsprop 0.001 0.001", 20, RR_OPT_RMSPROP, 1e-3, 1e-3, 3),
    SMALL("rmsprop 0.0001 1e-7", 20, RR_OPT_RMSPROP, 1e-4, 1e-7, 3),
    SMALL("rmsprop 0.0001 0.001", 20, RR_OPT_RMSPROP, 1e-4, 1e-3, 3),
    SMALL("adam 0.001 1e-7", 20, RR_OPT_ADAM, 1e-3, 1e-7, 3),
    SMALL("adam 0.001 0.001", 20, RR_OPT_ADAM, 1e-3, 1e-3, 3),
    SMALL("adam 0.0001 1e-7", 20, RR_OPT_ADAM, 1e-4, 1e-7, 3),
    SMALL("adam 0.0001 0.001", 20, RR_OPT_ADAM, 1e-4, 1e-3, 3),
};
static const evidence_setting quick_settings[] = {
    { "mnist adam", MODEL_MNIST, 600, 16, 64, 5, RR_OPT_ADAM, 1e-4, 1e-3, 2, ASK_ALL },
    { "fresh adam 0.001 1e-7", MODEL_MNIST, 600, 16, 64, 0, RR_OPT_ADAM, 1e-3, 1e-7, 2,
      ASK_REPLAY },
};
enum { SETTINGS = sizeof all_settings / sizeof *all_settings };

const evidence_setting *lds_settings(const experiment_context *ctx, size_t *n)
{
    *n = ctx->quick ? sizeof quick_settings / sizeof *quick_settings : SETTINGS;
    return ctx->quick ? quick_settings : all_settings;
}

const char *lds_kind_name(lds_kind kind)
{
    static const char *const names[] = { "1 % left out", "5 % left out", "50 % left out",
                                         "removal" };
    return names[kind];
}

void lds_trial_name(const evidence_setting *setting, lds_kind kind, char out[96])
{
    (void)snprintf(out, 96, "%s, %s", setting->name, lds_kind_name(kind));
}

/* ---- the experiment ------------------------------------------------------------------------- */

/* A trial: a kind of a setting. */
typedef struct trial {
    const evidence_setting *setting;
    lds_kind kind;
    char name[96];
} trial;

typedef struct lds {
    trial list[SETTINGS * LDS_KINDS];
    size_t n;
    evidence of[EVIDENCE_TASKS]; /* the data of each task, and its network of now */
} lds;

static rr_status run_trial(experiment_context *ctx, void *self, size_t number, uint64_t seed,
                           rr_error *err)
{
    lds *const l = self;
    const trial *t = &l->list[number];
    evidence *e = &l->of[t->setting->task];
    rr_status st = RR_OK;

    RRI_TRY(evidence_prepare(ctx, e, t->setting, seed, err));
    if (!ctx->stopped)
        RRI_TRY(lds_trial(ctx, e, t->kind, t->name, err));

done:
    return st;
}

lds_kind lds_count_kinds(evidence_scope scope)
{
    return scope == ASK_ALL ? LDS_KINDS : LDS_50;
}

static void list_trials(const experiment_context *ctx, lds *l)
{
    size_t n = 0;
    const evidence_setting *settings = lds_settings(ctx, &n);

    for (size_t i = 0; i < n; i++)
        for (int kind = LDS_1; kind < (int)lds_count_kinds(settings[i].scope); kind++) {
            trial *t = &l->list[l->n++];
            t->setting = &settings[i];
            t->kind = (lds_kind)kind;
            lds_trial_name(t->setting, t->kind, t->name);
        }
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    const char *names[SETTINGS * LDS_KINDS];
    lds *l = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&l, 1, 1, sizeof *l, err));
    list_trials(ctx, l);
    for (size_t i = 0; i < l->n; i++) {
        const model_task task = l->list[i].setting->task;
        RRI_TRY(evidence_load(ctx, &l->of[task], task, err));
        names[i] = l->list[i].name;
    }
    RRI_TRY(experiment_plan(ctx, names, l->n, err));
    RRI_TRY(experiment_each_trial(ctx, names, l->n, run_trial, l, err));

done:
    for (size_t i = 0; l != NULL && i < EVIDENCE_TASKS; i++)
        evidence_clear(&l->of[i]);
    rri_free(l);
    return st;
}

const experiment experiment_lds = {
    .id = "lds",
    .summary = "is what is called influential really so? training again without it",
    .about =
        "A network is trained, and again with some training sequences left out: loss weight 0,\n"
        "same initial weights, same batches. For each of 6 test inputs, half of them errors, the\n"
        "sum of a method's scores of what was left out is set beside the actual change of the\n"
        "loss of the class predicted: Spearman correlation over random subsets, mean over the\n"
        "inputs, with a bootstrap interval over them (the linear datamodeling score). Subsets of\n"
        "1 %, 5 % and 50 %. Some are also left out half by half: how far the halves' actual\n"
        "changes add up says how well any sum of scores can do. Removal: without the first 1 %\n"
        "by the sum of a method's scores over the inputs, how many predictions flip. MNIST, 1,000\n"
        "images, LSTM-64, and SST, 1,730 sentences, LSTM-64, 2 epochs; 5,000 images, LSTM-128, an\n"
        "epoch: by RMSprop and Adam (0.0001, epsilon 0.001), after some epochs (RMSprop 0.001) on\n"
        "as many others. Beside them other rates and epsilons, and fresh weights: 600 images,\n"
        "LSTM-32. Needs mnist/ and sst/. Quick: 600 images, LSTM-16.\n",
    .revision = 1,
    .seeds = 3,
    .quick_seeds = 1,
    .run = run,
    .report = lds_report,
};
