/* SPDX-License-Identifier: MIT */
/* defaults.c - what train, build, explain, audit and repair give by themselves, on series, texts
 * and images, with classes that are equally common and with some that are rare. */
#include "experiments/defaults.h"

#include "io/io.h"

#include <math.h>
#include <string.h>

/* ---- trials --------------------------------------------------------------------------------- */

/* The sets whose files are there. */
typedef struct present {
    const defaults_set *set[DEFAULTS_SETS];
    const char *names[DEFAULTS_SETS];
    size_t n;
} present;

/* The hash of all that the figures depend on: of the files of a set. */
static rr_status use_files(experiment_context *ctx, const defaults_set *set, rr_error *err)
{
    rr_dataset *ds = NULL;
    char *spec = NULL;
    rr_status st = RR_OK;

    RRI_TRY(defaults_spec(ctx, set, &spec, err));
    experiment_show(ctx, "reading the data", 0, 0);
    RRI_TRY(rr_dataset_load(spec, RR_SPLIT_TRAIN, &ds, err));
    RRI_TRY(experiment_use_data(ctx, ds, err));

done:
    rr_dataset_free(ds);
    rri_free(spec);
    return st;
}

static rr_status find_sets(experiment_context *ctx, present *p, rr_error *err)
{
    char *missing = NULL;
    rr_status st = RR_OK;

    for (size_t i = 0; i < DEFAULTS_SETS; i++) {
        RRI_TRY(defaults_missing(ctx, &defaults_sets[i], &missing, err));
        if (missing == NULL) {
            RRI_TRY(use_files(ctx, &defaults_sets[i], err));
            p->set[p->n] = &defaults_sets[i];
            p->names[p->n++] = defaults_sets[i].name;
            continue;
        }
        experiment_note(ctx, "%s is left out: there is no %s", defaults_sets[i].name, missing);
        rri_free(missing);
        missing = NULL;
    }
    if (p->n == 0)
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1,
                         "defaults finds none of its data in %s (--data, RNNREPAIR_DATA)",
                         ctx->data));

done:
    rri_free(missing);
    return st;
}

static rr_status run_trial(experiment_context *ctx, void *self, size_t setting, uint64_t seed,
                           rr_error *err)
{
    const present *const p = self;
    return defaults_trial(ctx, p->set[setting], seed, err);
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    present p = { .n = 0 };
    rr_status st = RR_OK;

    RRI_TRY(find_sets(ctx, &p, err));
    RRI_TRY(experiment_plan(ctx, p.names, p.n, err));
    RRI_TRY(experiment_each_trial(ctx, p.names, p.n, run_trial, &p, err));

done:
    return st;
}

/* ---- report --------------------------------------------------------------------------------- */

static const experiment_column columns[] = {
    { "data", "data", 0 },
    { "train", "train", 0 },
    { "accuracy", "accuracy %", 1 },
    { "accuracy_sd", NULL, 1 },
    { "macro_f1", "macro-F1 %", 1 },
    { "macro_f1_sd", NULL, 1 },
    { "least_recall", "least recall %", 1 },
    { "states", "K", 1 },
    { "stability", NULL, 3 },
    { "states_shown", "states shown", 1 },
    { "tied", NULL, 1 },
    { "ap_combined", "audit", 3 },
    { "ap_self", "self-confidence", 3 },
    { "ap_influence", NULL, 3 },
    { "ap_nearest", "nearest inputs", 3 },
    { "repair_accuracy", "repaired %", 1 },
    { "repair_accuracy_sd", NULL, 1 },
    { "repair_none", "none %", 1 },
    { "repair_kept", "kept", 1 },
    { "repair_harm", "harm", 1 },
    { "repair_targets", NULL, 1 },
    { "repair_fixed", NULL, 1 },
    { "repair_unseen_fixed", NULL, 1 },
    { "repair_broken", NULL, 1 },
    { "novel", "novel %", 2 },
    { "other_novel", "others %", 1 },
    { "auc_novelty", "AUROC", 3 },
    { "auc_confidence", NULL, 3 },
    { "train_seconds", NULL, 1 },
    { "build_seconds", NULL, 1 },
    { "audit_seconds", NULL, 1 },
    { "repair_seconds", NULL, 1 },
    { "seconds", "seconds", 1 },
    { "seeds", "seeds", 0 },
};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* Which figures the columns hold between the set's name and the seconds: as they are, and in
 * percent, with their deviation. */
