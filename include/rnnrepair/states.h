/* SPDX-License-Identifier: MIT */
/* states.h - how hidden states arrive at the analysis.
 *
 * The analysis needs, for each step of each sequence, the triple (hidden state, label predicted so
 * far, input). A state source delivers them batch by batch, as often as it is rewound, always in
 * the same order; the states of a whole training set are never in memory at once. The built-in
 * networks are one source (network.h); any other program can be one by filling in an rr_state_ops.
 */
#ifndef RNNREPAIR_STATES_H
#define RNNREPAIR_STATES_H

#include "rnnrepair/status.h"

RR_BEGIN_DECLS

/** Some whole sequences, one after another. R is the sum of their steps. All pointers are borrowed
 *  from the source and valid until its next call. */
typedef struct rr_state_batch {
    size_t count;                /**< sequences in this batch; 0 = the source is exhausted */
    size_t rows;                 /**< R */
    const uint32_t *steps;       /**< [count] T_i >= 1 */
    const uint32_t *labels;      /**< [count] given labels, 0..C-1 */
    const float *states;         /**< [R][H] h_{i,t}, steps in order, sequence after sequence */
    const uint32_t *predictions; /**< [R] y_{i,t}, 0..C-1 */
    const float *probabilities;  /**< [R][C] softmax of the output layer, NULL where unknown */
    const float *frames;         /**< [R][D], NULL for symbol data */
    const uint32_t *symbols;     /**< [R] ids below V, NULL for frame data */
} rr_state_batch;

/** What a source can do. Each function gets the source's own pointer. */
typedef struct rr_state_ops {
    /** Go back to the first sequence. */
    rr_status (*rewind)(void *self, rr_error *err);
    /** Deliver the next sequences; batch->count = 0 at the end. */
    rr_status (*next)(void *self, rr_state_batch *batch, rr_error *err);
    /** Release self. */
    void (*release)(void *self);
} rr_state_ops;

/** A source: visible plain data, filled in by whoever makes it. */
typedef struct rr_state_source {
    const rr_state_ops *ops;
    void *self;
    size_t sequences;  /**< N over a whole pass */
    size_t steps;      /**< sum of T_i over a whole pass */
    size_t hidden;     /**< H */
    size_t classes;    /**< C */
    size_t width;      /**< D, 0 for symbol data */
    size_t vocabulary; /**< V, 0 for frame data */
} rr_state_source;

/** Call ops->release and clear the struct; NULL and a cleared struct are allowed. */
RR_API void rr_state_source_close(rr_state_source *source);

RR_END_DECLS

#endif
