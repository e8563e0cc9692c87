/* SPDX-License-Identifier: MIT */
/* database.c - writes and reads the results of trials in an SQLite file.
 *
 * Two tables, trial and metric, and the view `trials` that shows them as one, for whoever looks at
 * the file with the sqlite3 tool. The file keeps SQLite's rollback journal: unlike the write-ahead
 * log it works on network file systems, and leaves one file behind. A writer takes its lock at the
 * beginning of a transaction, so that it waits there and cannot meet a deadlock later. */
#include "experiments/database.h"

#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { APPLICATION = 0x52524C47 }; /* "RRLG", SQLite's application id of our files */
enum { SCHEMA = 1, BUSY_MILLISECONDS = 60000 };

struct experiment_database {
    sqlite3 *db;
    char *path;
};

static const char *const schema =
    "CREATE TABLE trial("
    " id INTEGER PRIMARY KEY,"
    " experiment TEXT NOT NULL, options TEXT NOT NULL, version TEXT NOT NULL,"
    " data_hash TEXT NOT NULL, setting TEXT NOT NULL, seed INTEGER NOT NULL,"
    " time INTEGER NOT NULL," /* seconds since 1970 */
    " UNIQUE(experiment, options, version, data_hash, setting, seed));"
    "CREATE TABLE metric("
    " trial INTEGER NOT NULL REFERENCES trial(id), place INTEGER NOT NULL, name TEXT NOT NULL,"
    " value REAL NOT NULL, seconds REAL,"
    " PRIMARY KEY(trial, place), UNIQUE(trial, name)) WITHOUT ROWID;"
    "CREATE VIEW trials AS SELECT experiment, options, setting, seed, name AS metric, value,"
    " seconds, version, data_hash, datetime(time, 'unixepoch') AS time"
    " FROM trial JOIN metric ON trial.id = metric.trial ORDER BY trial.id, place;";

/* ---- errors --------------------------------------------------------------------------------- */

/* What the database said, as a status and a sentence. */
static rr_status failed(const experiment_database *l, const char *doing, rr_error *err)
{
    const int code = l->db != NULL ? sqlite3_errcode(l->db) & 0xFF : SQLITE_NOMEM;
    const char *const reason = l->db != NULL ? sqlite3_errmsg(l->db) : "no memory";
    switch (code) {
    case SQLITE_NOMEM:
        return rri_fail(err, RR_ERR_NOMEM, -1, "%s: no memory to %s", l->path, doing);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return rri_fail(err, RR_ERR_IO, -1,
                        "%s: cannot %s: another process has held its lock for %d seconds", l->path,
                        doing, BUSY_MILLISECONDS / 1000);
    case SQLITE_NOTADB:
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s is no results database: no SQLite file",
                        l->path);
    case SQLITE_CORRUPT:
    case SQLITE_ERROR: /* a table or a column is missing */
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: a broken results database: cannot %s: %s",
                        l->path, doing, reason);
    default:
        return rri_fail(err, RR_ERR_IO, -1, "%s: cannot %s: %s", l->path, doing, reason);
    }
}

static rr_status execute(const experiment_database *l, const char *sql, const char *doing,
                         rr_error *err)
{
    return sqlite3_exec(l->db, sql, NULL, NULL, NULL) == SQLITE_OK ? RR_OK : failed(l, doing, err);
}

static rr_status prepare(const experiment_database *l, const char *sql, const char *doing,
                         sqlite3_stmt **out, rr_error *err)
{
    *out = NULL;
    return sqlite3_prepare_v2(l->db, sql, -1, out, NULL) == SQLITE_OK ? RR_OK
                                                                      : failed(l, doing, err);
}

/* The integer a query of one row gives. */
static rr_status ask(const experiment_database *l, const char *sql, int64_t *out, rr_error *err)
{
    sqlite3_stmt *s = NULL;
    rr_status st = prepare(l, sql, "read it", &s, err);
    if (st == RR_OK && sqlite3_step(s) != SQLITE_ROW)
        st = failed(l, "read it", err);
    if (st == RR_OK)
        *out = sqlite3_column_int64(s, 0);
    (void)sqlite3_finalize(s);
    return st;
}

/* ---- opening -------------------------------------------------------------------------------- */

