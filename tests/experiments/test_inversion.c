/* SPDX-License-Identifier: MIT */
/* test_inversion.c - means, errors and choices of images; a generator that is told everything. */
#include "influence/fixture.h"

#include "experiments/inversion.h"
#include "make.h"

static rr_error err;

/* ---- images made by hand -------------------------------------------------------------------- */

enum { STEPS = 2, WIDTH = 3, PIXELS = STEPS * WIDTH, IMAGES = 6 };

/* Images of one grey each; labels and what they are read as. */
static const float greys[IMAGES] = { 0.0F, 0.2F, 1.0F, 0.5F, 0.3F, 0.7F };
static const uint32_t labels[IMAGES] = { 0, 0, 1, 1, 2, 0 };
static uint32_t reads[IMAGES] = { 0, 0, 1, 0, 1, 0 }; /* 3 and 4 are misread */

static rr_dataset *dataset(size_t n, size_t steps, const float *images, const uint32_t *given)
{
    const rr_dataset_shape shape = { .width = WIDTH, .classes = 3 };
    rr_dataset_builder *b = new_builder(&shape);
    for (size_t i = 0; i < n; i++) {
        const rr_sequence seq = { .frames = images + i * steps * WIDTH,
                                  .steps = steps,
                                  .label = given[i] };
        add_sequence(b, seq);
    }
    return finish_dataset(b);
}

static rr_dataset *grey_images(void)
{
    float images[IMAGES * PIXELS];
    for (size_t i = 0; i < IMAGES * PIXELS; i++)
        images[i] = greys[i / PIXELS];
    return dataset(IMAGES, STEPS, images, labels);
}

static inversion_images images_of(const rr_dataset *ds)
{
    return (inversion_images){ .ds = ds, .n = IMAGES, .pixels = PIXELS, .read = reads };
}

static void means_are_those_of_the_groups(void **state)
{
    static const uint32_t group[IMAGES] = { 0, 0, 3, 3, 3, 0 };
    rr_dataset *const ds = grey_images();
    const inversion_images in = images_of(ds);
    float means[4 * PIXELS];
    (void)state;
    CHECK_OK(inversion_means(&in, group, 4, means, &err), err);
    for (size_t p = 0; p < PIXELS; p++) {
        CHECK_NEAR(means[p], 0.3, 1e-7, 0);
        CHECK_NEAR(means[1 * PIXELS + p], 0.45, 1e-7, 0); /* no image: the mean of all */
        CHECK_NEAR(means[2 * PIXELS + p], 0.45, 1e-7, 0);
        CHECK_NEAR(means[3 * PIXELS + p], 0.6, 1e-7, 0);
    }
    rr_dataset_free(ds);
}

static void an_error_is_the_mean_square_over_the_pixels(void **state)
{
    rr_dataset *const ds = grey_images();
    const inversion_images in = images_of(ds);
    float made[IMAGES * PIXELS] = { 0.0F };
    double errors[IMAGES];
    (void)state;
    made[2 * PIXELS] = 1.0F; /* one pixel of six is right */
    inversion_errors(&in, made, PIXELS, errors);
    for (size_t i = 0; i < IMAGES; i++)
        CHECK_NEAR(errors[i], i == 2 ? 5.0 / 6.0 : (double)greys[i] * (double)greys[i], 1e-12, 0);
    inversion_errors(&in, made + 2 * PIXELS, 0, errors);
    CHECK_NEAR(errors[0], 1.0 / 6.0, 1e-12, 0);
    CHECK_NEAR(errors[3], 0.25, 1e-12, 0);
    rr_dataset_free(ds);
}

