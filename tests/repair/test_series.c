/* SPDX-License-Identifier: MIT */
/* test_series.c - repair of series of different lengths whose steps have labels and parts: the
 * samples are variations of training series, with the labels of their steps. */
#include "rnnrepair/experimental/augment.h"

#include "repair/fixture.h"

enum { LONGEST = 28, COLUMNS = 28, FEW = 4 };

/* The first 20 to 28 rows of a digit; steps are labelled by the row's number, from 9 on not at all,
 * and the part is the row itself. */
static rr_dataset *cut(const rr_dataset *ds)
{
    rr_dataset_shape shape = rr_dataset_shape_of(ds);
    uint32_t labels[LONGEST];
    int64_t parts[LONGEST];

    shape.image = 0;
    shape.step_labelled = 1;
    shape.parts = 1;
    rr_dataset_builder *b = new_builder(&shape);
    for (size_t t = 0; t < LONGEST; t++) {
        labels[t] = t < 10 ? (uint32_t)t : RR_NO_LABEL;
        parts[t] = (int64_t)t;
    }
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        rr_sequence seq = rr_dataset_at(ds, i);
        seq.steps = 20 + i % 9;
        seq.step_labels = labels;
        seq.parts = parts;
        add_sequence(b, seq);
    }
    return finish_dataset(b);
}

static int make_series(void **state)
{
    rr_influence_config cfg = rr_influence_config_default();

    (void)make_digits(state);
    rr_dataset *train = cut(world.train);
    rr_dataset_free(world.train);
    rr_influence_free(world.inf);
    world.train = train;
    cfg.components = 6;
    cfg.partition.states = 12;
    cfg.symbols = 1;
    cfg.threads = 1;
    world.inf = build_influence(&cfg, world.net, world.train);
    return 0;
}

static rr_repair_config small(rr_strategy strategy)
{
    rr_repair_config cfg = rr_repair_config_default();

    cfg.strategy = strategy;
    cfg.sample.top = 50;
    cfg.sample.variants = 30;
    cfg.sample.keep = 4;
    cfg.threads = 1;
    return cfg;
}

/* ---- claims --------------------------------------------------------------------------------- */

static void check_steps(const rr_repair_sample *k, const rr_sequence *made,
                        const rr_sequence *source)
{
    double position[LONGEST];
    rr_error err = { 0 };

    CHECK_OK(rr_variation_positions(&k->variation, source->steps, position, &err), err);
    for (size_t t = 0; t < source->steps; t++) {
        const size_t from = (size_t)floor(position[t] + 0.5);
        assert_int_equal(made->step_labels[t], source->step_labels[from]);
        assert_int_equal(made->parts[t], source->parts[from]);
    }
}

static void check_kept(const rr_repair_target *t, const rr_repair_sample *k,
                       const rr_dataset *additions)
{
    static const rr_affine no_image = { .scale = 0.0 };
    const rr_sequence made = rr_dataset_at(additions, k->addition);
    const rr_sequence source = rr_dataset_at(world.train, k->source);
    float again[LONGEST * COLUMNS];
    double position[LONGEST];
    rr_error err = { 0 };

    assert_int_equal(made.label, t->truth);
    assert_int_equal(source.label, t->truth);
    assert_int_equal(made.steps, source.steps);
    CHECK_OK(rr_variation_apply(&k->variation, source.frames, source.steps, COLUMNS, position,
                                again, &err),
             err);
    assert_memory_equal(made.frames, again, source.steps * COLUMNS * sizeof *again);
    assert_memory_not_equal(made.frames, source.frames, source.steps * COLUMNS * sizeof *again);
    assert_memory_equal(&k->transform, &no_image, sizeof no_image);
    check_steps(k, &made, &source);
}

static void samples_are_varied_series_with_the_labels_of_their_steps(void **state)
{
    static const rr_strategy strategies[] = { RR_STRATEGY_INFLUENCE, RR_STRATEGY_GRADIENT,
                                              RR_STRATEGY_RANDOM };

    (void)state;
    for (size_t s = 0; s < 3; s++) {
        const rr_repair_config cfg = small(strategies[s]);
        const bool slow = strategies[s] == RR_STRATEGY_GRADIENT;
        rr_repair *r = repaired(&cfg, world.errors, slow ? FEW : world.n);
        rr_dataset *additions = additions_of(r);
        size_t n = 0;
        size_t kept = 0;
        const rr_repair_target *targets = rr_repair_targets(r, &n);
        assert_int_equal(rr_repair_config_of(r).variants, RR_VARIANTS_SERIES);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < targets[i].count_kept; j++, kept++)
                check_kept(&targets[i], &targets[i].sample.kept[j], additions);
        assert_true(kept > 0 && kept == rr_dataset_count(additions));
        rr_dataset_free(additions);
        rr_repair_free(r);
    }
}

