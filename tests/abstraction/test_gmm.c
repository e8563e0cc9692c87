/* SPDX-License-Identifier: MIT */
/* test_gmm.c - the mixture: against scikit-learn, against closed forms, at its edges. */
#include "abstraction/gmm.h"
#include "fixture.h"

#include "arrays/reference.h"

static const double two_pi = 6.28318530717958647693;

/* ---- against scikit-learn ------------------------------------------------------------------- */

static rri_rows reference_rows(float shift)
{
    float *x = new_floats(REF_N * REF_D);
    for (size_t i = 0; i < REF_N * REF_D; i++)
        x[i] = (float)ref_rows[i / REF_D][i % REF_D] / (float)REF_SCALE + shift;
    return (rri_rows){ .data = x, .n = REF_N, .d = REF_D, .stride = REF_D };
}

/* As the search for K fits one K. */
static rr_status fit(const rr_gmm_config *cfg, rri_rows x, rri_gmm **out, rr_error *err)
{
    rri_sample sample;
    rr_status st = rri_gmm_sample(cfg, x, &sample, err);

    if (st == RR_OK)
        st = rri_gmm_fit_from(cfg, x, sample.rows, out, err);
    rri_sample_release(&sample);
    return st;
}

static void same_as_scikit_learn(float shift)
{
    rr_gmm_config cfg = rri_gmm_config_default();
    rr_error err = { 0 };
    rri_gmm *g = NULL;
    const rri_rows x = reference_rows(shift);
    double weight[REF_K];
    double mean[REF_K * REF_D];
    double variance[REF_K * REF_D];
    uint16_t q[REF_N];
    float likely[REF_N];
    double score = 0.0;
    double mean_likely = 0.0;

    for (size_t j = 0; j < REF_K * REF_D; j++) {
        mean[j] = ref_start_mean[j / REF_D][j % REF_D] + (double)shift;
        variance[j] = 1.0;
        weight[j / REF_D] = 1.0 / REF_K;
    }
    CHECK_OK(rri_gmm_restore(REF_K, REF_D, weight, mean, variance, &g, &err), err);
    cfg.max_iter = REF_STEPS;
    cfg.tol = -1.0;
    cfg.floor = ref_floor;
    CHECK_OK(rri_gmm_refine(&cfg, x, g, &err), err);
    const double *trace = g->trace;
    const size_t steps = g->steps;
    assert_int_equal(steps, REF_STEPS);
    CHECK_NEAR(trace[steps - 1], ref_last_score, 1e-6, 0.0);
    CHECK_OK(rri_gmm_pass(g, x, 2, NULL, &score, NULL, &err), err);
    CHECK_NEAR(score, ref_score, 1e-6, 0.0);
    for (size_t j = 0; j < REF_K; j++)
        CHECK_NEAR(rri_gmm_weight(g)[j], ref_weight[j], 1e-4, 0.0);
    for (size_t j = 0; j < REF_K * REF_D; j++) {
        CHECK_NEAR(rri_gmm_mean(g)[j] - (double)shift, ref_mean[j / REF_D][j % REF_D], 1e-4, 0.0);
        CHECK_NEAR(rri_gmm_variance(g)[j], ref_variance[j / REF_D][j % REF_D], 1e-4, 0.0);
    }
    CHECK_OK(rri_gmm_assign(g, x, 2, q, likely, &err), err);
    for (size_t i = 0; i < REF_N; i++) {
        assert_int_equal(q[i], ref_label[i / 25][i % 25] + 1);
        mean_likely += (double)likely[i] / REF_N;
    }
    CHECK_NEAR(mean_likely, ref_score, 1e-5, 0.0);
    rri_gmm_free(g);
    free_rows(x);
}

static void em_takes_the_steps_of_scikit_learn(void **state)
{
    (void)state;
    same_as_scikit_learn(0.0f);
}

/* The same rows about 200 standard deviations away: a mixture that squared its rows would lose
 * the variances here. */
static void em_loses_nothing_far_from_the_origin(void **state)
{
    (void)state;
    same_as_scikit_learn(256.0f);
}

/* ---- closed forms --------------------------------------------------------------------------- */