static void a_score_is_relative_to_the_mean_image_and_apart_for_the_misread(void **state)
{
    static const double errors[IMAGES] = { 0.1, 0.2, 0.3, 0.4, 0.1, 0.1 };
    static const double of_mean[IMAGES] = { 0.2, 0.4, 0.4, 0.4, 0.6, 0.4 };
    static const uint32_t again[IMAGES] = { 0, 1, 1, 0, 2, 0 };
    rr_dataset *const ds = grey_images();
    const inversion_images in = images_of(ds);
    inversion_score s = inversion_score_of(&in, errors, of_mean, again);
    (void)state;
    assert_int_equal(s.n[0], 6);
    assert_int_equal(s.n[1], 2);
    CHECK_NEAR(s.error[0], 0.2, 1e-12, 0);
    CHECK_NEAR(s.explained[0], 0.5, 1e-12, 0);
    CHECK_NEAR(s.alike[0], 4.0 / 6.0, 1e-12, 0);
    CHECK_NEAR(s.error[1], 0.25, 1e-12, 0);
    CHECK_NEAR(s.explained[1], 0.5, 1e-12, 0);
    CHECK_NEAR(s.alike[1], 0.5, 1e-12, 0);
    s = inversion_score_of(&in, of_mean, of_mean, NULL);
    CHECK_NEAR(s.explained[0], 0.0, 1e-12, 0);
    CHECK_NEAR(s.alike[0], 0.0, 1e-12, 0);
    rr_dataset_free(ds);
}

static void rows_are_at_even_ranks_of_the_error(void **state)
{
    static const double errors[IMAGES] = { 0.5, 0.1, 0.4, 0.3, 0.2, 0.4 }; /* right: 1 2 5 0 */
    static const size_t all[4] = { 1, 2, 5, 0 };
    rr_dataset *const ds = grey_images();
    const inversion_images in = images_of(ds);
    size_t got[IMAGES], found = 0;
    (void)state;
    CHECK_OK(inversion_choose(&in, errors, 0, 5, got, &found, &err), err);
    assert_int_equal(found, 4);
    assert_memory_equal(got, all, sizeof all);
    CHECK_OK(inversion_choose(&in, errors, 0, 3, got, &found, &err), err);
    assert_int_equal(found, 3);
    assert_true(got[0] == 1 && got[1] == 2 && got[2] == 0);
    CHECK_OK(inversion_choose(&in, errors, 1, 3, got, &found, &err), err);
    assert_true(found == 2 && got[0] == 4 && got[1] == 3);
    rr_dataset_free(ds);
}

static void orders_hold_each_number_once_and_a_cycle_leaves_none_in_place(void **state)
{
    size_t order[50], other[50];
    (void)state;
    for (size_t n = 0; n <= 50; n += n < 5 ? 1 : 9)
        for (int cycle = 0; cycle < 2; cycle++) {
            size_t length = 1;
            int seen[50] = { 0 };
            inversion_order(9 + n, 3, cycle, order, n);
            for (size_t i = 0; i < n; i++) {
                assert_true(order[i] < n && !seen[order[i]]);
                seen[order[i]] = 1;
                assert_true(!cycle || n == 1 || order[i] != i);
            }
            for (size_t at = n > 0 ? order[0] : 0; at != 0; at = order[at])
                length++;
            assert_true(!cycle || n == 0 || length == n);
        }
    inversion_order(1, 3, 0, order, 50);
    inversion_order(2, 3, 0, other, 50);
    assert_memory_not_equal(order, other, sizeof order);
    inversion_order(1, 3, 0, other, 50);
    assert_memory_equal(order, other, sizeof order);
}

/* ---- a generator of made-up images ---------------------------------------------------------- */

enum { TRAIN = 600, TEST = 150, T = 4, EPOCHS = 60 };

/* Traces of random states, and images whose rows are given by these, but for one pixel that is
 * always black and one that is always white. */
static rr_dataset *images_of_states(const rr_traces *traces)
{
    const size_t n = rr_traces_count(traces);
    float *const images = calloc(n * T * WIDTH, sizeof *images);
    uint32_t *const given = calloc(n, sizeof *given);
    assert_non_null(images);
    assert_non_null(given);
    for (size_t i = 0; i < n; i++) {
        const rr_trace trace = rr_traces_at(traces, i);
        given[i] = trace.label;
        for (size_t k = 0; k < T * WIDTH; k++) {
            const size_t q = trace.states[k / WIDTH], d = k % WIDTH;
            images[i * T * WIDTH + k] = k == 0   ? 1.0F
                                        : k == 1 ? 0.0F
                                                 : (float)((q * (d + 2) + d) % 4) / 3.0F;
        }
    }
    rr_dataset *const ds = dataset(n, T, images, given);
    free(given);
    free(images);
    return ds;
}

