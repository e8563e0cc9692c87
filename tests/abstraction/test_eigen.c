/* SPDX-License-Identifier: MIT */
/* test_eigen.c - the symmetric eigenproblem: closed forms, residuals and orthogonality, also where
 * eigenvalues are equal, zero, or far apart. */
#include "abstraction/eigen.h"
#include "check.h"

#include <float.h>

enum { MOST = 70 };

/* A [d][d] and its P leading pairs. */
typedef struct problem {
    size_t d, components;
    double a[MOST * MOST], value[MOST], vector[MOST * MOST];
} problem;

static rr_status solve(problem *p, rr_error *err)
{
    double matrix[MOST * MOST];

    memcpy(matrix, p->a, sizeof matrix);
    for (size_t i = 0; i < p->d; i++) /* the upper triangle is not read */
        for (size_t j = i + 1; j < p->d; j++)
            matrix[i * p->d + j] = (double)NAN;
    return rri_eigen_leading(matrix, p->d, p->components, p->value, p->vector, err);
}

static double norm(const problem *p)
{
    double sum = 0.0;

    for (size_t i = 0; i < p->d * p->d; i++)
        sum = hypot(sum, p->a[i]);
    return sum;
}

/* A v = l v and V V^T = 1 within a few d*epsilon, values descending. */
static void check_pairs(const problem *p)
{
    const size_t d = p->d;
    const double within = 8.0 * (double)d * DBL_EPSILON;

    for (size_t k = 0; k < p->components; k++) {
        const double *v = p->vector + k * d;
        for (size_t i = 0; i < d; i++) {
            double product = 0.0;
            for (size_t j = 0; j < d; j++)
                product += p->a[i * d + j] * v[j];
            CHECK_NEAR(product, p->value[k] * v[i], within * norm(p), 0.0);
        }
        for (size_t l = 0; l <= k; l++) {
            double product = 0.0;
            for (size_t i = 0; i < d; i++)
                product += v[i] * p->vector[l * d + i];
            CHECK_NEAR(product, k == l ? 1.0 : 0.0, within, 0.0);
        }
        assert_true(k == 0 || p->value[k] <= p->value[k - 1]);
    }
}

/* All pairs; the sum of the values is the trace. */
static void check_all(problem *p)
{
    double trace = 0.0;
    double sum = 0.0;
    rr_error err = { 0 };

    p->components = p->d;
    CHECK_OK(solve(p, &err), err);
    check_pairs(p);
    for (size_t i = 0; i < p->d; i++) {
        trace += p->a[i * p->d + i];
        sum += p->value[i];
    }
    CHECK_NEAR(sum, trace, 8.0 * (double)p->d * DBL_EPSILON * norm(p), 0.0);
}

static void set_diagonal(problem *p, size_t d, const double *values)
{
    p->d = d;
    memset(p->a, 0, sizeof p->a);
    for (size_t i = 0; i < d; i++)
        p->a[i * d + i] = values[i];
}

/* A random symmetric matrix with these eigenvalues: reflections on both sides of diag(values). */
static void set_spectrum(problem *p, size_t d, const double *values, uint64_t seed)
{
    rri_random r = rri_random_at(seed, RRI_RANDOM_SAMPLE, 0);
    double u[MOST], w[MOST];

    set_diagonal(p, d, values);
    for (size_t times = 0; times < 3; times++) {
        double square = 0.0;
        double along = 0.0;
        for (size_t i = 0; i < d; i++) {
            u[i] = rri_random_normal(&r);
            square += u[i] * u[i];
        }
        for (size_t i = 0; i < d; i++) {
            w[i] = 0.0;
            for (size_t j = 0; j < d; j++)
                w[i] += 2.0 / square * p->a[i * d + j] * u[j];
            along += 2.0 / square * w[i] * u[i];
        }
        for (size_t i = 0; i < d; i++)
            for (size_t j = 0; j < d; j++)
                p->a[i * d + j] += along * u[i] * u[j] - u[i] * w[j] - w[i] * u[j];
    }
    for (size_t i = 0; i < d; i++) /* symmetric to the last bit */
        for (size_t j = 0; j < i; j++)
            p->a[j * d + i] = p->a[i * d + j];
}

/* ---- claims --------------------------------------------------------------------------------- */

