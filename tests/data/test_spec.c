/* SPDX-License-Identifier: MIT */
/* The text that names a source: what is taken, what is refused, and how. */
#include "scratch.h"

#include <sys/stat.h>

static void refused(const char *spec, const char *part)
{
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    CHECK_FAILS(rr_dataset_load(spec, RR_SPLIT_TRAIN, &ds, &err), RR_ERR_ARG, err, part);
    assert_null(ds);
    assert_int_equal(rr_dataset_load(spec, RR_SPLIT_TRAIN, &ds, NULL), RR_ERR_ARG);
}

static void bad_specs_are_refused_with_what_is_known(void **state)
{
    (void)state;
    refused("xml:a", "there are mnist:DIR, npz:FILE, digits, sst:DIR, toxic:FILE");
    refused("", "\"\" is no kind");
    refused("mnist", "mnist:DIR");
    refused("mnist:", "mnist:DIR");
    refused("npz:?limit=3", "npz:FILE");
    refused("digits:here", "takes no path");
    refused("digits?colour=red", "\"colour\"; it takes limit, train, test, seed, noise");
    refused("digits?limit seed=1", "\"limit seed\"");
    refused("digits?limit", "name=value");
    refused("digits?=3", "name=value");
    refused("digits?", "name=value");
    refused("digits?seed=1&seed=2", "given twice");
    refused("digits?limit=0", "limit=0");
    refused("digits?limit=-1", "limit=-1");
    refused("digits?limit=3x", "limit=3x");
    refused("digits?limit=99999999999999999999999", "limit=9999");
    refused("digits?noise=nan", "noise=nan");
    refused("digits?noise=1.5", "noise=1.5");
    refused("digits?seed=", "seed=");
    refused("digits?a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1&k=1&l=1&m=1&n=1&o=1&p=1&q=1"
            "&r=1&s=1&t=1&u=1",
            "more than 20");
}

static void bad_split_is_refused(void **state)
{
    rr_dataset *ds = NULL;
    int has = 7;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_FAILS(rr_dataset_load("digits", (rr_split)9, &ds, &err), RR_ERR_ARG, err, "9");
    CHECK_OK(has_split("digits", (rr_split)9, &has, &err), err);
    assert_int_equal(has, 0);
    has = 7;
    CHECK_FAILS(has_split("digit", RR_SPLIT_DEV, &has, &err), RR_ERR_ARG, err, "digit");
    assert_int_equal(has, 7);
}

static void resolve_makes_the_place_absolute_and_keeps_the_rest(void **state)
{
    char *got = NULL;
    char *again = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_dataset_spec_resolve("mnist:.?limit=5&classes=11", &got, &err), err);
    assert_int_equal(chdir("/"), 0);
    assert_non_null(strstr(got, "?limit=5&classes=11"));
    assert_memory_equal(got, "mnist:/", 7);
    assert_non_null(strstr(got, strrchr(scratch_dir, '/')));
    CHECK_OK(rr_dataset_spec_resolve(got, &again, &err), err);
    assert_string_equal(got, again);
    rr_string_free(got);
    rr_string_free(again);

    CHECK_OK(rr_dataset_spec_resolve("digits?seed=2", &got, &err), err);
    assert_string_equal(got, "digits?seed=2");
    rr_string_free(got);
    rr_string_free(NULL);
}

static void resolve_refuses_what_is_not_there(void **state)
{
    char *got = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_FAILS(rr_dataset_spec_resolve(in_scratch("npz:", "no.npz"), &got, &err), RR_ERR_IO, err,
                "no.npz");
    assert_null(got);
    CHECK_FAILS(rr_dataset_spec_resolve("foo:bar", &got, &err), RR_ERR_ARG, err, "foo");
    assert_null(got);
}

/* The text of the only row, from the table a spec names; or the message. */
static const char *row_of(const char *spec)
{
    static char text[512];
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    if (rr_dataset_load(spec, RR_SPLIT_TRAIN, &ds, &err) != RR_OK)
        return strcpy(text, err.msg);
    (void)snprintf(text, sizeof text, "%s", rr_dataset_at(ds, 0).words[0]);
    rr_dataset_free(ds);
    return text;
}

