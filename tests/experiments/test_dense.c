/* SPDX-License-Identifier: MIT */
/* test_dense.c - dense classifiers and generators: gradients, learning, the same bits at any
 * threads.
 */
#include "check.h"

#include "experiments/dense.h"

enum { WIDTH = 7, CLASSES = 4, ROWS = 1100 }; /* slices of more than one row, not all alike */

static rr_error err;

static dense *made(size_t layers, size_t threads)
{
    const dense_config cfg = { .width = WIDTH,
                               .outputs = CLASSES,
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

/* ---- generators ----------------------------------------------------------------------------- */

enum { OUTPUTS = 5 };

static float targets[ROWS * OUTPUTS];

static dense *generator(size_t layers, size_t outputs, size_t threads)
{
    const dense_config cfg = { .width = WIDTH,
                               .head = DENSE_SIGMOID,
                               .outputs = outputs,
                               .layers = layers,
                               .hidden = 9,
                               .learning_rate = 0.02,
                               .seed = 4,
                               .threads = threads,
                               .slice = 100 };
    dense *d = NULL;
    CHECK_OK(dense_new(&cfg, &d, &err), err);
    return d;
}

/* Smooth in the turn of fill(), from 0 to 1. */
static void fill_targets(void)
{
    fill(x, y);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t o = 0; o < OUTPUTS; o++)
            targets[i * OUTPUTS + o] = 0.5F + 0.5F * x[i * WIDTH + o];
}

static void the_gradient_of_a_generator_is_the_slope_of_its_loss(void **state)
{
    (void)state;
    fill_targets();
    for (size_t layers = 0; layers <= 2; layers++) {
        dense *d = generator(layers, OUTPUTS, 1);
        const size_t n = dense_parameters(d);
        const float *g = NULL;
        double loss = 0.0, above = 0.0, below = 0.0;
        float *const gradient = calloc(n, sizeof *gradient);
        assert_non_null(gradient);
        CHECK_OK(dense_generator_gradient(d, x, targets, ROWS, &loss, &g, &err), err);
        memcpy(gradient, g, n * sizeof *g);
        for (size_t i = 0; i < n; i += 3) {
            float *const w = dense_weights(d) + i, kept = *w;
            *w = kept + 1e-3F;
            const float high = *w;
            CHECK_OK(dense_generator_gradient(d, x, targets, ROWS, &above, &g, &err), err);
            *w = kept - 1e-3F;
            const float low = *w;
            CHECK_OK(dense_generator_gradient(d, x, targets, ROWS, &below, &g, &err), err);
            *w = kept;
            CHECK_NEAR(gradient[i], (above - below) / ((double)high - (double)low), 4e-4, 1e-2);
        }
        free(gradient);
        dense_free(d);
    }
}

/* Logits far from 0 in both directions, against the definition in double. */
static void the_loss_is_the_cross_entropy_of_what_is_generated(void **state)
{
    static const float logits[OUTPUTS] = { 0.0F, 3.0F, -2.0F, 90.0F, -90.0F };
    static const float wanted[OUTPUTS] = { 0.3F, 1.0F, 0.25F, 0.5F, 0.0F };
    const float *g = NULL;
    float got[OUTPUTS];
    double loss = 0.0, sum = 0.0;
    (void)state;
    fill(x, y);
    dense *d = generator(0, OUTPUTS, 1);
    memset(dense_weights(d), 0, dense_parameters(d) * sizeof(float));
    memcpy(dense_weights(d) + WIDTH * OUTPUTS, logits, sizeof logits);
    CHECK_OK(dense_generator_gradient(d, x, wanted, 1, &loss, &g, &err), err);
    dense_generate(d, x, 1, got);
    for (size_t o = 0; o < OUTPUTS; o++) {
        const double z = (double)logits[o], t = (double)wanted[o];
        sum += t * log1p(exp(-z)) + (1.0 - t) * log1p(exp(z));
        CHECK_NEAR(got[o], 1.0 / (1.0 + exp(-z)), 1e-7, 0);
        CHECK_NEAR(g[WIDTH * OUTPUTS + o], 1.0 / (1.0 + exp(-z)) - t, 1e-7, 0);
    }
    CHECK_NEAR(loss, sum, 0, 1e-6);
    dense_free(d);
}

/* Of rows that cannot be told apart the generator makes the mean: it is given nothing else. */
static void training_comes_to_the_mean_given_the_row(void **state)
{
    static const float rows[4 * WIDTH] = { [2 * WIDTH] = 1.0F, [3 * WIDTH] = 1.0F };
    static const float wanted[4] = { 0.0F, 0.4F, 1.0F, 0.8F };
    float got[4];
    double loss = 0.0;
    (void)state;
    dense *d = generator(1, 1, 1);
    for (size_t e = 0; e < 2000; e++)
        CHECK_OK(dense_generator_step(d, rows, wanted, 4, &loss, &err), err);
    dense_generate(d, rows, 4, got);
    CHECK_NEAR(got[0], 0.2, 5e-3, 0);
    CHECK_NEAR(got[2], 0.9, 5e-3, 0);
    assert_true(got[0] == got[1] && got[2] == got[3]);
    dense_free(d);
}

static void the_bits_of_a_generator_do_not_depend_on_the_threads(void **state)
{
    static float a[ROWS * OUTPUTS], b[ROWS * OUTPUTS];
    double loss = 0.0;
    (void)state;
    fill_targets();
    dense *const one = generator(2, OUTPUTS, 1), *const many = generator(2, OUTPUTS, 5);
    for (size_t e = 0; e < 20; e++) {
        CHECK_OK(dense_generator_step(one, x, targets, ROWS, &loss, &err), err);
        CHECK_OK(dense_generator_step(many, x, targets, ROWS, &loss, &err), err);
    }
    dense_generate(one, x, ROWS, a);
    dense_generate(many, x, ROWS, b);
    assert_memory_equal(a, b, sizeof a);
    dense_free(many);
    dense_free(one);
}

static void wrong_targets_are_named(void **state)
{
    static const float rows[2 * WIDTH] = { 0.0F };
    float wanted[2 * OUTPUTS] = { 0.0F };
    double loss = 0.0;
    (void)state;
    dense *const d = generator(0, OUTPUTS, 1), *const c = made(0, 1);
    wanted[7] = 1.5F;
    CHECK_FAILS(dense_generator_step(d, rows, wanted, 2, &loss, &err), RR_ERR_ARG, err,
                "target 1.5 of row 1");
    wanted[7] = NAN;
    CHECK_FAILS(dense_generator_step(d, rows, wanted, 2, &loss, &err), RR_ERR_ARG, err, "row 1");
    CHECK_FAILS(dense_generator_step(d, rows, wanted, 0, &loss, &err), RR_ERR_SHAPE, err,
                "no rows");
    CHECK_FAILS(dense_generator_step(c, rows, wanted, 1, &loss, &err), RR_ERR_ARG, err,
                "a classifier learns no rows");
    CHECK_FAILS(dense_step(d, rows, y, 1, &loss, &err), RR_ERR_ARG, err,
                "a generator learns no labels");
    dense_free(c);
    dense_free(d);
}

static void seeds_give_other_weights(void **state)
{
    dense_config cfg = { .width = 50, .outputs = 3, .learning_rate = 0.1, .seed = 1 };
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
    const dense_config good = { .width = 2, .outputs = 2, .learning_rate = 0.1 };
    static const uint32_t labels[] = { 0, 7 };
    static const float rows[4] = { 0.0F };
    dense_config cfg = good;
    dense *d = NULL;
    double loss = 0.0;
    (void)state;
    cfg.width = 0;
    CHECK_FAILS(dense_new(&cfg, &d, &err), RR_ERR_ARG, err, "width 0");
    cfg = good;
    cfg.outputs = 1;
    CHECK_FAILS(dense_new(&cfg, &d, &err), RR_ERR_ARG, err, "1 classes");
    cfg.head = DENSE_SIGMOID;
    cfg.outputs = 0;
    CHECK_FAILS(dense_new(&cfg, &d, &err), RR_ERR_ARG, err, "0 outputs");
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
        cmocka_unit_test(the_gradient_of_a_generator_is_the_slope_of_its_loss),
        cmocka_unit_test(the_loss_is_the_cross_entropy_of_what_is_generated),
        cmocka_unit_test(training_comes_to_the_mean_given_the_row),
        cmocka_unit_test(the_bits_of_a_generator_do_not_depend_on_the_threads),
        cmocka_unit_test(wrong_targets_are_named),
        cmocka_unit_test(seeds_give_other_weights),
        cmocka_unit_test(wrong_arguments_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
