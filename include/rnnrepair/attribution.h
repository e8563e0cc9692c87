/* SPDX-License-Identifier: MIT */
/* attribution.h - what a prediction would be without a training sequence, by gradients: the
 * estimators of the literature, to compare with the influence model (influence.h).
 *
 * One question, one sign, one unit. For training sequence i and a target (x, c), a sequence and a
 * class, all estimate
 *
 *     score(i; x, c) = log p(c|x), trained on all  -  log p(c|x), trained on all but i     nats
 *
 * Positive: a proponent, i drives the network towards c; negative: an opponent. For an error of the
 * network c is the class it wrongly predicts: its proponents drive the error. For a set of targets
 * the scores are added up. For x = i and c = its given label it is the self-influence.
 *
 *     koh-liang   (1/N) g_x' (H + damping)^-1 g_i, at the trained weights            [Koh17]
 *     sgd         the trained steps replayed backwards, for SGD with or without momentum [Hara19]
 *     replay      the same for every optimiser, clipping, dropout and loss weights: exactly
 *                 -d(-log p(c|x)) / d(loss weight of i), through every step of the training
 *     tracin      sum over epochs of (learning rate / batch) g_x . g_i               [Pruthi20]
 *     output-layer  g_x . g_i by the output layer's weights alone, without a unit: it ranks, and
 *                 takes three forward passes
 *     random      a seeded sample, without a unit: a baseline
 *
 * g_i is the gradient of sequence i's loss, H the mean curvature of the training losses
 * (derivatives.h). Where a training is not plain SGD, tracin's numbers have no unit: they rank.
 * Definitions and how well they agree with leaving sequences out: docs/ALGORITHMS.md#attribution.
 *
 *     rr_attribution_new(&cfg, net, train, &targets, &a, err);
 *     do rr_attribution_step(a, &progress, err); while (!progress.done);
 *     scores = rr_attribution_scores(a); */
#ifndef RNNREPAIR_ATTRIBUTION_H
#define RNNREPAIR_ATTRIBUTION_H

#include "rnnrepair/enums.h"
#include "rnnrepair/hooks.h"
#include "rnnrepair/train.h"

RR_BEGIN_DECLS

typedef struct rr_attribution_config {
    size_t struct_size; /**< set by the default */
    rr_attribution_method method;
    rr_curvature curvature;   /**< koh-liang */
    rr_solver solver;         /**< koh-liang */
    double damping;           /**< koh-liang: >= 0, added to every eigenvalue of H */
    double tolerance;         /**< cg: stop at this residual, relative to g; > 0 */
    size_t iterations;        /**< cg: at most; stochastic: steps of a repeat; >= 1 */
    size_t repeats;           /**< stochastic: recursions averaged, >= 1 */
    size_t batch;             /**< stochastic: sequences sampled a step, >= 1 */
    double scale;             /**< stochastic: above the largest eigenvalue of H + damping, > 0 */
    rr_train_config training; /**< sgd, replay, tracin: how the network was trained, as
                                  rr_run_settings has it */
    const char *const *checkpoints; /**< sgd, replay, tracin: rr_trainer_save() files,
                                         [count_checkpoints]; item e is that after epoch e, item 0
                                         before the first. sgd and replay need items 0 to
                                         epochs - 1; tracin takes those from 1 on, or, where there
                                         are none at all, the network as it is once for every epoch
                                         of `training` */
    size_t count_checkpoints;       /**< at most epochs + 1 */
    size_t memory; /**< sgd, replay: bytes that may be spent on weights between steps, enough for
                      those of one step; where an epoch needs more, parts of it are trained again */
    uint64_t seed; /**< stochastic, random */
    size_t threads;
    const float *weights; /**< sgd, replay, tracin: [N of the training set] the loss weights of the
                               training (rr_trainer_set_weights()); NULL = 1 each. Borrowed */
    int by_step;          /**< sgd, replay: 1 = scores of single steps, too
                               (rr_attribution_step_scores()); costs a training step more a query and
                               step */
    const char *state;    /**< sgd, replay: a file written after every epoch that was replayed, from
                               which the same attribution continues, and removed when it is done;
                               NULL = none */
} rr_attribution_config;

/** koh-liang by cg on the Gauss-Newton matrix, which needs no more damping than it gets (a network
 *  that is not at a minimum has directions of negative curvature), damping 0.01, tolerance 0.01,
 * 200 iterations; stochastic: 1 repeat, batch 32, scale 50; default training, no checkpoints, 1
 * GiB, seed 1. */
RR_API rr_attribution_config rr_attribution_config_default(void);

/** The targets: borrowed, and must outlive the attribution. */
typedef struct rr_targets {
    const rr_dataset *ds;
    const size_t *which;    /**< [n] numbers of sequences of ds; NULL = the first n */
    const uint32_t *labels; /**< [n] the class c of each; for errors the predicted class */
    size_t n;               /**< >= 1 */
    const size_t *steps;    /**< [n] of a network with an output at every step: the step (from 0)
                               whose output each is about; else NULL */
} rr_targets;

