/* SPDX-License-Identifier: MIT */
/* workflow_explain.h - calls of a session about single sequences: predictions in files,
 * misclassified sequences and their suspect steps, explanations of predictions, and the reverse.
 *
 *     rr_session_explain(s, &question, &x, err);      steps, proponents, the training texts
 *     rr_session_localize(s, split, &cfg, NULL, &found, err);
 *     rr_session_touched(s, split, 12, RR_KEY_STATE_SYMBOL, &reverse, err); */
#ifndef RNNREPAIR_WORKFLOW_EXPLAIN_H
#define RNNREPAIR_WORKFLOW_EXPLAIN_H

#include "rnnrepair/localize.h"
#include "rnnrepair/novelty.h"
#include "rnnrepair/workflow.h"

RR_BEGIN_DECLS

/* ---- predictions ---------------------------------------------------------------------------- */

/** Write predictions as a CSV table: id, label, prediction, and the probability of the prediction;
 *  classes by name. The label is empty where the data have none. With an output at every step there
 *  is a row a step: id, t (from 1), label, prediction, probability, and the word of text, or else
 *  the part of the source a step came from, where the data name them. Whether path is a file that
 *  was read is what rr_session_check_output() checks. rr_session_save_predictions() writes more.
 *  Errors   IO, NOMEM. */
RR_API RR_MUST_USE rr_status rr_predictions_save(const rr_predictions *p, const char *path,
                                                 rr_error *err);

/** All probabilities of a split, out [U][C]: U is the number of sequences, or of the steps of a
 *  network with an output at every step.
 *  Errors   UNSUPPORTED (a file of states without probabilities), as rr_session_predict(). */
RR_API RR_MUST_USE rr_status rr_session_probabilities(rr_session *s, rr_split split, float *out,
                                                      rr_error *err);

/** Write the predictions of a split as rr_predictions_save() does, with further columns at the end
 *  of each row: `novelty` and `novel` (0 or 1) of its sequence, where rr_session_novelty() has
 *  them, and where they are known the probability of each class, `p(NAME)`.
 *  Errors   as rr_session_check_output(), rr_session_novelty(), rr_session_probabilities(); IO. */
RR_API RR_MUST_USE rr_status rr_session_save_predictions(rr_session *s, rr_split split,
                                                         const char *path, rr_error *err);

/** Write what an explanation has of every step of a split as a CSV table, a row a step: id, t (from
 *  1), state (1..K), matches (|I|, training sequences with the key that rr_session_question() has),
 *  prediction so far, its probability (empty where unknown, as of the training split), and the word
 *  of text.
 *  Errors   as rr_session_check_output(), rr_session_influence(), rr_influence_segment(); IO. */
RR_API RR_MUST_USE rr_status rr_session_save_trace(rr_session *s, rr_split split, const char *path,
                                                   rr_error *err);

/** Write the arrays of every step of a dataset as .npz, a states file that rr_states_open() reads:
 *  steps [N], label [N] where there are labels, prediction [R], probability [R][C], state [R][H],
 *  symbol [R] or frame [R][D], step_label [R] where steps have labels (-1 = none), class_names,
 *  tokens, kind, model and more (docs/FORMAT.md#states), R steps of all sequences one after
 *  another; novelty [N] where rr_session_novelty() was asked before. Of a run on states ds is a
 *  split of the session. Nothing is left after a cancellation.
 *  Errors   as rr_session_check_output(), rr_session_network(), rr_network_states(); CANCELLED. */
RR_API RR_MUST_USE rr_status rr_session_save_steps(rr_session *s, const rr_dataset *ds,
                                                   const char *path, rr_error *err);

/* ---- novelty ---------------------------------------------------------------------------- */

/** The novelty of a split. */
typedef struct rr_split_novelty {
    const rr_novelty *sequences; /**< [count], borrowed from the session until it is trained, built
                                      or closed; NULL where the run has no influence model, or one
                                      without limits */
    size_t count;
    size_t novel;  /**< sequences above 1 */
    double chance; /**< that so many or more are, if one in 100 were: 1 where there are none */
    int unlike;    /**< chance is below 0.001: as a whole the data are not like the training set */
    double accuracy_novel, accuracy_rest; /**< of the labelled sequences, or steps, of the novel
                                               sequences and of the others; negative where there
                                               are none */
} rr_split_novelty;

