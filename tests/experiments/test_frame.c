/* SPDX-License-Identifier: MIT */
/* test_frame.c - running an experiment: stopping, going on, reporting. */
#include "io/io.h"
#include "scratch.h"

#include "experiments/experiment.h"

#include <inttypes.h>

static rr_error err;

/* ---- an experiment that costs nothing ------------------------------------------------------- */

static size_t trials_run; /* how often one was carried out */
static size_t reports;
static long interrupt_after; /* trials until the interruption; negative = never */
static double reported_mean;

static rr_status run(experiment_context *ctx, rr_error *e)
{
    static const char *const settings[] = { "low", "high" };
    rr_status st = experiment_plan(ctx, settings, 2, e);
    for (size_t i = 0; i < ctx->seeds && st == RR_OK; i++)
        for (size_t s = 0; s < 2 && st == RR_OK && !experiment_stopped(ctx); s++) {
            const uint64_t seed = ctx->first_seed + i;
            int done = 0;
            st = experiment_trial_done(ctx, settings[s], seed, &done, e);
            if (st != RR_OK || done)
                continue;
            const experiment_metric m[] = { { "x", (double)seed + 100.0 * (double)s, -1.0 } };
            experiment_show(ctx, "at work", 1, 2);
            trials_run++;
            st = experiment_record(ctx, settings[s], seed, m, 1, e);
        }
    return st;
}

static rr_status report(experiment_context *ctx, const experiment_results *results, rr_error *e)
{
    const char *path = NULL;
    const experiment_summary *s = experiment_results_find(results, "high", "x");
    reports++;
    reported_mean = s != NULL ? s->mean : -1.0;
    const rr_status st = experiment_file(ctx, "out.txt", &path, e);
    return st == RR_OK ? rri_file_write(path, "x", 1, e) : st;
}

static const experiment cheap = {
    .id = "cheap", .revision = 3, .seeds = 3, .quick_seeds = 1, .run = run, .report = report
};

/* ---- running it ----------------------------------------------------------------------------- */

static size_t shown;

static void show(void *self, const char *what, size_t done, size_t total, double left)
{
    (void)self;
    (void)left;
    assert_non_null(strstr(what, "seed"));
    assert_true(done <= total);
    shown++;
}

static void clear(void *self)
{
    (void)self;
}

static int interrupted(void *self)
{
    (void)self;
    return interrupt_after >= 0 && trials_run >= (size_t)interrupt_after;
}

static const experiment_watch watch = { NULL, show, clear, interrupted };

/* Returns whether it was stopped. */
static int go(const char *database, uint64_t first, size_t seeds, int quick, FILE *say)
{
    experiment_context ctx = { .output = scratch_dir, .first_seed = first, .seeds = seeds };
    ctx.quick = quick;
    ctx.watch = &watch;
    ctx.notes = say;
    trials_run = 0;
    CHECK_OK(experiment_database_open(scratch(database), &ctx.database, &err), err);
    CHECK_OK(experiment_run(&cheap, &ctx, &err), err);
    assert_int_equal(ctx.file_count, ctx.stopped ? 0 : 1);
    assert_int_equal(ctx.recorded, trials_run);
    const int stopped = ctx.stopped;
    experiment_context_clear(&ctx);
    experiment_database_close(ctx.database);
    return stopped;
}

