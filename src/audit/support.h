/* SPDX-License-Identifier: MIT */
/* support.h - the counts behind rr_label_support(), for whoever asks about single labels.
 * Internal to src/audit. */
#ifndef RRI_AUDIT_SUPPORT_H
#define RRI_AUDIT_SUPPORT_H

#include "rnnrepair/audit.h"

#include "core/core.h"

typedef struct rri_support rri_support;

/* Count the labels of all training sequences by step from the end, state and prediction. The model
 * is borrowed. */
rr_status rri_support_new(const rr_influence *inf, rri_support **out, rr_error *err);
void rri_support_free(rri_support *c); /* NULL is allowed */

/* support(i, label) of training sequence i, nats, at most 0. */
double rri_support_of(const rri_support *c, size_t i, uint32_t label);

/* The same of a trace; `inside` says that it is counted itself, with its own label. */
double rri_support_at(const rri_support *c, const rr_trace *a, bool inside, uint32_t label);

#endif
