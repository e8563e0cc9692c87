/* SPDX-License-Identifier: MIT */
/* workflow.h - the use cases on run directories, one call each: create a run, train, build the
 * influence model, predict, verify, retrain with edits, audit,
 * trace and remove a trigger.
 *
 *     rr_session_create("run", &cfg, &where, &s, err);    a new run directory, its data loaded
 *     rr_session_train(s, NULL, err);                     model.safetensors, run.json
 *     rr_session_build(s, &influence, err);               influence.safetensors
 *     rr_session_close(s);
 *
 * A session is an open run directory and a cache of its parts: each is loaded once, when it is
 * first needed, and belongs to the session. Calls report through the callbacks given
 * when the session was opened, print nothing, and end with RR_ERR_CANCELLED if the caller cancels
 * them. A run directory is locked while it is written: another process that would write it is
 * refused and told which one does. Readers are not blocked. The command line, experiments and other
 * programs are callers of these functions. */
#ifndef RNNREPAIR_WORKFLOW_H
#define RNNREPAIR_WORKFLOW_H

#include "rnnrepair/audit.h"
#include "rnnrepair/audit_steps.h"
#include "rnnrepair/backdoor.h"
#include "rnnrepair/duplicates.h"
#include "rnnrepair/enums.h"
#include "rnnrepair/hooks.h"
#include "rnnrepair/influence.h"
#include "rnnrepair/network.h"
#include "rnnrepair/quality.h"
#include "rnnrepair/repair.h"
#include "rnnrepair/run.h"
#include "rnnrepair/train.h"

RR_BEGIN_DECLS

/* ---- sessions ------------------------------------------------------------------------------- */

/** An open run directory with its loaded parts. Opaque. One thread at a time. */
typedef struct rr_session rr_session;

/** How a session is opened. Strings are copied. */
typedef struct rr_session_config {
    size_t struct_size;     /**< set by the default */
    const char *data;       /**< present spec of the run's data; NULL = as recorded */
    const char *vectors;    /**< the same for its file of word vectors */
    size_t threads;         /**< 0 = every core; the results do not depend on it */
    rr_callbacks callbacks; /**< of every call on the session */
} rr_session_config;

/** As recorded, every core, no callbacks. */
RR_API rr_session_config rr_session_config_default(void);

/** Open an existing run directory. Only run.json and the vocabulary are read.
 *  cfg may be NULL for the defaults.
 *  Memory   on RR_OK *out is owned by the caller: rr_session_close(). Else *out is NULL.
 *  Errors   as rr_run_open(); IO (no directory there), NOMEM. */
RR_API RR_MUST_USE rr_status rr_session_open(const char *dir, const rr_session_config *cfg,
                                             rr_session **out, rr_error *err);

/** Release the session and everything borrowed from it; NULL is allowed. */
RR_API void rr_session_close(rr_session *s);

/** The run. Memory: borrowed from s. */
RR_API const rr_run *rr_session_run(const rr_session *s);
/** The number of threads it was opened with. */
RR_API size_t rr_session_threads(const rr_session *s);

/** The run's model.
 *  Memory   borrowed from s, until it is trained or closed.
 *  Errors   as rr_run_network(); IO (no epoch is finished yet), UNSUPPORTED (a run on states). */
RR_API RR_MUST_USE rr_status rr_session_network(rr_session *s, const rr_network **out,
                                                rr_error *err);

/** Check that a file to be written is none the session reads: the run's data and word vectors,
 *  where they are recorded and where they are now, other data, and the run's own files. Files are
 *  compared by device and inode, whatever their names; one that does not exist passes.
 *  rr_session_save_steps() and rr_session_repair() check by themselves.
 *  Errors   ARG (it is one: the message says which), IO, NOMEM. */
RR_API RR_MUST_USE rr_status rr_session_check_output(const rr_session *s, const char *path,
                                                     rr_error *err);

/** Whether an influence model has been built: 1 or 0. */
RR_API int rr_session_has_influence(const rr_session *s);

/** The run's influence model.
 *  Memory   borrowed from s, until it is trained, built or closed.
 *  Errors   as rr_run_influence(), rr_session_network(); IO (none has been built). */