static void one_component_is_the_mean_and_the_variance(void **state)
{
    const float rows[4] = { 1.0f, 2.0f, 4.0f, 9.0f };
    const rri_rows x = { .data = rows, .n = 4, .d = 1, .stride = 1 };
    rr_gmm_config cfg = rri_gmm_config_default();
    rr_error err = { 0 };
    rri_gmm *g = NULL;
    double score = 0.0;

    (void)state;
    cfg.components = 1;
    cfg.tol = 1e-9;
    CHECK_OK(fit(&cfg, x, &g, &err), err);
    CHECK_NEAR(rri_gmm_weight(g)[0], 1.0, 1e-12, 0.0);
    CHECK_NEAR(rri_gmm_mean(g)[0], 4.0, 1e-6, 0.0);
    CHECK_NEAR(rri_gmm_variance(g)[0], 9.5 + cfg.floor, 1e-5, 0.0);
    CHECK_OK(rri_gmm_pass(g, x, 1, NULL, &score, NULL, &err), err);
    CHECK_NEAR(score, -0.5 * (1.0 + log(two_pi * 9.5)), 1e-6, 0.0);
    rri_gmm_free(g);
}

/* Components that coincide: any division of the mass is one normal density with the floor as its
 * variance. */
static void identical_rows_have_a_closed_form(void **state)
{
    rr_gmm_config cfg = rri_gmm_config_default();
    rr_error err = { 0 };
    float rows[8][2];
    const rri_rows x = { .data = &rows[0][0], .n = 8, .d = 2, .stride = 2 };
    rri_gmm *g = NULL;
    double score = 0.0;

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        rows[i][0] = 3.0f;
        rows[i][1] = -1.0f;
    }
    for (size_t k = 1; k <= 8; k++) {
        cfg.components = k;
        cfg.floor = 1e-4;
        CHECK_OK(fit(&cfg, x, &g, &err), err);
        CHECK_OK(rri_gmm_pass(g, x, 1, NULL, &score, NULL, &err), err);
        CHECK_NEAR(score, -log(two_pi * cfg.floor), 1e-5, 0.0);
        for (size_t j = 0; j < k; j++) {
            CHECK_NEAR(rri_gmm_mean(g)[2 * j], 3.0, 1e-6, 0.0);
            CHECK_NEAR(rri_gmm_mean(g)[2 * j + 1], -1.0, 1e-6, 0.0);
            CHECK_NEAR(rri_gmm_variance(g)[2 * j], cfg.floor, 1e-9, 0.0);
        }
        rri_gmm_free(g);
    }
}

/* Mean and variance of the first column of the rows of one cloud. */
static void measure_cloud(rri_rows x, size_t cloud, size_t clouds, double *mean, double *variance)
{
    const double n = (double)(x.n / clouds);
    *mean = 0.0;
    *variance = 0.0;
    for (size_t i = cloud; i < x.n; i += clouds)
        *mean += (double)x.data[i * x.stride] / n;
    for (size_t i = cloud; i < x.n; i += clouds)
        *variance += pow((double)x.data[i * x.stride] - *mean, 2.0) / n;
}

static void planted_clouds_are_found(void **state)
{
    enum { CLOUDS = 6 };
    rr_gmm_config cfg = rri_gmm_config_default();
    rr_error err = { 0 };
    const rri_rows x = new_clouds(3000, 3, CLOUDS, 0.5, 11);
    rri_gmm *g = NULL;
    uint16_t *q = NULL;
    bool seen[CLOUDS + 1] = { false };
    double mean = 0.0;
    double variance = 0.0;

    (void)state;
    cfg.components = CLOUDS;
    CHECK_OK(fit(&cfg, x, &g, &err), err);
    assert_int_equal(rri_alloc(&q, x.n, 1, sizeof *q, NULL), RR_OK);
    CHECK_OK(rri_gmm_assign(g, x, 2, q, NULL, &err), err);
    for (size_t i = 0; i < CLOUDS; i++) {
        assert_false(seen[q[i]]);
        seen[q[i]] = true;
        const size_t k = (size_t)q[i] - 1;
        CHECK_NEAR(rri_gmm_weight(g)[k], 1.0 / CLOUDS, 1e-3, 0.0);
        measure_cloud(x, i, CLOUDS, &mean, &variance);
        CHECK_NEAR(rri_gmm_mean(g)[3 * k], mean, 1e-4, 0.0);
        CHECK_NEAR(rri_gmm_variance(g)[3 * k], variance + cfg.floor, 1e-4, 0.0);
    }
    for (size_t i = CLOUDS; i < x.n; i++)
        assert_int_equal(q[i], q[i % CLOUDS]);
    rri_free(q);
    rri_gmm_free(g);
    free_rows(x);
}

