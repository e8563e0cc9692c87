/* SPDX-License-Identifier: MIT */
/* An open source: each file is read once for all splits, and its datasets are shared. */
#include "scratch.h"

#include "data/data_internal.h"
#include "data/dataset_internal.h"
#include "make.h"

static const char csv[] = "text,label,split\n"
                          "Good film,pos,train\nbad film,neg,train\n"
                          "good,pos,dev\nGood bad other,neg,test\n";
static const char jsonl[] = "{\"text\":\"a b\",\"label\":1,\"split\":\"train\"}\n"
                            "{\"text\":\"b\",\"label\":2,\"split\":\"test\"}\n";

/* Four sources of each way to lie on the disk. Valid until it is called again. */
static const char *const *specs(size_t *n)
{
    static const char *list[4];
    rr_error err = { .msg = "" };

    write_scratch("a.csv", csv);
    write_scratch("a.jsonl", jsonl);
    write_scratch("train.txt", "(3 (2 good) (2 film))\n(1 (2 bad) (2 film))\n");
    write_scratch("test.txt", "(4 (2 Good) (2 other))\n");
    rr_dataset *ds = load_dataset("digits?limit=40", RR_SPLIT_TRAIN);
    CHECK_OK(rr_dataset_save(ds, in_scratch("", "a.npz"), &err), err);
    rr_dataset_free(ds);
    list[0] = in_scratch("csv:", "a.csv");
    list[1] = in_scratch("jsonl:", "a.jsonl");
    list[2] = in_scratch("npz:", "a.npz?holdout=0.3");
    list[3] = in_scratch("sst:", "");
    *n = 4;
    return list;
}

static void all_splits_are_those_of_single_loads(void **state)
{
    size_t n = 0;
    const char *const *spec = specs(&n);
    rr_error err = { .msg = "" };

    (void)state;
    for (size_t k = 0; k < n; k++) {
        rr_source *source = NULL;
        CHECK_OK(rr_source_open(spec[k], NULL, &source, &err), err);
        assert_string_equal(rr_source_spec(source), spec[k]);
        for (int i = 2; i >= 0; i--) { /* the split the vocabulary is built from is last */
            rr_dataset *ds = NULL;
            rr_dataset *alone = NULL;
            const rr_status st = rr_dataset_load(spec[k], (rr_split)i, &alone, NULL);
            assert_int_equal(rr_source_has(source, (rr_split)i), st == RR_OK);
            if (st != RR_OK) {
                CHECK_FAILS(rr_source_split(source, (rr_split)i, &ds, &err), RR_ERR_ARG, err,
                            rr_enum_name(RR_ENUM_SPLIT, (rr_split)i));
                assert_null(ds);
                continue;
            }
            CHECK_OK(rr_source_split(source, (rr_split)i, &ds, &err), err);
            check_same(ds, alone);
            rr_dataset_free(ds);
            rr_dataset_free(alone);
        }
        assert_int_equal(rr_source_has(source, (rr_split)7), 0);
        rr_source_close(source);
    }
}

static void a_file_is_read_once_for_all_splits(void **state)
{
    static const size_t files[] = { 1, 1, 1, 2 };
    size_t n = 0;
    const char *const *spec = specs(&n);
    rr_error err = { .msg = "" };

    (void)state;
    for (size_t k = 0; k < n; k++) {
        const size_t before = rri_source_reads;
        rr_source *source = NULL;
        CHECK_OK(rr_source_open(spec[k], NULL, &source, &err), err);
        for (int i = 0; i < 6; i++) { /* and again */
            rr_dataset *ds = NULL;
            if (rr_source_has(source, (rr_split)(i % 3)))
                CHECK_OK(rr_source_split(source, (rr_split)(i % 3), &ds, &err), err);
            rr_dataset_free(ds);
        }
        rr_source_close(source);
        assert_int_equal(rri_source_reads - before, files[k]);
    }
}

