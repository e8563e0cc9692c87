/* SPDX-License-Identifier: MIT */
/* test_quadratic.c - the least change under demands: the conditions that make a point the solution
 * (Karush-Kuhn-Tucker), on random programs, and proofs that there is none. */
#include "check.h"

#include "repair/quadratic.h"

static void add(rri_program *p, uint32_t plus, uint32_t minus, double need, const double *z)
{
    const rri_demand row = { plus, minus, need };
    rr_error err = { 0 };

    CHECK_OK(rri_program_add(p, &row, z, &err), err);
}

static double gradient(const rri_program *p, size_t row, size_t output, size_t k)
{
    const rri_demand *d = &p->rows[row];
    const double z = p->z[row * p->width + k];

    return (d->plus == output ? z : 0.0) - (d->minus == output ? z : 0.0);
}

static double slack(const rri_program *p, size_t row)
{
    double sum = -p->rows[row].need;

    for (size_t o = 0; o < p->outputs; o++)
        for (size_t k = 0; k < p->width; k++)
            sum += gradient(p, row, o, k) * p->u[o * p->width + k];
    return sum;
}

/* All rows are obeyed, multipliers are not negative and only of rows that bind, and u is the sum of
 * their gradients: no other point is as small. */
static void check_solution(rri_program *p)
{
    double sum = 0.0;

    for (size_t i = 0; i < p->count; i++)
        assert_true(slack(p, i) >= -1e-7);
    for (size_t j = 0; j < p->binding; j++) {
        assert_true(p->y[j] >= -1e-12);
        CHECK_NEAR(slack(p, p->active[j]), 0.0, 1e-9, 0.0);
    }
    for (size_t o = 0; o < p->outputs; o++)
        for (size_t k = 0; k < p->width; k++) {
            double u = 0.0;
            for (size_t j = 0; j < p->binding; j++)
                u += p->y[j] * gradient(p, p->active[j], o, k);
            CHECK_NEAR(p->u[o * p->width + k], u, 1e-9, 1e-9);
            sum += u * u;
        }
    CHECK_NEAR(rri_program_bound(p), 0.5 * sum, 1e-9, 1e-9);
}

static void random_program(rri_program *p, size_t outputs, size_t width, size_t rows, uint64_t seed)
{
    rri_random r = rri_random_at(seed, RRI_RANDOM_SAMPLE, 0);
    double truth[64], z[16];
    rr_error err = { 0 };

    CHECK_OK(rri_program_init(p, outputs, width, 1e6, &err), err);
    for (size_t i = 0; i < outputs * width; i++)
        truth[i] = rri_random_normal(&r);
    for (size_t i = 0; i < rows; i++) { /* rows that `truth` obeys, a third of them just so */
        const uint32_t plus = (uint32_t)rri_random_below(&r, outputs);
        const uint32_t minus =
            outputs == 1 ? RRI_NO_OUTPUT
                         : (uint32_t)((plus + 1 + rri_random_below(&r, outputs - 1)) % outputs);
        double value = 0.0;
        for (size_t k = 0; k < width; k++) {
            z[k] = rri_random_normal(&r);
            value +=
                z[k] * (truth[plus * width + k] - (outputs == 1 ? 0.0 : truth[minus * width + k]));
        }
        add(p, plus, minus, i % 3 == 0 ? value : value - rri_random_uniform(&r), z);
    }
}

static void the_solution_obeys_the_conditions_of_an_optimum(void **state)
{
    const struct {
        size_t outputs, width, rows;
    } sizes[] = { { 1, 1, 3 }, { 1, 5, 40 }, { 2, 4, 30 }, { 3, 7, 200 }, { 5, 11, 400 } };
    rr_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (uint64_t seed = 1; seed <= 20; seed++) {
            rri_program p;
            bool feasible = false;
            random_program(&p, sizes[i].outputs, sizes[i].width, sizes[i].rows, seed);
            CHECK_OK(rri_program_solve(&p, &feasible, &err), err);
            assert_true(feasible);
            check_solution(&p);
            rri_program_clear(&p);
        }
}