RR_API RR_MUST_USE rr_status rr_session_influence(rr_session *s, const rr_influence **out,
                                                  rr_error *err);

/** Whether the run's data have a split: 1 or 0. */
RR_API int rr_session_has_split(const rr_session *s, rr_split split);

/** A split of the run's data, with the run's edits in train.
 *  Memory   borrowed from s.
 *  Errors   as rr_run_dataset(). */
RR_API RR_MUST_USE rr_status rr_session_split(rr_session *s, rr_split split, const rr_dataset **out,
                                              rr_error *err);

/** Some sequences of a split, without loading the others if the source allows it.
 *  Shapes   which is [n].
 *  Memory   on RR_OK *out is owned by the caller: rr_dataset_free(). Else *out is NULL.
 *  Errors   as rr_run_sequences(). */
RR_API RR_MUST_USE rr_status rr_session_sequences(rr_session *s, rr_split split,
                                                  const size_t *which, size_t n, rr_dataset **out,
                                                  rr_error *err);

/** Predictions for a split. All borrowed from the session. */
typedef struct rr_predictions {
    const rr_dataset *ds;       /**< the split, N sequences */
    const uint32_t *prediction; /**< [N] */
    const float *probability;   /**< [N] of the prediction; negative where unknown */
    size_t errors;              /**< sequences misclassified; 0 without labels. Of a network with
                                     an output at every step, sequences with a labelled step that
                                     is: what `prediction`, after the last step, does not say */
    double accuracy;            /**< 0..1, of the sequences; 0 for an empty split, negative without
                                     labels */
    /* Of a network with an output at every step (RR_OUTPUT_STEP); else NULL, 0, negative. R is the
     * sum of all steps, one sequence after another. */
    const uint32_t *step_prediction; /**< [R] */
    const float *step_probability;   /**< [R] of the prediction */
    size_t labelled_steps;           /**< steps with a label */
    size_t step_errors;              /**< of these, misclassified */
    double step_accuracy;            /**< fraction of these that is right; negative without any */
} rr_predictions;

/** Predict a split, once.
 *  Memory   *out is borrowed from s, until it is trained or closed.
 *  Errors   as rr_session_network(), rr_session_split(), rr_network_predict(); CANCELLED. */
RR_API RR_MUST_USE rr_status rr_session_predict(rr_session *s, rr_split split, rr_predictions *out,
                                                rr_error *err);

/** How good the predictions of a split are, of the sequences, or with an output at every step of
 *  the labelled steps; zeros and negative fractions without labels.
 *  Shapes   by_class (may be NULL) is [C], C = rr_run_settings_of().network.classes.
 *  Errors   as rr_session_predict(), rr_quality_measure(). */
RR_API RR_MUST_USE rr_status rr_session_quality(rr_session *s, rr_split split, rr_quality *out,
                                                rr_class_quality *by_class, rr_error *err);

/** The split of a session that holds other data than the run's: what rr_session_other() opened.
 *  rr_session_split(), rr_session_predict() and the calls of workflow_explain.h take it. */
#define RR_SPLIT_OTHER ((rr_split)3)

/** Open other data than the run's, as its network needs them: text is read with the run's
 *  vocabulary, words it lacks as RR_WORD_UNKNOWN; labels stand for the run's classes by their
 *  names; data without labels are allowed (rr_dataset_labelled()), and predictions of them have no
 *  errors. What was read otherwise than it stands in the file is noted. The file is read once.
 *  split: the split of the source, -1 = test, or the only one it has.
 *  taken: not NULL: the split that was taken.
 *  Memory   the dataset is rr_session_split() of RR_SPLIT_OTHER, in place of other data opened
 *           before.
 *  Errors   as rr_source_open(), rr_source_split(); ARG (no such split, or several of which none is
 *           test), MISMATCH (a label that is none of the run's classes), SHAPE (frames of another
 *           width, or another number of symbols). */
RR_API RR_MUST_USE rr_status rr_session_other(rr_session *s, const char *spec, int split,
                                              rr_split *taken, rr_error *err);

