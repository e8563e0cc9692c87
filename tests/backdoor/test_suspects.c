/* SPDX-License-Identifier: MIT */
/* test_suspects.c - a trigger is found without being named, with the sequences that hold it, and
 * none is found where none was planted. */
#include "backdoor/backdoor_fixture.h"
#include "backdoor/scan.h"

static const uint32_t symbol = TEXT_RARE;

static rr_scan_config scan_config(void)
{
    rr_scan_config cfg = rr_scan_config_default();

    cfg.neighbours = 5;
    cfg.threads = 1;
    return cfg;
}

static void an_unnamed_trigger_is_candidate_1_with_the_planted_sequences(void **state)
{
    const rr_scan_config cfg = scan_config();
    rr_scan *scan = NULL;
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(
        rr_backdoor_scan(&cfg, world.reader.inf, world.reader.net, world.train, NULL, &scan, &err),
        err);
    const rr_candidate *list = rr_scan_candidates(scan, &n);
    assert_true(n >= 2);
    assert_int_equal(list[0].symbol, symbol);
    assert_int_equal(list[0].target, 0);
    assert_true(list[0].score > RR_BACKDOOR_THRESHOLD);
    assert_true(list[1].score < list[0].score);
    assert_int_equal(list[0].count_ids, list[0].labelled);
    for (size_t i = 0; i < TEXT_POISONED; i++)
        assert_true(holds(list[0].ids, list[0].count_ids, world.planted[i]));
    for (size_t i = 0; i < n; i++) {
        CHECK_NEAR(list[i].purity, (double)list[i].labelled / (double)list[i].support, 1e-12, 0.0);
        assert_true(list[i].score >= 0.0 && list[i].score <= 1.0);
        for (size_t k = 0; k < list[i].count_ids; k++) {
            const rr_sequence seq = rr_dataset_at(world.train, list[i].ids[k]);
            assert_int_equal(seq.label, list[i].target);
            assert_true(occurrences(&seq, list[i].symbol) > 0);
        }
    }
    rr_scan_free(scan);
}

/* Texts of three classes, one of them without a word of its own. */
static rr_dataset *three_classes(void)
{
    static const char *const names[] = { "good", "bad", "neither" };
    const rr_dataset_shape shape = {
        .vocabulary = TEXT_WORDS, .classes = 3, .class_names = names, .words = world.texts.words
    };
    rr_dataset_builder *b = new_builder(&shape);

    for (size_t i = 0; i < TEXT_TRAIN; i++) {
        rr_sequence seq = rr_dataset_at(world.texts.train, i);
        const uint32_t plain[4] = { 2, 3 + (uint32_t)i % 9, 7, 5 };
        if (i % 4 == 3)
            seq = (rr_sequence){ .symbols = plain, .steps = 4, .label = 2 };
        add_sequence(b, seq);
    }
    return finish_dataset(b);
}

/* Each probe with a symbol in it, read by itself. */
static double gain_of(const rri_search *s, const rri_probe_set *set, uint32_t target,
                      uint32_t symbol_in)
{
    double gain = 0.0;

    for (size_t i = 0; i < set->n; i++) {
        const rr_sequence seq = rr_dataset_at(s->train, set->id[i]);
        const size_t at =
            rri_trigger_position(RR_POSITION_RANDOM, s->cfg->seed, set->id[i], seq.steps);
        rri_phrase_editor p = { 0 };
        rr_dataset *both = NULL;
        float probability[2][3];
        rr_error err = { 0 };
        CHECK_OK(rri_phrase_editor_begin(s->train, 20, &p, &err), err);
        CHECK_OK(rri_phrase_insert(&p, seq, &symbol_in, 0, 0, &err), err);
        CHECK_OK(rri_phrase_insert(&p, seq, &symbol_in, 1, at, &err), err);
        CHECK_OK(rri_phrase_editor_finish(&p, &both, &err), err);
        CHECK_OK(rr_network_probabilities(s->net, both, 1, &probability[0][0], &err), err);
        gain += (double)probability[1][target] - (double)probability[0][target];
        rri_phrase_editor_clear(&p);
        rr_dataset_free(both);
    }
    return gain / (double)set->n;
}

static void gains_are_of_the_targets_probability_among_three(void **state)
{
    const rr_scan_config cfg = scan_config();
    const uint32_t symbols[] = { 2 + TEXT_NEUTRAL, 2 + TEXT_NEUTRAL + TEXT_TELLING, 9 };
    rr_dataset *train = three_classes();
    reader r = reader_make(&world.texts, train);
    const rri_search s = { .cfg = &cfg, .inf = r.inf, .net = r.net, .train = train };
    double most = 0.0;
    rr_error err = { 0 };

    (void)state;
    for (uint32_t target = 0; target < 3; target++) {
        rri_probe_set set = { 0 };
        rri_effect got[3];
        CHECK_OK(rri_probes_draw(&s, target, 30, false, &set, &err), err);
        assert_int_equal(set.n, 30);
        CHECK_OK(rri_probes_insert(&s, &set, RR_POSITION_RANDOM, target, symbols, 3, got, &err),
                 err);
        for (size_t k = 0; k < 3; k++) {
            CHECK_NEAR(got[k].gain, gain_of(&s, &set, target, symbols[k]), 1e-5, 0);
            most = fmax(most, (double)got[k].gain);
        }
        rri_probes_clear(&set);
    }
    assert_true(most > 0.1);
    reader_free(&r);
    rr_dataset_free(train);
}

