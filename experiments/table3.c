/* SPDX-License-Identifier: MIT */
/* table3.c - Table 3 as the paper has it: one new image for each error and model. */
#include "experiments/table3.h"
#include "experiments/curves.h"
#include "experiments/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ORIGINAL, RANDOM, GUIDED, NONE, CONDITIONS };
static const char *const conditions[CONDITIONS] = { "original", "random", "guided", "none" };

/* The order of training that was published, then the one we would use. */
enum { ORDERS = 2, SETTINGS = ORDERS * CONDITIONS };
static const rr_order orders[ORDERS] = { RR_ORDER_FILE, RR_ORDER_SHUFFLE };
static const char *const order_names[ORDERS] = { "file", "shuffle" };

static const char *const settings[SETTINGS] = { "file/original",    "file/random",
                                                "file/guided",      "file/none",
                                                "shuffle/original", "shuffle/random",
                                                "shuffle/guided",   "shuffle/none" };

/* What the paper gives, of 23 errors over 50 models. */
static const struct {
    size_t condition;
    double fixed, share;
    double bins[TABLE3_BINS];
} paper[] = {
    { ORIGINAL, 1.3, 0.057, { 8, 10, 5, 0, 0, 0, 0 } },
    { RANDOM, 4.3, 0.187, { 4, 9, 3, 3, 3, 1, 0 } },
    { GUIDED, 11.7, 0.509, { 0, 3, 4, 3, 7, 1, 5 } },
};
static const double paper_errors = 23.0;

/* ---- trials ---------------------------------------------------------------------------------- */

/* What the trials of an order share. */
typedef struct work {
    table3_case c;
    size_t order;       /* of the trials under way */
    table3_pair *pairs; /* [n] of the case's order; NULL before they are needed */
    size_t n;
} work;

static rr_status need_case(experiment_context *ctx, work *w, rr_order order, int images,
                           rr_error *err)
{
    rr_status st = RR_OK;

    if (!w->c.ready || w->c.order != order) {
        rri_free(w->pairs);
        w->pairs = NULL;
        RRI_TRY(table3_prepare(ctx, &w->c, order, err));
    }
    if (images && w->pairs == NULL && !ctx->stopped)
        RRI_TRY(table3_pairs(ctx, &w->c, &w->pairs, &w->n, err));

done:
    return st;
}

/* The training set of a condition: the new images come last. */
static rr_status training_set(const experiment_context *ctx, const work *w, size_t condition,
                              uint64_t seed, size_t *images, rr_dataset **out, rr_error *err)
{
    rr_dataset *added = NULL;
    rr_status st = RR_OK;

    *images = 0;
    RRI_TRY(table3_images(ctx, &w->c, w->pairs, w->n, condition == RANDOM, seed, &added, err));
    *images = rr_dataset_count(added);
    RRI_TRY(rr_dataset_concat(w->c.train, added, out, err));

done:
    rr_dataset_free(added);
    return st;
}

static rr_status run_trial(experiment_context *ctx, void *self, size_t condition, uint64_t seed,
                           rr_error *err)
{
    work *const w = self;
    /* The three conditions of a seed begin with the same weights; none shows what other ones
     * change. */
    const uint64_t own = condition == NONE ? seed + (UINT64_C(1) << 41) : seed;
    const rr_network_config network = table3_network(&w->c, own);
    const rr_train_config cfg = table3_training(ctx, w->c.last_epoch, orders[w->order], own);
    const int with_images = condition == RANDOM || condition == GUIDED;
    table3_outcome o = { .models = 0 };
    rr_dataset *set = NULL;
    rr_network *net = NULL;
    size_t images = 0;
    rr_status st = RR_OK;

    RRI_TRY(need_case(ctx, w, orders[w->order], with_images, err));
    if (ctx->stopped)
        goto done;
    if (with_images)
        RRI_TRY(training_set(ctx, w, condition, seed, &images, &set, err));
    RRI_TRY(rr_network_new(&network, &net, err));
    RRI_TRY(table3_train(ctx, &w->c, &cfg, net, with_images ? set : w->c.train, w->c.first_epoch,
                         &o, err));
    if (!ctx->stopped)
        RRI_TRY(table3_record(ctx, &w->c, settings[w->order * CONDITIONS + condition], seed, &o,
                              images, err));

done:
    rr_network_free(net);
    rr_dataset_free(set);
    table3_outcome_clear(&o);
    return st;
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    work w = { .pairs = NULL };
    rr_status st = RR_OK;

    RRI_TRY(table3_load(ctx, &w.c, err));
    RRI_TRY(experiment_plan(ctx, settings, SETTINGS, err));
    for (w.order = 0; w.order < ORDERS; w.order++)
        RRI_TRY(experiment_each_trial(ctx, settings + w.order * CONDITIONS, CONDITIONS, run_trial,
                                      &w, err));

done:
    rri_free(w.pairs);
    table3_case_clear(&w.c);
    return st;
}