typedef struct cell {
    const char *metric;
    int percent; /* 1 = in percent; 2 = its deviation follows */
} cell;

static const cell cells[] = {
    { "train_count", 0 },
    { "accuracy", 2 },
    { "macro_f1", 2 },
    { "least_recall", 1 },
    { "states", 0 },
    { "stability", 0 },
    { "states_shown", 0 },
    { "tied", 0 },
    { "ap_combined", 0 },
    { "ap_self", 0 },
    { "ap_influence", 0 },
    { "ap_nearest", 0 },
    { "repair_accuracy", 2 },
    { "repair_none", 1 },
    { "repair_kept", 0 },
    { "repair_harm", 0 },
    { "repair_targets", 0 },
    { "repair_fixed", 0 },
    { "repair_unseen_fixed", 0 },
    { "repair_broken", 0 },
    { "novel", 1 },
    { "other_novel", 1 },
    { "auc_novelty", 0 },
    { "auc_confidence", 0 },
};
enum { CELLS = sizeof cells / sizeof *cells };

static void add_seconds(experiment_table *table, const experiment_results *r, const char *name)
{
    const experiment_summary *const audit = experiment_results_find(r, name, "ap_combined");
    const double train = experiment_results_mean(r, name, "train");
    const double build = experiment_results_mean(r, name, "build");
    const double audits = audit != NULL ? audit->seconds : (double)NAN;
    const double repair = experiment_results_mean(r, name, "repair");

    experiment_table_number(table, train);
    experiment_table_number(table, build);
    experiment_table_number(table, audits);
    experiment_table_number(table, repair);
    experiment_table_number(table, train + build + audits + (isfinite(repair) ? repair : 0.0));
}

static rr_status report(experiment_context *ctx, const experiment_results *results, rr_error *err)
{
    experiment_table *table = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(columns, COLUMNS, &table, err));
    for (size_t i = 0; i < DEFAULTS_SETS; i++) {
        const char *const name = defaults_sets[i].name;
        const experiment_summary *const any = experiment_results_find(results, name, "accuracy");
        if (any == NULL)
            continue;
        experiment_table_text(table, name);
        for (size_t k = 0; k < CELLS; k++) {
            const experiment_summary *const at =
                experiment_results_find(results, name, cells[k].metric);
            if (cells[k].percent == 2)
                experiment_add_percent(table, at);
            else
                experiment_table_number(table, (cells[k].percent ? 100.0 : 1.0) *
                                                   (at != NULL ? at->mean : (double)NAN));
        }
        add_seconds(table, results, name);
        experiment_table_number(table, (double)any->n);
    }
    RRI_TRY(experiment_publish(ctx, table, "defaults.tsv", err));

done:
    experiment_table_free(table);
    return st;
}

const experiment experiment_defaults = {
    .id = "defaults",
    .summary = "what the commands give without options, on series, texts and images",
    .about =
        "Takes data through train, build, explain, audit and repair without any option but the\n"
        "seed: BasicMotions, JapaneseVowels, PenDigits, TREC, MNIST of whose nines a tenth is\n"
        "trained on, and all comments of the toxic set. Of the test split the accuracy, macro-F1\n"
        "and the least recall of a class; the number of states, and how many of them the first\n"
        "20 errors show; of a second run, of whose labels a tenth is wrong, the average\n"
        "precision of the audit, beside self-confidence and the nearest inputs alone; the\n"
        "accuracy after a repair, 'kept' the share of seeds where it kept a network, 'harm' where\n"
        "that is worse than before, 'none' the control that trains on without adding anything;\n"
        "the share of test sequences that are called novel, and of other data (made digits, film\n"
        "reviews), and how well the two are told apart. Sets that are not there are left out.\n"
        "Needs timeseries, sentences, mnist, toxic/comments.csv.gz and\n"
        "poison/sst2-clean-test.tsv.gz. Quick: the first 200 sequences of each split, one seed.\n",
    .revision = 1,
    .seeds = 3,
    .quick_seeds = 1,
    .run = run,
    .report = report,
};
