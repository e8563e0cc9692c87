/* SPDX-License-Identifier: MIT */
/* The generated digits: addressed, balanced, in range, quick. */
#include "make.h"
#include "scratch.h"

/* The first `n` sequences of both are the same bits. */
static void check_same_start(const rr_dataset *a, const rr_dataset *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const rr_sequence p = rr_dataset_at(a, i);
        const rr_sequence q = rr_dataset_at(b, i);
        assert_int_equal(p.label, q.label);
        assert_memory_equal(p.frames, q.frames, 784 * sizeof(float));
    }
}

static bool same_image(const rr_dataset *a, size_t i, const rr_dataset *b, size_t j)
{
    return memcmp(rr_dataset_at(a, i).frames, rr_dataset_at(b, j).frames, 784 * sizeof(float)) == 0;
}

static void default_sizes_are_as_documented(void **state)
{
    rr_dataset *train = load_dataset("digits", RR_SPLIT_TRAIN);
    rr_dataset *test = load_dataset("digits", RR_SPLIT_TEST);

    (void)state;
    assert_int_equal(rr_dataset_count(train), 6000);
    assert_int_equal(rr_dataset_count(test), 1000);
    assert_int_equal(rr_dataset_width(train), 28);
    assert_int_equal(rr_dataset_max_steps(train), 28);
    assert_int_equal(rr_dataset_steps(train), 6000 * 28);
    assert_int_equal(rr_dataset_classes(test), 10);
    assert_string_equal(rr_dataset_class_name(test, 7), "7");
    rr_dataset_free(train);
    rr_dataset_free(test);
}

static void samples_depend_on_their_address_alone(void **state)
{
    rr_dataset *all = load_dataset("digits?train=200", RR_SPLIT_TRAIN);
    rr_dataset *first = load_dataset("digits?limit=13", RR_SPLIT_TRAIN);
    rr_dataset *few = load_dataset("digits?train=11&test=3", RR_SPLIT_TRAIN);
    rr_dataset *again = load_dataset("digits?seed=1&train=200&noise=0.15", RR_SPLIT_TRAIN);

    (void)state;
    assert_int_equal(rr_dataset_count(first), 13);
    assert_int_equal(rr_dataset_count(few), 11);
    check_same_start(all, first, 13);
    check_same_start(all, few, 11);
    check_same(all, again);
    rr_dataset_free(all);
    rr_dataset_free(first);
    rr_dataset_free(few);
    rr_dataset_free(again);
}

static void splits_seeds_and_samples_differ(void **state)
{
    rr_dataset *train = load_dataset("digits?limit=30", RR_SPLIT_TRAIN);
    rr_dataset *test = load_dataset("digits?limit=30", RR_SPLIT_TEST);
    rr_dataset *other = load_dataset("digits?limit=30&seed=2", RR_SPLIT_TRAIN);
    bool order_differs = false;

    (void)state;
    for (size_t i = 0; i < 30; i++) {
        for (size_t j = 0; j < i; j++)
            assert_false(same_image(train, i, train, j));
        assert_false(same_image(train, i, test, i));
        assert_false(same_image(train, i, other, i));
        order_differs |= rr_dataset_at(train, i).label != rr_dataset_at(test, i).label;
    }
    assert_true(order_differs);
    rr_dataset_free(train);
    rr_dataset_free(test);
    rr_dataset_free(other);
}

static void classes_are_balanced_and_pixels_in_range(void **state)
{
    rr_dataset *ds = load_dataset("digits", RR_SPLIT_TRAIN);
    size_t count[10] = { 0 };

    (void)state;
    for (size_t i = 0; i < 6000; i++) {
        const rr_sequence s = rr_dataset_at(ds, i);
        double sum = 0.0;
        count[s.label]++;
        for (size_t p = 0; p < 784; p++) {
            assert_true(s.frames[p] >= 0.0f && s.frames[p] <= 1.0f);
            sum += (double)s.frames[p];
        }
        assert_true(sum / 784 > 0.05 && sum / 784 < 0.5);
    }
    for (size_t c = 0; c < 10; c++)
        assert_int_equal(count[c], 600);
    rr_dataset_free(ds);
}

/* Without noise the background is empty: ink takes a part of the image and reaches full darkness
 * somewhere; the noise has the deviation that was asked for where nothing cuts it off. */