static void a_stopped_experiment_goes_on_where_it_was(void **state)
{
    (void)state;
    interrupt_after = -1;
    reports = 0;
    assert_int_equal(go("whole", 1, 3, 0, NULL), 0);
    assert_int_equal(trials_run, 6);
    assert_int_equal(reports, 1);
    CHECK_NEAR(reported_mean, 102.0, 1e-12, 0);

    interrupt_after = 1;
    assert_int_equal(go("parts", 1, 3, 0, NULL), 1);
    assert_int_equal(trials_run, 1);
    assert_int_equal(reports, 1); /* nothing is reported of a part */
    interrupt_after = 3;
    assert_int_equal(go("parts", 1, 3, 0, NULL), 1);
    assert_int_equal(trials_run, 3);
    interrupt_after = -1;
    reported_mean = 0.0;
    assert_int_equal(go("parts", 1, 3, 0, NULL), 0);
    assert_int_equal(trials_run, 2);
    CHECK_NEAR(reported_mean, 102.0, 1e-12, 0);
    assert_int_equal(go("parts", 1, 3, 0, NULL), 0);
    assert_int_equal(trials_run, 0);
    assert_int_equal(access(scratch("out.txt"), F_OK), 0);
    assert_true(shown > 0);
}

static void seeds_of_other_runs_count_and_quick_ones_do_not(void **state)
{
    (void)state;
    interrupt_after = -1;
    assert_int_equal(go("seeds", 1, 1, 1, NULL), 0);
    assert_int_equal(go("seeds", 1, 2, 0, NULL), 0);
    assert_int_equal(trials_run, 4);
    CHECK_NEAR(reported_mean, 101.5, 1e-12, 0);
    assert_int_equal(go("seeds", 2, 3, 0, NULL), 0);
    assert_int_equal(trials_run, 4); /* seed 2 was there */
    CHECK_NEAR(reported_mean, 102.5, 1e-12, 0);
    assert_int_equal(go("seeds", 1, 1, 1, NULL), 0);
    CHECK_NEAR(reported_mean, 101.0, 1e-12, 0);
}

static void talk_counts_all_trials(void **state)
{
    (void)state;
    FILE *say = tmpfile();
    interrupt_after = -1;
    assert_int_equal(go("talk", 1, 1, 0, NULL), 0);
    assert_int_equal(go("talk", 1, 2, 0, say), 0);
    rewind(say);
    char *text = scratch_read(say);
    assert_non_null(strstr(text, "cheap: 2 of 4 trials are in the database\n"));
    assert_non_null(strstr(text, "cheap: trial 3/4  low, seed 2"));
    assert_non_null(strstr(text, "cheap: trial 4/4  high, seed 2"));
    assert_non_null(strstr(text, "ETA 0:00"));
    free(text);
}

static void seeds_must_be_some_and_fit_the_database(void **state)
{
    experiment_context ctx = { .output = scratch_dir, .first_seed = 1, .seeds = 0 };
    (void)state;
    CHECK_FAILS(experiment_run(&cheap, &ctx, &err), RR_ERR_ARG, err, "0 seeds from 1");
    ctx.seeds = 2;
    ctx.first_seed = INT64_MAX;
    CHECK_FAILS(experiment_run(&cheap, &ctx, &err), RR_ERR_ARG, err, "below 2^63");
}

static void every_experiment_can_be_found(void **state)
{
    size_t n = 0;
    const experiment *const *all = experiment_all(&n);
    (void)state;
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++) {
        assert_ptr_equal(experiment_find(all[i]->id), all[i]);
        assert_true(all[i]->seeds > 0 && all[i]->quick_seeds > 0);
    }
    assert_null(experiment_find("nothing"));
}

static void missing_data_are_named_with_their_folder(void **state)
{
    experiment_context ctx = { .data = "nowhere", .which = &cheap };
    rr_dataset *ds = NULL;
    (void)state;
    CHECK_FAILS(experiment_load(&ctx, "mnist", "mnist", "", RR_SPLIT_TRAIN, &ds, &err), RR_ERR_IO,
                err, "cheap needs mnist data in nowhere/mnist");
    assert_null(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stopped_experiment_goes_on_where_it_was),
        cmocka_unit_test(seeds_of_other_runs_count_and_quick_ones_do_not),
        cmocka_unit_test(talk_counts_all_trials),
        cmocka_unit_test(seeds_must_be_some_and_fit_the_database),
        cmocka_unit_test(every_experiment_can_be_found),
        cmocka_unit_test(missing_data_are_named_with_their_folder),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
