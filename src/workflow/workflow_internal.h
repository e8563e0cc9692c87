/* SPDX-License-Identifier: MIT */
/* workflow_internal.h - struct rr_session, and the steps that several calls use. */
#ifndef RRI_WORKFLOW_INTERNAL_H
#define RRI_WORKFLOW_INTERNAL_H

#include "rnnrepair/workflow_compare.h"
#include "rnnrepair/workflow_explain.h"
#include "rnnrepair/workflow_overview.h"
#include "rnnrepair/workflow_repair.h"

#include "core/callbacks.h"
#include "core/core.h"

enum { RRI_SESSION_SPLITS = RR_SPLIT_OTHER + 1 };

/* The run's numbers of the classes and symbols of a file of other states; NULL where they are the
 * same. Owned: rri_numbers_clear(). */
typedef struct rri_numbers {
    uint32_t *class_of;  /* [C of the file] */
    uint32_t *symbol_of; /* [V of the file] */
} rri_numbers;

/* What a run says of U inputs, the sequences or steps of a split, kept for comparisons. */
typedef struct rri_said {
    uint32_t *prediction; /* [U]; NULL = it was not asked yet */
    float *all;           /* [U][C] probabilities; NULL where unknown */
} rri_said;

/* So many probabilities of a split are kept in the session: 64 MiB. */
enum { RRI_MOST_SAID = 16 << 20 };

struct rr_session {
    rr_run *run;
    char *data, *vectors; /* present paths; NULL = as recorded */
    char *other;          /* the spec of RR_SPLIT_OTHER, NULL = none is open */
    rr_split other_split; /* its split there */
    rri_numbers numbers;  /* of RR_SPLIT_OTHER */
    bool states_checked;  /* the states file is the one the run was made from */
    size_t threads;
    rr_callbacks callbacks;
    bool created;      /* the run is new, by rr_session_create() */
    rr_network *start; /* what training begins with, if created already, or NULL */
    rr_network *net;
    rr_influence *influence;
    rr_dataset *splits[RRI_SESSION_SPLITS];         /* by rr_split, RR_SPLIT_OTHER too */
    uint32_t *predictions[RRI_SESSION_SPLITS];      /* [N of the split] by net */
    float *probabilities[RRI_SESSION_SPLITS];       /* [N] */
    uint32_t *step_predictions[RRI_SESSION_SPLITS]; /* [R] of a network with an output at every */
    float *step_probabilities[RRI_SESSION_SPLITS];  /* [R] step, else NULL */
    rri_said said[RRI_SESSION_SPLITS];              /* by net */
    rr_traces *traces[RRI_SESSION_SPLITS];          /* of `influence`; never of train */
    rr_novelty *novelty[RRI_SESSION_SPLITS];        /* [N] by `influence` */
};

/* A session of an open run; owns the run on success. */
rr_status rri_session_new(rr_run *run, const rr_session_config *cfg, rr_session **out,
                          rr_error *err);

/* A split that has been loaded, or NULL; also for a number that is no split. */
const rr_dataset *rri_session_loaded(const rr_session *s, rr_split split);

/* What messages call a split: "the test split", "the other data". */
const char *rri_split_title(rr_split split);

/* ARG unless the session's data have this split; a number that is no split is refused, too. */
rr_status rri_session_needs_split(rr_session *s, int split, rr_error *err);

/* The split of this number; of a negative one test, else dev, else train. */
int rri_session_split_or_default(const rr_session *s, int split);

/* The names of the run's classes: *out is [C], to be released with rri_free(); its strings are the
 * run's, or those of *from, to be released with rr_dataset_free(), where run.json has none. */
rr_status rri_session_class_names(rr_session *s, const char ***out, rr_dataset **from,
                                  rr_error *err);

/* Load all splits the run has, and check their hashes: before long work, which a missing one must
 * not end midway. What they are made from is let go of. */
rr_status rri_session_load_splits(rr_session *s, rr_error *err);

/* ARG where a run in `dir` would write over a file read for it: those of `spec`, and `files`, [n]
 * with NULL for none. */
rr_status rri_check_new_run(const char *dir, const char *spec, const char *const *files, size_t n,
                            rr_error *err);

/* What cfg->labels and cfg->weights change of a training set; *out is owned, NULL without either.
 * Errors as rr_decisions_load(), rr_weights_load(). */
rr_status rri_new_edits(const rr_new_run_config *cfg, const rr_dataset *train,
                        const rr_callbacks *callbacks, rr_edits **out, rr_error *err);

/* Set what a configuration leaves to the N training sequences, and note it: the batch, the epochs,
 * and with a dev split which epoch is kept. */