/** How unlike the training set the sequences of a split are; also of RR_SPLIT_OTHER. Predicts the
 *  split in the same pass, so that rr_session_predict() after it costs nothing.
 *  Errors   as rr_session_influence(), rr_session_predict(), rr_influence_novelty(). */
RR_API RR_MUST_USE rr_status rr_session_novelty(rr_session *s, rr_split split,
                                                rr_split_novelty *out, rr_error *err);

/* ---- misclassified sequences ---------------------------------------------------------------- */

/** A selection of misclassified sequences of a split; zeros = all of them. Borrowed. */
typedef struct rr_error_filter {
    const char *truth; /**< only of this class, by name or number; NULL = of every class */
    const size_t *ids; /**< [count] only these, each of them misclassified; NULL = no list */
    size_t count;
    const unsigned char *eligible; /**< [N of the split] 0 = excluded; NULL = no condition */
    size_t most; /**< at most so many, those the network is most confident of; 0 = no limit */
} rr_error_filter;

/** Numbers of sequences. */
typedef struct rr_ids {
    size_t *ids; /**< [count] */
    size_t count;
} rr_ids;

/** The misclassified sequences of a split: ascending, or with `most` the most confident first, ties
 *  by lower number. which may be NULL.
 *  Memory   on RR_OK out->ids is owned by the caller: rr_ids_free().
 *  Errors   ARG (a listed number is not below N or not misclassified; no such class; data without
 *           labels), as rr_session_predict(). */
RR_API RR_MUST_USE rr_status rr_session_errors(rr_session *s, rr_split split,
                                               const rr_error_filter *which, rr_ids *out,
                                               rr_error *err);
/** Release; empty lists are allowed. */
RR_API void rr_ids_free(rr_ids *list);

/** One misclassified sequence and its suspect steps. */
typedef struct rr_localized_error {
    size_t id;
    uint32_t truth, prediction; /**< truth is UINT32_MAX without labels */
    rr_segments *segments;
} rr_localized_error;

/** The suspect steps of misclassified sequences. Plain data, read-only. */
typedef struct rr_localization {
    const rr_dataset *ds;       /**< the split; borrowed from the session */
    rr_localized_error *errors; /**< [count] */
    size_t count;
    size_t localized;   /**< errors with a suspect step that repair can use */
    size_t unsupported; /**< errors whose suspect steps are all unknown to the network */
} rr_localization;

/** Find the suspect steps of misclassified sequences; of data without labels those of every
 *  sequence, by the rule rare. which may be NULL.
 *  Memory   on RR_OK *out is owned by the caller: rr_localization_free(), before the session is
 *           closed. Else *out is NULL.
 *  Errors   as rr_session_errors(), rr_session_influence(), rr_localize(); ARG (the rule flip, or a
 *           truth, of data without labels). */
RR_API RR_MUST_USE rr_status rr_session_localize(rr_session *s, rr_split split,
                                                 const rr_localize_config *cfg,
                                                 const rr_error_filter *which,
                                                 rr_localization **out, rr_error *err);
/** Release; NULL is allowed. */
RR_API void rr_localization_free(rr_localization *l);

/* ---- misread spans -------------------------------------------------------------------------- */

/** A span of steps, half of which or more are predicted otherwise than labelled. */
typedef struct rr_localized_span {
    rr_span span;          /**< span.sequence is the number in the split */
    rr_segments *segments; /**< suspect steps within it */
} rr_localized_span;

/** The misread spans of a split. Plain data, read-only. */
typedef struct rr_span_localization {
    const rr_dataset *ds;     /**< the split; borrowed from the session */
    rr_localized_span *spans; /**< [count], by sequence, then step */
    size_t count;
    size_t all;                         /**< spans of the split, or of the sequences chosen */
    size_t labelled_steps, step_errors; /**< of these */
    size_t localized;   /**< misread spans with a suspect step that repair can use */
    size_t unsupported; /**< those whose suspect steps are all unknown to the network */
} rr_span_localization;