/* ---- properties ----------------------------------------------------------------------------- */

static void em_never_lowers_the_likelihood(void **state)
{
    rr_gmm_config cfg = rri_gmm_config_default();
    rr_error err = { 0 };
    const rri_rows x = new_clouds(5000, 4, 5, 3.0, 3);
    rri_gmm *g = NULL;
    double score = 0.0;

    (void)state;
    cfg.components = 9;
    cfg.max_iter = 60;
    cfg.tol = -1.0;
    CHECK_OK(fit(&cfg, x, &g, &err), err);
    const double *trace = g->trace;
    const size_t steps = g->steps;
    assert_int_equal(steps, 60);
    for (size_t i = 1; i < steps; i++)
        if (trace[i] < trace[i - 1] - 1e-7)
            fail_msg("step %zu: %.9g after %.9g", i, trace[i], trace[i - 1]);
    CHECK_OK(rri_gmm_pass(g, x, 2, NULL, &score, NULL, &err), err);
    assert_true(score >= trace[steps - 1] - 1e-7);
    rri_gmm_free(g);
    free_rows(x);
}

static void a_fit_stops_when_the_gain_is_below_the_tolerance(void **state)
{
    rr_gmm_config cfg = rri_gmm_config_default();
    rr_error err = { 0 };
    const rri_rows x = new_clouds(2000, 2, 3, 3.0, 5);
    rri_gmm *g = NULL;

    (void)state;
    cfg.components = 3;
    CHECK_OK(fit(&cfg, x, &g, &err), err);
    const double *trace = g->trace;
    const size_t steps = g->steps;
    assert_in_range(steps, 2, cfg.max_iter - 1);
    assert_true(trace[steps - 1] - trace[steps - 2] < cfg.tol);
    assert_true(steps == 2 || trace[steps - 2] - trace[steps - 3] >= cfg.tol);
    rri_gmm_free(g);
    free_rows(x);
}

/* More rows than the sample, so that both stages run. */
static void the_bits_do_not_depend_on_the_threads(void **state)
{
    const rri_rows x = new_clouds(40000, 3, 7, 2.0, 9);
    rri_gmm *g[3] = { NULL };
    double score[3];
    rr_error err = { 0 };

    (void)state;
    for (size_t t = 0; t < 3; t++) {
        rr_gmm_config cfg = rri_gmm_config_default();
        cfg.components = 17;
        cfg.max_iter = 5;
        cfg.threads = t + 1;
        CHECK_OK(fit(&cfg, x, &g[t], &err), err);
        CHECK_OK(rri_gmm_pass(g[t], x, t + 1, NULL, &score[t], NULL, &err), err);
        assert_memory_equal(rri_gmm_weight(g[t]), rri_gmm_weight(g[0]), 17 * sizeof(double));
        assert_memory_equal(rri_gmm_mean(g[t]), rri_gmm_mean(g[0]), 17 * 3 * sizeof(double));
        assert_memory_equal(rri_gmm_variance(g[t]), rri_gmm_variance(g[0]),
                            17 * 3 * sizeof(double));
        assert_memory_equal(&score[t], &score[0], sizeof(double));
    }
    for (size_t t = 0; t < 3; t++)
        rri_gmm_free(g[t]);
    free_rows(x);
}

static void another_seed_gives_another_start(void **state)
{
    const rri_rows x = new_clouds(500, 2, 1, 1.0, 2);
    rr_gmm_config cfg = rri_gmm_config_default();
    rri_gmm *a = NULL;
    rri_gmm *b = NULL;
    rr_error err = { 0 };

    (void)state;
    cfg.max_iter = 1;
    CHECK_OK(fit(&cfg, x, &a, &err), err);
    cfg.seed = 2;
    CHECK_OK(fit(&cfg, x, &b, &err), err);
    assert_memory_not_equal(rri_gmm_mean(a), rri_gmm_mean(b), 16 * 2 * sizeof(double));
    rri_gmm_free(a);
    rri_gmm_free(b);
    free_rows(x);
}

