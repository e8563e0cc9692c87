/* SPDX-License-Identifier: MIT */
/* training.h - what several commands do with a run: open it, load its splits, predict, train. */
#ifndef CLI_TRAINING_H
#define CLI_TRAINING_H

#include "kit/cli.h"
#include "kit/output.h"

/* Open an existing run directory; a missing one is an IO error that says how to make it. */
rr_status cli_open_run(const char *dir, rr_run **out, rr_error *err);

/* Its model; IO where no epoch is finished yet. */
rr_status cli_open_model(const rr_run *run, rr_network **out, rr_error *err);

/* Its influence model; IO where none has been built. */
rr_status cli_open_influence(const rr_run *run, const rr_network *net, rr_influence **out,
                             rr_error *err);

/* A split of its data, as rr_run_dataset() gives it; a source that is gone leads to --data. */
rr_status cli_run_dataset(const rr_run *run, rr_split split, const char *data, rr_dataset **out,
                          rr_error *err);

/* Some sequences of it, as rr_run_sequences() gives them. */
rr_status cli_run_sequences(const rr_run *run, rr_split split, const char *data,
                            const size_t *which, size_t n, rr_dataset **out, rr_error *err);

/* Remark on classes that no training sequence carries: a stray label makes many. */
rr_status cli_say_classes(const cli_common *common, const rr_dataset *train, size_t classes,
                          rr_error *err);

/* The number of a class given by its name, or by its number where no class has a number for a name.
 * ARG lists the names there are. */
rr_status cli_class_number(const rr_dataset *ds, const char *name, uint32_t *out, rr_error *err);

/* Does the run hold this file? 1, 0, or -1 when there is no memory to ask. */
int cli_run_has(const rr_run *run, const char *name);

/* The three splits of a source, NULL where it has none. */
typedef struct cli_splits {
    rr_dataset *of[3]; /* by rr_split; owned */
    rr_source *source; /* owned; NULL where they are a run's */
} cli_splits;

/* Text is read with the vocabulary of its train split. */
rr_status cli_splits_load(const char *spec, cli_splits *out, rr_error *err);
/* data: NULL for the recorded source; the contents are checked against the record. */
rr_status cli_splits_of_run(const rr_run *run, const char *data, cli_splits *out, rr_error *err);
/* What a run records of them. */
void cli_splits_record(const cli_splits *splits, rr_run_split out[3]);
void cli_splits_free(cli_splits *splits);

/* Predictions and, where probability is not NULL, probabilities; both released with rri_free(). */
rr_status cli_predict(const rr_network *net, const rr_dataset *ds, size_t threads,
                      uint32_t **prediction, float **probability, rr_error *err);

/* The same with the model of a run. */
rr_status cli_predict_run(const rr_run *run, const rr_dataset *ds, size_t threads,
                          uint32_t **prediction, rr_error *err);

/* Share of right predictions, 0..1; 0 for an empty dataset. */
double cli_accuracy(const rr_dataset *ds, const uint32_t *prediction);

/* One training, or the rest of one. All pointers are borrowed. */
typedef struct cli_training {
    const cli_common *common;
    rr_run *run; /* what is gone on with, and where finished epochs are recorded; NULL = nowhere */
    rr_train_config config;
    rr_network *net;
    const cli_splits *splits;
    size_t stop_after; /* stop when this epoch is done; 0 = go on to the last */
    FILE *rows;        /* where the table of epochs goes, NULL = nowhere */
} cli_training;

/* Train. On SIGINT or SIGTERM it stops after the present batch with *interrupted = 1: what is
 * recorded is the last finished epoch. */
rr_status cli_train(const cli_training *t, int *interrupted, rr_error *err);

/* Where what a run was made of now lies; NULL = where it was. */
typedef struct cli_where {
    const char *data;    /* SPEC */
    const char *vectors; /* file of word vectors */
} cli_where;

/* rr_run_begin(); vectors that are gone lead to --vectors. */
rr_status cli_begin_network(const rr_run *run, const char *vectors, rr_network **out,
                            rr_error *err);

/* Refuse --vectors beside a run that has no use for it. */
rr_status cli_refuse_idle_vectors(const cli_common *common, const rr_run *run, rr_error *err);

/* A path that can be followed from any working directory, released with rri_free(). */
rr_status cli_absolute(const char *path, char **out, rr_error *err);

/* Train a run to its end, beginning or going on: opens the splits, the network and the trainer's
 * state. where: NULL = where all was. epochs: the number to train altogether. */
rr_status cli_train_run(const cli_common *common, rr_run *run, const cli_where *where,
                        size_t epochs, FILE *rows, int *interrupted, rr_error *err);

/* The members of train's document: epochs, test_accuracy, ... */
rr_status cli_training_document(cli_doc *doc, const rr_run *run, rr_error *err);

/* The rows of a history as a table. */
void cli_print_history(FILE *f, const rr_run_epoch *rows, size_t n);

#endif
