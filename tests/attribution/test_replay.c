/* SPDX-License-Identifier: MIT */
/* test_replay.c - influence through every step of a training, against whole trainings with other
 * loss weights: in double by central differences (reference.h), and of all cells by the trainer. */
#include "fixture.h"
#include "network/network_internal.h"
#include "reference.h"

enum { DIRECTIONS = 4 };

/* What the slopes are about: some sequences, and where every step has an output, steps. */
static const size_t which[] = { 0, 3, 4, 7 };
static const uint32_t labels[] = { 1, 0, 1, 1 };
static const size_t steps[] = { 0, 1, 1, 0 };

static rr_targets targets_of(const fixture *f)
{
    const bool each = rr_network_config_of(f->net).output == RR_OUTPUT_STEP;

    return (rr_targets){ .ds = f->test,
                         .which = which,
                         .labels = labels,
                         .n = 4,
                         .steps = each ? steps : NULL };
}

static void take_scores(const fixture *f, double *scores)
{
    const rr_attribution_config cfg = fixture_config(f, RR_ATTRIBUTION_REPLAY);
    const rr_targets targets = targets_of(f);
    rr_error err = { 0 };

    CHECK_OK(attribute(&cfg, f, &targets, scores, &err), err);
}

/* ---- in double: every update rule and what goes with it ------------------------------------- */

/* dL/dc_i of every sequence by central differences, against the scores. */
static double error_in_double(const fixture *f)
{
    const rr_targets targets = targets_of(f);
    const double e = 1e-4;
    double scores[N];
    double want[N];
    double weights[N];
    double ours[RP];
    reference r;

    reference_make(&r, f);
    for (size_t i = 0; i < N; i++)
        weights[i] = f->weights != NULL ? (double)f->weights[i] : 1.0;
    reference_train(&r, weights);
    get_weights(f->net, ours);
    for (size_t j = 0; j < r.P; j++)
        CHECK_NEAR(ours[j], r.w[j], 2e-4, 0.0);
    for (size_t i = 0; i < N; i++) {
        const double at = weights[i];
        weights[i] = at + e;
        reference_train(&r, weights);
        want[i] = -reference_loss(&r, &targets);
        weights[i] = at - e;
        reference_train(&r, weights);
        want[i] = (want[i] + reference_loss(&r, &targets)) / (2.0 * e);
        weights[i] = at;
    }
    reference_free(&r);
    take_scores(f, scores);
    return off_by(scores, want, N);
}

static void compare(const char *what, const rr_network_config *shape, const rr_train_config *cfg)
{
    fixture f;

    fixture_make_of(&f, shape, cfg);
    const double error = error_in_double(&f);
    print_message("%s: off by %.1e\n", what, error);
    fixture_free(&f);
    assert_true(error < 1e-3);
}

static rr_train_config recipe_of(rr_optimizer optimizer)
{
    rr_train_config cfg = fixture_recipe();

    cfg.optimizer = optimizer;
    cfg.epochs = 3;
    cfg.epsilon = 1e-3;
    cfg.learning_rate = optimizer == RR_OPT_SGD ? 0.1 : 0.01;
    return cfg;
}

static void every_update_rule_is_followed(void **state)
{
    const rr_network_config frames = fixture_shape(false, RR_CELL_TANH, RH);
    rr_train_config cfg = recipe_of(RR_OPT_SGD);

    (void)state;
    compare("sgd", &frames, &cfg);
    cfg.momentum = 0.9;
    compare("momentum", &frames, &cfg);
    cfg = recipe_of(RR_OPT_RMSPROP);
    compare("rmsprop", &frames, &cfg);
    cfg.epsilon = 1e-7; /* as small as it is by default, and what a small gradient does is steep */
    cfg.learning_rate = 0.001;
    compare("rmsprop, epsilon 1e-7", &frames, &cfg);
    cfg = recipe_of(RR_OPT_ADAM);
    compare("adam", &frames, &cfg);
    cfg.epsilon = 1e-7;
    cfg.learning_rate = 0.001;
    compare("adam, epsilon 1e-7", &frames, &cfg);
}

static void clipping_is_followed(void **state)
{
    const rr_network_config frames = fixture_shape(false, RR_CELL_TANH, RH);
    rr_train_config cfg = recipe_of(RR_OPT_SGD);

    (void)state;
    cfg.momentum = 0.5;
    cfg.clip_norm = 0.1; /* of norms about it */
    compare("momentum, clipped", &frames, &cfg);
    cfg = recipe_of(RR_OPT_RMSPROP);
    cfg.clip_norm = 0.01; /* all of them */
    compare("rmsprop, clipped", &frames, &cfg);
}

static void dropout_and_trained_vectors_are_followed(void **state)
{
    rr_network_config symbols = fixture_shape(true, RR_CELL_TANH, RH);
    rr_train_config cfg = recipe_of(RR_OPT_ADAM);

    (void)state;
    compare("adam, vectors", &symbols, &cfg);
    cfg.dropout_input = 0.2;
    cfg.dropout_last = 0.3;
    cfg.clip_norm = 0.05;
    symbols.head = RR_HEAD_LOGISTIC;
    compare("adam, vectors, dropout, clipped, logistic", &symbols, &cfg);
}

