/* SPDX-License-Identifier: MIT */
/* lds.h - the experiment lds: what its trials and its report share. */
#ifndef EXPERIMENTS_LDS_H
#define EXPERIMENTS_LDS_H

#include "experiments/evidence.h"

/* Kinds of trials of a setting: a share of the training set left out at random, or the first of
 * what each method names. */
typedef enum lds_kind { LDS_1 = 0, LDS_5, LDS_50, LDS_REMOVAL, LDS_KINDS } lds_kind;

/* Points of a method's curve in the database. */
enum { LDS_MEAN = 0, LDS_LOW, LDS_HIGH, LDS_MARGIN }; /* of a share left out */
enum { LDS_FLIPS = 0, LDS_CHANGE };                   /* of a removal */
#define LDS_HALVES "sum of the halves' actual changes"

/* In the order in which they are asked, by scope. */
enum { LDS_METHODS = 8 };
extern const evidence_method lds_methods[LDS_METHODS];

/* The settings of the training, and the names of their trials: [settings][LDS_KINDS]. */
const evidence_setting *lds_settings(const experiment_context *ctx, size_t *n);
const char *lds_kind_name(lds_kind kind);
void lds_trial_name(const evidence_setting *setting, lds_kind kind, char out[96]);

/* How many methods and kinds there are of a scope. */
size_t lds_count_methods(evidence_scope scope);
lds_kind lds_count_kinds(evidence_scope scope);

/* Subsets left out at random: `share` of N, marked in out [N]. Number 2k and 2k + 1 have no
 * sequence in common. */
rr_status lds_sample(size_t N, double share, uint64_t seed, size_t number, unsigned char *out,
                     rr_error *err);

/* Carry out one. */
rr_status lds_trial(experiment_context *ctx, evidence *e, lds_kind kind, const char *name,
                    rr_error *err);

rr_status lds_report(experiment_context *ctx, const experiment_results *results, rr_error *err);

#endif
