/* SPDX-License-Identifier: MIT */
/* test_derivatives.c - gradients, slopes, products with the curvature and squared gradients of the
 * losses of single sequences, for each cell, head and kind of input, against differences and
 * against each other. test_derivatives_use.c is about lists, threads, dropout and errors. */
#include "derivatives_fixture.h"

enum { N = 40 };

/* ---- gradients and losses -------------------------------------------------------------------- */

static void the_gradient_is_that_of_training(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        fixture f = open_fixture(&kinds[k], N, 2);
        const rr_losses all = rr_losses_all(f.ds);
        float *mean = zeros(f.P, sizeof *mean);
        double *want = zeros(f.P, sizeof *want);
        double loss[N];
        double mean_loss = 0.0;
        double sum = 0.0;
        rr_error err = { 0 };
        double *got = gradient_of(&f, &all, loss);
        CHECK_OK(rr_network_gradient(f.net, f.ds, 1, &mean_loss, mean, &err), err);
        for (size_t i = 0; i < f.P; i++)
            want[i] = N * (double)mean[i];
        for (size_t i = 0; i < N; i++)
            sum += loss[i];
        near_all(&f, "gradient", got, want, f.P, 2e-6);
        CHECK_NEAR(sum, N * mean_loss, 0.0, 1e-6);
        free(got);
        free(want);
        free(mean);
        close_fixture(&f);
    }
}

/* ---- slopes ---------------------------------------------------------------------------------- */

static void a_slope_is_the_product_of_its_gradient_with_the_direction(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        fixture f = open_fixture(&kinds[k], N, 1);
        const rr_losses all = rr_losses_all(f.ds);
        float *v = make_direction(f.P, 1);
        double slopes[N];
        double same[N];
        double want[N];
        rr_error err = { 0 };
        CHECK_OK(rr_derivatives_slopes(f.d, &all, v, slopes, &err), err);
        free(product_of(&f, &all, RR_CURVATURE_HESSIAN, v, same));
        assert_memory_equal(slopes, same, sizeof slopes);
        free(product_of(&f, &all, RR_CURVATURE_GAUSS_NEWTON, v, same));
        assert_memory_equal(slopes, same, sizeof slopes);
        for (size_t i = 0; i < N; i++) {
            const rr_losses one = { .which = &i, .n = 1 };
            double *g = gradient_of(&f, &one, NULL);
            want[i] = dot_direction(g, v, f.P);
            free(g);
        }
        near_all(&f, "slopes", slopes, want, N, 4e-6);
        free(v);
        close_fixture(&f);
    }
}

/* ---- products with the Hessian --------------------------------------------------------------- */

/* The weights moved by eps along v, except those without a gradient. */
static void move(fixture *f, const rr_network *from, const float *v, double eps)
{
    const size_t E = rri_embedding_size(&f->net->cfg);

    for (size_t i = fixed_numbers(f); i < E; i++)
        f->net->embedding[i] = (float)((double)from->embedding[i] + eps * (double)v[i]);
    for (size_t i = 0; i < f->net->parameters; i++)
        f->net->weights[i] = (float)((double)from->weights[i] + eps * (double)v[E + i]);
}

/* Differences of fourth order: with eps h they are wrong by about h^4/30 of a fifth derivative, and
 * by some 1e-7/h of the gradient for its floats. With |v_i| near 1 and sums over some hundreds of
 * weights, h = 1/256 leaves 1e-4 of the largest number for both together. */
static double *differences(fixture *f, const rr_losses *losses, const float *v)
{
    const double eps = 1.0 / 256;
    const double factor[4] = { 1.0, -8.0, 8.0, -1.0 };
    const double offset[4] = { -2.0, -1.0, 1.0, 2.0 };
    double *sum = zeros(f->P, sizeof *sum);
    rr_network *from = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_network_copy(f->net, &from, &err), err);
    for (size_t k = 0; k < 4; k++) {
        move(f, from, v, offset[k] * eps);
        double *g = gradient_of(f, losses, NULL);
        for (size_t i = 0; i < f->P; i++)
            sum[i] += factor[k] * g[i] / (12.0 * eps);
        free(g);
    }
    move(f, from, v, 0.0);
    rr_network_free(from);
    return sum;
}