/** The number of a class given by its name, or by its number if no class is named by a
 *  number.
 *  Errors   ARG (no such class; the message lists those there are). */
RR_API RR_MUST_USE rr_status rr_dataset_class(const rr_dataset *ds, const char *name, uint32_t *out,
                                              rr_error *err);

/* ---- a new run ------------------------------------------------------------------------------ */

/** Settings of a new run. Strings are borrowed for the call. */
typedef struct rr_new_run_config {
    size_t struct_size;        /**< set by the default */
    const char *data;          /**< dataset spec (dataset.h) */
    const char *vectors;       /**< file of word vectors to begin with, or NULL */
    const char *labels;        /**< file of label decisions about the training set, or NULL */
    rr_network_config network; /**< its vocabulary and classes come from the data; width too for
                                    frames, and for words where it is 0: that of the vectors,
                                    else 100 */
    int embedding_given;       /**< 0: the embedding is frozen with vectors, else trained */
    int output_given;          /**< 0: network.output is every step where the steps of the training
                                    split have labels, else the last */
    rr_train_config train;
    rr_keep keep;
    int checkpoints;     /**< keep the trainer's state of every epoch, and of the start */
    const char *weights; /**< file of loss weights of the training set (rr_weights_load()), by the
                              data's own numbers, or NULL */
    const char *class_weights; /**< the weight of each class in the loss, of each sequence, or with
                                    an output at every step of each labelled step: "balanced",
                                    N / (C n_c) by the n_c of them of class c (scikit-learn's
                                    class_weight="balanced"); "NAME=W,NAME=W", 1 of those not
                                    named; or a CSV file with the columns class and weight. NULL or
                                    "none" = 1 each. It multiplies with `weights` */
    int keep_given; /**< 0: where train.epochs is 0 and the data have a dev split, keep is best */
} rr_new_run_config;

/** No data yet; LSTM of 128, one layer, and the trainer's defaults but for the length of the
 *  training, which is left to the N training sequences: train.epochs 0 is as many as give 2,000
 *  updates, at most 200, and train.batch 0 beside it the power of two below N / 64, from 8 to 128;
 *  beside a number of epochs it is 128. So 60,000 sequences are trained 5 epochs by batches of 128.
 *  A remark says what was chosen, and the run records it. Keep last, but see keep_given. */
RR_API rr_new_run_config rr_new_run_config_default(void);

/** Apply the settings of an experiment of the paper: cell, width and head of the network, epochs,
 *  batch, optimizer and dropout of the training, and the epoch to keep. RR_RECIPE_NONE changes
 *  nothing. */
RR_API void rr_new_run_recipe(rr_recipe recipe, rr_new_run_config *cfg);

/** Load the data, set the network's sizes from them, and create the run directory. Settings the
 *  network or the trainer rejects leave no directory. The session's training uses the data loaded
 *  here; where->data and where->vectors are ignored.
 *  Memory   on RR_OK *out is owned by the caller: rr_session_close(). Else *out is NULL.
 *  Errors   as rr_dataset_load(), rr_vectors_load(), rr_decisions_load(), rr_weights_load(),
 *           rr_network_new(), rr_trainer_new(), rr_run_create(); ARG (no data; settings of vectors
 *           for data that are no text). */
RR_API RR_MUST_USE rr_status rr_session_create(const char *dir, const rr_new_run_config *cfg,
                                               const rr_session_config *where, rr_session **out,
                                               rr_error *err);

/** Create a run directory on the states of a network trained elsewhere: of a states file, an npz as
 *  rr_states_open() reads it, whose split train is the training set and whose splits dev and test
 *  are the run's own. The run has no network: rr_session_build() is next, and the calls that
 *  explain, audit and verify work on the states. rr_run_settings_of().states says what they are.
 *  What must run or train the network fails with UNSUPPORTED; rr_session_export() writes what to
 *  train it on.
 *  states: the path of the file, or states:FILE. where->data is ignored.
 *  Memory   on RR_OK *out is owned by the caller: rr_session_close(). Else *out is NULL.
 *  Errors   as rr_states_open(), rr_source_open(), rr_run_create(); ARG (training sequences without
 *           labels). */
