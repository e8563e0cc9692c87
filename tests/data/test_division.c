/* SPDX-License-Identifier: MIT */
/* The division of rows into train, dev and test: how many rows of each class, and which. */
#include "data/division.h"

#include "check.h"

enum { MOST = 2000, CLASSES = 100 };

static uint32_t label[MOST];
static unsigned char split[MOST];

/* `rows` rows of each class in turn, so that classes are mixed as far as they go; returns n. */
static size_t fill(const size_t *rows, size_t classes)
{
    size_t n = 0;

    for (size_t round = 0; round < MOST; round++)
        for (size_t c = 0; c < classes; c++)
            if (round < rows[c])
                label[n++] = (uint32_t)c;
    return n;
}

static void divide(double holdout, double dev, uint64_t seed, size_t n)
{
    const rri_division d = { .holdout = holdout, .dev = dev, .seed = seed };
    rr_error err = { .msg = "" };

    memset(split, RR_SPLIT_TRAIN, sizeof split);
    CHECK_OK(rri_divide(&d, label, n, split, &err), err);
}

/* Rows of a class in a split; of all classes for c = CLASSES. */
static size_t count(size_t n, uint32_t c, rr_split s)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++)
        found += split[i] == s && (c == CLASSES || label[i] == c);
    return found;
}

static void classes_share_by_their_sizes(void **state)
{
    const size_t rows[] = { 500, 300, 200 };
    const size_t n = fill(rows, 3);

    (void)state;
    divide(0.2, 0.25, 1, n);
    for (uint32_t c = 0; c < 3; c++) {
        assert_int_equal(count(n, c, RR_SPLIT_TEST), rows[c] / 5);
        assert_int_equal(count(n, c, RR_SPLIT_DEV), rows[c] / 5); /* a quarter of four fifths */
    }
    divide(0.0, 0.1, 1, n);
    assert_int_equal(count(n, CLASSES, RR_SPLIT_TEST), 0);
    assert_int_equal(count(n, 1, RR_SPLIT_DEV), 30);
}

/* 3.5, 3.5 and 3 of 10: the rows of the split are as many as asked for, by the largest rests. */
static void the_number_of_rows_is_kept(void **state)
{
    const size_t rows[] = { 35, 35, 30 };
    const size_t n = fill(rows, 3);
    bool seen[2] = { false };

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        divide(0.1, 0.0, seed, n);
        assert_int_equal(count(n, CLASSES, RR_SPLIT_TEST), 10);
        assert_int_equal(count(n, 2, RR_SPLIT_TEST), 3);
        seen[count(n, 0, RR_SPLIT_TEST) == 4] = true;
    }
    assert_true(seen[0] && seen[1]); /* equal rests: which class gives is drawn */
}

static void a_rare_class_is_in_every_split(void **state)
{
    const size_t rows[] = { 1000, 4, 3, 2, 1 };
    const size_t n = fill(rows, 5);

    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        divide(0.1, 0.1, seed, n);
        assert_int_equal(count(n, CLASSES, RR_SPLIT_TEST), 101);
        assert_int_equal(count(n, CLASSES, RR_SPLIT_DEV), 91);
        for (uint32_t c = 1; c < 5; c++) {
            assert_int_equal(count(n, c, RR_SPLIT_TEST), c <= 3);
            assert_int_equal(count(n, c, RR_SPLIT_DEV), c <= 2);
            assert_true(count(n, c, RR_SPLIT_TRAIN) >= 1);
        }
    }
}

/* 100 classes of 4 rows: 40 for test cannot be one of each, but none gives two. */
static void too_few_rows_for_all_classes_are_shared_all_the_same(void **state)
{
    size_t rows[CLASSES];

    (void)state;
    for (size_t c = 0; c < CLASSES; c++)
        rows[c] = 4;
    const size_t n = fill(rows, CLASSES);
    divide(0.1, 0.0, 1, n);
    assert_int_equal(count(n, CLASSES, RR_SPLIT_TEST), 40);
    for (uint32_t c = 0; c < CLASSES; c++)
        assert_true(count(n, c, RR_SPLIT_TEST) <= 1);
}

static void train_keeps_a_row_of_each_class(void **state)
{
    const size_t rows[] = { 10, 2, 1 };
    const size_t n = fill(rows, 3);

    (void)state;
    divide(1.0, 1.0, 1, n);
    for (uint32_t c = 0; c < 3; c++)
        assert_int_equal(count(n, c, RR_SPLIT_TRAIN), 1);
    assert_int_equal(count(n, 0, RR_SPLIT_TEST), 8);
    assert_int_equal(count(n, 0, RR_SPLIT_DEV), 1);
    assert_int_equal(count(n, 1, RR_SPLIT_TEST), 1);
    divide(0.001, 0.0, 1, n);
    assert_int_equal(count(n, CLASSES, RR_SPLIT_TEST), 1);
}

static void rows_do_not_depend_on_the_numbers_of_classes(void **state)
{
    const size_t rows[] = { 40, 30, 5 };
    const size_t n = fill(rows, 3);
    unsigned char first[MOST];

    (void)state;
    divide(0.2, 0.1, 7, n);
    memcpy(first, split, sizeof first);
    for (size_t i = 0; i < n; i++)
        label[i] = 60000 - label[i];
    divide(0.2, 0.1, 7, n);
    assert_memory_equal(first, split, n);
    divide(0.2, 0.1, 8, n);
    assert_memory_not_equal(first, split, n);
}

static void what_cannot_be_divided_is_refused(void **state)
{
    const size_t rows[] = { 1, 1, 1 };
    const size_t n = fill(rows, 3);
    const rri_division d = { .holdout = 0.5, .dev = 0.0, .seed = 1 };
    const size_t two[] = { 2 };
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_FAILS(rri_divide(&d, label, n, split, &err), RR_ERR_ARG, err,
                "holdout=0.5 cannot divide 3 rows of 3 classes: a class keeps one for train");
    CHECK_OK(rri_divide(&d, label, 0, split, &err), err);
    assert_int_equal(fill(two, 1), 2);
    divide(0.5, 0.0, 1, 2);
    assert_int_equal(count(2, 0, RR_SPLIT_TEST), 1);
    const rri_division both = { .holdout = 0.5, .dev = 0.5, .seed = 1 };
    CHECK_FAILS(rri_divide(&both, label, 2, split, &err), RR_ERR_ARG, err,
                "dev=0.5 cannot divide 1 row of 1 class");
}

static void no_memory_is_survived(void **state)
{
    const size_t rows[] = { 8, 3 };
    const size_t n = fill(rows, 2);
    const rri_division d = { .holdout = 0.3, .dev = 0.3, .seed = 1 };

    (void)state;
    for (failing at = { 0 }; next_allocation_fails(&at, 5);)
        at.st = rri_divide(&d, label, n, split, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_share_by_their_sizes),
        cmocka_unit_test(the_number_of_rows_is_kept),
        cmocka_unit_test(a_rare_class_is_in_every_split),
        cmocka_unit_test(too_few_rows_for_all_classes_are_shared_all_the_same),
        cmocka_unit_test(train_keeps_a_row_of_each_class),
        cmocka_unit_test(rows_do_not_depend_on_the_numbers_of_classes),
        cmocka_unit_test(what_cannot_be_divided_is_refused),
        cmocka_unit_test(no_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
