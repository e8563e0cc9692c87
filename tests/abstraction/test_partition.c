/* SPDX-License-Identifier: MIT */
/* test_partition.c - the choice of K. */
#include "abstraction/abstraction_internal.h"
#include "abstraction/partition.h"
#include "fixture.h"

/* Clouds whose rows are all predicted as cloud % classes. */
typedef struct labelled {
    rri_rows z;
    uint16_t *y;
} labelled;

static labelled new_labelled(size_t n, size_t clouds, size_t classes, double spread)
{
    labelled l = { .z = new_clouds(n, 3, clouds, spread, 31) };
    assert_int_equal(rri_alloc(&l.y, n, 1, sizeof *l.y, NULL), RR_OK);
    for (size_t i = 0; i < n; i++)
        l.y[i] = (uint16_t)(i % clouds % classes);
    return l;
}

static void free_labelled(labelled l)
{
    free_rows(l.z);
    rri_free(l.y);
}

static rri_partition *search(const rr_partition_config *cfg, labelled l, size_t classes)
{
    rri_partition *p = NULL;
    rr_error err = { 0 };
    int done = 0;

    CHECK_OK(rri_partition_new(cfg, l.z, l.y, classes, &p, &err), err);
    assert_null(rri_partition_gmm(p));
    while (!done)
        CHECK_OK(rri_partition_step(p, &done, &err), err);
    return p;
}

static rr_curve_point last_point(const rri_partition *p)
{
    size_t points = 0;
    const rr_curve_point *curve = rri_partition_curve(p, &points);
    return curve[points - 1];
}

/* States in range; confidences, stability and BIC as counted here from the states. */
static void check_result(const rri_partition *p, labelled l, size_t classes)
{
    const rr_curve_point point = last_point(p);
    const rri_gmm *g = rri_partition_gmm(p);
    const size_t K = rri_gmm_components(g);
    const double n = (double)l.z.n;
    double sum = 0.0;
    double least = 1.0;

    assert_int_equal(point.states, K);
    for (size_t k = 0; k < K; k++) {
        double rows = 0.0;
        double most = 0.0;
        double total = 0.0;
        for (size_t c = 0; c < classes; c++) {
            const double confidence = (double)rri_partition_confidence(p)[k * classes + c];
            double count = 0.0;
            rows = 0.0;
            for (size_t i = 0; i < l.z.n; i++) {
                rows += rri_partition_states(p)[i] == k + 1;
                count += rri_partition_states(p)[i] == k + 1 && l.y[i] == c;
            }
            if (rows > 0.0)
                CHECK_NEAR(confidence, count / rows, 1e-6, 0.0);
            most = fmax(most, confidence);
            total += confidence;
        }
        CHECK_NEAR(total, 1.0, 1e-6, 0.0);
        sum += most;
        least = fmin(least, most);
    }
    for (size_t i = 0; i < l.z.n; i++)
        assert_in_range(rri_partition_states(p)[i], 1, K);
    CHECK_NEAR(point.stability_mean, sum / (double)K, 1e-6, 0.0);
    CHECK_NEAR(point.stability_min, least, 1e-6, 0.0);
    CHECK_NEAR(point.bic, -2.0 * n * point.log_likelihood + (double)(K - 1 + 2 * K * 3) * log(n),
               1e-6, 1e-9);
    assert_true(point.seconds >= 0.0);
}

static void growing_stops_at_the_first_k_that_is_stable_enough(void **state)
{
    const labelled l = new_labelled(1200, 6, 6, 0.5);
    rr_partition_config cfg = rri_partition_config_default();

    (void)state;
    for (int kind = RR_SEARCH_SPLIT; kind <= RR_SEARCH_RESTART; kind++) {
        size_t points = 0;
        cfg.search = (rr_search)kind;
        cfg.stability = 0.99;
        rri_partition *p = search(&cfg, l, 6);
        const rr_curve_point *curve = rri_partition_curve(p, &points);
        assert_int_equal(points, 6);
        for (size_t i = 0; i < points; i++) {
            assert_int_equal(curve[i].states, i + 1);
            assert_int_equal(curve[i].stability_mean >= cfg.stability, i + 1 == points);
        }
        CHECK_NEAR(curve[0].stability_mean, 1.0 / 6.0, 1e-6, 0.0);
        check_result(p, l, 6);
        rri_partition_free(p);
    }
    free_labelled(l);
}

