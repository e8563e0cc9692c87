/* SPDX-License-Identifier: MIT */
/* aqua.c - AQuA's label noises on PenDigits: which labels are flagged, by method.
 *
 * The figure is AQuA's: F1 of the decision "this label is wrong" against the noise, of both
 * classes, weighted by their numbers. */
#include "experiments/audited.h"
#include "experiments/neighbours.h"
#include "experiments/noise.h"

#include "core/ranking.h"

#include <math.h>
#include <string.h>

enum { NOISES = 4, RATES = 2, SETTINGS = NOISES * RATES + 1, NEIGHBOURS = 5 };

typedef struct setting {
    const char *name, *noise;
    noise_kind kind;
    double rate;
} setting;

static const setting all[SETTINGS] = {
    { "uniform 0.1", "uniform", NOISE_UNIFORM, 0.1 },
    { "uniform 0.4", "uniform", NOISE_UNIFORM, 0.4 },
    { "asymmetric 0.1", "asymmetric", NOISE_ASYMMETRIC, 0.1 },
    { "asymmetric 0.4", "asymmetric", NOISE_ASYMMETRIC, 0.4 },
    { "class-dependent 0.1", "class-dependent", NOISE_CLASS, 0.1 },
    { "class-dependent 0.4", "class-dependent", NOISE_CLASS, 0.4 },
    { "instance-dependent 0.1", "instance-dependent", NOISE_INSTANCE, 0.1 },
    { "instance-dependent 0.4", "instance-dependent", NOISE_INSTANCE, 0.4 },
    { "confusion matrix", "confusion matrix", NOISE_CONFUSION, 0.0 },
};

/* The ways of deciding; the last two are no audits. */
typedef struct way {
    const char *name, *title;
    rr_audit_method method;
} way;

static const way ways[] = {
    { "dynamics", "dynamics", RR_AUDIT_DYNAMICS },
    { "combined", "combined", RR_AUDIT_COMBINED },
    { "self", "self-confidence", RR_AUDIT_SELF_CONFIDENCE },
    { "influence", "influence", RR_AUDIT_INFLUENCE },
    { "neighbours", "5 nearest inputs", RR_AUDIT_RANDOM },
    { "none", "none flagged", RR_AUDIT_RANDOM },
};
enum { WAYS = sizeof ways / sizeof *ways, AUDITS = WAYS - 2 };

/* ---- trials --------------------------------------------------------------------------------- */

typedef struct digits {
    rr_dataset *ds;
    rr_network *clean; /* trained on the right labels, for the seed */
    uint64_t seed;
} digits;

static void recipe(const experiment_context *ctx, const rr_dataset *ds, uint64_t seed,
                   rr_network_config *net, rr_train_config *training)
{
    *net = rr_network_config_default();
    net->cell = RR_CELL_GRU;
    net->hidden = 64;
    net->width = rr_dataset_width(ds);
    net->classes = rr_dataset_classes(ds);
    *training = rr_train_config_default();
    training->epochs = ctx->quick ? 4 : 30;
    training->batch = 64;
    training->optimizer = RR_OPT_ADAM;
    training->epsilon = 1e-8;
    training->learning_rate = 0.002;
    training->dropout_last = 0.3;
    net->seed = training->seed = seed;
}

/* The network that the noise goes by where it goes by one: of its own seed. */
static rr_status prepare(experiment_context *ctx, digits *d, uint64_t seed, rr_error *err)
{
    rr_network_config cfg;
    rr_train_config training;
    rr_status st = RR_OK;

    if (d->clean != NULL && d->seed == seed)
        return RR_OK;
    rr_network_free(d->clean);
    d->clean = NULL;
    d->seed = seed;
    recipe(ctx, d->ds, seed + 1000, &cfg, &training);
    training.epochs = ctx->quick ? 4 : 20;
    RRI_TRY(rr_network_new(&cfg, &d->clean, err));
    RRI_TRY(experiment_train(ctx, &training, d->clean, d->ds, err));

done:
    return st;
}

/* Of a trial. */
enum { FIGURES = 2 * WAYS + 3 };

static void add_way(experiment_figures *f, char names[2][40], const char *name, double f1,
                    double precision, double seconds)
{
    (void)snprintf(names[0], sizeof names[0], "f1 %s", name);
    (void)snprintf(names[1], sizeof names[1], "ap %s", name);
    experiment_figure(f, names[0], f1);
    if (seconds >= 0.0)
        experiment_figure_took(f, seconds);
    experiment_figure(f, names[1], precision);
}

static rr_status by_audits(experiment_context *ctx, const audited *a, const unsigned char *wrong,
                           char names[][2][40], experiment_figures *f, rr_error *err)
{
    rr_audit *audit = NULL;
    rr_status st = RR_OK;

    for (size_t w = 0; w < AUDITS && !experiment_stopped(ctx); w++) {
        RRI_TRY(audited_rank(ctx, a, ways[w].method, NULL, wrong, &audit, err));
        if (audit == NULL)
            break;
        const rr_audit_result *const r = rr_audit_result_of(audit);
        add_way(f, names[w], ways[w].name, r->weighted_f1, r->average_precision, r->seconds);
        rr_audit_free(audit);
        audit = NULL;
    }

done:
    rr_audit_free(audit);
    return st;
}