static void columns_beyond_the_width_are_not_read(void **state)
{
    rr_gmm_config cfg = rri_gmm_config_default();
    const rri_rows dense = new_clouds(300, 2, 3, 1.0, 4);
    float *wide = new_floats(300 * 5);
    rri_rows x = { .data = wide, .n = 300, .d = 2, .stride = 5 };
    rri_gmm *a = NULL;
    rri_gmm *b = NULL;
    rr_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < 300 * 5; i++)
        wide[i] = i % 5 < 2 ? dense.data[i / 5 * 2 + i % 5] : NAN;
    cfg.components = 3;
    CHECK_OK(fit(&cfg, dense, &a, &err), err);
    CHECK_OK(fit(&cfg, x, &b, &err), err);
    assert_memory_equal(rri_gmm_mean(a), rri_gmm_mean(b), 6 * sizeof(double));
    rri_gmm_free(a);
    rri_gmm_free(b);
    rri_free(wide);
    free_rows(dense);
}

/* ---- edges ---------------------------------------------------------------------------------- */

static void check_sound(const rri_gmm *g, double floor)
{
    double sum = 0.0;
    for (size_t k = 0; k < rri_gmm_components(g); k++)
        sum += rri_gmm_weight(g)[k];
    CHECK_NEAR(sum, 1.0, 1e-9, 0.0);
    for (size_t j = 0; j < rri_gmm_components(g) * rri_gmm_width(g); j++) {
        assert_true(isfinite(rri_gmm_mean(g)[j]));
        assert_true(isfinite(rri_gmm_variance(g)[j]) && rri_gmm_variance(g)[j] >= floor);
    }
}

static void as_many_components_as_rows_is_possible(void **state)
{
    rr_gmm_config cfg = rri_gmm_config_default();
    rr_error err = { 0 };
    rri_gmm *g = NULL;

    (void)state;
    for (size_t n = 1; n <= 40; n += 13) {
        const rri_rows x = new_clouds(n, 2, 4, 1.0, n);
        cfg.components = n;
        CHECK_OK(fit(&cfg, x, &g, &err), err);
        check_sound(g, cfg.floor);
        rri_gmm_free(g);
        free_rows(x);
    }
}

static void a_dimension_that_never_changes_gets_the_floor(void **state)
{
    rr_gmm_config cfg = rri_gmm_config_default();
    rr_error err = { 0 };
    const rri_rows dense = new_clouds(400, 2, 2, 1.0, 6);
    float *x = new_floats(400 * 2);
    rri_gmm *g = NULL;

    (void)state;
    for (size_t i = 0; i < 800; i++)
        x[i] = i % 2 == 0 ? dense.data[i] : 5.0f;
    cfg.components = 4;
    CHECK_OK(fit(&cfg, (rri_rows){ .data = x, .n = 400, .d = 2, .stride = 2 }, &g, &err), err);
    check_sound(g, cfg.floor);
    for (size_t k = 0; k < 4; k++) {
        CHECK_NEAR(rri_gmm_variance(g)[2 * k + 1], cfg.floor, 1e-9, 0.0);
        CHECK_NEAR(rri_gmm_mean(g)[2 * k + 1], 5.0, 1e-6, 0.0);
    }
    rri_gmm_free(g);
    rri_free(x);
    free_rows(dense);
}

/* The third component starts far from all rows; it must end with the rows it was moved to, a group
 * without an initial component. The group lies in the last of several shards. */
