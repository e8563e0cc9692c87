/* SPDX-License-Identifier: MIT */
/* table3_improved.h - what the trials of table3-improved are, shared by trials and report. */
#ifndef EXPERIMENTS_TABLE3_IMPROVED_H
#define EXPERIMENTS_TABLE3_IMPROVED_H

#include "experiments/table3.h"

enum {
    IMPROVED_BUDGETS = 4,
    IMPROVED_WAYS = 2,
    IMPROVED_CONDITIONS = 3,
    IMPROVED_SETTINGS = IMPROVED_WAYS * (1 + IMPROVED_CONDITIONS * IMPROVED_BUDGETS)
};

enum { IMPROVED_CONTINUE, IMPROVED_SCRATCH }; /* ways to train; the quick ones first */
/* Images chosen by influence; from the same sources by gradients; at random. */
enum { IMPROVED_GUIDED, IMPROVED_ALIGNED, IMPROVED_RANDOM, IMPROVED_SEARCHES = IMPROVED_RANDOM };

/* One trial: a way, and a condition with a budget, 0 = nothing is added. */
typedef struct improved_plan {
    char setting[40]; /* in the database: continue/guided-500 */
    size_t way, condition, budget;
} improved_plan;

/* All of them, way by way; returns how many. */
size_t improved_plans(int quick, improved_plan out[IMPROVED_SETTINGS]);

const char *improved_way_name(size_t way);
const char *improved_condition_name(size_t condition);

/* ---- table3_improved_report.c ---------------------------------------------------------------- */

rr_status improved_report(experiment_context *ctx, const experiment_results *results,
                          rr_error *err);

#endif