static void the_product_is_the_change_of_the_gradient_along_the_direction(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        if (kinds[k].cell == RR_CELL_RELU) /* its kinks make differences meaningless: test_parity */
            continue;
        fixture f = open_fixture(&kinds[k], N, 1);
        const rr_losses all = rr_losses_all(f.ds);
        float *v = make_direction(f.P, 2);
        double *want = differences(&f, &all, v);
        double *got = product_of(&f, &all, RR_CURVATURE_HESSIAN, v, NULL);
        near_all(&f, "product", got, want, f.P, 4e-4);
        for (size_t i = 0; i < fixed_numbers(&f); i++)
            assert_true(got[i] == 0.0);
        free(got);
        free(want);
        free(v);
        close_fixture(&f);
    }
}

static void products_are_symmetric_and_linear(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        fixture f = open_fixture(&kinds[k], N, 2);
        const rr_losses all = rr_losses_all(f.ds);
        for (int c = RR_CURVATURE_HESSIAN; c <= RR_CURVATURE_GAUSS_NEWTON; c++) {
            float *u = make_direction(f.P, 3);
            float *v = make_direction(f.P, 4);
            float *w = zeros(f.P, sizeof *w);
            double *mixed = zeros(f.P, sizeof *mixed);
            for (size_t i = 0; i < f.P; i++)
                w[i] = 0.5f * u[i] - 2.0f * v[i];
            double *hu = product_of(&f, &all, (rr_curvature)c, u, NULL);
            double *hv = product_of(&f, &all, (rr_curvature)c, v, NULL);
            double *hw = product_of(&f, &all, (rr_curvature)c, w, NULL);
            const double size = sqrt(dot(hv, hv, f.P) * (double)f.P);
            CHECK_NEAR(dot_direction(hv, u, f.P), dot_direction(hu, v, f.P), 2e-6 * size, 0.0);
            for (size_t i = 0; i < f.P; i++)
                mixed[i] = 0.5 * hu[i] - 2.0 * hv[i];
            near_all(&f, "product", hw, mixed, f.P, 1e-5);
            if (c == RR_CURVATURE_GAUSS_NEWTON)
                assert_true(dot_direction(hv, v, f.P) > 0.0);
            free(u);
            free(v);
            free(w);
            free(hu);
            free(hv);
            free(hw);
            free(mixed);
        }
        close_fixture(&f);
    }
}

/* ---- Gauss-Newton ---------------------------------------------------------------------------- */

/* With J_c the gradient of logit c, that of -log p_c is g_c = sum_k p_k J_k - J_c, and
 * J' (diag(p) - p p') J = sum_c p_c g_c g_c'. */
static void gauss_newton_is_made_of_the_gradients_of_all_classes(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        fixture f = open_fixture(&kinds[k], 6, 1);
        const rr_losses all = rr_losses_all(f.ds);
        float *v = make_direction(f.P, 5);
        double *want = zeros(f.P, sizeof *want);
        for (size_t i = 0; i < f.N; i++) {
            for (uint32_t c = 0; c < classes_of(&kinds[k]); c++) {
                const rr_losses one = { .which = &i, .labels = &c, .n = 1 };
                double loss = 0.0;
                double *g = gradient_of(&f, &one, &loss);
                const double s = exp(-loss) * dot_direction(g, v, f.P);
                for (size_t j = 0; j < f.P; j++)
                    want[j] += s * g[j];
                free(g);
            }
        }
        double *got = product_of(&f, &all, RR_CURVATURE_GAUSS_NEWTON, v, NULL);
        near_all(&f, "Gauss-Newton product", got, want, f.P, 5e-6);
        free(got);
        free(want);
        free(v);
        close_fixture(&f);
    }
}

/* ---- squares --------------------------------------------------------------------------------- */

static void squares_are_those_of_single_gradients(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        fixture f = open_fixture(&kinds[k], N, 1);
        const rr_losses all = rr_losses_all(f.ds);
        double squares[N];
        rr_error err = { 0 };
        CHECK_OK(rr_derivatives_squares(f.d, &all, squares, &err), err);
        for (size_t i = 0; i < N; i++) {
            const rr_losses one = { .which = &i, .n = 1 };
            double *g = gradient_of(&f, &one, NULL);
            CHECK_NEAR(squares[i], dot(g, g, f.P), 1e-9, 1e-5);
            free(g);
        }
        close_fixture(&f);
    }
}

/* ---- cosines
 * ---------------------------------------------------------------------------------- */

