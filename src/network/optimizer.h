/* SPDX-License-Identifier: MIT */
/* optimizer.h - update rules on a flat block of weights, as PyTorch defines them:
 *
 *   SGD      v = momentum v + g;  w -= lr v
 *   RMSprop  v = rho v + (1-rho) g^2;  w -= lr g / (sqrt(v) + eps)                 [Tieleman12]
 *   Adam     m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g^2;
 *            w -= lr/(1-b1^t) m / (sqrt(v)/sqrt(1-b2^t) + eps)                     [Kingma15] */
#ifndef RRI_OPTIMIZER_H
#define RRI_OPTIMIZER_H

#include "core/core.h"
#include "rnnrepair/train.h"

/* ARG unless every parameter of the rule is in range. */
rr_status rri_optimizer_check(const rr_train_config *cfg, rr_error *err);

/* The number of arrays, one float a weight, that the rule keeps between steps: 0, 1 or 2. */
size_t rri_optimizer_slots(const rr_train_config *cfg);

/* Step number `step` (from 1) on n weights; g is scaled by `scale` first. slot[i] is [n]. */
void rri_optimizer_step(const rr_train_config *cfg, size_t step, float scale, size_t n,
                        const float *g, float *w, float *const slot[2]);

/* The same step backwards, in double: of a number L that depends on the weights and arrays behind
 * the step, given the derivatives by them, those by what was before it. slot holds the arrays
 * before the step, step, scale and g are as in rri_optimizer_step().
 *
 *     by_w      [n] of the weights: the same before and behind the step, but for the gradient's
 *               part
 *
 *     by_slot   [n] each: behind the step, becomes that before it
 *
 *     by_g      [n] written: of scale * g
 *
 * Where a root is of 0 (no gradient so far) its derivative counts as 0: the array does not move. */
void rri_optimizer_adjoint(const rr_train_config *cfg, size_t step, float scale, size_t n,
                           const float *g, const float *const slot[2], const double *by_w,
                           double *const by_slot[2], double *by_g);

#endif
