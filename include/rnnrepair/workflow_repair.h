/* SPDX-License-Identifier: MIT */
/* workflow_repair.h - repair on a session: targets among the errors of a split, new training
 * samples for them, a child run retrained on these, and what changed.
 *
 *     rr_repair_request request = rr_repair_request_default(s);
 *     rr_session_repair(s, &request, "repaired", &result, err);
 *     result->of_targets.fixed, result->all.newly_broken, ...
 *     rr_repair_result_free(result); */
#ifndef RNNREPAIR_WORKFLOW_REPAIR_H
#define RNNREPAIR_WORKFLOW_REPAIR_H

#include "rnnrepair/additions.h"
#include "rnnrepair/quality.h"
#include "rnnrepair/repair.h"
#include "rnnrepair/workflow.h"

RR_BEGIN_DECLS

/** A bit of rr_repair_request.controls: a control with this strategy. */
#define RR_CONTROL(strategy) (1u << (strategy))
/** shift, and none and direct where they are estimated to take less than a minute. */
#define RR_CONTROLS_AUTO 0x80000000u

/** Settings of a repair. Borrowed for the call. */
typedef struct rr_repair_request {
    size_t struct_size;    /**< set by the default */
    rr_split split;        /**< whose errors; RR_SPLIT_OTHER = those of the cases that
                                rr_session_other() opened */
    const size_t *targets; /**< [count_targets] these errors, in any order; NULL = chosen: */
    size_t count_targets;
    size_t most;             /**< at most so many, those the network is most confident of, >= 1, */
    const char *truth;       /**< of this class, by name or number; NULL = of every class. At level
                                  segment only those with a suspect step that can be used */
    rr_repair_config search; /**< seed and threads are those of retrain and of the session; excluded
                                  is what the guard holds back */
    rr_retrain_config retrain; /**< its guard is set here. At level output nothing is trained */
    const char *export_path;   /**< also write the training set and the additions there as jsonl;
                                    NULL = do not */
    int halves; /**< 1: targets are errors with even numbers alone, and measured is what has odd
                     ones */
    unsigned controls;   /**< RR_CONTROL() of none, direct, random, shift, added; RR_CONTROLS_AUTO;
                              0 = no control, of which level output has none either */
    size_t max_broken;   /**< inputs of the guard that the weights kept may break; SIZE_MAX = fewer
                              than they fix, or none */
    int keep_harmful;    /**< 1: the last weights are kept, whatever they break, and nothing is held
                            back */
    size_t guard_points; /**< comparisons with the guard an epoch; 0 = no guard, and nothing is held
                              back */
} rr_repair_request;

/** The 100 most confident errors of dev, or of test where the run has no dev split; the defaults of
 *  search and retraining, but frames are repaired by strategy mixed, and what it adds is that of
 *  the data; controls auto; fewer broken than fixed, or none, and that is looked at 8 times an
 *  epoch.
 *  Errors   none; the strings are NULL. */
RR_API rr_repair_request rr_repair_request_default(const rr_session *s);

/** A retraining, that of the repair or of a control, and what it changed. Counts are of sequences,
 * or of steps where the run has an output at each. */
typedef struct rr_retraining {
    rr_strategy strategy;
    size_t added;   /**< samples added to the training set */
    size_t updates; /**< of the weights: the same number in every retraining of a repair; 0 of
                         control shift */
    size_t kept;    /**< after so many the weights were kept that are measured here */
    int harmful;    /**< 1: no weights along the way obey the guard, none are kept, and the last are
                         measured; of the repair itself also where rr_repair_result.worse */
    double search_seconds, train_seconds;
    rr_outcome targets;
    rr_outcome unseen; /**< inputs that are measured and are no targets: their errors are unseen */
    rr_outcome guard;  /**< of the inputs of the guard; zeros without */
    rr_effect measured;
    rr_class_outcome *classes; /**< [C] of the inputs measured; owned by the result */
} rr_retraining;

/** How good predictions are on what is measured. Of more than two classes auc is the mean over the
 *  classes of that of each against the rest, by its probability. It knows no decision threshold:
 *  what shifts the threshold alone leaves the auc of two classes as it is. */
typedef struct rr_repair_quality {
    rr_quality all;    /**< of all that is measured */
    rr_quality unseen; /**< of it without the targets */
} rr_repair_quality;

/** What control shift does: before the largest is taken, `by` is added to the logit of class
 *  `label`. It is the least shift of one class, either way, that fixes as many targets as the
 *  repair; where none does, that by which most targets and inputs of the guard are right. */
typedef struct rr_logit_shift {
    uint32_t label;
    double by; /**< logits; 0 where no shift fixes a target */
} rr_logit_shift;

