/* SPDX-License-Identifier: MIT */
/* audit_steps.h - rank the labels of single training steps: which are likely wrong?
 *
 * As rr_audit_run() for data whose steps have labels of their own, such as part-of-speech tags or
 * the sounds of speech. The network's opinion comes from a source of states of the training set, so
 * that it serves a built-in network (rr_network_states()) and states from outside alike. Of a run
 * directory: rr_session_audit_steps(). Definitions: docs/ALGORITHMS.md#labels-of-steps. */
#ifndef RNNREPAIR_AUDIT_STEPS_H
#define RNNREPAIR_AUDIT_STEPS_H

#include "rnnrepair/audit.h"

RR_BEGIN_DECLS

/** How well other training steps support labels of each training step: the logarithm of the
 *  fraction of the label among the *other* labelled steps with the same key, smoothed towards that
 *  among the steps in the same state with the same prediction, and this towards that among all.
 *  Nats, below 0.
 *
 *  Shapes   support and best are [R], training steps one after another: of the given label, 0 where
 *           there is none; and the best supported other label, RR_NO_LABEL where there is none
 *           given. best may be NULL.
 *  Errors   ARG (training steps without labels; a key as in rr_influence_segment()), UNSUPPORTED,
 *           NOMEM.
 *  Cost     one pass over the posting lists, C values for each step where best is wanted, else for
 *           each list; a table of K*C*C counts, or where that is above 2^26 of K*C.
 *  Threads  one. */
RR_API RR_MUST_USE rr_status rr_step_support(const rr_influence *inf, rr_key key, float *support,
                                             uint32_t *best, rr_error *err);

/** The method of a ranking of steps. */
typedef struct rr_step_audit_config {
    size_t struct_size;     /**< set by the default */
    rr_audit_method method; /**< combined, influence, self-confidence or random */
    rr_key key;             /**< combined, influence: of rr_step_support() */
    size_t top;             /**< steps whose evidence is gathered, >= 1 */
    uint64_t seed;          /**< of random */
} rr_step_audit_config;

/** combined, key transition, top 20, seed 1. */
RR_API rr_step_audit_config rr_step_audit_config_default(void);

/** A training step and the evidence about it. */
typedef struct rr_step_audit_row {
    uint32_t sequence;
    uint32_t step;       /**< 1..T */
    uint32_t given;      /**< its label */
    uint32_t suggested;  /**< the prediction, or where that is the given one the best supported
                              other */
    uint32_t prediction; /**< by the network */
    double score;        /**< larger is more suspect */
    float support;       /**< rr_step_support() of its label, nats */
    float confidence;    /**< probability of its label, 0..1; negative where unknown */
} rr_step_audit_row;

/** A finished ranking of the labelled training steps. Plain data. */
typedef struct rr_step_audit_result {
    size_t sequences;              /**< N */
    size_t steps;                  /**< L, the labelled ones, in the order of the training set */
    double seconds;                /**< of the ranking, with all that the method computes */
    const rr_posting *places;      /**< [L] where they are */
    const double *scores;          /**< [L] */
    const uint32_t *order;         /**< [L] their numbers by descending score, ties by number */
    const rr_step_audit_row *rows; /**< [count_rows] the first ones */
    size_t count_rows;
    int has_found; /**< 1: wrong labels are known, and the rest is filled in, as in
                        rr_audit_result */
    rr_audit_found found[RR_AUDIT_FOUND];
    rr_audit_needed needed[RR_AUDIT_NEEDED];
    double average_precision;
    double area, area_influential;
} rr_step_audit_result;

/** An audit of steps. Opaque; immutable. */
typedef struct rr_step_audit rr_step_audit;

/** Rank the labelled steps of the training set of inf, and gather the evidence. callbacks may be
 *  NULL.
 *  source       of its states, the ones inf was built from; read once where the method or the
 *               evidence needs probabilities. NULL where there is none: then there are no
 *               confidences
 *  mislabelled  [R] 1 = the label of this training step is known to be wrong; NULL = unknown
 *  Memory   on RR_OK *out is owned by the caller: rr_step_audit_free(). Else *out is NULL. Nothing
 *           is borrowed.
 *  Errors   ARG (cfg; another method; one class alone; training steps without labels),
 *           UNSUPPORTED (a method that needs probabilities, which the source does not have; more
 *           than 2^32 - 1 labelled steps), those of the source, MISMATCH (a source of another
 *           training set), as rr_step_support(); CANCELLED, NOMEM. */
RR_API RR_MUST_USE rr_status rr_step_audit_run(const rr_step_audit_config *cfg,
                                               const rr_influence *inf, rr_state_source *source,
                                               const unsigned char *mislabelled,
                                               const rr_callbacks *callbacks, rr_step_audit **out,
                                               rr_error *err);

/** The ranking. Memory: borrowed from audit. */
RR_API const rr_step_audit_result *rr_step_audit_result_of(const rr_step_audit *audit);

/** Write the rows as decisions to relabel steps, for a reviewer (decisions.h). train is the audited
 *  training set.
 *  Errors   as rr_decisions_save(). */
RR_API RR_MUST_USE rr_status rr_step_audit_save_review(const rr_step_audit *audit,
                                                       const rr_dataset *train, const char *path,
                                                       rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_step_audit_free(rr_step_audit *audit);

RR_END_DECLS

#endif
