/* SPDX-License-Identifier: MIT */
/* workflow.h - the use cases on run directories, one call each: create a run, train, build the
 * influence model, predict, verify, retrain with edits.
 *
 *     rr_session_create("run", &cfg, &where, &s, err);    a new run directory, its data loaded
 *     rr_session_train(s, NULL, err);                     model.safetensors, run.json
 *     rr_session_build(s, &influence, err);               influence.safetensors
 *     rr_session_close(s);
 *
 * A session is an open run directory with what has been loaded of it: each part is loaded when it
 * is first asked for, once, and belongs to the session. Calls report through the callbacks given
 * when the session was opened, print nothing, and end with RR_ERR_CANCELLED where the caller asks
 * them to. The command line, experiments and other programs are callers of these functions. */
#ifndef RNNREPAIR_WORKFLOW_H
#define RNNREPAIR_WORKFLOW_H

#include "rnnrepair/enums.h"
#include "rnnrepair/hooks.h"
#include "rnnrepair/influence.h"
#include "rnnrepair/network.h"
#include "rnnrepair/run.h"
#include "rnnrepair/train.h"

RR_BEGIN_DECLS

/* ---- sessions ------------------------------------------------------------------------------- */

/** An open run directory and what is loaded of it. Opaque. One thread at a time. */
typedef struct rr_session rr_session;

/** How a session is opened. Strings are copied. */
typedef struct rr_session_config {
    size_t struct_size;     /**< set by the default */
    const char *data;       /**< where the run's data are now; NULL = as recorded */
    const char *vectors;    /**< the same for its file of word vectors */
    size_t threads;         /**< 0 = every core; the results do not depend on it */
    rr_callbacks callbacks; /**< of every call on the session */
} rr_session_config;

/** As recorded, every core, no callbacks. */
RR_API rr_session_config rr_session_config_default(void);

/** Open an existing run directory. Nothing but run.json and the vocabulary is read.
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
 *  Errors   as rr_run_network(); IO (no epoch is finished yet). */
