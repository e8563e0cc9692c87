/* SPDX-License-Identifier: MIT */
/* network_internal.h - what the other modules use of src/network beside the public headers: checks,
 * and a training that is replayed. */
#ifndef RRI_NETWORK_INTERNAL_H
#define RRI_NETWORK_INTERNAL_H

#include "core/core.h"
#include "rnnrepair/experimental/derivatives.h"
#include "rnnrepair/train.h"

/* The same cell and sizes, whatever the seed. */
bool rri_same_architecture(const rr_network_config *a, const rr_network_config *b);

/* The output layer of a network: weights [O][H] and biases [O], borrowed; O is the number of
 * classes, or 1 of a logistic head. */
typedef struct rri_output_layer {
    float *weight, *bias;
    size_t outputs;
} rri_output_layer;
rri_output_layer rri_network_output(const rr_network *net);

/* SHAPE or MISMATCH unless the dataset can be run through the network. */
rr_status rri_network_fits(const rr_network *net, const rr_dataset *ds, rr_error *err);

/* rr_network_states(), whose next() ends with CANCELLED where the callbacks, borrowed, ask for it.
 */
rr_status rri_network_states(const rr_network *net, const rr_dataset *ds, size_t threads,
                             const rr_callbacks *callbacks, rr_state_source *out, rr_error *err);

/* What a network says after every last step; NULL where it is not wanted. */
typedef struct rri_last_outputs {
    uint32_t *prediction; /* [N] */
    float *probability;   /* [N] of the predicted class */
    float *probabilities; /* [N][C] */
} rri_last_outputs;

/* rr_network_predict() and rr_network_probabilities() in one pass, which can be cancelled between
 * two batches. */
rr_status rri_network_last(const rr_network *net, const rr_dataset *ds, size_t threads,
                           const rr_callbacks *callbacks, const rri_last_outputs *w, rr_error *err);

/* The checks of rr_trainer_new(), without creating a trainer. */
rr_status rri_trainer_check(const rr_train_config *cfg, const rr_network *net,
                            const rr_dataset *train, rr_error *err);

/* The batches of the present epoch until `batch` of them are done, or all; at least one. Progress
 * is shown, and rri_show_end() is the caller's. Errors: as rr_trainer_run_epoch(). */
rr_status rri_trainer_run_to(rr_trainer *t, size_t batch, const rr_callbacks *callbacks,
                             rr_train_progress *at, rr_error *err);

/* ---- trainer_state.c: replaying an epoch ---------------------------------------------------- */

/* The numbers [*count] of the sequences of batch b (from 0), in the order of their dropout masks;
 * of the epoch of the last step, borrowed until the next epoch begins. */
const uint32_t *rri_trainer_batch(const rr_trainer *t, size_t b, size_t *count);

/* Batches of an epoch. */
size_t rri_trainer_batches(const rr_trainer *t);

/* The size in numbers of the state that changes with each step: trained weights, then the
 * optimiser's arrays. */
size_t rri_trainer_numbers(const rr_trainer *t);
void rri_trainer_keep(const rr_trainer *t, float *state);

/* Go back to a kept state: before batch b of `epoch` (from 0), the epoch of the last step. */
void rri_trainer_go_back(rr_trainer *t, size_t epoch, size_t b, const float *state);

/* Whether the trained weights equal those of the state. */
bool rri_trainer_is_at(const rr_trainer *t, const float *state);

/* ---- trainer_adjoint.c: a step backwards ----------------------------------------------------- */

/* Trained numbers, n: the embedding where it is trained, then the weights. The last n of
 * rr_network_parameters(). */
size_t rri_trainer_trained(const rr_trainer *t);
/* Arrays [n] of the optimiser. */
size_t rri_trainer_slots(const rr_trainer *t);

/* The gradient of one step, and what its update does with it. */
typedef struct rri_step_gradient {
    float *gradient; /* [n] of the mean loss of the batch */
    double norm;     /* of it */
    float scale;     /* 1, or what clips it */
    size_t answers;  /* the losses it is the mean of, >= 1 */
} rri_step_gradient;

/* Compute that of the step after the current state, without doing the step. */
rr_status rri_trainer_open_step(rr_trainer *t, rr_error *err);
/* Copy that of the last step done or opened. */
void rri_trainer_keep_gradient(const rr_trainer *t, rri_step_gradient *out);

/* Of the step after the current state, whose gradient is g: the derivatives of a number by the
 * state behind it become those by the state before it, but for the way through the gradient;
 * by_gradient [n] is the derivative by the gradient of the mean loss. adjoint is [1 + slots][n]: by
 * the weights, which stay, and by the optimiser's arrays. */
void rri_trainer_adjoint(const rr_trainer *t, const rri_step_gradient *g, double *adjoint,
                         double *by_gradient);

/* ---- derivatives of the losses of a training step, along several directions ------------------ */

/* What is computed along one direction. Members not asked for are NULL. */
typedef struct rri_along {
    const float *direction; /* [rri_trainer_trained()] */
    double *slopes;         /* [n] */
    double *step_slopes;    /* [steps of the losses] one loss after the other */
    double *total;          /* [rri_trainer_trained()] the product with the curvature */
} rri_along;

typedef enum rri_product_kind {
    RRI_PRODUCTS,    /* slopes and products with the Hessian */
    RRI_SLOPES_ONLY, /* slopes */
    /* slopes by step: of a network with an output at every step those of the loss at each labelled
     * step, and 0 elsewhere; else the part of the slope by the use of the weights at each step,
     * which add up to it */
    RRI_BY_STEP
} rri_product_kind;

/* As rr_derivatives_product() and rr_derivatives_slopes() along `count` directions, which share
 * what does not depend on them. */
rr_status rri_derivatives_along(rr_derivatives *d, const rr_losses *losses, rri_product_kind kind,
                                const rri_along *asked, size_t count, rr_error *err);

/* Following calls take the losses of one batch of a training, with the dropout masks of update
 * number `update` (from 0): cfg is the training's, NULL ends it. Masks are numbered by position in
 * the batch sorted by length, longest first, equal lengths in their order: the losses must be those
 * of the whole batch, in the epoch's order or already sorted so. */
void rri_derivatives_dropout(rr_derivatives *d, const rr_train_config *cfg, size_t update);

#endif
