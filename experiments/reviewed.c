/* SPDX-License-Identifier: MIT */
/* reviewed.c - label errors of the MNIST test set that people reviewed: where do they stand in a
 * ranking of all 10,000 test labels?
 *
 * 100 test images whose label had been questioned were shown to five people each [Northcutt21b].
 * A label counts as wrong here where fewer than three of them chose it. */
#include "experiments/audited.h"
#include "experiments/neighbours.h"

#include "core/ranking.h"
#include "io/io.h"
#include "io/json.h"

#include <math.h>
#include <stdlib.h>

enum { NEIGHBOURS = 5, REVIEWERS = 5, STATES = 43, COMPONENTS = 10 };

/* The settings: how labels are ranked; the last is no audit. */
typedef struct way {
    const char *name;
    rr_audit_method method;
} way;

static const way ways[] = {
    { "dynamics", RR_AUDIT_DYNAMICS }, { "self-confidence", RR_AUDIT_SELF_CONFIDENCE },
    { "combined", RR_AUDIT_COMBINED }, { "influence", RR_AUDIT_INFLUENCE },
    { "random", RR_AUDIT_RANDOM },     { "5 nearest inputs", RR_AUDIT_RANDOM },
};
enum { WAYS = sizeof ways / sizeof *ways, AUDITS = WAYS - 1 };
static const char *settings[WAYS];

static const size_t depths[] = { 20, 50, 100, 200, 500, 1000 };
enum { DEPTHS = sizeof depths / sizeof *depths };

typedef struct review {
    rr_dataset *train, *test;
    unsigned char *wrong, *asked; /* [N of test] */
    size_t count_wrong;
    audited of; /* of the seed */
    double accuracy;
} review;

/* ---- the review ----------------------------------------------------------------------------- */

static rr_status take_vote(review *r, const json_t *row, const char *path, rr_error *err)
{
    json_t *votes = NULL;
    size_t id = 0, given = 0, label = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_json_size(row, path, "id", &id, err));
    RRI_TRY(rri_json_size(row, path, "given_original_label", &label, err));
    RRI_TRY(rri_json_object(row, path, "mturk", &votes, err));
    RRI_TRY(rri_json_size(votes, path, "given", &given, err));
    if (id >= rr_dataset_count(r->test))
        goto done; /* of a quick trial, which has fewer images */
    if (rr_dataset_at(r->test, id).label != label)
        RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, (int64_t)id,
                         "%s: image %zu is a %zu, but the test set says %u", path, id, label,
                         (unsigned)rr_dataset_at(r->test, id).label));
    r->asked[id] = 1;
    r->wrong[id] = 2 * given < REVIEWERS;
    r->count_wrong += r->wrong[id];

done:
    return st;
}

static rr_status read_review(experiment_context *ctx, review *r, rr_error *err)
{
    const size_t N = rr_dataset_count(r->test);
    rri_json_rows *rows = NULL;
    json_t *row = NULL;
    char *path = NULL, hash[65];
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&r->wrong, N, 1, 1, err));
    RRI_TRY(rri_alloc(&r->asked, N, 1, 1, err));
    RRI_TRY(rri_format(&path, err, "%s/labels/mnist-test-reviewed.json", ctx->data));
    RRI_TRY(rri_sha256_file(path, hash, err));
    RRI_TRY(experiment_use_hash(ctx, hash, err));
    RRI_TRY(rri_json_rows_open(path, NULL, &rows, err));
    for (;;) {
        RRI_TRY(rri_json_rows_next(rows, &row, err));
        if (row == NULL)
            break;
        RRI_TRY(take_vote(r, row, path, err));
        json_decref(row);
        row = NULL;
    }

done:
    json_decref(row);
    rri_json_rows_close(rows);
    rri_free(path);
    return st;
}

/* ---- trials --------------------------------------------------------------------------------- */

