/* SPDX-License-Identifier: MIT */
/* test_rewording.c - whole sentences as samples of a repair: words are left out or replaced by near
 * ones, as often as documented, and strategy mixed adds such sentences with their weights. */
#include "repair/text_fixture.h"

#include "repair/rewording.h"

#include <math.h>
#include <string.h>

static rr_repair_config small(rr_strategy strategy)
{
    rr_repair_config cfg = rr_repair_config_default();

    cfg.strategy = strategy;
    cfg.level = RR_LEVEL_SAMPLE;
    cfg.sample.top = 40;
    cfg.sample.variants = 30;
    cfg.mixed = rr_mixed_repair_default(1);
    cfg.threads = 1;
    return cfg;
}

/* ---- single rewordings ----------------------------------------------------------------------- */

static double cosine(uint32_t a, uint32_t b)
{
    const size_t D = rr_network_config_of(world.net).width;
    const float *x = rr_network_embedding(world.net) + a * D;
    const float *y = rr_network_embedding(world.net) + b * D;
    double xy = 0.0, xx = 0.0, yy = 0.0;

    for (size_t d = 0; d < D; d++) {
        xy += (double)x[d] * (double)y[d];
        xx += (double)x[d] * (double)x[d];
        yy += (double)y[d] * (double)y[d];
    }
    return xx > 0.0 && yy > 0.0 ? xy / sqrt(xx * yy) : 0.0;
}

/* How many words have a larger cosine to a than b has. */
static size_t nearer(uint32_t a, uint32_t b)
{
    size_t n = 0;

    for (uint32_t w = 0; w < TEXT_WORDS; w++)
        n += w != a && cosine(a, w) > cosine(a, b) + 1e-6;
    return n;
}

static bool may_stand_for(const rr_sequence *from, size_t i, const rr_sequence *made, size_t j)
{
    const uint32_t a = from->symbols[i];
    const uint32_t b = made->symbols[j];

    if (a == b)
        return strcmp(from->words[i], made->words[j]) == 0;
    return cosine(a, b) > 0.4 - 1e-6 && nearer(a, b) < 10 &&
           strcmp(made->words[j], text_words[b]) == 0;
}

/* Can the rest of `made` come of the rest of `from` by leaving out and replacing words? */
static bool comes_of(const rr_sequence *from, size_t i, const rr_sequence *made, size_t j)
{
    if (j == made->steps)
        return true;
    if (i == from->steps)
        return false;
    return (may_stand_for(from, i, made, j) && comes_of(from, i + 1, made, j + 1)) ||
           comes_of(from, i + 1, made, j);
}

/* Rewordings of a test sentence. */
static rr_dataset *rewordings(rr_sequence x, size_t n)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(world.test);
    rr_dataset_builder *b = new_builder(&shape);
    rri_thesaurus *th = NULL;
    rr_error err = { 0 };

    CHECK_OK(rri_thesaurus_new(world.net, world.train, &th, &err), err);
    for (size_t i = 0; i < n; i++) {
        const rr_variation v = { .seed = 5, .stream = i };
        CHECK_OK(rri_add_reworded(th, x, &v, 1, b, &err), err);
    }
    rri_thesaurus_free(th);
    return finish_dataset(b);
}

static void words_are_left_out_or_replaced_by_near_ones(void **state)
{
    size_t changed = 0;

    (void)state;
    for (size_t id = 0; id < 20; id++) {
        const rr_sequence from = rr_dataset_at(world.test, id);
        rr_dataset *made = rewordings(from, 20);
        for (size_t i = 0; i < 20; i++) {
            const rr_sequence x = rr_dataset_at(made, i);
            assert_true(comes_of(&from, 0, &x, 0));
            assert_int_equal(x.label, from.label);
            changed += x.steps != from.steps ||
                       memcmp(x.symbols, from.symbols, x.steps * sizeof *x.symbols) != 0;
        }
        rr_dataset_free(made);
    }
    assert_true(changed > 200);
}

static uint32_t word_with_a_near_one(void)
{
    for (uint32_t a = 2; a < TEXT_WORDS; a++)
        for (uint32_t b = 2; b < TEXT_WORDS; b++)
            if (a != b && cosine(a, b) > 0.41)
                return a;
    fail_msg("no word has one near it");
    return 0;
}

