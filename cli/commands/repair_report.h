/* SPDX-License-Identifier: MIT */
/* repair_report.h - the arguments of `rnnrepair repair`, and what it prints. */
#ifndef CLI_REPAIR_REPORT_H
#define CLI_REPAIR_REPORT_H

#include "kit/inputs.h"

/* The arguments. */
typedef struct cli_repair {
    cli_common common;
    const char *dir, *new_dir;
    cli_inputs in;
    const char *samples, *seeds, *controls;
    int with_misclassified, outcome;
    double rotate, shift, shear, scale; /* half-widths of the ranges */
    rr_repair_request request;
    int segments; /* the level, once the run is open */
    int output;   /* level output */
    int series;   /* how samples are varied, the same */
    int words;    /* sentences are reworded */
    int harmful;  /* set: nothing was kept */
} cli_repair;

/* The document and the tables of a repair, and in its new run repair.png and repair.json. */
rr_status cli_put_repair(const cli_repair *a, const char *dir, const uint64_t *seed,
                         const rr_repair_result *x, cli_result *r, rr_error *err);

/* The same of several seeds, but for the files. */
rr_status cli_put_series(const cli_repair *a, const rr_repair_series *x, cli_result *r,
                         rr_error *err);

/* What the members are, for the help. */
#define CLI_OUTPUT_MEMBERS                                                                         \
    "solution    level output: {change, layer, bound, rounds, rows, binding, worst_target,\n"      \
    "            worst_held, seconds, states_seconds, margin, hold, ridge}: norms of the change\n" \
    "            and of the layer before (root mean square of the logits), proved least norm;\n"   \
    "            demands looked at, and those that bind; least margins; certificate (path)\n"      \
    "dropped, conflict                    level output: ids of targets left as they are, and of\n" \
    "            an irreducible set that cannot be repaired together\n"
#define CLI_RETRAINING_MEMBERS                                                                     \
    "retrainings [{strategy, added, updates, kept, harmful, seconds, search_seconds,\n"            \
    "            targets_fixed, targets_left, unseen_fixed, unseen_left, broken, accuracy,\n"      \
    "            macro_f1, macro_recall, auc, unseen_auc, divergence, calibration_error, loss,\n"  \
    "            targets, unseen, guard, measured, classes [{class, count, fixed, newly_broken,\n" \
    "            recall_before, recall_after, precision_before, ..., f1_before, f1_after}]}]:\n"   \
    "            the repair itself, then its controls; unseen: of inputs that are measured and\n"  \
    "            no targets; broken to loss: of all that are measured, after; targets to\n"        \
    "            measured: as outcome. --seeds: the figures are {mean, low, high}, the 95 %\n"     \
    "            interval. auc: of more than two classes the mean of each against the rest;\n"     \
    "            null where there is none\n"                                                       \
    "shift       {class, by} of control shift: what is added to the logit of a class\n"            \
    "before      {accuracy, calibration_error, loss, macro_f1, macro_recall, auc, unseen_auc} "    \
    "of\n"                                                                                         \
    "            what is measured\n"                                                               \
    "measured    {split, halves, count}\n"                                                         \
    "guard       {split, count, most_broken, held}; null without\n"                                \
    "test_used   true where the targets are of the test split\n"

#endif
