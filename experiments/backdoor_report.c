/* SPDX-License-Identifier: MIT */
/* backdoor_report.c - the tables of backdoor: each condition's figures, how the word was found, and
 * all trials singly. */
#include "experiments/backdoor.h"
#include "experiments/curves.h"
#include "experiments/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the trials ------------------------------------------------------------------------------ */

/* Those of each kind, by seed; n of the kind whose figure i has been read `taken` times. */
typedef struct trials {
    backdoor_outcome *of[BACKDOOR_KINDS];
    size_t n[BACKDOOR_KINDS];
    size_t taken[BACKDOOR_KINDS][BACKDOOR_FIGURES];
} trials;

static rr_status take(void *self, const char *setting, const char *metric, double value,
                      double seconds, rr_error *err)
{
    trials *const t = self;
    char name[64];

    (void)seconds;
    for (size_t k = 0; k < BACKDOOR_KINDS; k++)
        for (size_t i = 0; i < BACKDOOR_FIGURES; i++) {
            backdoor_metric_name(i, name);
            if (strcmp(setting, rr_enum_name(RR_ENUM_POISON_KIND, (rr_poison_kind)k)) != 0 ||
                strcmp(metric, name) != 0)
                continue;
            if (t->taken[k][i] < t->n[k]) /* else another process has just recorded it */
                t->of[k][t->taken[k][i]++].of[i] = value;
            return RR_OK;
        }
    return rri_fail(err, RR_ERR_FORMAT, -1,
                    "the database has a figure %s of setting %s that backdoor does not know",
                    metric, setting);
}

static rr_status read_trials(const experiment_context *ctx, const experiment_results *results,
                             trials *t, rr_error *err)
{
    const experiment_key key = experiment_key_of(ctx);
    rr_status st = RR_OK;

    for (size_t k = 0; k < BACKDOOR_KINDS; k++) {
        const experiment_summary *const at = experiment_results_find(
            results, rr_enum_name(RR_ENUM_POISON_KIND, (rr_poison_kind)k), "seed");
        t->n[k] = at != NULL ? at->n : 0;
        RRI_TRY(rri_alloc(&t->of[k], t->n[k], 1, sizeof *t->of[k], err));
    }
    RRI_TRY(experiment_database_each(ctx->database, &key, take, t, err));

done:
    return st;
}

/* ---- statistics ------------------------------------------------------------------------------ */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double backdoor_median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, by_value);
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2.0;
}

/* The mean of a figure, and its standard deviation where sd is not NULL (NaN of one trial). */
static double mean_of(const trials *t, size_t kind, size_t figure, double *sd)
{
    const size_t n = t->n[kind];
    double mean = 0.0, squares = 0.0;

    for (size_t i = 0; i < n; i++)
        mean += t->of[kind][i].of[figure] / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (t->of[kind][i].of[figure] - mean) * (t->of[kind][i].of[figure] - mean);
    if (sd != NULL)
        *sd = n > 1 ? sqrt(squares / (double)(n - 1)) : (double)NAN;
    return mean;
}

static double ratio(double part, double whole)
{
    return whole > 0.0 ? part / whole : (double)NAN;
}

/* The share of one figure in another, over all trials together: those without a successful attack
 * have nothing to be fixed. */
static double share_of(const trials *t, size_t kind, size_t part, size_t whole)
{
    return ratio(mean_of(t, kind, part, NULL), mean_of(t, kind, whole, NULL));
}

/* The share of the trials whose figure is in low..high. */
static double share_within(const trials *t, size_t kind, size_t figure, double low, double high)
{
    size_t within = 0;
    for (size_t i = 0; i < t->n[kind]; i++)
        within += t->of[kind][i].of[figure] >= low && t->of[kind][i].of[figure] <= high;
    return (double)within / (double)t->n[kind];
}

/* ---- tables ---------------------------------------------------------------------------------- */

/* A share in percent with its standard deviation. */
static void add_percent(experiment_table *t, const trials *all, size_t kind, size_t figure)
{
    double sd = 0.0;
    experiment_table_number(t, 100.0 * mean_of(all, kind, figure, &sd));
    experiment_table_number(t, 100.0 * sd);
}

static void add_condition(experiment_table *t, const trials *all, size_t kind,
                          backdoor_condition condition)
{
    const int first = condition == BACKDOOR_POISONED;

    experiment_table_text(t, rr_enum_name(RR_ENUM_POISON_KIND, (rr_poison_kind)kind));
    experiment_table_text(t, backdoor_condition_name(condition));
    experiment_table_number(t, mean_of(all, kind, backdoor_at(condition, CONDITION_REMOVED), NULL));
    experiment_table_number(
        t, mean_of(all, kind, backdoor_at(condition, CONDITION_REMOVED_POISONED), NULL));
    add_percent(t, all, kind, backdoor_at(condition, CONDITION_ACCURACY));
    add_percent(t, all, kind, backdoor_at(condition, CONDITION_ATTACK_GUIDED));
    add_percent(t, all, kind, backdoor_at(condition, CONDITION_ATTACK_RANDOM));
    add_percent(t, all, kind, backdoor_at(condition, CONDITION_ATTACK_WORDS));
    experiment_table_number(
        t, first ? (double)NAN
                 : 100.0 * share_of(all, kind, backdoor_at(condition, CONDITION_FIXED_GUIDED),
                                    TRIAL_TURNED_GUIDED));
    experiment_table_number(
        t, first ? (double)NAN
                 : 100.0 * share_of(all, kind, backdoor_at(condition, CONDITION_FIXED_RANDOM),
                                    TRIAL_TURNED_RANDOM));
    experiment_table_number(t, (double)all->n[kind]);
}

