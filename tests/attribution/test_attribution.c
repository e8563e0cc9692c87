/* SPDX-License-Identifier: MIT */
/* test_attribution.c - properties of every method: the sign, sums over targets, the bits, wrong
 * arguments, failing allocations. */
#include "fixture.h"

enum { H = 3, METHODS = 4, ESTIMATES = 3 }; /* random estimates nothing */

static const uint32_t both[2] = { 0, 1 };

static fixture f;

static int make(void **state)
{
    const rr_train_config recipe = fixture_recipe();

    (void)state;
    fixture_make(&f, false, RR_CELL_GRU, H, &recipe);
    return 0;
}

static int discard(void **state)
{
    (void)state;
    fixture_free(&f);
    return 0;
}

/* Sequences 0 and 1 of the training set are one input with one label, 2 is it with the other. */
static void a_copy_drives_towards_its_own_label(void **state)
{
    double scores[N];

    (void)state;
    const uint32_t own = rr_dataset_at(f.train, 0).label;
    assert_int_equal(rr_dataset_at(f.train, 1).label, own);
    assert_int_equal(rr_dataset_at(f.train, 2).label, 1 - own);
    for (int m = 0; m < ESTIMATES; m++) {
        const rr_attribution_config cfg = fixture_config(&f, (rr_attribution_method)m);
        attribute_one(&cfg, &f, f.train, 0, own, scores);
        assert_true(scores[0] > 0.0 && scores[1] > 0.0 && scores[2] < 0.0);
        attribute_one(&cfg, &f, f.train, 0, 1 - own, scores);
        assert_true(scores[0] < 0.0 && scores[1] < 0.0 && scores[2] > 0.0);
    }
}

static void scores_of_several_targets_add_up(void **state)
{
    const size_t which[2] = { 6, 3 };
    double first[N];
    double second[N];
    double together[N];
    rr_error err = { 0 };

    (void)state;
    const rr_targets targets = { .ds = f.test, .which = which, .labels = both, .n = 2 };
    for (int m = 0; m < ESTIMATES; m++) {
        const rr_attribution_config cfg = fixture_config(&f, (rr_attribution_method)m);
        attribute_one(&cfg, &f, f.test, 6, 0, first);
        attribute_one(&cfg, &f, f.test, 3, 1, second);
        CHECK_OK(attribute(&cfg, &f, &targets, together, &err), err);
        for (size_t i = 0; i < N; i++)
            CHECK_NEAR(together[i], first[i] + second[i], 1e-6, 1e-4);
    }
}

/* The product of what the answers miss and of the last states, from those two alone. */
static void the_output_layer_alone_is_a_product_of_residuals_and_states(void **state)
{
    const rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_OUTPUT_LAYER);
    double scores[N], g[2][H + 1] = { { 0.0 } };
    rr_state_source source = { .ops = NULL };
    rr_state_batch b;
    rr_error err = { 0 };
    size_t i = 0;

    (void)state;
    attribute_one(&cfg, &f, f.test, 6, 0, scores);
    for (int pass = 0; pass < 2; pass++) {
        CHECK_OK(rr_network_states(f.net, pass == 0 ? f.test : f.train, 1, &source, &err), err);
        for (i = 0;;) {
            size_t row = 0;
            CHECK_OK(source.ops->next(source.self, &b, &err), err);
            for (size_t k = 0; k < b.count; k++, i++) {
                row += b.steps[k];
                const float *h = b.states + (row - 1) * H, *p = b.probabilities + (row - 1) * 2;
                double sum = 0.0;
                for (uint32_t c = 0; c < 2; c++) {
                    const uint32_t class = pass == 0 ? 0 : b.labels[k];
                    const double r = (double)p[c] - (c == class);
                    for (size_t j = 0; j <= H; j++) {
                        const double value = r * (j < H ? (double)h[j] : 1.0);
                        if (pass == 0 && i == 6)
                            g[c][j] = value;
                        sum += pass == 0 ? 0.0 : value * g[c][j];
                    }
                }
                if (pass == 1)
                    CHECK_NEAR(scores[i], sum, 1e-6, 1e-4);
            }
            if (b.count == 0)
                break;
        }
        assert_true(i >= N || pass == 0);
        rr_state_source_close(&source);
    }
}