/** The result of a repair. Plain data, read-only; borrowed parts belong to the session. Of a run
 *  with an output at every step a target is a wrong step, and predictions and outcomes are of
 * steps: N is the number of all steps of the split. The listed targets are sequences: all wrong
 * steps of theirs. */
typedef struct rr_repair_result {
    const rr_dataset *ds;    /**< the split, N sequences; borrowed */
    const rr_dataset *train; /**< the training set before; borrowed */
    const uint32_t *before;  /**< [N] predictions before; borrowed */
    rr_repair *search;
    const rr_repair_target *targets; /**< [count] of search */
    size_t count;
    size_t generated, accepted; /**< sums over the targets */
    rr_dataset *additions;
    rr_session *child; /**< the retrained run; NULL without dir, and where nothing is kept */
    uint32_t *after;   /**< [N] its predictions; NULL where nothing was retrained */
    rr_outcome all, of_targets; /**< of the whole split, and of the targets; zeros without after */
    int steps;                  /**< 1: targets are single steps */
    rr_retraining *retrainings; /**< [count_retrainings] the repair's own, then its controls by
                                     strategy; none where nothing was retrained */
    size_t count_retrainings;
    const rr_dataset *measured; /**< what is measured: test, or where there is none the split; with
                                     halves the split, sequences with odd numbers; borrowed */
    rr_split measured_split;
    rr_guard guard;    /**< as it was used; held belongs to the result */
    rr_hotfix *hotfix; /**< level output: the solution; inputs are numbered as in targets, and
                            behind them the training inputs that were right. Else NULL */
    rr_repair_target *listed; /**< level output: what targets points to; of steps in their order */
    double states_seconds;    /**< level output: running the network for the states */
    int test_used; /**< 1: targets are of test, which is no test of the new run any more */
    rr_repair_quality quality_before; /**< of what is measured */
    rr_class_quality *classes_before; /**< [C] of all that is measured; owned by the result */
    rr_repair_quality *qualities;     /**< [count_retrainings] after; owned by the result */
    rr_class_quality *classes_after;  /**< [count_retrainings][C]; owned by the result */
    rr_logit_shift shift;             /**< of control shift, where it is among them */
    int worse; /**< 1: harmful, as the split of the errors, targets included, is worse than before
                */
} rr_repair_result;

/** Choose targets, those first that the network is most confident of, search for samples, retrain
 *  on them into a child run in `dir`, and measure what changed, beside controls: retrainings with
 *  as many updates of the weights, other samples, and no directory. dir NULL: only search and
 *  export. The directory is reserved before the search.
 *  The guard is dev, or where the targets are of dev, or there is none, a tenth of the training
 *  set, at most 2,000 (of a small one a quarter, at most 50), sampled by class and held back; at
 *  level output dev alone. Where no weights along the way obey it, no run is kept: the call
 *  succeeds, child is NULL and retrainings[0].harmful is 1. By default that is so, too, where the
 *  weights kept break as many inputs of the split of the errors as they fix, targets included, or
 *  lose macro-F1 there.
 *  Memory   *out is owned by the caller: rr_repair_result_free(), before the session is closed.
 *           On failure it is NULL, but after a cancellation while the child was trained it holds
 *           the unfinished child, to be resumed by rr_session_train().
 *  Errors   ARG (no such error; none with a suspect step that can be used; another control; as
 *           rr_repair_new()), as rr_session_influence(), rr_session_predict(),
 *           rr_repair_step(), rr_session_child(), rr_session_check_output() of export_path,
 *           rr_dataset_save_jsonl(); CANCELLED. */
RR_API RR_MUST_USE rr_status rr_session_repair(rr_session *s, const rr_repair_request *request,
                                               const char *dir, rr_repair_result **out,
                                               rr_error *err);

/** Release, the child's session as well; NULL is allowed. */
RR_API void rr_repair_result_free(rr_repair_result *r);

/* ---- several seeds -------------------------------------------------------------------------- */

/** The outcome with one seed. */
typedef struct rr_repair_seed {
    uint64_t seed;
    size_t kept; /**< additions */
    rr_outcome all, of_targets;
    int harmful; /**< 1: no run is kept of this seed */
} rr_repair_seed;

/** A mean over seeds, and its 95 % interval by Student's t; of one seed low and high are the mean.
 */
typedef struct rr_interval {
    double mean, low, high;
} rr_interval;

/** A retraining over all seeds, as rr_retraining. */
typedef struct rr_series_retraining {
    rr_strategy strategy;
    size_t harmful; /**< of so many seeds nothing is kept */
    rr_interval added, targets_fixed, unseen_fixed, unseen_left;
    rr_interval broken;                              /**< of the inputs measured, right before */
    rr_interval accuracy;                            /**< after, of the inputs measured */
    rr_interval divergence, calibration_error, loss; /**< after */
    rr_interval seconds;                             /**< search and training */
} rr_series_retraining;

