/* SPDX-License-Identifier: MIT */
/* lds_report.c - the tables of the experiment lds. */
#include "experiments/lds.h"

#include <math.h>
#include <stdio.h>

static const experiment_column columns[] = {
    { "training", "training", 0 }, { "left_out", "left out", 0 },
    { "method", "method", 0 },     { "score", "score", 3 },
    { "low", "from", 3 },          { "high", "to", 3 },
    { "sd", "sd of seeds", 3 },    { "margin", "of the margin", 3 },
    { "seconds", "seconds", 1 },   { "seeds", "seeds", 0 },
};

static const experiment_column removal_columns[] = {
    { "training", "training", 0 },
    { "method", "without the first 1 % by", 0 },
    { "flips", "predictions flipped", 3 },
    { "flips_sd", "sd", 3 },
    { "change", "change of the loss", 4 },
    { "change_sd", "sd", 4 },
    { "seeds", "seeds", 0 },
};

static const experiment_summary *find(const experiment_results *r, const char *trial,
                                      const char *name, int point)
{
    char metric[64];

    (void)snprintf(metric, sizeof metric, "%s@%d", name, point);
    return experiment_results_find(r, trial, metric);
}

static double mean_of(const experiment_summary *s)
{
    return s != NULL ? s->mean : (double)NAN;
}

static void add_row(experiment_table *t, const experiment_results *r, const evidence_setting *s,
                    lds_kind kind, const char *name)
{
    char trial[96];

    lds_trial_name(s, kind, trial);
    const experiment_summary *score = find(r, trial, name, LDS_MEAN);
    if (score == NULL)
        return;
    experiment_table_text(t, s->name);
    experiment_table_text(t, lds_kind_name(kind));
    experiment_table_text(t, name);
    experiment_table_number(t, score->mean);
    experiment_table_number(t, mean_of(find(r, trial, name, LDS_LOW)));
    experiment_table_number(t, mean_of(find(r, trial, name, LDS_HIGH)));
    experiment_table_number(t, score->sd);
    experiment_table_number(t, mean_of(find(r, trial, name, LDS_MARGIN)));
    experiment_table_number(t, score->seconds);
    experiment_table_number(t, (double)score->n);
}

static void add_removal(experiment_table *t, const experiment_results *r, const evidence_setting *s,
                        const char *name)
{
    char trial[96];

    lds_trial_name(s, LDS_REMOVAL, trial);
    const experiment_summary *flips = find(r, trial, name, LDS_FLIPS);
    const experiment_summary *change = find(r, trial, name, LDS_CHANGE);
    if (flips == NULL || change == NULL)
        return;
    experiment_table_text(t, s->name);
    experiment_table_text(t, name);
    experiment_table_number(t, flips->mean);
    experiment_table_number(t, flips->sd);
    experiment_table_number(t, change->mean);
    experiment_table_number(t, change->sd);
    experiment_table_number(t, (double)flips->n);
}

static void say_settings(const experiment_context *ctx, const experiment_results *r,
                         const evidence_setting *s)
{
    char trial[96];

    lds_trial_name(s, LDS_1, trial);
    if (ctx->tables == NULL || experiment_results_find(r, trial, "test accuracy") == NULL)
        return;
    (void)fprintf(ctx->tables, "%s: %.2f %% of the test set right, a training of %.1f s\n", s->name,
                  100.0 * experiment_results_mean(r, trial, "test accuracy"),
                  experiment_results_mean(r, trial, "training seconds"));
}

rr_status lds_report(experiment_context *ctx, const experiment_results *r, rr_error *err)
{
    size_t n = 0;
    const evidence_setting *settings = lds_settings(ctx, &n);
    experiment_table *scores = NULL;
    experiment_table *removal = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(columns, sizeof columns / sizeof *columns, &scores, err));
    RRI_TRY(experiment_table_new(removal_columns, sizeof removal_columns / sizeof *removal_columns,
                                 &removal, err));
    for (size_t i = 0; i < n; i++)
        for (int kind = LDS_1; kind < LDS_REMOVAL; kind++) {
            add_row(scores, r, &settings[i], (lds_kind)kind, LDS_HALVES);
            for (size_t k = 0; k < LDS_METHODS; k++)
                add_row(scores, r, &settings[i], (lds_kind)kind,
                        evidence_method_name(lds_methods[k]));
        }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < LDS_METHODS; k++)
            add_removal(removal, r, &settings[i], evidence_method_name(lds_methods[k]));
    RRI_TRY(experiment_publish(ctx, scores, "lds.tsv", err));
    RRI_TRY(experiment_publish(ctx, removal, "lds-removal.tsv", err));
    for (size_t i = 0; i < n; i++)
        say_settings(ctx, r, &settings[i]);

done:
    experiment_table_free(removal);
    experiment_table_free(scores);
    return st;
}
