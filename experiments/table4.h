/* SPDX-License-Identifier: MIT */
/* table4.h - the paper's Table 4: sentences misclassified at a word, repaired by inserting the word
 * into training sentences.
 *
 * A seed has one network for each dataset. Its targets are the test sentences of one class that are
 * read as the other and turn at a word that has a vector. A trial makes new training sentences for
 * all targets, retrains, and counts what has become of them and of the other test sentences. */
#ifndef EXPERIMENTS_TABLE4_H
#define EXPERIMENTS_TABLE4_H

#include "experiments/model.h"

typedef enum table4_condition {
    TABLE4_NONE = 0,     /* nothing is inserted: what retraining alone changes */
    TABLE4_RANDOM = 1,   /* as published: random sentences and places */
    TABLE4_GUIDED = 2,   /* as published: those of the longest common trace */
    TABLE4_IMPROVED = 3, /* those the word harms, with class-balancing samples */
    TABLE4_BALANCED = 4, /* random, with the class-balancing samples of improved */
    TABLE4_BORDER = 5,   /* no training: a constant added to a logit */
    TABLE4_CONDITIONS = 6
} table4_condition;

typedef enum table4_way {
    TABLE4_CONTINUE = 0, /* a few epochs on from the network with the errors */
    TABLE4_SCRATCH = 1,  /* as published: other first weights, all epochs */
    TABLE4_WAYS = 2
} table4_way;

enum { TABLE4_SIZES = 5, TABLE4_PLANS = 58 };

/* What a trial is, but for the seed. */
typedef struct table4_plan {
    char setting[48]; /* in the database: sst/continue/guided-45, sst/border */
    model_task task;
    table4_way way;
    table4_condition condition;
    size_t m; /* insertions a word; 0 = none */
} table4_plan;

/* All of them, the cheap ones first; returns how many. */
size_t table4_plans(int quick, table4_plan out[TABLE4_PLANS]);

const char *table4_condition_name(table4_condition condition);
const char *table4_way_name(table4_way way);

/* ---- table4_trial.c -------------------------------------------------------------------------- */

/* A dataset, and what a seed's network misclassifies of it. Begin with zeros; all is owned. */
typedef struct table4_case {
    model m;
    uint64_t seed; /* of what follows; NULLs before the first */
    uint32_t *before;
    size_t *targets; /* [n] test numbers */
    size_t n;
    uint32_t truth;  /* their class */
    double accuracy; /* before */
} table4_case;

/* Make the network of a seed, or take it from the output folder, and find its targets. Incomplete,
 * so not to be used, where ctx->stopped is 1. */
rr_status table4_prepare(experiment_context *ctx, table4_case *c, uint64_t seed, rr_error *err);
/* Release what belongs to a seed; and all. */
void table4_release(table4_case *c);
void table4_clear(table4_case *c);

/* How a trial inserts, and how it trains. */
rr_repair_config table4_repair(const table4_plan *p, uint64_t seed);
void table4_recipe(const experiment_context *ctx, const table4_case *c, table4_way way,
                   rr_network_config *network, rr_train_config *training);

/* Carry out a trial of a case that is ready, and record it, unless ctx->stopped is 1: errors,
 * inserted, balance, fixed, share, broken, accuracy, accuracy_before, change; for each
 * target
 * ("error@NUMBER") whether it is fixed. */
rr_status table4_trial(experiment_context *ctx, const table4_case *c, const table4_plan *p,
                       rr_error *err);

/* ---- table4_border.c ------------------------------------------------------------------------- */

/* A test sentence; margin is above 0 where it is read as the class of the targets. */
typedef struct table4_margin {
    float margin;
    int of_class, is_target;
} table4_margin;

enum { TABLE4_PERCENTS = 101 };

/* change[P]: what the border costs or gains, as a share of the n sentences, where it is moved so
 * that at least P percent of the targets are predicted correctly, at the best place for that. The
 * sentences are sorted by it. */
void table4_border_curve(table4_margin *sentences, size_t n, double change[TABLE4_PERCENTS]);

/* Record that of a case: errors, change@P. */
rr_status table4_border(experiment_context *ctx, const table4_case *c, const table4_plan *p,
                        rr_error *err);

/* ---- table4_cost.c --------------------------------------------------------------------------- */

/* change@P of the border for a share of the targets, its percents rounded down; NaN where it is not
 * recorded. */
double table4_border_at(const experiment_results *results, model_task task, double share);

/* The change of accuracy over the share that is fixed, beside that of the border moved. */
rr_status table4_draw_cost(experiment_context *ctx, const experiment_results *results,
                           const table4_plan *plans, size_t n, rr_error *err);

/* ---- table4_report.c ------------------------------------------------------------------------- */

/* Stable errors are the targets of every seed recorded. Returns how many a setting has; *share is
 * the mean share of them that is fixed, NaN where there are none. */
rr_status table4_stable(const experiment_results *results, const char *setting, size_t *n,
                        double *share, rr_error *err);

rr_status table4_report(experiment_context *ctx, const experiment_results *results, rr_error *err);

#endif
