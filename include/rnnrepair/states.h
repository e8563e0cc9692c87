/* SPDX-License-Identifier: MIT */
/* states.h - state sources: the hidden states of sequences, batch by batch, as the analysis reads
 * them.
 *
 * The analysis needs, for each step of each sequence, the triple (hidden state, label predicted so
 * far, input). A state source delivers them batch by batch, as often as it is rewound, always in
 * the same order; the states of a whole training set are never in memory at once. The built-in
 * networks are one source (network.h); states from elsewhere are given as arrays
 * (rr_states_from_arrays()) or as a file (rr_states_open()), or batch by batch from a program that
 * fills in an rr_state_ops. */
#ifndef RNNREPAIR_STATES_H
#define RNNREPAIR_STATES_H

#include "rnnrepair/enums.h"
#include "rnnrepair/status.h"

RR_BEGIN_DECLS

/** Where states come from, in so far as it decides what may be concluded from them. All zero for
 *  states of a built-in network, which are of one pass and exact. */
typedef struct rr_states_origin {
    int foreign;         /**< 1: from a network trained elsewhere */
    rr_states_kind kind; /**< what s_t and y_t are */
    uint64_t compared;   /**< parity: sequences whose y_T was compared with the model's own answer;
                              0 = it was not measured */
    uint64_t disagreements; /**< of these, with another label */
    double difference;      /**< largest |difference| of an output; negative where not measured */
    char model[65];         /**< 64 hexadecimal digits that name the model, "" = unknown */
} rr_states_origin;

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
    const uint32_t *step_labels; /**< [R] 0..C-1 or RR_NO_LABEL; NULL where steps have none */
} rr_state_batch;

/** The functions of a source. Each gets the source's own pointer. */
typedef struct rr_state_ops {
    /** Go back to the first sequence. */
    rr_status (*rewind)(void *self, rr_error *err);
    /** Deliver the next sequences; batch->count = 0 at the end. */
    rr_status (*next)(void *self, rr_state_batch *batch, rr_error *err);
    /** Release self. */
    void (*release)(void *self);
} rr_state_ops;

/** A source: plain data, filled in by its implementation. */
typedef struct rr_state_source {
    const rr_state_ops *ops;
    void *self;
    size_t sequences;  /**< N over a whole pass */
    size_t steps;      /**< sum of T_i over a whole pass */
    size_t hidden;     /**< H */
    size_t classes;    /**< C */
    size_t width;      /**< D, 0 for symbol data */
    size_t vocabulary; /**< V, 0 for frame data */
    rr_states_origin origin;
    int unlabelled; /**< the sequences have no labels: each is delivered as 0 */
} rr_state_source;

/** Call ops->release and clear the struct; NULL and a cleared struct are allowed. */
RR_API void rr_state_source_close(rr_state_source *source);

/** All sequences of a dataset, in memory. Borrowed. R is the sum of their steps; row r of an array
 *  with R rows belongs to step r, sequence after sequence. */
typedef struct rr_state_arrays {
    size_t sequences;            /**< N >= 1 */
    size_t hidden;               /**< H >= 1 */
    size_t classes;              /**< C >= 1 */
    size_t width;                /**< D >= 1 where there are frames, else 0 */
    size_t vocabulary;           /**< V >= 1 where there are symbols, else 0 */
    const uint32_t *steps;       /**< [N] T_i >= 1 */
    const uint32_t *labels;      /**< [N] given labels, 0..C-1; NULL where they are unknown: such
                                      sequences can be asked about, not learned from */
    const float *states;         /**< [R][H] h_{i,t} */
    const uint32_t *predictions; /**< [R] y_{i,t}, 0..C-1, predicted after step t */
    const float *probabilities;  /**< [R][C] of the classes after step t; NULL where unknown */
    const float *frames;         /**< [R][D] the inputs, or */
    const uint32_t *symbols;     /**< [R] their numbers, below V; exactly one of the two */
    const uint32_t *step_labels; /**< [R] 0..C-1 or RR_NO_LABEL; NULL where steps have none. Without
                                      labels a sequence has that of its last labelled step */
    rr_states_origin origin;     /**< foreign is set by the library */
    size_t batch;                /**< sequences delivered at a time; 0 = 512, fewer where they
                                      would take more than 64 MiB */
} rr_state_arrays;

/** A source over arrays, for states of a network trained elsewhere.
 *  Memory   the arrays are borrowed until rr_state_source_close().
 *  Errors   ARG (a size is 0, an array is missing, a number is out of range; err->where is its
 *           index), SHAPE (more steps than memory has), NUMERIC (a value is not finite; err->where
 *           is the row), NOMEM. */
RR_API RR_MUST_USE rr_status rr_states_from_arrays(const rr_state_arrays *arrays,
                                                   rr_state_source *out, rr_error *err);

/** A source over a states file, an npz as `predict -o` writes it: arrays state [R][H], steps [N],
 *  prediction [R], either symbol [R] or frame [R][D], kind; optionally label [N], step_label [R]
 *  (negative: none), probability [R][C], split [N], class_names [C], tokens [V], parity [3], model,
 *  classes, vocabulary, batch (docs/FORMAT.md#states). It is streamed: memory holds one batch, and
 *  some 30 bytes a sequence.
 *
 *  What the file does not say follows from its largest numbers: C where it has neither classes,
 *  class_names nor probability, V where it has neither vocabulary nor tokens. Whoever knows better
 *  may raise out->classes or out->vocabulary before reading. origin.foreign is 1.
 *  Shapes   split is an rr_split, -1 for all sequences; a file without the array has only train.
 *           which [n] lists sequences of that split, in any order; NULL stands for all.
 *  Memory   `which` is copied. On RR_OK *out is to be closed: rr_state_source_close().
 *  Errors   ARG (no such split, a number in `which` beyond it; err->where is its index), IO, FORMAT
 *           (no npz, an array is missing, of the wrong type, or holds a value out of range), SHAPE
 *           (arrays do not fit together), NOMEM. The message names file, array, index and value.
 *           States, probabilities and frames are checked as they are read, by `next`: NUMERIC.
 *  Cost     opening reads every array of whole numbers once. A list that does not ascend is read
 *           with a jump a sequence, for which compressed arrays are unpacked anew; of compressed
 *           files read few. */
RR_API RR_MUST_USE rr_status rr_states_open(const char *path, int split, const size_t *which,
                                            size_t n, rr_state_source *out, rr_error *err);

/** What a reader of results must know about states of a network trained elsewhere: what the states
 *  are, and how far their predictions are the model's own. One or two sentences, without a line
 *  end; "" for states of a built-in network.
 *  Memory   on RR_OK *out is a string owned by the caller: rr_string_free(). Else *out is NULL.
 *  Errors   ARG (an unknown kind), NOMEM. */
RR_API RR_MUST_USE rr_status rr_states_sentence(const rr_states_origin *origin, char **out,
                                                rr_error *err);

RR_END_DECLS

#endif