void rri_settle_training(rr_new_run_config *cfg, size_t N, bool has_dev,
                         const rr_callbacks *callbacks);

/* The weight of each class in the loss by what cfg->class_weights says of this training set, its
 * edits applied: *out is [classes], owned, rri_free(); NULL where each is 1. A remark names the
 * smallest and the largest. Errors: ARG (no such form, file or class; a weight that is negative or
 * not finite; none above 0), FORMAT (a file), IO, NOMEM. */
rr_status rri_class_weights(const char *spec, const rr_dataset *train, bool steps, size_t classes,
                            const rr_callbacks *callbacks, float **out, rr_error *err);

/* What the loss of each sequence of the run's training set counts, by its own weight and by that of
 * its class, of a run with one output a sequence: *out is [N], NULL where each is 1. Memory:
 * rri_free(). Errors: NOMEM. */
rr_status rri_session_loss_weights(const rr_session *s, const rr_dataset *train, float **out,
                                   rr_error *err);

/* Keep the answers after the last step of a split that a pass over its states has shown, copies of
 * prediction [N] and probability [N], as rr_session_predict() would give them; not where they are
 * known, nor of a run with an output at every step. Errors: NOMEM. */
rr_status rri_session_keep_answers(rr_session *s, rr_split split, size_t N,
                                   const uint32_t *prediction, const float *probability,
                                   rr_error *err);

/* Release the predictions of a split, and its traces. */
void rri_session_forget_predictions(rr_session *s, rr_split split);

/* Replace the influence model, and release the traces of the last. The session owns inf, which may
 * be NULL. */
void rri_session_set_influence(rr_session *s, rr_influence *inf);

/* Release what was read from the model file, which has changed. */
void rri_session_forget_model(rr_session *s);

/* ---- states of a network trained elsewhere: states.c ---------------------------------------- */

/* Has the run states in the place of a network? */
bool rri_session_foreign(const rr_session *s);

/* UNSUPPORTED of such a run; `what` is what needs the network: "retraining". `instead` is what to
 * do where the network is; NULL: to train it on the samples that the export writes. */
rr_status rri_session_needs_network(const rr_session *s, const char *what, const char *instead,
                                    rr_error *err);

/* MISMATCH if the states file changed since the run was made, by the sizes and checksums of its
 * arrays; once a session. */
rr_status rri_session_check_states(rr_session *s, rr_error *err);

/* The states of sequences `which` [n] of a split, NULL = all, of such a run. Memory:
 * rr_state_source_close(). Errors: as rr_states_open(), SHAPE, MISMATCH (they are not of the run's
 * network). */
rr_status rri_session_states(rr_session *s, rr_split split, const size_t *which, size_t n,
                             rr_state_source *out, rr_error *err);

/* The states of a whole split, of a run on states or by running the network on `threads` threads.
 * Memory: rr_state_source_close(). Errors: as rri_session_states(), rr_session_network(),
 * rr_network_states(). */
rr_status rri_session_open_states(rr_session *s, rr_split split, size_t threads,
                                  rr_state_source *out, rr_error *err);

/* Replace a dataset of other states by one with the run's classes and tokens. Errors: SHAPE,
 * MISMATCH (a class or token that the run does not have). */
rr_status rri_session_fit_states(rr_session *s, const char *path, rr_dataset **ds,
                                 rri_numbers *numbers, rr_error *err);
void rri_numbers_clear(rri_numbers *numbers);

/* Renumber what a source delivers, to C classes and V symbols; numbers is borrowed until it is
 * closed. On failure the source is as it was. */
rr_status rri_states_renumber(const rri_numbers *numbers, size_t C, size_t V,
                              rr_state_source *source, rr_error *err);

/* What the network said of the N sequences of a split: prediction [N] and its probability [N],
 * negative where unknown. Memory: both rri_free(). */
rr_status rri_session_answers(rr_session *s, rr_split split, size_t N, uint32_t **prediction,
                              float **probability, rr_error *err);

/* What the run says of the U inputs of a split; ds: they, where the run has a network. Both arrays
 * of *out are rri_free()'s, and it must be empty. Errors: as rr_session_predict(). */
rr_status rri_session_say(rr_session *s, rr_split split, const rr_dataset *ds, size_t U, size_t C,
                          rri_said *out, rr_error *err);

/* All probabilities after the last step, [N][C]; *out is NULL where the file has none. Memory:
 * rri_free(). */
rr_status rri_session_probabilities(rr_session *s, rr_split split, size_t N, float **out,
                                    rr_error *err);

