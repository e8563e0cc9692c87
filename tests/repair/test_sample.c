/* SPDX-License-Identifier: MIT */
/* test_sample.c - generated samples on a small classifier of drawn digits: they beat the bar,
 * carry the truth, come from training images, and depend on nothing but their target. */
#include "rnnrepair/experimental/derivatives.h"

#include "repair/fixture.h"

/* Targets where gradients are looked at, which takes long under a sanitizer; the fixture has more.
 */
enum { FEW = 6 };

static rr_repair_config small(void)
{
    rr_repair_config cfg = rr_repair_config_default();

    cfg.sample.top = 50;
    cfg.sample.variants = 30;
    cfg.sample.keep = 4;
    cfg.threads = 1;
    return cfg;
}

/* ---- claims --------------------------------------------------------------------------------- */

/* The bar and the counts, from the scores of every training sequence. */
static void the_bar_is_the_maximum_over_the_wrong_labels_sequences(void **state)
{
    const rr_repair_config cfg = small();
    rr_repair *r = repaired(&cfg, world.errors, world.n);
    rr_traces *tests = traces_of(world.inf, world.net, world.test);
    const rr_traces *training = rr_influence_training(world.inf);
    float scores[300];
    size_t n = 0;
    rr_error err = { 0 };
    const rr_repair_target *targets = rr_repair_targets(r, &n);

    (void)state;
    assert_int_equal(n, world.n);
    for (size_t i = 0; i < n; i++) {
        const rr_repair_target *t = &targets[i];
        const rr_trace x = rr_traces_at(tests, t->id);
        float best[2] = { 0.0F, 0.0F };
        double correct = 0.0;
        double of_label[2] = { 0.0, 0.0 };
        assert_int_equal(t->id, world.errors[i]);
        assert_int_equal(t->prediction, world.before[t->id]);
        CHECK_OK(rr_influence_scores(world.inf, &cfg.sample.query, &x, scores, &err), err);
        for (size_t j = 0; j < rr_traces_count(training); j++) {
            const rr_trace seq = rr_traces_at(training, j);
            if (seq.prediction != seq.label)
                continue;
            correct += 1.0;
            of_label[0] += seq.label == t->truth;
            of_label[1] += seq.label == t->prediction;
            if (seq.label == t->truth)
                best[0] = fmaxf(best[0], scores[j]);
            if (seq.label == t->prediction)
                best[1] = fmaxf(best[1], scores[j]);
        }
        CHECK_NEAR(t->sample.score_truth, best[0], 1e-6, 0.0);
        CHECK_NEAR(t->sample.score_prediction, best[1], 1e-6, 0.0);
        assert_true(t->sample.count_truth + t->sample.count_prediction <= cfg.sample.top);
        CHECK_NEAR(rr_repair_lift_truth(r, i),
                   (double)t->sample.count_truth / (double)cfg.sample.top * correct / of_label[0],
                   1e-12, 1e-12);
        CHECK_NEAR(rr_repair_lift_prediction(r, i),
                   (double)t->sample.count_prediction / (double)cfg.sample.top * correct /
                       of_label[1],
                   1e-12, 1e-12);
    }
    rr_traces_free(tests);
    rr_repair_free(r);
}

static void check_sample(const rr_repair_target *t, const rr_repair_sample *s,
                         const rr_dataset *additions)
{
    const rr_sequence made = rr_dataset_at(additions, s->addition);
    const rr_sequence source = rr_dataset_at(world.train, s->source);
    float again[28 * 28];
    rr_error err = { 0 };

    assert_int_equal(made.label, t->truth);
    assert_int_equal(source.label, t->truth);
    assert_int_equal(rr_traces_at(rr_influence_training(world.inf), s->source).prediction,
                     t->truth);
    CHECK_OK(rr_affine_apply(&s->transform, source.frames, 28, 28, again, &err), err);
    assert_memory_equal(made.frames, again, sizeof again);
    assert_memory_not_equal(made.frames, rr_dataset_at(world.test, t->id).frames, sizeof again);
}

