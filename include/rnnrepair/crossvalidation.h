/* SPDX-License-Identifier: MIT */
/* crossvalidation.h - predictions for every training sequence by a network not trained on it.
 *
 * The training set is divided into F folds, stratified by class. For each fold a network of the
 * same configuration is trained on the others and predicts it. The probability of a sequence's own
 * label is the sequence's self-confidence: where it is low the label may be wrong
 * [Northcutt21].
 *
 *     rr_crossvalidation_new(&training, start, ds, folds, &cv, err);
 *     do rr_crossvalidation_step(cv, &progress, err); while (!progress.done);
 *     p = rr_crossvalidation_probabilities(cv); */
#ifndef RNNREPAIR_CROSSVALIDATION_H
#define RNNREPAIR_CROSSVALIDATION_H

#include "rnnrepair/network.h"
#include "rnnrepair/train.h"

RR_BEGIN_DECLS

/** A running cross-validation. Opaque. */
typedef struct rr_crossvalidation rr_crossvalidation;

/** Progress of a cross-validation. */
typedef struct rr_crossvalidation_progress {
    size_t fold, folds; /**< the current one, from 1 */
    rr_train_progress training;
    int done;
} rr_crossvalidation_progress;

/** Begin. start and ds are borrowed.
 *  start: the network every fold's training begins with: fresh weights, with word vectors if the
 *  run has some (rr_run_begin()). It is copied, not changed.
 *  Memory   on RR_OK *out is owned by the caller: rr_crossvalidation_free(). Else *out is NULL.
 *           One fold's data are copied at a time.
 *  Errors   ARG (training; folds below 2 or above N), as rr_trainer_new(). */
RR_API RR_MUST_USE rr_status rr_crossvalidation_new(const rr_train_config *training,
                                                    const rr_network *start, const rr_dataset *ds,
                                                    size_t folds, rr_crossvalidation **out,
                                                    rr_error *err);

/** One batch of one fold's training; after its last, the fold is predicted.
 *  Errors   as rr_trainer_new() and rr_trainer_step(), NOMEM, ARG (already done). After a failure
 *           it can only be freed. */
RR_API RR_MUST_USE rr_status rr_crossvalidation_step(rr_crossvalidation *cv,
                                                     rr_crossvalidation_progress *progress,
                                                     rr_error *err);

/** The probability of every class for every sequence, [N][C] with C that of the network, by the
 *  network that was not trained on it.
 *  Memory   borrowed from cv; NULL until it is done. */
RR_API const float *rr_crossvalidation_probabilities(const rr_crossvalidation *cv);

/** Release; NULL is allowed. */
RR_API void rr_crossvalidation_free(rr_crossvalidation *cv);

RR_END_DECLS

#endif
