/* SPDX-License-Identifier: MIT */
/* workflow_compare.h - what two runs on the same data answer otherwise: fixed, broken, still wrong,
 * and how one was made from the other.
 *
 *     rr_session_compare(s, other, NULL, &c, err);
 *     c->all.counts.fixed, c->changed[0].id, ...
 *     rr_comparison_free(c); */
#ifndef RNNREPAIR_WORKFLOW_COMPARE_H
#define RNNREPAIR_WORKFLOW_COMPARE_H

#include "rnnrepair/outcome.h"
#include "rnnrepair/workflow.h"

RR_BEGIN_DECLS

/** Settings of rr_session_compare(). */
typedef struct rr_compare_config {
    size_t struct_size; /**< set by the default */
    int split;          /**< on which they are compared, an rr_split; RR_SPLIT_OTHER: the other data
                             that both sessions have opened; -1 = test, else dev, else train */
} rr_compare_config;

/** Test, else dev, else train. */
RR_API rr_compare_config rr_compare_config_default(void);

/** What the training set of one run has that that of another has not. Numbers are of the source's
 *  training set. */
typedef struct rr_edit_difference {
    int known;    /**< 0: the runs were not trained on one source, or one is on states: all is 0 */
    size_t added; /**< samples added in the second alone */
    size_t taken_back;       /**< samples added in the first alone */
    size_t removed;          /**< sequences removed in the second alone */
    size_t restored;         /**< removed in the first alone */
    size_t relabelled;       /**< sequences of both with another label in the second */
    size_t relabelled_steps; /**< steps of both with another label in the second */
    int reweighted;          /**< 1: their loss weights differ */
} rr_edit_difference;

/** An input that the two runs answer otherwise, or both wrongly. */
typedef struct rr_changed {
    size_t id;   /**< sequence of the split */
    size_t step; /**< where every step has an output, from 1; else 0 */
    rr_change kind;
    uint32_t truth;                              /**< RR_NO_LABEL without labels */
    uint32_t before, after;                      /**< predictions */
    float probability_before, probability_after; /**< of these; negative where unknown */
    float truth_before, truth_after; /**< of the truth; negative where unknown, or without labels */
    int target;                      /**< 1: a target of the repair */
} rr_changed;

/** The comparison of two runs. Plain data, read-only. Inputs are sequences, or where every step has
 *  an output steps with a label. */
typedef struct rr_comparison {
    rr_relation relation; /**< of the second to the first */
    rr_edit_difference edits;
    rr_split split;
    const rr_dataset *ds; /**< the split, of the first; borrowed from its session */
    int by_steps;         /**< 1: inputs are steps */
    int labelled;         /**< 0: there are no labels: nothing is right or wrong, all counts of the
                               three effects are 0 */
    int probabilities;    /**< 0: states without probabilities: of the effects the counts alone are
                               set */
    size_t inputs;        /**< compared; without labels all of them */
    size_t differ;        /**< of these, with another prediction */
    rr_effect all;
    rr_class_outcome *classes; /**< [count_classes] C, of all inputs */
    size_t count_classes;
    int has_targets;     /**< 1: one was made from the other as a repair, of errors of this split */
    rr_effect targets;   /**< of these alone; zeros without */
    rr_effect unseen;    /**< of all other inputs: their errors are unseen ones; zeros without */
    rr_changed *changed; /**< [count_changed] fixed, broken, still wrong, changed; each by sequence,
                              then step */
    size_t count_changed;
    const uint32_t *before, *after; /**< [N], or where every step has an output [R]: predictions */
    const float *probability_before, *probability_after; /**< [N] or [R] of these; NULL where
                                                              unknown */
    const char *note; /**< what is not compared and why; "" = nothing */
} rr_comparison;

/** Compare what two runs answer on a split of the same data: before is the first, after the
 *  second, whichever was made from the other. The train split is the training set of the first,
 *  with its edits, for both. cfg may be NULL for the default.
 *  Memory   on RR_OK *out is owned by the caller: rr_comparison_free(), before a session is closed.
 *           Else *out is NULL.
 *  Errors   ARG (one run twice; no such split in one of them), MISMATCH (other data, other classes,
 *           one run alone has an output at every step), FORMAT (targets that the split does not
 *           have), as rr_session_network(), rr_session_split(), rr_effect_measure(); CANCELLED.
 *  Cost     both networks run over the split, over dev and test once a session where the
 *           probabilities take 64 MiB at most; 4 bytes for each input and class, twice. */
RR_API RR_MUST_USE rr_status rr_session_compare(rr_session *first, rr_session *second,
                                                const rr_compare_config *cfg, rr_comparison **out,
                                                rr_error *err);
/** Release; NULL is allowed. */
RR_API void rr_comparison_free(rr_comparison *x);

RR_END_DECLS

#endif