/* Whether the file is one of ours; an empty one becomes one. Called inside a transaction. */
static rr_status settle(const experiment_database *l, rr_error *err)
{
    int64_t application = 0, version = 0, objects = 0;
    char sql[96];

    rr_status st = ask(l, "PRAGMA application_id", &application, err);
    if (st == RR_OK)
        st = ask(l, "PRAGMA user_version", &version, err);
    if (st == RR_OK)
        st = ask(l, "SELECT count(*) FROM sqlite_master", &objects, err);
    if (st != RR_OK)
        return st;
    if (objects == 0 && application == 0 && version == 0) {
        (void)sqlite3_snprintf((int)sizeof sql, sql,
                               "PRAGMA application_id = %d; PRAGMA user_version = %d",
                               (int)APPLICATION, (int)SCHEMA);
        st = execute(l, schema, "make its tables", err);
        return st == RR_OK ? execute(l, sql, "mark it", err) : st;
    }
    if (application != APPLICATION)
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "%s is no results database: another program's SQLite file (%" PRId64 ")",
                        l->path, application);
    if (version != SCHEMA)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                        "%s is a results database of format %" PRId64 "; this version knows %d",
                        l->path, version, (int)SCHEMA);
    /* Views and virtual tables of those names could run on for ever. */
    st = ask(l,
             "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('trial', "
             "'metric') AND sql NOT LIKE 'CREATE VIRTUAL%'",
             &objects, err);
    if (st == RR_OK && objects != 2)
        st = rri_fail(err, RR_ERR_FORMAT, -1,
                      "%s: a results database without its tables trial and metric", l->path);
    if (st != RR_OK)
        return st;
    return execute(
        l,
        "SELECT experiment, options, version, data_hash, setting, seed, time, place,"
        " name, value, seconds FROM trial JOIN metric ON trial.id = metric.trial LIMIT 1",
        "read its tables", err);
}

/* SQLite's own look over the whole file; databases are small. */
static rr_status check(const experiment_database *l, rr_error *err)
{
    sqlite3_stmt *s = NULL;
    rr_status st = prepare(l, "PRAGMA quick_check(1)", "check it", &s, err);
    if (st == RR_OK && sqlite3_step(s) != SQLITE_ROW)
        st = failed(l, "check it", err);
    if (st == RR_OK) {
        const unsigned char *const text = sqlite3_column_text(s, 0);
        const char *const answer = text != NULL ? (const char *)text : "no answer";
        if (strcmp(answer, "ok") != 0)
            st = rri_fail(err, RR_ERR_FORMAT, -1, "%s: a broken results database: %s", l->path,
                          answer);
    }
    for (char *c = err->msg; st != RR_OK && *c != '\0'; c++)
        if (*c == '\n')
            *c = ' ';
    (void)sqlite3_finalize(s);
    return st;
}

rr_status experiment_database_open(const char *path, experiment_database **out, rr_error *err)
{
    experiment_database *l = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&l, 1, 1, sizeof *l, err));
    RRI_TRY(rri_format(&l->path, err, "%s", path));
    if (sqlite3_open_v2(path, &l->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
        SQLITE_OK)
        RRI_TRY(failed(l, "open it", err));
    (void)sqlite3_busy_timeout(l->db, BUSY_MILLISECONDS);
    (void)sqlite3_extended_result_codes(l->db, 1);
    RRI_TRY(execute(l, "PRAGMA trusted_schema = OFF", "read it safely", err));
    RRI_TRY(execute(l, "BEGIN IMMEDIATE", "lock it", err));
    RRI_TRY(settle(l, err));
    RRI_TRY(execute(l, "COMMIT", "write it", err));
    RRI_TRY(check(l, err));
    *out = l;
    l = NULL;

done:
    experiment_database_close(l);
    return st;
}

void experiment_database_close(experiment_database *database)
{
    if (database == NULL)
        return;
    (void)sqlite3_close(database->db); /* rolls an open transaction back */
    rri_free(database->path);
    rri_free(database);
}

/* ---- trials --------------------------------------------------------------------------------- */

static void bind_text(sqlite3_stmt *s, int place, const char *text)
{
    (void)sqlite3_bind_text(s, place, text, -1, SQLITE_STATIC);
}

static void bind_key(sqlite3_stmt *s, const experiment_key *key)
{
    bind_text(s, 1, key->experiment);
    bind_text(s, 2, key->options);
    bind_text(s, 3, key->version);
    bind_text(s, 4, key->data_hash);
}

static rr_status check_seed(uint64_t seed, rr_error *err)
{
    if (seed > INT64_MAX)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "seed %" PRIu64 ": a results database holds those below 2^63", seed);
    return RR_OK;
}

