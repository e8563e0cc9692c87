/* SPDX-License-Identifier: MIT */
/* test_derivatives_use.c - derivatives of lists of losses: any order, number and label; the same
 * bits at any thread count; the dropout of a training; wrong inputs and failing allocations. */
#include "derivatives_fixture.h"

enum { MANY = 600, LIST = 1100, BATCH = 150 };

/* All results of one list along one direction. */
typedef struct results {
    double *loss, *gradient, *slopes, *hessian, *newton, *squares;
} results;

static results all_results(fixture *f, const rr_losses *losses, const float *v)
{
    results r = { .loss = zeros(losses->n, sizeof(double)),
                  .slopes = zeros(losses->n, sizeof(double)),
                  .squares = zeros(losses->n, sizeof(double)) };
    rr_error err = { 0 };

    r.gradient = gradient_of(f, losses, r.loss);
    r.hessian = product_of(f, losses, RR_CURVATURE_HESSIAN, v, r.slopes);
    r.newton = product_of(f, losses, RR_CURVATURE_GAUSS_NEWTON, v, NULL);
    CHECK_OK(rr_derivatives_squares(f->d, losses, r.squares, &err), err);
    return r;
}

static void free_results(results *r)
{
    free(r->loss);
    free(r->gradient);
    free(r->slopes);
    free(r->hessian);
    free(r->newton);
    free(r->squares);
}

/* A list over all of the data, with some sequences more than once, and labels of its own. */
static rr_losses make_list(const fixture *f, size_t *which, uint32_t *labels)
{
    rri_random r = rri_random_at(8, RRI_RANDOM_SAMPLE, 0);

    for (size_t i = 0; i < LIST; i++) {
        which[i] = (size_t)rri_random_below(&r, f->N);
        labels[i] = (uint32_t)rri_random_below(&r, classes_of(f->kind));
    }
    return (rr_losses){ .which = which, .labels = labels, .n = LIST };
}

static void thread_count_does_not_change_a_bit(void **state)
{
    static size_t which[LIST];
    static uint32_t labels[LIST];
    static double cosines[LIST], alone[LIST];
    rr_error err = { 0 };

    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        results first = { 0 };
        for (size_t threads = 1; threads <= 3; threads++) {
            fixture f = open_fixture(&kinds[k], MANY, threads);
            const rr_losses list = make_list(&f, which, labels);
            float *v = make_direction(f.P, 1);
            results r = all_results(&f, &list, v);
            if (threads == 1)
                first = r;
            assert_memory_equal(r.loss, first.loss, LIST * sizeof(double));
            assert_memory_equal(r.slopes, first.slopes, LIST * sizeof(double));
            assert_memory_equal(r.squares, first.squares, LIST * sizeof(double));
            CHECK_OK(rr_derivatives_cosines(f.d, &list, v, cosines, &err), err);
            assert_true(threads == 1 || memcmp(cosines, alone, sizeof cosines) == 0);
            memcpy(alone, cosines, sizeof alone);
            assert_memory_equal(r.gradient, first.gradient, f.P * sizeof(double));
            assert_memory_equal(r.hessian, first.hessian, f.P * sizeof(double));
            assert_memory_equal(r.newton, first.newton, f.P * sizeof(double));
            if (threads > 1)
                free_results(&r);
            free(v);
            close_fixture(&f);
        }
        free_results(&first);
    }
}