RR_API RR_MUST_USE rr_status rr_session_create_states(const char *dir, const char *states,
                                                      const rr_session_config *where,
                                                      rr_session **out, rr_error *err);

/* ---- training ------------------------------------------------------------------------------- */

/** The length of a training. */
typedef struct rr_train_options {
    size_t epochs; /**< epochs altogether; 0 = as the run plans */
} rr_train_options;

/** Train the run to its end, from the start or from the last recorded epoch, and record every
 *  epoch. After a cancellation the run holds the last finished epoch, and the same call resumes to
 *  the same bits. options may be NULL.
 *  A new run that diverges in its first epoch is removed: it holds nothing, and resumed it would
 *  diverge again.
 *  Errors   as rr_run_begin(), rr_run_resume(), rr_run_extend(), rr_trainer_step(),
 *           rr_run_record(); IO (another process writes the run), MISMATCH (one has written it
 *           since it was opened); CANCELLED. */
RR_API RR_MUST_USE rr_status rr_session_train(rr_session *s, const rr_train_options *options,
                                              rr_error *err);

/* ---- the influence model -------------------------------------------------------------------- */

/** Build the influence model and write it into the run; cfg->threads is the session's. Nothing is
 *  written after a cancellation. Where it fails, a run that rr_session_create_states() has just
 *  made is removed again.
 *  Errors   as rr_influence_builder_step(), rr_influence_save(), rr_session_split(); IO, MISMATCH
 *           as rr_session_train(); CANCELLED. */
RR_API RR_MUST_USE rr_status rr_session_build(rr_session *s, const rr_influence_config *cfg,
                                              rr_error *err);

/* ---- a run retrained with edits ------------------------------------------------------------- */

/** How a child run is trained. */
typedef struct rr_retrain_config {
    size_t struct_size; /**< set by the default */
    rr_retrain start;
    size_t epochs;         /**< 0 = 2 for continue, as many as the parent's plan from scratch */
    double learning_rate;  /**< 0 = the parent's; a tenth of it for continue from a parent that was
                                itself trained from scratch */
    uint64_t seed;         /**< of weights, shuffles and dropout */
    const rr_guard *guard; /**< what watches it; NULL = nothing. From scratch only one without
                                comparisons */
    int average; /**< 1: as rr_train_config.average, and a rate of 0 is half of the parent's where
                    it would be a tenth; 0 = not, whatever the parent did; negative = not, but for a
                      repair by strategy mixed that continues */
    double dropout; /**< of inputs and last states, below 1; negative = the parent's two, but none
                       of words where average is 1 */
    const rr_run_targets *targets; /**< the errors it is made for, to be recorded; NULL = none */
} rr_retrain_config;

/** Continue, epochs and rate as above, the parent's seed, no guard, a negative average and dropout.
 */
RR_API rr_retrain_config rr_retrain_config_default(const rr_session *parent);

/** Create a run directory with a parent, with edits of the parent's present training set,
 * additions included, and train it to its end. edits may be NULL for none. run.json is
 * written last: a run that names additions or a start has them. After a cancellation or a failure
 * while it is trained, *out is the unfinished child, to be resumed by rr_session_train(); before
 * that, *out is NULL and nothing is left. dir may have been reserved by rr_run_reserve().
 *  Memory   *out is owned by the caller: rr_session_close(). It shares the data parent has loaded.
 *           Either may be closed first, and each may be used by a thread of its own.
 *  Errors   ARG (lists that do not ascend or are out of range; from scratch with the defaults of a
 *           parent that was itself warm-started), as rr_run_create(), rr_session_train();
 *           CANCELLED.
 */
RR_API RR_MUST_USE rr_status rr_session_child(rr_session *parent, const char *dir,
                                              const rr_edits *edits, const rr_retrain_config *cfg,
                                              rr_session **out, rr_error *err);

/* ---- audit ---------------------------------------------------------------------------------- */