static rr_status conditions_table(experiment_context *ctx, const trials *all, rr_error *err)
{
    static const experiment_column columns[] = {
        { "kind", "kind", 0 },
        { "training_set", "training set", 0 },
        { "removed", "removed", 1 },
        { "removed_poisoned", "poisoned", 1 },
        { "accuracy_percent", "test %", 2 },
        { "accuracy_percent_sd", NULL, 2 },
        { "guided_percent", "guided %", 1 },
        { "guided_percent_sd", "sd", 1 },
        { "random_percent", "random %", 1 },
        { "random_percent_sd", "sd", 1 },
        { "words_percent", "words %", 1 },
        { "words_percent_sd", NULL, 1 },
        { "fixed_guided_percent", "fixed guided %", 1 },
        { "fixed_random_percent", "fixed random %", 1 },
        { "seeds", "seeds", 0 },
    };
    experiment_table *t = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(columns, sizeof columns / sizeof *columns, &t, err));
    for (size_t k = 0; k < BACKDOOR_KINDS; k++)
        for (size_t a = 0; all->n[k] > 0 && a < BACKDOOR_CONDITIONS; a++)
            add_condition(t, all, k, (backdoor_condition)a);
    RRI_TRY(experiment_publish(ctx, t, "backdoor.tsv", err));
    if (ctx->tables != NULL)
        (void)fprintf(
            ctx->tables,
            "\nguided, random, words: attacks that succeed, of the inputs predicted correctly; "
            "fixed: those\nthat succeeded before and fail with the retrained network. "
            "The paper's claim: more succeed where\nthe word was learned than at random, "
            "more are fixed by removing what is named than at random;\nits fix rate was "
            "that of a network not retrained, so no figure of it stands here\n\n");

done:
    experiment_table_free(t);
    return st;
}

static rr_status add_search(experiment_table *t, const trials *all, size_t kind, rr_error *err)
{
    double *ranks = NULL;
    const size_t n = all->n[kind];
    const rr_status st = rri_alloc(&ranks, n, 1, sizeof *ranks, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        ranks[i] = all->of[kind][i].of[TRIAL_RANK];
    experiment_table_text(t, rr_enum_name(RR_ENUM_POISON_KIND, (rr_poison_kind)kind));
    experiment_table_number(t, backdoor_median(ranks, n));
    experiment_table_number(t, 100.0 * share_within(all, kind, TRIAL_RANK, 1.0, 1.0));
    experiment_table_number(t, 100.0 * share_within(all, kind, TRIAL_RANK, 1.0, 20.0));
    experiment_table_number(t, 100.0 * share_within(all, kind, TRIAL_SCORE,
                                                    nextafter(RR_BACKDOOR_THRESHOLD, 1.0), 1.0));
    experiment_table_number(t, mean_of(all, kind, TRIAL_SCORE, NULL));
    experiment_table_number(t, mean_of(all, kind, TRIAL_OTHER, NULL));
    experiment_table_number(t, 100.0 * share_within(all, kind, TRIAL_OTHER,
                                                    nextafter(RR_BACKDOOR_THRESHOLD, 1.0), 1.0));
    experiment_table_number(t, mean_of(all, kind, TRIAL_CARRIERS, NULL));
    experiment_table_number(t, mean_of(all, kind, TRIAL_LEADING, NULL));
    experiment_table_number(t, 100.0 * share_of(all, kind, TRIAL_GUIDED, TRIAL_INPUTS));
    experiment_table_number(t, (double)n);
    rri_free(ranks);
    return RR_OK;
}

static rr_status search_table(experiment_context *ctx, const trials *all, rr_error *err)
{
    static const experiment_column columns[] = {
        { "kind", "kind", 0 },
        { "rank_median", "rank", 1 },
        { "first_percent", "first %", 0 },
        { "first_20_percent", "in 20 %", 0 },
        { "above_percent", "above 0.3 %", 0 },
        { "score", "score", 2 },
        { "other_score", "best other", 2 },
        { "other_above_percent", "other above %", 0 },
        { "carriers", "carriers", 1 },
        { "leading_poisoned", "poisoned in 50", 1 },
        { "guided_inputs_percent", "learned state %", 1 },
        { "seeds", "seeds", 0 },
    };
    experiment_table *t = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(columns, sizeof columns / sizeof *columns, &t, err));
    for (size_t k = 0; k < BACKDOOR_KINDS; k++)
        if (all->n[k] > 0)
            RRI_TRY(add_search(t, all, k, err));
    RRI_TRY(experiment_publish(ctx, t, "backdoor-search.tsv", err));
    if (ctx->tables != NULL)
        (void)fprintf(ctx->tables,
                      "\nrank: the median, of the word among all suspects; poisoned in 50: of the "
                      "50 most influential\ncomments that hold it; learned state: inputs with a "
                      "state the word was learned in\n\n");

done:
    experiment_table_free(t);
    return st;
}

