/* SPDX-License-Identifier: MIT */
/* pca.c - how fine an abstraction should be (supplement A.3.1): P principal components against K
 * states, on the hidden states of an LSTM that reads MNIST row by row.
 *
 * A trial is one P with one seed; the seed is that of the weights, the shuffles and the mixtures.
 * The network depends on the seed alone, so the trials of a seed share it. */
#include "experiments/curves.h"
#include "experiments/features.h"
#include "experiments/table.h"

#include <math.h>
#include <stdlib.h>

enum { SETTINGS = 3, HIDDEN = 128 };
static const size_t components[SETTINGS] = { 3, 10, 20 };
static const char *const settings[SETTINGS] = { "P=3", "P=10", "P=20" };

/* The authors' choice for MNIST, with P = 10; they grew K until Delta was reached. */
static const double paper_states = 43.0, paper_stability = 0.72, paper_components = 10.0;

static const size_t max_states = 80, max_states_quick = 40;

/* Where the features are tried out: each needs a model of its own. */
static const size_t feature_states[] = { 5, 10, 22, 43, 80 };
static const size_t feature_states_quick[] = { 5, 10, 22, 40 };
enum {
    FEATURES = sizeof feature_states / sizeof *feature_states,
    FEATURES_QUICK = sizeof feature_states_quick / sizeof *feature_states_quick
};

/* What the trials share. */
typedef struct work {
    rr_dataset *train, *test;
    rr_network *net; /* of `seed`; NULL before the first */
    uint64_t seed;
    double accuracy, seconds; /* on test; of the training */
} work;

/* ---- trials --------------------------------------------------------------------------------- */

/* The network of a seed, unless it is there already; NULL afterwards where stopped. */
static rr_status need_network(experiment_context *ctx, work *w, uint64_t seed, rr_error *err)
{
    rr_network_config cfg = { .struct_size = sizeof(rr_network_config),
                              .cell = RR_CELL_LSTM,
                              .hidden = HIDDEN,
                              .layers = 1,
                              .seed = seed };
    rr_train_config training = rr_train_config_default(); /* 5 epochs of RMSprop, batch 128 */
    rr_status st = RR_OK;

    if (w->net != NULL && w->seed == seed)
        return RR_OK;
    rr_network_free(w->net);
    w->net = NULL;
    w->seed = seed;
    cfg.width = rr_dataset_width(w->train);
    cfg.classes = rr_dataset_classes(w->train);
    training.seed = seed;
    const double start = rri_seconds();
    RRI_TRY(rr_network_new(&cfg, &w->net, err));
    RRI_TRY(experiment_train(ctx, &training, w->net, w->train, err));
    if (!ctx->stopped)
        RRI_TRY(experiment_accuracy(ctx, w->net, w->test, &w->accuracy, err));
    w->seconds = rri_seconds() - start;

done:
    if (st != RR_OK || ctx->stopped) {
        rr_network_free(w->net);
        w->net = NULL;
    }
    return st;
}

static void add_figures(experiment_figures *f, const work *w, const rr_influence *inf)
{
    const rr_influence_info info = rr_influence_info_of(inf);
    size_t n = 0, enough = 0, least = 0;
    const rr_curve_point *const curve = rr_influence_curve(inf, &n);
    double seconds = 0.0;

    for (size_t i = 0; i < n; i++) {
        const size_t k = curve[i].states;
        experiment_figure_at(f, "stability", k, curve[i].stability_mean);
        experiment_figure_took(f, curve[i].seconds);
        experiment_figure_at(f, "stability_min", k, curve[i].stability_min);
        experiment_figure_at(f, "log_likelihood", k, curve[i].log_likelihood);
        experiment_figure_at(f, "bic", k, curve[i].bic);
        seconds += curve[i].seconds;
        if (enough == 0 && curve[i].stability_mean >= paper_stability)
            enough = k;
        if (curve[i].bic < curve[least].bic)
            least = i;
    }
    experiment_figure(f, "accuracy", w->accuracy);
    experiment_figure_took(f, w->seconds);
    experiment_figure(f, "explained_variance", info.explained_variance);
    experiment_figure(f, "bic_states", (double)curve[least].states);
    if (enough > 0) { /* else the threshold was not reached, and there is no such K */
        experiment_figure(f, "states", (double)enough);
        experiment_figure_took(f, seconds);
    }
}

