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
#include "rnnrepair/repair.h"
#include "rnnrepair/workflow.h"

RR_BEGIN_DECLS

/** Settings of a repair. Borrowed for the call. */
typedef struct rr_repair_request {
    size_t struct_size;    /**< set by the default */
    rr_split split;        /**< whose errors */
    const size_t *targets; /**< [count_targets] these errors, in this order; NULL = chosen: */
    size_t count_targets;
    size_t most;             /**< at most so many, those the network is most confident of, >= 1, */
    const char *truth;       /**< of this class, by name or number; NULL = of every class. At level
                                  segment only those with a suspect step that can be used */
    rr_repair_config search; /**< seed and threads are those of retrain and of the session */
    rr_retrain_config retrain;
    const char *export_path; /**< also write the training set and the additions there as jsonl;
                                  NULL = do not */
} rr_repair_request;

/** The 100 most confident errors of test, the defaults of search and retraining.
 *  Errors   none; the strings are NULL. */
RR_API rr_repair_request rr_repair_request_default(const rr_session *s);

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
    rr_session *child;          /**< the retrained run; NULL without dir */
    uint32_t *after;            /**< [N] its predictions; NULL without child */
    rr_outcome all, of_targets; /**< of the whole split, and of the targets; zeros without after */
    int steps;                  /**< 1: targets are single steps */
} rr_repair_result;

/** Choose targets, search for samples, retrain on them into a child run in `dir`, and count what
 *  changed. dir NULL: only search and export. The directory is reserved before the search.
 *  Memory   *out is owned by the caller: rr_repair_result_free(), before the session is closed.
 *           On failure it is NULL, but after a cancellation while the child was trained it holds
 *           the unfinished child, to be resumed by rr_session_train().
 *  Errors   ARG (no such error; none with a suspect step that can be used; as rr_repair_new()), as
 *           rr_session_influence(), rr_session_predict(), rr_repair_step(), rr_session_child(),
 *           rr_session_check_output() of export_path, rr_dataset_save_jsonl(); CANCELLED. */
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
} rr_repair_seed;

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