/** Find the misread spans of a split and their suspect steps: of the prefix up to the end of a span
 *  those of rr_localize() that lie in it. The rule flip: where the prediction turned from the
 *  span's label to another for the last time. which (may be NULL): `truth` is the label of spans,
 *  `ids` are sequences; the rest is not used.
 *  Memory   on RR_OK *out is owned by the caller: rr_span_localization_free(), before the session
 *           is closed. Else *out is NULL.
 *  Errors   ARG (steps without labels; no such class or sequence), as rr_session_influence(),
 *           rr_localize(). */
RR_API RR_MUST_USE rr_status rr_session_localize_spans(rr_session *s, rr_split split,
                                                       const rr_localize_config *cfg,
                                                       const rr_error_filter *which,
                                                       rr_span_localization **out, rr_error *err);
/** Release; NULL is allowed. */
RR_API void rr_span_localization_free(rr_span_localization *l);

/* ---- one prediction ------------------------------------------------------------------------- */

#define RR_FIRST_ERROR SIZE_MAX

/** A sequence that is in no file: words or frames, and the other NULL; all zero is none. Borrowed.
 */
typedef struct rr_given {
    const char *const *words; /**< [steps] of a run on text, each UTF-8 without white space; they
                                 are looked up as they stand, where `text` is segmented first */
    const float *frames;      /**< [steps][width] in the units of the run's data as their source
                                   gives them: images and bytes from 0 to 1, else the numbers of the
                                   file; the run's scaling is applied */
    size_t steps;             /**< T */
    size_t width;             /**< of frames: D of the run; 0 of words */
} rr_given;

/** The prediction to explain: of a sequence of a split, of a text, or of a given sequence. Strings
 *  are borrowed for the call. */
typedef struct rr_question {
    rr_split split;
    size_t sample;     /**< number in the split; RR_FIRST_ERROR = its first misclassified one */
    const char *text;  /**< not NULL: explain this text instead, on a run on text */
    const char *label; /**< the true class of a text or given sequence, by name or number; NULL =
                            unknown */
    size_t step;       /**< also the training sequences behind this step, from 1; 0 = none, but
                            of a run with an output at every step the first misread span of
                            the sample, if it has one */
    rr_explain_config cfg; /**< cfg.query.threads is the session's */
    size_t last_step;    /**< 0 = step alone; else what is behind steps step..last_step: labels and
                              spans, of training steps that have labels */
    rr_span_query spans; /**< how spans are compared; all zero = the default */
    rr_given given;      /**< explain this sequence instead, where it has steps; not with text */
} rr_question;

/** The first error of the test split, with the measure for the run's data: symbols by jaccard on
 *  state-symbol keys, frames by lp on transition keys.
 *  Errors   as rr_session_network(). */
RR_API RR_MUST_USE rr_status rr_session_question(rr_session *s, rr_question *out, rr_error *err);

/** A training sequence that shares the key of one step. */
typedef struct rr_step_match {
    size_t id;
    uint32_t label, prediction;
    float score;          /**< of the whole traces, by the query's measure */
    const rr_posting *at; /**< [count] where it matches, ascending; borrowed from the model */
    size_t count;
} rr_step_match;

/** A label among the training steps that have a key of the steps asked about. */
typedef struct rr_label_lift {
    uint32_t label;
    size_t count; /**< such training steps with this label; one counts for each step it matches */
    double share; /**< of all such steps that have a label */
    double lift;  /**< share / the label's share of all labelled training steps */
} rr_label_lift;