/** Settings of an audit of a run. */
typedef struct rr_session_audit_config {
    size_t struct_size; /**< set by the default */
    rr_audit_config
        audit;      /**< threads, and of attribution training and checkpoints, are set here */
    rr_split split; /**< whose errors are targets, or evidence if the run has it */
    const size_t *samples; /**< [count_samples] only these errors, each once; NULL = all */
    size_t count_samples;
    const char *known; /**< file of decisions whose truth gives the wrong labels, or NULL */
    rr_split judged; /**< about labels: the split whose labels are ranked; RR_SPLIT_OTHER = of other
                          data. Of another than train there are no errors as evidence, and no
                          folds */
} rr_session_audit_config;

/** rr_audit_config_default() about labels, of train, all errors of test. */
RR_API rr_session_audit_config rr_session_audit_config_default(void);

/** Rank the training sequences of a run, or about labels those of another split (audit.h): by its
 *  influence model, its network, those trained without a fold, or its checkpoints up to the epoch
 *  of its model.
 *  Memory   on RR_OK *out is owned by the caller: rr_audit_free(). Else *out is NULL.
 *  Errors   as rr_audit_run(), rr_session_influence(), rr_session_split(), rr_decisions_load(); ARG
 *           (a sample that is no error; about errors, and there is none; another split than
 *           train about errors, with samples or folds, or without labels; folds of a run that was
 *           warm-started; sgd without checkpoints; known of a run with removed
 *           sequences, or none of them wrong), IO (a checkpoint among others is missing),
 *           FORMAT (known without a truth); CANCELLED. */
RR_API RR_MUST_USE rr_status rr_session_audit(rr_session *s, const rr_session_audit_config *cfg,
                                              rr_audit **out, rr_error *err);

enum { RR_DUPLICATES_SETS = 3 };

/** Find copies among the splits of a run (duplicates.h): set 0 is train, the others are dev and
 *  test as far as the run has them, in this order.
 *  Memory   on RR_OK *out is owned by the caller: rr_duplicates_free(). Else *out is NULL.
 *  Errors   as rr_duplicates_find(), rr_session_split(). */
RR_API RR_MUST_USE rr_status rr_session_duplicates(rr_session *s, const rr_duplicates_config *cfg,
                                                   rr_duplicates **out, rr_error *err);

/** Settings of an audit of the labels of the steps of a run. */
typedef struct rr_session_step_audit_config {
    size_t struct_size; /**< set by the default */
    rr_step_audit_config audit;
    const char *known; /**< file of decisions about steps whose truth gives the wrong labels, or
                            NULL */
} rr_session_step_audit_config;

/** rr_step_audit_config_default() with the key for the run's data: state-symbol for symbols, else
 *  transition.
 *  Errors   as rr_session_influence(). */
RR_API RR_MUST_USE rr_status rr_session_step_audit_question(rr_session *s,
                                                            rr_session_step_audit_config *out,
                                                            rr_error *err);

/** Rank the labels of the training steps of a run (audit_steps.h): by its influence model and the
 *  network's probabilities.
 *  Memory   on RR_OK *out is owned by the caller: rr_step_audit_free(). Else *out is NULL.
 *  Errors   as rr_step_audit_run(), rr_session_influence(), rr_session_split(),
 *           rr_decisions_load(); ARG (known of a run with removed sequences, or none of them
 *           wrong), FORMAT (known without a truth); CANCELLED. */
RR_API RR_MUST_USE rr_status rr_session_audit_steps(rr_session *s,
                                                    const rr_session_step_audit_config *cfg,
                                                    rr_step_audit **out, rr_error *err);

/** The effect of decisions. */
typedef struct rr_decisions_result {
    size_t relabelled, dropped, kept; /**< decisions; kept: those without effect */
    size_t steps;                     /**< steps relabelled */
    int compared;                     /**< 0: the run does not have the split */
    rr_outcome outcome; /**< on the split, before and after; of a run with an output at every step
                             counted on the labelled steps */
} rr_decisions_result;

/** Apply a file of decisions about the training set (decisions.h): a child run with other labels,
 *  without dropped sequences, trained by cfg, and the outcome on a split.
 *  Memory   *child as in rr_session_child().
 *  Errors   as rr_decisions_load(), rr_run_reserve(), rr_session_child(); ARG (train as the split;
 *           the decisions change nothing); CANCELLED. */