/** Progress of an attribution. */
typedef struct rr_attribution_progress {
    size_t step, steps; /**< cg: `steps` is the maximum */
    double residual;    /**< cg: relative; else 0 */
    int done;
} rr_attribution_progress;

/** A running attribution. Opaque. */
typedef struct rr_attribution rr_attribution;

/** Begin. Network, training set, targets and the paths of cfg are borrowed.
 *  Memory   on RR_OK *out is owned by the caller: rr_attribution_free(). Else *out is NULL.
 *  Errors   ARG (cfg; no target; a number or class out of range; sgd and replay without a
 *           checkpoint of every epoch's start, or without memory for one step), UNSUPPORTED (sgd of
 *           a training that was not SGD, or clipped its gradients), SHAPE (a dataset does not fit
 *           the network), MISMATCH (also: cfg.state is of another attribution), NUMERIC (koh-liang,
 *           sgd, replay: the gradient of the targets is not finite), IO, FORMAT (cfg.state), NOMEM.
 */
RR_API RR_MUST_USE rr_status rr_attribution_new(const rr_attribution_config *cfg,
                                                const rr_network *net, const rr_dataset *train,
                                                const rr_targets *targets, rr_attribution **out,
                                                rr_error *err);

/** The same for several queries at once, each the sum of its targets: sgd and replay share the
 *  replayed training between them, the other methods take one query. queries is copied, the lists
 *  in it are borrowed.
 *  Memory   as rr_attribution_new(), and for each query 2 to 4 numbers (double) for every weight.
 *  Errors   as rr_attribution_new(); UNSUPPORTED (several queries of another method). */
RR_API RR_MUST_USE rr_status rr_attribution_new_queries(const rr_attribution_config *cfg,
                                                        const rr_network *net,
                                                        const rr_dataset *train,
                                                        const rr_targets *queries, size_t count,
                                                        rr_attribution **out, rr_error *err);

/** One piece of work: a product with the curvature, a training step backwards (the last one of an
 *  epoch trains it again first), a checkpoint. Conjugate gradients that have not come down to the
 *  tolerance after cfg.iterations are done all the same: progress->residual says how far they got.
 *  Errors   ARG (done already), NUMERIC (cg met a direction of negative curvature, or the recursion
 *           grew without bound: the message says what to raise), IO, FORMAT (a checkpoint),
 *           MISMATCH (a checkpoint of another training; one the replayed training does not arrive
 *           at), NOMEM. After a failure it can only be freed. */
RR_API RR_MUST_USE rr_status rr_attribution_step(rr_attribution *a,
                                                 rr_attribution_progress *progress, rr_error *err);

/** The scores over all targets, [N of the training set].
 *  Memory   borrowed from a; NULL before it is done and after a failure. */
RR_API const double *rr_attribution_scores(const rr_attribution *a);

/** The scores of one query, [N of the training set]: rr_attribution_scores() are those of query 0.
 *  Memory   borrowed from a; NULL before it is done, after a failure, and beyond the last query. */
RR_API const double *rr_attribution_query_scores(const rr_attribution *a, size_t query);

/** The scores of the single steps of the training sequences, with cfg.by_step; they add up to the
 *  scores of the sequences. Of a network with an output at every step, by the loss at each labelled
 *  step; 0 at others. Of one that answers after the last step, the part of the sequence's score
 * that goes through the use of the weights, and of the symbol's trained vector, at each step.
 *  Shapes   [rr_dataset_steps() of the training set], sequence after sequence.
 *  Memory   borrowed from a; NULL as rr_attribution_query_scores(), and without cfg.by_step. */
RR_API const double *rr_attribution_step_scores(const rr_attribution *a, size_t query);

/** Release; NULL is allowed. */
RR_API void rr_attribution_free(rr_attribution *a);

/** Self-influence of some training sequences. callbacks may be NULL; cfg.state and cfg.by_step are
 *  passed over.
 *  Shapes   ids is [n], numbers of training sequences; scores is [n].
 *  Errors   as rr_attribution_new() and rr_attribution_step(); ARG (a network with an output at
 *           every step, and a sequence without a labelled one); CANCELLED.
 *  Cost     koh-liang: a whole attribution for every id; sgd and replay: one for every 16;
 *           tracin: one pass for all.
 */
RR_API RR_MUST_USE rr_status rr_attribution_self(const rr_attribution_config *cfg,
                                                 const rr_network *net, const rr_dataset *train,
                                                 const uint32_t *ids, size_t n,
                                                 const rr_callbacks *callbacks, double *scores,
                                                 rr_error *err);

RR_END_DECLS

#endif
