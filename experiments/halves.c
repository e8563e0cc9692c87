/* SPDX-License-Identifier: MIT */
/* halves.c - does a repair help errors it was not given? One half of the test errors are targets,
 * the other is only measured; every treatment trains with the same number of updates. */
#include "experiments/halves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is added for the targets. */
typedef struct treatment {
    const char *name;
    rr_strategy strategy;
    size_t copies; /* direct */
    int only;      /* a part of mixed: 1 = inputs, 2 = and their variants, 3 = variants of training
                      sequences alone */
    int smooth;    /* retrained as mixed is: at half the rate, the last epoch averaged */
} treatment;

static const treatment treatments[] = {
    { .name = "mixed", .strategy = RR_STRATEGY_MIXED, .smooth = 1 },
    { .name = "direct-20", .strategy = RR_STRATEGY_DIRECT, .copies = 20 },
    { .name = "direct-5", .strategy = RR_STRATEGY_DIRECT, .copies = 5 },
    { .name = "none", .strategy = RR_STRATEGY_NONE },
    { .name = "random", .strategy = RR_STRATEGY_RANDOM },
    { .name = "direct-20, retrained as mixed",
      .strategy = RR_STRATEGY_DIRECT,
      .copies = 20,
      .smooth = 1 },
    { .name = "mixed, retrained as the others", .strategy = RR_STRATEGY_MIXED },
    { .name = "influence", .strategy = RR_STRATEGY_INFLUENCE },
    { .name = "gradient", .strategy = RR_STRATEGY_GRADIENT },
    { .name = "mixed: inputs", .strategy = RR_STRATEGY_MIXED, .only = 1, .smooth = 1 },
    { .name = "mixed: inputs, variants", .strategy = RR_STRATEGY_MIXED, .only = 2, .smooth = 1 },
    { .name = "mixed: training variants", .strategy = RR_STRATEGY_MIXED, .only = 3, .smooth = 1 },
};
enum {
    TREATMENTS = sizeof treatments / sizeof *treatments,
    WHOLE = 4, /* the first ones */
    SETTINGS = HALVES_TASKS * TREATMENTS
};

typedef struct halves {
    halves_case of[HALVES_TASKS];
    char names[SETTINGS][48];
    const char *settings[SETTINGS]; /* task after task */
    size_t first;                   /* of those being carried out */
} halves;

/* ---- a treatment ---------------------------------------------------------------------------- */

static rr_repair_config search_of(const experiment_context *ctx, const halves_case *c,
                                  const treatment *t)
{
    rr_repair_config cfg = rr_repair_config_default();

    cfg.strategy = t->strategy;
    cfg.seed = c->seed;
    cfg.threads = ctx->threads;
    if (ctx->quick)
        cfg.sample.variants = 100;
    if (t->copies > 0)
        cfg.copies = t->copies;
    if (t->only == 1)
        cfg.mixed.varied = 0;
    if (t->only == 1 || t->only == 2)
        cfg.mixed.influential = cfg.mixed.held = 0;
    if (t->only == 3) {
        cfg.mixed.varied = 0;
        cfg.mixed.input_weight = 0.0;
    }
    return cfg;
}

/* Updates of every treatment: two epochs of the training set and what mixed adds. */
static size_t updates_of(const halves_case *c)
{
    const rr_repair_config usual = rr_repair_config_default();
    const rr_mixed_repair *m = &usual.mixed;
    const size_t each = usual.copies + m->varied + m->influential + m->held;
    const size_t all = rr_dataset_count(c->train) + c->n * each;

    return 2 * ((all + c->training.batch - 1) / c->training.batch);
}

