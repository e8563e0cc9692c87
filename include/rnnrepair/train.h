/* SPDX-License-Identifier: MIT */
/* train.h - fitting a network: begin, step by step, epoch by epoch, resumable at every epoch.
 *
 *     rr_trainer_new(&cfg, net, train, &t, err);
 *     while (!rr_trainer_finished(t)) {
 *         rr_trainer_run_epoch(t, NULL, &progress, err);      or rr_trainer_step(), one batch
 *         ... evaluate, save, print, stop ...
 *     }
 *
 * The loss is the softmax cross-entropy of the prediction after each sequence's last step, averaged
 * over the batch. A network with an output at every step (RR_OUTPUT_STEP) has such a loss at each
 * step that has a label, and their mean over all labelled steps of the batch is minimised: a long
 * sequence counts more than a short one, and a batch without a labelled step changes nothing but
 * the optimiser. Only real steps are computed. The result depends on the configuration, the data
 * and the build, not on the number of threads. */
#ifndef RNNREPAIR_TRAIN_H
#define RNNREPAIR_TRAIN_H

#include "rnnrepair/enums.h"
#include "rnnrepair/hooks.h"
#include "rnnrepair/network.h"

RR_BEGIN_DECLS

typedef struct rr_train_config {
    size_t struct_size; /**< set by the default */
    size_t epochs;      /**< epochs altogether, >= 1 */
    size_t batch;       /**< B in 1..2^24; the last batch of an epoch may be smaller */
    rr_optimizer optimizer;
    double learning_rate; /**< > 0 */
    double momentum;      /**< SGD: 0 <= momentum < 1 */
    double rho;           /**< RMSprop: decay of the squared gradient, 0 <= rho < 1 */
    double beta1, beta2;  /**< Adam: decays, 0 <= beta < 1 */
    double epsilon;       /**< RMSprop, Adam: added to the root, > 0 */
    double dropout_input; /**< fraction of the input values set to 0 in each training step, the
                             others scaled up by 1/(1 - fraction); 0 <= fraction < 1 */
    double dropout_last;  /**< the same of each sequence's last state; of every state where every
                             step has an output */
    double clip_norm;     /**< gradients are scaled down to this 2-norm; 0 = never */
    rr_order order;
    uint64_t seed;  /**< of the shuffles and of dropout */
    size_t threads; /**< 0 = every core */
    int average;    /**< 1: at the end of the last epoch the weights become the mean of those after
                         each of its steps, which smooths what single batches did. Such a training
                         cannot be prolonged: epochs is part of what a saved state must agree on */
} rr_train_config;

/** 5 epochs, batch 128, RMSprop 0.001 (rho 0.9, eps 1e-7), beta 0.9 and 0.999, no dropout, no
 *  clipping, shuffled, seed 1, no averaging. */
RR_API rr_train_config rr_train_config_default(void);

/** Progress of a training, after a step. */
typedef struct rr_train_progress {
    size_t epoch;          /**< the current one, from 1 */
    size_t batch, batches; /**< batches done in this epoch, and in a whole one */
    size_t sequences;      /**< sequences done in this epoch */
    double loss;           /**< mean over the sequences, or over the labelled steps where every
                              step has an output, of this epoch so far, nats */
    double accuracy; /**< fraction of them predicted correctly, each before its batch's update */
    int epoch_done;  /**< this step was the last of its epoch */
} rr_train_progress;

typedef struct rr_trainer rr_trainer;

/** Begin. The network and the dataset are borrowed; the network's weights change with each step.
 *  Memory   on RR_OK *out is owned by the caller: rr_trainer_free(). Else *out is NULL.
 *  Errors   ARG (cfg; an output at every step, and data without labels of steps), SHAPE (dataset
 *           does not fit the network, is empty, has 2^32 sequences, or no labelled step), MISMATCH
 *           (words of another vocabulary), NOMEM. */
