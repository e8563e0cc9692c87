/* SPDX-License-Identifier: MIT */
/* index.c - how much of what exactly drives a prediction a cheap ranking finds: the first 1 % by
 * the replayed training, and how many of them stand in the first 10 % by each method. */
#include "experiments/correlate.h"
#include "experiments/lds.h"

#include <math.h>
#include <stdio.h>

static const evidence_method methods[] = {
    BY_LP,           BY_VOTES,         BY_LP_LABEL, BY_LP_RESIDUAL, BY_COSINE, BY_COSINE_LABEL,
    BY_OUTPUT_LAYER, BY_OUTPUT_COSINE, BY_TRACIN,   BY_UNTRAINED,   BY_CLASS,  BY_RANDOM,
};
enum { METHODS = sizeof methods / sizeof *methods };

/* Points of a method's curve in the database: share found in the first 10 % with its interval,
 * share found in the first 1 %, and the mean rank correlation with the exact scores of all N. */
enum { FOUND = 0, LOW, HIGH, FIRST, RANKS };

/* ---- trials --------------------------------------------------------------------------------- */

/* The share of the first 1 % by `exact` that is in the first `percent` by `scores`, all [N]. */
static rr_status share_found(const double *exact, const double *scores, size_t N, size_t percent,
                             double *out, rr_error *err)
{
    const size_t top = (N + 50) / 100;
    const size_t room = (N * percent + 50) / 100;
    uint32_t *order = NULL;
    unsigned char *first = NULL;
    size_t found = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&order, N, 1, sizeof *order, err));
    RRI_TRY(rri_alloc(&first, N, 1, 1, err));
    RRI_TRY(experiment_rank(scores, N, order, err));
    for (size_t i = 0; i < room; i++)
        first[order[i]] = 1;
    RRI_TRY(experiment_rank(exact, N, order, err));
    for (size_t i = 0; i < top; i++)
        found += first[order[i]];
    *out = top > 0 ? (double)found / (double)top : 0.0;

done:
    rri_free(first);
    rri_free(order);
    return st;
}

/* exact and scores are [Q][N], each is [Q]. */
static rr_status add_method(experiment_context *ctx, evidence *e, evidence_method method,
                            const double *exact, double *scores, double *each,
                            experiment_figures *f, rr_error *err)
{
    const size_t N = rr_dataset_count(e->train);
    const char *name = evidence_method_name(method);
    experiment_mean found;
    double seconds = 0.0, ranks = 0.0, first = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(evidence_score(ctx, e, method, scores, &seconds, err));
    if (ctx->stopped)
        goto done;
    for (size_t q = 0; q < e->count; q++) {
        double rank = 0.0, share = 0.0;
        RRI_TRY(share_found(exact + q * N, scores + q * N, N, 10, &each[q], err));
        RRI_TRY(share_found(exact + q * N, scores + q * N, N, 1, &share, err));
        RRI_TRY(experiment_spearman(exact + q * N, scores + q * N, N, &rank, err));
        ranks += rank / (double)e->count;
        first += share / (double)e->count;
    }
    RRI_TRY(experiment_mean_of(each, e->count, e->seed, &found, err));
    experiment_figure_at(f, name, FOUND, found.mean);
    experiment_figure_took(f, seconds);
    experiment_figure_at(f, name, LOW, found.low);
    experiment_figure_at(f, name, HIGH, found.high);
    experiment_figure_at(f, name, FIRST, first);
    experiment_figure_at(f, name, RANKS, ranks);

done:
    return st;
}

static rr_status ask(experiment_context *ctx, evidence *e, const char *name, rr_error *err)
{
    const size_t N = rr_dataset_count(e->train);
    experiment_figures f = { .n = 0 };
    double *exact = NULL;
    double *scores = NULL;
    double *each = NULL;
    double seconds = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&exact, e->count, N, sizeof *exact, err));
    RRI_TRY(rri_alloc(&scores, e->count, N, sizeof *scores, err));
    RRI_TRY(rri_alloc(&each, e->count, 1, sizeof *each, err));
    RRI_TRY(experiment_figures_begin(&f, 5 * METHODS + 2, err));
    RRI_TRY(evidence_score(ctx, e, BY_REPLAY, exact, &seconds, err));
    for (size_t i = 0; i < METHODS && !experiment_stopped(ctx); i++)
        RRI_TRY(add_method(ctx, e, methods[i], exact, scores, each, &f, err));
    experiment_figure(&f, "test accuracy", e->m.accuracy);
    if (seconds >= 0.0)
        experiment_figure_took(&f, seconds); /* of the replay */
    if (!experiment_stopped(ctx))
        RRI_TRY(experiment_record(ctx, name, e->seed, f.list, f.n, err));

