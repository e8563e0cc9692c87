/* SPDX-License-Identifier: MIT */
/* lds.c - leave training sequences out, train again, and compare with what was predicted. */
#include "experiments/lds.h"

#include <stdio.h>
#include <string.h>

/* ---- settings ------------------------------------------------------------------------------- */

static const evidence_setting all_settings[] = {
    { "mnist rmsprop", MODEL_MNIST, RR_OPT_RMSPROP, 0.001, 1e-7, 3, 0 },
    { "mnist adam", MODEL_MNIST, RR_OPT_ADAM, 0.001, 1e-7, 3, 0 },
    { "sst adam", MODEL_SST, RR_OPT_ADAM, 0.001, 1e-7, 3, 0 },
};
enum { SETTINGS = sizeof all_settings / sizeof *all_settings, QUICK_SETTINGS = 1 };

const evidence_setting *lds_settings(const experiment_context *ctx, size_t *n)
{
    *n = ctx->quick ? QUICK_SETTINGS : SETTINGS;
    return all_settings;
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

typedef struct lds {
    const evidence_setting *settings;
    evidence of[EVIDENCE_TASKS]; /* the data of each task, and its network of now */
} lds;

static rr_status run_trial(experiment_context *ctx, void *self, size_t trial, uint64_t seed,
                           rr_error *err)
{
    lds *const l = self;
    const evidence_setting *setting = &l->settings[trial / LDS_KINDS];
    evidence *e = &l->of[setting->task];
    const lds_kind kind = (lds_kind)(trial % LDS_KINDS);
    char name[96];
    rr_status st = RR_OK;

    lds_trial_name(setting, kind, name);
    RRI_TRY(evidence_prepare(ctx, e, setting, seed, err));
    if (!ctx->stopped)
        RRI_TRY(lds_trial(ctx, e, kind, name, err));

done:
    return st;
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    static char text[SETTINGS * LDS_KINDS][96];
    const char *names[SETTINGS * LDS_KINDS];
    lds l = { .settings = NULL };
    size_t n = 0;
    rr_status st = RR_OK;

    l.settings = lds_settings(ctx, &n);
    for (size_t i = 0; i < n; i++)
        RRI_TRY(evidence_load(ctx, &l.of[l.settings[i].task], l.settings[i].task, err));
    for (size_t i = 0; i < n * LDS_KINDS; i++) {
        lds_trial_name(&l.settings[i / LDS_KINDS], (lds_kind)(i % LDS_KINDS), text[i]);
        names[i] = text[i];
    }
    RRI_TRY(experiment_plan(ctx, names, n * LDS_KINDS, err));
    RRI_TRY(experiment_each_trial(ctx, names, n * LDS_KINDS, run_trial, &l, err));

done:
    for (size_t i = 0; i < EVIDENCE_TASKS; i++)
        evidence_clear(&l.of[i]);
    return st;
}

const experiment experiment_lds = {
    .id = "lds",
    .summary = "is what is called influential really so? training again without it",
    .about =
        "A network is trained, and again with some training sequences left out: loss weight 0,\n"
        "same initial weights, same batches. For each of 8 test inputs, half of them errors, the\n"
        "sum of a method's scores of what was left out is set beside the actual change of the\n"
        "loss of the class predicted: Spearman correlation over random subsets, mean over the\n"
        "inputs, with a bootstrap interval over them (the linear datamodeling score). Subsets of\n"
        "1 %, 5 % and 50 %. Some are also left out half by half: how far the halves' actual\n"
        "changes add up says how well any sum of scores can do. Removal: without the first 1 %\n"
        "by the sum of a method's scores over the inputs, how many predictions flip. MNIST, 5,000\n"
        "images, LSTM-128; SST, LSTM-100; 3 epochs. Needs mnist/ and sst/. Quick: 600 images.\n",
    .revision = 1,
    .seeds = 3,
    .quick_seeds = 1,
    .run = run,
    .report = lds_report,
};