static void kept_samples_influence_more_than_the_bar_and_carry_the_truth(void **state)
{
    const rr_repair_config cfg = small();
    rr_repair *r = repaired(&cfg, world.errors, world.n);
    rr_dataset *additions = additions_of(r);
    rr_traces *made = traces_of(world.inf, world.net, additions);
    rr_traces *tests = traces_of(world.inf, world.net, world.test);
    size_t n = 0;
    size_t number = 0;
    rr_error err = { 0 };
    const rr_repair_target *targets = rr_repair_targets(r, &n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const rr_repair_target *t = &targets[i];
        const rr_trace x = rr_traces_at(tests, t->id);
        assert_true(t->count_kept == rri_min(t->accepted, cfg.sample.keep));
        assert_true(t->generated == cfg.sample.variants || t->sample.nearest_truth == UINT32_MAX);
        for (size_t j = 0; j < t->count_kept; j++) {
            const rr_repair_sample *s = &t->sample.kept[j];
            float score = 0.0F;
            assert_int_equal(s->addition, number);
            const rr_trace v = rr_traces_at(made, number++);
            assert_true(s->score > t->sample.score_prediction);
            assert_true(j == 0 || t->sample.kept[j - 1].score >= s->score);
            assert_int_equal(s->prediction, v.prediction);
            CHECK_OK(rr_influence_similarity(world.inf, &cfg.sample.query, &v, &x, &score, &err),
                     err);
            CHECK_NEAR(s->score, score, 1e-6, 0.0);
            check_sample(t, s, additions);
        }
    }
    assert_int_equal(number, rr_dataset_count(additions));
    assert_true(number > 0);
    rr_traces_free(tests);
    rr_traces_free(made);
    rr_dataset_free(additions);
    rr_repair_free(r);
}

/* The gradient of one loss, by itself. [parameters], owned. */
static double *gradient_of(const rr_dataset *ds, size_t i)
{
    const rr_losses one = { .which = &i, .n = 1 };
    double *g = calloc(rr_network_parameters(world.net), sizeof *g);
    rr_derivatives *d = NULL;
    rr_error err = { 0 };

    assert_non_null(g);
    CHECK_OK(rr_derivatives_new(world.net, ds, 1, &d, &err), err);
    CHECK_OK(rr_derivatives_gradient(d, &one, NULL, g, &err), err);
    rr_derivatives_free(d);
    return g;
}

static double cosine_of(const double *a, const double *b)
{
    double ab = 0.0;
    double aa = 0.0;
    double bb = 0.0;

    for (size_t i = 0; i < rr_network_parameters(world.net); i++) {
        ab += a[i] * b[i];
        aa += a[i] * a[i];
        bb += b[i] * b[i];
    }
    return ab / sqrt(aa * bb);
}

/* Checks the kept samples of a target, and returns how many of them are not above the bar. */
static size_t check_aligned(const rr_repair_target *t, const rr_dataset *additions)
{
    double *x = gradient_of(world.test, t->id);
    rr_traces *made = traces_of(world.inf, world.net, additions);
    size_t below = 0;

    for (size_t j = 0; j < t->count_kept; j++) {
        const rr_repair_sample *s = &t->sample.kept[j];
        double *g = gradient_of(additions, s->addition);
        assert_true(s->score > 0.0F && (j == 0 || t->sample.kept[j - 1].score >= s->score));
        CHECK_NEAR((double)s->score, cosine_of(g, x), 1e-5, 0.0);
        assert_int_equal(s->prediction, rr_traces_at(made, s->addition).prediction);
        check_sample(t, s, additions);
        below += s->score <= t->sample.score_prediction;
        free(g);
    }
    rr_traces_free(made);
    free(x);
    return below;
}

