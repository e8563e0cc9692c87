/* SPDX-License-Identifier: MIT */
/* test_dense.c - the dense classifiers: gradients, learning, the same bits at any threads. */
#include "check.h"

#include "experiments/dense.h"

enum { WIDTH = 7, CLASSES = 4, ROWS = 1100 }; /* slices of more than one row, not all alike */

static rr_error err;

static dense *made(size_t layers, size_t threads)
{
    const dense_config cfg = { .width = WIDTH,
                               .classes = CLASSES,
                               .layers = layers,
                               .hidden = 9,
                               .learning_rate = 0.02,
                               .seed = 3,
                               .threads = threads };
    dense *d = NULL;
    CHECK_OK(dense_new(&cfg, &d, &err), err);
    return d;
}

/* Points on a circle in a plane of the space, and which quarter they are in. */
static void fill(float *x, uint32_t *y)
{
    for (size_t i = 0; i < ROWS; i++) {
        const double turn = (double)(i * 37 % ROWS) / ROWS;
        for (size_t k = 0; k < WIDTH; k++)
            x[i * WIDTH + k] = (float)cos(6.283185307179586 * turn + 0.9 * (double)k);
        y[i] = (uint32_t)(turn * CLASSES);
    }
}

static float x[ROWS * WIDTH];
static uint32_t y[ROWS];

static void the_gradient_is_the_slope_of_the_loss(void **state)
{
    (void)state;
    fill(x, y);
    for (size_t layers = 0; layers <= DENSE_HIDDEN_LAYERS; layers++) {
        dense *d = made(layers, 1);
        const size_t n = dense_parameters(d);
        const float *g = NULL;
        double loss = 0.0, above = 0.0, below = 0.0;
        float *const gradient = calloc(n, sizeof *gradient);
        assert_non_null(gradient);
        CHECK_OK(dense_gradient(d, x, y, ROWS, &loss, &g, &err), err);
        memcpy(gradient, g, n * sizeof *g);
        for (size_t i = 0; i < n; i += 3) {
            float *const w = dense_weights(d) + i, kept = *w;
            *w = kept + 1e-3F;
            const float high = *w;
            CHECK_OK(dense_gradient(d, x, y, ROWS, &above, &g, &err), err);
            *w = kept - 1e-3F;
            const float low = *w;
            CHECK_OK(dense_gradient(d, x, y, ROWS, &below, &g, &err), err);
            *w = kept;
            CHECK_NEAR(gradient[i], (above - below) / ((double)high - (double)low), 2e-4, 1e-2);
        }
        free(gradient);
        dense_free(d);
    }
}

static void the_loss_of_equal_logits_is_log_classes(void **state)
{
    const float *g = NULL;
    double loss = 0.0;
    (void)state;
    fill(x, y);
    dense *d = made(0, 1);
    memset(dense_weights(d), 0, dense_parameters(d) * sizeof(float));
    CHECK_OK(dense_gradient(d, x, y, ROWS, &loss, &g, &err), err);
    CHECK_NEAR(loss, log((double)CLASSES), 1e-6, 0);
    dense_free(d);
}

static void training_learns_what_can_be_told_apart(void **state)
{
    static uint32_t labels[ROWS];
    (void)state;
    fill(x, y);
    for (size_t layers = 0; layers <= DENSE_HIDDEN_LAYERS; layers++) {
        dense *d = made(layers, 2);
        double loss = 0.0;
        size_t right = 0;
        for (size_t e = 0; e < 500; e++)
            CHECK_OK(dense_step(d, x, y, ROWS, &loss, &err), err);
        dense_predict(d, x, ROWS, labels);
        for (size_t i = 0; i < ROWS; i++)
            right += labels[i] == y[i];
        assert_true(right > ROWS * 95 / 100);
        dense_free(d);
    }
}

