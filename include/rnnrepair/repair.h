/* SPDX-License-Identifier: MIT */
/* repair.h - new training samples that pull a misread input to its true label, and the account of
 * what a repair changed.
 *
 * Sample level (images): for a failed input x with truth t and prediction m, take the training
 * sequences T_t and T_m that influence it most (either label has its own list; only sequences the
 * network predicts right count), vary members of T_t geometrically and keep the
 * variants x' with inflscore(x', x) > max over T_m of inflscore(., x). Or, beyond the paper, those
 * whose gradient has the largest cosine to the gradient of x: a small training step on x' then goes
 * the way x needs. The test input itself is never varied or added. The caller retrains on the
 * training set and the accepted variants. Segment level (text): insertion.h. Method:
 * docs/ALGORITHMS.md#repair.
 */
#ifndef RNNREPAIR_REPAIR_H
#define RNNREPAIR_REPAIR_H

#include "rnnrepair/enums.h"
#include "rnnrepair/influence.h"
#include "rnnrepair/network.h"

RR_BEGIN_DECLS

/** One transformation, applied in the order scale, shear, rotate, shift. */
typedef struct rr_affine {
    double rotate;  /**< degrees, counter-clockwise as seen on a screen */
    double shift_x; /**< pixels to the right */
    double shift_y; /**< pixels down */
    double shear;   /**< horizontal shear: columns moved per row, 0 = none */
    double scale;   /**< > 0; 1 = none */
} rr_affine;

/** The range each quantity is drawn from, uniformly and independently; min == max fixes it. */
typedef struct rr_affine_range {
    rr_affine min, max;
} rr_affine_range;

typedef struct rr_repair_config {
    size_t struct_size; /**< set by the default */
    rr_strategy strategy;
    rr_query query;        /**< must be lp; label, correct_only and threads are set by the method */
    size_t top;            /**< most influential sequences of either label looked at, >= 1 */
    size_t sources;        /**< how many of T_t are varied, nearest first, >= 1 */
    size_t variants;       /**< variants drawn a target, spread over the sources, >= 1 */
    size_t rounds;         /**< the variants come in so many rounds, >= 1: the first from the whole
                                range; each later one with the better half of the sources of the
                                one before (never fewer than 4), around the best variant of each, in
                                half its range; 1 is the paper's */
    size_t keep;           /**< accepted variants kept a target, most influential first, >= 1; at
                                most a quarter of them (rounded up) from one source unless the others
                                give too few. random: the first drawn, and no more are drawn */
    rr_affine_range range; /**< of the variants */
    uint64_t seed;
    size_t threads; /**< 0 = every core; the bits do not depend on it */
} rr_repair_config;

/** influence, lp, top 100, 10 sources, 1000 variants in 5 rounds, 20 kept, default range, seed 1.
 */
RR_API rr_repair_config rr_repair_config_default(void);

/** One generated sample and where it came from. */
typedef struct rr_repair_sample {
    size_t addition;     /**< its number in the additions */
    uint32_t source;     /**< training id it was varied from */
    rr_affine transform; /**< how */
    float score;         /**< inflscore(x', x); gradient: the cosine of their gradients */
    uint32_t prediction; /**< what the unrepaired network predicts for it */
} rr_repair_sample;

/** What was done for one failed input. */
typedef struct rr_repair_target {
    size_t id; /**< number in the failed inputs' dataset */
    uint32_t truth, prediction;
    size_t count_truth, count_prediction; /**< of the `top` most influential of any label that are
                                               predicted right, by label */
    uint32_t nearest_truth;      /**< training id, the first of T_t; UINT32_MAX where none */
    uint32_t nearest_prediction; /**< training id, the first of T_m; UINT32_MAX where none */
    float score_truth;           /**< its inflscore; 0 where none */
    float score_prediction;      /**< the largest inflscore in T_m; 0 where none. The bar; that of
                                      gradient is 0 */
    size_t generated;            /**< variants drawn */
    size_t accepted;             /**< variants above the bar; gradient: with a cosine above 0;
                                      random: all, there is no bar */
    size_t count_kept;
    const rr_repair_sample *kept; /**< [count_kept], best first; random: as drawn */
} rr_repair_target;

/** A generation in progress, and then its result. Opaque. */
typedef struct rr_repair rr_repair;

/** Begin. All arguments are borrowed until the repair is freed; targets is copied.
 *  train is what the influence model was built on; test holds the failed inputs; target i is
 *  sequence targets[i] of test.
 *  Shapes   frame data whose sequences all have the same T; ragged ones only for strategy none.
 *  Memory   on RR_OK *out is owned by the caller: rr_repair_free(). Else *out is NULL.
 *  Errors   ARG (cfg, target out of range or predicted right), SHAPE (model, data and network do
 *           not fit together), UNSUPPORTED (symbol data, ragged images), NUMERIC (a state of a
 *           target is not finite), NOMEM. */
RR_API RR_MUST_USE rr_status rr_repair_new(const rr_repair_config *cfg, const rr_influence *inf,
                                           const rr_network *net, const rr_dataset *train,
                                           const rr_dataset *test, const size_t *targets, size_t n,
                                           rr_repair **out, rr_error *err);

/** Work on the next target. *done is 1 when none is left.
 *  Errors   NUMERIC, NOMEM. */
RR_API RR_MUST_USE rr_status rr_repair_step(rr_repair *r, int *done, rr_error *err);

/** The targets worked on so far. Memory: borrowed from r until its next step. */
RR_API const rr_repair_target *rr_repair_targets(const rr_repair *r, size_t *count);

/** The strategy it was begun with. */
RR_API rr_strategy rr_repair_strategy(const rr_repair *r);

/** All kept samples, labelled with their target's truth, in the order of the targets.
 *  Memory   on RR_OK *out is owned by the caller: rr_dataset_free(). Else *out is NULL.
 *  Errors   NOMEM. */
RR_API RR_MUST_USE rr_status rr_repair_additions(const rr_repair *r, rr_dataset **out,
                                                 rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_repair_free(rr_repair *r);

/* ---- ledger --------------------------------------------------------------------------------- */

/** What changed between two models on one labelled set. */
typedef struct rr_ledger {
    size_t count;                           /**< N */
    size_t fixed;                           /**< wrong before, right now */
    size_t still_failing;                   /**< wrong before and now */
    size_t newly_broken;                    /**< right before, wrong now */
    size_t unchanged;                       /**< right before and now */
    double accuracy_before, accuracy_after; /**< 0..1 */
} rr_ledger;

/** Compare predictions.
 *  Shapes   before and after are [N], N that of ds; which (may be NULL = all) is [n], the numbers
 *           of the sequences to count.
 *  Errors   ARG (a number out of range). */
RR_API RR_MUST_USE rr_status rr_ledger_compare(const rr_dataset *ds, const uint32_t *before,
                                               const uint32_t *after, const size_t *which, size_t n,
                                               rr_ledger *out, rr_error *err);

RR_END_DECLS

#endif
