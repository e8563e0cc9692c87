/* SPDX-License-Identifier: MIT */
/* test_hotfix.c - output layers changed for targets: what is promised of them, closed forms, and
 * conflicts that are known. */
#include "check.h"

enum { H = 6, C = 3, N = 300, K = 4 };

/* A layer, states it classifies as labelled, and in front of them K targets with another label. */
typedef struct fixture {
    float weight[C * H], bias[C], states[(K + N) * H];
    uint32_t labels[K + N];
    rr_hotfix_problem p;
} fixture;

static uint32_t classify(const rr_hotfix_problem *p, const float *w, const float *b, const float *h)
{
    uint32_t best = 0;
    double most = -HUGE_VAL;

    for (uint32_t c = 0; c < p->outputs; c++) {
        double logit = (double)b[c];
        for (size_t j = 0; j < p->hidden; j++)
            logit += (double)w[c * p->hidden + j] * (double)h[j];
        if (logit > most) {
            most = logit;
            best = c;
        }
    }
    return best;
}

static fixture *make(uint64_t seed)
{
    rri_random r = rri_random_at(seed, RRI_RANDOM_SAMPLE, 0);
    fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->p = (rr_hotfix_problem){ H, C, f->weight, f->bias, K, K + N, f->states, f->labels };
    for (size_t i = 0; i < (size_t)C * H; i++)
        f->weight[i] = (float)rri_random_normal(&r);
    for (size_t i = 0; i < C; i++)
        f->bias[i] = (float)rri_random_normal(&r);
    for (size_t i = 0; i < (size_t)(K + N) * H; i++)
        f->states[i] = (float)(2.0 * rri_random_uniform(&r) - 1.0);
    for (size_t i = 0; i < K + N; i++)
        f->labels[i] = classify(&f->p, f->weight, f->bias, f->states + i * H);
    for (size_t i = 0; i < K; i++) { /* beyond the training states, near the border */
        float *h = f->states + i * H;
        const uint32_t is = f->labels[i];
        while (classify(&f->p, f->weight, f->bias, h) == is)
            for (size_t j = 0; j < H; j++)
                h[j] += 0.02F * (float)rri_random_normal(&r);
        f->labels[i] = is;
    }
    return f;
}

static rr_hotfix *solve(const fixture *f, const rr_output_repair *cfg, size_t threads)
{
    rr_hotfix *h = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_hotfix_solve(cfg, &f->p, threads, NULL, &h, &err), err);
    return h;
}

static rr_output_repair settings(double hold)
{
    rr_output_repair cfg = rr_output_repair_default();

    cfg.hold = hold;
    return cfg;
}

static void targets_are_right_and_nothing_held_is_wrong(void **state)
{
    const rr_output_repair cfg = settings(1e-4);
    size_t solved = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        fixture *f = make(seed);
        double margin[K + N];
        rr_error err = { 0 };
        rr_hotfix *h = solve(f, &cfg, 1);
        if (h->possible) {
            rr_hotfix_problem after = f->p;
            after.weight = h->weight;
            after.bias = h->bias;
            CHECK_OK(rr_hotfix_margins(&after, 1, margin, &err), err);
            for (size_t i = 0; i < K + N; i++) {
                assert_true(margin[i] >= (i < K ? cfg.margin : cfg.hold) - 1e-5);
                assert_int_equal(classify(&f->p, h->weight, h->bias, f->states + i * H),
                                 f->labels[i]);
                assert_true(margin[i] >= (i < K ? h->worst_target : h->worst_held));
            }
            CHECK_NEAR(h->change, h->bound, 0.0, 1e-7); /* least: the proved bound is reached */
            assert_true(h->change > 0.0 && h->change < h->layer);
            assert_int_equal(h->count_conflict, 0);
            solved++;
        } else {
            assert_true(h->count_conflict > 0 && h->bound > 99.0 * h->layer);
        }
        rr_hotfix_free(h);
        free(f);
    }
    assert_true(solved >= 5);
}

static void the_bits_do_not_depend_on_the_threads(void **state)
{
    const rr_output_repair cfg = settings(1e-4);
    fixture *f = make(1);
    rr_hotfix *one = solve(f, &cfg, 1);
    rr_hotfix *many = solve(f, &cfg, 7);

    (void)state;
    assert_memory_equal(one->weight, many->weight, sizeof f->weight);
    assert_memory_equal(one->bias, many->bias, sizeof f->bias);
    rr_hotfix_free(one);
    rr_hotfix_free(many);
    free(f);
}