/* ---- tables ---------------------------------------------------------------------------------- */

/* How many errors were fixed by which share of all models. */
static rr_status add_bins(experiment_table *t, const experiment_results *r, const char *setting,
                          rr_error *err)
{
    double bins[TABLE3_BINS] = { 0 };
    experiment_point *points = NULL;
    size_t n = 0;
    const rr_status st = experiment_results_curve(r, setting, "error", &points, &n, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        bins[table3_bin(points[i].mean)] += 1.0;
    for (size_t b = 0; b < TABLE3_BINS; b++)
        experiment_table_number(t, bins[b]);
    rri_free(points);
    return RR_OK;
}

static rr_status add_setting(experiment_table *t, const experiment_results *r, size_t order,
                             size_t condition, rr_error *err)
{
    const char *const name = settings[order * CONDITIONS + condition];
    const experiment_summary *const at = experiment_results_find(r, name, "fixed");

    if (at == NULL)
        return RR_OK;
    experiment_table_text(t, order_names[order]);
    experiment_table_text(t, conditions[condition]);
    experiment_table_number(t, experiment_results_mean(r, name, "images"));
    experiment_table_number(t, experiment_results_mean(r, name, "errors"));
    experiment_table_number(t, at->mean);
    experiment_add_percent(t, experiment_results_find(r, name, "share"));
    experiment_add_percent(t, experiment_results_find(r, name, "accuracy"));
    experiment_table_number(t, experiment_results_mean(r, name, "broken"));
    const rr_status st = add_bins(t, r, name, err);
    experiment_table_number(t, (double)at->n);
    return st;
}

static void add_paper(experiment_table *t)
{
    for (size_t p = 0; p < sizeof paper / sizeof *paper; p++) {
        experiment_table_text(t, "paper's");
        experiment_table_text(t, conditions[paper[p].condition]);
        experiment_table_number(t, paper[p].condition == ORIGINAL ? 0.0 : 161.0);
        experiment_table_number(t, paper_errors);
        experiment_table_number(t, paper[p].fixed);
        experiment_table_number(t, 100.0 * paper[p].share);
        for (size_t missing = 0; missing < 4; missing++) /* the paper gives no accuracies */
            experiment_table_number(t, (double)NAN);
        for (size_t b = 0; b < TABLE3_BINS; b++)
            experiment_table_number(t, paper[p].bins[b]);
        experiment_table_number(t, 5.0);
    }
}

static rr_status main_table(experiment_context *ctx, const experiment_results *r, rr_error *err)
{
    static const experiment_column columns[] = {
        { "order", "order", 0 },
        { "condition", "condition", 0 },
        { "images", "images", 0 },
        { "errors", "errors", 0 },
        { "fixed", "fixed", 1 },
        { "fixed_percent", "%", 1 },
        { "fixed_percent_sd", "sd", 1 },
        { "accuracy_percent", "test %", 2 },
        { "accuracy_percent_sd", NULL, 2 },
        { "broken", "broken", 1 },
        { "rate_0", "0", 0 },
        { "rate_to_10", "-.1", 0 },
        { "rate_to_20", "-.2", 0 },
        { "rate_to_50", "-.5", 0 },
        { "rate_to_70", "-.7", 0 },
        { "rate_below_100", "<1", 0 },
        { "rate_100", "1", 0 },
        { "seeds", "seeds", 0 },
    };
    experiment_table *t = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(columns, sizeof columns / sizeof *columns, &t, err));
    add_paper(t);
    for (size_t o = 0; o < ORDERS; o++)
        for (size_t a = 0; a < CONDITIONS; a++)
            RRI_TRY(add_setting(t, r, o, a, err));
    RRI_TRY(experiment_publish(ctx, t, "table3.tsv", err));
    if (ctx->tables != NULL)
        (void)fprintf(ctx->tables,
                      "\n0 to 1: errors by the fraction of the models that predict them "
                      "correctly; broken: test\nimages that all models of the case "
                      "predict correctly, misclassified by a retrained one\n\n");

done:
    experiment_table_free(t);
    return st;
}