static void the_first_targets_need_no_numbers(void **state)
{
    const size_t which[2] = { 0, 1 };
    double named[N];
    double first[N];
    rr_error err = { 0 };

    (void)state;
    const rr_targets with = { .ds = f.test, .which = which, .labels = both, .n = 2 };
    const rr_targets without = { .ds = f.test, .which = NULL, .labels = both, .n = 2 };
    const rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_TRACIN);
    CHECK_OK(attribute(&cfg, &f, &with, named, &err), err);
    CHECK_OK(attribute(&cfg, &f, &without, first, &err), err);
    assert_memory_equal(named, first, sizeof named);
}

static void self_influence_is_the_own_score_and_positive(void **state)
{
    const uint32_t ids[3] = { 11, 2, 30 };
    double self[3];
    double scores[N];
    rr_error err = { 0 };

    (void)state;
    for (int m = 0; m < METHODS; m++) {
        const rr_attribution_config cfg = fixture_config(&f, (rr_attribution_method)m);
        CHECK_OK(rr_attribution_self(&cfg, f.net, f.train, ids, 3, NULL, self, &err), err);
        for (size_t i = 0; i < 3; i++) {
            attribute_one(&cfg, &f, f.train, ids[i], rr_dataset_at(f.train, ids[i]).label, scores);
            CHECK_NEAR(self[i], scores[ids[i]], 1e-9, 2e-5);
            assert_true(m == RR_ATTRIBUTION_RANDOM || self[i] > 0.0);
        }
    }
}

static void thread_count_does_not_change_a_bit(void **state)
{
    double one[N];
    double three[N];

    (void)state;
    for (int m = 0; m <= METHODS; m++) {
        const rr_attribution_method method =
            m < METHODS ? (rr_attribution_method)m : RR_ATTRIBUTION_KOH_LIANG;
        rr_attribution_config cfg = fixture_config(&f, method);
        cfg.solver = m < METHODS ? RR_SOLVER_CG : RR_SOLVER_STOCHASTIC;
        cfg.iterations = 50;
        attribute_one(&cfg, &f, f.test, 4, 1, one);
        cfg.threads = 3;
        memset(three, 0, sizeof three);
        attribute_one(&cfg, &f, f.test, 4, 1, three);
        assert_memory_equal(one, three, sizeof one);
    }
}

static void a_seed_is_a_draw(void **state)
{
    double one[N];
    double again[N];
    double other[N];
    double mean = 0.0;

    (void)state;
    rr_attribution_config cfg = fixture_config(&f, RR_ATTRIBUTION_RANDOM);
    attribute_one(&cfg, &f, f.test, 4, 1, one);
    attribute_one(&cfg, &f, f.test, 4, 1, again);
    assert_memory_equal(one, again, sizeof one);
    cfg.seed++;
    attribute_one(&cfg, &f, f.test, 4, 1, other);
    for (size_t i = 0; i < N; i++) {
        assert_true(one[i] != other[i]);
        mean += one[i] / N;
    }
    assert_true(fabs(mean) < 0.5);
}

/* One setting out of range at a time. */
static void wrong_settings_are_named(void **state)
{
    const size_t id = 0;
    double scores[N];
    rr_error err = { 0 };

    (void)state;
    const rr_targets target = { .ds = f.test, .which = &id, .labels = both, .n = 1 };
    const rr_attribution_config good = fixture_config(&f, RR_ATTRIBUTION_KOH_LIANG);
    rr_attribution_config cfg = good;

#define WRONG(setting, value, part)                                                                \
    do {                                                                                           \
        cfg.setting = (value);                                                                     \
        CHECK_FAILS(attribute(&cfg, &f, &target, scores, &err), RR_ERR_ARG, err, part);            \
        cfg.setting = good.setting;                                                                \
    } while (0)

    WRONG(method, (rr_attribution_method)9, "method number 9");
    WRONG(curvature, (rr_curvature)2, "curvature number 2");
    WRONG(solver, (rr_solver)2, "solver number 2");
    WRONG(damping, -0.1, "damping is -0.1");
    WRONG(damping, (double)NAN, "damping is nan");
    WRONG(tolerance, 0.0, "tolerance is 0");
    WRONG(iterations, 0, "iterations is 0");
    cfg.solver = RR_SOLVER_STOCHASTIC;
    WRONG(repeats, 0, "repeats is 0");
    WRONG(batch, 0, "batch is 0");
    WRONG(scale, 0.0, "scale is 0");
    WRONG(repeats, SIZE_MAX, "too many");
    cfg.method = RR_ATTRIBUTION_TRACIN;
    WRONG(training.epochs, 0, "epochs is 0");
    WRONG(training.batch, 0, "batch is 0");
    WRONG(training.learning_rate, (double)INFINITY, "learning rate is inf");
#undef WRONG
}

