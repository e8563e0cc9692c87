/* SPDX-License-Identifier: MIT */
/* tags.c - wrong labels of single steps: parts of speech, of which some in twenty are flipped.
 *
 * A network is trained on the flipped labels of English Web Treebank and audited step by step: by
 * support and confidence combined, by either alone, and at random. */
#include "experiments/experiment.h"

#include "rnnrepair/decisions.h"

#include <math.h>
#include <stdlib.h>

enum { HIDDEN = 100, WIDTH = 100, COMPONENTS = 10, STATES = 60 };

/* The settings: how labels are ranked. */
typedef struct manner {
    const char *name;
    rr_audit_method method;
    rr_key key;
} manner;

static const manner manners[] = {
    { "combined state-symbol", RR_AUDIT_COMBINED, RR_KEY_STATE_SYMBOL },
    { "combined transition", RR_AUDIT_COMBINED, RR_KEY_TRANSITION },
    { "combined full", RR_AUDIT_COMBINED, RR_KEY_FULL },
    { "influence state-symbol", RR_AUDIT_INFLUENCE, RR_KEY_STATE_SYMBOL },
    { "influence transition", RR_AUDIT_INFLUENCE, RR_KEY_TRANSITION },
    { "influence full", RR_AUDIT_INFLUENCE, RR_KEY_FULL },
    { "self-confidence", RR_AUDIT_SELF_CONFIDENCE, RR_KEY_TRANSITION },
    { "random", RR_AUDIT_RANDOM, RR_KEY_TRANSITION },
};
enum { MANNERS = sizeof manners / sizeof *manners };
static const char *settings[MANNERS];

/* The data, and what belongs to a seed. */
typedef struct tagging {
    rr_dataset *clean, *test;
    uint64_t seed;
    rr_dataset *train;          /* clean, with flipped labels */
    unsigned char *mislabelled; /* [R] */
    size_t flips;
    rr_network *net;
    rr_influence *inf;
    double steps_right; /* on test */
} tagging;

static void release(tagging *g)
{
    rr_influence_free(g->inf);
    rr_network_free(g->net);
    rri_free(g->mislabelled);
    rr_dataset_free(g->train);
    g->inf = NULL;
    g->net = NULL;
    g->mislabelled = NULL;
    g->train = NULL;
}

/* ---- a seed --------------------------------------------------------------------------------- */

/* Flip labels, and mark the steps. */
static rr_status flip(tagging *g, rr_error *err)
{
    rr_label_noise_config cfg = rr_label_noise_config_default();
    rr_decision *list = NULL;
    rr_edits *edits = NULL;
    size_t next = 0;
    size_t row = 0;
    rr_status st = RR_OK;

    cfg.steps = 1;
    cfg.seed = g->seed;
    RRI_TRY(rr_label_noise(&cfg, g->clean, &list, &g->flips, err));
    RRI_TRY(rr_decisions_edits(list, g->flips, g->clean, &edits, err));
    RRI_TRY(rr_edits_apply(edits, g->clean, &g->train, err));
    RRI_TRY(rri_alloc(&g->mislabelled, rr_dataset_steps(g->clean), 1, 1, err));
    for (size_t i = 0; i < rr_dataset_count(g->clean); i++) {
        for (; next < g->flips && list[next].id == i; next++)
            g->mislabelled[row + list[next].step - 1] = 1;
        row += rr_dataset_at(g->clean, i).steps;
    }

done:
    rr_edits_free(edits);
    rr_decisions_free(list);
    return st;
}