rr_status experiment_database_done(experiment_database *database, const experiment_key *key,
                                   const char *setting, uint64_t seed, int *done, rr_error *err)
{
    sqlite3_stmt *s = NULL;
    rr_status st = check_seed(seed, err);

    if (st == RR_OK)
        st = prepare(database,
                     "SELECT 1 FROM trial WHERE experiment = ? AND options = ? AND version = ?"
                     " AND data_hash = ? AND setting = ? AND seed = ?",
                     "look for a trial", &s, err);
    if (st == RR_OK) {
        bind_key(s, key);
        bind_text(s, 5, setting);
        (void)sqlite3_bind_int64(s, 6, (sqlite3_int64)seed);
        const int code = sqlite3_step(s);
        if (code == SQLITE_ROW || code == SQLITE_DONE)
            *done = code == SQLITE_ROW;
        else
            st = failed(database, "look for a trial", err);
    }
    (void)sqlite3_finalize(s);
    return st;
}

static rr_status check_metrics(const char *setting, const experiment_metric *metrics, size_t n,
                               rr_error *err)
{
    if (n == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "trial %s: no metric to record", setting);
    for (size_t i = 0; i < n; i++) {
        const char *const name = metrics[i].name;
        if (name == NULL || name[0] == '\0')
            return rri_fail(err, RR_ERR_ARG, -1, "trial %s: metric %zu has no name", setting, i);
        if (!isfinite(metrics[i].value))
            return rri_fail(err, RR_ERR_NUMERIC, -1, "trial %s: %s is %g, not a finite number",
                            setting, name, metrics[i].value);
        for (size_t j = 0; j < i; j++)
            if (strcmp(metrics[j].name, name) == 0)
                return rri_fail(err, RR_ERR_ARG, -1, "trial %s: two metrics are named %s", setting,
                                name);
    }
    return RR_OK;
}

/* A new row of `trial`; *id is 0 where the trial is there already. */
static rr_status add_trial(const experiment_database *l, const experiment_key *key,
                           const char *setting, uint64_t seed, int64_t *id, rr_error *err)
{
    sqlite3_stmt *s = NULL;
    rr_status st = prepare(l,
                           "INSERT OR IGNORE INTO trial(experiment, options, version, data_hash,"
                           " setting, seed, time) VALUES(?, ?, ?, ?, ?, ?, ?)",
                           "record a trial", &s, err);
    if (st == RR_OK) {
        bind_key(s, key);
        bind_text(s, 5, setting);
        (void)sqlite3_bind_int64(s, 6, (sqlite3_int64)seed);
        (void)sqlite3_bind_int64(s, 7, (sqlite3_int64)time(NULL));
        if (sqlite3_step(s) != SQLITE_DONE)
            st = failed(l, "record a trial", err);
        else
            *id = sqlite3_changes(l->db) > 0 ? sqlite3_last_insert_rowid(l->db) : 0;
    }
    (void)sqlite3_finalize(s);
    return st;
}

static rr_status add_metrics(const experiment_database *l, int64_t id,
                             const experiment_metric *metrics, size_t n, rr_error *err)
{
    sqlite3_stmt *s = NULL;
    rr_status st =
        prepare(l, "INSERT INTO metric(trial, place, name, value, seconds) VALUES(?, ?, ?, ?, ?)",
                "record a metric", &s, err);
    for (size_t i = 0; i < n && st == RR_OK; i++) {
        (void)sqlite3_bind_int64(s, 1, id);
        (void)sqlite3_bind_int64(s, 2, (sqlite3_int64)i);
        bind_text(s, 3, metrics[i].name);
        (void)sqlite3_bind_double(s, 4, metrics[i].value);
        if (metrics[i].seconds >= 0.0)
            (void)sqlite3_bind_double(s, 5, metrics[i].seconds);
        else
            (void)sqlite3_bind_null(s, 5);
        if (sqlite3_step(s) != SQLITE_DONE)
            st = failed(l, "record a metric", err);
        (void)sqlite3_reset(s);
    }
    (void)sqlite3_finalize(s);
    return st;
}