/** How good predictions are over all seeds, after. */
typedef struct rr_series_quality {
    rr_interval macro_f1, auc, unseen_auc; /**< as rr_repair_quality */
} rr_series_quality;

/** A target over all seeds. */
typedef struct rr_series_target {
    size_t id; /**< in the split */
    uint32_t truth, prediction;
    double fixed; /**< fraction of the seeds that fixed it */
    size_t step;  /**< as rr_repair_target */
    size_t unit;  /**< the same */
} rr_series_target;

/** The same targets repaired with several seeds. Plain data, read-only. */
typedef struct rr_repair_series {
    rr_repair_seed *seeds; /**< [count_seeds] */
    size_t count_seeds;
    rr_series_target *targets; /**< [count] */
    size_t count;
    double mean_kept, mean_fixed, mean_still_failing, mean_newly_broken; /**< over the seeds; of the
                                        targets, but newly_broken of the split */
    double accuracy_before, accuracy_after; /**< of the split; after: mean over the seeds */
    rr_series_retraining *retrainings;      /**< [count_retrainings] as of a result */
    size_t count_retrainings;
    rr_effect before; /**< of the inputs measured: what is of before alone */
    rr_split measured_split;
    int test_used;                    /**< as of a result */
    rr_repair_quality quality_before; /**< of the inputs measured */
    rr_series_quality *qualities;     /**< [count_retrainings] */
} rr_repair_series;

/** Called with the repair of each seed as soon as it is finished; a failure ends the series. */
typedef rr_status (*rr_repair_report)(void *self, const rr_repair_request *request, const char *dir,
                                      const rr_repair_result *result, rr_error *err);

/** Repair once with each seed, into dir/seed-S; all directories are reserved before the first
 *  search. Finished runs remain after a cancellation. report may be NULL.
 *  Shapes   seeds is [n], n >= 1.
 *  Memory   on RR_OK *out is owned by the caller: rr_repair_series_free(), before the session is
 *           closed. Else *out is NULL.
 *  Errors   as rr_session_repair(), rr_run_reserve(), report(). */
RR_API RR_MUST_USE rr_status rr_session_repair_seeds(rr_session *s,
                                                     const rr_repair_request *request,
                                                     const char *dir, const uint64_t *seeds,
                                                     size_t n, rr_repair_report report, void *self,
                                                     rr_repair_series **out, rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_repair_series_free(rr_repair_series *series);

/* ---- samples to add, for training elsewhere ------------------------------------------------- */

/** What is exported. Borrowed for the call. */
typedef struct rr_export_request {
    size_t struct_size;    /**< set by the default */
    rr_split split;        /**< whose errors; RR_SPLIT_OTHER = those of other data or states */
    const size_t *targets; /**< [count_targets] these errors, in this order; NULL = chosen: */
    size_t count_targets;
    size_t most;       /**< at most so many, those the network is most confident of, >= 1, */
    const char *truth; /**< of this class, by name or number; NULL = of every class */
    rr_additions_config search; /**< threads is the session's */
    const char *path;           /**< FILE.jsonl or FILE.npz; NULL = nothing is written */
} rr_export_request;

/** The 100 most confident errors of test, rr_additions_config_default() with the measure of
 *  rr_session_question(). */
RR_API rr_export_request rr_export_request_default(const rr_session *s);

/** Samples to add, for a network that is trained elsewhere. Plain data, read-only; borrowed parts
 *  belong to the session. */
typedef struct rr_export {
    const rr_dataset *ds;    /**< the split; borrowed */
    const rr_dataset *train; /**< the training set; borrowed */
    size_t *targets;         /**< [count] numbers in the split */
    size_t count;
    rr_additions *additions; /**< its targets are indices into `targets` */
    size_t without;          /**< targets without a sample */
} rr_export;

/** Choose targets, find the samples to add for each (additions.h), and write them with why each:
 *  as jsonl a line a sample, as npz arrays (docs/FORMAT.md#samples-to-add). Needs no network: it
 *  works on runs of states, and on other runs in the place of a repair that is trained elsewhere.
 *  Memory   on RR_OK *out is owned by the caller: rr_export_free(), before the session is closed.
 *           Else *out is NULL.
 *  Errors   ARG (no such error; another file name), as rr_session_influence(),
 *           rr_session_predict(), rr_additions_find(), rr_session_check_output() of path; IO;
 *           CANCELLED. */
RR_API RR_MUST_USE rr_status rr_session_export(rr_session *s, const rr_export_request *request,
                                               rr_export **out, rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_export_free(rr_export *x);

RR_END_DECLS

#endif
