/* SPDX-License-Identifier: MIT */
/* test_koh_liang.c - the solvers against a dense solution, and the scores against training to the
 * end again without one sequence. */
#include "attribution/attribution.h"
#include "fixture.h"

enum { H = 2, P_MOST = 64 };

/* ---- dense by hand -------------------------------------------------------------------------- */

/* All training sequences but `odd`. */
static rr_losses all_but(size_t odd, size_t *which)
{
    rr_losses losses = { .which = which };

    for (size_t i = 0; i < N; i++)
        if (i != odd)
            which[losses.n++] = i;
    return losses;
}

/* The curvature of the objective below, [P][P], a product a column. */
static void dense(const fixture *f, size_t odd, rr_curvature curvature, double damping, double *A)
{
    const size_t P = rr_network_parameters(f->net);
    size_t which[N];
    const rr_losses losses = all_but(odd, which);
    rr_derivatives *d = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_derivatives_new(f->net, f->train, 1, &d, &err), err);
    for (size_t j = 0; j < P; j++) {
        float unit[P_MOST] = { 0 };
        unit[j] = 1.0f;
        CHECK_OK(rr_derivatives_product(d, &losses, curvature, unit, A + j * P, NULL, &err), err);
        for (size_t i = 0; i < P; i++)
            A[j * P + i] = A[j * P + i] / N + (i == j ? damping : 0.0);
    }
    rr_derivatives_free(d);
}

/* Cholesky's factor in place; false where A is not positive. */
static bool factorise(size_t P, double *A)
{
    for (size_t j = 0; j < P; j++) {
        const double pivot = A[j * P + j] - dot(j, A + j * P, A + j * P);
        if (!(pivot > 0.0))
            return false;
        A[j * P + j] = sqrt(pivot);
        for (size_t i = j + 1; i < P; i++)
            A[i * P + j] = (A[i * P + j] - dot(j, A + i * P, A + j * P)) / A[j * P + j];
    }
    return true;
}

static void solve(size_t P, const double *factor, double *x)
{
    for (size_t i = 0; i < P; i++)
        x[i] = (x[i] - dot(i, factor + i * P, x)) / factor[i * P + i];
    for (size_t i = P; i-- > 0;) {
        for (size_t j = i + 1; j < P; j++)
            x[i] -= factor[j * P + i] * x[j];
        x[i] /= factor[i * P + i];
    }
}

/* The gradient of (1/N) (sum of the losses without `odd`) + decay/2 |w|^2, at w. */
static void objective(const fixture *f, rr_derivatives *d, size_t odd, double decay,
                      const double *w, double *gradient)
{
    size_t which[N];
    const rr_losses losses = all_but(odd, which);
    rr_error err = { 0 };

    put_weights(f->net, w);
    CHECK_OK(rr_derivatives_gradient(d, &losses, NULL, gradient, &err), err);
    for (size_t j = 0; j < rr_network_parameters(f->net); j++)
        gradient[j] = gradient[j] / N + decay * w[j];
}

/* Train on from w to a minimum of the objective without `odd`, first by the gradient, then by
 * Newton's steps. */