static void an_empty_component_is_moved_to_the_worst_rows(void **state)
{
    enum { EACH = 3000 };
    rr_gmm_config cfg = rri_gmm_config_default();
    rr_error err = { 0 };
    const rri_rows one = new_clouds(EACH, 1, 1, 0.3, 8);
    float *rows = new_floats(3 * EACH);
    const rri_rows x = { .data = rows, .n = 3 * EACH, .d = 1, .stride = 1 };
    const double weight[3] = { 0.4, 0.4, 0.2 };
    const double mean[3] = { 0.0, 10.0, 1e6 };
    const double variance[3] = { 1.0, 1.0, 1e-3 };
    rri_gmm *g = NULL;

    (void)state;
    for (size_t i = 0; i < 3 * EACH; i++)
        rows[i] = one.data[i % EACH] + 10.0f * (float)(i / EACH);
    cfg.tol = 1e-6;
    CHECK_OK(rri_gmm_restore(3, 1, weight, mean, variance, &g, &err), err);
    CHECK_OK(rri_gmm_refine(&cfg, x, g, &err), err);
    check_sound(g, cfg.floor);
    for (size_t k = 0; k < 3; k++) {
        CHECK_NEAR(rri_gmm_weight(g)[k], 1.0 / 3.0, 1e-3, 0.0);
        CHECK_NEAR(rri_gmm_mean(g)[k], 10.0 * (double)k, 0.1, 0.0);
    }
    rri_gmm_free(g);
    rri_free(rows);
    free_rows(one);
}

/* A component narrow in five dimensions puts the other's constant 115 below: one rounding of that
 * is up to 4e-6, the same for every row, and must not show in the mean. */
static void rounding_of_the_constants_does_not_show_in_the_score(void **state)
{
    enum { N = 4000, D = 5 };
    const rri_rows x = new_clouds(N, D, 1, 1.0, 12);
    const double weight[2] = { 0.3, 0.7 };
    double mean[2 * D] = { 0.0 };
    double variance[2 * D];
    rr_error err = { 0 };
    rri_gmm *g = NULL;
    double score = 0.0;
    double want = 0.0;

    (void)state;
    for (size_t j = 0; j < 2 * D; j++) {
        variance[j] = j < D ? 1.0 : 1e-20;
        mean[j] = j < D ? 0.0 : 9.0; /* far from every row: the first component holds them all */
    }
    CHECK_OK(rri_gmm_restore(2, D, weight, mean, variance, &g, &err), err);
    CHECK_OK(rri_gmm_pass(g, x, 2, NULL, &score, NULL, &err), err);
    for (size_t i = 0; i < N * D; i++)
        want -= 0.5 * (double)x.data[i] * (double)x.data[i] / N;
    want += log(0.3) - 0.5 * D * log(two_pi);
    CHECK_NEAR(score, want, 4e-7, 0.0);
    rri_gmm_free(g);
    free_rows(x);
}

static void a_far_outlier_leaves_everything_finite(void **state)
{
    rr_gmm_config cfg = rri_gmm_config_default();
    rr_error err = { 0 };
    const rri_rows x = new_clouds(500, 2, 2, 0.5, 10);
    float *rows = new_floats(500 * 2);
    const rri_rows y = { .data = rows, .n = 500, .d = 2, .stride = 2 };
    rri_gmm *g = NULL;
    double score = 0.0;

    (void)state;
    CHECK_OK(fit(&cfg, x, &g, &err), err);
    memcpy(rows, x.data, 1000 * sizeof *rows);
    rows[998] = 1e8f;
    CHECK_OK(rri_gmm_pass(g, y, 1, NULL, &score, NULL, &err), err);
    assert_true(isfinite(score) && score < -1e6);
    CHECK_OK(rri_gmm_refine(&cfg, y, g, &err), err);
    check_sound(g, cfg.floor);
    rri_gmm_free(g);
    rri_free(rows);
    free_rows(x);
}

static void rows_too_far_apart_are_refused(void **state)
{
    const float rows[4] = { -3e38f, 3e38f, 3e38f, 3e38f };
    const rri_rows x = { .data = rows, .n = 2, .d = 1, .stride = 1 };
    const rri_rows same = { .data = rows + 1, .n = 3, .d = 1, .stride = 1 };
    const double one = 1.0;
    const double zero = 0.0;
    rr_gmm_config cfg = rri_gmm_config_default();
    rr_error err = { 0 };
    rri_gmm *g = NULL;

    (void)state;
    CHECK_OK(rri_gmm_restore(1, 1, &one, &zero, &one, &g, &err), err);
    CHECK_FAILS(rri_gmm_refine(&cfg, x, g, &err), RR_ERR_NUMERIC, err, "component 1 diverged");
    CHECK_FAILS(rri_gmm_refine(&cfg, same, g, &err), RR_ERR_NUMERIC, err, "component 1 diverged");
    CHECK_NEAR(rri_gmm_mean(g)[0], 0.0, 0.0, 0.0);
    CHECK_NEAR(rri_gmm_variance(g)[0], 1.0, 0.0, 0.0);
    rri_gmm_free(g);
}

