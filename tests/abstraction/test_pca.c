/* SPDX-License-Identifier: MIT */
/* test_pca.c - covariance and principal components: against NumPy, by closed forms, at the edges.
 */
#include "abstraction/abstraction_internal.h"
#include "fixture.h"

#include "arrays/reference.h"

static rri_rows reference_rows(float shift)
{
    float *x = new_floats(REF_N * REF_D);
    for (size_t i = 0; i < REF_N * REF_D; i++)
        x[i] = (float)ref_rows[i / REF_D][i % REF_D] / (float)REF_SCALE + shift;
    return (rri_rows){ .data = x, .n = REF_N, .d = REF_D, .stride = REF_D };
}

/* Rows taken in by portions of the given size. */
static rri_pca *fit(rri_rows x, size_t portion, size_t components, size_t threads)
{
    rri_covariance *c = NULL;
    rri_pca *p = NULL;
    rr_error err = { 0 };

    CHECK_OK(rri_covariance_new(x.d, &c, &err), err);
    for (size_t i = 0; i < x.n; i += portion) {
        const rri_rows part = { .data = x.data + i * x.stride,
                                .n = rri_min(portion, x.n - i),
                                .d = x.d,
                                .stride = x.stride };
        CHECK_OK(rri_covariance_add(c, part, threads, &err), err);
    }
    CHECK_OK(rri_pca_fit(c, components, &p, &err), err);
    rri_covariance_free(c);
    return p;
}

static void same_as_numpy(float shift, size_t portion)
{
    const rri_rows x = reference_rows(shift);
    rri_pca *p = fit(x, portion, REF_P, 2);

    CHECK_NEAR(rri_pca_total_variance(p), ref_pca_total, 0.0, 1e-5);
    for (size_t j = 0; j < REF_D; j++)
        CHECK_NEAR((double)rri_pca_mean(p)[j] - (double)shift, ref_pca_mean[j], 1e-5, 0.0);
    for (size_t k = 0; k < REF_P; k++) {
        CHECK_NEAR(rri_pca_variance(p)[k], ref_pca_variance[k], 0.0, 1e-5);
        for (size_t j = 0; j < REF_D; j++)
            CHECK_NEAR(rri_pca_axes(p)[k * REF_D + j], ref_pca_axes[k][j], 2e-5, 0.0);
    }
    rri_pca_free(p);
    free_rows(x);
}

static void components_and_their_signs_are_those_of_the_definition(void **state)
{
    (void)state;
    same_as_numpy(0.0f, REF_N);
}

static void portions_make_no_difference_but_rounding(void **state)
{
    (void)state;
    same_as_numpy(0.0f, 1);
    same_as_numpy(0.0f, 7);
    same_as_numpy(0.0f, 499);
}

static void nothing_is_lost_far_from_the_origin(void **state)
{
    (void)state;
    same_as_numpy(64.0f, 100);
}

static void a_projection_is_the_product_with_the_axes(void **state)
{
    const rri_rows x = reference_rows(0.0f);
    rri_pca *p = fit(x, REF_N, REF_P, 1);
    rr_error err = { 0 };
    float *z = new_floats(REF_N * REF_P);

    (void)state;
    CHECK_OK(rri_pca_project(p, x, 2, z, &err), err);
    for (size_t i = 0; i < REF_N; i++) {
        for (size_t k = 0; k < REF_P; k++) {
            double want = 0.0;
            for (size_t j = 0; j < REF_D; j++)
                want += ((double)x.data[i * REF_D + j] - ref_pca_mean[j]) * ref_pca_axes[k][j];
            CHECK_NEAR(z[i * REF_P + k], want, 1e-4, 0.0);
        }
    }
    rri_free(z);
    rri_pca_free(p);
    free_rows(x);
}

/* All components of wide rows: V^T V = 1, and the variances are those of the projections. */
static void axes_are_orthonormal_and_variances_those_of_the_projection(void **state)
{
    enum { D = 37, N = 3000 };
    const rri_rows x = new_clouds(N, D, 4, 1.0, 17);
    rri_pca *p = fit(x, 1000, D, 2);
    const float *axes = rri_pca_axes(p);
    float *z = new_floats((size_t)N * D);
    rr_error err = { 0 };
    double total = 0.0;

    (void)state;
    CHECK_OK(rri_pca_project(p, x, 2, z, &err), err);
    for (size_t a = 0; a < D; a++) {
        double mean = 0.0;
        double variance = 0.0;
        for (size_t b = 0; b <= a; b++) {
            double dot = 0.0;
            for (size_t j = 0; j < D; j++)
                dot += (double)axes[a * D + j] * (double)axes[b * D + j];
            CHECK_NEAR(dot, a == b ? 1.0 : 0.0, 1e-5, 0.0);
        }
        for (size_t i = 0; i < N; i++)
            mean += (double)z[i * D + a] / N;
        for (size_t i = 0; i < N; i++)
            variance += pow((double)z[i * D + a] - mean, 2.0) / (N - 1);
        CHECK_NEAR(mean, 0.0, 1e-4, 0.0);
        CHECK_NEAR(variance, rri_pca_variance(p)[a], 1e-4, 1e-4);
        assert_true(a == 0 || rri_pca_variance(p)[a] <= rri_pca_variance(p)[a - 1]);
        total += rri_pca_variance(p)[a];
    }
    CHECK_NEAR(total, rri_pca_total_variance(p), 0.0, 1e-9);
    rri_free(z);
    rri_pca_free(p);
    free_rows(x);
}

