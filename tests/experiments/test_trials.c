/* SPDX-License-Identifier: MIT */
/* test_trials.c - the results database: what is kept, what is kept apart, and broken files. */
#include "scratch.h"

#include "experiments/database.h"

#include <sqlite3.h>
#include <sys/wait.h>

static const experiment_key key = { "pca", "full", "0.1.0/1", "abc" };

static rr_error err;

static experiment_database *opened(const char *name)
{
    experiment_database *l = NULL;
    CHECK_OK(experiment_database_open(scratch(name), &l, &err), err);
    return l;
}

static void record(experiment_database *l, const experiment_key *k, const char *setting,
                   uint64_t seed, double value)
{
    const experiment_metric m[] = { { "accuracy", value, 2.0 }, { "flips@10", 2.0 * value, -1.0 } };
    CHECK_OK(experiment_database_record(l, k, setting, seed, m, 2, &err), err);
}

static int is_done(experiment_database *l, const experiment_key *k, const char *setting,
                   uint64_t seed)
{
    int done = -1;
    CHECK_OK(experiment_database_done(l, k, setting, seed, &done, &err), err);
    return done;
}

/* Change the file behind the database's back. */
static void alter(const char *name, const char *sql)
{
    sqlite3 *db = NULL;
    char *why = NULL;
    assert_int_equal(sqlite3_open(scratch(name), &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_recorded_trial_is_found_by_the_next_process(void **state)
{
    (void)state;
    experiment_database *l = opened("found");
    assert_int_equal(is_done(l, &key, "P=3", 1), 0);
    record(l, &key, "P=3", 1, 0.5);
    experiment_database_close(l);
    l = opened("found");
    assert_int_equal(is_done(l, &key, "P=3", 1), 1);
    assert_int_equal(is_done(l, &key, "P=3", 2), 0);
    assert_int_equal(is_done(l, &key, "P=10", 1), 0);
    experiment_database_close(l);
}

static void means_and_deviations_are_over_the_seeds(void **state)
{
    experiment_results r;
    (void)state;
    experiment_database *l = opened("means");
    /* Not in the order of the seeds, and two settings in turn. */
    record(l, &key, "b", 3, 0.75);
    record(l, &key, "a", 1, 8.0);
    record(l, &key, "b", 1, 0.25);
    record(l, &key, "b", 2, 0.5);
    CHECK_OK(experiment_database_results(l, &key, &r, &err), err);
    assert_int_equal(r.count, 4);
    assert_string_equal(r.rows[0].setting, "b"); /* as recorded, not by name */
    assert_string_equal(r.rows[0].metric, "accuracy");
    assert_string_equal(r.rows[1].metric, "flips@10");
    assert_string_equal(r.rows[2].setting, "a");
    const experiment_summary *s = experiment_results_find(&r, "b", "accuracy");
    assert_non_null(s);
    assert_int_equal(s->n, 3);
    CHECK_NEAR(s->mean, 0.5, 1e-15, 0);
    CHECK_NEAR(s->sd, 0.25, 1e-15, 0);
    CHECK_NEAR(s->seconds, 2.0, 1e-15, 0);
    s = experiment_results_find(&r, "a", "flips@10");
    assert_non_null(s);
    assert_int_equal(s->n, 1);
    CHECK_NEAR(s->mean, 16.0, 0, 0);
    assert_true(isnan(s->sd));      /* one value has none */
    assert_true(isnan(s->seconds)); /* not measured */
    assert_null(experiment_results_find(&r, "a", "nothing"));
    experiment_results_clear(&r);
    experiment_database_close(l);
}

static void another_version_data_or_choice_is_kept_apart(void **state)
{
    const experiment_key others[] = { { "pca", "quick", "0.1.0/1", "abc" },
                                      { "pca", "full", "0.1.0/2", "abc" },
                                      { "pca", "full", "0.1.0/1", "abd" },
                                      { "fig3", "full", "0.1.0/1", "abc" } };
    experiment_results r;
    (void)state;
    experiment_database *l = opened("apart");
    record(l, &key, "s", 1, 1.0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(is_done(l, &others[i], "s", 1), 0);
        record(l, &others[i], "s", 1, 10.0 + (double)i);
    }
    for (size_t i = 0; i < 4; i++) {
        CHECK_OK(experiment_database_results(l, &others[i], &r, &err), err);
        assert_int_equal(r.count, 2);
        CHECK_NEAR(r.rows[0].mean, 10.0 + (double)i, 0, 0);
        experiment_results_clear(&r);
    }
    CHECK_OK(experiment_database_results(l, &key, &r, &err), err);
    assert_int_equal(r.rows[0].n, 1);
    CHECK_NEAR(r.rows[0].mean, 1.0, 0, 0);
    experiment_results_clear(&r);
    experiment_database_close(l);
}

static void a_trial_recorded_twice_stays_the_first(void **state)
{
    experiment_results r;
    (void)state;
    experiment_database *l = opened("twice");
    record(l, &key, "s", 1, 1.0);
    record(l, &key, "s", 1, 2.0);
    CHECK_OK(experiment_database_results(l, &key, &r, &err), err);
    assert_int_equal(r.count, 2);
    assert_int_equal(r.rows[0].n, 1);
    CHECK_NEAR(r.rows[0].mean, 1.0, 0, 0);
    experiment_results_clear(&r);
    experiment_database_close(l);
}

static void a_trial_that_fails_half_way_leaves_nothing(void **state)
{
    const experiment_metric good[] = { { "a", 1.0, 0 }, { "b", 2.0, 0 } };
    const experiment_metric infinite[] = { { "a", 1.0, 0 }, { "b", (double)INFINITY, 0 } };
    const experiment_metric same[] = { { "a", 1.0, 0 }, { "a", 2.0, 0 } };
    (void)state;
    experiment_database *l = opened("half");
    CHECK_FAILS(experiment_database_record(l, &key, "s", 1, infinite, 2, &err), RR_ERR_NUMERIC, err,
                "trial s: b is inf");
    CHECK_FAILS(experiment_database_record(l, &key, "s", 1, same, 2, &err), RR_ERR_ARG, err,
                "two metrics are named a");
    CHECK_FAILS(experiment_database_record(l, &key, "s", 1, good, 0, &err), RR_ERR_ARG, err,
                "no metric");
    CHECK_FAILS(experiment_database_record(l, &key, "s", UINT64_MAX, good, 2, &err), RR_ERR_ARG,
                err, "18446744073709551615");
    /* The second metric meets a wall inside the transaction. */
    alter("half", "CREATE TRIGGER wall BEFORE INSERT ON metric WHEN NEW.place = 1"
                  " BEGIN SELECT raise(ABORT, 'a wall'); END");
    CHECK_FAILS(experiment_database_record(l, &key, "s", 1, good, 2, &err), RR_ERR_FORMAT, err,
                "a wall");
    assert_int_equal(is_done(l, &key, "s", 1), 0);
    alter("half", "DROP TRIGGER wall");
    CHECK_OK(experiment_database_record(l, &key, "s", 1, good, 2, &err), err);
    assert_int_equal(is_done(l, &key, "s", 1), 1);
    experiment_database_close(l);
}

static void record_many(uint64_t first)
{
    experiment_database *l = NULL;
    const experiment_metric m[] = { { "x", (double)first, -1.0 } };
    if (experiment_database_open(scratch("shared"), &l, &err) != RR_OK)
        _exit(1);
    for (uint64_t i = 0; i < 40; i++)
        if (experiment_database_record(l, &key, "s", first + i, m, 1, &err) != RR_OK)
            _exit(2);
    experiment_database_close(l);
    _exit(0);
}

static void processes_share_a_database(void **state)
{
    pid_t child[3];
    experiment_results r;
    (void)state;
    for (size_t i = 0; i < 3; i++) { /* all three may make it at once */
        child[i] = fork();
        assert_true(child[i] >= 0);
        if (child[i] == 0)
            record_many(100 * i);
    }
    for (size_t i = 0; i < 3; i++) {
        int status = -1;
        assert_int_equal(waitpid(child[i], &status, 0), child[i]);
        assert_int_equal(status, 0);
    }
    experiment_database *l = opened("shared");
    CHECK_OK(experiment_database_results(l, &key, &r, &err), err);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.rows[0].n, 120);
    CHECK_NEAR(r.rows[0].mean, 100.0, 1e-12, 0);
    experiment_results_clear(&r);
    experiment_database_close(l);
}

static void foreign_and_broken_files_are_named(void **state)
{
    experiment_database *l = NULL;
    (void)state;
    write_scratch("text", "this is a text of someone else, and longer than a header\n");
    CHECK_FAILS(experiment_database_open(scratch("text"), &l, &err), RR_ERR_FORMAT, err,
                "no SQLite file");
    assert_null(l);
    alter("foreign", "CREATE TABLE mine(a)");
    CHECK_FAILS(experiment_database_open(scratch("foreign"), &l, &err), RR_ERR_FORMAT, err,
                "another program's");
    experiment_database_close(opened("later"));
    alter("later", "PRAGMA user_version = 7");
    CHECK_FAILS(experiment_database_open(scratch("later"), &l, &err), RR_ERR_UNSUPPORTED, err,
                "format 7");
    experiment_database_close(opened("bare"));
    alter("bare", "DROP VIEW trials; DROP TABLE metric");
    CHECK_FAILS(experiment_database_open(scratch("bare"), &l, &err), RR_ERR_FORMAT, err, "metric");
    CHECK_FAILS(experiment_database_open(scratch("no/such/folder"), &l, &err), RR_ERR_IO, err,
                "no/such/folder");
    assert_null(l);
}

static void overwritten_pages_are_noticed(void **state)
{
    experiment_database *l = opened("pages");
    (void)state;
    for (uint64_t i = 0; i < 200; i++)
        record(l, &key, "s", i, 1.0);
    experiment_database_close(l);
    FILE *f = fopen(scratch("pages"), "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, 2 * 4096, SEEK_SET), 0);
    for (int i = 0; i < 3 * 4096; i++)
        (void)fputc(0x5A, f);
    assert_int_equal(fclose(f), 0);
    CHECK_FAILS(experiment_database_open(scratch("pages"), &l, &err), RR_ERR_FORMAT, err, "broken");
    assert_null(l);
}

static void a_value_that_is_no_number_is_an_error(void **state)
{
    experiment_results r;
    (void)state;
    experiment_database *l = opened("odd");
    record(l, &key, "s", 1, 1.0);
    alter("odd", "UPDATE metric SET value = 'many'");
    CHECK_FAILS(experiment_database_results(l, &key, &r, &err), RR_ERR_FORMAT, err,
                "accuracy of setting s");
    assert_int_equal(r.count, 0);
    experiment_database_close(l);
}

static void curves_are_sorted_by_number_and_kept_apart_by_name(void **state)
{
    const experiment_metric m[] = { { "bic@10", 3.0, 0 },  { "bic@9", 2.0, 0 },
                                    { "bic@0.5", 1.0, 0 }, { "bic_min@1", 9.0, 0 },
                                    { "bic", 9.0, 0 },     { "bic@ten", 9.0, 0 } };
    experiment_results r;
    experiment_point *points = NULL;
    size_t n = 0;
    (void)state;
    experiment_database *l = opened("curves");
    CHECK_OK(experiment_database_record(l, &key, "s", 1, m, 6, &err), err);
    CHECK_OK(experiment_database_results(l, &key, &r, &err), err);
    CHECK_OK(experiment_results_curve(&r, "s", "bic", &points, &n, &err), err);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < 3; i++)
        CHECK_NEAR(points[i].mean, (double)i + 1.0, 0, 0);
    CHECK_NEAR(points[0].x, 0.5, 0, 0);
    assert_int_equal(points[2].n, 1);
    free(points);
    CHECK_OK(experiment_results_curve(&r, "other", "bic", &points, &n, &err), err);
    assert_int_equal(n, 0);
    free(points);
    experiment_results_clear(&r);
    experiment_database_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recorded_trial_is_found_by_the_next_process),
        cmocka_unit_test(means_and_deviations_are_over_the_seeds),
        cmocka_unit_test(another_version_data_or_choice_is_kept_apart),
        cmocka_unit_test(a_trial_recorded_twice_stays_the_first),
        cmocka_unit_test(a_trial_that_fails_half_way_leaves_nothing),
        cmocka_unit_test(processes_share_a_database),
        cmocka_unit_test(foreign_and_broken_files_are_named),
        cmocka_unit_test(overwritten_pages_are_noticed),
        cmocka_unit_test(a_value_that_is_no_number_is_an_error),
        cmocka_unit_test(curves_are_sorted_by_number_and_kept_apart_by_name),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