/* ---- wrong input ---------------------------------------------------------------------------- */

static void a_wrong_configuration_is_named(void **state)
{
    const double one = 1.0;
    rr_gmm_config cfg = rri_gmm_config_default();
    rr_error err = { 0 };
    rri_gmm *g = NULL;

    (void)state;
    CHECK_FAILS(rri_gmm_restore(65535, 1, &one, &one, &one, &g, &err), RR_ERR_ARG, err,
                "65535 components");
    cfg.max_iter = 0;
    CHECK_FAILS(rri_gmm_check_config(&cfg, &err), RR_ERR_ARG, err, "0 EM steps");
    cfg.max_iter = 1;
    cfg.tol = (double)NAN;
    CHECK_FAILS(rri_gmm_check_config(&cfg, &err), RR_ERR_ARG, err, "tolerance");
    cfg.tol = 0.0;
    cfg.floor = 0.0;
    CHECK_FAILS(rri_gmm_check_config(&cfg, &err), RR_ERR_ARG, err, "floor 0");
    assert_int_equal(rri_gmm_check_config(&cfg, NULL), RR_ERR_ARG);
    assert_null(g);
}

static void wrong_rows_are_named(void **state)
{
    float rows[6] = { 0.0f, 1.0f, 2.0f, 3.0f, 4.0f, 5.0f };
    const double weight[2] = { 0.5, 0.5 };
    const double mean[4] = { 1.0, 1.0, 2.0, 2.0 };
    rri_rows x = { .data = rows, .n = 3, .d = 2, .stride = 2 };
    rr_gmm_config cfg = rri_gmm_config_default();
    rr_error err = { 0 };
    rri_gmm *g = NULL;

    (void)state;
    CHECK_OK(rri_gmm_restore(2, 2, weight, mean, mean, &g, &err), err);
    x.stride = 1;
    CHECK_FAILS(rri_gmm_refine(&cfg, x, g, &err), RR_ERR_SHAPE, err, "too close");
    x.stride = 2;
    x.d = 0;
    CHECK_FAILS(rri_gmm_refine(&cfg, x, g, &err), RR_ERR_SHAPE, err, "no columns");
    x.d = 2;
    rows[5] = INFINITY;
    CHECK_FAILS(rri_gmm_refine(&cfg, x, g, &err), RR_ERR_NUMERIC, err, "row 2");
    assert_int_equal(err.where, 2);
    x.data = NULL;
    CHECK_FAILS(rri_gmm_refine(&cfg, x, g, &err), RR_ERR_ARG, err, "no data");
    rri_gmm_free(g);
}

static void wrong_parameters_are_named(void **state)
{
    const double weight[2] = { 0.5, 0.5 };
    const double short_weight[2] = { 0.5, 0.4 };
    const double no_weight[2] = { 1.0, 0.0 };
    const double mean[2] = { 0.0, 1.0 };
    const double bad_mean[2] = { 0.0, (double)NAN };
    const double variance[2] = { 1.0, 1.0 };
    const double bad_variance[2] = { 1.0, 0.0 };
    rr_error err = { 0 };
    rri_gmm *g = NULL;

    (void)state;
    CHECK_FAILS(rri_gmm_restore(0, 1, weight, mean, variance, &g, &err), RR_ERR_ARG, err, "0 comp");
    CHECK_FAILS(rri_gmm_restore(2, 0, weight, mean, variance, &g, &err), RR_ERR_ARG, err,
                "no dimensions");
    CHECK_FAILS(rri_gmm_restore(2, 1, short_weight, mean, variance, &g, &err), RR_ERR_ARG, err,
                "sum to 0.9");
    CHECK_FAILS(rri_gmm_restore(2, 1, no_weight, mean, variance, &g, &err), RR_ERR_ARG, err,
                "weight 1 is 0");
    CHECK_FAILS(rri_gmm_restore(2, 1, weight, bad_mean, variance, &g, &err), RR_ERR_NUMERIC, err,
                "mean 1");
    const double huge_variance[2] = { 1.0, 1e100 }; /* 1/sd would be 0, its logarithm infinite */
    CHECK_FAILS(rri_gmm_restore(2, 1, weight, mean, huge_variance, &g, &err), RR_ERR_ARG, err,
                "1e+100");
    CHECK_FAILS(rri_gmm_restore(2, 1, weight, mean, bad_variance, &g, &err), RR_ERR_ARG, err,
                "variance 1 is 0");
    assert_null(g);
}

