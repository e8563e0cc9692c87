/* SPDX-License-Identifier: MIT */
/* Measures by class against scikit-learn 1.2 (accuracy_score, precision_recall_fscore_support,
 * f1_score, balanced_accuracy_score, roc_auc_score), on small arrays kept here. */
#include "check.h"

#include "data/data_internal.h"

/* Class 3 is no truth, but is predicted. */
static const uint32_t truth[] = { 0, 1, 0, 1, 2, 0, 0, 0, 0, 0, 1, 1,
                                  0, 0, 0, 2, 0, 0, 2, 0, 1, 2, 0, 0 };
static const uint32_t said[] = { 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1,
                                 3, 0, 0, 2, 0, 0, 3, 0, 1, 0, 0, 0 };
enum { N = sizeof truth / sizeof *truth };

static void classes_are_as_in_scikit_learn(void **state)
{
    static const double recall[] = { 14.0 / 15, 0.8, 0.25, -1.0 };
    static const double precision[] = { 0.875, 0.8, 1.0, 0.0 };
    static const double f1[] = { 0.9032258064516129, 0.8, 0.4, 0.0 };
    rr_class_quality by_class[5];
    rr_quality q;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_quality_measure(truth, said, NULL, N, 5, &q, by_class, &err), err);
    for (size_t c = 0; c < 4; c++) {
        CHECK_NEAR(by_class[c].recall, recall[c], 1e-12, 0);
        CHECK_NEAR(by_class[c].precision, precision[c], 1e-12, 0);
        CHECK_NEAR(by_class[c].f1, f1[c], 1e-12, 0);
    }
    assert_int_equal(by_class[0].count, 15);
    assert_int_equal(by_class[3].predicted, 2);
    CHECK_NEAR(by_class[4].f1, -1.0, 0, 0); /* neither */
    assert_int_equal(q.count, N);
    assert_int_equal(q.correct, 19);
    CHECK_NEAR(q.accuracy, 0.7916666666666666, 1e-12, 0);
    CHECK_NEAR(q.macro_f1, 0.5258064516129033, 1e-12, 0);
    CHECK_NEAR(q.macro_recall, 0.6611111111111111, 1e-12, 0);
    CHECK_NEAR(q.auc, -1.0, 0, 0);
}

/* Half of the scores are shared, so that ties decide. */
static void the_area_is_that_of_scikit_learn(void **state)
{
    static const uint32_t is[] = { 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 1, 1 };
    static const double score[] = { 0.0, 0.5, 0.5, 0.3, 0.5, 0.4, 0.1, 0.4, 0.0, 0.2,
                                    0.5, 0.6, 0.7, 0.4, 0.5, 0.8, 0.3, 0.3, 0.6, 0.3 };
    enum { M = sizeof is / sizeof *is };
    uint32_t y[M], one[M];
    double wrong[M];
    rr_quality q;
    rr_error err = { .msg = "" };

    (void)state;
    for (size_t i = 0; i < M; i++) {
        y[i] = score[i] >= 0.5;
        one[i] = 1;
        wrong[i] = score[i];
    }
    CHECK_OK(rr_quality_measure(is, y, score, M, 2, &q, NULL, &err), err);
    CHECK_NEAR(q.auc, 0.8021978021978021, 1e-12, 0);
    CHECK_NEAR(q.macro_f1, 0.6875, 1e-12, 0);
    CHECK_OK(rr_quality_measure(one, y, score, M, 2, &q, NULL, &err), err);
    CHECK_NEAR(q.auc, -1.0, 0, 0); /* class 0 has no input */
    CHECK_OK(rr_quality_measure(is, y, score, M, 3, &q, NULL, &err), err);
    CHECK_NEAR(q.auc, -1.0, 0, 0); /* three classes */
    wrong[4] = (double)NAN;
    CHECK_FAILS(rr_quality_measure(is, y, wrong, M, 2, &q, NULL, &err), RR_ERR_NUMERIC, err,
                "input 4 is NaN");
    assert_int_equal(err.where, 4);
}

static void what_has_no_label_is_left_out(void **state)
{
    static const uint32_t some[] = { 1, RR_NO_LABEL, 0, RR_NO_LABEL };
    static const uint32_t none[] = { RR_NO_LABEL, RR_NO_LABEL };
    static const uint32_t y[] = { 1, 9, 1, 0 };
    static const double score[] = { 0.9, (double)NAN, 0.8, 0.1 };
    rr_quality q;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_quality_measure(some, y, score, 4, 2, &q, NULL, &err), err);
    assert_int_equal(q.count, 2);
    CHECK_NEAR(q.accuracy, 0.5, 0, 0);
    CHECK_NEAR(q.auc, 1.0, 0, 0);
    CHECK_OK(rr_quality_measure(none, y, score, 2, 2, &q, NULL, &err), err);
    assert_int_equal(q.count, 0);
    assert_true(q.accuracy < 0.0 && q.macro_f1 < 0.0 && q.macro_recall < 0.0 && q.auc < 0.0);
    CHECK_FAILS(rr_quality_measure(truth, said, NULL, N, 3, &q, NULL, &err), RR_ERR_ARG, err,
                "input 12: its truth is class 0 and its prediction class 3, of 3 classes");
    assert_int_equal(err.where, 12);
}

static void every_failed_allocation_is_clean(void **state)
{
    static const uint32_t is[] = { 0, 1 };
    static const double score[] = { 0.0, 1.0 };
    rr_quality q;

    (void)state;
    for (failing at = { 0 }; next_allocation_fails(&at, 1);)
        at.st = rr_quality_measure(is, is, score, 2, 2, &q, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_are_as_in_scikit_learn),
        cmocka_unit_test(the_area_is_that_of_scikit_learn),
        cmocka_unit_test(what_has_no_label_is_left_out),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