static void samples_kept_by_gradient_point_where_the_targets_does(void **state)
{
    rr_repair_config cfg = small();
    size_t n = 0;
    size_t kept = 0;
    size_t below = 0;

    (void)state;
    cfg.strategy = RR_STRATEGY_GRADIENT;
    rr_repair *r = repaired(&cfg, world.errors, FEW);
    rr_dataset *additions = additions_of(r);
    const rr_repair_target *targets = rr_repair_targets(r, &n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(targets[i].count_kept, rri_min(targets[i].accepted, cfg.sample.keep));
        below += check_aligned(&targets[i], additions);
        kept += targets[i].count_kept;
    }
    assert_true(kept > n && below > 0);
    rr_dataset_free(additions);
    rr_repair_free(r);
}

/* What is chosen by the gradient has more of it than what is drawn at random. */
static void gradients_are_better_aligned_than_those_of_random_samples(void **state)
{
    rr_repair_config cfg = small();
    double mean[2] = { 0.0, 0.0 };
    size_t n = 0;

    (void)state;
    for (int a = 0; a < 2; a++) {
        size_t kept = 0;
        cfg.strategy = a == 0 ? RR_STRATEGY_GRADIENT : RR_STRATEGY_RANDOM;
        rr_repair *r = repaired(&cfg, world.errors, FEW);
        rr_dataset *additions = additions_of(r);
        const rr_repair_target *targets = rr_repair_targets(r, &n);
        for (size_t i = 0; i < n; i++) {
            double *x = gradient_of(world.test, targets[i].id);
            for (size_t j = 0; j < targets[i].count_kept; j++, kept++) {
                double *g = gradient_of(additions, targets[i].sample.kept[j].addition);
                mean[a] += cosine_of(g, x);
                free(g);
            }
            free(x);
        }
        mean[a] /= (double)kept;
        rr_dataset_free(additions);
        rr_repair_free(r);
    }
    assert_true(mean[0] > mean[1] + 0.1);
}

static void the_result_does_not_depend_on_the_number_of_threads(void **state)
{
    static const rr_strategy strategies[] = { RR_STRATEGY_INFLUENCE, RR_STRATEGY_GRADIENT };
    const size_t targets[] = { world.n, FEW };
    rr_repair_config cfg = small();

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        cfg.strategy = strategies[i];
        cfg.threads = 1;
        rr_repair *one = repaired(&cfg, world.errors, targets[i]);
        cfg.threads = 2;
        rr_repair *two = repaired(&cfg, world.errors, targets[i]);
        check_same_additions(one, two);
        rr_repair_free(one);
        rr_repair_free(two);
    }
}

static void check_alone(const rr_repair_config *cfg, const rr_repair_target *among)
{
    rr_repair *alone = repaired(cfg, &among->id, 1);
    size_t m = 0;
    const rr_repair_target *t = rr_repair_targets(alone, &m);

    assert_int_equal(m, 1);
    assert_int_equal(t->accepted, among->accepted);
    assert_int_equal(t->count_kept, among->count_kept);
    assert_true(t->sample.score_prediction == among->sample.score_prediction);
    for (size_t j = 0; j < t->count_kept; j++) {
        assert_int_equal(t->sample.kept[j].source, among->sample.kept[j].source);
        assert_true(t->sample.kept[j].score == among->sample.kept[j].score);
        assert_true(t->sample.kept[j].transform.rotate == among->sample.kept[j].transform.rotate);
    }
    rr_repair_free(alone);
}

static void a_target_gets_the_same_whatever_the_others_are(void **state)
{
    static const rr_strategy strategies[] = { RR_STRATEGY_INFLUENCE, RR_STRATEGY_RANDOM,
                                              RR_STRATEGY_GRADIENT };
    rr_repair_config cfg = small();
    size_t n = 0;

    (void)state;
    for (size_t s = 0; s < 3; s++) {
        cfg.strategy = strategies[s];
        const size_t count = strategies[s] == RR_STRATEGY_GRADIENT ? FEW : world.n;
        rr_repair *all = repaired(&cfg, world.errors, count);
        const rr_repair_target *targets = rr_repair_targets(all, &n);
        for (size_t i = 0; i < n; i += 3)
            check_alone(&cfg, &targets[i]);
        rr_repair_free(all);
    }
}