static void noise_is_the_deviation_asked_for(void **state)
{
    rr_dataset *clean = load_dataset("digits?noise=0&limit=200", RR_SPLIT_TEST);
    rr_dataset *noisy = load_dataset("digits?noise=0.1&limit=200", RR_SPLIT_TEST);
    double squares = 0.0;
    double blank = 0.0;
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < 200; i++) {
        const float *a = rr_dataset_at(clean, i).frames;
        const float *b = rr_dataset_at(noisy, i).frames;
        float most = 0.0f;
        for (size_t p = 0; p < 784; p++) {
            const double d = (double)b[p] - (double)a[p];
            most = fmaxf(most, a[p]);
            blank += a[p] == 0.0f;
            if (a[p] > 0.4f && a[p] < 0.6f) {
                squares += d * d;
                n++;
            }
        }
        assert_true(most > 0.7f);
    }
    assert_true(n > 1000);
    CHECK_NEAR(sqrt(squares / (double)n), 0.1, 0, 0.05);
    blank /= 200.0 * 784.0;
    assert_true(blank > 0.6 && blank < 0.95);
    rr_dataset_free(clean);
    rr_dataset_free(noisy);
}

static void splits_are_known_without_drawing(void **state)
{
    int has = 0;
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(has_split("digits", RR_SPLIT_TRAIN, &has, &err), err);
    assert_int_equal(has, 1);
    CHECK_OK(has_split("digits", RR_SPLIT_DEV, &has, &err), err);
    assert_int_equal(has, 0);
    CHECK_OK(has_split("digits?test=0", RR_SPLIT_TEST, &has, &err), err);
    assert_int_equal(has, 0);
    CHECK_FAILS(rr_dataset_load("digits", RR_SPLIT_DEV, &ds, &err), RR_ERR_ARG, err,
                "digits has no dev split; it has train, test");
    CHECK_FAILS(rr_dataset_load("digits?test=0", RR_SPLIT_TEST, &ds, &err), RR_ERR_ARG, err,
                "has no test split");
    assert_null(ds);
}

static void only_passes_over_the_other_labels(void **state)
{
    rr_dataset *all = load_dataset("digits?train=200", RR_SPLIT_TRAIN);
    rr_dataset *two = load_dataset("digits?train=200&only=8|3", RR_SPLIT_TRAIN);
    rr_dataset *few = load_dataset("digits?train=200&only=8|3&limit=7", RR_SPLIT_TRAIN);
    size_t n = 0;

    (void)state;
    assert_int_equal(rr_dataset_classes(two), 2);
    assert_string_equal(rr_dataset_class_name(two, 0), "8");
    assert_string_equal(rr_dataset_class_name(two, 1), "3");
    for (size_t i = 0; i < 200; i++) {
        const uint32_t label = rr_dataset_at(all, i).label;
        if (label != 3 && label != 8)
            continue;
        assert_int_equal(rr_dataset_at(two, n).label, label == 3);
        assert_true(same_image(two, n, all, i));
        n++;
    }
    assert_int_equal(rr_dataset_count(two), n);
    assert_int_equal(rr_dataset_count(few), 7);
    check_same_start(two, few, 7);
    rr_dataset_free(all);
    rr_dataset_free(two);
    rr_dataset_free(few);
}

static void a_wrong_only_is_refused(void **state)
{
    static const struct {
        const char *spec, *part;
    } cases[] = {
        { "digits?only=4", "single label" },
        { "digits?only=4|4", "twice" },
        { "digits?only=4|10", "there is no label \"10\"; labels are 0..9" },
        { "digits?only=4|-1", "there is no label \"-1\"" },
        { "digits?only=4|5&classes=10", "no parameter \"classes\"" },
    };
    rr_error err = { .msg = "" };
    rr_dataset *ds = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_FAILS(rr_dataset_load(cases[i].spec, RR_SPLIT_TRAIN, &ds, &err), RR_ERR_ARG, err,
                    cases[i].part);
        assert_null(ds);
    }
}

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    check_load_survives_no_memory("digits?limit=20", RR_SPLIT_TRAIN);
    check_load_survives_no_memory("digits?limit=20&only=1|7", RR_SPLIT_TRAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(default_sizes_are_as_documented),
        cmocka_unit_test(samples_depend_on_their_address_alone),
        cmocka_unit_test(splits_seeds_and_samples_differ),
        cmocka_unit_test(classes_are_balanced_and_pixels_in_range),
        cmocka_unit_test(noise_is_the_deviation_asked_for),
        cmocka_unit_test(splits_are_known_without_drawing),
        cmocka_unit_test(only_passes_over_the_other_labels),
        cmocka_unit_test(a_wrong_only_is_refused),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
