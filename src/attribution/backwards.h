/* SPDX-License-Identifier: MIT */
/* backwards.h - the state of a training's derivative, and its file. */
#ifndef RRI_ATTRIBUTION_BACKWARDS_H
#define RRI_ATTRIBUTION_BACKWARDS_H

#include "attribution/replay.h"

#include "network/network_internal.h"

typedef struct rri_backwards_state {
    rri_replay *replay;
    rr_trainer *trainer;               /* borrowed from replay */
    const rri_step_gradient *gradient; /* of the current step, from replay */
    rr_derivatives *d;                 /* over the training set, at the replay's network */
    size_t Q, n;                       /* queries; trained numbers, the last n of all P */
    size_t slots;                      /* arrays of the optimiser */
    double *adjoint;                   /* [Q][1 + slots][n] lambda, then alpha */
    double *averaged;    /* [Q][n] what the weights after each step of the last epoch add to lambda,
                            where their mean is the network; else NULL */
    double *gamma;       /* [Q][n], then the product */
    float *direction;    /* [Q][n] */
    double *scale;       /* [Q] of each direction */
    double *slopes;      /* [Q][B] */
    double *step_slopes; /* [Q][most steps of a batch] where asked for, else NULL */
    size_t *first_step;  /* [N] of each sequence among all, likewise */
    rri_along *along;    /* [Q] */
    size_t *which;       /* [B] */
    float *weights;      /* [B] */
} rri_backwards_state;

/* Write the state before epoch `epoch` (from 0), and the scores so far, to cfg.state. */
rr_status rri_backwards_save(const rr_attribution *a, const rri_backwards_state *b, size_t epoch,
                             rr_error *err);

/* Read cfg.state, where there is one: *epoch is the epoch it is before, else that of the end.
 * MISMATCH where it is of another attribution. */
rr_status rri_backwards_load(const rr_attribution *a, rri_backwards_state *b, size_t *epoch,
                             rr_error *err);

#endif