/* Search for all targets. Memory: *out is rr_repair_free()d. */
static rr_status search(experiment_context *ctx, const halves_case *c, const treatment *t,
                        rr_repair **out, rr_error *err)
{
    const rr_repair_config cfg = search_of(ctx, c, t);
    size_t n = 0;
    int done = 0;
    rr_status st = RR_OK;

    RRI_TRY(rr_repair_new(&cfg, c->inf, c->net, c->train, c->test, c->targets, c->n, out, err));
    while (!done && !experiment_stopped(ctx)) {
        RRI_TRY(rr_repair_step(*out, &done, err));
        (void)rr_repair_targets(*out, &n);
        experiment_show(ctx, "targets", n, c->n);
    }

done:
    return st;
}

/* The loss weights of a training set with the additions: NULL where all are 1. Owned. */
static rr_status weigh(const rr_repair *r, size_t N, size_t added, float **out, rr_error *err)
{
    rr_status st = RR_OK;

    *out = NULL;
    if (!rr_repair_weights(r, NULL))
        return RR_OK;
    RRI_TRY(rri_alloc(out, N + added, 1, sizeof **out, err));
    for (size_t i = 0; i < N; i++)
        (*out)[i] = 1.0F;
    (void)rr_repair_weights(r, *out + N);

done:
    return st;
}

/* Train a copy of the network on the training set and the additions: with as many updates as all
 * others, or where the last epoch is averaged two epochs, which are no more. */
static rr_status retrain(experiment_context *ctx, const halves_case *c, const treatment *how,
                         const rr_repair *r, size_t *added, size_t *done, rr_network **out,
                         rr_error *err)
{
    rr_train_config cfg = c->training;
    rr_dataset *additions = NULL, *train = NULL;
    rr_trainer *trainer = NULL;
    rr_train_progress progress;
    float *weights = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_repair_additions(r, &additions, err));
    *added = rr_dataset_count(additions);
    const rr_edits edits = { .additions = *added > 0 ? additions : NULL };
    RRI_TRY(rr_edits_apply(&edits, c->train, &train, err));
    RRI_TRY(weigh(r, rr_dataset_count(c->train), *added, &weights, err));
    RRI_TRY(rr_network_copy(c->net, out, err));
    const size_t updates = updates_of(c);
    cfg.learning_rate *= how->smooth ? 0.5 : 0.1;
    cfg.average = how->smooth;
    cfg.epochs = how->smooth ? 2 : updates; /* more than there are */
    cfg.threads = ctx->threads;
    RRI_TRY(rr_trainer_new(&cfg, *out, train, &trainer, err));
    if (weights != NULL)
        RRI_TRY(rr_trainer_set_weights(trainer, weights, err));
    for (*done = 0; *done < updates && !rr_trainer_finished(trainer) && !experiment_stopped(ctx);
         ++*done) {
        RRI_TRY(rr_trainer_step(trainer, &progress, err));
        experiment_show(ctx, "updates", *done + 1, updates);
    }

done:
    rri_free(weights);
    rr_trainer_free(trainer);
    rr_dataset_free(train);
    rr_dataset_free(additions);
    return st;
}

/* ---- what it changed ------------------------------------------------------------------------ */

enum { FIGURES = 16 };

static rr_status measure(const experiment_context *ctx, const halves_case *c,
                         const rr_network *after, experiment_figures *f, rr_error *err)
{
    const size_t N = rr_dataset_count(c->test), C = rr_dataset_classes(c->train);
    const rr_predicted before = { c->before, c->probabilities, C };
    uint32_t *prediction = NULL;
    float *probability = NULL;
    rr_effect half, all;
    rr_outcome targets;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&prediction, N, 1, sizeof *prediction, err));
    RRI_TRY(rri_alloc(&probability, N, C, sizeof *probability, err));
    RRI_TRY(rr_network_predict(after, c->test, ctx->threads, prediction, NULL, err));
    RRI_TRY(rr_network_probabilities(after, c->test, ctx->threads, probability, err));
    const rr_predicted now = { prediction, probability, C };
    RRI_TRY(rr_outcome_compare(c->test, c->before, prediction, c->targets, c->n, &targets, err));
    RRI_TRY(rr_effect_measure(c->test, 0, &before, &now, c->half, c->rest, &half, NULL, err));
    RRI_TRY(rr_effect_measure(c->test, 0, &before, &now, NULL, 0, &all, NULL, err));
    experiment_figure(f, "targets", (double)c->n);
    experiment_figure(f, "fixed", (double)targets.fixed);
    experiment_figure(f, "unseen", (double)c->unseen);
    experiment_figure(f, "unseen_left", (double)half.counts.still_failing);
    experiment_figure(f, "broken", (double)half.counts.newly_broken);
    experiment_figure(f, "half_before", half.counts.accuracy_before);
    experiment_figure(f, "half_accuracy", half.counts.accuracy_after);
    experiment_figure(f, "accuracy_before", all.counts.accuracy_before);
    experiment_figure(f, "accuracy", all.counts.accuracy_after);
    experiment_figure(f, "divergence", half.divergence);

