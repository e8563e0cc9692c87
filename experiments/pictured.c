/* SPDX-License-Identifier: MIT */
/* pictured.c - runs the experiments that draw a picture of one MNIST model (Figures 1 and 2). */
#include "experiments/pictured.h"

#include "experiments/table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

rr_status pictured_run(experiment_context *ctx, const pictured *p, rr_error *err)
{
    model m = { .train = NULL };
    char name[96];
    char *path = NULL;
    rr_status st = RR_OK;

    experiment_picture(ctx, name);
    RRI_TRY(rri_format(&path, err, "%s/%s", ctx->output, name));
    RRI_TRY(model_load(ctx, MODEL_MNIST, &m, err));
    RRI_TRY(experiment_plan(ctx, &p->setting, 1, err));
    for (size_t i = 0; i < ctx->seeds && !experiment_stopped(ctx); i++) {
        const uint64_t seed = ctx->first_seed + i;
        int done = 0;
        RRI_TRY(experiment_trial_done(ctx, p->setting, seed, &done, err));
        const int draw = i == 0 && (!done || access(path, F_OK) != 0);
        if (done && !draw)
            continue;
        RRI_TRY(model_prepare(ctx, &m, seed, err));
        if (!ctx->stopped)
            RRI_TRY(p->one(ctx, &m, draw ? path : NULL, done, err));
    }

done:
    model_clear(&m);
    rri_free(path);
    return st;
}

static int is_name(const pictured *p, const char *metric)
{
    for (size_t i = 0; p->names != NULL && p->names[i] != NULL; i++)
        if (strcmp(p->names[i], metric) == 0)
            return 1;
    return 0;
}

rr_status pictured_report(experiment_context *ctx, const pictured *p,
                          const experiment_results *results, rr_error *err)
{
    static const experiment_column columns[] = {
        { "figure", "figure", 0 },
        { "mean", "mean", 2 },
        { "sd", "sd", 2 },
        { "seeds", "seeds", 0 },
    };
    experiment_table *t = NULL;
    const char *path = NULL;
    char name[96];
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(columns, sizeof columns / sizeof *columns, &t, err));
    for (size_t i = 0; i < results->count; i++) {
        if (results->rows[i].n > 1 && is_name(p, results->rows[i].metric))
            continue;
        experiment_table_text(t, results->rows[i].metric);
        experiment_table_number(t, results->rows[i].mean);
        experiment_table_number(t, results->rows[i].sd);
        experiment_table_number(t, (double)results->rows[i].n);
    }
    RRI_TRY(experiment_publish(ctx, t, p->table, err));
    experiment_picture(ctx, name);
    RRI_TRY(experiment_file(ctx, name, &path, err));

done:
    experiment_table_free(t);
    return st;
}
