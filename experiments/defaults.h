/* SPDX-License-Identifier: MIT */
/* defaults.h - what the commands give without options: data of several kinds, each taken through
 * training, the influence model, explanations, an audit and a repair, as the commands do by
 * themselves. */
#ifndef EXPERIMENTS_DEFAULTS_H
#define EXPERIMENTS_DEFAULTS_H

#include "experiments/experiment.h"

/* ---- defaults_data.c ------------------------------------------------------------------------- */

enum { DEFAULTS_SETS = 6 };

/* A set of data, as a user names it. */
typedef struct defaults_set {
    const char *name;       /* of the setting */
    const char *kind;       /* of source */
    const char *train;      /* file or folder below that of the data */
    const char *test;       /* its file of the test split; NULL = in the same place */
    const char *parameters; /* what the file cannot say; "" = nothing */
    int thinned;            /* class of which one in ten training sequences is kept; -1 = none */
} defaults_set;

extern const defaults_set defaults_sets[DEFAULTS_SETS];

/* Whether its files are there; *missing is the first that is not, owned, else NULL. */
rr_status defaults_missing(const experiment_context *ctx, const defaults_set *set, char **missing,
                           rr_error *err);

/* KIND:PLACE?PARAMETERS, owned; with the quick flag the first few hundred sequences. */
rr_status defaults_spec(const experiment_context *ctx, const defaults_set *set, char **out,
                        rr_error *err);

/* The files of label decisions of a trial, and what they make wrong. */
typedef struct defaults_labels {
    char *thinned;        /* path: sequences that are dropped; NULL = none are */
    char *noisy;          /* path: the same, and wrong labels for a tenth of the others */
    size_t count;         /* N, of the training set without those dropped */
    unsigned char *wrong; /* [N] 1 = by `noisy` its label is wrong */
} defaults_labels;

/* Write them into a folder. Memory: defaults_labels_clear(). */
rr_status defaults_make_labels(const defaults_set *set, const char *spec, const char *folder,
                               uint64_t seed, defaults_labels *out, rr_error *err);
void defaults_labels_clear(defaults_labels *l);

/* ---- defaults_trial.c ------------------------------------------------------------------------ */

/* The ways of ranking labels that are compared; the first is the default. */
typedef struct defaults_way {
    const char *metric, *title;
    rr_audit_method method;
} defaults_way;

enum { DEFAULTS_WAYS = 3 };
extern const defaults_way defaults_ways[DEFAULTS_WAYS];

/* Take a set through all commands, and record
 *   accuracy, macro_f1, least_recall, errors   of the test split;
 *   states, stability      of the influence model;
 *   states_shown, tied     of explanations, the mean over the first errors: states that differ, and
 *                          sequences left out that score as much as the last one listed;
 *   ap_WAY                 average precision of the audits of wrong labels;
 *   repair_...             targets and those fixed, what is kept (0: nothing), the accuracy after,
 *                          and that of the control that adds nothing;
 *   train, build, repair   seconds.
 * What does not apply is not recorded. */
rr_status defaults_trial(experiment_context *ctx, const defaults_set *set, uint64_t seed,
                         rr_error *err);

#endif