/* Sums over a list are sums over its parts, and each loss has its own label. */
static void a_list_is_its_losses_one_by_one(void **state)
{
    static size_t which[LIST];
    static uint32_t labels[LIST];

    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        fixture f = open_fixture(&kinds[k], 30, 1);
        const rr_losses list = make_list(&f, which, labels);
        float *v = make_direction(f.P, 1);
        results r = all_results(&f, &list, v);
        results sum = { .loss = zeros(LIST, sizeof(double)),
                        .slopes = zeros(LIST, sizeof(double)),
                        .squares = zeros(LIST, sizeof(double)),
                        .gradient = zeros(f.P, sizeof(double)),
                        .hessian = zeros(f.P, sizeof(double)),
                        .newton = zeros(f.P, sizeof(double)) };
        for (size_t i = 0; i < LIST; i++) {
            const rr_losses one = { .which = which + i, .labels = labels + i, .n = 1 };
            results s = all_results(&f, &one, v);
            sum.loss[i] = s.loss[0];
            sum.slopes[i] = s.slopes[0];
            sum.squares[i] = s.squares[0];
            for (size_t j = 0; j < f.P; j++) {
                sum.gradient[j] += s.gradient[j];
                sum.hessian[j] += s.hessian[j];
                sum.newton[j] += s.newton[j];
            }
            free_results(&s);
        }
        near_all(&f, "losses", r.loss, sum.loss, LIST, 1e-6);
        near_all(&f, "slopes", r.slopes, sum.slopes, LIST, 1e-6);
        near_all(&f, "squares", r.squares, sum.squares, LIST, 1e-5);
        near_all(&f, "gradient", r.gradient, sum.gradient, f.P, 5e-6);
        near_all(&f, "product", r.hessian, sum.hessian, f.P, 5e-6);
        near_all(&f, "Gauss-Newton product", r.newton, sum.newton, f.P, 5e-6);
        free_results(&r);
        free_results(&sum);
        free(v);
        close_fixture(&f);
    }
}

/* A network so confident that 1 - p is far below a float's step at 1. */
static void a_confident_network_still_has_its_slopes(void **state)
{
    const kind k = { RR_CELL_TANH, 1, FRAMES, RR_HEAD_SOFTMAX };
    fixture f = open_fixture(&k, 1, 1);
    const rri_output_view out = rri_output_at(&f.net->cfg, f.net->weights);
    const size_t bias = (size_t)(out.b - f.net->weights);
    const uint32_t truth = 1;
    const rr_losses one = { .labels = &truth, .n = 1 };
    float *v = zeros(f.P, sizeof *v);
    double loss = 0.0;
    double slope = 0.0;
    rr_error err = { 0 };

    (void)state;
    memset(out.w, 0, C * H * sizeof *out.w);
    out.b[0] = 0.0f;
    out.b[1] = 30.0f;
    out.b[2] = 1.0f;
    v[bias + 1] = 1.0f;
    double *g = gradient_of(&f, &one, &loss);
    double *p = product_of(&f, &one, RR_CURVATURE_HESSIAN, v, &slope);
    const double others = exp(-30.0) + exp(-29.0);
    CHECK_NEAR(loss, others, 0.0, 1e-5);
    CHECK_NEAR(g[bias + 1], -others, 0.0, 1e-5);
    CHECK_NEAR(g[bias + 2], exp(-29.0), 0.0, 1e-5);
    CHECK_NEAR(slope, -others, 0.0, 1e-5);
    CHECK_NEAR(p[bias + 1], others, 0.0, 1e-5);
    CHECK_NEAR(p[bias + 2], -exp(-29.0), 0.0, 1e-5);
    CHECK_OK(rr_derivatives_slopes(f.d, &one, v, &slope, &err), err);
    CHECK_NEAR(slope, -others, 0.0, 1e-5);
    free(g);
    free(p);
    free(v);
    close_fixture(&f);
}

/* ---- the dropout of a training --------------------------------------------------------------- */

