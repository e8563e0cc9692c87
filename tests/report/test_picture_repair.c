/* SPDX-License-Identifier: MIT */
/* test_picture_repair.c - pictures of real repairs of a small classifier. */
#include "repair/fixture.h"
#include "report/picture_check.h"
#include "scratch_folder.h"

static const char *const path = "repair_test.png";

static uint32_t after[FIXTURE_TEST]; /* every second error counts as fixed */

static int make_world(void **state)
{
    (void)make_digits(state);
    memcpy(after, world.before, sizeof after);
    for (size_t i = 0; i < world.n; i += 2)
        after[world.errors[i]] = rr_dataset_at(world.test, world.errors[i]).label;
    return 0;
}

static int free_all(void **state)
{
    (void)free_world(state);
    return forget_fonts(state);
}

static rr_repair *repair(rr_strategy strategy, size_t n, rr_dataset **additions)
{
    rr_repair_config cfg = rr_repair_config_default();
    rr_error err = { 0 };

    cfg.strategy = strategy;
    cfg.sample.variants = 20;
    cfg.threads = 1;
    rr_repair *r = repaired(&cfg, world.errors, n);
    CHECK_OK(rr_repair_additions(r, additions, &err), err);
    return r;
}

static seen draw(rr_strategy strategy, size_t n)
{
    rr_dataset *additions = NULL;
    rr_repair *r = repair(strategy, n, &additions);
    rr_error err = { 0 };

    CHECK_OK(rr_picture_repair(r, world.test, world.train, additions, after, path, &err), err);
    const seen s = look(path);
    assert_int_equal(remove(path), 0);
    rr_dataset_free(additions);
    rr_repair_free(r);
    return s;
}

static void the_picture_has_a_row_for_each_target(void **state)
{
    const seen none = draw(RR_STRATEGY_INFLUENCE, 0);
    const seen one = draw(RR_STRATEGY_INFLUENCE, 1);
    const seen three = draw(RR_STRATEGY_INFLUENCE, 3);

    (void)state;
    assert_int_equal(one.width, 2400);
    assert_int_equal(three.height - one.height, 2 * (one.height - none.height));
    assert_true(none.ink > 1000 && one.ink > none.ink && three.ink > one.ink);
    assert_true(three.blue > 1000 && three.orange > 1000);
}

static void samples_are_drawn_where_there_are_any(void **state)
{
    const seen random = draw(RR_STRATEGY_RANDOM, 4);
    const seen none = draw(RR_STRATEGY_NONE, 4);

    (void)state;
    assert_int_equal(random.height, none.height);
    assert_true(random.blue > none.blue + 5000);
}

static void at_most_24_targets_are_drawn(void **state)
{
    (void)state;
    if (world.n < 26) {
        print_message("the classifier makes %zu errors only\n", world.n);
        skip();
    }
    assert_int_equal(draw(RR_STRATEGY_NONE, 24).height, draw(RR_STRATEGY_NONE, 26).height);
}

static void wrong_inputs_are_refused(void **state)
{
    const rr_dataset_shape shape = { .width = 28, .classes = 10 };
    const rr_dataset_shape words = { .vocabulary = 3, .classes = 10 };
    rr_dataset *additions = NULL;
    rr_repair *r = repair(RR_STRATEGY_RANDOM, 4, &additions);
    rr_dataset *other[2] = { finish_dataset(new_builder(&shape)),
                             finish_dataset(new_builder(&words)) };
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_picture_repair(r, world.test, world.train, other[0], after, path, &err),
                RR_ERR_SHAPE, err, "but there are 0");
    CHECK_FAILS(rr_picture_repair(r, other[0], world.train, additions, after, path, &err),
                RR_ERR_SHAPE, err, "not in the test set");
    CHECK_FAILS(rr_picture_repair(r, world.test, world.train, other[1], after, path, &err),
                RR_ERR_UNSUPPORTED, err, "symbols");
    assert_int_equal(rr_picture_repair(r, world.test, world.train, additions, after,
                                       "no/such/folder/r.png", &err),
                     RR_ERR_IO);
    assert_non_null(strstr(err.msg, "no/such/folder/r.png"));
    for (int i = 0; i < 2; i++)
        rr_dataset_free(other[i]);
    rr_dataset_free(additions);
    rr_repair_free(r);
}