rr_status experiment_database_record(experiment_database *database, const experiment_key *key,
                                     const char *setting, uint64_t seed,
                                     const experiment_metric *metrics, size_t n, rr_error *err)
{
    int64_t id = 0;
    int open = 0;
    rr_status st = RR_OK;

    RRI_TRY(check_seed(seed, err));
    RRI_TRY(check_metrics(setting, metrics, n, err));
    RRI_TRY(execute(database, "BEGIN IMMEDIATE", "lock it", err));
    open = 1;
    RRI_TRY(add_trial(database, key, setting, seed, &id, err));
    if (id != 0)
        RRI_TRY(add_metrics(database, id, metrics, n, err));
    RRI_TRY(execute(database, "COMMIT", "write it", err));
    open = 0;

done:
    if (open)
        (void)sqlite3_exec(database->db, "ROLLBACK", NULL, NULL, NULL);
    return st;
}

/* ---- reading back --------------------------------------------------------------------------- */

/* One row of the query below. */
static rr_status hand_over(const experiment_database *l, sqlite3_stmt *s, experiment_take *take,
                           void *self, rr_error *err)
{
    const unsigned char *const setting = sqlite3_column_text(s, 0);
    const unsigned char *const metric = sqlite3_column_text(s, 1);
    const double seconds =
        sqlite3_column_type(s, 3) == SQLITE_NULL ? -1.0 : sqlite3_column_double(s, 3);
    if (setting == NULL || metric == NULL)
        return rri_fail(err, RR_ERR_NOMEM, -1, "%s: no memory to read it", l->path);
    if (sqlite3_column_type(s, 2) != SQLITE_FLOAT || !isfinite(sqlite3_column_double(s, 2)))
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "%s: a broken results database: %s of setting %s is not a finite number",
                        l->path, (const char *)metric, (const char *)setting);
    return take(self, (const char *)setting, (const char *)metric, sqlite3_column_double(s, 2),
                seconds, err);
}

rr_status experiment_database_each(experiment_database *database, const experiment_key *key,
                                   experiment_take *take, void *self, rr_error *err)
{
    sqlite3_stmt *s = NULL;
    int code = SQLITE_DONE;
    rr_status st = RR_OK;

    /* A setting, and a metric in it, stand where they were recorded first. */
    RRI_TRY(prepare(
        database,
        "SELECT setting, name, value, seconds, min(id) OVER (PARTITION BY setting) AS first,"
        " min(id * 65536 + place) OVER (PARTITION BY setting, name) AS at"
        " FROM trial JOIN metric ON trial.id = metric.trial"
        " WHERE experiment = ? AND options = ? AND version = ? AND data_hash = ?"
        " ORDER BY first, at, seed",
        "read it", &s, err));
    bind_key(s, key);
    while ((code = sqlite3_step(s)) == SQLITE_ROW)
        RRI_TRY(hand_over(database, s, take, self, err));
    if (code != SQLITE_DONE)
        st = failed(database, "read it", err);

done:
    (void)sqlite3_finalize(s);
    return st;
}

/* A column of text, into room for it. */
static rr_status take_text(const experiment_database *l, sqlite3_stmt *s, int column, char *out,
                           size_t room, rr_error *err)
{
    const unsigned char *const text = sqlite3_column_text(s, column);
    if (text == NULL)
        return rri_fail(err, RR_ERR_NOMEM, -1, "%s: no memory to read it", l->path);
    if (snprintf(out, room, "%s", (const char *)text) >= (int)room)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1, "%s: a %s of more than %zu characters",
                        l->path, column == 0 ? "version" : "data hash", room - 1);
    return RR_OK;
}

rr_status experiment_database_latest(experiment_database *database, const char *experiment,
                                     const char *options, experiment_origin *out, rr_error *err)
{
    sqlite3_stmt *s = NULL;
    rr_status st = RR_OK;

    *out = (experiment_origin){ .found = 0 };
    RRI_TRY(prepare(database,
                    "SELECT version, data_hash FROM trial WHERE experiment = ? AND"
                    " options = ? ORDER BY time DESC, id DESC LIMIT 1",
                    "read it", &s, err));
    bind_text(s, 1, experiment);
    bind_text(s, 2, options);
    const int code = sqlite3_step(s);
    if (code == SQLITE_ROW) {
        RRI_TRY(take_text(database, s, 0, out->version, sizeof out->version, err));
        RRI_TRY(take_text(database, s, 1, out->data_hash, sizeof out->data_hash, err));
        out->found = 1;
    } else if (code != SQLITE_DONE) {
        st = failed(database, "read it", err);
    }

done:
    (void)sqlite3_finalize(s);
    return st;
}
