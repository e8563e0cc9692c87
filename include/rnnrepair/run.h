/* SPDX-License-Identifier: MIT */
/* run.h - the run directory: settings, history and files of a training and what follows it.
 *
 *     run.json                 data and hashes, options, history, lineage
 *     model.safetensors        the network (network.h)
 *     trainer.safetensors      the state training resumes from (train.h)
 *     influence.safetensors    the influence model (influence.h)
 *     vocabulary.txt           of a run on text, one word a line, line number = id
 *     additions.npz            samples a repair added to the training set, where there are any
 *     weights.npz              loss weights of the training sequences, where they are not all 1
 *     start.safetensors        the weights a warm-started training began with
 *     certificate.json         of a run whose output layer was repaired: the proof (hotfix.h)
 *     targets.npz              the same: the inputs it was repaired for
 *     checkpoints/             states of the training after each epoch, if enabled
 *     lock                     while the directory is written
 *
 * Every file is written to a temporary name, flushed and renamed. Who writes the directory holds
 * its lock: an rr_run from rr_run_create() on until it is trained by a session, or freed; a
 * reservation; and each call that writes. Such a call of another process fails with IO and names
 * the process that holds it; one on a run that was written by another since it was opened fails
 * with MISMATCH. Readers need no lock. Format: docs/FORMAT.md. */
#ifndef RNNREPAIR_RUN_H
#define RNNREPAIR_RUN_H

#include "rnnrepair/edits.h"
#include "rnnrepair/enums.h"
#include "rnnrepair/influence.h"
#include "rnnrepair/network.h"
#include "rnnrepair/train.h"

RR_BEGIN_DECLS

#define RR_RUN_MODEL "model.safetensors"
#define RR_RUN_TRAINER "trainer.safetensors"
#define RR_RUN_INFLUENCE "influence.safetensors"
#define RR_RUN_ADDITIONS "additions.npz"
#define RR_RUN_WEIGHTS "weights.npz"
#define RR_RUN_START "start.safetensors"
#define RR_RUN_VOCABULARY "vocabulary.txt"
#define RR_RUN_CERTIFICATE "certificate.json"
#define RR_RUN_TARGETS "targets.npz"

/** One epoch of the history. Accuracies are fractions, 0..1; negative where not measured. */
typedef struct rr_run_epoch {
    size_t epoch; /**< from 1 */
    double loss;  /**< nats a sequence */
    double train_accuracy, dev_accuracy, test_accuracy;
    double seconds;
    double sequences_per_second;
} rr_run_epoch;

/** The record of one split. */
typedef struct rr_run_split {
    size_t count;        /**< 0 = the source has no such split */
    char hash[65];       /**< rr_dataset_hash() of the source's split, without additions */
    char files_hash[65]; /**< its rr_dataset_files_hash(), "" where there is none */
} rr_run_split;

/** What watches a retraining: inputs it is not trained on, whose predictions are compared with
 * those of the weights it began with. Kept are the last weights along the way that obey the guard.
 */
typedef struct rr_guard {
    int on;               /**< 0: there is none, and nothing else here counts */
    rr_split split;       /**< of these inputs: dev, or train for those held back */
    const uint32_t *held; /**< [count_held] ascending numbers in the training set of the run: held
                               back, by a loss weight of 0; a repair makes no sample of them */
    size_t count_held;
    size_t points; /**< comparisons an epoch, evenly spaced, the last behind its last batch. 0 =
                        none: inputs are only held back, and the weights kept are the last */
    size_t most_broken; /**< the weights kept break at most so many inputs that were right;
                             SIZE_MAX = fewer than they fix, or none */
    int anyway; /**< 1: the last weights are kept, whatever they break; what they do is recorded */
} rr_guard;

/** What a guard has seen so far. */
typedef struct rr_guarded {
    size_t updates;       /**< of the weights, so far */
    size_t kept;          /**< after which the weights were kept; 0 = none obeyed yet */
    size_t fixed, broken; /**< by the weights kept; where none are, by the last compared */
} rr_guarded;

/** An error that a run was repaired for. */
typedef struct rr_run_target {
    uint32_t id;   /**< sequence of the split */
    uint32_t step; /**< where every step has an output, the wrong step, from 1; else 0 */
} rr_run_target;

