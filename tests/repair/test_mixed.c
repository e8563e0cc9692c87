/* SPDX-License-Identifier: MIT */
/* test_mixed.c - strategy mixed on drawn digits: the failing input, variants of it and variants of
 * influential training images of its class and of the class it is taken for, each with the loss
 * weight of its kind. */
#include "rnnrepair/experimental/augment.h"

#include "repair/fixture.h"

enum { ROWS = 28, PIXELS = 28 * 28 };

static rr_repair_config small(void)
{
    rr_repair_config cfg = rr_repair_config_default();

    cfg.strategy = RR_STRATEGY_MIXED;
    cfg.sample.top = 50;
    cfg.sample.variants = 30;
    cfg.mixed = (rr_mixed_repair){ .varied = 3,
                                   .influential = 2,
                                   .held = 2,
                                   .choice = RR_STRATEGY_RANDOM,
                                   .input_weight = 5.0,
                                   .varied_weight = 2.5,
                                   .influential_weight = 0.5,
                                   .held_weight = 1.5 };
    cfg.copies = 2;
    cfg.threads = 1;
    return cfg;
}

/* ---- what is added -------------------------------------------------------------------------- */

static void check_varied(const rr_repair_target *t, const rr_repair_sample *k,
                         const rr_dataset *additions)
{
    const rr_sequence made = rr_dataset_at(additions, k->addition);
    const rr_sequence source = rr_dataset_at(k->of_input ? world.test : world.train, k->source);
    float again[PIXELS];
    rr_error err = { 0 };

    assert_true(!k->of_input || k->source == t->id);
    assert_int_equal(k->label, k->weight > 1.4 && k->weight < 1.6 ? t->prediction : t->truth);
    assert_int_equal(made.label, k->label);
    assert_int_equal(source.label, k->label);
    CHECK_OK(rr_affine_apply(&k->transform, source.frames, ROWS, ROWS, again, &err), err);
    assert_memory_equal(made.frames, again, sizeof again);
    assert_memory_not_equal(made.frames, source.frames, sizeof again);
}

static void the_input_its_variants_and_influential_ones_are_added(void **state)
{
    const rr_repair_config cfg = small();
    rr_repair *r = repaired(&cfg, world.errors, world.n);
    rr_dataset *additions = additions_of(r);
    float weights[FIXTURE_TEST * 9];
    size_t n = 0, at = 0;
    const rr_repair_target *targets = rr_repair_targets(r, &n);

    (void)state;
    assert_int_equal(rr_repair_weights(r, weights), 1);
    for (size_t i = 0; i < n; i++) {
        const rr_repair_target *t = &targets[i];
        assert_int_equal(t->count_kept, 7);
        assert_int_equal(t->copies, 2);
        for (size_t j = 0; j < t->count_kept; j++, at++) {
            const rr_repair_sample *k = &t->sample.kept[j];
            assert_int_equal(k->addition, at);
            assert_int_equal(k->of_input, j < 3);
            CHECK_NEAR(weights[at], j < 3 ? 2.5 : j < 5 ? 0.5 : 1.5, 0.0, 0.0);
            check_varied(t, k, additions);
        }
        for (size_t j = 0; j < t->copies; j++, at++) {
            const rr_sequence copy = rr_dataset_at(additions, at);
            CHECK_NEAR(weights[at], 5.0, 0.0, 0.0);
            assert_memory_equal(copy.frames, rr_dataset_at(world.test, t->id).frames,
                                PIXELS * sizeof(float));
            assert_int_equal(copy.label, t->truth);
        }
    }
    assert_int_equal(at, rr_dataset_count(additions));
    rr_dataset_free(additions);
    rr_repair_free(r);
}

static void parts_can_be_left_out(void **state)
{
    rr_repair_config cfg = small();

    (void)state;
    cfg.mixed.influential = cfg.mixed.held = 0;
    cfg.mixed.input_weight = 0.0;
    rr_repair *r = repaired(&cfg, world.errors, 1);
    size_t n = 0;
    const rr_repair_target *t = rr_repair_targets(r, &n);
    assert_int_equal(t->count_kept, 3);
    assert_int_equal(t->copies, 0);
    rr_repair_free(r);
    cfg.mixed.varied = 0;
    r = repaired(&cfg, world.errors, 1);
    t = rr_repair_targets(r, &n);
    assert_int_equal(t->count_kept, 0);
    assert_int_equal(rr_repair_weights(r, NULL), 0);
    rr_repair_free(r);
}

static void influential_variants_are_chosen_above_the_bar(void **state)
{
    static const rr_strategy choices[] = { RR_STRATEGY_INFLUENCE, RR_STRATEGY_GRADIENT };
    rr_repair_config cfg = small();
    size_t n = 0, kept = 0;

    (void)state;
    cfg.mixed.held = 0;
    for (size_t c = 0; c < 2; c++) {
        cfg.mixed.choice = choices[c];
        rr_repair *r = repaired(&cfg, world.errors, 4);
        const rr_repair_target *t = rr_repair_targets(r, &n);
        for (size_t i = 0; i < n; i++) {
            const double bar = c == 0 ? (double)t[i].sample.score_prediction : 0.0;
            for (size_t j = 3; j < t[i].count_kept; j++, kept++)
                assert_true((double)t[i].sample.kept[j].score > bar);
            assert_int_equal(t[i].generated, 33);
        }
        rr_repair_free(r);
    }
    assert_true(kept > 0);
}

