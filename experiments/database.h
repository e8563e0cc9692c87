/* SPDX-License-Identifier: MIT */
/* database.h - what the trials of experiments have given, in one SQLite file.
 *
 * A trial's figures are written in one transaction at its end: a run that was stopped goes on with
 * the first trial that is missing. Figures belong to a key (experiment, options, version, data);
 * those of another key stay in the file, and apart. Several processes may work on one file. */
#ifndef EXPERIMENTS_DATABASE_H
#define EXPERIMENTS_DATABASE_H

#include "experiments/support.h"

/* What must be the same for figures to be comparable. Texts are borrowed. */
typedef struct experiment_key {
    const char *experiment; /* its id */
    const char *options;    /* "full" or "quick" */
    const char *version;    /* of the library, and of the experiment itself */
    const char *data_hash;  /* of everything it reads */
} experiment_key;

/* One figure of one trial. Curves are metrics named "NAME@X". */
typedef struct experiment_metric {
    const char *name;
    double value;   /* finite */
    double seconds; /* what it took, below 0 = not measured */
} experiment_metric;

typedef struct experiment_database experiment_database;

/* Open, and make where there is none.
 *  Errors   FORMAT (no SQLite file, another program's, a broken one), UNSUPPORTED (made by a later
 *           version), IO, NOMEM. On failure *out is NULL. */
rr_status experiment_database_open(const char *path, experiment_database **out, rr_error *err);
void experiment_database_close(experiment_database *database); /* NULL is allowed */

/* Whether a trial is there: *done is 1 or 0. Errors ARG (a seed of 2^63 or more), IO, FORMAT. */
rr_status experiment_database_done(experiment_database *database, const experiment_key *key,
                                   const char *setting, uint64_t seed, int *done, rr_error *err);

/* Record a trial: all of it or nothing. One that is there already, since another process was
 * faster, stays as it is.
 *  Errors   ARG (no metric, an empty or repeated name, a seed of 2^63 or more), NUMERIC (a value
 *           that is not finite), IO, FORMAT. */
rr_status experiment_database_record(experiment_database *database, const experiment_key *key,
                                     const char *setting, uint64_t seed,
                                     const experiment_metric *metrics, size_t n, rr_error *err);

/* Every figure recorded under a key, metric by metric in the order of recording, within one by
 * seed; seconds is below 0 where they were not measured. Ends early where `take` fails. Errors
 * FORMAT, IO, those of `take`. */
typedef rr_status experiment_take(void *self, const char *setting, const char *metric, double value,
                                  double seconds, rr_error *err);
rr_status experiment_database_each(experiment_database *database, const experiment_key *key,
                                   experiment_take *take, void *self, rr_error *err);

/* Datasets and other files that one experiment depends on, at most: so long is a key's hash. */
enum { EXPERIMENT_SETS = 8 };

/* Of the keys of an experiment with these options, that of the trial recorded last. */
typedef struct experiment_origin {
    int found; /* 0: no such trial, and the texts are empty */
    char version[64], data_hash[EXPERIMENT_SETS * 65];
} experiment_origin;

/* Errors UNSUPPORTED (a version or hash that is longer), IO, FORMAT. */
rr_status experiment_database_latest(experiment_database *database, const char *experiment,
                                     const char *options, experiment_origin *out, rr_error *err);

/* ---- results.c: over the seeds -------------------------------------------------------------- */

/* A metric over the seeds. */
typedef struct experiment_summary {
    char *setting, *metric; /* owned */
    size_t n;               /* seeds */
    double mean;
    double sd;      /* of the sample (n - 1); NaN where n is 1 */
    double seconds; /* mean over the seeds; NaN where one was not measured */
} experiment_summary;

/* In the order of recording. Plain data. */
typedef struct experiment_results {
    experiment_summary *rows;
    size_t count;
} experiment_results;

/* Everything recorded under a key, over all its seeds.
 *  Memory   release with experiment_results_clear(). */
rr_status experiment_database_results(experiment_database *database, const experiment_key *key,
                                      experiment_results *out, rr_error *err);
void experiment_results_clear(experiment_results *results);

/* NULL where that was not recorded. Borrowed. */
const experiment_summary *experiment_results_find(const experiment_results *results,
                                                  const char *setting, const char *metric);

/* Of that, its mean and its standard deviation; NaN where it was not recorded. */
double experiment_results_mean(const experiment_results *results, const char *setting,
                               const char *metric);
double experiment_results_sd(const experiment_results *results, const char *setting,
                             const char *metric);

/* Half the width of the 95 % interval of the mean, by Student's distribution (of more than 11 seeds
 * that of 11, which is wider); NaN where there is one seed, or at is NULL. */
double experiment_interval(const experiment_summary *at);

/* One point of a curve. */
typedef struct experiment_point {
    double x, mean, sd;
    size_t n;
} experiment_point;

/* The metrics "NAME@X" of a setting, by rising X.
 *  Memory   *out is released with rri_free(). */
rr_status experiment_results_curve(const experiment_results *results, const char *setting,
                                   const char *name, experiment_point **out, size_t *n,
                                   rr_error *err);

#endif
