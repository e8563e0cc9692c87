/* SPDX-License-Identifier: MIT */
/* test_replay.c - influence through every step of a training, against training again with other
 * loss weights. */
#include "fixture.h"

enum { H = 4, DIRECTIONS = 4 };

/* Train again with these loss weights; the sum of the losses of some targets. */
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

/* The slope of the targets' loss when the loss weights move from `at` along a direction. */
static double central(const fixture *f, const float *at, const double *direction, double e,
                      const rr_targets *targets)
{
    float up[N];
    float down[N];

    for (size_t i = 0; i < N; i++) {
        up[i] = (float)((double)at[i] + e * direction[i]);
        down[i] = (float)((double)at[i] - e * direction[i]);
    }
    return (retrained(f, up, targets) - retrained(f, down, targets)) / (2.0 * e);
}

/* The error of the scores' slopes along random directions of all loss weights, relative to those of
 * whole trainings: central differences of two widths, without their error of second order. */
static double error_of(const fixture *f, const float *weights, double e)
{
    const size_t which[] = { 0, 3, 4, 7 };
    const uint32_t labels[] = { 1, 0, 1, 1 };
    const rr_targets targets = { .ds = f->test, .which = which, .labels = labels, .n = 4 };
    rr_attribution_config cfg = fixture_config(f, RR_ATTRIBUTION_REPLAY);
    double scores[N];
    double want[DIRECTIONS];
    double got[DIRECTIONS] = { 0.0 };
    float ones[N];
    rr_error err = { 0 };

    for (size_t i = 0; i < N; i++)
        ones[i] = 1.0f;
    cfg.weights = weights;
    CHECK_OK(attribute(&cfg, f, &targets, scores, &err), err);
    for (size_t k = 0; k < DIRECTIONS; k++) {
        rri_random r = rri_random_at(9, RRI_RANDOM_SAMPLE, k);
        double direction[N];
        for (size_t i = 0; i < N; i++) {
            direction[i] = rri_random_normal(&r);
            got[k] -= direction[i] * scores[i];
        }
        const float *at = weights != NULL ? weights : ones;
        want[k] = (4.0 * central(f, at, direction, e / 2.0, &targets) -
                   central(f, at, direction, e, &targets)) /
                  3.0;
    }
    return off_by(got, want, DIRECTIONS);
}

static void check(const char *what, const rr_train_config *cfg, bool symbols, rr_cell cell)
{
    fixture f;

    fixture_make(&f, symbols, cell, H, cfg);
    const double error = error_of(&f, NULL, 0.005);
    print_message("%s: off by %.2e\n", what, error);
    fixture_free(&f);
    assert_true(error < 1e-3);
}

static rr_train_config recipe_of(rr_optimizer optimizer)
{
    rr_train_config cfg = fixture_recipe();

    cfg.optimizer = optimizer;
    cfg.epsilon = 1e-3;
    cfg.learning_rate = optimizer == RR_OPT_SGD ? 0.1 : 0.01;
    return cfg;
}

static void it_is_the_slope_of_the_whole_training(void **state)
{
    rr_train_config cfg = recipe_of(RR_OPT_RMSPROP);

    (void)state;
    check("rmsprop, lstm", &cfg, false, RR_CELL_LSTM);
    cfg = recipe_of(RR_OPT_ADAM);
    check("adam, gru", &cfg, false, RR_CELL_GRU);
    cfg = recipe_of(RR_OPT_SGD);
    check("sgd, tanh", &cfg, false, RR_CELL_TANH);
    cfg.momentum = 0.9;
    cfg.learning_rate = 0.03;
    check("momentum, lstm", &cfg, false, RR_CELL_LSTM);
    cfg.clip_norm = 0.2;
    check("momentum, clipped, lstm", &cfg, false, RR_CELL_LSTM);
    cfg = recipe_of(RR_OPT_ADAM);
    cfg.dropout_input = 0.2;
    cfg.dropout_last = 0.3;
    cfg.clip_norm = 0.1;
    check("adam, clipped, dropout, embedding, gru", &cfg, true, RR_CELL_GRU);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_slope_of_the_whole_training),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