static void rows_of_another_width_are_refused(void **state)
{
    const float rows[6] = { 0.0f, 1.0f, 2.0f, 3.0f, 4.0f, 5.0f };
    const rri_rows wide = { .data = rows, .n = 3, .d = 2, .stride = 2 };
    const rri_rows none = { .data = rows, .n = 0, .d = 1, .stride = 1 };
    const rri_rows few = { .data = rows, .n = 1, .d = 1, .stride = 1 };
    const double weight[2] = { 0.5, 0.5 };
    const double mean[2] = { 0.0, 1.0 };
    rr_gmm_config cfg = rri_gmm_config_default();
    rr_error err = { 0 };
    rri_gmm *g = NULL;
    uint16_t q[3] = { 0 };

    (void)state;
    CHECK_OK(rri_gmm_restore(2, 1, weight, mean, weight, &g, &err), err);
    CHECK_FAILS(rri_gmm_assign(g, wide, 1, q, NULL, &err), RR_ERR_SHAPE, err, "2 columns");
    CHECK_FAILS(rri_gmm_refine(&cfg, wide, g, &err), RR_ERR_SHAPE, err, "2 columns");
    CHECK_FAILS(rri_gmm_refine(&cfg, few, g, &err), RR_ERR_SHAPE, err, "too few");
    CHECK_OK(rri_gmm_assign(g, none, 1, q, NULL, &err), err);
    rri_gmm_free(g);
}

static void every_failed_allocation_is_clean(void **state)
{
    const rri_rows x = new_clouds(60, 2, 3, 1.0, 1);
    rr_gmm_config cfg = rri_gmm_config_default();
    uint16_t q[60];
    double score = 0.0;

    (void)state;
    cfg.components = 3;
    cfg.threads = 1;
    for (failing at = { 0 }; next_allocation_fails(&at, 29);) {
        rri_gmm *g = NULL;
        at.st = fit(&cfg, x, &g, NULL);
        assert_int_equal(at.st == RR_OK, g != NULL);
        if (at.st == RR_OK)
            at.st = rri_gmm_refine(&cfg, x, g, NULL);
        if (at.st == RR_OK)
            at.st = rri_gmm_assign(g, x, 1, q, NULL, NULL);
        if (at.st == RR_OK)
            at.st = rri_gmm_pass(g, x, 1, NULL, &score, NULL, NULL);
        rri_gmm_free(g);
    }
    free_rows(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(em_takes_the_steps_of_scikit_learn),
        cmocka_unit_test(em_loses_nothing_far_from_the_origin),
        cmocka_unit_test(one_component_is_the_mean_and_the_variance),
        cmocka_unit_test(identical_rows_have_a_closed_form),
        cmocka_unit_test(planted_clouds_are_found),
        cmocka_unit_test(em_never_lowers_the_likelihood),
        cmocka_unit_test(a_fit_stops_when_the_gain_is_below_the_tolerance),
        cmocka_unit_test(the_bits_do_not_depend_on_the_threads),
        cmocka_unit_test(another_seed_gives_another_start),
        cmocka_unit_test(columns_beyond_the_width_are_not_read),
        cmocka_unit_test(as_many_components_as_rows_is_possible),
        cmocka_unit_test(a_dimension_that_never_changes_gets_the_floor),
        cmocka_unit_test(an_empty_component_is_moved_to_the_worst_rows),
        cmocka_unit_test(rounding_of_the_constants_does_not_show_in_the_score),
        cmocka_unit_test(a_far_outlier_leaves_everything_finite),
        cmocka_unit_test(rows_too_far_apart_are_refused),
        cmocka_unit_test(a_wrong_configuration_is_named),
        cmocka_unit_test(wrong_rows_are_named),
        cmocka_unit_test(wrong_parameters_are_named),
        cmocka_unit_test(rows_of_another_width_are_refused),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