static void check_dropout_step(fixture *f, size_t update)
{
    const float rate = 1.0f / 64;
    const size_t E = rri_embedding_size(&f->net->cfg);
    rr_train_config cfg = rr_train_config_default();
    rr_network *before = NULL;
    rr_trainer *t = NULL;
    rr_train_progress progress;
    size_t which[BATCH];
    rr_error err = { 0 };

    cfg.optimizer = RR_OPT_SGD;
    cfg.learning_rate = (double)rate;
    cfg.batch = BATCH;
    cfg.epochs = 10;
    cfg.dropout_input = 0.3;
    cfg.dropout_last = 0.4;
    CHECK_OK(rr_trainer_new(&cfg, f->net, f->ds, &t, &err), err);
    for (size_t i = 0; i < update; i++)
        CHECK_OK(rr_trainer_step(t, &progress, &err), err);
    CHECK_OK(rr_network_copy(f->net, &before, &err), err);
    rri_derivatives_dropout(f->d, &cfg, update);
    CHECK_OK(rr_trainer_step(t, &progress, &err), err);
    rr_network *after = NULL;
    CHECK_OK(rr_network_copy(f->net, &after, &err), err);
    memcpy(f->net->weights, before->weights, before->parameters * sizeof(float));
    if (E > 0)
        memcpy(f->net->embedding, before->embedding, E * sizeof(float));
    const size_t begin = (progress.batch - 1) * BATCH;
    const rr_losses batch = { .which = which, .n = t->count };
    for (size_t i = 0; i < t->count; i++)
        which[i] = t->order[begin + i];
    double *g = gradient_of(f, &batch, NULL);
    double *want = zeros(f->P, sizeof *want);
    for (size_t i = 0; i < f->P; i++) {
        const float *a = i < E ? before->embedding + i : before->weights + i - E;
        const float *b = i < E ? after->embedding + i : after->weights + i - E;
        want[i] = (double)t->count * ((double)*a - (double)*b) / (double)rate;
    }
    /* A weight's float step at 1 is 6e-8, times 150 * 64. */
    near_all(f, "gradient with dropout", g, want, f->P, 4e-4);
    rri_derivatives_dropout(f->d, NULL, 0);
    double *plain = gradient_of(f, &batch, NULL);
    double apart = 0.0;
    for (size_t i = 0; i < f->P; i++)
        apart = fmax(apart, fabs(plain[i] - g[i]));
    assert_true(apart > 0.05 * largest(g, f->P));
    free(plain);
    free(g);
    free(want);
    rr_network_free(before);
    rr_network_free(after);
    rr_trainer_free(t);
}

static void the_masks_are_those_of_the_training(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        for (size_t update = 0; update < 4; update += 3) { /* the fourth batch begins an epoch */
            fixture f = open_fixture(&kinds[k], 400, 2);
            check_dropout_step(&f, update);
            close_fixture(&f);
        }
    }
}

/* With masks, slopes and products still agree with the gradient. */
static void products_respect_the_masks(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        fixture f = open_fixture(&kinds[k], 40, 1);
        const rr_losses all = rr_losses_all(f.ds);
        rr_train_config cfg = rr_train_config_default();
        float *u = make_direction(f.P, 1);
        float *v = make_direction(f.P, 2);
        double slopes[40];
        double sum = 0.0;
        cfg.dropout_input = 0.3;
        cfg.dropout_last = 0.4;
        rri_derivatives_dropout(f.d, &cfg, 2);
        double *g = gradient_of(&f, &all, NULL);
        double *hu = product_of(&f, &all, RR_CURVATURE_HESSIAN, u, NULL);
        double *hv = product_of(&f, &all, RR_CURVATURE_HESSIAN, v, slopes);
        for (size_t i = 0; i < 40; i++)
            sum += slopes[i];
        CHECK_NEAR(sum, dot_direction(g, v, f.P), 1e-5 * largest(g, f.P) * (double)f.P, 0.0);
        const double size = sqrt(dot(hv, hv, f.P) * (double)f.P);
        CHECK_NEAR(dot_direction(hv, u, f.P), dot_direction(hu, v, f.P), 2e-6 * size, 0.0);
        free(u);
        free(v);
        free(g);
        free(hu);
        free(hv);
        close_fixture(&f);
    }
}

/* ---- wrong inputs ---------------------------------------------------------------------------- */