static void the_bits_do_not_depend_on_the_threads(void **state)
{
    (void)state;
    fill(x, y);
    for (size_t layers = 0; layers <= 2; layers += 2) {
        dense *const one = made(layers, 1), *const many = made(layers, 5);
        double a = 0.0, b = 0.0;
        for (size_t e = 0; e < 20; e++) {
            CHECK_OK(dense_step(one, x, y, ROWS, &a, &err), err);
            CHECK_OK(dense_step(many, x, y, ROWS, &b, &err), err);
            assert_memory_equal(&a, &b, sizeof a);
        }
        assert_memory_equal(dense_weights(one), dense_weights(many),
                            dense_parameters(one) * sizeof(float));
        dense_free(many);
        dense_free(one);
    }
}

static void seeds_give_other_weights(void **state)
{
    dense_config cfg = { .width = 50, .classes = 3, .learning_rate = 0.1, .seed = 1 };
    dense *a = NULL, *b = NULL;
    double sum = 0.0, largest = 0.0;
    (void)state;
    CHECK_OK(dense_new(&cfg, &a, &err), err);
    cfg.seed = 2;
    CHECK_OK(dense_new(&cfg, &b, &err), err);
    const size_t n = dense_parameters(a);
    assert_int_equal(n, 51 * 3);
    assert_memory_not_equal(dense_weights(a), dense_weights(b), n * sizeof(float));
    for (size_t i = 0; i < n; i++) {
        sum += (double)dense_weights(a)[i];
        largest = fmax(largest, fabs((double)dense_weights(a)[i]));
    }
    CHECK_NEAR(sum / (double)n, 0.0, 0.03, 0);
    assert_true(largest > 0.12 && largest <= sqrt(1.0 / 50.0));
    dense_free(b);
    dense_free(a);
}

static void wrong_arguments_are_named(void **state)
{
    const dense_config good = { .width = 2, .classes = 2, .learning_rate = 0.1 };
    static const uint32_t labels[] = { 0, 7 };
    static const float rows[4] = { 0.0F };
    dense_config cfg = good;
    dense *d = NULL;
    double loss = 0.0;
    (void)state;
    cfg.width = 0;
    CHECK_FAILS(dense_new(&cfg, &d, &err), RR_ERR_ARG, err, "width 0");
    cfg = good;
    cfg.classes = 1;
    CHECK_FAILS(dense_new(&cfg, &d, &err), RR_ERR_ARG, err, "1 classes");
    cfg = good;
    cfg.layers = 4;
    CHECK_FAILS(dense_new(&cfg, &d, &err), RR_ERR_ARG, err, "4 hidden layers");
    cfg = good;
    cfg.layers = 1;
    CHECK_FAILS(dense_new(&cfg, &d, &err), RR_ERR_ARG, err, "0 hidden units");
    cfg = good;
    cfg.learning_rate = 0.0;
    CHECK_FAILS(dense_new(&cfg, &d, &err), RR_ERR_ARG, err, "learning rate 0");
    assert_null(d);
    CHECK_OK(dense_new(&good, &d, &err), err);
    CHECK_FAILS(dense_step(d, rows, labels, 0, &loss, &err), RR_ERR_SHAPE, err, "no rows");
    CHECK_FAILS(dense_step(d, rows, labels, 2, &loss, &err), RR_ERR_ARG, err, "label 7 of row 1");
    dense_weights(d)[0] = NAN;
    CHECK_FAILS(dense_step(d, rows, labels, 1, &loss, &err), RR_ERR_NUMERIC, err, "not finite");
    dense_free(d);
    dense_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gradient_is_the_slope_of_the_loss),
        cmocka_unit_test(the_loss_of_equal_logits_is_log_classes),
        cmocka_unit_test(training_learns_what_can_be_told_apart),
        cmocka_unit_test(the_bits_do_not_depend_on_the_threads),
        cmocka_unit_test(seeds_give_other_weights),
        cmocka_unit_test(wrong_arguments_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
