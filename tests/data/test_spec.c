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
    refused("tsv:a", "there are mnist:DIR, npz:FILE, digits, sst:DIR, toxic:FILE");
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
    refused("digits?a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1&k=1&l=1&m=1&n=1&o=1&p=1&q=1",
            "more than 16");
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

static void resolve_refuses_a_place_that_cannot_be_written(void **state)
{
    char from[512];
    char *got = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    assert_non_null(getcwd(from, sizeof from));
    assert_int_equal(mkdir(in_scratch("", "what?"), 0700), 0);
    assert_int_equal(chdir(in_scratch("", "what?")), 0);
    const rr_status st = rr_dataset_spec_resolve("mnist:.", &got, &err);
    assert_int_equal(chdir(from), 0);
    assert_int_equal(rmdir(in_scratch("", "what?")), 0);
    assert_int_equal(st, RR_ERR_ARG);
    assert_non_null(strstr(err.msg, "'?'"));
    assert_null(got);
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
        cmocka_unit_test(resolve_refuses_a_place_that_cannot_be_written),
        cmocka_unit_test(resolve_survives_no_memory),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