/* Two labels over six clouds: K = 2 by label is not a mixture of the clouds, more states are. */
static void splitting_reaches_a_threshold_on_overlapping_rows(void **state)
{
    const labelled l = new_labelled(2400, 6, 2, 2.5);
    rr_partition_config cfg = rri_partition_config_default();

    (void)state;
    cfg.stability = 0.85;
    cfg.max_states = 40;
    rri_partition *p = search(&cfg, l, 2);
    assert_true(last_point(p).stability_mean >= 0.85);
    check_result(p, l, 2);
    rri_partition_free(p);
    free_labelled(l);
}

/* More rows than the sample that K grows on: the result is enough on all of them, and the K below
 * it is not; the curve ends with it. */
static void the_last_k_of_many_rows_is_judged_on_all(void **state)
{
    static const double wanted[] = { 0.55, 0.7, 0.85, 0.95 };
    const labelled l = new_labelled(40000, 9, 5, 2.0);

    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        rr_partition_config cfg = rri_partition_config_default();
        size_t points = 0;
        cfg.stability = wanted[i];
        cfg.max_states = 30;
        rri_partition *p = search(&cfg, l, 5);
        const rr_curve_point *curve = rri_partition_curve(p, &points);
        check_result(p, l, 5);
        for (size_t k = 0; k < points; k++)
            assert_int_equal(curve[k].states, k + 1);
        if (points < 30)
            assert_true(curve[points - 1].stability_mean >= wanted[i]);
        if (points > 1 && points < 30)
            assert_true(curve[points - 2].stability_mean < wanted[i]);
        rri_partition_free(p);
    }
    free_labelled(l);
}

static void the_gain_is_what_states_add_over_one_of_them(void **state)
{
    static const size_t count[3][3] = { { 8, 1, 0 }, { 0, 3, 1 }, { 0, 0, 0 } };
    static const size_t alone[2][3] = { { 0, 4, 0 }, { 0, 2, 0 } };
    rri_gain x;

    (void)state;
    assert_int_equal(rri_gain_of(&count[0][0], 3, 3, &x, NULL), RR_OK);
    CHECK_NEAR(x.agreement, 11.0 / 13.0, 1e-15, 0.0);
    CHECK_NEAR(x.usual, 8.0 / 13.0, 1e-15, 0.0);
    CHECK_NEAR(x.gain, 3.0 / 5.0, 1e-15, 0.0);
    assert_int_equal(x.predicted, 3);
    assert_int_equal(rri_gain_of(&alone[0][0], 2, 3, &x, NULL), RR_OK);
    assert_true(x.gain == 1.0 && x.usual == 1.0);
    assert_int_equal(x.predicted, 1);
}

static void the_states_allowed_go_by_classes_and_data(void **state)
{
    rr_partition_config cfg = rri_partition_config_default();

    (void)state;
    assert_int_equal(rri_choice_most(&cfg, 2, 40), 10);
    assert_int_equal(rri_choice_most(&cfg, 12, 40), 24);
    assert_int_equal(rri_choice_most(&cfg, 9, 270), 67);
    assert_int_equal(rri_choice_most(&cfg, 10, 60000), 100);
    assert_int_equal(rri_choice_most(&cfg, 1000, 60000), 100);
    cfg.max_states = 100;
    assert_int_equal(rri_choice_least(&cfg, 1, 1000), 1);
    assert_int_equal(rri_choice_least(&cfg, 2, 1000), 30);
    assert_int_equal(rri_choice_least(&cfg, 17, 1000), 33);
    assert_int_equal(rri_choice_least(&cfg, 17, 800), 26);
    assert_int_equal(rri_choice_least(&cfg, 17, 5000), 34);
    assert_int_equal(rri_choice_least(&cfg, 2, 20), 1);
    cfg.max_states = 7; /* given */
    assert_int_equal(rri_choice_most(&cfg, 9, 270), 7);
    assert_int_equal(rri_choice_least(&cfg, 17, 5000), 7);
    cfg.stability = 0.72;
    assert_int_equal(rri_choice_least(&cfg, 2, 1000), 1);
    cfg.max_states = 0;
    assert_int_equal(rri_choice_most(&cfg, 9, 270), 100);
}

