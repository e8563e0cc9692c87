/* SPDX-License-Identifier: MIT */
/* localize.h - the suspect steps of a misclassified input.
 *
 * For a failed input x with truth t and trace (q_0, x_1, y_1, q_1, ..., x_T, y_T, q_T):
 *
 *     rare   { x_t : |I(q_{t-1}, x_t)| < gamma }, inputs rare in training in that state
 *     flip   the step after which the running prediction turned from the truth to another label
 *            for the last time; none if it never was the truth, and none if x is predicted
 *            correctly
 *
 * A mark of punctuation is no suspect where its text is known: what the network knew of the words
 * before it shows there, and a mark put into other sequences teaches nothing about them.
 * Symbols the network cannot distinguish from padding (rr_network_knows()) are reported and marked:
 * training has no effect on them, so no repair uses them. Method: docs/ALGORITHMS.md#repair. */
#ifndef RNNREPAIR_LOCALIZE_H
#define RNNREPAIR_LOCALIZE_H

#include "rnnrepair/enums.h"
#include "rnnrepair/influence.h"
#include "rnnrepair/network.h"

RR_BEGIN_DECLS

typedef struct rr_localize_config {
    size_t struct_size;          /**< set by the default */
    rr_rule rules;               /**< either makes a step suspect */
    size_t gamma;                /**< rare: fewer influential training sequences than this, >= 1 */
    rr_key key;                  /**< of |I| */
    const unsigned char *spared; /**< [count_spared] 1: a step with this symbol is never suspect.
                                      Borrowed for the call. NULL = none; in the functions of a
                                      session those without a letter, a digit or another sign than
                                      punctuation, unless `punctuation` is 1 */
    size_t count_spared;         /**< 0, or the size of the vocabulary */
    int punctuation;             /**< 1: marks are suspect as words are */
} rr_localize_config;

/** Both rules, gamma 5, state-symbol keys, no symbol spared. */
RR_API rr_localize_config rr_localize_config_default(void);

/** One suspect step. */
typedef struct rr_segment {
    size_t t;           /**< 1..T */
    uint32_t symbol;    /**< x_t; UINT32_MAX where the model has no symbols */
    rr_rule rules;      /**< those of the configured ones that it meets */
    size_t influencers; /**< |I| under the configured key */
    int known; /**< 0: the network cannot distinguish the symbol from padding. Steps of data
                    without words are all known */
} rr_segment;

/** The suspect steps of one input. Plain data, read-only. */
typedef struct rr_segments {
    size_t count;
    size_t known;         /**< how many of them are known */
    rr_segment *segments; /**< [count], in the order of t */
} rr_segments;

/** Find the suspect steps of a trace; its label is the truth.
 *  net is the network of the trace; it decides which symbols are known. NULL where it is not
 *  here: all of them are.
 *  Memory   on RR_OK *out is owned by the caller: rr_segments_free(). Else *out is NULL.
 *  Errors   ARG (cfg; spared that is not of the vocabulary; a key the model has no postings for,
 *           or the trace no symbols), SHAPE (a trace that is not of this model), UNSUPPORTED
 *           (full keys of more than 64 bits), NOMEM.
 *  Cost     one look-up a step.
 *  Source   [Xie21] sec. 3.3.2 (rare). */
RR_API RR_MUST_USE rr_status rr_localize(const rr_influence *inf, const rr_network *net,
                                         const rr_localize_config *cfg, const rr_trace *trace,
                                         rr_segments **out, rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_segments_free(rr_segments *s);

RR_END_DECLS

#endif