static void truth_is_found_beyond_a_neighbourhood_of_wrong_labels(void **state)
{
    rr_repair_config cfg = small();
    size_t n = 0;
    size_t crowded = 0;

    (void)state;
    cfg.sample.top = 1;
    rr_repair *r = repaired(&cfg, world.errors, world.n);
    const rr_repair_target *targets = rr_repair_targets(r, &n);
    for (size_t i = 0; i < n; i++)
        crowded += targets[i].sample.count_truth == 0 &&
                   targets[i].sample.nearest_truth != UINT32_MAX && targets[i].generated > 0;
    assert_true(crowded > 0);
    rr_repair_free(r);
}

static void each_target_has_transformations_of_its_own(void **state)
{
    rr_repair_config cfg = small();
    size_t n = 0;

    (void)state;
    cfg.strategy = RR_STRATEGY_RANDOM; /* keeps variants 0, 1, ... of each target */
    rr_repair *r = repaired(&cfg, world.errors, world.n);
    const rr_repair_target *targets = rr_repair_targets(r, &n);
    for (size_t i = 1; i < n; i++)
        for (size_t j = 0; j < rri_min(targets[0].count_kept, targets[i].count_kept); j++)
            assert_true(targets[i].sample.kept[j].transform.rotate !=
                        targets[0].sample.kept[j].transform.rotate);
    assert_true(n > 1 && targets[0].count_kept > 0);
    rr_repair_free(r);
}

static void random_samples_are_drawn_without_a_bar(void **state)
{
    rr_repair_config cfg = small();
    size_t n = 0;
    size_t below = 0;

    (void)state;
    cfg.strategy = RR_STRATEGY_RANDOM;
    rr_repair *r = repaired(&cfg, world.errors, world.n);
    rr_dataset *additions = additions_of(r);
    const rr_repair_target *targets = rr_repair_targets(r, &n);
    for (size_t i = 0; i < n; i++) {
        const rr_repair_target *t = &targets[i];
        assert_int_equal(t->generated, t->sample.nearest_truth == UINT32_MAX ? 0 : cfg.sample.keep);
        assert_int_equal(t->accepted, t->generated);
        assert_int_equal(t->count_kept, t->generated);
        for (size_t j = 0; j < t->count_kept; j++) {
            check_sample(t, &t->sample.kept[j], additions);
            below += t->sample.kept[j].score <= t->sample.score_prediction;
        }
    }
    assert_true(below > 0);
    rr_dataset_free(additions);
    rr_repair_free(r);
}

/* Images stay as they are where they are asked to be varied as series. */
static void images_can_be_varied_as_series(void **state)
{
    rr_repair_config cfg = small();
    size_t n = 0;

    (void)state;
    rr_repair *r = repaired(&cfg, world.errors, FEW);
    assert_int_equal(rr_repair_config_of(r).variants, RR_VARIANTS_IMAGE);
    rr_repair_free(r);
    cfg.variants = RR_VARIANTS_SERIES;
    r = repaired(&cfg, world.errors, FEW);
    assert_int_equal(rr_repair_config_of(r).variants, RR_VARIANTS_SERIES);
    const rr_repair_target *targets = rr_repair_targets(r, &n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < targets[i].count_kept; j++)
            assert_true(targets[i].sample.kept[j].variation.slice >= cfg.variation.slice &&
                        targets[i].sample.kept[j].transform.scale == 0.0);
    rr_repair_free(r);
}