static void wrong_lists_are_refused(void **state)
{
    fixture f = open_fixture(&kinds[0], 10, 1);
    const size_t far[2] = { 3, 10 };
    const uint32_t odd[2] = { 2, 3 };
    double *g = zeros(f.P, sizeof *g);
    float *v = make_direction(f.P, 1);
    double x[10];
    rr_error err = { 0 };
    rr_losses list = { .n = 0 };

    (void)state;
    CHECK_FAILS(rr_derivatives_gradient(f.d, &list, NULL, g, &err), RR_ERR_ARG, err,
                "there is no loss");
    CHECK_FAILS(rr_derivatives_direction(f.d, &list, v, &err), RR_ERR_ARG, err, "there is no loss");
    CHECK_FAILS(rr_derivatives_cosines(f.d, &list, v, x, &err), RR_ERR_ARG, err,
                "there is no loss");
    list.n = 11;
    CHECK_FAILS(rr_derivatives_squares(f.d, &list, x, &err), RR_ERR_ARG, err,
                "11 losses of the first sequences of 10");
    list = (rr_losses){ .which = far, .n = 2 };
    CHECK_FAILS(rr_derivatives_slopes(f.d, &list, v, x, &err), RR_ERR_ARG, err,
                "loss 1 is about sequence 10: expected 0 to 9");
    assert_int_equal(err.where, 1);
    list = (rr_losses){ .labels = odd, .n = 2 };
    CHECK_FAILS(rr_derivatives_product(f.d, &list, RR_CURVATURE_HESSIAN, v, g, x, &err), RR_ERR_ARG,
                err, "loss 1 is about class 3: expected 0 to 2");
    assert_int_equal(err.where, 1);
    list.labels = NULL;
    CHECK_FAILS(rr_derivatives_product(f.d, &list, (rr_curvature)2, v, g, x, &err), RR_ERR_ARG, err,
                "unknown curvature number 2");
    v[5] = NAN;
    CHECK_FAILS(rr_derivatives_slopes(f.d, &list, v, x, &err), RR_ERR_NUMERIC, err,
                "number 5 of the direction is not finite");
    assert_int_equal(err.where, 5);
    f.net->weights[7] = NAN;
    CHECK_FAILS(rr_derivatives_gradient(f.d, &list, x, g, &err), RR_ERR_NUMERIC, err,
                "the loss of number 0 is not finite");
    CHECK_FAILS(rr_derivatives_gradient(f.d, &list, NULL, g, &err), RR_ERR_NUMERIC, err,
                "the gradient's number");
    CHECK_FAILS(rr_derivatives_squares(f.d, &list, x, &err), RR_ERR_NUMERIC, err,
                "the squared gradient of loss 0");
    free(g);
    free(v);
    close_fixture(&f);
}

static void wrong_data_are_refused(void **state)
{
    const kind symbols = { RR_CELL_LSTM, 1, TRAINED, RR_HEAD_SOFTMAX };
    rr_network *net = make_net(&kinds[0]);
    rr_dataset *ds = make_data(&symbols, 3);
    rr_dataset *none = make_data(&kinds[0], 0);
    rr_derivatives *d = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_derivatives_new(net, ds, 1, &d, &err), RR_ERR_SHAPE, err,
                "the data are symbols, the network reads frames");
    assert_null(d);
    CHECK_FAILS(rr_derivatives_new(net, none, 1, &d, &err), RR_ERR_SHAPE, err, "has no sequence");
    assert_null(d);
    rr_dataset_free(ds);
    rr_dataset_free(none);
    rr_network_free(net);
    rr_derivatives_free(NULL);
}

static void failing_allocations_are_reported_and_most_calls_make_none(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k += 9) { /* frames, and a trained embedding */
        rr_network *net = make_net(&kinds[k]);
        rr_dataset *ds = make_data(&kinds[k], 20);
        rr_derivatives *d = NULL;
        rr_error err = { 0 };
        for (failing at = { 0 }; next_allocation_fails(&at, 20);) {
            at.st = rr_derivatives_new(net, ds, 2, &d, &err);
            assert_int_equal(at.st == RR_OK, d != NULL);
        }
        fixture f = { .kind = &kinds[k], .net = net, .ds = ds, .d = d, .N = 20 };
        f.P = rr_network_parameters(net);
        const rr_losses all = rr_losses_all(ds);
        float *v = make_direction(f.P, 1);
        double cosines[20];
        rri_alloc_fail_at = 0;
        results r = all_results(&f, &all, v);
        rri_alloc_fail_at = 0;
        CHECK_FAILS(rr_derivatives_direction(d, &all, v, &err), RR_ERR_NOMEM, err, "out of memory");
        rri_alloc_fail_at = 0;
        CHECK_FAILS(rr_derivatives_cosines(d, &all, v, cosines, &err), RR_ERR_NOMEM, err,
                    "out of memory");
        rri_alloc_fail_at = -1;
        free_results(&r);
        free(v);
        close_fixture(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thread_count_does_not_change_a_bit),
        cmocka_unit_test(a_list_is_its_losses_one_by_one),
        cmocka_unit_test(a_confident_network_still_has_its_slopes),
        cmocka_unit_test(the_masks_are_those_of_the_training),
        cmocka_unit_test(products_respect_the_masks),
        cmocka_unit_test(wrong_lists_are_refused),
        cmocka_unit_test(wrong_data_are_refused),
        cmocka_unit_test(failing_allocations_are_reported_and_most_calls_make_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
