/* SPDX-License-Identifier: MIT */
/* additions.h - which samples to add to a training set so that misclassified inputs are repaired,
 * for a network that is not here: from the influence model and the traces of the inputs alone.
 *
 * For a misclassified input x with truth t, level sample names the training sequences labelled t
 * that influence it most: they are to be trained on once more. Level segment (symbols) names, for
 * each suspect step x_i of x (localize.h), training sequences labelled t that pass the context of
 * that step, and where x_i is to be inserted into them. What the network would make of the new
 * samples is not known here, so none is sorted out: repair.h, which has the network, keeps the
 * better ones. The caller trains where the network is, and measures the outcome there.
 * Where the steps have labels, the inputs are the spans of x (rr_span) with a wrong step: level
 * sample names the training sequences with the spans of their label that influence them most.
 * Method: docs/ALGORITHMS.md#repair. */
#ifndef RNNREPAIR_ADDITIONS_H
#define RNNREPAIR_ADDITIONS_H

#include "rnnrepair/enums.h"
#include "rnnrepair/hooks.h"
#include "rnnrepair/influence.h"
#include "rnnrepair/localize.h"

RR_BEGIN_DECLS

typedef struct rr_additions_config {
    size_t struct_size;          /**< set by the default */
    rr_level level;              /**< auto: segment for a model of symbol data, else sample */
    rr_query query;              /**< sample: how traces are compared; label and correct_only are
                                      set by the method */
    rr_localize_config localize; /**< segment: which steps are suspect */
    size_t insertions;           /**< segment: for each suspect step, >= 1 */
    double balance;              /**< segment: class balancing, training sequences of the predicted
                                      label as they are, for each insertion, 0..16 */
    int correct_only;            /**< only training sequences the network classifies correctly */
    size_t budget;               /**< samples for each input at most, without those that balance;
                                      >= 1 */
    uint64_t seed;               /**< of the sequences that balance */
    size_t threads;              /**< 0 = every core; the bits do not depend on it */
} rr_additions_config;

/** The level by the model, lp on transitions, rule flip, 25 insertions, balance 0.5, correct ones
 *  only, budget 45, seed 1. */
RR_API rr_additions_config rr_additions_config_default(void);

/** One sample to add. */
typedef struct rr_addition {
    size_t target;              /**< number of the trace it is for */
    uint32_t truth, prediction; /**< of the target */
    rr_addition_kind kind;      /**< repeat, insert or balance */
    uint32_t source;            /**< the training sequence it is made from */
    uint32_t label;             /**< its label: that of the source */
    float score;                /**< repeat: inflscore(source, target), 0..1; else 0 */
    float rival;                /**< repeat: that of the nearest sequence of the predicted label;
                                     else 0 */
    uint32_t step;   /**< insert: the target's suspect step, from 1; see `last`; else 0 */
    uint32_t symbol; /**< insert: the symbol of that step; else UINT32_MAX */
    rr_rule rules;   /**< insert: why it is suspect; else 0 */
    uint32_t after;  /**< insert: the symbol becomes step after + 1 of the source */
    uint32_t suffix; /**< insert: steps up to `after` whose states are the target's */
    uint32_t last;   /**< where steps have labels: the span of the target is its steps `step` to
                          `last`, and truth and prediction are the span's; else 0 */
    uint32_t source_first, source_last; /**< and the span of the source; else 0 */
} rr_addition;

/** Samples to add, with why each. Opaque; immutable. */
typedef struct rr_additions rr_additions;

/** Find the samples to add for misclassified inputs. callbacks may be NULL.
 *  Shapes   which is [n], numbers of traces, each with a label it is not predicted as; where steps
 *           have labels, with a wrong step.
 *  Memory   on RR_OK *out is owned by the caller: rr_additions_free(). Else *out is NULL. Nothing
 *           is borrowed.
 *  Errors   ARG (cfg; a number out of range or of an input predicted correctly: err->where is its
 *           index; level segment for a model without symbols, or of labelled steps), as
 *           rr_localize(), rr_influence_nearest(), rr_spans_nearest(); CANCELLED, NOMEM.
 *  Source   [Xie21] sec. 3.3.2 (segment). */
RR_API RR_MUST_USE rr_status rr_additions_find(const rr_additions_config *cfg,
                                               const rr_influence *inf, const rr_traces *traces,
                                               const size_t *which, size_t n,
                                               const rr_callbacks *callbacks, rr_additions **out,
                                               rr_error *err);

/** The samples, target after target, best first. Memory: borrowed from a. */
RR_API const rr_addition *rr_additions_list(const rr_additions *a, size_t *count);

/** Inputs for which there is none: no step of theirs is suspect, or no training sequence fits. */
RR_API size_t rr_additions_without(const rr_additions *a);

/** Release; NULL is allowed. */
RR_API void rr_additions_free(rr_additions *a);

/** Why a sample is to be added, in one sentence. id: what the target is called, its number in the
 *  split; truth, prediction, symbol: names of the target's classes and of the symbol (NULL = by
 *  number).
 *  Memory   on RR_OK *out is a string owned by the caller: rr_string_free(). Else *out is NULL.
 *  Errors   NOMEM. */
RR_API RR_MUST_USE rr_status rr_addition_reason(const rr_addition *one, size_t id,
                                                const char *truth, const char *prediction,
                                                const char *symbol, char **out, rr_error *err);

RR_END_DECLS

#endif