static void converge(const fixture *f, rr_derivatives *d, size_t odd, double decay, double *w)
{
    const size_t P = rr_network_parameters(f->net);
    double *factor = malloc(P * P * sizeof *factor);
    double g[P_MOST];
    double v[P_MOST] = { 0 };

    assert_non_null(factor);
    for (size_t k = 0; k < 1000; k++) {
        objective(f, d, odd, decay, w, g);
        for (size_t j = 0; j < P; j++) {
            v[j] = 0.9 * v[j] + g[j];
            w[j] -= 0.1 * v[j];
        }
    }
    put_weights(f->net, w);
    dense(f, odd, RR_CURVATURE_HESSIAN, decay, factor);
    assert_true(factorise(P, factor)); /* it is a minimum */
    for (size_t k = 0; k < 30; k++) {
        objective(f, d, odd, decay, w, g);
        solve(P, factor, g);
        for (size_t j = 0; j < P; j++)
            w[j] -= g[j];
    }
    objective(f, d, odd, decay, w, g);
    assert_true(sqrt(dot(P, g, g)) < 1e-6);
    put_weights(f->net, w);
    free(factor);
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void leave_one_out(rr_cell cell, double decay, double rank_least)
{
    const rr_train_config recipe = fixture_recipe();
    double best[P_MOST];
    double scores[N];
    double want[N];
    rr_derivatives *d = NULL;
    fixture f;
    rr_error err = { 0 };

    fixture_make(&f, false, cell, H, &recipe);
    assert_true(rr_network_parameters(f.net) <= P_MOST);
    CHECK_OK(rr_derivatives_new(f.net, f.train, 1, &d, &err), err);
    get_weights(f.net, best);
    converge(&f, d, N, decay, best);
    rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_KOH_LIANG);
    cfg.curvature = RR_CURVATURE_HESSIAN;
    cfg.damping = decay;
    attribute_one(&cfg, &f, f.test, 4, 1, scores);
    const double all = loss_of(f.net, f.test, 4, 1);
    for (size_t i = 0; i < N; i++) {
        double w[P_MOST];
        memcpy(w, best, sizeof w);
        converge(&f, d, i, decay, w);
        want[i] = loss_of(f.net, f.test, 4, 1) - all;
    }
    const double rank = rank_correlation(scores, want, N);
    print_message("%s, decay %g: off leaving out by %.4f, rank correlation %.4f\n",
                  rr_enum_name(RR_ENUM_CELL, cell), decay, off_by(scores, want, N), rank);
    assert_true(off_by(scores, want, N) < 0.25); /* the sizes agree as well */
    assert_true(rank > rank_least);
    rr_derivatives_free(d);
    fixture_free(&f);
}

static void it_is_what_leaving_one_out_of_a_converged_training_changes(void **state)
{
    (void)state;
    leave_one_out(RR_CELL_TANH, 0.03, 0.98);
    leave_one_out(RR_CELL_GRU, 0.03, 0.98);
    leave_one_out(RR_CELL_TANH, 0.1, 0.99);
}

/* The inside of an attribution gives s: against Cholesky, and A s against g. */
static void the_solution_is_that_of_the_dense_system(void **state)
{
    const rr_train_config recipe = fixture_recipe();
    const size_t id = 3;
    const uint32_t label = 1;
    double *A = malloc(2 * P_MOST * P_MOST * sizeof *A);
    rr_attribution_progress progress = { .done = 0 };
    rr_attribution *a = NULL;
    double want[P_MOST];
    double left[P_MOST];
    fixture f;
    rr_error err = { 0 };

    (void)state;
    assert_non_null(A);
    fixture_make(&f, false, RR_CELL_GRU, H, &recipe);
    const size_t P = rr_network_parameters(f.net);
    const rr_targets target = { .ds = f.test, .which = &id, .labels = &label, .n = 1 };
    rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_KOH_LIANG);
    cfg.tolerance = 1e-5;
    CHECK_OK(rr_attribution_new(&cfg, f.net, f.train, &target, &a, &err), err);
    while (!progress.done)
        CHECK_OK(rr_attribution_step(a, &progress, &err), err);
    assert_true(progress.residual <= 1e-5);
    const rri_solution *k = a->own;
    dense(&f, N, cfg.curvature, cfg.damping, A);
    for (size_t i = 0; i < P; i++)
        left[i] = dot(P, A + i * P, k->s);
    assert_true(off_by(left, k->g, P) < 1e-4);
    memcpy(want, k->g, P * sizeof *want);
    assert_true(factorise(P, A));
    solve(P, A, want);
    assert_true(off_by(k->s, want, P) < 1e-3);

    /* The scores are the slopes along it. */
    rr_derivatives *d = NULL;
    CHECK_OK(rr_derivatives_new(f.net, f.train, 1, &d, &err), err);
    for (size_t i = 0; i < N; i++) {
        double g[P_MOST];
        (void)gradient_of(d, i, rr_dataset_at(f.train, i).label, g);
        CHECK_NEAR(rr_attribution_scores(a)[i], dot(P, g, want) / N, 1e-5, 1e-3);
    }
    rr_derivatives_free(d);
    rr_attribution_free(a);
    fixture_free(&f);
    free(A);
}