RR_API RR_MUST_USE rr_status rr_session_apply_decisions(rr_session *s, const char *path,
                                                        const char *dir, rr_split split,
                                                        const rr_retrain_config *cfg,
                                                        rr_session **child,
                                                        rr_decisions_result *out, rr_error *err);

/* ---- backdoors ------------------------------------------------------------------------------ */

/** Search triggers in a run on text (backdoor.h), or on states of symbols; where every step has an
 *  output, those that turn the next step. If its word vectors are
 *  trained and came from a file, words are compared by those of the file.
 *  cfg: its vectors and threads are set here.
 *  Memory   on RR_OK *out is owned by the caller: rr_scan_free(). Else *out is NULL.
 *  Errors   as rr_backdoor_scan(), rr_session_influence(), rr_session_split(); ARG (not on text);
 *           CANCELLED. */
RR_API RR_MUST_USE rr_status rr_session_scan(rr_session *s, const rr_scan_config *cfg,
                                             rr_scan **out, rr_error *err);

/** A trigger, and how it is examined. Borrowed for the call. */
typedef struct rr_trace_config {
    size_t struct_size;      /**< set by the default */
    const char *words;       /**< the trigger as text; NULL = symbols */
    const uint32_t *symbols; /**< [count_symbols] */
    size_t count_symbols;
    int target;              /**< its class; -1 = the class most inputs turn to */
    rr_split split;          /**< whose sequences are attacked */
    rr_attack_config attack; /**< threads is set here */
    size_t comparisons;      /**< arbitrary rare words, or phrases, attacked with for comparison */
} rr_trace_config;

/** No trigger yet, any class, inputs of test, rr_attack_config_default(), 20 comparisons. */
RR_API rr_trace_config rr_trace_config_default(void);

/** The outcome of attacks on a network. */
typedef struct rr_attack_summary {
    rr_attack_result chosen;  /**< at the configured position */
    rr_attack_result learned; /**< at positions where it was learned */
    size_t words;             /**< arbitrary words, or phrases, compared with */
    double base, base_max;    /**< their mean and largest success at the configured position; -1
                                   where there are none */
    double accuracy;          /**< on the split; of steps where every step has an output */
} rr_attack_summary;

/** A traced trigger. Plain data. */
typedef struct rr_traced_trigger {
    rr_trigger trigger;
    const rr_backdoor *backdoor; /**< the contexts it was learned in, the sequences with it */
    rr_attack_summary attack;    /**< of the run's network */
    rr_split split;
    rr_attack_config config; /**< of the attacks */
    const uint32_t *words;   /**< [attack.words][trigger.n] the compared words */
    int observed; /**< 1: of a run on states nothing was attacked. attack.chosen and .learned count
                       the sequences of the split that have the trigger and another label */
} rr_traced_trigger;

/** Trace a trigger through the training set of a run and attack its network with it; of a run on
 *  states, look at the sequences of the split that have it (rr_backdoor_observe()). There a target
 *  of -1 is the class most training sequences with the trigger are labelled as.
 *  Memory   on RR_OK *out is owned by the caller, and freed before s: rr_traced_trigger_free().
 *           Else *out is NULL.
 *  Errors   as rr_backdoor_new(), rr_attack(), rr_attack_words(), rr_session_influence(),
 *           rr_session_split(); ARG (not on text; a word that is not in the vocabulary, or none);
 *           UNSUPPORTED (words, of symbols that have none); CANCELLED. */
