/* SPDX-License-Identifier: MIT */
/* diagnosis_internal.h - a network and its influence model together: traces of a dataset, and
 * checks that the three match. */
#ifndef RRI_DIAGNOSIS_INTERNAL_H
#define RRI_DIAGNOSIS_INTERNAL_H

#include "rnnrepair/influence.h"
#include "rnnrepair/localize.h"
#include "rnnrepair/network.h"

#include "core/core.h"

/* The traces of a dataset under a network. Memory: rr_traces_free(). */
rr_status rri_trace_dataset(const rr_influence *inf, const rr_network *net, const rr_dataset *ds,
                            size_t threads, rr_traces **out, rr_error *err);

/* The trace of target `number` of a repair, sequence `id` of the test set, run by itself: a matrix
 * product may round a row differently among other rows, and targets must not influence each other.
 * ARG where there is no such sequence, or where it is predicted correctly. Memory:
 * rr_traces_free(), one trace. */
rr_status rri_trace_target(const rr_influence *inf, const rr_network *net, const rr_dataset *test,
                           size_t number, size_t id, size_t threads, rr_traces **out,
                           rr_error *err);

/* The same of target `number`, step t from 1 of sequence `id`, whose label it must have wrong; ARG.
 */
rr_status rri_trace_step(const rr_influence *inf, const rr_network *net, const rr_dataset *test,
                         size_t number, size_t id, size_t t, size_t threads, rr_traces **out,
                         rr_error *err);

/* Whether a wrong step t of a trace of symbols is suspect: flip always is met, since the step
 * itself turned from its label; rare as in rr_localize(). Memory: rr_segments_free(), none or one.
 */
rr_status rri_localize_step(const rr_influence *inf, const rr_network *net,
                            const rr_localize_config *cfg, const rr_trace *x, size_t t,
                            rr_segments **out, rr_error *err);

/* Data that fit a network; SHAPE, MISMATCH. `what` names them: "training set". Here and below the
 * network may be NULL: it is trained elsewhere, and what would be asked of it is not checked. */
rr_status rri_check_data(const rr_network *net, const rr_dataset *ds, const char *what,
                         rr_error *err);
/* The same, and they are symbols; UNSUPPORTED. */
rr_status rri_check_symbols(const rr_network *net, const rr_dataset *ds, const char *what,
                            rr_error *err);
/* A model made from this training set with this network; SHAPE. */
rr_status rri_check_model(const rr_influence *inf, const rr_network *net, const rr_dataset *train,
                          rr_error *err);

#endif