static void the_bits_do_not_depend_on_the_threads(void **state)
{
    enum { D = 50, P = 6, N = 20000 };
    const rri_rows x = new_clouds(N, D, 4, 1.0, 18);
    rri_pca *first = fit(x, 7000, P, 1);
    float *want = new_floats((size_t)N * P);
    float *got = new_floats((size_t)N * P);
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rri_pca_project(first, x, 1, want, &err), err);
    for (size_t threads = 2; threads <= 3; threads++) {
        rri_pca *p = fit(x, 7000, P, threads);
        assert_memory_equal(rri_pca_axes(p), rri_pca_axes(first), P * D * sizeof(float));
        assert_memory_equal(rri_pca_mean(p), rri_pca_mean(first), D * sizeof(float));
        assert_memory_equal(rri_pca_variance(p), rri_pca_variance(first), P * sizeof(double));
        CHECK_OK(rri_pca_project(p, x, threads, got, &err), err);
        assert_memory_equal(got, want, (size_t)N * P * sizeof(float));
        rri_pca_free(p);
    }
    rri_free(got);
    rri_free(want);
    rri_pca_free(first);
    free_rows(x);
}

static void columns_that_never_change_have_no_variance(void **state)
{
    const float rows[3][3] = { { 1.0f, 5.0f, -2.0f },
                               { 2.0f, 5.0f, -2.0f },
                               { 6.0f, 5.0f, -2.0f } };
    const rri_rows x = { .data = &rows[0][0], .n = 3, .d = 3, .stride = 3 };
    rri_pca *p = fit(x, 3, 3, 1);
    const float along[3] = { 1.0f, 0.0f, 0.0f };

    (void)state;
    CHECK_NEAR(rri_pca_variance(p)[0], 7.0, 1e-5, 0.0);
    CHECK_NEAR(rri_pca_variance(p)[1], 0.0, 1e-9, 0.0);
    CHECK_NEAR(rri_pca_variance(p)[2], 0.0, 1e-9, 0.0);
    for (size_t j = 0; j < 3; j++)
        CHECK_NEAR(rri_pca_axes(p)[j], along[j], 1e-6, 0.0);
    rri_pca_free(p);
}

static void a_stored_projection_comes_back(void **state)
{
    const rri_rows x = reference_rows(1.0f);
    rri_pca *p = fit(x, REF_N, REF_P, 1);
    rri_pca *q = NULL;
    rr_error err = { 0 };
    float a[2 * REF_P];
    float b[2 * REF_P];
    const rri_rows two = { .data = x.data, .n = 2, .d = REF_D, .stride = REF_D };

    (void)state;
    CHECK_OK(rri_pca_restore(REF_D, REF_P, rri_pca_mean(p), rri_pca_axes(p), rri_pca_variance(p),
                             rri_pca_total_variance(p), &q, &err),
             err);
    CHECK_OK(rri_pca_project(p, two, 1, a, &err), err);
    CHECK_OK(rri_pca_project(q, two, 1, b, &err), err);
    assert_memory_equal(a, b, sizeof a);
    rri_pca_free(p);
    rri_pca_free(q);
    free_rows(x);
}