static void make_case(inversion_case *c)
{
    const rr_influence_config cfg = synth_config();
    rr_state_source source = synth_source(TRAIN, T, false, true, 21);
    rr_state_source tests = synth_source(TEST, T, false, true, 22);

    *c = (inversion_case){ .m = { .seed = 5 } };
    c->m.inf = synth_build(&cfg, &source);
    CHECK_OK(rr_influence_trace(c->m.inf, &tests, 1, &c->m.traces, &err), err);
    c->m.train = images_of_states(rr_influence_training(c->m.inf));
    c->m.test = images_of_states(c->m.traces);
    CHECK_OK(inversion_case_fill(c, &err), err);
    rr_state_source_close(&tests);
    rr_state_source_close(&source);
}

static void free_case(inversion_case *c)
{
    inversion_case_release(c);
    model_clear(&c->m);
}

/* The share that a generator explains at its end. */
static double explained(const inversion_case *c, size_t setting, size_t threads, float *made)
{
    experiment_context ctx = { .quick = 1, .threads = threads };
    const inversion_recipe recipe = {
        .layers = 1, .hidden = 24, .epochs = EPOCHS, .batch = 130, .learning_rate = 0.02
    };
    static inversion_curve curve;
    CHECK_OK(inversion_generate(&ctx, c, setting, &recipe, made, &curve, &err), err);
    assert_int_equal(curve.epochs, EPOCHS);
    assert_true(curve.loss[EPOCHS - 1] < curve.loss[0]);
    assert_true(curve.score[EPOCHS - 1].n[0] == TEST && curve.score[EPOCHS - 1].n[1] > 0);
    return curve.score[EPOCHS - 1].explained[0];
}

static void a_generator_begins_at_the_mean_image(void **state)
{
    static float made[TEST * T * WIDTH];
    experiment_context ctx = { .threads = 1 };
    inversion_recipe recipe = inversion_recipe_of(&ctx);
    inversion_curve curve;
    inversion_case c;
    (void)state;
    make_case(&c);
    recipe.learning_rate = 1e-9;
    recipe.layers = 0;
    recipe.epochs = 1;
    CHECK_OK(inversion_generate(&ctx, &c, INVERSION_R_L, &recipe, made, &curve, &err), err);
    for (size_t i = 0; i < TEST; i++)
        assert_true(made[i * T * WIDTH] > 0.99F && made[i * T * WIDTH + 1] < 0.01F);
    free_case(&c);
}

static void states_that_say_everything_give_the_image_and_other_images_nothing(void **state)
{
    static float made[TEST * T * WIDTH], again[TEST * T * WIDTH];
    inversion_case c;
    (void)state;
    make_case(&c);
    const double id = explained(&c, INVERSION_ID, 1, made);
    const double labels_only = explained(&c, INVERSION_R_L, 1, made);
    assert_true(id > 0.97);
    assert_true(explained(&c, INVERSION_ALL, 1, made) > 0.97);
    assert_true(labels_only > 0.1 && labels_only < 0.9);
    assert_true(explained(&c, INVERSION_SHUFFLED, 1, made) < 0.03);
    (void)explained(&c, INVERSION_SHUFFLED, 3, again);
    assert_memory_equal(made, again, sizeof made);
    free_case(&c);
}

static void images_that_do_not_fit_are_refused(void **state)
{
    inversion_images in;
    inversion_case c;
    (void)state;
    make_case(&c);
    CHECK_FAILS(inversion_images_of(c.m.test, rr_influence_training(c.m.inf), &in, &err),
                RR_ERR_SHAPE, err, "150 images of 12 pixels and 600 traces");
    free_case(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_are_those_of_the_groups),
        cmocka_unit_test(an_error_is_the_mean_square_over_the_pixels),
        cmocka_unit_test(a_score_is_relative_to_the_mean_image_and_apart_for_the_misread),
        cmocka_unit_test(rows_are_at_even_ranks_of_the_error),
        cmocka_unit_test(orders_hold_each_number_once_and_a_cycle_leaves_none_in_place),
        cmocka_unit_test(a_generator_begins_at_the_mean_image),
        cmocka_unit_test(states_that_say_everything_give_the_image_and_other_images_nothing),
        cmocka_unit_test(images_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
