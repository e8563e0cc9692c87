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

    return (rr_targets){
        .ds = f->test, .which = which, .labels = labels, .n = 4, .steps = each ? steps : NULL
    };
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
    assert_true(error < 1e-4);
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

static void the_mean_of_the_last_epoch_is_followed(void **state)
{
    const rr_network_config frames = fixture_shape(false, RR_CELL_TANH, RH);
    rr_train_config cfg = recipe_of(RR_OPT_ADAM);

    (void)state;
    cfg.average = 1;
    compare("adam, averaged", &frames, &cfg);
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
    assert_true(error < 1e-4);
    fixture_free(&f);
}

/* ---- by step -------------------------------------------------------------------------------- */

/* Scores by step [all steps], and of the sequences they add up to. */
static void take_step_scores(const fixture *f, double *step_scores, double *scores)
{
    rr_attribution_config cfg = fixture_config(f, RR_ATTRIBUTION_REPLAY);
    const rr_targets targets = targets_of(f);
    rr_attribution_progress progress = { .done = 0 };
    rr_attribution *a = NULL;
    rr_error err = { 0 };

    cfg.by_step = 1;
    CHECK_OK(rr_attribution_new(&cfg, f->net, f->train, &targets, &a, &err), err);
    assert_null(rr_attribution_step_scores(a, 0));
    while (!progress.done)
        CHECK_OK(rr_attribution_step(a, &progress, &err), err);
    assert_null(rr_attribution_step_scores(a, 1));
    memcpy(step_scores, rr_attribution_step_scores(a, 0),
           rr_dataset_steps(f->train) * sizeof *step_scores);
    memcpy(scores, rr_attribution_scores(a), N * sizeof *scores);
    rr_attribution_free(a);
}

/* Of some sequences the scores of each step, against trainings in double with other weights of that
 * step alone; of all that they add up. */
static void compare_steps(const char *what, const rr_network_config *shape,
                          const rr_train_config *cfg)
{
    double step_scores[N * LONGEST];
    double scores[N];
    double weights[N];
    double got[N];
    double want[N];
    const double e = 1e-4;
    size_t n = 0;
    size_t at = 0;
    fixture f;
    reference r;

    fixture_make_of(&f, shape, cfg);
    const rr_targets targets = targets_of(&f);
    take_step_scores(&f, step_scores, scores);
    reference_make(&r, &f);
    for (size_t i = 0; i < N; i++)
        weights[i] = 1.0;
    for (size_t i = 0; i < N; i++) {
        double sum = 0.0;
        for (size_t t = 0; t < rr_dataset_at(f.train, i).steps; t++, at++) {
            sum += step_scores[at];
            if (i % 5 != 0)
                continue;
            got[n] = step_scores[at];
            r.step_weight[i][t] = 1.0 + e;
            reference_train(&r, weights);
            want[n] = -reference_loss(&r, &targets);
            r.step_weight[i][t] = 1.0 - e;
            reference_train(&r, weights);
            want[n] = (want[n] + reference_loss(&r, &targets)) / (2.0 * e);
            r.step_weight[i][t] = 1.0;
            n++;
        }
        CHECK_NEAR(sum, scores[i], 1e-7, 1e-4);
    }
    const double error = off_by(got, want, n);
    print_message("%s: off by %.1e\n", what, error);
    assert_true(error < 1e-4);
    reference_free(&r);
    fixture_free(&f);
}

static void steps_have_scores_of_their_own(void **state)
{
    rr_network_config frames = fixture_shape(false, RR_CELL_TANH, RH);
    rr_network_config symbols = fixture_shape(true, RR_CELL_TANH, RH);
    rr_train_config cfg = recipe_of(RR_OPT_RMSPROP);

    (void)state;
    compare_steps("uses of the weights", &frames, &cfg);
    frames.output = RR_OUTPUT_STEP;
    compare_steps("labelled steps", &frames, &cfg);
    cfg = recipe_of(RR_OPT_ADAM);
    cfg.dropout_input = 0.2;
    cfg.dropout_last = 0.3;
    symbols.head = RR_HEAD_LOGISTIC;
    compare_steps("uses of weights and vectors, dropout, logistic", &symbols, &cfg);
}