/* A figure of a trial: a word and a position by name. */
static void add_figure(experiment_table *t, size_t figure, double value)
{
    const int number = value >= 0.0 && value < (double)UINT16_MAX; /* as every trial records it */
    const char *const word = number ? backdoor_word((size_t)value) : NULL;

    if (figure == TRIAL_WORD)
        experiment_table_text(t, word != NULL ? word : "?");
    else if (figure == TRIAL_POSITION)
        experiment_table_text(t, number ? rr_enum_name(RR_ENUM_POSITION, (rr_trigger_position)value)
                                        : "?");
    else
        experiment_table_number(t, value);
}

/* Every figure of every trial. */
static rr_status seeds_table(experiment_context *ctx, const trials *all, rr_error *err)
{
    experiment_column columns[BACKDOOR_FIGURES + 1];
    char names[BACKDOOR_FIGURES][64];
    experiment_table *t = NULL;
    const char *path = NULL;
    rr_status st = RR_OK;

    columns[0] = (experiment_column){ "kind", NULL, 0 };
    for (size_t i = 0; i < BACKDOOR_FIGURES; i++) {
        backdoor_metric_name(i, names[i]);
        columns[i + 1] = (experiment_column){ names[i], NULL, 0 };
    }
    RRI_TRY(experiment_table_new(columns, sizeof columns / sizeof *columns, &t, err));
    for (size_t k = 0; k < BACKDOOR_KINDS; k++)
        for (size_t i = 0; i < all->n[k]; i++) {
            const double *const of = all->of[k][i].of;
            experiment_table_text(t, rr_enum_name(RR_ENUM_POISON_KIND, (rr_poison_kind)k));
            for (size_t f = 0; f < BACKDOOR_FIGURES; f++)
                add_figure(t, f, of[f]);
        }
    RRI_TRY(experiment_file(ctx, "backdoor-seeds.tsv", &path, err));
    RRI_TRY(experiment_table_save(t, path, err));

done:
    experiment_table_free(t);
    return st;
}

/* ---- plot ------------------------------------------------------------------------------------ */

enum { ATTACKS = 3 };

static rr_status draw(experiment_context *ctx, const trials *all, rr_error *err)
{
    static const char *const names[ATTACKS] = { "guided", "random", "arbitrary words" };
    static const char *const titles[BACKDOOR_KINDS] = { "Clean labels", "Dirty labels" };
    static const double conditions[BACKDOOR_CONDITIONS] = { 0.0, 1.0, 2.0, 3.0 };
    double mean[BACKDOOR_KINDS][ATTACKS][BACKDOOR_CONDITIONS],
        sd[BACKDOOR_KINDS][ATTACKS][BACKDOOR_CONDITIONS];
    experiment_series series[BACKDOOR_KINDS][ATTACKS];
    experiment_panel panels[BACKDOOR_KINDS];
    experiment_plot plot = { .title = "Backdoors in Toxic comments",
                             .panels = panels,
                             .count = BACKDOOR_KINDS };

    plot.note = "0 poisoned, retrained without: 1 the named, 2 random carriers, 3 random of the "
                "class. Mean and standard deviation over the seeds.";
    for (size_t k = 0; k < BACKDOOR_KINDS; k++) {
        panels[k] = (experiment_panel){ .title = titles[k],
                                        .x_label = "training set",
                                        .y_label = "attack success",
                                        .series = series[k],
                                        .count = ATTACKS,
                                        .y_high = 1.0 };
        for (size_t s = 0; s < ATTACKS; s++) {
            for (size_t a = 0; a < BACKDOOR_CONDITIONS; a++)
                mean[k][s][a] =
                    mean_of(all, k,
                            backdoor_at((backdoor_condition)a,
                                        (backdoor_of_condition)(CONDITION_ATTACK_GUIDED + s)),
                            &sd[k][s][a]);
            series[k][s] = (experiment_series){ .name = names[s],
                                                .x = conditions,
                                                .y = mean[k][s],
                                                .sd = sd[k][s],
                                                .n = all->n[k] > 0 ? BACKDOOR_CONDITIONS : 0 };
        }
    }
    return experiment_publish_plot(ctx, &plot, "backdoor.svg", err);
}

rr_status backdoor_report(experiment_context *ctx, const experiment_results *results, rr_error *err)
{
    trials all = { .n = { 0 } };
    rr_status st = RR_OK;

    RRI_TRY(read_trials(ctx, results, &all, err));
    RRI_TRY(conditions_table(ctx, &all, err));
    RRI_TRY(search_table(ctx, &all, err));
    RRI_TRY(seeds_table(ctx, &all, err));
    RRI_TRY(draw(ctx, &all, err));

done:
    for (size_t k = 0; k < BACKDOOR_KINDS; k++)
        rri_free(all.of[k]);
    return st;
}
