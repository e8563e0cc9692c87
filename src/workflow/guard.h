/* SPDX-License-Identifier: MIT */
/* guard.h - a guard at work: compares a network that is trained with the one it was, and keeps the
 * last weights that obey. */
#ifndef RRI_WORKFLOW_GUARD_H
#define RRI_WORKFLOW_GUARD_H

#include "workflow/workflow_internal.h"

typedef struct rri_watch rri_watch;

/* Begin, with the weights to compare with; train is the training set of the session. batches: of an
 * epoch, which the comparisons are spread over. The guard is borrowed.
 * Errors: ARG (a number held back that is not below N), as rr_session_split(), rri_predict(). */
rr_status rri_watch_new(rr_session *s, const rr_guard *guard, const rr_network *net,
                        const rr_dataset *train, size_t batches, rri_watch **out, rr_error *err);

/* Go on from what was seen, of which `kept` are the weights, NULL where none are; they become the
 * watch's. */
void rri_watch_resume(rri_watch *w, const rr_guarded *seen, rr_network *kept);

/* The number of updates at which the next comparison is due, after `done`; SIZE_MAX where none is.
 */
size_t rri_watch_next(const rri_watch *w, size_t done);

/* Compare where it is due. */
rr_status rri_watch_look(rri_watch *w, const rr_network *net, size_t updates, rr_error *err);

/* What was seen, and the weights kept: NULL where none obey, or where the last are kept. */
rr_guarded rri_watch_seen(const rri_watch *w);
const rr_network *rri_watch_kept(const rri_watch *w);

/* The same, which become the caller's: rr_network_free(). */
rr_network *rri_watch_take(rri_watch *w);

void rri_watch_free(rri_watch *w); /* NULL is allowed */

/* The inputs of a guard: dev, or of train those held back. Memory: *out is rr_dataset_free(). */
rr_status rri_guard_inputs(rr_session *s, const rr_guard *guard, const rr_dataset *train,
                           rr_dataset **out, rr_error *err);

/* Compare predictions of the inputs of a guard, [R] before and after: what changed, and do they
 * obey? By default they break none, or fewer than they fix and lose no macro-F1, so that a rare
 * class does not pay for a common one. */
rr_status rri_guard_judge(const rr_session *s, const rr_guard *guard, const rr_dataset *inputs,
                          const uint32_t *before, const uint32_t *after, rr_outcome *o,
                          bool *obeyed, rr_error *err);

/* Sample what is held back: `n` of the training set, as many of each class as its part of it is,
 * ascending. Memory: *out [*count] is owned, rri_free(). */
rr_status rri_guard_hold(const rr_dataset *train, uint64_t seed, size_t n, uint32_t **out,
                         size_t *count, rr_error *err);

#endif
