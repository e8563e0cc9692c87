/* SPDX-License-Identifier: MIT */
/* common.h - what the kinds of repair share: traces of a dataset, draws without repetition.
 * Internal to src/repair. */
#ifndef RRI_REPAIR_COMMON_H
#define RRI_REPAIR_COMMON_H

#include "rnnrepair/influence.h"
#include "rnnrepair/network.h"

#include "core/core.h"

/* The traces of a dataset read by a network. Memory: rr_traces_free(). */
rr_status rri_trace_dataset(const rr_influence *inf, const rr_network *net, const rr_dataset *ds,
                            size_t threads, rr_traces **out, rr_error *err);

/* Target `number` of a repair, sequence `id` of the test set, read by itself: a matrix product may
 * round a row differently in another company of rows, and targets must not influence each other.
 * Refused where there is no such sequence, and where it is read right. Memory: rr_traces_free(),
 * one trace. */
rr_status rri_trace_target(const rr_influence *inf, const rr_network *net, const rr_dataset *test,
                           size_t number, size_t id, size_t threads, rr_traces **out,
                           rr_error *err);

/* The first n places of a seeded shuffle of list[size], n <= size, without repetition. */
void rri_draw_some(rri_random *stream, uint32_t *list, size_t size, size_t n);

/* Draw training sequences labelled `label` and predicted so, `want` of them or all there are, none
 * twice. Memory: *out [*count] is owned, rri_free(); NULL on failure. */
rr_status rri_draw_right(const rr_influence *inf, uint32_t label, rri_random *stream, size_t want,
                         uint32_t **out, size_t *count, rr_error *err);

/* For qsort() of uint32_t, rising. */
int rri_by_number(const void *a, const void *b);

#endif
