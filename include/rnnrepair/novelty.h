/* SPDX-License-Identifier: MIT */
/* novelty.h - how unlike its training set a sequence is.
 *
 * A network answers inputs of another kind as confidently as its own. The novelty compares a
 * sequence with the training sequences in up to four ways (rr_novelty_part), each calibrated on the
 * training set alone; above 1 it is more than one sequence in 500 of the same kind is expected to
 * have. What it sees and what it does not: docs/ALGORITHMS.md#novelty. Of the splits of a run:
 * rr_session_novelty(), workflow_explain.h. */
#ifndef RNNREPAIR_NOVELTY_H
#define RNNREPAIR_NOVELTY_H

#include "rnnrepair/influence.h"

RR_BEGIN_DECLS

/** The novelty of one sequence. Plain data. */
typedef struct rr_novelty {
    float value;          /**< from 0; above 1 the sequence is novel */
    rr_novelty_part most; /**< the part that adds most */
    float part[4];        /**< by rr_novelty_part, what each adds; 0 where the data have none */
} rr_novelty;

/** Whether the model has limits: 0 for one of fewer than 20 training sequences, or from a file
 *  written before there were any, which a new build adds. */
RR_API int rr_influence_has_novelty(const rr_influence *inf);

/** The novelty of each sequence of a source.
 *  Shapes   out is [N of the source].
 *  Errors   UNSUPPORTED (rr_influence_has_novelty() is 0), as rr_influence_trace().
 *  Cost     as of rr_influence_trace(); of frames also a distance for each, O(R*D). The bits do not
 *           depend on threads. */
RR_API RR_MUST_USE rr_status rr_influence_novelty(const rr_influence *inf, rr_state_source *source,
                                                  size_t threads, rr_novelty *out, rr_error *err);

RR_END_DECLS

#endif
