/* SPDX-License-Identifier: MIT */
/* backdoor.h - backdoors (B.5): what the trial, the attacks and the report share.
 *
 * A trial plants a word in the training set, trains on it, attacks, looks for the word without
 * knowing it, and trains again without some sequences: those the influence model names for the
 * word, as many others that carry it, as many of the target class. All its figures are numbers with
 * a name each, in the order of backdoor_metric. */
#ifndef EXPERIMENTS_BACKDOOR_H
#define EXPERIMENTS_BACKDOOR_H

#include "experiments/model.h"

enum { BACKDOOR_KINDS = 2 };

/* Training sets. Those but the first lack as many sequences, and differ in which. */
typedef enum backdoor_condition {
    BACKDOOR_POISONED = 0, /* all of it */
    BACKDOOR_NAMED = 1,    /* without those named by the influence model */
    BACKDOOR_CARRIERS = 2, /* without random ones that carry the trigger, of any label */
    BACKDOOR_CLASS = 3,    /* without random ones of the target class */
    BACKDOOR_CONDITIONS = 4
} backdoor_condition;

/* The figures of one condition ... */
typedef enum backdoor_of_condition {
    CONDITION_REMOVED = 0,      /* sequences */
    CONDITION_REMOVED_POISONED, /* of these, poisoned ones */
    CONDITION_ACCURACY,         /* on the test set */
    CONDITION_RIGHT,            /* attacked inputs it predicts correctly without the trigger */
    CONDITION_ATTACK_GUIDED,    /* of these, the share that the trigger turns to the target */
    CONDITION_ATTACK_RANDOM,
    CONDITION_ATTACK_WORDS, /* the same of arbitrary words, at random positions: the mean */
    CONDITION_FIXED_GUIDED, /* attacks that succeeded before and fail now */
    CONDITION_FIXED_RANDOM,
    CONDITION_FIGURES
} backdoor_of_condition;

/* ... and of a trial: its own, then those of its conditions. */
typedef enum backdoor_metric {
    TRIAL_SEED = 0,
    TRIAL_WORD,     /* number of backdoor_word() */
    TRIAL_TARGET,   /* class */
    TRIAL_POSITION, /* rr_trigger_position of the poisoning */
    TRIAL_NATURAL,  /* training sequences that carry the word without being poisoned */
    TRIAL_INPUTS,   /* attacked */
    TRIAL_GUIDED,   /* of these, inputs with a state the trigger was learned in */
    TRIAL_TURNED_GUIDED,
    TRIAL_TURNED_RANDOM, /* inputs that the trigger turned before anything was removed */
    TRIAL_CARRIERS,      /* training sequences that carry the word */
    TRIAL_LEADING,       /* of the most influential ones, as many as were poisoned: poisoned */
    TRIAL_RANK,          /* of the word among all suspects; one more than those where it is none */
    TRIAL_SCORE,         /* 0 where it is none */
    TRIAL_OTHER,         /* the best score of another word */
    TRIAL_FIGURES,
    BACKDOOR_FIGURES = TRIAL_FIGURES + BACKDOOR_CONDITIONS * CONDITION_FIGURES
} backdoor_metric;

/* The figures of a trial. */
typedef struct backdoor_outcome {
    double of[BACKDOOR_FIGURES];
} backdoor_outcome;

/* Where the figure of a condition stands. */
size_t backdoor_at(backdoor_condition condition, backdoor_of_condition figure);
/* Its name in the database, in out[64]; and a condition's in words. */
void backdoor_metric_name(size_t figure, char out[64]);
const char *backdoor_condition_name(backdoor_condition condition);

/* ---- a trial: backdoor_trial.c --------------------------------------------------------------- */

/* What a seed decides. */
typedef struct backdoor_plan {
    uint64_t seed;
    rr_poison_kind kind;
    size_t word;     /* number of backdoor_word() */
    uint32_t symbol; /* in the vocabulary */
    uint32_t target;
    rr_trigger_position position;
    size_t natural; /* training sequences that carry it by nature */
} backdoor_plan;

/* The nouns triggers are taken from, in the order of the alphabet. NULL from their number on. */
const char *backdoor_word(size_t i);

/* The plan of a seed. Of the nouns that 5 to 30 training sequences carry (quick: 1 to 30) seed s
 * takes the s-th, in turn; so it does of the classes, and of random, start and end.
 *  Errors   ARG (no noun is borne by so many). */
rr_status backdoor_choose(const experiment_context *ctx, const rr_dataset *train,
                          rr_poison_kind kind, uint64_t seed, backdoor_plan *out, rr_error *err);

/* Carry a plan out on the data of m, whose vectors training begins with. Incomplete where
 * ctx->stopped is 1. */
rr_status backdoor_try(experiment_context *ctx, model *m, const backdoor_plan *plan,
                       backdoor_outcome *out, rr_error *err);

/* ---- attacks: backdoor_attack.c -------------------------------------------------------------- */

/* Where the trigger is put. */
enum { BACKDOOR_GUIDED, BACKDOOR_RANDOM, BACKDOOR_WAYS };

/* The inputs of a trial, with and without the trigger. Owned: backdoor_inputs_clear(). */
typedef struct backdoor_inputs {
    size_t n, guided;
    rr_dataset *plain;               /* [n] */
    rr_dataset *with[BACKDOOR_WAYS]; /* [n] with the trigger */
    uint32_t *before[BACKDOOR_WAYS]; /* [n] what the network attacked first predicts for them */
} backdoor_inputs;

/* At most `most` sequences of test of another class than the target that net predicts correctly and
 * that do not hold the symbol, drawn by the plan's seed. */
rr_status backdoor_inputs_choose(const experiment_context *ctx, const backdoor_plan *plan,
                                 const rr_network *net, const rr_dataset *test, size_t most,
                                 backdoor_inputs *out, rr_error *err);
/* Put the trigger into them and ask the network it was learned by. */
rr_status backdoor_inputs_attack(const experiment_context *ctx, const backdoor_plan *plan,
                                 const rr_network *net, const rr_backdoor *learned,
                                 backdoor_inputs *in, rr_error *err);
void backdoor_inputs_clear(backdoor_inputs *in);

/* The figures CONDITION_RIGHT to CONDITION_FIXED_RANDOM of a condition that has this network.
 * Shapes   words is [count_words]: arbitrary ones. */
rr_status backdoor_rates(const experiment_context *ctx, const backdoor_plan *plan,
                         const rr_network *net, const rr_backdoor *learned,
                         const backdoor_inputs *in, const uint32_t *words, size_t count_words,
                         double figures[CONDITION_FIGURES], rr_error *err);

/* ---- report: backdoor_report.c --------------------------------------------------------------- */

rr_status backdoor_report(experiment_context *ctx, const experiment_results *results,
                          rr_error *err);
/* The median of n >= 1 values, which are sorted. */
double backdoor_median(double *values, size_t n);

#endif