/** An answer. Plain data, read-only. */
typedef struct rr_answer {
    const rr_dataset *ds; /**< has the sequence */
    size_t at;            /**< its number there */
    size_t sample;        /**< its number in the split; SIZE_MAX for a text or given sequence */
    int truth_known;      /**< 0: nobody has given its class; the prediction is used instead */
    rr_explanation *explanation;
    size_t step;            /**< 0 = none */
    size_t influencers;     /**< |I| of the step */
    rr_step_match *matches; /**< [count_matches] best first, at most cfg.top */
    size_t count_matches;
    const rr_dataset *names; /**< has the names of the classes: ds */
    rr_dataset *training;    /**< of symbols: the training sequences named above; else NULL */
    rr_ids training_ids;     /**< their numbers, ascending */
    rr_dataset *owned;       /**< ds if owned by the answer */
    /* Of training steps that have labels, where steps were asked about: */
    size_t last_step;      /**< the last of them */
    rr_label_lift *labels; /**< [count_labels] most frequent first, ties by lower class */
    size_t count_labels;
    rr_span_match *spans; /**< [count_spans] most influential first, at most cfg.top */
    size_t count_spans;
    int64_t *parts;  /**< [count_spans] the part of the source each came from, negative = none; NULL
                          where the source names none */
    size_t tied;     /**< others that match the step and score as much as the last of `matches` */
    int has_novelty; /**< whether the model can tell (rr_influence_has_novelty()) */
    rr_novelty novelty;  /**< how unlike the training set the sequence is */
    rr_dataset *sources; /**< the training sequences named above, by ascending number: where they
                              were read (rr_dataset_origin()), of frames maybe without what is in
                              them; NULL where frames cannot be read */
} rr_answer;

/** Explain one prediction. The first error of a run with an output at every step is the first
 *  sequence with a misread span (rr_localized_span).
 *  Memory   on RR_OK *out is owned by the caller: rr_answer_free(), before the session is closed.
 *           Else *out is NULL.
 *  Errors   ARG (no such sequence, step or class; no error in the split; no word in the text; a
 *           text or words for a run without vocabulary, frames for one on symbols; a word that is
 *           none; last_step where training steps have no labels), SHAPE (frames of another width),
 *           NUMERIC (a value that is not finite, as given or scaled), UNSUPPORTED (a text or given
 *           sequence for a run on states), as rr_explain(), rr_spans_nearest(),
 *           rr_session_influence(). */
RR_API RR_MUST_USE rr_status rr_session_explain(rr_session *s, const rr_question *question,
                                                rr_answer **out, rr_error *err);
/** Release; NULL is allowed. */
RR_API void rr_answer_free(rr_answer *x);

/** The number in x->sources of a training sequence that the answer names. */
RR_API size_t rr_answer_place(const rr_answer *x, size_t id);

/** A training sequence in the answer, of a run on symbols. Borrowed from x. */
RR_API rr_sequence rr_answer_training(const rr_answer *x, size_t id);

/* ---- the reverse ---------------------------------------------------------------------------- */

/** A step of an error with a key that the training sequence has too. */
typedef struct rr_touched_step {
    size_t t;             /**< of the error, from 1 */
    size_t training_step; /**< the first match in the training sequence, from 1 */
} rr_touched_step;

/** One influenced error. */
typedef struct rr_touched_error {
    size_t id; /**< its number in the split */
    uint32_t truth, prediction;
    double fraction;        /**< of its steps with such a key */
    rr_touched_step *steps; /**< [count], ascending */
    size_t count;
} rr_touched_error;

/** One step of the training sequence. */
typedef struct rr_touching_step {
    size_t t;
    uint32_t state, prediction;
    size_t errors; /**< errors with a step of the same key */
} rr_touching_step;

/** The errors of a split that a training sequence influences. Plain data, read-only. */
typedef struct rr_reach {
    size_t id;
    uint32_t label, prediction;
    rr_touching_step *steps; /**< [count_steps] of the training sequence */
    size_t count_steps;
    const rr_dataset *ds;      /**< the split; borrowed from the session */
    size_t errors;             /**< of the split, in all */
    rr_touched_error *touched; /**< [count], of the largest fraction first */
    size_t count;
    rr_touched_step *pool; /**< holds the steps of all touched errors */
    rr_dataset *training;  /**< of symbols: the training sequence alone; else NULL */
} rr_reach;

/** Find the errors of a split that training sequence `id` influences under a key.
 *  Memory   on RR_OK *out is owned by the caller: rr_reach_free(), before the session is closed.
 *           Else *out is NULL.
 *  Errors   ARG (id is not below N; a key the model has no postings for), as
 *           rr_session_influence(), rr_session_predict(). */
RR_API RR_MUST_USE rr_status rr_session_touched(rr_session *s, rr_split split, size_t id,
                                                rr_key key, rr_reach **out, rr_error *err);
/** Release; NULL is allowed. */
RR_API void rr_reach_free(rr_reach *r);

RR_END_DECLS

#endif