/* With nothing to hold the metric is that of the weights: the change lies along the target's state
 * and bias, half of it in each of the two classes. */
static void a_single_target_has_a_closed_form(void **state)
{
    const float weight[4] = { 1.0F, 0.0F, 0.0F, 1.0F };
    const float bias[2] = { 0.0F, 0.0F };
    const float h[2] = { 0.25F, 0.75F };
    const uint32_t label = 0;
    const rr_hotfix_problem p = { 2, 2, weight, bias, 1, 1, h, &label };
    const rr_output_repair cfg = rr_output_repair_default();
    const double length2 = 0.25 * 0.25 + 0.75 * 0.75 + 1.0;
    const double by = (0.5 + cfg.margin) / (2.0 * length2);
    rr_hotfix *x = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_hotfix_solve(&cfg, &p, 1, NULL, &x, &err), err);
    assert_true(x->possible);
    CHECK_NEAR(x->weight[0], 1.0 + by * 0.25, 1e-6, 0.0);
    CHECK_NEAR(x->weight[1], by * 0.75, 1e-6, 0.0);
    CHECK_NEAR(x->weight[2], -by * 0.25, 1e-6, 0.0);
    CHECK_NEAR(x->weight[3], 1.0 - by * 0.75, 1e-6, 0.0);
    CHECK_NEAR(x->bias[0], by, 1e-6, 0.0);
    CHECK_NEAR(x->bias[1], -by, 1e-6, 0.0);
    CHECK_NEAR(x->worst_target, cfg.margin, 1e-6, 0.0);
    rr_hotfix_free(x);
}

static void a_logistic_head_has_one_output(void **state)
{
    const float weight[2] = { 1.0F, -1.0F };
    const float bias = 0.25F;
    const float h[2 * 2] = { 0.5F, 0.25F, 0.0F, 1.0F };
    const uint32_t labels[2] = { 0, 0 }; /* logits 0.5, wrong, and -0.75, right */
    rr_hotfix_problem p = { 2, 1, weight, &bias, 1, 2, h, labels };
    const rr_output_repair cfg = rr_output_repair_default();
    double margin[2];
    rr_hotfix *x = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_hotfix_margins(&p, 1, margin, &err), err);
    CHECK_NEAR(margin[0], -0.5, 1e-12, 0.0);
    CHECK_NEAR(margin[1], 0.75, 1e-12, 0.0);
    CHECK_OK(rr_hotfix_solve(&cfg, &p, 1, NULL, &x, &err), err);
    p.weight = x->weight;
    p.bias = x->bias;
    CHECK_OK(rr_hotfix_margins(&p, 1, margin, &err), err);
    CHECK_NEAR(margin[0], cfg.margin, 1e-6, 0.0);
    assert_true(margin[1] >= cfg.hold - 1e-6);
    rr_hotfix_free(x);
}

/* Target 2 is the same as target 1, with the label it is predicted as, and target 3 the same as an
 * input to hold. */
static fixture *make_conflicts(void)
{
    fixture *f = make(1);

    memcpy(f->states + 2 * H, f->states + 1 * H, H * sizeof(float));
    f->labels[2] = classify(&f->p, f->weight, f->bias, f->states + 2 * H); /* as it is */
    memcpy(f->states + 3 * H, f->states + (K + 17) * H, H * sizeof(float));
    f->labels[3] = (f->labels[K + 17] + 1) % C;
    return f;
}

static void known_conflicts_are_named(void **state)
{
    const rr_output_repair cfg = settings(1e-4);
    fixture *f = make_conflicts();

    (void)state;
    rr_hotfix *h = solve(f, &cfg, 1);
    assert_false(h->possible);
    if (h->count_conflict == 1) { /* against an input to hold */
        assert_int_equal(h->conflict[0], 3);
        assert_int_equal(h->count_opposed, 1);
        assert_int_equal(h->opposed[0], K + 17);
    } else { /* against each other */
        assert_int_equal(h->count_conflict, 2);
        assert_int_equal(h->conflict[0], 1);
        assert_int_equal(h->conflict[1], 2);
    }
    assert_memory_equal(h->weight, f->weight, sizeof f->weight);
    rr_hotfix_free(h);
    f->p.targets = 3; /* the last one is held, with a label it does not have */
    memcpy(f->states + 3 * H, f->states + (K + 17) * H, H * sizeof(float));
    f->labels[3] = f->labels[K + 17];
    h = solve(f, &cfg, 1);
    assert_false(h->possible);
    assert_int_equal(h->count_conflict, 2);
    assert_int_equal(h->conflict[0], 1);
    assert_int_equal(h->conflict[1], 2);
    rr_hotfix_free(h);
    free(f);
}