static void none_adds_nothing_but_reports_the_neighbours(void **state)
{
    rr_repair_config cfg = small();
    size_t n = 0;

    (void)state;
    cfg.strategy = RR_STRATEGY_NONE;
    rr_repair *r = repaired(&cfg, world.errors, world.n);
    rr_dataset *additions = additions_of(r);
    const rr_repair_target *targets = rr_repair_targets(r, &n);
    assert_int_equal(n, world.n);
    assert_int_equal(rr_dataset_count(additions), 0);
    for (size_t i = 0; i < n; i++)
        assert_true(targets[i].generated == 0 && targets[i].count_kept == 0);
    assert_true(targets[0].sample.score_prediction > 0.0F);
    rr_dataset_free(additions);
    rr_repair_free(r);
}

static void no_targets_are_done_at_once(void **state)
{
    const rr_repair_config cfg = small();
    rr_repair *r = repaired(&cfg, NULL, 0);
    size_t n = 7;

    (void)state;
    (void)rr_repair_targets(r, &n);
    assert_int_equal(n, 0);
    rr_repair_free(r);
    rr_repair_free(NULL);
}

/* ---- wrong inputs --------------------------------------------------------------------------- */

static void a_wrong_configuration_is_refused(void **state)
{
    const size_t x = world.errors[0];
    rr_repair_config cfg = small();

    (void)state;
    cfg.sample.query.measure = RR_MEASURE_VOTES;
    check_refused(&cfg, world.train, world.test, x, RR_ERR_ARG, "votes");
    cfg = small();
    cfg.sample.query.p = 0.5;
    check_refused(&cfg, world.train, world.test, x, RR_ERR_ARG, "p = 0.5");
    cfg.sample.query.p =
        17.0; /* more than a query takes: told before the first target, not at it */
    check_refused(&cfg, world.train, world.test, x, RR_ERR_ARG, "p = 17");
    cfg = small();
    cfg.level = RR_LEVEL_SEGMENT;
    check_refused(&cfg, world.train, world.test, x, RR_ERR_ARG, "the training set is frames");
    cfg.level = (rr_level)4;
    check_refused(&cfg, world.train, world.test, x, RR_ERR_ARG, "level 4");
    cfg = small();
    cfg.strategy = (rr_strategy)9;
    check_refused(&cfg, world.train, world.test, x, RR_ERR_ARG, "strategy 9");
    cfg.strategy = RR_STRATEGY_PAPER;
    check_refused(&cfg, world.train, world.test, x, RR_ERR_ARG, "strategy paper: of segments");
    cfg = small();
    cfg.sample.sources = 0;
    check_refused(&cfg, world.train, world.test, x, RR_ERR_ARG, "sources is 0");
    cfg = small();
    cfg.sample.variants = 0;
    check_refused(&cfg, world.train, world.test, x, RR_ERR_ARG, "variants is 0");
    cfg = small();
    cfg.sample.keep = 0;
    check_refused(&cfg, world.train, world.test, x, RR_ERR_ARG, "keep is 0");
    cfg = small();
    cfg.sample.range.min.rotate = 30.0;
    check_refused(&cfg, world.train, world.test, x, RR_ERR_ARG, "rotation, 30 to 20");
    cfg = small();
    cfg.sample.range.max.shear = (double)NAN;
    check_refused(&cfg, world.train, world.test, x, RR_ERR_ARG, "shear");
    cfg = small();
    cfg.sample.range.min.scale = 0.0;
    check_refused(&cfg, world.train, world.test, x, RR_ERR_ARG, "scale of 0");
}

static void a_wrong_target_is_refused(void **state)
{
    const rr_repair_config cfg = small();
    size_t right = 0;

    (void)state;
    while (world.before[right] != rr_dataset_at(world.test, right).label)
        right++;
    check_refused(&cfg, world.train, world.test, FIXTURE_TEST, RR_ERR_ARG, "the test set has 100");
    check_refused(&cfg, world.train, world.test, right, RR_ERR_ARG, "is predicted correctly");
}