/* A class in nine clouds of ten: one state of all is stable at once, and tells nothing. */
static void the_automatic_choice_is_not_content_with_the_common_class(void **state)
{
    labelled l = new_labelled(4000, 10, 10, 1.5);

    (void)state;
    for (size_t i = 0; i < l.z.n; i++)
        l.y[i] = l.y[i] == 9;
    for (int kind = RR_SEARCH_SPLIT; kind <= RR_SEARCH_RESTART; kind++) {
        rr_partition_config cfg = rri_partition_config_default();
        size_t rare = 0;
        cfg.search = (rr_search)kind;
        cfg.stability = 0.72;
        rri_partition *p = search(&cfg, l, 2);
        assert_int_equal(last_point(p).states, 1);
        rri_partition_free(p);
        cfg.stability = RR_STABILITY_AUTO;
        p = search(&cfg, l, 2);
        check_result(p, l, 2);
        const size_t K = last_point(p).states;
        assert_in_range(K, 30, 60);
        for (size_t k = 0; k < K; k++)
            rare += rri_partition_confidence(p)[2 * k + 1] > 0.5F;
        assert_true(rare > 0);
        rri_partition_free(p);
    }
    free_labelled(l);
}

/* Also where there are more rows than K grows on: the result has the gain on all of them. */
static void the_automatic_choice_reaches_the_gain(void **state)
{
    static const size_t many[] = { 3000, 40000 };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const labelled l = new_labelled(many[i], 14, 7, 2.0);
        rr_partition_config cfg = rri_partition_config_default();
        rri_partition *p = search(&cfg, l, 7);
        const size_t K = last_point(p).states;
        size_t *count = NULL;
        rri_gain x;
        check_result(p, l, 7);
        assert_int_equal(rri_alloc(&count, K, 7, sizeof *count, NULL), RR_OK);
        for (size_t r = 0; r < l.z.n; r++)
            count[(size_t)(rri_partition_states(p)[r] - 1) * 7 + l.y[r]]++;
        assert_int_equal(rri_gain_of(count, K, 7, &x, NULL), RR_OK);
        assert_true(K >= 30);
        assert_true(x.gain >= RRI_CHOICE_AIM || K == 100);
        rri_free(count);
        rri_partition_free(p);
        free_labelled(l);
    }
}

static void a_fixed_k_is_one_fit(void **state)
{
    const labelled l = new_labelled(700, 4, 3, 1.0);
    rr_partition_config cfg = rri_partition_config_default();
    size_t points = 0;

    (void)state;
    cfg.states = 5;
    cfg.max_states = 2; /* counts only when growing */
    rri_partition *p = search(&cfg, l, 3);
    (void)rri_partition_curve(p, &points);
    assert_int_equal(points, 1);
    check_result(p, l, 3);
    rri_partition_free(p);
    free_labelled(l);
}

