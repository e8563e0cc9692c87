/* SPDX-License-Identifier: MIT */
/* replay.h - replays a training backwards: the weights before each step, the last step first.
 *
 * Checkpoints hold the state at the start of every epoch. From there the epoch is trained again,
 * which gives the same bits, and its states are stored. Where memory does not hold all of them,
 * some are stored, and the steps between are trained again when needed. */
#ifndef RRI_REPLAY_H
#define RRI_REPLAY_H

#include "attribution/attribution.h"

#include "network/network_internal.h"

typedef struct rri_replay rri_replay;

/* A training step: the weights of rri_replay_network() are those before it. */
typedef struct rri_replay_step {
    size_t update;       /* number of the step, from 0 */
    const uint32_t *ids; /* [count] its batch, in the trainer's order; until the next call */
    size_t count;
    const rri_step_gradient *gradient; /* likewise */
} rri_replay_step;

/* Start behind the last step. The configuration must be checked. ARG where its memory does not hold
 * a single state. */
rr_status rri_replay_new(const rr_attribution_config *cfg, const rr_network *net,
                         const rr_dataset *train, rri_replay **out, rr_error *err);
void rri_replay_free(rri_replay *r); /* NULL is allowed */

/* Start before an epoch (from 1) instead; nothing was gone back over yet. Errors as
 * rri_take_checkpoint(). */
rr_status rri_replay_begin_before(rri_replay *r, size_t epoch, rr_error *err);

/* Steps of the training. */
size_t rri_replay_steps(const rri_replay *r);

/* The network whose weights the replay sets. Borrowed. */
const rr_network *rri_replay_network(const rri_replay *r);

/* Its trainer, in the state before the step. Borrowed. */
rr_trainer *rri_replay_trainer(const rri_replay *r);

/* Go back by one step; there must be one. MISMATCH where an epoch trained again does not end in the
 * state the next began with, or in the network. */
rr_status rri_replay_back(rri_replay *r, rri_replay_step *step, rr_error *err);

#endif