RR_API RR_MUST_USE rr_status rr_session_network(rr_session *s, const rr_network **out,
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

/** Some sequences of a split, without loading the others where the source allows it.
 *  Shapes   which is [n].
 *  Memory   on RR_OK *out is owned by the caller: rr_dataset_free(). Else *out is NULL.
 *  Errors   as rr_run_sequences(). */
RR_API RR_MUST_USE rr_status rr_session_sequences(rr_session *s, rr_split split,
                                                  const size_t *which, size_t n, rr_dataset **out,
                                                  rr_error *err);

/** What the model predicts for a split. All borrowed from the session. */
typedef struct rr_predictions {
    const rr_dataset *ds;       /**< the split, N sequences */
    const uint32_t *prediction; /**< [N] */
    const float *probability;   /**< [N] of the prediction */
    size_t errors;              /**< sequences predicted otherwise than labelled */
    double accuracy;            /**< 0..1; 0 for an empty split */
} rr_predictions;

/** Predict a split, once.
 *  Memory   *out is borrowed from s, until it is trained or closed.
 *  Errors   as rr_session_network(), rr_session_split(), rr_network_predict(). */
RR_API RR_MUST_USE rr_status rr_session_predict(rr_session *s, rr_split split, rr_predictions *out,
                                                rr_error *err);

/** The number of a class given by its name, or by its number where no class has a number for a
 *  name.
 *  Errors   ARG (no such class; the message lists those there are). */
RR_API RR_MUST_USE rr_status rr_dataset_class(const rr_dataset *ds, const char *name, uint32_t *out,
                                              rr_error *err);

/* ---- a new run ------------------------------------------------------------------------------ */

/** What a new run is to be. Strings are borrowed for the call. */
typedef struct rr_new_run_config {
    size_t struct_size;        /**< set by the default */
    const char *data;          /**< dataset spec, as dataset.h has it */
    const char *vectors;       /**< file of word vectors to begin with, or NULL */
    const char *labels;        /**< file of label decisions about the training set, or NULL */
    rr_network_config network; /**< its vocabulary and classes come from the data; width too for
                                    frames, and for words where it is 0: that of the vectors,
                                    else 100 */
    int embedding_given;       /**< 0: the embedding is frozen with vectors, else trained */
    rr_train_config train;
    rr_keep keep;
    int checkpoints; /**< keep the trainer's state of every epoch, and of the start */
} rr_new_run_config;

/** No data yet; LSTM of 128, one layer, the trainer's defaults, keep last. */
RR_API rr_new_run_config rr_new_run_config_default(void);

/** Load the data, fit the network's sizes to them, and make the run directory. What the network or
 *  the trainer would refuse leaves no directory behind. Training the session begins with what has
 *  been loaded here; where->data and where->vectors are ignored.
 *  Memory   on RR_OK *out is owned by the caller: rr_session_close(). Else *out is NULL.
 *  Errors   as rr_dataset_load(), rr_vectors_load(), rr_decisions_load(), rr_network_new(),
 *           rr_trainer_new(), rr_run_create(); ARG (no data; vectors for data that are no text). */
RR_API RR_MUST_USE rr_status rr_session_create(const char *dir, const rr_new_run_config *cfg,
                                               const rr_session_config *where, rr_session **out,
                                               rr_error *err);

/* ---- training ------------------------------------------------------------------------------- */

/** How far to train. */
typedef struct rr_train_options {
    size_t epochs; /**< epochs altogether; 0 = as the run plans */
} rr_train_options;

/** Train the run to its end, from the start or from the last recorded epoch, and record every
 *  epoch. After a cancellation the run holds the last finished epoch, and the same call resumes to
 *  the same bits. options may be NULL.
 *  Errors   as rr_run_begin(), rr_run_resume(), rr_run_extend(), rr_trainer_step(),
 *           rr_run_record(); CANCELLED. */
RR_API RR_MUST_USE rr_status rr_session_train(rr_session *s, const rr_train_options *options,
                                              rr_error *err);

/* ---- the influence model -------------------------------------------------------------------- */

/** Build the influence model and write it into the run; cfg->threads is the session's. Nothing is
 *  written after a cancellation.
 *  Errors   as rr_influence_builder_step(), rr_influence_save(), rr_session_split(); CANCELLED. */
RR_API RR_MUST_USE rr_status rr_session_build(rr_session *s, const rr_influence_config *cfg,
                                              rr_error *err);

/* ---- a run retrained with edits ------------------------------------------------------------- */

/** How a child run is trained. */
typedef struct rr_retrain_config {
    size_t struct_size; /**< set by the default */
    rr_retrain start;
    size_t epochs;        /**< 0 = 2 for continue, as many as the parent's plan from scratch */
    double learning_rate; /**< 0 = the parent's; a tenth of it for continue from a parent that was
                               itself trained from scratch */
    uint64_t seed;        /**< of weights, shuffles and dropout */
} rr_retrain_config;

/** Continue, epochs and rate as above, the parent's seed. */
RR_API rr_retrain_config rr_retrain_config_default(const rr_session *parent);

/** Make a run directory that names its parent, with edits of the parent's training set as it
 * stands, additions included, and train it to its end. edits may be NULL for none. run.json is
 * written last: a run that names additions or a start holds them. After a cancellation or a failure
 * while it is trained, *out is the child as it then is, to be resumed by rr_session_train(); before
 * that, *out is NULL and nothing is left behind. dir may have been reserved by rr_run_reserve().
 *  Memory   *out is owned by the caller: rr_session_close(). It shares what parent has loaded.
 *  Errors   ARG (lists that do not ascend or are out of range; from scratch with the defaults of a
 *           parent that was itself continued), as rr_run_create(), rr_session_train(); CANCELLED.
 */
RR_API RR_MUST_USE rr_status rr_session_child(rr_session *parent, const char *dir,
                                              const rr_edits *edits, const rr_retrain_config *cfg,
                                              rr_session **out, rr_error *err);

/* ---- verification --------------------------------------------------------------------------- */

/** One check of a run. */
typedef struct rr_check {
    const char *name; /**< "data", "model", "influence", "rebuild" or "training" */
    rr_status status; /**< MISMATCH: it differs; another failure: it could not be made */
    char detail[512]; /**< why, "" where it is in order */
} rr_check;

enum { RR_MAX_CHECKS = 5 };

/** What rr_session_verify() found. Plain data. */
typedef struct rr_verification {
    rr_check checks[RR_MAX_CHECKS];
    size_t count;
} rr_verification;

/** Which of the long checks to make. */
typedef struct rr_verify_options {
    int rebuild; /**< build the influence model again and compare the files byte by byte */
    int retrain; /**< train again and compare the model */
    const char *temporary; /**< folder for the file that is compared; NULL = "/tmp" */
} rr_verify_options;

/** Check that a run is what it says it is. Nothing in it is changed; a check that finds a
 *  difference does not keep the others from being made, and one without its ground (no model, no
 *  influence file) is left out.
 *  Errors   CANCELLED; everything else is in *out. */
RR_API RR_MUST_USE rr_status rr_session_verify(rr_session *s, const rr_verify_options *options,
                                               rr_verification *out, rr_error *err);

RR_END_DECLS

#endif