static void other_strategies_weigh_all_alike(void **state)
{
    static const rr_strategy strategies[] = { RR_STRATEGY_RANDOM, RR_STRATEGY_DIRECT };
    rr_repair_config cfg = small();
    float weights[2 * 20];

    (void)state;
    for (size_t s = 0; s < 2; s++) {
        cfg.strategy = strategies[s];
        rr_repair *r = repaired(&cfg, world.errors, 2);
        rr_dataset *additions = additions_of(r);
        assert_in_range(rr_dataset_count(additions), 1, 40);
        assert_int_equal(rr_repair_weights(r, weights), 0);
        for (size_t i = 0; i < rr_dataset_count(additions); i++)
            CHECK_NEAR(weights[i], 1.0, 0.0, 0.0);
        rr_dataset_free(additions);
        rr_repair_free(r);
    }
}

static void a_target_gets_the_same_whatever_the_others_are(void **state)
{
    rr_repair_config cfg = small();
    size_t n = 0;

    (void)state;
    rr_repair *all = repaired(&cfg, world.errors, 3);
    cfg.threads = 3;
    rr_repair *alone = repaired(&cfg, &world.errors[2], 1);
    const rr_repair_target *among = &rr_repair_targets(all, &n)[2];
    const rr_repair_target *t = rr_repair_targets(alone, &n);
    assert_int_equal(among->count_kept, t->count_kept);
    for (size_t j = 0; j < t->count_kept; j++) {
        assert_memory_equal(&among->sample.kept[j].transform, &t->sample.kept[j].transform,
                            sizeof(rr_affine));
        assert_true(among->sample.kept[j].score == t->sample.kept[j].score);
    }
    rr_repair_free(alone);
    rr_repair_free(all);
}

/* ---- series --------------------------------------------------------------------------------- */

/* The images of ds without their last rows, and no images any more. */
static rr_dataset *shortened(const rr_dataset *ds, size_t least)
{
    rr_dataset_shape shape = rr_dataset_shape_of(ds);

    shape.image = 0;
    rr_dataset_builder *b = new_builder(&shape);
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        rr_sequence seq = rr_dataset_at(ds, i);
        seq.steps = least + i % 3;
        add_sequence(b, seq);
    }
    return finish_dataset(b);
}

/* Failing inputs are longer than any training series. */
static void an_input_longer_than_all_training_series_is_varied(void **state)
{
    rr_repair_config cfg = small();
    rr_influence_config build = rr_influence_config_default();
    rr_dataset *train = shortened(world.train, 20), *test = shortened(world.test, 26);
    rr_repair *r = NULL;
    uint32_t before[FIXTURE_TEST];
    size_t id = 0, n = 0;
    int done = 0;
    rr_error err = { 0 };

    (void)state;
    build.components = 6;
    build.partition.states = 12;
    build.symbols = 1;
    build.threads = 1;
    rr_influence *inf = build_influence(&build, world.net, train);
    CHECK_OK(rr_network_predict(world.net, test, 1, before, NULL, &err), err);
    while (before[id] == rr_dataset_at(test, id).label)
        id++;
    cfg.strategy = RR_STRATEGY_MIXED;
    CHECK_OK(rr_repair_new(&cfg, inf, world.net, train, test, &id, 1, &r, &err), err);
    CHECK_OK(rr_repair_step(r, &done, &err), err);
    rr_dataset *additions = additions_of(r);
    const rr_repair_target *t = rr_repair_targets(r, &n);
    const rr_repair_sample *k = &t->sample.kept[0];
    const rr_sequence x = rr_dataset_at(test, id), made = rr_dataset_at(additions, k->addition);
    float again[PIXELS];
    double position[ROWS];
    assert_int_equal(made.steps, x.steps);
    CHECK_OK(rr_variation_apply(&k->variation, x.frames, x.steps, ROWS, position, again, &err),
             err);
    assert_memory_equal(made.frames, again, x.steps * ROWS * sizeof *again);
    rr_dataset_free(additions);
    rr_repair_free(r);
    rr_influence_free(inf);
    rr_dataset_free(test);
    rr_dataset_free(train);
}

/* ---- errors --------------------------------------------------------------------------------- */

static void a_wrong_configuration_is_refused(void **state)
{
    rr_repair_config cfg = small();

    (void)state;
    cfg.mixed.varied_weight = -1.0;
    check_refused(&cfg, world.train, world.test, world.errors[0], RR_ERR_ARG,
                  "the loss weight of its variants is -1");
    cfg = small();
    cfg.mixed.influential_weight = (double)NAN;
    check_refused(&cfg, world.train, world.test, world.errors[0], RR_ERR_ARG,
                  "of the influential variants is nan");
    cfg = small();
    cfg.mixed.choice = RR_STRATEGY_PAPER;
    check_refused(&cfg, world.train, world.test, world.errors[0], RR_ERR_ARG, "not by paper");
    cfg = small();
    cfg.mixed.varied = (size_t)1 << 40;
    check_refused(&cfg, world.train, world.test, world.errors[0], RR_ERR_ARG, "are too many");
}

static void every_failed_allocation_is_clean(void **state)
{
    rr_repair_config cfg = small();

    (void)state;
    cfg.sample.top = 5;
    check_every_failed_allocation(&cfg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_input_its_variants_and_influential_ones_are_added),
        cmocka_unit_test(parts_can_be_left_out),
        cmocka_unit_test(influential_variants_are_chosen_above_the_bar),
        cmocka_unit_test(other_strategies_weigh_all_alike),
        cmocka_unit_test(a_target_gets_the_same_whatever_the_others_are),
        cmocka_unit_test(an_input_longer_than_all_training_series_is_varied),
        cmocka_unit_test(a_wrong_configuration_is_refused),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, make_digits, free_world);
}
