/* SPDX-License-Identifier: MIT */
/* workflow_overview.h - calls of a session that look at a run as a whole: its abstract states one
 * by one, and how far its influence model is to be trusted.
 *
 *     rr_session_state_summary(s, NULL, &states, err);   a card for each state
 *     rr_session_trust(s, &trust, err);                  figures, each with a plain sentence
 *
 * Definitions and the reasons of the limits: docs/ALGORITHMS.md#overview. */
#ifndef RNNREPAIR_WORKFLOW_OVERVIEW_H
#define RNNREPAIR_WORKFLOW_OVERVIEW_H

#include "rnnrepair/workflow.h"

RR_BEGIN_DECLS

/* ---- abstract states ------------------------------------------------------------------------ */

/** Settings of rr_session_state_summary(). */
typedef struct rr_state_summary_config {
    size_t struct_size; /**< set by the default */
    int split;          /**< whose errors are listed by state, an rr_split; RR_SPLIT_OTHER is
                             allowed; -1 = test, else dev, else train */
    size_t words;       /**< words a state, at most */
    size_t ways;        /**< ways in, and ways out, at most */
    size_t errors;      /**< errors a state, at most; SIZE_MAX = all */
    size_t least;       /**< a word is listed if so many training steps in the state have it, */
    double least_share; /**< and this fraction of those steps, 0..1 */
} rr_state_summary_config;

/** 8 words of at least 5 steps and 0.002 of the state's, 5 ways, every error. */
RR_API rr_state_summary_config rr_state_summary_config_default(void);

/** A word that is frequent in a state. */
typedef struct rr_state_word {
    uint32_t symbol; /**< x_t */
    size_t count;    /**< training steps in the state with it */
    double share;    /**< of the steps in the state, 0..1 */
    double lift;     /**< share / its share of all training steps; 1 = as everywhere */
} rr_state_word;

/** A way into a state, or out of it, between two successive steps. */
typedef struct rr_state_way {
    size_t state; /**< the other state, 1..K, or the same; 0 = the start, or the end, of the
                       sequence */
    size_t count; /**< training steps in the state that come, or go on, this way */
    double share; /**< of the steps in the state, 0..1 */
} rr_state_way;

/** Who visits a state, of a split. Where every step has an output, right and wrong are of labelled
 *  steps: a sequence is wrong with one wrong step, as in rr_predictions. */
typedef struct rr_state_visits {
    size_t steps;          /**< in the state */
    size_t sequences;      /**< with a step in it */
    size_t ends;           /**< sequences whose last step is in it */
    size_t errors;         /**< sequences with a step in it, misclassified */
    size_t end_errors;     /**< sequences that end in it, misclassified */
    size_t labelled_steps; /**< steps in it with a label of their own */
    size_t step_errors;    /**< of these, predicted otherwise */
    double accuracy;       /**< fraction of the sequences with a step in it that is right; negative
                                where there are none, or no labels */
    double end_accuracy;   /**< the same of the sequences that end in it */
    double step_accuracy;  /**< the same of its labelled steps */
} rr_state_visits;

/** One abstract state. */
typedef struct rr_state_card {
    size_t state;            /**< q, 1..K */
    double share;            /**< of all training steps, 0..1 */
    const float *confidence; /**< [C] C_q: of the training steps in it, the fraction predicted as
                                  each class so far */
    double stability;        /**< max_c C_q[c] */
    uint32_t likeliest;      /**< that class; of equal ones the lowest */
    const double *labels;    /**< [C] fractions of the labelled training steps in it by label: the
                                  step's own where steps have labels, else the sequence's; all 0
                                  where there are none */
    rr_state_visits train;   /**< of the training set */
    rr_state_visits split;   /**< of the split */
    const rr_state_word *words; /**< [count_words] of the largest lift first, then the most
                                   frequent, then the lowest number; none of frames */
    size_t count_words;
    const float *mean;       /**< [D] of frames: mean input of its training steps, in the units the
                                  network is given; NULL of symbols */
    const rr_state_way *in;  /**< [count_in] most frequent first, then the lowest state */
    size_t count_in, all_in; /**< those listed, and all there are */
    const rr_state_way *out; /**< [count_out] the same */
    size_t count_out, all_out;
    const size_t *errors; /**< [count_errors] misclassified sequences of the split that end in it,
                               ascending; where every step has an output those with a wrong step in
                               it */
    size_t count_errors, all_errors; /**< those listed, and all there are */
} rr_state_card;

/** The abstract states of a run. Plain data, read-only. */
typedef struct rr_state_summary {
    rr_state_card *states;   /**< [K] by number */
    size_t count;            /**< K */
    size_t classes;          /**< C */
    int by_steps;            /**< 1: every step has an output */
    const rr_dataset *train; /**< borrowed from the session */
    const rr_dataset *ds;    /**< the split; the same */
    rr_split split;
    size_t steps; /**< of the training set */
} rr_state_summary;

/** Describe every abstract state. cfg may be NULL for the default.
 *  Memory   on RR_OK *out is owned by the caller: rr_state_summary_free(), before the session is
 *           closed or built anew. Else *out is NULL.
 *  Errors   as rr_session_influence(), rr_session_split(), rr_session_predict(); ARG (cfg; no such
 *           split), CANCELLED.
 *  Cost     the split runs through the network, once a session; two passes over its steps and over
 *           those of the training set; 8 bytes for each of these, and for each of K states and C
 *           classes 8. */
RR_API RR_MUST_USE rr_status rr_session_state_summary(rr_session *s,
                                                      const rr_state_summary_config *cfg,
                                                      rr_state_summary **out, rr_error *err);
/** Release; NULL is allowed. */
RR_API void rr_state_summary_free(rr_state_summary *x);

/* ---- trust ---------------------------------------------------------------------------------- */

/** One thing that was measured, or could not be. */
typedef struct rr_finding {
    const char *name;     /**< what was measured: "stability"; the list is in
                               docs/ALGORITHMS.md#trust */
    double value;         /**< in the unit its name has there; NaN where it was not measured */
    rr_trust_level level; /**< what follows from it */
    const char *sentence; /**< what it says, or why it was not measured, in plain words */
} rr_finding;

/** How far an influence model is to be trusted. Plain data, read-only. */
typedef struct rr_trust {
    rr_finding *findings; /**< [count] always the same ones in the same order */
    size_t count;
    rr_trust_level level; /**< the worst of those measured */
    const char *sentence; /**< the conclusion */
    rr_key key;           /**< by which steps count as seen */
} rr_trust;

/** Measure how far the run's influence model is to be trusted: for explanations, audits and
 *  repairs rest on it alone.
 *  Memory   on RR_OK *out is owned by the caller: rr_trust_free(). Else *out is NULL.
 *  Errors   as rr_session_influence(), rr_session_predict(); CANCELLED.
 *  Cost     dev and test run through the network, once a session; a look-up for each of their
 *           steps; a pass over the training steps. */
RR_API RR_MUST_USE rr_status rr_session_trust(rr_session *s, rr_trust **out, rr_error *err);
/** Release; NULL is allowed. */
RR_API void rr_trust_free(rr_trust *x);

RR_END_DECLS

#endif