static void growing_ends_at_max_states_and_stays_there(void **state)
{
    const labelled l = new_labelled(500, 2, 2, 9.0);
    rr_partition_config cfg = rri_partition_config_default();
    rr_error err = { 0 };
    size_t points = 0;
    int done = 0;

    (void)state;
    cfg.stability = 1.0;
    cfg.max_states = 7;
    rri_partition *p = search(&cfg, l, 2);
    CHECK_OK(rri_partition_step(p, &done, &err), err);
    assert_int_equal(done, 1);
    (void)rri_partition_curve(p, &points);
    assert_int_equal(points, 7);
    check_result(p, l, 2);
    rri_partition_free(p);
    free_labelled(l);
}

/* Equal points with different labels cannot be separated by any K. */
static void growing_ends_where_no_state_can_be_split(void **state)
{
    const float rows[6] = { 1.0f, 1.0f, 1.0f, 7.0f, 7.0f, 7.0f };
    const uint16_t y[6] = { 0, 1, 0, 1, 0, 1 };
    const rri_rows z = { .data = rows, .n = 6, .d = 1, .stride = 1 };
    rr_partition_config cfg = rri_partition_config_default();
    rri_partition *p = NULL;
    rr_error err = { 0 };
    int done = 0;

    (void)state;
    cfg.stability = 1.0;
    CHECK_OK(rri_partition_new(&cfg, z, y, 2, &p, &err), err);
    for (size_t i = 0; i < 6 && !done; i++)
        CHECK_OK(rri_partition_step(p, &done, &err), err);
    assert_int_equal(done, 1);
    assert_int_equal(last_point(p).states, 2);
    CHECK_NEAR(last_point(p).stability_mean, 2.0 / 3.0, 1e-6, 0.0);
    rri_partition_free(p);
}

/* Long along the first column, but the labels differ along the second. */
static void a_state_is_split_at_the_centroids_of_its_labels(void **state)
{
    const float rows[5][2] = {
        { 0.0f, 0.0f }, { 10.0f, 0.0f }, { 5.0f, 3.0f }, { 0.0f, 0.5f }, { 10.0f, 0.5f }
    };
    const uint16_t y[5] = { 1, 1, 1, 0, 2 };
    const uint16_t q[5] = { 1, 1, 1, 1, 1 };
    const size_t count[3] = { 1, 3, 1 };
    const rri_labelled labelled_rows = { .z = { .data = &rows[0][0], .n = 5, .d = 2, .stride = 2 },
                                         .y = y,
                                         .q = q,
                                         .count = count,
                                         .classes = 3 };
    const double weight = 1.0;
    const double mean[2] = { 4.0, 1.0 }; /* not the centroid: EM has not ended */
    const double variance[2] = { 20.0, 2.0 };
    rri_gmm *g = NULL;
    rri_gmm *s = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rri_gmm_restore(1, 2, &weight, mean, variance, &g, &err), err);
    CHECK_OK(rri_split(g, &labelled_rows, 0, &s, &err), err);
    assert_int_equal(rri_gmm_components(s), 2);
    CHECK_NEAR(rri_gmm_weight(s)[0], 0.6, 1e-12, 0.0);
    CHECK_NEAR(rri_gmm_weight(s)[1], 0.4, 1e-12, 0.0);
    for (size_t k = 0; k < 2; k++) {
        CHECK_NEAR(rri_gmm_mean(s)[2 * k], 5.0, 1e-6, 0.0);
        CHECK_NEAR(rri_gmm_mean(s)[2 * k + 1], k == 0 ? 1.0 : 0.5, 1e-6, 0.0);
        CHECK_NEAR(rri_gmm_variance(s)[2 * k], 20.0, 0.0, 0.0);
        CHECK_NEAR(rri_gmm_variance(s)[2 * k + 1], 2.0, 0.0, 0.0);
    }
    rri_gmm_free(g);
    rri_gmm_free(s);
}

