/* SPDX-License-Identifier: MIT */
/* outcome.h - what changed between two models on one labelled set: which inputs are fixed and which
 * are broken, by class too, how far the predictions of what was and stays right have moved, and how
 * well the probabilities are calibrated. */
#ifndef RNNREPAIR_OUTCOME_H
#define RNNREPAIR_OUTCOME_H

#include "rnnrepair/dataset.h"

RR_BEGIN_DECLS

/** What changed between two models on one labelled set. */
typedef struct rr_outcome {
    size_t count;                           /**< N */
    size_t fixed;                           /**< misclassified before, correct now */
    size_t still_failing;                   /**< misclassified before and now */
    size_t newly_broken;                    /**< correct before, misclassified now */
    size_t unchanged;                       /**< correct before and now */
    double accuracy_before, accuracy_after; /**< 0..1 */
} rr_outcome;

/** The same of every step that has a label: the counts are of steps.
 *  Shapes   before and after are [R], predictions of all steps of ds, one sequence after another;
 *           which (may be NULL = all) is [n], numbers of steps.
 *  Errors   ARG (a number out of range; steps without labels). */
RR_API RR_MUST_USE rr_status rr_outcome_compare_steps(const rr_dataset *ds, const uint32_t *before,
                                                      const uint32_t *after, const size_t *which,
                                                      size_t n, rr_outcome *out, rr_error *err);

/** Compare predictions.
 *  Shapes   before and after are [N], N that of ds; which (may be NULL = all) is [n], the numbers
 *           of the sequences to count.
 *  Errors   ARG (a number out of range). */
RR_API RR_MUST_USE rr_status rr_outcome_compare(const rr_dataset *ds, const uint32_t *before,
                                                const uint32_t *after, const size_t *which,
                                                size_t n, rr_outcome *out, rr_error *err);

/** What a model said of every input of a set, or of every step of all its sequences, one after
 *  another: R rows. Borrowed. */
typedef struct rr_predicted {
    const uint32_t *prediction; /**< [R] */
    const float *probability;   /**< [R][C] of every class */
    size_t classes;             /**< C */
} rr_predicted;

/** How well the probabilities of predictions are calibrated. */
typedef struct rr_calibration {
    double error; /**< expected calibration error, 0..1: the distance between the mean probability
                     of the predictions and the fraction of them that is right, in 15 bins of equal
                       width of that probability, averaged by the inputs in each */
    double loss;  /**< mean -ln of the probability of the truth, nats */
} rr_calibration;

/** What became of one class. */
typedef struct rr_class_outcome {
    size_t count;                       /**< inputs of this true class */
    size_t fixed, newly_broken;         /**< of them */
    double recall_before, recall_after; /**< 0..1; negative where count is 0 */
} rr_class_outcome;

/** An outcome with the probabilities of both models. */
typedef struct rr_effect {
    rr_outcome counts;
    double divergence; /**< mean Kullback-Leibler divergence of the probabilities after from those
                            before, sum p_before ln(p_before / p_after), nats, over the inputs that
                            are right before and after; 0 where there is none */
    rr_calibration before, after; /**< zeros where counts.count is 0 */
} rr_effect;

/** Compare two models. steps: the rows are of steps, and those that have a label are counted.
 *  Shapes   R is N, or with `steps` the sum of all steps; both have the same C, at least that of
 *           ds; which (may be NULL = all) is [n], rows; classes (may be NULL) is [C].
 *  Errors   ARG (a number out of range; steps without labels; another C), NOMEM. */
RR_API RR_MUST_USE rr_status rr_effect_measure(const rr_dataset *ds, int steps,
                                               const rr_predicted *before,
                                               const rr_predicted *after, const size_t *which,
                                               size_t n, rr_effect *out, rr_class_outcome *classes,
                                               rr_error *err);

RR_END_DECLS

#endif
