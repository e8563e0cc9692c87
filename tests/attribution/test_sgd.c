/* SPDX-License-Identifier: MIT */
/* test_sgd.c - the replayed training, against training again without one sequence. */
#include "fixture.h"
#include "network/network_internal.h"

enum { H = 3, P_MOST = 256 };

/* The training by hand, in double, with sequence `odd` weighted by `weight` in every batch that
 * contains it (its term alone; the batch's 1/B stays). Leaves the weights in net. */
typedef struct hand {
    const fixture *f;
    rr_network *net;
    rr_derivatives *d;
    size_t P;
    double w[P_MOST], v[P_MOST], g[P_MOST], rest[P_MOST];
} hand;

/* Whether the odd one is in the batch; the others into rest [*n]. */
static bool without(const uint32_t *ids, size_t count, size_t odd, size_t *rest, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < count; i++)
        if (ids[i] != odd)
            rest[(*n)++] = ids[i];
    return *n < count;
}

static void hand_step(hand *h, const uint32_t *ids, size_t count, size_t update, size_t odd,
                      double weight)
{
    const rr_train_config *cfg = &h->f->cfg;
    size_t all[N];
    size_t others[N];
    size_t n = 0;
    rr_error err = { 0 };

    put_weights(h->net, h->w);
    for (size_t i = 0; i < count; i++)
        all[i] = ids[i];
    rr_losses batch = { .which = all, .n = count };
    rri_derivatives_dropout(h->d, cfg, update);
    CHECK_OK(rr_derivatives_gradient(h->d, &batch, NULL, h->g, &err), err);
    if (without(ids, count, odd, others, &n)) {
        batch = (rr_losses){ .which = others, .n = n };
        rri_derivatives_dropout(h->d, cfg, update);
        CHECK_OK(rr_derivatives_gradient(h->d, &batch, NULL, h->rest, &err), err);
        for (size_t j = 0; j < h->P; j++)
            h->g[j] = h->rest[j] + weight * (h->g[j] - h->rest[j]);
    }
    for (size_t j = 0; j < h->P; j++) {
        h->v[j] = cfg->momentum * h->v[j] + h->g[j] / (double)count;
        h->w[j] -= cfg->learning_rate * h->v[j];
    }
}

static void hand_train(hand *h, const rr_network *start, size_t odd, double weight)
{
    const rr_train_config *cfg = &h->f->cfg;
    uint32_t order[N];
    size_t update = 0;

    get_weights(start, h->w);
    memset(h->v, 0, sizeof h->v);
    for (size_t e = 0; e < cfg->epochs; e++) {
        rri_random r = rri_random_at(cfg->seed, RRI_RANDOM_SHUFFLE, e);
        rri_random_permutation(&r, order, N);
        for (uint32_t i = 0; cfg->order == RR_ORDER_FILE && i < N; i++)
            order[i] = i;
        for (size_t i = 0; i < N; i += cfg->batch)
            hand_step(h, order + i, rri_min(cfg->batch, N - i), update++, odd, weight);
    }
    put_weights(h->net, h->w);
}

static void hand_make(hand *h, const fixture *f, rr_cell cell)
{
    rr_error err = { 0 };

    *h = (hand){ .f = f, .net = fixture_network(f->symbols, cell, H) };
    h->P = rr_network_parameters(h->net);
    assert_true(h->P <= P_MOST);
    CHECK_OK(rr_derivatives_new(h->net, f->train, 1, &h->d, &err), err);
}

static void hand_free(hand *h)
{
    rr_derivatives_free(h->d);
    rr_network_free(h->net);
}

/* With nothing left out it equals the trainer's training. */
static void check_same_weights(const hand *h)
{
    double ours[P_MOST];
    double trainers[P_MOST];

    get_weights(h->net, ours);
    get_weights(h->f->net, trainers);
    for (size_t j = 0; j < h->P; j++)
        CHECK_NEAR(ours[j], trainers[j], 2e-6, 0.0);
}

/* log p with everything minus log p with sequence i weighed otherwise. */
static double change(hand *h, const rr_network *start, const rr_dataset *ds, size_t id,
                     uint32_t label, double whole, size_t i, double weight)
{
    hand_train(h, start, i, weight);
    return loss_of(h->net, ds, id, label) - whole;
}

/* Compare the replay with training again, for one target: close to first order, and roughly where a
 * sequence is left out. */