static void put_table(const char *name, const char *word)
{
    FILE *f = fopen(name, "wb");

    assert_non_null(f);
    assert_true(fprintf(f, "text,label,a&b%%\n%s,1,1\n", word) > 0);
    assert_int_equal(fclose(f), 0);
}

static void any_file_name_can_be_written(void **state)
{
    static const char *const cases[][2] = {
        { "csv:what?.csv", "plain" },
        { "csv:what?.csv?limit=1", "plain" },
        { "csv:what%3F.csv?limit=1", "plain" },
        { "csv:what%3f.csv", "plain" },
        { "csv:50%.csv", "percent" },
        { "csv:50%25.csv", "percent" },
        { "csv:a%41.csv", "literal" }, /* as it stands, for there is such a file */
        { "csv:a%2541.csv", "literal" },
        { "csv:x?limit=2", "named" }, /* the longest name */
        { "csv:x?limit=2?limit=1", "named" },
        { "csv:x?limit=1", "short" },
        { "csv:x%3Flimit=2", "named" },
        { "csv:x?where=a%26b%25=1", "short" }, /* the column a&b% */
    };

    (void)state;
    assert_int_equal(chdir(scratch_dir), 0);
    put_table("what?.csv", "plain");
    put_table("50%.csv", "percent");
    put_table("a%41.csv", "literal");
    put_table("x?limit=2", "named");
    put_table("x", "short");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(row_of(cases[i][0]), cases[i][1]);
    assert_non_null(strstr(row_of("csv:no%3Fsuch.csv?limit=1"), "no?such.csv"));
    assert_non_null(strstr(row_of("csv:x?where=a%26b"), "where=a&b is not a column"));
    assert_non_null(strstr(row_of("csv:%00"), "%00"));
}

static void resolve_writes_paths_that_can_be_read_back(void **state)
{
    static const char *const cases[][3] = {
        { "csv:what?.csv?limit=1&where=label=1%26", "/what%3F.csv?limit=1&where=label=1%26",
          "plain" },
        { "csv:50%.csv", "/50%.csv", "percent" },
        { "csv:a%41.csv", "/a%2541.csv", "literal" },
    };
    rr_error err = { .msg = "" };

    (void)state;
    assert_int_equal(chdir(scratch_dir), 0);
    put_table("what?.csv", "plain");
    put_table("50%.csv", "percent");
    put_table("a%41.csv", "literal");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *got = NULL;
        char *again = NULL;
        CHECK_OK(rr_dataset_spec_resolve(cases[i][0], &got, &err), err);
        assert_memory_equal(got, "csv:/", 5);
        assert_string_equal(strrchr(got, '/'), cases[i][1]);
        CHECK_OK(rr_dataset_spec_resolve(got, &again, &err), err);
        assert_string_equal(got, again);
        if (i > 0) /* the first selects no row */
            assert_string_equal(row_of(got), cases[i][2]);
        rr_string_free(got);
        rr_string_free(again);
    }
}

static void resolve_survives_no_memory(void **state)
{
    const char *spec = in_scratch("mnist:", "");

    (void)state;
    for (failing at = { 0 }; next_allocation_fails(&at, 2);) {
        char *got = NULL;
        at.st = rr_dataset_spec_resolve(spec, &got, NULL);
        assert_true((at.st == RR_OK) == (got != NULL));
        rr_string_free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_specs_are_refused_with_what_is_known),
        cmocka_unit_test(bad_split_is_refused),
        cmocka_unit_test(resolve_makes_the_place_absolute_and_keeps_the_rest),
        cmocka_unit_test(resolve_refuses_what_is_not_there),
        cmocka_unit_test(any_file_name_can_be_written),
        cmocka_unit_test(resolve_writes_paths_that_can_be_read_back),
        cmocka_unit_test(resolve_survives_no_memory),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