/* Let no mark of punctuation be suspect, where the words of ds are known and cfg neither names what
 * is spared nor asks for marks. Memory: *marks, which cfg borrows, is rri_free(); NULL for none. */
rr_status rri_spare_marks(const rr_dataset *ds, rr_localize_config *cfg, unsigned char **marks,
                          rr_error *err);

/* ARG where both sessions are of one directory. */
rr_status rri_check_two_runs(const rr_session *first, const rr_session *second, rr_error *err);

/* ---- steps shared by several calls ---------------------------------------------------------- */

/* Train a network on the session's splits. record: epochs are recorded in the run, and resumed
 * from. stop_after: the last epoch to train, 0 = all of config. With measure the dev and test
 * splits are predicted after each epoch. */
typedef struct rri_training {
    rr_session *session;
    rr_train_config config;
    rr_network *net; /* after it the last weights */
    bool record, measure;
    size_t stop_after;
    const rr_dataset *train; /* another training set than the session's, not to be recorded; NULL */
    size_t shared;           /* of these the first so many are the session's as well, with its
                                loss weights; the others have 1 */
    const rr_guard *guard;   /* NULL = none */
    size_t guard_batches;    /* batches of the epochs over which it compares; 0 = of the training */
    size_t stop_updates;     /* so many updates in all, not to be recorded; 0 = all epochs */
} rri_training;

/* What came of a training beside its last weights. */
typedef struct rri_trained_run {
    size_t updates;
    rr_guarded seen;  /* zeros without a guard */
    rr_network *kept; /* the weights the guard has kept, where they are not the last of the training
                         by rule; NULL = those, or none obey (seen.kept is 0). Owned */
} rri_trained_run;

/* On failure out->kept is NULL. out may be NULL. */
rr_status rri_train(const rri_training *t, rri_trained_run *out, rr_error *err);

/* The guard of a run, NULL where it has none. Memory: *own holds it. */
const rr_guard *rri_session_guard(const rr_session *s, rr_guard *own);

/* The network the run's training begins with. Memory: rr_network_free(). */
rr_status rri_session_begin(rr_session *s, rr_network **out, rr_error *err);

/* What rr_session_child() would refuse of cfg, for a caller with long work before it. */
rr_status rri_retrain_check(const rr_session *parent, const rr_retrain_config *cfg, rr_error *err);

/* How a child of it would be trained, but for the seed. */
rr_status rri_retrain_plan(const rr_session *parent, const rr_retrain_config *cfg,
                           rr_train_config *out, rr_error *err);

/* A child whose model has another output layer, made for these targets, and which is not trained.
 * Memory: rr_session_close(). Errors: as rr_session_child(). */
rr_status rri_session_hotfixed(rr_session *parent, const char *dir, const rr_run_hotfix *hotfix,
                               const rr_run_targets *targets, rr_session **out, rr_error *err);

/* The repair at level output, in the place of search and retraining: r->ds, train, before and steps
 * are set; sets its targets, hotfix and child. units: numbers of sequences, or of steps, which are
 * sorted. Errors: ARG (a target that is right; the targets are in conflict), as
 * rr_hotfix_solve(), rr_session_child(). */
rr_status rri_hotfix_child(rr_session *s, const rr_repair_request *request, const rr_ids *units,
                           const char *dir, rr_repair_result *r, rr_error *err);

/* MISMATCH unless the certificate of such a run holds; with `again` also unless the program, solved
 * again, gives the same layer. Its splits and network are loaded. */
rr_status rri_hotfix_verify(rr_session *s, bool again, rr_error *err);

/* Build an influence model over the training set. Memory: rr_influence_free(). */
rr_status rri_build(rr_session *s, const rr_influence_config *cfg, rr_influence **out,
                    rr_error *err);

/* Write an influence model with the names of the run's model and data. */
rr_status rri_save_influence(rr_session *s, const rr_influence *inf, const char *path,
                             rr_error *err);

/* Predictions of a dataset. Memory: both rri_free(); probability and callbacks may be NULL. */
rr_status rri_predict(const rr_network *net, const rr_dataset *ds, size_t threads,
                      const rr_callbacks *callbacks, uint32_t **prediction, float **probability,
                      rr_error *err);

/* Some sequences of a split: of `ds` those numbered `at` [n], whose numbers in the split are `ids`
 * [n]. */
typedef struct rri_selection {
    rr_split split;
    const size_t *ids;
    const rr_dataset *ds;
    const size_t *at;
    size_t n;
} rri_selection;

/* Their traces: they alone run through the network, or are read from the states file; where the
 * whole split has been traced, they are taken from that. Memory: rr_traces_free(). */
rr_status rri_session_trace(rr_session *s, const rri_selection *some, rr_traces **out,
                            rr_error *err);