static void the_recursion_agrees_with_conjugate_gradients(void **state)
{
    const rr_train_config recipe = fixture_recipe();
    double want[N];
    double scores[N];
    fixture f;

    (void)state;
    fixture_make(&f, false, RR_CELL_TANH, H, &recipe);
    rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_KOH_LIANG);
    cfg.damping = 0.05;
    attribute_one(&cfg, &f, f.test, 4, 1, want);
    cfg.solver = RR_SOLVER_STOCHASTIC;
    cfg.scale = 20.0;
    cfg.iterations = 3000;
    cfg.repeats = 4;
    cfg.batch = 16;
    attribute_one(&cfg, &f, f.test, 4, 1, scores);
    print_message("stochastic: off cg by %.4f\n", off_by(scores, want, N));
    assert_true(off_by(scores, want, N) < 0.05);
    fixture_free(&f);
}

/* An untrained network is no minimum. */
static void negative_curvature_is_named_with_its_remedies(void **state)
{
    const rr_train_config recipe = fixture_recipe();
    const size_t id = 4;
    const uint32_t label = 1;
    double scores[N];
    fixture f;
    rr_error err = { 0 };

    (void)state;
    fixture_make(&f, false, RR_CELL_GRU, H, &recipe);
    rr_network_free(f.net);
    f.net = fixture_network(false, RR_CELL_GRU, H);
    const rr_targets target = { .ds = f.test, .which = &id, .labels = &label, .n = 1 };
    rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_KOH_LIANG);
    cfg.curvature = RR_CURVATURE_HESSIAN;
    cfg.damping = 0.0;
    CHECK_FAILS(attribute(&cfg, &f, &target, scores, &err), RR_ERR_NUMERIC, err,
                "raise the damping above");
    CHECK_FAILS(attribute(&cfg, &f, &target, scores, &err), RR_ERR_NUMERIC, err, "gauss-newton");
    cfg.damping = 2.0;
    CHECK_OK(attribute(&cfg, &f, &target, scores, &err), err);
    fixture_free(&f);
}

static void a_recursion_that_grows_is_stopped(void **state)
{
    const rr_train_config recipe = fixture_recipe();
    const size_t id = 4;
    const uint32_t label = 1;
    double scores[N];
    fixture f;
    rr_error err = { 0 };

    (void)state;
    fixture_make(&f, false, RR_CELL_TANH, H, &recipe);
    const rr_targets target = { .ds = f.test, .which = &id, .labels = &label, .n = 1 };
    rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_KOH_LIANG);
    cfg.solver = RR_SOLVER_STOCHASTIC;
    cfg.scale = 0.01;
    CHECK_FAILS(attribute(&cfg, &f, &target, scores, &err), RR_ERR_NUMERIC, err,
                "raise the scale, now 0.01");
    fixture_free(&f);
}

static void steps_are_counted_and_the_residual_falls(void **state)
{
    const rr_train_config recipe = fixture_recipe();
    const size_t id = 4;
    const uint32_t label = 1;
    rr_attribution_progress progress = { .done = 0 };
    rr_attribution *a = NULL;
    double first = 0.0;
    fixture f;
    rr_error err = { 0 };

    (void)state;
    fixture_make(&f, false, RR_CELL_TANH, H, &recipe);
    const rr_targets target = { .ds = f.test, .which = &id, .labels = &label, .n = 1 };
    rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_KOH_LIANG);
    cfg.iterations = 3;
    cfg.tolerance = 1e-12;
    CHECK_OK(rr_attribution_new(&cfg, f.net, f.train, &target, &a, &err), err);
    for (size_t k = 1; !progress.done; k++) {
        CHECK_OK(rr_attribution_step(a, &progress, &err), err);
        assert_int_equal(progress.step, k);
        assert_int_equal(progress.steps, 3);
        if (k == 1)
            first = progress.residual;
    }
    assert_int_equal(progress.step, 3);
    assert_true(progress.residual < first && progress.residual > 0.0);
    assert_non_null(rr_attribution_scores(a));
    CHECK_FAILS(rr_attribution_step(a, &progress, &err), RR_ERR_ARG, err, "done already");
    rr_attribution_free(a);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_what_leaving_one_out_of_a_converged_training_changes),
        cmocka_unit_test(the_solution_is_that_of_the_dense_system),
        cmocka_unit_test(the_recursion_agrees_with_conjugate_gradients),
        cmocka_unit_test(negative_curvature_is_named_with_its_remedies),
        cmocka_unit_test(a_recursion_that_grows_is_stopped),
        cmocka_unit_test(steps_are_counted_and_the_residual_falls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