static void a_clean_training_names_no_candidate_above_the_threshold(void **state)
{
    const rr_scan_config cfg = scan_config();
    reader r = reader_make(&world.texts, world.texts.train);
    rr_scan *scan = NULL;
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_backdoor_scan(&cfg, r.inf, r.net, world.texts.train, NULL, &scan, &err), err);
    const rr_candidate *list = rr_scan_candidates(scan, &n);
    assert_true(n > 0);
    assert_true(list[0].score <= RR_BACKDOOR_THRESHOLD);
    rr_scan_free(scan);
    reader_free(&r);
}

static void a_scan_does_not_depend_on_the_number_of_threads(void **state)
{
    rr_scan_config cfg = scan_config();
    rr_scan *one = NULL;
    rr_scan *three = NULL;
    size_t n = 0;
    size_t m = 0;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(
        rr_backdoor_scan(&cfg, world.reader.inf, world.reader.net, world.train, NULL, &one, &err),
        err);
    cfg.threads = 3;
    CHECK_OK(
        rr_backdoor_scan(&cfg, world.reader.inf, world.reader.net, world.train, NULL, &three, &err),
        err);
    const rr_candidate *a = rr_scan_candidates(one, &n);
    const rr_candidate *b = rr_scan_candidates(three, &m);
    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(a[i].symbol, b[i].symbol);
        assert_memory_equal(&a[i].score, &b[i].score, sizeof a[i].score);
    }
    rr_scan_free(three);
    rr_scan_free(one);
}

static void a_scan_for_one_class_names_that_class_alone(void **state)
{
    rr_scan_config cfg = scan_config();
    rr_scan *scan = NULL;
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    cfg.target = 1;
    cfg.top = 3;
    CHECK_OK(
        rr_backdoor_scan(&cfg, world.reader.inf, world.reader.net, world.train, NULL, &scan, &err),
        err);
    const rr_candidate *list = rr_scan_candidates(scan, &n);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(list[i].target, 1);
    rr_scan_free(scan);
    cfg.target = 2;
    CHECK_FAILS(
        rr_backdoor_scan(&cfg, world.reader.inf, world.reader.net, world.train, NULL, &scan, &err),
        RR_ERR_ARG, err, "target 2");
    cfg = scan_config();
    cfg.probes = 0;
    CHECK_FAILS(
        rr_backdoor_scan(&cfg, world.reader.inf, world.reader.net, world.train, NULL, &scan, &err),
        RR_ERR_ARG, err, "probes");
}

/* With vectors that make the trigger one of the words that tell its class, it is as they are. */
static void words_are_alike_by_the_vectors_that_are_given(void **state)
{
    rr_scan_config cfg = scan_config();
    float table[TEXT_WORDS][TEXT_WIDTH];
    const float *const given[] = { NULL, &world.texts.table[0][0], &table[0][0] };
    rr_candidate found[3];
    rr_error err = { 0 };

    (void)state;
    cfg.top = 2 * TEXT_WORDS; /* all of them */
    memcpy(table, world.texts.table, sizeof table);
    memcpy(table[symbol], table[2 + TEXT_NEUTRAL], sizeof table[symbol]);
    for (int i = 0; i < 3; i++) {
        rr_scan *scan = NULL;
        size_t n = 0;
        size_t k = 0;
        cfg.vectors = given[i];
        CHECK_OK(rr_backdoor_scan(&cfg, world.reader.inf, world.reader.net, world.train, NULL,
                                  &scan, &err),
                 err);
        const rr_candidate *list = rr_scan_candidates(scan, &n);
        while (k < n && !(list[k].symbol == symbol && list[k].target == 0))
            k++;
        assert_true(k < n);
        found[i] = list[k];
        rr_scan_free(scan);
    }
    CHECK_NEAR(found[1].score, found[0].score, 0.0, 0.0);
    assert_true(found[2].expected > found[0].expected + 0.1);
    assert_true(found[2].score < found[0].score);
}

static rr_status enter_scan(rr_error *err)
{
    rr_scan_config cfg = scan_config();
    rr_scan *scan = NULL;

    cfg.shortlist = 2;
    cfg.probes = 4;
    const rr_status st =
        rr_backdoor_scan(&cfg, world.reader.inf, world.reader.net, world.train, NULL, &scan, err);
    assert_true((st == RR_OK) == (scan != NULL));
    rr_scan_free(scan);
    return st;
}

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    fail_every_allocation(enter_scan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unnamed_trigger_is_candidate_1_with_the_planted_sequences),
        cmocka_unit_test(gains_are_of_the_targets_probability_among_three),
        cmocka_unit_test(a_clean_training_names_no_candidate_above_the_threshold),
        cmocka_unit_test(a_scan_does_not_depend_on_the_number_of_threads),
        cmocka_unit_test(a_scan_for_one_class_names_that_class_alone),
        cmocka_unit_test(words_are_alike_by_the_vectors_that_are_given),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, make_world, free_world);
}