static void wrong_input_is_named(void **state)
{
    float rows[4] = { 0.0f, 1.0f, 2.0f, NAN };
    const rri_rows x = { .data = rows, .n = 2, .d = 2, .stride = 2 };
    const rri_rows narrow = { .data = rows, .n = 2, .d = 1, .stride = 1 };
    const rri_rows good = { .data = rows, .n = 1, .d = 2, .stride = 2 };
    const double variance[2] = { 1.0, -1.0 };
    rr_error err = { 0 };
    rri_covariance *c = NULL;
    rri_pca *p = NULL;

    (void)state;
    CHECK_FAILS(rri_covariance_new(0, &c, &err), RR_ERR_ARG, err, "0 columns");
    CHECK_FAILS(rri_covariance_new(40000, &c, &err), RR_ERR_ARG, err, "40000 columns");
    assert_null(c);
    CHECK_OK(rri_covariance_new(2, &c, &err), err);
    CHECK_FAILS(rri_covariance_add(c, narrow, 1, &err), RR_ERR_SHAPE, err, "1 columns");
    CHECK_FAILS(rri_covariance_add(c, x, 1, &err), RR_ERR_NUMERIC, err, "row 1");
    assert_int_equal(err.where, 1);
    CHECK_OK(rri_covariance_add(c, good, 1, &err), err);
    CHECK_FAILS(rri_pca_fit(c, 1, &p, &err), RR_ERR_SHAPE, err, "there are 1");
    CHECK_OK(rri_covariance_add(c, good, 1, &err), err);
    CHECK_FAILS(rri_pca_fit(c, 0, &p, &err), RR_ERR_ARG, err, "0 principal");
    CHECK_FAILS(rri_pca_fit(c, 3, &p, &err), RR_ERR_ARG, err, "3 principal components of 2");
    rri_covariance_free(c);
    CHECK_FAILS(rri_pca_restore(2, 1, rows + 2, rows, variance, 1.0, &p, &err), RR_ERR_NUMERIC, err,
                "mean");
    CHECK_FAILS(rri_pca_restore(2, 1, rows, rows + 2, variance, 1.0, &p, &err), RR_ERR_NUMERIC, err,
                "axis 0");
    CHECK_FAILS(rri_pca_restore(2, 1, rows, rows, variance + 1, 1.0, &p, &err), RR_ERR_NUMERIC, err,
                "axis 0 is -1");
    CHECK_FAILS(rri_pca_restore(2, 1, rows, rows, variance, HUGE_VAL, &p, &err), RR_ERR_NUMERIC,
                err, "total");
    assert_null(p);
    CHECK_OK(rri_pca_restore(2, 1, rows, rows, variance, 1.0, &p, &err), err);
    CHECK_FAILS(rri_pca_project(p, narrow, 1, rows, &err), RR_ERR_SHAPE, err, "1 columns");
    rri_pca_free(p);
}

/* Sums and squares overflow alike, so that the covariance is not infinite but not a number. */
static void rows_too_large_to_be_squared_are_named(void **state)
{
    float rows[40];
    const rri_rows near = { rows, 1, 2, 2 };
    const rri_rows far = { rows + 2, 19, 2, 2 };
    rri_covariance *c = NULL;
    rri_pca *p = NULL;
    rr_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < 40; i++)
        rows[i] = i < 2 ? 0.0f : 3e38f;
    CHECK_OK(rri_covariance_new(2, &c, &err), err);
    CHECK_OK(rri_covariance_add(c, near, 1, &err), err);
    CHECK_OK(rri_covariance_add(c, far, 1, &err), err);
    CHECK_FAILS(rri_pca_fit(c, 1, &p, &err), RR_ERR_NUMERIC, err, "overflowed");
    assert_null(p);
    rri_covariance_free(c);
}

static void every_failed_allocation_is_clean(void **state)
{
    const rri_rows x = reference_rows(0.0f);

    (void)state;
    for (failing at = { 0 }; next_allocation_fails(&at, 14);) {
        rri_covariance *c = NULL;
        rri_pca *p = NULL;
        at.st = rri_covariance_new(REF_D, &c, NULL);
        assert_int_equal(at.st == RR_OK, c != NULL);
        if (at.st == RR_OK)
            at.st = rri_covariance_add(c, x, 1, NULL);
        if (at.st == RR_OK)
            at.st = rri_pca_fit(c, 2, &p, NULL);
        assert_int_equal(at.st == RR_OK, p != NULL);
        rri_covariance_free(c);
        rri_pca_free(p);
    }
    free_rows(x);
}

/* A state source that counts how often it is released. */
static void count_release(void *self)
{
    ++*(int *)self;
}

static void a_source_is_released_once_and_cleared(void **state)
{
    const rr_state_ops ops = { .release = count_release };
    int count = 0;
    rr_state_source source = { .ops = &ops, .self = &count, .hidden = 3 };

    (void)state;
    rr_state_source_close(NULL);
    rr_state_source_close(&source);
    rr_state_source_close(&source);
    assert_int_equal(count, 1);
    assert_null(source.ops);
    assert_int_equal(source.hidden, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(components_and_their_signs_are_those_of_the_definition),
        cmocka_unit_test(portions_make_no_difference_but_rounding),
        cmocka_unit_test(nothing_is_lost_far_from_the_origin),
        cmocka_unit_test(a_projection_is_the_product_with_the_axes),
        cmocka_unit_test(axes_are_orthonormal_and_variances_those_of_the_projection),
        cmocka_unit_test(the_bits_do_not_depend_on_the_threads),
        cmocka_unit_test(columns_that_never_change_have_no_variance),
        cmocka_unit_test(a_stored_projection_comes_back),
        cmocka_unit_test(wrong_input_is_named),
        cmocka_unit_test(rows_too_large_to_be_squared_are_named),
        cmocka_unit_test(every_failed_allocation_is_clean),
        cmocka_unit_test(a_source_is_released_once_and_cleared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