static void compare(const rr_train_config *cfg, bool symbols, rr_cell cell)
{
    fixture f;
    hand h;
    double scores[N];
    double slope[N];
    double left_out[N];
    rr_network *start = fixture_network(symbols, cell, H);

    fixture_make(&f, symbols, cell, H, cfg);
    hand_make(&h, &f, cell);
    hand_train(&h, start, N, 1.0);
    check_same_weights(&h);
    const double all = loss_of(h.net, f.test, 4, 1);
    for (size_t i = 0; i < N; i++) {
        left_out[i] = change(&h, start, f.test, 4, 1, all, i, 0.0);
        slope[i] = change(&h, start, f.test, 4, 1, all, i, 0.5) -
                   change(&h, start, f.test, 4, 1, all, i, 1.5);
    }
    const rr_attribution_config a = fixture_config(&f, RR_ATTRIBUTION_SGD);
    attribute_one(&a, &f, f.test, 4, 1, scores);
    const double apart = off_by(scores, slope, N);
    const double out = off_by(scores, left_out, N);
    const double rank = rank_correlation(scores, left_out, N);
    print_message("%s%s, momentum %g: off the slope by %.5f, off leaving out by %.4f, rank "
                  "correlation %.5f\n",
                  symbols ? "symbols, " : "", rr_enum_name(RR_ENUM_CELL, cell), cfg->momentum,
                  apart, out, rank);
    assert_true(apart < 0.005);
    assert_true(out < 0.1);
    assert_true(rank > 0.99);
    hand_free(&h);
    rr_network_free(start);
    fixture_free(&f);
}

static void it_is_what_leaving_one_out_of_the_same_batches_changes(void **state)
{
    const rr_train_config cfg = fixture_recipe();

    (void)state;
    compare(&cfg, false, RR_CELL_GRU);
    compare(&cfg, false, RR_CELL_TANH);
}

static void momentum_carries_influence_on(void **state)
{
    rr_train_config cfg = fixture_recipe();

    (void)state;
    cfg.momentum = 0.9;
    cfg.learning_rate = 0.02;
    compare(&cfg, false, RR_CELL_LSTM);
    compare(&cfg, true, RR_CELL_TANH);
}

/* Of each batch the last in the order of its masks: without it the others keep theirs. */
static void dropout_is_that_of_the_training(void **state)
{
    rr_train_config cfg = fixture_recipe();
    rr_network *start = fixture_network(false, RR_CELL_GRU, H);
    fixture f;
    hand h;
    double scores[N];
    double got[N];
    double want[N];
    size_t n = 0;

    (void)state;
    cfg.order = RR_ORDER_FILE;
    cfg.dropout_input = 0.2;
    cfg.dropout_last = 0.3;
    fixture_make(&f, false, RR_CELL_GRU, H, &cfg);
    hand_make(&h, &f, RR_CELL_GRU);
    hand_train(&h, start, N, 1.0);
    check_same_weights(&h);
    const double all = loss_of(h.net, f.test, 4, 1);
    const rr_attribution_config a = fixture_config(&f, RR_ATTRIBUTION_SGD);
    attribute_one(&a, &f, f.test, 4, 1, scores);
    for (size_t begin = 0; begin < N; begin += cfg.batch) {
        size_t last = begin;
        for (size_t i = begin; i < rri_min(N, begin + cfg.batch); i++)
            if (rr_dataset_at(f.train, i).steps <= rr_dataset_at(f.train, last).steps)
                last = i;
        got[n] = scores[last];
        want[n++] = change(&h, start, f.test, 4, 1, all, last, 0.5) -
                    change(&h, start, f.test, 4, 1, all, last, 1.5);
    }
    print_message("dropout: off the slope by %.5f\n", off_by(got, want, n));
    assert_true(off_by(got, want, n) < 0.005);
    hand_free(&h);
    rr_network_free(start);
    fixture_free(&f);
}

/* 14 batches an epoch: every division of them, from one state to all. */
static void divide(bool symbols)
{
    rr_train_config recipe = fixture_recipe();
    fixture f;
    double all[N];
    double some[N];
    rr_error err = { 0 };

    recipe.momentum = 0.5;
    recipe.batch = 3;
    fixture_make(&f, symbols, RR_CELL_GRU, H, &recipe);
    rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_SGD);
    attribute_one(&cfg, &f, f.test, 4, 1, all);
    const size_t bytes = 2 * rr_network_parameters(f.net) * sizeof(float);
    for (size_t states = 1; states <= 15; states++) {
        cfg.memory = states * bytes + bytes / 2;
        memset(some, 0, sizeof some);
        attribute_one(&cfg, &f, f.test, 4, 1, some);
        assert_memory_equal(all, some, sizeof all);
    }
    const size_t id = 0;
    const uint32_t label = 0;
    const rr_targets target = { .ds = f.test, .which = &id, .labels = &label, .n = 1 };
    cfg.memory = bytes - 1;
    CHECK_FAILS(attribute(&cfg, &f, &target, some, &err), RR_ERR_ARG, err, "a single state");
    fixture_free(&f);
}