static void wrong_targets_are_named(void **state)
{
    const size_t which[2] = { 4, M };
    const uint32_t labels[2] = { 1, C };
    const uint32_t ids[2] = { 0, N };
    double scores[N];
    rr_error err = { 0 };

    (void)state;
    rr_dataset *wide = load_dataset("digits?train=10&test=10", RR_SPLIT_TEST);
    for (int m = 0; m < METHODS; m++) {
        const rr_attribution_config cfg = fixture_config(&f, (rr_attribution_method)m);
        rr_targets t = { .ds = f.test, .which = which, .labels = both, .n = 0 };
        CHECK_FAILS(attribute(&cfg, &f, &t, scores, &err), RR_ERR_ARG, err, "no target");
        t.n = 2;
        CHECK_FAILS(attribute(&cfg, &f, &t, scores, &err), RR_ERR_ARG, err, "sequence 10");
        assert_int_equal(err.where, 1);
        t.which = NULL;
        t.labels = labels;
        CHECK_FAILS(attribute(&cfg, &f, &t, scores, &err), RR_ERR_ARG, err, "class 2");
        assert_int_equal(err.where, 1);
        t.labels = NULL;
        CHECK_FAILS(attribute(&cfg, &f, &t, scores, &err), RR_ERR_ARG, err, "no classes");
        t.labels = both;
        t.ds = wide;
        CHECK_FAILS(attribute(&cfg, &f, &t, scores, &err), RR_ERR_SHAPE, err, "targets");
        CHECK_FAILS(rr_attribution_self(&cfg, f.net, f.train, ids, 2, NULL, scores, &err),
                    RR_ERR_ARG, err, "sequence 40");
        CHECK_FAILS(rr_attribution_self(&cfg, f.net, f.train, ids, 0, NULL, scores, &err),
                    RR_ERR_ARG, err, "no sequence");
    }
    rr_dataset_free(wide);
}

static void every_failed_allocation_is_clean(void **state)
{
    const size_t id = 4;
    const uint32_t own = 4;
    double scores[N];
    rr_error err = { 0 };

    (void)state;
    const rr_targets target = { .ds = f.test, .which = &id, .labels = both, .n = 1 };
    for (int m = 0; m < METHODS; m++) {
        rr_attribution_config cfg = fixture_config(&f, (rr_attribution_method)m);
        cfg.iterations = 3;
        for (failing at = { 0 }; next_allocation_fails(&at, 2);) {
            at.st = attribute(&cfg, &f, &target, scores, &err);
            if (at.st == RR_OK)
                at.st = rr_attribution_self(&cfg, f.net, f.train, &own, 1, NULL, scores, &err);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_drives_towards_its_own_label),
        cmocka_unit_test(scores_of_several_targets_add_up),
        cmocka_unit_test(the_output_layer_alone_is_a_product_of_residuals_and_states),
        cmocka_unit_test(the_first_targets_need_no_numbers),
        cmocka_unit_test(self_influence_is_the_own_score_and_positive),
        cmocka_unit_test(thread_count_does_not_change_a_bit),
        cmocka_unit_test(a_seed_is_a_draw),
        cmocka_unit_test(wrong_settings_are_named),
        cmocka_unit_test(wrong_targets_are_named),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, make, discard);
}
