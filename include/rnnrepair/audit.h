/* SPDX-License-Identifier: MIT */
/* audit.h - who is responsible for errors, and which labels are likely wrong, by the influence
 * model.
 *
 * Two questions that are often taken for one:
 *
 *     rr_drivers()        which training sequences drive the network into its errors?
 *     rr_label_support()  whose label is at odds with those of the sequences that pass the same
 *                         steps? the self-influence of this model: low support, high score
 *
 * A mislabelled sequence that the network has learnt drives errors and is well supported in its new
 * place; one that it has not learnt lacks support and drives none. The scores of the gradient
 * methods beside these are attribution.h's, with the same sign: larger is more responsible, more
 * likely wrong. Definitions: docs/ALGORITHMS.md#audit. */
#ifndef RNNREPAIR_AUDIT_H
#define RNNREPAIR_AUDIT_H

#include "rnnrepair/enums.h"
#include "rnnrepair/influence.h"

RR_BEGIN_DECLS

/* ---- rankings by the influence model --------------------------------------------------------- */

/** How much each training sequence drives a set of errors, the sum over all of them.
 *  Shapes   which is [n], numbers of traces, each predicted otherwise than labelled; scores is [N],
 *           0 or more.
 *  Errors   ARG (no error; a number out of range; a sequence that is no error, err->where is its
 *           place; a key as in rr_influence_segment()), SHAPE (a trace that is not of this model),
 *           UNSUPPORTED, NOMEM.
 *  Cost     a look-up for every step, and two ways through the posting lists of the keys that the
 *           errors pass, each once however many errors pass it. */
RR_API RR_MUST_USE rr_status rr_drivers(const rr_influence *inf, rr_key key, rr_weighting weighting,
                                        const rr_traces *traces, const size_t *which, size_t n,
                                        double *scores, rr_error *err);

/** How well other training sequences support each label: the mean, over the last 64 steps, step t
 *  of T weighing t/T, of the logarithm of the share of label c among the *other* training sequences
 *  that are in the same state with the same prediction as many steps before their end. Nats, at
 *  most 0.
 *
 *  Shapes   support is [N][C].
 *  Errors   NOMEM.
 *  Cost     two passes over all steps, C values each; a table of at most 64*K*C*C counts. Where
 *           that is more than 2^26 the prediction is not part of what is compared.
 *  Threads  threads = 0 uses every core; the bits do not depend on it. */
RR_API RR_MUST_USE rr_status rr_label_support(const rr_influence *inf, size_t threads,
                                              float *support, rr_error *err);

/* ---- evidence ------------------------------------------------------------------------------- */

/** An error a training sequence drives. */
typedef struct rr_driven {
    size_t trace; /**< number of the error among the traces */
    double score; /**< the sequence's part of rr_drivers() for this error */
} rr_driven;

/** The errors that some training sequences drive most by RR_WEIGHTING_CONTRAST, each list by
 * falling score, ties by rising number; errors a sequence does not drive are left out.
 *
 *  Shapes   which is [n], the same errors as for rr_drivers(); ids is [m], training sequences; out
 *           is [m][most]; counts is [m], each at most `most`.
 *  Errors   as rr_drivers(); ARG (an id is not below N).
 *  Cost     as rr_drivers() once, and a search by halving in each key's list for every id. */
RR_API RR_MUST_USE rr_status rr_driven_errors(const rr_influence *inf, rr_key key,
                                              const rr_traces *traces, const size_t *which,
                                              size_t n, const uint32_t *ids, size_t m, size_t most,
                                              rr_driven *out, size_t *counts, rr_error *err);

RR_END_DECLS

#endif