static void a_direction_is_the_gradient_of_length_one(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        fixture f = open_fixture(&kinds[k], N, 1);
        const size_t which[2] = { 1, 4 };
        const rr_losses two = { .which = which, .n = 2 };
        float *v = zeros(f.P, sizeof *v);
        double *g = gradient_of(&f, &two, NULL);
        rr_error err = { 0 };
        CHECK_OK(rr_derivatives_direction(f.d, &two, v, &err), err);
        const double length = sqrt(dot(g, g, f.P));
        for (size_t i = 0; i < f.P; i++)
            CHECK_NEAR((double)v[i], g[i] / length, 1e-7, 1e-6);
        free(v);
        free(g);
        close_fixture(&f);
    }
}

/* Values of the direction where there is no gradient have no effect. */
static void a_cosine_is_that_of_a_single_gradient(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        fixture f = open_fixture(&kinds[k], N, 1);
        const rr_losses all = rr_losses_all(f.ds);
        const size_t fixed = fixed_numbers(&f);
        float *v = make_direction(f.P, 4);
        double cosines[N];
        double square = 0.0;
        rr_error err = { 0 };
        for (size_t i = fixed; i < f.P; i++)
            square += (double)v[i] * (double)v[i];
        CHECK_OK(rr_derivatives_cosines(f.d, &all, v, cosines, &err), err);
        for (size_t i = 0; i < N; i++) {
            const rr_losses one = { .which = &i, .n = 1 };
            double *g = gradient_of(&f, &one, NULL);
            const double along = dot_direction(g + fixed, v + fixed, f.P - fixed);
            CHECK_NEAR(cosines[i], along / sqrt(square * dot(g, g, f.P)), 1e-6, 0.0);
            CHECK_OK(rr_derivatives_direction(f.d, &one, v, &err), err);
            CHECK_OK(rr_derivatives_cosines(f.d, &one, v, &cosines[i], &err), err);
            CHECK_NEAR(cosines[i], 1.0, 1e-6, 0.0);
            free(v);
            v = make_direction(f.P, 4);
            free(g);
        }
        memset(v, 0, f.P * sizeof *v);
        CHECK_OK(rr_derivatives_cosines(f.d, &all, v, cosines, &err), err);
        for (size_t i = 0; i < N; i++)
            assert_true(cosines[i] == 0.0);
        free(v);
        close_fixture(&f);
    }
}

/* Long enough for several tiles of pairs. */
static void squares_of_long_sequences_are_correct_too(void **state)
{
    enum { STEPS = 150 };
    const rr_dataset_shape shape = { .width = D, .classes = C };

    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        fixture f = { .kind = &kinds[k], .net = make_net(&kinds[k]), .N = 2 };
        double squares[2];
        float x[STEPS * D];
        rr_error err = { 0 };
        if (kinds[k].input != FRAMES || kinds[k].head != RR_HEAD_SOFTMAX) {
            rr_network_free(f.net);
            continue;
        }
        rri_random r = rri_random_at(1, RRI_RANDOM_SAMPLE, 0);
        for (size_t i = 0; i < STEPS * D; i++)
            x[i] = (float)rri_random_normal(&r);
        rr_dataset_builder *b = new_builder(&shape);
        for (size_t i = 0; i < 2; i++)
            CHECK_OK(
                rr_dataset_builder_add(
                    b, (rr_sequence){ .frames = x, .steps = STEPS - 80 * i, .label = 1 }, &err),
                err);
        f.ds = finish_dataset(b);
        f.P = rr_network_parameters(f.net);
        CHECK_OK(rr_derivatives_new(f.net, f.ds, 1, &f.d, &err), err);
        const rr_losses all = rr_losses_all(f.ds);
        CHECK_OK(rr_derivatives_squares(f.d, &all, squares, &err), err);
        for (size_t i = 0; i < 2; i++) {
            const rr_losses one = { .which = &i, .n = 1 };
            double *g = gradient_of(&f, &one, NULL);
            CHECK_NEAR(squares[i], dot(g, g, f.P), 1e-9, 1e-5);
            free(g);
        }
        close_fixture(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gradient_is_that_of_training),
        cmocka_unit_test(a_slope_is_the_product_of_its_gradient_with_the_direction),
        cmocka_unit_test(the_product_is_the_change_of_the_gradient_along_the_direction),
        cmocka_unit_test(products_are_symmetric_and_linear),
        cmocka_unit_test(gauss_newton_is_made_of_the_gradients_of_all_classes),
        cmocka_unit_test(squares_are_those_of_single_gradients),
        cmocka_unit_test(squares_of_long_sequences_are_correct_too),
        cmocka_unit_test(a_direction_is_the_gradient_of_length_one),
        cmocka_unit_test(a_cosine_is_that_of_a_single_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