/* ---- curves ---------------------------------------------------------------------------------- */

enum { SHARE, ACCURACY, MEASURES, PANELS = ORDERS * MEASURES };
static const char *const measures[MEASURES] = { "share", "accuracy" };

static rr_status draw(experiment_context *ctx, experiment_curves *c, rr_error *err)
{
    static const char *const titles[PANELS] = { "File order: errors fixed", "File order: accuracy",
                                                "Shuffled: errors fixed", "Shuffled: accuracy" };
    experiment_series series[PANELS][CONDITIONS];
    experiment_panel panels[PANELS];
    experiment_plot plot = { .title = "Table 3: repaired MNIST errors by epoch",
                             .panels = panels,
                             .count = PANELS };
    rr_status st = RR_OK;

    for (size_t p = 0; p < PANELS; p++) {
        const int share = p % MEASURES == SHARE;
        panels[p] = (experiment_panel){ .title = titles[p],
                                        .x_label = "epochs",
                                        .y_label = share ? "share fixed" : "test accuracy",
                                        .series = series[p],
                                        .count = CONDITIONS,
                                        .y_high = share ? 1.0 : 0.0 };
        for (size_t a = 0; a < CONDITIONS; a++)
            RRI_TRY(experiment_curves_series(c, p / MEASURES * CONDITIONS + a, p % MEASURES,
                                             conditions[a], 0, &series[p][a], err));
    }
    RRI_TRY(experiment_publish_plot(ctx, &plot, "table3.svg", err));

done:
    return st;
}

static rr_status report(experiment_context *ctx, const experiment_results *results, rr_error *err)
{
    experiment_curves c = { .of = NULL };
    rr_status st = RR_OK;

    RRI_TRY(main_table(ctx, results, err));
    RRI_TRY(experiment_curves_begin(&c, settings, SETTINGS, measures, MEASURES, err));
    RRI_TRY(experiment_curves_read(&c, results, 0, MEASURES, err));
    RRI_TRY(experiment_curves_save(ctx, &c, "setting", "epoch", "table3-epochs.tsv", err));
    RRI_TRY(draw(ctx, &c, err));

done:
    experiment_curves_clear(&c);
    return st;
}

const experiment experiment_table3 = {
    .id = "table3",
    .summary = "MNIST errors repaired by one new image for each error and model",
    .about = "One training of an LSTM-128 gives seven models (epochs 5, 8, 10, 12, 15, 18,\n"
             "20); the test images all of them misclassify are to be repaired. Added is, for\n"
             "each error and model, the most influential of the nearest training image of\n"
             "the true label turned by -180..179 degrees and moved by -3..2 pixels (guided),\n"
             "or any of these variants (random). Retrained with other seeds, models at\n"
             "epochs 6 to 15 are asked, so that a training gives ten; original and none, of\n"
             "other seeds, train without new images. In file order with the new images last,\n"
             "as the paper, and shuffled. Needs mnist/. Quick: 6,000 training and 2,000 test\n"
             "images, models at epochs 2, 3 and 4, retrained at 3 to 5, turns of 10 degrees,\n"
             "at most 40 errors, one seed.\n",
    .revision = 2,
    .seeds = 5,
    .quick_seeds = 1,
    .run = run,
    .report = report,
};