static rr_status by_inputs(experiment_context *ctx, const rr_dataset *noisy,
                           const unsigned char *wrong, char names[][2][40], experiment_figures *f,
                           rr_error *err)
{
    const size_t N = rr_dataset_count(noisy);
    unsigned char *flagged = NULL;
    uint32_t *order = NULL;
    float *votes = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&flagged, N, 1, 1, err));
    RRI_TRY(rri_alloc(&order, N, 1, sizeof *order, err));
    RRI_TRY(rri_alloc(&votes, N, rr_dataset_classes(noisy), sizeof *votes, err));
    const double none = audited_weighted_f1(flagged, wrong, N);
    const double start = rri_seconds();
    RRI_TRY(neighbours_count(ctx, noisy, noisy, NEIGHBOURS, votes, err));
    RRI_TRY(audited_by_votes(noisy, votes, NEIGHBOURS, order, flagged, err));
    add_way(f, names[AUDITS], ways[AUDITS].name, audited_weighted_f1(flagged, wrong, N),
            rri_ranking_precision(order, N, wrong), rri_seconds() - start);
    (void)snprintf(names[AUDITS + 1][0], sizeof names[0][0], "f1 %s", ways[AUDITS + 1].name);
    experiment_figure(f, names[AUDITS + 1][0], none);

done:
    rri_free(votes);
    rri_free(order);
    rri_free(flagged);
    return st;
}

/* The labels with noise: a copy of the data, which labels are wrong, and their fraction. */
static rr_status add_noise(experiment_context *ctx, const digits *d, const setting *s,
                           uint64_t seed, rr_dataset **out, unsigned char *wrong, double *rate,
                           rr_error *err)
{
    const size_t N = rr_dataset_count(d->ds);
    uint32_t *ids = NULL, *labels = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&ids, N, 1, sizeof *ids, err));
    RRI_TRY(rri_alloc(&labels, N, 1, sizeof *labels, err));
    RRI_TRY(noise_make(ctx, s->kind, s->rate, seed, d->ds, d->clean, labels, err));
    for (size_t i = 0; i < N; i++) {
        wrong[i] = labels[i] != rr_dataset_at(d->ds, i).label;
        if (!wrong[i])
            continue;
        ids[n] = (uint32_t)i;
        labels[n++] = labels[i];
    }
    *rate = (double)n / (double)N;
    RRI_TRY(rr_dataset_relabel(d->ds, ids, labels, n, out, err));

done:
    rri_free(labels);
    rri_free(ids);
    return st;
}