/* Steps add up to their sequence, of cells the training in double lacks. */
static void steps_of_every_cell_add_up(void **state)
{
    const rr_train_config cfg = recipe_of(RR_OPT_ADAM);
    double step_scores[N * LONGEST];
    double scores[N];

    (void)state;
    for (size_t k = 0; k < 4; k++) {
        rr_network_config shape = fixture_shape(k % 2 == 1, k < 2 ? RR_CELL_LSTM : RR_CELL_GRU, RH);
        size_t at = 0;
        fixture f;
        shape.layers = 1 + k % 2;
        fixture_make_of(&f, &shape, &cfg);
        take_step_scores(&f, step_scores, scores);
        for (size_t i = 0; i < N; i++) {
            double sum = 0.0;
            for (size_t t = 0; t < rr_dataset_at(f.train, i).steps; t++)
                sum += step_scores[at++];
            CHECK_NEAR(sum, scores[i], 1e-7, 1e-4);
        }
        fixture_free(&f);
    }
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

/* ---- several queries, little memory, an interruption: the same bits -------------------------- */

enum { Q = 20 };

typedef struct many {
    size_t which[Q];
    uint32_t labels[Q];
    rr_targets queries[Q];
} many;

static void many_make(many *m, const fixture *f)
{
    for (size_t q = 0; q < Q; q++) {
        m->which[q] = q % M;
        m->labels[q] = (uint32_t)(q / M);
        m->queries[q] =
            (rr_targets){ .ds = f->test, .which = &m->which[q], .labels = &m->labels[q], .n = 1 };
    }
}

/* All scores [Q][N]; gives up after `most` steps, as where a program is stopped. */
static void attribute_many(const rr_attribution_config *cfg, const fixture *f, const many *m,
                           size_t most, double *scores)
{
    rr_attribution_progress progress = { .done = 0 };
    rr_attribution *a = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_attribution_new_queries(cfg, f->net, f->train, m->queries, Q, &a, &err), err);
    for (size_t i = 0; i < most && !progress.done; i++)
        CHECK_OK(rr_attribution_step(a, &progress, &err), err);
    for (size_t q = 0; progress.done && q < Q; q++)
        memcpy(scores + q * N, rr_attribution_query_scores(a, q), N * sizeof *scores);
    assert_null(rr_attribution_query_scores(a, Q));
    rr_attribution_free(a);
}

static void queries_share_a_replay(void **state)
{
    const rr_network_config shapes[] = { fixture_shape(false, RR_CELL_LSTM, RH),
                                         fixture_shape(true, RR_CELL_GRU, RH) };
    rr_train_config recipe = recipe_of(RR_OPT_ADAM);
    static double together[Q * N];
    static double other[Q * N];

    (void)state;
    recipe.clip_norm = 0.1;
    recipe.dropout_last = 0.2;
    for (size_t k = 0; k < 2; k++) {
        fixture f;
        many m;
        fixture_make_of(&f, &shapes[k], &recipe);
        many_make(&m, &f);
        rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_REPLAY);
        attribute_many(&cfg, &f, &m, SIZE_MAX, together);
        for (size_t q = 0; q < Q; q += 7) { /* alone */
            attribute_one(&cfg, &f, f.test, m.which[q], m.labels[q], other);
            assert_memory_equal(together + q * N, other, N * sizeof *other);
        }
        cfg.threads = 3;
        cfg.memory = 4 * rr_network_parameters(f.net) * sizeof(float); /* a single state */
        attribute_many(&cfg, &f, &m, SIZE_MAX, other);
        assert_memory_equal(together, other, sizeof other);
        fixture_free(&f);
    }
}

static void an_interrupted_replay_continues(void **state)
{
    const rr_network_config shape = fixture_shape(true, RR_CELL_GRU, RH);
    const rr_train_config recipe = recipe_of(RR_OPT_ADAM);
    static double whole[Q * N];
    static double continued[Q * N];
    char path[96];
    fixture f;
    many m;
    rr_attribution_progress progress = { .done = 0 };
    rr_attribution *a = NULL;
    rr_error err = { 0 };

    (void)state;
    fixture_make_of(&f, &shape, &recipe);
    many_make(&m, &f);
    rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_REPLAY);
    attribute_many(&cfg, &f, &m, SIZE_MAX, whole);
    (void)snprintf(path, sizeof path, "%s/state", f.dir);
    cfg.state = path;
    attribute_many(&cfg, &f, &m, 9, continued); /* of 7 steps an epoch */
    assert_int_equal(access(path, F_OK), 0);
    m.labels[3] = 1 - m.labels[3];
    CHECK_FAILS(rr_attribution_new_queries(&cfg, f.net, f.train, m.queries, Q, &a, &err),
                RR_ERR_MISMATCH, err, "is the state of another replay");
    assert_null(a);
    m.labels[3] = 1 - m.labels[3];
    CHECK_OK(rr_attribution_new_queries(&cfg, f.net, f.train, m.queries, Q, &a, &err), err);
    CHECK_OK(rr_attribution_step(a, &progress, &err), err);
    assert_int_equal(progress.step, 8); /* the first 7 are not done again */
    assert_int_equal(progress.steps, 21);
    rr_attribution_free(a);
    a = NULL;
    attribute_many(&cfg, &f, &m, SIZE_MAX, continued);
    assert_memory_equal(whole, continued, sizeof whole);
    assert_int_not_equal(access(path, F_OK), 0); /* it is done */
    fixture_free(&f);
}