static void the_kind_of_variants_follows_the_data_unless_it_is_asked_for(void **state)
{
    rr_repair_config cfg = small(RR_STRATEGY_INFLUENCE);

    (void)state;
    assert_true(rr_dataset_is_image(world.test) && !rr_dataset_is_image(world.train));
    cfg.variants = RR_VARIANTS_IMAGE;
    check_refused(&cfg, world.train, world.test, world.errors[0], RR_ERR_UNSUPPORTED,
                  "the training set holds sequences of different lengths");
    cfg.strategy = RR_STRATEGY_NONE; /* varies nothing */
    rr_repair *r = repaired(&cfg, world.errors, 1);
    rr_repair_free(r);
}

static void the_result_does_not_depend_on_the_number_of_threads(void **state)
{
    rr_repair_config cfg = small(RR_STRATEGY_INFLUENCE);

    (void)state;
    rr_repair *one = repaired(&cfg, world.errors, world.n);
    cfg.threads = 2;
    rr_repair *two = repaired(&cfg, world.errors, world.n);
    check_same_additions(one, two);
    rr_repair_free(one);
    rr_repair_free(two);
}

/* With every range closed a variant is its source. */
static void closed_ranges_change_nothing(void **state)
{
    rr_repair_config cfg = small(RR_STRATEGY_RANDOM);
    size_t n = 0;

    (void)state;
    cfg.variation = (rr_variation_range){ .slice = 1.0, .channels = 1.0 };
    rr_repair *r = repaired(&cfg, world.errors, FEW);
    rr_dataset *additions = additions_of(r);
    const rr_repair_target *targets = rr_repair_targets(r, &n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < targets[i].count_kept; j++) {
            const rr_repair_sample *k = &targets[i].sample.kept[j];
            const rr_sequence source = rr_dataset_at(world.train, k->source);
            assert_memory_equal(rr_dataset_at(additions, k->addition).frames, source.frames,
                                source.steps * COLUMNS * sizeof(float));
        }
    assert_true(rr_dataset_count(additions) > 0);
    rr_dataset_free(additions);
    rr_repair_free(r);
}

static void a_wrong_range_is_refused(void **state)
{
    const struct {
        rr_variation_range range;
        const char *part;
    } cases[] = {
        { { .jitter = -0.1, .slice = 1.0, .channels = 1.0 }, "jitter of the variants is -0.1" },
        { { .amplitude = 1.1, .slice = 1.0, .channels = 1.0 }, "amplitude of the variants is 1.1" },
        { { .warp = (double)NAN, .slice = 1.0, .channels = 1.0 }, "warp of the variants" },
        { { .slice = 0.0, .channels = 1.0 }, "slice of the variants is 0, not in 0.01..1" },
        { { .slice = 1.0, .channels = 1.5 }, "channels of the variants is 1.5" },
    };
    rr_repair_config cfg = small(RR_STRATEGY_INFLUENCE);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cfg.variation = cases[i].range;
        check_refused(&cfg, world.train, world.test, world.errors[0], RR_ERR_ARG, cases[i].part);
    }
    cfg = small(RR_STRATEGY_INFLUENCE);
    cfg.variants = (rr_variants)7;
    check_refused(&cfg, world.train, world.test, world.errors[0], RR_ERR_ARG, "variants 7");
}

static void every_failed_allocation_is_clean(void **state)
{
    rr_repair_config cfg = small(RR_STRATEGY_INFLUENCE);

    (void)state;
    cfg.sample.variants = 4;
    cfg.sample.rounds = 2;
    check_every_failed_allocation(&cfg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_varied_series_with_the_labels_of_their_steps),
        cmocka_unit_test(the_kind_of_variants_follows_the_data_unless_it_is_asked_for),
        cmocka_unit_test(the_result_does_not_depend_on_the_number_of_threads),
        cmocka_unit_test(closed_ranges_change_nothing),
        cmocka_unit_test(a_wrong_range_is_refused),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, make_series, free_world);
}