/* The same of one sequence, with its novelty where the model has limits; *has says whether. */
rr_status rri_session_trace_one(rr_session *s, const rri_selection *one, rr_traces **out,
                                rr_novelty *novelty, int *has, rr_error *err);

/* The traces of all sequences of a split, of train those of the influence model, which have no
 * probabilities. Memory: borrowed from s, until it is trained, built or closed. */
rr_status rri_session_traces(rr_session *s, rr_split split, const rr_traces **out, rr_error *err);

/* Has the network, or the run's, an output at every step? */
bool rri_network_by_steps(const rr_network *net);
bool rri_session_by_steps(const rr_session *s);

/* UNSUPPORTED of such a run; `what` is what is of sequences alone: "a backdoor scan judges". */
rr_status rri_session_needs_sequences(const rr_session *s, const char *what, const char *instead,
                                      rr_error *err);

/* Is half of a span or more predicted otherwise than labelled? */
bool rri_is_misread(const rr_span *s);

/* The first sequence of a split with a misread span. */
rr_status rri_first_misread(rr_session *s, rr_split split, size_t *id, rr_error *err);

/* The sequence that a question brings, its text, words or frames: x->ds, owned, truth_known and
 * sample. Errors: as rr_session_explain(). */
rr_status rri_take_given(rr_session *s, const rr_question *q, rr_answer *x, rr_error *err);

/* The steps that a question is about, and what is behind them: x->step to x->parts. */
rr_status rri_explain_steps(rr_session *s, const rr_question *q, const rr_trace *trace,
                            rr_answer *x, rr_error *err);

/* The predictions of ds with their count of errors. Memory: borrows all of them. */
rr_predictions rri_predictions_of(const rr_dataset *ds, const uint32_t *prediction,
                                  const float *probability);

/* Fraction of correct predictions, 0..1; 0 for an empty dataset. */
double rri_accuracy(const rr_dataset *ds, const uint32_t *prediction);

/* ---- two runs: compare.c, compare_runs.c ----------------------------------------------------- */

/* What the second run is to the first, by the hashes of their models. Errors: as
 * rr_session_network(). */
rr_status rri_compare_relation(rr_session *first, rr_session *second, rr_relation *out,
                               rr_error *err);

/* Whether both runs have the same split. Where that can be told by the recorded hashes alone,
 * *shared is true: either's dataset stands for both. Errors: ARG (a run has no such split),
 * MISMATCH (the message says what differs), as rr_session_split(). */
rr_status rri_compare_data(rr_session *first, rr_session *second, rr_split split, bool *shared,
                           rr_error *err);

/* rr_session_compare(), on the inputs of the second run if of_second: train is then its training
 * set. Out, errors and cost are the same. */
rr_status rri_session_compare(rr_session *first, rr_session *second, const rr_compare_config *cfg,
                              bool of_second, rr_comparison **out, rr_error *err);

/* ---- every step: steps.c -------------------------------------------------------------------- */

/* What a network answers of every input, where it has an output at every step of every step, [R].
 * Memory: *out is rri_free(). */
rr_status rri_predict_units(const rr_network *net, const rr_dataset *ds, size_t threads,
                            uint32_t **out, rr_error *err);

/* The same with the probabilities of every class, [R][C]. Memory: both rri_free(). */
rr_status rri_predict_all(const rr_network *net, const rr_dataset *ds, size_t threads,
                          const rr_callbacks *callbacks, uint32_t **prediction, float **probability,
                          rr_error *err);

/* rr_outcome_compare() or rr_outcome_compare_steps(), by the network. */
rr_status rri_compare_units(const rr_network *net, const rr_dataset *ds, const uint32_t *before,
                            const uint32_t *after, const size_t *which, size_t n, rr_outcome *out,
                            rr_error *err);

/* Predictions of all steps of a source, and their probabilities, negative where unknown.
 * probability may be NULL. */
rr_status rri_predict_steps(rr_state_source *source, uint32_t *prediction, float *probability,
                            rr_error *err);

/* Compare p->step_prediction with the labels of p->ds: sets what is right and wrong of steps and of
 * sequences. Without labels of steps nothing is. */
void rri_compare_steps(rr_predictions *p);

/* The fraction of labelled steps that a network predicts right; negative without any. */
rr_status rri_step_accuracy(const rr_network *net, const rr_dataset *ds, size_t threads,
                            double *out, rr_error *err);

/* Add the steps to the predictions of a split, where the run's network has an output at each. */
rr_status rri_add_steps(rr_session *s, rr_split split, rr_predictions *p, rr_error *err);

#endif