/* ---- series --------------------------------------------------------------------------------- */

enum { CHANNELS = 4 };

/* Four columns of each digit: series of few channels. */
static rr_dataset *narrow(const rr_dataset *ds)
{
    const rr_dataset_shape shape = { .width = CHANNELS, .classes = 10 };
    rr_dataset_builder *b = new_builder(&shape);
    float frames[28 * CHANNELS];

    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        const rr_sequence image = rr_dataset_at(ds, i);
        for (size_t t = 0; t < 28; t++)
            for (size_t d = 0; d < CHANNELS; d++)
                frames[t * CHANNELS + d] = image.frames[t * 28 + 8 + 4 * d];
        const rr_sequence seq = { .frames = frames, .steps = 28, .label = image.label };
        add_sequence(b, seq);
    }
    return finish_dataset(b);
}

static int make_narrow(void **state)
{
    const rr_network_config shape = { .struct_size = sizeof(rr_network_config),
                                      .cell = RR_CELL_GRU,
                                      .width = CHANNELS,
                                      .hidden = 16,
                                      .layers = 1,
                                      .classes = 10,
                                      .seed = 3 };
    rr_influence_config cfg = rr_influence_config_default();
    rr_dataset *train = load_dataset("digits?train=300&test=100", RR_SPLIT_TRAIN);
    rr_dataset *test = load_dataset("digits?train=300&test=100", RR_SPLIT_TEST);

    (void)state;
    world = (fixture){ .train = narrow(train), .test = narrow(test) };
    rr_dataset_free(train);
    rr_dataset_free(test);
    world.net = new_network(&shape);
    train_small(world.net, world.train, 6, 10, 0.005);
    find_errors();
    cfg.components = 6;
    cfg.partition.states = 8;
    cfg.threads = 1;
    world.inf = build_influence(&cfg, world.net, world.train);
    memcpy(after, world.before, sizeof after);
    return 0;
}

/* What is drawn of the same errors where they are varied as `kind`. */
static seen draw_as(rr_variants kind, rr_strategy strategy)
{
    rr_repair_config cfg = rr_repair_config_default();
    rr_error err = { 0 };

    cfg.strategy = strategy;
    cfg.variants = kind;
    cfg.sample.variants = 20;
    cfg.threads = 1;
    rr_repair *r = repaired(&cfg, world.errors, 3);
    rr_dataset *additions = additions_of(r);
    CHECK_OK(rr_picture_repair(r, world.test, world.train, additions, after, path, &err), err);
    const seen s = look(path);
    assert_int_equal(remove(path), 0);
    rr_dataset_free(additions);
    rr_repair_free(r);
    return s;
}

/* An image fills its area, curves leave most of the box white. */
static void series_of_few_channels_are_curves(void **state)
{
    const seen curves = draw_as(RR_VARIANTS_AUTO, RR_STRATEGY_RANDOM);
    const seen images = draw_as(RR_VARIANTS_IMAGE, RR_STRATEGY_RANDOM);
    const seen none = draw_as(RR_VARIANTS_SERIES, RR_STRATEGY_NONE);

    (void)state;
    assert_int_equal(curves.height, images.height);
    assert_true(curves.ink != images.ink);
    assert_true(curves.ink > none.ink + 10000 && curves.blue > none.blue + 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(the_picture_has_a_row_for_each_target),
        TEST_IN_SCRATCH(samples_are_drawn_where_there_are_any),
        TEST_IN_SCRATCH(at_most_24_targets_are_drawn),
        TEST_IN_SCRATCH(wrong_inputs_are_refused),
    };
    const struct CMUnitTest of_series[] = {
        TEST_IN_SCRATCH(series_of_few_channels_are_curves),
    };
    return cmocka_run_group_tests(tests, make_world, free_world) +
           cmocka_run_group_tests(of_series, make_narrow, free_all);
}