/* One file of words for each split: that of the other is left alone, but train has the words. */
static void a_file_of_a_split_is_read_when_it_is_asked_for(void **state)
{
    size_t n = 0;
    const char *const *spec = specs(&n);
    size_t before = rri_source_reads;
    rr_source *source = NULL;
    rr_dataset *train = NULL;
    rr_dataset *test = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_source_open(spec[3], NULL, &source, &err), err);
    assert_int_equal(rri_source_reads - before, 0);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &train, &err), err);
    assert_int_equal(rri_source_reads - before, 1);
    rr_source_close(source);
    before = rri_source_reads;
    rr_source_options options = rr_source_options_default();
    options.words = rr_dataset_words(train);
    CHECK_OK(rr_source_open(spec[3], &options, &source, &err), err);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TEST, &test, &err), err);
    assert_int_equal(rri_source_reads - before, 1);
    assert_ptr_equal(rr_dataset_words(test), rr_dataset_words(train));
    rr_source_close(source);
    rr_dataset_free(train);
    rr_dataset_free(test);
}

static void datasets_and_sources_are_shared(void **state)
{
    size_t n = 0;
    const char *const *spec = specs(&n);
    rr_source *source = NULL;
    rr_dataset *ds[3] = { NULL, NULL, NULL };
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_source_open(spec[0], NULL, &source, &err), err);
    rr_source *other = rr_source_share(source);
    assert_ptr_equal(other, source);
    rr_source_close(source);
    CHECK_OK(rr_source_split(other, RR_SPLIT_TRAIN, &ds[0], &err), err);
    CHECK_OK(rr_source_split(other, RR_SPLIT_TRAIN, &ds[1], &err), err);
    assert_ptr_equal(ds[0], ds[1]);
    ds[2] = rr_dataset_share(ds[0]);
    assert_ptr_equal(ds[2], ds[0]);
    rr_source_close(other);
    rr_dataset_free(ds[0]);
    rr_dataset_free(ds[1]);
    assert_int_equal(rr_dataset_count(ds[2]), 2); /* its last holder */
    assert_string_equal(rr_dataset_at(ds[2], 0).words[0], "Good");
    rr_dataset_free(ds[2]);
    assert_null(rr_dataset_share(NULL));
    assert_null(rr_source_share(NULL));
}

/* What a source has let go of comes back the same. */
static void a_forgotten_split_is_made_again(void **state)
{
    size_t n = 0;
    const char *const *spec = specs(&n);
    rr_error err = { .msg = "" };

    (void)state;
    for (size_t k = 0; k < n; k++) {
        rr_source *source = NULL;
        rr_dataset *first = NULL;
        rr_dataset *test = NULL;
        rr_dataset *again = NULL;
        CHECK_OK(rr_source_open(spec[k], NULL, &source, &err), err);
        CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &first, &err), err);
        CHECK_OK(rr_source_split(source, RR_SPLIT_TEST, &test, &err), err);
        rri_source_forget(source, RR_SPLIT_TRAIN);
        CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &again, &err), err);
        assert_ptr_not_equal(again, first);
        check_same(again, first);
        rr_source_close(source);
        rr_dataset_free(first);
        rr_dataset_free(test);
        rr_dataset_free(again);
    }
}

/* Once an allocation has failed, the same source still gives the same. */
static void a_source_survives_no_memory(void **state)
{
    size_t n = 0;
    const char *const *spec = specs(&n);
    rr_error err = { .msg = "" };

    (void)state;
    for (size_t k = 0; k < n; k++) {
        rr_dataset *ds = NULL;
        rr_source *source = NULL;
        rr_dataset *want = load_dataset(spec[k], RR_SPLIT_TEST);
        CHECK_OK(rr_source_open(spec[k], NULL, &source, &err), err);
        for (failing at = { 0 }; next_allocation_fails(&at, 0);) {
            at.st = rr_source_split(source, RR_SPLIT_TEST, &ds, NULL);
            assert_true((at.st == RR_OK) == (ds != NULL));
        }
        check_same(ds, want);
        rr_source_close(source);
        rr_dataset_free(ds);
        rr_dataset_free(want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_splits_are_those_of_single_loads),
        cmocka_unit_test(a_file_is_read_once_for_all_splits),
        cmocka_unit_test(a_file_of_a_split_is_read_when_it_is_asked_for),
        cmocka_unit_test(datasets_and_sources_are_shared),
        cmocka_unit_test(a_forgotten_split_is_made_again),
        cmocka_unit_test(a_source_survives_no_memory),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
