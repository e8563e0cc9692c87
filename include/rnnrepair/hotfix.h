/* SPDX-License-Identifier: MIT */
/* hotfix.h - a repair of the output layer alone, with a proof: the least change of W and b by which
 * every target is predicted right, and no training input that was right turns wrong.
 *
 * The states h under the output layer stay, so that the demands are linear in W and b, and the
 * least change is a convex program:
 *
 *     min  sum_c (dw_c, db_c) M (dw_c, db_c)^T
 *     with logit_t(x) - logit_k(x) >= margin        targets x, their truth t, every other class k
 *          logit_t(x) - logit_k(x) >= hold          training inputs x that are right
 *
 * M = 1/N sum (h, 1)^T (h, 1) + ridge I is the second moment of the states of the N inputs to hold,
 * so that what is made small is the mean square change of their logits, not of the weights. The
 * program is solved exactly, with the few demands that bind found by cutting planes; where it has
 * no solution the multipliers prove so, and the targets in conflict are named.
 * Method: docs/ALGORITHMS.md#the-output-layer. */
#ifndef RNNREPAIR_HOTFIX_H
#define RNNREPAIR_HOTFIX_H

#include "rnnrepair/hooks.h"
#include "rnnrepair/status.h"

RR_BEGIN_DECLS

/** The settings of the program. */
typedef struct rr_output_repair {
    double margin; /**< of the targets, in logits, > 0 */
    double hold;   /**< of the training inputs to hold, in logits: well above the rounding errors of
                        the network's own evaluation; 0 = a twentieth of the norm of the layer,
                        the root mean square of its logits */
    double ridge;  /**< > 0, in mean squares of a state's value; large = least change of weights */
    double limit;  /**< largest change, in norms of the layer itself, > 0: beyond it a repair
                        counts as impossible */
    int drop_conflicts; /**< where not all targets can be repaired, repair those that can */
} rr_output_repair;

/** The values the command line uses. */
RR_API rr_output_repair rr_output_repair_default(void);

/** An output layer and the states it is to be changed for. Borrowed for the call. Class c has logit
 *  o_c = w_c h + b_c; with a single output, o, classes 0 and 1 have the logits 0 and o. */
typedef struct rr_hotfix_problem {
    size_t hidden;          /**< H >= 1 */
    size_t outputs;         /**< O >= 1: C, or 1 of a logistic head (C = 2) */
    const float *weight;    /**< [O][H] */
    const float *bias;      /**< [O] */
    size_t targets;         /**< K >= 1: the first K inputs are targets, the others are held */
    size_t count;           /**< K + N inputs; those to hold are right under the layer */
    const float *states;    /**< [count][H] */
    const uint32_t *labels; /**< [count] truths, 0..C-1 */
} rr_hotfix_problem;

/** The result. Plain data, read-only. Inputs are named by their index in the problem. */
typedef struct rr_hotfix {
    int possible; /**< 1: the layer below obeys the program, of all targets but those dropped */
    float *weight, *bias; /**< [O][H], [O] the changed layer; that of the problem where it is not
                               possible */
    double change;        /**< norm of the change by M: root mean square change of the logits */
    double layer;         /**< norm of the layer before */
    double hold;          /**< the margin to hold that was used */
    double bound;         /**< proved lower bound of the norm of any change that obeys the program;
                               where it is not possible it exceeds the limit */
    double worst_target, worst_held; /**< least margins of the layer as rounded to float, computed
                                          in double; without such inputs infinite */
    size_t rounds, rows, binding; /**< of the cutting planes; demands looked at; those that bind */
    size_t *dropped; /**< [count_dropped] targets that are left as they were, ascending */
    size_t count_dropped;
    size_t *conflict; /**< [count_conflict] where all targets together are not possible: of them an
                           irreducible set that is not, ascending; without any one of it the others
                           are possible */
    size_t count_conflict;
    size_t *opposed; /**< [count_opposed] the inputs to hold in the proof, ascending */
    size_t count_opposed;
    double seconds;
} rr_hotfix;

/** Solve.
 *  Memory   on RR_OK *out is owned by the caller: rr_hotfix_free(). Else *out is NULL.
 *  Errors   ARG (a setting or a size out of range, a label that is no class), NUMERIC (a value is
 *           not finite, err->where is its input; rounding errors prevent the proof of either
 *           answer), NOMEM, CANCELLED. That it is not possible is no error.
 *  Cost     H^2 (K + N) for M, then a few passes of O H (K + N), and O(q^2 + q H) a demand that
 *           joins the q that bind. A conflict costs such a solution a target in its proof; dropping
 *           conflicts one a dropped target, and one more to see that it had to be.
 *  Threads  0 = every core; the bits do not depend on it. */
RR_API RR_MUST_USE rr_status rr_hotfix_solve(const rr_output_repair *cfg,
                                             const rr_hotfix_problem *problem, size_t threads,
                                             const rr_callbacks *callbacks, rr_hotfix **out,
                                             rr_error *err);

/** The least margin of every input under the layer of the problem, over the class it is closest to,
 *  computed in double: negative where it is wrong. It has margin [count]; targets may be 0.
 *  Errors   as rr_hotfix_solve(). */
RR_API RR_MUST_USE rr_status rr_hotfix_margins(const rr_hotfix_problem *problem, size_t threads,
                                               double *margin, rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_hotfix_free(rr_hotfix *h);

RR_END_DECLS

#endif
