/* SPDX-License-Identifier: MIT */
/* derivatives.h - how the losses of single sequences change with the weights: gradients, slopes
 * along a direction, products with the curvature, and norms of every sequence's own gradient.
 *
 * The loss of sequence i is L_i = -log p(class | sequence i), nats, of the last step's output. All
 * of it is exact, and none of it takes the sequences one at a time: a slope g_i . v is the tangent
 * of a forward pass along v, the product H v is the reverse pass of that tangent [Pearlmutter94],
 * and |g_i|^2 comes from the products of activations and their gradients over pairs of steps.
 * Equations: docs/ALGORITHMS.md#derivatives.
 *
 * Directions and gradients are [rr_network_parameters()], in tensor order. Of a frozen embedding a
 * direction's part is passed over, and a result's part is zero; so it is of the two special words
 * of a trained one. */
#ifndef RNNREPAIR_EXPERIMENTAL_DERIVATIVES_H
#define RNNREPAIR_EXPERIMENTAL_DERIVATIVES_H

#ifndef RR_EXPERIMENTAL
#error "this interface may change at any time: define RR_EXPERIMENTAL to use it"
#endif

#include "rnnrepair/enums.h"
#include "rnnrepair/network.h"

RR_BEGIN_DECLS

/** Some losses over a dataset. Borrowed for the call. */
typedef struct rr_losses {
    const size_t *which;    /**< [n] numbers of sequences; NULL = the first n */
    const uint32_t *labels; /**< [n] the class each loss is about; NULL = the given labels */
    size_t n;               /**< >= 1 */
    const size_t *steps;    /**< [n] of a network with an output at every step: the step (from 0)
                               of each loss, about the class labels[i] there; NULL = each loss is
                               the sum over the labelled steps, and labels is NULL, too */
    const float *weights;   /**< [n] what each loss counts in a sum: in gradient, product and
                               direction, not in slopes and squares; NULL = 1 */
} rr_losses;

/** Every sequence of a dataset with its given label. */
RR_API rr_losses rr_losses_all(const rr_dataset *ds);

/** A workspace to differentiate the losses of a network over a dataset. Opaque. */
typedef struct rr_derivatives rr_derivatives;

/** Create a workspace. The network and the dataset are borrowed; each call reads the weights again,
 *  so that they may change between calls. Dropout plays no part.
 *  Memory   on RR_OK *out is owned by the caller: rr_derivatives_free(). Else *out is NULL. Some
 *           megabytes and a few blocks of all weights a thread, with a trained embedding also the
 *           vectors of 128 sequences' steps; it does not grow with N.
 *  Errors   SHAPE (the dataset does not fit the network or is empty), MISMATCH (words of another
 *           vocabulary), NOMEM.
 *  Threads  threads = 0 uses every core; the bits of all results do not depend on it. One object
 *           serves one call at a time. */
RR_API RR_MUST_USE rr_status rr_derivatives_new(const rr_network *net, const rr_dataset *ds,
                                                size_t threads, rr_derivatives **out,
                                                rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_derivatives_free(rr_derivatives *d);

/** Sum of the gradients.
 *  Shapes   loss (may be NULL) is [n]; gradient is [rr_network_parameters()].
 *  Errors   ARG (no loss, a number or a class out of range; err->where is its index), NUMERIC (a
 *           result is not finite). Outputs are then undefined.
 *  Cost     a training step's forward and backward pass. */
RR_API RR_MUST_USE rr_status rr_derivatives_gradient(rr_derivatives *d, const rr_losses *losses,
                                                     double *loss, double *gradient, rr_error *err);

/** The slope of every loss along a direction: slopes[i] = g_i . direction.
 *  Shapes   direction is [rr_network_parameters()], slopes is [n].
 *  Errors   as rr_derivatives_gradient(); NUMERIC also where the direction is not finite.
 *  Cost     three forward passes. */
RR_API RR_MUST_USE rr_status rr_derivatives_slopes(rr_derivatives *d, const rr_losses *losses,
                                                   const float *direction, double *slopes,
                                                   rr_error *err);

/** The sum of all (second derivatives of L_i) * direction, and the slopes of the same pass.
 *  Shapes   product is [rr_network_parameters()], slopes (may be NULL) is [n].
 *  Errors   as rr_derivatives_slopes().
 *  Cost     hessian: about 8/3 of a training step; gauss-newton: 5/3. */
RR_API RR_MUST_USE rr_status rr_derivatives_product(rr_derivatives *d, const rr_losses *losses,
                                                    rr_curvature curvature, const float *direction,
                                                    double *product, double *slopes, rr_error *err);

/** The squared 2-norm of every gradient: squares[i] = g_i . g_i.
 *  Shapes   squares is [n].
 *  Errors   as rr_derivatives_gradient().
 *  Cost     a training step's passes, and for each sequence T*T products of length D + 5H (LSTM).
 *  Source   [Goodfellow15], and for the pairs of steps docs/ALGORITHMS.md#derivatives. */
RR_API RR_MUST_USE rr_status rr_derivatives_squares(rr_derivatives *d, const rr_losses *losses,
                                                    double *squares, rr_error *err);

/** The direction in which the sum of the losses grows fastest: its gradient, of length 1. All zeros
 *  where it vanishes.
 *  Shapes   direction is [rr_network_parameters()].
 *  Errors   as rr_derivatives_gradient(), and NOMEM.
 *  Cost     as rr_derivatives_gradient(). */
RR_API RR_MUST_USE rr_status rr_derivatives_direction(rr_derivatives *d, const rr_losses *losses,
                                                      float *direction, rr_error *err);

/** The cosine between every gradient and a direction: how much of a small training step on that
 *  sequence alone goes its way. 0 where either vanishes.
 *  Shapes   direction is [rr_network_parameters()], cosines is [n], -1..1.
 *  Errors   as rr_derivatives_slopes(), and NOMEM.
 *  Cost     rr_derivatives_slopes() and rr_derivatives_squares(). */
RR_API RR_MUST_USE rr_status rr_derivatives_cosines(rr_derivatives *d, const rr_losses *losses,
                                                    const float *direction, double *cosines,
                                                    rr_error *err);

RR_END_DECLS

#endif