static rr_status train_network(experiment_context *ctx, tagging *g, rr_error *err)
{
    rr_network_config cfg = rr_network_config_default();
    rr_train_config training = rr_train_config_default();
    rr_status st = RR_OK;

    cfg.hidden = HIDDEN;
    cfg.width = WIDTH;
    cfg.vocabulary = rr_dataset_vocabulary(g->train);
    cfg.embedding = RR_EMBEDDING_TRAINED;
    cfg.classes = rr_dataset_classes(g->train);
    cfg.output = RR_OUTPUT_STEP;
    cfg.seed = training.seed = g->seed;
    training.optimizer = RR_OPT_ADAM;
    training.epsilon = 1e-8;
    training.batch = 32;
    training.epochs = ctx->quick ? 2 : 5;
    RRI_TRY(rr_network_new(&cfg, &g->net, err));
    if (rr_dataset_words(g->train) != NULL)
        RRI_TRY(
            rr_network_set_vocabulary(g->net, rr_vocabulary_hash(rr_dataset_words(g->train)), err));
    RRI_TRY(experiment_train(ctx, &training, g->net, g->train, err));

done:
    return st;
}

/* The fraction of the labelled test steps that are predicted correctly. */
static rr_status judge(const experiment_context *ctx, tagging *g, rr_error *err)
{
    rr_traces *traces = NULL;
    size_t right = 0, labelled = 0;
    const rr_status st = experiment_trace(ctx, g->inf, g->net, g->test, &traces, err);

    for (size_t i = 0; st == RR_OK && i < rr_traces_count(traces); i++) {
        const rr_trace a = rr_traces_at(traces, i);
        for (size_t t = 0; t < a.steps; t++) {
            labelled += a.step_labels[t] != 65535;
            right += a.step_labels[t] == a.predictions[t];
        }
    }
    g->steps_right = labelled > 0 ? (double)right / (double)labelled : 0.0;
    rr_traces_free(traces);
    return st;
}

static rr_status prepare(experiment_context *ctx, tagging *g, uint64_t seed, rr_error *err)
{
    rr_influence_config cfg = rr_influence_config_default();
    rr_status st = RR_OK;

    if (g->inf != NULL && g->seed == seed)
        return RR_OK;
    release(g);
    g->seed = seed;
    RRI_TRY(flip(g, err));
    RRI_TRY(train_network(ctx, g, err));
    if (ctx->stopped)
        goto done;
    cfg.components = COMPONENTS;
    cfg.partition.states = STATES;
    cfg.seed = seed;
    RRI_TRY(experiment_build(ctx, &cfg, g->net, g->train, &g->inf, err));
    if (!ctx->stopped)
        RRI_TRY(judge(ctx, g, err));

done:
    return st;
}

/* ---- trials --------------------------------------------------------------------------------- */

enum { FIGURES = 10 };

static rr_status record(experiment_context *ctx, const tagging *g, const char *setting,
                        const rr_step_audit_result *r, rr_error *err)
{
    experiment_figures f = { .n = 0 };
    const double all = (double)r->found[RR_AUDIT_FOUND - 1].mislabelled;
    rr_status st = RR_OK;

    RRI_TRY(experiment_figures_begin(&f, FIGURES, err));
    experiment_figure(&f, "average_precision", r->average_precision);
    experiment_figure_took(&f, r->seconds);
    for (size_t k = 0; k < RR_AUDIT_FOUND; k++)
        if (r->found[k].percent == 5 || r->found[k].percent == 10)
            experiment_figure_at(&f, "found", r->found[k].percent,
                                 (double)r->found[k].mislabelled / all);
    experiment_figure(&f, "area", r->area);
    experiment_figure(&f, "flips", (double)g->flips);
    experiment_figure(&f, "steps", (double)r->steps);
    experiment_figure(&f, "steps_right", g->steps_right);
    RRI_TRY(experiment_record(ctx, setting, g->seed, f.list, f.n, err));

done:
    experiment_figures_clear(&f);
    return st;
}

static rr_status run_trial(experiment_context *ctx, void *self, size_t setting, uint64_t seed,
                           rr_error *err)
{
    tagging *const g = self;
    rr_step_audit_config cfg = rr_step_audit_config_default();
    rr_state_source source = { .ops = NULL };
    rr_step_audit *audit = NULL;
    rr_status st = RR_OK;

    RRI_TRY(prepare(ctx, g, seed, err));
    if (ctx->stopped)
        goto done;
    cfg.method = manners[setting].method;
    cfg.key = manners[setting].key;
    cfg.seed = seed;
    RRI_TRY(rr_network_states(g->net, g->train, ctx->threads, &source, err));
    RRI_TRY(rr_step_audit_run(&cfg, g->inf, &source, g->mislabelled, NULL, &audit, err));
    RRI_TRY(record(ctx, g, settings[setting], rr_step_audit_result_of(audit), err));

done:
    rr_step_audit_free(audit);
    rr_state_source_close(&source);
    return st;
}

