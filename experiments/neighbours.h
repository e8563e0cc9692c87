/* SPDX-License-Identifier: MIT */
/* neighbours.h - the nearest inputs themselves, without a network: what a study of labels is
 * compared with. */
#ifndef EXPERIMENTS_NEIGHBOURS_H
#define EXPERIMENTS_NEIGHBOURS_H

#include "experiments/experiment.h"

/* How many of the k nearest sequences of `from`, by the Euclidean distance of their frames, carry
 * each label; of equal distances the first ones count. Where ds is `from`, a sequence is not its
 * own neighbour.
 *  Shapes   votes is [N of ds][C]; all sequences have as many steps.
 *  Errors   SHAPE (others, or symbols; fewer than k + 1 in `from`), NOMEM. Returns early where the
 *           context is stopped. */
rr_status neighbours_count(experiment_context *ctx, const rr_dataset *from, const rr_dataset *ds,
                           size_t k, float *votes, rr_error *err);

#endif
