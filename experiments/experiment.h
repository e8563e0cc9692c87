/* SPDX-License-Identifier: MIT */
/* experiment.h - the paper's experiments as lists of trials, resumable and over seeds.
 *
 * An experiment carries out trials, a setting with a seed each, and records what each gives in a
 * database; then it reports on everything the database holds under its key. A trial that is
 * recorded is not carried out again: an experiment that was stopped goes on where it was, and
 * several processes may share the seeds among them.
 *
 * Experiments see the public headers of the library and their own. They print nothing but to the
 * streams they are given, and ask `interrupted` between the steps of everything that takes long. */
#ifndef EXPERIMENTS_EXPERIMENT_H
#define EXPERIMENTS_EXPERIMENT_H

#include "experiments/database.h"
#include "experiments/table.h"

#include <stdio.h>

typedef struct experiment_context experiment_context;

typedef struct experiment {
    const char *id;
    const char *also;    /* another name it is known by; NULL = none */
    const char *summary; /* half a sentence, lower case, no full stop */
    const char *about;   /* paragraphs, wrapped by hand at 78 columns */
    unsigned revision;   /* raised when a trial comes to measure something else */
    size_t seeds;        /* by default, and */
    size_t quick_seeds;  /* with the quick flag */
    /* Load the data, name them by experiment_use_data(), and carry out the trials missing. Returns
     * RR_OK early where experiment_stopped(). */
    rr_status (*run)(experiment_context *ctx, rr_error *err);
    /* Tables to ctx->tables, files to experiment_file(), from what was recorded. */
    rr_status (*report)(experiment_context *ctx, const experiment_results *results, rr_error *err);
} experiment;

/* All experiments, in the order they are listed; and the one of that id or other name,
 * NULL where there is none.
 */
const experiment *const *experiment_all(size_t *n);
const experiment *experiment_find(const char *id);

/* How an experiment reports its progress. Every function gets `self`. */
typedef struct experiment_watch {
    void *self;
    /* `done` of `total` steps of what; `left` seconds until the last trial, below 0 = unknown. */
    void (*show)(void *self, const char *what, size_t done, size_t total, double left);
    void (*clear)(void *self); /* take it off the screen: a line of diagnostics follows */
    int (*interrupted)(void *self);
} experiment_watch;

enum { EXPERIMENT_FILES = 8 };

struct experiment_context {
    /* Filled in by whoever runs the experiment; all texts and pointers are borrowed. */
    const char *data;   /* the folder with the datasets, one folder each */
    const char *output; /* a folder that exists */
    const char
        *kept; /* one for networks that are kept, which experiments may share; NULL = output */
    uint64_t first_seed;
    size_t seeds; /* first_seed, first_seed + 1, ... */
    int quick;    /* a trial of the experiment: less of everything */
    size_t threads;
    experiment_database *database;
    FILE *notes;  /* diagnostics; NULL = none */
    FILE *tables; /* NULL = none */
    const experiment_watch *watch;

    /* Kept by the frame; zero at the start, released by experiment_context_clear(). */
    const experiment *which;
    char version[64];
    char data_hash[EXPERIMENT_SETS * 65]; /* the hashes of all data used, joined by '+' */
    experiment_results results;           /* once experiment_run() has reported */
    char *files[EXPERIMENT_FILES];        /* paths written */
    size_t file_count;
    size_t planned, found, recorded; /* trials: all, in the database at the start, done since */
    char trial[160];                 /* the one under way, for the bar */
    double started;                  /* when the first trial began */
    int stopped;
};

/* Run an experiment: the trials missing, then the report. Where it was interrupted ctx->stopped is
 * 1 and there is no report; trials finished are in the database.
 *  Errors   ARG (seeds that are none or go beyond 2^63 - 1), what the experiment meets. */
rr_status experiment_run(const experiment *which, experiment_context *ctx, rr_error *err);
void experiment_context_clear(experiment_context *ctx);

/* Open another results database of an experiment, which must hold trials of it: those of the key
 * recorded last are meant. Memory   *out is experiment_database_close()d. Errors   ARG (no such
 * file, no such trial), those of opening and reading it. */
rr_status experiment_open_other(const experiment *which, int quick, const char *path,
                                experiment_database **out, experiment_origin *origin,
                                rr_error *err);

/* After a run: set its figures beside the other database's. A table to ctx->tables, every metric to
 * ID-against.tsv. */
rr_status experiment_compare(experiment_context *ctx, experiment_database *other,
                             const experiment_origin *origin, rr_error *err);

/* The options of a results database's key. A constant string. */
const char *experiment_options(int quick);
/* The version of a results database's key: the library's and the experiment's. */
void experiment_version(const experiment *which, char out[64]);
/* What the figures recorded from now on belong to. Borrowed from ctx. */
experiment_key experiment_key_of(const experiment_context *ctx);

/* ---- for experiments ------------------------------------------------------------------------ */

/* Load KIND:DATA/PLACE, with parameters ("limit=1000") or "". Memory *out is rr_dataset_free()d. */
rr_status experiment_load(const experiment_context *ctx, const char *kind, const char *place,
                          const char *parameters, rr_split split, rr_dataset **out, rr_error *err);

/* Note data the figures depend on; in the same order each time. Errors ARG (too many sets). */
rr_status experiment_use_data(experiment_context *ctx, const rr_dataset *ds, rr_error *err);

/* The same for other files the figures depend on, by their SHA-256. Errors as above. */
rr_status experiment_use_hash(experiment_context *ctx, const char *hash, rr_error *err);