/** The errors that a run was repaired for. */
typedef struct rr_run_targets {
    rr_split split;            /**< whose errors they were */
    const rr_run_target *list; /**< [count] in the order of the repair */
    size_t count; /**< 0: it is no repair, or one for other data than the run's, or made
                       by a version that recorded none */
} rr_run_targets;

/** What a run has in the place of a training: the network it was made from with another output
 *  layer. Borrowed. */
typedef struct rr_run_hotfix {
    const rr_network *model;
    const rr_dataset *targets; /**< without words */
    const char *certificate;   /**< a JSON text, docs/FORMAT.md#certificate */
} rr_run_hotfix;

/** The settings of a run. Strings are borrowed: copied by the library; of an open run they are
 * valid as long as the run. */
typedef struct rr_run_settings {
    const char *data;               /**< dataset spec, resolved */
    rr_run_split splits[3];         /**< by rr_split */
    const char *const *class_names; /**< [network.classes] those of the data; NULL of a run made
                                         before run.json listed them */
    const rr_scaling *scaling;      /**< of the data's frames, by the train split; NULL for none */
    rr_network_config network;
    rr_train_config train; /**< threads is not recorded */
    rr_keep keep;
    const rr_states_origin *states;  /**< of a run on the states of a network trained elsewhere: it
                                          has no model; of `network` only hidden, width, classes,
                                          vocabulary and output are set. NULL for a run with one */
    const char *parent;              /**< run directory this one was repaired from, or NULL */
    const char *parent_model;        /**< its model's hash, or NULL */
    const char *additions_hash;      /**< content hash of additions.npz, or NULL: no additions. Set
                                          by rr_run_create() */
    const char *weights_hash;        /**< SHA-256 of edits.weights, or NULL: each is 1. Set by
                                          rr_run_create() */
    const rr_vocabulary *vocabulary; /**< of a run on text, else NULL; shared, not copied */
    const char *vectors;             /**< file of word vectors training began with, or NULL */
    const char *vectors_hash;        /**< rr_vectors_hash() of it, or NULL */
    rr_edits edits;  /**< of the source's training set. Additions have no words; in an opened run
                        they are NULL, and part of rr_run_dataset() */
    int checkpoints; /**< keep the trainer's state of every epoch, and of the start */
    const rr_network *start; /**< in rr_run_create(): the network to warm-start from, or NULL;
                                  saved as RR_RUN_START */
    rr_source *source; /**< the source of the spec if it is open already, else NULL; shared, so
                            that the data are not read again. Not recorded */
    const char *certificate_hash; /**< SHA-256 of certificate.json, or NULL: the model is trained.
                                       Set by rr_run_create() */
    const rr_run_hotfix *hotfix;  /**< in rr_run_create(): of a run with a start that is not
                                       trained, or NULL */
    rr_guard guard;               /**< of a run with a parent and a start; held is copied */
    rr_run_targets targets;       /**< of a run with a parent; the list is copied */
} rr_run_settings;

/** An open run directory. Opaque; for one thread at a time, since it caches its
 * data. */
typedef struct rr_run rr_run;

/** Create a run directory with these settings and no history, and vocabulary.txt for one on text;
 *  parent folders are created as needed. run.json is written last: a directory that holds one is
 *  complete, and a call that was killed before can be repeated.
 *  Memory   on RR_OK *out is owned by the caller: rr_run_free(). Else *out is NULL.
 *  Errors   ARG (dir already holds a run; keep best without a dev split;
 *           data, parent or vectors not UTF-8; edits as rr_edits_check(); additions with
 *           words, or a hash without additions; a start without a parent), IO (also where another
 *           process writes dir), NOMEM. */
RR_API RR_MUST_USE rr_status rr_run_create(const char *dir, const rr_run_settings *settings,
                                           rr_run **out, rr_error *err);

/** A directory reserved for a new run. Opaque. */
typedef struct rr_reservation rr_reservation;

/** Check that a run can be created in dir before long work for it, create the folder and lock it
 *  for other processes; this one may create and write the run. Files that an interrupted call left
 *  are allowed.
 *  Memory   on RR_OK *out is owned by the caller: rr_reservation_end(). Else *out is NULL.
 *  Errors   ARG (an empty name; dir holds a run, or files that do not belong to one), IO (also
 *           where another process writes dir), NOMEM. */
