/* SPDX-License-Identifier: MIT */
/* abstraction.h - the settings of the abstraction, and the curve by which K is chosen.
 *
 *     h in R^H  --principal components-->  z in R^P  --Gaussian mixture-->  q in 1..K
 *
 * q = 0 is reserved for the state before the first step. Each abstract state has a confidence
 * vector C_q[c], the fraction of its training steps at which the network predicted c so far; its
 * stability is max_c C_q[c]. The defaults come with rr_influence_config_default(). Method:
 * docs/ALGORITHMS.md#abstraction. */
#ifndef RNNREPAIR_ABSTRACTION_H
#define RNNREPAIR_ABSTRACTION_H

#include "rnnrepair/enums.h"

RR_BEGIN_DECLS

/** The mixture. */
typedef struct rr_gmm_config {
    size_t struct_size; /**< set by the default */
    size_t components;  /**< K in 1..65534 */
    size_t max_iter;    /**< EM steps at most, 1..1000000 */
    double tol;     /**< stop below this gain in mean log-likelihood, nats a row; below 0 = never */
    double floor;   /**< added to every variance, squared units, 1e-30..1e30 */
    uint64_t seed;  /**< same seed, data and build give the same bits */
    size_t threads; /**< 0 = every core; the bits do not depend on it */
} rr_gmm_config;

/** For stability: K grows until the gain of the states is enough, and there are at least some
 *  states for each class. */
#define RR_STABILITY_AUTO (-1.0)

/** The choice of K. The automatic choice is described in docs/ALGORITHMS.md#choice-of-k. */
typedef struct rr_partition_config {
    size_t struct_size; /**< set by the default */
    size_t states;      /**< a fixed K, up to 65534; 0 = grow from 1 */
    size_t max_states;  /**< the limit of growing, up to 65534; 0 = 100, and of few sequences with
                             RR_STABILITY_AUTO less */
    double stability;   /**< Delta in 0..1: the mean stability to reach, as in the paper; or
                             RR_STABILITY_AUTO */
    rr_search search;
    rr_gmm_config gmm; /**< components is ignored */
} rr_partition_config;

/** One row of the recorded curve: of all steps, or for most K of a search by splitting of a sample
 *  of them; the last row, the model's, is of all. */
typedef struct rr_curve_point {
    size_t states;         /**< K */
    double stability_mean; /**< plain mean over the K states */
    double stability_min;
    double log_likelihood; /**< mean, nats a row */
    double bic;            /**< -2*R*log_likelihood + (K - 1 + 2*K*P)*log R; lower is better */
    double seconds;        /**< 0 in a model read from a file */
} rr_curve_point;

RR_END_DECLS

#endif
