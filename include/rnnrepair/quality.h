/* SPDX-License-Identifier: MIT */
/* quality.h - how good predictions are on labelled inputs, by class: recall, precision and F1,
 * their means over the classes, and of two classes the area under the ROC curve. An accuracy hides
 * what becomes of a rare class; these do not. */
#ifndef RNNREPAIR_QUALITY_H
#define RNNREPAIR_QUALITY_H

#include "rnnrepair/dataset.h"

RR_BEGIN_DECLS

/** What becomes of one class. */
typedef struct rr_class_quality {
    size_t count;     /**< inputs of this true class */
    size_t predicted; /**< inputs it is predicted for */
    size_t correct;   /**< inputs that are both */
    double recall;    /**< correct / count, 0..1; negative where count is 0 */
    double precision; /**< correct / predicted, 0..1; negative where predicted is 0 */
    double f1;        /**< 2 correct / (count + predicted), the harmonic mean of the two, 0..1;
                           negative where both are 0 */
} rr_class_quality;

/** How good predictions are. Fractions are negative where there is nothing to count. */
typedef struct rr_quality {
    size_t count;        /**< inputs with a label */
    size_t correct;      /**< of them, predicted right */
    double accuracy;     /**< correct / count */
    double macro_recall; /**< mean recall of the classes with inputs ("balanced accuracy") */
    double macro_f1;     /**< mean F1 of the classes that are a truth or a prediction */
    double auc;          /**< of two classes: how often an input of class 1 has a larger score than
                              one of class 0, ties count half; negative where a class has no input,
                              or there are no scores or another number of classes */
} rr_quality;

/** Measure predictions.
 *  Shapes   truth and prediction are [n]; a truth of RR_NO_LABEL is not counted. score (may be
 *           NULL) is [n], of two classes how much each input is of class 1, a probability or any
 *           increasing function of it; it is read for auc alone. by_class (may be NULL) is [C],
 *           C = classes.
 *  Errors   ARG (a truth or a prediction that is not below C, err->where is its number), NUMERIC
 *           (a score that is NaN), NOMEM.
 *  Cost     O(n + C), with scores O(n log n).
 *  Source   the definitions of scikit-learn: precision_recall_fscore_support,
 *           f1_score(average="macro"), balanced_accuracy_score, roc_auc_score. */
RR_API RR_MUST_USE rr_status rr_quality_measure(const uint32_t *truth, const uint32_t *prediction,
                                                const double *score, size_t n, size_t classes,
                                                rr_quality *out, rr_class_quality *by_class,
                                                rr_error *err);

RR_END_DECLS

#endif
