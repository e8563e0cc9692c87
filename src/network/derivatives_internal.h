/* SPDX-License-Identifier: MIT */
/* derivatives_internal.h - derivatives of the losses a training had, dropout included; and what a
 * derivation knows. */
#ifndef RRI_DERIVATIVES_INTERNAL_H
#define RRI_DERIVATIVES_INTERNAL_H

#include "rnnrepair/experimental/derivatives.h"
#include "rnnrepair/train.h"

/* From now on every call is about one batch of a training, with the dropout masks of its update
 * number `update` (from 0): cfg is the training's, NULL for no dropout again. A mask belongs to a
 * place in the batch sorted by length, longest first, equal lengths in the order they came: the
 * losses must be those of the whole batch, in the epoch's order or already sorted so. */
void rri_derivatives_dropout(rr_derivatives *d, const rr_train_config *cfg, size_t update);

/* rr_network_parameters() of the network. */
size_t rri_derivatives_parameters(const rr_derivatives *d);
/* The 2-norm of the last direction that was taken, without what is passed over in it. */
double rri_derivatives_length(const rr_derivatives *d);

#endif