static rr_status prepare(experiment_context *ctx, review *r, uint64_t seed, rr_error *err)
{
    rr_influence_config influence = rr_influence_config_default();
    audited *const a = &r->of;
    rr_status st = RR_OK;

    if (a->net != NULL && a->training.seed == seed)
        return RR_OK;
    audited_clear(a, 0);
    a->train = r->train;
    a->network = rr_network_config_default();
    a->network.hidden = ctx->quick ? 16 : 128;
    a->network.width = rr_dataset_width(r->train);
    a->network.classes = rr_dataset_classes(r->train);
    a->training = rr_train_config_default();
    a->training.epochs = ctx->quick ? 2 : 12;
    a->training.optimizer = RR_OPT_ADAM;
    a->training.epsilon = 1e-8;
    a->training.learning_rate = 0.002;
    a->training.dropout_last = 0.3;
    a->network.seed = a->training.seed = seed;
    influence.components = COMPONENTS;
    influence.partition.states = STATES;
    RRI_TRY(audited_train(ctx, a, ctx->quick ? "reviewed-quick" : "reviewed", &influence, err));
    if (!ctx->stopped)
        RRI_TRY(experiment_accuracy(ctx, a->net, r->test, &r->accuracy, err));

done:
    return st;
}

/* The order by the nearest training images. */
static rr_status order_by_inputs(experiment_context *ctx, const review *r, uint32_t *order,
                                 rr_error *err)
{
    const size_t N = rr_dataset_count(r->test);
    unsigned char *flagged = NULL;
    float *votes = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&flagged, N, 1, 1, err));
    RRI_TRY(rri_alloc(&votes, N, rr_dataset_classes(r->train), sizeof *votes, err));
    RRI_TRY(neighbours_count(ctx, r->train, r->test, NEIGHBOURS, votes, err));
    RRI_TRY(audited_by_votes(r->test, votes, NEIGHBOURS, order, flagged, err));

done:
    rri_free(votes);
    rri_free(flagged);
    return st;
}

/* The order by a method, and how many are flagged. */
static rr_status order_by_audit(experiment_context *ctx, review *r, size_t which, uint64_t seed,
                                uint32_t *order, size_t *flagged, rr_error *err)
{
    rr_audit *audit = NULL;
    rr_status st = RR_OK;

    RRI_TRY(prepare(ctx, r, seed, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(audited_rank(ctx, &r->of, ways[which].method, r->test, NULL, &audit, err));
    if (audit == NULL)
        goto done;
    const rr_audit_result *const found = rr_audit_result_of(audit);
    for (size_t i = 0; i < found->sequences; i++)
        order[i] = found->order[i];
    *flagged = found->flagged;

done:
    rr_audit_free(audit);
    return st;
}

static rr_status run_trial(experiment_context *ctx, void *self, size_t which, uint64_t seed,
                           rr_error *err)
{
    review *const r = self;
    const size_t N = rr_dataset_count(r->test);
    experiment_figures f = { .n = 0 };
    uint32_t *order = NULL;
    size_t flagged = 0;
    const double start = rri_seconds();
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&order, N, 1, sizeof *order, err));
    if (which < AUDITS)
        RRI_TRY(order_by_audit(ctx, r, which, seed, order, &flagged, err));
    else
        RRI_TRY(order_by_inputs(ctx, r, order, err));
    if (experiment_stopped(ctx))
        goto done;
    RRI_TRY(experiment_figures_begin(&f, 2 * DEPTHS + 3, err));
    for (size_t k = 0; k < DEPTHS; k++)
        experiment_figure_at(&f, "found", depths[k],
                             (double)rri_ranking_found(order, N, r->wrong, depths[k]));
    for (size_t k = 0; k < DEPTHS; k++)
        experiment_figure_at(&f, "asked", depths[k],
                             (double)rri_ranking_found(order, N, r->asked, depths[k]));
    experiment_figure(&f, "wrong", (double)r->count_wrong);
    experiment_figure(&f, "flagged", (double)flagged);
    if (which < AUDITS)
        experiment_figure(&f, "accuracy", r->accuracy);
    else
        experiment_figure_took(&f, rri_seconds() - start);
    RRI_TRY(experiment_record(ctx, settings[which], seed, f.list, f.n, err));

done:
    experiment_figures_clear(&f);
    rri_free(order);
    return st;
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    review r = { .train = NULL };
    rr_status st = RR_OK;

    for (size_t i = 0; i < WAYS; i++)
        settings[i] = ways[i].name;
    RRI_TRY(experiment_load(ctx, "mnist", "mnist", ctx->quick ? "limit=2000" : "", RR_SPLIT_TRAIN,
                            &r.train, err));
    RRI_TRY(experiment_load(ctx, "mnist", "mnist", ctx->quick ? "limit=2000" : "", RR_SPLIT_TEST,
                            &r.test, err));
    RRI_TRY(experiment_use_data(ctx, r.train, err));
    RRI_TRY(experiment_use_data(ctx, r.test, err));
    RRI_TRY(read_review(ctx, &r, err));
    RRI_TRY(experiment_plan(ctx, settings, WAYS, err));
    RRI_TRY(experiment_each_trial(ctx, settings, WAYS, run_trial, &r, err));

done:
    audited_clear(&r.of, 0);
    rri_free(r.wrong);
    rri_free(r.asked);
    rr_dataset_free(r.test);
    rr_dataset_free(r.train);
    return st;
}