static rr_influence_config config(const experiment_context *ctx, const work *w, size_t setting)
{
    rr_influence_config cfg = rr_influence_config_default();
    cfg.components = components[setting];
    cfg.partition.states = 0;
    cfg.partition.stability = 1.0; /* the whole curve */
    cfg.partition.max_states = ctx->quick ? max_states_quick : max_states;
    cfg.symbols = 1; /* frames need no symbols here */
    cfg.seed = w->seed;
    return cfg;
}

/* The accuracy of a linear classifier on the confidences, at one K. */
static rr_status try_features(experiment_context *ctx, const work *w, size_t setting, size_t states,
                              experiment_figures *f, rr_error *err)
{
    rr_influence_config cfg = config(ctx, w, setting);
    const feature_classifier linear = feature_linear(ctx, w->seed);
    rr_influence *inf = NULL;
    rr_traces *traces = NULL;
    feature_result got;
    rr_status st = RR_OK;

    cfg.partition.states = states;
    RRI_TRY(experiment_build(ctx, &cfg, w->net, w->train, &inf, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(experiment_trace(ctx, inf, w->net, w->test, &traces, err));
    const double start = rri_seconds();
    RRI_TRY(feature_try(ctx, inf, traces, FEATURE_CONFIDENCE, &linear, &got, err));
    experiment_figure_at(f, "features", states, got.accuracy);
    experiment_figure_took(f, rri_seconds() - start);

done:
    rr_traces_free(traces);
    rr_influence_free(inf);
    return st;
}

static rr_status run_trial(experiment_context *ctx, void *self, size_t setting, uint64_t seed,
                           rr_error *err)
{
    work *const w = self;
    const size_t *const tried = ctx->quick ? feature_states_quick : feature_states;
    const size_t tries = ctx->quick ? FEATURES_QUICK : FEATURES;
    rr_influence *inf = NULL;
    experiment_figures f = { .n = 0 };
    size_t points = 0;
    rr_status st = RR_OK;

    RRI_TRY(need_network(ctx, w, seed, err));
    if (ctx->stopped)
        goto done;
    const rr_influence_config cfg = config(ctx, w, setting);
    RRI_TRY(experiment_build(ctx, &cfg, w->net, w->train, &inf, err));
    if (ctx->stopped)
        goto done;
    (void)rr_influence_curve(inf, &points);
    RRI_TRY(experiment_figures_begin(&f, 4 * points + 4 + tries, err));
    add_figures(&f, w, inf);
    for (size_t i = 0; i < tries && !ctx->stopped; i++)
        RRI_TRY(try_features(ctx, w, setting, tried[i], &f, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(experiment_record(ctx, settings[setting], w->seed, f.list, f.n, err));

done:
    experiment_figures_clear(&f);
    rr_influence_free(inf);
    return st;
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    const char *const limit = ctx->quick ? "limit=10000" : "";
    work w = { .train = NULL };
    rr_status st = RR_OK;

    RRI_TRY(experiment_load(ctx, "mnist", "mnist", limit, RR_SPLIT_TRAIN, &w.train, err));
    RRI_TRY(experiment_load(ctx, "mnist", "mnist", limit, RR_SPLIT_TEST, &w.test, err));
    RRI_TRY(experiment_use_data(ctx, w.train, err));
    RRI_TRY(experiment_use_data(ctx, w.test, err));
    RRI_TRY(experiment_plan(ctx, settings, SETTINGS, err));
    RRI_TRY(experiment_each_trial(ctx, settings, SETTINGS, run_trial, &w, err));

done:
    rr_network_free(w.net);
    rr_dataset_free(w.test);
    rr_dataset_free(w.train);
    return st;
}

/* ---- report --------------------------------------------------------------------------------- */

enum { STABILITY, LEAST, LIKELIHOOD, BIC, FEATURE, CURVES };
static const char *const curve_names[CURVES] = { "stability", "stability_min", "log_likelihood",
                                                 "bic", "features" };

/* The point of a curve at K states, or NULL: some are at a few K alone. */
static const experiment_point *point_at(const experiment_curve *c, double states)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->points[i].x == states)
            return &c->points[i];
    return NULL;
}

/* One row: a point of every curve. */
static void add_row(experiment_table *t, const experiment_curves *c, size_t s,
                    const experiment_point *at)
{
    experiment_table_number(t, (double)components[s]);
    experiment_table_number(t, at->x);
    for (size_t k = 0; k < CURVES; k++) {
        const experiment_point *const there = point_at(experiment_curve_of(c, s, k), at->x);
        experiment_table_number(t, there != NULL ? there->mean : (double)NAN);
        experiment_table_number(t, there != NULL ? there->sd : (double)NAN);
    }
    const int paper = (double)components[s] == paper_components && at->x == paper_states;
    experiment_table_number(t, paper ? paper_stability : (double)NAN);
    experiment_table_number(t, (double)at->n);
}

static int in_short_table(double states)
{
    static const double chosen[] = { 1, 5, 10, 22, 32, 40, 43, 60, 80 };
    for (size_t i = 0; i < sizeof chosen / sizeof *chosen; i++)
        if (chosen[i] == states)
            return 1;
    return 0;
}

static const experiment_column curve_columns[] = {
    { "components", "P", 0 },
    { "states", "K", 0 },
    { "stability_mean", "stability", 4 },
    { "stability_sd", "sd", 4 },
    { "stability_min_mean", "least", 4 },
    { "stability_min_sd", NULL, 4 },
    { "log_likelihood_mean", "log-likelihood", 4 },
    { "log_likelihood_sd", "sd", 4 },
    { "bic_mean", "BIC", 0 },
    { "bic_sd", "sd", 0 },
    { "features_mean", "features", 4 },
    { "features_sd", "sd", 4 },
    { "paper_stability", "authors'", 2 },
    { "seeds", "seeds", 0 },
};
enum { CURVE_COLUMNS = sizeof curve_columns / sizeof *curve_columns };

/* Every K into the file, some of them on the terminal. */
static rr_status curve_tables(experiment_context *ctx, const experiment_curves *c, rr_error *err)
{
    experiment_table *whole = NULL, *some = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(curve_columns, CURVE_COLUMNS, &whole, err));
    RRI_TRY(experiment_table_new(curve_columns, CURVE_COLUMNS, &some, err));
    for (size_t s = 0; s < SETTINGS; s++) {
        const experiment_curve *const all = experiment_curve_of(c, s, STABILITY);
        for (size_t i = 0; i < all->n; i++) {
            add_row(whole, c, s, &all->points[i]);
            if (in_short_table(all->points[i].x))
                add_row(some, c, s, &all->points[i]);
        }
    }
    RRI_TRY(experiment_publish_some(ctx, whole, some, "pca.tsv", err));

done:
    experiment_table_free(some);
    experiment_table_free(whole);
    return st;
}

/* A line for each P: the K the threshold and the BIC would choose. */
static rr_status choice_table(const experiment_context *ctx, const experiment_results *r,
                              rr_error *err)
{
    static const experiment_column columns[] = {
        { "components", "P", 0 },
        { "accuracy", "accuracy %", 2 },
        { "explained_variance", "variance %", 1 },
        { "states", "K at stability 0.72", 1 },
        { "reached", "reached by", 0 },
        { "paper_states", "authors' K", 0 },
        { "bic_states", "K of least BIC", 1 },
    };
    experiment_table *t = NULL;
    rr_status st = RR_OK;

    if (ctx->tables == NULL)
        return RR_OK;
    RRI_TRY(experiment_table_new(columns, sizeof columns / sizeof *columns, &t, err));
    for (size_t s = 0; s < SETTINGS; s++) {
        const experiment_summary *const reached = experiment_results_find(r, settings[s], "states");
        const int paper = (double)components[s] == paper_components;
        experiment_table_number(t, (double)components[s]);
        experiment_table_number(t, 100.0 * experiment_results_mean(r, settings[s], "accuracy"));
        experiment_table_number(
            t, 100.0 * experiment_results_mean(r, settings[s], "explained_variance"));
        experiment_table_number(t, experiment_results_mean(r, settings[s], "states"));
        experiment_table_number(t, reached != NULL ? (double)reached->n : 0.0);
        experiment_table_number(t, paper ? paper_states : (double)NAN);
        experiment_table_number(t, experiment_results_mean(r, settings[s], "bic_states"));
    }
    RRI_TRY(experiment_table_print(t, ctx->tables, err));
    (void)fputc('\n', ctx->tables);

done:
    experiment_table_free(t);
    return st;
}

enum { PANELS = 4 };

static rr_status draw(experiment_context *ctx, experiment_curves *c, rr_error *err)
{
    static const char *const names[SETTINGS] = { "P = 3", "P = 10", "P = 20" };
    static const size_t shown[PANELS] = { STABILITY, LIKELIHOOD, BIC, FEATURE };

    experiment_series series[PANELS][SETTINGS + 1];
    experiment_panel panels[PANELS] = {
        { "Stability", "states K", "mean stability", series[0], SETTINGS + 1, 0.0, 0.0 },
        { "Likelihood", "states K", "mean log-likelihood, nats a step", series[1], SETTINGS, 0.0,
          0.0 },
        { "Bayesian information criterion", "states K", "BIC", series[2], SETTINGS, 0.0, 0.0 },
        { "Linear classifier on confidences", "states K", "test accuracy", series[3], SETTINGS, 0.0,
          0.0 },
    };
    experiment_plot plot = { .title = "States and principal components, MNIST, LSTM-128",
                             .panels = panels,
                             .count = PANELS };
    rr_status st = RR_OK;

    plot.note = "Lines: mean over the seeds; bands: one standard deviation. "
                "Likelihood and BIC compare values of K, not of P: each P is another space.";
    for (size_t p = 0; p < PANELS; p++)
        for (size_t s = 0; s < SETTINGS; s++)
            RRI_TRY(experiment_curves_series(c, s, shown[p], names[s], 0, &series[p][s], err));
    series[0][SETTINGS] = (experiment_series){ .name = "authors' choice (P = 10)",
                                               .style = EXPERIMENT_REFERENCE,
                                               .x = &paper_states,
                                               .y = &paper_stability,
                                               .n = 1 };
    RRI_TRY(experiment_publish_plot(ctx, &plot, "pca.svg", err));

done:
    return st;
}

static rr_status report(experiment_context *ctx, const experiment_results *results, rr_error *err)
{
    experiment_curves c = { .of = NULL };
    rr_status st = RR_OK;

    RRI_TRY(experiment_curves_begin(&c, settings, SETTINGS, curve_names, CURVES, err));
    RRI_TRY(experiment_curves_read(&c, results, 0, CURVES, err));
    RRI_TRY(choice_table(ctx, results, err));
    RRI_TRY(curve_tables(ctx, &c, err));
    RRI_TRY(draw(ctx, &c, err));

done:
    experiment_curves_clear(&c);
    return st;
}

const experiment experiment_pca = {
    .id = "pca",
    .summary = "stability, BIC and features of P principal components and K states, on MNIST",
    .about =
        "An LSTM-128 reads MNIST row by row (5 epochs); its states are projected on P = 3, 10\n"
        "and 20 principal components and clustered into K = 1..80 states, each K by splitting a\n"
        "state of the one before (the authors fit each K afresh). For each (P, K) stability,\n"
        "log-likelihood and BIC; for K = 5, 10, 22, 43 and 80 also the test accuracy of table1's\n"
        "linear classifier on the confidences of states, here of a mixture fitted afresh with\n"
        "that K. Needs mnist/. Quick: 10,000 sequences, K to 40, 200 epochs of the classifier,\n"
        "one seed.\n",
    .revision = 3,
    .seeds = 5,
    .quick_seeds = 1,
    .run = run,
    .report = report,
};
