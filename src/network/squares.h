/* SPDX-License-Identifier: MIT */
/* squares.h - the squared norm of each sequence's own gradient, without computing the gradients.
 *
 * The gradient of a matrix used at each step of a sequence is a sum of outer products d_t^T x_t, so
 * that its squared norm is the sum over pairs of steps of (d_t . d_t')(x_t . x_t') ([Goodfellow15]
 * for a single step). */
#ifndef RRI_SQUARES_H
#define RRI_SQUARES_H

#include "network/shard.h"

typedef struct rri_squares rri_squares;

/* Allocate for sequences of at most `steps` steps. */
rr_status rri_squares_new(const rr_network_config *cfg, size_t steps, rri_squares **out,
                          rr_error *err);
void rri_squares_free(rri_squares *q); /* NULL is allowed */

/* |gradient|^2 of the sequence at sorted position b, after rri_shard_backward() with scale 1 and
 * gradient NULL. symbols are the sequence's, read where an embedding is trained; those below
 * `fixed` have no gradient. */
double rri_squares_of(rri_squares *q, const rri_shard *s, size_t b, const uint32_t *symbols,
                      uint32_t fixed);

#endif