RR_API RR_MUST_USE rr_status rr_session_trace_trigger(rr_session *s, const rr_trace_config *cfg,
                                                      rr_traced_trigger **out, rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_traced_trigger_free(rr_traced_trigger *t);

/** The outcome of removing sequences with a trigger. Plain data. */
typedef struct rr_removal {
    size_t count;            /**< sequences removed, whole where a trigger turns steps too */
    const uint32_t *removed; /**< [count] the most influential ones labelled as the target */
    const uint32_t *random;  /**< [count] of those with the trigger, for comparison */
    const char *random_dir;  /**< DIR/random */
    rr_attack_summary after; /**< of the run without the removed ones */
    rr_attack_summary after_random;
} rr_removal;

/** Remove sequences with a trigger: two child runs, dir without the most influential sequences, and
 *  dir/random without as many random ones that have the trigger, both attacked as s was. Both are
 *  reserved first.
 *  most: sequences removed at most; 0 = all that are labelled as the target.
 *  Memory   on RR_OK *out is owned by the caller: rr_removal_free(). Else *out is NULL.
 *  Errors   as rr_run_reserve(), rr_session_child(), rr_attack(); ARG (nothing to remove);
 *           CANCELLED: a created run can be resumed by rr_session_train(). */
RR_API RR_MUST_USE rr_status rr_session_remove_trigger(rr_session *s, const rr_traced_trigger *t,
                                                       size_t most, const char *dir,
                                                       const rr_retrain_config *cfg,
                                                       rr_removal **out, rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_removal_free(rr_removal *r);

/** Rank the training sequences of a run by the patterns that give their labels away
 *  (rr_backdoor_scan_patterns()): runs on words or frames, and runs on states.
 *  cfg: its threads are set here.
 *  Memory   on RR_OK *out is owned by the caller: rr_pattern_scan_free(). Else *out is NULL.
 *  Errors   as rr_backdoor_scan_patterns(), rr_session_influence(), rr_session_network(). */
RR_API RR_MUST_USE rr_status rr_session_scan_patterns(rr_session *s, const rr_pattern_config *cfg,
                                                      rr_pattern_scan **out, rr_error *err);

/** The outcome of removing flagged sequences. Plain data. Accuracies are fractions, of the split.
 */
typedef struct rr_pattern_removal {
    size_t count;            /**< sequences removed */
    const uint32_t *removed; /**< [count] */
    const uint32_t *random;  /**< [count] for comparison: as many of each label */
    const char *random_dir;  /**< DIR/random */
    double accuracy_before, accuracy_after, accuracy_random;
} rr_pattern_removal;

/** Remove flagged sequences: two child runs, dir without them, and dir/random without as many
 *  random ones of each label. Both are reserved first.
 *  most: the most suspicious so many; 0 = all flagged ones.
 *  Memory   on RR_OK *out is owned by the caller: rr_pattern_removal_free(). Else *out is NULL.
 *  Errors   as rr_run_reserve(), rr_session_child(), rr_session_predict(); ARG (nothing is
 *           flagged), UNSUPPORTED (a run on states); CANCELLED: a created run can be resumed by
 *           rr_session_train(). */
RR_API RR_MUST_USE rr_status rr_session_remove_patterns(rr_session *s, const rr_pattern_scan *scan,
                                                        size_t most, rr_split split, uint64_t seed,
                                                        const char *dir,
                                                        const rr_retrain_config *cfg,
                                                        rr_pattern_removal **out, rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_pattern_removal_free(rr_pattern_removal *r);

/* ---- verification --------------------------------------------------------------------------- */

/** One check of a run. */
typedef struct rr_check {
    const char *name; /**< "data", "model" (of a run on states "states"), "proof" (of a
                            repaired output layer), "influence", "rebuild" or "training" */
    rr_status status; /**< MISMATCH: it differs; another failure: it could not be done */
    char detail[512]; /**< the reason, "" if it passed */
} rr_check;

enum { RR_MAX_CHECKS = 6 };

/** The result of rr_session_verify(). Plain data. */
typedef struct rr_verification {
    rr_check checks[RR_MAX_CHECKS];
    size_t count;
} rr_verification;

/** The optional long checks. */
typedef struct rr_verify_options {
    int rebuild; /**< build the influence model again and compare the files byte by byte */
    int retrain; /**< train again and compare the model */
    const char *temporary; /**< folder for the file that is compared; NULL = "/tmp" */
} rr_verify_options;

/** Compare a run with its records. The run is not changed; all checks are done even if one finds a
 *  difference, and one without its file (no model, no influence model) is skipped.
 *  Errors   CANCELLED; everything else is in *out. */
RR_API RR_MUST_USE rr_status rr_session_verify(rr_session *s, const rr_verify_options *options,
                                               rr_verification *out, rr_error *err);

RR_END_DECLS

#endif