static void they_are_as_often_as_documented(void **state)
{
    enum { N = 4000, T = 8 };
    const uint32_t own = word_with_a_near_one();
    uint32_t symbols[T];
    const char *words[T];
    size_t left = 0, same = 0;

    (void)state;
    for (size_t t = 0; t < T; t++) {
        symbols[t] = own;
        words[t] = text_words[own];
    }
    rr_dataset *made =
        rewordings((rr_sequence){ .symbols = symbols, .words = words, .steps = T, .label = 1 }, N);
    for (size_t i = 0; i < N; i++) {
        const rr_sequence x = rr_dataset_at(made, i);
        left += x.steps;
        for (size_t t = 0; t < x.steps; t++)
            same += x.symbols[t] == own;
    }
    CHECK_NEAR((double)left / (N * T), 0.9, 0.01, 0.0);
    CHECK_NEAR((double)same / (N * T), 0.6, 0.01, 0.0);
    rr_dataset_free(made);
}

static void a_word_without_a_vector_is_not_replaced(void **state)
{
    const uint32_t symbols[] = { WORD_PLAIN, RR_WORD_UNKNOWN };
    const char *words[] = { "a", "qwerty" };
    const rr_sequence from = { .symbols = symbols, .words = words, .steps = 2 };
    rr_dataset *made = rewordings(from, 200);
    size_t kept = 0;

    (void)state;
    for (size_t d = 0; d < rr_network_config_of(world.net).width; d++)
        assert_true(rr_network_embedding(world.net)[RR_WORD_UNKNOWN * 8 + d] == 0.0F);
    for (size_t i = 0; i < 200; i++) {
        const rr_sequence x = rr_dataset_at(made, i);
        const size_t end = x.steps - 1;
        assert_true(x.steps >= 1);
        kept += x.symbols[end] == RR_WORD_UNKNOWN && strcmp(x.words[end], "qwerty") == 0;
    }
    assert_true(kept > 150);
    rr_dataset_free(made);
}

/* ---- the level ------------------------------------------------------------------------------- */

static void check_kept(const rr_repair_target *t, size_t j, const rr_dataset *additions)
{
    const rr_repair_sample *k = &t->sample.kept[j];
    const rr_sequence from = rr_dataset_at(k->of_input ? world.test : world.train, k->source);
    const rr_sequence made = rr_dataset_at(additions, k->addition);

    assert_true(comes_of(&from, 0, &made, 0));
    assert_int_equal(made.label, k->label);
    assert_int_equal(made.label, from.label);
}

static void mixed_adds_the_input_and_rewordings(void **state)
{
    rr_repair_config cfg = small(RR_STRATEGY_MIXED);
    cfg.level = RR_LEVEL_AUTO;
    rr_repair *r = repaired(&cfg, world.errors, world.n);
    rr_dataset *additions = additions_of(r);
    const rr_repair_config got = rr_repair_config_of(r);
    size_t n = 0, at = 0;
    const rr_repair_target *targets = rr_repair_targets(r, &n);

    (void)state;
    assert_int_equal(got.level, RR_LEVEL_SAMPLE);
    assert_int_equal(got.variants, RR_VARIANTS_WORDS);
    assert_int_equal(n, world.n);
    for (size_t i = 0; i < n; i++) {
        const rr_repair_target *t = &targets[i];
        assert_int_equal(t->count_kept, got.mixed.varied + got.mixed.influential + got.mixed.held);
        for (size_t j = 0; j < t->count_kept; j++, at++) {
            const rr_repair_sample *k = &t->sample.kept[j];
            assert_int_equal(k->of_input, j < got.mixed.varied);
            assert_int_equal(
                k->label, j < got.mixed.varied + got.mixed.influential ? t->truth : t->prediction);
            assert_int_equal(k->addition, at);
            check_kept(t, j, additions);
        }
        for (size_t j = 0; j < t->copies; j++, at++) {
            const rr_sequence copy = rr_dataset_at(additions, at);
            const rr_sequence x = rr_dataset_at(world.test, t->id);
            assert_int_equal(copy.label, t->truth);
            assert_int_equal(copy.steps, x.steps);
            assert_memory_equal(copy.symbols, x.symbols, x.steps * sizeof *x.symbols);
        }
    }
    assert_int_equal(at, rr_dataset_count(additions));
    rr_dataset_free(additions);
    rr_repair_free(r);
}