/* The nearest point of the half plane 3x + 4y >= 10, and then of its part with y >= 2. */
static void two_half_planes_have_the_solution_of_geometry(void **state)
{
    const double slope[2] = { 3.0, 4.0 };
    const double up[2] = { 0.0, 1.0 };
    rri_program p;
    bool feasible = false;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rri_program_init(&p, 1, 2, 1e6, &err), err);
    add(&p, 0, RRI_NO_OUTPUT, 10.0, slope);
    CHECK_OK(rri_program_solve(&p, &feasible, &err), err);
    CHECK_NEAR(p.u[0], 1.2, 1e-12, 0.0);
    CHECK_NEAR(p.u[1], 1.6, 1e-12, 0.0);
    add(&p, 0, RRI_NO_OUTPUT, 2.0, up);
    CHECK_OK(rri_program_solve(&p, &feasible, &err), err);
    CHECK_NEAR(p.u[0], 2.0 / 3.0, 1e-12, 0.0);
    CHECK_NEAR(p.u[1], 2.0, 1e-12, 0.0);
    assert_int_equal(p.binding, 2);
    rri_program_clear(&p);
}

/* Multipliers whose bound exceeds what the limit allows, whatever the solver believes. */
static void check_proof(rri_program *p)
{
    double linear = 0.0, squares = 0.0;

    for (size_t j = 0; j < p->binding; j++) {
        assert_true(p->y[j] >= 0.0);
        linear += p->y[j] * p->rows[p->active[j]].need;
    }
    for (size_t o = 0; o < p->outputs; o++)
        for (size_t k = 0; k < p->width; k++) {
            double u = 0.0;
            for (size_t j = 0; j < p->binding; j++)
                u += p->y[j] * gradient(p, p->active[j], o, k);
            squares += u * u;
        }
    assert_true(linear - 0.5 * squares >= 0.5 * p->limit * p->limit * (1.0 - 1e-9));
}

static void contradictions_are_proved(void **state)
{
    const double x[2] = { 1.0, 0.5 };
    const double y[2] = { -0.2, 1.0 };
    const double far[2] = { 1e-3, 0.0 };
    rri_program p;
    bool feasible = true;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rri_program_init(&p, 2, 2, 1e6, &err), err);
    add(&p, 0, 1, 1.0, y);
    add(&p, 0, 1, 0.1, x); /* x is of class 0 */
    add(&p, 1, 0, 0.1, x); /* and of class 1 */
    CHECK_OK(rri_program_solve(&p, &feasible, &err), err);
    assert_false(feasible);
    check_proof(&p);
    rri_program_clear(&p);

    CHECK_OK(rri_program_init(&p, 1, 2, 50.0, &err), err);
    add(&p, 0, RRI_NO_OUTPUT, 0.1, far); /* needs |u| = 100 */
    CHECK_OK(rri_program_solve(&p, &feasible, &err), err);
    assert_false(feasible);
    check_proof(&p);
    p.limit = 200.0;
    CHECK_OK(rri_program_solve(&p, &feasible, &err), err);
    assert_true(feasible);
    check_solution(&p);
    rri_program_clear(&p);
}

/* Random programs with a contradiction of four rows: their sum of gradients is 0. */
static void a_cycle_of_demands_is_proved(void **state)
{
    rr_error err = { 0 };

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        rri_random r = rri_random_at(seed, RRI_RANDOM_SAMPLE, 1);
        double z[4][5] = { { 0.0 } };
        rri_program p;
        bool feasible = true;
        random_program(&p, 2, 5, 20, seed);
        for (size_t i = 0; i < 3; i++)
            for (size_t k = 0; k < 5; k++) {
                z[i][k] = rri_random_normal(&r);
                z[3][k] -= z[i][k];
            }
        for (size_t i = 0; i < 4; i++)
            add(&p, 0, 1, 0.1, z[i]);
        CHECK_OK(rri_program_solve(&p, &feasible, &err), err);
        assert_false(feasible);
        check_proof(&p);
        rri_program_clear(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_solution_obeys_the_conditions_of_an_optimum),
        cmocka_unit_test(two_half_planes_have_the_solution_of_geometry),
        cmocka_unit_test(contradictions_are_proved),
        cmocka_unit_test(a_cycle_of_demands_is_proved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