RR_API RR_MUST_USE rr_status rr_trainer_new(const rr_train_config *cfg, rr_network *net,
                                            const rr_dataset *train, rr_trainer **out,
                                            rr_error *err);

/** Weigh the loss of each training sequence, before the first step; without this call each weight
 *  is 1. Order, batches and dropout do not change, and the loss of a batch is still divided by its
 *  sequences (or labelled steps), whatever their weights: a sequence of weight 0 is left out, and
 *  the others count as before.
 *  Shapes   weights is [N of the training set], copied.
 *  Errors   ARG (a training that has begun; a weight that is negative or not finite, err->where is
 *           its number), NOMEM. */
RR_API RR_MUST_USE rr_status rr_trainer_set_weights(rr_trainer *t, const float *weights,
                                                    rr_error *err);

/** Weigh the loss of each training sequence, or where every step has an output of each labelled
 *  step, by its class, before the first step; it multiplies with the weight of its sequence. As
 *  there, a batch is still divided by its sequences or labelled steps, where PyTorch's
 *  CrossEntropyLoss(weight=...) divides by the sum of their weights.
 *  Shapes   weights is [C of the network], copied; NULL = 1 each.
 *  Errors   ARG (a training that has begun; a weight that is negative or not finite, err->where is
 *           its class), NOMEM. */
RR_API RR_MUST_USE rr_status rr_trainer_set_class_weights(rr_trainer *t, const float *weights,
                                                          rr_error *err);

/** One batch: forward, backward, update. Allocates nothing.
 *  Errors   ARG (already finished), NUMERIC (the loss or a gradient is not finite: the weights
 *           remain at their last finite values). */
RR_API RR_MUST_USE rr_status rr_trainer_step(rr_trainer *t, rr_train_progress *progress,
                                             rr_error *err);

/** The batches that are left of an epoch. callbacks and progress may be NULL.
 *  Errors   as rr_trainer_step(), CANCELLED: the next call continues after the last batch. */
RR_API RR_MUST_USE rr_status rr_trainer_run_epoch(rr_trainer *t, const rr_callbacks *callbacks,
                                                  rr_train_progress *progress, rr_error *err);

/** 1 once every epoch is done. */
RR_API int rr_trainer_finished(const rr_trainer *t);

/** Epochs completed. */
RR_API size_t rr_trainer_epoch(const rr_trainer *t);

/** Write the training's state (weights, optimiser, epoch, configuration) between epochs,
 *  atomically.
 *  Errors   ARG (in the middle of an epoch), NUMERIC (a weight is not finite), IO, NOMEM. */
RR_API RR_MUST_USE rr_status rr_trainer_save(const rr_trainer *t, const char *path, rr_error *err);

/** Restore a saved state: weights are copied into the network, and the next steps give the bits of
 *  an uninterrupted training. Only epochs and threads may differ from the
 *  configuration the state was saved with.
 *  Errors   MISMATCH (another configuration, network, training data or loss weights), IO, FORMAT,
 *           SHAPE, NUMERIC, UNSUPPORTED (another version of the format, an unknown cell), NOMEM.
 *           The trainer and the network are then as they were. */
RR_API RR_MUST_USE rr_status rr_trainer_restore(rr_trainer *t, const char *path, rr_error *err);

/** Release; the network stays. NULL is allowed. */
RR_API void rr_trainer_free(rr_trainer *t);

/** Mean loss, over the sequences or the labelled steps, and its gradient over a whole dataset,
 *  without changing the weights.
 *  Shapes   gradient (may be NULL) is [rr_network_parameters()], in tensor order;
 *           zeros for a frozen embedding.
 *  Errors   SHAPE, MISMATCH, NUMERIC, NOMEM. */
RR_API RR_MUST_USE rr_status rr_network_gradient(const rr_network *net, const rr_dataset *ds,
                                                 size_t threads, double *loss, float *gradient,
                                                 rr_error *err);

RR_END_DECLS

#endif
