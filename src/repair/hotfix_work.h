/* SPDX-License-Identifier: MIT */
/* hotfix_work.h - the output layer under change: its metric, and the margins of all inputs. */
#ifndef RRI_HOTFIX_WORK_H
#define RRI_HOTFIX_WORK_H

#include "rnnrepair/hotfix.h"

#include "repair/quadratic.h"

typedef struct rri_layer {
    const rr_hotfix_problem *problem; /* borrowed */
    double ridge, hold;
    size_t threads, width; /* width = H + 1: weights, then the bias */
    double *factor;        /* [width][width] L, lower: M = L L^T; NULL until it is prepared */
    double *before;        /* [O][width] the layer of the problem */
    double *now;           /* [O][width] the layer under change */
    double *columns;       /* [width][O] the same, transposed: for rri_layer_margins() */
    double *need;          /* [count] the margin each input must have */
    double *slack;         /* [count] the least margin, less what is needed */
    uint32_t *against;     /* [count] the class of that margin */
} rri_layer;

/* The layer of the problem, without needs: slack is the margin. On failure, too, it is to be
 * cleared. Errors: NUMERIC (a value is not finite), NOMEM. */
rr_status rri_layer_init(rri_layer *l, const rr_hotfix_problem *problem, size_t threads,
                         rr_error *err);
/* Sets the needs, and the metric, which whitening, changes and norms use. */
rr_status rri_layer_prepare(rri_layer *l, const rr_output_repair *cfg, rr_error *err);
void rri_layer_clear(rri_layer *l);

/* Slack and against of every input under `now`. Errors: NOMEM. */
rr_status rri_layer_margins(rri_layer *l, rr_error *err);

/* now = before + the change whose whitened weights are u [O][width]: row c is L^-T u_c. */
void rri_layer_change(rri_layer *l, const double *u);

/* now = the layer [O][H], [O] as rounded, and its margins. Errors: NOMEM. */
rr_status rri_layer_round(rri_layer *l, const float *weight, const float *bias, rr_error *err);

/* z [width] = L^-1 (h, 1) of an input. */
void rri_layer_whiten(const rri_layer *l, size_t input, double *z);

/* The norm by M of `from` [O][width]. */
double rri_layer_norm(const rri_layer *l, const double *from);

/* The demand of an input against a class. */
rri_demand rri_layer_demand(const rri_layer *l, size_t input, uint32_t against);

#endif