done:
    rri_free(probability);
    rri_free(prediction);
    return st;
}

static rr_status run_trial(experiment_context *ctx, void *self, size_t setting, uint64_t seed,
                           rr_error *err)
{
    halves *const h = self;
    const size_t at = h->first + setting;
    halves_case *const c = &h->of[at / TREATMENTS];
    const treatment *const t = &treatments[at % TREATMENTS];
    experiment_figures f = { .n = 0 };
    rr_repair *r = NULL;
    rr_network *after = NULL;
    size_t added = 0, updates = 0;
    rr_status st = RR_OK;

    RRI_TRY(halves_prepare(ctx, c, seed, err));
    if (ctx->stopped)
        goto done;
    const double start = rri_seconds();
    RRI_TRY(search(ctx, c, t, &r, err));
    const double searched = rri_seconds();
    if (!ctx->stopped)
        RRI_TRY(retrain(ctx, c, t, r, &added, &updates, &after, err));
    if (ctx->stopped)
        goto done;
    const double trained = rri_seconds();
    RRI_TRY(experiment_figures_begin(&f, FIGURES, err));
    RRI_TRY(measure(ctx, c, after, &f, err));
    experiment_figure(&f, "added", (double)added);
    experiment_figure(&f, "updates", (double)updates);
    experiment_figure(&f, "search_seconds", searched - start);
    experiment_figure(&f, "train_seconds", trained - searched);
    RRI_TRY(experiment_record(ctx, h->settings[at], seed, f.list, f.n, err));

done:
    experiment_figures_clear(&f);
    rr_network_free(after);
    rr_repair_free(r);
    return st;
}

/* The first treatments, then the others; within each, seed after seed. */
static rr_status run_some(experiment_context *ctx, halves *h, halves_task task, size_t from,
                          size_t to, rr_error *err)
{
    h->first = (size_t)task * TREATMENTS + from;
    return experiment_each_trial(ctx, h->settings + h->first, to - from, run_trial, h, err);
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    halves h = { .names = { "" } };
    rr_status st = RR_OK;

    for (size_t i = 0; i < SETTINGS; i++) {
        (void)snprintf(h.names[i], sizeof h.names[i], "%s %s",
                       halves_task_name((halves_task)(i / TREATMENTS)),
                       treatments[i % TREATMENTS].name);
        h.settings[i] = h.names[i];
    }
    for (int i = 0; i < HALVES_TASKS; i++)
        RRI_TRY(halves_load(ctx, (halves_task)i, &h.of[i], err));
    RRI_TRY(experiment_plan(ctx, h.settings, SETTINGS, err));
    for (int i = HALVES_TASKS - 1; i >= 0; i--) /* the quick ones first */
        RRI_TRY(run_some(ctx, &h, (halves_task)i, 0, WHOLE, err));
    for (int i = HALVES_TASKS - 1; i >= 0; i--)
        RRI_TRY(run_some(ctx, &h, (halves_task)i, WHOLE, TREATMENTS, err));

done:
    for (int i = 0; i < HALVES_TASKS; i++)
        halves_clear(&h.of[i]);
    return st;
}