static void what_it_cannot_be_asked_is_refused(void **state)
{
    rr_network_config shape = fixture_shape(false, RR_CELL_TANH, RH);
    const rr_train_config recipe = recipe_of(RR_OPT_RMSPROP);
    double scores[N];
    fixture f;
    rr_attribution *a = NULL;
    rr_error err = { 0 };

    (void)state;
    fixture_make_of(&f, &shape, &recipe);
    rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_REPLAY);
    rr_targets targets = targets_of(&f);
    targets.steps = steps;
    CHECK_FAILS(attribute(&cfg, &f, &targets, scores, &err), RR_ERR_ARG, err, "name steps");
    const rr_targets two[2] = { targets_of(&f), targets_of(&f) };
    CHECK_FAILS(rr_attribution_new_queries(&cfg, f.net, f.train, two, 0, &a, &err), RR_ERR_ARG, err,
                "no query");
    cfg.method = RR_ATTRIBUTION_TRACIN;
    CHECK_FAILS(rr_attribution_new_queries(&cfg, f.net, f.train, two, 2, &a, &err),
                RR_ERR_UNSUPPORTED, err, "one query at a time");
    cfg = fixture_config(&f, RR_ATTRIBUTION_REPLAY);
    cfg.count_checkpoints = 2;
    CHECK_FAILS(attribute(&cfg, &f, &two[0], scores, &err), RR_ERR_ARG, err,
                "replay needs that of every epoch's start, 3 of them");
    fixture_free(&f);
    shape.output = RR_OUTPUT_STEP;
    fixture_make_of(&f, &shape, &recipe);
    cfg = fixture_config(&f, RR_ATTRIBUTION_REPLAY);
    targets = targets_of(&f);
    targets.steps = NULL;
    CHECK_FAILS(attribute(&cfg, &f, &targets, scores, &err), RR_ERR_ARG, err, "needs its step");
    fixture_free(&f);
}

/* Self-influence is what a query about a sequence and its labels gives to it. */
static void sequences_have_influence_on_themselves(void **state)
{
    rr_network_config shape = fixture_shape(false, RR_CELL_TANH, RH);
    const rr_train_config recipe = recipe_of(RR_OPT_RMSPROP);
    double scores[N];
    double self[18];
    uint32_t ids[18];
    fixture f;
    rr_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < 18; i++)
        ids[i] = (uint32_t)(2 * i);
    for (int each = 0; each < 2; each++) {
        shape.output = each ? RR_OUTPUT_STEP : RR_OUTPUT_LAST;
        fixture_make_of(&f, &shape, &recipe);
        const rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_REPLAY);
        CHECK_OK(rr_attribution_self(&cfg, f.net, f.train, ids, 18, NULL, self, &err), err);
        for (size_t i = 0; i < 18; i += 17) {
            const rr_sequence q = rr_dataset_at(f.train, ids[i]);
            size_t id[LONGEST];
            uint32_t label[LONGEST];
            size_t at[LONGEST];
            rr_targets t = { .ds = f.train, .which = id, .labels = label, .n = 0 };
            for (size_t s = 0; s < (each ? q.steps : 1); s++) {
                if (each && q.step_labels[s] == RR_NO_LABEL)
                    continue;
                id[t.n] = ids[i];
                label[t.n] = each ? q.step_labels[s] : q.label;
                at[t.n++] = s;
            }
            t.steps = each ? at : NULL;
            CHECK_OK(attribute(&cfg, &f, &t, scores, &err), err);
            assert_true(self[i] == scores[ids[i]]);
        }
        fixture_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_update_rule_is_followed),
        cmocka_unit_test(clipping_is_followed),
        cmocka_unit_test(the_mean_of_the_last_epoch_is_followed),
        cmocka_unit_test(dropout_and_trained_vectors_are_followed),
        cmocka_unit_test(outputs_at_every_step_are_followed),
        cmocka_unit_test(loss_weights_are_followed),
        cmocka_unit_test(steps_have_scores_of_their_own),
        cmocka_unit_test(steps_of_every_cell_add_up),
        cmocka_unit_test(every_cell_is_followed),
        cmocka_unit_test(queries_share_a_replay),
        cmocka_unit_test(an_interrupted_replay_continues),
        cmocka_unit_test(what_it_cannot_be_asked_is_refused),
        cmocka_unit_test(sequences_have_influence_on_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
