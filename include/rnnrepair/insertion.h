/* SPDX-License-Identifier: MIT */
/* insertion.h - new training sequences for single steps that are misread: segment level.
 *
 * For a failed input x with truth t and each of its suspect, known steps x_t (localize.h): take
 * training sequences labelled with the truth that pass the context, so have a step s with
 * q'_s = q_{t-1} and y'_s = y_{t-1} (s = 0, their beginning, for t = 1), and put x_t right behind
 * that step; the label stays. The test input itself is never added. The caller retrains on the
 * training set and what was made. Method: docs/ALGORITHMS.md#repair. */
#ifndef RNNREPAIR_INSERTION_H
#define RNNREPAIR_INSERTION_H

#include "rnnrepair/localize.h"
#include "rnnrepair/repair.h"

RR_BEGIN_DECLS

typedef struct rr_insertion_config {
    size_t struct_size;          /**< set by the default */
    rr_strategy strategy;        /**< which sequences, and where:
                                      paper: those whose trace up to s ends with the longest piece of
                                      x's up to t-1, lower id first; the longest match of each
                                      random: any of the label, behind a random one of their
                                      matching steps, or a random step where they have none
                                      influence: in the order of paper, those that x_t makes less
                                      sure of the truth
                                      none: nothing is inserted */
    rr_localize_config localize; /**< which steps are suspect */
    size_t per_segment;          /**< m, insertions a suspect step, >= 1; see below */
    int correct_only;            /**< only training sequences the network predicts right */
    size_t pool;                 /**< influence: candidates looked at for each insertion, >= 1 */
    double counterweight; /**< training sequences of the predicted label, predicted right and as
                               they are, added for each insertion, 0..16: insertions of one label
                               alone move every decision toward it */
    uint64_t seed;
    size_t threads; /**< 0 = every core; the bits do not depend on it */
} rr_insertion_config;

/** influence, rule flip, gamma 5, 25 a step, correct ones only, a pool of 4, a
 *  counterweight of 0.5, seed 1. The paper's and the random strategy have no counterweight as they
 *  were published: set 0. */
RR_API rr_insertion_config rr_insertion_config_default(void);

/** One sequence that was made. */
typedef struct rr_insertion {
    size_t addition;     /**< its number in the additions */
    size_t segment;      /**< number of the suspect step in the target's list */
    uint32_t source;     /**< training id of the sequence that got the symbol */
    uint32_t after;      /**< s: the symbol became step s + 1; 0 = the first */
    uint32_t suffix;     /**< steps up to s whose states are those of x up to t-1 */
    int in_context;      /**< 1 where s matches (q_{t-1}, y_{t-1}) */
    float before, truth; /**< the network's probability of the truth without and with the symbol */
    uint32_t prediction; /**< what the network predicts with it */
} rr_insertion;

/** What was done for one failed input. The budget of a target is that of `paper` for every
 *  strategy: the sum over its known suspect steps of m, or of the sequences that pass the context
 *  where those are fewer. */
typedef struct rr_insertion_target {
    size_t id; /**< number in the failed inputs' dataset */
    uint32_t truth, prediction;
    size_t count_segments;
    size_t known;               /**< of them, those that can be used */
    const rr_segment *segments; /**< [count_segments], by t */
    size_t budget;              /**< insertions allowed */
    size_t tried;               /**< candidates looked at */
    size_t accepted;            /**< influence: those that the symbol made less sure of the truth;
                                     else as tried */
    size_t count_kept;
    const rr_insertion *kept; /**< [count_kept], by segment and then in the order of choice */
    size_t count_weights;
    const uint32_t *weights; /**< [count_weights] training ids of the counterweights, as drawn;
                                  their numbers in the additions follow those of kept */
} rr_insertion_target;

/** A generation in progress, and then its result. Opaque. */
typedef struct rr_insertions rr_insertions;

/** Begin. All arguments are borrowed until the insertions are freed; targets is copied.
 *  train is what the influence model was built on; test holds the failed inputs; target i is
 *  sequence targets[i] of test.
 *  Memory   on RR_OK *out is owned by the caller: rr_insertions_free(). Else *out is NULL.
 *  Errors   ARG (cfg, target out of range or predicted right), SHAPE (model, data and network do
 *           not fit together), MISMATCH (words of another vocabulary), UNSUPPORTED (frame data),
 *           NUMERIC (a state of a target is not finite), NOMEM. */
RR_API RR_MUST_USE rr_status rr_insertions_new(const rr_insertion_config *cfg,
                                               const rr_influence *inf, const rr_network *net,
                                               const rr_dataset *train, const rr_dataset *test,
                                               const size_t *targets, size_t n, rr_insertions **out,
                                               rr_error *err);

/** Work on the next target. *done is 1 when none is left. After a failure it can be called again.
 *  Errors   NUMERIC, NOMEM. */
RR_API RR_MUST_USE rr_status rr_insertions_step(rr_insertions *r, int *done, rr_error *err);

/** The targets worked on so far. Memory: borrowed from r until its next step. */
RR_API const rr_insertion_target *rr_insertions_targets(const rr_insertions *r, size_t *count);

/** All sequences made, labelled with their target's truth, and the counterweights with their own
 *  label, in the order of the targets.
 *  Memory   on RR_OK *out is owned by the caller: rr_dataset_free(). Else *out is NULL.
 *  Errors   NOMEM. */
RR_API RR_MUST_USE rr_status rr_insertions_additions(const rr_insertions *r, rr_dataset **out,
                                                     rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_insertions_free(rr_insertions *r);

RR_END_DECLS

#endif