static void other_strategies_reword_training_sentences(void **state)
{
    static const rr_strategy all[] = { RR_STRATEGY_INFLUENCE, RR_STRATEGY_GRADIENT,
                                       RR_STRATEGY_RANDOM };
    size_t kept = 0;

    (void)state;
    for (size_t s = 0; s < 3; s++) {
        rr_repair_config cfg = small(all[s]);
        rr_repair *r = repaired(&cfg, world.errors, 4);
        rr_dataset *additions = additions_of(r);
        size_t n = 0;
        const rr_repair_target *t = rr_repair_targets(r, &n);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < t[i].count_kept; j++, kept++) {
                const rr_repair_sample *k = &t[i].sample.kept[j];
                assert_true(!k->of_input);
                assert_true(s != 0 || k->score > t[i].sample.score_prediction);
                check_kept(&t[i], j, additions);
            }
        rr_dataset_free(additions);
        rr_repair_free(r);
    }
    assert_true(kept > 20);
}

static void the_result_does_not_depend_on_the_number_of_threads(void **state)
{
    rr_repair_config cfg = small(RR_STRATEGY_MIXED);
    rr_repair *one = repaired(&cfg, world.errors, 3);
    cfg.threads = 3;
    rr_repair *three = repaired(&cfg, world.errors, 3);

    (void)state;
    check_same_additions(one, three);
    rr_repair_free(one);
    rr_repair_free(three);
}

static void a_network_trained_on_the_additions_is_repaired(void **state)
{
    rr_repair_config cfg = small(RR_STRATEGY_MIXED);
    rr_repair *r = repaired(&cfg, world.errors, world.n);
    rr_dataset *additions = additions_of(r);
    uint32_t after[TEXT_TEST];
    rr_dataset *all = NULL;
    rr_error err = { 0 };
    size_t fixed = 0;

    (void)state;
    CHECK_OK(rr_dataset_concat(world.train, additions, &all, &err), err);
    rr_network *net = train_text(all);
    CHECK_OK(rr_network_predict(net, world.test, 1, after, NULL, &err), err);
    for (size_t i = 0; i < world.n; i++)
        fixed += after[world.errors[i]] == rr_dataset_at(world.test, world.errors[i]).label;
    assert_true(2 * fixed > world.n);
    rr_network_free(net);
    rr_dataset_free(all);
    rr_dataset_free(additions);
    rr_repair_free(r);
}

static void other_kinds_of_variants_are_refused(void **state)
{
    rr_repair_config cfg = small(RR_STRATEGY_MIXED);

    (void)state;
    cfg.variants = RR_VARIANTS_IMAGE;
    check_refused(&cfg, world.train, world.test, world.errors[0], RR_ERR_ARG,
                  "is words, which are not varied as image");
    cfg.variants = RR_VARIANTS_SERIES;
    check_refused(&cfg, world.train, world.test, world.errors[0], RR_ERR_ARG,
                  "not varied as series");
    cfg = small(RR_STRATEGY_MIXED);
    cfg.level = RR_LEVEL_SEGMENT;
    check_refused(&cfg, world.train, world.test, world.errors[0], RR_ERR_ARG, "use level sample");
}

static void every_failed_allocation_is_clean(void **state)
{
    rr_repair_config cfg = small(RR_STRATEGY_MIXED);

    (void)state;
    cfg.sample.top = 5;
    cfg.mixed.varied = cfg.mixed.influential = cfg.mixed.held = 1;
    check_every_failed_allocation(&cfg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_left_out_or_replaced_by_near_ones),
        cmocka_unit_test(they_are_as_often_as_documented),
        cmocka_unit_test(a_word_without_a_vector_is_not_replaced),
        cmocka_unit_test(mixed_adds_the_input_and_rewordings),
        cmocka_unit_test(other_strategies_reword_training_sentences),
        cmocka_unit_test(the_result_does_not_depend_on_the_number_of_threads),
        cmocka_unit_test(a_network_trained_on_the_additions_is_repaired),
        cmocka_unit_test(other_kinds_of_variants_are_refused),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, make_texts, free_world);
}
