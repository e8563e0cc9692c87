/* SPDX-License-Identifier: MIT */
/* test_outcome.c - the outcome of a repair, on cases small enough to count by hand. */
#include "make.h"

enum { N = 10 };

/* Fixed: 0. Still failing: 1, 2. Newly broken: 3, 4, 5. Unchanged: 6 to 9. */
static const uint32_t labels[N] = { 0, 1, 2, 0, 1, 2, 0, 1, 2, 0 };
static const uint32_t before[N] = { 1, 0, 1, 0, 1, 2, 0, 1, 2, 0 };
static const uint32_t after[N] = { 0, 0, 0, 1, 0, 7, 0, 1, 2, 0 };

static rr_dataset *ten(void)
{
    const rr_dataset_shape shape = { .width = 1, .classes = 3 };
    const float frame = 0.5F;
    rr_dataset_builder *b = new_builder(&shape);

    for (size_t i = 0; i < N; i++) {
        const rr_sequence seq = { .frames = &frame, .steps = 1, .label = labels[i] };
        add_sequence(b, seq);
    }
    return finish_dataset(b);
}

static void every_sequence_is_counted_once(void **state)
{
    rr_dataset *ds = ten();
    rr_outcome l;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_outcome_compare(ds, before, after, NULL, 0, &l, &err), err);
    assert_int_equal(l.count, N);
    assert_int_equal(l.fixed, 1);
    assert_int_equal(l.still_failing, 2);
    assert_int_equal(l.newly_broken, 3);
    assert_int_equal(l.unchanged, 4);
    CHECK_NEAR(l.accuracy_before, 7.0 / 10.0, 1e-15, 0.0);
    CHECK_NEAR(l.accuracy_after, 5.0 / 10.0, 1e-15, 0.0);
    rr_dataset_free(ds);
}

static void a_list_restricts_the_count(void **state)
{
    const size_t which[4] = { 9, 4, 0, 3 };
    rr_dataset *ds = ten();
    rr_outcome l;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_outcome_compare(ds, before, after, which, 4, &l, &err), err);
    assert_int_equal(l.count, 4);
    assert_int_equal(l.fixed, 1);
    assert_int_equal(l.still_failing, 0);
    assert_int_equal(l.newly_broken, 2);
    assert_int_equal(l.unchanged, 1);
    CHECK_NEAR(l.accuracy_before, 3.0 / 4.0, 1e-15, 0.0);
    CHECK_NEAR(l.accuracy_after, 2.0 / 4.0, 1e-15, 0.0);
    CHECK_OK(rr_outcome_compare(ds, before, after, which, 0, &l, &err), err);
    assert_int_equal(l.count, 0);
    assert_true(l.accuracy_before == 0.0 && l.accuracy_after == 0.0);
    rr_dataset_free(ds);
}

static void a_number_out_of_range_is_refused(void **state)
{
    const size_t which[2] = { 1, N };
    rr_dataset *ds = ten();
    rr_outcome l = { .count = 77 };
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_outcome_compare(ds, before, after, which, 2, &l, &err), RR_ERR_ARG, err,
                "sequence 10, but there are 10");
    assert_int_equal(l.count, 77);
    assert_int_equal(rr_outcome_compare(ds, before, after, which, 2, &l, NULL), RR_ERR_ARG);
    rr_dataset_free(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sequence_is_counted_once),
        cmocka_unit_test(a_list_restricts_the_count),
        cmocka_unit_test(a_number_out_of_range_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