static void without_what_is_in_conflict_the_others_are_repaired(void **state)
{
    rr_output_repair cfg = settings(1e-4);
    fixture *f = make_conflicts();
    double margin[K + N];
    rr_error err = { 0 };

    (void)state;
    cfg.drop_conflicts = 1;
    rr_hotfix *h = solve(f, &cfg, 1);
    assert_true(h->possible);
    assert_int_equal(h->count_dropped, 2); /* one of the pair, and the last */
    assert_true(h->dropped[0] == 1 || h->dropped[0] == 2);
    assert_int_equal(h->dropped[1], 3);
    rr_hotfix_problem after = f->p;
    after.weight = h->weight;
    after.bias = h->bias;
    CHECK_OK(rr_hotfix_margins(&after, 1, margin, &err), err);
    for (size_t i = 0; i < K + N; i++)
        if (i != h->dropped[0] && i != 3)
            assert_true(margin[i] > 0.0);
    rr_hotfix_free(h);
    free(f);
}

static void what_cannot_be_held_itself_is_an_error(void **state)
{
    const rr_output_repair cfg = settings(1e-4);
    fixture *f = make(1);
    rr_hotfix *h = NULL;
    rr_error err = { 0 };

    (void)state;
    memcpy(f->states + (K + 1) * H, f->states + K * H, H * sizeof(float));
    f->labels[K + 1] = (f->labels[K] + 1) % C;
    CHECK_FAILS(rr_hotfix_solve(&cfg, &f->p, 1, NULL, &h, &err), RR_ERR_NUMERIC, err,
                "cannot be held themselves");
    assert_null(h);
    free(f);
}

static void wrong_input_is_refused(void **state)
{
    rr_output_repair cfg = rr_output_repair_default();
    fixture *f = make(1);
    rr_hotfix *h = NULL;
    rr_error err = { 0 };

    (void)state;
    f->labels[7] = C;
    CHECK_FAILS(rr_hotfix_solve(&cfg, &f->p, 1, NULL, &h, &err), RR_ERR_ARG, err,
                "label of input 7 is 3, of 3 classes");
    f->labels[7] = 0;
    f->states[9 * H + 1] = NAN;
    CHECK_FAILS(rr_hotfix_solve(&cfg, &f->p, 1, NULL, &h, &err), RR_ERR_NUMERIC, err, "input 9");
    assert_int_equal(err.where, 9);
    cfg.margin = 0.0;
    CHECK_FAILS(rr_hotfix_solve(&cfg, &f->p, 1, NULL, &h, &err), RR_ERR_ARG, err,
                "the margin is 0");
    cfg = rr_output_repair_default();
    f->p.targets = 0;
    CHECK_FAILS(rr_hotfix_solve(&cfg, &f->p, 1, NULL, &h, &err), RR_ERR_ARG, err, "no target");
    free(f);
}

static void every_failed_allocation_is_clean(void **state)
{
    rr_output_repair cfg = settings(1e-4);
    fixture *f = make_conflicts();

    (void)state;
    cfg.drop_conflicts = 1;
    for (failing at = { 0 }; next_allocation_fails(&at, 20);) {
        rr_hotfix *h = NULL;
        at.st = rr_hotfix_solve(&cfg, &f->p, 1, NULL, &h, NULL);
        assert_true((at.st == RR_OK) == (h != NULL));
        rr_hotfix_free(h);
    }
    free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_right_and_nothing_held_is_wrong),
        cmocka_unit_test(the_bits_do_not_depend_on_the_threads),
        cmocka_unit_test(a_single_target_has_a_closed_form),
        cmocka_unit_test(a_logistic_head_has_one_output),
        cmocka_unit_test(known_conflicts_are_named),
        cmocka_unit_test(without_what_is_in_conflict_the_others_are_repaired),
        cmocka_unit_test(what_cannot_be_held_itself_is_an_error),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