static rr_status run_trial(experiment_context *ctx, void *self, size_t which, uint64_t seed,
                           rr_error *err)
{
    digits *const d = self;
    const setting *const s = &all[which];
    rr_influence_config influence = rr_influence_config_default();
    audited a = { .train = NULL };
    rr_dataset *noisy = NULL;
    unsigned char *wrong = NULL;
    char names[WAYS][2][40], name[64];
    experiment_figures f = { .n = 0 };
    double rate = 0.0, accuracy = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(prepare(ctx, d, seed, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(rri_alloc(&wrong, rr_dataset_count(d->ds), 1, 1, err));
    RRI_TRY(add_noise(ctx, d, s, seed, &noisy, wrong, &rate, err));
    recipe(ctx, noisy, seed, &a.network, &a.training);
    a.train = noisy;
    (void)snprintf(name, sizeof name, "aqua%s-%s-%g", ctx->quick ? "-quick" : "", s->noise,
                   s->rate);
    for (char *c = name; *c != '\0'; c++)
        *c = *c == ' ' ? '-' : *c;
    RRI_TRY(audited_train(ctx, &a, name, &influence, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(experiment_figures_begin(&f, FIGURES, err));
    experiment_figure(&f, "rate", rate);
    RRI_TRY(experiment_accuracy(ctx, a.net, d->ds, &accuracy, err));
    experiment_figure(&f, "accuracy", accuracy);
    RRI_TRY(by_inputs(ctx, noisy, wrong, names, &f, err));
    RRI_TRY(by_audits(ctx, &a, wrong, names, &f, err));
    if (!experiment_stopped(ctx))
        RRI_TRY(experiment_record(ctx, s->name, seed, f.list, f.n, err));

done:
    experiment_figures_clear(&f);
    audited_clear(&a, !ctx->stopped);
    rr_dataset_free(noisy);
    rri_free(wrong);
    return st;
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    static const char *names[SETTINGS];
    digits d = { .ds = NULL };
    rr_status st = RR_OK;

    for (size_t i = 0; i < SETTINGS; i++)
        names[i] = all[i].name;
    RRI_TRY(experiment_load(ctx, "csv", "timeseries/pendigits_tra.csv.gz",
                            "header=0&frames=1-16&width=2&label=17&scale=standard", RR_SPLIT_TRAIN,
                            &d.ds, err));
    if (ctx->quick)
        RRI_TRY(experiment_thin(&d.ds, 1, 600, err));
    RRI_TRY(experiment_use_data(ctx, d.ds, err));
    RRI_TRY(experiment_plan(ctx, names, SETTINGS, err));
    RRI_TRY(experiment_each_trial(ctx, names, SETTINGS, run_trial, &d, err));

done:
    rr_network_free(d.clean);
    rr_dataset_free(d.ds);
    return st;
}

/* ---- report --------------------------------------------------------------------------------- */

static const experiment_column columns[] = {
    { "noise", "noise and rate", 0 }, { "wrong", "wrong %", 1 },
    { "method", "method", 0 },        { "weighted_f1", "weighted F1", 1 },
    { "weighted_f1_sd", "sd", 1 },    { "average_precision", "average precision", 3 },
    { "accuracy", "accuracy %", 1 },  { "seconds", "seconds", 1 },
    { "seeds", "seeds", 0 },
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void add_row(experiment_table *t, const experiment_results *r, const char *noise,
                    const way *w)
{
    char f1[40], precision[40];

    (void)snprintf(f1, sizeof f1, "f1 %s", w->name);
    (void)snprintf(precision, sizeof precision, "ap %s", w->name);
    const experiment_summary *const at = experiment_results_find(r, noise, f1);
    if (at == NULL)
        return;
    experiment_table_text(t, noise);
    experiment_table_number(t, 100.0 * experiment_results_mean(r, noise, "rate"));
    experiment_table_text(t, w->title);
    experiment_table_number(t, 100.0 * at->mean);
    experiment_table_number(t, 100.0 * at->sd);
    experiment_table_number(t, experiment_results_mean(r, noise, precision));
    experiment_table_number(t, 100.0 * experiment_results_mean(r, noise, "accuracy"));
    experiment_table_number(t, at->seconds);
    experiment_table_number(t, (double)at->n);
}

/* The mean over the rates of a noise, and over all four. Its deviation is that of a mean of
 * independent trials. */
static void add_mean(experiment_table *t, const experiment_results *r, const char *noise,
                     const way *w)
{
    double sum = 0.0, variance = 0.0;
    size_t n = 0, seeds = 0;
    char f1[40];

    (void)snprintf(f1, sizeof f1, "f1 %s", w->name);
    for (size_t i = 0; i < NOISES * RATES; i++) {
        const experiment_summary *const at = experiment_results_find(r, all[i].name, f1);
        if (at == NULL || (noise != NULL && strcmp(all[i].noise, noise) != 0))
            continue;
        sum += at->mean;
        variance += at->sd * at->sd;
        seeds = at->n;
        n++;
    }
    if (n != (noise != NULL ? RATES : NOISES * RATES))
        return;
    experiment_table_text(t, noise != NULL ? noise : "mean of the four");
    experiment_table_number(t, (double)NAN);
    experiment_table_text(t, w->title);
    experiment_table_number(t, 100.0 * sum / (double)n);
    experiment_table_number(t, 100.0 * sqrt(variance) / (double)n);
    for (size_t c = 5; c < COLUMNS - 1; c++)
        experiment_table_number(t, (double)NAN);
    experiment_table_number(t, (double)seeds);
}

static rr_status report(experiment_context *ctx, const experiment_results *results, rr_error *err)
{
    experiment_table *whole = NULL, *some = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(columns, COLUMNS, &whole, err));
    RRI_TRY(experiment_table_new(columns, COLUMNS, &some, err));
    for (size_t i = 0; i < SETTINGS; i++)
        for (size_t w = 0; w < WAYS; w++)
            add_row(whole, results, all[i].name, &ways[w]);
    for (size_t i = 0; i <= NOISES * RATES; i += RATES)
        for (size_t w = 0; w < WAYS; w++) {
            add_mean(whole, results, i < NOISES * RATES ? all[i].noise : NULL, &ways[w]);
            add_mean(some, results, i < NOISES * RATES ? all[i].noise : NULL, &ways[w]);
        }
    RRI_TRY(experiment_publish_some(ctx, whole, some, "aqua.tsv", err));

done:
    experiment_table_free(some);
    experiment_table_free(whole);
    return st;
}

const experiment experiment_aqua = {
    .id = "aqua",
    .summary = "label noises of the AQuA benchmark on PenDigits: which labels are flagged",
    .about =
        "The 7,494 training sequences of PenDigits get wrong labels as the benchmark AQuA makes\n"
        "them: uniform, asymmetric, class-dependent and instance-dependent, at the rates 0.1 and\n"
        "0.4; and as the confusions of a network are. A GRU-64 is trained on them (30 epochs), "
        "and\n"
        "by each method of audit a label is flagged where another is likelier: the F1 of this\n"
        "decision, of both classes, weighted by their numbers. Beside them the 5 nearest inputs,\n"
        "and flagging none. Needs timeseries/pendigits_tra.csv.gz. Quick: 600 sequences, 4\n"
        "epochs, one seed.\n",
    .revision = 1,
    .seeds = 3,
    .quick_seeds = 1,
    .run = run,
    .report = report,
};