static rr_status load(experiment_context *ctx, tagging *g, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(experiment_load(ctx, "conllu", "pos", ctx->quick ? "limit=1500" : "", RR_SPLIT_TRAIN,
                            &g->clean, err));
    RRI_TRY(experiment_load(ctx, "conllu", "pos", "", RR_SPLIT_TEST, &g->test, err));
    RRI_TRY(experiment_use_data(ctx, g->clean, err));
    RRI_TRY(experiment_use_data(ctx, g->test, err));

done:
    return st;
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    tagging g = { .clean = NULL };
    rr_status st = RR_OK;

    for (size_t i = 0; i < MANNERS; i++)
        settings[i] = manners[i].name;
    RRI_TRY(load(ctx, &g, err));
    RRI_TRY(experiment_plan(ctx, settings, MANNERS, err));
    RRI_TRY(experiment_each_trial(ctx, settings, MANNERS, run_trial, &g, err));

done:
    release(&g);
    rr_dataset_free(g.test);
    rr_dataset_free(g.clean);
    return st;
}

/* ---- report --------------------------------------------------------------------------------- */

static const experiment_column columns[] = {
    { "ranking", "ranking", 0 },         { "average_precision", "average precision", 4 },
    { "average_precision_sd", "sd", 4 }, { "found_5", "found in the first 5 %", 3 },
    { "found_10", "10 %", 3 },           { "area", "area", 4 },
    { "seconds", "seconds", 2 },         { "seeds", "seeds", 0 },
};

static rr_status report(experiment_context *ctx, const experiment_results *r, rr_error *err)
{
    experiment_table *t = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(columns, sizeof columns / sizeof *columns, &t, err));
    for (size_t i = 0; i < MANNERS; i++) {
        const char *name = manners[i].name;
        const experiment_summary *ap = experiment_results_find(r, name, "average_precision");
        if (ap == NULL)
            continue;
        experiment_table_text(t, name);
        experiment_table_number(t, ap->mean);
        experiment_table_number(t, ap->sd);
        experiment_table_number(t, experiment_results_mean(r, name, "found@5"));
        experiment_table_number(t, experiment_results_mean(r, name, "found@10"));
        experiment_table_number(t, experiment_results_mean(r, name, "area"));
        experiment_table_number(t, ap->seconds);
        experiment_table_number(t, (double)ap->n);
    }
    RRI_TRY(experiment_publish(ctx, t, "tags.tsv", err));
    if (ctx->tables != NULL)
        (void)fprintf(ctx->tables,
                      "\n%.0f of %.0f labels flipped; %.2f %% of the test steps right\n",
                      experiment_results_mean(r, manners[0].name, "flips"),
                      experiment_results_mean(r, manners[0].name, "steps"),
                      100.0 * experiment_results_mean(r, manners[0].name, "steps_right"));

done:
    experiment_table_free(t);
    return st;
}

const experiment experiment_tags = {
    .id = "tags",
    .summary = "flipped labels of single steps found: parts of speech, English Web Treebank",
    .about =
        "5 % of the labels of the training steps are replaced by another, evenly. An LSTM-100 on\n"
        "trained vectors of 100 numbers learns to name the part of speech at every word (5\n"
        "epochs), and its training steps are ranked: by the support of their label among steps of\n"
        "the same key combined with the probability the network gives it, by either alone, and\n"
        "at random. Average precision of the flipped ones, and the fraction found. P = 10, K =\n"
        "60. Needs pos/. Quick: 1,500 sentences, 2 epochs, one seed.\n",
    .revision = 1,
    .seeds = 5,
    .quick_seeds = 1,
    .run = run,
    .report = report,
};