/* Eigenvalues 2 - 2 cos(k pi / (d + 1)), vectors sqrt(2/(d + 1)) sin(i k pi / (d + 1)). */
static void the_second_difference_has_its_closed_form(void **state)
{
    static problem p = { .d = 50, .components = 50 };
    const double pi = acos(-1.0);
    rr_error err = { 0 };

    (void)state;
    memset(p.a, 0, sizeof p.a);
    for (size_t i = 0; i < p.d; i++) {
        p.a[i * p.d + i] = 2.0;
        if (i > 0)
            p.a[i * p.d + i - 1] = p.a[(i - 1) * p.d + i] = -1.0;
    }
    CHECK_OK(solve(&p, &err), err);
    check_pairs(&p);
    for (size_t k = 0; k < p.d; k++) {
        const double angle = (double)(p.d - k) * pi / (double)(p.d + 1);
        const double *v = p.vector + k * p.d;
        const double sign = v[0] < 0.0 ? -1.0 : 1.0;
        CHECK_NEAR(p.value[k], 2.0 - 2.0 * cos(angle), 1e-14, 0.0);
        for (size_t i = 0; i < p.d; i++)
            CHECK_NEAR(sign * v[i], sqrt(2.0 / (double)(p.d + 1)) * sin((double)(i + 1) * angle),
                       1e-12, 0.0);
    }
}

static void random_matrices_have_all_their_pairs(void **state)
{
    static const size_t sizes[] = { 1, 2, 3, 7, 8, 9, 33, MOST };
    static problem p;
    double values[MOST];

    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (size_t i = 0; i < MOST; i++)
            values[i] = 3.0 - (double)i * 0.7; /* negative ones, too */
        set_spectrum(&p, sizes[s], values, s + 1);
        check_all(&p);
        for (size_t i = 0; i < p.d; i++)
            CHECK_NEAR(p.value[i], values[i], 1e-12, 0.0);
    }
}

static void equal_eigenvalues_have_orthonormal_vectors(void **state)
{
    static problem p;
    double values[MOST];

    (void)state;
    for (size_t i = 0; i < MOST; i++)
        values[i] = 1.0;
    set_diagonal(&p, 40, values); /* the identity */
    check_all(&p);
    set_spectrum(&p, 40, values, 2); /* and after rounding */
    check_all(&p);
    for (size_t i = 0; i < MOST; i++)
        values[i] = 7.0 - floor((double)i / 10.0);
    set_spectrum(&p, MOST, values, 3); /* seven values, ten times each */
    check_all(&p);
    for (size_t i = 0; i < MOST; i++)
        CHECK_NEAR(p.value[i], values[i], 1e-12, 0.0);
    set_diagonal(&p, MOST, values);
    check_all(&p);
}

static void matrices_of_low_rank_have_zeros(void **state)
{
    static problem p;
    double values[MOST] = { 0.0 };

    (void)state;
    set_diagonal(&p, 30, values);
    check_all(&p);
    for (size_t i = 0; i < 30; i++)
        assert_true(p.value[i] == 0.0);
    values[0] = 9.0;
    set_spectrum(&p, 30, values, 4);
    check_all(&p);
    CHECK_NEAR(p.value[0], 9.0, 1e-13, 0.0);
    for (size_t i = 0; i < 30 * 30; i++)
        p.a[i] = 1.0;
    check_all(&p);
    CHECK_NEAR(p.value[0], 30.0, 1e-13, 0.0);
    CHECK_NEAR(p.value[1], 0.0, 1e-13, 0.0);
}

static void eigenvalues_may_be_far_apart_in_any_order(void **state)
{
    static problem p;
    double values[MOST];
    double up[MOST];

    (void)state;
    for (size_t i = 0; i < 40; i++) {
        values[i] = pow(10.0, -(double)i);
        up[39 - i] = values[i];
    }
    set_spectrum(&p, 40, values, 5);
    check_all(&p);
    set_diagonal(&p, 40, up);
    for (size_t i = 1; i < 40; i++)
        p.a[i * 40 + i - 1] = p.a[(i - 1) * 40 + i] = 0.3 * sqrt(up[i] * up[i - 1]);
    check_all(&p);
    p.d = 3; /* Hilbert's matrix */
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++)
            p.a[i * 3 + j] = 1.0 / (double)(i + j + 1);
    check_all(&p);
    CHECK_NEAR(p.value[0], 1.4083189271236539, 1e-15, 0.0);
    CHECK_NEAR(p.value[1], 0.1223270658539059, 1e-15, 0.0);
    CHECK_NEAR(p.value[2], 0.0026873403557735, 1e-15, 0.0);
}