/* Say which trials there are: n settings for each seed. */
rr_status experiment_plan(experiment_context *ctx, const char *const *settings, size_t n,
                          rr_error *err);

/* Whether a trial is in the database: *done is 1 or 0; where it is not, it is now under way. */
rr_status experiment_trial_done(experiment_context *ctx, const char *setting, uint64_t seed,
                                int *done, rr_error *err);

/* Carry out the trials of n settings that are not in the database, seed by seed, until stopped.
 * `one` carries out one of them: setting is its index. */
typedef rr_status experiment_trial(experiment_context *ctx, void *self, size_t setting,
                                   uint64_t seed, rr_error *err);
rr_status experiment_each_trial(experiment_context *ctx, const char *const *settings, size_t n,
                                experiment_trial *one, void *self, rr_error *err);

/* Record the trial's figures, all at once, and report it. */
rr_status experiment_record(experiment_context *ctx, const char *setting, uint64_t seed,
                            const experiment_metric *metrics, size_t n, rr_error *err);

/* The figures of a trial in the making. Plain data, zeroed at the start. */
typedef struct experiment_figures {
    experiment_metric *list; /* [n] */
    char (*names)[40];       /* of the points of curves */
    size_t n;
} experiment_figures;

/* Room for `most` of them. Memory: experiment_figures_clear(). */
rr_status experiment_figures_begin(experiment_figures *f, size_t most, rr_error *err);
void experiment_figures_clear(experiment_figures *f);
/* Add one; the name is borrowed. And a point of a curve, "NAME@AT". */
void experiment_figure(experiment_figures *f, const char *name, double value);
void experiment_figure_at(experiment_figures *f, const char *name, size_t at, double value);
/* How long the last figure took; without it, it is not timed. */
void experiment_figure_took(experiment_figures *f, double seconds);

/* The folder for networks that are kept. */
const char *experiment_kept(const experiment_context *ctx);

/* One line of diagnostics. */
void experiment_note(const experiment_context *ctx, const char *fmt, ...) RRI_PRINTF(2, 3);

/* Move the bar; total 0 = unknown. */
void experiment_show(const experiment_context *ctx, const char *what, size_t done, size_t total);

/* Has an interruption arrived? Once it has, it stays. */
int experiment_stopped(experiment_context *ctx);

/* The path of a file in the output folder, noted among the files written. Borrowed from ctx. */
rr_status experiment_file(experiment_context *ctx, const char *name, const char **path,
                          rr_error *err);

/* The name of a picture of the first seed: "ID-seed-1.png", "ID-quick-seed-1.png". Other options
 * and other processes draw other pictures. */
void experiment_picture(const experiment_context *ctx, char out[96]);

/* Two cells: the mean of a share and its deviation, in percent; missing where at is NULL. */
void experiment_add_percent(experiment_table *table, const experiment_summary *at);

/* A complete table into a file of the output folder, and to ctx->tables; or another one there, of
 * some of its rows. */
rr_status experiment_publish(experiment_context *ctx, const experiment_table *table,
                             const char *name, rr_error *err);
rr_status experiment_publish_some(experiment_context *ctx, const experiment_table *table,
                                  const experiment_table *some, const char *name, rr_error *err);

/* ---- work.c: the long steps, with a bar and interruptible ------------------------------------ */

/* What a library call shows and asks: the bar, and whether an interruption arrived. */
rr_callbacks experiment_callbacks(experiment_context *ctx);

/* Train a network to its last epoch; where ctx->stopped is 1 afterwards it is not finished. */
rr_status experiment_train(experiment_context *ctx, const rr_train_config *cfg, rr_network *net,
                           const rr_dataset *train, rr_error *err);

/* What is done before the first epoch, as epoch 0, and after each. */
typedef rr_status experiment_epoch(void *self, const rr_trainer *trainer, size_t epoch,
                                   rr_error *err);
rr_status experiment_train_by(experiment_context *ctx, const rr_train_config *cfg, rr_network *net,
                              const rr_dataset *train, experiment_epoch *each, void *self,
                              rr_error *err);

/* The fraction of correct predictions, 0 of none: of predictions [N], or of a network. */
double experiment_accuracy_of(const rr_dataset *ds, const uint32_t *prediction);
rr_status experiment_accuracy(const experiment_context *ctx, const rr_network *net,
                              const rr_dataset *ds, double *out, rr_error *err);

/* The traces of a dataset read by a network. Memory *out is rr_traces_free()d. */
rr_status experiment_trace(const experiment_context *ctx, const rr_influence *inf,
                           const rr_network *net, const rr_dataset *ds, rr_traces **out,
                           rr_error *err);

/* Build an influence model. Memory *out is rr_influence_free()d; NULL where ctx->stopped is 1. */
rr_status experiment_build(experiment_context *ctx, const rr_influence_config *cfg,
                           const rr_network *net, const rr_dataset *train, rr_influence **out,
                           rr_error *err);

/* ---- the experiments ------------------------------------------------------------------------ */

extern const experiment experiment_table1, experiment_table2, experiment_faults, experiment_fig1,
    experiment_fig2, experiment_pca, experiment_fig3, experiment_fig3_repair;
extern const experiment experiment_table3, experiment_table3_improved;
extern const experiment experiment_table4, experiment_backdoor, experiment_inversion,
    experiment_speech, experiment_tags, experiment_halves;
extern const experiment experiment_lds, experiment_index;
extern const experiment experiment_aqua, experiment_reviewed, experiment_defaults;

#endif