/* ---- report --------------------------------------------------------------------------------- */

static const experiment_column columns[] = {
    { "method", "ranked by", 0 },
    { "reviewed", "first", 0 },
    { "found", "wrong labels", 2 },
    { "found_sd", "sd", 2 },
    { "wrong", "of", 0 },
    { "asked", "of the 100 questioned", 1 },
    { "flagged", "flagged of all", 1 },
    { "accuracy", "accuracy %", 2 },
    { "seeds", "seeds", 0 },
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void add_row(experiment_table *t, const experiment_results *r, const char *setting, size_t n)
{
    char found[40], asked[40];

    (void)snprintf(found, sizeof found, "found@%zu", n);
    (void)snprintf(asked, sizeof asked, "asked@%zu", n);
    const experiment_summary *const at = experiment_results_find(r, setting, found);
    if (at == NULL)
        return;
    experiment_table_text(t, setting);
    experiment_table_number(t, (double)n);
    experiment_table_number(t, at->mean);
    experiment_table_number(t, at->sd);
    experiment_table_number(t, experiment_results_mean(r, setting, "wrong"));
    experiment_table_number(t, experiment_results_mean(r, setting, asked));
    experiment_table_number(t, experiment_results_mean(r, setting, "flagged"));
    experiment_table_number(t, 100.0 * experiment_results_mean(r, setting, "accuracy"));
    experiment_table_number(t, (double)at->n);
}

static rr_status report(experiment_context *ctx, const experiment_results *results, rr_error *err)
{
    experiment_table *whole = NULL, *some = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(columns, COLUMNS, &whole, err));
    RRI_TRY(experiment_table_new(columns, COLUMNS, &some, err));
    for (size_t i = 0; i < WAYS; i++) {
        for (size_t k = 0; k < DEPTHS; k++)
            add_row(whole, results, ways[i].name, depths[k]);
        add_row(some, results, ways[i].name, 100);
    }
    RRI_TRY(experiment_publish_some(ctx, whole, some, "reviewed.tsv", err));

done:
    experiment_table_free(some);
    experiment_table_free(whole);
    return st;
}

const experiment experiment_reviewed = {
    .id = "reviewed",
    .summary = "label errors of the MNIST test set that people reviewed, in a ranking of all",
    .about =
        "An LSTM-128 learns the MNIST training set (12 epochs), and all 10,000 test labels are\n"
        "ranked by each method of audit. 100 of them whose label was questioned were shown to\n"
        "five people each; where fewer than three chose the given label, 15 images, it counts as\n"
        "wrong: how many of these stand within the first 20..1000. Beside them the fraction of "
        "the\n"
        "5 nearest training images with the label. P = 10, K = 43. Needs mnist and\n"
        "labels/mnist-test-reviewed.json. Quick: 2,000 images each, LSTM-16, 2 epochs, one seed.\n",
    .revision = 1,
    .seeds = 3,
    .quick_seeds = 1,
    .run = run,
    .report = report,
};