static void the_scale_of_the_matrix_does_not_matter(void **state)
{
    static const int exponents[] = { -1060, -600, 600, 1000 };
    static problem p, scaled;
    double values[MOST];
    rr_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < 20; i++)
        values[i] = 1.0 + (double)i;
    set_spectrum(&p, 20, values, 6);
    p.components = 20;
    CHECK_OK(solve(&p, &err), err);
    for (size_t e = 0; e < sizeof exponents / sizeof *exponents; e++) {
        scaled = p;
        for (size_t i = 0; i < 20 * 20; i++)
            scaled.a[i] = ldexp(p.a[i], exponents[e]);
        CHECK_OK(solve(&scaled, &err), err);
        for (size_t k = 0; k < 20; k++)
            CHECK_NEAR(ldexp(scaled.value[k], -exponents[e]), p.value[k],
                       exponents[e] == -1060 ? 1e-3 : 0.0, 0.0);
    }
}

/* Parts that are small beside the norm, but not zero, must not spoil the vectors. */
static void tiny_off_diagonals_keep_vectors_orthonormal(void **state)
{
    static problem p;
    double values[MOST];

    (void)state;
    for (int power = -320; power <= -1; power += 11) {
        for (size_t i = 0; i < 20; i++)
            values[i] = i < 10 ? 1.0 : pow(10.0, power);
        set_diagonal(&p, 20, values);
        for (size_t i = 0; i < 20; i++)
            for (size_t j = 0; j < i; j++)
                p.a[i * 20 + j] = p.a[j * 20 + i] = pow(10.0, power) / (double)(1 + i + 2 * j);
        check_all(&p);
    }
}

static void leading_pairs_have_the_bits_they_have_among_all(void **state)
{
    static problem p, part;
    double values[MOST];
    rr_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < MOST; i++)
        values[i] = (double)(i % 9);
    set_spectrum(&p, MOST, values, 7);
    check_all(&p);
    for (size_t n = 1; n < MOST; n += 17) {
        part = p;
        memset(part.vector, 0, sizeof part.vector);
        part.components = n;
        CHECK_OK(solve(&part, &err), err);
        assert_memory_equal(part.value, p.value, n * sizeof *p.value);
        assert_memory_equal(part.vector, p.vector, n * MOST * sizeof *p.vector);
    }
}

static void values_that_are_not_finite_are_refused(void **state)
{
    static problem p = { .d = 3, .components = 1 };
    static const double bad[] = { (double)NAN, HUGE_VAL, -HUGE_VAL };
    rr_error err = { 0 };

    (void)state;
    for (size_t b = 0; b < 3; b++)
        for (size_t i = 0; i < 3; i++) {
            memset(p.a, 0, sizeof p.a);
            p.a[i * 3] = bad[b];
            CHECK_FAILS(solve(&p, &err), RR_ERR_NUMERIC, err, "not finite");
        }
}

static void every_failed_allocation_is_clean(void **state)
{
    static problem p;
    double values[MOST];

    (void)state;
    for (size_t i = 0; i < 30; i++)
        values[i] = (double)i;
    set_spectrum(&p, 30, values, 8);
    p.components = 3;
    for (failing at = { 0 }; next_allocation_fails(&at, 7);)
        at.st = solve(&p, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_second_difference_has_its_closed_form),
        cmocka_unit_test(random_matrices_have_all_their_pairs),
        cmocka_unit_test(equal_eigenvalues_have_orthonormal_vectors),
        cmocka_unit_test(matrices_of_low_rank_have_zeros),
        cmocka_unit_test(eigenvalues_may_be_far_apart_in_any_order),
        cmocka_unit_test(the_scale_of_the_matrix_does_not_matter),
        cmocka_unit_test(tiny_off_diagonals_keep_vectors_orthonormal),
        cmocka_unit_test(leading_pairs_have_the_bits_they_have_among_all),
        cmocka_unit_test(values_that_are_not_finite_are_refused),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