done:
    experiment_figures_clear(&f);
    rri_free(each);
    rri_free(scores);
    rri_free(exact);
    return st;
}

typedef struct indexing {
    const evidence_setting *settings;
    evidence of[EVIDENCE_TASKS];
} indexing;

static rr_status run_trial(experiment_context *ctx, void *self, size_t trial, uint64_t seed,
                           rr_error *err)
{
    indexing *const x = self;
    const evidence_setting *setting = &x->settings[trial];
    evidence *e = &x->of[setting->task];
    rr_status st = RR_OK;

    RRI_TRY(evidence_prepare(ctx, e, setting, seed, err));
    if (!ctx->stopped)
        RRI_TRY(ask(ctx, e, setting->name, err));

done:
    return st;
}

/* Those of which all is asked come first. */
static size_t count_settings(const evidence_setting *settings, size_t n)
{
    size_t whole = 0;

    while (whole < n && settings[whole].scope == ASK_ALL)
        whole++;
    return whole;
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    enum { MOST = 8 };
    const char *names[MOST];
    indexing x = { .settings = NULL };
    size_t n = 0;
    rr_status st = RR_OK;

    x.settings = lds_settings(ctx, &n);
    n = count_settings(x.settings, n);
    for (size_t i = 0; i < n; i++) {
        RRI_TRY(evidence_load(ctx, &x.of[x.settings[i].task], x.settings[i].task, err));
        names[i] = x.settings[i].name;
    }
    RRI_TRY(experiment_plan(ctx, names, n, err));
    RRI_TRY(experiment_each_trial(ctx, names, n, run_trial, &x, err));

done:
    for (size_t i = 0; i < EVIDENCE_TASKS; i++)
        evidence_clear(&x.of[i]);
    return st;
}

/* ---- report --------------------------------------------------------------------------------- */

static const experiment_column columns[] = {
    { "training", "training", 0 },
    { "method", "method", 0 },
    { "found", "of the exact first 1 % in the first 10 %", 3 },
    { "low", "from", 3 },
    { "high", "to", 3 },
    { "sd", "sd of seeds", 3 },
    { "first", "in the first 1 %", 3 },
    { "ranks", "rank correlation", 3 },
    { "seconds", "seconds", 2 },
    { "seeds", "seeds", 0 },
};

static void add_row(experiment_table *t, const experiment_results *r, const char *setting,
                    const char *method)
{
    const experiment_summary *point[RANKS + 1];

    for (int k = FOUND; k <= RANKS; k++) {
        char metric[64];
        (void)snprintf(metric, sizeof metric, "%s@%d", method, k);
        point[k] = experiment_results_find(r, setting, metric);
        if (point[k] == NULL)
            return;
    }
    experiment_table_text(t, setting);
    experiment_table_text(t, method);
    for (int k = FOUND; k <= HIGH; k++)
        experiment_table_number(t, point[k]->mean);
    experiment_table_number(t, point[FOUND]->sd);
    experiment_table_number(t, point[FIRST]->mean);
    experiment_table_number(t, point[RANKS]->mean);
    experiment_table_number(t, point[FOUND]->seconds);
    experiment_table_number(t, (double)point[FOUND]->n);
}

static rr_status report(experiment_context *ctx, const experiment_results *r, rr_error *err)
{
    size_t n = 0;
    const evidence_setting *settings = lds_settings(ctx, &n);
    experiment_table *t = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(columns, sizeof columns / sizeof *columns, &t, err));
    n = count_settings(settings, n);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < METHODS; k++)
            add_row(t, r, settings[i].name, evidence_method_name(methods[k]));
    RRI_TRY(experiment_publish(ctx, t, "index.tsv", err));

done:
    experiment_table_free(t);
    return st;
}

const experiment experiment_index = {
    .id = "index",
    .summary = "how much of what exactly drives a prediction the influence model finds",
    .about =
        "The networks and test inputs of the experiment lds. Of the 1 % of the training set that\n"
        "the replayed training names first, the share that stands in the first 10 % and in the\n"
        "first 1 % by the influence model, by the cosine of last states, by labels and residuals,\n"
        "and by products of these; by chance it is a tenth and a hundredth. Mean over the inputs,\n"
        "with a bootstrap interval over them, and the rank correlation with the exact scores of\n"
        "all training sequences. Needs mnist/ and sst/. Quick: 600 images, LSTM-16.\n",
    .revision = 1,
    .seeds = 3,
    .quick_seeds = 1,
    .run = run,
    .report = report,
};