/* The only state that can be split is of one label: the others are single points. */
static void a_state_of_one_label_is_split_by_its_longest_side(void **state)
{
    const float rows[6] = { 1.0f, 1.0f, 40.0f, 41.0f, 60.0f, 61.0f };
    const uint16_t y[6] = { 0, 1, 0, 0, 0, 0 };
    const rri_rows z = { .data = rows, .n = 6, .d = 1, .stride = 1 };
    rr_partition_config cfg = rri_partition_config_default();
    rr_error err = { 0 };
    rri_partition *p = NULL;
    int done = 0;

    (void)state;
    cfg.stability = 1.0;
    cfg.max_states = 3;
    CHECK_OK(rri_partition_new(&cfg, z, y, 2, &p, &err), err);
    while (!done)
        CHECK_OK(rri_partition_step(p, &done, &err), err);
    const uint16_t *q = rri_partition_states(p);
    assert_int_equal(last_point(p).states, 3);
    assert_true(q[0] == q[1] && q[2] == q[3] && q[4] == q[5]);
    assert_true(q[0] != q[2] && q[2] != q[4] && q[0] != q[4]);
    CHECK_NEAR(last_point(p).stability_mean, (0.5 + 1.0 + 1.0) / 3.0, 1e-6, 0.0);
    rri_partition_free(p);
}

static void a_state_without_rows_has_the_fractions_of_all(void **state)
{
    const float rows[4] = { 2.0f, 2.0f, 2.0f, 2.0f };
    const uint16_t y[4] = { 0, 1, 1, 1 };
    const rri_rows z = { .data = rows, .n = 4, .d = 1, .stride = 1 };
    rr_partition_config cfg = rri_partition_config_default();
    rri_partition *p = NULL;
    rr_error err = { 0 };
    int done = 0;

    (void)state;
    cfg.states = 3;
    CHECK_OK(rri_partition_new(&cfg, z, y, 2, &p, &err), err);
    CHECK_OK(rri_partition_step(p, &done, &err), err);
    for (size_t k = 0; k < 3; k++) {
        CHECK_NEAR(rri_partition_confidence(p)[2 * k], 0.25, 1e-7, 0.0);
        CHECK_NEAR(rri_partition_confidence(p)[2 * k + 1], 0.75, 1e-7, 0.0);
    }
    CHECK_NEAR(last_point(p).stability_mean, 0.75, 1e-7, 0.0);
    rri_partition_free(p);
}

static void the_bits_do_not_depend_on_the_threads(void **state)
{
    const labelled l = new_labelled(40000, 5, 4, 3.0);
    rri_partition *p[3] = { NULL };

    (void)state;
    for (size_t t = 0; t < 3; t++) {
        rr_partition_config cfg = rri_partition_config_default();
        cfg.stability = 1.0;
        cfg.max_states = 6;
        cfg.gmm.threads = t + 1;
        p[t] = search(&cfg, l, 4);
        assert_memory_equal(rri_partition_states(p[t]), rri_partition_states(p[0]),
                            l.z.n * sizeof(uint16_t));
        assert_memory_equal(rri_gmm_mean(rri_partition_gmm(p[t])),
                            rri_gmm_mean(rri_partition_gmm(p[0])), 6 * 3 * sizeof(double));
        assert_true(last_point(p[t]).log_likelihood == last_point(p[0]).log_likelihood);
    }
    for (size_t t = 0; t < 3; t++)
        rri_partition_free(p[t]);
    free_labelled(l);
}