/* A dataset of one or two sequences: `steps` and `more` (0 = none) frames, or symbols. */
static rr_dataset *odd(size_t width, size_t classes, size_t steps, size_t more)
{
    static const float frames[40 * 40];
    static const uint32_t symbols[40];
    const rr_dataset_shape shape = { .width = width,
                                     .vocabulary = width == 0 ? 5 : 0,
                                     .classes = classes };
    rr_dataset_builder *b = new_builder(&shape);

    for (int i = 0; i < (more > 0 ? 2 : 1); i++) {
        const rr_sequence seq = { .frames = width == 0 ? NULL : frames,
                                  .symbols = width == 0 ? symbols : NULL,
                                  .steps = i == 0 ? steps : more };
        add_sequence(b, seq);
    }
    return finish_dataset(b);
}

static void data_that_does_not_fit_is_refused(void **state)
{
    const rr_repair_config cfg = small();
    const struct {
        size_t width, classes, steps, more;
        rr_status code;
        const char *part;
    } cases[] = {
        { 0, 10, 28, 0, RR_ERR_SHAPE,
          "the test set: the data are symbols, the network reads frames" },
        { 28, 10, 28, 27, RR_ERR_UNSUPPORTED, "the test set holds sequences of different" },
        { 28, 10, 27, 0, RR_ERR_SHAPE, "images have 28 rows in the training set, 27 in the test" },
        { 27, 10, 28, 0, RR_ERR_SHAPE, "the test set: frames are 27 wide, the network reads 28" },
        { 28, 11, 28, 0, RR_ERR_SHAPE, "11 classes, the network 10" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rr_dataset *ds = odd(cases[i].width, cases[i].classes, cases[i].steps, cases[i].more);
        check_refused(&cfg, world.train, ds, 0, cases[i].code, cases[i].part);
        rr_dataset_free(ds);
    }
    rr_dataset *few = odd(28, 10, 28, 28);
    check_refused(&cfg, few, world.test, world.errors[0], RR_ERR_SHAPE, "is of 300 sequences");
    rr_dataset_free(few);
}

/* ---- memory --------------------------------------------------------------------------------- */

static void every_failed_allocation_is_clean(void **state)
{
    rr_repair_config cfg = small();

    (void)state;
    cfg.sample.variants = 3;
    cfg.sample.top = 5;
    for (int strategy = 0; strategy < 2; strategy++) {
        cfg.strategy = (rr_strategy)strategy;
        check_every_failed_allocation(&cfg);
    }
}

static void a_step_that_failed_can_be_taken_again(void **state)
{
    const rr_repair_config cfg = small();

    (void)state;
    check_a_step_can_be_repeated(&cfg, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bar_is_the_maximum_over_the_wrong_labels_sequences),
        cmocka_unit_test(kept_samples_influence_more_than_the_bar_and_carry_the_truth),
        cmocka_unit_test(samples_kept_by_gradient_point_where_the_targets_does),
        cmocka_unit_test(gradients_are_better_aligned_than_those_of_random_samples),
        cmocka_unit_test(the_result_does_not_depend_on_the_number_of_threads),
        cmocka_unit_test(a_target_gets_the_same_whatever_the_others_are),
        cmocka_unit_test(truth_is_found_beyond_a_neighbourhood_of_wrong_labels),
        cmocka_unit_test(each_target_has_transformations_of_its_own),
        cmocka_unit_test(random_samples_are_drawn_without_a_bar),
        cmocka_unit_test(images_can_be_varied_as_series),
        cmocka_unit_test(none_adds_nothing_but_reports_the_neighbours),
        cmocka_unit_test(no_targets_are_done_at_once),
        cmocka_unit_test(a_wrong_configuration_is_refused),
        cmocka_unit_test(a_wrong_target_is_refused),
        cmocka_unit_test(data_that_does_not_fit_is_refused),
        cmocka_unit_test(every_failed_allocation_is_clean),
        cmocka_unit_test(a_step_that_failed_can_be_taken_again),
    };
    return cmocka_run_group_tests(tests, make_digits, free_world);
}
