/* SPDX-License-Identifier: MIT */
/* Text sources on real data: the counts that are known of them. */
#include "make.h"
#include "scratch.h"

static const char *data_spec(const char *kind, const char *name)
{
    static char spec[512];
    const char *data = getenv("RNNREPAIR_DATA");
    char path[400];

    (void)snprintf(path, sizeof path, "%s/%s", data != NULL ? data : "", name);
    if (data == NULL || access(path, F_OK) != 0) {
        print_message("no %s: set RNNREPAIR_DATA to check the real texts\n", path);
        skip();
    }
    (void)snprintf(spec, sizeof spec, "%s:%s", kind, path);
    return spec;
}

static void check_counts(const char *spec, rr_split split, size_t n, size_t classes)
{
    rr_dataset *ds = load_dataset(spec, split);
    assert_int_equal(rr_dataset_count(ds), n);
    assert_int_equal(rr_dataset_classes(ds), classes);
    rr_dataset_free(ds);
}

static void sst_has_its_known_counts(void **state)
{
    const char *spec = data_spec("sst", "sst");

    (void)state;
    check_counts(spec, RR_SPLIT_TRAIN, 6920, 2);
    check_counts(spec, RR_SPLIT_DEV, 872, 2);
    check_counts(spec, RR_SPLIT_TEST, 1821, 2);
}

static void toxic_has_its_known_counts(void **state)
{
    const char *spec = data_spec("toxic", "toxic/comments.csv.gz");

    (void)state;
    check_counts(spec, RR_SPLIT_TRAIN, 16461, 2);
    check_counts(spec, RR_SPLIT_TEST, 1829, 2); /* 18,290 altogether */
}

static void trec_has_its_known_counts(void **state)
{
    const char *spec = data_spec("trec", "sentences");

    (void)state;
    check_counts(spec, RR_SPLIT_TRAIN, 5452, 6);
    check_counts(spec, RR_SPLIT_TEST, 500, 6);
}

static void vectors_cover_most_words_of_sst(void **state)
{
    const char *spec = data_spec("sst", "sst");
    rr_vectors *x = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    rr_dataset *ds = load_dataset(spec, RR_SPLIT_TRAIN);
    spec = data_spec("", "wordvec/reviews-300d.vec.gz");
    CHECK_OK(rr_vectors_load(spec + 1, rr_dataset_words(ds), &x, &err), err);
    assert_int_equal(rr_vectors_width(x), 300);
    assert_true(rr_vectors_covered(x) > 13000);
    rr_vectors_free(x);
    rr_dataset_free(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sst_has_its_known_counts),
        cmocka_unit_test(toxic_has_its_known_counts),
        cmocka_unit_test(trec_has_its_known_counts),
        cmocka_unit_test(vectors_cover_most_words_of_sst),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
