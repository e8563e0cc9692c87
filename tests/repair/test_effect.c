/* SPDX-License-Identifier: MIT */
/* test_effect.c - an outcome with probabilities, on cases small enough to count by hand. */
#include "make.h"

#include <math.h>

enum { N = 5, C = 2 };

/* Right and right, fixed, broken, wrong and wrong, right and right. */
static const uint32_t labels[N] = { 0, 0, 1, 1, 1 };
static const float before[N * C] = {
    0.75F, 0.25F, 0.25F, 0.75F, 0.5F, 0.5F, 1.0F, 0.0F, 0.0F, 1.0F
};
static const float after[N * C] = {
    0.5F, 0.5F, 1.0F, 0.0F, 0.75F, 0.25F, 0.75F, 0.25F, 0.0F, 1.0F
};
static const uint32_t said_before[N] = { 0, 1, 1, 0, 1 };
static const uint32_t said_after[N] = { 0, 0, 0, 0, 1 };

static rr_dataset *five(void)
{
    const rr_dataset_shape shape = { .width = 1, .classes = C };
    const float frame = 0.5F;
    rr_dataset_builder *b = new_builder(&shape);

    for (size_t i = 0; i < N; i++)
        add_sequence(b, (rr_sequence){ .frames = &frame, .steps = 1, .label = labels[i] });
    return finish_dataset(b);
}

static rr_effect measured(const size_t *which, size_t n, rr_class_outcome *classes)
{
    const rr_predicted b = { said_before, before, C }, a = { said_after, after, C };
    rr_dataset *ds = five();
    rr_effect e;
    rr_error err = { 0 };

    CHECK_OK(rr_effect_measure(ds, 0, &b, &a, which, n, &e, classes, &err), err);
    rr_dataset_free(ds);
    return e;
}

static void counts_are_those_of_an_outcome(void **state)
{
    const rr_effect e = measured(NULL, 0, NULL);

    (void)state;
    assert_int_equal(e.counts.count, N);
    assert_int_equal(e.counts.fixed, 1);
    assert_int_equal(e.counts.newly_broken, 1);
    assert_int_equal(e.counts.still_failing, 1);
    assert_int_equal(e.counts.unchanged, 2);
    CHECK_NEAR(e.counts.accuracy_before, 0.6, 1e-15, 0.0);
    CHECK_NEAR(e.counts.accuracy_after, 0.6, 1e-15, 0.0);
}

/* Of the two that are right before and after, the second has not moved. */
static void divergence_is_of_what_stays_right(void **state)
{
    const double moved = 0.75 * log(0.75 / 0.5) + 0.25 * log(0.25 / 0.5);
    const size_t wrong[] = { 1, 2, 3 };

    (void)state;
    CHECK_NEAR(measured(NULL, 0, NULL).divergence, moved / 2.0, 1e-12, 0.0);
    CHECK_NEAR(measured(wrong, 3, NULL).divergence, 0.0, 0.0, 0.0);
}

/* Before: 0.75 in one bin, one of two right; 0.5 alone in one, right; 1 in one, one of two right.
 */
static void calibration_compares_confidence_with_accuracy(void **state)
{
    const rr_effect e = measured(NULL, 0, NULL);
    const double tiny = -log(1.17549435e-38);

    (void)state;
    CHECK_NEAR(e.before.error, (fabs(1.5 - 1.0) + fabs(0.5 - 1.0) + fabs(2.0 - 1.0)) / 5.0, 1e-12,
               0.0);
    CHECK_NEAR(e.before.loss, (-log(0.75) - log(0.25) - log(0.5) + tiny) / 5.0, 1e-6, 0.0);
    CHECK_NEAR(e.after.loss, (-log(0.5) - log(0.25) - log(0.25)) / 5.0, 1e-12, 0.0);
}

static void classes_are_counted_by_truth(void **state)
{
    rr_class_outcome of[C];

    (void)state;
    measured(NULL, 0, of);
    assert_int_equal(of[0].count, 2);
    assert_int_equal(of[0].fixed, 1);
    assert_int_equal(of[0].newly_broken, 0);
    CHECK_NEAR(of[0].recall_before, 0.5, 1e-15, 0.0);
    CHECK_NEAR(of[0].recall_after, 1.0, 1e-15, 0.0);
    assert_int_equal(of[1].newly_broken, 1);
    CHECK_NEAR(of[1].recall_after, 1.0 / 3.0, 1e-15, 0.0);
    measured((const size_t[]){ 0 }, 1, of);
    assert_int_equal(of[1].count, 0);
    assert_true(of[1].recall_before < 0.0 && of[1].recall_after < 0.0);
}

static void nothing_to_count_is_zeros(void **state)
{
    const rr_effect e = measured((const size_t[]){ 0 }, 0, NULL);

    (void)state;
    assert_int_equal(e.counts.count, 0);
    CHECK_NEAR(e.before.error + e.after.error + e.before.loss + e.divergence, 0.0, 0.0, 0.0);
}

static void a_number_out_of_range_is_refused(void **state)
{
    const rr_predicted b = { said_before, before, C };
    const size_t which[] = { 1, N };
    rr_dataset *ds = five();
    rr_effect e;
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_effect_measure(ds, 0, &b, &b, which, 2, &e, NULL, &err), RR_ERR_ARG, err,
                "entry 1 of the list is sequence 5, but there are 5");
    CHECK_FAILS(rr_effect_measure(ds, 1, &b, &b, NULL, 0, &e, NULL, &err), RR_ERR_ARG, err,
                "no labels");
    const rr_predicted narrow = { said_before, before, 1 };
    CHECK_FAILS(rr_effect_measure(ds, 0, &narrow, &narrow, NULL, 0, &e, NULL, &err), RR_ERR_ARG,
                err, "1 classes before and of 1 after, of data of 2");
    CHECK_FAILS(rr_effect_measure(ds, 0, &b, &narrow, NULL, 0, &e, NULL, &err), RR_ERR_ARG, err,
                "2 classes before and of 1 after");
    rr_dataset_free(ds);
}

/* Three steps, of which the second has no label. */
static void steps_without_a_label_do_not_count(void **state)
{
    static const uint32_t step_labels[] = { 0, RR_NO_LABEL, 1 };
    const rr_dataset_shape shape = { .width = 1, .classes = C, .step_labelled = 1 };
    const float frames[] = { 0.0F, 0.0F, 0.0F };
    const rr_predicted b = { said_before, before, C }, a = { said_after, after, C };
    rr_dataset_builder *builder = new_builder(&shape);
    rr_effect e;
    rr_error err = { 0 };

    (void)state;
    add_sequence(
        builder,
        (rr_sequence){ .frames = frames, .steps = 3, .label = 1, .step_labels = step_labels });
    rr_dataset *ds = finish_dataset(builder);
    CHECK_OK(rr_effect_measure(ds, 1, &b, &a, NULL, 0, &e, NULL, &err), err);
    assert_int_equal(e.counts.count, 2);
    assert_int_equal(e.counts.unchanged, 1);
    assert_int_equal(e.counts.newly_broken, 1);
    rr_dataset_free(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_of_an_outcome),
        cmocka_unit_test(divergence_is_of_what_stays_right),
        cmocka_unit_test(calibration_compares_confidence_with_accuracy),
        cmocka_unit_test(classes_are_counted_by_truth),
        cmocka_unit_test(nothing_to_count_is_zeros),
        cmocka_unit_test(a_number_out_of_range_is_refused),
        cmocka_unit_test(steps_without_a_label_do_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