static void outputs_at_every_step_are_followed(void **state)
{
    rr_network_config frames = fixture_shape(false, RR_CELL_TANH, RH);
    rr_network_config symbols = fixture_shape(true, RR_CELL_TANH, RH);
    rr_train_config cfg = recipe_of(RR_OPT_RMSPROP);

    (void)state;
    frames.output = RR_OUTPUT_STEP;
    symbols.output = RR_OUTPUT_STEP;
    compare("rmsprop, steps", &frames, &cfg);
    cfg = recipe_of(RR_OPT_ADAM);
    cfg.dropout_input = 0.2;
    cfg.dropout_last = 0.3;
    compare("adam, steps, vectors, dropout", &symbols, &cfg);
}

static void loss_weights_are_followed(void **state)
{
    const rr_network_config shape = fixture_shape(false, RR_CELL_TANH, RH);
    const rr_train_config cfg = recipe_of(RR_OPT_ADAM);
    float weights[N];
    fixture f;

    (void)state;
    fixture_make_of(&f, &shape, &cfg);
    for (size_t i = 0; i < N; i++)
        weights[i] = (float)(0.5 * (double)(1 + i % 4));
    f.weights = weights;
    rr_network_free(f.net);
    f.net = new_network(&shape);
    fixture_train(&f);
    const double error = error_in_double(&f);
    print_message("adam, loss weights: off by %.1e\n", error);
    assert_true(error < 1e-3);
    fixture_free(&f);
}

/* ---- by the trainer: every cell ------------------------------------------------------------- */

/* Train again with these loss weights; the sum of the losses of the targets. */
static double retrained(const fixture *f, const float *weights, const rr_targets *targets)
{
    rr_network *net = fixture_network_like(f);
    rr_train_progress progress;
    rr_trainer *t = NULL;
    double loss = 0.0;
    rr_error err = { 0 };

    CHECK_OK(rr_trainer_new(&f->cfg, net, f->train, &t, &err), err);
    CHECK_OK(rr_trainer_set_weights(t, weights, &err), err);
    while (!rr_trainer_finished(t))
        CHECK_OK(rr_trainer_step(t, &progress, &err), err);
    for (size_t i = 0; i < targets->n; i++)
        loss += loss_of(net, targets->ds, targets->which[i], targets->labels[i]);
    rr_trainer_free(t);
    rr_network_free(net);
    return loss;
}

/* The slope of the targets' loss when all loss weights move from 1 along a direction. */
static double central(const fixture *f, const double *direction, double e)
{
    const rr_targets targets = targets_of(f);
    float up[N];
    float down[N];

    for (size_t i = 0; i < N; i++) {
        up[i] = (float)(1.0 + e * direction[i]);
        down[i] = (float)(1.0 - e * direction[i]);
    }
    return (retrained(f, up, &targets) - retrained(f, down, &targets)) / (2.0 * e);
}

/* Along random directions, where what a training in float rounds is small beside the change. */
static void check_cell(rr_optimizer optimizer, rr_cell cell, size_t layers, bool symbols)
{
    const rr_train_config cfg = recipe_of(optimizer);
    rr_network_config shape = fixture_shape(symbols, cell, RH);
    double scores[N];
    double want[DIRECTIONS];
    double got[DIRECTIONS] = { 0.0 };
    const double e = 0.005;
    fixture f;

    shape.layers = layers;
    fixture_make_of(&f, &shape, &cfg);
    take_scores(&f, scores);
    for (size_t k = 0; k < DIRECTIONS; k++) {
        rri_random r = rri_random_at(9, RRI_RANDOM_SAMPLE, k);
        double direction[N];
        for (size_t i = 0; i < N; i++) {
            direction[i] = rri_random_normal(&r);
            got[k] -= direction[i] * scores[i];
        }
        want[k] = (4.0 * central(&f, direction, e / 2.0) - central(&f, direction, e)) / 3.0;
    }
    const double error = off_by(got, want, DIRECTIONS);
    print_message("%s, %s, %zu layers: off by %.1e\n", rr_enum_name(RR_ENUM_OPTIMIZER, optimizer),
                  rr_enum_name(RR_ENUM_CELL, cell), layers, error);
    assert_true(error < 2e-3);
    fixture_free(&f);
}

static void every_cell_is_followed(void **state)
{
    (void)state;
    check_cell(RR_OPT_RMSPROP, RR_CELL_LSTM, 1, false);
    check_cell(RR_OPT_ADAM, RR_CELL_LSTM, 2, true);
    check_cell(RR_OPT_ADAM, RR_CELL_GRU, 1, false);
    check_cell(RR_OPT_SGD, RR_CELL_GRU, 2, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_update_rule_is_followed),
        cmocka_unit_test(clipping_is_followed),
        cmocka_unit_test(dropout_and_trained_vectors_are_followed),
        cmocka_unit_test(outputs_at_every_step_are_followed),
        cmocka_unit_test(loss_weights_are_followed),
        cmocka_unit_test(every_cell_is_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