RR_API RR_MUST_USE rr_status rr_run_reserve(const char *dir, rr_reservation **out, rr_error *err);

/** End a reservation: if no run was created, folders and unfinished files created since are
 *  removed. NULL is allowed. */
RR_API void rr_reservation_end(rr_reservation *r);

/** Open an existing one.
 *  Memory   on RR_OK *out is owned by the caller: rr_run_free(). Else *out is NULL.
 *  Errors   IO (no run.json or vocabulary), FORMAT (the message names line and member), MISMATCH
 *           (the vocabulary is not the one the run began with), UNSUPPORTED (another version of the
 *           format), NOMEM. */
RR_API RR_MUST_USE rr_status rr_run_open(const char *dir, rr_run **out, rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_run_free(rr_run *run);

/** The directory. Memory: borrowed from run. */
RR_API const char *rr_run_dir(const rr_run *run);
/** The settings. Memory: strings are borrowed from run. */
RR_API rr_run_settings rr_run_settings_of(const rr_run *run);
/** The epochs so far. Memory: borrowed from run until the next rr_run_record(). */
RR_API const rr_run_epoch *rr_run_history(const rr_run *run, size_t *epochs);
/** The epoch whose weights model.safetensors holds; 0 before the first. */
RR_API size_t rr_run_model_epoch(const rr_run *run);

/** Whether the run has a model: 1 after an epoch, and of a run whose output layer was repaired. */
RR_API int rr_run_has_model(const rr_run *run);

/** The weight of each class in the loss of the run's training, [C]; NULL = 1 each. A retraining of
 *  the run takes them as well (rr_trainer_set_class_weights()).
 *  Memory   borrowed from run. */
RR_API const float *rr_run_class_weights(const rr_run *run);

/** What the guard has seen; zeros without one. After an epoch with a guard model.safetensors holds
 * the weights that were kept, or while none were the last. */
RR_API rr_guarded rr_run_guarded(const rr_run *run);

/** The path of a file in the run directory, for example of RR_RUN_MODEL.
 *  Memory   on RR_OK *out is a string owned by the caller: rr_string_free().
 *  Errors   NOMEM. */
RR_API RR_MUST_USE rr_status rr_run_path(const rr_run *run, const char *name, char **out,
                                         rr_error *err);

/** Change the number of epochs to train, for resuming beyond the first plan. Takes effect on disk
 *  with the next rr_run_record().
 *  Errors   ARG (0, or fewer than the epochs done). */
RR_API RR_MUST_USE rr_status rr_run_extend(rr_run *run, size_t epochs, rr_error *err);

/** Record a finished epoch: writes the model if settings.keep selects it, then run.json,
 *  then the trainer's state. An interruption in between leaves a run that resumes to the same bits.
 *  Errors   ARG (an epoch that does not follow; a trainer in the middle of one), NUMERIC (a
 *           weight is not finite), IO (also where another process writes the run), MISMATCH (one
 *           has written it since it was opened), NOMEM. */
RR_API RR_MUST_USE rr_status rr_run_record(rr_run *run, const rr_run_epoch *epoch,
                                           const rr_network *net, const rr_trainer *trainer,
                                           rr_error *err);

/** Set a trainer, new and with the run's settings, to the state after the last recorded epoch. It
 *  stays at the start if no epoch is recorded, or if an interruption came before the state of the
 *  first was written.
 *  Errors   as rr_trainer_restore(); IO (a state that must exist is missing). */
RR_API RR_MUST_USE rr_status rr_run_resume(const rr_run *run, rr_trainer *trainer, rr_error *err);

/** Save the trainer's state as the checkpoint of its last epoch; 0 before the first. With
 *  settings.checkpoints rr_run_record() does so: the caller saves only the start.
 *  Errors   as rr_trainer_save(); IO, MISMATCH as rr_run_record(). */
RR_API RR_MUST_USE rr_status rr_run_checkpoint(const rr_run *run, const rr_trainer *trainer,
                                               rr_error *err);

/** The path of the checkpoint of an epoch, for rr_trainer_restore() and attribution.h.
 *  Memory   on RR_OK *out is a string owned by the caller: rr_string_free(). Else *out is NULL.
 *  Errors   IO (it was not saved: the message says how to train with checkpoints), NOMEM. */
RR_API RR_MUST_USE rr_status rr_run_checkpoint_path(const rr_run *run, size_t epoch, char **out,
                                                    rr_error *err);

/** The vocabulary of a run on text, NULL on other runs. Memory: borrowed from run. */
RR_API const rr_vocabulary *rr_run_vocabulary(const rr_run *run);

/** How data other than the run's are to be opened so that they fit its network: with its
 *  vocabulary, its scaling and, where they are recorded, its class names.
 *  Memory   pointers are borrowed from run. */
RR_API rr_source_options rr_run_source_options(const rr_run *run);

/** Whether training begins with the weights of another run, those in RR_RUN_START. Only a run with
 *  a parent does: without one such a file does not belong to the run.
 *  Errors   NOMEM. */
RR_API RR_MUST_USE rr_status rr_run_is_warm_started(const rr_run *run, int *out, rr_error *err);

/** The network training begins with: that in RR_RUN_START if it is warm-started, else fresh
 *  weights, with word vectors if the run names a file of them.
 *  vectors: NULL for the recorded file, else its present path.
 *  Memory   on RR_OK *out is owned by the caller: rr_network_free(). Else *out is NULL.
 *  Errors   as rr_network_load(), rr_vectors_load(); MISMATCH (another file of vectors; a start
 *           that is not the parent's model or reads another vocabulary), SHAPE (a start of
 *           another architecture). */
RR_API RR_MUST_USE rr_status rr_run_begin(const rr_run *run, const char *vectors, rr_network **out,
                                          rr_error *err);

/** A split, checked against the recorded hash; in train the run's edits are applied. Text is read
 *  with the run's vocabulary. It is loaded once: later calls give the same dataset.
 *  data: NULL for the recorded source, else the present spec of the same data.
 *  Memory   on RR_OK *out is shared by the caller and the run: rr_dataset_free(). Else *out is
 *           NULL.
 *  Errors   as rr_dataset_load(); ARG (the run has no such split), MISMATCH (the content changed).
 */
RR_API RR_MUST_USE rr_status rr_run_dataset(const rr_run *run, rr_split split, const char *data,
                                            rr_dataset **out, rr_error *err);

/** Load single sequences of a split by their numbers, checked as above: by the hash of the files
 *  if one is recorded and still correct, without unpacking the others, else from the whole split.
 *  Shapes   which is [n]; sequence i of *out is sequence which[i] of the split.
 *  Memory   on RR_OK *out is owned by the caller: rr_dataset_free(). Else *out is NULL.
 *  Errors   as rr_run_dataset(); ARG (a number that is not below N). */
RR_API RR_MUST_USE rr_status rr_run_sequences(const rr_run *run, rr_split split, const char *data,
                                              const size_t *which, size_t n, rr_dataset **out,
                                              rr_error *err);

/** Load the model.
 *  Memory   on RR_OK *out is owned by the caller: rr_network_free(). Else *out is NULL.
 *  Errors   as rr_network_load(); SHAPE (the model is not of the recorded configuration). */
RR_API RR_MUST_USE rr_status rr_run_network(const rr_run *run, rr_network **out, rr_error *err);

/** Load the influence model and check that it was built from this run's model and data.
 *  Memory   on RR_OK *out is owned by the caller: rr_influence_free(). Else *out is NULL.
 *  Errors   as rr_influence_load(); IO also if none is built yet. */
RR_API RR_MUST_USE rr_status rr_run_influence(const rr_run *run, const rr_network *net,
                                              rr_influence **out, rr_error *err);

/** The hash by which the influence file names the run's training data: the content hash of the
 *  train split, or with edits SHA-256 of that hash, the additions' hash if there are some, the
 *  removed ids (4 bytes each, little-endian), and with other labels the word "labels" and each id
 *  with its label (4 bytes each), one after the other; with loss weights the word "weights" and
 *  their hash.
 *  Errors   NOMEM. */
RR_API RR_MUST_USE rr_status rr_run_data_hash(const rr_run *run, char out[65], rr_error *err);

RR_END_DECLS

#endif
