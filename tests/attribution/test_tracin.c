/* SPDX-License-Identifier: MIT */
/* test_tracin.c - against products of single gradients, checkpoint by checkpoint. */
#include "fixture.h"

enum { H = 3, P_MOST = 128 };

/* Adds (lr/B) g_x . g_i at the weights of net; own: x = i. */
static void by_hand(const fixture *f, const rr_network *net, size_t id, uint32_t label, bool own,
                    double *scores)
{
    const size_t P = rr_network_parameters(net);
    rr_derivatives *at_train = NULL;
    rr_derivatives *at_test = NULL;
    double x[P_MOST];
    double g[P_MOST];
    rr_error err = { 0 };

    assert_true(P <= P_MOST);
    CHECK_OK(rr_derivatives_new(net, f->train, 1, &at_train, &err), err);
    CHECK_OK(rr_derivatives_new(net, f->test, 1, &at_test, &err), err);
    (void)gradient_of(at_test, id, label, x);
    for (size_t i = 0; i < N; i++) {
        (void)gradient_of(at_train, i, rr_dataset_at(f->train, i).label, g);
        scores[i] += f->cfg.learning_rate / (double)f->cfg.batch * dot(P, g, own ? g : x);
    }
    rr_derivatives_free(at_train);
    rr_derivatives_free(at_test);
}

/* The same over checkpoints 1 to `last`. */
static void by_hand_over(const fixture *f, size_t last, size_t id, uint32_t label, bool own,
                         double *scores)
{
    rr_network *net = fixture_network(false, RR_CELL_LSTM, H);
    rr_trainer *t = NULL;
    rr_error err = { 0 };

    memset(scores, 0, N * sizeof *scores);
    CHECK_OK(rr_trainer_new(&f->cfg, net, f->train, &t, &err), err);
    for (size_t e = 1; e <= last; e++) {
        CHECK_OK(rr_trainer_restore(t, f->path[e], &err), err);
        by_hand(f, net, id, label, own, scores);
    }
    rr_trainer_free(t);
    rr_network_free(net);
}

static void make(fixture *f)
{
    rr_train_config recipe = fixture_recipe();

    recipe.optimizer = RR_OPT_ADAM; /* any training has checkpoints */
    recipe.learning_rate = 0.02;
    fixture_make(f, false, RR_CELL_LSTM, H, &recipe);
}

static void scores_are_products_of_gradients_over_checkpoints(void **state)
{
    double scores[N];
    double want[N];
    fixture f;

    (void)state;
    make(&f);
    rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_TRACIN);
    for (size_t last = 1; last <= f.cfg.epochs; last++) {
        cfg.count_checkpoints = last + 1;
        by_hand_over(&f, last, 5, 0, false, want);
        attribute_one(&cfg, &f, f.test, 5, 0, scores);
        for (size_t i = 0; i < N; i++)
            CHECK_NEAR(scores[i], want[i], 1e-8, 2e-5);
    }
    const char *some[2] = {
        NULL, cfg.checkpoints[1]
    }; /* the checkpoint before the first epoch is not used */
    by_hand_over(&f, 1, 5, 0, false, want);
    cfg.checkpoints = some;
    cfg.count_checkpoints = 2;
    attribute_one(&cfg, &f, f.test, 5, 0, scores);
    for (size_t i = 0; i < N; i++)
        CHECK_NEAR(scores[i], want[i], 1e-8, 2e-5);
    fixture_free(&f);
}

static void without_checkpoints_the_end_stands_for_every_epoch(void **state)
{
    double scores[N];
    double want[N] = { 0 };
    fixture f;

    (void)state;
    make(&f);
    rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_TRACIN);
    cfg.checkpoints = NULL;
    cfg.count_checkpoints = 0;
    by_hand(&f, f.net, 5, 0, false, want);
    attribute_one(&cfg, &f, f.test, 5, 0, scores);
    for (size_t i = 0; i < N; i++)
        CHECK_NEAR(scores[i], (double)f.cfg.epochs * want[i], 1e-8, 2e-5);
    fixture_free(&f);
}

static void self_influence_is_the_square_of_the_gradient(void **state)
{
    const uint32_t ids[4] = { 7, 0, 39, 7 };
    double scores[4];
    double want[N];
    fixture f;
    rr_error err = { 0 };

    (void)state;
    make(&f);
    rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_TRACIN);
    by_hand_over(&f, f.cfg.epochs, 0, 0, true, want);
    CHECK_OK(rr_attribution_self(&cfg, f.net, f.train, ids, 4, NULL, scores, &err), err);
    for (size_t i = 0; i < 4; i++)
        CHECK_NEAR(scores[i], want[ids[i]], 1e-9, 2e-5);
    fixture_free(&f);
}

static void wrong_checkpoints_are_named(void **state)
{
    const size_t id = 0;
    const uint32_t label = 0;
    double scores[N];
    fixture f;
    rr_error err = { 0 };

    (void)state;
    make(&f);
    const rr_targets target = { .ds = f.test, .which = &id, .labels = &label, .n = 1 };
    rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_TRACIN);
    cfg.count_checkpoints = 1;
    CHECK_FAILS(attribute(&cfg, &f, &target, scores, &err), RR_ERR_ARG, err, "before the first");
    cfg = fixture_config(&f, RR_ATTRIBUTION_TRACIN);
    f.checkpoints[3] = f.path[2];
    CHECK_FAILS(attribute(&cfg, &f, &target, scores, &err), RR_ERR_MISMATCH, err,
                "after epoch 2, expected that after epoch 3");
    f.checkpoints[3] = NULL;
    CHECK_FAILS(attribute(&cfg, &f, &target, scores, &err), RR_ERR_ARG, err, "checkpoint 3");
    f.checkpoints[3] = "/nowhere/at/all";
    CHECK_FAILS(attribute(&cfg, &f, &target, scores, &err), RR_ERR_IO, err, "/nowhere/at/all");
    f.checkpoints[3] = f.path[3];
    cfg.training.seed++;
    CHECK_FAILS(attribute(&cfg, &f, &target, scores, &err), RR_ERR_MISMATCH, err, "seed");
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_products_of_gradients_over_checkpoints),
        cmocka_unit_test(without_checkpoints_the_end_stands_for_every_epoch),
        cmocka_unit_test(self_influence_is_the_square_of_the_gradient),
        cmocka_unit_test(wrong_checkpoints_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