static void wrong_input_is_named(void **state)
{
    labelled l = new_labelled(20, 2, 2, 1.0);
    const rr_partition_config good = rri_partition_config_default();
    rr_partition_config cfg = good;
    rri_partition *p = NULL;
    rr_error err = { 0 };

    (void)state;
    cfg.max_states = 65536;
    CHECK_FAILS(rri_partition_new(&cfg, l.z, l.y, 2, &p, &err), RR_ERR_ARG, err, "65536 states");
    cfg = good;
    cfg.states = 65535;
    CHECK_FAILS(rri_partition_new(&cfg, l.z, l.y, 2, &p, &err), RR_ERR_ARG, err, "65535 states");
    cfg.states = 21;
    CHECK_FAILS(rri_partition_new(&cfg, l.z, l.y, 2, &p, &err), RR_ERR_SHAPE, err,
                "20 rows are too few for 21");
    cfg = good;
    cfg.stability = -0.5;
    CHECK_FAILS(rri_partition_new(&cfg, l.z, l.y, 2, &p, &err), RR_ERR_ARG, err, "-0.5");
    cfg.stability = 1.5;
    CHECK_FAILS(rri_partition_new(&cfg, l.z, l.y, 2, &p, &err), RR_ERR_ARG, err, "1.5");
    cfg = good;
    cfg.gmm.max_iter = 0;
    CHECK_FAILS(rri_partition_new(&cfg, l.z, l.y, 2, &p, &err), RR_ERR_ARG, err, "EM steps");
    cfg = good;
    l.y[13] = 2;
    CHECK_FAILS(rri_partition_new(&cfg, l.z, l.y, 2, &p, &err), RR_ERR_ARG, err,
                "row 13 has prediction 2");
    assert_int_equal(err.where, 13);
    CHECK_FAILS(rri_partition_new(&cfg, l.z, l.y, 0, &p, &err), RR_ERR_ARG, err, "0 classes");
    l.z.n = 0;
    CHECK_FAILS(rri_partition_new(&cfg, l.z, l.y, 2, &p, &err), RR_ERR_SHAPE, err, "0 rows");
    assert_null(p);
    free_labelled(l);
}

/* Each allocation of the whole search fails once; the step is then repeated and must succeed. */
static void a_failed_step_can_be_repeated(void **state)
{
    const labelled l = new_labelled(80, 3, 3, 1.0);
    rr_partition_config cfg = rri_partition_config_default();
    bool failed = true;
    long n = 0;

    (void)state;
    cfg.stability = 0.9;
    cfg.gmm.threads = 1;
    for (; failed && n < 500; n++) {
        rri_partition *p = NULL;
        int done = 0;
        failed = false;
        rri_alloc_fail_at = n;
        rr_status st = rri_partition_new(&cfg, l.z, l.y, 3, &p, NULL);
        assert_int_equal(st == RR_OK, p != NULL);
        if (st != RR_OK) {
            assert_int_equal(st, RR_ERR_NOMEM);
            failed = true;
            continue;
        }
        while (!done) {
            st = rri_partition_step(p, &done, NULL);
            if (st == RR_OK)
                continue;
            assert_int_equal(st, RR_ERR_NOMEM);
            assert_false(failed);
            failed = true;
        }
        assert_int_equal(last_point(p).states, 3);
        rri_partition_free(p);
    }
    rri_alloc_fail_at = -1;
    assert_false(failed);
    assert_in_range(n, 100, 499);
    free_labelled(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growing_stops_at_the_first_k_that_is_stable_enough),
        cmocka_unit_test(splitting_reaches_a_threshold_on_overlapping_rows),
        cmocka_unit_test(the_last_k_of_many_rows_is_judged_on_all),
        cmocka_unit_test(the_gain_is_what_states_add_over_one_of_them),
        cmocka_unit_test(the_states_allowed_go_by_classes_and_data),
        cmocka_unit_test(the_automatic_choice_is_not_content_with_the_common_class),
        cmocka_unit_test(the_automatic_choice_reaches_the_gain),
        cmocka_unit_test(a_fixed_k_is_one_fit),
        cmocka_unit_test(growing_ends_at_max_states_and_stays_there),
        cmocka_unit_test(growing_ends_where_no_state_can_be_split),
        cmocka_unit_test(a_state_is_split_at_the_centroids_of_its_labels),
        cmocka_unit_test(a_state_of_one_label_is_split_by_its_longest_side),
        cmocka_unit_test(a_state_without_rows_has_the_fractions_of_all),
        cmocka_unit_test(the_bits_do_not_depend_on_the_threads),
        cmocka_unit_test(wrong_input_is_named),
        cmocka_unit_test(a_failed_step_can_be_repeated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