static void little_memory_gives_the_same_bits(void **state)
{
    (void)state;
    divide(false);
    divide(true);
}

static void a_training_that_cannot_be_followed_is_refused(void **state)
{
    const rr_train_config recipe = fixture_recipe();
    const size_t id = 0;
    const uint32_t label = 0;
    double scores[N];
    fixture f;
    rr_error err = { 0 };

    (void)state;
    fixture_make(&f, false, RR_CELL_TANH, H, &recipe);
    const rr_targets target = { .ds = f.test, .which = &id, .labels = &label, .n = 1 };
    rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_SGD);
    cfg.training.optimizer = RR_OPT_RMSPROP;
    CHECK_FAILS(attribute(&cfg, &f, &target, scores, &err), RR_ERR_UNSUPPORTED, err, "rmsprop");
    cfg = fixture_config(&f, RR_ATTRIBUTION_SGD);
    cfg.training.clip_norm = 1.0;
    CHECK_FAILS(attribute(&cfg, &f, &target, scores, &err), RR_ERR_UNSUPPORTED, err, "clip");
    cfg = fixture_config(&f, RR_ATTRIBUTION_SGD);
    cfg.count_checkpoints = 0;
    CHECK_FAILS(attribute(&cfg, &f, &target, scores, &err), RR_ERR_ARG, err, "0 checkpoints");
    cfg.count_checkpoints = 6;
    CHECK_FAILS(attribute(&cfg, &f, &target, scores, &err), RR_ERR_ARG, err, "6 checkpoints");
    cfg.count_checkpoints = 4; /* the network itself is the fifth */
    CHECK_OK(attribute(&cfg, &f, &target, scores, &err), err);
    cfg.training.learning_rate = 0.2;
    CHECK_FAILS(attribute(&cfg, &f, &target, scores, &err), RR_ERR_MISMATCH, err, "learning rate");
    fixture_free(&f);
}

static void a_training_that_ends_elsewhere_is_noticed(void **state)
{
    rr_train_config recipe = fixture_recipe();
    const size_t id = 0;
    const uint32_t label = 0;
    double scores[N];
    fixture f;
    fixture other;
    rr_error err = { 0 };

    (void)state;
    fixture_make(&f, false, RR_CELL_TANH, H, &recipe);
    const rr_targets target = { .ds = f.test, .which = &id, .labels = &label, .n = 1 };
    rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_SGD);
    f.checkpoints[1] = f.path[2];
    CHECK_FAILS(attribute(&cfg, &f, &target, scores, &err), RR_ERR_MISMATCH, err,
                "after epoch 2, expected that after epoch 1");
    f.checkpoints[1] = f.path[1];

    /* The same configuration from another start: the checkpoint of one epoch is foreign. */
    other = f;
    other.net = fixture_network(false, RR_CELL_TANH, H);
    other.net->weights[5] += 0.01f;
    for (size_t e = 0; e <= recipe.epochs; e++)
        (void)snprintf(other.path[e], sizeof other.path[e], "%s/%zu", f.dir, e + 5);
    (void)snprintf(other.path[4], sizeof other.path[4], "%s/other", f.dir);
    fixture_train(&other);
    f.checkpoints[2] = other.path[2];
    CHECK_FAILS(attribute(&cfg, &f, &target, scores, &err), RR_ERR_MISMATCH, err,
                "epoch 3, trained again from");
    f.checkpoints[2] = f.path[2];
    f.net->weights[0] += 0.001f;
    CHECK_FAILS(attribute(&cfg, &f, &target, scores, &err), RR_ERR_MISMATCH, err,
                "does not reproduce the network");
    (void)unlink(other.path[4]);
    rr_network_free(other.net);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_what_leaving_one_out_of_the_same_batches_changes),
        cmocka_unit_test(momentum_carries_influence_on),
        cmocka_unit_test(dropout_is_that_of_the_training),
        cmocka_unit_test(little_memory_gives_the_same_bits),
        cmocka_unit_test(a_training_that_cannot_be_followed_is_refused),
        cmocka_unit_test(a_training_that_ends_elsewhere_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
