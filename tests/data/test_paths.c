/* SPDX-License-Identifier: MIT */
/* test_paths.c - lists of files in the path of a source. */
#include "data/paths.h"
#include "scratch.h"

static void check(const char *text, size_t most, size_t count, const char *first, const char *last)
{
    rri_paths paths;
    rr_error err = { .msg = "" };

    CHECK_OK(rri_paths_read(text, most, &paths, &err), err);
    assert_int_equal(paths.count, count);
    assert_string_equal(paths.path[0], first);
    assert_string_equal(paths.path[count - 1], last);
    rri_paths_clear(&paths);
}

static void commas_divide_files(void **state)
{
    (void)state;
    write_scratch("a,b", "");
    write_scratch("a", "");
    write_scratch("c,d", "");
    check("x,y", 1, 1, "x,y", "x,y");
    check("x,y", 3, 2, "x", "y");
    check("x,y,z", 3, 3, "x", "z");
    check("a,b", 3, 1, "a,b", "a,b");     /* an existing file */
    check("a,b,c,d", 3, 2, "a,b", "c,d"); /* all parts exist */
    check("a,c,d", 3, 2, "a", "c,d");
    check("a,none", 3, 2, "a", "none");
}

static void files_are_splits(void **state)
{
    rri_paths paths;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rri_paths_read("x,y,z", 3, &paths, &err), err);
    assert_int_equal(rri_paths_split(&paths, 0), RR_SPLIT_TRAIN);
    assert_int_equal(rri_paths_split(&paths, 1), RR_SPLIT_DEV);
    assert_int_equal(rri_paths_split(&paths, 2), RR_SPLIT_TEST);
    rri_paths_clear(&paths);
    CHECK_OK(rri_paths_read("x,y", 3, &paths, &err), err);
    assert_int_equal(rri_paths_split(&paths, 1), RR_SPLIT_TEST);
    rri_paths_clear(&paths);
}

static void bad_lists_are_refused(void **state)
{
    rri_paths paths;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_FAILS(rri_paths_read("w,x,y,z", 3, &paths, &err), RR_ERR_ARG, err,
                "w,x,y,z names 4 files; there can be one, TRAIN,TEST or TRAIN,DEV,TEST");
    CHECK_FAILS(rri_paths_read("x,", 3, &paths, &err), RR_ERR_ARG, err, "an empty name");
    CHECK_FAILS(rri_paths_read(",x", 3, &paths, &err), RR_ERR_ARG, err, "an empty name");
    assert_int_equal(paths.count, 0);
}

static void resolving_makes_every_file_absolute(void **state)
{
    char *got = NULL;
    char *again = NULL;
    char want[600];
    rr_error err = { .msg = "" };

    (void)state;
    write_scratch("train?.ts", "");
    write_scratch("test.ts", "");
    CHECK_OK(rr_dataset_spec_resolve("ts:train%3f.ts,test.ts?scale=minmax", &got, &err), err);
    (void)snprintf(want, sizeof want, "%s,%s?scale=minmax", in_scratch("ts:", "train%3F.ts"),
                   in_scratch("", "test.ts"));
    assert_string_equal(got, want);
    CHECK_OK(rr_dataset_spec_resolve(got, &again, &err), err);
    assert_string_equal(again, got);
    rr_string_free(got);
    rr_string_free(again);
    CHECK_FAILS(rr_dataset_spec_resolve("ts:test.ts,none.ts", &got, &err), RR_ERR_IO, err,
                "none.ts");
}

static void no_file_of_a_list_is_written_over(void **state)
{
    rr_error err = { .msg = "" };

    (void)state;
    write_scratch("one.ts", "");
    write_scratch("two.ts", "");
    CHECK_OK(rr_dataset_spec_check_output("ts:one.ts,two.ts", "three.ts", &err), err);
    CHECK_FAILS(rr_dataset_spec_check_output("ts:one.ts,two.ts", "two.ts", &err), RR_ERR_ARG, err,
                "two.ts");
}

static void tables_of_text_may_be_files_of_splits(void **state)
{
    rr_error err = { .msg = "" };
    rr_dataset *ds = NULL;

    (void)state;
    write_scratch("1.csv", "text,label\ngood film,pos\nbad film,neg\n");
    write_scratch("2.csv", "label,text\npos,good\n");
    write_scratch("3.csv", "text,label\nbad,neg\nbad good,neg\n");
    CHECK_OK(rr_dataset_load("csv:1.csv,2.csv,3.csv", RR_SPLIT_DEV, &ds, &err), err);
    assert_int_equal(rr_dataset_count(ds), 1);
    assert_int_equal(rr_dataset_at(ds, 0).label, 1);
    assert_string_equal(rr_dataset_at(ds, 0).words[0], "good");
    rr_dataset_free(ds);
    CHECK_OK(rr_dataset_load("csv:1.csv,3.csv", RR_SPLIT_TEST, &ds, &err), err);
    assert_int_equal(rr_dataset_count(ds), 2);
    rr_dataset_free(ds);
    CHECK_FAILS(rr_dataset_load("csv:1.csv,3.csv?holdout=0.5", RR_SPLIT_TEST, &ds, &err),
                RR_ERR_ARG, err, "has files of splits, which exclude holdout=0.5");
    write_scratch("1.jsonl",
                  "{\"text\": \"good\", \"label\": 1}\n{\"text\": \"bad\", \"label\": 0}\n");
    write_scratch("2.jsonl", "[{\"text\": \"bad\", \"label\": 0, \"split\": \"train\"}]");
    CHECK_OK(rr_dataset_load("jsonl:1.jsonl,2.jsonl", RR_SPLIT_TEST, &ds, &err), err);
    assert_int_equal(rr_dataset_count(ds), 1); /* the file says which split it is */
    assert_int_equal(rr_dataset_classes(ds), 2);
    rr_dataset_free(ds);
    write_scratch("3.csv", "text,label\nbad,worse\nbad good\n");
    CHECK_FAILS(rr_dataset_load("csv:1.csv,3.csv", RR_SPLIT_TEST, &ds, &err), RR_ERR_FORMAT, err,
                "3.csv, line 3");
}

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    write_scratch("one.ts", "");
    write_scratch("two.ts", "");
    for (failing at = { 0 }; next_allocation_fails(&at, 5);) {
        char *got = NULL;
        at.st = rr_dataset_spec_resolve("ts:one.ts,two.ts", &got, NULL);
        rr_string_free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_divide_files),
        cmocka_unit_test(files_are_splits),
        cmocka_unit_test(bad_lists_are_refused),
        cmocka_unit_test(resolving_makes_every_file_absolute),
        cmocka_unit_test(no_file_of_a_list_is_written_over),
        cmocka_unit_test(tables_of_text_may_be_files_of_splits),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