/* ---- report --------------------------------------------------------------------------------- */

static const experiment_column columns[] = {
    { "task", "task", 0 },
    { "treatment", "treatment", 0 },
    { "targets", "targets", 1 },
    { "fixed", "fixed", 1 },
    { "fixed_interval", "+-", 1 },
    { "unseen", "unseen errors", 1 },
    { "unseen_left", "left", 1 },
    { "unseen_left_interval", "+-", 1 },
    { "broken", "broken", 1 },
    { "broken_interval", "+-", 1 },
    { "half_before", NULL, 4 },
    { "half_accuracy", "accuracy of the half", 4 },
    { "half_accuracy_interval", "+-", 4 },
    { "accuracy_before", NULL, 4 },
    { "accuracy", NULL, 4 },
    { "divergence", "divergence", 4 },
    { "added", "added", 0 },
    { "updates", "updates", 0 },
    { "search_seconds", "search s", 1 },
    { "train_seconds", "training s", 1 },
    { "seeds", "seeds", 0 },
};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* Everything between the names and the number of seeds is a mean, or the interval of one. */
static void add_row(experiment_table *table, const experiment_results *r, const char *task,
                    const char *name_of)
{
    static const char suffix[] = "_interval";
    char setting[64], name[40];

    (void)snprintf(setting, sizeof setting, "%s %s", task, name_of);
    const experiment_summary *any = experiment_results_find(r, setting, "targets");
    if (any == NULL)
        return;
    experiment_table_text(table, task);
    experiment_table_text(table, name_of);
    for (size_t i = 2; i + 1 < COLUMNS; i++) {
        const char *end = strstr(columns[i].name, suffix);
        const size_t n = end != NULL ? (size_t)(end - columns[i].name) : strlen(columns[i].name);
        (void)snprintf(name, sizeof name, "%.*s", (int)n, columns[i].name);
        const experiment_summary *at = experiment_results_find(r, setting, name);
        experiment_table_number(table, end != NULL ? experiment_interval(at)
                                                   : experiment_results_mean(r, setting, name));
    }
    experiment_table_number(table, (double)any->n);
}

static rr_status report(experiment_context *ctx, const experiment_results *results, rr_error *err)
{
    experiment_table *table = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(columns, COLUMNS, &table, err));
    for (int i = 0; i < HALVES_TASKS; i++)
        for (size_t t = 0; t < TREATMENTS; t++)
            add_row(table, results, halves_task_name((halves_task)i), treatments[t].name);
    RRI_TRY(experiment_publish(ctx, table, "halves.tsv", err));

done:
    experiment_table_free(table);
    return st;
}

const experiment experiment_halves = {
    .id = "halves",
    .summary = "does a repair help errors it was not given? every strategy, at equal updates",
    .about =
        "Test errors with an even number are targets, and of the sequences with an odd number it\n"
        "is only counted what becomes of them: errors left, correct predictions broken, accuracy,\n"
        "and how far the probabilities of those right before and after have moved (mean\n"
        "Kullback-Leibler divergence). Nothing added, the failing inputs themselves (5 and 20\n"
        "copies), random, influence, gradient, mixed and its parts. Each trains the network at a\n"
        "tenth of its rate with the same number of updates, two epochs of the training set and\n"
        "what mixed adds; mixed at half its rate, and averages the weights of the last epoch\n"
        "(two epochs of its own, no more updates), as does direct-20 in one row. MNIST\n"
        "(LSTM-128, 5 epochs), PenDigits, JapaneseVowels and BasicMotions (small GRUs). Means and\n"
        "95 % intervals over seeds of network and repair. Needs mnist/ and timeseries/. Quick:\n"
        "4,000 images, 2,000 digits of PenDigits, 100 variants a target, one seed.\n",
    .revision = 1,
    .seeds = 3,
    .quick_seeds = 1,
    .run = run,
    .report = report,
};
