/* SPDX-License-Identifier: MIT */
/* test_table.c - tables on a terminal and in files. */
#include "scratch.h"

#include "experiments/table.h"

static rr_error err;

static const experiment_column columns[] = {
    { "setting", "setting", 0 },
    { "found_mean", "found %", 1 },
    { "hidden", NULL, 0 },
    { "paper", "paper", 2 },
};

static experiment_table *made(void)
{
    experiment_table *t = NULL;
    CHECK_OK(experiment_table_new(columns, 4, &t, &err), err);
    experiment_table_text(t, "na\xC3\xAFve");
    experiment_table_number(t, 97.25);
    experiment_table_number(t, 1.0 / 3.0);
    experiment_table_number(t, (double)NAN);
    experiment_table_text(t, "tab\there\\");
    experiment_table_number(t, -3.0);
    experiment_table_number(t, (double)INFINITY);
    experiment_table_number(t, 2.0);
    return t;
}

static void columns_line_up_and_missing_numbers_are_dashes(void **state)
{
    static const char want[] = "setting    found %  paper\n"
                               "na\xC3\xAFve         97.2      -\n"
                               "tab\there\\     -3.0   2.00\n";
    FILE *f = tmpfile();
    experiment_table *t = made();
    (void)state;
    CHECK_OK(experiment_table_print(t, f, &err), err);
    rewind(f);
    char *got = scratch_read(f);
    assert_string_equal(got, want);
    free(got);
    experiment_table_free(t);
}

static void files_hold_every_column_and_every_digit(void **state)
{
    static const char want[] = "setting\tfound_mean\thidden\tpaper\n"
                               "na\xC3\xAFve\t97.25\t0.33333333333333331\t\n"
                               "tab\\there\\\\\t-3\t\t2\n";
    experiment_table *t = made();
    (void)state;
    CHECK_OK(experiment_table_save(t, scratch("t.tsv"), &err), err);
    char *got = scratch_read(fopen(scratch("t.tsv"), "rb"));
    assert_string_equal(got, want);
    free(got);
    experiment_table_free(t);
}

static void a_row_cut_short_is_refused(void **state)
{
    experiment_table *t = made();
    (void)state;
    experiment_table_text(t, "alone");
    CHECK_FAILS(experiment_table_save(t, scratch("short.tsv"), &err), RR_ERR_SHAPE, err,
                "4 columns has 9 cells");
    assert_int_equal(access(scratch("short.tsv"), F_OK), -1);
    experiment_table_free(t);
    CHECK_FAILS(experiment_table_new(columns, 0, &t, &err), RR_ERR_ARG, err, "column");
    assert_null(t);
}

static void a_folder_that_is_missing_is_named(void **state)
{
    experiment_table *t = made();
    (void)state;
    CHECK_FAILS(experiment_table_save(t, scratch("no/folder.tsv"), &err), RR_ERR_IO, err,
                "folder.tsv");
    experiment_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_line_up_and_missing_numbers_are_dashes),
        cmocka_unit_test(files_hold_every_column_and_every_digit),
        cmocka_unit_test(a_row_cut_short_is_refused),
        cmocka_unit_test(a_folder_that_is_missing_is_named),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
